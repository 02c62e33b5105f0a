"""Numbers as people write them: one pattern, decimal point or comma, thousands, and texts with two readings.

A text such as 1.234 is either one with three decimals or a whole number of thousands. Only the other texts of its
column in its file, and of the other columns, can say which; where they do not, it is not read. Number cells of a
workbook are numbers: nothing is guessed about them, and they say nothing about the texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from circularity.errors import DataError, Where, sentence
from circularity.texts import LANGUAGES, Texts

Mask = npt.NDArray[np.bool_]

# A number with a decimal point. A larger exponent is not a number that a computer has, and multiplying it out takes
# all memory. Strict on purpose: a float may also be written as nan, inf, 1_000 or in the digits of another script.
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
# A number that is either one with three decimals or a whole number of thousands.
TWO_READINGS = r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"

_NUMBER = re.compile(NUMBER)
# What a text is, as a pattern; the first that fits counts.
_WHOLE = r"^[+-]?[0-9]+(?:[eE][+-]?[0-9]{1,3})?$"
_TWO_WAYS = f"^{TWO_READINGS}$"
_POINT = f"^{NUMBER}$"
_COMMA = _POINT.replace(r"\.", ",")
_POINT_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+\.[0-9]+$|^[+-]?[1-9][0-9]{0,2}(,[0-9]{3}){2,}$"
_COMMA_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+,[0-9]+$|^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}$"
_SPACED = r"([0-9])[ '\x{00a0}\x{202f}]([0-9]{3})"

# Fewer texts than this do not show a notation: one may be a typing error, and a wrong guess is a factor of 1,000.
LEAST_EVIDENCE = 2
# The texts that show a notation, as part of those that are read by it, must be at least this.
LEAST_SHARE = 0.01
# Texts that are named as evidence.
MOST_NAMED = 3


def is_number(text: str) -> bool:
    """Whether a text is a number with a decimal point, or a whole one."""
    return _NUMBER.fullmatch(text) is not None


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
    elsewhere : {".", ","} or None
        What the other columns of the file show. It settles only a text with that very character: next to columns with
        a decimal comma 1,234 is read; 1.234 is not, since it may come from a program that writes points.
    """

    decimal: str | None = None
    given: bool = False
    evidence: tuple[str, ...] = ()
    shown_by: int = 0
    elsewhere: str | None = None


POINT = Notation(".", given=True)


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


def find_notation(
    texts: pa.StringArray, given: str | None = None, elsewhere: Iterable[pa.StringArray] = ()
) -> Notation:
    """The notation of a column.

    Parameters
    ----------
    texts : pyarrow.StringArray
        The different texts of one column of one file, without its number cells.
    given : {".", ","}, optional
        The character before decimals, where the user says it.
    elsewhere : iterable of pyarrow.StringArray, optional
        The different texts of the other columns of the file that hold numbers.
    """
    if given is not None:
        return Notation(given, given=True)
    texts = _unspaced(texts)
    either = _like(texts, _TWO_WAYS)
    shown = {decimal: mask for decimal, mask in _one_reading(texts, either).items() if mask.any()}
    if not shown and either.any():
        found = find_notation(pa.concat_arrays([*elsewhere, pa.array([], pa.string())]))
        return Notation(None, False, found.evidence, found.shown_by, found.decimal)
    if len(shown) != 1:
        return Notation()
    ((decimal, mask),) = shown.items()
    count = int(mask.sum())
    enough = count >= max(LEAST_EVIDENCE, LEAST_SHARE * int(either.sum()))
    named = sorted(texts.filter(pa.array(mask)).to_pylist(), key=lambda text: (len(text), text))[:MOST_NAMED]
    return Notation(decimal if enough else None, False, tuple(named), count)


def read_numbers(texts: pa.StringArray, notation: Notation) -> Numbers:
    """The numbers in texts of one column.

    Parameters
    ----------
    texts : pyarrow.StringArray
        Without spaces around them.
    notation : Notation
        How the column writes numbers. Where it is not known, texts with one reading are read all the same.
    """
    return _read(texts, notation)[1]


