"""What ``fieldlab.yaml`` may hold."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from circularity.texts import Both

# An id becomes part of paths.
SAFE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Source(BaseModel):
    """Where the data of a fieldlab come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    by: str
    year: int
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
    name: Both
    about: Both
    municipality: str | None = None
    periods: list[int] = Field(min_length=1)
    sources: list[Source] = Field(min_length=1)
    licence: str
    confidentiality: Literal["public", "restricted", "confidential"]
    caveats: list[Both] = []
    notes: list[Both] = []
