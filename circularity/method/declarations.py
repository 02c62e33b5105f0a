"""What the files of ``methodology/`` may hold, and how it is checked when read."""

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
        Kinds of `circularity.method.checks.names`, or ``unit``.
    up : int, optional
        Keys by which a fault is placed above the name.
    """

    def __init__(self, *kinds: str, up: int = 0) -> None:
        self.kinds, self.up = kinds, up


Unit = Annotated[str, Ref("unit")]
IndicatorId = Annotated[str, Ref("indicator")]


class StrictModel(BaseModel):
    """Data in which an unknown key is a fault."""

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


def safe_pattern(text: str) -> str:
    """`text` when it is a regular expression that is short and cannot take for ever."""
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


class Source(StrictModel):
    """Where a declaration comes from."""

    key: str
    at: Text
    status: Status


class Sum(StrictModel):
    """A sum over the rows of one table."""

    table: str = "products"
    where: dict[str, Codes] = {}
    sum: str


class Quantity(StrictModel):
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


class Input(StrictModel):
    """A number that a formula reads for a product or part.

    It is in a `column`, is the `score` of the code in that column, is a quantity `measured` for the product, or is
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


class Factor(StrictModel):
    """A number from a table in ``factors/``."""

    table: str
    key: str


class Parameter(StrictModel):
    """A number that functions take, from a file of their own."""

    value: Number
    unit: Unit
    name: Both
    meaning: Both
    source: Source


class NotComparable(StrictModel):
    """Indicators that measure the same thing in another way."""

    indicators: list[Annotated[str, Ref("indicator", up=1)]] = Field(min_length=1)
    because: Both


class Requirement(StrictModel):
    """Something that must hold for the inputs, and why."""

    that: str
    because: Both


class Step(StrictModel):
    """An intermediate result of a formula."""

    formula: str
    unit: Unit = "1"
    name: Both


class Example(StrictModel):
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


class Indicator(StrictModel):
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
            raise unfit("formula_needed")
        if formula is not None and info.data.get("function"):
            raise unfit("formula_or_function")
        return formula


class Item(StrictModel):
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


class Framework(StrictModel):
    """A framework that the indicators answer to, with everything it asks for in its own numbering.

    `ids` of an item are its numbers in other versions of the framework.
    """

    id: str
    name: Text
    version: str
    about: Both
    source: Source
    items: list[Item] = Field(min_length=1)


class Column(StrictModel):
    """One column of a table."""

    kind: Literal["text", "identifier", "period", "code", "reference", "number", "mass", "measure", "unit", "score"]
    needed: Literal["always", "never", "by_role", "leaf", "with_mass"]
    name: Both
    meaning: Both
    vocabulary: Annotated[str, Ref("vocabulary")] | None = None
    to: list[Annotated[str, Ref("table", "vocabulary")]] = []
    pattern: Annotated[str, AfterValidator(safe_pattern)] | None = None
    dimension: str | None = None
    unit: Unit | None = None
    min: Number | None = None
    max: Number | None = None
    exclusive: bool = False
    positive: bool = False
    composition: str | None = None
    unsure: Literal["lognormal", "composition", "fixed"] | None = None


class Derived(StrictModel):
    """A column that follows from others by a formula."""

    formula: str
    unit: Unit
    name: Both
    meaning: Both
    if_unknown: Number | None = None
    varies: bool = True
    decision: str | None = None


class Table(StrictModel):
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
