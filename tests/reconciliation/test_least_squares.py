"""The sparse solution is the dense one, whatever the system."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize

from circularity.reconciliation import reconcile_arrays
from circularity.reconciliation.least_squares import Solution
from circularity.reconciliation.system import System, make_system
from tests.faults import raises

Floats = npt.NDArray[np.float64]
Dense = Callable[..., tuple[Floats, Floats, float, int]]


def network(rng: np.random.Generator, processes: int, flows: int) -> Floats:
    """The balances of random flows; the last process is outside and not balanced."""
    A = np.zeros((processes + 1, flows))
    for j in range(flows):
        source, target = rng.choice(processes + 1, 2, replace=False)
        A[source, j], A[target, j] = -1, 1
    return A[:-1]


@st.composite
def systems(draw: st.DrawFn, related: bool = False) -> System:
    """Networks with unknown and exact flows, other relations now and then, and errors of very different size."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    flows = draw(st.integers(2, 18))
    A = network(rng, draw(st.integers(1, 8)), flows)
    true = rng.lognormal(2, 1, flows)
    if draw(st.booleans()):
        A = np.vstack([A, rng.choice([0, 0, 0, 1, 0.6, -0.3], (2, flows))])
    if draw(st.booleans()):
        A = np.vstack([A, A[:1] - A[-1:]])  # a relation that follows from others
    sd = rng.lognormal(-1, 1.5, flows)
    m = true + sd * rng.standard_normal(flows)
    kinds = rng.random(flows)
    m[kinds < draw(st.sampled_from([0.0, 0.3, 0.7]))] = np.nan
    exact = kinds > draw(st.sampled_from([0.85, 2.0]))
    sd[exact], m[exact] = 0, true[exact]
    if np.isnan(m).all():
        m[0] = true[0]
    S: Floats = sd**2
    if related:
        root = np.diag(sd) @ (np.eye(flows) + 0.3 * rng.standard_normal((flows, flows)))
        S = root @ root.T
    return make_system(A, m, S, A @ true)


def rounding(system: System) -> float:
    """What is lost where a posterior variance is the difference of two numbers as large as the measured one."""
    return 1e-8 * (1 + float(np.nanmax(system.variance, initial=0.0)))


def whole(system: System) -> tuple[Floats, Floats, Floats, Floats]:
    S = system.covariance if system.covariance is not None else np.diag(np.nan_to_num(system.variance))
    return system.matrix.toarray(), system.right, system.value, S


@settings(max_examples=100, deadline=None)
@given(system=systems())
def test_values_variances_and_the_test_are_those_of_dense_algebra(system: System, dense: Dense) -> None:
    value, variance, statistic, freedom = dense(*whole(system))
    found = Solution(system)
    np.testing.assert_allclose(found.value, value, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-5, atol=rounding(system))
    np.testing.assert_allclose(found.statistic, statistic, rtol=1e-5, atol=1e-6)
    assert found.freedom == freedom


@settings(max_examples=50, deadline=None)
@given(system=systems(related=True))
def test_related_errors_are_weighed_as_dense_algebra_weighs_them(system: System, dense: Dense) -> None:
    value, variance, statistic, _ = dense(*whole(system))
    found = Solution(system)
    np.testing.assert_allclose(found.value, value, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-4, atol=100 * rounding(system))
    np.testing.assert_allclose(found.statistic, statistic, rtol=1e-5, atol=1e-5)


@settings(max_examples=50, deadline=None)
@given(system=systems())
def test_any_entry_of_the_covariance_agrees_with_the_variances(system: System) -> None:
    found = Solution(system)
    known = np.flatnonzero(np.isfinite(found.value))
    covariance = found.covariance(known)
    np.testing.assert_allclose(np.diag(covariance), found.variance[known], rtol=1e-6, atol=rounding(system))
    np.testing.assert_allclose(covariance, covariance.T, rtol=1e-9, atol=1e-9)
    whole_rows = [r for r in system.matrix.toarray() if not np.isnan(found.value[r != 0]).any()]
    for row in whole_rows:  # what balances has no error
        np.testing.assert_allclose(row[known] @ covariance @ row[known], 0, atol=100 * rounding(system))


