"""Sparse Cholesky factors, and the entries of the inverse where the matrix has entries.

The variance of every flow needs one small corner of the inverse of a large sparse matrix. SciPy solves with such a
matrix but gives no part of its inverse short of one solve per column; this does, in about the time of the
factorisation (Takahashi's recursion, after Erisman & Tinney 1975, doi:10.1145/360680.360704). Rows with few
neighbours are eliminated one by one; what is left is dense by then and goes to LAPACK.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, solve_triangular

Floats = npt.NDArray[np.float64]

# Neighbours up to which a row is eliminated by itself: beyond, a dense block is faster.
MOST_NEIGHBOURS = 24
# Pivot of a matrix with ones on its diagonal from which it counts as singular.
SMALLEST_PIVOT = 1e-13


class SingularMatrix(ArithmeticError):
    """A matrix that is not positive definite."""


class SparseCholesky:
    """The factors of a sparse symmetric positive definite matrix.

    Parameters
    ----------
    matrix : sparse matrix, (k, k)
        Symmetric; only what it stores, zeros too, is its pattern.

    Raises
    ------
    SingularMatrix
        If it is not positive definite to rounding.
    """

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        self.size = matrix.shape[0]
        diagonal = matrix.diagonal()
        if not (diagonal > 0).all():
            raise SingularMatrix
        self.scale = 1 / np.sqrt(diagonal)
        scaled = sparse.csr_matrix(sparse.diags_array(self.scale) @ matrix @ sparse.diags_array(self.scale))
        rows = _rows(matrix, scaled)
        self.pivots = np.ones(self.size)
        self.steps: list[tuple[int, npt.NDArray[np.intp], Floats]] = []
        self._eliminate(rows)
        peeled = np.zeros(self.size, dtype=bool)
        peeled[[j for j, _, _ in self.steps]] = True
        self.core = np.flatnonzero(~peeled)
        self.place = np.full(self.size, -1)
        self.place[self.core] = np.arange(len(self.core))
        self._factor_core(rows)

    def _eliminate(self, rows: list[dict[int, float]]) -> None:
        pivots = self.pivots
        waiting = [(len(row), i) for i, row in enumerate(rows)]
        heapq.heapify(waiting)
        done = [False] * self.size
        while waiting:
            count, j = heapq.heappop(waiting)
            if done[j] or count != len(rows[j]):
                continue
            if count > MOST_NEIGHBOURS:
                break
            done[j] = True
            pivot = pivots[j]
            if pivot <= SMALLEST_PIVOT:
                raise SingularMatrix
            others = list(rows[j].items())
            for a, value in others:
                row, share = rows[a], value / pivot
                del row[j]
                pivots[a] -= share * value
                for b, other in others:
                    if b != a:
                        row[b] = row.get(b, 0.0) - share * other
                heapq.heappush(waiting, (len(row), a))
            names = np.fromiter(rows[j], dtype=np.intp, count=count)
            self.steps.append((j, names, np.fromiter(rows[j].values(), dtype=float, count=count) / pivot))

    def _factor_core(self, rows: list[dict[int, float]]) -> None:
        dense = np.zeros((len(self.core), len(self.core)), order="F")
        for here, i in enumerate(self.core):
            row = rows[i]
            dense[here, self.place[list(row)]] = list(row.values())
            dense[here, here] = self.pivots[i]
        try:
            self.dense = cho_factor(dense, lower=True, overwrite_a=True, check_finite=False)
        except np.linalg.LinAlgError:
            raise SingularMatrix from None
        if len(self.core) and (np.diag(self.dense[0]) ** 2).min() <= SMALLEST_PIVOT:
            raise SingularMatrix

    def solve(self, right: Floats) -> Floats:
        """The inverse of the matrix times `right`, (k,) or (k, columns)."""
        flat = right.ndim == 1
        x = (right[:, None] if flat else right) * self.scale[:, None]
        for j, names, shares in self.steps:
            x[names] -= shares[:, None] * x[j]
        if len(self.core):
            x[self.core] = cho_solve(self.dense, x[self.core], check_finite=False)
        for j, names, shares in reversed(self.steps):
            x[j] = x[j] / self.pivots[j] - shares @ x[names]
        x *= self.scale[:, None]
        return np.asarray(x[:, 0] if flat else x)

    def squares(self, right: Floats) -> Floats:
        """For every column c of `right`, (k, columns), c' times the inverse times c; half the work of `solve`."""
        x = right * self.scale[:, None]
        found = np.zeros(x.shape[1])
        for j, names, shares in self.steps:
            x[names] -= shares[:, None] * x[j]
            found += x[j] ** 2 / self.pivots[j]
        if len(self.core):
            half = solve_triangular(self.dense[0], x[self.core], lower=True, check_finite=False)
            found += np.einsum("ij,ij->j", half, half)
        return found

    def forms(self, columns: sparse.csc_matrix) -> Floats:
        """For every column c, c' times the inverse times c, all columns at once.

        Parameters
        ----------
        columns : sparse matrix, (k, n)
            Every two rows in which a column has entries are neighbours in the matrix.
        """
        return _Inverse(self).forms(columns)


