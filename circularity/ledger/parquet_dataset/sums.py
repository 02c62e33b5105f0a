"""How a large ledger is added up: what may be chosen, the columns of partial sums, how they are joined, their order."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from circularity.errors import CallError, DataError, Where
from circularity.ledger.mass import LARGEST_SUM
from circularity.ledger.parquet_dataset.dataset import FOLDER, Dataset
from circularity.texts import word

# What is summed of every combination.
SUMS = ("rows", "known", "mass", "squares")
# The sum of the squares of masses that together stay below `LARGEST_SUM` has at most 38 digits.
EXACT = pa.decimal128(38, 0)

_MEMORY = re.compile(r"[1-9][0-9]{0,5}(MB|GB)")
_ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}")


@dataclass(frozen=True)
class Aggregation:
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


@dataclass(frozen=True)
class MassScale:
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
    """The columns of `aggregate`, with their types."""
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
