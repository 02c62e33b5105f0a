"""Numbers in texts of others: decimal comma or point, thousands, and texts with two readings.

A text such as 1.234 is either one with three decimals or a whole number of thousands. Only the other texts of its
column in its file can say which; where they do not, it is not read. Number cells of a workbook are numbers: nothing is
guessed about them, and they say nothing about the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from circularity.importers.encoded import OURS, EncodedColumn, Mask
from circularity.ledger.number_hints import TWO_READINGS

# What a text is, as a pattern; the first that fits counts.
PLAIN = r"^[+-]?[0-9]+$"
EXPONENT = r"^[+-]?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{1,3}$"
TWO_WAYS = f"^{TWO_READINGS}$"
POINT = r"^[+-]?[0-9]*\.[0-9]+$"
COMMA = r"^[+-]?[0-9]*,[0-9]+$"
POINT_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+\.[0-9]+$|^[+-]?[1-9][0-9]{0,2}(,[0-9]{3}){2,}$"
COMMA_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+,[0-9]+$|^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}$"
SPACED = r"([0-9])[ ']([0-9]{3})"

# Fewer texts than this do not show a notation: one may be a typing error, and a wrong guess is a factor of 1,000.
LEAST_EVIDENCE = 2
# The texts that show a notation, as part of those that are read by it, must be at least this.
LEAST_SHARE = 0.01
# Texts that are named as evidence.
MOST_NAMED = 3


@dataclass(frozen=True)
class Notation:
    """How the numbers of one column of one file are written.

    Attributes
    ----------
    decimal : {".", ","} or None
        The character before decimals; None where neither the user nor the column says it.
    given : bool
        Whether the user said it; a text in the other notation is not a number then.
    evidence : tuple of str
        Some of the texts that show it.
    shown_by : int
        How many different texts do.
    """

    decimal: str | None = None
    given: bool = False
    evidence: tuple[str, ...] = ()
    shown_by: int = 0


@dataclass(frozen=True)
class Numbers:
    """What texts, or the rows of a column, say as numbers.

    Attributes
    ----------
    values : array of float
        NaN where there is no number.
    guessed : array of bool
        Those with two readings, read as the notation of their column has it.
    two_ways : array of bool
        Those with two readings that are not read.
    wrong : array of bool
        Those that are not a number.
    """

    values: npt.NDArray[np.float64]
    guessed: Mask
    two_ways: Mask
    wrong: Mask


def find_notation(texts: pa.StringArray, given: str | None = None) -> Notation:
    """The notation of a column.

    Parameters
    ----------
    texts : pyarrow.StringArray
        The different texts of one column of one file, without its number cells.
    given : {".", ","}, optional
        The character before decimals, where the user says it.
    """
    if given is not None:
        return Notation(given, given=True)
    texts = _unspaced(texts)
    either = _like(texts, TWO_WAYS)
    shown = {decimal: mask for decimal, mask in _one_reading(texts, either).items() if mask.any()}
    if len(shown) != 1:
        return Notation()
    ((decimal, mask),) = shown.items()
    count = int(mask.sum())
    enough = count >= max(LEAST_EVIDENCE, LEAST_SHARE * int(either.sum()))
    named = sorted(texts.filter(pa.array(mask)).to_pylist(), key=lambda text: (len(text), text))[:MOST_NAMED]
    return Notation(decimal if enough else None, False, tuple(named), count)


def numbers(texts: pa.StringArray, notation: Notation) -> Numbers:
    """The numbers in texts of one column.

    Parameters
    ----------
    texts : pyarrow.StringArray
        Without spaces around them.
    notation : Notation
        How the column writes numbers. Where it is not known, texts with one reading are read all the same.
    """
    texts, decimal = _unspaced(texts), notation.decimal
    whole, nothing = _like(texts, PLAIN), np.zeros(len(texts), dtype=bool)
    if whole.all():
        values = _floats(texts)
        return Numbers(values, nothing, nothing, np.isnan(values))
    either = _like(texts, TWO_WAYS)
    read = _one_reading(texts, either)
    if notation.given:
        read = {d: mask if d == decimal else nothing for d, mask in read.items()}
    if decimal is not None:
        read[decimal] = read[decimal] | either
    values = np.full(len(texts), np.nan)
    for mask, thousands, before in (
        (whole | _like(texts, EXPONENT), "", "."),
        (read["."], ",", "."),
        (read[","], ".", ","),
    ):
        if mask.any():
            part = texts.filter(pa.array(mask))
            part = pc.replace_substring(part, thousands, "") if thousands else part
            values[mask] = _floats(pc.replace_substring(part, before, "."))
    two_ways = either & (decimal is None)
    return Numbers(values, either & (not notation.given) & ~two_ways, two_ways, np.isnan(values) & ~two_ways)


def exact_numbers(texts: pa.StringArray) -> Numbers:
    """The numbers in texts with a decimal point and no thousands, as number cells and maps have them."""
    values, nothing = np.full(len(texts), np.nan), np.zeros(len(texts), dtype=bool)
    mask = _like(texts, PLAIN) | _like(texts, EXPONENT) | _like(texts, POINT)
    if mask.any():
        values[mask] = _floats(texts.filter(pa.array(mask)))
    return Numbers(values, nothing, nothing, np.isnan(values))


def numbers_of(column: EncodedColumn, notations: Sequence[Notation]) -> Numbers:
    """The numbers of a column row by row, each text read as the column it came from writes numbers.

    Parameters
    ----------
    column : EncodedColumn
    notations : sequence of Notation
        By origin.
    """
    if isinstance(column.origin, int):
        return _rows_of(column, column.origin, notations)
    found = Numbers(np.full(len(column), np.nan), *(np.zeros(len(column), dtype=bool) for _ in range(3)))
    for origin in range(OURS, len(notations)):
        rows = np.flatnonzero(column.origin == origin)
        if len(rows):
            part = _rows_of(column.take(rows), origin, notations)
            for name in ("values", "guessed", "two_ways", "wrong"):
                getattr(found, name)[rows] = getattr(part, name)
    return found


def _rows_of(column: EncodedColumn, origin: int, notations: Sequence[Notation]) -> Numbers:
    read = exact_numbers(column.values) if origin == OURS else numbers(column.values, notations[origin])
    values = column.each(read.values, np.nan)
    return Numbers(values, *(column.where(mask) for mask in (read.guessed, read.two_ways, read.wrong)))


def _one_reading(texts: pa.StringArray, either: Mask) -> dict[str, Mask]:
    """The texts that can be read in one way only, by the character before their decimals."""
    point, comma = _like(texts, POINT) | _like(texts, POINT_GROUPED), _like(texts, COMMA) | _like(texts, COMMA_GROUPED)
    return {".": point & ~either, ",": comma & ~either}


def _unspaced(texts: pa.StringArray) -> pa.StringArray:
    # Twice, because thousands of thousands share a digit.
    texts = pc.replace_substring_regex(texts, SPACED, r"\1\2")
    return pc.replace_substring_regex(texts, SPACED, r"\1\2")


def _like(texts: pa.StringArray, pattern: str) -> Mask:
    return np.asarray(pc.fill_null(pc.match_substring_regex(texts, pattern), False), dtype=bool)


def _floats(texts: pa.StringArray) -> npt.NDArray[np.float64]:
    # Arrow takes neither a plus nor a leading point.
    plain = pc.replace_substring_regex(pc.replace_substring_regex(texts, r"^\+", ""), r"^(-?)\.", r"\10.")
    values = np.asarray(pc.cast(plain, pa.float64()), dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)
