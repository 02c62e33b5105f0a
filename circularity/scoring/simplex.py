"""Weights drawn from the simplex: zero or more, together one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from circularity.errors import CallError, ScoringError, Where, sentence
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
        If `mean` is no vector of weights, or `concentration` not above 0.
    """
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
