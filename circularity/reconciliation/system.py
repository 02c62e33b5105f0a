"""The linear system that is reconciled: relations between quantities, some of them measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from circularity.errors import CallError, CircularityError, DataError, DataFaults, ReconciliationError, Where, sentence
from circularity.texts import word

Floats = npt.NDArray[np.float64]
# What is smaller than this part of the numbers it was computed from is rounding, and counts as zero.
ROUNDING = 1e-9


@dataclass(frozen=True)
class System:
    """Relations ``matrix @ x = right`` between quantities x, and what was measured of them.

    Attributes
    ----------
    matrix : sparse matrix, (relations, quantities)
    right : array, (relations,)
    value : array, (quantities,)
        Measured values; NaN where nothing was measured.
    variance : array, (quantities,)
        Variance of each measurement; 0 for a value that is held to be exact.
    names, relations : sequence of str
        Names of the quantities and of the relations.
    covariance : array, (quantities, quantities), optional
        The whole covariance where errors of measurements are related; its diagonal is `variance`.
    """

    matrix: sparse.csr_matrix
    right: Floats
    value: Floats
    variance: Floats
    names: Sequence[str]
    relations: Sequence[str]
    covariance: Floats | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Number of quantities."""
        return len(self.value)

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """Which quantities were measured with an error."""
        return np.asarray(np.isfinite(self.value) & (self.variance > 0))

    @property
    def fixed(self) -> npt.NDArray[np.bool_]:
        """Which quantities are held to be exact."""
        return np.asarray(np.isfinite(self.value) & (self.variance == 0))

    def without(self, places: Sequence[int]) -> System:
        """The same system in which the measurements at `places` were never taken."""
        value, variance = self.value.copy(), self.variance.copy()
        value[list(places)], variance[list(places)] = np.nan, np.nan
        return System(self.matrix, self.right, value, variance, self.names, self.relations, self.covariance)


def make_system(
    matrix: sparse.sparray | sparse.spmatrix | npt.ArrayLike,
    value: npt.ArrayLike,
    variance: npt.ArrayLike,
    right: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    relations: Sequence[str] | None = None,
) -> System:
    """A checked `System`.

    Parameters
    ----------
    matrix : array or sparse matrix, (relations, quantities)
    value : array_like, (quantities,)
        Measured values; NaN where nothing was measured.
    variance : array_like, (quantities,) or (quantities, quantities)
        Variances, or the whole covariance. What is given for a quantity without value is not read.
    right : array_like, (relations,), optional
        Right-hand side; zero by default.
    names, relations : sequence of str, optional
        Names for messages and tables; x1, x2, ... and 1, 2, ... by default.

    Raises
    ------
    WrongShape
        If the numbers of rows and columns do not fit each other.
    DataFaults
        If a number is infinite, or a variance below zero or missing.
    NotACovariance
        If a covariance is not symmetric or gives some combination a variance below zero.
    NoObservations
        If no quantity has a value.
    """
    rows = sparse.csr_matrix(matrix, dtype=float)
    given, errors = np.array(value, dtype=float), np.array(variance, dtype=float)
    count, size = rows.shape
    if given.shape != (size,):
        raise CallError("WrongShape", name="value", found=given.shape, expected=(size,))
    if errors.shape not in ((size,), (size, size)):
        raise CallError("WrongShape", name="variance", found=errors.shape, expected=(size,))
    rights = np.zeros(count) if right is None else np.array(right, dtype=float)
    if rights.shape != (count,):
        raise CallError("WrongShape", name="right", found=rights.shape, expected=(count,))
    variances = errors.copy() if errors.ndim == 1 else np.diag(errors).copy()
    variances[np.isnan(given)] = np.nan
    called = list(names) if names is not None else [f"x{i + 1}" for i in range(size)]
    related = list(relations) if relations is not None else [str(i + 1) for i in range(count)]
    if len(called) != size or len(related) != count:
        raise CallError("WrongShape", name="names", found=(len(called), len(related)), expected=(size, count))
    _check(rows, rights, given, variances, called)
    covariance = _whole(errors, given) if errors.ndim == 2 else None
    return System(rows, rights, given, variances, called, related, covariance)


def _check(rows: sparse.csr_matrix, right: Floats, value: Floats, variance: Floats, names: Sequence[str]) -> None:
    if not np.isfinite(rows.data).all():
        raise ReconciliationError("NotFinite", found="matrix")
    if not np.isfinite(right).all():
        raise ReconciliationError("NotFinite", found="right")
    faults: list[CircularityError] = []
    for i in np.flatnonzero(np.isinf(value)).tolist():
        faults.append(ReconciliationError("NotFinite", where=Where(key=names[i]), found=value[i]))
    known = np.isfinite(value)
    with np.errstate(invalid="ignore"):
        wrong = known & ~(np.isfinite(variance) & (variance >= 0))
    at_least = {lang: text.format(low=0) for lang, text in word("at_least", "bounds").items()}
    for i in np.flatnonzero(wrong).tolist():
        faults.append(DataError("OutOfRange", where=Where(key=names[i]), found=variance[i], expected=at_least))
    if faults:
        raise DataFaults(faults)
    if not known.any():
        raise ReconciliationError("NoObservations")


def _whole(covariance: Floats, value: Floats) -> Floats:
    """The covariance, rows and columns without measurement zero."""
    whole = covariance.copy()
    unknown = np.isnan(value)
    whole[unknown, :] = whole[:, unknown] = 0
    if not np.isfinite(whole).all():
        raise ReconciliationError("NotACovariance", because=sentence("not_finite", "covariance"))
    largest = np.abs(whole).max(initial=0)
    if not np.allclose(whole, whole.T, rtol=0, atol=ROUNDING * largest):
        raise ReconciliationError("NotACovariance", because=sentence("not_symmetric", "covariance"))
    if np.linalg.eigvalsh(whole).min(initial=0) < -ROUNDING * largest:
        raise ReconciliationError("NotACovariance", because=sentence("below_zero", "covariance"))
    return whole
