"""Weighted least squares under linear relations, with the exact covariance of what comes out.

With independent relations R x + c = 0 between measured quantities m of covariance S (see `observability`):

    N = R S R',  w = N^-1 (R m + c),  x = m - S R' w,  S_x = S - S R' N^-1 R S,  J = (R m + c)' w ~ chi2(rows of R)

What was not measured follows from x by back-substitution, u = G x + constant, and S_u = G S_x G'. R'w and the diagonal
of R'N^-1 R give the measurement test of gross errors: for each measurement, z = (R'w)_i / sqrt((R'N^-1 R)_ii) is
standard normal when nothing is wrong, and J falls by exactly z^2 when that measurement is left out.

Sources: Mah, Stanley & Downing 1976, doi:10.1021/i260057a030 (least squares by N); Mah & Tamhane 1982,
doi:10.1002/aic.690280519 (test of the measurements); Cencic 2016, doi:10.1016/j.ecolmodel.2016.07.003 (STAN).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from circularity.errors import ReconciliationError
from circularity.reconciliation.cholesky import SingularMatrix, SparseCholesky
from circularity.reconciliation.observability import CONSTANT, Observability, find_observability
from circularity.reconciliation.system import Floats, System

# Right-hand sides solved for at once: few enough to stay in memory, enough to be fast.
AT_ONCE = 256

Places = Sequence[int] | npt.NDArray[np.intp]


class Solution:
    """The best estimate of every quantity of a system, and how sure it is.

    Parameters
    ----------
    system : System

    Attributes
    ----------
    value : array, (quantities,)
        Estimates; NaN for what cannot be determined.
    statistic : float
        J, the weighted sum of squared adjustments.
    freedom : int
        Number of independent relations between measurements: the degrees of freedom of J.
    weights : array, (freedom,)
        w, the multipliers of the independent relations.

    Raises
    ------
    ContradictoryValues
        If exact values cannot all be true.
    SingularErrors
        If the errors of some measurements are bound to each other so that a relation has no error left.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.observability: Observability = find_observability(system)
        self.measured = np.flatnonzero(system.measured)
        self.freedom = self.observability.reduced.shape[0]
        self._relations = sparse.csr_matrix(self.observability.reduced[:, self.measured])
        self._spread: sparse.csr_matrix = (
            sparse.csr_matrix(sparse.diags_array(system.variance[self.measured]))
            if system.covariance is None
            else sparse.csr_matrix(system.covariance[np.ix_(self.measured, self.measured)])
        )
        known = np.where(np.isfinite(system.value), system.value, 0.0)
        misfit = self.observability.reduced @ known + self.observability.constant
        self._factor = self._normal()
        self.weights = self._factor.solve(misfit) if self._factor else np.zeros(0)
        self.statistic = float(misfit @ self.weights)
        self.value = known.copy()
        self.value[self.measured] -= self._spread @ (self._relations.T @ self.weights)
        self._solve_unknown()

    def _normal(self) -> SparseCholesky | None:
        if not self.freedom:
            return None
        normal = sparse.csr_matrix(self._relations @ self._spread @ self._relations.T)
        # Measurements in two relations make them neighbours, also where their terms happen to cancel.
        pattern = abs(self._relations) @ abs(self._relations.T)
        pattern.data[:] = 0
        try:
            return SparseCholesky(_on_pattern(normal, sparse.csr_matrix(pattern)))
        except SingularMatrix:
            raise ReconciliationError("SingularErrors", found=self._most_bound()) from None

    def _most_bound(self) -> list[str]:
        """Names of measurements in the relation with the least error left, for the message."""
        left = (self._relations @ self._spread @ self._relations.T).diagonal()
        row = self._relations[[int(np.argmin(left))]]
        return [self.system.names[self.measured[i]] for i in row.indices]

    def _solve_unknown(self) -> None:
        for column, row in reversed(self.observability.solved):
            terms = (v * (1.0 if c == CONSTANT else self.value[c]) for c, v in row.items() if c != column)
            self.value[column] = -sum(terms) / row[column]
        unknown = np.isnan(self.system.value)
        self.value[unknown & ~self.observability.observable] = np.nan

    @cached_property
    def variance(self) -> Floats:
        """Variance of every estimate, exact; NaN for what cannot be determined.

        It is a difference: what falls below about 1e-10 of the variance of the measurement itself is lost in rounding.
        """
        found = np.where(self.system.fixed, 0.0, np.nan)
        if self.system.covariance is None:
            spread = self.system.variance[self.measured]
            found[self.measured] = spread - spread**2 * self.test_variance
        else:
            found[self.measured] = self._variance_of(self.measured)
        unknown = np.flatnonzero(self.observability.observable)
        found[unknown] = self._variance_of(unknown)
        return np.where(found < 0, 0.0, found)  # below zero by rounding only

    @cached_property
    def test_variance(self) -> Floats:
        """Variance of R'w for every measured quantity: the diagonal of R' N^-1 R."""
        columns = sparse.csc_matrix(self._relations)
        return self._factor.forms(columns) if self._factor else np.zeros(columns.shape[1])

    @cached_property
    def z(self) -> Floats:
        """The measurement test: z of every measurement, standard normal when nothing is wrong; NaN where untestable."""
        pull = self._relations.T @ self.weights
        found = np.full(self.system.size, np.nan)
        tested = np.flatnonzero(np.diff(sparse.csc_matrix(self._relations).indptr))
        # The sign is that of the error: a measurement that is too high has z above zero.
        found[self.measured[tested]] = pull[tested] / np.sqrt(self.test_variance[tested])
        return found

    def covariance(self, first: Places, second: Places | None = None) -> Floats:
        """The exact covariance of some estimates with others, or among themselves; NaN where undetermined."""
        rows = np.asarray(first, dtype=np.intp)
        columns = rows if second is None else np.asarray(second, dtype=np.intp)
        left, right = self.coefficients(rows), self.coefficients(columns)
        spread = self._spread @ right
        found = left.T @ spread
        if self._factor:
            found -= (self._relations @ (self._spread @ left)).T @ self._factor.solve(self._relations @ spread)
        unknown = np.isnan(self.system.value) & ~self.observability.observable
        found[unknown[rows], :] = np.nan
        found[:, unknown[columns]] = np.nan
        return np.asarray(found)

    def _variance_of(self, places: npt.NDArray[np.intp]) -> Floats:
        found = np.empty(len(places))
        for start in range(0, len(places), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            terms = self.coefficients(places[part])
            spread = self._spread @ terms
            found[part] = np.einsum("ij,ij->j", terms, spread)
            if self._factor:
                found[part] -= self._factor.squares(self._relations @ spread)
        return found

    def coefficients(self, places: Places) -> Floats:
        """How estimates follow from the estimates of the measured quantities, (measured, places)."""
        chosen = np.zeros((self.system.size, len(places)))
        chosen[places, np.arange(len(places))] = 1.0
        if not self.observability.solved:
            return chosen[self.measured]
        columns, triangle, rest = self._back
        return np.asarray(chosen[self.measured] - rest.T @ triangle.solve(chosen[columns], trans="T"))

    @cached_property
    def _back(self) -> tuple[npt.NDArray[np.intp], splu, sparse.csr_matrix]:
        """The rows that give the unmeasured quantities: which, their part of the rows, and that of the measured."""
        columns = np.array([c for c, _ in self.observability.solved], dtype=np.intp)
        entries = [(k, c, v) for k, (_, row) in enumerate(self.observability.solved) for c, v in row.items() if c >= 0]
        at, where, values = zip(*entries, strict=True)
        rows = sparse.csc_matrix((values, (at, where)), shape=(len(columns), self.system.size))
        # Triangular by the order of elimination: no pivoting, no fill.
        triangle = splu(sparse.csc_matrix(rows[:, columns]), permc_spec="NATURAL", diag_pivot_thresh=0.0)
        return columns, triangle, sparse.csr_matrix(rows[:, self.measured])


def _on_pattern(matrix: sparse.csr_matrix, pattern: sparse.csr_matrix) -> sparse.csr_matrix:
    """`matrix` with an explicit zero wherever only `pattern` has an entry."""
    one, two = matrix.tocoo(), pattern.tocoo()
    joined = sparse.coo_matrix(
        (
            np.concatenate([one.data, two.data]),
            (np.concatenate([one.row, two.row]), np.concatenate([one.col, two.col])),
        ),
        shape=matrix.shape,
    )
    return joined.tocsr()  # sums repeated entries, keeps zeros
