"""How weights are asked for, pooled and judged: reading ``consensus.yaml`` and the two tables it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from circularity.errors import CircularityError, MethodError, Where
from circularity.method.declarations import ID, Number, Source, StrictModel, Table, WholeNumber, safe_pattern, unfit
from circularity.method.fault_helpers import undefined
from circularity.method.readers import read_mapping, read_rows
from circularity.method.rows import BwmThresholdRow, RandomIndexRow
from circularity.method.validation import collect_errors, read_model
from circularity.texts import Both

FILE = "consensus.yaml"
RANDOM_INDEX, THRESHOLDS = "factors/random_index.csv", "factors/bwm_thresholds.csv"

WayName = Literal["ahp", "bwm", "swing", "budget", "smart", "roc"]
Together = Literal["aij", "aip", "aip_arithmetic"]
WAYS: tuple[str, ...] = get_args(WayName)
TOGETHER: tuple[str, ...] = get_args(Together)

Code = Annotated[str, Field(pattern=ID)]


class Way(StrictModel):
    """An elicitation technique: its name, the question, and the columns of its sheet."""

    name: Both
    ask: Both
    columns: list[str]
    source: Source


class GeometricLimit(StrictModel):
    """The largest geometric consistency index that counts as consistent, from a number of items on."""

    items: WholeNumber = Field(ge=3)
    most: Number = Field(gt=0)


class Ahp(StrictModel):
    """How pairwise comparisons are judged."""

    scale: Number = Field(gt=1)
    random_index: str
    consistency_ratio: Number = Field(gt=0)
    geometric_index: list[GeometricLimit] = Field(min_length=1)
    sources: list[Source]


class Bwm(StrictModel):
    """How judgements against the best and the worst are judged."""

    scale: Number = Field(gt=1)
    sources: list[Source]


class Points(StrictModel):
    """The fixed number of each way that asks for points."""

    swing: Number = Field(gt=0)
    smart: Number = Field(gt=0)
    budget: Number = Field(gt=0)


class Groups(StrictModel):
    """How people are pooled when nobody asks otherwise."""

    together: Together
    sources: list[Source]


class Worded(StrictModel):
    """A word that holds from a value on; None: from anywhere."""

    start: Number | None = Field(alias="from")
    word: Both


def _rising(words: list[Worded]) -> list[Worded]:
    starts = [w.start for w in words]
    below = [s for s in starts[1:] if s is not None]
    if not starts or starts[0] is not None or len(below) < len(starts) - 1 or sorted(set(below)) != below:
        raise unfit("rising_words")
    return words


Words = Annotated[list[Worded], AfterValidator(_rising)]


class OrderDiffers(StrictModel):
    """When weights overlap and are ordered differently all the same."""

    consensus: Number
    concordance: Number


class AgreementRules(StrictModel):
    """How agreement is measured and worded."""

    scale: Number = Field(gt=1)
    fewest_for_chi2: WholeNumber = Field(ge=2)
    permutations: WholeNumber = Field(ge=99, le=1_000_000)
    consensus: Words
    concordance: Words
    order_differs: OrderDiffers
    sources: list[Source]


class AnswerTables(StrictModel):
    """The forms in which answers are read."""

    responses: Table
    answers: Table


class ConsensusRules(StrictModel):
    """The content of ``consensus.yaml``."""

    helices: dict[Code, Both] = Field(min_length=2)
    roles: dict[Code, Both] = Field(min_length=1)
    respondent: Annotated[str, AfterValidator(safe_pattern)]
    personal: list[str]
    ways: dict[WayName, Way]
    ahp: Ahp
    bwm: Bwm
    points: Points
    groups: Groups
    agreement: AgreementRules
    tables: AnswerTables

    def sources_by_place(self) -> dict[str, Source]:
        """Every source that is named, by its key."""
        found = {f"ways.{name}.source": way.source for name, way in self.ways.items()}
        parts = {"ahp": self.ahp.sources, "bwm": self.bwm.sources, "groups": self.groups.sources}
        for name, sources in (*parts.items(), ("agreement", self.agreement.sources)):
            found |= {f"{name}.sources.{number}": source for number, source in enumerate(sources, start=1)}
        return found


@dataclass(frozen=True)
class ConsensusMethod:
    """Everything the method says of consensus.

    Attributes
    ----------
    rules : ConsensusRules
        Content of ``consensus.yaml``.
    random_indices : dict of str to dict of int to float
        Random index by table and number of items.
    thresholds : dict of (int, int) to float
        Largest input-based consistency ratio, by judgement of best over worst and number of items.
    rows : dict of str to list
        The rows of both tables, by file.
    """

    rules: ConsensusRules
    random_indices: Mapping[str, Mapping[int, float]]
    thresholds: Mapping[tuple[int, int], float]
    rows: Mapping[str, list[RandomIndexRow] | list[BwmThresholdRow]]

    @property
    def random_index(self) -> Mapping[int, float]:
        """The random index that the method uses, by number of items."""
        return self.random_indices[self.rules.ahp.random_index]

    def geometric_limit(self, items: int) -> float:
        """The largest geometric consistency index of so many items that counts as consistent."""
        return next(limit.most for limit in reversed(self.rules.ahp.geometric_index) if limit.items <= items)

    def sources(self) -> Iterator[tuple[str, Where]]:
        """Every source that is named here, and where."""
        for place, source in self.rules.sources_by_place().items():
            yield source.key, Where(file=FILE, key=place)
        for file, rows in self.rows.items():
            for number, row in enumerate(rows, start=2):
                yield row.source, Where(file=file, row=number, column="source")

    def explanations(self) -> Iterator[tuple[Where, Both]]:
        """The texts that must differ between the languages."""
        for name, way in self.rules.ways.items():
            yield Where(file=FILE, key=f"ways.{name}.ask"), way.ask
        for form, table in (("responses", self.rules.tables.responses), ("answers", self.rules.tables.answers)):
            for column, spec in table.columns.items():
                yield Where(file=FILE, key=f"tables.{form}.columns.{column}.meaning"), spec.meaning


def read_consensus(root: Path, faults: list[CircularityError]) -> ConsensusMethod | None:
    """What a method says of consensus; None when it says nothing, or when it has faults.

    Parameters
    ----------
    root : Path
        Folder of the method.
    faults : list of CircularityError
        Takes what is wrong: keys that do not fit, values that are not numbers, a duplicate row.
    """
    if not (root / FILE).is_file():
        return None
    rules: ConsensusRules | None = None
    with collect_errors(faults):
        rules = read_model(ConsensusRules, read_mapping(root / FILE, FILE), FILE, faults=faults)
    indices = [r for r in read_rows(root / RANDOM_INDEX, RANDOM_INDEX, RandomIndexRow, faults)[1] if r is not None]
    limits = [r for r in read_rows(root / THRESHOLDS, THRESHOLDS, BwmThresholdRow, faults)[1] if r is not None]
    by_table: dict[str, dict[int, float]] = {}
    for number, index in enumerate(indices, start=2):
        if index.items in by_table.setdefault(index.table, {}):
            faults.append(
                MethodError(
                    "DuplicateId", where=Where(file=RANDOM_INDEX, row=number), found=f"{index.table} {index.items}"
                )
            )
        by_table[index.table][index.items] = index.value
    thresholds: dict[tuple[int, int], float] = {}
    for number, limit in enumerate(limits, start=2):
        key = (limit.best_to_worst, limit.items)
        if key in thresholds:
            faults.append(
                MethodError("DuplicateId", where=Where(file=THRESHOLDS, row=number), found=f"{key[0]}, {key[1]}")
            )
        thresholds[key] = limit.value
    if rules is None:
        return None
    if rules.ahp.random_index not in by_table:
        where = Where(file=FILE, key="ahp.random_index")
        faults.append(undefined(where, rules.ahp.random_index, by_table))
    for way_name, way in rules.ways.items():
        for column in way.columns:
            if column not in rules.tables.answers.columns:
                where = Where(file=FILE, key=f"ways.{way_name}.columns")
                faults.append(undefined(where, column, rules.tables.answers.columns))
    return ConsensusMethod(rules, by_table, thresholds, {RANDOM_INDEX: indices, THRESHOLDS: limits})
