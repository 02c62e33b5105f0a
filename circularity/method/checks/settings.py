"""Kinds of fieldlab, and whether somebody agreed to the weights."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, Where
from circularity.method import required
from circularity.method.checks.names import DeclaredNames
from circularity.method.fault_helpers import expected
from circularity.method.model import Method
from circularity.texts import word


def check_kinds(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """Every kind of fieldlab has the tables without which there is nobody to count for."""
    for kind, spec in method.settings.kinds.items() if method.has_settings else ():
        if not set(required.TABLES_OF_A_FIELDLAB) <= set(spec.tables):
            where = Where(file="method.yaml", key=f"kinds.{kind}.tables")
            wanted = expected("tables_needed", names=", ".join(required.TABLES_OF_A_FIELDLAB))
            yield FileError("WrongValue", where=where, found=spec.tables, expected=wanted)


def check_report_entries(method: Method) -> Iterator[CircularityError]:
    """Every kind of fieldlab has an entry for what its report begins with and, where there are claims, ends with."""
    settings = method.settings
    for key, entries in (("headline", settings.headline), ("claims", settings.claims)):
        for kind in settings.kinds if entries else ():
            if kind not in entries:
                yield FileError("MissingKey", where=Where(file="method.yaml", key=key), found=kind)


def check_groups(method: Method) -> Iterator[CircularityError]:
    """Every file of indicators has a heading in reports."""
    for group in dict.fromkeys(i.group for i in method.indicators.values()):
        if method.has_settings and group not in method.settings.groups:
            yield FileError("MissingKey", where=Where(file="method.yaml", key="groups"), found=group)


def check_agreed(method: Method) -> Iterator[CircularityError]:
    """Weights that are agreed say by whom and when, and others do not."""
    agreement = method.settings.agreement
    agreed = agreement.weights == "agreed"
    for key, value in (("by", agreement.by), ("date", agreement.date)):
        if bool(value) != agreed:
            where = Where(file="method.yaml", key=f"agreement.{key}")
            found = value or word("empty", "yaml_value")
            yield FileError(
                "WrongValue", where=where, found=found, expected=expected("agreed_by" if agreed else "agreed_empty")
            )
    if agreement.date and agreement.date > method.settings.date:
        where = Where(file="method.yaml", key="agreement.date")
        yield FileError(
            "WrongValue", where=where, found=agreement.date, expected=expected("not_after", date=method.settings.date)
        )
