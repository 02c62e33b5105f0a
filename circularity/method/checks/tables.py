"""Tables and code lists: what the program needs of them, and whether what they say fits together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import required
from circularity.method.checks.names import DeclaredNames, unit_faults
from circularity.method.declarations import Column, Table
from circularity.method.fault_helpers import expected, is_required, undefined
from circularity.method.model import Method
from circularity.texts import word

# A row counts for one party, or for either of two.
MOST_PARTIES = 2


def check_tables(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every table and column that the program needs is there, of the kind that it needs."""
    for name, columns in required.COLUMNS.items():
        if known.lacks("table", name):
            yield FileError("MissingKey", where=Where(file="tables.yaml"), found=name)
        elif name in method.tables:
            yield from _needed_columns(name, columns, method.tables[name])


def check_columns(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """Every column says what its kind needs to know, and its bounds and dimension are possible."""
    for name, table in method.tables.items():
        for column, spec in table.columns.items():
            yield from _column(method, spec, Where(file="tables.yaml", key=f"{name}: columns.{column}"))


def check_sums_of_tables(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """What a table says of its key, scope, parties and amounts are columns of it of the right kind."""
    for name, table in method.tables.items():
        yield from _keys(name, table)
        yield from _summed(name, table)


def check_derived_columns(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """A derived column rests on columns above it, and only products have any."""
    for name, table in method.tables.items():
        yield from _derived(method, name, table)


def _needed_columns(name: str, columns: Mapping[str, str], table: Table) -> Iterator[CircularityError]:
    kinds = dict(columns) | ({} if name == "organisations" else dict.fromkeys(required.PEDIGREE, "score"))
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


def _column(method: Method, spec: Column, where: Where) -> Iterator[CircularityError]:
    def at(key: str) -> Where:
        return Where(file=where.file, key=f"{where.key}.{key}")

    if spec.kind == "code" and spec.vocabulary is None:
        yield FileError("WrongValue", where=where, found=spec.kind, expected=expected("needs_vocabulary"))
    if spec.kind == "reference" and not spec.to:
        yield FileError("WrongValue", where=where, found=spec.kind, expected=expected("needs_to"))
    if spec.min is not None and spec.max is not None and spec.min >= spec.max:
        yield FileError(
            "WrongValue", where=at("min"), found=f"{spec.min:g}", expected=expected("below", high=f"{spec.max:g}")
        )
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
    codes = [c for c, spec in table.columns.items() if spec.kind == "code"]
    if name in required.COLUMNS and table.scope != required.SCOPES.get(name):
        where, wanted = Where(file="tables.yaml", key=f"{name}: scope"), required.SCOPES.get(name, "null")
        yield FileError("WrongValue", where=where, found=table.scope, expected=expected("one_of", names=wanted))
    elif table.scope is not None and table.scope not in codes and not is_required(name, table.scope):
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
            if column not in choices and not is_required(name, column):
                yield undefined(where, column, choices)
    where = Where(file="tables.yaml", key=f"{name}: entity")
    if table.amount and not 1 <= len(table.entity) <= MOST_PARTIES:
        yield FileError(
            "WrongValue", where=where, found=table.entity or word("empty", "yaml_value"), expected=expected("entities")
        )
    if table.amount and table.span is None and "period" not in table.columns and not is_required(name, "period"):
        yield FileError("MissingKey", where=Where(file="tables.yaml", key=f"{name}: columns"), found="period")


def _derived(method: Method, name: str, table: Table) -> Iterator[CircularityError]:
    if table.derived and name != "products":
        where = Where(file="tables.yaml", key=f"{name}: derived")
        yield FileError(
            "WrongValue", where=where, found=", ".join(table.derived), expected=expected("derived_of_products")
        )
    known = set(table.columns)  # a derived column rests on columns above it, so that none can rest on itself
    for column in table.derived:
        where = Where(file="tables.yaml", key=f"{name}: derived.{column}")
        if (formula := method.derived[name].get(column)) is not None:
            for used in formula.names:
                if used.removeprefix("whole.") not in known:
                    yield undefined(where, used, sorted(known), formula.text)
        if column in known:
            yield MethodError("DuplicateId", where=where, found=column)
        known.add(column)


def check_code_lists(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every code list and code that the program needs is there, and what is measured has a unit of the list."""
    for name in required.VOCABULARIES:
        if known.lacks("vocabulary", name):
            yield MethodError("MissingFile", where=Where(file=f"vocabulary/{name}.csv"))
    for name, codes in required.CODES.items():
        for code in codes:
            if name in method.vocabularies and code not in method.vocabularies[name]:
                yield MethodError("MissingCode", where=Where(file=f"vocabulary/{name}.csv"), found=code)
    measured = method.vocabularies.get("measured")
    for row, unit in enumerate(measured.table["unit"] if measured else [], start=2):
        yield from unit_faults(method, unit, Where(file="vocabulary/measured.csv", row=row, column="unit"))


def check_roles(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """Every role books to roles that are there, on a side of the balance, and asks for columns of flows."""
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
            if flows and asked not in columns and (asked in flows.columns or not is_required("flows", asked)):
                yield undefined(Where(file="vocabulary/roles.csv", row=row, column="asks"), asked, columns)
