"""Filling in comparisons that were not given, so that what was given stays as consistent as it can be.

References
----------
.. [1] Bozóki, S., Fülöp, J. and Rónyai, L. (2010). On optimal completion of incomplete pairwise comparison matrices.
   Mathematical and Computer Modelling 52(1-2).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.consensus.ahp import checked
from circularity.consensus.keyed import Floats
from circularity.errors import Disconnected, NoOptimum

Places = npt.NDArray[np.int64]

# The largest slope of the largest eigenvalue that counts as flat: comparisons are then exact to some eight digits.
FLAT = 1e-8


def parts(matrix: pd.DataFrame) -> list[list[str]]:
    """The groups of items that comparisons connect, each in the order of names; one group when all hang together."""
    from scipy.sparse.csgraph import connected_components

    ordered = matrix.loc[sorted(matrix.index), sorted(matrix.index)]
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
    from scipy.optimize import minimize

    ordered = checked(matrix, complete=False)
    groups = parts(ordered)
    if len(groups) > 1:
        raise Disconnected(found=[", ".join(group) for group in groups], expected=(groups[0][0], groups[1][0]))
    known = np.isfinite(ordered.to_numpy())
    rows, columns = np.nonzero(np.triu(~known, 1))
    if not len(rows):
        return ordered
    logs = np.log(np.where(known, ordered.to_numpy(), 1.0))

    def eigenvalue(unknown: Floats) -> tuple[float, Floats]:
        filled = _filled(logs, rows, columns, unknown)
        values, right = np.linalg.eig(filled)
        first = int(np.argmax(values.real))
        back, left = np.linalg.eig(filled.T)
        v, w = np.abs(left[:, int(np.argmax(back.real))].real), np.abs(right[:, first].real)
        slope = v[rows] * w[columns] * filled[rows, columns] - v[columns] * w[rows] * filled[columns, rows]
        return float(values[first].real), slope / (v @ w)

    start = _least_squares(logs, known)
    found = minimize(eigenvalue, start[rows] - start[columns], jac=True, method="BFGS", options={"gtol": FLAT / 100})
    if np.abs(found.jac).max() > FLAT:
        raise NoOptimum(found=len(rows), expected=found.message)
    return pd.DataFrame(_filled(logs, rows, columns, found.x), index=ordered.index, columns=ordered.columns)


def _filled(logs: Floats, rows: Places, columns: Places, unknown: Floats) -> Floats:
    filled = logs.copy()
    filled[rows, columns], filled[columns, rows] = unknown, -unknown
    values: Floats = np.exp(filled)
    return values


def _least_squares(logs: Floats, known: Floats) -> Floats:
    """Logarithms of weights that come nearest to the given comparisons: a good place to start."""
    links = known & ~np.eye(len(known), dtype=bool)
    laplacian = np.diag(links.sum(axis=1)) - links
    found: Floats = np.linalg.lstsq(laplacian.astype(float), np.where(links, logs, 0.0).sum(axis=1), rcond=None)[0]
    return found
