"""Weights on the simplex: uniform, Dirichlet, and what is refused."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from circularity.scoring import dirichlet_weights, dirichlet_weights_at, uniform_weights, uniform_weights_at
from circularity.scoring.draws import check_weights
from tests.faults import raises

DRAWS = 2**17


def largest_at_most(x: float, n: int) -> float:
    """P(max w <= x) for weights uniform on the simplex (the closed form of broken sticks)."""
    return sum((-1) ** k * comb(n, k) * max(0.0, 1 - k * x) ** (n - 1) for k in range(n + 1))


def above(d: list[float], t: float) -> float:
    """P(w.d > t) for weights uniform on the simplex and distinct d."""
    n = len(d)
    return sum((d[i] - t) ** (n - 1) / np.prod([d[i] - d[j] for j in range(n) if j != i]) for i in range(n) if d[i] > t)


def both_ways(n: int) -> list[np.ndarray]:
    from scipy.stats import qmc

    points = qmc.Sobol(n, scramble=True, seed=np.random.default_rng(2)).random(DRAWS)
    return [uniform_weights(np.random.default_rng(1), DRAWS, n), uniform_weights_at(points)]


def near(found: np.ndarray, p: float) -> bool:
    return bool(abs(found.mean() - p) < 4.5 * np.sqrt(p * (1 - p) / len(found)) + 1e-12)


def test_the_largest_of_three_weights_exceeds_six_tenths_in_48_of_100_draws() -> None:
    # Independent uniform numbers divided by their sum would give .222.
    assert 1 - largest_at_most(0.6, 3) == pytest.approx(0.48)
    for weights in both_ways(3):
        assert near(weights.max(axis=1) > 0.6, 0.48)


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_the_largest_weight_and_a_weighted_sum_have_their_closed_forms(n: int) -> None:
    d = [0.3 + 1.7 * i - 0.2 * i * i for i in range(n)]
    for weights in both_ways(n):
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
        for x in (0.3, 0.5, 0.8):
            assert near(weights.max(axis=1) <= x, largest_at_most(x, n))
        for t in (0.5, 1.1, 2.0):
            assert near(weights @ d > t, above(d, t))


@pytest.mark.parametrize("concentration", [0.01, 0.7, 3.0, 80.0])
def test_weights_around_others_have_the_mean_and_spread_of_a_dirichlet(concentration: float) -> None:
    mean = np.array([0.5, 0.3, 0.2, 0.0])
    points = np.random.default_rng(3).random((DRAWS, 4))
    drawn = dirichlet_weights(np.random.default_rng(1), DRAWS, mean, concentration)
    for weights in (drawn, dirichlet_weights_at(points, mean, concentration)):
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
        assert (weights[:, 3] == 0).all()
        variance = mean * (1 - mean) / (concentration + 1)
        np.testing.assert_allclose(weights.mean(axis=0), mean, atol=5 * np.sqrt(0.25 / DRAWS))
        np.testing.assert_allclose(weights.var(axis=0), variance, atol=0.004)
        marginal = stats.beta(concentration * 0.5, concentration * 0.5)
        for quantile in (0.1, 0.3, 0.6):
            assert near(weights[:, 0] <= quantile, marginal.cdf(quantile))


def test_a_uniform_dirichlet_is_the_uniform_simplex_point_by_point() -> None:
    points = np.random.default_rng(1).random((6, 5, 3))
    around = dirichlet_weights_at(points, np.full(3, 1 / 3), 3.0)
    np.testing.assert_allclose(around, uniform_weights_at(points), atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    points=st.lists(st.floats(0, 1, exclude_max=True), min_size=3, max_size=3),
    concentration=st.sampled_from([1e-6, 1e-3, 1.0, 1e6]),
)
def test_any_point_gives_weights(points: list[float], concentration: float) -> None:
    for weights in (uniform_weights_at(points), dirichlet_weights_at(points, [0.98, 0.02, 0.0], concentration)):
        assert np.isfinite(weights).all()
        assert (weights >= 0).all()
        assert abs(weights.sum() - 1) < 1e-12
    assert np.isfinite(dirichlet_weights(np.random.default_rng(1), 9, [0.98, 0.02, 0.0], concentration)).all()


def test_what_is_no_weight_or_no_point_is_refused_by_name() -> None:
    for wrong in ([0.5, 0.6], [1.5, -0.5], [np.nan, 1.0]):
        with raises("NotOnSimplex"):
            dirichlet_weights(np.random.default_rng(1), 2, wrong, 1.0)
    with raises("NotOnSimplex", match="ann"):
        check_weights([[0.5, 0.5], [0.5, 0.4]], ["bob", "ann"])
    for concentration in (0.0, -1.0, np.inf, np.nan):
        with raises("WrongArgument"):
            dirichlet_weights_at([0.5, 0.5], [0.5, 0.5], concentration)
    for point in (1.0, -0.1, np.nan):
        with raises("WrongArgument"):
            uniform_weights_at([0.5, point])
    with raises("WrongShape"):
        dirichlet_weights_at([0.5, 0.5, 0.5], [0.5, 0.5], 1.0)
