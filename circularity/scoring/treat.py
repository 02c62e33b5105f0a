"""Outliers: values so far out that they would decide the score of everybody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from circularity.errors import ScoringError
from circularity.scoring.steps import State, Step, as_before, by_column, parts_of
from circularity.scoring.tree import ScoreNode

Array = npt.NDArray[np.float64]
Way = Literal["none", "winsorise", "log", "log_either_way", "winsorise_then_log", "box_cox"]


class Treat(Step):
    """Treat the indicators whose distribution is far from symmetric.

    An indicator passes when its skewness is below `skewness` or its excess kurtosis below `kurtosis` (both
    bias-adjusted). One that fails is winsorised: the highest value (the lowest when skewness is below zero) is set to
    the next one, one value at a time, until it passes or `most_points` were set; when it still fails, it is taken as
    it was and its logarithm is used, ln(x - min + `shift` (max - min)). A row of the structure may name another way.

    Attributes
    ----------
    way : str
        ``winsorise_then_log`` as described above; ``winsorise``, ``log``, ``log_either_way`` (mirrored when skewness is
        below zero) or ``box_cox`` by itself; ``none``.
    skewness, kurtosis : float
        Limits of the test.
    most_points : int
        Most values that may be set, in all.
    shift : float
        What keeps the logarithm of the lowest value finite, as part of the range.
    power : float
        Exponent of the Box-Cox transformation (x^p - 1) / p; ln x when it is 0.
    over : {"all", "period"} or int
        Rows that are looked at: all, each period by itself, or those of a base year, whose limits then hold for all.
    rows : bool
        Whether rows of the structure may name another way.

    References
    ----------
    Becker et al. (2022), COINr, JOSS 7(78), 4567: `Treat`, `winsorise`, `log_CT`.
    """

    step: Literal["treat"] = "treat"
    way: Way
    skewness: float = Field(gt=0)
    kurtosis: float = Field(gt=0)
    most_points: int = Field(ge=0)
    shift: float = Field(default=0.01, gt=0)
    power: float = 0.0
    over: Literal["all", "period"] | int = "all"
    rows: bool = True
    stage: ClassVar[str] = "treated"

    def apply(self, state: State) -> State:
        """The state with treated indicators.

        Raises
        ------
        NotPositive
            If a logarithm or Box-Cox transformation meets a value that is not above zero; names indicator and unit.
        """
        x = state.x.copy()
        for way in sorted({self.way_of(node) for node in state.leaves()} - {"none"}):
            columns = [j for j, node in enumerate(state.leaves()) if self.way_of(node) == way]
            for seen, changed in parts_of(state, self.over, self.step):
                fitted = self._fit(by_column(x[..., seen, :][..., columns]), way)
                part = x[..., changed, :][..., columns]
                treated = as_before(self._treated(by_column(part), fitted), part)
                self._refuse(state, part, treated, columns, np.flatnonzero(changed), fitted)
                for i, column in enumerate(columns):
                    x[..., changed, column] = treated[..., i]
                self._tell(state, fitted, columns)
        return replace(state, x=x)

    def way_of(self, node: ScoreNode) -> str:
        """How an indicator is treated: as its row asks, else as this step says."""
        return (node.treatment if self.rows else "") or self.way

    def _passes(self, x: Array) -> npt.NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            fails = (np.abs(skewness(x)) >= self.skewness) & (kurtosis(x) >= self.kurtosis)
        return ~fails

    def _fit(self, x: Array, way: str) -> _Fitted:
        """How each column is to be treated, from the rows that are looked at. `x` has shape (columns, rows)."""
        fitted = _Fitted.nothing(len(x))
        failing = np.flatnonzero(~self._passes(x))
        if way in ("winsorise", "winsorise_then_log"):
            failing = self._winsorise(x, failing, fitted)
            if way == "winsorise":
                return fitted
            fitted.high[failing], fitted.low[failing] = np.inf, -np.inf
            fitted.highest[failing] = fitted.lowest[failing] = 0
        if way == "box_cox":
            fitted.box_cox[failing] = True
            return fitted
        if len(failing):
            least, most = np.nanmin(x[failing], axis=1), np.nanmax(x[failing], axis=1)
            mirrored = (skewness(x[failing]) < 0) & (way == "log_either_way")
            fitted.sign[failing] = np.where(mirrored, -1.0, 1.0)
            fitted.start[failing] = np.where(mirrored, -most, least) - self.shift * (most - least)
        return fitted

    def _winsorise(self, x: Array, failing: npt.NDArray[np.int_], fitted: _Fitted) -> npt.NDArray[np.int_]:
        """Set limits for the columns `failing`; those that fail all the same come back."""
        if not len(failing):
            return failing
        now, ordered = x[failing].copy(), np.sort(x[failing], axis=1)  # NaN comes last
        count = np.sum(~np.isnan(ordered), axis=1)
        above, below = np.zeros(len(failing), dtype=int), np.zeros(len(failing), dtype=int)
        open_ = np.arange(len(failing))
        for _ in range(self.most_points):
            open_ = open_[count[open_] - above[open_] - below[open_] > 2]
            if not len(open_):
                break
            up = skewness(now[open_]) >= 0
            above[open_] += up
            below[open_] += ~up
            low = ordered[open_, below[open_]][:, None]
            high = ordered[open_, count[open_] - 1 - above[open_]][:, None]
            now[open_] = np.clip(x[failing[open_]], low, high)
            open_ = open_[~self._passes(now[open_])]
        fitted.low[failing] = np.where(below > 0, ordered[np.arange(len(failing)), below], -np.inf)
        fitted.high[failing] = np.where(above > 0, ordered[np.arange(len(failing)), count - 1 - above], np.inf)
        fitted.lowest[failing], fitted.highest[failing] = below, above
        return failing[~self._passes(now)]

    def _treated(self, x: Array, fitted: _Fitted) -> Array:
        treated = np.clip(x, fitted.low[:, None], fitted.high[:, None])
        logs = ~np.isnan(fitted.start)
        with np.errstate(divide="ignore", invalid="ignore"):
            if logs.any():
                sign, start = fitted.sign[logs, None], fitted.start[logs, None]
                treated[logs] = sign * np.log(sign * x[logs] - start)
            if fitted.box_cox.any():
                part = x[fitted.box_cox]
                whole = np.log(part) if self.power == 0 else (part**self.power - 1) / self.power
                treated[fitted.box_cox] = np.where(part > 0, whole, np.nan)
        return np.where(np.isfinite(treated), treated, np.nan)

    def _refuse(
        self,
        state: State,
        before: Array,
        after: Array,
        columns: list[int],
        rows: npt.NDArray[np.int_],
        fitted: _Fitted,
    ) -> None:
        lost = np.isnan(after) & ~np.isnan(before)
        if lost.any():
            *draw, row, column = (int(i[0]) for i in np.nonzero(lost))
            code, unit = state.structure.leaves[columns[column]], state.values.units[rows[row]]
            way = "box_cox" if fitted.box_cox.reshape(*before.shape[:-2], -1)[(*draw, column)] else "log"
            found = f"{before[(*draw, row, column)]:g}"
            raise ScoringError("NotPositive", step="treat", code=code, unit=unit, found=found, way=way)

    def _tell(self, state: State, fitted: _Fitted, columns: list[int]) -> None:
        if state.notes is None:
            return
        for i, column in enumerate(columns):
            code = state.structure.leaves[column]
            if fitted.lowest[i] or fitted.highest[i]:
                points = {"lowest": int(fitted.lowest[i]), "highest": int(fitted.highest[i])}
                state.note("treat", code, "winsorised", **points)
            if not np.isnan(fitted.start[i]):
                state.note("treat", code, "logarithm", start=float(fitted.start[i]))
            if fitted.box_cox[i]:
                state.note("treat", code, "box_cox", power=self.power)


@dataclass
class _Fitted:
    """How columns are treated: limits, values set at each end, start and sign of a logarithm, and Box-Cox."""

    low: Array
    high: Array
    lowest: npt.NDArray[np.int_]
    highest: npt.NDArray[np.int_]
    start: Array
    sign: Array
    box_cox: npt.NDArray[np.bool_]

    @classmethod
    def nothing(cls, columns: int) -> _Fitted:
        zeros = np.zeros(columns, dtype=int)
        ends = np.full(columns, -np.inf), np.full(columns, np.inf)
        return cls(
            *ends, zeros, zeros.copy(), np.full(columns, np.nan), np.ones(columns), np.zeros(columns, dtype=bool)
        )


def skewness(x: Array) -> Array:
    """Bias-adjusted skewness of each row, G1 as in Joanes and Gill (1998).

    ``scipy.stats.skew(bias=False, nan_policy="omit")`` gives the same one row at a time; this takes all at once.

    Parameters
    ----------
    x : array of float, shape (rows, values)
        NaN is left out.

    Returns
    -------
    array of float, shape (rows,)
        NaN with fewer than three values or none that differ.
    """
    n, deviation, second = _centred(x)
    third = np.sum(deviation * deviation * deviation, axis=1) / n  # a power takes twenty times as long
    with np.errstate(divide="ignore", invalid="ignore"):
        biased = third / second**1.5
        return np.where(n > 2, biased * np.sqrt(n * (n - 1)) / (n - 2), np.nan)


def kurtosis(x: Array) -> Array:
    """Bias-adjusted excess kurtosis of each row, G2 as in Joanes and Gill (1998); see `skewness`."""
    n, deviation, second = _centred(x)
    square = deviation * deviation
    fourth = np.sum(square * square, axis=1) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        biased = fourth / second**2 - 3
        return np.where(n > 3, (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * biased + 6), np.nan)


def _centred(x: Array) -> tuple[Array, Array, Array]:
    """How many values there are, how far each is from their mean (0 where there is none), and the variance."""
    known = ~np.isnan(x)
    filled = np.where(known, x, 0.0)
    n = np.maximum(np.sum(known, axis=1), 1).astype(float)
    deviation = np.where(known, filled - (np.sum(filled, axis=1) / n)[:, None], 0.0)
    second = np.sum(deviation * deviation, axis=1) / n
    # All the same but for rounding is all the same: a moment of it would be noise.
    same = np.max(np.abs(filled), axis=1, initial=0.0) * 1e-15
    return n, deviation, np.where(second <= same**2, np.nan, second)
