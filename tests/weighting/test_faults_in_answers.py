"""Answers that cannot be right: every one a named error, with its place and what to do, in both languages."""

# A table of mistakes reads best with one to a line.
# ruff: noqa: E501

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from circularity.errors import CircularityError, DataFaults
from circularity.method.load import Method, load_method
from circularity.weighting import Responses, read_responses, read_structure
from circularity.weighting.ahp import checked, consistency_ratio, eigenvector, judgement_matrix
from circularity.weighting.point_allocation import budget_weights, rank_order_centroid, swing_weights
from circularity.weighting.pooling import equal_say, pooled_judgements
from circularity.weighting.read import COLUMNS
from tests.faults import raises
from tests.weighting.conftest import asked, flat, pairs

Read = Callable[..., Responses]
GOOD = asked("r1", "government", "top", "budget", {"a": 50, "b": 30, "c": 20})
BWM = {("best", "c", "a"): 8, ("best", "c", "b"): 2, ("worst", "b", "a"): 5, ("worst", "c", "a"): 8}


def person(
    way: str, values: object, who: str = "r1", helix: str = "government", **more: str
) -> list[dict[str, object]]:
    return [{**row, **more} for row in asked(who, helix, "top", way, values)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        (person("ahp", pairs("abc", (3, -5, 2))), "OffScale", "'-5' is off the scale. Expected: a number from 1/9 to 9."),
        (person("ahp", pairs("abc", (3, 0, 2))), "OffScale", "'0'"),
        (person("ahp", pairs("abc", (3, 10, 2))), "OffScale", "'10' is off the scale"),
        (person("ahp", {**pairs("abc", (3, 5, 2)), ("b", "a"): 3}), "NotReciprocal", "b was called 3 times as important as a; according to another answer it is 0.333333"),
        (person("ahp", {("a", "b"): 3, ("c", "c"): 1}), "SameItem", "'c' is compared with itself"),
        (person("ahp", {("a", "b"): 3}), "Disconnected", "a, b, c"),
        (person("ahp", {("a", "b"): 3, ("a", "x"): 1}), "NotAnItem", "Items are: a, b, c"),
        (person("bwm", {**BWM, ("best", "b", "a"): 3}), "NotOneBest", "as most important, not: b, c"),
        (person("bwm", {k: v for k, v in BWM.items() if k[0] == "best"}), "NotOneBest", "as least important"),
        (person("bwm", {("best", "a", "b"): 2, ("best", "a", "c"): 3, ("worst", "b", "a"): 2, ("worst", "c", "a"): 2}), "BestIsWorst", "'a' is marked as both most and least"),
        (person("bwm", {**BWM, ("worst", "c", "a"): 7}), "NotReciprocal", "c was called 7 times as important as a"),
        (person("bwm", {**BWM, ("worst", "b", "a"): 12}), "OffScale", "a number from 1 to 9"),
        (person("bwm", {k: v for k, v in BWM.items() if k[1:] != ("b", "a")}), "MissingAnswer", ": b."),
        (person("bwm", {("middle", "a", "b"): 2}), "UnknownCode", "'middle'"),
        (person("budget", {"a": 50, "b": 30, "c": 30}), "PointsDoNotSum", "The points sum to 110. Expected: a sum of 100"),
        (person("budget", {"a": 50, "b": 50}), "MissingAnswer", ": c."),
        (person("budget", {"a": 150, "b": -30, "c": -20}), "OffScale", "at least 0"),
        (person("swing", {"a": 90, "b": 30, "c": 30}), "WrongAnchor", "The highest number of points is 90. Expected: 100"),
        (person("smart", {"a": 90, "b": 30, "c": 30}), "WrongAnchor", "The lowest number of points is 30. Expected: 10"),
        (person("roc", {"a": 1, "b": 3, "c": 3}), "NotAnOrder", "a 1, b 3, c 3"),
        (person("roc", {"a": 0, "b": 1, "c": 2}), "NotAnOrder", "1 for the most important"),
        (person("budget", {"a": 50, "b": 30, "x": 20}), "NotAnItem", "'x' is not an item here"),
        (person("budget", {"a": "veel", "b": 30, "c": 20}), "NotANumber", "a fraction such as 1/3"),
        (person("budget", {"a": "", "b": 30, "c": 20}), "EmptyCell", "a number"),
        (person("budget", {"a": "50", "b": "inf", "c": 20}), "NotANumber", "'inf'"),
        (person("guess", {"a": 50, "b": 30, "c": 20}), "UnknownCode", "ahp, bwm, swing, budget, smart, roc"),
        (person("budget", {"a": 50, "b": 30, "c": 20}, helix="goverment"), "UnknownCode", "Did you mean government?"),
        (person("budget", {"a": 50, "b": 30, "c": 20}, node="b1"), "NotANode", "The questions are about: top, b"),
        (person("budget", {"a": 50, "b": 30, "c": 20}, who="Jansen"), "NotAChoice", "a code such as r1"),
        (person("budget", {"a": 50, "b": 30, "c": 20}, role="wethouder Jansen"), "NotAChoice", "leader, policy, expert, researcher, other"),
        (person("budget", {"a": 50, "b": 30, "c": 20}, role="j@x.nl"), "PersonalData", "A cell with an e-mail address"),
        (GOOD + GOOD[:1], "AnsweredTwice", "r1 already answered on top"),
        (GOOD + person("roc", {"a": 1, "b": 2, "c": 3}), "AnsweredTwice", "r1 already answered on top"),
        (GOOD + asked("r1", "knowledge", "b", "budget", {"b1": 50, "b2": 50}), "TwoHelices", "r1 is 'knowledge' here and 'government' elsewhere"),
        (person("ahp", pairs("abc", (3, 5, 2))) + person("ahp", {("a", "b"): 3}), "AnsweredTwice", "r1"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_right_is_named(
    read: Read, rows: list[dict[str, object]], error: str, words: str
) -> None:
    with pytest.raises(DataFaults) as caught:
        read(rows)
    assert error in {f.code for f in caught.value}, caught.value.text("en")
    assert words in caught.value.text("en")
    assert caught.value.text("nl") != caught.value.text("en")


def test_a_name_in_the_place_of_a_code_or_role_is_not_repeated(read: Read) -> None:
    rows = person("budget", {"a": 50, "b": 30, "c": 20}, who="Jansen", role="wethouder Jansen")
    with pytest.raises(DataFaults) as caught:
        read(rows)
    assert "Jansen" not in caught.value.text("nl") + str(caught.value.as_dict("en"))


@pytest.mark.parametrize("title", ["naam", "Name", "e-mail", "E-mailadres", "Telefoonnummer", "bedrijfsnaam", "tel."])
def test_a_column_that_asks_for_a_name_or_address_is_refused(method: Method, title: str) -> None:
    table = pd.DataFrame(GOOD).assign(**{title: "x"})
    with pytest.raises(DataFaults) as caught:
        read_responses(table, flat(), method)
    assert [f.code for f in caught.value] == ["PersonalData"]


def test_any_other_column_that_does_not_belong_is_named_too(method: Method) -> None:
    with pytest.raises(DataFaults) as caught:
        read_responses(pd.DataFrame(GOOD).assign(colour="red"), flat(), method)
    assert [f.code for f in caught.value] == ["UnknownColumn"]
    with pytest.raises(DataFaults) as caught:
        read_responses(pd.DataFrame(GOOD).drop(columns="node"), flat(), method)
    assert [f.code for f in caught.value] == ["MissingColumn"]


def test_every_fault_is_named_at_once(read: Read) -> None:
    rows = [
        *person("budget", {"a": 50, "b": 30, "c": 30}),
        *person("swing", {"a": 90, "b": 0, "c": 0}, who="r2"),
        *person("ahp", pairs("abc", (30, 1, 1)), who="r3"),
    ]
    with pytest.raises(DataFaults) as caught:
        read(rows)
    assert {f.code for f in caught.value} == {"PointsDoNotSum", "WrongAnchor", "OffScale"}


def test_rows_that_hold_a_formula_or_a_path_are_only_text(read: Read) -> None:
    for text in ("=1+1", "../../etc/passwd", "__import__('os')"):
        with pytest.raises(DataFaults):
            read(person("budget", {text: 100}))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: judgement_matrix({}, ["a"], 9), "TooFewItems"),
        (lambda: swing_weights({"a": 100}, 100), "TooFewItems"),
        (lambda: budget_weights({"a": np.nan, "b": 100}, 100), "NotFinite"),
        (lambda: rank_order_centroid(pd.Series([1.0, 2.0], index=["a", "a"])), "WrongValue"),
        (lambda: swing_weights({"a": 0, "b": 0}, 0), "PointsDoNotSum"),
        (lambda: eigenvector(pd.DataFrame([[1, 2], [2, 1.0]], index=list("ab"), columns=list("ab"))), "NotReciprocal"),
        (lambda: eigenvector(pd.DataFrame([[1, np.nan], [np.nan, 1.0]], index=list("ab"), columns=list("ab"))), "OffScale"),
        (lambda: checked(pd.DataFrame([[1.0]], index=["a"], columns=["b"])), "NotAnItem"),
        (lambda: consistency_ratio(0.1, 12, {3: 0.5}), "NoRandomIndex"),
        (lambda: equal_say({"r1": "x"}, ["x", "y"]), "EmptyHelix"),
        (lambda: pooled_judgements({"r1": judgement_matrix({("a", "b"): 2}, "ab", 9), "r2": judgement_matrix({("a", "c"): 2}, "ac", 9)}, pd.Series({"r1": 1.0, "r2": 1.0})), "MissingAnswer"),
    ],
)  # fmt: skip
def test_functions_refuse_what_they_cannot_weigh(call: Callable[[], object], error: str) -> None:
    with raises(error):
        call()


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([("top", "")], "EmptyTable"),
        ([("top", ""), ("a", "top")], "EmptyTable"),
        ([("top", ""), ("a", "top"), ("b", "")], "WrongValue"),
        ([("top", ""), ("a", "b"), ("b", "a")], "Circle"),
        ([("top", ""), ("a", "top"), ("a", "top")], "DuplicateId"),
        ([("top", ""), ("a", "nowhere")], "UnknownParent"),
    ],
)
def test_a_hierarchy_that_is_none_is_named(method: Method, rows: list[tuple[str, str]], error: str) -> None:
    with pytest.raises(CircularityError) as caught:
        read_structure(pd.DataFrame(rows, columns=["code", "parent"]), method)
    found = list(caught.value) if isinstance(caught.value, DataFaults) else [caught.value]
    assert error in {f.code for f in found}


def test_a_method_that_says_nothing_of_weights_is_named(method_copy: Path) -> None:
    (method_copy / "consensus.yaml").unlink()
    with raises("NoConsensus", match=load_method().version):
        read_responses(pd.DataFrame(columns=list(COLUMNS)), None, load_method(method_copy))


def test_no_answers_at_all_is_an_error(method: Method, tmp_path: object) -> None:
    with raises("NoResponses"):
        read_responses(pd.DataFrame(columns=list(COLUMNS)), None, method)
    with raises("NoResponses"):
        read_responses(str(tmp_path), None, method)
    with raises("FolderNotFound"):
        read_responses(f"{tmp_path}/nowhere", None, method)
