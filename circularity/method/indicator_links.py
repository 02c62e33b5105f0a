"""What indicators and their sums use of other files of the method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from circularity.errors import CircularityError, FileError, Where
from circularity.method import needs
from circularity.method.declarations import Input
from circularity.method.indicator import Indicator, RowSum
from circularity.method.known import Known
from circularity.method.telling import expected, is_told, undefined, unit_faults
from circularity.texts import word

if TYPE_CHECKING:
    from circularity.method.load import Method


def sum_faults(
    method: Method, way: RowSum, where: Where, known: Known, names_are_inputs: bool = False
) -> Iterator[CircularityError]:
    """Faults of one way to take a sum."""
    table, parts = method.tables.get(way.table), way.table == "products"
    summed = [name for name, spec in method.tables.items() if spec.entity]
    if table is None or way.table not in summed:
        if way.table not in needs.COLUMNS and (table is not None or known.lacks("table", way.table)):
            yield undefined(where, way.table, summed)
        return
    columns = [*table.columns, *table.derived]
    lacking = [n for n in way.expression.names if n not in columns and not is_told(way.table, n)]
    lacking = [] if names_are_inputs else lacking
    for name in lacking:
        yield undefined(where, name, sorted(columns), way.expression.text)
    allowed = table.amount if len(table.amount) == 1 else [way.expression.text]
    counts = not way.expression.names and not table.has_readings
    if not parts and not lacking and not counts and way.expression.text not in allowed:
        added_up = expected("sum_of_amount", amount=table.amount[0], rows=table.rows)
        yield FileError("WrongValue", where=where, found=way.expression.text, expected=added_up)
    elif not parts and not lacking:
        yield from (undefined(where, n, table.amount) for n in way.expression.names if n not in table.amount)
    shown = ", ".join(f"{c}: {', '.join(v)}" for c, v in way.where.items()) or word("empty", "yaml_value")
    if table.has_readings and len(way.where) != 1:
        yield FileError("WrongValue", where=where, found=shown, expected=expected("one_measured", scope=table.scope))
    measured = method.vocabularies.get(table.scope_list)
    if table.has_readings and measured is not None and "of" in measured.table:
        wanted = [code for codes in way.where.values() for code in codes if code in measured]
        of = set(measured.table.loc[wanted, "of"])
        if "product" in of or len(of) > 1:
            yield FileError("WrongValue", where=where, found=shown, expected=expected("measured_alike"))
    if parts and way.where:
        yield FileError("WrongValue", where=where, found=shown, expected=expected("no_where"))
        return
    coded = {c: str(s.vocabulary) for c, s in table.columns.items() if s.kind == "code"}
    for column, codes in way.where.items():
        if column not in table.columns and is_told(way.table, column):
            continue
        if column not in coded or (table.has_readings and column != table.scope):
            yield undefined(where, column, sorted(coded))
            continue
        vocabulary = method.vocabularies.get(coded[column])
        for code in codes:
            told = code in needs.CODES.get(coded[column], ())
            if vocabulary is not None and code not in vocabulary and not told:
                yield undefined(where, code, vocabulary.names.nearest(code) or vocabulary.codes)


def indicator_faults(method: Method, indicator: Indicator, known: Known) -> Iterator[CircularityError]:
    """Faults of an indicator that show only beside the other files."""
    spec = indicator.spec

    def at(key: str) -> Where:
        return Where(file=indicator.file, key=f"{indicator.id}: {key}")

    units = {"unit": spec.unit} | {f"let.{n}.unit": s.unit for n, s in spec.let.items()}
    units |= {f"inputs.{n}.unit": i.unit for n, i in spec.inputs.items()}
    if isinstance(spec.quantities, dict):
        units |= {f"quantities.{n}.unit": q.unit for n, q in spec.quantities.items()}
        for name, quantity in indicator.quantities.items():
            for way in quantity.sums:
                named = way.table == "products" and bool(indicator.inputs)
                yield from sum_faults(method, way, at(f"quantities.{name}"), known, named)
    for key, unit in units.items():
        yield from unit_faults(method, unit, at(key))
    yield from _inputs(method, indicator, known)
    for other in spec.not_comparable.indicators if spec.not_comparable else ():
        if known.lacks("indicator", other):
            yield undefined(at("not_comparable"), other, known.names("indicator"))
    if spec.beside is not None and known.lacks("indicator", spec.beside):
        yield undefined(at("beside"), spec.beside, known.names("indicator"))
    if not set(spec.levels) & set(needs.LEVELS):
        names = ", ".join(needs.LEVELS)
        yield FileError(
            "WrongValue", where=at("levels"), found=spec.levels, expected=expected("computed_level", names=names)
        )


def _inputs(method: Method, indicator: Indicator, known: Known) -> Iterator[CircularityError]:
    spec, products = indicator.spec, method.tables.get("products")
    of_products = any(i.indicator for i in spec.inputs.values())
    for name, declared in spec.inputs.items():
        where = Where(file=indicator.file, key=f"{indicator.id}: inputs.{name}")
        if [declared.column, declared.indicator, declared.measured].count(None) != 2:
            yield FileError("WrongValue", where=where, found=name, expected=expected("one_of_column"))
            continue
        if declared.measured is not None or declared.score is not None:
            yield from _measured_or_scored(method, declared, where)
            continue
        if declared.indicator is not None:
            other = method.indicators.get(declared.indicator)
            if known.lacks("indicator", declared.indicator):
                yield undefined(where, declared.indicator, known.names("indicator"))
            elif other is not None and (
                "product" not in other.levels or any(i.indicator for i in other.inputs.values())
            ):
                yield FileError("WrongValue", where=where, found=declared.indicator, expected=expected("at_product"))
            elif other is not None and other.unit != declared.unit:
                yield _other_unit(where, declared.unit, other.unit, other.id)
        elif products is not None and declared.column not in (columns := {**products.columns, **products.derived}):
            if not is_told("products", str(declared.column)):
                yield undefined(where, str(declared.column), sorted(columns))
        elif products is not None and of_products and declared.column in products.derived:
            yield FileError("WrongValue", where=where, found=declared.column, expected=expected("plain_column"))
        elif products is not None:
            unit = getattr(columns[str(declared.column)], "unit", None)
            if unit is not None and unit != declared.unit:
                yield _other_unit(where, declared.unit, unit, str(declared.column))
    where = Where(file=indicator.file, key=f"{indicator.id}: levels")
    if of_products and "product" in spec.levels:
        yield FileError("WrongValue", where=where, found=spec.levels, expected=expected("no_product_level"))
    # Only sums that refuse what is not known look at these parts of a declaration.
    strict = ["requires_of_parts"] if spec.requires_of_parts else []
    for key in ("needed_when", "if_unknown"):
        strict += [key] if any(getattr(i, key) is not None for i in spec.inputs.values()) else []
    strict += ["of: product"] if indicator.whole_inputs else []
    if strict and spec.missing_data != "refuse":
        where = Where(file=indicator.file, key=f"{indicator.id}: missing_data")
        yield FileError(
            "WrongValue", where=where, found=spec.missing_data, expected=expected("refuse", names=", ".join(strict))
        )


def _measured_or_scored(method: Method, declared: Input, where: Where) -> Iterator[CircularityError]:
    """Faults of an input that is measured for a product, or is the score of a code."""
    if declared.measured is not None:
        measured = method.vocabularies.get("measured")
        if measured is not None and declared.measured not in measured:
            yield undefined(where, declared.measured, measured.codes)
        elif measured is not None and measured.table.at[declared.measured, "unit"] != declared.unit:
            yield _other_unit(where, declared.unit, measured.table.at[declared.measured, "unit"], declared.measured)
        elif measured is not None and measured.table.at[declared.measured, "of"] != "product":
            yield FileError(
                "WrongValue", where=where, found=declared.measured, expected=expected("measured_of_product")
            )
        return
    if "products" not in method.tables:
        return
    coded = {c: s.vocabulary for c, s in method.tables["products"].columns.items() if s.kind == "code"}
    vocabulary = method.vocabularies.get(str(coded.get(str(declared.column))))
    if str(declared.column) not in coded:
        yield undefined(where, str(declared.column), sorted(coded))
    elif vocabulary is not None and declared.score not in vocabulary.table:
        yield undefined(where, str(declared.score), list(vocabulary.table.columns))


def _other_unit(where: Where, found: str, unit: str, name: str) -> CircularityError:
    place = Where(file=where.file, key=f"{where.key}.unit")
    return FileError("WrongValue", where=place, found=found, expected=expected("same_unit", unit=unit, of=name))
