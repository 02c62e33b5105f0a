"""Putting indicators on one scale."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field

from circularity.errors import ScoringError
from circularity.scoring.steps import State, Step, parts_of, side_by_side
from circularity.scoring.tree import ScoreNode

Array = npt.NDArray[np.float64]
Way = Literal[
    "goalposts", "minmax", "scaled", "zscore", "distance_to_maximum", "distance_to_reference", "distance_to_target",
    "fraction_of_maximum", "rank", "percentile_rank", "borda", "none",
]  # fmt: skip


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if not ends[0] < ends[1]:
        raise ValueError("increasing")
    return ends


class Normalise(Step):
    """Put each indicator on one scale, more always better.

    With goalposts a value has the score it has, whoever else is measured; all other ways but ``scaled`` look at the
    other units, so that a new unit or year moves the scores of those that were there.

    Attributes
    ----------
    way : str
        For the indicators whose row names no other. ``goalposts``: 0 at the worse goalpost, the top of `range` at the
        better one. ``minmax``: lowest to highest value. ``scaled``: from `ends`. ``zscore``: to `mean` and `sd`.
        ``distance_to_maximum``, ``distance_to_reference`` (the unit `reference`), ``distance_to_target`` (0 for the
        worst value, 1 at the target of the structure, and 1 for all when all have reached it);
        ``fraction_of_maximum``; ``rank`` (1 is lowest), ``percentile_rank``, ``borda``; ``none``: as it is, its
        direction too.
    range : (float, float)
        Ends of the scale of ``goalposts`` and ``minmax``.
    within : bool
        Whether what lies beyond goalposts, reference or target is held at the end of the scale.
    ends : (float, float)
        Values that become 0 and 100 with ``scaled``.
    mean, sd : float
        Of the z-scores.
    reference : str
        A unit.
    over : {"all", "period"} or int
        Rows that are looked at: all, each period by itself, or those of a base year.
    rows : bool
        Whether rows of the structure may name another way.
    all_missing : {"refuse", "keep"}
        Whether an indicator of which nothing is known is an error, or stays missing.

    References
    ----------
    Becker et al. (2022), COINr, JOSS 7(78), 4567: `Normalise`.
    """

    step: Literal["normalise"] = "normalise"
    way: Way
    range: Annotated[tuple[float, float], AfterValidator(_rising)] = (0.0, 100.0)
    within: bool = True
    ends: Annotated[tuple[float, float], AfterValidator(_rising)] = (0.0, 100.0)
    mean: float = 0.0
    sd: float = Field(default=1.0, gt=0)
    reference: str = ""
    over: Literal["all", "period"] | int = "all"
    rows: bool = True
    all_missing: Literal["refuse", "keep"] = "refuse"
    stage: ClassVar[str] = "normalised"

    def apply(self, state: State) -> State:
        """The state with normalised indicators.

        Raises
        ------
        ConstantIndicator, AllMissing, NoGoalposts, NoTarget, TargetReached, NotPositive
            If an indicator cannot be normalised; names it.
        """
        x = np.empty_like(state.x)
        for column, node in enumerate(state.leaves()):
            if np.isnan(state.x[..., column]).all():
                if self.all_missing == "refuse":
                    raise ScoringError("AllMissing", step="normalise", found=node.code)
                x[..., column] = np.nan
                continue
            way = self.way_of(node)
            for seen, changed in parts_of(state, self.over, self.step):
                x[..., changed, column] = self._one(state, node, way, column, seen, changed)
        return replace(state, x=x)

    def way_of(self, node: ScoreNode) -> str:
        """How an indicator is normalised: as its row asks, else as this step says."""
        return (node.normalisation if self.rows else "") or self.way

    def _one(self, state: State, node: ScoreNode, way: str, column: int, seen: Array, changed: Array) -> Array:
        raw = state.x[..., changed, column]
        if way == "none":
            return raw
        if way == "goalposts":
            if node.goalposts is None:
                raise ScoringError("NoGoalposts", step="normalise", found=node.code)
            return to_goalposts(raw, node.goalposts, node.direction, self.range, within=self.within)
        if way == "scaled":
            return node.direction * 100 * (raw - self.ends[0]) / (self.ends[1] - self.ends[0]) + 50 * (
                1 - node.direction
            )
        if way in ("rank", "percentile_rank", "borda"):
            if self.over not in ("all", "period"):
                raise ScoringError("NotNormalised", step="normalise", found=node.code, way=way, over=self.over)
            return _ranked(node.direction * raw, way)
        among = state.x[..., seen, column]
        if way == "distance_to_target":
            return self._to_target(node, raw, among)
        if way == "distance_to_reference":
            units = np.array(state.values.units, dtype=object)[seen]
            return self._to_reference(node, node.direction * raw, node.direction * among, units == self.reference)
        return self._among(node, way, node.direction * raw, node.direction * among)

    def _among(self, node: ScoreNode, way: str, x: Array, among: Array) -> Array:
        """The ways that look at the other units; `x` and `among` have their direction put in already."""
        among = side_by_side(among)
        low, high = _ends(node, among)
        if way != "fraction_of_maximum" and (low == high).any():
            raise ScoringError(
                "ConstantIndicator", step="normalise", found=node.code, value=f"{float(low.flat[0]):g}", way=way
            )
        if way == "minmax":
            return np.asarray((x - low) / (high - low) * (self.range[1] - self.range[0]) + self.range[0])
        if way == "zscore":
            mean, sd = np.nanmean(among, axis=-1, keepdims=True), np.nanstd(among, axis=-1, keepdims=True, ddof=1)
            return np.asarray((x - mean) / sd * self.sd + self.mean)
        if way == "distance_to_maximum":
            return np.asarray(1 - (high - x) / (high - low))
        if (high <= 0).any():
            raise ScoringError(
                "NotPositive", step="normalise", code=node.code, unit="–", found=f"{float(high.min()):g}", way=way
            )
        return np.asarray(x / high)

    def _to_reference(self, node: ScoreNode, x: Array, among: Array, rows: npt.NDArray[np.bool_]) -> Array:
        way = "distance_to_reference"
        low, _ = _ends(node, among)
        best = np.max(among[..., rows], axis=-1, keepdims=True) if rows.any() else np.full_like(low, np.nan)
        if np.isnan(best).any():
            raise ScoringError("NotNormalised", step="normalise", found=node.code, way=way, over=self.reference or "–")
        if (best == low).any():
            raise ScoringError(
                "ConstantIndicator", step="normalise", found=node.code, value=f"{float(low.flat[0]):g}", way=way
            )
        far = 1 - (best - x) / (best - low)
        return np.asarray(np.minimum(far, 1.0) if self.within else far)

    def _to_target(self, node: ScoreNode, raw: Array, among: Array) -> Array:
        if node.target is None:
            raise ScoringError("NoTarget", step="normalise", found=node.code)
        worst = _ends(node, among)[0 if node.direction > 0 else 1]
        span = node.target - worst
        with np.errstate(divide="ignore", invalid="ignore"):
            far = (raw - worst) / span
        # Where even the worst is at the target or beyond it, the span is zero or changes sign, and with it the ranking.
        reached = np.broadcast_to(node.direction * span <= 0, raw.shape) & ~np.isnan(raw)
        if reached.any():
            beyond = node.direction * (raw - node.target) >= 0
            if not self.within or (reached & ~beyond).any():
                raise ScoringError(
                    "TargetReached", step="normalise", found=node.code, value=f"{node.target:g}", over=self.over
                )
            far = np.where(reached, 1.0, far)
        return np.asarray(np.minimum(far, 1.0) if self.within else far)


def _ends(node: ScoreNode, among: Array) -> tuple[Array, Array]:
    """The lowest and the highest value that is known, along the last axis."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = (f(among, axis=-1, keepdims=True) for f in (np.nanmin, np.nanmax))
    if np.isnan(low).any():
        raise ScoringError("AllMissing", step="normalise", found=node.code)
    return np.asarray(low), np.asarray(high)


