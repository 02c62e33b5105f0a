"""Tables as they stand in a file: every cell text, every row with its number."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from circularity.errors import CircularityError, DuplicateColumn, NotReadable, RowLength, Where
from circularity.method.vocabulary import UNKNOWN, WORDS_FOR_UNKNOWN

LARGEST_CSV = 2_000_000_000


@dataclass
class RawTable:
    """One table as read.

    Attributes
    ----------
    name : str
        Name of the table.
    file : str
        File it came from, without its folder.
    sheet : str or None
        Sheet of a workbook.
    cells : DataFrame
        Text cells, stripped; words for unknown are `unknown`.
    rows : Series of int
        Row number in the file of every row of `cells`.
    """

    name: str
    file: str
    sheet: str | None
    cells: pd.DataFrame
    rows: pd.Series[int]

    def where(self, position: int | None = None, column: str | None = None) -> Where:
        """The place of a cell, for an error."""
        row = None if position is None else int(self.rows.iloc[position])
        return Where(file=self.file, sheet=self.sheet, row=row, column=column)


def read_csv(path: Path, name: str, faults: list[CircularityError]) -> RawTable | None:
    """A CSV file as a raw table.

    Parameters
    ----------
    path : Path
        File: UTF-8 (a byte-order mark is allowed), commas, a heading.
    name : str
        Name of the table.
    faults : list of CircularityError
        Takes what is wrong with the file.

    Returns
    -------
    RawTable or None
        None when the file could not be read at all.
    """
    where = Where(file=path.name)
    try:
        if path.stat().st_size > LARGEST_CSV:
            raise OSError("larger than 2 GB")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        faults.append(NotReadable(where=where, found=str(problem), expected="CSV, UTF-8"))
        return None
    return from_rows(rows, name, path.name, None, faults)


def from_rows(
    rows: Iterable[list[str]], name: str, file: str, sheet: str | None, faults: list[CircularityError]
) -> RawTable | None:
    """A raw table from rows of cells, the first of which is the heading."""
    rows = list(rows)
    where = Where(file=file, sheet=sheet)
    if not rows or not any(cell.strip() for cell in rows[0]):
        faults.append(NotReadable(where=where, found="no heading", expected="a row of column names"))
        return None
    heading = [cell.strip() for cell in rows[0]]
    while heading and not heading[-1]:
        heading.pop()
    width, broken = len(heading), False
    for position, column in enumerate(heading):
        if column in heading[:position]:
            faults.append(DuplicateColumn(where=Where(file=file, sheet=sheet, row=1, column=column), found=column))
            broken = True
    kept, numbers = [], []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            faults.append(RowLength(where=Where(file=file, sheet=sheet, row=number), found=len(row), expected=width))
            broken = True
            continue
        kept.append([*row[:width], *[""] * (width - len(row))])
        numbers.append(number)
    if broken:
        return None
    cells = pd.DataFrame(kept, columns=heading, dtype=str)
    for column in cells.columns:
        text = cells[column].str.strip()
        cells[column] = text.mask(text.str.lower().isin(WORDS_FOR_UNKNOWN), UNKNOWN)
    return RawTable(name, file, sheet, cells, pd.Series(numbers, dtype="int64"))
