"""Whether formulas have the units they are declared to have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method.fault_helpers import expected
from circularity.method.formula import Formula
from circularity.method.indicator import Indicator, NamedSum
from circularity.method.model import Method

Own = tuple[tuple[str, str], ...]


@cache
def unit_registry(own: Own = ()) -> Any:
    """The units formulas may use: those of Pint, the euro, and the method's `own`, each with its definition."""
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("EUR = [currency]")
    registry.define("kEUR = 1000 * EUR")
    registry.define("MEUR = 1000000 * EUR")
    registry.define("m2 = meter ** 2")
    registry.define("m3 = meter ** 3")
    for code, definition in own:
        registry.define(f"{code} = {definition}")
    return registry


@lru_cache(maxsize=8)
def units_of(method: Method) -> Any:
    """The units that the formulas of a method may use.

    A unit that Pint does not know is one of the method's own when Pint knows none of its dimension.
    """
    listed = method.vocabularies.get("units")
    table = listed.table if listed else pd.DataFrame(columns=["code", "dimension", "factor"])
    rows = [row for row in table.to_dict("records") if row["code"] != "1" and "/" not in row["code"]]
    usual = {row["dimension"] for row in rows if row["code"] in unit_registry()}
    bases = {row["dimension"]: row["code"] for row in rows if float(row["factor"]) == 1}
    found = []
    for row in rows:
        code, dimension = row["code"], row["dimension"]
        if dimension not in usual and bases.get(dimension) == code:
            found.append((code, f"[{dimension.replace(' ', '_')}]"))
        elif dimension not in usual and dimension in bases:
            found.append((code, f"{float(row['factor'])!r} * {bases[dimension]}"))
    return unit_registry(tuple(sorted(found, key=lambda pair: not pair[1].startswith("["))))


def formula_unit(formulas: Iterable[tuple[str, Formula]], units: Mapping[str, str], registry: Any = None) -> Any:
    """The unit of the last formula when every name has its unit.

    Parameters
    ----------
    formulas : iterable of (str, Formula)
        Steps in order; each result gets the name of its step.
    units : mapping of str to str
        Unit by name.
    registry : pint.UnitRegistry, optional
        That of a method, from `units_of`, when the formula uses units of its own.

    Raises
    ------
    pint.DimensionalityError
        If quantities are added that do not go together.
    """
    return _unit(tuple(formulas), tuple(units.items()), unit_registry() if registry is None else registry)


# Versions and copies of a method share most of their formulas, and Pint is what a check of units waits for.
@lru_cache(maxsize=4096)
def _unit(formulas: tuple[tuple[str, Formula], ...], units: tuple[tuple[str, str], ...], registry: Any) -> Any:
    # Not 1, so that a difference of two quantities does not vanish; distinct, so that none cancels another.
    values = {
        name: registry.Quantity(2.0 + 1.0 / (3 + i), "dimensionless" if unit == "1" else unit)
        for i, (name, unit) in enumerate(units)
    }
    result: Any = None
    for name, formula in formulas:
        result = registry.Quantity(1.0) * formula.unit(values)
        values[name] = result
    return result


def check_units(method: Method) -> Iterator[CircularityError]:
    """Every formula has the unit that is declared for it, and every unit of the list is one that Pint knows."""
    # A shared quantity is looked at once, in its own file; a formula that uses one with a wrong unit is passed over.
    listed = method.vocabularies.get("units")
    for row, code in enumerate(listed.codes if listed else [], start=2):
        if code != "1" and any(part not in units_of(method) for part in code.split("/")):
            where = Where(file="vocabulary/units.csv", row=row, column="code")
            yield FileError("WrongValue", where=where, found=code, expected=expected("unit_of_pint"))
    faults: list[CircularityError] = []
    wrong: set[str] = set()
    for name, quantity in method.quantities.items():
        found = _sums(method, quantity, Where(file="quantities.yaml", key=name), {})
        if found:
            wrong.add(name)
            faults += found
    for indicator in method.indicators.values():
        if not (isinstance(indicator.spec.quantities, list) and wrong & set(indicator.quantities)):
            faults += _indicator(method, indicator)
    yield from faults
    for name, formulas in method.derived.items():
        units = _column_units(method, name)
        units |= {f"whole.{column}": unit for column, unit in units.items()}
        for column, formula in formulas.items():
            declared = method.tables[name].derived[column].unit
            yield from _compared(method, [("", formula)], units, declared, formula.where)


