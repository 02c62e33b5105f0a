"""A table of a fieldlab in Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from circularity.errors import CircularityError, DataError, DataFaults, FileError, Where, sentence
from circularity.ledger.raw import RawTable, from_rows
from circularity.method.declarations import Table
from circularity.method.fitting import Gather
from circularity.tables.files import regular_file
from circularity.texts import word

# A file on disk is small for what it holds; every cell becomes a text of its own here. [bytes, cells]
LARGEST_PARQUET = 500_000_000
MOST_CELLS = 50_000_000
# Letters of the name of a type that an error shows: a structure names all its parts.
MOST_OF_TYPE = 100


def read_parquet(
    path: Path, name: str, table: Table, faults: list[CircularityError], inside: Path | None = None
) -> RawTable | None:
    """A Parquet file as a raw table, its rows numbered as if the heading were row 1.

    Parameters
    ----------
    path : Path
        File.
    name : str
        Name of the table.
    table : declarations.Table
        What the table should hold.
    faults : list of CircularityError
        Takes what is wrong with the file.
    inside : Path, optional
        Folder that the file must be in, links followed.

    Returns
    -------
    RawTable or None
        None when the file could not be read at all.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where, format_ = Where(file=path.name), word("parquet", "format")

    def refusal(why: str, advice: str, /, **details: str) -> FileError:
        found = sentence(why, "unreadable", **details)
        return FileError("NotReadable", where=where, found=found, expected=format_, advice=sentence(advice))

    with Gather(faults):
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
                (c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c).to_pylist()
                for c in content.columns
            ]
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise refusal("damaged_parquet", "write_again", reason=str(problem).splitlines()[0][:200]) from None
        rows = [content.column_names, *zip(*columns, strict=True)]
        return from_rows(rows, name, path.name, None, table, faults)
    return None


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
    for field in schema:
        type_ = field.type.value_type if kinds.is_dictionary(field.type) else field.type
        if not any(fit(type_) for fit in fits):
            where, shown = Where(file=file, column=field.name), str(field.type)
            yield DataError(
                "WrongColumnType", where=where, found=shown[:MOST_OF_TYPE], expected=word("cell", "dataset")
            )
