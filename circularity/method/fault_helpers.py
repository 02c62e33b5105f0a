"""What faults of a method have in common: what was expected, and which names come near."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from circularity.errors import CircularityError, MethodError, Where, sentence
from circularity.method import required


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


def is_required(table: str, column: str) -> bool:
    """Whether a column that is not there has a fault of its own, as one that the program needs."""
    return column in required.COLUMNS.get(table, {}) or column in required.PEDIGREE
