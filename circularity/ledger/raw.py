"""Tables as they stand in a file: every cell text, every row with its number."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import SupportsInt

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import (
    HIDDEN,
    CircularityError,
    DuplicateColumn,
    HeadingNotFirst,
    HiddenCharacter,
    NamelessColumn,
    NoHeading,
    RowLength,
    TotalRow,
    Where,
    WrongSeparator,
    counted,
    hidden_signs,
    sentence,
)
from circularity.method.csv_reader import read_cells
from circularity.method.declarations import Table
from circularity.method.files import read_text
from circularity.method.names import Names
from circularity.method.vocabulary import TOTAL, UNKNOWN, WORDS_FOR_UNKNOWN
from circularity.texts import word

LARGEST_CSV = 2_000_000_000
SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar"}
# Titles and notes above a heading are a few lines, not more.
ROWS_SEARCHED = 20
# A heading holds at least this part of names that are known; a row of cells may hold one by chance.
KNOWN_PART = 0.25


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
    rows : array of int
        Row number in the file of every row of `cells`.
    heading_row : int
        Row number of the heading.
    complete : bool
        Whether every row of the file is in `cells`. When not, a name that is missing may stand in a row left out.
    left_out : set of str
        Columns that are not in `cells` although they are in the file.
    """

    name: str
    file: str
    sheet: str | None
    cells: pd.DataFrame
    rows: npt.NDArray[np.int64]
    heading_row: int = 1
    complete: bool = True
    left_out: set[str] = field(default_factory=set)

    def where(self, position: SupportsInt | None = None, column: str | None = None) -> Where:
        """The place of a cell, for an error."""
        row = None if position is None else int(self.rows[int(position)])
        return Where(file=self.file, sheet=self.sheet, row=row, column=column)

    def unread(self, column: str, typed: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """The rows where a cell says something that could not be read, so that its typed value is missing."""
        if column not in self.cells:
            return np.zeros(len(self.rows), dtype=bool)
        return np.asarray(typed[column].isna() & ~self.cells[column].isin(["", UNKNOWN]), dtype=bool)

    def in_heading(self, column: str | None = None) -> Where:
        """The place of the heading of a column, for an error."""
        return Where(file=self.file, sheet=self.sheet, row=self.heading_row, column=column)


def column_names(table: Table) -> Names:
    """The columns of a table, with their names in both languages and their meaning."""
    return Names(
        {c: [spec.name.nl, spec.name.en] for c, spec in table.columns.items()},
        {c: f"{spec.meaning.nl} {spec.meaning.en}" for c, spec in table.columns.items()},
    )


def read_csv(
    path: Path, name: str, table: Table, faults: list[CircularityError], inside: Path | None = None
) -> RawTable | None:
    """A CSV file as a raw table.

    Parameters
    ----------
    path : Path
        File: UTF-8 (a byte-order mark is allowed), commas, a heading.
    name : str
        Name of the table.
    table : declarations.Table
        What the table should hold; tells a heading from other rows.
    faults : list of CircularityError
        Takes what is wrong with the file.
    inside : Path, optional
        Folder that the file must be in, links followed.

    Returns
    -------
    RawTable or None
        None when the file could not be read at all.
    """
    try:
        text = read_text(path, "csv", LARGEST_CSV, inside=inside)
        separator = _other_separator(text, column_names(table))
        if separator is not None:
            raise WrongSeparator(where=Where(file=path.name), found=word(separator, "separator"))
        rows = read_cells(text, path.name)
    except CircularityError as problem:
        faults.append(problem)
        return None
    return from_rows(rows, name, path.name, None, table, faults)


def _other_separator(text: str, names: Names) -> str | None:
    """The name of what separates the cells, when that is no comma."""
    lines = [line.rstrip("\r\n") for line in islice(io.StringIO(text), ROWS_SEARCHED)]
    if lines[0].lower().startswith("sep="):  # a line that only Excel understands
        return SEPARATORS.get(lines[0][4:5])
    most = {s: max(_known(line.split(s), names) for line in lines) for s in (",", *SEPARATORS)}
    best = max(SEPARATORS, key=lambda s: most[s])
    foreign_heading = "," not in lines[0] and lines[0].count(best) >= 2
    return SEPARATORS[best] if most[best] > max(most[","], 1) or (foreign_heading and not most[","]) else None


def _known(cells: Sequence[str], names: Names) -> int:
    return sum(bool(names.exactly(cell.strip('" '))) for cell in cells)


def from_rows(
    rows: Sequence[Sequence[str]],
    name: str,
    file: str,
    sheet: str | None,
    table: Table,
    faults: list[CircularityError],
) -> RawTable | None:
    """A raw table from rows of cells, one of which is the heading."""
    names = column_names(table)
    start = _heading_row(rows, names)
    if start is None:
        needed = [c for c, spec in table.columns.items() if spec.needed == "always"]
        found = [cell.strip() for cell in rows[0] if cell.strip()] or word("empty", "yaml_value")
        faults.append(NoHeading(where=Where(file=file, sheet=sheet, row=1), found=found, expected=needed))
        return None
    if start > 0:
        faults.append(HeadingNotFirst(where=Where(file=file, sheet=sheet, row=1), found=start + 1))
    heading = [cell.strip() for cell in rows[start]]
    _name_hidden_signs([heading], heading, Where(file=file, sheet=sheet), [start + 1], faults)
    heading = [HIDDEN.sub("", cell) for cell in heading]
    kept, numbers, complete = _rows_of_cells(rows, start, heading, table, Where(file=file, sheet=sheet), faults)
    _name_hidden_signs(kept, heading, Where(file=file, sheet=sheet), numbers, faults)

    positions: dict[str, int] = {}
    twice: set[str] = set()
    for position, column in enumerate(heading):
        where = Where(file=file, sheet=sheet, row=start + 1, column=column or None)
        if column in positions:
            twice.add(column)
            faults.append(DuplicateColumn(where=where, found=column))
        elif column:
            positions[column] = position
        elif any(row[position].strip() for row in kept):
            faults.append(NamelessColumn(where=where, found=_letter(position)))
    cells = pd.DataFrame({c: _cleaned([row[i] for row in kept]) for c, i in positions.items() if c not in twice})
    raw = RawTable(name, file, sheet, cells, np.array(numbers, dtype="int64"), start + 1, complete, twice)
    return raw


def _heading_row(rows: Sequence[Sequence[str]], names: Names) -> int | None:
    """The position of the row that holds the column names: the first, or one further down that knows more of them."""
    known = [_known(row, names) for row in rows[:ROWS_SEARCHED]]
    best = max(range(len(known)), key=lambda i: known[i])
    filled = sum(bool(cell.strip()) for cell in rows[best])
    return best if known[best] > 0 and known[best] >= KNOWN_PART * filled else None


def _rows_of_cells(
    rows: Sequence[Sequence[str]],
    start: int,
    heading: list[str],
    table: Table,
    where: Where,
    faults: list[CircularityError],
) -> tuple[list[Sequence[str]], list[int], bool]:
    """The rows under the heading that have a cell for every column, their numbers, and whether that is all of them."""
    widest = len(heading)
    width = max(i for i, column in enumerate(heading, start=1) if column)
    # Free text may say anything, but a code or a number is no total.
    telling = [i for i, c in enumerate(heading) if c in table.columns and table.columns[c].kind != "text"]
    kept: list[Sequence[str]] = []
    numbers: list[int] = []
    complete = True
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        if not any(cell.strip() for cell in row):
            continue
        total = _total(row, telling)
        if total is not None:
            faults.append(TotalRow(where=replace(where, row=number), found=total))
            continue
        longer = len(row) > widest and any(cell.strip() for cell in row[widest:])
        if longer or len(row) < width:
            advice = sentence("row_longer" if longer else "row_shorter")
            faults.append(
                RowLength(
                    where=replace(where, row=number), found=counted(len(row), "cell"), expected=width, advice=advice
                )
            )
            complete = False
            continue
        kept.append([*row[:widest], *[""] * (widest - len(row))])
        numbers.append(number)
    return kept, numbers, complete


def _total(row: Sequence[str], telling: list[int]) -> str | None:
    """The cell that says that a row is a total: its first, or one where a code or name belongs."""
    line = ",".join(row).lower()
    if "tot" not in line and "som" not in line and "sum" not in line:  # quick, for what nearly every row is not
        return None
    first = next(cell for cell in row if cell.strip())
    cells = [first.strip(), *(row[i].strip() for i in telling if i < len(row))]
    return next((cell for cell in cells if TOTAL.fullmatch(cell)), None)


def _name_hidden_signs(
    rows: Sequence[Sequence[str]],
    heading: list[str],
    where: Where,
    numbers: list[int],
    faults: list[CircularityError],
) -> None:
    for number, row in zip(numbers, rows, strict=True):
        if not HIDDEN.search(",".join(row)):
            continue
        for column, cell in zip(heading, row, strict=True):
            if HIDDEN.search(cell):
                place = replace(where, row=number, column=column or None)
                faults.append(HiddenCharacter(where=place, found=cell.strip(), signs=hidden_signs(cell)))


def _cleaned(cells: list[str]) -> pd.Series[str]:
    """Cells without spaces around them and signs that do not show, and with one word for unknown."""
    # Printable ASCII holds no such sign, and asking that is quicker than looking for one.
    plain = [c if c.isascii() and c.isprintable() else HIDDEN.sub("", c) for c in cells]
    text = pd.Series([c.strip() for c in plain], dtype=str)
    return text.mask(text.str.lower().isin(WORDS_FOR_UNKNOWN), UNKNOWN)


def _letter(position: int) -> str:
    """The letters of a column in a spreadsheet."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
