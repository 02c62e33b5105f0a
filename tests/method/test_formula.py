"""One formula, all its uses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.errors import MethodError
from circularity.method.checks.units import formula_unit, unit_registry
from circularity.method.formula import DEEPEST, Formula
from tests.faults import raises

NUMBERS = st.floats(min_value=0.1, max_value=1000)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "open('x')",
        "a.__class__",
        "a[0]",
        "[a for a in b]",
        "lambda: 1",
        "f'{a}'",
        "'text'",
        "a if b else c",
        "sum(a)",
        "max(a)",
        "max(a, key=b)",
        "max(*a)",
        "a ** b",
        "a ** 99",
        "(a ** 9) ** 9",
        "exp(exp(a))",
        "exp(a ** 2)",
        "a // b",
        "a % b",
        "a @ b",
        "~a",
        "a < b",
        "a and b",
        "True",
        "1j",
        "1e300",
        "(a := 1)",
        "other.lifetime",
        "whole.a.b",
        "print",
    ][:-1],
)
def test_anything_but_arithmetic_is_refused_by_name(text: str) -> None:
    with raises("FormulaNotAllowed") as caught:
        Formula(text)
    assert caught.value.details["formula"] == text


@pytest.mark.parametrize("text", ["", "   ", "a +", "a b", "a = 1", "import os", "(" * 2000, "a\x00b"])
def test_text_that_is_no_expression_is_a_syntax_fault(text: str) -> None:
    with raises("FormulaSyntax"):
        Formula(text)


def test_a_formula_nested_too_deeply_is_refused() -> None:
    with raises("FormulaNotAllowed"):
        Formula("-" * (DEEPEST + 2) + "a")


def test_comparisons_are_for_conditions_only() -> None:
    assert bool(Formula("a + b <= 1 and not c > 2", condition=True)({"a": 0.4, "b": 0.6, "c": 1}))
    with raises("FormulaNotAllowed"):
        Formula("a + b <= 1")


def test_a_sum_of_shares_may_miss_one_by_rounding() -> None:
    shares = {"a": 0.1, "b": 0.2, "c": 0.7000000000000001}
    assert bool(Formula("a + b + c <= 1", condition=True)(shares))
    assert not bool(Formula("a + b + c <= 1", condition=True)({**shares, "c": 0.71}))


def test_a_value_for_every_name_is_needed() -> None:
    with raises("UndefinedName", match="b"):
        Formula("a / b")({"a": 1.0})


def test_names_come_in_the_order_in_which_they_stand() -> None:
    assert Formula("max(1, whole.lifetime / lifetime) * b + lifetime").names == ("whole.lifetime", "lifetime", "b")


def test_the_value_is_taken_element_by_element() -> None:
    values = {"a": np.array([1.0, 2.0]), "b": np.array([[1.0], [4.0]])}
    np.testing.assert_array_equal(Formula("a / b")(values), [[1, 2], [0.25, 0.5]])


def test_the_denominators_that_are_zero_are_named() -> None:
    assert Formula("a / (b - c) + 1 / d").zero_divisors({"a": 1, "b": 2, "c": 2, "d": 1}) == ["b - c"]


def test_latex_keeps_the_order_of_the_text() -> None:
    assert Formula("M * (1 - F_R - F_U)").latex() == r"M \cdot \left(1 - F_{R} - F_{U}\right)"
    assert Formula("(V + W) / (2 * M_tot)").latex() == r"\frac{V + W}{2 \cdot M_{\mathrm{tot}}}"
    assert Formula("0.9 / X").latex(decimal=",") == r"\frac{\text{0,9}}{X}"


def test_arguments_are_kept_apart_from_a_decimal_comma() -> None:
    assert Formula("max(0, 1.5 - a)").latex() == r"\max\left(0, \text{1.5} - a\right)"
    assert Formula("max(0, 1.5 - a)").latex(decimal=",") == r"\max\left(0\,;\; \text{1,5} - a\right)"


def test_what_is_used_up_is_zero_and_not_rounding() -> None:
    left = Formula("1 / (a - b - c)")({"a": 0.3, "b": 0.1, "c": 0.2})
    assert not np.isfinite(left)
    assert float(Formula("a - b")({"a": 1e-20, "b": 0.0})) == 1e-20


def test_numbers_can_be_put_in_as_text() -> None:
    assert Formula("a / (a + b * 0.5)").substituted({"a": "3 t", "b": "1 t"}, ",") == "3 t / (3 t + 1 t * 0,5)"


@given(a=NUMBERS, b=NUMBERS, c=NUMBERS)
def test_the_symbolic_form_has_the_same_value(a: float, b: float, c: float) -> None:
    formula = Formula("max(0, a - b / (c + 1)) + sqrt(a) * min(b, c) ** 2 - abs(a - c) + exp(-a / 100) + log(b)")
    values = {"a": a, "b": b, "c": c}
    symbols = {s: values[str(s)] for s in formula.symbolic.free_symbols}
    assert float(formula.symbolic.doit().evalf(subs=symbols)) == pytest.approx(float(formula(values)), rel=1e-9)


@given(a=NUMBERS, b=NUMBERS)
def test_partial_derivatives_agree_with_finite_differences(a: float, b: float) -> None:
    formula = Formula("a / (a + b) + a * sqrt(b)")
    slopes = formula.partials({"a": a, "b": b})
    for name, at in (("a", a), ("b", b)):
        step = 1e-6 * at
        up = formula({"a": a, "b": b, name: at + step})
        down = formula({"a": a, "b": b, name: at - step})
        assert slopes[name] == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-8)


def test_a_unit_follows_from_the_formula() -> None:
    units = {"revenue": "EUR", "input": "kg", "recycled": "kg"}
    found = formula_unit([("linear", Formula("input - recycled")), ("", Formula("revenue / linear"))], units)
    assert found.units == unit_registry().Unit("EUR/kg")


def test_adding_what_does_not_go_together_is_an_error() -> None:
    import pint

    with pytest.raises(pint.DimensionalityError):
        formula_unit([("", Formula("mass + revenue"))], {"mass": "kg", "revenue": "EUR"})


@given(st.text(max_size=60))
def test_no_text_gets_past_the_reader_with_anything_but_a_named_error(text: str) -> None:
    try:
        formula = Formula(text)
    except MethodError:
        return
    try:
        value = float(formula(dict.fromkeys(formula.names, 1.0)))
    except OverflowError:  # an integer power of a constant; not reachable from a name
        return
    assert math.isnan(value) or isinstance(value, float)
