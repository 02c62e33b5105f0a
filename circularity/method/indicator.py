"""A declared indicator made ready to compute: its texts read as formulas, its shared quantities looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from circularity.errors import CircularityError, MethodError, MethodFaults, Where
from circularity.method.declarations import Framework, Input, Item, Level, Quantity, Requirement, Sum
from circularity.method.declarations import Indicator as Spec
from circularity.method.formula import Formula
from circularity.method.functions import CalledFunction
from circularity.method.rows import FactorRow
from circularity.method.symbolic import partials
from circularity.method.validation import collect_errors
from circularity.texts import Both

# A figure that is beyond its bounds by no more than this was put there by rounding.
SLACK = 1e-9


# Between the numbers of one reference: "A.1 + A.2".
JOINED = " + "


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
        Quantities of ``quantities.yaml``, with all that the declaration names.
    file : str
        File of the declaration, for errors.
    constants : mapping of str to FactorRow, optional
        The factors that the declaration names, looked up.
    function : CalledFunction, optional
        The function that the declaration names instead of a formula.

    Attributes
    ----------
    id : str
        Name for programs, for good.
    name, meaning : Both
        Title and explanation, in Dutch and English.
    unit : str
        ``kg``, ``1``, ``EUR/kg`` and so on.
    direction : {"higher_is_better", "lower_is_better", "neutral"}
        Which way is better.
    bounds : tuple of (float or None, float or None)
        Lowest and highest possible figure; None where there is no bound. [`unit`]
    levels : list of str
        For what the figure is taken: product, organisation, fieldlab.
    inputs : dict of str to Input
        Numbers that the formula reads from a row of the table of products, by name.
    quantities : dict of str to NamedSum
        Sums that the formula names.
    let : dict of str to Formula
        Intermediate results in order.
    formula : Formula or CalledFunction
        The formula of the figure, or the function in its place.
    function : CalledFunction or None
        The same function; None for an indicator with a formula.
    requires, requires_of_parts : list of Condition
        What must hold for the sums, and for every part of a product.
    needed_when : dict of str to Formula
        Conditions under which an input must be known, by input.
    file : str
        File of the declaration.
    spec : declarations.Indicator
        The declaration as read: rollup, missing data, references, source, decisions, examples.

    Raises
    ------
    MethodFaults
        With everything by which the declaration is not complete in itself.
    """

    formula: Formula | CalledFunction

    def __init__(
        self,
        spec: Spec,
        shared: Mapping[str, NamedSum],
        file: str,
        constants: Mapping[str, FactorRow] | None = None,
        function: CalledFunction | None = None,
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
        self.function = function
        faults: list[CircularityError] = []
        self.let: dict[str, Formula] = {}
        self.quantities: dict[str, NamedSum] = {}
        self.needed_when: dict[str, Formula] = {}
        with collect_errors(faults):
            self.formula = function or Formula(str(spec.formula), where=self._at("formula"))
        for name, step in spec.let.items():
            with collect_errors(faults):
                self.let[name] = Formula(step.formula, where=self._at(f"let.{name}"))
        if isinstance(spec.quantities, list):
            self.quantities = {name: shared[name] for name in spec.quantities}
        else:
            for name, quantity in spec.quantities.items():
                with collect_errors(faults):
                    self.quantities[name] = named_sum(name, quantity, self._at(f"quantities.{name}"))
        for name, declared in spec.inputs.items():
            if declared.needed_when:
                with collect_errors(faults):
                    where = self._at(f"inputs.{name}.needed_when")
                    self.needed_when[name] = Formula(declared.needed_when, where=where, condition=True)
        self.requires = self._conditions(spec.requires, "requires", faults)
        self.requires_of_parts = self._conditions(spec.requires_of_parts, "requires_of_parts", faults)
        faults = faults or list(self._wrong_names())  # names say nothing while a formula cannot be read
        if faults:
            raise MethodFaults(faults)

    def __repr__(self) -> str:
        return f"<Indicator {self.id}: {self.formula.text} [{self.unit}]>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<b>{escape(self.name.en)}</b> ({escape(self.id)})<br>${self.formula.latex()}$"

    def _at(self, key: str) -> Where:
        return Where(file=self.file, key=f"{self.id}: {key}")

    def _conditions(self, declared: list[Requirement], key: str, faults: list[CircularityError]) -> list[Condition]:
        found = []
        for number, requirement in enumerate(declared, start=1):
            with collect_errors(faults):
                formula = Formula(requirement.that, where=self._at(f"{key}.{number}"), condition=True)
                found.append(Condition(formula, requirement.because))
        return found

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
        """The names that `compute` takes, with their units: row inputs if there are any, else the quantities.

        Columns of names, which a function may take, have no unit.
        """
        if self.function is not None:
            return {n: "" if kind is str else "1" for n, kind in self.function.function.takes.columns.items()}
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

    def _wrong_names(self) -> Iterator[CircularityError]:
        rows, sums = set(self.inputs), set(self.quantities) | set(self.whole_inputs)
        looked_up: list[tuple[Formula, set[str]]] = []
        if isinstance(self.spec.quantities, dict) and rows:
            ways = (way for quantity in self.quantities.values() for way in quantity.sums)
            looked_up += [(way.expression, rows) for way in ways if way.table == "products"]
        known = sums | set(self.constants)
        for name, formula in self.let.items():
            looked_up.append((formula, set(known)))
            if name in known | rows:
                yield MethodError("DuplicateId", where=self._at(f"let.{name}"), found=name)
            known.add(name)
        if isinstance(self.formula, Formula):
            looked_up.append((self.formula, known))
        looked_up += [(condition.formula, sums | set(self.constants)) for condition in self.requires]
        looked_up += [(condition.formula, rows) for condition in self.requires_of_parts]
        looked_up += [(formula, rows) for formula in self.needed_when.values()]
        undefined = [(formula, n, allowed) for formula, allowed in looked_up for n in formula.names if n not in allowed]
        for formula, name, allowed in undefined:
            yield MethodError(
                "UndefinedName", where=formula.where, found=name, expected=sorted(allowed), formula=formula.text
            )
        used = {name for formula, _ in looked_up for name in formula.names}
        if not undefined and self.function is None:  # a misspelt name is not also reported as unused
            for name in [*self.quantities, *self.let, *self.inputs, *self.constants]:
                if name not in used:
                    yield MethodError("UnusedName", where=self._at("formula"), found=name, formula=self.formula.text)

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

    def impossible(self, figures: Any) -> Any:
        """Whether figures are outside the declared bounds by more than rounding, element by element."""
        return outside(figures, self.bounds, SLACK)

    def steps(self) -> Iterator[tuple[str, Formula]]:
        """The intermediate results in order."""
        yield from self.let.items()

    def lines(self) -> Iterator[tuple[str, Formula | CalledFunction]]:
        """The intermediate results in order, and last, under the empty name, the formula or function itself."""
        yield from self.let.items()
        yield "", self.formula

    def evaluate(self, values: Mapping[str, object]) -> dict[str, object]:
        """`values` with the intermediate results added, and the result itself under the empty name.

        Not for an indicator that is a function: call `function` with its rows.
        """
        if not isinstance(self.formula, Formula):
            raise TypeError(f"{self.id} is a function")
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
    if not isinstance(indicator.formula, Formula):
        raise TypeError(f"{indicator.id} is a function")
    return indicator.formula.symbolic.doit().subs(steps)


def outside(values: Any, bounds: tuple[float | None, float | None], slack: float = 0.0) -> Any:
    """Whether values are beyond the bounds by more than `slack`, element by element; a value that is NaN is not."""
    low, high = bounds
    beyond = np.zeros(np.shape(values), dtype=bool)
    with np.errstate(invalid="ignore"):
        beyond |= False if low is None else values < low - slack
        beyond |= False if high is None else values > high + slack
    return beyond


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


def numbers(indicator: Indicator, framework: str) -> list[str]:
    """The items of a framework that an indicator answers, by their numbers."""
    reference = indicator.spec.references.get(framework)
    return reference.en.split(JOINED) if reference else []


def answers(framework: Framework, indicators: Iterable[Indicator]) -> list[tuple[Item, list[Indicator]]]:
    """The items of a framework in order, each with the indicators that answer it; none when it has no answer."""
    known = list(indicators)
    return [(item, [i for i in known if item.id in numbers(i, framework.id)]) for item in framework.items]
