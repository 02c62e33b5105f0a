"""Means, and comparisons two by two, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring import build
from circularity.scoring.aggregate import Aggregate, copeland, mean, outranking, outranking_matrix
from tests.faults import raises
from tests.scoring.small import flat, same_bytes, state_of, structure_of, values_of

MEANS = ["arithmetic_mean", "geometric_mean", "harmonic_mean"]
PEERS = {
    "arithmetic_mean": lambda x, w: np.average(x, weights=w),
    "geometric_mean": lambda x, w: scipy.stats.gmean(x, weights=w),
    "harmonic_mean": lambda x, w: scipy.stats.hmean(x, weights=w),
    "generalised_mean": lambda x, w: scipy.stats.pmean(x, 2.5, weights=w),
}
NONE = {"step": "normalise", "way": "none"}


def top(columns: dict[str, Any], structure: Any = None, **step: Any) -> Any:
    step = {"way": "arithmetic_mean", "available": 0, **step}
    return Aggregate(**step).apply(state_of(columns, structure)).scores["top"]


@given(st.sampled_from(sorted(PEERS)), st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_a_mean_is_that_of_numpy_and_scipy(way: Any, seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x, w = rng.lognormal(0, 1, (n, 3)), rng.random(n) + 0.01
    found = mean(list(x), list(w), way, 2.5)
    np.testing.assert_allclose(found, [PEERS[way](x[:, i], w) for i in range(3)], rtol=1e-12)


def test_a_generalised_mean_holds_the_others() -> None:
    x, w = [np.array([2.0, 3.0]), np.array([8.0, 5.0])], [0.25, 0.75]
    for way, power in zip(MEANS, (1, 0, -1), strict=True):
        np.testing.assert_allclose(mean(x, w, "generalised_mean", power), mean(x, w, way), rtol=1e-14)


@given(st.sampled_from([-400.0, -30.0, 30.0, 400.0, 5000.0]))
def test_a_generalised_mean_of_a_high_power_lies_between_its_parts(power: float) -> None:
    x = [np.array([2.0, 3.0]), np.array([80.0, 3.0])]
    found = mean(x, [0.5, 0.5], "generalised_mean", power)
    assert 2 <= found[0] <= 80
    assert abs(found[0] - (80 if power > 0 else 2)) < (3 if power > 0 else 0.1)
    assert found[1] == pytest.approx(3)


@given(st.integers(0, 2**32 - 1))
def test_means_lie_in_order_between_lowest_and_highest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, w = list(rng.lognormal(0, 1, (4, 5))), list(rng.random(4) + 0.01)
    a, g, h = (mean(x, w, way) for way in MEANS)
    assert (np.min(x, axis=0) <= h * (1 + 1e-12)).all()
    assert (h <= g * (1 + 1e-12)).all()
    assert (g <= a * (1 + 1e-12)).all()
    assert (a <= np.max(x, axis=0) * (1 + 1e-12)).all()


def test_the_lower_bound_of_a_scale_decides_a_geometric_mean() -> None:
    # Units (0, 1) and (.3, .3) on a scale from l to 100: scoring.md section 5.
    for low, expected in ((1, (10.0, 30.7)), (10, (31.62, 37.0)), (20, (44.72, 44.0))):
        steps = [
            {"step": "normalise", "way": "goalposts", "range": [low, 100]},
            {"step": "aggregate", "way": "geometric_mean", "available": 0},
        ]
        values = values_of({"x": [0, 0.3], "y": [1, 0.3]})
        score = build(values, flat(["x", "y"], goalposts="0;1"), steps).scores["top"]
        np.testing.assert_allclose(score, expected, atol=0.005)
        assert (score["A"] > score["B"]) == (low == 20)


@pytest.mark.parametrize(
    ("way", "power", "bad"),
    [("geometric_mean", 1, 0), ("geometric_mean", 1, -2), ("harmonic_mean", 1, 0), ("harmonic_mean", 1, -1),
     ("generalised_mean", 0, 0), ("generalised_mean", -2, 0), ("generalised_mean", 3, -1)],
)  # fmt: skip
def test_a_value_for_which_a_mean_is_not_defined_is_named(way: str, power: float, bad: float) -> None:
    # The harmonic mean of COINr gives -12 for (-1, 2, 4): scoring.md section 1.2.
    with raises("NotPositive") as caught:
        top({"a": [1, 2], "b": [4, bad]}, way=way, power=power)
    assert caught.value.details == {
        "step": "aggregate", "code": "b", "unit": "B", "period": None, "found": f"{bad:g}", "way": way,
    }  # fmt: skip


def test_what_is_missing_drops_out_with_its_weight_unless_too_little_is_left() -> None:
    columns, structure = {"a": [2, 2, ""], "b": [4, "", ""], "c": [8, 8, ""]}, flat("abc", [0.5, 0.25, 0.25])
    assert same_bytes(top(columns, structure), np.array([4, 4, np.nan]))
    assert same_bytes(top(columns, structure, available=2 / 3), np.array([4, 4, np.nan]))
    assert same_bytes(top(columns, structure, available=0.7), np.array([4, np.nan, np.nan]))


@pytest.mark.parametrize("way", [*MEANS, "generalised_mean"])
def test_a_missing_part_never_counts_as_zero(way: str) -> None:
    assert top({"a": [3], "b": [""]}, way=way, power=2)[0] == pytest.approx(3, rel=1e-15)


def test_a_row_or_a_level_may_have_a_way_of_its_own() -> None:
    structure = structure_of(
        ("top", "", "", "", ""), ("x", "top", 1, "", ""), ("y", "top", 1, "", "harmonic_mean"),
        ("a", "x", 1, "1", ""), ("b", "x", 1, "1", ""), ("c", "y", 1, "1", ""), ("d", "y", 1, "1", ""),
        columns="code parent weight direction aggregation",
    )  # fmt: skip
    state = state_of({"a": [2], "b": [8], "c": [2], "d": [8]}, structure)
    scores = Aggregate(way="arithmetic_mean", by_level={2: "geometric_mean"}, available=0).apply(state).scores
    assert [scores[c][0] for c in ("x", "y")] == pytest.approx([4, 3.2])
    assert scores["top"][0] == pytest.approx(3.6)


def test_hdi_comes_out_as_published() -> None:
    # UNDP, HDR 2021/22, goalposts and data as in scoring.md G17; GNI as its logarithm. Education is a mean of two.
    low, high = float(np.log(100)), float(np.log(75000))
    structure = structure_of(
        ("hdi", "", ""), ("life", "hdi", 1, "1", "20;85"), ("education", "hdi", 1),
        ("expected", "education", 1, "1", "0;18"), ("mean", "education", 1, "1", "0;15"),
        ("income", "hdi", 1, "1", f"{low!r};{high!r}"), columns="code parent weight direction goalposts",
    )  # fmt: skip
    values = values_of(
        {"life": [83.987, 85.473, 82.629], "expected": [16.5, 17.278, 14.398], "mean": [13.86, 12.226, 13.015],
         "income": np.log([66933, 62607, 84649])}, ["Switzerland", "Hong Kong", "Luxembourg"],
    )  # fmt: skip
    steps = [
        {"step": "normalise", "way": "goalposts", "range": [0, 1]},
        {"step": "aggregate", "way": "geometric_mean", "by_level": {2: "arithmetic_mean"}, "available": 1},
        {"step": "rank"},
    ]
    result = build(values, structure, steps)
    for unit, expected in {
        "Switzerland": (0.9844, 0.9203, 0.9828, 0.96205),
        "Hong Kong": (1, 0.8875, 0.9727, 0.95217),
        "Luxembourg": (0.9635, 0.8338, 1, 0.92962),
    }.items():
        np.testing.assert_allclose(
            result.scores.loc[unit, ["life", "education", "income"]].astype(float), expected[:3], atol=5e-5
        )
        assert result.scores.loc[unit, "hdi"] == pytest.approx(expected[3], abs=5e-6)
    assert result.scores["hdi"].round(3).to_dict() == {"Hong Kong": 0.952, "Luxembourg": 0.93, "Switzerland": 0.962}
    assert result.ranks["hdi"].to_dict() == {"Switzerland": 1, "Hong Kong": 2, "Luxembourg": 3}


def test_the_example_of_the_technical_notes_of_hdi_comes_out() -> None:
    # HDR 2020, technical notes: GNI 3,829 gives .5506, and (.6971 x .3447 x .5506)^(1/3) = .510 (scoring.md G16).
    low, high = float(np.log(100)), float(np.log(75000))
    structure = flat(["education", "income", "life"], goalposts=["0;1", f"{low!r};{high!r}", "0;1"])
    values = values_of({"education": [0.3447], "income": [np.log(3829)], "life": [0.6971]})
    steps = [
        {"step": "normalise", "way": "goalposts", "range": [0, 1]},
        {"step": "aggregate", "way": "geometric_mean", "available": 1},
    ]
    scores = build(values, structure, steps).scores.loc["A"]
    assert scores["income"] == pytest.approx(0.5506266550, abs=5e-11)
    assert scores["top"] == pytest.approx(0.50955, abs=2e-5)


@given(st.integers(0, 2**32 - 1), st.sampled_from(MEANS))
def test_a_higher_part_never_lowers_a_mean(seed: int, way: Any) -> None:
    rng = np.random.default_rng(seed)
    x, w = rng.lognormal(0, 1, (4, 1)), list(rng.random(4))
    higher = x.copy()
    higher[seed % 4] *= 1.5
    assert mean(list(higher), w, way)[0] >= mean(list(x), w, way)[0] * (1 - 1e-14)


NAN = float("nan")


def test_two_units_of_which_one_is_not_known_outrank_nobody() -> None:
    # COINr lets the unit that is listed later win: ((9, 9, 9), (NA, NA, NA)) and its reverse both give
    # [[0, 0], [1, 0]] (scoring.md section 1.2, defect 1).
    for x in ([[9, 9, 9], [NAN] * 3], [[NAN] * 3, [9, 9, 9]]):
        assert np.isnan(outranking_matrix(np.array(x), np.ones(3))).all()
        assert np.isnan(outranking(np.array(x), np.ones(3))).all()
        assert np.isnan(copeland(np.array(x), np.ones(3))).all()


def test_a_small_matrix_comes_out_as_by_hand() -> None:
    x = np.array([[3.0, 1, 2], [1, 1, 5], [2, NAN, 2]])
    w = np.array([0.5, 0.2, 0.3])
    # A beats B on the first (.5), ties on the second (.1); A and C share the first and third: .5 and half of .3 of .8.
    expected = [[NAN, 0.6, 0.65 / 0.8], [0.4, NAN, 0.3 / 0.8], [0.15 / 0.8, 0.5 / 0.8, NAN]]
    np.testing.assert_allclose(outranking_matrix(x, w), expected, rtol=1e-14)
    np.testing.assert_allclose(
        outranking(x, w), [(0.6 + 0.8125) / 2, (0.4 + 0.375) / 2, (0.1875 + 0.625) / 2], rtol=1e-14
    )
    assert copeland(x, w).tolist() == [2, -2, 0]


@given(st.integers(0, 2**32 - 1), st.integers(2, 7), st.floats(0, 0.7))
def test_elements_sum_to_one_and_the_order_of_units_changes_nothing(seed: int, units: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (units, 4)).astype(float)
    x[rng.random(x.shape) < missing] = np.nan
    w = rng.random(4) + 0.01
    matrix, order = outranking_matrix(x, w), rng.permutation(units)
    known = ~np.isnan(matrix)
    np.testing.assert_allclose((matrix + matrix.T)[known], 1, rtol=1e-14)
    assert np.array_equal(outranking_matrix(x[order], w), matrix[np.ix_(order, order)], equal_nan=True)
    np.testing.assert_allclose(outranking(x[order], w), outranking(x, w)[order], rtol=1e-14)
    assert np.array_equal(copeland(x[order], w), copeland(x, w)[order], equal_nan=True)
    assert np.nansum(copeland(x, w)) == 0


def test_a_tie_in_weight_is_a_tie() -> None:
    x = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], dtype=float)
    assert copeland(x, np.array([0.1, 0.2, 0.2, 0.3, 0.1, 0.1])).tolist() == [0, 0]


@pytest.mark.parametrize("way", ["outranking", "copeland"])
def test_units_are_compared_within_their_period(way: str) -> None:
    table = values_of({"a": [1, 2, 9, 8], "b": [1, 2, 9, 8], "period": [2020, 2020, 2021, 2021]}, ["A", "B", "A", "B"])
    steps = [{"step": "normalise", "way": "none"}, {"step": "aggregate", "way": way, "available": 0}, {"step": "rank"}]
    result = build(table, flat(["a", "b"]), steps)
    worst = {"outranking": 0.0, "copeland": -1.0}[way]
    assert result.scores["top"].to_dict() == {("A", 2020): worst, ("B", 2020): 1, ("A", 2021): 1, ("B", 2021): worst}
    assert result.ranks["top"].tolist() == [2, 1, 1, 2]
    one = build(table.iloc[:2], flat(["a", "b"]), steps)
    assert one.scores["top"].tolist() == [worst, 1]
