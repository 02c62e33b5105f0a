"""Writing tables for people and programs: complete or not at all, and harmless in a spreadsheet."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import UnknownFileType

# A spreadsheet takes a cell that starts with one of these as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table in the format that the ending of `path` names.

    Parameters
    ----------
    table : DataFrame
    path : str or Path
        Ends in ``.csv``, ``.parquet``, ``.xlsx`` or ``.json``.

    Raises
    ------
    UnknownFileType
        If the ending names another format; nothing is written.
    """
    target = Path(path)
    writers: dict[str, Callable[[pd.DataFrame, Path], object]] = {
        ".csv": lambda t, p: harmless(t).to_csv(p, index=False, lineterminator="\n"),
        ".parquet": lambda t, p: t.to_parquet(p, index=False),
        ".xlsx": _write_xlsx,
        ".json": lambda t, p: p.write_text(json.dumps(records(t), ensure_ascii=False, indent=1) + "\n", "utf-8"),
    }
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise UnknownFileType(found=target.suffix or target.name, expected=", ".join(writers))
    write_whole(target, lambda p: writer(table, p))


def write_whole(target: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` write beside `target`, then rename: a killed run leaves no half file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


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


def _write_xlsx(table: pd.DataFrame, path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        harmless(table).to_excel(book, sheet_name="circularity", index=False)
        sheet = book.sheets["circularity"]
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = sheet.dimensions
        for cells in sheet.iter_cols():
            widest = max(len(str(c.value)) for c in cells if c.value is not None)
            sheet.column_dimensions[cells[0].column_letter].width = min(60, widest + 2)
