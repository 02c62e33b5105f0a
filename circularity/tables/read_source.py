"""Reading a table of others, column by column: CSV in any form, a workbook (.xlsx, .ods), or Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from circularity.errors import DataError, FileError, ImporterError, Where
from circularity.tables.cells import as_text, position, split_cell
from circularity.tables.files import OLE, PARQUET, ZIP, regular_file
from circularity.tables.read import parquet_rows
from circularity.tables.source_csv import read_csv_source
from circularity.tables.source_table import (
    MOST_LOOKED,
    Format,
    Ragged,
    SourceTable,
    blank_rows,
    check_headings,
    headings,
)
from circularity.tables.workbook import Sheet, read_workbook
from circularity.texts import word

# Arrow holds a file in memory at about its own size. [bytes]
LARGEST = 4_000_000_000
# Types of number cells; a truth value is not one.
NUMBERS = (float, int, Decimal)

Rows = Sequence[Sequence[object]]


def read_source(
    path: Path, format_: Format, wanted: Collection[str] | None = None, needed: Collection[str] = ()
) -> SourceTable:
    """The table in a file; what kind of file it is shows in its first bytes.

    Parameters
    ----------
    path : Path
    format_ : Format
        How it is written.
    wanted : collection of str, optional
        Headings of the columns to read; all by default.
    needed : collection of str, optional
        Headings that show whether this is the table that was meant.

    Raises
    ------
    HeadingElsewhere, NoWantedHeading
        If another row holds more of the needed headings than the heading, or no row holds any.
    NotReadable, WrongEncoding, NoHeading, NoSuchSheet, SeveralSheets
        If it is not a table, or more than one.
    NoRows
        If there are no rows under the heading.
    """
    where, expected = Where(file=path.name), word("table", "format")
    real = regular_file(path, where, expected, LARGEST)
    with real.open("rb") as stream:
        start = stream.read(4096)
    if not start.strip():
        raise FileError("NotReadable", where=where, found=word("empty", "unreadable"), expected=expected)
    with ThreadPoolExecutor(1) as hashing:  # a large file is hashed while it is read
        digest = hashing.submit(_digest, real)
        if start.startswith((ZIP, OLE)):
            sheet = _sheet(path, format_, needed)
            source = _from_rows(_shown_cells(sheet, path.name), path.name, sheet.name, format_, wanted, needed)
        elif start.startswith(PARQUET):
            source = _from_rows(parquet_rows(path), path.name, None, format_, wanted, needed)
        else:
            source = read_csv_source(path, format_, wanted, needed)
        source.digest = digest.result()
    if not source.rows_in:
        raise ImporterError("NoRows", where=Where(file=source.file, sheet=source.sheet))
    return source


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _from_rows(
    rows: Rows,
    file: str,
    sheet: str | None,
    format_: Format,
    wanted: Collection[str] | None,
    needed: Collection[str],
) -> SourceTable:
    """Rows of typed cells as a table: numbers and dates as the text that a CSV would hold."""
    at = format_.heading_row - 1
    where = Where(file=file, sheet=sheet, row=format_.heading_row)
    cells = _texts(rows[at]) if at < len(rows) else []
    while cells and not cells[-1].strip():
        cells.pop()
    check_headings(headings(cells), needed, [[_texts(row) for row in rows[:MOST_LOOKED]]], where)
    if not cells:
        raise DataError("NoHeading", where=where, found=word("empty", "yaml_value"), expected=word("table", "format"))
    heading = headings(cells)
    first = format_.heading_row + int(format_.unit_row)
    units = dict(zip(heading, _texts(rows[first - 1]), strict=False)) if format_.unit_row else {}
    body, raw, places, ragged = [], [], [], []
    for place, row in enumerate(rows[first:], start=first + 1):
        found = _texts(row)
        if any(cell.strip() for cell in found[len(heading) :]):
            ragged.append(Ragged(place, found))
            continue
        body.append([*found[: len(heading)], *[""] * (len(heading) - len(found))])
        raw.append(row)
        places.append(place)
    full = pa.table({name: pa.array([row[i] for row in body], pa.string()) for i, name in enumerate(heading)})
    filled = ~blank_rows(full)
    full = full.filter(pa.array(filled))
    read = [name for name in heading if wanted is None or name in wanted]
    numeric = {
        name: np.array([i < len(row) and type(row[i]) in NUMBERS for row in raw], dtype=bool)[filled]
        for i, name in enumerate(heading)
        if name in read
    }

    def whole(chosen: npt.NDArray[np.int64]) -> pa.Table:
        return full.take(pa.array(chosen))

    return SourceTable(
        file,
        sheet,
        heading,
        table=pa.table({name: full[name].dictionary_encode() for name in read}),
        rows=np.array(places, dtype=np.int64)[filled],
        whole=whole,
        units=units,
        ragged=ragged,
        numeric={name: mask for name, mask in numeric.items() if mask.any()},
        written_as={} if sheet is None else {"sheet": sheet},
    )


def _texts(row: Sequence[object]) -> list[str]:
    return [as_text(cell) for cell in row]


# Workbooks ------------------------------------------------------------------------------------------------------------


def _shown_cells(sheet: Sheet, file: str) -> Rows:
    """The cells of a sheet, an error of the spreadsheet as the text people see.

    Raises
    ------
    FormulaWithoutValue
        If the file does not hold the result of a formula.
    """
    for cell in sheet.without_value:
        at, row = split_cell(cell)
        where = Where(file=file, sheet=sheet.name, row=row, letter=at)
        raise DataError("FormulaWithoutValue", where=where, found=cell)
    rows = [list(row) for row in sheet.rows] if sheet.errors else sheet.rows
    for cell, error in sheet.errors.items():
        at, row = split_cell(cell)
        rows[row - 1][position(at)] = error
    return rows


def _sheet(path: Path, format_: Format, needed: Collection[str]) -> Sheet:
    """The sheet that was asked for, or the one that shows and holds such a table."""
    sheets, where = read_workbook(path), Where(file=path.name)
    if format_.sheet is not None:
        named = [sheet for sheet in sheets if sheet.name == format_.sheet]
        if not named:
            names = [sheet.name for sheet in sheets]
            raise ImporterError("NoSuchSheet", where=where, found=format_.sheet, expected=names)
        return named[0]
    filled = [sheet for sheet in sheets if not sheet.hidden and len(sheet.rows) > 1]
    if not filled:
        raise FileError("NotReadable", where=where, found=word("empty", "unreadable"), expected=word("table", "format"))
    at = format_.heading_row - 1
    alike = [s for s in filled if needed and at < len(s.rows) and {*needed} <= {*headings(_texts(s.rows[at]))}]
    if len(alike) > 1:
        raise ImporterError("SeveralSheets", where=where, found=[sheet.name for sheet in alike])
    return (alike or filled)[0]
