"""Indicators: what they sum, the numbers of a product that they read, and the levels that they are taken for."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import required
from circularity.method.checks.names import DeclaredNames, unit_faults
from circularity.method.declarations import Framework, Input
from circularity.method.fault_helpers import expected, is_required, undefined
from circularity.method.indicator import Indicator, RowSum, answers, numbers
from circularity.method.model import Method
from circularity.texts import catalogue, word


def check_sums(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every sum is over columns of a table that can be summed, and over codes that are in their list."""
    for name, quantity in method.quantities.items():
        place = Where(file="quantities.yaml", key=name)
        yield from unit_faults(method, quantity.unit, place)
        for way in quantity.sums:
            yield from _way(method, way, place, known)
    for indicator in method.indicators.values():
        own = indicator.quantities if isinstance(indicator.spec.quantities, dict) else {}
        for name, quantity in own.items():
            place = Where(file=indicator.file, key=f"{indicator.id}: quantities.{name}")
            for way in quantity.sums:
                named = way.table == "products" and bool(indicator.inputs)
                yield from _way(method, way, place, known, named)


def check_inputs(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every input is one column, score, measurement or other indicator, in its unit."""
    for indicator in method.indicators.values():
        yield from _inputs(method, indicator, known)


def check_levels(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """Every indicator is taken for a level that figures are computed for, and a mean of products not for a product."""
    for indicator in method.indicators.values():
        spec, where = indicator.spec, Where(file=indicator.file, key=f"{indicator.id}: levels")
        if any(i.indicator for i in spec.inputs.values()) and "product" in spec.levels:
            yield FileError("WrongValue", where=where, found=spec.levels, expected=expected("no_product_level"))
        if not set(spec.levels) & set(required.LEVELS):
            wanted = expected("computed_level", names=", ".join(required.LEVELS))
            yield FileError("WrongValue", where=where, found=spec.levels, expected=wanted)


def check_missing_data(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """What only sums that refuse the unknown look at is declared for such sums only."""
    for indicator in method.indicators.values():
        spec = indicator.spec
        strict = ["requires_of_parts"] if spec.requires_of_parts else []
        for key in ("needed_when", "if_unknown"):
            strict += [key] if any(getattr(i, key) is not None for i in spec.inputs.values()) else []
        strict += ["of: product"] if indicator.whole_inputs else []
        if strict and spec.missing_data != "refuse":
            where = Where(file=indicator.file, key=f"{indicator.id}: missing_data")
            wanted = expected("refuse", names=", ".join(strict))
            yield FileError("WrongValue", where=where, found=spec.missing_data, expected=wanted)


def check_rollups(method: Method) -> Iterator[CircularityError]:
    """Every indicator is taken together as its formula asks."""
    for indicator in method.indicators.values():
        yield from _rollup(indicator)


def check_ways_to_sum(method: Method) -> Iterator[CircularityError]:
    """Every indicator can be summed at each of its levels."""
    for indicator in method.indicators.values():
        yield from _ways(method, indicator)


def _way(
    method: Method, way: RowSum, where: Where, known: DeclaredNames, names_are_inputs: bool = False
) -> Iterator[CircularityError]:
    """Faults of one way to take a sum."""
    table, parts = method.tables.get(way.table), way.table == "products"
    summed = [name for name, spec in method.tables.items() if spec.entity]
    if table is None or way.table not in summed:
        if way.table not in required.COLUMNS and (table is not None or known.lacks("table", way.table)):
            yield undefined(where, way.table, summed)
        return
    columns = [*table.columns, *table.derived]
    lacking = [n for n in way.expression.names if n not in columns and not is_required(way.table, n)]
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
        if column not in table.columns and is_required(way.table, column):
            continue
        if column not in coded or (table.has_readings and column != table.scope):
            yield undefined(where, column, sorted(coded))
            continue
        vocabulary = method.vocabularies.get(coded[column])
        for code in codes:
            told = code in required.CODES.get(coded[column], ())
            if vocabulary is not None and code not in vocabulary and not told:
                yield undefined(where, code, vocabulary.names.nearest(code) or vocabulary.codes)


def _inputs(method: Method, indicator: Indicator, known: DeclaredNames) -> Iterator[CircularityError]:
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
            if not is_required("products", str(declared.column)):
                yield undefined(where, str(declared.column), sorted(columns))
        elif products is not None and of_products and declared.column in products.derived:
            yield FileError("WrongValue", where=where, found=declared.column, expected=expected("plain_column"))
        elif products is not None:
            unit = getattr(columns[str(declared.column)], "unit", None)
            if unit is not None and unit != declared.unit:
                yield _other_unit(where, declared.unit, unit, str(declared.column))


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


def _rollup(indicator: Indicator) -> Iterator[CircularityError]:
    def wrong(name: str) -> CircularityError:
        where = Where(file=indicator.file, key=f"{indicator.id}: rollup")
        return FileError("WrongValue", where=where, found=rollup, expected=expected(name, rollup=rollup))

    rollup = indicator.spec.rollup
    divides = any(formula.divides for formula in [*indicator.let.values(), indicator.formula])
    if rollup in ("per_product", "sum_of_parts") and list(indicator.levels) != ["product"]:
        yield wrong("rollup_product")
    if (rollup == "weighted_mean") != any(i.indicator for i in indicator.inputs.values()):
        yield wrong("rollup_mean")
    if rollup == "sum" and divides:
        yield wrong("rollup_sum")
    if rollup == "sum_then_divide" and not divides:
        yield wrong("rollup_divide")


def _ways(method: Method, indicator: Indicator) -> Iterator[CircularityError]:
    """Levels at which not every quantity can be summed, as `assess` goes about it."""
    if indicator.function is not None or any(i.indicator for i in indicator.inputs.values()):
        return
    by_product = [name for name, table in method.tables.items() if table.product_column and table.entity]
    for level in required.LEVELS:
        if level not in indicator.levels:
            continue
        tables = [{way.table for way in quantity.sums} for quantity in indicator.quantities.values()]
        if level == "product":
            fits = any(all(name in ways for ways in tables) for name in by_product)
            wanted, lacking = "products", [n for n, q in indicator.quantities.items() if q.over("products") is None]
        else:
            fits = bool(tables) and all(ways - {"products"} for ways in tables)
            wanted = ", ".join(name for name, table in method.tables.items() if table.amount)
            lacking = [n for n, q in indicator.quantities.items() if all(s.table == "products" for s in q.sums)]
        if not fits:
            yield MethodError(
                "NoWayToSum",
                where=Where(file=indicator.file, key=f"{indicator.id}: levels"),
                found=lacking or list(indicator.inputs),
                level=catalogue()["level"][level],
                expected=wanted,
            )


def check_frameworks(method: Method) -> Iterator[CircularityError]:
    """Everything that a framework asks for is answered, or says why not, and no answer is to something else."""
    for framework in method.frameworks.values():
        yield from _framework(method, framework)


def _framework(method: Method, framework: Framework) -> Iterator[CircularityError]:
    """Duplicate numbers of a framework, numbers that nothing answers, and answers to numbers that it does not have."""
    file = f"frameworks/{framework.id}.yaml"
    if framework.id not in method.settings.frameworks:
        yield undefined(Where(file=file, key="id"), framework.id, method.settings.frameworks)
    ids = [item.id for item in framework.items]
    for item, indicators in answers(framework, method.indicators.values()):
        where = Where(file=file, key=f"items.{item.id}")
        if ids.count(item.id) > 1:
            yield MethodError("DuplicateId", where=where, found=item.id)
        if bool(indicators) == (item.not_available is not None):
            yield FileError("WrongValue", where=where, found=item.id, expected=expected("answer_or_reason"))
    for indicator in method.indicators.values():
        for number in numbers(indicator, framework.id):
            if number not in ids:
                place = Where(file=indicator.file, key=f"{indicator.id}: references.{framework.id}")
                yield undefined(place, number, ids)
