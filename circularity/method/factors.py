"""Factors: numbers from elsewhere that formulas name, each with its source, version and year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from circularity.errors import CallError, CircularityError, FileError, MethodError, Where
from circularity.method.declarations import Factor
from circularity.method.fault_helpers import expected, undefined
from circularity.method.formula import Formula
from circularity.method.readers import read_rows
from circularity.method.rows import FactorRow, PedigreeRow, PlausibilityRow
from circularity.method.validation import collect_errors

PEDIGREE_FILE, TARGETS_FILE, PLAUSIBILITY_FILE = "factors/pedigree.csv", "factors/targets.csv", "plausibility.csv"
# Tables in factors/ that the program reads in a way of its own.
OWN_TABLES = ("pedigree", "targets", "random_index", "bwm_thresholds")

Factors = dict[str, dict[str, FactorRow]]
# Variance of ln(x) by dimension and score. [1]
Variances = dict[str, dict[int, float]]


def read_factors(root: Path, faults: list[CircularityError]) -> Factors:
    """The factors that formulas may name, by table and key.

    Parameters
    ----------
    root : Path
        Folder of the method.
    faults : list of CircularityError
        Takes what is wrong: a value that is not a number, a factor without year, source or name, a duplicate key.
    """
    found: Factors = {}
    for path in sorted((root / "factors").glob("*.csv")):
        if path.stem in OWN_TABLES:
            continue
        file = f"factors/{path.name}"
        found[path.stem] = {}
        for number, row in enumerate(read_rows(path, file, FactorRow, faults)[1], start=2):
            if row is not None and row.key in found[path.stem]:
                faults.append(
                    MethodError("DuplicateId", where=Where(file=file, row=number, column="key"), found=row.key)
                )
            elif row is not None:
                found[path.stem][row.key] = row
    return found


def constants(declared: Mapping[str, Factor], tables: Factors, where: Where) -> dict[str, FactorRow]:
    """The factors that a declaration names, by name of the formula.

    Raises
    ------
    UndefinedName
        If there is no such table or key.
    WrongValue
        If one formula uses factors of several sets: sets are never mixed.
    """
    found = {}
    for name, factor in declared.items():
        if factor.table not in tables:
            raise undefined(where, factor.table, tables)
        if factor.key not in tables[factor.table]:
            raise undefined(where, factor.key, tables[factor.table])
        found[name] = tables[factor.table][factor.key]
    sets = sorted({row.set for row in found.values()})
    if len(sets) > 1:
        raise FileError("WrongValue", where=where, found=", ".join(sets), expected=expected("one_set"))
    return found


def variances(rows: Iterable[PedigreeRow], set_: str) -> Variances:
    """The variances of one table of pedigree factors.

    Parameters
    ----------
    rows : iterable of PedigreeRow
        The rows of all tables.
    set_ : str
        Name of the table, such as ``ecoinvent_v3``.

    Returns
    -------
    dict of str to dict of int to float
        By dimension and score. [1]

    Raises
    ------
    WrongArgument
        If there is no such table; names those there are.
    """
    rows = list(rows)
    found: Variances = {}
    for row in rows:
        if row.set == set_:
            found.setdefault(row.dimension, {})[row.score] = row.added
    if not found:
        raise CallError("WrongArgument", name="set", found=set_, expected=list(dict.fromkeys(r.set for r in rows)))
    return found


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
        Takes rows of the wrong form, formulas that cannot be read, and duplicate ids.
    """
    if not (root / PLAUSIBILITY_FILE).is_file():  # a method need not have any
        return []
    found: list[Bound] = []
    rows = read_rows(root / PLAUSIBILITY_FILE, PLAUSIBILITY_FILE, PlausibilityRow, faults)[1]
    for number, spec in enumerate(rows, start=2):
        if spec is None:
            continue
        where = Where(file=PLAUSIBILITY_FILE, row=number, column="id")
        if any(spec.id == known.spec.id for known in found):
            faults.append(MethodError("DuplicateId", where=where, found=spec.id))
        with collect_errors(faults):
            found.append(Bound(number, spec, Formula(spec.of, where=replace(where, column="of"))))
    return found
