"""Sobol indices against closed forms, their intervals, and whether they have settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.scoring import Design, Indices, build, choose, design, indices, read_tree, read_values
from circularity.scoring.sensitivity import score_of, sensitivity
from circularity.scoring.uncertain_inputs import UncertainChoice, UncertainValues, UncertainWeights
from circularity.scoring.uncertainty import Model
from tests.faults import raises
from tests.scoring.asem import mean_rank_shift

Floats = np.ndarray
NAMES = ["x1", "x2", "x3"]


def ishigami(u: Floats) -> Floats:
    x = np.pi * (2 * u - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


G_A = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])


def g_function(u: Floats) -> Floats:
    return np.asarray(np.prod((np.abs(4 * u - 2) + G_A) / (1 + G_A), axis=1))


def found_for(model: Callable[[Floats], Floats], factors: list[str], points: int, **more: object) -> Indices:
    runs = design(factors, points, second=bool(more.pop("second", False)))
    return indices(runs, model(runs.inputs), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("first", ["saltelli", "jansen"])
def test_ishigami_has_its_analytic_indices(first: str) -> None:
    # G13: a = 7, b = .1; S13 is the only interaction.
    found = found_for(ishigami, NAMES, 8192, first=first, second=True, resamples=200)
    np.testing.assert_allclose(found.value(index="first"), [0.3139051911, 0.4424111448, 0], atol=0.012)
    np.testing.assert_allclose(found.value(index="total"), [0.5575888552, 0.4424111448, 0.2436836641], atol=0.005)
    second = found.table[found.table["index"].eq("second")]
    assert list(zip(second["factor"], second["with"], strict=True)) == [("x1", "x2"), ("x1", "x3"), ("x2", "x3")]
    np.testing.assert_allclose(second["value"], [0, 0.2436836641, 0], atol=0.03)


def test_the_g_function_has_its_analytic_indices() -> None:
    # G14
    found = found_for(g_function, [f"x{i}" for i in range(8)], 8192, resamples=200)
    first = [0.716192169, 0.179048042, 0.0236757742, 0.00716192169] + [7.16192e-5] * 4
    total = [0.787144127, 0.242198193, 0.0343169102, 0.0104603871] + [1.04949e-4] * 4
    np.testing.assert_allclose(found.value(index="first"), first, atol=0.01)
    np.testing.assert_allclose(found.value(index="total"), total, atol=0.01)
    totals = found.table[found.table["index"].eq("total")]
    assert ((totals["low"] - 0.005 <= total) & (totals["high"] + 0.005 >= total)).all()


def test_a_linear_sum_has_the_shares_of_its_squares() -> None:
    c = np.array([3.0, 2.0, 1.0])
    found = found_for(lambda u: u @ c, NAMES, 4096)
    for index in ("first", "total"):
        np.testing.assert_allclose(found.value(index=index), c**2 / (c**2).sum(), atol=0.005)


def test_on_the_same_runs_the_values_are_those_of_salib() -> None:
    from SALib.analyze import sobol

    runs = design(NAMES, 1024, second=True)
    y = ishigami(runs.inputs)
    found = indices(runs, y)
    order = [0, *range(2, 5), *range(5, 8), 1]  # A, AB, BA, B for each point
    peer = sobol.analyze(
        {"num_vars": 3, "names": NAMES, "bounds": [[0, 1]] * 3},
        y.reshape(-1, 1024)[order].T.ravel(),
        calc_second_order=True,
        num_resamples=1000,
        seed=1,
    )
    # SALib takes the mean off over all runs, and not over A and B: a total does not depend on it, a product slightly.
    np.testing.assert_allclose(found.value(index="first"), peer["S1"], atol=1e-5)
    np.testing.assert_allclose(found.value(index="total"), peer["ST"], atol=1e-12)
    second = found.table[found.table["index"].eq("second")]["value"]
    np.testing.assert_allclose(second, peer["S2"][np.triu_indices(3, 1)], atol=1e-5)
    half = found.table[found.table["index"].eq("total")].eval("(high - low) / 2")
    np.testing.assert_allclose(half, peer["ST_conf"], rtol=0.15)


def test_a_bootstrap_counted_as_a_product_is_one_resample_after_the_other() -> None:
    from circularity.scoring.sobol import _drawn, estimate

    runs = design(NAMES, 64)
    y = ishigami(runs.inputs)
    found = estimate(runs, y[:, None], "saltelli", 5, 3)
    blocks = (y - y[:128].mean()).reshape(-1, 64)
    for k, share in enumerate(next(_drawn(64, 5, 3)), start=1):
        rows = np.repeat(np.arange(64), np.rint(share * 64).astype(int))
        a, b, ab = blocks[0, rows], blocks[1, rows], blocks[2:, rows]
        variance = np.var(np.r_[a, b])
        np.testing.assert_allclose(found.first[k, 0], (b * (ab - a)).mean(axis=1) / variance, rtol=1e-9)
        np.testing.assert_allclose(found.total[k, 0], ((a - ab) ** 2).mean(axis=1) / 2 / variance, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(shift=st.sampled_from([1.0, -1e3, 1e6]), scale=st.sampled_from([1e-6, 1.0, -30.0]))
def test_a_number_added_or_multiplied_changes_nothing_but_rounding(shift: float, scale: float) -> None:
    runs = design(NAMES, 256, second=True)
    y = ishigami(runs.inputs)
    one, other = indices(runs, y, resamples=50).table, indices(runs, scale * (y + shift), resamples=50).table
    for column in ("value", "low", "high"):
        np.testing.assert_allclose(one[column], other[column], atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_factors_and_of_outputs_changes_no_bit(order: list[str]) -> None:
    widths = {"a": 1, "b": 3, "c": 2, "d": 1}
    one, other = design(widths, 64), design({name: widths[name] for name in order}, 64)
    assert one.inputs.tobytes() == other.inputs.tobytes()
    y = pd.DataFrame({"p": one.of("b").sum(axis=1), "q": one.of("a")[:, 0] * one.of("c")[:, 1]})
    tables = [indices(one, y[columns]).table for columns in (["p", "q"], ["q", "p"])]
    for output in ("p", "q"):
        rows = [t[t["output"].eq(output)].reset_index(drop=True) for t in tables]
        np.testing.assert_allclose(rows[0]["value"], rows[1]["value"], rtol=0, atol=1e-15)
        np.testing.assert_allclose(rows[0]["low"], rows[1]["low"], rtol=0, atol=1e-15)


def test_columns_of_one_factor_change_places_together() -> None:
    runs = design({"data": 1, "weights": 3}, 8, second=True)
    assert runs.runs == 8 * 6 == len(runs.inputs)
    a, b, data_b, weights_b, data_a, weights_a = runs.inputs.reshape(6, 8, 4)
    assert (data_b == np.c_[b[:, :1], a[:, 1:]]).all()
    assert (weights_b == np.c_[a[:, :1], b[:, 1:]]).all()
    assert (data_a == np.c_[a[:, :1], b[:, 1:]]).all()
    assert (weights_a == np.c_[b[:, :1], a[:, 1:]]).all()


def test_a_group_has_the_indices_of_its_columns_together() -> None:
    # Of a linear sum, S and ST of a group are the sums of those of its columns.
    c = np.array([3.0, 2.0, 1.0, 1.0])
    runs = design({"first three": 3, "last": 1}, 4096)
    found = indices(runs, runs.of("first three") @ c[:3] + runs.of("last")[:, 0] * c[3]).value()
    assert found["first three"] == pytest.approx(14 / 15, abs=0.005)
    assert found["last"] == pytest.approx(1 / 15, abs=0.005)


def test_a_claim_that_never_changes_has_a_state_of_its_own_and_no_numbers() -> None:
    runs = design(NAMES, 64)
    y = pd.DataFrame({"A above B": np.ones(runs.runs), "sum": runs.inputs.sum(axis=1)})
    found = indices(runs, y)
    never = found.table[found.table["output"].eq("A above B")]
    assert never["state"].eq("no_variance").all()
    assert never[["value", "low", "high"]].isna().all(axis=None)
    assert found.table[found.table["output"].eq("sum")]["state"].eq("ok").all()
    told = found.convergence(0.5)
    assert "nothing can turn it" in told.sentences("en")[0]
    assert "niets kan haar doen kantelen" in told.sentences("nl")[0]
    assert not told.table["output"].eq("A above B").any()


def test_a_number_with_rounding_is_a_constant_too() -> None:
    runs = design(NAMES, 64)
    y = 1e6 * (1 + 1e-16 * runs.inputs[:, 0]) + np.where(runs.inputs[:, 0] > 0.5, 1e-10, 0)
    assert indices(runs, y).table["state"].eq("no_variance").all()


@pytest.mark.parametrize("where", ["once in A", "only in swapped runs"])
def test_a_claim_that_hardly_ever_changes_has_no_interval_and_says_so(where: str) -> None:
    runs = design(NAMES, 64)
    y = np.zeros(runs.runs)
    y[3 if where == "once in A" else -1] = 1
    found = indices(runs, y, resamples=200)
    assert found.table["state"].eq("rarely").all()
    assert found.table[found.table["index"].eq("total")][["low", "high"]].isna().all(axis=None)
    told = found.convergence(0.5)
    assert not told.converged
    assert "zelden" in told.sentences("nl")[0]


def test_indices_have_settled_with_many_points_and_not_with_few() -> None:
    def with_dummy(u: Floats) -> Floats:
        return ishigami(u[:, :3])

    names = [*NAMES, "z_dummy"]
    many = found_for(with_dummy, names, 16384, resamples=300).convergence(0.05, dummy="z_dummy")
    assert many.converged, many.table
    assert list(many.table["check"]) == ["variance", "width", "ranking", "dummy", "sum", "order"]
    assert many.sentences("nl") == ["1: de gevoeligheid is betrouwbaar geschat; aan elke toets is voldaan."]
    wrong = found_for(with_dummy, names, 4096, resamples=300).convergence(0.5, dummy="x1")
    assert wrong.table[~wrong.table["passed"]]["check"].tolist() == ["dummy"]
    few = found_for(with_dummy, names, 16, resamples=300).convergence(0.05, dummy="x1")
    assert not few.converged
    failed = few.table.set_index("check")
    assert not failed.loc["width", "passed"]
    assert failed.loc["width", "found"] > failed.loc["width", "limit"] == 0.05
    assert failed.loc["variance", "passed"]
    for lang in ("nl", "en"):
        said = few.sentences(lang)[0]
        assert "x1" in said
        assert "{" not in said


def test_every_failure_of_convergence_can_be_said() -> None:
    from circularity.scoring.sensitivity import _said

    for check in ("width", "ranking", "dummy", "sum", "order"):
        row = pd.Series({"check": check, "found": 1.25, "limit": 1.0, "factors": "x1"})
        assert "1,25" in _said(row, "nl") or check == "ranking"
        assert _said(row, "en")


def test_without_resamples_nothing_counts_as_settled() -> None:
    found = found_for(ishigami, NAMES, 64, resamples=0)
    assert found.table["low"].isna().all()
    assert found.table["value"].notna().all()
    assert not found.convergence(0.5).converged


def test_many_outputs_are_each_what_they_are_alone() -> None:
    runs = design(NAMES, 128, second=True)
    y = np.column_stack([ishigami(runs.inputs) ** k for k in (1, 2, 3)])
    together = indices(runs, y, outputs=["p", "q", "r"]).table
    alone = indices(runs, pd.Series(y[:, 1], name="q")).table
    rows = together[together["output"].eq("q")].reset_index(drop=True)
    for column in ("value", "low", "high"):
        np.testing.assert_allclose(rows[column], alone[column], atol=1e-12)


@given(k=st.integers(1, 50), u=st.floats(0, 1, exclude_max=True))
def test_a_choice_is_a_part_of_the_unit_interval_whatever_was_drawn(k: int, u: float) -> None:
    assert 0 <= choose(u, k) < k
    assert [int(c) for c in choose((np.arange(k) + 0.5) / k, k)] == list(range(k))
    assert choose(np.nextafter(1, 0), k) == k - 1


def test_a_wrong_call_is_refused_by_name() -> None:
    for points in (0, 1, 3, 1000, -8):
        with raises("NotPowerOfTwo"):
            design(NAMES, points)
    with raises("NotPowerOfTwo", match="512, 1024"):
        design(NAMES, 1000)
    with raises("DuplicateId"):
        design(["a", "a"], 8)
    with raises("EmptyTable"):
        design([], 8)
    with raises("WrongArgument"):
        design({"a": 0}, 8)
    runs = design(NAMES, 8)
    with raises("UnknownReference", match="x1"):
        runs.of("X1")
    y = runs.inputs[:, 0]
    with raises("NotTheDesign"):
        indices(runs, y[:-1])
    with raises("NotFinite", match="row 3"):
        indices(runs, np.where(np.arange(len(y)) == 2, np.nan, y))
    for wrong in ({"first": "other"}, {"level": 1.0}, {"resamples": -1}):
        with raises("WrongArgument"):
            indices(runs, y, **wrong)
    with raises("WrongShape"):
        indices(runs, y, outputs=["a", "b"])
    with raises("EmptyTable"):
        indices(runs, np.empty((runs.runs, 0)))
    found = indices(runs, y)
    for call in ({"width": 0.0}, {"width": 0.1, "dummy": "x9"}):
        with raises("WrongArgument"):
            found.convergence(**call)
    with raises("WrongArgument"):
        choose(1.0, 3)
    with raises("WrongArgument"):
        choose(0.5, 0)
    assert isinstance(runs, Design)


STEPS: list[dict[str, Any]] = [
    {"step": "normalise", "way": "none"},
    {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
    {"step": "rank"},
]
STRUCTURE = pd.DataFrame(
    [("top", "", 1, ""), ("a", "top", 0.8, "higher_is_better"), ("b", "top", 0.2, "higher_is_better")],
    columns=["code", "parent", "weight", "direction"],
)


def model(*factors: Any, sd: tuple[float, float] = (1.0, 1.0)) -> Model:
    rows = [("u", "a", 10, sd[0]), ("u", "b", 10, sd[1]), ("v", "a", 9, sd[0]), ("v", "b", 12, sd[1])]
    structure = read_tree(STRUCTURE)
    values = read_values(pd.DataFrame(rows, columns=["unit", "indicator", "value", "sd"]), structure)
    return Model.of(values, structure, STEPS, factors)


def test_a_linear_score_has_the_indices_of_its_weights() -> None:
    """S = ST = (c sd)^2 / sum (c sd)^2 for a sum of independent parts: .64/.68 and .04/.68."""
    m = model(UncertainValues(name="of a", indicators=["a"]), UncertainValues(name="of b", indicators=["b"]))
    table = sensitivity(m, score_of("top", "u", 0), ["top"], base=4096, seed=1, bootstrap=100).table
    for index in ("first", "total"):
        rows = table[table["index"] == index].set_index("factor")
        assert rows["value"].to_dict() == pytest.approx({"of a": 0.64 / 0.68, "of b": 0.04 / 0.68}, abs=0.02)
        assert (rows["low"] <= rows["value"]).all()
        assert (rows["value"] <= rows["high"]).all()


def test_a_factor_of_many_columns_is_swapped_as_one() -> None:
    m = model(UncertainValues(), UncertainWeights(way="noise", amount=0.0))
    table = sensitivity(m, score_of("top", "u", 0), ["top"], base=256, seed=1).table
    total = table[table["index"] == "total"].set_index("factor")["value"]
    assert total.to_dict() == pytest.approx({"data": 1, "weights": 0}, abs=0.03)


def test_a_score_that_nothing_moves_says_so() -> None:
    m = model(UncertainWeights(way="noise", amount=0.0))
    found = sensitivity(m, score_of("top", "u", 0), ["top"], base=64, seed=1)
    assert set(found.table["state"]) == {"no_variance"}


def test_the_order_of_factors_changes_nothing() -> None:
    choice = UncertainChoice(
        name="mean", step="aggregate", options=[{"way": "arithmetic_mean"}, {"way": "geometric_mean"}]
    )
    one = model(UncertainValues(), choice, UncertainWeights(way="simplex"), sd=(0.3, 0.3))
    other = model(UncertainWeights(way="simplex"), choice, UncertainValues(), sd=(0.3, 0.3))
    tables = [sensitivity(m, score_of("top", "u", 0), ["top"], base=256, seed=1).table for m in (one, other)]
    pd.testing.assert_frame_equal(*tables)


def test_the_mean_shift_of_ranks_is_none_where_nothing_shifts() -> None:
    m = model(UncertainValues())
    stated = build(m.values, m.structure, STEPS).ranks["top"].to_numpy(float)
    outputs = mean_rank_shift("top", 0, stated)
    found = sensitivity(m, outputs, ["top"], base=128, seed=1).table
    assert set(found["output"]) == {"rank_shift"}
    assert np.isfinite(found["value"]).all()
