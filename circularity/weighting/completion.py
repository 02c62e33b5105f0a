"""Filling in comparisons that were not given, so that what was given stays as consistent as it can be.

References
----------
.. [1] Bozóki, S., Fülöp, J. and Rónyai, L. (2010). On optimal completion of incomplete pairwise comparison matrices.
   Mathematical and Computer Modelling 52(1-2).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.errors import WeightingError
from circularity.weighting.ahp import checked
from circularity.weighting.labelled import Floats

# The largest slope of the largest eigenvalue that counts as flat: comparisons are then exact to some eight digits.
FLAT = 1e-8


def parts(matrix: pd.DataFrame) -> list[list[str]]:
    """The groups of items that comparisons connect, each in the order of names; one group when all hang together."""
    from scipy.sparse.csgraph import connected_components

    ordered = checked(matrix, complete=False)
    count, group = connected_components(np.isfinite(ordered.to_numpy()), directed=False)
    return [list(ordered.index[group == number]) for number in range(count)]


def completed(matrix: pd.DataFrame) -> pd.DataFrame:
    """The matrix with missing comparisons chosen so that the principal eigenvalue is smallest [1]_.

    That eigenvalue is convex in the logarithms of the missing comparisons, and its minimum is unique when the given
    ones connect all items.

    Parameters
    ----------
    matrix : DataFrame, (items, items)
        Reciprocal and positive, not-a-number for a comparison that is missing.

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
