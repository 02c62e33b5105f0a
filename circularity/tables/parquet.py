"""Reading Parquet: the rows of a file whose columns hold cells, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from circularity.errors import CircularityError, DataError, DataFaults, FileError, Where, sentence
from circularity.tables.files import regular_file
from circularity.texts import word

# A file on disk is small for what it holds; every cell becomes a text of its own here. [bytes, cells]
LARGEST_PARQUET = 500_000_000
MOST_CELLS = 50_000_000
# Letters of the name of a type that an error shows: a structure names all its parts.
MOST_OF_TYPE = 100


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
