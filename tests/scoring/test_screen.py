"""Units of which too little is known are left out, and told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from circularity.scoring.screen import Screen
from tests.faults import raises
from tests.scoring.small import state_of

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
