"""Steps one by one: the state they pass on, screening, dividing, weighing and ranking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.errors import CircularityError
from circularity.scoring import build, read_tree
from circularity.scoring.pipeline import read_steps
from circularity.scoring.steps import Denominate, Screen, State, Weigh, as_before, by_column, parts_of, ranked
from tests.faults import raises
from tests.scoring.small import drawn, flat, one_of, same_bytes, state_of, structure_of, values_of

WINSORISE = {"skewness": 0.5, "kurtosis": 0.1, "most_points": 3}
NORMALISATIONS: list[dict[str, Any]] = [
    {"way": "goalposts"}, {"way": "minmax"}, {"way": "minmax", "range": [1, 100]}, {"way": "scaled", "ends": [0, 9]},
    {"way": "zscore", "mean": 10, "sd": 2}, {"way": "distance_to_maximum"}, {"way": "distance_to_target"},
    {"way": "distance_to_reference", "reference": "B"}, {"way": "rank"}, {"way": "percentile_rank"},
    {"way": "borda"}, {"way": "none"},
]  # fmt: skip
OVER: list[Any] = ["all", "period", 2021]
STEPS: list[dict[str, Any]] = [
    {"step": "screen", "available": 0.5},
    {"step": "denominate"},
    *({"step": "impute", "way": way} for way in ("mean", "median", "latest", "linear")),
    {"step": "impute", "way": "mean", "by": "unit"},
    {"step": "impute", "way": "median", "group": "side"},
    {"step": "impute", "way": "constant", "value": 3},
    *({"step": "treat", "way": way, **WINSORISE, "over": over}
      for way in ("winsorise", "log", "log_either_way", "winsorise_then_log", "box_cox") for over in OVER),
    *({"step": "normalise", **way, "over": over} for way in NORMALISATIONS for over in OVER),
    {"step": "weigh", "way": "equal"},
    *({"step": "aggregate", "way": way, "available": 0.5}
      for way in ("arithmetic_mean", "geometric_mean", "harmonic_mean", "outranking", "copeland")),
    {"step": "aggregate", "way": "generalised_mean", "power": 2.5, "available": 0},
]  # fmt: skip


def example(seed: int, codes: int = 4, units: int = 5, missing: float = 0.15) -> State:
    """Two years of a few units; the first year is complete, so that every unit has something to go by."""
    rng = np.random.default_rng(seed)
    names = [f"i{j}" for j in range(codes)]
    structure = flat(names, goalposts="0.5;4", target="5", direction=list(rng.choice(["1", "-1"], codes)))
    structure["denominator"] = ["", "area", *[""] * (codes - 1)]
    x = rng.lognormal(0, 1, (2 * units, codes))
    x[units:][rng.random((units, codes)) < missing] = np.nan
    columns = {name: x[:, j] for j, name in enumerate(names)}
    unit = [chr(65 + i) for i in range(units)] * 2
    more = {"period": [2020] * units + [2021] * units, "side": ["l", "r"] * units, "area": rng.lognormal(0, 1, len(x))}
    return state_of(columns, structure, unit=unit, **more)


def outcome(step: Any, state: State) -> Any:
    try:
        return step.apply(state)
    except CircularityError as error:
        return error.code


@pytest.mark.parametrize("step", STEPS, ids=lambda s: " ".join(str(v) for v in s.values()))
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), codes=st.integers(1, 5), units=st.integers(3, 12))
def test_draws_taken_together_are_draws_taken_one_by_one(
    step: dict[str, Any], seed: int, codes: int, units: int
) -> None:
    [made] = read_steps([step])
    state = drawn(example(seed, codes, units), seed=seed)
    weights = {c: np.random.default_rng(seed).random(7) for c in state.weights}
    state = replace(state, weights=weights)
    one_by_one = [outcome(made, one_of(state, draw)) for draw in range(7)]
    together = outcome(made, state)
    if not isinstance(together, State):
        assert together in one_by_one
        return
    for draw, alone in enumerate(one_by_one):
        assert same_bytes(together.x[draw], alone.x)
        for code in together.scores:
            assert same_bytes(together.scores[code][draw], alone.scores[code])


@pytest.mark.parametrize("step", [s for s in STEPS if s["step"] == "aggregate"], ids=lambda s: s["way"])
def test_weights_may_be_drawn_where_values_are_not(step: dict[str, Any]) -> None:
    [made] = read_steps([step])
    state = example(2)
    weights = {c: np.random.default_rng(3).random(7) for c in state.weights}
    together = made.apply(replace(state, weights=weights))
    for draw in range(7):
        alone = made.apply(replace(state, weights={c: w[draw] for c, w in weights.items()}))
        assert same_bytes(together.scores["top"][draw], alone.scores["top"])


@pytest.mark.parametrize("step", STEPS, ids=lambda s: " ".join(str(v) for v in s.values()))
def test_a_step_leaves_the_state_before_it_alone(step: dict[str, Any]) -> None:
    [made] = read_steps([step])
    state = example(5)
    before, values = state.x.copy(), state.values.x.copy()
    outcome(made, state)
    assert same_bytes(state.x, before)
    assert same_bytes(state.values.x, values)


def test_columns_come_back_where_they_were() -> None:
    x = np.random.default_rng(0).random((2, 3, 5, 4))
    assert by_column(x).shape == (24, 5)
    assert same_bytes(as_before(by_column(x), x), x)


def test_rows_are_seen_all_together_by_period_or_in_a_base_year() -> None:
    state = example(1, units=2)
    assert [(s.tolist(), c.tolist()) for s, c in parts_of(state, "all", "treat")] == [([True] * 4, [True] * 4)]
    assert [s.tolist() for s, _ in parts_of(state, "period", "treat")] == [
        [True, True, False, False],
        [False, False, True, True],
    ]
    [(seen, changed)] = parts_of(state, 2021, "treat")
    assert seen.tolist() == [False, False, True, True]
    assert changed.all()


@pytest.mark.parametrize("step", [{"step": "normalise", "way": "minmax"}, {"step": "treat", "way": "log", **WINSORISE}])
def test_a_base_year_that_is_not_there_is_named(step: dict[str, Any]) -> None:
    [made] = read_steps([{**step, "over": 1999}])
    with raises("PeriodNotInValues") as caught:
        made.apply(example(1))
    assert caught.value.details == {"step": step["step"], "found": 1999, "expected": [2020, 2021]}


TABLE: dict[str, Any] = {"a": [1, 2, "", ""], "b": [1, 0, 3, ""], "c": [1, 0, "", ""], "d": [1, 0, 4, ""]}


@pytest.mark.parametrize(("available", "stays"), [(0, "ABCD"), (0.5, "ABC"), (0.51, "AB"), (1, "AB")])
def test_a_unit_stays_when_enough_of_it_is_known(available: float, stays: str) -> None:
    after = Screen(available=available).apply(state_of(TABLE))
    assert "".join(after.values.units) == stays
    assert len(after.x) == len(stays)
    assert after.notes == [
        {"step": "screen", "code": u, "what": "left_out", "period": None, "available": k}
        for u, k in zip("ABCD", (1, 1, 0.5, 0), strict=True)
        if u not in stays
    ]


def test_zeros_count_among_what_is_known() -> None:
    assert Screen(available=0, nonzero=0.5).apply(state_of(TABLE)).values.units == ("A", "C")
    assert Screen(available=0, nonzero=0.25).apply(state_of(TABLE)).values.units == ("A", "B", "C")


def test_a_unit_can_be_kept_or_left_out_whatever_is_known() -> None:
    after = Screen(available=1, keep=["C"], leave_out=["A"]).apply(state_of(TABLE))
    assert after.values.units == ("B", "C")


def test_a_unit_that_is_not_there_is_named_with_what_was_meant() -> None:
    with raises("UnknownUnitOfValues") as caught:
        Screen(available=1, keep=["a"]).apply(state_of(TABLE))
    assert caught.value.details["found"] == "a"
    assert caught.value.details["expected"] == ["A", "B", "C", "D"]
    assert "A" in str(caught.value.details["hint"])


def test_when_no_unit_is_left_the_most_that_is_known_is_told() -> None:
    with raises("NothingLeft") as caught:
        Screen(available=1).apply(state_of({"a": [1, ""], "b": ["", 2]}))
    assert caught.value.details == {"step": "screen", "found": "50%", "expected": "100%"}


def test_each_period_of_a_unit_is_looked_at_by_itself() -> None:
    state = state_of({"a": [1, ""], "b": [1, 2]}, unit=["A", "A"], period=[2020, 2021])
    after = Screen(available=1).apply(state)
    assert after.values.periods == (2020,)
    assert np.array_equal(after.x, [[1, 1]])


STRUCTURE = flat(["a", "b"], denominator=["area", ""])


def test_an_indicator_is_divided_and_scaled_and_others_are_left() -> None:
    state = state_of({"a": [6, 8], "b": [1, 2]}, STRUCTURE, area=[2, 4])
    after = Denominate(times={"a": 1000}).apply(state)
    assert np.array_equal(after.x, [[3000, 1], [2000, 2]])
    assert after.notes == [{"step": "denominate", "code": "a", "what": "divided_by", "by": "area"}]


def test_an_unknown_denominator_makes_it_missing() -> None:
    after = Denominate().apply(state_of({"a": [6, 8], "b": [1, 2]}, STRUCTURE, area=["", 4]))
    assert np.isnan(after.x[0, 0])
    assert after.x[1, 0] == 2


def test_a_denominator_of_zero_is_named_with_indicator_and_unit() -> None:
    with raises("NothingToDivideBy") as caught:
        Denominate().apply(state_of({"a": [6, 8], "b": [1, 2]}, STRUCTURE, area=[2, 0]))
    assert caught.value.details == {"step": "denominate", "found": "a", "unit": "B", "of": "area", "value": "0"}


def test_a_factor_for_an_indicator_that_is_not_divided_is_refused() -> None:
    for code in ("b", "aa"):
        with raises("NoDenominator") as caught:
            Denominate(times={code: 2}).apply(state_of({"a": [6], "b": [1]}, STRUCTURE, area=[2]))
        assert (caught.value.details["found"], caught.value.details["expected"]) == (code, ["a"])


def test_a_denominator_below_zero_would_turn_the_ranking_and_is_refused() -> None:
    with raises("NothingToDivideBy") as caught:
        Denominate().apply(state_of({"a": [6, 8], "b": [1, 2]}, STRUCTURE, area=[-2, 4]))
    assert caught.value.details["value"] == "-2"


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


NAN = float("nan")
UNRANKED = [{"step": "normalise", "way": "none"}, {"step": "aggregate", "way": "arithmetic_mean", "available": 0}]


def test_one_is_highest_equals_share_the_best_place_and_no_score_has_no_rank() -> None:
    assert ranked(np.array([5, 7, 7, 1])).tolist() == [3, 1, 1, 4]
    assert np.array_equal(ranked(np.array([NAN, 7, NAN, 9])), [NAN, 2, NAN, 1], equal_nan=True)


@given(st.integers(0, 2**32 - 1))
def test_ranks_are_those_of_scipy(seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 6, (3, 2, 8)).astype(float)
    assert np.array_equal(ranked(scores), scipy.stats.rankdata(-scores, method="min", axis=-1))


def test_ranks_are_within_a_period_and_within_a_group() -> None:
    table = values_of(
        {"a": [1, 2, 3, 6, 5, 4], "period": [2020] * 3 + [2021] * 3, "side": list("lrl") * 2}, list("ABC") * 2
    )
    assert build(table, flat(["a"]), [*UNRANKED, {"step": "rank"}]).ranks["top"].tolist() == [3, 2, 1, 1, 2, 3]
    grouped = build(table, flat(["a"]), [*UNRANKED, {"step": "rank", "group": "side"}])
    assert grouped.ranks["top"].tolist() == [2, 1, 1, 1, 1, 2]


def test_a_group_that_is_not_there_is_named() -> None:
    with raises("MissingColumn") as caught:
        build(values_of({"a": [1, 2], "side": ["l", "r"]}), flat(["a"]), [*UNRANKED, {"step": "rank", "group": "sid"}])
    assert caught.value.details["found"] == "sid"
