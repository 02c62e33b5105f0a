"""Evaluating one declared formula on given numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CallError, CircularityError, ComputeError, check_argument, meant
from circularity.method.compute_columns import by_quantity, compute_columns, is_column
from circularity.method.indicator import Indicator, outside
from circularity.method.load import Method, load_method
from circularity.texts import LANGUAGES, reason

Given = Mapping[str, float | Sequence[float] | Sequence[str]]

# Reasons, besides the requirements of an indicator, for which numbers are refused: keys of ``reasons`` in texts.yaml.
REFUSALS = ("outside", "not_above", "below_zero", "not_finite", "one_number", "per_part", "zero_denominator")


@dataclass(frozen=True)
class Computed:
    """The value of an indicator for given numbers, with everything that led to it."""

    indicator: str
    value: float
    unit: str
    formula: str
    worked: str
    given: dict[str, Any]
    defaults: dict[str, float]
    terms: dict[str, float] = field(default_factory=dict)
    status: str = "ok"
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The value and its making as plain data."""
        return dict(vars(self))


def compute(
    indicator: Indicator | str,
    given: Mapping[str, Any] | None = None,
    /,
    *,
    method: Method | None = None,
    lang: str = "en",
    **numbers: Any,
) -> Computed | pd.DataFrame:
    """The value of `indicator` for `given` numbers, or its values for columns of numbers.

    Parameters
    ----------
    indicator : Indicator or str
        Declared indicator, or its id.
    given : mapping of str to float, list of float, Series or array, optional
        Numbers by the names of the declaration: its inputs or its quantities, in the units it states. A list holds one
        number per part of one product; a Series or array (or a DataFrame as `given`) one number for each of many cases.
    method : Method, optional
        The method that declares an id; the installed one by default.
    lang : {"nl", "en"}, optional
        Language of the reasons for many cases.
    **numbers
        The same as `given`, by name.

    Returns
    -------
    Computed or DataFrame
        The value with its making; for many cases a table with the index of the columns: ``value``, ``status`` (``ok``,
        ``missing`` or ``not_applicable``) and ``reason``. A case with a number that is unknown or refused has the
        value NaN and says why; it does not stop the others.

    Raises
    ------
    MethodError
        If the method does not declare the indicator.
    ComputeError
        If a name is not one of the formula, or one without default was not given; if columns have another length or
        index. For one case also if a number is out of its bounds, a requirement does not hold, or the formula divides
        by zero.

    Examples
    --------
    >>> round(compute("mci", M=100, F_R=0.25, C_R=0.4, E_F=0.8, E_C=0.75).value, 3)
    0.35
    >>> shares = pd.Series([0.25, 1.2], index=["tile", "brick"])
    >>> compute("mci", M=100, F_R=shares, C_R=0.4, E_F=0.8, E_C=0.75)["status"].to_dict()
    {'tile': 'ok', 'brick': 'missing'}
    """
    check_argument("indicator", indicator, Indicator, str)
    check_argument("given", given, Mapping, pd.DataFrame, optional=True)
    check_argument("method", method, Method, optional=True)
    if isinstance(indicator, str):
        indicator = (method or load_method()).indicator(indicator)
    if lang not in LANGUAGES:
        raise CallError("WrongArgument", name="lang", found=lang, expected=list(LANGUAGES))
    numbers = {**({} if given is None else given), **numbers}
    if indicator.function is not None:  # of which a column is one of its rows
        return compute_one(indicator, {n: list(v) if is_column(v) else v for n, v in numbers.items()})
    if any(map(is_column, numbers.values())):
        return compute_columns(indicator, numbers, lambda i, case: compute_one(i, case).value, lang)
    return compute_one(indicator, numbers)


