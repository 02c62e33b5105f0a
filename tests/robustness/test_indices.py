"""Sobol indices against analytic values and against SALib."""

import numpy as np
import pandas as pd
import pytest

from circularity.errors import NotFinite, NotPowerOfTwo, NotTheDesign
from circularity.robustness import choose, design, indices

PI = np.pi


def ishigami(u: np.ndarray) -> np.ndarray:
    x = PI * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


# a = 7, b = .1, analytic: Ishigami and Homma (1990).
FIRST = {"x1": 0.3139051911, "x2": 0.4424111448, "x3": 0.0}
TOTAL = {"x1": 0.5575888552, "x2": 0.4424111448, "x3": 0.2436836641}


@pytest.mark.parametrize("estimator", ["saltelli", "jansen"])
def test_the_function_of_ishigami_has_its_analytic_indices(estimator: str) -> None:
    plan = design(["x1", "x2", "x3"], 8192, second=True)
    found = indices(plan, ishigami(plan.inputs), first=estimator, resamples=100)
    assert found.value(index="first").to_dict() == pytest.approx(FIRST, abs=0.02)
    assert found.value(index="total").to_dict() == pytest.approx(TOTAL, abs=0.01)
    second = found.table[found.table["index"] == "second"].set_index(["factor", "with"])["value"]
    assert second["x1", "x3"] == pytest.approx(0.2436836641, abs=0.02)
    assert second["x1", "x2"] == pytest.approx(0, abs=0.02)


def test_the_g_function_has_its_analytic_indices() -> None:
    a = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])
    plan = design([f"x{i}" for i in range(8)], 8192)
    found = indices(plan, np.prod((np.abs(4 * plan.inputs - 2) + a) / (1 + a), axis=1), resamples=0)
    first = [0.716192169, 0.179048042, 0.0236757742, 0.00716192169, *[7.16192e-5] * 4]
    total = [0.787144127, 0.242198193, 0.0343169102, 0.0104603871, *[1.04949e-4] * 4]
    assert found.value(index="first").tolist() == pytest.approx(first, abs=0.012)
    assert found.value(index="total").tolist() == pytest.approx(total, abs=0.01)


def test_a_linear_sum_has_the_squares_of_its_coefficients() -> None:
    c = np.array([1.0, 2.0, 3.0])
    plan = design(list("abc"), 4096)
    found = indices(plan, plan.inputs @ c, resamples=0)
    for index in ("first", "total"):
        assert found.value(index=index).tolist() == pytest.approx((c**2 / (c**2).sum()).tolist(), abs=0.01)


def test_a_number_added_to_all_results_changes_nothing() -> None:
    plan = design(["x1", "x2", "x3"], 256)
    y = ishigami(plan.inputs)
    one, other = (indices(plan, y + shift, resamples=20).table["value"] for shift in (0, 1000))
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_a_group_of_columns_is_one_factor() -> None:
    plan = design({"pair": 2, "rest": 1}, 4096)
    pair, rest = plan.of("pair"), plan.of("rest")
    found = indices(plan, pair.sum(axis=1) + rest[:, 0], resamples=0)
    assert found.value(index="total").to_dict() == pytest.approx({"pair": 2 / 3, "rest": 1 / 3}, abs=0.015)
    assert plan.runs == 4096 * 4


def test_salib_finds_the_same_within_its_interval() -> None:
    from SALib.analyze import sobol
    from SALib.sample import sobol as points

    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
    sample = points.sample(problem, 2048, calc_second_order=False, seed=1)
    theirs = sobol.analyze(problem, ishigami(sample), calc_second_order=False, seed=1)
    plan = design(["x1", "x2", "x3"], 2048)
    ours = indices(plan, ishigami(plan.inputs), resamples=200)
    assert np.all(np.abs(ours.value(index="total") - theirs["ST"]) < 2 * theirs["ST_conf"])
    assert np.all(np.abs(ours.value(index="first") - theirs["S1"]) < 2 * theirs["S1_conf"])


def test_the_intervals_hold_the_analytic_values_about_as_often_as_they_say() -> None:
    inside = 0
    for seed in range(1, 11):
        plan = design(["x1", "x2", "x3"], 512, seed=seed)
        table = indices(plan, ishigami(plan.inputs), resamples=200, seed=seed).table
        rows = table[table["index"] == "total"].set_index("factor")
        inside += sum(rows.at[f, "low"] <= TOTAL[f] <= rows.at[f, "high"] for f in TOTAL)
    assert inside >= 24  # of 30; scrambled points err less than the bootstrap thinks


def test_a_result_that_is_the_same_in_all_runs_says_that_nothing_turns_it() -> None:
    plan = design(["a", "b"], 64)
    found = indices(plan, np.ones(plan.runs), resamples=10)
    assert set(found.table["state"]) == {"no_variance"}
    assert found.table["value"].isna().all()
    told = found.convergence(0.05)
    assert told.converged
    assert told.sentences("nl") != told.sentences("en")


def test_convergence_says_what_failed_with_its_numbers() -> None:
    plan = design(["x1", "x2", "x3", "dummy"], 64)
    rough = indices(plan, ishigami(plan.inputs[:, [1, 2, 3]]), resamples=200)
    told = rough.convergence(0.05, dummy="dummy")
    assert not told.converged
    failed = told.table[~told.table["passed"].astype(bool)]
    assert "width" in failed["check"].tolist()
    assert (failed["found"] > failed["limit"]).all()
    plan = design(["x1", "x2", "x3"], 16_384)
    assert indices(plan, ishigami(plan.inputs), resamples=200).convergence(0.05).converged


def test_several_results_are_taken_at_once_and_keep_their_names() -> None:
    plan = design(["a", "b"], 256)
    y = pd.DataFrame({"of a": plan.of("a")[:, 0], "of b": plan.of("b")[:, 0]})
    found = indices(plan, y, resamples=20)
    assert found.value("of a").to_dict() == pytest.approx({"a": 1, "b": 0}, abs=0.05)
    assert found.value("of b").to_dict() == pytest.approx({"a": 0, "b": 1}, abs=0.05)


def test_the_order_of_factors_changes_nothing() -> None:
    one, other = design(["b", "a"], 128), design(["a", "b"], 128)
    np.testing.assert_array_equal(one.inputs, other.inputs)


def test_a_choice_takes_equal_parts() -> None:
    assert np.bincount(choose(np.linspace(0, 1, 999, endpoint=False), 3)).tolist() == [333, 333, 333]


def test_faults_are_named() -> None:
    with pytest.raises(NotPowerOfTwo):
        design(["a"], 1000)
    plan = design(["a"], 64)
    with pytest.raises(NotTheDesign):
        indices(plan, np.ones(3))
    with pytest.raises(NotFinite):
        indices(plan, np.full(plan.runs, np.nan))
