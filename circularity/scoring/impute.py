"""Filling in what is not known, always visibly."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from circularity.errors import ScoringError
from circularity.scoring.steps import State, Step, side_by_side

Array = npt.NDArray[np.float64]


class Impute(Step):
    """Fill in missing values.

    Attributes
    ----------
    way : {"mean", "median", "constant", "latest", "linear"}
        Mean or median over the other units (or, ``by: unit``, over the other indicators of the same parent, each on
        the scale of its lowest to its highest value); a constant; or, in a series, the last known value or a straight
        line between the known ones, which stays level outside them.
    by : {"indicator", "unit"}
        What a mean or median is taken over.
    group : str
        Column of the values; units fill in for units of the same group only.
    value : float
        The constant.
    """

    step: Literal["impute"] = "impute"
    way: Literal["mean", "median", "constant", "latest", "linear"]
    by: Literal["indicator", "unit"] = "indicator"
    group: str = ""
    value: float | None = None
    stage: ClassVar[str] = "imputed"

    def apply(self, state: State) -> State:
        """The state with every value known.

        Raises
        ------
        CannotImpute
            If there is nothing to fill in from; names indicator and unit.
        MissingColumn
            If there is no such group.
        """
        missing = np.isnan(state.x)
        if not missing.any():
            return state
        x = {"constant": self._constant, "latest": self._series, "linear": self._series}.get(self.way, self._middle)(
            state
        )
        left = np.isnan(x)
        if left.any():
            *_, row, column = (int(i[0]) for i in np.nonzero(left))
            period = state.values.periods[row] or None
            raise ScoringError(
                "CannotImpute",
                step="impute",
                way=self.way,
                found=state.structure.leaves[column],
                unit=state.values.units[row],
                period=period,
            )
        for row, column in zip(*np.nonzero(missing.reshape(-1, *missing.shape[-2:])[0]), strict=True):
            unit, period = state.values.units[row], state.values.periods[row] or None
            code, value = state.structure.leaves[column], float(x.reshape(-1, *x.shape[-2:])[0, row, column])
            state.note("impute", code, "filled_in", unit=unit, period=period, value=value)
        return replace(state, x=x)

    def _constant(self, state: State) -> Array:
        return np.where(np.isnan(state.x), np.nan if self.value is None else self.value, state.x)

    def _middle(self, state: State) -> Array:
        x = state.x.copy()
        if self.by == "unit":
            return self._from_siblings(state)
        for rows in self._groups(state):
            part = x[..., rows, :]
            x[..., rows, :] = np.where(np.isnan(part), _middle(part, self.way, -2), part)
        return x

    def _groups(self, state: State) -> list[Array]:
        periods = np.array(state.values.periods)
        labels = np.zeros(len(periods), dtype=object)
        if self.group:
            state.values.check_group(self.group)
            labels = state.values.groups[self.group].to_numpy(dtype=object)
        keys = list(zip(periods.tolist(), labels.tolist(), strict=True))
        return [np.array([k == key for k in keys]) for key in sorted(set(keys), key=str)]

    def _from_siblings(self, state: State) -> Array:
        """The unit's middle place among its other indicators, put back on the scale of the missing one."""
        x, codes = state.x.copy(), state.structure.leaves
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            low, high = np.nanmin(x, axis=-2, keepdims=True), np.nanmax(x, axis=-2, keepdims=True)
            signs = np.array([state.structure[c].direction for c in codes], dtype=float)
            place = (x - low) / np.where(high > low, high - low, np.nan)
            place = np.where(signs > 0, place, 1 - place)
        for parent in {state.structure[c].parent for c in codes}:
            columns = [j for j, c in enumerate(codes) if state.structure[c].parent == parent]
            middle = _middle(place[..., columns], self.way, -1)
            for j in columns:
                mine = middle[..., 0] if signs[j] > 0 else 1 - middle[..., 0]
                back = low[..., 0, j, None] + mine * (high - low)[..., 0, j, None]
                x[..., j] = np.where(np.isnan(x[..., j]), back, x[..., j])
        return x

    def _series(self, state: State) -> Array:
        x = state.x.copy()
        units, periods = np.array(state.values.units, dtype=object), np.array(state.values.periods, dtype=float)
        for unit in sorted(set(units.tolist())):
            rows = np.flatnonzero(units == unit)  # rows are in order of period
            for series in x.reshape(-1, *x.shape[-2:]):
                for column in range(x.shape[-1]):
                    series[rows, column] = self._one_series(periods[rows], series[rows, column])
        return x

    def _one_series(self, periods: Array, y: Array) -> Array:
        known = ~np.isnan(y)
        if not known.any():
            return y
        if self.way == "linear":
            return np.where(known, y, np.interp(periods, periods[known], y[known]))
        last = np.maximum.accumulate(np.where(known, np.arange(len(y)), -1))
        return np.where(last >= 0, y[np.maximum(last, 0)], np.nan)


def _middle(x: Array, way: str, axis: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing known gives nothing, and is named by the step
        middle = (np.nanmean if way == "mean" else np.nanmedian)(side_by_side(x, axis), axis=-1)
    return np.expand_dims(middle, axis)
