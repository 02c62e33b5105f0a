"""Stochastic multicriteria acceptability analysis (SMAA-2): which ranks a unit can have, and with whose weights.

Lahdelma & Salminen 2001, Operations Research 49(3), doi:10.1287/opre.49.3.444.11220. Weights need not be agreed, nor
values certain: what holds for nearly all of both can be said all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError
from circularity.scoring.acceptability import Acceptability, Tally
from circularity.scoring.ranks import Ranker, count_ranks, count_wins
from circularity.scoring.sources import Values, Weights, WeightsLike, places_by_name, stream, weights_from
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
    named = Values(values, units, criteria)
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


def _count(draws: int | None, weights: Weights, values: Values) -> int:
    """How many draws: what is asked, or given, rounded up to a multiple of the rows of weights."""
    wanted = max(weights.rows, values.draws) if draws is None else draws
    if wanted < 1:
        raise CallError("WrongArgument", name="draws", found=draws, expected=word("draws", "robustness_advice"))
    rows = max(1, weights.rows)
    return -(-wanted // rows) * rows


def _tally(values: Values, weights: Weights, draws: int, seed: int, group: str, workers: int) -> Tally:
    """What is counted over all draws of one group."""

    def chunk(number: int) -> Tally:
        start = number * CHUNK
        streams = [stream(seed, group, number, of) for of in ("weights", "values")]
        return _chunk(values, weights, start, min(start + CHUNK, draws), streams)

    chunks = range(-(-draws // CHUNK))
    with ThreadPoolExecutor(workers) as pool:
        return reduce(Tally.__add__, pool.map(chunk, chunks))


def _chunk(values: Values, weights: Weights, start: int, stop: int, streams: list[np.random.Generator]) -> Tally:
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


def _confidence(values: Values, tallies: Mapping[str, Tally], seed: int, central: Floats) -> Floats:
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
