"""A large ledger as the table of flows: every row stands for all rows that the method cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from circularity.errors import CallError, CircularityError
from circularity.ledger.mass import LARGEST_SUM
from circularity.ledger.parquet_dataset.aggregate import aggregate
from circularity.ledger.parquet_dataset.dataset import FOLDER, Dataset, open_dataset
from circularity.ledger.parquet_dataset.sums import Aggregation
from circularity.ledger.raw import RawTable
from circularity.method.load import Method
from circularity.tables.cells import UNKNOWN

# As a number with this behind it, a whole number of a unit is one of kilograms.
_EXPONENT = {1e-3: "e-3", 1e-6: "e-6", 1e-9: "e-9", 1e-12: "e-12"}


@dataclass
class AggregatedTable(RawTable):
    """The flows of a dataset, taken together where nothing in the method tells them apart.

    A row of `cells` is a group; its number is its place in the order of `aggregate`.

    Attributes
    ----------
    dataset : Dataset
    how : Aggregation
    keys : list of tuple
        Period and values of `Dataset.keys` of every group.
    counts : ndarray of int
        Rows in every group.
    mass : ndarray of int
        Exact sum of every group, 0 where unknown. [`mass_unit`]
    known : ndarray of bool
        Whether the masses of a group are known: rows with an unknown mass are a group of their own.
    concentration : ndarray of float
        Sum of the squared masses over the square of their sum: 1 for one row, 1/n for n equal ones. [1]
    mass_unit : float
        [kg]
    """

    dataset: Dataset = field(kw_only=True)
    how: Aggregation = field(kw_only=True)
    keys: list[tuple[Any, ...]] = field(kw_only=True, repr=False)
    counts: npt.NDArray[np.int64] = field(kw_only=True, repr=False)
    mass: npt.NDArray[np.int64] = field(kw_only=True, repr=False)
    known: npt.NDArray[np.bool_] = field(kw_only=True, repr=False)
    concentration: npt.NDArray[np.float64] = field(kw_only=True, repr=False)
    mass_unit: float = field(kw_only=True)

    @property
    def condensed(self) -> bool:
        """That a row stands for all rows of the data that the method cannot tell apart."""
        return True

    def located(self, faults: Sequence[CircularityError]) -> list[CircularityError]:
        """The faults, those of groups with the first row that has them, and how many rows do."""
        return located(faults, self)

    def count(self, chosen: npt.NDArray[np.bool_]) -> int:
        """The number of rows in the chosen groups."""
        return int(self.counts[chosen].sum())

    def numbers(self, chosen: npt.NDArray[np.bool_]) -> tuple[int, ...]:
        """No row: a group has many, and none of its own."""
        return ()


def aggregated_flows(
    folder: Path, method: Method, how: Aggregation, faults: list[CircularityError]
) -> AggregatedTable | None:
    """The flows of the dataset in a folder.

    Parameters
    ----------
    folder : Path
        Folder of the dataset.
    method : Method
        Its table of flows says which columns tell rows apart.
    how : Aggregation
    faults : list of CircularityError
        Takes every fault of the files, their columns and what no sum shows.

    Returns
    -------
    AggregatedTable or None
        None when the flows could not be added up.

    Raises
    ------
    MemoryTooSmall, ClusterUnreachable, MissingLibrary
        If they cannot be added up in the way that was asked for.
    """
    from circularity.ledger.parquet_dataset.row_checks import check_rows

    dataset = open_dataset(folder, method.tables["flows"], faults)
    if dataset is None:
        return None
    try:
        as_whole = check_rows(dataset, method, how, faults)
        if as_whole is None:
            return None
        table = aggregate(dataset, as_whole, how)
    except CallError:
        raise
    except CircularityError as problem:
        faults.append(problem)
        return None
    return _as_flows(table, dataset, how, as_whole.unit, method.tables["flows"].columns["mass"].max)


def _as_flows(table: pa.Table, dataset: Dataset, how: Aggregation, unit: float, most: float | None) -> AggregatedTable:
    columns = {c: table[c].to_pylist() for c in table.column_names}
    rows, known = np.array(columns["rows"], dtype=np.int64), np.array(columns["known"], dtype=np.int64)
    # Rows of known mass and rows of unknown mass of one group become two: nothing turns unknown into zero.
    first, second = np.flatnonzero(known > 0), np.flatnonzero(known < rows)
    place = np.concatenate([first, second])
    is_known = np.arange(len(place)) < len(first)
    order = np.lexsort([~is_known, place])
    place, is_known = place[order], is_known[order]
    largest = LARGEST_SUM if most is None else min(LARGEST_SUM, int(most / unit))
    mass = np.where(is_known, np.array(columns["mass"], dtype=np.int64)[place], 0)
    squares = [int(columns["squares"][i]) for i in place]
    cells = {"period": [str(columns["period"][i]) for i in place]}
    for column in dataset.keys:
        values = columns[column]
        cells[column] = [values[i] if column in dataset.texts else _number(values[i]) for i in place]
    # What no single mass may be was told of its row; for a sum there is no such bound.
    bounded = np.clip(mass, 0, largest)
    cells["mass"] = [f"{m}{_EXPONENT[unit]}" if k else UNKNOWN for m, k in zip(bounded, is_known, strict=True)]
    cells["unit"] = ["kg"] * len(place)
    names = ["period", *dataset.keys]
    return AggregatedTable(
        "flows",
        f"{FOLDER}/",
        None,
        pd.DataFrame({c: pd.Series(v, dtype=str) for c, v in cells.items()}),
        np.arange(1, len(place) + 1, dtype=np.int64),
        dataset=dataset,
        how=how,
        keys=[tuple(columns[c][i] for c in names) for i in place],
        counts=np.where(is_known, known[place], rows[place] - known[place]),
        mass=mass,
        known=is_known,
        concentration=np.array(
            [q / int(m) ** 2 if m > 0 else 1.0 for q, m in zip(squares, mass, strict=True)], dtype=np.float64
        ),
        mass_unit=unit,
    )


def _number(value: float | None) -> str:
    """A number as a cell; one that is none (NaN) stays what it is, and so a fault."""
    return "" if value is None else repr(value).removesuffix(".0")


def located(faults: Sequence[CircularityError], raw: AggregatedTable) -> list[CircularityError]:
    """The faults, those of groups with the file and number of the first row that has them, and how many rows do.

    A fault that many groups have for the same reason is one.
    """
    from circularity.ledger.parquet_dataset.row_checks import first_rows, told_of

    found: list[CircularityError] = []
    alike: dict[tuple[Any, ...], int] = {}
    groups: dict[int, list[int]] = {}
    for fault in faults:
        if fault.where.file != raw.file or fault.where.row is None:
            found.append(fault)
            continue
        # Faults of one text share what they say about it.
        same = (fault.code, fault.where.column, *((n, _identity(v)) for n, v in fault.details.items()))
        if same not in alike:
            alike[same] = len(found)
            found.append(fault)
        groups.setdefault(alike[same], []).append(fault.where.row - 1)
    asked = [(place, raw.keys[g][0], raw.keys[g][1:]) for place, gs in groups.items() for g in gs]
    first = first_rows(raw.dataset, raw.how, asked)
    for place, gs in groups.items():
        fault = found[place]
        where = replace(fault.where, file=first[place].file, row=first[place].row)
        found[place] = told_of(fault.code, where, int(raw.counts[gs].sum()), fault.details)
    return found


def _identity(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else id(value)
