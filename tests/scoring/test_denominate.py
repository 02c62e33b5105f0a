"""Indicators are divided by what the structure names."""

from __future__ import annotations

import numpy as np

from circularity.scoring.denominate import Denominate
from tests.faults import raises
from tests.scoring.small import flat, state_of

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
