"""The rows of a table in one period, booked to parties and grouped by everything that the method tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.assessment.classes import NO, YES, Classes
from circularity.assessment.levels import PARTY_LEVELS
from circularity.assessment.readings import Readings
from circularity.assessment.sampling import Array, summed
from circularity.assessment.sampling_context import SamplingContext
from circularity.ledger.booking import boundary_crossing, postings
from circularity.method.declarations import Level
from circularity.method.formula import Formula
from circularity.method.indicator import RowSum


@dataclass(frozen=True)
class Amounts:
    """What one expression of a sum comes to.

    Attributes
    ----------
    values : ndarray, shape (groups, 1 + draws)
        The stated figure, then the draws; what is unknown counts as nothing in them.
    unknown : ndarray of int, shape (groups,)
        Rows of which it is unknown.
    """

    values: Array
    unknown: npt.NDArray[np.int64]


@dataclass
class LevelGroups:
    """The groups of one level.

    Attributes
    ----------
    entities : list of str
    entity, classes, groups : ndarray of int, shape (groups of the level,)
        Position of the entity, class number, and position among all groups.
    """

    entities: list[str]
    entity: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        self._totals: dict[tuple[str, bytes], Array] = {}

    def per_entity(self, weights: npt.NDArray[Any]) -> Array:
        """Sum of a number per group over the groups of every entity."""
        return np.bincount(self.entity, weights=weights, minlength=len(self.entities)).astype(np.float64)

    def total(self, name: str, amounts: Array, chosen: npt.NDArray[np.bool_]) -> Array:
        """Sum of the amounts of this name over the chosen groups of every entity, shape (entities, 1 + draws)."""
        key = name, chosen.tobytes()
        if key not in self._totals:
            result = np.zeros((len(self.entities), amounts.shape[1]))
            for group in np.flatnonzero(chosen):
                result[self.entity[group]] += amounts[self.groups[group]]
            self._totals[key] = result
        return self._totals[key]


class TableGroups:
    """The rows of one table in one period, by entity and class.

    A class is what the formulas can tell apart: what a row counts as, and the codes that the method's sums ask for.
    Everything after this works on classes, however many rows there were.

    Parameters
    ----------
    context : SamplingContext
    name : str
        A table of the method that says what its rows are about (``entity``) and what is summed (``amount``).
    readings : Readings, optional
        Joint draws of the rows, for a table with one reading for each party and code of its scope.
    """

    def __init__(self, context: SamplingContext, name: str, readings: Readings | None = None) -> None:
        self.context, self.fieldlab, self.method = context, context.fieldlab, context.method
        self.name, self.spec, self.readings = name, context.method.tables[name], readings
        self.rows = context.table(name) if readings is None else readings.rows
        self.mass_unit = self.fieldlab.mass_units.get(name, 1.0)
        kind = self.fieldlab.description.kind
        ways = [s for i in self.method.indicators_for(kind) for q in i.quantities.values() for s in q.sums]
        asked = sorted({c for s in ways if s.table == name for c in s.where} - {self.spec.scope})
        self.columns = [*([self.spec.scope] if self.spec.scope else []), *asked]
        self._levels: dict[Level, LevelGroups] = {}
        self._amounts: dict[str, Amounts] = {}

    # Booking and summing -----------------------------------------------------------------------------------------

    @cached_property
    def booked(self) -> pd.DataFrame:
        """Every booking with its level, the entity it counts for (``name``), and its ``group`` and ``class`` number."""
        bookings = postings(self.rows, self.name, self.method)
        bookings["class"] = self._classes_of(bookings)
        whole = self.fieldlab.id
        if self.known_of is not None:  # a total of the whole is of no organisation, nor the other way round
            of_whole = bookings["role"].map(self.known_of) == "fieldlab"
            bookings = bookings[(bookings["entity"] == whole) == of_whole]
        parts = []
        for level in PARTY_LEVELS:
            belongs = self.fieldlab.belongs(level)
            if level == "fieldlab":
                belongs = {whole: whole, **belongs}
            parts.append(boundary_crossing(bookings, belongs).assign(level=level))
        if self.spec.product_column:
            product = self.rows[self.spec.product_column].to_numpy()[bookings["line"]]
            parts.append(bookings.assign(level="product", name=product)[product != ""])
        booked = pd.concat(parts, ignore_index=True)
        booked["group"] = _numbered([booked["level"], booked["name"], booked["class"]])
        return booked

    @cached_property
    def known_of(self) -> dict[str, str] | None:
        """What each code of the scope is known of (organisation, fieldlab), where its vocabulary says so."""
        if not self.spec.scope_list:
            return None
        table = self.method.vocabularies[self.spec.scope_list].table
        return {str(code): str(of) for code, of in table["of"].items()} if "of" in table else None

    @cached_property
    def classes(self) -> Classes:
        """The codes of every class, and what they answer to sums."""
        bookings = postings(self.rows, self.name, self.method)
        first = np.unique(self._classes_of(bookings), return_index=True)[1]
        return Classes(self._codes_of(bookings).iloc[first], self.spec, self.method.vocabularies)

    def _codes_of(self, bookings: pd.DataFrame) -> pd.DataFrame:
        """What the method can tell of every booking: its codes, and whether it is certain to be of the period."""
        rows = self.rows.iloc[bookings["line"]]
        codes = {c: bookings["role"] if c == self.spec.scope else rows[c].to_numpy() for c in self.columns}
        return pd.DataFrame({**codes, "certain": rows["certain"].to_numpy() if "certain" in rows else True})

    def _classes_of(self, bookings: pd.DataFrame) -> npt.NDArray[np.int64]:
        codes = self._codes_of(bookings)
        return _numbered([codes[c] for c in codes])

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Level, entity and class of every group."""
        return self.booked.drop_duplicates("group").set_index("group")[["level", "name", "class"]].sort_index()

    @cached_property
    def _membership(self) -> Any:
        from scipy.sparse import csr_array

        booked = self.booked
        ones = np.ones(len(booked), dtype=np.int64)
        shape = (len(self.groups), len(self.rows))
        return csr_array((ones, (booked["group"].to_numpy(), booked["line"].to_numpy())), shape=shape)

    @cached_property
    def _rows_each(self) -> npt.NDArray[np.int64]:
        """How many rows of the data each row is: in a large ledger, many."""
        rows = self.rows["rows"].to_numpy() if "rows" in self.rows else np.ones(len(self.rows))
        return rows.astype(np.int64)

    @cached_property
    def row_counts(self) -> npt.NDArray[np.int64]:
        """Rows of the data in every group."""
        return np.asarray(self._membership @ self._rows_each)

    def amounts(self, expression: Formula) -> Amounts:
        """What an expression of the columns comes to in every group. [`mass_unit` for a mass]

        Masses are whole numbers: their sums and differences are exact, so that nothing left over is zero.
        """
        if expression.text not in self._amounts:
            values, known = self._of_rows(expression)
            unknown = self._membership @ (~known * self._rows_each)
            drawn = self._drawn(expression, np.where(known, values, 0))
            self._amounts[expression.text] = Amounts(drawn, np.asarray(unknown))
        return self._amounts[expression.text]

    def _of_rows(self, expression: Formula) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """The value of an expression for every row, and whether it is known; a count counts every row of the data."""
        if not expression.names:
            return np.asarray(expression({}) * self._rows_each), np.ones(len(self.rows), dtype=bool)
        if expression.text == self.spec.mass_column:  # whole numbers stay whole
            return self.rows[expression.text].to_numpy(), self.rows["mass_known"].to_numpy(dtype=bool)
        values = np.asarray(expression({n: self.rows[n].to_numpy(dtype=np.float64) for n in expression.names}))
        return values, np.isfinite(values)

    def _drawn(self, expression: Formula, values: npt.NDArray[Any]) -> Array:
        draws, stated = self.context.draws, np.asarray(self._membership @ values, dtype=np.float64)[:, None]
        if not draws:
            return stated
        if self.readings is not None:
            known = np.isfinite(self.readings.values[:, :1])
            return np.asarray(self._membership @ np.where(known, self.readings.values, 0.0))
        if not expression.names or "log_sd" not in self.rows:
            return np.broadcast_to(stated, (len(stated), 1 + draws))
        log_sd, name = self.rows["log_sd"].to_numpy(dtype=np.float64), self.context.name(self.name)
        return summed(self._membership, values, log_sd, draws, self.context.seed, *name)

    def entities(self, level: Level) -> list[str]:
        """The entities of a level."""
        if level == "product":
            return sorted(self.groups.loc[self.groups["level"] == "product", "name"].unique())
        return sorted(set(self.fieldlab.belongs(level).values()))

    def at(self, level: Level) -> LevelGroups:
        """The groups of one level."""
        if level not in self._levels:
            names = self.entities(level)
            mine = (self.groups["level"] == level).to_numpy()
            entity = self.groups["name"][mine].map({n: i for i, n in enumerate(names)}).to_numpy(dtype=np.int64)
            classes = self.groups["class"][mine].to_numpy()
            self._levels[level] = LevelGroups(names, entity, classes, np.flatnonzero(mine))
        return self._levels[level]

    # By row ------------------------------------------------------------------------------------------------------

    def rows_behind(self, way: RowSum, level: Level, entity: str) -> pd.DataFrame:
        """The rows that a sum counts for an entity, or may count.

        Returns
        -------
        DataFrame
            The columns of the table, largest amount first, with ``counts`` (yes or maybe) and ``summed`` (what the row
            adds: NaN where it is unknown; a mass in kg).
        """
        booked = self.booked
        mine = booked[(booked["level"] == level) & (booked["name"] == entity)]
        answer = self.classes.answers(way)[mine["class"].to_numpy()]
        place = mine["line"].to_numpy()[answer > NO]
        rows = self.rows.iloc[place].copy()
        rows["counts"] = np.where(answer[answer > NO] == YES, "yes", "maybe")
        values, known = self._of_rows(way.expression)
        rows["summed"] = np.where(known, values * (self.mass_unit if self.spec.mass_column else 1.0), np.nan)[place]
        return rows.sort_values(["summed", "row"], ascending=[False, True])

    def shown(self, way: RowSum) -> list[str]:
        """The columns by which people know a row: names, the codes it must have, and those that a sum asks for."""
        found = []
        for column, spec in self.spec.columns.items():
            must = spec.needed in ("always", "by_role") or column in way.where
            named = spec.kind == "reference" and bool((self.rows[column] != "").any())
            if spec.kind == "identifier" or named or (must and spec.kind in ("reference", "code")):
                found.append(column)
        return found


def _numbered(columns: list[pd.Series[Any]]) -> npt.NDArray[np.int64]:
    """A number for every distinct combination of values, the same for equal rows, in sorted order."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column, sort=True)
        number = np.unique(number * len(values) + codes, return_inverse=True)[1]
    return number
