"""Every normalisation against numbers worked out by hand; goalposts keep a score whoever else is measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring import build
from circularity.scoring.normalise import Normalise, to_goalposts
from tests.faults import raises
from tests.scoring.small import GOALPOSTS, flat, same_bytes, state_of, values_of

NAN = float("nan")
X = [2, 4, "", 10]
# Worked out by hand for X, whose mean is 16/3 and whose standard deviation is sqrt(52/3).
Z = [(v - 16 / 3) / (52 / 3) ** 0.5 for v in (2, 4, 10)]
BY_HAND: list[tuple[dict[str, Any], list[float], list[float]]] = [
    ({"way": "minmax"}, [0, 25, NAN, 100], [100, 75, NAN, 0]),
    ({"way": "minmax", "range": [1, 100]}, [1, 25.75, NAN, 100], [100, 75.25, NAN, 1]),
    ({"way": "goalposts"}, [0, 0, NAN, 62.5], [100, 100, NAN, 37.5]),
    ({"way": "goalposts", "within": False}, [-37.5, -12.5, NAN, 62.5], [137.5, 112.5, NAN, 37.5]),
    ({"way": "goalposts", "range": [0, 1]}, [0, 0, NAN, 0.625], [1, 1, NAN, 0.375]),
    ({"way": "scaled", "ends": [0, 20]}, [10, 20, NAN, 50], [90, 80, NAN, 50]),
    ({"way": "zscore"}, [Z[0], Z[1], NAN, Z[2]], [-Z[0], -Z[1], NAN, -Z[2]]),
    ({"way": "zscore", "mean": 10, "sd": 2}, [10 + 2 * Z[0], 10 + 2 * Z[1], NAN, 10 + 2 * Z[2]],
     [10 - 2 * Z[0], 10 - 2 * Z[1], NAN, 10 - 2 * Z[2]]),
    ({"way": "distance_to_maximum"}, [0, 0.25, NAN, 1], [1, 0.75, NAN, 0]),
    ({"way": "distance_to_reference", "reference": "B"}, [0, 1, NAN, 1], [1, 1, NAN, 0]),
    ({"way": "distance_to_reference", "reference": "B", "within": False}, [0, 1, NAN, 4], [8 / 6, 1, NAN, 0]),
    ({"way": "distance_to_target"}, [0, 1 / 3, NAN, 1], [4, 3, NAN, 0]),
    ({"way": "fraction_of_maximum"}, [0.2, 0.4, NAN, 1], []),
    ({"way": "rank"}, [1, 2, NAN, 3], [3, 2, NAN, 1]),
    ({"way": "borda"}, [0, 1, NAN, 2], [2, 1, NAN, 0]),
    ({"way": "percentile_rank"}, [0, 0.5, NAN, 1], [1, 0.5, NAN, 0]),
    ({"way": "none"}, [2, 4, NAN, 10], [2, 4, NAN, 10]),
]  # fmt: skip


def normalised(step: dict[str, Any], column: list[Any], direction: str = "1", **more: Any) -> Any:
    structure = flat(["a"], direction=[direction], goalposts="5;13", target="8")
    return Normalise(**step).apply(state_of({"a": column}, structure, **more)).x[:, 0]


@pytest.mark.parametrize(("step", "up", "down"), BY_HAND, ids=lambda v: str(v) if isinstance(v, dict) else "")
def test_a_vector_comes_out_as_by_hand_in_both_directions(step: dict[str, Any], up: Any, down: Any) -> None:
    if step["way"] == "distance_to_target":  # target 8: beyond it is held at 1 unless asked otherwise
        assert normalised(step, X).tolist()[:2] == pytest.approx([0, 1 / 3])
        assert normalised({**step, "within": False}, X)[3] == pytest.approx(8 / 6)
        # With less better the worst is 10, and 2 and 4 are beyond 8.
        np.testing.assert_allclose(normalised({**step, "within": False}, X, "-1"), down, rtol=1e-12)
        np.testing.assert_allclose(normalised(step, X, "-1"), np.minimum(down, 1), rtol=1e-12)
        return
    np.testing.assert_allclose(normalised(step, X), up, rtol=1e-12, atol=1e-12)
    if down:
        np.testing.assert_allclose(normalised(step, X, "-1"), down, rtol=1e-12, atol=1e-12)


def test_equals_share_the_lowest_rank() -> None:
    assert normalised({"way": "rank"}, [3, 1, 3, 5]).tolist() == [2, 1, 2, 4]


def test_the_peer_examples_of_minmax_come_out() -> None:
    # scoring.md section 5, computed by COINr: the same 20 is worth 50 or 20, as the highest is 30 or 60.
    assert normalised({"way": "minmax"}, [10, 20, 30])[1] == 50
    assert normalised({"way": "minmax"}, [10, 20, 60])[1] == 20


def test_minmax_turns_two_units_round_when_a_third_comes_in_and_goalposts_do_not() -> None:
    # scoring.md section 5: A .6667 < B .8125; with D A .5333 > B .4125.
    values = values_of({"x": [8, 5, 0], "y": [2, 6, 0]})
    more = values_of({"x": [8, 5, 0, 0], "y": [2, 6, 0, 30]})
    minmax = [{"step": "normalise", "way": "minmax", "range": [0, 1]}, *GOALPOSTS[1:]]
    before, after = (build(v, flat(["x", "y"]), minmax).scores["top"] for v in (values, more))
    np.testing.assert_allclose(before[["A", "B"]], [2 / 3, 0.8125], rtol=1e-12)
    np.testing.assert_allclose(after[["A", "B"]], [0.8 / 1.5, 0.4125], rtol=1e-12)
    fixed = flat(["x", "y"], goalposts="0;30")
    before, after = (build(v, fixed, GOALPOSTS).scores["top"] for v in (values, more))
    assert same_bytes(before.to_numpy(), after[before.index].to_numpy())


@given(st.integers(0, 2**32 - 1))
def test_a_new_unit_region_or_year_leaves_earlier_scores_as_they_were_to_the_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = ["a", "b", "c", "d"]
    structure = flat(codes, [0.1, 0.2, 0.3, 0.4], direction=["1", "-1", "1", "-1"], goalposts="0.2;3")
    old = pd.DataFrame(rng.lognormal(0, 1, (6, 4)), columns=codes).mask(rng.random((6, 4)) < 0.1)
    old.insert(0, "unit", list("bdfbdf"))
    old.insert(1, "period", [2020] * 3 + [2021] * 3)
    new = pd.DataFrame(rng.lognormal(0, 5, (4, 4)), columns=codes).assign(
        unit=["a", "e", "z", "b"], period=[2020, 2021, 2019, 2022]
    )
    before = build(old, structure, GOALPOSTS)
    after = build(pd.concat([new, old]), structure, GOALPOSTS)
    for stage in before.stages:
        pd.testing.assert_frame_equal(after.stages[stage].loc[before.index], before.stages[stage], check_exact=True)
    pd.testing.assert_frame_equal(after.scores.loc[before.index], before.scores, check_exact=True)


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.sampled_from([1, -1]))
def test_a_score_against_goalposts_stays_on_its_scale_and_rises_with_what_is_better(
    x: float, low: float, width: float, direction: int
) -> None:
    posts = (low, low + width)
    score, better = to_goalposts(np.array([x, x + direction * width]), posts, direction, (1, 100))
    assert 1 <= score <= better <= 100
    worst, best = posts if direction > 0 else posts[::-1]
    ends = to_goalposts(np.array([worst, best, np.nan]), posts, direction, (1, 100))
    assert ends[:2].tolist() == [1, 100]
    assert np.isnan(ends[2])


PANEL: dict[str, Any] = {"unit": ["A", "B", "C"] * 2, "period": [2020] * 3 + [2021] * 3}


@pytest.mark.parametrize(
    ("over", "expected"),
    [("all", [0, 10, 20, 40, 60, 100]), ("period", [0, 50, 100, 0, 100 / 3, 100]), (2020, [0, 50, 100, 200, 300, 500]),
     (2021, [-200 / 3, -50, -100 / 3, 0, 100 / 3, 100])],
)  # fmt: skip
def test_a_panel_is_seen_over_all_years_by_year_or_from_a_base_year(over: Any, expected: list[float]) -> None:
    x = normalised({"way": "minmax", "over": over}, [0, 1, 2, 4, 6, 10], **PANEL)
    np.testing.assert_allclose(x, expected, rtol=1e-12, atol=1e-12)


def test_a_reference_is_that_of_the_years_that_are_seen() -> None:
    step = {"way": "distance_to_reference", "reference": "B", "within": False}
    column = [0, 1, 2, 4, 6, 10]
    assert normalised({**step, "over": "period"}, column, **PANEL).tolist() == [0, 1, 2, 0, 1, 3]
    assert normalised({**step, "over": 2020}, column, **PANEL).tolist() == column
    np.testing.assert_allclose(normalised({**step, "over": "all"}, column, **PANEL), np.array(column) / 6)
    down = normalised({**step, "over": "all"}, column, "-1", **PANEL)
    np.testing.assert_allclose(down, (10 - np.array(column)) / 9)


def test_ranks_cannot_be_taken_from_a_base_year() -> None:
    with raises("NotNormalised") as caught:
        normalised({"way": "rank", "over": 2020}, [0, 1, 2, 4, 6, 10], **PANEL)
    assert caught.value.details == {"step": "normalise", "found": "a", "way": "rank", "over": 2020}


def test_a_row_of_the_structure_may_name_another_way() -> None:
    structure = flat(["a", "b"], normalisation=["minmax", ""], goalposts="0;10")
    x = Normalise(way="goalposts").apply(state_of({"a": [2, 4], "b": [2, 4]}, structure)).x
    assert x.tolist() == [[0, 20], [100, 40]]


@pytest.mark.parametrize("way", [w["way"] for w, _, _ in BY_HAND if w["way"] != "none"])
def test_an_indicator_that_is_not_known_at_all_is_named(way: str) -> None:
    with raises("AllMissing") as caught:
        normalised({"way": way, "reference": "B"}, ["", "", ""])
    assert caught.value.details == {"step": "normalise", "found": "a"}


@pytest.mark.parametrize("way", ["minmax", "zscore", "distance_to_maximum", "distance_to_reference"])
def test_a_constant_indicator_is_named_where_differences_are_needed(way: str) -> None:
    with raises("ConstantIndicator") as caught:
        normalised({"way": way, "reference": "B"}, [8, 8, ""])
    assert caught.value.details == {"step": "normalise", "found": "a", "value": "8", "way": way}


REACHED: list[tuple[str, str, list[Any], dict[str, Any]]] = [
    ("-1", "50", [10, 20, 30], {}),
    ("1", "10", [20, 30, 40], {}),
    ("1", "8", [8, 8, ""], {}),
    ("-1", "50", [10, 20, 30, 20, 30, 40], PANEL),
]


@pytest.mark.parametrize(("direction", "target", "column", "panel"), REACHED)
def test_when_all_have_reached_the_target_all_have_the_same_score_and_no_ranking_turns(
    direction: str, target: str, column: list[Any], panel: dict[str, Any]
) -> None:
    state = state_of({"a": column}, flat(["a"], direction=[direction], target=target), **panel)
    for over in ("all", "period"):
        x = Normalise(way="distance_to_target", over=over).apply(state).x[:, 0]
        assert x[~np.isnan(state.x[:, 0])].tolist() == [1] * np.isfinite(state.x[:, 0]).sum()
        with raises("TargetReached") as caught:
            Normalise(way="distance_to_target", over=over, within=False).apply(state)
        assert caught.value.details["value"] == target


def test_a_year_that_falls_back_from_a_target_reached_in_the_base_year_is_refused() -> None:
    state = state_of({"a": [10, 20, 30, 40, 60, 70]}, flat(["a"], direction=["-1"], target="50"), **PANEL)
    with raises("TargetReached"):
        Normalise(way="distance_to_target", over=2020).apply(state)


def test_the_target_is_looked_at_in_every_draw_by_itself() -> None:
    state = state_of({"a": [10, 20, 60]}, flat(["a"], direction=["-1"], target="50"))
    x = np.stack([state.x, state.x / 2])
    found = Normalise(way="distance_to_target").apply(replace(state, x=x)).x[..., 0]
    assert found.tolist() == [[1, 1, 0], [1, 1, 1]]


@pytest.mark.parametrize("way", ["goalposts", "scaled", "rank", "borda", "percentile_rank", "fraction_of_maximum"])
def test_a_constant_indicator_is_no_fault_elsewhere(way: str) -> None:
    x = normalised({"way": way}, [8, 8, ""])
    assert x[0] == x[1]
    assert np.isfinite(x[0])


def test_what_the_structure_lacks_is_named() -> None:
    state = state_of({"a": [1, 2]})
    with raises("NoGoalposts") as no_goalposts:
        Normalise(way="goalposts").apply(state)
    with raises("NoTarget") as no_target:
        Normalise(way="distance_to_target").apply(state)
    for caught in (no_goalposts, no_target):
        assert caught.value.details == {"step": "normalise", "found": "a"}
    with raises("NotNormalised") as wrong:
        Normalise(way="distance_to_reference", reference="Z").apply(state)
    assert wrong.value.details["over"] == "Z"
    with raises("NotPositive"):
        normalised({"way": "fraction_of_maximum"}, [-1, -2])


def test_a_reference_of_which_the_value_is_not_known_is_told() -> None:
    with raises("NotNormalised") as caught:
        normalised({"way": "distance_to_reference", "reference": "C"}, X)
    assert (caught.value.details["found"], caught.value.details["over"]) == ("a", "C")


@pytest.mark.parametrize(
    "wrong",
    [{"range": [5, 5]}, {"ends": [2, 1]}, {"sd": 0}, {"over": "month"}, {"way": "best"}, {"mean": NAN}, {"rnge": 1}],
)
def test_a_step_that_cannot_be_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with raises("WrongStep") as caught:
        build(values_of({"a": [1, 2]}), flat(["a"]), [{"step": "normalise", "way": "minmax", **wrong}])
    assert caught.value.details["number"] == 1
    assert next(iter(wrong)) in caught.value.details["found"]
