"""What ``method.yaml`` may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from circularity.method.declarations import (
    Date,
    IndicatorId,
    Number,
    Ref,
    StrictModel,
    Text,
    WholeNumber,
    unfit,
)
from circularity.texts import Both


def _interval(ends: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= ends[0] < ends[1] <= 1:
        raise unfit("interval")
    return ends


# The table of scores of kinds of fieldlab that name no other.
SCORES = "scores.csv"


class Kind(StrictModel):
    """A kind of fieldlab: the tables it has, the groups of indicators that are about it, and the table of its score.

    A group that no kind names is about all of them.
    """

    name: Both
    tables: list[Annotated[str, Ref("table", up=1)]]
    optional: list[Annotated[str, Ref("table", up=1)]] = Field(default=[])
    groups: list[Annotated[str, Ref("group")]] = Field(default=[])
    scores: str = Field(default=SCORES, pattern=r"^[a-z0-9_]+\.csv$")


class Uncertainty(StrictModel):
    """How uncertain numbers are taken to be."""

    interval: Annotated[tuple[Number, Number], AfterValidator(_interval)]
    pedigree: str = ""
    score_when_unknown: WholeNumber = Field(ge=1, le=5)
    basic: str
    large: Number = Field(gt=1)
    very_large: Number = Field(gt=1)


class MassBalance(StrictModel):
    """When a mass balance counts as closed."""

    tolerance: Number = Field(ge=0)


class Coverage(StrictModel):
    """How much must be known."""

    score: Number = Field(ge=0, le=1)


class Verdict(StrictModel):
    """When a conclusion counts as shown."""

    shown: Number = Field(gt=0.5, le=1)
    smallest_change: Number = Field(ge=0)
    every_helix: Number | None = Field(default=None, ge=0, le=1)
    contested: Number | None = Field(default=None, ge=0, le=1)


class CodeList(StrictModel):
    """What a reader should know about a code list: its name, where it comes from, what is not in it.

    `partly_named` says that some of its codes have a name in one language only.
    """

    name: Both
    about: Both
    partly_named: bool = False


class Reconciliation(StrictModel):
    """How observed flows are balanced and tested."""

    significance: Number = Field(gt=0, lt=1)
    draws: WholeNumber = Field(ge=100, le=100_000)


class Agreement(StrictModel):
    """Whether the region has agreed on the weights."""

    weights: Literal["not_yet_agreed", "agreed"]
    by: str | None
    date: Date | None


class Settings(StrictModel):
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
    claims: dict[str, list[str]] = Field(default={})
    headline: dict[Annotated[str, Ref("kind")], list[IndicatorId]]
    quality: list[IndicatorId]
    groups: dict[str, Both]
    frameworks: dict[str, Text]
    lists_beside: list[Annotated[str, Ref("vocabulary")]] = Field(default=[])
    lists: dict[Annotated[str, Ref("vocabulary")], CodeList] = Field(default={})
    agreement: Agreement
    about_targets: Both
    about_score: Both
    not_covered: list[Both]
