"""Cells of a table that somebody hands over: text or numbers, and every fault with its row and column."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CircularityError, DataError, DataFaults, ReconciliationError, Where, meant
from circularity.texts import word

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# Sizes of numbers of which squares and products are numbers too.
SMALLEST, LARGEST = 1e-100, 1e100
# What a table of pandas has for a cell that is empty, as text.
EMPTY = ("", "nan", "NaN", "None", "<NA>")


class Cells:
    """One table, row by row.

    Parameters
    ----------
    table : DataFrame
        Text or numbers. ``attrs["file"]`` names the file it was read from, if any: the heading is row 1 then;
        otherwise rows count from 1.
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
        self.file = str(table.attrs.get("file", name))
        self.first = 2 if "file" in table.attrs else 1
        self.faults = faults
        columns = [str(c) for c in table.columns]
        self._check_columns(columns, needed, [*needed, *allowed])
        if not len(table):
            raise DataError("EmptyTable", where=Where(file=self.file))
        self.columns = columns
        self.cells: list[dict[str, Any]] = [
            dict(zip(columns, row, strict=True)) for row in table.itertuples(index=False, name=None)
        ]

    def _check_columns(self, columns: Sequence[str], needed: Sequence[str], known: Sequence[str]) -> None:
        found: list[CircularityError] = []
        heading = Where(file=self.file, row=1 if self.first == 2 else None)
        for name in dict.fromkeys(columns):
            if columns.count(name) > 1:
                found.append(DataError("DuplicateColumn", where=heading, found=name))
            if name not in known:
                found.append(DataError("UnknownColumn", where=heading, found=name, hint=meant(name, known)))
        for name in needed:
            if name not in columns:
                found.append(DataError("MissingColumn", where=heading, found=name, expected=f"{', '.join(needed)}."))
        if found:
            raise DataFaults(found)

    def __len__(self) -> int:
        return len(self.cells)

    def where(self, row: int, column: str | None = None) -> Where:
        """The place of a cell, for messages."""
        return Where(file=self.file, row=row + self.first, column=column)

    def text(self, row: int, column: str, *, needed: bool = True) -> str:
        """A text, stripped; empty, with a fault if it is needed, where there is none."""
        cell = self.cells[row].get(column)
        found = "" if cell is None or cell is pd.NA or cell != cell else str(cell).strip()
        if not found and needed:
            self.faults.append(DataError("EmptyCell", where=self.where(row, column), expected=word("text", "expected")))
        return found

    def is_empty(self, row: int, column: str) -> bool:
        """Whether nothing stands in a cell."""
        return self.text(row, column, needed=False) in EMPTY

    def number(self, row: int, column: str, low: float = -LARGEST, high: float = LARGEST) -> float:
        """A number from `low` to `high`; not-a-number where the cell is empty or, with a fault, holds none."""
        cell = self.cells[row].get(column)
        if isinstance(cell, (int, float, np.integer, np.floating)) and not isinstance(cell, bool):
            found = float(cell)
        else:
            text = self.text(row, column, needed=False)
            if text in EMPTY:
                return math.nan
            if not NUMBER.fullmatch(text):
                expected: Mapping[str, str] = word("number_in_cell", "expected")
                self.faults.append(
                    DataError("NotANumber", where=self.where(row, column), found=text, expected=expected)
                )
                return math.nan
            found = float(text)
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


def _bounds(low: float, high: float) -> Mapping[str, str]:
    named = word("at_least" if low > -LARGEST and high == LARGEST else "between", "bounds")
    return {lang: text.format(low=f"{low:g}", high=f"{high:g}") for lang, text in named.items()}
