"""Reading a sheet of a workbook: numbers and dates as the text that a CSV would hold."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from circularity.errors import NoHeading, NoSuchSheet, NotReadable, Where
from circularity.intake.source import Format, Ragged, Source, headings, without_blank_rows
from circularity.ledger.workbook import Sheet
from circularity.ledger.workbook import read_workbook as read_sheets
from circularity.texts import word


def read_workbook(path: Path, format_: Format, coded: Collection[str] | None = None) -> Source:
    """The table in a sheet of a workbook; see `source.read_source`."""
    found_sheet = _sheet(path, format_.sheet)
    sheet, rows = found_sheet.name, found_sheet.rows
    at = format_.heading_row - 1
    where = Where(file=path.name, sheet=sheet, row=format_.heading_row)
    cells = [text(cell) for cell in rows[at]] if at < len(rows) else []
    while cells and not cells[-1].strip():
        cells.pop()
    if not cells:
        raise NoHeading(where=where, found=word("empty", "yaml_value"), expected=word("table", "format"))
    heading = headings(cells)
    first = format_.heading_row + int(format_.unit_row)
    units = dict(zip(heading, map(text, rows[first - 1]), strict=False)) if format_.unit_row else {}
    body, numbers, ragged = [], [], []
    for number, row in enumerate(rows[first:], start=first + 1):
        found = [text(cell) for cell in row]
        if any(cell.strip() for cell in found[len(heading) :]):
            ragged.append(Ragged(number, found))
            continue
        body.append([*found[: len(heading)], *[""] * (len(heading) - len(found))])
        numbers.append(number)
    columns = {}
    for position, name in enumerate(heading):
        column = pa.array([row[position] for row in body], pa.string())
        columns[name] = column.dictionary_encode() if coded is None or name in coded else column
    table, kept = without_blank_rows(pa.table(columns), np.array(numbers, dtype=np.int64))
    return Source(path.name, sheet, table, kept, units, ragged, told={"sheet": sheet})


def text(cell: Any) -> str:
    """A cell as text: a whole number without decimals, a date as 2026-11-24."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or cell is None:
        return str(cell or "")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, (datetime.date, datetime.time)) else str(cell)


def _sheet(path: Path, wanted: str | None) -> Sheet:
    """The sheet that was asked for, or the first that shows and holds more than one row."""
    sheets = read_sheets(path)
    names = [sheet.name for sheet in sheets]
    if wanted is not None and wanted not in names:
        raise NoSuchSheet(where=Where(file=path.name), found=wanted, expected=names)
    named = [sheet for sheet in sheets if sheet.name == wanted]
    filled = [sheet for sheet in sheets if not sheet.hidden and len(sheet.rows) > 1]
    found = [*named, *filled] if wanted is not None else filled
    if not found:
        raise NotReadable(
            where=Where(file=path.name), found=word("empty", "unreadable"), expected=word("table", "format")
        )
    return found[0]
