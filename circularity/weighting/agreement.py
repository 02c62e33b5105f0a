"""How much people agree on weights: overlap, order and distance, which measure different things.

References
----------
.. [1] Goepel, K. D. (2018). Implementation of an online software tool for the Analytic Hierarchy Process (AHP-OS).
   International Journal of the Analytic Hierarchy Process 10(3).
.. [2] Kendall, M. G. and Babington Smith, B. (1939). The problem of m rankings. Annals of Mathematical
   Statistics 10(3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from circularity.weighting.labelled import ROUNDING, Floats

# Ranks held at once while orders are drawn.
MOST_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Overlap:
    """The entropies behind the consensus index: within people (alpha), of their mean (gamma), between (beta). [nat]"""

    alpha: float
    gamma: float

    @property
    def beta(self) -> float:
        """What people differ by: gamma less alpha. [nat]"""
        return self.gamma - self.alpha


@dataclass(frozen=True)
class Concordance:
    """Kendall's coefficient of concordance and its test.

    Attributes
    ----------
    w : float
        From 0, no more alike than chance, to 1, the same order; NaN when everybody ranks all items the same.
    chi2 : float
    freedom : int
    p_value : float
        Probability of a W at least as large when everybody orders at random.
    p_from : {"chi2", "permutation"}
    """

    w: float
    chi2: float
    freedom: int
    p_value: float
    p_from: str


@dataclass(frozen=True)
class Distance:
    """The two groups furthest apart and the item they differ in most.

    `value` is half the sum of absolute differences of weights (total variation): the part of the weight that would
    have to move to make them equal.
    """

    value: float
    first: str
    second: str
    item: str
    of_first: float
    of_second: float


def overlap(weights: pd.DataFrame) -> Overlap:
    """The Shannon entropies of the weights of people [1]_.

    Parameters
    ----------
    weights : DataFrame, (people, items)
        Rows sum to 1; every person counts the same.
    """
    values = _sorted(weights).to_numpy()
    return Overlap(float(_entropy(values).mean()), float(_entropy(values.mean(axis=0))))


def consensus_index(weights: pd.DataFrame, scale: float | None = None) -> float:
    """How much the weights of people overlap [1]_: 1 when they are the same.

    Parameters
    ----------
    weights : DataFrame, (people, items)
        Rows sum to 1.
    scale : float, optional
        M, the largest judgement of the scale that weights come from by AHP: gives S*, which is 0 when everybody calls
        another item the most important that the scale allows, and can be below 0 for sharper weights. Without it S,
        which is 0 when everybody gives all weight to another item.
    """
    items = weights.shape[1]
    if scale is None:
        lowest = 1 / items
    else:
        sharpest = np.append(scale, np.ones(items - 1)) / (items + scale - 1)
        lowest = float(np.exp(_entropy(sharpest))) / items
    return float((np.exp(-overlap(weights).beta) - lowest) / (1 - lowest))


def concordance(weights: pd.DataFrame, fewest_for_chi2: int, permutations: int, seed: int) -> Concordance:
    """Kendall's W of the orders that weights imply, corrected for ties [2]_.

    Parameters
    ----------
    weights : DataFrame, (people, items)
        The higher the more important; only their order counts.
    fewest_for_chi2 : int
        Number of items from which the test is chi-squared; below it orders are drawn.
    permutations : int
        Orders drawn.
    seed : int
    """
    from scipy import stats

    ranks = _ranks(weights)
    people, items = ranks.shape
    ties = sum(float((t**3 - t).sum()) for t in (np.unique(row, return_counts=True)[1] for row in ranks))
    most = people**2 * (items**3 - items) - people * ties
    if people < 2 or most <= 0:
        return Concordance(np.nan, np.nan, items - 1, np.nan, "chi2")
    spread = _spread(ranks.sum(axis=0), people)
    w = float(12 * spread / most)
    chi2 = people * (items - 1) * w
    if items >= fewest_for_chi2:
        return Concordance(w, chi2, items - 1, float(stats.chi2.sf(chi2, items - 1)), "chi2")
    generator = np.random.default_rng(seed)
    at_once = max(1, MOST_AT_ONCE // ranks.size)
    as_large = 0
    for start in range(0, permutations, at_once):
        count = min(at_once, permutations - start)
        drawn = generator.permuted(np.broadcast_to(ranks, (count, *ranks.shape)), axis=2)
        as_large += int((_spread(drawn.sum(axis=1), people) >= spread - ROUNDING).sum())
    # What was observed is one of the orders there may be.
    return Concordance(w, chi2, items - 1, (as_large + 1) / (permutations + 1), "permutation")


def mean_spearman(weights: pd.DataFrame) -> float:
    """The mean over pairs of people of the correlation of their ranks; NaN when somebody ranks all items the same."""
    ranks = _ranks(weights)
    if len(ranks) < 2 or (np.ptp(ranks, axis=1) == 0).any():
        return float("nan")
    return float(np.atleast_2d(np.corrcoef(ranks))[np.triu_indices(len(ranks), 1)].mean())


def largest_distance(weights: pd.DataFrame) -> Distance | None:
    """The two rows furthest apart in total variation, half the sum of absolute differences; None with fewer than two.

    Parameters
    ----------
    weights : DataFrame, (groups, items)
        Rows sum to 1. Of pairs, and of items, that are equally far the first by name is given.
    """
    ordered = _sorted(weights)
    values, names = ordered.to_numpy(), list(ordered.index)
    if len(names) < 2:
        return None
    apart = np.abs(values[:, None] - values[None]).sum(axis=2) / 2
    i, j = (int(k) for k in np.argwhere(np.triu(apart >= apart.max() - ROUNDING, 1))[0])
    differs = np.abs(values[i] - values[j])
    item = int(np.argmax(differs >= differs.max() - ROUNDING))
    ends = float(values[i, item]), float(values[j, item])
    return Distance(float(apart[i, j]), names[i], names[j], str(ordered.columns[item]), *ends)


def _sorted(weights: pd.DataFrame) -> pd.DataFrame:
    return weights.sort_index(axis=0).sort_index(axis=1)


def _entropy(shares: Floats) -> Floats:
    """The Shannon entropy over the last axis; what has no share adds nothing."""
    from scipy.special import entr

    total: Floats = np.asarray(entr(shares).sum(axis=-1))
    return total


def _ranks(weights: pd.DataFrame) -> Floats:
    """Ranks per person, ties averaged; weights that differ by rounding are tied."""
    rounded = _sorted(weights).round(10)
    ranks: Floats = rounded.rank(axis=1, method="average").to_numpy()
    return ranks


def _spread(sums: Floats, people: int) -> Floats:
    """Sum of squares of rank sums around what they would be if nobody preferred anything."""
    items = sums.shape[-1]
    spread: Floats = np.asarray(np.square(sums - people * (items + 1) / 2).sum(axis=-1))
    return spread
