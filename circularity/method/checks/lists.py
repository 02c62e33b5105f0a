"""Code lists: those that the program needs, and the roles of flows."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import required
from circularity.method.checks.names import unit_faults
from circularity.method.declared_names import DeclaredNames
from circularity.method.fault_helpers import expected, is_required, undefined
from circularity.method.model import Method
from circularity.texts import word


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
