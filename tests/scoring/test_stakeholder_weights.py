"""Weights of stakeholders, together and by helix."""

import pandas as pd
import pytest

from circularity.errors import DataFaults
from circularity.scoring import read_tree
from circularity.scoring.stakeholder_weights import read_weights, weights_of_groups, weights_of_people
from tests.scoring.small import flat

PEOPLE = pd.DataFrame(
    [("r1", "firms", "a", 0.7), ("r1", "firms", "b", 0.3), ("r2", "firms", "a", 0.6), ("r2", "firms", "b", 0.4),
     ("r3", "state", "a", 1.0)],
    columns=["respondent", "helix", "code", "weight"],
)  # fmt: skip


TABLE = pd.DataFrame([("pooled", "a", 1.0), ("firms", "a", 0.5)], columns=["group", "code", "weight"])


def test_each_person_of_a_helix_is_a_set_of_weights() -> None:
    found = weights_of_people(TABLE, PEOPLE)
    assert found.pooled == {"a": 1.0}
    assert list(found.helices) == ["firms", "state"]
    assert found.helices["firms"].sets == [{"a": 0.7, "b": 0.3}, {"a": 0.6, "b": 0.4}]
    assert found.helices["state"].sets == [{"a": 1.0}]


def test_the_order_of_the_people_changes_nothing() -> None:
    assert weights_of_people(TABLE, PEOPLE.iloc[::-1]) == weights_of_people(TABLE, PEOPLE)


def test_the_weights_of_all_together_stand_apart_from_those_of_helices() -> None:
    found = weights_of_groups(TABLE)
    assert found.pooled == {"a": 1.0}
    assert list(found.helices) == ["firms"]


def test_a_table_without_groups_holds_the_weights_of_all_together() -> None:
    tree = read_tree(flat(["a", "b"]))
    assert read_weights(pd.DataFrame({"code": ["a", "b"], "weight": [0.2, 0.8]}), tree).pooled == {"a": 0.2, "b": 0.8}


def test_every_fault_in_a_table_of_weights_is_named() -> None:
    table = pd.DataFrame({"group": ["firms", "firms"], "code": ["a", "c"], "weight": ["half", "1"]})
    with pytest.raises(DataFaults) as caught:
        read_weights(table, read_tree(flat(["a", "b"])))
    assert {f.code for f in caught.value} == {"NotANumber", "UnknownIndicatorOfStructure", "WrongValue"}
