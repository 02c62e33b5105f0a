"""A table of a fieldlab in Parquet."""

from __future__ import annotations

from pathlib import Path

from circularity.errors import CircularityError, NotReadable, Where, sentence
from circularity.ledger.raw import RawTable, from_rows
from circularity.method.declarations import Table
from circularity.method.files import regular_file
from circularity.method.fitting import Gather
from circularity.texts import word

# A file on disk is small for what it holds; every cell becomes a text of its own here. [bytes, cells]
LARGEST_PARQUET = 500_000_000
MOST_CELLS = 50_000_000


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

    def refusal(why: str, advice: str, /, **details: str) -> NotReadable:
        found = sentence(why, "unreadable", **details)
        return NotReadable(where=where, found=found, expected=format_, advice=sentence(advice))

    with Gather(faults):
        real = regular_file(path, where, format_, LARGEST_PARQUET, inside)
        try:
            with pq.ParquetFile(real) as file:
                about = file.metadata
                if about.num_rows * about.num_columns > MOST_CELLS:
                    raise refusal("many_cells", "make_dataset", cells=f"{about.num_rows} × {about.num_columns}")
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
