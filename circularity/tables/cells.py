"""Cells as text, whatever they were in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import HIDDEN
from circularity.texts import word

UNKNOWN = "unknown"
# What people write at the head of a row that adds up the others.
TOTAL = re.compile(
    r"(sub|eind|grand )?(totaal|totalen|totals?|som|sum)( generaal)?( (18|19|20|21)\d\d)?:?", re.IGNORECASE
)
# Whole numbers up to here are exact in a spreadsheet.
LARGEST_WHOLE = 1e15


class TextColumn:
    """The cells of one column, each different text looked at once.

    Parameters
    ----------
    cells : sequence
        As they are in the file.
    """

    def __init__(self, cells: Sequence[object]) -> None:
        kinds = set(map(type, cells))
        # Truth equals 1, and would be taken for it.
        array = np.empty(len(cells), dtype=object)
        array[:] = [as_text(cell) for cell in cells] if bool in kinds else cells
        self._codes, unique = pd.factorize(array, use_na_sentinel=False)
        # Printable ASCII holds no character that does not show, and asking that is quicker than looking for one.
        self._odd: list[int] = []
        self._said = [type(cell) is str for cell in unique]
        if kinds == {float}:  # texts of our own making need no cleaning
            self._texts = self._cleaned = list(map(as_text, unique))
            return
        self._texts = [cell if type(cell) is str else as_text(cell) for cell in unique]
        self._odd = [i for i, t in enumerate(self._texts) if not (t.isascii() and t.isprintable())]
        self._cleaned = [cleaned(text) for text in self._texts]

    def cleaned(self, wanted: npt.NDArray[np.bool_], words: Mapping[str, str]) -> Any:
        """The wanted texts, without spaces around them and characters that do not show, and with one word for unknown.

        A text in `words` becomes what it stands for.
        """
        texts = [words.get(text, text) for text in self._cleaned] if words else self._cleaned
        return pd.array(texts, dtype="str").take(self._codes[wanted])

    @property
    def texts(self) -> list[str]:
        """The different cleaned texts."""
        return self._cleaned

    def change(self, texts: list[str]) -> None:
        """Put others in the place of the different cleaned texts."""
        self._cleaned = texts

    @property
    def all_numbers(self) -> bool:
        """Whether no cell was text in the file."""
        return not any(self._said)

    @cached_property
    def filled(self) -> npt.NDArray[np.bool_]:
        """Whether a cell holds anything."""
        return self.where([text != "" for text in self._cleaned])

    def like(self, pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
        """The cells that are words like `pattern`."""
        return self.where([text[:1].isalpha() and bool(pattern.fullmatch(text)) for text in self._cleaned])

    def said_like(self, pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
        """The cells that were text in the file, not a number, and are like `pattern`."""
        found = zip(self._said, self._cleaned, strict=True)
        return self.where([said and bool(pattern.fullmatch(text)) for said, text in found])

    @cached_property
    def hiding(self) -> npt.NDArray[np.bool_]:
        """The cells with a character that does not show."""
        found = [False] * len(self._texts)
        for i in self._odd:
            found[i] = bool(HIDDEN.search(self._texts[i]))
        return self.where(found)

    def where(self, marks: Sequence[bool] | npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """The cells whose text is one of those that are marked, one mark for each different text."""
        return np.asarray(np.array(marks, dtype=bool)[self._codes])

    def text(self, position: int, clean: bool = False) -> str:
        """A cell as it is in the file, or cleaned."""
        return (self._cleaned if clean else self._texts)[int(self._codes[position])]


def as_text(cell: Any) -> str:
    """A cell as text: a number as short as it can be written without change, a date as year-month-day."""
    if type(cell) is float and cell == cell:
        return str(int(cell)) if cell.is_integer() and abs(cell) < LARGEST_WHOLE else repr(cell)
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NaT:
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (float, np.floating)):
        return "" if np.isnan(cell) else as_text(float(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, (date, time)) else str(cell)


def cleaned(text: str) -> str:
    """A text without spaces around it and characters that do not show, and with one word for unknown."""
    plain = text.strip() if text.isascii() and text.isprintable() else HIDDEN.sub("", text).strip()
    return UNKNOWN if plain.lower() in words_for("always_unknown") else plain


@cache
def words_for(what: str) -> frozenset[str]:
    """The words, in lower case, that people write in a cell for what is not known or does not apply.

    Parameters
    ----------
    what : {"always_unknown", "unknown", "not_applicable"}
        ``always_unknown`` may stand for nothing else in any column; the others only where no text is expected: NA is
        a country too.
    """
    return frozenset(part for words in word(what, "cell_words").values() for part in words.lower().split(", "))


def value_or_word(text: str, may_be_empty: bool = True) -> str:
    """A cleaned text where a number belongs: `unknown` for all words for it, and empty for what does not apply."""
    lower = text.lower()
    if lower in words_for("unknown"):
        return UNKNOWN
    return "" if may_be_empty and lower in words_for("not_applicable") else text


# The place of a cell ----------------------------------------------------------------------------------------------


def letter(position: int) -> str:
    """The letters of a column in a spreadsheet."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def position(letters: str) -> int:
    """The place of a column of these letters, counted from 0."""
    number = 0
    for character in letters.upper():
        number = number * 26 + ord(character) - ord("A") + 1
    return number - 1


def split_cell(cell: str) -> tuple[str, int]:
    """The letters and the row of a cell such as ``F12``."""
    letters = cell.rstrip("0123456789")
    return letters, int(cell[len(letters) :] or 0)
