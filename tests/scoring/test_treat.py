"""Outliers are treated as COINr treats them; skewness and kurtosis are those of SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring.treat import Treat, kurtosis, skewness
from tests.faults import raises
from tests.scoring.small import flat, same_bytes, state_of

LIMITS: dict[str, Any] = {"skewness": 2, "kurtosis": 3.5, "most_points": 5}
# The example of scoring.md section 5, as COINr 1.1.14 printed it.
OUTLIER = [*range(1, 11), 30, 100]


def treated(way: str, column: list[Any], **more: Any) -> Any:
    state = state_of({"a": column}, unit=[f"u{i:02}" for i in range(len(column))])
    after = Treat(way=way, **{**LIMITS, **more}).apply(state)  # type: ignore[arg-type]
    return after.x[:, 0], [{k: v for k, v in n.items() if k not in ("step", "code")} for n in after.notes or []]


def test_one_point_is_winsorised_to_the_next() -> None:
    x, notes = treated("winsorise", OUTLIER)
    assert x.tolist() == [*range(1, 11), 30, 30]
    assert notes == [{"what": "winsorised", "lowest": 0, "highest": 1}]


def test_the_low_end_is_winsorised_when_skewness_is_below_zero() -> None:
    x, notes = treated("winsorise", [-v for v in OUTLIER])
    assert x.tolist() == [*(-v for v in range(1, 11)), -30, -30]
    assert notes == [{"what": "winsorised", "lowest": 1, "highest": 0}]


def test_the_logarithm_is_that_of_coinr() -> None:
    x, notes = treated("log", OUTLIER)
    # scoring.md has 4.6051701810 for the last; ln(100 - 1 + 0.99) is 4.6050701810.
    np.testing.assert_allclose([x[0], x[-1]], [-0.0100503359, 4.6050701810], rtol=1e-8)
    np.testing.assert_allclose(x, np.log(np.array(OUTLIER) - 1 + 0.01 * 99), rtol=1e-12)
    assert notes[0]["what"] == "logarithm"
    assert notes[0]["start"] == pytest.approx(1 - 0.99)


def test_the_logarithm_is_mirrored_for_a_tail_at_the_low_end() -> None:
    up, down = treated("log_either_way", OUTLIER)[0], treated("log_either_way", [-v for v in OUTLIER])[0]
    np.testing.assert_allclose(down, -up, rtol=1e-12)
    assert (np.diff(down) < 0).all()


def test_what_still_fails_is_taken_as_it_was_and_its_logarithm_used() -> None:
    column = [*range(1, 21), 400, 900, 1600]
    x, notes = treated("winsorise_then_log", column, most_points=1)
    assert [n["what"] for n in notes] == ["logarithm"]
    np.testing.assert_allclose(x, treated("log", column)[0], rtol=0)
    x, notes = treated("winsorise_then_log", column, most_points=5)
    assert [n["what"] for n in notes] == ["winsorised"]


def test_box_cox_is_that_of_scipy_and_refuses_what_is_not_above_zero() -> None:
    for power in (0.0, 0.5, -1.0):
        x, _ = treated("box_cox", OUTLIER, power=power)
        np.testing.assert_allclose(x, scipy.stats.boxcox(np.array(OUTLIER, dtype=float), power), rtol=1e-12)
    with raises("NotPositive") as caught:
        treated("box_cox", [0, *OUTLIER])
    assert {k: caught.value.details[k] for k in ("step", "code", "unit", "found", "way")} == {
        "step": "treat", "code": "a", "unit": "u00", "found": "0", "way": "box_cox",
    }  # fmt: skip


@pytest.mark.parametrize("way", ["winsorise", "log", "winsorise_then_log", "log_either_way", "box_cox"])
def test_what_passes_is_left_alone(way: str) -> None:
    column = [1, 2, 3, 4, 5, 6, 7, 8]
    assert treated(way, column) == (pytest.approx(column, abs=0), [])


@pytest.mark.parametrize("way", ["winsorise", "log", "winsorise_then_log"])
def test_a_constant_column_is_left_alone(way: str) -> None:
    assert treated(way, [4, 4, 4, 4])[0].tolist() == [4, 4, 4, 4]


def test_a_row_of_the_structure_may_name_another_way() -> None:
    units = [f"u{i:02}" for i in range(12)]
    structure = flat(["a", "b", "c"], treatment=["none", "log", ""])
    after = Treat(way="winsorise", **LIMITS).apply(state_of(dict.fromkeys("abc", OUTLIER), structure, unit=units))
    assert after.x[:, 0].tolist() == OUTLIER
    assert [(n["code"], n["what"]) for n in after.notes or []] == [("b", "logarithm"), ("c", "winsorised")]


def test_limits_of_a_base_year_hold_for_later_years() -> None:
    units = [f"u{i:02}" for i in range(12)] * 2
    later = [v * 2 for v in OUTLIER]
    columns, periods = {"a": [*OUTLIER, *later]}, [2020] * 12 + [2021] * 12
    state = state_of(columns, unit=units, period=periods)
    frozen = Treat(way="winsorise", over=2020, **LIMITS).apply(state).x[:, 0]
    assert frozen[:12].max() == 30
    assert frozen[12:].tolist() == np.minimum(later, 30).tolist()
    apart = Treat(way="winsorise", over="period", **LIMITS).apply(state).x[:, 0]
    assert (apart[:12].max(), apart[12:].max()) == (30, 60)
    # A year that was not there yet changes nothing in the years before it.
    alone = Treat(way="winsorise", over=2020, **LIMITS).apply(
        state_of({"a": OUTLIER}, unit=units[:12], period=[2020] * 12)
    )
    assert same_bytes(alone.x[:, 0], frozen[:12])


@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_winsorising_keeps_order_and_missing_values_and_sets_no_more_points_than_asked(seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    column = rng.lognormal(0, 2, 15)
    column[rng.random(15) < 0.2] = np.nan
    x, _ = treated("winsorise", list(column), most_points=most)
    assert same_bytes(np.isnan(x), np.isnan(column))
    known = ~np.isnan(column)
    order = np.argsort(column[known])
    assert (np.diff(x[known][order]) >= 0).all()
    assert (x[known] != column[known]).sum() <= most


@given(st.integers(0, 2**32 - 1), st.sampled_from(["winsorise", "log", "winsorise_then_log", "log_either_way"]))
def test_the_scale_of_a_unit_changes_no_treatment(seed: int, way: str) -> None:
    column = np.random.default_rng(seed).lognormal(0, 1.5, 20)
    x, notes = treated(way, list(column))
    y, others = treated(way, list(column * 1024))  # a power of two: no rounding
    assert [n["what"] for n in notes] == [n["what"] for n in others]
    if not notes or notes[0]["what"] == "winsorised":
        assert same_bytes(x * 1024, y)
    else:
        np.testing.assert_allclose(np.ptp(x), np.ptp(y), rtol=1e-9)


# The example of COINr in scoring.md section 5, as R printed it.
EXAMPLE = np.array([[*range(1, 11), 30, 100], [*range(1, 11), 30, 30]], dtype=float)


def test_the_outlier_example_of_coinr_comes_out() -> None:
    np.testing.assert_allclose(skewness(EXAMPLE), [3.0632410342, 1.7120380601], rtol=1e-10)
    np.testing.assert_allclose(kurtosis(EXAMPLE), [9.7413908346, 1.8157805377], rtol=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(4, 40), st.floats(0, 0.5))
def test_they_are_those_of_scipy_with_missing_values_left_out(seed: int, n: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.lognormal(0, 2, (5, n))
    x[:, 4:][rng.random((5, n - 4)) < missing] = np.nan
    np.testing.assert_allclose(skewness(x), scipy.stats.skew(x, axis=1, bias=False, nan_policy="omit"), rtol=1e-9)
    peer = scipy.stats.kurtosis(x, axis=1, bias=False, nan_policy="omit")
    np.testing.assert_allclose(kurtosis(x), peer, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("row", [[3.0, 3, 3, 3], [0.1, 0.1, 0.1, 0.1], [1, np.nan, np.nan, 2], [np.nan] * 4])
def test_too_few_values_or_none_that_differ_have_no_moments(row: list[float]) -> None:
    assert np.isnan(skewness(np.array([row]))).all()
    assert np.isnan(kurtosis(np.array([row]))).all()


def test_a_row_is_not_touched_by_others() -> None:
    x = np.random.default_rng(1).lognormal(0, 1, (6, 9))
    assert np.array_equal(skewness(x)[2:3], skewness(x[2:3]))
    assert np.array_equal(kurtosis(x)[2:3], kurtosis(x[2:3]))
