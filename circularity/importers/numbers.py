"""Numbers out of text that others wrote: decimal comma or point, thousands, and what can be read in two ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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


@dataclass(frozen=True)
class Numbers:
    """What texts say as numbers.

    Attributes
    ----------
    values : array of float
        NaN where there is no number.
    two_ways : array of bool
        Texts that can be read in two ways.
    wrong : array of bool
        Texts that are no number.
    """

    values: npt.NDArray[np.float64]
    two_ways: npt.NDArray[np.bool_]
    wrong: npt.NDArray[np.bool_]


def numbers(texts: pa.StringArray, decimal: str | None = None) -> Numbers:
    """The numbers in the different texts of one column.

    Parameters
    ----------
    texts : pyarrow.StringArray
        Texts without spaces around them.
    decimal : {".", ","}, optional
        The sign before decimals. Without it the other texts of the column show it; where they do not, a text such as
        1.234 is not read.
    """
    # Twice, because thousands of thousands share a digit.
    texts = pc.replace_substring_regex(texts, SPACED, r"\1\2")
    texts = pc.replace_substring_regex(texts, SPACED, r"\1\2")

    def like(pattern: str) -> npt.NDArray[np.bool_]:
        return np.asarray(pc.fill_null(pc.match_substring_regex(texts, pattern), False), dtype=bool)

    whole = like(PLAIN)
    if whole.all():
        values = _floats(texts)
        return Numbers(values, np.zeros(len(texts), dtype=bool), np.isnan(values))
    either = like(TWO_WAYS)
    by_point, by_comma = like(POINT) | like(POINT_GROUPED), like(COMMA) | like(COMMA_GROUPED)
    # Where a column shows both signs, a text is read only when it can be read in one way.
    shown = [sign for sign, found in ((".", by_point & ~either), (",", by_comma & ~either)) if found.any()]
    sign = decimal or (shown[0] if len(shown) == 1 else None)
    if sign is None:
        by_point, by_comma = by_point & ~either, by_comma & ~either
    elif sign == ".":
        by_point, by_comma = by_point | either, by_comma & ~either & (decimal is None)
    else:
        by_point, by_comma = by_point & ~either & (decimal is None), by_comma | either
    two_ways = either & (sign is None)
    values = np.full(len(texts), np.nan)
    for mask, thousands, before in ((whole | like(EXPONENT), "", "."), (by_point, ",", "."), (by_comma, ".", ",")):
        if mask.any():
            part = texts.filter(pa.array(mask))
            part = pc.replace_substring(part, thousands, "") if thousands else part
            values[mask] = _floats(pc.replace_substring(part, before, "."))
    return Numbers(values, two_ways, np.isnan(values) & ~two_ways)


def _floats(texts: pa.StringArray) -> npt.NDArray[np.float64]:
    # Arrow takes neither a plus nor a leading point.
    plain = pc.replace_substring_regex(pc.replace_substring_regex(texts, r"^\+", ""), r"^(-?)\.", r"\10.")
    values = np.asarray(pc.cast(plain, pa.float64()), dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)