def to_goalposts(
    x: Array,
    goalposts: tuple[float, float],
    direction: int,
    scale: tuple[float, float] = (0.0, 100.0),
    *,
    within: bool = True,
) -> Array:
    """Values on a scale between two fixed values.

    Parameters
    ----------
    x : array of float
        Values, in the unit of the goalposts.
    goalposts : (float, float)
        The lower and the higher one.
    direction : int
        1 when the higher goalpost is the better one, -1 when the lower one is.
    scale : (float, float)
        What the worse and the better goalpost become.
    within : bool
        Whether what lies beyond them is held there.

    Returns
    -------
    array of float
        Each value by itself: what else is in `x` changes nothing.
    """
    share = (x - goalposts[0]) / (goalposts[1] - goalposts[0])
    if direction < 0:
        share = 1 - share
    if within:
        share = np.clip(share, 0.0, 1.0)
    return np.asarray(scale[0] + (scale[1] - scale[0]) * share)


def _ranked(x: Array, way: str) -> Array:
    from scipy.stats import rankdata

    ranks = rankdata(x, method="min", axis=-1, nan_policy="omit")
    if way == "rank":
        return np.asarray(ranks)
    if way == "borda":
        return np.asarray(ranks - 1)
    known = np.sum(~np.isnan(x), axis=-1, keepdims=True)
    return np.asarray((ranks - 1) / np.maximum(known - 1, 1))
