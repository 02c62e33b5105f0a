"""A declared indicator made ready to compute: its texts read as formulas, its shared quantities looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from circularity.errors import UndefinedName, UnusedName, Where
from circularity.method.declarations import Indicator as Spec
from circularity.method.declarations import Input, Level, Quantity, Requirement, Sum
from circularity.method.factors import Constant
from circularity.method.formula import Formula, partials
from circularity.texts import Both


@dataclass(frozen=True)
class RowSum:
    """A sum over the rows of one table, its expression read as a formula."""

    table: str
    where: Mapping[str, tuple[str, ...]]
    expression: Formula


@dataclass(frozen=True)
class NamedSum:
    """A quantity that a formula names, with the ways in which it can be summed."""

    id: str
    name: Both
    unit: str
    sums: tuple[RowSum, ...]

    def over(self, table: str) -> RowSum | None:
        """The way that sums over `table`, if there is one."""
        return next((s for s in self.sums if s.table == table), None)


@dataclass(frozen=True)
class Condition:
    """A requirement and the reason it states."""

    formula: Formula
    because: Both


def source_column(spec: Input) -> str:
    """Where the assessment finds an input of a product: a column, the score of its code, or a measured quantity."""
    if spec.measured:
        return f"measured.{spec.measured}"
    return f"{spec.column}.{spec.score}" if spec.score else str(spec.column)


class Indicator:
    """One indicator of the method.

    Parameters
    ----------
    spec : declarations.Indicator
        The declaration as read.
    shared : mapping of str to NamedSum
        Quantities of ``quantities.yaml``.
    file : str
        File of the declaration, for errors.
    constants : mapping of str to Constant, optional
        The factors that the declaration names, looked up.

    Raises
    ------
    FormulaSyntax, FormulaNotAllowed, UndefinedName, UnusedName
        If the declaration is not complete in itself.
    """

    def __init__(
        self, spec: Spec, shared: Mapping[str, NamedSum], file: str, constants: Mapping[str, Constant] | None = None
    ) -> None:
        self.spec = spec
        self.file = file
        self.id = spec.id
        self.name = spec.name
        self.meaning = spec.meaning
        self.unit = spec.unit
        self.direction = spec.direction
        self.bounds = spec.bounds
        self.levels: list[Level] = spec.levels
        self.inputs: dict[str, Input] = spec.inputs
        self.constants = dict(constants or {})
        self.formula = Formula(spec.formula, where=self._at("formula"))
        self.let = {k: Formula(v.formula, where=self._at(f"let.{k}")) for k, v in spec.let.items()}
        self.quantities = self._quantities(shared)
        self.requires = self._conditions(spec.requires, "requires")
        self.requires_of_parts = self._conditions(spec.requires_of_parts, "requires_of_parts")
        self.needed_when = {
            name: Formula(i.needed_when, where=self._at(f"inputs.{name}.needed_when"), condition=True)
            for name, i in spec.inputs.items()
            if i.needed_when
        }
        self._check_names()

    def __repr__(self) -> str:
        return f"<Indicator {self.id}: {self.formula.text} [{self.unit}]>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<b>{escape(self.name.en)}</b> ({escape(self.id)})<br>${self.formula.latex()}$"

    def _at(self, key: str) -> Where:
        return Where(file=self.file, key=f"{self.id}: {key}")

    def _conditions(self, requirements: list[Requirement], key: str) -> list[Condition]:
        return [
            Condition(Formula(r.that, where=self._at(f"{key}.{i}"), condition=True), r.because)
            for i, r in enumerate(requirements)
        ]

    def _quantities(self, shared: Mapping[str, NamedSum]) -> dict[str, NamedSum]:
        declared = self.spec.quantities
        if isinstance(declared, list):
            for name in declared:
                if name not in shared:
                    raise UndefinedName(
                        where=self._at("quantities"),
                        found=name,
                        expected=sorted(shared),
                        formula=self.formula.text,
                    )
            return {name: shared[name] for name in declared}
        return {name: named_sum(name, q, self._at(f"quantities.{name}")) for name, q in declared.items()}

    @cached_property
    def mass_power(self) -> int:
        """The power of mass in the unit of the result: 1 for kg, 0 for a share, -1 for EUR/kg."""
        return mass_power(self.unit)

    @cached_property
    def whole_inputs(self) -> tuple[str, ...]:
        """Inputs that the formula takes from the product as a whole, not summed over its parts."""
        return tuple(n for n, i in self.inputs.items() if i.of == "product")

    @cached_property
    def part_inputs(self) -> tuple[str, ...]:
        """Inputs read from every part, which the sums use."""
        return tuple(n for n, i in self.inputs.items() if i.of == "part")

    @property
    def group(self) -> str:
        """The file it is declared in, which is what it is shown under."""
        return self.file.rpartition("/")[2].removesuffix(".yaml")

    @property
    def arguments(self) -> dict[str, str]:
        """The names that `compute` takes, with their units: row inputs if there are any, else the quantities."""
        if self.inputs:
            return {n: i.unit for n, i in self.inputs.items()}
        return {n: q.unit for n, q in self.quantities.items()}

    def label(self, name: str, lang: str) -> str:
        """What a name of the formula stands for, in words."""
        if name in self.quantities:
            return self.quantities[name].name[lang]
        if name in self.inputs:
            return self.inputs[name].name[lang]
        if name in self.constants:
            return self.constants[name].name[lang]
        return self.spec.let[name].name[lang]

    def unit_of(self, name: str) -> str:
        """The unit of a quantity, an input or an intermediate result."""
        if name in self.quantities:
            return self.quantities[name].unit
        if name in self.constants:
            return self.constants[name].unit
        return self.inputs[name].unit if name in self.inputs else self.spec.let[name].unit

    def _check_names(self) -> None:
        rows = set(self.inputs)
        known = set(self.quantities) | set(self.whole_inputs) | set(self.constants)
        used: set[str] = set()

        def look(formula: Formula, allowed: set[str]) -> None:
            for name in formula.names:
                if name not in allowed:
                    raise UndefinedName(where=formula.where, found=name, expected=sorted(allowed), formula=formula.text)
            used.update(formula.names)

        if isinstance(self.spec.quantities, dict):
            for quantity in self.quantities.values():
                for way in quantity.sums:
                    if way.table == "products" and rows:
                        look(way.expression, rows)
        for key, formula in self.let.items():
            look(formula, known)
            if key in known:
                raise UndefinedName(where=self._at(f"let.{key}"), found=key, expected="", formula=formula.text)
            known.add(key)
        look(self.formula, known)
        for condition in self.requires:
            look(condition.formula, set(self.quantities) | set(self.whole_inputs))
        for condition in self.requires_of_parts:
            look(condition.formula, rows)
        for formula in self.needed_when.values():
            look(formula, rows)
        for name in [*self.quantities, *self.let, *self.inputs, *self.constants]:
            if name not in used:
                raise UnusedName(where=self._at("formula"), found=name, formula=self.formula.text)

    def partials(self, point: Mapping[str, float]) -> dict[str, float]:
        """The partial derivatives of the whole formula at a point, by quantity or input of the product.

        Parameters
        ----------
        point : mapping of str to float
            A value for every quantity and whole input.
        """
        return partials(_composed(self), {**self.factors, **point})

    @cached_property
    def factors(self) -> dict[str, float]:
        """The values of the factors, by name of the formula."""
        return {name: constant.value for name, constant in self.constants.items()}

    def steps(self) -> Iterator[tuple[str, Formula]]:
        """The intermediate results in order."""
        yield from self.let.items()

    def evaluate(self, values: Mapping[str, object]) -> dict[str, object]:
        """`values` with the intermediate results added, and the result itself under the empty name."""
        all_values = {**self.factors, **values}
        for name, formula in self.let.items():
            all_values[name] = formula(all_values)
        all_values[""] = self.formula(all_values)
        return all_values


def _composed(indicator: Indicator) -> Any:
    """The formula with its intermediate results put in, as a SymPy expression."""
    import sympy as sp

    steps: dict[Any, Any] = {}
    for name, formula in indicator.steps():
        steps[sp.Symbol(name, real=True)] = formula.symbolic.doit().subs(steps)
    return indicator.formula.symbolic.doit().subs(steps)


def mass_power(unit: str) -> int:
    """The power of mass in a unit such as ``kg`` or ``EUR/kg``."""
    over, *under = unit.split("/")
    return over.split("*").count("kg") - sum(u.split("*").count("kg") for u in under)


def named_sum(name: str, quantity: Quantity, where: Where) -> NamedSum:
    """A declared quantity with its expressions read as formulas."""
    return NamedSum(
        id=name,
        name=quantity.name or Both(nl=name.replace("_", " "), en=name.replace("_", " ")),
        unit=quantity.unit,
        sums=tuple(_row_sum(s, where) for s in quantity.sums()),
    )


def _row_sum(declared: Sum, where: Where) -> RowSum:
    return RowSum(
        table=declared.table,
        where={column: tuple(codes) for column, codes in declared.where.items()},
        expression=Formula(declared.sum, where=where),
    )
