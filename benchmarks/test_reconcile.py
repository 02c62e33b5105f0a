"""10,000 flows with unknown ones among them, against SciPy's own solve of the same system.

The bare peer solves the equations of the least squares (KKT) once, for the values; this package also says which flows
can be known, gives every variance, J, and the test of every measurement.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

from circularity.reconciliation import reconcile, reconcile_arrays

FLOWS, PROCESSES, UNKNOWN, REACH = 10_000, 4_000, 0.2, 40

System = tuple[sparse.csr_matrix, npt.NDArray[np.float64], npt.NDArray[np.float64]]


@pytest.fixture(scope="module")
def system() -> System:
    """Flows between processes that are near each other, a fifth of them not measured."""
    rng = np.random.default_rng(1)
    source = rng.integers(0, PROCESSES, FLOWS)
    target = (source + rng.integers(1, REACH, FLOWS)) % PROCESSES
    data = np.r_[-np.ones(FLOWS), np.ones(FLOWS)]
    places = (np.r_[source, target], np.tile(np.arange(FLOWS), 2))
    A = sparse.csr_matrix((data, places), shape=(PROCESSES, FLOWS))[PROCESSES // 50 :]
    m = rng.lognormal(2, 1, FLOWS)
    variance = 0.01 * m**2
    m[rng.random(FLOWS) < UNKNOWN] = np.nan
    return A, m, variance


def bare(system: System) -> object:
    """One solve of the whole system; what cannot be known is kept from making it singular."""
    A, m, variance = system
    weight = np.where(np.isnan(m), 1e-12, 1 / variance)
    rows = A.shape[0]
    kkt = sparse.block_array([[sparse.diags_array(weight), A.T], [A, -1e-12 * sparse.eye_array(rows)]], format="csc")
    return spsolve(kkt, np.r_[np.where(np.isnan(m), 0, weight * np.nan_to_num(m)), np.zeros(rows)])


def whole(system: System) -> object:
    """Values, variances, statuses, tests and suspects."""
    result = reconcile_arrays(*system)
    return result.flows, result.suspects


def from_table(system: System) -> object:
    """The same from a table of flows, with balances."""
    A, m, variance = system
    columns = sparse.csc_matrix(A)
    names = [f"p{i}" for i in range(A.shape[0])]
    ends: list[dict[float, str]] = []
    for j in range(FLOWS):
        part = slice(columns.indptr[j], columns.indptr[j + 1])
        ends.append({s: names[i] for i, s in zip(columns.indices[part], columns.data[part], strict=True)})
    table = pd.DataFrame(
        {
            "flow": [f"f{j}" for j in range(FLOWS)],
            "from": [e.get(-1.0, "outside") for e in ends],
            "to": [e.get(1.0, "elsewhere") for e in ends],
            "value": m,
            "sd": np.sqrt(variance),
        }
    )
    result = reconcile(table)
    return result.flows, result.balances, result.suspects


@pytest.mark.benchmark(group="reconcile")
@pytest.mark.parametrize(
    "what",
    [bare, whole, from_table],
    ids=["bare", "circularity", "circularity-from-a-table"],
)
def test_reconcile(what: Callable[[System], object], benchmark: object, system: System) -> None:
    benchmark.pedantic(what, args=(system,), rounds=5, warmup_rounds=1)  # type: ignore[attr-defined]
    if what is whole:
        assert benchmark.stats.stats.min < 2  # type: ignore[attr-defined]
