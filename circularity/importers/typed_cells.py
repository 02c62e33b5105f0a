"""Holding cells of ours to what their column may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from circularity.importers.cells import Records
from circularity.importers.coded import Coded, Mask
from circularity.ledger.columns import IDENTIFIER, SCORES, bounds, reserved_names, units_of
from circularity.ledger.description import YEAR
from circularity.method.declarations import Column
from circularity.method.load import Method
from circularity.tables.cells import UNKNOWN, as_text

NUMERIC = ("number", "mass", "measure", "score")
EURAL = "eural"


@dataclass(frozen=True)
class Typed:
    """A column of ours.

    Attributes
    ----------
    text : Coded
        As it is written.
    number : array of float or None
        As a number, NaN where unknown; None for a column of text.
    """

    text: Coded
    number: npt.NDArray[np.float64] | None = None


class ColumnChecker:
    """Checks columns of ours; what does not fit is told to the records.

    Parameters
    ----------
    records : Records
    method : Method
    names : mapping of str to set of str
        Names that references may use, by table.
    """

    def __init__(self, records: Records, method: Method, names: Mapping[str, set[str]]) -> None:
        self.records, self.method, self.names = records, method, names

    def check(self, column: str, spec: Column, made: Coded, heading: str) -> Typed:
        """The column with its type."""
        if column == EURAL:
            made = made.mapped(_without_spaces)
        if spec.kind in NUMERIC:
            return self._number(spec, made, heading)
        made = self._filled(spec, made, heading)
        texts = made.values.to_pylist()
        if spec.kind == "code":
            known = self.method.vocabularies[str(spec.vocabulary)].codes
            codes = set(known)
            wrong = made.where([t not in codes for t in texts])
            self.records.fail_each("unknown_code", made, wrong, heading, known, expected=str(spec.vocabulary))
        elif spec.kind == "period":
            wrong = made.where([re.fullmatch(YEAR, t) is None for t in texts])
            self.records.fail("not_a_period", wrong, heading, made, expected="2020")
        elif spec.kind == "unit":
            known = units_of(self.method, spec.dimension)
            wrong = made.where([t not in known for t in texts])
            self.records.fail_each("unknown_code", made, wrong, heading, known, expected="units")
        elif spec.kind == "identifier":
            reserved = reserved_names(self.method)
            bad = [re.fullmatch(IDENTIFIER, t) is None or t in reserved for t in texts]
            self.records.fail("unsafe_name", made.where(bad), heading, made)
        elif spec.kind == "reference":
            allowed = set().union(*(self.names.get(table, set()) for table in spec.to))
            self.records.fail("unknown_name", made.where([t not in allowed for t in texts]), heading, made)
        elif spec.pattern:
            bad = [t != UNKNOWN and re.fullmatch(spec.pattern, t) is None for t in texts]
            self.records.fail("wrong_pattern", made.where(bad), heading, made)
        return Typed(made)

    def _filled(self, spec: Column, made: Coded, heading: str) -> Coded:
        """What is missing as unknown, where the column takes that; otherwise such a record cannot be used."""
        if spec.needed != "always" or not made.empty.any():
            return made
        if spec.kind == "code" and UNKNOWN in self.method.vocabularies[str(spec.vocabulary)]:
            values = pa.concat_arrays([made.values, pa.array([UNKNOWN])])
            return Coded(values, np.where(made.empty, len(made.values), made.codes))
        self.records.fail("no_value", made.empty, heading)
        return made

    def _number(self, spec: Column, made: Coded, heading: str) -> Typed:
        read = self.records.numbers(made)
        unknown, value = made.where(pc.equal(made.values, UNKNOWN)), read.values
        self.records.fail("two_ways", read.two_ways, heading, made)
        self.records.fail("not_a_number", read.wrong & ~unknown, heading, made)
        low = value <= (spec.min or 0) if spec.exclusive else value < (-np.inf if spec.min is None else spec.min)
        # Bounds of a mass or measure are in the base unit, and checked with it; no mass is negative.
        if spec.kind in ("mass", "measure"):
            low = value < 0 if spec.kind == "mass" else np.zeros(len(value), dtype=bool)
            high = np.zeros(len(value), dtype=bool)
        else:
            high = value > (np.inf if spec.max is None else spec.max)
        if spec.kind == "score":
            low |= ~np.isnan(value) & ~np.isin(value, SCORES)
        if spec.positive:
            low |= value == 0
        self.records.fail("out_of_range", low | high, heading, made, expected=bounds(spec))
        places, first = np.unique(value, return_inverse=True)
        texts = list(map(as_text, places.tolist()))
        nothing = UNKNOWN if spec.needed != "never" else ""
        text = Coded(pa.array([t or nothing for t in texts], pa.string()), first.astype(np.int64))
        return Typed(text, value)


def _without_spaces(values: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring_regex(values, r"[ *]", "")


def outside(value: npt.NDArray[np.float64], factor: npt.NDArray[np.float64], spec: Column, signed: Mask) -> Mask:
    """Masses and measures out of the bounds of their column, which are in the base unit."""
    with np.errstate(over="ignore"):
        base = value * factor
    low = (base < (-np.inf if spec.min is None else spec.min)) & ~signed
    return np.asarray(low | (base > (np.inf if spec.max is None else spec.max)))
