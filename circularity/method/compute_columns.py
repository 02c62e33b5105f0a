"""Evaluating one declared formula on columns of numbers: a value for each row, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CircularityError, ComputeError, meant
from circularity.method.indicator import Indicator, outside
from circularity.tables.cells import UNKNOWN
from circularity.texts import reason

Array = npt.NDArray[np.float64]
# Errors about the call and not about the numbers of one row.
OF_THE_CALL = ("UnknownInput", "MissingInput")


def is_column(value: object) -> bool:
    """Whether a value is a column of numbers, one for each case; a list holds one number per part of a product."""
    return isinstance(value, (pd.Series, pd.Index)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def by_quantity(indicator: Indicator, names: set[str]) -> bool:
    """Whether the numbers are quantities of the formula, and not inputs of which these are sums.

    Raises
    ------
    ComputeError
        If a name is neither.
    """
    inputs, quantities = set(indicator.inputs), set(indicator.quantities)
    whole = quantities | set(indicator.whole_inputs)
    found = not inputs or (bool(names) and names <= whole and not names <= inputs)
    allowed = whole if found else inputs
    for name in sorted(names - allowed):
        hint = meant(name, allowed)
        raise ComputeError("UnknownInput", found=name, expected=sorted(allowed), hint=hint, indicator=indicator.id)
    return found


def status_of(error: CircularityError) -> str:
    """The status of a figure that an error is about."""
    return "not_applicable" if error.code == "ZeroDenominator" else "missing"


def compute_columns(
    indicator: Indicator, given: Mapping[str, Any], one: Callable[[Indicator, Mapping[str, Any]], float], lang: str
) -> pd.DataFrame:
    """The values of an indicator for many cases.

    Parameters
    ----------
    indicator : Indicator
    given : mapping of str to column, float or list of float
        At least one column; what is not a column holds for every case.
    one : callable
        Gives the value of one case, or raises; asked where a column cannot be worked out as a whole.
    lang : {"nl", "en"}
        Language of the reasons.

    Returns
    -------
    DataFrame
        ``value``, ``status`` and ``reason`` with the index of the columns.

    Raises
    ------
    ComputeError
        If a name is not one of the formula, one without default is not given, or columns are not equally long.
    """
    index = _common_index(indicator, given)
    columns = {name: np.asarray(value) for name, value in given.items() if is_column(value)}
    _check_names(indicator, {name: 1.0 if name in columns else value for name, value in given.items()}, one)
    numbers = {
        name: pd.to_numeric(pd.Series(column), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        for name, column in columns.items()
    }
    rest = {name: value for name, value in given.items() if name not in columns}
    single = all(isinstance(value, (int, float, np.integer, np.floating)) for value in rest.values())
    value = _at_once(indicator, {**numbers, **rest}, len(index)) if single else np.full(len(index), np.nan)
    status, why = np.full(len(index), "ok", dtype=object), np.full(len(index), "", dtype=object)
    for row in np.flatnonzero(np.isnan(value)):
        case = {name: _plain(column[row]) for name, column in columns.items()}
        value[row], status[row], why[row] = _one_case(indicator, {**case, **rest}, one, lang)
    return pd.DataFrame({"value": value, "status": status.astype(str), "reason": why.astype(str)}, index=index)


def _common_index(indicator: Indicator, given: Mapping[str, Any]) -> pd.Index:
    """The index of the columns, which all have; arrays have none and need to be as long."""
    index: pd.Index | None = None
    for value in given.values():
        if isinstance(value, pd.Series):
            index = value.index if index is None else index
    for name, value in given.items():
        if not is_column(value):
            continue
        if isinstance(value, np.ndarray) and value.ndim > 1:
            raise _unlike(indicator, f"{name}: {value.shape}", "one_dimension")
        index = pd.RangeIndex(len(value)) if index is None else index
        if len(value) != len(index):
            raise _unlike(indicator, f"{name}: {len(value)}", "per_case", count=len(index))
        if isinstance(value, pd.Series) and not value.index.equals(index):
            raise _unlike(indicator, name, "other_index")
    assert index is not None  # noqa: S101  (for the type checker: there is a column)
    return index


def _unlike(indicator: Indicator, found: str, rule: str, **details: Any) -> ComputeError:
    because = reason(rule, **details)
    return ComputeError("ImpossibleInput", found=found, because=because, rule=rule, indicator=indicator.id)


def _check_names(indicator: Indicator, case: Mapping[str, Any], one: Callable[..., float]) -> None:
    """Raise what is wrong with the call as a whole, whatever the numbers."""
    try:
        one(indicator, case)
    except CircularityError as error:
        if error.code in OF_THE_CALL:
            raise


def _at_once(indicator: Indicator, given: Mapping[str, Any], count: int) -> Array:
    """The values of all cases of which each number is within its bounds; NaN where `one` has to say what is wrong."""
    sure = np.ones(count, dtype=bool)
    filled: dict[str, Any] = {
        name: np.broadcast_to(np.asarray(value, dtype=float), count) for name, value in given.items()
    }
    with np.errstate(all="ignore"):
        for name, column in filled.items():
            sure &= np.isfinite(column)
            spec = indicator.inputs.get(name)
            if spec is not None:
                sure &= ~outside(column, spec.bounds) & (True if spec.above is None else column > spec.above)
            elif indicator.quantities[name].unit == "kg":
                sure &= column >= 0
        defaults = {n: s.default for n, s in indicator.inputs.items() if n not in filled and s.default is not None}
        filled |= {name: np.full(count, default) for name, default in defaults.items()}
        values = filled
        if not by_quantity(indicator, set(given)):
            for condition in indicator.requires_of_parts:
                sure &= condition.formula(filled).astype(bool)
            values = {name: filled[name] for name in indicator.whole_inputs}
            for name, quantity in indicator.quantities.items():
                way = quantity.over("products")
                assert way is not None  # noqa: S101  (for the type checker: the names were checked)
                values[name] = way.expression(filled)
        for condition in indicator.requires:
            sure &= np.broadcast_to(condition.formula({**indicator.factors, **values}), count).astype(bool)
        value = np.broadcast_to(np.asarray(indicator.evaluate(values)[""], dtype=float), count)
        sure &= np.isfinite(value) & ~indicator.impossible(value)
    return np.where(sure, value, np.nan)


def _one_case(
    indicator: Indicator, case: Mapping[str, Any], one: Callable[..., float], lang: str
) -> tuple[float, str, str]:
    """Value, status and reason of one case; what is not known is never zero."""
    unknown = [name for name, value in case.items() if value is None or value == UNKNOWN]
    if unknown:
        return np.nan, "missing", reason("not_known", names=", ".join(unknown))[lang]
    try:
        return one(indicator, case), "ok", ""
    except CircularityError as error:
        return np.nan, status_of(error), error.text(lang)


def _plain(cell: Any) -> Any:
    """A cell as a plain value; None when it is empty."""
    return None if pd.isna(cell) else cell.item() if isinstance(cell, np.generic) else cell
