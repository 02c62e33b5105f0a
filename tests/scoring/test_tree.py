"""A structure is read whole, or every fault in it is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.errors import DataFaults
from circularity.scoring import read_tree
from circularity.scoring.tree import weights_add_up
from tests.faults import raises
from tests.scoring.small import flat, structure_of

TREE = structure_of(
    ("index", "", ""), ("social", "index", 2), ("nature", "index", 1),
    ("jobs", "social", 0.25, "1"), ("health", "social", 0.75, "higher_is_better"), ("waste", "nature", 100, "-1"),
)  # fmt: skip


def faults_of(table: pd.DataFrame) -> DataFaults:
    with pytest.raises(DataFaults) as caught:
        read_tree(table)
    return caught.value


def only_fault(table: pd.DataFrame, kind: str) -> Any:
    [fault] = faults_of(table)
    assert fault.code == kind
    return fault


def test_a_tree_is_read_by_name() -> None:
    tree = read_tree(TREE)
    assert tree.top == "index"
    assert tree.leaves == ("health", "jobs", "waste")
    assert tree.parents == ("nature", "social", "index")
    assert tree.children["social"] == ("health", "jobs")
    assert [tree[c].level for c in ("index", "social", "jobs")] == [3, 2, 1]
    assert tree.below("index") == tree.leaves
    assert tree.below("jobs") == ("jobs",)
    assert [tree[c].direction for c in ("jobs", "waste")] == [1, -1]
    assert repr(tree) == "<ScoreTree index: 3 indicators, 3 levels>"


@given(st.randoms())
def test_the_order_of_rows_changes_nothing(random: Any) -> None:
    order = list(range(len(TREE)))
    random.shuffle(order)
    one, other = read_tree(TREE), read_tree(TREE.iloc[order])
    assert (one.leaves, one.parents, one.children) == (other.leaves, other.parents, other.children)
    assert all(one[c] == other[c] for c in one.nodes)


def test_a_table_that_was_written_reads_back() -> None:
    table = flat(["a", "b"], [0.3, 0.7], goalposts=["0.1;1e-5".replace("1e-5", "1e5"), ""], target=["2.5", ""])
    once = read_tree(table).table()
    pd.testing.assert_frame_equal(read_tree(once).table(), once)
    assert read_tree(once)["a"].goalposts == (0.1, 1e5)
    assert read_tree(once)["a"].target == 2.5
    assert read_tree(once)["b"].target is None


@pytest.mark.parametrize("text", ["0;100", "0; 100", "[0, 100]", "(0,100)", "0..100", "0 100", "0 to 100", "0|1e2"])
def test_goalposts_may_be_written_in_several_ways(text: str) -> None:
    assert read_tree(flat(["a"], goalposts=text))["a"].goalposts == (0.0, 100.0)
    assert read_tree(flat(["a"], lower=["0"], upper=["100"]))["a"].goalposts == (0.0, 100.0)


@pytest.mark.parametrize("text", ["100;0", "5;5", "0", "a;b", "0;1;2", "__import__('os')"])
def test_goalposts_that_are_none_are_told(text: str) -> None:
    fault = only_fault(flat(["a"], goalposts=text), "WrongValue")
    assert (fault.details["found"], fault.where.row, fault.where.column) == (text, 2, "goalposts")


def test_a_mean_has_no_goalposts() -> None:
    table = flat(["a"])
    table["goalposts"] = ["0;1", ""]
    assert only_fault(table, "WrongValue").where.row == 1


@pytest.mark.parametrize(
    ("weights", "fine"),
    [([0.5, 0.5], True), ([1 / 3] * 3, True), ([33.3333333, 66.6666667], True), ([2, 1], True), ([1, 1, 1], True),
     ([0.5, 0.4], False), ([60, 50], False), ([0, 0], False), ([11, 1], False), ([1.5, 1], False), ([10, 0], True)],
)  # fmt: skip
def test_weights_are_shares_percentages_or_parts(weights: list[float], fine: bool) -> None:
    assert weights_add_up(weights) is fine
    table = flat([f"i{j}" for j in range(len(weights))], weights)
    if fine:
        read_tree(table)
        return
    fault = only_fault(table, "WeightsDoNotSum")
    assert fault.details["parent"] == "top"
    assert fault.details["found"] == f"{sum(weights):.10g}"
    assert fault.details["codes"] == [f"i{j}" for j in range(len(weights))]


def test_a_negative_weight_is_told_with_its_row() -> None:
    fault = next(f for f in faults_of(flat(["a", "b"], [-0.5, 1.5])) if f.code == "NegativeWeight")
    assert (fault.details["found"], fault.where.row, fault.where.column) == ("-0.5", 2, "weight")


def test_a_parent_that_does_not_exist_is_told_with_what_was_meant() -> None:
    fault = only_fault(structure_of(("top", "", ""), ("a", "topp", 1, "1"), ("b", "top", 1, "1")), "UnknownParent")
    assert (fault.details["found"], fault.details["code"], fault.where.row) == ("topp", "a", 2)
    assert "top" in fault.text("en").split("topp", 1)[1]


def test_a_circle_is_told_once_with_its_path() -> None:
    rows = [("top", "", ""), ("x", "z", 1), ("y", "x", 1), ("z", "y", 1), ("a", "top", 1, "1")]
    fault = only_fault(structure_of(*rows), "Circle")
    assert fault.details["path"] == "x > z > y > x"


@pytest.mark.parametrize("tops", [("t1", "t2"), ("t1", "t2", "t3")])
def test_there_is_one_top(tops: tuple[str, ...]) -> None:
    rows = [*((t, "", "") for t in tops), *((f"i{t}", t, 1, "1") for t in tops)]
    assert only_fault(structure_of(*rows), "WrongValue").where.row == 2


def test_a_code_stands_once() -> None:
    assert only_fault(flat(["a", "a"]), "DuplicateId").details["found"] == "a"


def test_a_level_lies_above_what_is_below_it() -> None:
    table = flat(["a"])
    table["level"] = [1, 1]
    assert only_fault(table, "WrongValue").where.column == "level"
    table["level"] = [4, 1]
    assert read_tree(table)["top"].level == 4


def test_an_indicator_needs_a_direction_and_a_mean_has_but_one() -> None:
    assert only_fault(structure_of(("top", "", ""), ("a", "top", 1)), "EmptyCell").where.column == "direction"
    assert only_fault(structure_of(("top", "", "", "-1"), ("a", "top", 1, "1")), "WrongValue").where.row == 1
    assert only_fault(structure_of(("top", "", ""), ("a", "top", 1, "up")), "WrongValue").details["found"] == "up"


def test_text_in_a_number_cell_is_told() -> None:
    fault = next(f for f in faults_of(flat(["a"], ["heavy"])) if f.code == "NotANumber")
    assert (fault.details["found"], fault.where.column) == ("heavy", "weight")


@pytest.mark.parametrize(
    ("column", "text"), [("normalisation", "min-max"), ("treatment", "cut"), ("aggregation", "sum")]
)
def test_a_way_that_is_none_is_told_with_those_there_are(column: str, text: str) -> None:
    fault = only_fault(flat(["a"], **{column: text}), "WrongValue")
    assert (fault.details["found"], fault.where.column) == (text, column)


def test_a_target_that_is_a_name_is_no_number() -> None:
    assert read_tree(flat(["a"], target="national_target"))["a"].target is None


def test_a_column_nobody_knows_or_that_stands_twice_or_lacks_is_told() -> None:
    assert only_fault(flat(["a"], wieght="1"), "UnknownColumn").details["found"] == "wieght"
    assert only_fault(flat(["a"]).drop(columns="weight"), "MissingColumn").details["found"] == "weight"
    twice = flat(["a"]).iloc[:, [0, 1, 2, 3, 3]]
    assert only_fault(twice, "DuplicateColumn").details["found"] == "direction"
    with raises("EmptyTable"):
        read_tree(flat(["a"]).iloc[:0])


def test_all_faults_are_told_at_once_with_the_file() -> None:
    table = structure_of(
        ("top", "", ""), ("a", "tip", 1, "1"), ("a", "top", "x", "1"), ("b", "top", -2, "sideways"), ("c", "top", 1)
    )
    table.attrs["file"] = "structure.csv"
    faults = faults_of(table)
    assert {f.code for f in faults} == {
        "UnknownParent",
        "DuplicateId",
        "NotANumber",
        "NegativeWeight",
        "WrongValue",
        "EmptyCell",
    }
    assert {f.where.file for f in faults} == {"structure.csv"}
    assert min(f.where.row or 0 for f in faults) == 3


def test_what_is_left_after_taking_something_out_sums_to_one() -> None:
    tree = read_tree(flat(["a", "b", "c"], [0.5, 0.3, 0.2]))
    left = tree.without("a")
    assert left.leaves == ("b", "c")
    np.testing.assert_allclose([left["b"].weight, left["c"].weight], [0.6, 0.4], rtol=1e-15)
    assert read_tree(left.table()).leaves == ("b", "c")
    assert tree["b"].weight == 0.3


def test_a_parent_left_with_nothing_goes_too() -> None:
    tree = read_tree(TREE)
    assert set(tree.without("waste").nodes) == {"index", "social", "jobs", "health"}
    assert set(tree.without("social").nodes) == {"index", "nature", "waste"}


@given(st.integers(0, 2**32 - 1))
def test_a_deep_tree_is_read_without_recursion(seed: int) -> None:
    depth = 60
    rows = [("n0", "", ""), *((f"n{i}", f"n{i - 1}", 1, "1" if i == depth else "") for i in range(1, depth + 1))]
    rows = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    tree = read_tree(structure_of(*rows))
    assert tree["n0"].level == depth + 1
    assert tree.leaves == (f"n{depth}",)
