"""Variance-based sensitivity analysis: the runs of a design of Sobol points, and estimates from their results.

Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018 (first order); Jansen 1999, doi:10.1016/S0010-4655(98)00154-4
(first order and total); Saltelli 2002, doi:10.1016/S0010-4655(02)00280-1 (second order).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from circularity.errors import CallError, DataError, MethodError, Where, meant
from circularity.texts import word

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """Which numbers to put in, run by run.

    The runs are blocks of `points` rows: A, B, then A with the columns of each factor from B, then, for the second
    order, B with the columns of each factor from A.

    Attributes
    ----------
    factors : mapping of str to int
        Factors, in the order of their names, with their number of columns.
    points : int
        Rows of a block; a power of two.
    seed : int
    second : bool
        Whether the runs for indices of the second order are there.
    """

    factors: Mapping[str, int]
    points: int
    seed: int
    second: bool

    @property
    def runs(self) -> int:
        """Number of runs."""
        return self.points * (2 + len(self.factors) * (2 if self.second else 1))

    @property
    def columns(self) -> dict[str, slice]:
        """The columns of each factor."""
        ends = np.cumsum([0, *self.factors.values()]).tolist()
        return {name: slice(a, b) for name, a, b in zip(self.factors, ends, ends[1:], strict=False)}

    @cached_property
    def inputs(self) -> Floats:
        """Numbers from 0 up to 1, (runs, columns)."""
        from scipy.stats import qmc

        width = sum(self.factors.values())
        both = qmc.Sobol(2 * width, scramble=True, seed=np.random.default_rng(self.seed)).random(self.points)
        a, b = both[:, :width], both[:, width:]
        blocks = [a, b, *(_swapped(a, b, columns) for columns in self.columns.values())]
        if self.second:
            blocks += [_swapped(b, a, columns) for columns in self.columns.values()]
        return np.vstack(blocks)

    def of(self, factor: str) -> Floats:
        """The numbers of one factor, (runs, its columns).

        Raises
        ------
        UnknownReference
            If there is no such factor.
        """
        if factor not in self.factors:
            tables, hint = word("factors", "sensitivity"), meant(factor, self.factors)
            raise DataError("UnknownReference", where=Where(key=factor), found=factor, tables=tables, hint=hint)
        return np.asarray(self.inputs[:, self.columns[factor]])


def design(factors: Sequence[str] | Mapping[str, int], points: int, *, seed: int = 1, second: bool = False) -> Design:
    """The runs from which `indices` estimates which factor moves a result how much.

    Parameters
    ----------
    factors : sequence of str, or mapping of str to int
        Names; or names with how many columns each owns, which change places together: one factor is the weights of a
        whole group of people, for instance. Their order makes no difference.
    points : int
        Rows of a block; a power of two. There are points x (factors + 2) runs.
    seed : int, optional
        Of the scrambling of the Sobol points.
    second : bool, optional
        Make the runs for indices of the second order too: points x (2 factors + 2).

    Returns
    -------
    Design

    Raises
    ------
    NotPowerOfTwo
        If `points` is none.
    DuplicateId, EmptyTable, WrongArgument
        If a name occurs twice, there is no factor, or one owns no column.
    """
    if points < 2 or points & (points - 1):
        below = 1 << max(1, points.bit_length() - 1)
        raise CallError("NotPowerOfTwo", found=points, expected=[below, 2 * below] if points > 2 else [2])
    names = list(factors)
    if not names:
        raise DataError("EmptyTable", where=Where(key="factors"))
    for i, name in enumerate(names):
        if name in names[:i]:
            raise MethodError("DuplicateId", where=Where(key="factors"), found=name)
    widths = {name: factors[name] if isinstance(factors, Mapping) else 1 for name in sorted(names)}
    for name, width in widths.items():
        if width < 1:
            at_least = {lang: text.format(low=1) for lang, text in word("at_least", "expected").items()}
            raise CallError("WrongArgument", where=Where(key=name), name="factors", found=width, expected=at_least)
    return Design(widths, points, seed, second)


def choose(points: npt.ArrayLike, choices: int) -> npt.NDArray[np.intp]:
    """A choice for each number from 0 up to 1: equal parts of that interval, whatever numbers are there.

    Parameters
    ----------
    points : array_like
    choices : int
        How many there are to choose from.

    Returns
    -------
    array of int
        From 0 up to `choices`, as `points` in shape.

    Raises
    ------
    WrongArgument
        If a point is not from 0 up to 1, or there is nothing to choose from.
    """
    if choices < 1:
        at_least = {lang: text.format(low=1) for lang, text in word("at_least", "expected").items()}
        raise CallError("WrongArgument", name="choices", found=choices, expected=at_least)
    given = np.asarray(points, dtype=np.float64)
    within = (given >= 0) & (given < 1)
    if not within.all():
        expected = word("unit_points", "robustness_advice")
        raise CallError("WrongArgument", name="points", found=float(given[~within][0]), expected=expected)
    # Next below one, times a large number, can round up to that number.
    return np.minimum((given * choices).astype(np.intp), choices - 1)


def _swapped(rows: Floats, other: Floats, columns: slice) -> Floats:
    changed = rows.copy()
    changed[:, columns] = other[:, columns]
    return changed


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
    """The ends of the interval of every column; NaN where not every resample has a value."""
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
