"""Bounds outside which a number is worth a look: reading ``plausibility.csv`` and holding it against the tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method.csv_reader import read_rows
from circularity.method.fitting import Gather
from circularity.method.formula import Formula
from circularity.method.known import Known
from circularity.method.rows import PlausibilityRow
from circularity.method.telling import expected, undefined, unit_faults

if TYPE_CHECKING:
    from circularity.method.load import Method

FILE = "plausibility.csv"
NUMBERS = ("number", "mass", "score")


@dataclass(frozen=True)
class Bound:
    """One row of ``plausibility.csv``, with its number in the file and the formula of the quantity it is about."""

    row: int
    spec: PlausibilityRow
    quantity: Formula

    @property
    def groups(self) -> list[str]:
        """Columns whose codes say which rows are compared with each other."""
        return self.spec.by.split()


def read_bounds(root: Path, faults: list[CircularityError]) -> list[Bound]:
    """The bounds of a method; none when it has no such file.

    Parameters
    ----------
    root : Path
        Folder of the method.
    faults : list of CircularityError
        Takes rows of the wrong form, formulas that cannot be read, and ids that stand twice.
    """
    if not (root / FILE).is_file():  # a method need not have any
        return []
    found: list[Bound] = []
    for number, spec in enumerate(read_rows(root / FILE, FILE, PlausibilityRow, faults)[1], start=2):
        if spec is None:
            continue
        if any(spec.id == known.spec.id for known in found):
            faults.append(MethodError("DuplicateId", where=Where(file=FILE, row=number, column="id"), found=spec.id))
        with Gather(faults):
            found.append(Bound(number, spec, Formula(spec.of, where=Where(file=FILE, row=number, column="of"))))
    return found


def bound_faults(method: Method, known: Known) -> Iterator[CircularityError]:
    """Tables, columns and units that a bound names and the method does not have."""
    for bound in method.plausibility:

        def at(column: str, row: int = bound.row) -> Where:
            return Where(file=FILE, row=row, column=column)

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
