"""What may stand in the files of ``methodology/``, and how it is checked when read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from circularity.errors import CircularityError, MissingKey, MissingTranslation, UnknownKey, Where, WrongValue
from circularity.texts import Both

M = TypeVar("M", bound=BaseModel)

Level = Literal["product", "organisation", "fieldlab", "municipality", "region"]
Status = Literal["verified", "unverified"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Codes = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]


def _as_both(value: Any) -> Any:
    return {"nl": value, "en": value} if isinstance(value, str) else value


# A number or name that is the same in both languages may be written once.
Text = Annotated[Both, BeforeValidator(_as_both)]


class Source(_Model):
    """Where a declaration comes from."""

    key: str
    at: Text
    status: Status


class Sum(_Model):
    """A sum over the rows of one table."""

    table: Literal["flows", "products", "measurements"] = "products"
    where: dict[str, Codes] = {}
    sum: str


class Quantity(_Model):
    """A sum that a formula names: one way to take it, or one per table."""

    name: Both | None = None
    unit: str = "kg"
    table: Literal["flows", "products", "measurements"] | None = None
    where: dict[str, Codes] = {}
    sum: str | None = None
    sources: list[Sum] = []

    def sums(self) -> list[Sum]:
        """The ways to take the sum, in order of preference."""
        if self.sources:
            return self.sources
        if self.sum is None:
            return []
        return [Sum(table=self.table or "products", where=self.where, sum=self.sum)]


class Input(_Model):
    """A number that a formula reads from one row of a table."""

    column: str | None = None
    indicator: str | None = None
    of: Literal["part", "product"] = "part"
    unit: str = "1"
    default: float | None = None
    bounds: tuple[float | None, float | None] = (None, None)
    above: float | None = None
    needed_when: str | None = None
    if_unknown: float | None = None
    name: Both


class Requirement(_Model):
    """Something that must hold for the inputs, and why."""

    that: str
    because: Both


class Step(_Model):
    """An intermediate result of a formula."""

    formula: str
    unit: str = "1"
    name: Both


class Example(_Model):
    """Given numbers and the value they must give."""

    given: dict[str, float | list[float]]
    expect: float
    origin: str = Field(alias="from")
    tolerance: float | None = None


class Indicator(_Model):
    """One declared indicator.

    Every field is described in ``CONTRIBUTING.md``; the names are those of the files.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Both
    meaning: Both
    unit: str
    display: Literal["percent", "number"] = "percent"
    direction: Literal["higher_is_better", "lower_is_better", "neutral"]
    bounds: tuple[float | None, float | None] = (None, None)
    levels: list[Level] = Field(min_length=1)
    rollup: Literal["sum", "sum_then_divide", "sum_of_parts", "per_product", "weighted_mean"]
    missing_data: Literal["shown_as_unknown", "as_recorded", "refuse"] = "shown_as_unknown"
    beside: str | None = None
    inputs: dict[str, Input] = {}
    quantities: dict[str, Quantity] | list[str] = {}
    requires: list[Requirement] = []
    requires_of_parts: list[Requirement] = []
    let: dict[str, Step] = {}
    formula: str
    references: dict[str, Text] = {}
    source: Source
    decisions: list[str] = []
    examples: list[Example] = []


class ScoreRow(_Model):
    """One row of ``scores.csv``."""

    code: str
    parent: str
    level: int
    weight: float = Field(ge=0)
    direction: Literal["higher_is_better", "lower_is_better"]
    lower: Annotated[float | None, BeforeValidator(lambda v: None if v == "" else v)]
    upper: Annotated[float | None, BeforeValidator(lambda v: None if v == "" else v)]
    target: str
    aggregation: Literal["goalposts", "arithmetic_mean"]
    treatment: Literal["none"]
    agreed: Literal["yes", "no"]
    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Column(_Model):
    """One column of a table."""

    kind: Literal["text", "identifier", "period", "code", "reference", "number", "mass", "measure", "unit", "score"]
    needed: Literal["always", "never", "by_role", "leaf", "with_mass"]
    name: Both
    meaning: Both
    vocabulary: str | None = None
    to: list[str] = []
    pattern: str | None = None
    dimension: str | None = None
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    exclusive: bool = False
    positive: bool = False
    composition: str | None = None
    unsure: Literal["lognormal", "composition", "fixed"] | None = None


class Derived(_Model):
    """A column that follows from others by a formula."""

    formula: str
    unit: str
    name: Both
    meaning: Both
    if_unknown: float | None = None
    varies: bool = True
    decision: str | None = None


class Table(_Model):
    """One table of a fieldlab."""

    name: Both
    meaning: Both
    key: list[str] | Literal["all"]
    filled: bool = False
    deepest: int | None = None
    scope: str | None = None
    columns: dict[str, Column]
    derived: dict[str, Derived] = {}


class Kind(_Model):
    """A kind of fieldlab."""

    name: Both
    tables: list[str]
    optional: list[str] = []


class Uncertainty(_Model):
    """How uncertain numbers are taken to be."""

    interval: tuple[float, float]
    score_when_unknown: int = Field(ge=1, le=5)
    basic: str
    large: float = Field(gt=1)
    very_large: float = Field(gt=1)


class MassBalance(_Model):
    """When a mass balance counts as closed."""

    tolerance: float = Field(ge=0)


class Coverage(_Model):
    """How much must be known."""

    score: float = Field(ge=0, le=1)


class Verdict(_Model):
    """When a conclusion counts as shown."""

    shown: float = Field(gt=0.5, le=1)
    smallest_change: float = Field(ge=0)


class Agreement(_Model):
    """Whether the region has agreed on the weights."""

    weights: Literal["not_yet_agreed", "agreed"]
    by: str | None
    date: str | None


class Settings(_Model):
    """The content of ``method.yaml``."""

    id: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    status: Literal["proposed", "agreed"]
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    licence: str
    name: Both
    themes: dict[str, Both]
    kinds: dict[str, Kind]
    uncertainty: Uncertainty
    mass_balance: MassBalance
    coverage: Coverage
    verdict: Verdict
    headline: dict[str, list[str]]
    quality: list[str]
    groups: dict[str, Both]
    frameworks: dict[str, Text]
    agreement: Agreement
    about_targets: Both
    about_score: Both
    not_covered: list[Both]


def read_model(
    model: type[M], data: Any, file: str, item: str = "", faults: list[CircularityError] | None = None
) -> M | None:
    """`data` as `model`; what does not fit goes to `faults` as named errors.

    Parameters
    ----------
    model : type of pydantic model
        What the data should be.
    data : mapping
        Plain data read from a file.
    file : str
        File, for errors.
    item : str, optional
        Id of the declaration inside the file, for errors.
    faults : list of CircularityError, optional
        Takes the faults; without it the first is raised.

    Returns
    -------
    model or None
        None when there are faults.
    """
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        found = [_named(e, file, item) for e in problem.errors()]
    if faults is None:
        raise found[0] from None
    faults += found
    return None


def _named(error: Mapping[str, Any], file: str, item: str) -> CircularityError:
    location = ".".join(str(part) for part in error["loc"] if not str(part).startswith(("dict[", "list[", "function-")))
    where = Where(file=file, sheet=None, key=f"{item}: {location}" if item else location)
    last = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return UnknownKey(where=where, found=last)
    if error["type"] == "missing":
        return (
            MissingTranslation(where=where, found=last) if last in ("nl", "en") else MissingKey(where=where, found=last)
        )
    if last in ("nl", "en"):
        return MissingTranslation(where=where, found=last)
    return WrongValue(where=where, found=error.get("input"), expected=error["msg"])
