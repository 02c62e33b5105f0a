"""Factors: numbers from elsewhere that formulas name, each with its source, version and year."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from circularity.errors import CircularityError, DuplicateId, MissingKey, UndefinedName, Where, WrongValue
from circularity.method.declarations import Factor
from circularity.texts import Both

COLUMNS = ("key", "value", "unit", "nl", "en", "set", "source", "place", "version", "year", "valid_to", "status")


@dataclass(frozen=True)
class Constant:
    """A factor that a formula names, looked up in its table."""

    table: str
    key: str
    value: float
    unit: str
    name: Both
    set: str
    source: str
    year: str
    valid_to: str
    status: str


def read_factors(name: str, table: pd.DataFrame, faults: list[CircularityError]) -> dict[str, Constant]:
    """The factors of one table by key.

    Parameters
    ----------
    name : str
        Name of the table: that of its file in ``factors/`` without ending.
    table : DataFrame
        Text cells, with the columns in `COLUMNS`.
    faults : list of CircularityError
        Takes what is wrong: a number that is none, a factor without year, source or name, a key that stands twice.
    """
    found: dict[str, Constant] = {}
    for column in COLUMNS:
        if column not in table.columns:
            faults.append(MissingKey(where=Where(file=f"factors/{name}.csv", row=1), found=column))
            return found
    for row, cells in enumerate(table.to_dict("records"), start=2):
        where = {c: Where(file=f"factors/{name}.csv", row=row, column=c) for c in COLUMNS}
        value = _number(cells["value"])
        if value is None:
            faults.append(WrongValue(where=where["value"], found=cells["value"], expected="a number"))
        faults += [
            WrongValue(where=where[c], found="", expected="a year" if c == "year" else "a text")
            for c in ("year", "source", "unit", "nl", "en", "set")
            if not cells[c]
        ]
        if cells["key"] in found:
            faults.append(DuplicateId(where=where["key"], found=cells["key"]))
        elif value is not None and cells["nl"] and cells["en"]:
            found[cells["key"]] = Constant(
                table=name,
                key=cells["key"],
                value=value,
                unit=cells["unit"],
                name=Both(nl=cells["nl"], en=cells["en"]),
                set=cells["set"],
                source=cells["source"],
                year=cells["year"],
                valid_to=cells["valid_to"],
                status=cells["status"],
            )
    return found


def constants(
    declared: Mapping[str, Factor], tables: Mapping[str, Mapping[str, Constant]], where: Where
) -> dict[str, Constant]:
    """The factors that a declaration names, by name of the formula.

    Raises
    ------
    UndefinedName
        If there is no such table or key.
    WrongValue
        If factors of several sets stand in one formula: sets are never mixed.
    """
    found = {}
    for name, factor in declared.items():
        if factor.table not in tables:
            raise UndefinedName(where=where, found=factor.table, expected=sorted(tables), formula="")
        if factor.key not in tables[factor.table]:
            raise UndefinedName(where=where, found=factor.key, expected=sorted(tables[factor.table]), formula="")
        found[name] = tables[factor.table][factor.key]
    sets = sorted({c.set for c in found.values()})
    if len(sets) > 1:
        raise WrongValue(where=where, found=sets, expected="factors of one set")
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
