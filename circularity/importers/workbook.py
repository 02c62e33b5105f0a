"""Reading a sheet of a workbook: numbers and dates as the text that a CSV would hold."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from circularity.errors import DataError, FileError, ImporterError, Where
from circularity.importers.source import MOST_LOOKED, Format, Ragged, SourceTable, blank_rows, check_headings, headings
from circularity.tables.cells import as_text, position, split_cell
from circularity.tables.workbook import Sheet
from circularity.tables.workbook import read_workbook as read_sheets
from circularity.texts import word

# Types of number cells; a truth value is not one.
NUMBERS = (float, int)


def read_workbook(
    path: Path, format_: Format, wanted: Collection[str] | None = None, needed: Collection[str] = ()
) -> SourceTable:
    """The table in a sheet of a workbook; see `source.read_source`."""
    found_sheet = _sheet(path, format_.sheet)
    sheet, rows = found_sheet.name, _true_cells(found_sheet, path.name)
    at = format_.heading_row - 1
    where = Where(file=path.name, sheet=sheet, row=format_.heading_row)
    cells = [as_text(cell) for cell in rows[at]] if at < len(rows) else []
    while cells and not cells[-1].strip():
        cells.pop()
    check_headings(headings(cells), needed, [[[as_text(c) for c in row] for row in rows[:MOST_LOOKED]]], where)
    if not cells:
        raise DataError("NoHeading", where=where, found=word("empty", "yaml_value"), expected=word("table", "format"))
    heading = headings(cells)
    first = format_.heading_row + int(format_.unit_row)
    units = dict(zip(heading, map(as_text, rows[first - 1]), strict=False)) if format_.unit_row else {}
    body, raw, places, ragged = [], [], [], []
    for place, row in enumerate(rows[first:], start=first + 1):
        found = [as_text(cell) for cell in row]
        if any(cell.strip() for cell in found[len(heading) :]):
            ragged.append(Ragged(place, found))
            continue
        body.append([*found[: len(heading)], *[""] * (len(heading) - len(found))])
        raw.append(row)
        places.append(place)
    columns = {name: pa.array([row[i] for row in body], pa.string()) for i, name in enumerate(heading)}
    full = pa.table(columns)
    filled = ~blank_rows(full)
    full = full.filter(pa.array(filled))
    read = [name for name in heading if wanted is None or name in wanted]
    table = pa.table({name: full[name].dictionary_encode() for name in read})

    def whole(places: npt.NDArray[np.int64]) -> pa.Table:
        return full.take(pa.array(places))

    kept = np.array(places, dtype=np.int64)[filled]
    numeric = {
        name: np.array([type(row[i]) in NUMBERS for row in raw], dtype=bool)[filled]
        for i, name in enumerate(heading)
        if name in read
    }
    numeric = {name: mask for name, mask in numeric.items() if mask.any()}
    told = {"sheet": sheet}
    return SourceTable(path.name, sheet, heading, table, kept, whole, units, ragged, numeric, told=told)


def _true_cells(sheet: Sheet, file: str) -> list[list[Any]]:
    """The cells of a sheet, an error of the spreadsheet as the text people see.

    Raises
    ------
    FormulaWithoutValue
        If the file does not hold the result of a formula.
    """
    for cell in sheet.without_value:
        at, row = split_cell(cell)
        raise DataError("FormulaWithoutValue", where=Where(file=file, sheet=sheet.name, row=row, letter=at), found=cell)
    rows = [list(row) for row in sheet.rows] if sheet.errors else sheet.rows
    for cell, error in sheet.errors.items():
        at, row = split_cell(cell)
        rows[row - 1][position(at)] = error
    return rows


def _sheet(path: Path, wanted: str | None) -> Sheet:
    """The sheet that was asked for, or the first that shows and holds more than one row."""
    sheets = read_sheets(path)
    names = [sheet.name for sheet in sheets]
    if wanted is not None and wanted not in names:
        raise ImporterError("NoSuchSheet", where=Where(file=path.name), found=wanted, expected=names)
    named = [sheet for sheet in sheets if sheet.name == wanted]
    filled = [sheet for sheet in sheets if not sheet.hidden and len(sheet.rows) > 1]
    found = [*named, *filled] if wanted is not None else filled
    if not found:
        raise FileError(
            "NotReadable",
            where=Where(file=path.name),
            found=word("empty", "unreadable"),
            expected=word("table", "format"),
        )
    return found[0]
