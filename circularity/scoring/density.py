"""Sensitivity by the whole distribution of a result and not its variance: Borgonovo's delta and PAWN.

From runs as they are, without a design. Computed by SALib; here names are kept and its side effects kept in.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, DataError, ReconciliationError, Where
from circularity.texts import word

Floats = npt.NDArray[np.float64]

COLUMNS = ["factor", "index", "value", "low", "high", "state"]
PAWN_OVER_SLICES = ("minimum", "median", "mean", "maximum")


def delta(
    inputs: pd.DataFrame, result: pd.Series | npt.ArrayLike, *, resamples: int = 100, level: float = 0.95, seed: int = 1
) -> pd.DataFrame:
    """Borgonovo's delta of every factor: how far knowing it moves the density of the result.

    Parameters
    ----------
    inputs : DataFrame, (runs, factors)
    result : array_like, (runs,)
    resamples : int, optional
        Of the bootstrap by which the bias is taken off and the interval is made.
    level : float, optional
        Probability of the interval.
    seed : int, optional

    Returns
    -------
    DataFrame
        ``factor``, ``index`` (``delta``), ``value`` from 0 to 1, ``low``, ``high``, and ``state``: ``ok``;
        ``no_variance``, where the result is the same in all runs, or ``not_estimated``, where SALib could not, as of a
        factor with one value: numbers are missing then. [1]

    Raises
    ------
    NotTheDesign, NotFinite, EmptyTable, WrongArgument
        If `result` does not fit `inputs`, a number is missing, there is nothing, or an argument is not what it can be.

    Notes
    -----
    Not safe in threads: SALib draws from the one global generator of NumPy, which is put back after it.

    References
    ----------
    Borgonovo 2007, doi:10.1016/j.ress.2006.04.015; Plischke et al. 2013, doi:10.1016/j.ejor.2012.11.047.
    """
    x, y, names = _checked(inputs, result)
    if not 0 < level < 1:
        raise CallError("WrongArgument", name="level", found=level, expected="0 < level < 1")
    _at_least(resamples, "resamples")
    if np.ptp(y) == 0:
        return _without_variance(names, ["delta"])
    from SALib.analyze import delta as salib

    with _kept_in(seed):
        found = salib.analyze(_problem(names, x), x, y, num_resamples=resamples, conf_level=level, method="delta")
    # "raw" is delta as it is defined, over the distribution of the factor; "balanced" is over its range, which makes
    # much of tails.
    value, reach = np.asarray(found["delta_raw"], float), np.asarray(found["delta_raw_conf"], float)
    state = np.where(np.isfinite(value), "ok", "not_estimated")
    return pd.DataFrame(
        {"factor": names, "index": "delta", "value": value, "low": value - reach, "high": value + reach, "state": state}
    )


def pawn(inputs: pd.DataFrame, result: pd.Series | npt.ArrayLike, *, slices: int = 10) -> pd.DataFrame:
    """PAWN of every factor: how far the distribution of the result moves when the factor is known to a slice.

    Parameters
    ----------
    inputs : DataFrame, (runs, factors)
    result : array_like, (runs,)
    slices : int, optional
        Parts, with equally many runs, into which each factor is divided.

    Returns
    -------
    DataFrame
        ``factor``, ``index`` (``pawn``), ``value``, the median over the slices of the Kolmogorov-Smirnov distance,
        ``low`` and ``high``, the smallest and largest of them, ``mean``, and ``state`` as for `delta`. [1]

    Raises
    ------
    NotTheDesign, NotFinite, EmptyTable, WrongArgument
        As for `delta`.

    References
    ----------
    Pianosi & Wagener 2018, doi:10.1016/j.envsoft.2018.07.019.
    """
    x, y, names = _checked(inputs, result)
    _at_least(slices, "slices")
    if np.ptp(y) == 0:
        return _without_variance(names, ["pawn"]).assign(mean=np.nan)
    from SALib.analyze import pawn as salib

    with _kept_in(0):
        found = salib.analyze(_problem(names, x), x, y, S=slices)
    low, median, mean, high = (np.asarray(found[k], float) for k in PAWN_OVER_SLICES)
    state = np.where(np.isfinite(median), "ok", "not_estimated")
    return pd.DataFrame(
        {"factor": names, "index": "pawn", "value": median, "low": low, "high": high, "state": state, "mean": mean}
    )


def _checked(inputs: pd.DataFrame, result: Any) -> tuple[Floats, Floats, list[str]]:
    """Inputs and result as numbers, factors in the order of their names, so that the seed gives each the same."""
    if inputs.empty:
        raise DataError("EmptyTable", where=Where(key="inputs"))
    table = inputs[sorted(inputs.columns, key=str)]
    x, y = table.to_numpy(dtype=np.float64), np.asarray(result, dtype=np.float64)
    if y.shape != (len(x),):
        raise CallError("NotTheDesign", found=y.shape, expected=len(x))
    for place, name in enumerate(table.columns):
        if not np.isfinite(x[:, place]).all():
            raise ReconciliationError("NotFinite", where=Where(column=str(name)), found=name)
    if not np.isfinite(y).all():
        raise ReconciliationError("NotFinite", where=Where(row=int(np.argmin(np.isfinite(y))) + 1), found="result")
    return x, y, [str(name) for name in table.columns]


def _at_least(number: int, name: str) -> None:
    if number < 1:
        at_least = {lang: text.format(low=1) for lang, text in word("at_least", "expected").items()}
        raise CallError("WrongArgument", name=name, found=number, expected=at_least)


def _problem(names: list[str], x: Floats) -> dict[str, object]:
    bounds = np.column_stack([x.min(axis=0), x.max(axis=0)]).tolist()
    # Names of our own: SALib refuses some endings, and merges factors whose names are equal.
    return {"num_vars": len(names), "names": [f"x{i}" for i in range(len(names))], "bounds": bounds}


def _without_variance(names: list[str], kinds: list[str]) -> pd.DataFrame:
    rows = [(name, kind, np.nan, np.nan, np.nan, "no_variance") for name in names for kind in kinds]
    return pd.DataFrame(rows, columns=COLUMNS)


@contextmanager
def _kept_in(seed: int) -> Iterator[None]:
    """SALib seeds and draws from the global generator and changes how warnings look: all is put back after it.

    Its warnings are kept in as well: they are about estimates that are not used here, or say what `state` says.
    """
    state, form = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    try:
        with warnings.catch_warnings(record=True):
            np.random.seed(seed)  # noqa: NPY002
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
        warnings.formatwarning = form
