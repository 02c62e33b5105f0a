"""Tables of a declared form as they are in a file: every cell text, every row with its number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import SupportsInt

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import HIDDEN, CircularityError, DataError, FileError, Where, counted, hidden_signs, sentence
from circularity.ledger.headings import (
    UNIT_BEHIND,
    column_names,
    heading_of,
    heading_row,
    in_our_words,
    mixed_heading,
    unit_behind,
)
from circularity.ledger.notation import Reading, name_two_readings, with_decimal_points
from circularity.method.declarations import Table
from circularity.method.validation import collect_errors
from circularity.tables.cells import TOTAL, UNKNOWN, TextColumn, as_text, letter
from circularity.tables.csv_text import ROWS_SEARCHED, mixed_separators, other_separator, read_csv_rows
from circularity.tables.numbers import TWO_READINGS
from circularity.tables.read import parquet_rows
from circularity.texts import LANGUAGES, word

_TWO_READINGS = re.compile(TWO_READINGS)


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
        Whether every row of the file is in `cells`. When not, a name that is missing may be in a row left out.
    left_out : set of str
        Columns that are not in `cells` although they are in the file.
    columns : dict of str to (str, str)
        Letter and heading of every column in its sheet; empty for a file without sheets, where headings are names.
    readings : list of Reading
        Numbers with two readings that were read as the rest of their column or file shows.
    decimal_comma : bool
        Whether numbers may be written with a decimal comma in the file.
    encoding : str or None
        How the letters of a CSV file turned out to be written.
    """

    name: str
    file: str
    sheet: str | None
    cells: pd.DataFrame
    rows: npt.NDArray[np.int64]
    heading_row: int = 1
    complete: bool = True
    left_out: set[str] = field(default_factory=set)
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    decimal_comma: bool = False
    encoding: str | None = None

    def where(self, position: SupportsInt | None = None, column: str | None = None) -> Where:
        """The place of a cell, for an error."""
        return self._at(None if position is None else int(self.rows[int(position)]), column)

    def _at(self, row: int | None, column: str | None) -> Where:
        letter, shown = self.columns.get(str(column), (None, column))
        return Where(file=self.file, sheet=self.sheet, row=row, column=shown, letter=letter)

    def unread(self, column: str, typed: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """The rows where a cell says something that could not be read, so that its typed value is missing."""
        if column not in self.cells:
            return np.zeros(len(self.rows), dtype=bool)
        return np.asarray(typed[column].isna() & ~self.cells[column].isin(["", UNKNOWN]), dtype=bool)

    @property
    def condensed(self) -> bool:
        """Whether a row stands for all rows of the data that the method cannot tell apart."""
        return False

    def located(self, faults: Sequence[CircularityError]) -> list[CircularityError]:
        """Faults of this table and others, each with the first row of the data that has it."""
        return list(faults)

    def without(self, rows: npt.NDArray[np.bool_], cells: pd.DataFrame) -> RawTable:
        """The table with other cells, and without some of their rows."""
        readings = [replace(reading, rows=reading.rows[~rows]) for reading in self.readings]
        return replace(self, cells=cells[~rows].reset_index(drop=True), rows=self.rows[~rows], readings=readings)

    def count(self, chosen: npt.NDArray[np.bool_]) -> int:
        """How many rows of the data the chosen rows are."""
        return int(chosen.sum())

    def numbers(self, chosen: npt.NDArray[np.bool_]) -> tuple[int, ...]:
        """The numbers of the chosen rows in the file."""
        return tuple(int(r) for r in self.rows[chosen])

    def in_heading(self, column: str | None = None) -> Where:
        """The place of the heading of a column, for an error."""
        return self._at(self.heading_row, column)


def read_raw(
    path: Path, name: str, table: Table, faults: list[CircularityError], inside: Path | None = None
) -> RawTable | None:
    """A CSV or Parquet file as a raw table.

    Parameters
    ----------
    path : Path
        File. CSV with any separator in UTF-8, UTF-16 or Windows-1252; Parquet, whose rows are numbered as if the names
        of its columns were row 1.
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
    with collect_errors(faults):
        if path.suffix.lower() == ".parquet":
            return from_rows(parquet_rows(path, inside), name, path.name, None, table, faults)
        found = read_csv_rows(path, inside=inside, headings=column_names(table))
        raw = from_rows(found.cells, name, path.name, None, table, faults, None, found.separator, found.first)
        return None if raw is None else replace(raw, encoding=found.encoding)
    return None


def from_rows(
    rows: Sequence[Sequence[object]],
    name: str,
    file: str,
    sheet: str | None,
    table: Table,
    faults: list[CircularityError],
    words: Mapping[str, Mapping[str, str]] | None = None,
    separator: str | None = None,
    first: int = 1,
) -> RawTable | None:
    """A raw table from rows of cells, one of which is the heading.

    Parameters
    ----------
    rows : sequence of sequences
        Cells as they are in the file: texts, and in a workbook numbers and dates too.
    name, file, sheet : str
        Name of the table, and where the rows come from; without a sheet (None) a column is known by its name alone.
    table : declarations.Table
        What the table should hold; tells a heading from other rows.
    faults : list of CircularityError
        Takes what is wrong with the rows.
    words : mapping of str to mapping of str to str, optional
        By column, what some texts stand for.
    separator : str, optional
        Between the cells of a CSV file. Where it is not a comma, numbers may have a decimal comma.
    first : int, optional
        Number of the first row in the file.

    Returns
    -------
    RawTable or None
        None when no row is a heading, or the heading mixes separators.
    """
    names = column_names(table)
    where = Where(file=file, sheet=sheet)
    top = [[as_text(cell) for cell in row] for row in rows[:ROWS_SEARCHED]]
    start = heading_row(top, names) if top else None
    if start is None:
        needed = [c for c, spec in table.columns.items() if spec.needed == "always"]
        found = [cell.strip() for row in top[:1] for cell in row if cell.strip()] or word("empty", "yaml_value")
        faults.append(DataError("NoHeading", where=replace(where, row=first), found=found, expected=needed))
        return None
    if start > 0:
        faults.append(DataError("HeadingNotFirst", where=replace(where, row=first), found=start + first))
    shown = [cell.strip() for cell in top[start]]
    if separator is not None and (other := mixed_heading(shown, names, separator)) is not None:
        faults.append(mixed_separators(replace(where, row=start + first), other, separator))
        return None
    heading = [HIDDEN.sub("", cell) for cell in shown]
    if sheet is not None:  # people see headings in their own language, with a unit behind them
        heading = in_our_words(heading, names)
    places = {
        column: (letter(position), title)
        for position, (column, title) in enumerate(zip(heading, shown, strict=True))
        if sheet is not None
    }
    kept, numbers, complete = _even_rows(rows, start, heading, table, where, faults, separator, first)
    columns = [TextColumn(cells) for cells in zip(*kept, strict=True)] if kept else [TextColumn(()) for _ in heading]
    readings, two_ways = with_decimal_points(columns, heading, table, separator, sheet is not None)
    filled = np.any([c.filled for c in columns], axis=0) if columns else np.zeros(0, dtype=bool)
    wanted = filled & ~_totals(columns, heading, table, numbers, where, faults)
    positions: dict[str, int] = {}
    twice: set[str] = set()
    for position, column in enumerate(heading):
        place = replace(where, row=start + first, column=shown[position] or None)
        if column in positions:
            twice.add(column)
            faults.append(DataError("DuplicateColumn", where=place, found=shown[position]))
        elif column:
            positions[column] = position
        elif (columns[position].filled & wanted).any():
            faults.append(DataError("NamelessColumn", where=place, found=letter(position)))
    raw = RawTable(name, file, sheet, pd.DataFrame(), numbers[wanted], start + first, complete, twice, places)
    _name_hidden_signs(columns, heading, shown, wanted, raw, faults)
    if sheet is not None:
        _name_other_units(shown, heading, table, raw, faults)
    name_two_readings(columns, heading, two_ways, wanted, raw, faults)
    raw.decimal_comma = separator not in (None, ",")
    raw.readings = [replace(reading, rows=reading.rows[wanted]) for reading in readings]
    cells = {c: columns[i].cleaned(wanted, (words or {}).get(c, {})) for c, i in positions.items() if c not in twice}
    raw.cells = pd.DataFrame(cells, index=pd.RangeIndex(len(raw.rows)))
    return raw


def _even_rows(
    rows: Sequence[Sequence[object]],
    start: int,
    heading: list[str],
    table: Table,
    where: Where,
    faults: list[CircularityError],
    separator: str | None,
    first: int,
) -> tuple[list[Sequence[object]], npt.NDArray[np.int64], bool]:
    """The rows under the heading with a cell for every column, their numbers, and whether that is all of them."""
    widest = len(heading)
    width = max((i for i, column in enumerate(heading, start=1) if column), default=0)
    below = rows[start + 1 :]
    numbers = np.arange(len(below), dtype=np.int64) + start + first + 1
    if all(len(row) == widest for row in below):
        return list(below), numbers, True
    kept: list[Sequence[object]] = []
    which: list[int] = []
    complete = True
    for number, row in zip(numbers.tolist(), below, strict=True):
        texts = [as_text(cell).strip() for cell in row] if len(row) != widest else []
        if len(row) != widest and any(texts) and not _is_total(texts, heading, table):
            longer = any(texts[widest:])
            if longer or len(row) < width:
                place = replace(where, row=number)
                other = None if separator is None or longer else other_separator(texts, widest, separator)
                if other is not None:
                    faults.append(mixed_separators(place, other, str(separator)))
                    complete = False
                    continue
                advice = sentence("row_longer" if longer else "row_shorter")
                length = counted(len(row), "cell")
                faults.append(DataError("RowLength", where=place, found=length, expected=width, advice=advice))
                complete = False
                continue
        kept.append([*row[:widest], *[""] * (widest - len(row))])
        which.append(number)
    return kept, np.array(which, dtype=np.int64), complete


def _is_total(texts: Sequence[str], heading: Sequence[str], table: Table) -> bool:
    first = next(text for text in texts if text)
    telling = [text for text, column in zip(texts, heading, strict=False) if _telling(column, table)]
    return any(TOTAL.fullmatch(text) for text in (first, *telling))


def _telling(column: str, table: Table) -> bool:
    """Whether a word for total in a column makes its row one: only where no free text belongs."""
    return column in table.columns and table.columns[column].kind != "text"


def _totals(
    columns: Sequence[TextColumn],
    heading: Sequence[str],
    table: Table,
    numbers: npt.NDArray[np.int64],
    where: Where,
    faults: list[CircularityError],
) -> npt.NDArray[np.bool_]:
    """The rows that add up others, each a fault: by their first cell, or one where a code or name belongs."""
    found: dict[int, str] = {}
    before = np.zeros(len(numbers), dtype=bool)
    for column, name in zip(columns, heading, strict=True):
        said = column.like(TOTAL)
        for row in np.flatnonzero(said & (_telling(name, table) | ~before)).tolist():
            found.setdefault(row, column.text(row, clean=True))
        before |= column.filled
    for position in sorted(found):
        faults.append(DataError("TotalRow", where=replace(where, row=int(numbers[position])), found=found[position]))
    total = np.zeros(len(numbers), dtype=bool)
    total[list(found)] = True
    return total


def _name_hidden_signs(
    columns: Sequence[TextColumn],
    heading: Sequence[str],
    shown: Sequence[str],
    wanted: npt.NDArray[np.bool_],
    raw: RawTable,
    faults: list[CircularityError],
) -> None:
    for column, title in zip(heading, shown, strict=True):
        if HIDDEN.search(title):
            where = replace(raw.in_heading(column), column=title)
            faults.append(FileError("HiddenCharacter", where=where, found=title, signs=hidden_signs(title)))
    place = np.cumsum(wanted) - 1
    found = [
        (int(position), i) for i, cells in enumerate(columns) for position in np.flatnonzero(cells.hiding & wanted)
    ]
    for position, i in sorted(found):
        text = columns[i].text(position).strip()
        where = raw.where(place[position], heading[i] or None)
        faults.append(FileError("HiddenCharacter", where=where, found=text, signs=hidden_signs(text)))


def _name_other_units(
    shown: Sequence[str], heading: Sequence[str], table: Table, raw: RawTable, faults: list[CircularityError]
) -> None:
    """Name the headings with another unit behind them than the numbers of their column are in."""
    for title, column in zip(shown, heading, strict=True):
        behind = UNIT_BEHIND.search(title)
        spec = table.columns.get(column)
        if behind is None or spec is None or title == column:
            continue
        right = unit_behind(spec)
        if right is None or behind[1].strip() not in (*right.values(), spec.unit):
            said = {lang: heading_of(spec, lang) for lang in LANGUAGES}
            faults.append(DataError("UnitInHeading", where=raw.in_heading(column), found=title, expected=said))
