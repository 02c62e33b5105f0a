"""The best-worst method: every item held against the most and the least important one.

References
----------
.. [1] Rezaei, J. (2016). Best-worst multi-criteria decision-making method: Some properties and a linear model.
   Omega 64.
.. [2] Rezaei, J. (2015). Best-worst multi-criteria decision-making method. Omega 53.
.. [3] Liang, F., Brunelli, M. and Rezaei, J. (2020). Consistency issues in the best worst method. Omega 96.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from circularity.errors import WeightingError, Where, sentence
from circularity.weighting.labelled import ROUNDING, by_name, same_items


@dataclass(frozen=True)
class BestWorst:
    """The judgements of one person about one node, each from 1 (equal) up.

    Attributes
    ----------
    best, worst : str
        The most and the least important item.
    from_best : Series
        How many times more important the best is than each item; 1 for the best itself.
    to_worst : Series
        How many times more important each item is than the worst; 1 for the worst itself.
    """

    best: str
    worst: str
    from_best: pd.Series
    to_worst: pd.Series

    @property
    def ratio(self) -> float:
        """How many times more important the best is than the worst, a_BW."""
        return float(self.from_best[self.worst])


def best_worst(
    best: str,
    worst: str,
    from_best: Mapping[str, float],
    to_worst: Mapping[str, float],
    items: Iterable[str],
    scale: float,
) -> BestWorst:
    """Judgements that can be those of these items.

    Parameters
    ----------
    best, worst : str
        The most and the least important item.
    from_best, to_worst : mapping of str to float
        Best over each item, each item over the worst. What is 1 by itself, and one of the two judgements of best over
        worst, may be left out.
    items : iterable of str
        Items of the node.
    scale : float
        Largest judgement that may be given.

    Raises
    ------
    BestIsWorst
        If one item is both.
    NotAnItem, MissingAnswer, OffScale
        If an item is unknown or lacks a judgement, or a judgement is not from 1 to `scale`.
    NotReciprocal
        If best over worst is given twice and differs, or an item is not as important as itself.
    """
    names = sorted(set(items))
    for name in (best, worst, *sorted({*from_best, *to_worst})):
        if name not in names:
            raise WeightingError("NotAnItem", where=Where(key=name), found=name, expected=names)
    if best == worst:
        raise WeightingError("BestIsWorst", found=best)
    over, under = {best: 1.0, **from_best}, {worst: 1.0, **to_worst}
    if worst in over or best in under:
        over.setdefault(worst, under.get(best, np.nan))
        under.setdefault(best, over[worst])
    for given in (over, under):
        same_items(given, names)
        for name, value in sorted(given.items()):
            if not 1 - ROUNDING <= value <= scale * (1 + ROUNDING):
                expected = sentence("between", "bounds", low=1, high=f"{scale:g}")
                raise WeightingError("OffScale", where=Where(key=name), found=f"{value:g}", expected=expected)
    for first, second, value, wanted in (
        (best, best, over[best], 1.0), (worst, worst, under[worst], 1.0), (best, worst, under[best], over[worst])
    ):  # fmt: skip
        if abs(value - wanted) > ROUNDING:
            where = Where(key=f"{first}, {second}")
            raise WeightingError(
                "NotReciprocal", where=where, found=f"{value:g}", item=first, other=second, expected=f"{wanted:g}"
            )
    return BestWorst(best, worst, by_name(over), by_name(under))


def linear_weights(judged: BestWorst) -> tuple[pd.Series, float]:
    """Weights by the linear model [1]_, whose optimum is unique.

    Returns
    -------
    Series, float
        Weights by item, sum 1, and x, the largest of |w_B - a_Bj w_j| and |w_j - a_jW w_W|: near 0 is consistent.

    Raises
    ------
    NoOptimum
        If the solver finds no optimum.
    """
    from scipy.optimize import linprog

    names = list(judged.from_best.index)
    size, b, w = len(names), names.index(judged.best), names.index(judged.worst)
    rows = []
    for j, name in enumerate(names):
        for item, other, times in ((b, j, judged.from_best[name]), (j, w, judged.to_worst[name])):
            if item == other:
                continue
            difference = np.zeros(size)
            difference[item] += 1.0
            difference[other] -= times
            rows += [np.append(difference, -1.0), np.append(-difference, -1.0)]
    found = linprog(
        np.append(np.zeros(size), 1.0),
        A_ub=np.array(rows),
        b_ub=np.zeros(len(rows)),
        A_eq=[np.append(np.ones(size), 0.0)],
        b_eq=[1.0],
        bounds=(0, None),
        method="highs-ds",
    )
    if found.x is None or not found.success:
        raise WeightingError("NoOptimum", found=size, expected=found.message)
    weights = np.maximum(found.x[:size], 0.0)
    return pd.Series(weights / weights.sum(), index=names), float(found.x[size])


def input_consistency(judged: BestWorst) -> tuple[float, str]:
    """The input-based consistency ratio [3]_, known without any model, and the item that makes it as large as it is.

    max_j |a_Bj a_jW - a_BW| / (a_BW² - a_BW), and 0 when best and worst are equally important.
    """
    ratio = judged.ratio
    apart = (judged.from_best * judged.to_worst - ratio).abs().drop([judged.best, judged.worst])
    if apart.empty or ratio <= 1 + ROUNDING:
        return 0.0, judged.worst
    item = str(apart.index[int(np.argmax(apart.to_numpy() >= apart.max() - ROUNDING))])
    return float(apart.max() / (ratio**2 - ratio)), item


def consistency_limit(judged: BestWorst, thresholds: Mapping[tuple[int, int], float]) -> float:
    """The largest input-based ratio that counts as consistent [3]_; NaN where the table has none.

    Parameters
    ----------
    judged : BestWorst
    thresholds : mapping of (int, int) to float
        By judgement of best over worst, a whole number, and number of items. One in between takes the lower row.
    """
    return thresholds.get((int(judged.ratio + ROUNDING), len(judged.from_best)), float("nan"))


def nonlinear_consistency(judged: BestWorst) -> tuple[float, float]:
    """The optimum x of the nonlinear model [2]_, and its consistency ratio.

    x is the smallest number for which weights exist with |w_B/w_j - a_Bj| <= x and |w_j/w_W - a_jW| <= x. Each item
    allows w_B/w_W an interval, and there are weights when the intervals have a point in common; x is where the last two
    touch.

    Returns
    -------
    float, float
        x, and x over the largest x that a_BW allows, ((1 + 2a) - sqrt(8a + 1)) / 2; 0 when best and worst are equal.
    """
    from scipy.optimize import brentq

    between = [n for n in judged.from_best.index if n not in (judged.best, judged.worst)]
    over, under = judged.from_best[between].to_numpy(), judged.to_worst[between].to_numpy()
    ratio = judged.ratio

    def gap(x: float) -> float:
        lowest = max(ratio - x, *(np.maximum(over - x, 0) * np.maximum(under - x, 0)), 0.0)
        return float(lowest - min(ratio + x, *((over + x) * (under + x))))

    largest = ((1 + 2 * ratio) - np.sqrt(8 * ratio + 1)) / 2
    if not between or gap(0.0) <= ROUNDING:
        return 0.0, 0.0
    x = float(brentq(gap, 0.0, float(max(ratio, over.max(), under.max())), xtol=1e-15, rtol=1e-14))
    return x, float(x / largest) if largest > 0 else 0.0
