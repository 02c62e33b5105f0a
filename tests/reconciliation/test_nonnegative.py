"""Accounts in which no flow is below zero: by bounds, and by draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from circularity.reconciliation import reconcile
from circularity.reconciliation.least_squares import Solution
from circularity.reconciliation.nonnegative import draw_at_least_zero, hold_at_least_zero
from circularity.reconciliation.system import make_system
from tests.faults import raises

Make = Callable[..., pd.DataFrame]
NEGATIVE = [("a", "P", 10, 1), ("P", "b", 11, 1), ("P", "c", None, None)]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_bounded_estimate_is_the_minimum_that_an_optimiser_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    A = np.zeros((5, 12))
    for j in range(12):
        source, target = rng.choice(6, 2, replace=False)
        for end, sign in ((source, -1), (target, 1)):
            if end < 5:
                A[end, j] = sign
    m, variance = rng.normal(1, 2, 12), rng.lognormal(0, 0.7, 12)
    solution, held = hold_at_least_zero(make_system(A, m, variance), np.arange(12))
    peer = minimize(
        lambda x: ((x - m) ** 2 / variance).sum(),
        np.maximum(solution.value, 0),
        jac=lambda x: 2 * (x - m) / variance,
        bounds=[(0, None)] * 12,
        constraints={"type": "eq", "fun": lambda x: A @ x, "jac": lambda x: A},
        method="SLSQP",
        options={"ftol": 1e-13, "maxiter": 1000},
    )
    found = ((solution.value - m) ** 2 / variance).sum()
    np.testing.assert_allclose(A @ solution.value, 0, atol=1e-9)
    assert solution.value.min() > -1e-8
    assert found <= peer.fun * (1 + 1e-6) + 1e-9
    np.testing.assert_allclose(solution.value[held], 0, atol=1e-9)


def test_a_start_from_what_was_held_before_ends_at_the_same_estimate() -> None:
    system = make_system([[1, -1, -1, -1]], [1, 3, -2, -3], [1, 1, 1, 1])
    first, held = hold_at_least_zero(system, np.arange(4))
    for start in (held, [0, 1, 2, 3], [1]):
        other, again = hold_at_least_zero(system, np.arange(4), start)
        np.testing.assert_allclose(other.value, first.value, atol=1e-12)
        assert again == held


def test_draws_have_the_moments_of_a_normal_distribution_cut_off_at_zero() -> None:
    # One relation a = b between 1 +- 1 and -1 +- 1: the mean, 0 +- sqrt(1/2), cut off at zero is half normal.
    solution = Solution(make_system([[1, -1]], [1, -1], [1, 1]))
    drawn = draw_at_least_zero(solution, np.arange(2), 20_000, 1)[:, 0]
    scale = np.sqrt(0.5)
    assert drawn.min() >= 0
    assert drawn.mean() == pytest.approx(scale * np.sqrt(2 / np.pi), rel=0.02)
    assert drawn.std() == pytest.approx(scale * np.sqrt(1 - 2 / np.pi), rel=0.02)
    quantiles = stats.halfnorm(scale=scale).ppf([0.05, 0.5, 0.95])
    np.testing.assert_allclose(np.quantile(drawn, [0.05, 0.5, 0.95]), quantiles, rtol=0.06)


def test_draws_agree_with_rejection_where_bounds_meet() -> None:
    solution = Solution(make_system([[1, -1, -1.0]], [1.0, 0.5, 1.2], [1, 0.7, 0.5]))
    drawn = draw_at_least_zero(solution, np.arange(3), 20_000, 1)
    rng = np.random.default_rng(1)
    free = rng.multivariate_normal(solution.value[1:], solution.covariance([1, 2]), 400_000)
    kept = free[(free > 0).all(axis=1)]
    np.testing.assert_allclose(drawn[:, 1:].mean(axis=0), kept.mean(axis=0), rtol=0.02)
    np.testing.assert_allclose(drawn[:, 1:].std(axis=0), kept.std(axis=0), rtol=0.03)
    np.testing.assert_allclose(drawn[:, 0], drawn[:, 1] + drawn[:, 2], atol=1e-12)


def test_far_from_zero_the_draws_are_those_without_bounds(make_flows: Make) -> None:
    flows = make_flows(("a", "P", 100, 2), ("P", "b", 60, 3), ("P", "c", 30, 3))
    plain, bounded = reconcile(flows), reconcile(flows, nonnegative=True, draws=8000)
    for column in ("value", "sd", "low", "high"):
        np.testing.assert_allclose(bounded.flows[column], plain.flows[column], rtol=0.03)
    assert bounded.statistic == plain.statistic


def test_flows_that_would_be_negative_get_an_honest_interval_and_are_named(make_flows: Make) -> None:
    result = reconcile(make_flows(*NEGATIVE), nonnegative=True)
    table = result.flows.set_index("flow")
    assert (table["value"] > 0).all()
    assert (table["low"] >= 0).all()
    assert table.loc["P → c", "sd"] > 0.1
    assert "P → c" in " ".join(result.notes("en"))
    np.testing.assert_allclose(result.balances["gap"], 0, atol=1e-9)


def test_the_same_seed_gives_the_same_account(make_flows: Make) -> None:
    first, again, other = (reconcile(make_flows(*NEGATIVE), nonnegative=True, seed=s).flows for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["value"].equals(other["value"])


def test_flows_that_cannot_all_be_above_zero_are_refused(make_flows: Make) -> None:
    flows = make_flows(("a", "P", 10, 0), ("P", "b", 20, 0), ("P", "c", 1, 1), ("P", "d", None, None))
    with raises("NoNonNegative"):
        reconcile(flows, nonnegative=True)


def test_bounds_and_a_covariance_do_not_go_together(make_flows: Make) -> None:
    with raises("WrongArgument"):
        reconcile(make_flows(("a", "P", 1, 1), ("P", "b", 1, 1)), nonnegative=True, covariance=np.eye(2))
