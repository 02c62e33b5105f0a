"""Reading a table, whatever file it is in: CSV with any separator, a workbook (.xlsx, .ods) or Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from circularity.errors import CircularityError, DataError, DataFaults, FileError, Where, counted, sentence
from circularity.tables.cells import as_text, letter
from circularity.tables.csv_text import (
    LARGEST_CSV,
    mixed_separators,
    other_separator,
    read_csv_rows,
    usual_width,
)
from circularity.tables.files import OLE, PARQUET, ZIP, regular_file
from circularity.tables.workbook import read_workbook, untrue_cells
from circularity.texts import word

# A file on disk is small for what it holds; every cell becomes a text of its own here. [bytes, cells]
LARGEST_PARQUET = 500_000_000
MOST_CELLS = 50_000_000
# Letters of the name of a type that an error shows: a structure names all its parts.
MOST_OF_TYPE = 100


@dataclass(frozen=True)
class Rows:
    """The rows of one table as they are in a file.

    Attributes
    ----------
    file : str
        Name of the file, without its folder.
    cells : sequence of sequence
        Row by row: texts, and in a workbook or Parquet numbers, dates and truth values too.
    sheet : str or None
        Sheet of a workbook.
    first : int
        Number of the first row in the file.
    separator : str or None
        Between the cells of a CSV file; a comma or None says that numbers have a decimal point.
    """

    file: str
    cells: Sequence[Sequence[object]] = field(repr=False)
    sheet: str | None = None
    first: int = 1
    separator: str | None = None


def read_table(path: Path) -> pd.DataFrame:
    """A table of texts, and where each of its rows is.

    Parameters
    ----------
    path : Path
        File with one table; what kind of file it is shows in its first bytes, not in its name.

    Returns
    -------
    DataFrame
        Every cell as text, empty text where there is nothing; rows without any cell are left out. ``attrs`` holds
        ``file``, ``sheet`` (None outside a workbook), ``heading`` (its row number), ``rows`` (those of the others),
        ``letters`` (of the columns of a sheet) and ``separator``. `circularity.tables.checked.Cells` reads numbers out
        of it, and names places.

    Raises
    ------
    NotReadable, WrongEncoding
        If it cannot be read as a table, or has more than one.
    DataFaults
        With the cells of a workbook that do not hold what people see in them, and the columns of Parquet that hold no
        cells; each with its place.
    EmptyTable, DuplicateColumn, NamelessColumn, RowLength, WrongSeparator
        If it is not a table of equal rows under a heading.
    """
    return as_frame(_rows_of(path))


def _rows_of(path: Path) -> Rows:
    with regular_file(path, Where(file=path.name), word("table", "format"), LARGEST_CSV).open("rb") as stream:
        start = stream.read(8)
    if start.startswith((ZIP, OLE)):
        return _of_workbook(path)
    if start.startswith(PARQUET):
        return Rows(path.name, parquet_rows(path))
    found = read_csv_rows(path)
    return Rows(path.name, found.cells, first=found.first, separator=found.separator)


def as_frame(found: Rows, *, strict: bool = False) -> pd.DataFrame:
    """Rows as a table of texts; see `read_table`.

    Parameters
    ----------
    found : Rows
    strict : bool, optional
        Whether a row or column without any cell is a fault too, as in the files of the method; ``attrs`` are empty.
    """
    rows = [(number, [as_text(cell) for cell in row]) for number, row in enumerate(found.cells, start=found.first)]
    if not strict:
        rows = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise DataError("EmptyTable", where=Where(file=found.file, sheet=found.sheet))
    number, heading = rows[0]
    names = heading if strict else [cell.strip() for cell in heading]
    at = Where(file=found.file, sheet=found.sheet, row=number)
    _check_lengths(rows, found)
    kept = [i for i, name in enumerate(names) if strict or name or any(row[i].strip() for _, row in rows)]
    for i in kept:
        place = at if found.sheet is None else replace(at, letter=letter(i))
        if not names[i] and not strict:
            raise DataError("NamelessColumn", where=place, found=letter(i))
        if names.index(names[i]) != i:
            raise DataError("DuplicateColumn", where=place, found=names[i])
    table = pd.DataFrame([[row[i] for i in kept] for _, row in rows[1:]], columns=[names[i] for i in kept], dtype=str)
    if not strict:
        table.attrs |= {
            "file": found.file,
            "sheet": found.sheet,
            "heading": number,
            "rows": [n for n, _ in rows[1:]],
            "letters": {names[i]: letter(i) for i in kept} if found.sheet is not None else {},
            "separator": found.separator,
        }
    return table


def _check_lengths(rows: Sequence[tuple[int, list[str]]], found: Rows) -> None:
    """Raise for the first row that has not as many cells as the heading, in words of what it probably is."""
    width = len(rows[0][1])
    usual = usual_width([row for _, row in rows[1:]])
    for number, row in rows:
        where = Where(file=found.file, sheet=found.sheet, row=number)
        wanted = usual if number == rows[0][0] else width
        other = other_separator(row, wanted, found.separator) if found.separator else None
        if other is not None:
            raise mixed_separators(where, other, str(found.separator))
        if len(row) != width:
            raise DataError("RowLength", where=where, found=counted(len(row), "cell"), expected=width)


# Workbooks --------------------------------------------------------------------------------------------------------


def _of_workbook(path: Path) -> Rows:
    """The rows of the one sheet that holds something."""
    sheets = [sheet for sheet in read_workbook(path) if not sheet.empty]
    shown = [sheet for sheet in sheets if not sheet.hidden]
    if len(shown) != 1:
        names = [sheet.name for sheet in shown]
        found = sentence("several_sheets", "unreadable", sheets=names) if shown else word("empty", "unreadable")
        raise FileError("NotReadable", where=Where(file=path.name), found=found, expected=word("one_sheet", "format"))
    faults = list(untrue_cells(shown[0], Where(file=path.name, sheet=shown[0].name)))
    if faults:
        raise DataFaults(faults)
    return Rows(path.name, shown[0].rows, shown[0].name)


# Parquet ----------------------------------------------------------------------------------------------------------


def parquet_rows(path: Path, inside: Path | None = None) -> list[Sequence[object]]:
    """The rows of a Parquet file, the names of its columns as the first.

    Raises
    ------
    NotReadable
        If it is not a Parquet file, or too large to read at once.
    DataFaults
        With the columns that hold no cells.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where, format_ = Where(file=path.name), word("parquet", "format")

    def refusal(why: str, advice: str, /, **details: str) -> FileError:
        found = sentence(why, "unreadable", **details)
        return FileError("NotReadable", where=where, found=found, expected=format_, advice=sentence(advice))

    real = regular_file(path, where, format_, LARGEST_PARQUET, inside)
    try:
        with pq.ParquetFile(real) as file:
            about = file.metadata
            if about.num_rows * about.num_columns > MOST_CELLS:
                raise refusal("many_cells", "make_dataset", cells=f"{about.num_rows} × {about.num_columns}")
            if unfit := list(unfit_columns(file.schema_arrow, path.name)):
                raise DataFaults(unfit)
            content = file.read()
        columns = [
            (c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c).to_pylist() for c in content.columns
        ]
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise refusal("damaged_parquet", "write_again", reason=str(problem).splitlines()[0][:200]) from None
    return [content.column_names, *zip(*columns, strict=True)]


def unfit_columns(schema: Any, file: str) -> Iterator[CircularityError]:
    """The columns whose values are no cells of a table: structures, lists, bytes, spans of time.

    Parameters
    ----------
    schema : pyarrow.Schema
    file : str
        Name of the file, for errors.
    """
    import pyarrow.types as kinds

    fits = (
        kinds.is_string, kinds.is_large_string, kinds.is_string_view, kinds.is_integer, kinds.is_floating,
        kinds.is_decimal, kinds.is_boolean, kinds.is_date, kinds.is_timestamp, kinds.is_time, kinds.is_null,
    )  # fmt: skip
    for column in schema:
        type_ = column.type.value_type if kinds.is_dictionary(column.type) else column.type
        if not any(fit(type_) for fit in fits):
            where, shown = Where(file=file, column=column.name), str(column.type)
            yield DataError(
                "WrongColumnType", where=where, found=shown[:MOST_OF_TYPE], expected=word("cell", "dataset")
            )