@settings(max_examples=60, deadline=None)
@given(system=systems())
def test_every_relation_between_known_quantities_holds(system: System) -> None:
    result = Solution(system)
    for row, right in zip(system.matrix.toarray(), system.right, strict=True):
        if not np.isnan(result.value[row != 0]).any():
            np.testing.assert_allclose(row[row != 0] @ result.value[row != 0], right, rtol=1e-8, atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(system=systems(), scale=st.sampled_from([1e-6, 1e3, 1e9]), seed=st.integers(0, 2**32 - 1))
def test_units_and_the_order_of_rows_change_nothing(system: System, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns, rows = rng.permutation(system.size), rng.permutation(system.matrix.shape[0])
    first = Solution(system)
    other = Solution(
        make_system(
            system.matrix[rows][:, columns],
            scale * system.value[columns],
            scale**2 * system.variance[columns],
            scale * system.right[rows],
        )
    )
    np.testing.assert_allclose(other.value / scale, first.value[columns], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(other.variance / scale**2, first.variance[columns], rtol=1e-5, atol=rounding(system))
    np.testing.assert_allclose(other.statistic, first.statistic, rtol=1e-5, atol=1e-6)
    assert (other.observability.observable == first.observability.observable[columns]).all()
    assert (other.observability.redundant == first.observability.redundant[columns]).all()


@settings(max_examples=60, deadline=None)
@given(system=systems())
def test_what_is_redundant_can_be_left_out_and_what_is_not_cannot(system: System) -> None:
    first = Solution(system)
    for place in np.flatnonzero(system.measured)[:4]:
        left = Solution(_without(system, int(place)))
        assert bool(first.observability.redundant[place]) == bool(left.observability.observable[place])


@settings(max_examples=60, deadline=None)
@given(system=systems())
def test_leaving_a_measurement_out_lowers_j_by_the_square_of_its_z(system: System) -> None:
    first = Solution(system)
    for place in np.flatnonzero(np.isfinite(first.z))[:4]:
        left = Solution(_without(system, int(place)))
        expected = first.statistic - first.z[place] ** 2
        np.testing.assert_allclose(left.statistic, expected, rtol=1e-5, atol=1e-6 * (1 + first.statistic))
        assert left.freedom == first.freedom - 1


def _without(system: System, place: int) -> System:
    return system.without([place])


def test_the_estimate_is_the_constrained_minimum_that_an_optimiser_finds() -> None:
    rng = np.random.default_rng(3)
    A = network(rng, 4, 9)
    m, variance = rng.lognormal(2, 0.5, 9), rng.lognormal(0, 0.5, 9)
    found = reconcile_arrays(A, m, variance).flows["value"]
    peer = minimize(
        lambda x: ((x - m) ** 2 / variance).sum(),
        m,
        jac=lambda x: 2 * (x - m) / variance,
        constraints={"type": "eq", "fun": lambda x: A @ x, "jac": lambda x: A},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    np.testing.assert_allclose(found, peer.x, atol=1e-5)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    A = network(rng, 5, 12)
    true = _balanced(A, rng)
    variance = rng.uniform(0.5, 2, 12)
    inside, passed, rounds = 0, 0, 300
    for _ in range(rounds):
        m = true + np.sqrt(variance) * rng.standard_normal(12)
        m[3] = np.nan
        result = reconcile_arrays(A, m, variance)
        table = result.flows[result.flows["status"] != "unobservable"]
        at = table.index
        inside += int(((table["low"] <= true[at]) & (true[at] <= table["high"])).sum()) / len(table)
        passed += result.verdict.word == "consistent"
    assert abs(inside / rounds - 0.90) < 0.02  # 5 to 95 %
    assert abs(passed / rounds - 0.95) < 0.04


def _balanced(A: Floats, rng: np.random.Generator) -> Floats:
    x = rng.uniform(5, 10, A.shape[1])
    return x - np.linalg.pinv(A) @ (A @ x)


@pytest.mark.parametrize(("flows", "processes", "reach"), [(10_000, 4_000, 20), (1_500, 500, 499)])
def test_many_flows_agree_with_a_solve_of_the_whole_system(flows: int, processes: int, reach: int) -> None:
    """One network in which flows stay near, which stays sparse, and one in which they go anywhere, which does not."""
    rng = np.random.default_rng(1)
    source = rng.integers(0, processes, flows)
    ends = np.concatenate([source, (source + rng.integers(1, reach + 1, flows)) % processes])
    data = np.r_[-np.ones(flows), np.ones(flows)]
    A = sparse.csr_matrix((data, (ends, np.tile(np.arange(flows), 2))), shape=(processes, flows))[processes // 50 :]
    m = rng.lognormal(2, 1, flows)
    found = Solution(make_system(A, m, 0.01 * m**2))
    # Balances of parts that hang together nowhere are dependent: so little give that the peer can be solved.
    give = -1e-11 * sparse.eye_array(A.shape[0])
    kkt = sparse.block_array([[sparse.diags_array(100 / m**2), A.T], [A, give]], format="csc")
    factor = sparse.linalg.splu(kkt)
    peer = factor.solve(np.r_[100 / m, np.zeros(A.shape[0])])[:flows]
    np.testing.assert_allclose(found.value, peer, rtol=1e-6, atol=1e-6)
    asked = [0, flows // 2, flows - 1]
    for place in asked:
        unit = np.zeros(kkt.shape[0])
        unit[place] = 1
        np.testing.assert_allclose(found.variance[place], factor.solve(unit)[place], rtol=1e-6)


def test_exact_values_that_contradict_each_other_are_named() -> None:
    A = [[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 0, 1]]
    system = make_system(A, [10, np.nan, 12, np.nan], [0, 0, 0, 0], names=["in", "middle", "out", "other"])
    with raises("ContradictoryValues") as caught:
        Solution(system)
    assert caught.value.details["found"] == ["in = 10", "out = 12"]
    assert caught.value.details["relations"] == ["1", "2"]
    assert "in = 10, out = 12" in caught.value.text("nl")


def test_relations_that_contradict_each_other_are_named() -> None:
    system = make_system([[1, 1], [1, 1]], [1, 1], [1, 1], [2, 3], relations=["first", "second"])
    with raises("ContradictoryValues") as caught:
        Solution(system)
    assert caught.value.details["relations"] == ["first", "second"]


def test_exact_values_that_agree_are_no_contradiction_and_a_relation_twice_counts_once() -> None:
    result = reconcile_arrays([[1, -1], [2, -2]], [10, 10], [0, 0])
    assert (result.freedom, result.verdict.word) == (0, "nothing_to_test")
    result = reconcile_arrays([[1, -1], [2, -2]], [10, 11], [1, 1])
    assert result.freedom == 1


def test_two_measurements_with_one_and_the_same_error_cannot_be_reconciled() -> None:
    with raises("SingularErrors") as caught:
        reconcile_arrays([[1, -1]], [10, 11], [[1, 1], [1, 1]])
    assert caught.value.details["found"] == ["x1", "x2"]


def test_an_error_ten_thousand_times_smaller_than_another_is_not_lost() -> None:
    result = reconcile_arrays([[1, -1, 0], [0, 1, -1]], [100, 110, 120], [1e-6, 1, 100])
    np.testing.assert_allclose(result.flows["value"], 100, rtol=1e-6)
    np.testing.assert_allclose(result.flows["sd"], 1e-3, rtol=1e-6)
