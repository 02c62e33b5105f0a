"""Skewness and kurtosis of many columns at once are those of scipy, one at a time."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring.moments import kurtosis, skewness

# The example of COINr in scoring.md section 5, as R printed it.
EXAMPLE = np.array([[*range(1, 11), 30, 100], [*range(1, 11), 30, 30]], dtype=float)


def test_the_outlier_example_of_coinr_comes_out() -> None:
    np.testing.assert_allclose(skewness(EXAMPLE), [3.0632410342, 1.7120380601], rtol=1e-10)
    np.testing.assert_allclose(kurtosis(EXAMPLE), [9.7413908346, 1.8157805377], rtol=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(4, 40), st.floats(0, 0.5))
def test_they_are_those_of_scipy_with_missing_values_left_out(seed: int, n: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.lognormal(0, 2, (5, n))
    x[:, 4:][rng.random((5, n - 4)) < missing] = np.nan
    np.testing.assert_allclose(skewness(x), scipy.stats.skew(x, axis=1, bias=False, nan_policy="omit"), rtol=1e-9)
    peer = scipy.stats.kurtosis(x, axis=1, bias=False, nan_policy="omit")
    np.testing.assert_allclose(kurtosis(x), peer, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("row", [[3.0, 3, 3, 3], [0.1, 0.1, 0.1, 0.1], [1, np.nan, np.nan, 2], [np.nan] * 4])
def test_too_few_values_or_none_that_differ_have_no_moments(row: list[float]) -> None:
    assert np.isnan(skewness(np.array([row]))).all()
    assert np.isnan(kurtosis(np.array([row]))).all()


def test_a_row_is_not_touched_by_others() -> None:
    x = np.random.default_rng(1).lognormal(0, 1, (6, 9))
    assert np.array_equal(skewness(x)[2:3], skewness(x[2:3]))
    assert np.array_equal(kurtosis(x)[2:3], kurtosis(x[2:3]))
