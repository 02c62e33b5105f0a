"""One formula, all its uses.

A formula is one line of text in ``methodology/``. From that text come its value, its typeset form, its unit, the text
with numbers put in, and its partial derivatives. The text is read by Python's own parser and then held to a short list
of allowed parts; it is never evaluated as code.
"""

from __future__ import annotations

import ast
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from circularity.errors import MethodError, Where, sentence
from circularity.method.symbolic import partials, printer, symbol_latex

Number = float | npt.NDArray[np.float64]

# A comparison holds when it fails by less than this: shares add up in floating point. [unit of the quantity]
TOLERANCE = 1e-9
# Part of its operands below which a difference is taken for rounding.
ROUNDING = 1e-12
# Numbers from which on it is worth to look at the extremes first.
MANY = 10_000
LONGEST = 1000
DEEPEST = 40
LARGEST_EXPONENT = 10

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "max": lambda *a: reduce(np.maximum, a),
    "min": lambda *a: reduce(np.minimum, a),
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "abs": np.abs,
}
ARGUMENTS = {"max": (2, 8), "min": (2, 8), "sqrt": (1, 1), "exp": (1, 1), "log": (1, 1), "abs": (1, 1)}

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: _difference(a, b),
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.LtE: lambda a, b: a <= b + TOLERANCE * np.maximum(1, np.abs(b)),
    ast.GtE: lambda a, b: b <= a + TOLERANCE * np.maximum(1, np.abs(a)),
    ast.Lt: lambda a, b: a < b,
    ast.Gt: lambda a, b: a > b,
    ast.Eq: lambda a, b: np.abs(a - b) <= TOLERANCE,
    ast.NotEq: lambda a, b: np.abs(a - b) > TOLERANCE,
}


def _difference(a: Any, b: Any) -> Any:
    """`a` less `b`; zero where nothing but rounding is left, so that a quantity used up counts as used up."""
    found = a - b
    if isinstance(found, np.ndarray) and found.size > MANY:
        # The extremes of most large arrays show that no difference is rounding; with NaN among them they show nothing.
        largest = max(np.max(a), -np.min(a), np.max(b), -np.min(b))
        if np.abs(found).min() > ROUNDING * largest:
            return found
    if isinstance(found, (np.ndarray, float)):
        return np.where(np.abs(found) <= ROUNDING * np.maximum(np.abs(a), np.abs(b)), 0.0, found)
    return found


