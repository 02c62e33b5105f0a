"""Small systems of flows, and a dense solution to hold the sparse one against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import scipy.linalg

Floats = npt.NDArray[np.float64]


def flows_of(*rows: tuple[Any, ...], columns: str = "from to value sd") -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def solve_dense(A: Floats, b: Floats, m: Floats, S: Floats) -> tuple[Floats, Floats, float, int]:
    """Values, variances, J and degrees of freedom by null space, singular values and pseudo-inverse.

    The formula of Crowe's projection, with LAPACK on whole matrices: no step in common with the product.
    """
    u = np.isnan(m)
    f = ~u & (np.diag(S) == 0)
    k = ~u & ~f
    P = scipy.linalg.null_space(A[:, u].T, rcond=1e-10).T if u.any() else np.eye(len(A))
    R, c = P @ A[:, k], P @ (A[:, f] @ m[f] - b)
    left, sizes, _ = scipy.linalg.svd(R, full_matrices=False)
    rank = int((sizes > 1e-9 * max(1.0, sizes.max(initial=0))).sum())
    Q = left[:, :rank].T
    R, c = Q @ R, Q @ c
    inverse = np.linalg.inv(R @ S[np.ix_(k, k)] @ R.T) if rank else np.zeros((0, 0))
    SR = S[np.ix_(k, k)] @ R.T
    misfit = R @ m[k] + c
    x, var = m.copy(), np.zeros(len(m))
    x[k] = m[k] - SR @ inverse @ misfit
    Sx = S[np.ix_(k, k)] - SR @ inverse @ SR.T
    var[k] = np.diag(Sx)
    if u.any():
        pinv = np.linalg.pinv(A[:, u], rcond=1e-10)
        determined = np.abs(np.eye(int(u.sum())) - pinv @ A[:, u]).max(axis=1) < 1e-7
        G = -pinv @ A[:, k]
        x[u] = np.where(determined, -pinv @ (A[:, k] @ x[k] + A[:, f] @ m[f] - b), np.nan)
        var[u] = np.where(determined, np.diag(G @ Sx @ G.T), np.nan)
    return x, var, float(misfit @ inverse @ misfit), rank


@pytest.fixture(scope="session")
def make_flows() -> Callable[..., pd.DataFrame]:
    return flows_of


@pytest.fixture(scope="session")
def dense() -> Callable[..., tuple[Floats, Floats, float, int]]:
    return solve_dense