def _indicator(method: Method, indicator: Indicator) -> list[CircularityError]:
    def at(key: str) -> Where:
        return Where(file=indicator.file, key=f"{indicator.id}: {key}")

    faults: list[CircularityError] = []
    inputs = {n: i.unit for n, i in indicator.inputs.items()}
    if isinstance(indicator.spec.quantities, dict):
        for name, quantity in indicator.quantities.items():
            faults += _sums(method, quantity, at(f"quantities.{name}"), inputs)
    for name, formula in indicator.steps():
        units = {n: indicator.unit_of(n) for n in formula.names}
        faults += _compared(method, [("", formula)], units, indicator.unit_of(name), at(f"let.{name}"))
    known = {n: q.unit for n, q in indicator.quantities.items()} | {n: inputs[n] for n in indicator.whole_inputs}
    known |= {n: c.unit for n, c in indicator.constants.items()}
    if not faults and isinstance(indicator.formula, Formula):
        faults += _compared(method, [*indicator.steps(), ("", indicator.formula)], known, indicator.unit, at("formula"))
    for key, conditions in (("requires", indicator.requires), ("requires_of_parts", indicator.requires_of_parts)):
        for number, condition in enumerate(conditions, start=1):
            faults += _comparable(method, condition.formula, known | inputs, at(f"{key}.{number}"))
    return faults


def _sums(method: Method, quantity: NamedSum, where: Where, inputs: Mapping[str, str]) -> list[CircularityError]:
    faults: list[CircularityError] = []
    for way in quantity.sums:
        if way.table not in method.tables:
            continue
        units = dict(inputs) if way.table == "products" and inputs else _column_units(method, way.table)
        table = method.tables[way.table]
        measured = method.vocabularies.get(table.scope_list)
        # The unit of a reading is that of what was measured, where the list of what is measured gives one.
        if table.has_readings and measured is not None and "unit" in measured.table:
            units = measured.table["unit"].to_dict()
            faults += [
                MethodError("UnitMismatch", where=where, found=units[code], expected=quantity.unit, formula=code)
                for code in way.where.get(str(table.scope), ())
                if units.get(code, quantity.unit) != quantity.unit and method.knows_unit(units[code])
            ]
        else:
            faults += _compared(method, [("", way.expression)], units, quantity.unit, where)
    return faults


def _column_units(method: Method, table: str) -> dict[str, str]:
    spec = method.tables[table]
    units = {c: col.unit for c, col in spec.columns.items() if col.unit}
    units |= {c: col.unit for c, col in spec.derived.items()}
    # Whatever unit its cells have, a mass is taken in kg.
    return units | {c: "kg" for c, col in spec.columns.items() if col.kind == "mass"}


def _compared(
    method: Method, formulas: list[tuple[str, Formula]], units: Mapping[str, str], declared: str, where: Where
) -> Iterator[CircularityError]:
    import pint

    text = formulas[-1][1].text
    try:
        wanted = units_of(method).Quantity(1.0, "dimensionless" if declared == "1" else declared)
        found = formula_unit(formulas, units, units_of(method))
    except pint.errors.UndefinedUnitError:
        return  # reported where units are read
    except MethodError as problem:
        if problem.code != "UndefinedName":
            raise
        return  # reported where names are read
    except (pint.errors.PintError, TypeError) as problem:
        yield MethodError("UnitMismatch", where=where, found=_told(problem), expected=declared, formula=text)
        return
    if found.units != wanted.units:
        yield MethodError("UnitMismatch", where=where, found=f"{found.units:~}" or "1", expected=declared, formula=text)


def _comparable(
    method: Method, condition: Formula, units: Mapping[str, str], where: Where
) -> Iterator[CircularityError]:
    """Faults of a requirement that holds masses against shares."""
    import pint

    try:
        used = {n: units[n] for n in condition.names if n in units}
        quantities = {n: units_of(method).Quantity(2.0, "dimensionless" if u == "1" else u) for n, u in used.items()}
        for left, right in condition.sides(quantities):
            if not any(isinstance(side, float) and side == 0 for side in (left, right)):
                left + right  # what cannot be added cannot be compared; anything may be compared with 0
    except pint.errors.UndefinedUnitError:
        return
    except MethodError as problem:
        if problem.code != "UndefinedName":
            raise
        return
    except (pint.errors.PintError, TypeError) as problem:
        yield MethodError("UnitMismatch", where=where, found=_told(problem), expected="1", formula=condition.text)


def _told(problem: Exception) -> str:
    """The units that do not go together, or whatever else is wrong."""
    units = [getattr(problem, name, None) for name in ("units1", "units2")]
    return str(problem) if None in units else " ± ".join(str(unit) for unit in units)
