"""What may stand in the files of ``methodology/``, and how it is checked when read."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from circularity.method.validation import read_model as read_model
from circularity.texts import Both

Level = Literal["product", "organisation", "fieldlab", "municipality", "region"]
Status = Literal["verified", "unverified"]

ID = "^[a-z][a-z0-9_]*$"
LONGEST_PATTERN = 100
# A repetition of a repetition can take for ever on a text that almost fits.
_REPEATED_TWICE = re.compile(r"[*+}][^()]*\)[*+{]")


class Ref:
    """Marks a name that must be declared elsewhere in the method, as one of `kinds`; `circularity.method.checks.names`.

    Parameters
    ----------
    *kinds : str
        Kinds of `circularity.method.declared_names`, or ``unit``.
    up : int, optional
        Keys by which a fault is placed above the name.
    """

    def __init__(self, *kinds: str, up: int = 0) -> None:
        self.kinds, self.up = kinds, up


Unit = Annotated[str, Ref("unit")]
IndicatorId = Annotated[str, Ref("indicator")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# A number as YAML writes it: no text that looks like one, no yes or no.
Number = Annotated[float, Field(strict=True)]
WholeNumber = Annotated[int, Field(strict=True)]


def unfit(expected: str) -> PydanticCustomError:
    """What a validator raises; `expected` is a key of ``expected`` in ``texts/``."""
    return PydanticCustomError(expected, expected)


def _increasing(ends: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    low, high = ends
    if low is not None and high is not None and low >= high:
        raise unfit("increasing")
    return ends


def _interval(ends: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= ends[0] < ends[1] <= 1:
        raise unfit("interval")
    return ends


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise unfit("pattern") from None
    if len(text) > LONGEST_PATTERN or _REPEATED_TWICE.search(text):
        raise unfit("pattern")
    return text


def calendar_date(text: str) -> str:
    """`text` when it is a date written as 2026-11-24."""
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise unfit("calendar_date") from None
    if len(text) != len("2026-11-24"):
        raise unfit("calendar_date")
    return text


Bounds = Annotated[tuple[Number | None, Number | None], AfterValidator(_increasing)]
Date = Annotated[str, AfterValidator(calendar_date)]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Columns = Annotated[list[str], BeforeValidator(_as_list)]
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

    table: str = "products"
    where: dict[str, Codes] = {}
    sum: str


class Quantity(_Model):
    """A sum that a formula names: one way to take it, or one per table."""

    name: Both | None = None
    unit: Unit = "kg"
    table: str | None = None
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
    """A number that a formula reads for a product or part.

    It stands in a `column`, is the `score` of the code in that column, is a quantity `measured` for the product, or is
    another `indicator`.
    """

    column: str | None = None
    score: str | None = None
    measured: str | None = None
    indicator: str | None = None
    of: Literal["part", "product"] = "part"
    unit: Unit = "1"
    default: Number | None = None
    bounds: Bounds = (None, None)
    above: Number | None = None
    needed_when: str | None = None
    if_unknown: Number | None = None
    name: Both


class Factor(_Model):
    """A number from a table in ``factors/``."""

    table: str
    key: str


class Parameter(_Model):
    """A number that functions take, from a file of their own."""

    value: Number
    unit: Unit
    name: Both
    meaning: Both
    source: Source


class NotComparable(_Model):
    """Indicators that measure the same thing in another way."""

    indicators: list[Annotated[str, Ref("indicator", up=1)]] = Field(min_length=1)
    because: Both


class Requirement(_Model):
    """Something that must hold for the inputs, and why."""

    that: str
    because: Both


class Step(_Model):
    """An intermediate result of a formula."""

    formula: str
    unit: Unit = "1"
    name: Both


class Example(_Model):
    """Given numbers and the value they must give, or ``refused`` and why: the text of a requirement, or a reason."""

    given: dict[str, Number | list[Number] | list[str]]
    expect: Number | Literal["refused"]
    because: str | None = None
    origin: str = Field(alias="from", min_length=1)
    tolerance: Number | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _because(self) -> Example:
        if (self.expect == "refused") != (self.because is not None):
            raise unfit("refused_because")
        return self


class Indicator(_Model):
    """One declared indicator.

    Every field is described in ``CONTRIBUTING.md``; the names are those of the files.
    """

    id: str = Field(pattern=ID)
    name: Both
    meaning: Both
    unit: Annotated[Unit, Field(min_length=1)]
    display: Literal["percent", "number", "count"] = "percent"
    direction: Literal["higher_is_better", "lower_is_better", "neutral"]
    bounds: Bounds = (None, None)
    levels: list[Level] = Field(min_length=1)
    rollup: Literal["sum", "sum_then_divide", "sum_of_parts", "per_product", "weighted_mean", "of_the_whole"]
    missing_data: Literal["shown_as_unknown", "as_recorded", "refuse"] = "shown_as_unknown"
    beside: IndicatorId | None = None
    inputs: dict[str, Input] = {}
    factors: dict[str, Factor] = {}
    quantities: Annotated[
        Annotated[dict[str, Quantity], Tag("dict[]")] | Annotated[list[str], Tag("list[]")],
        Discriminator(lambda value: "list[]" if isinstance(value, list) else "dict[]"),
    ] = {}
    requires: list[Requirement] = []
    requires_of_parts: list[Requirement] = []
    let: dict[str, Step] = {}
    function: str | None = None
    parameters: dict[str, Number | str] = {}
    formula: Annotated[str | None, Field(validate_default=True)] = None
    references: dict[Annotated[str, Ref("framework")], Text] = {}
    deviation: Both | None = None
    not_comparable: NotComparable | None = None
    source: Source
    decisions: list[str] = []
    examples: list[Example] = []

    @field_validator("formula")
    @classmethod
    def _formula_or_function(cls, formula: str | None, info: ValidationInfo) -> str | None:
        if formula is None and info.data.get("function", "") is None:
            raise unfit("missing")
        if formula is not None and info.data.get("function"):
            raise unfit("formula_or_function")
        return formula


class Item(_Model):
    """One thing that a framework asks for."""

    id: str
    name: Both
    obligation: Literal["mandatory", "optional", "conditional"] | None = None
    stage: Literal["current", "experimental"] = "current"
    ids: dict[str, str] = {}
    not_available: Both | None = None
    note: Both | None = None

    @property
    def number(self) -> str:
        """The number of the item for readers; empty when the framework has none and the id is a word."""
        return self.id if any(c.isdigit() for c in self.id) or self.id.isupper() else ""


class Framework(_Model):
    """A framework that the indicators answer to, with everything it asks for in its own numbering.

    `ids` of an item are its numbers in other versions of the framework.
    """

    id: str
    name: Text
    version: str
    about: Both
    source: Source
    items: list[Item] = Field(min_length=1)


class Column(_Model):
    """One column of a table."""

    kind: Literal["text", "identifier", "period", "code", "reference", "number", "mass", "measure", "unit", "score"]
    needed: Literal["always", "never", "by_role", "leaf", "with_mass"]
    name: Both
    meaning: Both
    vocabulary: Annotated[str, Ref("vocabulary")] | None = None
    to: list[Annotated[str, Ref("table", "vocabulary")]] = []
    pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    dimension: str | None = None
    unit: Unit | None = None
    min: Number | None = None
    max: Number | None = None
    exclusive: bool = False
    positive: bool = False
    composition: str | None = None
    unsure: Literal["lognormal", "composition", "fixed"] | None = None


class Derived(_Model):
    """A column that follows from others by a formula."""

    formula: str
    unit: Unit
    name: Both
    meaning: Both
    if_unknown: Number | None = None
    varies: bool = True
    decision: str | None = None


class Table(_Model):
    """One table of a fieldlab.

    `entity` is the column that says for which party a row counts; of two, the vocabulary of the `scope` says in
    ``books_<column>`` for which of them, and as what. `amount` names the columns that are summed. The `scope` is the
    code column that says what a row is about: a sum over a code of it that no row has is missing, not zero.
    """

    name: Both
    meaning: Both
    row: Both = Both(nl="rij", en="row")
    entity: Columns = []
    amount: Columns = []
    key: Literal["all"] | list[str]
    filled: bool = False
    deepest: int | None = None
    scope: str | None = None
    span: tuple[str, str] | None = None
    columns: dict[str, Column]
    derived: dict[str, Derived] = {}

    @property
    def rows(self) -> Both:
        """What the rows are called."""
        return Both(nl=self.name.nl.lower(), en=self.name.en.lower())

    @property
    def scope_list(self) -> str:
        """The vocabulary of the scope; an empty text when there is none."""
        column = self.columns.get(self.scope or "")
        return "" if column is None else column.vocabulary or ""

    @property
    def has_readings(self) -> bool:
        """Whether a row is the one reading of a party, period and code of the scope."""
        return self.key != "all" and self.scope in self.key

    @property
    def mass_column(self) -> str | None:
        """The mass that is summed, where that is the one amount; it is kept in whole numbers."""
        only = self.columns.get(self.amount[0]) if len(self.amount) == 1 else None
        return self.amount[0] if only is not None and only.kind == "mass" else None

    @property
    def product_column(self) -> str | None:
        """The column that says which product a row belongs to."""
        return next((name for name, column in self.columns.items() if column.to == ["products"]), None)


# The table of scores of kinds of fieldlab that name no other.
SCORES = "scores.csv"


class Kind(_Model):
    """A kind of fieldlab: the tables it has, the groups of indicators that are about it, and the table of its score.

    A group that no kind names is about all of them.
    """

    name: Both
    tables: list[Annotated[str, Ref("table", up=1)]]
    optional: list[Annotated[str, Ref("table", up=1)]] = []
    groups: list[Annotated[str, Ref("group")]] = []
    scores: str = Field(default=SCORES, pattern=r"^[a-z0-9_]+\.csv$")


class Uncertainty(_Model):
    """How uncertain numbers are taken to be."""

    interval: Annotated[tuple[Number, Number], AfterValidator(_interval)]
    pedigree: str = ""
    score_when_unknown: WholeNumber = Field(ge=1, le=5)
    basic: str
    large: Number = Field(gt=1)
    very_large: Number = Field(gt=1)


class MassBalance(_Model):
    """When a mass balance counts as closed."""

    tolerance: Number = Field(ge=0)


class Coverage(_Model):
    """How much must be known."""

    score: Number = Field(ge=0, le=1)


class Verdict(_Model):
    """When a conclusion counts as shown."""

    shown: Number = Field(gt=0.5, le=1)
    smallest_change: Number = Field(ge=0)
    every_helix: Number | None = Field(default=None, ge=0, le=1)
    contested: Number | None = Field(default=None, ge=0, le=1)


class CodeList(_Model):
    """What a reader should know about a code list: its name, where it comes from, what is not in it.

    `partly_named` says that some of its codes have a name in one language only.
    """

    name: Both
    about: Both
    partly_named: bool = False


class Reconciliation(_Model):
    """How observed flows are balanced and tested."""

    significance: Number = Field(gt=0, lt=1)
    draws: WholeNumber = Field(ge=100, le=100_000)


class Agreement(_Model):
    """Whether the region has agreed on the weights."""

    weights: Literal["not_yet_agreed", "agreed"]
    by: str | None
    date: Date | None


class Settings(_Model):
    """The content of ``method.yaml``."""

    id: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    status: Literal["proposed", "agreed"]
    date: Date
    licence: str
    name: Both
    themes: dict[str, Both]
    kinds: dict[str, Kind]
    uncertainty: Uncertainty
    mass_balance: MassBalance
    coverage: Coverage
    verdict: Verdict
    reconciliation: Reconciliation | None = None
    claims: dict[str, list[str]] = {}
    headline: dict[Annotated[str, Ref("kind")], list[IndicatorId]]
    quality: list[IndicatorId]
    groups: dict[str, Both]
    frameworks: dict[str, Text]
    lists_beside: list[Annotated[str, Ref("vocabulary")]] = []
    lists: dict[Annotated[str, Ref("vocabulary")], CodeList] = {}
    agreement: Agreement
    about_targets: Both
    about_score: Both
    not_covered: list[Both]
