"""Adding up a large ledger: one row for every combination of what the method can tell apart.

Three ways give the same bytes: pandas, which is the reference; DuckDB on this machine, which is what is used; and
DuckDB on the workers of a Dask cluster. They can, because masses are whole numbers, whose sum is the same in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from circularity.ledger.mass import LARGEST_SUM
from circularity.ledger.parquet_dataset.dataset import Dataset, Part
from circularity.ledger.parquet_dataset.sums import Aggregation, MassScale, in_order, joined, schema_of, too_large


def aggregate(dataset: Dataset, counted: MassScale, how: Aggregation | None = None) -> pa.Table:
    """The sums of a large ledger by everything that the method can tell apart.

    Parameters
    ----------
    dataset : Dataset
        Without negative masses or masses that are no number; see `circularity.ledger.parquet_dataset.row_checks`.
    counted : MassScale
        How its masses become whole numbers.
    how : Aggregation, optional

    Returns
    -------
    Table
        ``period``, the columns that tell rows apart (texts, empty where not given; numbers, null where not given), and
        ``rows`` (their number), ``known`` (those of known mass), ``mass`` (exact sum) and ``squares`` (exact sum of
        squared masses). Ordered by period and by those columns. [`MassScale.unit`]

    Raises
    ------
    SumTooLarge
        If the sum of all masses is 2**62 or more.
    DatasetDamaged, MemoryTooSmall
        If the files cannot be read to their end, or the sums need more memory and disk than there is.
    ClusterUnreachable, ClusterFailed, WorkerSeesOtherData, MissingLibrary
        If the sums cannot be taken on the cluster.
    """
    how = how or Aggregation()
    if how.way == "pandas":
        return _by_pandas(dataset, counted)
    if how.cluster is not None:
        from circularity.ledger.parquet_dataset.by_dask import by_dask

        return in_order(by_dask(dataset, counted, how), dataset)
    from circularity.ledger.parquet_dataset.by_duckdb import Session  # DuckDB is loaded when it is used

    with Session(dataset.folder, how.memory, how.thread_count) as session:
        partial = [session.sums(dataset, counted, period, parts) for period, parts in dataset.periods()]
    return in_order(joined(partial), dataset)


# The reference ---------------------------------------------------------------------------------------------------


def _by_pandas(dataset: Dataset, counted: MassScale) -> pa.Table:
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


def _whole(frame: pd.DataFrame, counted: MassScale) -> pd.Series[Any]:
    if counted.factors is None:
        return frame["mass"]
    kg = frame["mass"] * frame["unit"].map(counted.factors).astype("float64")
    return np.rint(kg / counted.unit).astype("Int64")