def compute_one(indicator: Indicator, given: Given) -> Computed:
    """The value of an indicator for one case; see `compute`."""
    if indicator.function is not None:
        return _computed_by(indicator, given)
    whole = by_quantity(indicator, set(given))
    numbers = {name: _numbers(indicator, name, value) for name, value in given.items()}
    if whole:
        values, defaults = _from_quantities(indicator, numbers)
    else:
        values, defaults = _from_rows(indicator, numbers)
    check_requirements(indicator, {**indicator.factors, **values})
    results = {k: float(np.asarray(v)) for k, v in indicator.evaluate(values).items()}
    value = results.pop("")
    if not math.isfinite(value):
        raise zero_denominator(indicator, results) or _refused(indicator, indicator.formula.text, "not_finite")
    _check_result(indicator, value)
    shown = {n: f"{v:.6g}" for n, v in results.items()}
    return Computed(
        indicator=indicator.id,
        value=value,
        unit=indicator.unit,
        formula=indicator.formula.text,
        worked=f"{value:.6g} = {indicator.formula.substituted(shown)}",
        given={n: v[0] if len(v) == 1 else list(v) for n, v in numbers.items()},
        defaults=defaults,
        terms=results,
    )


def _computed_by(indicator: Indicator, given: Mapping[str, Any]) -> Computed:
    """The value of an indicator that is a function, for the columns of its rows."""
    function = indicator.function
    assert function is not None  # noqa: S101  (for the type checker: the caller asked)
    columns = function.function.takes.columns
    for name in given:
        if name not in columns:
            hint = meant(name, columns)
            raise ComputeError("UnknownInput", found=name, expected=list(columns), hint=hint, indicator=indicator.id)
    rows: dict[str, Any] = {}
    for name, kind in columns.items():
        if name not in given:
            raise ComputeError("MissingInput", found=name, expected="…", indicator=indicator.id)
        rows[name] = _names(given[name]) if kind is str else np.array(_numbers(indicator, name, given[name]))[:, None]
        if len(rows[name]) != len(first := rows[next(iter(columns))]):
            raise _refused(indicator, f"{name}: {len(rows[name])}", "per_part", count=len(first))
    value = float(function(rows)[0])
    _check_result(indicator, value)
    return Computed(
        indicator=indicator.id,
        value=value,
        unit=indicator.unit,
        formula=function.text,
        worked=f"{value:.6g} = {function.text}",
        given={n: list(v) for n, v in given.items()},
        defaults={},
    )


def _names(value: Any) -> list[str]:
    return [str(v) for v in ([value] if isinstance(value, str) or not isinstance(value, Sequence) else value)]


def _refused(indicator: Indicator, found: str, rule: str, **details: Any) -> ComputeError:
    """The error for numbers that a rule of all indicators refuses; `rule` is a key of ``reasons``."""
    return ComputeError(
        "ImpossibleInput", found=found, because=reason(rule, **details), rule=rule, indicator=indicator.id
    )


def _check_result(indicator: Indicator, value: float) -> None:
    """Raise `ImpossibleInput` if a result is outside the bounds of the indicator by more than rounding."""
    if indicator.impossible(value):
        low, high = indicator.bounds
        raise _refused(indicator, f"{indicator.id} = {value:.6g}", "outside", low=_end(low), high=_end(high))


def _end(bound: float | None) -> str:
    return "…" if bound is None else f"{bound:g}"


def _numbers(indicator: Indicator, name: str, value: Any) -> list[float]:
    single = isinstance(value, str) or not isinstance(value, (Sequence, np.ndarray))
    found: list[float] = []
    for given in [value] if single else list(value):
        if not isinstance(given, (int, float, np.integer, np.floating)):
            raise _refused(indicator, f"{name} = {given!r}", "not_a_number")
        if not math.isfinite(given):
            raise _refused(indicator, f"{name} = {given}", "not_finite")
        found.append(float(given))
    if not found:
        raise _refused(indicator, f"{name} = []", "one_number")
    return found


