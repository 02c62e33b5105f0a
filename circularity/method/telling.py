"""How faults of a method are told: what was expected, what is known, and what has been told already."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from circularity.errors import CircularityError, FileError, MethodError, Where, sentence
from circularity.method import needs

if TYPE_CHECKING:
    from circularity.method.load import Method


def expected(name: str, **details: Any) -> Mapping[str, str]:
    """A sentence on what a value should be."""
    return sentence(name, "expected", **details)


def undefined(where: Where, found: str, choices: Iterable[str], formula: str = "") -> CircularityError:
    """The fault of a name that nothing declares; the names most like it come first."""
    known = list(choices)
    near = difflib.get_close_matches(found, known, n=3, cutoff=0.6)  # a message shows the first of many
    return MethodError(
        "UndefinedName", where=where, found=found, expected=list(dict.fromkeys([*near, *known])), formula=formula
    )


def is_told(table: str, column: str) -> bool:
    """Whether a column, if it is not there, is told as one that the program needs."""
    return column in needs.COLUMNS.get(table, {}) or column in needs.PEDIGREE


def known_unit(method: Method, unit: str) -> bool:
    """Whether a unit is made of codes of the list of units."""
    units = method.vocabularies.get("units")
    return unit == "1" or units is None or unit in units or all(part in units for part in re.split("[*/]", unit))


def unit_faults(method: Method, unit: str | None, where: Where) -> Iterator[CircularityError]:
    """The fault of a unit that nobody knows, if it is one."""
    if unit is not None and not known_unit(method, unit):
        yield FileError("WrongValue", where=where, found=unit, expected=expected("unit"))
