"""What a row of the CSV files of ``methodology/`` may hold."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from circularity.method.declarations import ID, Date, Status, unfit
from circularity.tables.numbers import is_number
from circularity.texts import Both


def _number(cell: Any) -> Any:
    """A cell as number; a strict form, because a float may also be written as nan, inf or 1_000."""
    if not is_number(str(cell).strip()):
        raise unfit("number_in_cell")
    return float(cell)


def _none_if_empty(cell: Any) -> Any:
    return None if cell == "" else cell


Number = Annotated[float, BeforeValidator(_number)]
NumberOrEmpty = Annotated[Number | None, BeforeValidator(_none_if_empty)]
Filled = Annotated[str, Field(min_length=1)]
YearOrEmpty = Annotated[int | None, BeforeValidator(_none_if_empty)]


class _Row(BaseModel):
    # There may be more columns, which only people read.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class FunctionRow(_Row):
    """A function that a declaration may name: the columns it takes, its parameters, and what comes out."""

    function: str = Field(pattern=ID)
    takes: Filled
    parameters: str
    nl: Filled
    en: Filled
    unit: Filled
    source: Filled
    at: str
    status: Status


class CodeRow(_Row):
    """A code of a vocabulary."""

    code: str = Field(pattern=r"^\S+$")
    parent: str
    nl: Filled
    en: Filled
    source: str


class PartlyNamedRow(CodeRow):
    """A code of a vocabulary whose names are not to be had in both languages (decision 0018)."""

    nl: str
    en: str

    @model_validator(mode="after")
    def _named(self) -> PartlyNamedRow:
        if not (self.nl or self.en):
            raise unfit("one_name")
        return self


class UnitRow(CodeRow):
    """A unit: how many of the base unit of its dimension it is."""

    code: str = Field(pattern=r"^([A-Za-z][A-Za-z0-9_]*(/[A-Za-z][A-Za-z0-9_]*)*|1)$")
    dimension: Filled
    factor: Number = Field(gt=0)


class MeasuredRow(CodeRow):
    """Something that is known as a total."""

    unit: Filled


class RoleRow(CodeRow):
    """What a flow is to its giver and receiver."""

    books_to: str
    books_from: str
    balance: Literal["+1", "1", "-1", "0", ""]
    asks: str


class _Factor(_Row):
    source: Filled
    place: str
    version: str
    year: int
    unit: Filled
    licence: str
    status: Status
    valid_to: YearOrEmpty = None


class PedigreeRow(_Factor):
    """What a pedigree score adds to the uncertainty: a variance of ln(x), or a factor U whose square root is a GSD.

    A table without sets is one set without a name.
    """

    set: str = ""
    dimension: Filled
    score: int = Field(ge=0, le=5)
    variance: NumberOrEmpty = Field(ge=0)
    factor: NumberOrEmpty = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _either(self) -> PedigreeRow:
        if (self.variance is None) == (self.factor is None):
            raise unfit("variance_or_factor")
        return self

    @property
    def added(self) -> float:
        """The variance of ln(x) that the score adds. [1]"""
        if self.variance is not None:
            return self.variance
        return (math.log(self.factor or 1) / 2) ** 2


class PlausibilityRow(_Row):
    """A bound outside which a number is worth a look.

    A `range` holds for the number itself. An `outlier` is looked for among at least `fewest` rows that are alike in the
    columns `by`: a modified z-score of the logarithm above `high`, and at least a `factor` off their median.
    """

    id: str = Field(pattern=ID)
    table: Filled
    of: Filled
    kind: Literal["range", "outlier"]
    by: str
    fewest: Annotated[int | None, BeforeValidator(_none_if_empty)]
    factor: NumberOrEmpty
    low: NumberOrEmpty
    high: NumberOrEmpty
    unit: Filled
    nl: Filled
    en: Filled
    source: Filled
    place: Filled
    status: Status

    @model_validator(mode="after")
    def _whole(self) -> PlausibilityRow:
        outlier = None not in (self.fewest, self.factor, self.high) and self.low is None
        plain = (self.fewest, self.factor, self.by) == (None, None, "") and (self.low, self.high) != (None, None)
        if not (outlier if self.kind == "outlier" else plain):
            raise unfit("plausible_row")
        return self

    @property
    def why(self) -> Both:
        """What there is to say when a number is outside."""
        return Both(nl=self.nl, en=self.en)


class FactorRow(_Factor):
    """A number that formulas name; `set` says which numbers belong together and are never mixed with others."""

    key: str = Field(pattern=ID)
    value: Number
    nl: Filled
    en: Filled
    set: Filled

    @property
    def name(self) -> Both:
        """What the number is."""
        return Both(nl=self.nl, en=self.en)


class RandomIndexRow(_Factor):
    """A random index: the mean consistency index of so many items compared at random."""

    table: str = Field(pattern=ID)
    items: int = Field(ge=3)
    value: Number = Field(gt=0)


class BwmThresholdRow(_Factor):
    """The largest input-based consistency ratio that counts as consistent."""

    best_to_worst: int = Field(ge=2)
    items: int = Field(ge=3)
    value: Number = Field(gt=0)


class TargetRow(_Factor):
    """A published target."""

    target: Filled
    indicator: Filled
    value: Number
    by_year: int = Field(ge=1900, le=2200)
    nl: Filled
    en: Filled
    date: Date | Literal[""]
    state: Literal["current", "superseded"] = "current"
