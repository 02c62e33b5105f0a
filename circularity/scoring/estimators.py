"""Estimators of Sobol indices, for a sample and all its resamples at once.

Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018 (first order); Jansen 1999, doi:10.1016/S0010-4655(98)00154-4
(first order and total); Saltelli 2002, doi:10.1016/S0010-4655(02)00280-1 (second order).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from circularity.scoring.sobol import Design

Floats = npt.NDArray[np.float64]

# A spread of results, or a variance, below this part of their size or its square is rounding.
ROUNDING = 1e-12
# Numbers that are held at once while resamples are made.
BLOCK = 2**23


@dataclass(frozen=True)
class Estimates:
    """Indices of every output, for the whole sample (first row) and for its resamples.

    Attributes
    ----------
    first, total : array, (1 + resamples, outputs, factors)
    second : array, (1 + resamples, outputs, pairs)
    """

    first: Floats
    total: Floats
    second: Floats


def interval(resampled: Floats, level: float) -> tuple[Floats, Floats]:
    """The ends of the interval of every column; not-a-number where not every resample has a value."""
    if not len(resampled):
        return np.full(resampled.shape[1:], np.nan), np.full(resampled.shape[1:], np.nan)
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def estimate(design: Design, y: Floats, first: str, resamples: int, seed: int) -> Estimates:
    """Indices of results (rows of the design, or the first part of every block, x outputs), and of resamples."""
    points, factors = len(y) // (design.runs // design.points), len(design.factors)
    terms = 2 + 2 * factors + (factors * (factors - 1) // 2 if design.second else 0)
    step = max(1, BLOCK // (points * terms))
    parts = [_estimate(design, y[:, i : i + step], first, resamples, seed) for i in range(0, y.shape[1], step)]
    return Estimates(
        np.concatenate([p.first for p in parts], axis=1),
        np.concatenate([p.total for p in parts], axis=1),
        np.concatenate([p.second for p in parts], axis=1),
    )


def _estimate(design: Design, y: Floats, first: str, resamples: int, seed: int) -> Estimates:
    """Indices of some outputs.

    Every estimator is a function of means over the rows of a block. The means of all resamples are one product of
    how often each row was drawn with what is averaged.
    """
    factors, points = len(design.factors), len(y) // (design.runs // design.points)
    blocks = y.reshape(-1, points, y.shape[1])
    blocks = blocks - blocks[:2].mean(axis=(0, 1))
    a, b, ab, ba = blocks[0], blocks[1], blocks[2 : 2 + factors], blocks[2 + factors :]
    pairs = list(combinations(range(factors), 2)) if design.second else []
    # Products are of centred results; the mean of a resample itself is taken off its variance only.
    terms = [
        (a + b)[None] / 2,
        (a**2 + b**2)[None] / 2,
        b * (ab - a) if first == "saltelli" else (b - ab) ** 2 / 2,
        (a - ab) ** 2 / 2,
        *((ba[i] * ab[j] - a * b)[None] for i, j in pairs),
    ]
    outputs = y.shape[1]
    averaged = np.concatenate(terms).transpose(1, 2, 0).reshape(points, -1)
    means = np.vstack([averaged.mean(axis=0), *(drawn @ averaged for drawn in _drawn(points, resamples, seed))])
    means = means.reshape(1 + resamples, outputs, -1)
    variance = means[..., 1] - means[..., 0] ** 2
    # Below zero, or above it, by rounding only: all results of a resample are the same.
    size = np.abs(blocks[:2]).max(axis=(0, 1))
    variance = np.where(variance > ROUNDING * size**2, variance, np.nan)[..., None]
    ends = np.cumsum([2, factors, factors])
    parts = [means[..., i:j] / variance for i, j in zip(ends, [*ends[1:], None], strict=True)]
    of_first = parts[0] if first == "saltelli" else 1 - parts[0]
    both = [of_first[..., i] + of_first[..., j] for i, j in pairs]
    second = parts[2] - np.stack(both, axis=-1) if pairs else parts[2]
    return Estimates(of_first, parts[1], second)


def _drawn(points: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Shares in which each row is drawn in each resample, some resamples at a time."""
    rng, step = np.random.default_rng(seed), max(1, BLOCK // points)
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        rows = rng.integers(0, points, (count, points)) + np.arange(count)[:, None] * points
        yield np.bincount(rows.ravel(), minlength=count * points).reshape(count, points) / points
