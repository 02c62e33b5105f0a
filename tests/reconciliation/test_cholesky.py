"""The sparse factor solves, and gives the entries of the inverse that are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from circularity.reconciliation import cholesky
from circularity.reconciliation.cholesky import SingularMatrix, SparseCholesky


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 25), most=st.sampled_from([0, 2, 24]))
def test_solutions_and_corners_of_the_inverse_are_those_of_dense_algebra(seed: int, size: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    columns = np.where(rng.random((size, 2 * size)) < 0.25, rng.normal(0, 1, (size, 2 * size)), 0.0)
    matrix = columns @ columns.T + np.diag(rng.uniform(0.1, 10, size))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cholesky, "MOST_NEIGHBOURS", most)  # all dense, some of each, all sparse
        found = SparseCholesky(sparse.csr_matrix(matrix))
    right = rng.normal(0, 1, (size, 3))
    inverse = np.linalg.inv(matrix)
    np.testing.assert_allclose(found.solve(right), inverse @ right, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.solve(right[:, 0]), inverse @ right[:, 0], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.squares(right), np.diag(right.T @ inverse @ right), rtol=1e-8, atol=1e-8)
    forms = found.forms(sparse.csc_matrix(columns))
    np.testing.assert_allclose(forms, np.diag(columns.T @ inverse @ columns), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("matrix", [[[1, 1], [1, 1]], [[0, 0], [0, 1]], [[1, 2], [2, 1]]])
def test_a_matrix_that_is_not_positive_definite_is_refused(matrix: list[list[float]]) -> None:
    with pytest.raises(SingularMatrix):
        SparseCholesky(sparse.csr_matrix(np.array(matrix, dtype=float)))