class _Inverse:
    """The entries of the inverse of a scaled matrix on the pattern of its factors."""

    def __init__(self, factor: SparseCholesky) -> None:
        self.scale = factor.scale
        self.place = factor.place.tolist()
        identity = np.eye(len(factor.core), order="F")
        self.core: Floats = cho_solve(factor.dense, identity, check_finite=False) if len(factor.core) else identity
        self.diagonal: list[float] = np.ones(factor.size).tolist()
        for i, value in zip(factor.core.tolist(), np.diag(self.core).tolist(), strict=True):
            self.diagonal[i] = value
        # Step at which a row was eliminated; the core is last.
        self.order = [len(factor.steps)] * factor.size
        self.rows: list[dict[int, float]] = [{} for _ in range(factor.size)]
        for step, (j, _, _) in enumerate(factor.steps):
            self.order[j] = step
        for j, names, shares in reversed(factor.steps):
            neighbours = names.tolist()
            column = -(self.block(neighbours) @ shares)
            self.rows[j] = dict(zip(neighbours, column.tolist(), strict=True))
            self.diagonal[j] = 1 / factor.pivots[j] - float(shares @ column)

    def entry(self, i: int, j: int) -> float:
        """One entry, between rows that are neighbours."""
        if i == j:
            return self.diagonal[i]
        if self.place[i] >= 0 and self.place[j] >= 0:
            return float(self.core[self.place[i], self.place[j]])
        return self.rows[i][j] if self.order[i] < self.order[j] else self.rows[j][i]

    def block(self, names: list[int]) -> Floats:
        """The entries between `names`, all of them neighbours."""
        place = [self.place[i] for i in names]
        inside = [k for k, p in enumerate(place) if p >= 0]
        if len(inside) == len(names):
            at = np.array(place, dtype=np.intp)
            return self.core[at[:, None], at]
        found = np.empty((len(names), len(names)))
        if inside:
            at, here = np.array([place[k] for k in inside]), np.array(inside)
            found[here[:, None], here] = self.core[at[:, None], at]
        for k, i in enumerate(names):
            if place[k] < 0:
                found[k, :] = found[:, k] = [
                    self.entry(i, j) if place[m] >= 0 or m >= k else found[m, k] for m, j in enumerate(names)
                ]
        return found

    def forms(self, columns: sparse.csc_matrix) -> Floats:
        """The quadratic form of every column with the inverse of the unscaled matrix."""
        scaled = sparse.csc_matrix(sparse.diags_array(self.scale) @ columns)
        ends, places, values = scaled.indptr.tolist(), scaled.indices.tolist(), scaled.data.tolist()
        found = np.zeros(scaled.shape[1])
        for i in range(scaled.shape[1]):
            names, shares = places[ends[i] : ends[i + 1]], values[ends[i] : ends[i + 1]]
            if len(names) > 2:
                found[i] = np.array(shares) @ self.block(names) @ np.array(shares)
            else:
                found[i] = sum(
                    a * b * self.entry(m, n)
                    for m, a in zip(names, shares, strict=True)
                    for n, b in zip(names, shares, strict=True)
                )
        return found


def _rows(pattern: sparse.csr_matrix, values: sparse.csr_matrix) -> list[dict[int, float]]:
    """The off-diagonal entries of every row; what `pattern` stores is there even where it is zero."""
    rows: list[dict[int, float]] = []
    for i in range(pattern.shape[0]):
        here = slice(pattern.indptr[i], pattern.indptr[i + 1])
        row = dict.fromkeys(pattern.indices[here].tolist(), 0.0)
        there = slice(values.indptr[i], values.indptr[i + 1])
        row.update(zip(values.indices[there].tolist(), values.data[there].tolist(), strict=True))
        row.pop(i, None)
        rows.append(row)
    return rows
