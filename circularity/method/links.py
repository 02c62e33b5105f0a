"""What the files of a method must say together: names that one uses of another, and what the program asks for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from circularity.errors import (
    CircularityError,
    DuplicateId,
    MissingCode,
    MissingFile,
    MissingKey,
    UndefinedName,
    Where,
    WrongValue,
    sentence,
)
from circularity.method import needs
from circularity.method.declarations import Column, Settings, Table
from circularity.method.indicator import Indicator, RowSum
from circularity.method.known import Known
from circularity.texts import word

if TYPE_CHECKING:
    from circularity.method.load import Method


def broken_links(method: Method, settings: Settings | None, known: Known) -> Iterator[CircularityError]:
    """Every fault that shows only when the files are held next to each other.

    Parameters
    ----------
    method : Method
        With all its files read as far as they can be.
    settings : Settings or None
        Content of ``method.yaml``, if it can be read.
    known : Known
        What the files declare.
    """
    yield from _vocabularies(method, known)
    yield from _tables(method, known)
    for name, quantity in method.quantities.items():
        place = Where(file="quantities.yaml", key=name)
        yield from _unit(method, quantity.unit, place)
        for way in quantity.sums:
            yield from _way(method, way, place)
    for indicator in method.indicators.values():
        yield from _indicator(method, indicator, known)
    if settings is not None:
        yield from _settings(method, settings, known)
    yield from _factors(method, settings, known)
    yield from _scores(method, known)


def expected(name: str, **details: Any) -> Mapping[str, str]:
    """A sentence on what a value should be."""
    return sentence(name, "method_value", **details)


def _undefined(where: Where, found: str, choices: Iterable[str], formula: str = "") -> CircularityError:
    known = list(choices)
    near = difflib.get_close_matches(found, known, n=3, cutoff=0.6)  # a message shows the first of many
    return UndefinedName(where=where, found=found, expected=list(dict.fromkeys([*near, *known])), formula=formula)


def _told(table: str, column: str) -> bool:
    """Whether a column, if it is not there, is told as one that the program needs."""
    return column in needs.COLUMNS.get(table, {}) or column in needs.PEDIGREE


def known_unit(method: Method, unit: str) -> bool:
    """Whether a unit is made of codes of the list of units."""
    units = method.vocabularies.get("units")
    return unit == "1" or units is None or all(part in units for part in re.split("[*/]", unit))


def _unit(method: Method, unit: str | None, where: Where) -> Iterator[CircularityError]:
    if unit is not None and not known_unit(method, unit):
        yield WrongValue(where=where, found=unit, expected=expected("unit"))


# Code lists ------------------------------------------------------------------------------------------------------


def _vocabularies(method: Method, known: Known) -> Iterator[CircularityError]:
    for name in needs.VOCABULARIES:
        if known.lacks("vocabulary", name):
            yield MissingFile(where=Where(file=f"vocabulary/{name}.csv"))
    for name, codes in needs.CODES.items():
        for code in codes:
            if name in method.vocabularies and code not in method.vocabularies[name]:
                yield MissingCode(where=Where(file=f"vocabulary/{name}.csv"), found=code)
    yield from _roles(method)
    measured = method.vocabularies.get("measured")
    for row, unit in enumerate(measured.table["unit"] if measured else [], start=2):
        yield from _unit(method, unit, Where(file="vocabulary/measured.csv", row=row, column="unit"))


def _roles(method: Method) -> Iterator[CircularityError]:
    roles, flows = method.vocabularies.get("roles"), method.tables.get("flows")
    if roles is None:
        return
    booked = {code for column in ("books_to", "books_from") for code in roles.table[column] if code}
    for row, cells in enumerate(roles.table.to_dict("records"), start=2):
        for column in ("books_to", "books_from"):
            if cells[column] and cells[column] not in roles:
                yield _undefined(Where(file="vocabulary/roles.csv", row=row, column=column), cells[column], roles.codes)
        if cells["code"] in booked and cells["balance"] == "":
            where = Where(file="vocabulary/roles.csv", row=row, column="balance")
            yield WrongValue(
                where=where, found=word("empty", "yaml_value"), expected=expected("one_of", names="+1, 0, -1")
            )
        columns = [name for name, spec in flows.columns.items() if spec.needed == "by_role"] if flows else []
        for asked in cells["asks"].split():
            if flows and asked not in columns and (asked in flows.columns or not _told("flows", asked)):
                yield _undefined(Where(file="vocabulary/roles.csv", row=row, column="asks"), asked, columns)


# Tables ----------------------------------------------------------------------------------------------------------


def _tables(method: Method, known: Known) -> Iterator[CircularityError]:
    for name, columns in needs.COLUMNS.items():
        if known.lacks("table", name):
            yield MissingKey(where=Where(file="tables.yaml"), found=name)
        elif name in method.tables:
            yield from _needed_columns(name, columns, method.tables[name])
    for name, table in method.tables.items():
        for column, spec in table.columns.items():
            where = Where(file="tables.yaml", key=f"{name}: columns.{column}")
            yield from _column(method, spec, where, known)
        yield from _keys(name, table)
        yield from _derived(method, name, table)


def _needed_columns(name: str, columns: Mapping[str, str], table: Table) -> Iterator[CircularityError]:
    kinds = dict(columns) | ({} if name == "organisations" else dict.fromkeys(needs.PEDIGREE, "score"))
    if name == "measurements":
        kinds = dict(columns)
    for column, kind in kinds.items():
        if column not in table.columns:
            yield MissingKey(where=Where(file="tables.yaml", key=f"{name}: columns"), found=column)
        elif table.columns[column].kind != kind:
            where = Where(file="tables.yaml", key=f"{name}: columns.{column}.kind")
            yield WrongValue(where=where, found=table.columns[column].kind, expected=expected("column_kind", kind=kind))


def _column(method: Method, spec: Column, where: Where, known: Known) -> Iterator[CircularityError]:
    def at(key: str) -> Where:
        return Where(file=where.file, key=f"{where.key}.{key}")

    if spec.kind == "code" and spec.vocabulary is None:
        yield WrongValue(where=where, found=spec.kind, expected=expected("needs_vocabulary"))
    told = needs.VOCABULARIES.keys() | needs.COLUMNS.keys()  # missing ones have a fault of their own
    if spec.vocabulary is not None and spec.vocabulary not in told and known.lacks("vocabulary", spec.vocabulary):
        yield _undefined(at("vocabulary"), spec.vocabulary, known.names("vocabulary"))
    if spec.kind == "reference" and not spec.to:
        yield WrongValue(where=where, found=spec.kind, expected=expected("needs_to"))
    for name in spec.to:
        if name not in told and known.lacks("table", name) and known.lacks("vocabulary", name):
            yield _undefined(at("to"), name, [*known.names("table"), *known.names("vocabulary")])
    if spec.min is not None and spec.max is not None and spec.min >= spec.max:
        yield WrongValue(where=at("min"), found=f"{spec.min:g}", expected=expected("below", high=f"{spec.max:g}"))
    yield from _unit(method, spec.unit, at("unit"))
    units = method.vocabularies.get("units")
    if spec.dimension is not None and units is not None and spec.dimension not in set(units.table["dimension"]):
        yield _undefined(at("dimension"), spec.dimension, dict.fromkeys(units.table["dimension"]))


def _keys(name: str, table: Table) -> Iterator[CircularityError]:
    for column in table.key if isinstance(table.key, list) else ():
        if column not in table.columns:
            yield _undefined(Where(file="tables.yaml", key=f"{name}: key"), column, table.columns)
    codes = [c for c, spec in table.columns.items() if spec.kind == "code"]
    if table.scope != needs.SCOPES.get(name):
        where, wanted = Where(file="tables.yaml", key=f"{name}: scope"), needs.SCOPES.get(name, "null")
        yield WrongValue(where=where, found=table.scope, expected=expected("one_of", names=wanted))
    elif table.scope is not None and table.scope in table.columns and table.scope not in codes:
        where = Where(file="tables.yaml", key=f"{name}: scope")
        yield WrongValue(where=where, found=table.scope, expected=expected("code_column", names=", ".join(codes)))


def _derived(method: Method, name: str, table: Table) -> Iterator[CircularityError]:
    if table.derived and name != "products":
        where = Where(file="tables.yaml", key=f"{name}: derived")
        yield WrongValue(where=where, found=", ".join(table.derived), expected=expected("derived_of_products"))
    known = set(table.columns)  # a derived column rests on columns above it, so that none can rest on itself
    for column, spec in table.derived.items():
        where = Where(file="tables.yaml", key=f"{name}: derived.{column}")
        yield from _unit(method, spec.unit, Where(file="tables.yaml", key=f"{where.key}.unit"))
        if (formula := method.derived[name].get(column)) is not None:
            for used in formula.names:
                if used.removeprefix("whole.") not in known:
                    yield _undefined(where, used, sorted(known), formula.text)
        if column in known:
            yield DuplicateId(where=where, found=column)
        known.add(column)


# Sums and indicators ---------------------------------------------------------------------------------------------


def _way(method: Method, way: RowSum, where: Where, names_are_inputs: bool = False) -> Iterator[CircularityError]:
    """Faults of one way to take a sum."""
    table = method.tables.get(way.table)
    if table is None:
        return
    columns = [*table.columns, *table.derived]
    undefined = [n for n in way.expression.names if n not in columns and not _told(way.table, n)]
    undefined = [] if names_are_inputs else undefined
    for name in undefined:
        yield _undefined(where, name, sorted(columns), way.expression.text)
    summed = {"flows": ("mass", "sum_of_flows"), "measurements": ("value", "sum_of_measurements")}.get(way.table)
    if summed is not None and not undefined and way.expression.text != summed[0]:
        yield WrongValue(where=where, found=way.expression.text, expected=expected(summed[1]))
    shown = ", ".join(f"{c}: {', '.join(v)}" for c, v in way.where.items()) or word("empty", "yaml_value")
    if way.table == "measurements" and len(way.where) != 1:
        yield WrongValue(where=where, found=shown, expected=expected("one_measured"))
    if way.table == "products" and way.where:
        yield WrongValue(where=where, found=shown, expected=expected("no_where"))
        return
    coded = {c: str(s.vocabulary) for c, s in table.columns.items() if s.kind == "code"}
    for column, codes in way.where.items():
        if column not in table.columns and _told(way.table, column):
            continue
        if column not in coded or (way.table == "measurements" and column != "quantity"):
            yield _undefined(where, column, sorted(coded))
            continue
        vocabulary = method.vocabularies.get(coded[column])
        for code in codes:
            told = code in needs.CODES.get(coded[column], ())
            if vocabulary is not None and code not in vocabulary and not told:
                yield _undefined(where, code, vocabulary.nearest(code) or vocabulary.codes)


def _indicator(method: Method, indicator: Indicator, known: Known) -> Iterator[CircularityError]:
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
                yield from _way(method, way, at(f"quantities.{name}"), named)
    for key, unit in units.items():
        yield from _unit(method, unit, at(key))
    yield from _inputs(method, indicator, known)
    if spec.beside is not None and known.lacks("indicator", spec.beside):
        yield _undefined(at("beside"), spec.beside, known.names("indicator"))
    if not set(spec.levels) & set(needs.LEVELS):
        names = ", ".join(needs.LEVELS)
        yield WrongValue(where=at("levels"), found=spec.levels, expected=expected("computed_level", names=names))


def _inputs(method: Method, indicator: Indicator, known: Known) -> Iterator[CircularityError]:
    spec, products = indicator.spec, method.tables.get("products")
    of_products = any(i.indicator for i in spec.inputs.values())
    for name, declared in spec.inputs.items():
        where = Where(file=indicator.file, key=f"{indicator.id}: inputs.{name}")
        if (declared.column is None) == (declared.indicator is None):
            yield WrongValue(where=where, found=name, expected=expected("one_of_column"))
            continue
        if declared.indicator is not None:
            other = method.indicators.get(declared.indicator)
            if known.lacks("indicator", declared.indicator):
                yield _undefined(where, declared.indicator, known.names("indicator"))
            elif other is not None and (
                "product" not in other.levels or any(i.indicator for i in other.inputs.values())
            ):
                yield WrongValue(where=where, found=declared.indicator, expected=expected("at_product"))
            elif other is not None and other.unit != declared.unit:
                yield _other_unit(where, declared.unit, other.unit, other.id)
        elif products is not None and declared.column not in (columns := {**products.columns, **products.derived}):
            if not _told("products", str(declared.column)):
                yield _undefined(where, str(declared.column), sorted(columns))
        elif products is not None and of_products and declared.column in products.derived:
            yield WrongValue(where=where, found=declared.column, expected=expected("plain_column"))
        elif products is not None:
            unit = getattr(columns[str(declared.column)], "unit", None)
            if unit is not None and unit != declared.unit:
                yield _other_unit(where, declared.unit, unit, str(declared.column))
    where = Where(file=indicator.file, key=f"{indicator.id}: levels")
    if of_products and "product" in spec.levels:
        yield WrongValue(where=where, found=spec.levels, expected=expected("no_product_level"))
    # Only sums that refuse what is not known look at these parts of a declaration.
    strict = ["requires_of_parts"] if spec.requires_of_parts else []
    for key in ("needed_when", "if_unknown"):
        strict += [key] if any(getattr(i, key) is not None for i in spec.inputs.values()) else []
    strict += ["of: product"] if indicator.whole_inputs else []
    if strict and spec.missing_data != "refuse":
        where = Where(file=indicator.file, key=f"{indicator.id}: missing_data")
        yield WrongValue(where=where, found=spec.missing_data, expected=expected("refuse", names=", ".join(strict)))


def _other_unit(where: Where, found: str, unit: str, name: str) -> CircularityError:
    place = Where(file=where.file, key=f"{where.key}.unit")
    return WrongValue(where=place, found=found, expected=expected("same_unit", unit=unit, of=name))


# Settings, factors and scores ------------------------------------------------------------------------------------


def _settings(method: Method, settings: Settings, known: Known) -> Iterator[CircularityError]:
    def at(key: str) -> Where:
        return Where(file="method.yaml", key=key)

    for kind, spec in settings.kinds.items():
        for name in [*spec.tables, *spec.optional]:
            if name not in needs.COLUMNS and known.lacks("table", name):
                yield _undefined(at(f"kinds.{kind}"), name, known.names("table"))
        if not set(needs.TABLES_OF_A_FIELDLAB) <= set(spec.tables):
            names = ", ".join(needs.TABLES_OF_A_FIELDLAB)
            yield WrongValue(
                where=at(f"kinds.{kind}.tables"), found=spec.tables, expected=expected("tables_needed", names=names)
            )
    for kind in settings.headline:
        if kind not in settings.kinds:
            yield _undefined(at("headline"), kind, settings.kinds)
    shown = [(f"headline.{kind}", id_) for kind, ids in settings.headline.items() for id_ in ids]
    for key, id_ in [*shown, *(("quality", id_) for id_ in settings.quality)]:
        if known.lacks("indicator", id_):
            yield _undefined(at(key), id_, known.names("indicator"))
    for group in dict.fromkeys(i.group for i in method.indicators.values()):
        if group not in settings.groups:
            yield MissingKey(where=at("groups"), found=group)
    for indicator in method.indicators.values():
        for framework in indicator.spec.references:
            if framework not in settings.frameworks:
                where = Where(file=indicator.file, key=f"{indicator.id}: references")
                yield _undefined(where, framework, sorted(settings.frameworks))
    for name in settings.lists_beside:
        if known.lacks("vocabulary", name):
            yield _undefined(at("lists_beside"), name, known.names("vocabulary"))


def _factors(method: Method, settings: Settings | None, known: Known) -> Iterator[CircularityError]:
    rows: dict[str, list[int]] = {}
    for factor in method.pedigree_rows:
        rows.setdefault(factor.dimension, []).append(factor.score)
    for name in needs.PEDIGREE if method.pedigree_rows else ():
        if sorted(rows.get(name, [])) != [1, 2, 3, 4, 5]:
            yield WrongValue(
                where=Where(file="factors/pedigree.csv"),
                found=", ".join([name, *map(str, rows.get(name, []))]),
                expected=expected("pedigree_scores", of=name),
            )
    if settings is not None and rows and settings.uncertainty.basic not in rows:
        yield _undefined(Where(file="method.yaml", key="uncertainty.basic"), settings.uncertainty.basic, sorted(rows))
    aimed_at: set[str] = set()
    for row, target in method.target_rows:
        where = Where(file="factors/targets.csv", row=row, column="indicator")
        if known.lacks("indicator", target.indicator):
            yield _undefined(where, target.indicator, known.names("indicator"))
        if target.indicator in aimed_at:
            yield WrongValue(where=where, found=target.indicator, expected=expected("one_target"))
        aimed_at.add(target.indicator)
        indicator = method.indicators.get(target.indicator)
        if indicator is not None and indicator.unit != target.unit and known_unit(method, indicator.unit):
            place = Where(file=where.file, row=row, column="unit")
            unit = expected("same_unit", unit=indicator.unit, of=indicator.id)
            yield WrongValue(where=place, found=target.unit, expected=unit)


def _scores(method: Method, known: Known) -> Iterator[CircularityError]:
    leaves = [r for r in method.score_rows if r.aggregation == "goalposts"]
    levels: set[str] = set()
    for row, score in enumerate(method.score_rows, start=2):
        where = Where(file="scores.csv", row=row)
        if score in leaves and known.lacks("indicator", score.code):
            yield _undefined(where, score.code, known.names("indicator"))
        if score.target and known.lacks("target", score.target):
            yield _undefined(where, score.target, known.names("target"))
        indicator = method.indicators.get(score.code) if score in leaves else None
        if indicator is not None:
            own = set(indicator.levels) & set(needs.LEVELS)
            levels = levels or own | {"fieldlab"}
            if own != levels:
                place = Where(file=indicator.file, key=f"{indicator.id}: levels")
                names = ", ".join(sorted(levels))
                yield WrongValue(where=place, found=indicator.levels, expected=expected("score_levels", names=names))
