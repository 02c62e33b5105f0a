"""Writing tables for people and programs: complete or not at all, and harmless in a spreadsheet."""

from __future__ import annotations

import json
import os
import re
import secrets
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CallError
from circularity.texts import reason

# The first sheet of a workbook of results; a workbook without it is somebody's work.
RESULT = "circularity"
# A folder with this file is a fieldlab: it holds data only.
FIELDLAB = "fieldlab.yaml"
ENDINGS = (".csv", ".parquet", ".xlsx", ".json")
# A spreadsheet takes a cell that starts with one of these as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write_table(table: pd.DataFrame, path: str | Path, **sheets: pd.DataFrame) -> None:
    """Write a table in the format that the ending of `path` names.

    Parameters
    ----------
    table : DataFrame
    path : str or Path
        Ends in ``.csv``, ``.parquet``, ``.xlsx`` or ``.json``.
    **sheets : DataFrame
        More sheets of a workbook, by name; the other formats hold one table and leave them out.

    Raises
    ------
    UnknownFileType
        If the ending names another format; nothing is written.
    CannotWrite
        If the file cannot be written there, or a workbook is there that is no result.
    """
    target = Path(path)
    check_target(target)
    writers: dict[str, Callable[[Path], object]] = {
        ".csv": lambda p: harmless(table).to_csv(p, index=False, lineterminator="\n"),
        ".parquet": lambda p: table.to_parquet(p, index=False),
        ".xlsx": lambda p: _write_xlsx({RESULT: table, **sheets}, p),
        ".json": lambda p: p.write_text(json.dumps(records(table), ensure_ascii=False, indent=1) + "\n", "utf-8"),
    }
    write_whole(target, writers[target.suffix.lower()])


def check_target(path: Path) -> None:
    """Raise `CallError` if no table can be written to `path`: another format, or in the way of data."""
    if path.suffix.lower() not in ENDINGS:
        raise CallError("UnknownFileType", found=path.suffix or path.name, expected=ENDINGS)
    if (path.parent / FIELDLAB).is_file():
        raise CallError("CannotWrite", found=path, because=reason("inside_fieldlab"))
    if path.suffix.lower() == ".xlsx" and path.is_file() and not _is_result(path):
        raise CallError("CannotWrite", found=path, because=reason("not_a_result"))


def check_new(path: Path) -> None:
    """Raise `CannotWrite` if there is something at `path`: a form that somebody filled in is never written over."""
    if os.path.lexists(path):
        raise CallError("CannotWrite", found=path, because=reason("not_empty"))


def _is_result(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as book:
            return f'name="{RESULT}"'.encode() in book.read("xl/workbook.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def write_whole(target: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` write next to `target`, then rename: a killed run leaves no half file.

    Raises
    ------
    CannotWrite
        If the folder cannot be made or written in, or `target` is a folder.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{secrets.token_hex(8)}{target.suffix}"
        # With the permissions that the user gives new files: what is confidential may be theirs alone.
        temporary.touch(exist_ok=False)
        try:
            write(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as problem:
        raise CallError("CannotWrite", found=target, because=problem.strerror or type(problem).__name__) from problem


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain data, not-a-number as None."""
    return [{k: _plain(v) for k, v in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a quote before every text that a spreadsheet would take as a formula."""
    safe = table.copy()
    for column in safe.columns:
        if pd.api.types.is_string_dtype(safe[column]) or safe[column].dtype == object:
            safe[column] = safe[column].map(
                lambda v: f"'{v}" if isinstance(v, str) and v.startswith(FORMULA_SIGNS) else v
            )
    return safe


def _write_xlsx(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    from openpyxl.utils import get_column_letter

    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in tables.items():
            harmless(table).to_excel(book, sheet_name=name, index=False)
            sheet = book.sheets[name]
            sheet.freeze_panes = "A2"
            sheet.auto_filter.ref = sheet.dimensions
            for number, column in enumerate(table.columns, start=1):
                widest = max([len(str(column)), *table[column].astype(str).str.len()])
                sheet.column_dimensions[get_column_letter(number)].width = min(60, widest + 2)
    _without_clock(path)


def _without_clock(path: Path) -> None:
    """Take the time of writing out of a workbook: the same tables give the same bytes."""
    with zipfile.ZipFile(path) as book:
        entries = {name: book.read(name) for name in book.namelist()}
    entries["docProps/core.xml"] = re.sub(
        rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"1980-01-01T00:00:00Z", entries["docProps/core.xml"]
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in entries.items():
            book.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # ZipInfo says 1980 by default
