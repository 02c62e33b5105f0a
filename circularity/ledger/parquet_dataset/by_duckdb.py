"""Sums and questions about a large ledger in SQL, out of core, by DuckDB."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from circularity.errors import CallError, CircularityError, DataError, Where
from circularity.ledger.mass import LARGEST_SUM
from circularity.ledger.parquet_dataset.dataset import FOLDER, Dataset, Part
from circularity.ledger.parquet_dataset.sums import MassScale, joined, schema_of, too_large

# What a list of files would take for a pattern.
_PATTERN_SIGNS = re.compile(r"([\[*?])")


class Session:
    """A DuckDB of its own, with a private temporary folder.

    Parameters
    ----------
    folder : Path
        Folder of the dataset.
    memory : str
        What it may use before it sets parts aside on disk.
    threads : int
    """

    def __init__(self, folder: Path, memory: str, threads: int) -> None:
        self.folder, self.memory, self.threads = folder, memory, threads

    def __enter__(self) -> Session:
        self._temporary = tempfile.TemporaryDirectory(prefix="circularity-")
        self._base = duckdb.connect(
            config={
                "memory_limit": self.memory,
                "threads": self.threads,
                "temp_directory": self._temporary.name,
                # Groups have no order to keep, and keeping that of the rows costs memory.
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        # A bar would be drawn between the lines of an answer, also of one for a program. Where there is none, as in a
        # notebook without ipywidgets, DuckDB refuses to be told so.
        if self._base.sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:
            self._base.execute("SET enable_progress_bar = false")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._temporary.cleanup()

    def sums(self, dataset: Dataset, counted: MassScale, period: int, parts: Sequence[Part]) -> pa.Table:
        """The sums of some files of one period; columns as those of `aggregate`."""
        texts = [f"CAST({quoted(c)} AS VARCHAR) AS {quoted(c)}" for c in dataset.texts]
        numbers = [f"CAST({quoted(c)} AS DOUBLE) AS {quoted(c)}" for c in dataset.numbers]
        keys = ", ".join(map(quoted, dataset.keys))
        query = f"""
            SELECT {keys}, count(*) AS "rows", count(mass) AS known,
                CAST(coalesce(sum(mass), 0) AS DECIMAL(38, 0)) AS mass,
                CAST(coalesce(sum(mass * CAST(mass AS HUGEINT)), 0) AS DECIMAL(38, 0)) AS squares
            FROM (SELECT {", ".join([*texts, *numbers, f"{whole_mass(counted)} AS mass"])}
                  FROM read_parquet(?, hive_partitioning = false))
            GROUP BY {keys}
        """  # noqa: S608  (names of columns of the method, quoted; everything else is bound)
        try:
            table = self.ask(query, [paths(parts)])
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            raise too_large(f"{LARGEST_SUM:.4g}") from None
        table = table.add_column(0, "period", pa.array([period] * len(table), pa.int64()))
        for at, column in enumerate(table.column_names):
            if column in dataset.texts:
                table = table.set_column(at, column, table[column].cast(pa.string()).fill_null(""))
        return joined([table.cast(schema_of(dataset))])

    def ask(self, query: str, values: Sequence[Any]) -> pa.Table:
        """The answer to a query about files.

        Raises
        ------
        DatasetDamaged, MemoryTooSmall
            If they cannot be read to their end, or it takes more memory and disk than there is.
        """
        try:
            return self._base.sql(query, params=list(values)).to_arrow_table()
        except duckdb.OutOfMemoryException:
            raise CallError("MemoryTooSmall", found=self.memory) from None
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            raise
        except duckdb.Error as problem:
            raise damaged(self.folder, problem) from None

    def give(self, name: str, table: pa.Table) -> None:
        """Make a table known under a name."""
        self._base.register(name, table)


def damaged(folder: Path, problem: Exception) -> CircularityError:
    """The error of files that cannot be read, in the words of who tried, without the place on this machine."""
    said = str(problem).splitlines()[0].replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
    return DataError("DatasetDamaged", where=Where(file=f"{FOLDER}/"), found=said)


def rows_of(expressions: Sequence[str]) -> str:
    """A query for the rows of files (bound), with ``part``, the path of the file, and ``line``, counted from 1."""
    return (
        f"SELECT {', '.join(expressions)}, filename AS part, file_row_number + 1 AS line "  # noqa: S608  (of this module)
        "FROM read_parquet(?, hive_partitioning = false, filename = true, file_row_number = true)"
    )


def whole_mass(counted: MassScale) -> str:
    """The expression for the mass of a row as a whole number; the same arithmetic as for a table in CSV."""
    if counted.factors is None:
        return "CAST(mass AS BIGINT)"
    return f"CAST(round_even({kilograms(counted.factors)} / {counted.unit!r}::DOUBLE, 0) AS BIGINT)"


def kilograms(factors: Mapping[str, float]) -> str:
    """The expression for the mass of a row; NULL where the unit is not known."""
    cases = " ".join(f"WHEN {_quoted_text(u)} THEN {f!r}::DOUBLE" for u, f in factors.items())
    return f"(CAST(mass AS DOUBLE) * CASE CAST(unit AS VARCHAR) {cases} END)"


def paths(parts: Sequence[Part]) -> list[str]:
    """The files as a list that no sign in a name turns into a pattern."""
    return [_PATTERN_SIGNS.sub(r"[\1]", str(part.path.resolve())) for part in parts]


def quoted(column: str) -> str:
    """A name of a column as SQL writes it."""
    return '"' + column.replace('"', '""') + '"'


def _quoted_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
