"""Weights are taken by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring import build, read_tree
from circularity.scoring.weigh import Weigh
from tests.faults import raises
from tests.scoring.small import flat, state_of, structure_of, values_of

NONE = [{"step": "normalise", "way": "none"}, {"step": "aggregate", "way": "arithmetic_mean", "available": 0}]
TREE = structure_of(
    ("top", "", ""), ("x", "top", 0.5), ("y", "top", 0.5),
    ("a", "x", 0.2, "1"), ("b", "x", 0.8, "1"), ("c", "y", 1, "1"),
)  # fmt: skip


def given_(weights: dict[str, float], **more: Any) -> Weigh:
    return Weigh(way="given", weights=weights, **more)


def test_columns_in_another_order_give_each_indicator_its_own_weight() -> None:
    # ProMCDA sorts columns by name and weights not: columns b, a with weights .9, .1 give .1 for the unit that must
    # score .9 (scoring.md section 2).
    structure = flat(["b", "a"], [0.9, 0.1])
    for columns in ({"b": [1, 0], "a": [0, 1]}, {"a": [0, 1], "b": [1, 0]}):
        np.testing.assert_allclose(build(values_of(columns), structure, NONE).scores["top"], [0.9, 0.1], rtol=1e-15)


@given(st.permutations(["a", "b", "c", "d"]), st.permutations(["a", "b", "c", "d"]))
def test_no_order_of_structure_values_or_weights_changes_a_bit(rows: list[str], columns: list[str]) -> None:
    weights = {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4}
    rng = np.random.default_rng(1)
    table = {c: rng.random(5) for c in weights}
    chain = [NONE[0], {"step": "weigh", "way": "given", "weights": {c: weights[c] for c in rows}}, NONE[1]]
    first = build(values_of(table), flat(list(weights), list(weights.values())), NONE).scores["top"]
    structure = flat(rows, [weights[c] for c in rows])
    shuffled = values_of({c: table[c] for c in columns})
    for steps in (NONE, chain):
        assert np.array_equal(build(shuffled, structure, steps).scores["top"], first)


def test_weights_may_be_equal_given_or_those_of_the_structure() -> None:
    state = state_of({"a": [1], "b": [1], "c": [1]}, TREE)
    assert set(Weigh(way="equal").apply(state).weights.values()) == {1.0}
    after = given_({"a": 30, "b": 70}).apply(state)
    assert (after.weights["a"], after.weights["b"], after.weights["x"]) == (30, 70, 0.5)
    again = Weigh(way="structure").apply(after)
    assert again.weights == state.weights


def test_a_composite_shows_weights_that_sum_to_one() -> None:
    values = values_of({"a": [1], "b": [3], "c": [2]})
    steps = [NONE[0], {"step": "weigh", "way": "given", "weights": {"a": 30, "b": 70}}, NONE[1]]
    found = build(values, TREE, steps).weights
    assert found.to_dict() == {"a": 0.3, "b": 0.7, "c": 1.0, "x": 0.5, "y": 0.5}


def test_a_code_that_is_not_there_or_that_lacks_is_named() -> None:
    state = state_of({"a": [1], "b": [1], "c": [1]}, TREE)
    with raises("UnknownIndicatorOfStructure") as caught:
        given_({"A": 1, "b": 1}).apply(state)
    assert caught.value.details["found"] == "A"
    assert "a" in str(caught.value.details["hint"])
    with raises("UnknownIndicatorOfStructure") as caught:
        given_({"a": 1}).apply(state)
    assert caught.value.details["found"] == "b"


def test_weights_below_zero_or_that_do_not_sum_are_named() -> None:
    state = state_of({"a": [1], "b": [1], "c": [1]}, TREE)
    with raises("NegativeWeight") as negative:
        given_({"a": -0.5, "b": 1.5}).apply(state)
    assert negative.value.details["found"] == "-0.5"
    with raises("WeightsDoNotSum") as wrong:
        given_({"a": 0.5, "b": 0.6}).apply(state)
    assert wrong.value.details == {"found": "1.1", "parent": "x", "codes": ["a", "b"]}


def test_the_top_has_no_weight_to_give() -> None:
    with raises("UnknownIndicatorOfStructure") as caught:
        given_({"top": 1}).apply(state_of({"a": [1], "b": [1], "c": [1]}, TREE))
    assert caught.value.details["found"] == "top"
    assert "top" in read_tree(TREE)
