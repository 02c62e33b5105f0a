"""Weights at random: non-negative, together one, and uniform where they should be."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from circularity.errors import NotOnSimplex, WrongArgument
from circularity.robustness import dirichlet_weights, dirichlet_weights_at, uniform_weights, uniform_weights_at

DRAWS = 200_000


def largest_at_most(x: float, n: int) -> float:
    """P(max w <= x) for uniform weights on the simplex: sum over k of (-1)^k C(n, k) (1 - k x)_+^(n-1)."""
    return sum((-1) ** k * comb(n, k) * max(0.0, 1 - k * x) ** (n - 1) for k in range(n + 1))


def test_the_largest_of_three_uniform_weights_is_above_six_tenths_with_probability_48() -> None:
    """Independent uniform numbers divided by their sum give .222 in its place."""
    weights = uniform_weights(np.random.default_rng(1), DRAWS, 3)
    assert np.mean(weights.max(axis=1) > 0.6) == pytest.approx(0.48, abs=0.004)
    assert 1 - largest_at_most(0.6, 3) == pytest.approx(0.48)


@pytest.mark.parametrize(("n", "x"), [(2, 0.7), (3, 0.5), (4, 0.4), (8, 0.3)])
def test_the_largest_weight_has_its_closed_form(n: int, x: float) -> None:
    weights = uniform_weights_at(np.random.default_rng(2).random((DRAWS, n)))
    assert np.mean(weights.max(axis=1) <= x) == pytest.approx(largest_at_most(x, n), abs=0.004)


def test_a_weighted_sum_exceeds_a_limit_with_its_closed_form() -> None:
    """P(w.d > t) = sum over d_i > t of (d_i - t)^(n-1) / prod_{j != i} (d_i - d_j), for distinct d."""
    d, t = np.array([0.9, 0.5, 0.1, -0.3]), 0.2
    exact = sum((d[i] - t) ** 3 / np.prod(d[i] - np.delete(d, i)) for i in range(4) if d[i] > t)
    weights = uniform_weights(np.random.default_rng(3), DRAWS, 4)
    assert np.mean(weights @ d > t) == pytest.approx(exact, abs=0.004)


@given(arrays(float, (5, 4), elements=st.floats(0, 1, exclude_max=True)))
def test_any_uniform_numbers_become_weights(u: np.ndarray) -> None:
    for weights in (uniform_weights_at(u), dirichlet_weights_at(u, [0.4, 0.3, 0.2, 0.1], 8.0)):
        assert (weights >= 0).all()
        np.testing.assert_allclose(weights.sum(axis=-1), 1)


@pytest.mark.parametrize("concentration", [0.5, 5.0, 200.0])
def test_dirichlet_weights_have_their_mean_and_variance(concentration: float) -> None:
    mean = np.array([0.5, 0.3, 0.2])
    rng = np.random.default_rng(4)
    for weights in (
        dirichlet_weights(rng, 60_000, mean, concentration),
        dirichlet_weights_at(rng.random((60_000, 3)), mean, concentration),
    ):
        np.testing.assert_allclose(weights.mean(axis=0), mean, atol=0.008)
        np.testing.assert_allclose(weights.var(axis=0), mean * (1 - mean) / (concentration + 1), rtol=0.05)


def test_a_weight_of_nothing_stays_nothing_in_every_draw() -> None:
    assert (dirichlet_weights(np.random.default_rng(5), 100, [0.6, 0.4, 0.0], 3.0)[:, 2] == 0).all()


def test_weights_that_are_none_and_points_outside_are_refused() -> None:
    with pytest.raises(NotOnSimplex):
        dirichlet_weights(np.random.default_rng(1), 10, [0.6, 0.6], 3.0)
    with pytest.raises(NotOnSimplex):
        dirichlet_weights(np.random.default_rng(1), 10, [1.2, -0.2], 3.0)
    with pytest.raises(WrongArgument):
        uniform_weights_at([[0.5, 1.0]])
    with pytest.raises(WrongArgument):
        dirichlet_weights_at([[0.5, 0.5]], [0.5, 0.5], 0.0)