def _from_quantities(
    indicator: Indicator, numbers: dict[str, list[float]]
) -> tuple[dict[str, float], dict[str, float]]:
    values, defaults = {}, {}
    for name in [*indicator.quantities, *indicator.whole_inputs]:
        default = indicator.inputs[name].default if name in indicator.inputs else None
        if name not in numbers:
            if default is None:
                raise ComputeError("MissingInput", found=name, expected=indicator.unit_of(name), indicator=indicator.id)
            values[name] = defaults[name] = default
            continue
        if len(numbers[name]) > 1:
            raise _refused(indicator, f"{name} = {numbers[name]}", "one_number")
        values[name] = numbers[name][0]
        if name in indicator.inputs:
            check_bounds(indicator, name, values[name])
        elif values[name] < 0 and indicator.quantities[name].unit == "kg":
            raise _refused(indicator, f"{name} = {values[name]:g}", "below_zero")
    return values, defaults


def _from_rows(indicator: Indicator, numbers: dict[str, list[float]]) -> tuple[dict[str, float], dict[str, float]]:
    rows = max([1, *(len(v) for n, v in numbers.items())])
    columns: dict[str, np.ndarray[Any, Any]] = {}
    defaults: dict[str, float] = {}
    for name, spec in indicator.inputs.items():
        if name not in numbers:
            if spec.default is None:
                raise ComputeError("MissingInput", found=name, expected=spec.unit, indicator=indicator.id)
            defaults[name] = spec.default
            columns[name] = np.full(rows, spec.default)
            continue
        if len(numbers[name]) not in (1, rows):
            raise _refused(indicator, f"{name}: {len(numbers[name])}", "per_part", count=rows)
        if spec.of == "product" and len(numbers[name]) > 1:
            raise _refused(indicator, f"{name} = {numbers[name]}", "one_number")
        for value in numbers[name]:
            check_bounds(indicator, name, value)
        columns[name] = np.broadcast_to(np.array(numbers[name]), (rows,)).astype(float)
    for condition in indicator.requires_of_parts:
        holds = np.broadcast_to(condition.formula(columns), (rows,))
        if not holds.all():
            part = int(np.flatnonzero(~holds)[0])
            shown = {n: f"{columns[n][part]:g}" for n in condition.formula.names}
            raise ComputeError(
                "ImpossibleInput",
                found=", ".join(f"{n} = {v}" for n, v in shown.items()),
                because=condition.because,
                rule=condition.formula.text,
                indicator=indicator.id,
            )
    values: dict[str, float] = {n: float(columns[n][0]) for n in indicator.whole_inputs}
    for name, quantity in indicator.quantities.items():
        way = quantity.over("products")
        if way is None:
            raise ComputeError("MissingInput", found=name, expected=quantity.unit, indicator=indicator.id)
        values[name] = float(np.sum(np.broadcast_to(way.expression(columns), (rows,))))
    return values, defaults


def check_bounds(indicator: Indicator, name: str, value: float) -> None:
    """Raise `ImpossibleInput` if `value` is outside the bounds of the input `name`."""
    spec = indicator.inputs[name]
    low, high = spec.bounds
    if outside(value, spec.bounds):
        raise _refused(indicator, f"{name} = {value:g}", "outside", low=_end(low), high=_end(high))
    if spec.above is not None and value <= spec.above:
        raise _refused(indicator, f"{name} = {value:g}", "not_above", low=f"{spec.above:g}")


def check_requirements(indicator: Indicator, values: Mapping[str, float]) -> None:
    """Raise `ImpossibleInput` if a requirement of the declaration does not hold."""
    for condition in indicator.requires:
        if not bool(condition.formula(values)):
            shown = ", ".join(f"{n} = {values[n]:g}" for n in condition.formula.names)
            raise ComputeError(
                "ImpossibleInput",
                found=shown,
                because=condition.because,
                rule=condition.formula.text,
                indicator=indicator.id,
            )


def zero_denominator(indicator: Indicator, values: Mapping[str, float]) -> CircularityError | None:
    """The error that names the zero denominator of a formula, or None if there is none."""
    for _, formula in indicator.lines():
        for divisor in formula.zero_divisors(values):
            return ComputeError(
                "ZeroDenominator", found=divisor, rule="zero_denominator", indicator=indicator.id, formula=formula.text
            )
    return None
