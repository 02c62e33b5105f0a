"""What is not known is filled in as asked, and told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from circularity.scoring.impute import Impute
from tests.faults import raises
from tests.scoring.small import Floats, flat, same_bytes, state_of


def filled(step: Impute, columns: dict[str, Any], **more: Any) -> Floats:
    return step.apply(state_of(columns, **more)).x


def test_mean_and_median_are_taken_over_the_other_units() -> None:
    columns = {"a": [1, 2, 6, ""], "b": [5, 5, 5, 5]}
    assert filled(Impute(way="mean"), columns)[3, 0] == 3
    assert filled(Impute(way="median"), columns)[3, 0] == 2


def test_units_fill_in_for_their_own_group_and_period_only() -> None:
    columns = {"a": [1, "", 10, ""], "b": [0, 0, 0, 0]}
    x = filled(Impute(way="mean", group="side"), columns, side=["l", "l", "r", "r"])
    assert x[:, 0].tolist() == [1, 1, 10, 10]
    x = filled(Impute(way="mean"), columns, unit=["A", "B", "A", "B"], period=[2020, 2020, 2021, 2021])
    assert x[:, 0].tolist() == [1, 1, 10, 10]


def test_a_unit_can_be_filled_in_from_its_own_place_among_the_others() -> None:
    # B stands at 0.5 of a, A at 0, C at 1; on b, from 10 to 30, that is 20. Of c, where less is better, 0.5 too.
    structure = flat(["a", "b", "c"], direction=["1", "1", "-1"])
    columns = {"a": [0, 1, 2], "b": [10, "", 30], "c": [8, "", 0]}
    x = Impute(way="mean", by="unit").apply(state_of(columns, structure)).x
    assert x[1].tolist() == [1, 20, 4]
    columns = {"a": [0, 0.5, 2], "b": [10, "", 30], "c": [8, "", 0]}
    assert Impute(way="mean", by="unit").apply(state_of(columns, structure)).x[1].tolist() == [0.5, 15, 6]


def test_a_constant_fills_in_everything_and_must_be_given() -> None:
    assert filled(Impute(way="constant", value=0.5), {"a": ["", 1], "b": [1, ""]}).tolist() == [[0.5, 1], [1, 0.5]]
    with raises("CannotImpute"):
        filled(Impute(way="constant"), {"a": ["", 1]})


@pytest.mark.parametrize(("way", "expected"), [("latest", [1, 1, 1, 4, 4]), ("linear", [1, 2, 3, 4, 4])])
def test_a_series_is_filled_in_from_its_own_years(way: Any, expected: list[float]) -> None:
    x = filled(Impute(way=way), {"a": [1, "", "", 4, ""]}, unit=["A"] * 5, period=range(2020, 2025))
    assert x[:, 0].tolist() == expected


def test_a_series_takes_account_of_years_that_are_not_there() -> None:
    x = filled(Impute(way="linear"), {"a": [0, "", 10]}, unit=["A"] * 3, period=[2020, 2021, 2030])
    assert x[:, 0].tolist() == [0, 1, 10]


def test_units_do_not_fill_in_for_each_others_years() -> None:
    columns, units, periods = {"a": [1, 5, "", ""]}, ["A", "B", "A", "B"], [2020, 2020, 2021, 2021]
    assert filled(Impute(way="latest"), columns, unit=units, period=periods)[:, 0].tolist() == [1, 5, 1, 5]


@pytest.mark.parametrize("way", ["mean", "median"])
def test_nothing_to_fill_in_from_is_named_with_indicator_and_unit(way: Any) -> None:
    with raises("CannotImpute") as caught:
        filled(Impute(way=way, group="side"), {"a": [1, "", ""], "b": [1, 2, 3]}, side=["l", "l", "r"])
    expected = {"step": "impute", "way": way, "found": "a", "unit": "C", "period": None}
    assert caught.value.details == expected


def test_a_first_year_has_no_earlier_one() -> None:
    with raises("CannotImpute") as caught:
        filled(Impute(way="latest"), {"a": ["", 1]}, unit=["A", "A"], period=[2020, 2021])
    assert (caught.value.details["unit"], caught.value.details["period"]) == ("A", 2020)


def test_a_group_that_is_not_there_is_named() -> None:
    with raises("MissingColumn") as caught:
        filled(Impute(way="mean", group="sied"), {"a": [1, ""]}, side=["l", "r"])
    assert caught.value.details["found"] == "sied"


def test_every_value_that_was_filled_in_is_told_and_no_other_is_touched() -> None:
    state = state_of({"a": [1, 3, ""], "b": [7, "", 9]})
    after = Impute(way="mean").apply(state)
    assert [(n["code"], n["unit"], n["value"]) for n in after.notes or []] == [("b", "B", 8), ("a", "C", 2)]
    known = ~np.isnan(state.x)
    assert same_bytes(after.x[known], state.x[known])


def test_with_nothing_missing_nothing_happens() -> None:
    state = state_of({"a": [1, 3], "b": [7, 8]})
    assert Impute(way="mean", group="no such").apply(state) is state
