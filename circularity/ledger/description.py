"""What ``fieldlab.yaml`` may hold, and reading it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from circularity.errors import (
    CircularityError,
    MissingKey,
    UnknownKey,
    UnsafeName,
    Where,
    WrongValue,
    either,
    sentence,
    together,
)
from circularity.method.fitting import Gather, read_model
from circularity.method.load import Method
from circularity.method.names import Names
from circularity.method.yaml_reader import read_mapping
from circularity.texts import Both, word

FILE = "fieldlab.yaml"

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


def _each_once(years: list[int]) -> list[int]:
    if len(set(years)) < len(years):
        raise PydanticCustomError("unique", "a year twice")
    return years


class ShortBoth(Both):
    """A text in Dutch and English for one line."""

    nl: str = Field(pattern=r"\S", max_length=LONGEST_NAME)
    en: str = Field(pattern=r"\S", max_length=LONGEST_NAME)


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
    name: ShortBoth
    about: Both
    municipality: str | None = None
    periods: Annotated[list[Year], Field(min_length=1), AfterValidator(_each_once)]
    sources: list[Source] = Field(min_length=1)
    licence: str
    confidentiality: Literal["public", "restricted", "confidential"]
    caveats: list[Both] = []
    notes: list[Both] = []


@dataclass
class Reading:
    """What could be read of ``fieldlab.yaml``; None where that failed, so that the tables can be read all the same."""

    description: Description | None = None
    kind: str | None = None
    periods: list[int] | None = None


def read_description(folder: Path, method: Method, faults: list[CircularityError]) -> Reading:
    """The description of the fieldlab in a folder.

    Parameters
    ----------
    folder : Path
        Folder that holds ``fieldlab.yaml``.
    method : Method
        Its kinds and municipalities may be named.
    faults : list of CircularityError
        Takes every fault.
    """
    data = None
    with Gather(faults):
        data = read_mapping(folder / FILE, FILE, inside=folder)
    if data is None:
        return Reading()
    found: list[CircularityError] = []
    description = read_model(Description, data, FILE, faults=found)
    faults += _with_meant_keys(found)
    faults += _wrong_names(data, method)
    # What a description says of its periods and kind may be right where other things are wrong.
    kind = data.get("kind") if data.get("kind") in list(method.settings.kinds) else None
    periods = None if any(str(f.where.key).startswith("periods") for f in found) else data.get("periods")
    return Reading(description, kind, periods)


def _with_meant_keys(found: list[CircularityError]) -> list[CircularityError]:
    """The faults, unknown keys with the key that was meant; that such a key is missing goes without saying."""
    words = {key: word(key, "description_key") for key in Description.model_fields}
    names = Names({key: [w["nl"], w["en"]] for key, w in words.items()})
    kept: list[CircularityError] = []
    meant: set[str] = set()
    for fault in found:
        if isinstance(fault, UnknownKey) and fault.where.key == fault.details["found"]:
            nearest = names.nearest(fault.details["found"])
            meant.update(nearest)
            hint = sentence("meant", names=either(nearest)) if nearest else None
            kept.append(UnknownKey(where=fault.where, **fault.details, hint=hint))
        else:
            kept.append(fault)
    return [f for f in kept if not (isinstance(f, MissingKey) and f.where.key in meant)]


def _wrong_names(data: dict[str, Any], method: Method) -> list[CircularityError]:
    """Names in the description that cannot be, or that the method does not have."""
    found: list[CircularityError] = []
    if isinstance(data.get("id"), str) and not SAFE_ID.fullmatch(data["id"]):
        code = re.sub(r"[^a-z0-9]+", "-", data["id"].lower()).strip("-")
        hint = sentence("meant", names=either([code])) if SAFE_ID.fullmatch(code) else None
        found.append(UnsafeName(where=Where(file=FILE, key="id"), found=data["id"], hint=hint))
    places = method.vocabularies["municipalities"]
    kinds = Names({k: [v.name.nl, v.name.en] for k, v in method.settings.kinds.items()})
    for key, names in (("kind", kinds), ("municipality", places.names)):
        value = data.get(key)
        if isinstance(value, str) and value not in names:
            nearest = names.nearest(value)
            advice = together(
                sentence("meant", names=either(nearest)) if nearest else sentence("choose", names=list(names))
            )
            found.append(WrongValue(where=Where(file=FILE, key=key), found=value, expected=list(names), advice=advice))
    return found
