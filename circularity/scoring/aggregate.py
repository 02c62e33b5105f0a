"""Aggregating indicators level by level: means, and comparing units two by two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from circularity.errors import ScoringError
from circularity.scoring.steps import State, Step
from circularity.scoring.tree import ScoreNode

Array = npt.NDArray[np.float64]
Way = Literal["arithmetic_mean", "geometric_mean", "harmonic_mean", "generalised_mean", "outranking", "copeland"]


class Aggregate(Step):
    """Take together what has one parent, lower levels first.

    Attributes
    ----------
    way : str
        For parents whose row names no other: a weighted mean, ``outranking`` (mean part of the weight with which a unit
        beats the others) or ``copeland`` (units beaten less units beaten by). The last two look at the other units.
    by_level : dict of int to str
        Another way for the parents of a level.
    power : float
        Of the generalised mean: 1 is arithmetic, -1 harmonic; 0 is geometric.
    available : float
        Least part of the children that must be known; a parent below it is missing. With less than 1 a missing child
        drops out with its weight, which rewards not measuring: see the coverage beside the score.
    rows : bool
        Whether rows of the structure may name another way.
    """

    step: Literal["aggregate"] = "aggregate"
    way: Way
    by_level: dict[int, Way] = Field(default_factory=dict)
    power: float = 1.0
    available: float = Field(ge=0, le=1)
    rows: bool = True
    stage: ClassVar[str] = "aggregated"

    def apply(self, state: State) -> State:
        """The state with a score for every code.

        Raises
        ------
        NotPositive
            If a geometric, harmonic or generalised mean meets a value for which it is not defined; names indicator and
            unit.
        """
        scores: dict[str, Array] = {c: state.x[..., j] for j, c in enumerate(state.structure.leaves)}
        for parent in state.structure.parents:
            node = state.structure[parent]
            way = self.way_of(node)
            codes = state.structure.children[parent]
            parts = [scores[c] for c in codes]
            weights = [state.weights[c] for c in codes]
            if way in ("outranking", "copeland"):
                score = self._against_others(state, parts, weights, way)
            else:
                self._refuse(state, codes, parts, way)
                score = mean(parts, [_spread(w) for w in weights], way, self.power)
            known = sum((~np.isnan(p)).astype(float) for p in parts) / len(parts)
            scores[parent] = np.where((known >= self.available) & (known > 0), score, np.nan)
        return replace(state, scores=scores)

    def way_of(self, node: ScoreNode) -> str:
        """How the children of a parent are aggregated: as its row asks, else as this step says for its level."""
        return (node.aggregation if self.rows else "") or self.by_level.get(node.level, self.way)

    def _refuse(self, state: State, codes: tuple[str, ...], parts: list[Array], way: str) -> None:
        positive = way in ("geometric_mean", "harmonic_mean") or (way == "generalised_mean" and self.power <= 0)
        if not positive and way != "generalised_mean":
            return
        for code, part in zip(codes, parts, strict=True):
            bad = part <= 0 if positive else part < 0
            if bad.any():
                *draw, row = (int(i[0]) for i in np.nonzero(bad))
                values, found = state.values, f"{part[(*draw, row)]:g}"
                period = values.periods[row] or None
                raise ScoringError(
                    "NotPositive",
                    step="aggregate",
                    code=code,
                    unit=values.units[row],
                    period=period,
                    found=found,
                    way=way,
                )

    def _against_others(self, state: State, parts: list[Array], weights: list[Any], way: str) -> Array:
        x = np.stack(np.broadcast_arrays(*parts), axis=-1)
        w = np.stack(np.broadcast_arrays(*(np.asarray(v) for v in weights)), axis=-1)
        periods = np.array(state.values.periods)
        draws = np.broadcast_shapes(x.shape[:-2], w.shape[:-1])
        score = np.full((*draws, x.shape[-2]), np.nan)
        for period in sorted(set(periods)):
            rows = np.flatnonzero(periods == period)
            score[..., rows] = (outranking if way == "outranking" else copeland)(x[..., rows, :], w)
        return score


def _spread(weight: Any) -> Any:
    """A weight that fits the rows of every draw."""
    return weight if np.ndim(weight) == 0 else np.asarray(weight)[..., None]


def mean(parts: list[Array], weights: list[Any], way: str, power: float = 1.0) -> Array:
    """The weighted mean of parts, one after the other, so that no unit touches another and no order of columns shows.

    Parameters
    ----------
    parts : list of array of float, shape (..., rows)
        NaN drops out with its weight.
    weights : list of float or array, shape (..., 1)
        Weights; only their ratios count.
    way : {"arithmetic_mean", "geometric_mean", "harmonic_mean", "generalised_mean"}
    power : float
        Of the generalised mean.

    Returns
    -------
    array of float, shape (..., rows)
        NaN where no part is known.
    """
    if way == "generalised_mean" and power == 0:
        way = "geometric_mean"
    if way == "generalised_mean":
        # Of parts of the largest one (of the smallest, for a power below zero), or a high power overflows.
        scale = (
            np.fmax.reduce(np.broadcast_arrays(*parts)) if power > 0 else np.fmin.reduce(np.broadcast_arrays(*parts))
        )
        parts = [part / np.where(scale > 0, scale, 1.0) for part in parts]
    with np.errstate(divide="ignore", invalid="ignore"):
        total: Any = 0.0
        whole: Any = 0.0
        for part, weight in zip(parts, weights, strict=True):
            known = ~np.isnan(part)
            if way == "geometric_mean":
                part = np.log(part)
            elif way == "harmonic_mean":
                part = 1 / part
            elif way == "generalised_mean":
                part = part**power
            total = total + np.where(known, weight * part, 0.0)
            whole = whole + np.where(known, weight, 0.0)
        found = np.asarray(total / np.where(whole > 0, whole, np.nan))
        if way == "geometric_mean":
            return np.asarray(np.exp(found))
        if way == "harmonic_mean":
            return np.asarray(1 / found)
        return (
            np.asarray(found ** (1 / power) * np.where(scale > 0, scale, 1.0)) if way == "generalised_mean" else found
        )


# Half of the weight added up in decimals is not always half.
ROUNDING = 1e-12


def outranking_matrix(x: Array, weights: Array) -> Array:
    """The part of the weight with which each unit is the better one of two.

    Parameters
    ----------
    x : array of float, shape (..., units, criteria)
        More is better. Two units are compared on what is known of both.
    weights : array of float, shape (criteria,) or (..., criteria)

    Returns
    -------
    array of float, shape (..., units, units)
        Element (i, j) and element (j, i) sum to 1; a tie gives half to each; NaN where two units have nothing
        in common, and on the diagonal. The order of the units changes nothing.
    """
    shape = (*x.shape[:-1], x.shape[-2])
    better, known = np.zeros(shape), np.zeros(shape)
    for j in range(x.shape[-1]):
        column, weight = x[..., j], np.asarray(weights)[..., j, None, None]
        gap = column[..., :, None] - column[..., None, :]
        both = ~np.isnan(gap)
        better = better + np.where(both, weight * (0.5 * np.sign(np.where(both, gap, 0.0)) + 0.5), 0.0)
        known = known + np.where(both, weight, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        matrix = np.where(known > 0, better / known, np.nan)
    diagonal = np.arange(x.shape[-2])
    matrix[..., diagonal, diagonal] = np.nan
    return matrix


def outranking(x: Array, weights: Array) -> Array:
    """The mean part of the weight with which a unit beats each other one. Shape (..., units), from 0 to 1."""
    return _mean(outranking_matrix(x, weights))


def copeland(x: Array, weights: Array) -> Array:
    """Units that a unit beats less those that it is beaten by. Shape (..., units); missing where nothing is known.

    References
    ----------
    Munda and Nardo (2009), Applied Economics 41(12), 1513-1523.
    """
    matrix = outranking_matrix(x, weights)
    gap = matrix - 0.5
    wins = np.where(np.isnan(gap) | (np.abs(gap) < ROUNDING), 0.0, np.sign(gap))
    score = np.zeros(wins.shape[:-1])
    for other in range(wins.shape[-1]):
        score = score + wins[..., other]
    alone = np.isnan(matrix).all(axis=-1) & (matrix.shape[-1] > 1)
    return np.where(alone, np.nan, score)


def _mean(matrix: Array) -> Array:
    total: Any = 0.0
    count: Any = 0.0
    for other in range(matrix.shape[-1]):
        part = matrix[..., other]
        total = total + np.where(np.isnan(part), 0.0, part)
        count = count + ~np.isnan(part)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(total / np.where(count > 0, count, np.nan))
