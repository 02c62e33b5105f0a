"""A calculation line by line: each formula as the method writes it, and with the numbers put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from circularity.assessment.values import IndicatorValues
from circularity.method.formula import Formula
from circularity.method.functions import CalledFunction
from circularity.method.indicator import Indicator
from circularity.method.symbolic import symbol_latex
from circularity.texts import Texts


@dataclass
class Step:
    """One line of a calculation: a name, its formula, the formula with numbers put in, and the result."""

    name: str
    label: str
    formula: str
    latex: str
    worked: str
    worked_latex: str
    value: float
    unit: str


def symbol(name: str, label: str) -> str:
    """The left-hand side of a step: its symbol, or the label in words for the figure itself."""
    return symbol_latex(name) if name else rf"\text{{{latex_text(label)}}}"


# Signs that stand for < and > on the way through LaTeX, whose converter does not escape them.
_LESS, _MORE = "\ue000", "\ue001"


def latex_text(text: str) -> str:
    r"""`text` for use inside ``\text{}``: signs that LaTeX or HTML reads as commands are made plain."""
    out = text.replace("\\", "/").replace("<", _LESS).replace(">", _MORE)
    for sign in "{}$&#_^~%":
        out = out.replace(sign, " " if sign in "{}^~$&" else "\\" + sign)
    return out


def mathml(latex: str) -> str:
    """LaTeX made of `latex_text` and formulas as MathML that is safe on a page."""
    from latex2mathml.converter import convert

    markup = str(convert(latex)).replace(_LESS, "&lt;").replace(_MORE, "&gt;")
    # A text counts as space in MathML, and a browser puts no room around an operator between spaces.
    return markup.replace("<mtext>", '<mi mathvariant="normal">').replace("</mtext>", "</mi>")


def formula_steps(indicator: Indicator, outcome: IndicatorValues, e: int, lang: str) -> list[Step]:
    """The calculation of entity number `e`, line by line, with the numbers put in."""
    t = Texts(lang)
    terms = {n: float(v[e]) for n, v in outcome.terms.items()}
    shown = {n: t.value(v, indicator.unit_of(n)) for n, v in terms.items()}
    # Words where the formula has words, symbols where it has symbols.
    words = {n: rf"\text{{{latex_text(indicator.label(n, lang))}}}" for n in indicator.quantities if n.islower()}
    numbers = {n: rf"\text{{{latex_text(s)}}}" for n, s in shown.items()}
    steps = []
    for name, formula in indicator.lines():
        value = terms.get(name, np.nan) if name else float(outcome.value[e])
        unit = indicator.unit_of(name) if name else indicator.unit
        result = t.value(value, unit)
        steps.append(
            Step(
                name=name,
                label=indicator.label(name, lang) if name else indicator.name[lang],
                formula=formula.substituted({}, t.decimal),
                latex=formula.latex(words, t.decimal),
                worked=f"{result} = {formula.substituted(_bracketed(formula, shown), t.decimal)}",
                worked_latex=rf"{formula.latex(numbers, t.decimal)} = \text{{{latex_text(result)}}}",
                value=value,
                unit=unit,
            )
        )
    return steps


def _bracketed(formula: Formula | CalledFunction, shown: Mapping[str, str]) -> dict[str, str]:
    """Numbers as they stand in a formula: a negative one in brackets."""
    return {n: f"({s})" if s.startswith("-") else s for n, s in shown.items() if n in formula.names}