def with_points(texts: pa.StringArray, notation: Notation) -> tuple[pa.StringArray, Numbers]:
    """The texts of one column with its numbers as a program writes them: a decimal point, nothing between thousands."""
    return _read(texts, notation)


def exact_numbers(texts: pa.StringArray) -> Numbers:
    """The numbers in texts with a decimal point and no thousands, as number cells and maps have them."""
    values, nothing = _floats(texts, _like(texts, _POINT)), np.zeros(len(texts), dtype=bool)
    return Numbers(values, nothing, nothing, np.isnan(values))


def _read(texts: pa.StringArray, notation: Notation) -> tuple[pa.StringArray, Numbers]:
    bare, decimal = _unspaced(texts), notation.decimal
    whole, nothing = _like(bare, _WHOLE), np.zeros(len(texts), dtype=bool)
    if whole.all():
        values = _floats(bare, whole)
        return bare, Numbers(values, nothing, nothing, np.isnan(values))
    either = _like(bare, _TWO_WAYS)
    read = _one_reading(bare, either)
    if notation.given:
        read = {d: mask if d == decimal else nothing for d, mask in read.items()}
    guessed = either & (decimal is not None)
    if decimal is None and notation.elsewhere is not None:
        decimal = notation.elsewhere
        guessed = either & np.asarray(pc.fill_null(pc.match_substring(bare, decimal), False), dtype=bool)
    if decimal is not None:
        read[decimal] = read[decimal] | guessed
    for mask, thousands in ((read["."], ","), (read[","], ".")):
        if mask.any():
            plain = pc.replace_substring(pc.replace_substring(bare, thousands, ""), ",", ".")
            bare = pc.if_else(pa.array(mask), plain, bare)
    fits = whole | read["."] | read[","]
    values = _floats(bare, fits)
    two_ways = either & ~guessed
    found = Numbers(values, guessed & (not notation.given), two_ways, np.isnan(values) & ~two_ways)
    return pc.if_else(pa.array(fits), bare, texts), found


def _one_reading(texts: pa.StringArray, either: Mask) -> dict[str, Mask]:
    """The texts that can be read in one way only, by the character before their decimals."""
    others = either | _like(texts, _WHOLE)
    point = (_like(texts, _POINT) | _like(texts, _POINT_GROUPED)) & ~others
    return {".": point, ",": (_like(texts, _COMMA) | _like(texts, _COMMA_GROUPED)) & ~others}


def _unspaced(texts: pa.StringArray) -> pa.StringArray:
    # Twice, because thousands of thousands share a digit.
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, _SPACED, r"\1\2"), _SPACED, r"\1\2")


def _like(texts: pa.StringArray, pattern: str) -> Mask:
    return np.asarray(pc.fill_null(pc.match_substring_regex(texts, pattern), False), dtype=bool)


def _floats(texts: pa.StringArray, fits: Mask) -> npt.NDArray[np.float64]:
    """The values of the texts that fit; NaN for the others and for what is larger than a float."""
    # Arrow takes neither a plus nor a point without digits on both sides.
    plain = pc.replace_substring_regex(texts.filter(pa.array(fits)), r"^\+", "")
    plain = pc.replace_substring_regex(plain, r"^(-?)\.", r"\10.")
    plain = pc.replace_substring_regex(plain, r"\.($|[eE])", r"\1")
    values = np.full(len(texts), np.nan)
    values[fits] = np.asarray(pc.cast(plain, pa.float64()), dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def two_readings(where: Where, text: str, in_sheet: bool = False) -> DataError:
    """The fault of a text such as 1.234 of which nothing says how it is to be read."""
    number = {lang: Texts(lang).tick(float(text.replace(",", "."))) for lang in LANGUAGES}
    advice = None if in_sheet else sentence("show_decimals")
    details = {"found": text, "value": number, "other": re.sub("[.,]", "", text), "advice": advice}
    return DataError("AmbiguousNumber", where=where, **details)
