"""Numbers from elsewhere: pedigree factors, targets, and bounds outside which a number is worth a look."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, Where
from circularity.method import required
from circularity.method.checks.names import DeclaredNames, unit_faults
from circularity.method.factors import PLAUSIBILITY_FILE
from circularity.method.fault_helpers import expected, undefined
from circularity.method.model import Method

# Kinds of columns that hold a number.
NUMBERS = ("number", "mass", "score")


def check_targets(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every target is of an indicator, in its unit, and the only one for its year that holds now."""
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
        if indicator is not None and indicator.unit != target.unit and method.knows_unit(indicator.unit):
            place = Where(file=where.file, row=row, column="unit")
            unit = expected("same_unit", unit=indicator.unit, of=indicator.id)
            yield FileError("WrongValue", where=place, found=target.unit, expected=unit)


def check_pedigree(method: Method, _: DeclaredNames) -> Iterator[CircularityError]:
    """Every table of pedigree factors is whole, and the method uses one that is there."""
    sets: dict[str, dict[str, list[int]]] = {}
    for factor in method.pedigree_rows:
        sets.setdefault(factor.set, {}).setdefault(factor.dimension, []).append(factor.score)
    for set_, rows in sets.items():
        for name in [*required.PEDIGREE, *(n for n in required.PEDIGREE_TOO if n in rows)]:
            if sorted(rows.get(name, [])) != [1, 2, 3, 4, 5]:
                yield FileError(
                    "WrongValue",
                    where=Where(file="factors/pedigree.csv", key=set_ or None),
                    found=", ".join([name, *map(str, rows.get(name, []))]),
                    expected=expected("pedigree_scores", of=name),
                )
    if not method.has_settings or not sets:
        return
    uncertainty = method.settings.uncertainty
    chosen = uncertainty.pedigree
    if chosen not in sets:
        yield undefined(Where(file="method.yaml", key="uncertainty.pedigree"), chosen, sorted(sets))
    elif uncertainty.basic not in sets[chosen]:
        where = Where(file="method.yaml", key="uncertainty.basic")
        yield undefined(where, uncertainty.basic, sorted(sets[chosen]))


def check_bounds(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every bound of plausibility is about number columns of a table, in a unit of the list."""
    for bound in method.plausibility:

        def at(column: str, row: int = bound.row) -> Where:
            return Where(file=PLAUSIBILITY_FILE, row=row, column=column)

        table = method.tables.get(bound.spec.table)
        if known.lacks("table", bound.spec.table):
            yield undefined(at("table"), bound.spec.table, known.names("table"))
        if table is None:
            continue
        numbers = [name for name, spec in table.columns.items() if spec.kind in NUMBERS]
        for name in bound.quantity.names:
            if name not in numbers:
                yield undefined(at("of"), name, numbers, bound.spec.of)
        for name in bound.groups:
            if name not in table.columns:
                yield undefined(at("by"), name, table.columns)
        yield from unit_faults(method, bound.spec.unit, at("unit"))
        low, high = bound.spec.low, bound.spec.high
        if low is not None and high is not None and low >= high:
            yield FileError(
                "WrongValue", where=at("low"), found=f"{low:g}", expected=expected("below", high=f"{high:g}")
            )
