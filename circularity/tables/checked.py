"""Cells of a table that somebody hands over: text or numbers, and every fault with its row and column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from circularity.errors import (
    CircularityError,
    DataError,
    DataFaults,
    ReconciliationError,
    Where,
    meant,
    sentence,
    together,
)
from circularity.tables.cells import UNKNOWN, value_or_word
from circularity.tables.numbers import POINT, find_notation, is_number, read_numbers, two_readings
from circularity.texts import word

# Sizes of numbers of which squares and products are numbers too.
SMALLEST, LARGEST = 1e-100, 1e100
# What a table of pandas has for a cell that is empty, as text.
EMPTY = ("", "nan", "NaN", "None", "<NA>")


class Cells:
    """One table, row by row.

    Parameters
    ----------
    table : DataFrame
        Text or numbers. ``attrs["file"]`` names the file it was read from, if any, as `circularity.tables.read_table`
        does, which also tells sheet, rows and separator; without them the heading is row 1. Without a file rows count
        from 1.
    name : str
        Name of the table where there is no file.
    needed, allowed : sequence of str
        Columns that must be there, and that may be.
    faults : list of CircularityError
        Takes what is wrong.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        name: str,
        needed: Sequence[str],
        allowed: Sequence[str],
        faults: list[CircularityError],
    ) -> None:
        about = table.attrs
        self.file, self.sheet = str(about.get("file", name)), about.get("sheet")
        self._letters: Mapping[str, str] = about.get("letters", {})
        first = 2 if "file" in about else 1
        self.rows: Sequence[int] = about.get("rows", range(first, first + len(table)))
        self.heading = Where(file=self.file, sheet=self.sheet, row=about.get("heading", 1 if first == 2 else None))
        self._separator = about.get("separator")
        self._values: dict[str, dict[str, tuple[float, bool]]] = {}
        self.faults = faults
        columns = [str(c) for c in table.columns]
        self._check_columns(columns, needed, [*needed, *allowed])
        if not len(table):
            raise DataError("EmptyTable", where=Where(file=self.file, sheet=self.sheet))
        self.columns = columns
        self.cells: list[dict[str, Any]] = [
            dict(zip(columns, row, strict=True)) for row in table.itertuples(index=False, name=None)
        ]

    def _check_columns(self, columns: Sequence[str], needed: Sequence[str], known: Sequence[str]) -> None:
        found: list[CircularityError] = []
        heading, choose = self.heading, sentence("choose", names=list(known))
        for name in dict.fromkeys(columns):
            if columns.count(name) > 1:
                found.append(DataError("DuplicateColumn", where=heading, found=name))
            if name not in known:
                about = {"hint": meant(name, known), "advice": together(choose, sentence("correct_column"))}
                found.append(DataError("UnknownColumn", where=heading, found=name, expected=list(known), **about))
        for name in needed:
            if name not in columns:
                found.append(DataError("MissingColumn", where=heading, found=name, expected=f"{', '.join(needed)}."))
        if found:
            raise DataFaults(found)

    def __len__(self) -> int:
        return len(self.cells)

    def where(self, row: int, column: str | None = None) -> Where:
        """The place of a cell, for messages."""
        letter = self._letters.get(str(column))
        return Where(file=self.file, sheet=self.sheet, row=self.rows[row], column=column, letter=letter)

    def text(self, row: int, column: str, *, needed: bool = True) -> str:
        """A text, stripped; empty, with a fault if it is needed, where there is none."""
        cell = self.cells[row].get(column)
        found = "" if cell is None or cell is pd.NA or cell != cell else str(cell).strip()
        if not found and needed:
            self.faults.append(DataError("EmptyCell", where=self.where(row, column), expected=word("text", "expected")))
        return found

    def is_empty(self, row: int, column: str) -> bool:
        """Whether a cell says nothing, or that something is not known or does not apply."""
        return value_or_word(self.text(row, column, needed=False)) in (*EMPTY, UNKNOWN)

    def number(self, row: int, column: str, low: float = -LARGEST, high: float = LARGEST) -> float:
        """A number from `low` to `high`; not-a-number where the cell says nothing or, with a fault, holds none."""
        cell = self.cells[row].get(column)
        if isinstance(cell, (int, float, np.integer, np.floating)) and not isinstance(cell, bool):
            found = float(cell)
        elif self.is_empty(row, column):
            return math.nan
        else:
            found = self._read(row, column)
        if math.isinf(found):
            self.faults.append(ReconciliationError("NotFinite", where=self.where(row, column), found=cell))
            return math.nan
        if math.isnan(found):
            return found
        if not low <= found <= high or 0 < abs(found) < SMALLEST:
            where, bounds = self.where(row, column), _bounds(low, high)
            self.faults.append(DataError("OutOfRange", where=where, found=f"{found:g}", expected=bounds))
            return math.nan
        return found

    def _read(self, row: int, column: str) -> float:
        """The number that a text says, as the other texts of its column show numbers are written."""
        if column not in self._values:
            every = (self.text(i, column, needed=False) for i in range(len(self)))
            texts = pa.array(list(dict.fromkeys(every)), pa.string())
            notation = POINT if self._separator in (None, ",") else find_notation(texts)
            read = read_numbers(texts, notation)
            said = zip(read.values.tolist(), read.two_ways.tolist(), strict=True)
            self._values[column] = dict(zip(texts.to_pylist(), said, strict=True))
        text = self.text(row, column, needed=False)
        value, two_ways = self._values[column][text]
        if two_ways:
            self.faults.append(two_readings(self.where(row, column), text))
        elif math.isnan(value) and is_number(text):
            return math.inf
        elif math.isnan(value):
            expected: Mapping[str, str] = word("number_in_cell", "expected")
            self.faults.append(DataError("NotANumber", where=self.where(row, column), found=text, expected=expected))
        return value


def _bounds(low: float, high: float) -> Mapping[str, str]:
    named = word("at_least" if low > -LARGEST and high == LARGEST else "between", "bounds")
    return {lang: text.format(low=f"{low:g}", high=f"{high:g}") for lang, text in named.items()}
