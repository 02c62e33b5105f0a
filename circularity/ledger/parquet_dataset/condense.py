"""Condensing a large ledger: one row for every combination of what the method can tell apart.

Three ways give the same bytes: pandas, which is the reference; DuckDB on this machine, which is what is used; and
DuckDB on the workers of a Dask cluster. They can, because masses are whole numbers, whose sum is the same in any order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from circularity.errors import CallError, DataError, Where
from circularity.ledger.mass import LARGEST_SUM
from circularity.ledger.parquet_dataset.dataset import FOLDER, Dataset, Part
from circularity.texts import word

# What is summed of every combination.
SUMS = ("rows", "known", "mass", "squares")
# The sum of the squares of masses that together stay below `LARGEST_SUM` has at most 38 digits.
EXACT = pa.decimal128(38, 0)

_MEMORY = re.compile(r"[1-9][0-9]{0,5}(MB|GB)")
_ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}")


@dataclass(frozen=True)
class Condensing:
    """How a large ledger is added up; whatever is chosen, the sums are the same.

    Attributes
    ----------
    memory : str
        What DuckDB may use before it sets parts aside on disk, such as ``600MB``. With a cluster: each of its tasks.
    threads : int, optional
        Threads on this machine; all there are by default. A task of a cluster has one.
    cluster : str, optional
        Address of the scheduler of a Dask cluster whose workers see the ledger under the same path. What is sent to it
        is neither encrypted nor signed, unless it is ``tls://`` and Dask is set up for that.
    way : {"duckdb", "pandas"}
        ``pandas`` is the reference: one file at a time, slow and plain.

    Raises
    ------
    WrongArgument
        If one of them is not what it can be.
    """

    memory: str = "600MB"
    threads: int | None = None
    cluster: str | None = None
    way: Literal["duckdb", "pandas"] = "duckdb"

    def __post_init__(self) -> None:
        if not _MEMORY.fullmatch(self.memory):
            raise CallError("WrongArgument", name="memory", found=self.memory, expected=word("memory", "cluster"))
        if self.threads is not None and self.threads < 1:
            raise CallError("WrongArgument", name="threads", found=self.threads, expected=">= 1")
        if self.cluster is not None and not _ADDRESS.fullmatch(self.cluster):
            raise CallError("WrongArgument", name="cluster", found=self.cluster, expected=word("address", "cluster"))

    @property
    def thread_count(self) -> int:
        """The number of threads on this machine."""
        return self.threads or os.cpu_count() or 1


def condense(dataset: Dataset, counted: Counted, how: Condensing | None = None) -> pa.Table:
    """The sums of a large ledger by everything that the method can tell apart.

    Parameters
    ----------
    dataset : Dataset
        Without negative masses or masses that are no number; see `circularity.ledger.parquet_dataset.row_checks`.
    counted : Counted
        How its masses become whole numbers.
    how : Condensing, optional

    Returns
    -------
    Table
        ``period``, the columns that tell rows apart (texts, empty where not given; numbers, null where not given), and
        ``rows`` (their number), ``known`` (those of known mass), ``mass`` (exact sum) and ``squares`` (exact sum of
        squared masses). Ordered by period and by those columns. [`Counted.unit`]

    Raises
    ------
    SumTooLarge
        If the sum of all masses is 2**62 or more.
    DatasetDamaged, MemoryTooSmall
        If the files cannot be read to their end, or the sums need more memory and disk than there is.
    ClusterUnreachable, ClusterFailed, WorkerSeesOtherData, MissingLibrary
        If the sums cannot be taken on the cluster.
    """
    how = how or Condensing()
    if how.way == "pandas":
        return _by_pandas(dataset, counted)
    if how.cluster is not None:
        from circularity.ledger.parquet_dataset.by_dask import by_dask

        return in_order(by_dask(dataset, counted, how), dataset)
    from circularity.ledger.parquet_dataset.by_duckdb import Session

    with Session(dataset.folder, how.memory, how.thread_count) as session:
        partial = [session.sums(dataset, counted, period, parts) for period, parts in dataset.periods()]
    return in_order(joined(partial), dataset)


@dataclass(frozen=True)
class Counted:
    """How the column ``mass`` becomes whole numbers.

    Attributes
    ----------
    unit : float
        What one stands for. [kg]
    factors : dict of str to float, optional
        Kilograms in every unit of the column ``unit``; None when masses are whole numbers of `unit` already.
    """

    unit: float
    factors: dict[str, float] | None = None


def schema_of(dataset: Dataset) -> pa.Schema:
    """The columns of `condense`, with their types."""
    return pa.schema(
        [("period", pa.int64())]
        + [(c, pa.string()) for c in dataset.texts]
        + [(c, pa.float64()) for c in dataset.numbers]
        + [("rows", pa.int64()), ("known", pa.int64()), ("mass", EXACT), ("squares", EXACT)]
    )


def joined(partial: Sequence[pa.Table]) -> pa.Table:
    """Partial sums as one table: combinations that occur in several are added up, exactly."""
    table = pa.concat_tables(partial)
    keys = [c for c in table.column_names if c not in SUMS]
    sums = table.group_by(keys, use_threads=False).aggregate([(c, "sum") for c in SUMS])
    names = [c.removesuffix("_sum") for c in sums.column_names]
    return sums.rename_columns(names).select(table.column_names)


def in_order(table: pa.Table, dataset: Dataset) -> pa.Table:
    """The table in its one order, masses as 64-bit numbers.

    Raises
    ------
    SumTooLarge
        If the sum of all masses is 2**62 or more.
    """
    total = sum(int(m) for m in table["mass"].to_pylist())
    if total >= LARGEST_SUM:
        raise too_large(f"{total:.4g}")
    keys = ["period", *dataset.keys]
    order = pc.sort_indices(table, [(c, "ascending") for c in keys])
    table = table.take(order).combine_chunks()
    at = table.column_names.index("mass")
    return table.set_column(at, "mass", table["mass"].cast(pa.int64()))


def too_large(found: str) -> DataError:
    """The error of a sum that does not fit."""
    at_least = {lang: text.format(found=found) for lang, text in word("at_least", "dataset").items()}
    limit = {lang: text.format(limit=f"{LARGEST_SUM:.4g}") for lang, text in word("below", "dataset").items()}
    return DataError("SumTooLarge", where=Where(file=f"{FOLDER}/", column="mass"), found=at_least, expected=limit)


# The reference ---------------------------------------------------------------------------------------------------


def _by_pandas(dataset: Dataset, counted: Counted) -> pa.Table:
    """The sums with whole numbers of Python, which have no end, one file after the other."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for period, parts in dataset.periods():
        for part in parts:
            frame = _read(part, dataset)
            mass = _whole(frame, counted)
            frame = frame.assign(known=mass.notna().astype("int64"), mass=mass.fillna(0).astype(object))
            frame["squares"] = frame["mass"] ** 2
            for key, rows in frame.groupby(dataset.keys, dropna=False, sort=False)[["known", "mass", "squares"]]:
                sums = found.setdefault((period, *(None if v != v else v for v in key)), [0, 0, 0, 0])
                for place, value in enumerate((len(rows), *(int(rows[c].sum()) for c in rows))):
                    sums[place] += value
    columns = list(zip(*([*key, *sums] for key, sums in found.items()), strict=True))
    schema = schema_of(dataset)
    total = sum(sums[2] for sums in found.values())
    if total >= LARGEST_SUM:
        raise too_large(f"{total:.4g}")
    return in_order(pa.table([pa.array(c, t) for c, t in zip(columns, schema.types, strict=True)], schema), dataset)


def _read(part: Part, dataset: Dataset) -> pd.DataFrame:
    columns = [*dataset.keys, "mass", *(["unit"] if dataset.mass_unit is None else [])]
    table = pq.ParquetFile(part.path).read(columns)
    cells: dict[str, Iterable[Any]] = {}
    for column in columns:
        values = table[column].to_pylist()
        if column == "mass":
            cells[column] = pd.array(values, dtype="Float64" if dataset.mass_unit is None else "Int64")
        elif column in dataset.numbers:
            cells[column] = np.array([np.nan if v is None else float(v) for v in values], dtype="float64")
        else:
            cells[column] = pd.array(["" if v is None else v for v in values], dtype="str")
    return pd.DataFrame(cells, columns=columns)


def _whole(frame: pd.DataFrame, counted: Counted) -> pd.Series[Any]:
    if counted.factors is None:
        return frame["mass"]
    kg = frame["mass"] * frame["unit"].map(counted.factors).astype("float64")
    return np.rint(kg / counted.unit).astype("Int64")
