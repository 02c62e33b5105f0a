"""Comparing units two by two instead of adding up points."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

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
        Element (i, j) and element (j, i) sum to 1; a tie gives half to each; not-a-number where two units have nothing
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