class Formula:
    """A formula read from its text.

    Parameters
    ----------
    text : str
        Arithmetic over names, numbers and the functions max, min, sqrt, exp, log, abs.
    where : Where, optional
        Place of the text, for errors.
    condition : bool, optional
        Whether comparisons, ``and``, ``or`` and ``not`` are allowed, as in a requirement.

    Raises
    ------
    FormulaSyntax
        If the text cannot be parsed.
    FormulaNotAllowed
        If it holds anything else than the allowed parts.
    """

    def __init__(self, text: str, *, where: Where | None = None, condition: bool = False) -> None:
        self.text = str(text).strip()
        self.where = where or Where()
        if len(self.text) > LONGEST:
            advice = sentence("formula_longest", "expected", longest=LONGEST)
            raise MethodError("FormulaSyntax", where=self.where, found=f"{self.text[:60]}…", advice=advice)
        if unicodedata.normalize("NFKC", self.text) != self.text:  # the parser would read other names than these
            raise MethodError(
                "FormulaSyntax", where=self.where, found=self.text, advice=sentence("plain_names", "expected")
            )
        try:
            # ast, not compile: nothing is ever made executable.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                tree = ast.parse(self.text, mode="eval")
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise MethodError("FormulaSyntax", where=self.where, found=self.text) from None
        self._root = tree.body
        self._check(self._root, condition, 0)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def _refuse(self, node: ast.AST, advice: Mapping[str, str] | None = None) -> MethodError:
        part = ast.get_source_segment(self.text, node) if hasattr(node, "lineno") else type(node).__name__
        details = {"found": part, "formula": self.text, "allowed": sorted(FUNCTIONS), "advice": advice}
        return MethodError("FormulaNotAllowed", where=self.where, **details)

    def _check(self, node: ast.AST, condition: bool, depth: int) -> None:
        if depth > DEEPEST:
            raise self._refuse(node, sentence("formula_deepest", "expected", deepest=DEEPEST))
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and abs(value) < 1e15:
                return
            case ast.Name():
                return
            case ast.Attribute(value=ast.Name(id="whole"), attr=_):
                return
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)) if abs(
                power
            ) <= LARGEST_EXPONENT and not _grows(left):
                self._check(left, False, depth + 1)
            case ast.BinOp(op=ast.Pow()):
                raise self._refuse(node, sentence("formula_power", "expected", largest=LARGEST_EXPONENT))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                self._check(left, False, depth + 1)
                self._check(right, False, depth + 1)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                self._check(operand, False, depth + 1)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
                least, most = ARGUMENTS[name]
                if not least <= len(args) <= most or (name == "exp" and _grows(args[0])):
                    raise self._refuse(node)
                for argument in args:
                    self._check(argument, False, depth + 1)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if condition and type(op) in _COMPARISONS:
                self._check(left, False, depth + 1)
                self._check(right, False, depth + 1)
            case ast.BoolOp(values=values) if condition:
                for part in values:
                    self._check(part, True, depth + 1)
            case ast.UnaryOp(op=ast.Not(), operand=operand) if condition:
                self._check(operand, True, depth + 1)
            case _:
                raise self._refuse(node)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names the formula uses, in the order of the text."""
        return tuple(dict.fromkeys(_names(self._root)))

    @cached_property
    def divides(self) -> bool:
        """Whether the formula divides by something else than a number."""
        divisors = [n.right for n in ast.walk(self._root) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
        return any(next(_names(divisor), None) for divisor in divisors)

    @cached_property
    def orders(self) -> bool:
        """Whether a condition compares by size only: no equality holds for numbers that are drawn."""
        return not any(isinstance(n, ast.Eq | ast.NotEq) for n in ast.walk(self._root))

    def sides(self, values: Mapping[str, Any]) -> list[tuple[Any, Any]]:
        """The values on both sides of every comparison of a condition."""
        compared = [n for n in ast.walk(self._root) if isinstance(n, ast.Compare)]
        return [(self._value(n.left, values), self._value(n.comparators[0], values)) for n in compared]

    # Value -------------------------------------------------------------------------------------------------------

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """The value, element by element.

        Parameters
        ----------
        values : mapping of str to float or ndarray
            A value for every name; arrays of one shape, or shapes that broadcast.

        Returns
        -------
        float or ndarray
            Not finite where a division by zero or a root of a negative number occurs.

        Raises
        ------
        UndefinedName
            If a name has no value.
        """
        with np.errstate(all="ignore"):
            return self._value(self._root, values)

    def _value(self, node: ast.AST, values: Mapping[str, Any]) -> Any:
        match node:
            case ast.Constant(value=value):
                return np.float64(value)  # type: ignore[arg-type]
            case ast.Name() | ast.Attribute():
                return self._look_up(node, values)
            case ast.BinOp(left=left, op=op, right=right):
                return _ARITHMETIC[type(op)](self._value(left, values), self._value(right, values))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._value(operand, values)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._value(operand, values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return np.logical_not(self._value(operand, values))
            case ast.Call(func=ast.Name(id=name), args=args):
                return FUNCTIONS[name](*(self._value(a, values) for a in args))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _COMPARISONS[type(op)](self._value(left, values), self._value(right, values))
            case ast.BoolOp(op=op, values=parts):
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return reduce(join, (self._value(p, values) for p in parts))
        raise self._refuse(node)  # pragma: no cover  (the constructor let nothing else through)

    def _look_up(self, node: ast.AST, values: Mapping[str, Any]) -> Any:
        name = next(_names(node))
        try:
            value = values[name]
        except KeyError:
            raise MethodError(
                "UndefinedName", where=self.where, found=name, expected=sorted(values), formula=self.text
            ) from None
        return np.float64(value) if isinstance(value, (int, float)) else value

    def zero_divisors(self, values: Mapping[str, float]) -> list[str]:
        """The texts of the denominators that are zero for these values."""
        found = []
        for node in ast.walk(self._root):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                with np.errstate(all="ignore"):
                    if self._value(node.right, values) == 0:
                        found.append(ast.get_source_segment(self.text, node.right) or "?")
        return found

    # Typesetting -------------------------------------------------------------------------------------------------

    @cached_property
    def symbolic(self) -> Any:
        """The formula as a SymPy expression, as written: nothing reordered, nothing simplified."""
        return self._symbolic(self._root)

    def _symbolic(self, node: ast.AST) -> Any:
        import sympy as sp

        match node:
            case ast.Constant(value=value):
                return sp.Integer(value) if isinstance(value, int) else sp.Float(repr(value))
            case ast.Name() | ast.Attribute():
                return sp.Symbol(next(_names(node)), real=True)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return sp.Add(*self._terms(node), evaluate=False)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return sp.Mul(*self._factors(node), evaluate=False)
            case ast.BinOp(left=left, right=right):
                return sp.Pow(self._symbolic(left), self._symbolic(right), evaluate=False)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return sp.Mul(-1, self._symbolic(operand), evaluate=False)
            case ast.UnaryOp(operand=operand):
                return self._symbolic(operand)
            case ast.Call(func=ast.Name(id=name), args=args):
                function = {"max": sp.Max, "min": sp.Min, "abs": sp.Abs}.get(name) or getattr(sp, name)
                evaluate = {"evaluate": False} if name in ("max", "min") else {}
                return function(*(self._symbolic(a) for a in args), **evaluate)
        raise self._refuse(node)

    def _terms(self, node: ast.AST) -> list[Any]:
        """The terms of a sum, so that a chain of sums is one sum and gets no brackets."""
        import sympy as sp

        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [*self._terms(left), *self._terms(right)]
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return [*self._terms(left), sp.Mul(-1, self._symbolic(right), evaluate=False)]
        return [self._symbolic(node)]

    def _factors(self, node: ast.AST) -> list[Any]:
        """The factors of a product; a division is a factor to the power -1."""
        import sympy as sp

        match node:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return [*self._factors(left), *self._factors(right)]
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return [*self._factors(left), sp.Pow(self._symbolic(right), -1, evaluate=False)]
        return [self._symbolic(node)]

    def latex(self, labels: Mapping[str, str] | None = None, decimal: str = ".") -> str:
        r"""The formula in LaTeX.

        Parameters
        ----------
        labels : mapping of str to str, optional
            LaTeX to put in the place of a name, such as a number or a word in ``\text{}``.
        decimal : {".", ","}
            Decimal character of the numbers in the formula.
        """
        import sympy as sp

        shown = {sp.Symbol(n, real=True): (labels or {}).get(n) or symbol_latex(n) for n in self.names}
        return str(printer(decimal, shown).doprint(self.symbolic))

    def substituted(self, values: Mapping[str, str], decimal: str = ".") -> str:
        """The text of the formula with texts put in the place of names: ``456 t / 1 220 t``."""
        pieces, last = [], 0
        raw = self.text.encode("utf-8")  # the parser counts bytes
        spans = []
        for node in _outer_names(self._root):
            name = next(_names(node))
            spans.append((node.col_offset, node.end_col_offset or 0, values.get(name, name)))
        for number in ast.walk(self._root):
            if isinstance(number, ast.Constant):
                start, end = number.col_offset, number.end_col_offset or 0
                spans.append((start, end, raw[start:end].decode("utf-8").replace(".", decimal)))
        for start, end, text in sorted(spans):
            pieces += [raw[last:start].decode("utf-8"), text]
            last = end
        return "".join([*pieces, raw[last:].decode("utf-8")])

    # Units and derivatives ---------------------------------------------------------------------------------------

    def unit(self, units: Mapping[str, Any]) -> Any:
        """The value of the formula for quantities with units, by Pint.

        Parameters
        ----------
        units : mapping of str to pint.Quantity
            A quantity for every name.

        Raises
        ------
        pint.DimensionalityError
            If the formula adds or compares quantities that do not go together.
        """
        return self._value(self._root, units)

    def partials(self, values: Mapping[str, float]) -> dict[str, float]:
        """The partial derivatives at a point, one per name.

        Parameters
        ----------
        values : mapping of str to float
            The point; a name without a value is left out.

        Returns
        -------
        dict of str to float
            Derivative by name; NaN where it does not exist or rests on a name without a value.
        """
        return partials(self.symbolic.doit(), {n: values[n] for n in self.names if n in values})


def _grows(node: ast.AST) -> bool:
    """Whether a part holds a power or an exponential: a tower of them would not end."""
    return any(
        (isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow))
        or (isinstance(n, ast.Call) and getattr(n.func, "id", "") == "exp")
        for n in ast.walk(node)
    )


def _names(node: ast.AST) -> Iterator[str]:
    for outer in _outer_names(node):
        if isinstance(outer, ast.Attribute):
            yield f"whole.{outer.attr}"
        else:
            yield outer.id


def _outer_names(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    """The names of a formula from left to right; ``whole.x`` is one name, a function is none."""
    if isinstance(node, (ast.Attribute, ast.Name)):
        yield node
        return
    if isinstance(node, ast.Call):
        for argument in node.args:
            yield from _outer_names(argument)
        return
    for child in ast.iter_child_nodes(node):
        yield from _outer_names(child)
