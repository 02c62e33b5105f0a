"""Weights by point allocation (swing, SMART, budget) or by rank (rank order centroid).

References
----------
.. [1] Edwards, W. and Barron, F. H. (1994). SMARTS and SMARTER. Organizational Behavior and Human Decision Processes
   60(3).
.. [2] Barron, F. H. and Barrett, B. E. (1996). Decision quality using ranked attribute weights. Management Science
   42(11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from circularity.errors import WeightingError, Where, sentence
from circularity.weighting.labelled import ROUNDING, by_name


def swing_weights(points: Mapping[str, float] | pd.Series, highest: float) -> pd.Series:
    """Swing weights [1]_: points in proportion, of which the best swing has `highest`; by item, sum 1.

    Raises
    ------
    OffScale
        If points are negative; with the item.
    WrongAnchor
        If the highest are not `highest`.
    """
    return _anchored(_positive(points), "highest", highest)


def smart_weights(points: Mapping[str, float] | pd.Series, lowest: float) -> pd.Series:
    """SMART weights: points in proportion, of which the least important has `lowest`; by item, sum 1.

    Raises
    ------
    OffScale, WrongAnchor
        As for `swing_weights`.
    """
    return _anchored(_positive(points), "lowest", lowest)


def budget_weights(points: Mapping[str, float] | pd.Series, total: float) -> pd.Series:
    """Shares of `total` points; by item, sum 1.

    Raises
    ------
    OffScale
        If points are negative.
    PointsDoNotSum
        If they are not `total` together.
    """
    given = _positive(points)
    if abs(given.sum() - total) > ROUNDING * total:
        raise WeightingError("PointsDoNotSum", found=f"{given.sum():g}", expected=f"{total:g}")
    return given / given.sum()


def rank_order_centroid(ranks: Mapping[str, float] | pd.Series) -> pd.Series:
    """Weights by the centroid of all weights that have this order [2]_.

    The item at place k gets the sum of 1/i over the places i from k on, over the number of items.

    Parameters
    ----------
    ranks : mapping or Series of str to float
        1 for the most important. Items of equal rank share the mean weight of the places they take together.

    Returns
    -------
    Series
        By item, sum 1.

    Raises
    ------
    NotAnOrder
        If the ranks are not an order of so many items.
    """
    given = by_name(ranks)
    size = len(given)
    order = given.rank(method="min").astype(int)
    # Equal items may be written 1, 2, 2, 4, or 1, 2, 2, 3, or with the mean of their places.
    written = (order, given.rank(method="dense"), given.rank(method="average"))
    if not any(np.allclose(given, numbering, rtol=0, atol=ROUNDING) for numbering in written):
        raise WeightingError("NotAnOrder", found=", ".join(f"{n} {v:g}" for n, v in given.items()), expected=size)
    by_place = np.cumsum((1 / np.arange(1, size + 1))[::-1])[::-1] / size
    shared = pd.Series({first: by_place[first - 1 : first - 1 + n].mean() for first, n in order.value_counts().items()})
    return order.map(shared).astype(np.float64)


def _positive(points: Mapping[str, float] | pd.Series) -> pd.Series:
    given = by_name(points)
    for name, value in given.items():
        if value < 0:
            expected = sentence("at_least", "expected", low=0)
            raise WeightingError("OffScale", where=Where(key=str(name)), found=f"{value:g}", expected=expected)
    if given.sum() == 0:
        raise WeightingError("PointsDoNotSum", found="0", expected=sentence("above", "expected", low=0))
    return given


def _anchored(points: pd.Series, which: Literal["highest", "lowest"], anchor: float) -> pd.Series:
    """Points in proportion, of which the highest or the lowest must be `anchor`."""
    found = points.max() if which == "highest" else points.min()
    if abs(found - anchor) > ROUNDING:
        raise WeightingError(
            "WrongAnchor", found=f"{found:g}", which=sentence(which, "consensus"), expected=f"{anchor:g}"
        )
    return points / points.sum()
