"""Evaluating a declared formula on given numbers, and refusing the impossible by name."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.errors import CircularityError
from circularity.method.compute import compute
from circularity.method.load import Method, load_method
from tests.faults import raises

SHARE = st.floats(min_value=0, max_value=1)


def test_what_is_not_given_takes_the_declared_default_and_is_named(method: Method) -> None:
    found = compute(method.indicator("mci"), {"F_R": 0.5})
    assert found.given == {"F_R": 0.5}
    assert found.defaults == {
        "M": 1, "F_U": 0, "F_S": 0, "C_R": 0, "C_U": 0, "C_C": 0, "C_E": 0, "E_F": 1, "E_C": 1, "X": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    [
        {"F_R": 1.2}, {"F_R": -0.1}, {"M": 0}, {"M": -1}, {"X": 0}, {"F_R": 0.6, "F_U": 0.5},
        {"C_R": 0.56, "C_U": 0.60}, {"F_R": 0.5, "E_F": 0}, {"F_R": float("nan")}, {"M": float("inf")},
        {"X": [1, 2]}, {"M": [1, 2], "F_R": [0.1, 0.2, 0.3]},
    ],
)  # fmt: skip
def test_impossible_inputs_are_refused_with_the_value_and_the_reason(bad: dict[str, float], method: Method) -> None:
    with raises("ImpossibleInput") as caught:
        compute(method.indicator("mci"), bad)
    assert next(iter(bad)) in caught.value.text("en")
    assert caught.value.text("nl") != caught.value.text("en")


@pytest.mark.parametrize(
    ("indicator", "bad", "rule"),
    [
        ("mci", {"F_R": float("nan")}, "not_finite"),
        ("mci", {"F_R": "half"}, "not_a_number"),
        ("mci", {"F_R": None}, "not_a_number"),
        ("mci", {"F_R": []}, "one_number"),
        ("mci", {"X": -1}, "not_above"),
        ("mci", {"F_R": 1.2}, "outside"),
        ("mci", {"F_R": 0.5, "E_F": 0}, "E_F > 0 or F_R == 0"),
        ("mci", {"M": [1, 2], "F_R": [0.1, 0.2, 0.3]}, "per_part"),
        ("secondary_input_share", {"secondary": -2, "input": 1}, "below_zero"),
        ("secondary_input_share", {"secondary": 2, "input": 1}, "secondary <= input"),
        ("secondary_input_share", {"secondary": [1, 2], "input": 1}, "one_number"),
        ("secondary_input_share", {"secondary": [], "input": 1}, "one_number"),
    ],
)
def test_a_refusal_names_the_indicator_and_the_rule(
    indicator: str, bad: dict[str, Any], rule: str, method: Method
) -> None:
    with raises("ImpossibleInput") as caught:
        compute(method.indicator(indicator), bad)
    assert caught.value.details["rule"] == rule
    assert f"Correct the input of {indicator}." in caught.value.text("en")
    assert f"Herstel de invoer van {indicator}." in caught.value.text("nl")


def test_a_figure_out_of_bounds_is_refused_in_both_languages(method_copy: Path) -> None:
    path = method_copy / "indicators" / "iso59020.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("bounds: [0, null]\n  levels: [product]", "bounds: [null, 10]\n  levels: [product]"), "utf-8"
    )
    with raises("ImpossibleInput") as caught:
        compute(load_method(method_copy).indicator("product_lifetime"), {"t_LP": 12})
    assert "[…, 10]" in caught.value.text("nl")
    assert caught.value.details["rule"] == "outside"


def test_unknown_names_are_named_with_what_would_be_right(method: Method) -> None:
    with raises("UnknownInput") as caught:
        compute(method.indicator("mci"), {"F_RR": 0.1})
    assert "F_R" in caught.value.text("en")
    with raises("UnknownIndicator") as unknown:
        method.indicator("mcy")
    assert "mci" in unknown.value.text("en")


def test_a_quantity_without_default_must_be_given(method: Method) -> None:
    with raises("MissingInput", match="input"):
        compute(method.indicator("secondary_input_share"), {"secondary": 1})


def test_a_part_larger_than_the_whole_is_refused(method: Method) -> None:
    with raises("ImpossibleInput"):
        compute(method.indicator("secondary_input_share"), {"secondary": 2, "input": 1})


def test_a_negative_mass_is_refused(method: Method) -> None:
    with raises("ImpossibleInput"):
        compute(method.indicator("secondary_input_share"), {"secondary": -2, "input": 1})


@given(
    f_r=SHARE, f_u=SHARE, c_r=SHARE, c_u=SHARE, e=st.floats(0.05, 1), x=st.floats(0.1, 10), mass=st.floats(0.01, 1e6)
)
def test_the_mci_stays_within_its_bounds(
    f_r: float, f_u: float, c_r: float, c_u: float, e: float, x: float, mass: float
) -> None:
    mci = load_method().indicator("mci")
    given_ = {
        "M": mass,
        "F_R": f_r,
        "F_U": f_u * (1 - f_r),
        "C_R": c_r,
        "C_U": c_u * (1 - c_r),
        "E_F": e,
        "E_C": e,
        "X": x,
    }
    found = compute(mci, given_)
    assert 0 <= found.value <= 1
    assert 0 <= found.terms["LFI"] <= 1 + 1e-9
    doubled = compute(mci, {**given_, "M": 2 * mass})
    assert doubled.value == pytest.approx(found.value, abs=1e-9)


@given(st.dictionaries(st.text(max_size=6), st.floats(allow_nan=True) | st.lists(st.floats(), max_size=3), max_size=4))
def test_any_input_gives_a_value_or_a_named_error(inputs: dict[str, float]) -> None:
    method = load_method()
    for indicator in ("mci", "secondary_input_share", "mci_range"):
        try:
            found = compute(method.indicator(indicator), inputs)
        except CircularityError:
            continue
        assert 0 <= found.value <= 1
