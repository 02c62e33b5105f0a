"""Scores over time: what stays, what moves, and what of a change came from where."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring import build, read_tree, read_values
from circularity.scoring.backcast import Recipe, backcast, recipe, split_change, what_moves

GOALPOSTS: list[dict[str, Any]] = [
    {"step": "normalise", "way": "goalposts"},
    {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
    {"step": "rank"},
]
GEOMETRIC: list[dict[str, Any]] = [
    {"step": "normalise", "way": "goalposts", "range": [1, 100]},
    {"step": "aggregate", "way": "geometric_mean", "available": 1},
]


def structure(weight_of_a: float = 0.5, upper: float = 1, extra: bool = False) -> pd.DataFrame:
    rows = [("top", "", 1.0, "", ""), ("a", "top", weight_of_a, "higher_is_better", f"0;{upper}")]
    rest = 1 - weight_of_a
    rows.append(("b", "top", rest / 2 if extra else rest, "lower_is_better", "0;1"))
    rows += [("c", "top", rest / 2, "higher_is_better", "0;1")] if extra else []
    return pd.DataFrame(rows, columns=["code", "parent", "weight", "direction", "goalposts"])


def values(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit", "period", "a", "b", "c"])


ROWS = [
    ("one", 2020, 0.2, 0.6, 0.3),
    ("one", 2024, 0.5, 0.4, 0.9),
    ("two", 2020, 0.4, 0.5, 0.5),
    ("two", 2024, 0.3, 0.7, 0.2),
]

share = st.floats(0.01, 0.99)


def test_a_unit_or_year_more_leaves_every_earlier_score_as_it_was_to_the_last_bit() -> None:
    parts = read_tree(structure(0.37))
    before = build(values(ROWS), parts, GOALPOSTS).scores
    more = [*ROWS, ("three", 2020, 0.99, 0.01, 0.5), ("one", 2025, 0.0, 1.0, 0.5), ("three", 2025, 7.0, -3.0, 0.5)]
    after = build(values(more[::-1]), parts, GOALPOSTS).scores
    np.testing.assert_array_equal(after.loc[before.index].to_numpy(), before.to_numpy())


@given(st.lists(st.tuples(share, share), min_size=1, max_size=6))
def test_no_new_unit_moves_an_earlier_score(new: list[tuple[float, float]]) -> None:
    parts = read_tree(structure(0.37))
    before = build(values(ROWS), parts, GOALPOSTS).scores
    more = [*ROWS, *((f"new{i}", 2024, a, b, 0.5) for i, (a, b) in enumerate(new))]
    after = build(values(more), parts, GOALPOSTS).scores
    np.testing.assert_array_equal(after.loc[before.index].to_numpy(), before.to_numpy())


@pytest.mark.parametrize(
    ("steps", "moves"),
    [
        (GOALPOSTS, set()),
        ([{"step": "normalise", "way": "scaled"}, *GOALPOSTS[1:]], set()),
        ([{"step": "normalise", "way": "minmax"}, *GOALPOSTS[1:]], {("normalise", "a"), ("normalise", "b")}),
        ([{"step": "normalise", "way": "minmax", "over": 2020}, *GOALPOSTS[1:]], set()),
        ([{"step": "impute", "way": "mean"}, *GOALPOSTS], {("impute", "a"), ("impute", "b")}),
        ([{"step": "impute", "way": "latest"}, *GOALPOSTS], set()),
        (
            [{"step": "treat", "way": "winsorise", "skewness": 2, "kurtosis": 3.5, "most_points": 5}, *GOALPOSTS],
            {("treat", "a"), ("treat", "b")},
        ),
        ([GOALPOSTS[0], {"step": "aggregate", "way": "copeland", "available": 1}], {("aggregate", "top")}),
    ],
)
def test_the_steps_that_look_at_others_are_named(steps: list[dict[str, Any]], moves: set[tuple[str, str]]) -> None:
    assert set(what_moves(read_tree(structure()), steps)) == moves


def test_a_changed_method_computes_the_whole_series_and_keeps_the_old_one() -> None:
    old, new = recipe("1", structure(0.5), GOALPOSTS), recipe("2", structure(0.8), GOALPOSTS)
    series = backcast(values(ROWS), old, new).set_index(["unit", "period", "code"])
    for unit, period, a, b, _ in ROWS:
        assert series.at[(unit, period, "top"), "old"] == pytest.approx(100 * (0.5 * a + 0.5 * (1 - b)))
        assert series.at[(unit, period, "top"), "new"] == pytest.approx(100 * (0.8 * a + 0.2 * (1 - b)))


def test_a_score_that_only_one_version_has_is_missing_in_the_other() -> None:
    old, new = recipe("1", structure(), GOALPOSTS), recipe("2", structure(extra=True), GOALPOSTS)
    series = backcast(values(ROWS), old, new).set_index(["unit", "period", "code"])
    assert np.isnan(series.at[("one", 2020, "c"), "old"])
    assert series.at[("one", 2020, "c"), "new"] == pytest.approx(30)


@given(share, share, st.floats(0.5, 3), st.booleans())
def test_the_parts_of_a_change_sum_to_it(first: float, second: float, upper: float, geometric: bool) -> None:
    old = recipe("1", structure(first), GOALPOSTS)
    new = recipe("2", structure(second, upper), GEOMETRIC if geometric else GOALPOSTS)
    table = split_change(values(ROWS), old, new, 2020, 2024)
    total = table[["indicators", "weights", "method"]].sum(axis=1)
    np.testing.assert_allclose(total, table["change"], atol=1e-9)
    assert table["unit"].tolist() == ["one", "two"]


def test_what_did_not_change_has_no_part_in_a_change() -> None:
    old = recipe("1", structure(0.5), GOALPOSTS)
    (one, _) = split_change(values(ROWS), old, old, 2020, 2024).to_dict("records")
    assert (one["weights"], one["method"]) == (0, 0)
    assert one["indicators"] == pytest.approx(one["change"]) == pytest.approx(100 * (0.5 * 0.3 + 0.5 * 0.2))
    (same, _) = split_change(values(ROWS), old, recipe("2", structure(0.9), GOALPOSTS), 2020, 2020).to_dict("records")
    assert (same["indicators"], same["method"]) == (0, 0)
    assert same["weights"] == pytest.approx(100 * 0.4 * (0.2 - 0.4))
    (other, _) = split_change(values(ROWS), old, recipe("2", structure(0.5, 2), GOALPOSTS), 2020, 2020).to_dict(
        "records"
    )
    assert (other["indicators"], other["weights"]) == (0, 0)
    assert other["method"] == pytest.approx(-100 * 0.5 * 0.1)


def test_weights_of_a_parent_with_other_children_belong_to_the_method() -> None:
    old, new = recipe("1", structure(0.5), GOALPOSTS), recipe("2", structure(0.5, extra=True), GOALPOSTS)
    table = split_change(values(ROWS), old, new, 2020, 2024)
    assert (table["weights"] == 0).all()
    assert (table["method"] != 0).all()


def test_a_version_weighs_as_another_where_both_have_the_same_children() -> None:
    one: Recipe = recipe("1", structure(0.5), GOALPOSTS)
    mixed = one.weighing_as(recipe("2", structure(0.9), GOALPOSTS))
    assert {n.code: n.weight for n in mixed.structure if n.parent} == pytest.approx({"a": 0.9, "b": 0.1})
    assert read_values(values(ROWS), mixed.structure).has_periods
