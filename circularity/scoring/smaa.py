"""Stochastic multicriteria acceptability analysis (SMAA-2): which ranks a unit can have, and with whose weights.

Lahdelma & Salminen 2001, Operations Research 49(3), doi:10.1287/opre.49.3.444.11220. Weights need not be agreed, nor
values certain: what holds for nearly all of both can still be said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError
from circularity.scoring.acceptability import Acceptability, Tally
from circularity.scoring.draws import (
    ROUNDING,
    CriterionValues,
    WeightsLike,
    WeightSource,
    places_by_name,
    stream,
    weights_from,
)
from circularity.texts import word

Floats = npt.NDArray[np.float64]

# Draws that share a random stream. Part of the definition of the streams: another size gives other draws.
CHUNK = 16_000
# Scores that are sorted at once: they stay in the processor's cache.
BLOCK = 2**15
# Numbers that are scored at once when confidence factors are counted.
CONFIDENCE_BLOCK = 2**18

ValuesLike: TypeAlias = pd.DataFrame | npt.ArrayLike | Callable[[np.random.Generator, int], npt.ArrayLike]


def smaa(
    values: ValuesLike,
    *,
    weights: WeightsLike | Mapping[str, WeightsLike] = None,
    draws: int | None = None,
    seed: int = 1,
    units: Sequence[Hashable] | None = None,
    criteria: Sequence[Hashable] | None = None,
    workers: int = 1,
) -> Acceptability:
    """Shares of the draws in which each unit has each rank by its weighted mean, and what goes with them.

    Parameters
    ----------
    values : DataFrame or array_like, (units, criteria), array_like, (draws, units, criteria), or callable
        Normalised points, more is better. With a first axis of draws they are uncertain, and used in turn; or a
        function of a Generator and a number of draws gives them, shape (draws, units, criteria). It must take
        its chance from that Generator only, and may be called for the same draws again.
    weights : DataFrame, array_like, (rows, criteria), Dirichlet, or mapping, optional
        Uniform on the simplex by default. Rows are used in turn, each equally often; a DataFrame is read by the names
        of its columns. A mapping gives the weights of several groups, which have an equal say whatever their numbers.
    draws : int, optional
        Number of draws, per group; rounded up so that every row of `weights` is used equally often. By default the
        rows of `weights` or the draws of `values`, whichever are more.
    seed : int, optional
        Of the random streams. Each chunk of draws has one of its own, so that threads change nothing.
    units, criteria : sequence, optional
        Names, where `values` has none; 1, 2, ... by default. A function needs them.
    workers : int, optional
        Threads, for a function of values that takes long; sorting and counting gain nothing by them.

    Returns
    -------
    Acceptability
        The order of units and criteria changes no bit of it.

    Raises
    ------
    NotOnSimplex
        If given weights are below zero or do not sum to one.
    NotFinite
        If a value is missing or infinite; with its unit and criterion.
    DuplicateId
        If two units or criteria have the same name.
    EmptyTable
        If there is no unit or no criterion.
    WrongShape, WrongArgument
        If arrays do not fit each other, or no number of draws follows from what is given.
    """
    named = CriterionValues(values, units, criteria)
    groups = weights if isinstance(weights, Mapping) else {"": weights}
    if not groups:
        raise CallError("WrongArgument", name="weights", found="{}", expected=word("groups", "robustness_advice"))
    if workers < 1:
        at_least = {lang: text.format(low=1) for lang, text in word("at_least", "expected").items()}
        raise CallError("WrongArgument", name="workers", found=workers, expected=at_least)
    names, tallies = list(groups), {}
    for name in (names[i] for i in places_by_name(names, "weights")):
        source = weights_from(groups[name], named)
        tallies[str(name)] = _tally(named, source, _count(draws, source, named), seed, str(name), workers)
    return Acceptability(named.units, named.criteria, tallies, partial(_confidence, named, tallies, seed))


def _count(draws: int | None, weights: WeightSource, values: CriterionValues) -> int:
    """How many draws: what is asked, or given, rounded up to a multiple of the rows of weights."""
    wanted = max(weights.rows, values.draws) if draws is None else draws
    if wanted < 1:
        raise CallError("WrongArgument", name="draws", found=draws, expected=word("draws", "robustness_advice"))
    rows = max(1, weights.rows)
    return -(-wanted // rows) * rows


def _tally(values: CriterionValues, weights: WeightSource, draws: int, seed: int, group: str, workers: int) -> Tally:
    """What is counted over all draws of one group."""

    def chunk(number: int) -> Tally:
        start = number * CHUNK
        streams = [stream(seed, group, number, of) for of in ("weights", "values")]
        return _chunk(values, weights, start, min(start + CHUNK, draws), streams)

    chunks = range(-(-draws // CHUNK))
    with ThreadPoolExecutor(workers) as pool:
        return reduce(Tally.__add__, pool.map(chunk, chunks))


def _chunk(
    values: CriterionValues, weights: WeightSource, start: int, stop: int, streams: list[np.random.Generator]
) -> Tally:
    units = len(values.units)
    weight = weights.take(streams[0], start, stop)
    ranks = np.empty((units, stop - start), dtype=np.min_scalar_type(units))
    certain = Ranker(values.take(streams[1], start, stop)) if values.certain else None
    first = []
    for a in range(start, stop, block(units)):
        b = min(a + block(units), stop)
        ranker = certain or Ranker(values.take(streams[1], a, b))
        first.append(ranker.rank(weight[a - start : b - start], ranks[:, a - start : b - start]))
    shared = any(f.shared for f in first)
    unit = np.concatenate([f.unit for f in first])
    held = weight[np.concatenate([f.draw + k * block(units) for k, f in enumerate(first)])] if shared else weight
    sums: Floats = np.column_stack([np.bincount(unit, weights=of_one, minlength=units) for of_one in held.T])
    return Tally(stop - start, count_ranks(ranks), count_wins(ranks, shared), sums)


def block(units: int) -> int:
    """Draws of so many units that are sorted at once."""
    return max(1, BLOCK // units)


def _confidence(values: CriterionValues, tallies: Mapping[str, Tally], seed: int, central: Floats) -> Floats:
    """How often each unit is first with its own central weights, units in the order of their names."""
    ever = np.flatnonzero(np.isfinite(central[:, 0]))
    found = np.full(len(central), np.nan)
    if values.certain:
        found[ever] = 1.0
        return found
    draws = values.draws or max(t.draws for t in tallies.values())
    rng, counts = stream(seed, "confidence", *tallies), np.zeros(len(ever))
    step = max(1, CONFIDENCE_BLOCK // central.size)
    for a in range(0, draws, step):
        drawn = values.take(rng, a, min(a + step, draws))
        for place, unit in enumerate(ever):
            scores = np.einsum("k,dik->di", central[unit], drawn)
            counts[place] += np.count_nonzero(scores[:, unit] >= scores.max(axis=1))
    found[ever] = counts / draws
    return found


Ints = npt.NDArray[np.int64]

# More units than this leave too few of 32 bits to tell scores apart.
MOST_IN_32_BITS = 128
# Of more units than this, ranks of two at once are too many different numbers.
MOST_IN_PAIRS = 64
# Rounding of a weighted mean, in parts of its largest value and per criterion: generous, it costs a second look only.
PER_CRITERION = 8 * np.finfo(np.float64).eps


class First(NamedTuple):
    """Who is first in which draw.

    Attributes
    ----------
    unit, draw : arrays of int
        In the order of the draws; several times a draw where they share it.
    shared : bool
        Whether any rank is shared; if not, all scores of a draw differ.
    """

    unit: Ints
    draw: Ints
    shared: bool


class Ranker:
    """Ranks units by their weighted means.

    The score of a unit is a sum by loops of NumPy and not by BLAS, which may add up one unit in another order than the
    next: units with equal values have equal scores, to the last bit. BLAS is good enough to sort by.

    Parameters
    ----------
    values : array, (units, criteria) or (draws, units, criteria)
        Finite.
    """

    def __init__(self, values: Floats) -> None:
        self.values, self.units = values, values.shape[-2]
        self._bits = (self.units - 1).bit_length()
        small = self.units <= MOST_IN_32_BITS
        self._kind = np.dtype(np.int32 if small else np.int64)
        low, high = float(values.min()), float(values.max())
        # A little less than there is room for, because weights sum to one but for rounding.
        room = 2.0 ** (31 - self._bits if small else 50) * (1 - 4 * ROUNDING)
        span = high - low
        scale = room / span if span > 0 else math.inf
        usable = math.isfinite(span) and math.isfinite(scale)
        # Without a scale all numbers are alike, and all draws are looked at twice.
        self._whole = (values - low) * scale if usable else np.zeros(values.shape)
        error = PER_CRITERION * (values.shape[-1] + 4) * max(abs(low), abs(high)) * scale if usable else 0.0
        self._nearest = int(min(2 * error + 2, 2.0**60)) << self._bits
        if values.ndim == 2:
            self._whole, self._by_criterion = np.ascontiguousarray(self._whole.T), np.ascontiguousarray(values.T)

    def scores(self, weights: Floats, draws: npt.NDArray[np.intp]) -> Floats:
        """Weighted means, (draws, units), of some of the draws."""
        if self.values.ndim == 2:
            return np.asarray(np.einsum("dk,ki->di", weights[draws], self._by_criterion))
        return np.asarray(np.einsum("dk,dik->di", weights[draws], self.values[draws]))

    def rank(self, weights: Floats, out: npt.NDArray[np.unsignedinteger]) -> First:
        """The rank of every unit in every draw, 0 for the highest score; equal scores share the lowest rank.

        Parameters
        ----------
        weights : array, (draws, criteria)
            On the simplex.
        out : array of unsigned int, (units, draws)
            Takes the ranks.

        Returns
        -------
        First
        """
        draws, units = len(weights), self.units
        keys = self._sorted(weights)
        alike = self._alike(keys)
        keys &= (1 << self._bits) - 1
        first, rows = keys[:, -1].astype(np.int64), np.arange(draws)
        keys += (rows * units).astype(self._kind)[:, None]
        ranked = np.empty(draws * units, out.dtype)
        ranked[keys.ravel().astype(np.intp)] = np.tile(np.arange(units - 1, -1, -1, dtype=out.dtype), draws)
        out[:] = ranked.reshape(draws, units).T
        if not len(alike):
            return First(first, rows, False)
        out[:, alike] = _compared(self.scores(weights, alike)).T
        again = out[:, alike]
        # Ranks that are shared are lower than those that are not.
        if again.sum(dtype=np.int64) == len(alike) * (units * (units - 1) // 2):
            first[alike] = again.argmin(axis=0)
            return First(first, rows, False)
        draw, unit = np.nonzero(out.T == 0)
        return First(unit, draw, True)

    def _sorted(self, weights: Floats) -> npt.NDArray[np.signedinteger]:
        """Scores as whole numbers, with the number of the unit in the last bits, sorted."""
        keys = np.empty((len(weights), self.units), self._kind)
        found = weights @ self._whole if self.values.ndim == 2 else np.einsum("dk,dik->di", weights, self._whole)
        np.copyto(keys, found, casting="unsafe")
        keys <<= self._bits
        keys |= np.arange(self.units, dtype=self._kind)
        keys.sort(axis=1)
        return keys

    def _alike(self, keys: npt.NDArray[np.signedinteger]) -> npt.NDArray[np.intp]:
        """Draws in which neighbours are too near to be distinguished."""
        flat = keys.ravel()
        # Over the ends of rows as well, where steps are below zero, which without a sign is large; one that is small
        # there costs a second look only.
        steps = (flat[1:] - flat[:-1]).view(f"u{self._kind.itemsize}")
        if not steps.size or int(steps.min()) > self._nearest:
            return np.empty(0, dtype=np.intp)
        return np.unique(np.flatnonzero(steps <= self._nearest) // self.units)


def _compared(scores: Floats) -> Ints:
    """Ranks, (draws, units), by the scores themselves: equal ones take the place of the first of them."""
    order = np.argsort(-scores, axis=1)
    in_order = np.take_along_axis(scores, order, axis=1)
    places = np.zeros(scores.shape, dtype=np.int64)
    places[:, 1:] = np.where(in_order[:, 1:] < in_order[:, :-1], np.arange(1, scores.shape[1]), 0)
    ranks = np.empty_like(places)
    np.put_along_axis(ranks, order, np.maximum.accumulate(places, axis=1), axis=1)
    return ranks


def count_ranks(ranks: npt.NDArray[np.unsignedinteger]) -> Ints:
    """How often each unit has each rank, (units, ranks), from ranks (units, draws)."""
    units = len(ranks)
    if not 1 < units <= MOST_IN_PAIRS:
        return np.array([np.bincount(of_unit, minlength=units) for of_unit in ranks])
    # Two units at once, as one number: what takes time is the number of numbers. An odd one out is counted with itself.
    half = (units + 1) // 2
    both = ranks[:half].astype(np.uint16) * np.uint16(units) + ranks[-half:]
    found = np.array([np.bincount(pair, minlength=units**2) for pair in both]).reshape(half, units, units)
    return np.vstack([found.sum(axis=2), found.sum(axis=1)[2 * half - units :]])


def count_wins(ranks: npt.NDArray[np.unsignedinteger], shared: bool) -> Ints:
    """How often the unit of a row ranks above that of a column, (units, units), from ranks (units, draws).

    `shared` says whether ranks may be equal.
    """
    units, draws = ranks.shape
    wins = np.zeros((units, units), dtype=np.int64)
    room = np.empty((units, draws), dtype=bool)
    for i in range(units - 1):
        below = ranks[i + 1 :]
        above = np.less(ranks[i], below, out=room[i + 1 :])
        wins[i, i + 1 :] = [np.count_nonzero(row) for row in above]
        wins[i + 1 :, i] = draws - wins[i, i + 1 :]
        if shared:
            equal = np.equal(ranks[i], below, out=room[i + 1 :])
            wins[i + 1 :, i] -= [np.count_nonzero(row) for row in equal]
    return wins
