"""What may be in a column: one rule for each kind of column, applied to its different texts or to its values."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from circularity.tables.cells import UNKNOWN

Mask = npt.NDArray[np.bool_]

# Kinds of column with numbers; a `mass` or `measure` has its bounds in the base unit.
NUMBERS = ("number", "score", "mass", "measure")
# Those, and years, which are written as numbers too.
NUMERIC = (*NUMBERS, "period")
IN_A_UNIT = ("mass", "measure")
SCORES = (1, 2, 3, 4, 5)
# A short name that is safe as part of a path.
IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
FIRST_YEAR, LAST_YEAR = 1800, 2199
YEAR = r"(?:1[89]|20|21)[0-9]{2}"
# What a spreadsheet program takes for a formula; a dash or a plus before a number or a space is not one.
RUNS = r"[=@]|[+-][^\d\s+-]"

# The fault of a text that is not among the names that there are, by kind of column.
UNKNOWN_NAME = {"code": "UnknownCode", "unit": "UnknownUnit", "reference": "UnknownReference"}


class Rule(Protocol):
    """What a column says of its cells; `circularity.method.declarations.Column` is one."""

    @property
    def kind(self) -> str:
        """Kind of column."""
        ...

    @property
    def pattern(self) -> str | None:
        """Form of a text."""
        ...

    @property
    def min(self) -> float | None:
        """Lower bound."""
        ...

    @property
    def max(self) -> float | None:
        """Upper bound."""
        ...

    @property
    def exclusive(self) -> bool:
        """Whether the lower bound itself is too low."""
        ...

    @property
    def positive(self) -> bool:
        """Whether zero is too low."""
        ...


def unfit_texts(
    rule: Rule, texts: Sequence[str], names: Container[str] = (), reserved: Container[str] = ()
) -> dict[str, Mask]:
    """Which of the different texts of a column of text do not fit it, by the code of the fault.

    Parameters
    ----------
    rule : Rule
    texts : sequence of str
        Cleaned; an empty text fits, as whether a cell may be empty is not a rule of texts.
    names : container of str, optional
        The codes, units or names of other lists that there are, for a column that holds these.
    reserved : container of str, optional
        Names that nobody may give to something of their own.
    """
    found: dict[str, list[bool]] = {}
    if rule.kind in UNKNOWN_NAME:
        found[UNKNOWN_NAME[rule.kind]] = [text not in names for text in texts]
    elif rule.kind == "period":
        found["NotAPeriod"] = _unlike(YEAR, texts)
    elif rule.kind == "identifier":
        found["ReservedName"] = [text in reserved for text in texts]
        found["UnsafeName"] = _unlike(IDENTIFIER, texts)
    elif rule.kind == "text":
        runs = re.compile(RUNS)
        found["FormulaAsText"] = [runs.match(text) is not None for text in texts]
        if rule.pattern:
            unlike = _unlike(rule.pattern, texts)
            found["WrongPattern"] = [bad and text != UNKNOWN for bad, text in zip(unlike, texts, strict=True)]
    given = np.array([text != "" for text in texts], dtype=bool)
    return {code: np.array(marks, dtype=bool) & given for code, marks in found.items()}


def _unlike(pattern: str, texts: Sequence[str]) -> list[bool]:
    form = re.compile(pattern)
    return [form.fullmatch(text) is None for text in texts]


def unfit_values(
    rule: Rule, values: npt.NDArray[np.float64], base: npt.NDArray[np.float64], signed: Mask
) -> dict[str, Mask]:
    """Which values of a column of numbers are out of its bounds, by the code of the fault; NaN is not known, and fits.

    Parameters
    ----------
    rule : Rule
    values, base : array of float
        As they are written, and in the base unit; the same where a column has no unit.
    signed : array of bool
        Measures that may be below the lower bound.
    """
    least, most = -np.inf if rule.min is None else rule.min, np.inf if rule.max is None else rule.max
    if rule.kind == "mass":
        found = {"NegativeMass": values < 0, "OutOfRange": (values == 0) & rule.positive, "TooLarge": base > most}
    elif rule.kind == "measure":
        found = {"OutOfRange": (base < least) & ~signed, "TooLarge": base > most}
    elif rule.kind == "score":
        found = {"OutOfRange": ~np.isin(values, SCORES) & ~np.isnan(values)}
    else:
        low = values <= (rule.min or 0) if rule.exclusive else values < least
        found = {"OutOfRange": low | (values > most) | ((values == 0) & rule.positive)}
    return {code: np.asarray(mask) for code, mask in found.items()}
