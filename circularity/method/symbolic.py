"""What SymPy does with a formula: LaTeX in the order of the text, and partial derivatives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def symbol_latex(name: str) -> str:
    """A name as LaTeX: ``F_R`` with its index low, a word upright."""
    if name.startswith("whole."):
        return rf"{symbol_latex(name.removeprefix('whole.'))}_{{\mathrm{{whole}}}}"
    head, _, index = name.partition("_")
    if len(head) == 1 and index:
        return rf"{head}_{{{index}}}" if len(index) == 1 else rf"{head}_{{\mathrm{{{index.replace('_', ' ')}}}}}"
    return name if len(name) == 1 else rf"\mathrm{{{name.replace('_', chr(92) + ' ')}}}"


def printer(decimal: str, shown: Mapping[Any, str]) -> Any:
    """A LaTeX printer that keeps the order of the text, and separates arguments so that 0,9 stays one number."""
    from sympy.printing.latex import LatexPrinter

    class InOrder(LatexPrinter):  # type: ignore[misc]
        def _print_Float(self, expr: Any) -> str:  # noqa: N802  (SymPy's name)
            return rf"\text{{{format(float(expr), 'g').replace('.', decimal)}}}"

        def _arguments(self, expr: Any, exp: Any = None) -> str:
            separator = {".": ", ", ",": r"\,;\; "}[decimal]
            arguments = separator.join(self._print(a) for a in expr.args)
            return rf"\{str(expr.func).lower()}\left({arguments}\right)"

        _print_Max = _print_Min = _arguments  # noqa: N815

    return InOrder({"order": "none", "symbol_names": dict(shown), "mul_symbol": "dot"})


def partials(expression: Any, point: Mapping[str, float]) -> dict[str, float]:
    """The partial derivatives of a SymPy expression at a point, by name; NaN where one does not exist."""
    import sympy as sp

    symbols = {name: sp.Symbol(name, real=True) for name in point}
    at = {symbols[name]: sp.Float(value) for name, value in point.items()}
    found = {}
    for name, symbol in symbols.items():
        try:
            found[name] = float(sp.diff(expression, symbol).subs(at).evalf())
        except TypeError:
            found[name] = math.nan
    return found
