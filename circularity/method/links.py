"""What the files of a method must say together: names that one uses of another, and what the program asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import needs
from circularity.method.declarations import Column, Settings, Table
from circularity.method.indicator_links import indicator_faults, sum_faults
from circularity.method.known import Known
from circularity.method.plausibility import bound_faults
from circularity.method.score_trees import score_links
from circularity.method.telling import expected, is_told, known_unit, undefined, unit_faults
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
        yield from unit_faults(method, quantity.unit, place)
        for way in quantity.sums:
            yield from sum_faults(method, way, place, known)
    for indicator in method.indicators.values():
        yield from indicator_faults(method, indicator, known)
    if settings is not None:
        yield from _settings(method, settings, known)
    yield from _factors(method, settings, known)
    yield from score_links(method, known)
    yield from bound_faults(method, known)


# A row counts for one party, or for either of two.
MOST_PARTIES = 2

# Code lists ------------------------------------------------------------------------------------------------------


def _vocabularies(method: Method, known: Known) -> Iterator[CircularityError]:
    for name in needs.VOCABULARIES:
        if known.lacks("vocabulary", name):
            yield MethodError("MissingFile", where=Where(file=f"vocabulary/{name}.csv"))
    for name, codes in needs.CODES.items():
        for code in codes:
            if name in method.vocabularies and code not in method.vocabularies[name]:
                yield MethodError("MissingCode", where=Where(file=f"vocabulary/{name}.csv"), found=code)
    yield from _roles(method)
    measured = method.vocabularies.get("measured")
    for row, unit in enumerate(measured.table["unit"] if measured else [], start=2):
        yield from unit_faults(method, unit, Where(file="vocabulary/measured.csv", row=row, column="unit"))


def _roles(method: Method) -> Iterator[CircularityError]:
    roles, flows = method.vocabularies.get("roles"), method.tables.get("flows")
    if roles is None:
        return
    booked = {code for column in ("books_to", "books_from") for code in roles.table[column] if code}
    for row, cells in enumerate(roles.table.to_dict("records"), start=2):
        for column in ("books_to", "books_from"):
            if cells[column] and cells[column] not in roles:
                yield undefined(Where(file="vocabulary/roles.csv", row=row, column=column), cells[column], roles.codes)
        if cells["code"] in booked and cells["balance"] == "":
            where = Where(file="vocabulary/roles.csv", row=row, column="balance")
            yield FileError(
                "WrongValue",
                where=where,
                found=word("empty", "yaml_value"),
                expected=expected("one_of", names="+1, 0, -1"),
            )
        columns = [name for name, spec in flows.columns.items() if spec.needed == "by_role"] if flows else []
        for asked in cells["asks"].split():
            if flows and asked not in columns and (asked in flows.columns or not is_told("flows", asked)):
                yield undefined(Where(file="vocabulary/roles.csv", row=row, column="asks"), asked, columns)


# Tables ----------------------------------------------------------------------------------------------------------


def _tables(method: Method, known: Known) -> Iterator[CircularityError]:
    for name, columns in needs.COLUMNS.items():
        if known.lacks("table", name):
            yield FileError("MissingKey", where=Where(file="tables.yaml"), found=name)
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
            yield FileError("MissingKey", where=Where(file="tables.yaml", key=f"{name}: columns"), found=column)
        elif table.columns[column].kind != kind:
            where = Where(file="tables.yaml", key=f"{name}: columns.{column}.kind")
            yield FileError(
                "WrongValue", where=where, found=table.columns[column].kind, expected=expected("column_kind", kind=kind)
            )


def _column(method: Method, spec: Column, where: Where, known: Known) -> Iterator[CircularityError]:
    def at(key: str) -> Where:
        return Where(file=where.file, key=f"{where.key}.{key}")

    if spec.kind == "code" and spec.vocabulary is None:
        yield FileError("WrongValue", where=where, found=spec.kind, expected=expected("needs_vocabulary"))
    told = needs.VOCABULARIES.keys() | needs.COLUMNS.keys()  # missing ones have a fault of their own
    if spec.vocabulary is not None and spec.vocabulary not in told and known.lacks("vocabulary", spec.vocabulary):
        yield undefined(at("vocabulary"), spec.vocabulary, known.names("vocabulary"))
    if spec.kind == "reference" and not spec.to:
        yield FileError("WrongValue", where=where, found=spec.kind, expected=expected("needs_to"))
    for name in spec.to:
        if name not in {*told, "fieldlab"} and known.lacks("table", name) and known.lacks("vocabulary", name):
            yield undefined(at("to"), name, [*known.names("table"), *known.names("vocabulary")])
    if spec.min is not None and spec.max is not None and spec.min >= spec.max:
        yield FileError(
            "WrongValue", where=at("min"), found=f"{spec.min:g}", expected=expected("below", high=f"{spec.max:g}")
        )
    yield from unit_faults(method, spec.unit, at("unit"))
    units = method.vocabularies.get("units")
    if spec.dimension is not None and units is not None and spec.dimension not in set(units.table["dimension"]):
        yield undefined(at("dimension"), spec.dimension, dict.fromkeys(units.table["dimension"]))


def _keys(name: str, table: Table) -> Iterator[CircularityError]:
    for column in table.key if isinstance(table.key, list) else ():
        if column not in table.columns:
            yield undefined(Where(file="tables.yaml", key=f"{name}: key"), column, table.columns)
    years = [c for c, spec in table.columns.items() if spec.kind == "number" and spec.unit == "year"]
    for column in table.span or ():
        if column not in years:
            yield undefined(Where(file="tables.yaml", key=f"{name}: span"), column, years)
    yield from _summed(name, table)
    codes = [c for c, spec in table.columns.items() if spec.kind == "code"]
    if name in needs.COLUMNS and table.scope != needs.SCOPES.get(name):
        where, wanted = Where(file="tables.yaml", key=f"{name}: scope"), needs.SCOPES.get(name, "null")
        yield FileError("WrongValue", where=where, found=table.scope, expected=expected("one_of", names=wanted))
    elif table.scope is not None and table.scope not in codes and not is_told(name, table.scope):
        where = Where(file="tables.yaml", key=f"{name}: scope")
        yield FileError(
            "WrongValue", where=where, found=table.scope, expected=expected("code_column", names=", ".join(codes))
        )


def _summed(name: str, table: Table) -> Iterator[CircularityError]:
    """Faults of what a table says its rows are about, and of what is summed."""
    parties = [c for c, spec in table.columns.items() if spec.kind in ("reference", "identifier")]
    numbers = [c for c, spec in table.columns.items() if spec.kind in ("number", "mass", "measure")]
    for key, named, choices in (("entity", table.entity, parties), ("amount", table.amount, numbers)):
        where = Where(file="tables.yaml", key=f"{name}: {key}")
        for column in named:
            if column not in choices and not is_told(name, column):
                yield undefined(where, column, choices)
    where = Where(file="tables.yaml", key=f"{name}: entity")
    if table.amount and not 1 <= len(table.entity) <= MOST_PARTIES:
        yield FileError(
            "WrongValue", where=where, found=table.entity or word("empty", "yaml_value"), expected=expected("entities")
        )
    if table.amount and table.span is None and "period" not in table.columns and not is_told(name, "period"):
        yield FileError("MissingKey", where=Where(file="tables.yaml", key=f"{name}: columns"), found="period")


def _derived(method: Method, name: str, table: Table) -> Iterator[CircularityError]:
    if table.derived and name != "products":
        where = Where(file="tables.yaml", key=f"{name}: derived")
        yield FileError(
            "WrongValue", where=where, found=", ".join(table.derived), expected=expected("derived_of_products")
        )
    known = set(table.columns)  # a derived column rests on columns above it, so that none can rest on itself
    for column, spec in table.derived.items():
        where = Where(file="tables.yaml", key=f"{name}: derived.{column}")
        yield from unit_faults(method, spec.unit, Where(file="tables.yaml", key=f"{where.key}.unit"))
        if (formula := method.derived[name].get(column)) is not None:
            for used in formula.names:
                if used.removeprefix("whole.") not in known:
                    yield undefined(where, used, sorted(known), formula.text)
        if column in known:
            yield MethodError("DuplicateId", where=where, found=column)
        known.add(column)


# Settings, factors and scores ------------------------------------------------------------------------------------


def _settings(method: Method, settings: Settings, known: Known) -> Iterator[CircularityError]:
    def at(key: str) -> Where:
        return Where(file="method.yaml", key=key)

    for kind, spec in settings.kinds.items():
        for name in [*spec.tables, *spec.optional]:
            if name not in needs.COLUMNS and known.lacks("table", name):
                yield undefined(at(f"kinds.{kind}"), name, known.names("table"))
        if not set(needs.TABLES_OF_A_FIELDLAB) <= set(spec.tables):
            names = ", ".join(needs.TABLES_OF_A_FIELDLAB)
            yield FileError(
                "WrongValue",
                where=at(f"kinds.{kind}.tables"),
                found=spec.tables,
                expected=expected("tables_needed", names=names),
            )
    for kind in settings.headline:
        if kind not in settings.kinds:
            yield undefined(at("headline"), kind, settings.kinds)
    shown = [(f"headline.{kind}", id_) for kind, ids in settings.headline.items() for id_ in ids]
    for key, id_ in [*shown, *(("quality", id_) for id_ in settings.quality)]:
        if known.lacks("indicator", id_):
            yield undefined(at(key), id_, known.names("indicator"))
    for indicator in method.indicators.values():
        for framework in indicator.spec.references:
            if framework not in settings.frameworks:
                where = Where(file=indicator.file, key=f"{indicator.id}: references")
                yield undefined(where, framework, sorted(settings.frameworks))
    for kind, spec in settings.kinds.items():
        for group in spec.groups:
            if group not in settings.groups:
                yield undefined(at(f"kinds.{kind}.groups"), group, settings.groups)
    for key, lists in (("lists_beside", settings.lists_beside), ("lists", list(settings.lists))):
        for name in lists:
            if name not in needs.VOCABULARIES and known.lacks("vocabulary", name):
                yield undefined(at(key), name, known.names("vocabulary"))


def _factors(method: Method, settings: Settings | None, known: Known) -> Iterator[CircularityError]:
    yield from _pedigree(method, settings)
    aimed_at: set[str] = set()
    for row, target in method.target_rows:
        where = Where(file="factors/targets.csv", row=row, column="indicator")
        if known.lacks("indicator", target.indicator):
            yield undefined(where, target.indicator, known.names("indicator"))
        aim = f"{target.indicator} {target.by_year}"
        if target.state == "current" and aim in aimed_at:
            yield FileError("WrongValue", where=where, found=target.indicator, expected=expected("one_target"))
        aimed_at.add(aim)
        indicator = method.indicators.get(target.indicator)
        if indicator is not None and indicator.unit != target.unit and known_unit(method, indicator.unit):
            place = Where(file=where.file, row=row, column="unit")
            unit = expected("same_unit", unit=indicator.unit, of=indicator.id)
            yield FileError("WrongValue", where=place, found=target.unit, expected=unit)


def _pedigree(method: Method, settings: Settings | None) -> Iterator[CircularityError]:
    sets: dict[str, dict[str, list[int]]] = {}
    for factor in method.pedigree_rows:
        sets.setdefault(factor.set, {}).setdefault(factor.dimension, []).append(factor.score)
    for set_, rows in sets.items():
        for name in [*needs.PEDIGREE, *(n for n in needs.PEDIGREE_TOO if n in rows)]:
            if sorted(rows.get(name, [])) != [1, 2, 3, 4, 5]:
                yield FileError(
                    "WrongValue",
                    where=Where(file="factors/pedigree.csv", key=set_ or None),
                    found=", ".join([name, *map(str, rows.get(name, []))]),
                    expected=expected("pedigree_scores", of=name),
                )
    if settings is None or not sets:
        return
    chosen = settings.uncertainty.pedigree
    if chosen not in sets:
        yield undefined(Where(file="method.yaml", key="uncertainty.pedigree"), chosen, sorted(sets))
    elif settings.uncertainty.basic not in sets[chosen]:
        where = Where(file="method.yaml", key="uncertainty.basic")
        yield undefined(where, settings.uncertainty.basic, sorted(sets[chosen]))
