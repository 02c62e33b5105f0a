"""The analytic hierarchy process: weights out of pairwise comparisons, and how consistent these are.

A comparison a_ij says how many times more important item i is than item j; a_ji is 1/a_ij.

References
----------
.. [1] Saaty, T. L. (1980). The Analytic Hierarchy Process. McGraw-Hill.
.. [2] Aguarón, J. and Moreno-Jiménez, J. M. (2003). The geometric consistency index: approximated thresholds. European
   Journal of Operational Research 147(1).
.. [3] Bozóki, S., Fülöp, J. and Rónyai, L. (2010). On optimal completion of incomplete pairwise comparison matrices.
   Mathematical and Computer Modelling 52(1-2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from circularity.errors import WeightingError, Where, sentence
from circularity.texts import LANGUAGES, Texts
from circularity.weighting.labelled import ROUNDING, Floats

Pair = tuple[str, str]
# The largest slope of the largest eigenvalue that counts as flat: comparisons are then exact to some eight digits.
FLAT = 1e-8


@dataclass(frozen=True)
class Eigen:
    """The principal eigenvector of comparisons, with its eigenvalue.

    Attributes
    ----------
    weights : Series
        By item, sum 1.
    largest : float
        Principal eigenvalue lambda_max; the number of items when the comparisons are consistent.
    index : float
        Consistency index CI = (lambda_max - n) / (n - 1).
    """

    weights: pd.Series
    largest: float
    index: float


@dataclass(frozen=True)
class Deviation:
    """The comparison that fits least: `item` over `other` was `given`, and the weights imply `fits`."""

    item: str
    other: str
    given: float
    fits: float


def judgement_matrix(judgements: Mapping[Pair, float], items: Iterable[str], scale: float) -> pd.DataFrame:
    """The comparisons of one person about one node as a reciprocal matrix.

    Parameters
    ----------
    judgements : mapping of (item, other) to float
        How many times more important the first is; either way round, or both when they agree.
    items : iterable of str
        Items of the node, at least two.
    scale : float
        Largest judgement that may be given; the smallest is its reciprocal.

    Returns
    -------
    DataFrame, (items, items)
        In the order of names; NaN where a comparison was not given.

    Raises
    ------
    TooFewItems, NotAnItem, SameItem, OffScale, NotReciprocal
        If the comparisons cannot be those of these items.
    """
    names = sorted(set(items))
    if len(names) < 2:
        raise WeightingError("TooFewItems", found=len(names), names=names)
    place = {name: position for position, name in enumerate(names)}
    values = np.full((len(names), len(names)), np.nan)
    for (item, other), value in sorted(judgements.items()):
        for name in (item, other):
            if name not in place:
                raise WeightingError("NotAnItem", where=Where(key=f"{item}, {other}"), found=name, expected=names)
        where, at = Where(key=f"{item}, {other}"), (place[item], place[other])
        if item == other:
            raise WeightingError("SameItem", where=where, found=item)
        if not 1 / scale * (1 - ROUNDING) <= value <= scale * (1 + ROUNDING):
            raise WeightingError("OffScale", where=where, found=f"{value:g}", expected=_ends(scale))
        before = values[at]
        if np.isfinite(before) and abs(before / value - 1) > ROUNDING:
            raise WeightingError(
                "NotReciprocal", where=where, found=f"{value:g}", item=item, other=other, expected=f"{before:g}"
            )
        values[at], values[at[::-1]] = value, 1 / value
    np.fill_diagonal(values, 1.0)
    return pd.DataFrame(values, index=names, columns=names)


def _ends(scale: float) -> Mapping[str, str]:
    return sentence("between_reciprocals", "expected", high=f"{scale:g}")


def checked(matrix: pd.DataFrame, complete: bool = True) -> pd.DataFrame:
    """A matrix of comparisons in the order of names.

    Raises
    ------
    OffScale
        If a comparison is missing (when it must be complete), infinite, zero or negative.
    NotReciprocal
        If a_ji is not 1/a_ij, or its diagonal is not 1.
    NotAnItem
        If rows and columns have other names.
    """
    for name in sorted(set(matrix.index) ^ set(matrix.columns)):
        raise WeightingError("NotAnItem", where=Where(key=str(name)), found=name, expected=sorted(set(matrix.index)))
    names = sorted(matrix.index)
    rows, columns = (
        sorted(range(len(ends)), key=ends.__getitem__) for ends in (list(matrix.index), list(matrix.columns))
    )
    # Every step checks what it is given: looking names up one by one would take most of the time.
    values = matrix.to_numpy(dtype=np.float64)[np.ix_(rows, columns)]
    missing = np.isnan(values) & np.isnan(values.T) & ~np.eye(len(names), dtype=bool) & (not complete)
    off = ~missing & ~(np.isfinite(values) & (values > 0))
    for i, j in np.argwhere(off):
        where = Where(key=f"{names[i]}, {names[j]}")
        raise WeightingError(
            "OffScale", where=where, found=f"{values[i, j]:g}", expected=sentence("above", "expected", low=0)
        )
    for i, j in np.argwhere(~missing & (np.abs(values * values.T - 1) > ROUNDING)):
        where, expected = Where(key=f"{names[j]}, {names[i]}"), f"{1 / values[i, j]:g}"
        found = f"{values[j, i]:g}"
        raise WeightingError(
            "NotReciprocal", where=where, found=found, item=names[j], other=names[i], expected=expected
        )
    return pd.DataFrame(values, index=names, columns=names)


def eigenvector(matrix: pd.DataFrame) -> Eigen:
    """Weights as the principal eigenvector of a complete matrix of comparisons [1]_.

    Parameters
    ----------
    matrix : DataFrame, (items, items)
        Reciprocal and positive.

    Raises
    ------
    OffScale, NotReciprocal, NotAnItem
        If the matrix is not reciprocal and positive.
    """
    ordered = checked(matrix)
    values, vectors = np.linalg.eig(ordered.to_numpy())
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    size = len(ordered)
    largest = float(values[first].real)
    index = (largest - size) / (size - 1)
    return Eigen(pd.Series(weights / weights.sum(), index=ordered.index), largest, index)


def row_geometric_mean(matrix: pd.DataFrame) -> pd.Series:
    """Weights as the geometric means of the rows, sum 1; equal to the eigenvector up to three items."""
    ordered = checked(matrix)
    weights = np.exp(np.log(ordered.to_numpy()).mean(axis=1))
    return pd.Series(weights / weights.sum(), index=ordered.index)


def consistency_ratio(index: float, items: int, random_index: Mapping[int, float]) -> float:
    """The consistency ratio CR: a consistency index over that of comparisons at random [1]_.

    Parameters
    ----------
    index : float
        Consistency index CI.
    items : int
    random_index : mapping of int to float
        By number of items; one and two items are consistent by themselves.

    Raises
    ------
    NoRandomIndex
        If the table has none for so many items.
    """
    if items <= 2:
        return 0.0
    if items not in random_index:
        raise WeightingError("NoRandomIndex", found=items, expected=sorted(random_index))
    return max(0.0, index / random_index[items])


def geometric_index(matrix: pd.DataFrame, weights: pd.Series) -> float:
    """The geometric consistency index [2]_: 2/((n-1)(n-2)) times the sum over pairs of ln²(a_ij w_j / w_i).

    Made for the weights of `row_geometric_mean`; zero up to two items.
    """
    error = _errors(checked(matrix), weights)
    size = len(error)
    if size <= 2:
        return 0.0
    return float(2 * np.square(np.triu(error, 1)).sum() / ((size - 1) * (size - 2)))


def largest_deviation(matrix: pd.DataFrame, weights: pd.Series) -> Deviation:
    """The comparison furthest, as a ratio, from what the weights imply, written from the item called more important.

    Parameters
    ----------
    matrix : DataFrame, (items, items)
        Not-a-number where no comparison was given: only given ones are looked at.
    weights : Series
    """
    ordered = checked(matrix, complete=False)
    error = np.abs(_errors(ordered, weights))
    error[np.isnan(error)] = -1.0
    names, values = list(ordered.index), ordered.to_numpy()
    # The first of those that are equally far, up to rounding.
    i, j = (int(k) for k in np.argwhere(np.triu(error, 1) >= error.max() - ROUNDING)[0])
    if values[i, j] < 1:
        i, j = j, i
    return Deviation(names[i], names[j], float(values[i, j]), float(weights[names[i]] / weights[names[j]]))


def _errors(ordered: pd.DataFrame, weights: pd.Series) -> Floats:
    w = np.array([weights[name] for name in ordered.index])
    errors: Floats = np.log(ordered.to_numpy() * w[None, :] / w[:, None])
    return errors


def inconsistency(ratio: float, limit: float, deviation: Deviation, where: Where) -> WeightingError | None:
    """The finding for somebody whose consistency ratio is above the limit; None when it is not."""
    if not ratio > limit:
        return None
    shown = {name: _in_all(value) for name, value in (("given", deviation.given), ("fits", deviation.fits))}
    return WeightingError(
        "InconsistentJudgements",
        where=where,
        found=_in_all(ratio),
        expected=_in_all(limit),
        item=deviation.item,
        other=deviation.other,
        **shown,
    )


def _in_all(value: float) -> dict[str, str]:
    return {lang: Texts(lang).number(value, 2) for lang in LANGUAGES}


# Comparisons that were not given --------------------------------------------------------------------------------------


def parts(matrix: pd.DataFrame) -> list[list[str]]:
    """The groups of items that comparisons connect, each in the order of names; one group when all hang together."""
    from scipy.sparse.csgraph import connected_components

    ordered = checked(matrix, complete=False)
    count, group = connected_components(np.isfinite(ordered.to_numpy()), directed=False)
    return [list(ordered.index[group == number]) for number in range(count)]


def completed(matrix: pd.DataFrame) -> pd.DataFrame:
    """The matrix with missing comparisons chosen so that the principal eigenvalue is smallest [3]_.

    That eigenvalue is convex in the logarithms of the missing comparisons, and its minimum is unique when the given
    ones connect all items.

    Parameters
    ----------
    matrix : DataFrame, (items, items)
        Reciprocal and positive, NaN for a comparison that is missing.

    Raises
    ------
    Disconnected
        If comparisons do not connect all items: groups are then not weighed against each other. Names the groups.
    NoOptimum
        If no minimum is found.
    """
    from scipy.optimize import minimize, root

    ordered = checked(matrix, complete=False)
    groups = parts(ordered)
    if len(groups) > 1:
        raise WeightingError(
            "Disconnected", found=[", ".join(group) for group in groups], expected=(groups[0][0], groups[1][0])
        )
    known = np.isfinite(ordered.to_numpy())
    rows, columns = np.nonzero(np.triu(~known, 1))
    if not len(rows):
        return ordered
    start = _least_squares(np.log(np.where(known, ordered.to_numpy(), 1.0)), known)

    def filled(unknown: Floats) -> Floats:
        values: Floats = ordered.to_numpy(copy=True)
        values[rows, columns], values[columns, rows] = np.exp(unknown), np.exp(-unknown)
        return values

    def eigenvalue(unknown: Floats) -> tuple[float, Floats]:
        matrix = filled(unknown)
        values, right = np.linalg.eig(matrix)
        back, left = np.linalg.eig(matrix.T)
        first, last = int(np.argmax(values.real)), int(np.argmax(back.real))
        w, v = np.abs(right[:, first].real), np.abs(left[:, last].real)
        slope = v[rows] * w[columns] * matrix[rows, columns] - v[columns] * w[rows] * matrix[columns, rows]
        return float(values[first].real), slope / (v @ w)

    near = minimize(eigenvalue, start[rows] - start[columns], jac=True, method="BFGS")
    # Near a minimum the eigenvalue itself is too flat to go by; where its slope is zero can be found exactly.
    found = root(lambda unknown: eigenvalue(unknown)[1], near.x, tol=FLAT / 1000)
    if np.abs(found.fun).max() > FLAT:
        raise WeightingError("NoOptimum", found=len(rows), expected=found.message)
    return pd.DataFrame(filled(found.x), index=ordered.index, columns=ordered.columns)


def _least_squares(logs: Floats, known: Floats) -> Floats:
    """Logarithms of weights that come nearest to the given comparisons: a good place to start."""
    links = known & ~np.eye(len(known), dtype=bool)
    laplacian = np.diag(links.sum(axis=1)) - links
    found: Floats = np.linalg.lstsq(laplacian.astype(float), np.where(links, logs, 0.0).sum(axis=1), rcond=None)[0]
    return found
