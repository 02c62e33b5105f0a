"""Weights on the simplex, and where the draws of an analysis come from: values and weights, by name, given or drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import (
    CallError,
    DataError,
    MethodError,
    ReconciliationError,
    ScoringError,
    Where,
    check_argument,
    sentence,
)
from circularity.texts import word

Floats = npt.NDArray[np.float64]

# How far from one a sum of weights may be by rounding.
ROUNDING = 1e-9
# Uniform numbers are taken no nearer to zero than this: a weight of every criterion at zero would be none at all.
NEAREST_ZERO = 2.0**-64
# A gamma quantile below this is the first term of its series to full precision, and near where floats end.
SERIES_BELOW = 1e-200


def uniform_weights(rng: np.random.Generator, draws: int, criteria: int) -> Floats:
    """Weights drawn uniformly from the simplex: exponentials divided by their sum.

    Independent uniform numbers divided by their sum are not uniform on the simplex: they shun its corners.

    Parameters
    ----------
    rng : Generator
    draws, criteria : int

    Returns
    -------
    array, (draws, criteria)
        Rows sum to one. [1]
    """
    check_argument("rng", rng, np.random.Generator)
    drawn = rng.standard_exponential((draws, criteria))
    drawn /= drawn.sum(axis=1, keepdims=True)
    return drawn


def uniform_weights_at(points: npt.ArrayLike) -> Floats:
    """Weights uniform on the simplex, by inverse transform of given uniform numbers.

    Parameters
    ----------
    points : array_like, (..., criteria)
        From 0 up to, not including, 1: a block of columns of a Sobol sequence, for instance.

    Returns
    -------
    array, (..., criteria)
        The last axis sums to one. [1]

    Raises
    ------
    WrongArgument
        If a point is not from 0 up to 1.
    """
    drawn = -np.log1p(-_points(points))
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))


def dirichlet_weights(rng: np.random.Generator, draws: int, mean: npt.ArrayLike, concentration: float) -> Floats:
    """Weights drawn around a vector of weights, Dirichlet(concentration x mean).

    Parameters
    ----------
    rng : Generator
    draws : int
    mean : array_like, (criteria,)
        Sums to one; a weight of zero stays zero in every draw. [1]
    concentration : float
        Above 0; the larger, the nearer to `mean`. The variance of a weight w is w (1 - w) / (concentration + 1).

    Returns
    -------
    array, (draws, criteria)
        Rows sum to one. [1]

    Raises
    ------
    NotOnSimplex, WrongArgument
        If `mean` is not a vector of weights, or `concentration` not above 0.
    """
    check_argument("rng", rng, np.random.Generator)
    shape = _shape(mean, concentration)
    held = shape > 0
    # Gamma(a) is Gamma(a + 1) times U^(1/a): as logarithms, small shapes do not end as zero for all.
    logs = np.log(rng.standard_gamma(shape[held] + 1, (draws, int(held.sum()))))
    logs -= rng.standard_exponential(logs.shape) / shape[held]
    return _spread(logs, held)


def dirichlet_weights_at(points: npt.ArrayLike, mean: npt.ArrayLike, concentration: float) -> Floats:
    """Dirichlet(concentration x mean) by inverse transform of given uniform numbers.

    Parameters
    ----------
    points : array_like, (..., criteria)
        From 0 up to, not including, 1.
    mean, concentration
        As for `dirichlet_weights`.

    Returns
    -------
    array, (..., criteria)
        The last axis sums to one. [1]

    Raises
    ------
    NotOnSimplex, WrongArgument, WrongShape
        If `mean`, `concentration` or `points` are not what they can be, or do not fit each other.
    """
    check_argument("points", points, np.ndarray, Sequence)
    from scipy.special import gammaincinv, gammaln

    shape, given = _shape(mean, concentration), _points(points)
    if given.shape[-1:] != shape.shape:
        advice = sentence("one_column", "robustness_advice")
        raise CallError(
            "WrongShape", name="points", found=given.shape, expected=(*given.shape[:-1], len(shape)), advice=advice
        )
    held = shape > 0
    given, shape = given[..., held], shape[held]
    quantile = gammaincinv(shape, given)
    series = (np.log(given) + gammaln(shape + 1)) / shape
    logs = np.where(quantile < SERIES_BELOW, series, np.log(np.maximum(quantile, SERIES_BELOW)))
    return _spread(logs, held)


def check_weights(weights: npt.ArrayLike, rows: Sequence[object] | None = None) -> Floats:
    """`weights` as an array, checked: zero or more and together one along the last axis.

    Parameters
    ----------
    weights : array_like, (criteria,) or (rows, criteria)
    rows : sequence, optional
        Names of the rows, for messages; counted from 1 by default.

    Raises
    ------
    NotOnSimplex
        If a weight is below zero or no number, or the weights of a row do not sum to one: the first such row.
    """
    given = np.asarray(weights, dtype=np.float64)
    # Products and one minimum: along short rows sums and comparisons take many times as long, and rows are millions.
    right = np.abs(given @ np.ones(given.shape[-1]) - 1) <= ROUNDING
    if not (np.all(right) and given.min(initial=0) >= 0):
        right &= (given >= 0).all(axis=-1)
        first = int(np.argmin(np.atleast_1d(right)))
        key = None if given.ndim == 1 else str(first + 1 if rows is None else rows[first])
        raise ScoringError("NotOnSimplex", where=Where(key=key), found=[float(w) for w in np.atleast_2d(given)[first]])
    return given


def _shape(mean: npt.ArrayLike, concentration: float) -> Floats:
    if not 0 < concentration < np.inf:
        above = {lang: text.format(low=0) for lang, text in word("above", "expected").items()}
        raise CallError("WrongArgument", name="concentration", found=concentration, expected=above)
    return np.asarray(concentration * check_weights(mean))


def _points(points: npt.ArrayLike) -> Floats:
    given = np.asarray(points, dtype=np.float64)
    if not ((given >= 0) & (given < 1)).all():
        wrong = given[~((given >= 0) & (given < 1))]
        raise CallError(
            "WrongArgument", name="points", found=float(wrong[0]), expected=word("unit_points", "robustness_advice")
        )
    return np.maximum(given, NEAREST_ZERO)


def _spread(logs: Floats, held: npt.NDArray[np.bool_]) -> Floats:
    """Weights from logarithms of gamma numbers; zero where no weight is held."""
    parts = np.exp(logs - logs.max(axis=-1, keepdims=True))
    weights = np.zeros((*logs.shape[:-1], len(held)))
    weights[..., held] = parts / parts.sum(axis=-1, keepdims=True)
    return weights


@dataclass(frozen=True)
class Dirichlet:
    """Weights that vary around a vector of weights.

    Attributes
    ----------
    mean : Series, mapping or array_like, (criteria,)
        Weights by the name of the criterion, or in the order of the criteria; they sum to one. [1]
    concentration : float
        Above 0; the larger, the nearer the draws are to `mean`. The variance of a weight w is
        w (1 - w) / (concentration + 1).
    """

    mean: pd.Series | Mapping[Any, float] | npt.ArrayLike
    concentration: float


WeightsLike: TypeAlias = Dirichlet | pd.DataFrame | npt.ArrayLike | None


def stream(seed: int, *name: object) -> np.random.Generator:
    """The random stream of this name, the same whatever else was drawn and in which thread."""
    digest = hashlib.sha256("\x1f".join(map(str, name)).encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


class CriterionValues:
    """Values of units by criterion, in the order of their names.

    Parameters
    ----------
    values, units, criteria
        As for `smaa`.

    Attributes
    ----------
    units, criteria : list
        Names as they were given.
    by_unit, by_criterion : array of int
        Places of what was given, in the order of the names.
    draws : int
        Draws that were given; 0 where values are certain or come from a function.
    certain : bool
        Whether they have no draws.
    """

    def __init__(
        self, values: Any, units: Sequence[Hashable] | None = None, criteria: Sequence[Hashable] | None = None
    ) -> None:
        self._make: Callable[[np.random.Generator, int], npt.ArrayLike] | None = None
        if callable(values):
            if units is None or criteria is None:
                found = "units" if units is None else "criteria"
                raise CallError("WrongArgument", name=found, found=None, expected=word("names", "robustness_advice"))
            self._make, sizes = values, (len(units), len(criteria))
        else:
            if isinstance(values, pd.DataFrame):
                units, criteria = list(values.index), list(values.columns)
            given = np.asarray(values, dtype=np.float64)
            if given.ndim not in (2, 3):
                advice = sentence("axes", "robustness_advice")
                raise CallError(
                    "WrongShape", name="values", found=given.shape, expected="(units, criteria)", advice=advice
                )
            sizes = given.shape[-2:]
        self.units = list(units) if units is not None else list(range(1, sizes[0] + 1))
        self.criteria = list(criteria) if criteria is not None else list(range(1, sizes[1] + 1))
        self.by_unit, self.by_criterion = places_by_name(self.units, "units"), places_by_name(self.criteria, "criteria")
        self.certain, self.draws = self._make is None and given.ndim == 2, 0
        if self._make is None:
            self._given = self._checked(given, given.shape[:-2])
            self.draws = 0 if self.certain else len(given)

    def take(self, rng: np.random.Generator, start: int, stop: int) -> Floats:
        """Values of the draws from `start` to `stop`, in the order of the names; without a first axis where certain."""
        if self.certain:
            return self._given
        if self._make is None:
            return in_turn(self._given, start, stop)
        return self._checked(np.asarray(self._make(rng, stop - start), dtype=np.float64), (stop - start,))

    def _checked(self, given: Floats, draws: tuple[int, ...]) -> Floats:
        shape = (*draws, len(self.units), len(self.criteria))
        if given.shape != shape:
            advice = sentence("axes", "robustness_advice")
            raise CallError("WrongShape", name="values", found=given.shape, expected=shape, advice=advice)
        if not np.isfinite(given).all():
            *_, unit, criterion = np.argwhere(~np.isfinite(given))[0]
            where = Where(key=f"{self.units[unit]}, {self.criteria[criterion]}")
            raise ReconciliationError("NotFinite", where=where, found=given[~np.isfinite(given)][0])
        return np.ascontiguousarray(given[..., self.by_unit, :][..., self.by_criterion])


@dataclass(frozen=True)
class WeightSource:
    """Weights of draws, in the order of the names of the criteria: ``take(stream, start, stop)`` gives them.

    `rows` is how many were given, 0 where they are drawn.
    """

    take: Callable[[np.random.Generator, int, int], Floats]
    rows: int = 0


def weights_from(weights: Any, values: CriterionValues) -> WeightSource:
    """A source of weights for these values.

    Raises
    ------
    NotOnSimplex
        If weights are below zero or do not sum to one.
    WrongArgument, WrongShape
        If they are not about the criteria of the values.
    """
    count = len(values.criteria)
    if weights is None:
        return WeightSource(lambda rng, start, stop: uniform_weights(rng, stop - start, count))
    if isinstance(weights, Dirichlet):
        mean = check_weights(_in_order(_named(weights.mean), values))
        dirichlet_weights(stream(0), 0, mean, weights.concentration)
        around = weights.concentration
        return WeightSource(lambda rng, start, stop: dirichlet_weights(rng, stop - start, mean, around))
    rows = list(weights.index) if isinstance(weights, pd.DataFrame) else None
    given = check_weights(_in_order(weights, values), rows)
    if given.ndim != 2 or not len(given):
        advice = sentence("one_column", "robustness_advice")
        raise CallError("WrongShape", name="weights", found=given.shape, expected=f"(rows, {count})", advice=advice)
    return WeightSource(lambda rng, start, stop: in_turn(given, start, stop), len(given))


def in_turn(rows: Floats, start: int, stop: int) -> Floats:
    """Rows from `start` to `stop` where they come round again after the last."""
    first = start % len(rows)
    if first + stop - start <= len(rows):
        return rows[first : first + stop - start]
    return np.asarray(rows[np.arange(start, stop) % len(rows)])


def _named(mean: Any) -> Any:
    return pd.Series(dict(mean)) if isinstance(mean, Mapping) else mean


def _in_order(weights: Any, values: CriterionValues) -> Floats:
    """Weights with their last axis in the order of the names of the criteria."""
    by_name = values.by_criterion
    if isinstance(weights, (pd.DataFrame, pd.Series)):
        named = list(weights.columns if isinstance(weights, pd.DataFrame) else weights.index)
        if sorted(map(str, named)) != sorted(map(str, values.criteria)):
            raise CallError(
                "WrongArgument", name="weights", found=[str(n) for n in named], expected=list(values.criteria)
            )
        by_name = places_by_name(named, "weights")
    given = np.asarray(weights, dtype=np.float64)
    if given.shape[-1:] != (len(values.criteria),):
        advice = sentence("one_column", "robustness_advice")
        expected = (*given.shape[:-1], len(values.criteria))
        raise CallError("WrongShape", name="weights", found=given.shape, expected=expected, advice=advice)
    # Copied only where the order differs: rows of weights may be millions.
    return given if (by_name == np.arange(len(by_name))).all() else np.ascontiguousarray(given[..., by_name])


def places_by_name(names: Sequence[Hashable], kind: str) -> npt.NDArray[np.intp]:
    """Places of names in the order of the names.

    Raises
    ------
    EmptyTable, DuplicateId
        If there is no name, or a name occurs twice.
    """
    texts = [str(name) for name in names]
    if not texts:
        raise DataError("EmptyTable", where=Where(key=kind))
    for i, text in enumerate(texts):
        if text in texts[:i]:
            raise MethodError("DuplicateId", where=Where(key=kind), found=text)
    return np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.intp)
