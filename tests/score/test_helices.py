"""The weights of each helix as something that can be drawn."""

import pandas as pd

from circularity.score.helices import weights_by_group, weights_by_helix

PEOPLE = pd.DataFrame(
    [("r1", "firms", "a", 0.7), ("r1", "firms", "b", 0.3), ("r2", "firms", "a", 0.6), ("r2", "firms", "b", 0.4),
     ("r3", "state", "a", 1.0)],
    columns=["respondent", "helix", "code", "weight"],
)  # fmt: skip


def test_each_person_of_a_helix_is_a_set_of_weights() -> None:
    found = weights_by_helix(PEOPLE)
    assert list(found) == ["firms", "state"]
    assert found["firms"].sets == [{"a": 0.7, "b": 0.3}, {"a": 0.6, "b": 0.4}]
    assert found["state"].sets == [{"a": 1.0}]


def test_the_order_of_the_people_changes_nothing() -> None:
    assert weights_by_helix(PEOPLE.iloc[::-1]) == weights_by_helix(PEOPLE)


def test_the_weights_of_all_together_stand_apart_from_those_of_helices() -> None:
    table = pd.DataFrame([("pooled", "a", 1.0), ("firms", "a", 0.5)], columns=["group", "code", "weight"])
    pooled, helices = weights_by_group(table)
    assert pooled == {"a": 1.0}
    assert list(helices) == ["firms"]
