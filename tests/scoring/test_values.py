"""Values are read by name, wide or long, and every fault in them is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.errors import DataFaults
from circularity.scoring import ScoreTree, Values, read_tree, read_values
from tests.faults import raises
from tests.scoring.small import flat, same_bytes, values_of

AB = read_tree(flat(["a", "b"]))
LONG = pd.DataFrame(
    [["y", 2021, "a", 1.5, 0.1, "", "north"], ["x", 2021, "a", 2.5, "", 1.2, "south"],
     ["x", 2020, "b", 3.5, "", "", "south"], ["y", 2021, "b", "", "", "", "north"]],
    columns=["unit", "period", "indicator", "value", "sd", "uncertainty", "side"],
)  # fmt: skip


def only_fault(table: pd.DataFrame, kind: str, structure: ScoreTree = AB) -> Any:
    with pytest.raises(DataFaults) as caught:
        read_values(table, structure)
    [fault] = caught.value
    assert fault.code == kind
    return fault


def same(one: Values, other: Values) -> bool:
    arrays = all(same_bytes(getattr(one, n), getattr(other, n)) for n in ("x", "sd", "gsd"))
    names = (one.units, one.periods, one.codes) == (other.units, other.periods, other.codes)
    return arrays and names and one.groups.equals(other.groups)


def test_a_wide_table_is_sorted_by_unit_and_keeps_other_columns_as_groups() -> None:
    values = read_values(values_of({"b": [1, 2], "a": [3, ""], "side": ["l", "r"]}, ["y", "x"]), AB)
    assert (values.units, values.codes, values.has_periods) == (("x", "y"), ("a", "b"), False)
    assert same_bytes(values.x, np.array([[np.nan, 2], [3, 1]]))
    assert values.groups["side"].tolist() == ["r", "l"]
    assert values.given == [("y", 0), ("x", 0)]
    assert not values.uncertain


def test_a_long_table_holds_periods_and_uncertainty() -> None:
    values = read_values(LONG, AB)
    assert list(zip(values.units, values.periods, strict=True)) == [("x", 2020), ("x", 2021), ("y", 2021)]
    assert same_bytes(values.x, np.array([[np.nan, 3.5], [2.5, np.nan], [1.5, np.nan]]))
    assert values.sd[2, 0] == 0.1
    assert values.gsd[1, 0] == 1.2
    assert values.uncertain
    assert values.row("y", 2021) == 2
    assert same_bytes(values.column("a"), values.x[:, 0])
    assert values.index().names == ["unit", "period"]


@pytest.mark.parametrize("table", [LONG, values_of({"a": [1, ""], "b": [0.1, 1 / 3], "side": ["l", ""]}, ["z", "q"])])
def test_a_table_that_was_written_reads_back(table: pd.DataFrame) -> None:
    once = read_values(table, AB)
    again = read_values(once.table(), AB)
    assert same(once, again)
    assert once.given == again.given


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_and_columns_changes_nothing(seed: int) -> None:
    shuffled = LONG.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed)
    assert same(read_values(shuffled, AB), read_values(LONG, AB))


@pytest.mark.parametrize("text", ["", None, float("nan"), "NA", "n/a", "unknown", "onbekend", pd.NA])
def test_what_is_not_known_is_missing_and_never_zero(text: Any) -> None:
    assert np.isnan(read_values(values_of({"a": [text, 1], "b": [1, 2]}), AB).x[0, 0])


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("much", "NotANumber"),
        ("1,5", "NotANumber"),
        ("=1+1", "NotANumber"),
        (float("inf"), "NotFinite"),
        (1e200, "OutOfRange"),
    ],
)
def test_a_cell_that_is_no_number_is_told_with_its_place(cell: Any, kind: str) -> None:
    fault = only_fault(values_of({"a": [1, cell], "b": [1, 2]}), kind)
    assert (fault.where.row, fault.where.column) == (2, "a")


def test_a_unit_stands_once_per_period() -> None:
    fault = only_fault(values_of({"a": [1, 2], "b": [1, 2]}, ["x", "x"]), "DuplicateKey")
    assert (fault.details["found"], fault.details["first"], fault.where.row) == ("x", 1, 2)
    twice = pd.concat([LONG, LONG.iloc[:1]])
    assert only_fault(twice, "DuplicateKey").details["found"] == "y, 2021, a"
    panel = values_of({"a": [1, 2], "b": [1, 2], "period": [2020, 2021]}, ["x", "x"])
    assert read_values(panel, AB).periods == (2020, 2021)


def test_an_indicator_or_denominator_that_is_not_there_is_told() -> None:
    assert only_fault(values_of({"a": [1], "bb": [2]}), "MissingColumn").details["found"] == "b"
    per = read_tree(flat(["a"], denominator="area"))
    assert only_fault(values_of({"a": [1]}), "MissingColumn", per).details["found"] == "area"
    assert only_fault(LONG[LONG.indicator == "a"], "MissingColumn").details["found"] == "b"


def test_a_period_is_a_year_and_a_unit_has_a_name() -> None:
    wrong = values_of({"a": [1], "b": [1], "period": ["last"]})
    assert only_fault(wrong, "NotAPeriod").details["found"] == "last"
    assert only_fault(values_of({"a": [1], "b": [1]}, [""]), "EmptyCell").where.column == "unit"
    with raises("EmptyTable"):
        read_values(values_of({"a": [], "b": []}), AB)
    twice = values_of({"a": [1], "b": [2]}).iloc[:, [0, 1, 2, 2]]
    assert only_fault(twice, "DuplicateColumn").details["found"] == "b"


def test_an_uncertainty_has_a_least_value() -> None:
    with pytest.raises(DataFaults) as caught:
        read_values(LONG.assign(sd=-0.1, uncertainty=0.5), AB)
    assert {(f.code, f.where.column) for f in caught.value} == {("OutOfRange", "sd"), ("OutOfRange", "uncertainty")}


def test_all_faults_are_told_at_once() -> None:
    table = values_of({"a": ["x", 2, 3], "period": [2020, "soon", 2020]}, ["A", "B", "A"])
    table.attrs["file"] = "values.csv"
    with pytest.raises(DataFaults) as caught:
        read_values(table, AB)
    assert {f.code for f in caught.value} == {"MissingColumn", "NotANumber", "NotAPeriod", "DuplicateKey"}
    assert {f.where.file for f in caught.value} == {"values.csv"}


def test_a_unit_belongs_to_one_group() -> None:
    fault = only_fault(LONG.assign(side=["north", "south", "south", "east"]), "ContradictoryGroup")
    assert (fault.details["unit"], fault.details["found"], fault.details["other"]) == ("y", "east", "north")
    blank = LONG.assign(side=["north", "south", "south", ""])
    assert read_values(blank, AB).groups["side"].tolist() == ["south", "south", "north"]


def test_codes_of_the_table_that_the_structure_lacks_are_kept_by_name() -> None:
    more = pd.concat([LONG, LONG.iloc[:1].assign(indicator="c")])
    assert read_values(more, AB).unused == ["c"]
    assert read_values(more, AB).codes == ("a", "b")


def test_some_of_the_rows_are_rows_of_the_same_form() -> None:
    values = read_values(LONG, AB)
    some = values.take([2, 0])
    assert some.units == ("y", "x")
    assert same_bytes(some.x, values.x[[2, 0]])
    assert some.given == [("y", 2021), ("x", 2020)]
    assert some.groups["side"].tolist() == ["north", "south"]
