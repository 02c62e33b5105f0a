"""Claims: read from a sentence, true or not in every draw."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.errors import CircularityError
from circularity.scoring import read_tree, read_values
from circularity.scoring.claims import Claim, holds, read_claim
from circularity.scoring.uncertainty import Model, monte_carlo
from tests.faults import raises

STRUCTURE = pd.DataFrame(
    [
        ("index", "", 1, "", "", "", "Circularity"),
        ("reuse", "index", 0.5, "higher_is_better", "0;1", "0.4", "Reuse"),
        ("waste", "index", 0.5, "lower_is_better", "0;10", "", "Waste"),
    ],
    columns=["code", "parent", "weight", "direction", "goalposts", "target", "name"],
)
ROWS = [
    ("A", 2020, 0.2, 6), ("A", 2024, 0.5, 4), ("B", 2020, 0.4, 5), ("B", 2024, 0.3, 5), ("park on top", 2024, 0.1, 9),
    ("C", 2024, None, 4),
]  # fmt: skip
STEPS: list[dict[str, Any]] = [
    {"step": "normalise", "way": "goalposts"},
    {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
]
PARTS = read_tree(STRUCTURE)
VALUES = read_values(pd.DataFrame(ROWS, columns=["unit", "period", "reuse", "waste"]), PARTS)


def claim(text: str) -> Claim:
    return read_claim(text, PARTS, VALUES)


def truth(text: str) -> list[bool] | None:
    model = Model.of(VALUES, PARTS, STEPS, [])
    found = holds(claim(text), monte_carlo(model, np.zeros((2, 0)), ["index", "reuse", "waste"]), PARTS)
    return None if found is None else found.tolist()


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("A above B in 2024", "above", {"unit": "A", "than": "B", "period": 2024, "code": "index"}),
        ("A is above B on Reuse in 2020", "above", {"code": "reuse", "period": 2020}),
        ("A above B", "above", {"period": 2024}),
        ("A improved since 2020", "improved", {"since": 2020, "period": 2024, "code": "index"}),
        ("A improved on waste since 2020 until 2024", "improved", {"code": "waste"}),
        ("park A is in the top 3", "top", {"unit": "A", "rank": 3}),
        ("park on top is in the top 3 on reuse in 2024.", "top", {"unit": "park on top", "code": "reuse"}),
        ("reuse of A meets its target", "target", {"unit": "A", "code": "reuse", "period": 2024}),
        ("Reuse of B meets its target in 2020", "target", {"code": "reuse", "unit": "B", "period": 2020}),
    ],
)
def test_a_sentence_is_read_as_what_it_says(text: str, kind: str, parts: dict[str, Any]) -> None:
    found = claim(text)
    assert found.kind == kind
    assert {name: getattr(found, name) for name in parts} == parts
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("A above B in 2024", True),
        ("A above B in 2020", False),
        ("B above B in 2024", False),  # a tie is not above
        ("A improved since 2020", True),
        ("B improved since 2020", False),
        ("A improved on waste since 2020", True),  # less waste is better
        ("A in the top 1", True),
        ("B in the top 1", False),
        ("B in the top 2", True),
        ("reuse of A meets its target in 2024", True),
        ("reuse of A meets its target in 2020", False),
        ("reuse of B meets its target in 2020", True),  # reached is met
    ],
)
def test_a_claim_is_true_or_not(text: str, true: bool) -> None:
    assert truth(text) == [true, true]


@pytest.mark.parametrize(
    "text", ["C above A in 2024", "A above C in 2024", "C in the top 1", "reuse of C meets its target"]
)
def test_a_claim_about_what_is_not_known_is_neither(text: str) -> None:
    assert truth(text) is None


@pytest.mark.parametrize("text", ["A is best", "", "A above", "A improved", "A in the top three", "above"])
def test_a_sentence_without_a_form_is_refused_with_the_forms(text: str) -> None:
    with raises("UnknownClaim") as told:
        claim(text)
    assert "improved" in told.value.text("en")


@pytest.mark.parametrize(
    ("text", "what", "found"),
    [
        ("A above D in 2024", "unit", "D"),
        ("A above B in 2030", "period", "2030"),
        ("A above B on welfare", "code", "welfare"),
        ("C improved since 2020", "unit", "C 2020"),
        ("reuse meets its target", "unit", "–"),
    ],
)
def test_a_claim_about_what_is_not_there_is_refused_by_name(text: str, what: str, found: str) -> None:
    with raises("NotInClaim") as told:
        claim(text)
    assert (told.value.details["what"], told.value.details["found"]) == (what, found)
    assert told.value.text("nl") != told.value.text("en")


def test_a_target_that_is_not_set_cannot_be_met() -> None:
    with raises("NoTarget", match="waste"):
        claim("waste of A meets its target")


def test_a_claim_is_told_in_both_languages() -> None:
    assert claim("A improved since 2020").said("nl", PARTS) == "A is verbeterd op Circularity tussen 2020 en 2024"
    assert claim("A above B in 2024").said("en", PARTS, {"A": "Firm A"}) == "Firm A is above B on Circularity in 2024"


@given(st.text(max_size=600))
def test_any_text_is_a_claim_or_a_named_error(text: str) -> None:
    try:
        claim(text)
    except CircularityError as problem:
        assert problem.text("nl")
