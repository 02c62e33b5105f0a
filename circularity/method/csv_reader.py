"""Reading CSV: every cell as text, faults with their row."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel

from circularity.errors import CircularityError, DataError, MethodError, Where
from circularity.method.validation import collect_errors, read_row
from circularity.tables.csv_text import split_rows
from circularity.tables.files import read_text
from circularity.tables.read import Rows, as_frame

LARGEST = 50_000_000  # bytes; no list of a method comes near

M = TypeVar("M", bound=BaseModel)


def read_text_table(path: Path, shown: str) -> pd.DataFrame:
    """A CSV file of the method, every cell as text.

    Raises
    ------
    MissingFile, NotReadable, WrongEncoding, EmptyTable, DuplicateColumn, RowLength
        If there is no such file, or it is not a table of equal rows in UTF-8.
    """
    return _table(_text(path, shown), shown)


def _text(path: Path, shown: str) -> str:
    if not path.is_file():
        raise MethodError("MissingFile", where=Where(file=shown))
    return read_text(path, "csv", LARGEST, shown)


def _table(text: str, shown: str) -> pd.DataFrame:
    return as_frame(Rows(shown, split_rows(text, shown), separator=","), strict=True)


def read_rows(
    path: Path, shown: str, model: type[M], faults: list[CircularityError]
) -> tuple[pd.DataFrame, list[M | None]]:
    """A CSV file of the method, as text and as rows of `model`; None for a row that does not fit it."""
    text = None
    with collect_errors(faults):
        text = _text(path, shown)
    if text is None:
        return pd.DataFrame(), []
    table, rows, found = _rows(text, shown, model)
    faults += found
    return table.copy(deep=False), list(rows)


# Kept by content, as YAML is: lists of a thousand codes are the same in most versions and copies of a method.
@lru_cache(maxsize=256)
def _rows(text: str, shown: str, model: type[M]) -> tuple[pd.DataFrame, list[M | None], list[CircularityError]]:
    faults: list[CircularityError] = []
    table = pd.DataFrame()
    with collect_errors(faults):
        table = _table(text, shown)
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    missing = [name for name in needed if name not in table]
    if table.empty:
        return table, [], faults
    if missing:
        faults.append(
            DataError(
                "MissingColumn",
                where=Where(file=shown, row=1),
                found=", ".join(missing),
                expected=f"{','.join(needed)}.",
            )
        )
        return table, [], faults
    # Ten times as fast as asking the table for its records, and lists of a thousand codes are read at every start.
    cells = zip(*(table[column].tolist() for column in table), strict=True)
    rows = (dict(zip(table.columns, row, strict=True)) for row in cells)
    return table, [read_row(model, row, shown, number, faults) for number, row in enumerate(rows, start=2)], faults
