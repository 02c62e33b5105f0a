"""Numbers outside the plausibility bounds of the method: no faults, but worth a look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import sentence
from circularity.ledger.mass import to_kg
from circularity.ledger.raw import RawTable
from circularity.method.factors import Bound
from circularity.method.load import Method
from circularity.texts import LANGUAGES, Texts

Array = npt.NDArray[np.float64]
# Makes a warning: its kind, the table, a column, which rows, and the details of its sentence.
Make = Callable[..., Iterator[Any]]

# The 0.75 quantile of the standard normal distribution: with it, a modified z-score of normal data is a z-score.
NORMAL = 0.6745
# Exactly a factor off the median is not more than that, whatever the unit it was computed in.
NEARLY = 1 + 1e-9


def implausible(raw: RawTable, method: Method, make: Make) -> Iterator[Any]:
    """A warning for every bound that numbers of a table are outside of.

    Parameters
    ----------
    raw : RawTable
        A table as read, without faults.
    method : Method
        Its ``plausibility.csv`` holds the bounds.
    make : callable
        Makes the warning.

    Yields
    ------
    DataWarning
        In the order of the bounds.

    References
    ----------
    .. [1] Iglewicz and Hoaglin (1993), How to detect and handle outliers, section 3.
    """
    for bound in method.plausibility:
        if bound.spec.table != raw.name or not set(bound.quantity.names) <= set(raw.cells):
            continue
        if raw.condensed and "mass" in bound.quantity.names:
            continue  # the bounds are those of one mass, not of the sum of a group
        values = np.broadcast_to(bound.quantity(_numbers(raw, bound, method)), len(raw.rows)).astype("float64")
        if bound.spec.kind == "range":
            yield from _range(raw, bound, values, make)
        else:
            yield from _outliers(raw, bound, values, make)


def _numbers(raw: RawTable, bound: Bound, method: Method) -> dict[str, Array]:
    """The columns that the quantity of a bound names; masses in kg, what is unknown not a number."""
    columns = {}
    for name in bound.quantity.names:
        numbers = pd.to_numeric(raw.cells[name], errors="coerce").astype("float64")
        if method.tables[raw.name].columns[name].kind == "mass":
            unit = raw.cells["unit"] if "unit" in raw.cells else pd.Series("kg", index=numbers.index)
            numbers = to_kg(numbers, unit.where(unit != "", "kg"), method.vocabularies["units"])
        columns[name] = numbers.to_numpy()
    return columns


def _range(raw: RawTable, bound: Bound, values: Array, make: Make) -> Iterator[Any]:
    least = -np.inf if bound.spec.low is None else bound.spec.low
    most = np.inf if bound.spec.high is None else bound.spec.high
    outside = np.isfinite(values) & ((values < least) | (values > most))
    if not outside.any():
        return
    furthest = values[outside][np.argmax(np.maximum(least - values[outside], values[outside] - most))]
    yield from make(
        "implausible",
        raw,
        bound.quantity.names[0],
        outside,
        of=bound.spec.of,
        found=_shown(float(furthest), bound),
        bounds=_bounds(bound),
        why=bound.spec.why,
    )


def _outliers(raw: RawTable, bound: Bound, values: Array, make: Make) -> Iterator[Any]:
    """Numbers whose logarithm is far from the median of the rows they are like, seen against the spread of those."""
    positive = np.isfinite(values) & (values > 0)
    logs = pd.Series(np.log(np.where(positive, values, np.nan)))
    groups = [raw.cells[name].reset_index(drop=True) for name in bound.groups if name in raw.cells]
    by: Any = groups or np.zeros(len(logs), dtype="int64")
    median = logs.groupby(by).transform("median")
    distance = (logs - median).abs()
    spread = distance.groupby(by).transform("median")
    enough = logs.groupby(by).transform("count") >= (bound.spec.fewest or 0)
    far = (NORMAL * distance > float(bound.spec.high or np.inf) * spread) & (spread > 0) & enough
    outside = (far & (distance > NEARLY * np.log(bound.spec.factor or 1))).to_numpy()
    if not outside.any():
        return
    worst = int(distance.where(outside).argmax())
    yield from make(
        "far_from_others",
        raw,
        bound.quantity.names[0],
        outside,
        of=bound.spec.of,
        found=_shown(float(values[worst]), bound),
        median=_shown(float(np.exp(median.iloc[worst])), bound),
        by=bound.groups,
        why=bound.spec.why,
    )


def _shown(value: float, bound: Bound) -> Mapping[str, str]:
    return {lang: Texts(lang).value(value, bound.spec.unit, "number") for lang in LANGUAGES}


def _bounds(bound: Bound) -> Mapping[str, str]:
    low, high = (None if end is None else _shown(end, bound) for end in (bound.spec.low, bound.spec.high))
    if low is None:
        return sentence("to", "plausible", high=high)
    if high is None:
        return sentence("from", "plausible", low=low)
    return sentence("from_to", "plausible", low=low, high=high)
