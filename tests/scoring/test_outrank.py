"""Comparing units two by two."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring import build
from circularity.scoring.outrank import copeland, outranking, outranking_matrix
from tests.scoring.small import flat, values_of

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
