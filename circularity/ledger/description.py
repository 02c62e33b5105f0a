"""What ``fieldlab.yaml`` may hold."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from circularity.texts import Both

# An id becomes part of paths.
SAFE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# Years that a period or a source can be of.
FIRST_YEAR, LAST_YEAR = 1800, 2199
# A name stands in headings, figures and tables.
LONGEST_NAME = 200


def _year(value: Any) -> Any:
    # True would pass as 1, and 2023.0 as 2023.
    if isinstance(value, bool) or not isinstance(value, int) or not FIRST_YEAR <= value <= LAST_YEAR:
        raise PydanticCustomError("year", "not a year", {"low": FIRST_YEAR, "high": LAST_YEAR})
    return value


def _short(name: Both) -> Both:
    if max(len(name.nl), len(name.en)) > LONGEST_NAME:
        raise PydanticCustomError("short_text", "too long", {"longest": LONGEST_NAME})
    return name


def _each_once(years: list[int]) -> list[int]:
    if len(set(years)) < len(years):
        raise PydanticCustomError("unique", "a year twice")
    return years


Year = Annotated[int, BeforeValidator(_year)]


class Source(BaseModel):
    """Where the data of a fieldlab come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    by: str
    year: Year
    licence: str
    version: str | None = None
    doi: str | None = None
    note: Both | None = None


class Description(BaseModel):
    """The content of ``fieldlab.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: str
    nature: Literal["fieldlab", "reference_case", "synthetic"]
    name: Annotated[Both, AfterValidator(_short)]
    about: Both
    municipality: str | None = None
    periods: Annotated[list[Year], Field(min_length=1), AfterValidator(_each_once)]
    sources: list[Source] = Field(min_length=1)
    licence: str
    confidentiality: Literal["public", "restricted", "confidential"]
    caveats: list[Both] = []
    notes: list[Both] = []
