"""What ``fieldlab.yaml`` may hold, and reading it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from circularity.errors import CircularityError, DataError, FileError, Where, either, sentence, together
from circularity.method.load import Method
from circularity.method.validation import read_model
from circularity.tables.columns import FIRST_YEAR, LAST_YEAR
from circularity.tables.suggestions import Names
from circularity.texts import Both, word

FILE = "fieldlab.yaml"

# An id becomes part of paths.
SAFE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
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
    claims: list[str] = []


@dataclass
class Reading:
    """What could be read of ``fieldlab.yaml``; None where that failed, so that the tables can be read all the same."""

    description: Description | None = None
    kind: str | None = None
    periods: list[int] | None = None


def read_description(
    data: dict[str, Any] | None,
    method: Method,
    faults: list[CircularityError],
    places: Mapping[str, Where] | None = None,
) -> Reading:
    """The description of a fieldlab.

    Parameters
    ----------
    data : dict or None
        What ``fieldlab.yaml``, or a sheet in its place, says; None when that could not be read.
    method : Method
        Its kinds and municipalities may be named.
    faults : list of CircularityError
        Takes every fault.
    places : mapping of str to Where, optional
        Where each key stands, when that is not in ``fieldlab.yaml``.
    """
    if data is None:
        return Reading()
    found: list[CircularityError] = []
    description = read_model(Description, data, FILE, faults=found)
    wrong = [*_with_meant_keys(found), *_wrong_names(data, method)]
    # What a description says of its periods and kind may be right where other things are wrong.
    kind = data.get("kind") if data.get("kind") in list(method.settings.kinds) else None
    periods = None if any(str(f.where.key).startswith("periods") for f in found) else data.get("periods")
    faults += wrong if places is None else [_on_sheet(fault, places) for fault in wrong]
    return Reading(description, kind, periods)


def _on_sheet(fault: CircularityError, places: Mapping[str, Where]) -> CircularityError:
    """The fault with the place of its cell; a key that is missing is a cell to fill in."""
    key = str(fault.where.key)
    where = _placed(key, places)
    if key.startswith("periods") and fault.code != "MissingKey":
        fault.details["advice"] = sentence("years_with_commas")
    if key == "sources" and not where.row:
        return DataError("EmptyTable", where=where, advice=sentence("fill_in_source"))
    if fault.code == "MissingKey":
        return DataError("EmptyCell", where=where, expected=where.column, advice=sentence("fill_in_cell"))
    fault.where = where
    return fault


def _placed(key: str, places: Mapping[str, Where]) -> Where:
    """The place of a key, or of what it is part of."""
    while key and key not in places:
        key = key.rpartition(".")[0]
    where = places.get(key) or next(iter(places.values()), Where())
    return where if key else Where(file=where.file, sheet=where.sheet)


def _with_meant_keys(found: list[CircularityError]) -> list[CircularityError]:
    """The faults, unknown keys with the key that was meant; that such a key is missing goes without saying."""
    words = {key: word(key, "description_key") for key in Description.model_fields}
    names = Names({key: [w["nl"], w["en"]] for key, w in words.items()})
    kept: list[CircularityError] = []
    meant: set[str] = set()
    for fault in found:
        if fault.code == "UnknownKey" and fault.where.key == fault.details["found"]:
            nearest = names.nearest(fault.details["found"])
            meant.update(nearest)
            hint = sentence("meant", names=either(nearest)) if nearest else None
            kept.append(FileError("UnknownKey", where=fault.where, **fault.details, hint=hint))
        else:
            kept.append(fault)
    return [f for f in kept if not (f.code == "MissingKey" and f.where.key in meant)]


def _wrong_names(data: dict[str, Any], method: Method) -> list[CircularityError]:
    """Names in the description that cannot be, or that the method does not have."""
    found: list[CircularityError] = []
    if isinstance(data.get("id"), str) and not SAFE_ID.fullmatch(data["id"]):
        code = re.sub(r"[^a-z0-9]+", "-", data["id"].lower()).strip("-")
        hint = sentence("meant", names=either([code])) if SAFE_ID.fullmatch(code) else None
        found.append(DataError("UnsafeName", where=Where(file=FILE, key="id"), found=data["id"], hint=hint))
    places = method.vocabularies["municipalities"]
    kinds = Names({k: [v.name.nl, v.name.en] for k, v in method.settings.kinds.items()})
    for key, names in (("kind", kinds), ("municipality", places.names)):
        value = data.get(key)
        if isinstance(value, str) and value not in names:
            nearest = names.nearest(value)
            advice = together(
                sentence("meant", names=either(nearest)) if nearest else sentence("choose", names=list(names))
            )
            found.append(
                FileError(
                    "WrongValue", where=Where(file=FILE, key=key), found=value, expected=list(names), advice=advice
                )
            )
    return found
