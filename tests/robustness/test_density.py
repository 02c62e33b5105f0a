"""Delta and PAWN through SALib: named, seeded, and nothing left behind."""

import numpy as np
import pandas as pd
import pytest

from circularity.errors import NotTheDesign
from circularity.robustness import delta, pawn

RNG = np.random.default_rng(1)
X = pd.DataFrame(RNG.standard_normal((2048, 2)), columns=["x1", "x2"])
Y = 2 * X["x1"] + X["x2"]


def test_delta_of_a_sum_of_two_normals_is_that_of_quadrature() -> None:
    """Y = 2 X1 + X2: .505497 and .160393 by quadrature."""
    found = delta(X, Y, resamples=2).set_index("factor")["value"]
    assert found.to_dict() == pytest.approx({"x1": 0.505497, "x2": 0.160393}, abs=0.05)


def test_the_mean_pawn_of_a_sum_of_two_normals_is_near_that_of_quadrature() -> None:
    """E[KS] .446037 and .157223; ten slices are wider than a point, so that they come out a little lower."""
    found = pawn(X, Y).set_index("factor")["mean"]
    assert found.to_dict() == pytest.approx({"x1": 0.446037, "x2": 0.157223}, abs=0.05)


def test_the_same_seed_gives_the_same_and_the_global_generator_is_left_alone() -> None:
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    one, other = (delta(X.iloc[:512], Y.iloc[:512], resamples=5, seed=3) for _ in range(2))
    assert np.random.random() == expected  # noqa: NPY002
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_order_of_factors_changes_nothing() -> None:
    one = delta(X.iloc[:512], Y.iloc[:512], resamples=5).set_index("factor")
    other = delta(X.iloc[:512, ::-1], Y.iloc[:512], resamples=5).set_index("factor")
    pd.testing.assert_frame_equal(one.sort_index(), other.sort_index(), check_exact=True)


def test_a_result_without_variance_says_so() -> None:
    for found in (delta(X.iloc[:64], np.ones(64)), pawn(X.iloc[:64], np.ones(64))):
        assert set(found["state"]) == {"no_variance"}
        assert found["value"].isna().all()


def test_results_that_do_not_fit_are_refused() -> None:
    with pytest.raises(NotTheDesign):
        delta(X, Y.iloc[:5])
