"""QuantityValues over flows: from the rows of a period to the quantities that formulas name."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.assessment.levels import PARTY_LEVELS
from circularity.assessment.sampling import Array, summed
from circularity.assessment.sampling_context import SamplingContext
from circularity.assessment.values import QuantityValues
from circularity.ledger.booking import crossing, postings
from circularity.method.declarations import Level
from circularity.method.indicator import RowSum
from circularity.tables.cells import UNKNOWN
from circularity.texts import LANGUAGES, Both, reason

NO, MAYBE, YES = 0, 1, 2
_ANSWER = {"no": NO, "maybe": MAYBE, "yes": YES}

Answers = npt.NDArray[np.int8]
Ways = Mapping[str, RowSum]


@dataclass
class LevelSums:
    """The groups of one level.

    Attributes
    ----------
    entities : list of str
    entity, classes : ndarray of int, shape (groups,)
        Position of the entity, and class number, of every group.
    sums : ndarray, shape (groups, 1 + draws)
        Mass: the stated figure, then the draws. [`Fieldlab.mass_unit`]
    lines : ndarray of int, shape (groups, 2)
        Rows of unknown mass, and all rows.
    """

    entities: list[str]
    entity: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]
    sums: Array
    lines: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        self._totals: dict[bytes, Array] = {}

    def per_entity(self, weights: npt.NDArray[Any]) -> Array:
        """Sum of a number per group over the groups of every entity."""
        return np.bincount(self.entity, weights=weights, minlength=len(self.entities)).astype(np.float64)

    def total(self, chosen: npt.NDArray[np.bool_]) -> Array:
        """Sum of the chosen groups of every entity, shape (entities, 1 + draws)."""
        key = chosen.tobytes()
        if key not in self._totals:
            result = np.zeros((len(self.entities), self.sums.shape[1]))
            for group in np.flatnonzero(chosen):
                result[self.entity[group]] += self.sums[group]
            self._totals[key] = result
        return self._totals[key]


class FlowSums:
    """The flows of one period, summed per entity and class.

    A class is what the formulas can tell apart: what a flow counts as, and the codes that the method's sums ask for.
    Everything after this works on classes, however many rows there were.

    Parameters
    ----------
    run : SamplingContext
    """

    def __init__(self, run: SamplingContext) -> None:
        self.run, self.fieldlab, self.method = run, run.fieldlab, run.method
        method = run.method
        self.flows = run.table("flows").sort_values("order", ignore_index=True)
        spec = method.tables["flows"]
        ways = [
            s
            for i in method.indicators_for(run.fieldlab.description.kind)
            for q in i.quantities.values()
            for s in q.sums
        ]
        asked = {c for s in ways if s.table == "flows" for c in s.where}
        self.scope = str(spec.scope)
        self.columns = [self.scope, *sorted(asked - {self.scope})]
        self._vocabulary = {c: method.vocabularies[str(spec.columns[c].vocabulary)] for c in self.columns}
        self._answers: dict[tuple[tuple[str, tuple[str, ...]], ...], Answers] = {}
        self._levels: dict[Level, LevelSums] = {}
        # What is asked again for every indicator, by level (which lives as long as this) and what it is about.
        self._untold: dict[tuple[int, str, tuple[str, ...] | None], list[int]] = {}
        self._held: dict[int, list[set[str]]] = {}
        self._options: dict[tuple[Any, int], list[frozenset[str]]] = {}
        self._matches: dict[tuple[str, str, tuple[str, ...]], int] = {}

    # Booking and summing -----------------------------------------------------------------------------------------

    @cached_property
    def booked(self) -> pd.DataFrame:
        """Every booking with its level, the entity it counts for (``name``), and its ``group`` and ``class`` number."""
        bookings = postings(self.flows, self.method.vocabularies["roles"])
        for column in self.columns[1:]:
            bookings[column] = self.flows[column].to_numpy()[bookings["line"]]
        bookings["class"] = _numbered([bookings[c] for c in self.columns])
        parts = []
        for level in PARTY_LEVELS:
            parts.append(crossing(bookings, self.fieldlab.belongs(level)).assign(level=level))
        product = self.flows["product"].to_numpy()[bookings["line"]]
        parts.append(bookings.assign(level="product", name=product)[product != ""])
        booked = pd.concat(parts, ignore_index=True)
        booked["group"] = _numbered([booked["level"], booked["name"], booked["class"]])
        return booked

    @cached_property
    def classes(self) -> pd.DataFrame:
        """The codes of every class, by class number."""
        return self.booked.drop_duplicates("class").set_index("class")[self.columns].sort_index()

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Level, entity and class of every group: a row of `sums`."""
        return self.booked.drop_duplicates("group").set_index("group")[["level", "name", "class"]].sort_index()

    @cached_property
    def _membership(self) -> Any:
        from scipy.sparse import csr_array

        booked = self.booked
        ones = np.ones(len(booked), dtype=np.int64)
        shape = (len(self.groups), len(self.flows))
        return csr_array((ones, (booked["group"].to_numpy(), booked["line"].to_numpy())), shape=shape)

    @cached_property
    def sums(self) -> Array:
        """Mass per group, shape (groups, 1 + draws): the stated figure, then the draws. [`Fieldlab.mass_unit`]

        The stated figures are whole numbers: their sums and differences are exact, so that nothing left over is zero.
        """
        mass = self.flows["mass"].to_numpy()
        stated = self._membership @ mass
        if not self.run.draws:
            return np.asarray(stated, dtype=np.float64)[:, None]
        sigma, name = self.flows["sigma"].to_numpy(), self.run.name("flows")
        drawn = summed(self._membership, mass.astype(np.float64), sigma, self.run.draws, self.run.seed, *name)
        return np.concatenate([stated[:, None], drawn], axis=1)

    @cached_property
    def _lines(self) -> npt.NDArray[np.int64]:
        """Rows of unknown mass, and all rows, per group; shape (groups, 2)."""
        unknown = (~self.flows["mass_known"].to_numpy()).astype(np.int64)
        rows = self.flows["rows"].to_numpy()
        return np.column_stack([self._membership @ (unknown * rows), self._membership @ rows])

    def entities(self, level: Level) -> list[str]:
        """The entities of a level."""
        if level == "product":
            return sorted(self.groups.loc[self.groups["level"] == "product", "name"].unique())
        return sorted(set(self.fieldlab.belongs(level).values()))

    # Matching ----------------------------------------------------------------------------------------------------

    def _code_answer(self, column: str, code: str, wanted: tuple[str, ...]) -> int:
        key = (column, code, wanted)
        if key not in self._matches:
            self._matches[key] = _ANSWER[self._vocabulary[column].match(code or UNKNOWN, wanted)]
        return self._matches[key]

    @cached_property
    def _codes(self) -> dict[str, list[str]]:
        return {column: self.classes[column].tolist() for column in self.columns}

    def answers(self, way: RowSum) -> Answers:
        """Whether each class falls under a sum: NO, YES, or MAYBE when a code is not known precisely enough."""
        key = tuple(sorted(way.where.items()))
        if key not in self._answers:
            found = np.full(len(self.classes), YES, dtype=np.int8)
            for column, wanted in way.where.items():
                by_code = {c: self._code_answer(column, c, wanted) for c in set(self._codes[column])}
                found = np.minimum(found, np.array([by_code[c] for c in self._codes[column]], dtype=np.int8))
            self._answers[key] = found
        return self._answers[key]

    def _in_scope(self, way: RowSum) -> npt.NDArray[np.bool_]:
        """Whether each class belongs to what a sum is about, whatever its other codes."""
        wanted = way.where.get(self.scope)
        return np.array([wanted is None or code in wanted for code in self._codes[self.scope]], dtype=bool)

    def at(self, level: Level) -> LevelSums:
        """The groups of one level."""
        if level not in self._levels:
            names = self.entities(level)
            mine = (self.groups["level"] == level).to_numpy()
            entity = self.groups["name"][mine].map({n: i for i, n in enumerate(names)}).to_numpy(dtype=np.int64)
            classes = self.groups["class"][mine].to_numpy()
            self._levels[level] = LevelSums(names, entity, classes, self.sums[mine], self._lines[mine])
        return self._levels[level]

    def collect(self, ways: Ways, level: Level, refuse: bool) -> QuantityValues:
        """The sums of one indicator at one level.

        Parameters
        ----------
        ways : mapping of str to RowSum
            QuantityValues over flows by name of the formula.
        level : Level
        refuse : bool
            Whether something unknown makes the whole indicator missing.
        """
        at = self.at(level)
        answers = {name: self.answers(way)[at.classes] for name, way in ways.items()}
        scopes = {name: self._in_scope(way)[at.classes] for name, way in ways.items()}
        values = {name: at.total(answer == YES) for name, answer in answers.items()}

        scope = np.any(list(scopes.values()), axis=0)
        unsure = np.any([a == MAYBE for a in answers.values()], axis=0) & scope
        mass, unsure_mass = at.per_entity(at.sums[:, 0] * scope), at.per_entity(at.sums[:, 0] * unsure)
        unknown_rows, rows = at.per_entity(at.lines[:, 0] * scope), at.per_entity(at.lines[:, 1] * scope)
        with np.errstate(all="ignore"):
            coverage = np.where(mass > 0, 1 - unsure_mass / mass, (rows > 0).astype(float))
            coverage = np.where(unknown_rows > 0, 1 - unknown_rows / rows, coverage)
        result = QuantityValues(at.entities, values, coverage, mass_unit=self.fieldlab.mass_unit)
        silent = self._silent(ways, at)
        present = {name: at.per_entity(s.astype(np.int64)) > 0 for name, s in scopes.items()}
        for e in range(len(at.entities)):
            absent = [n for n in ways if not present[n][e]]
            if unknown_rows[e]:
                why = reason("mass_unknown", count=int(unknown_rows[e]), total=int(rows[e]))
            elif absent:
                why = reason("no_flows", role=self._labels(ways[absent[0]]))
                result.coverage[e] = 0.0
            elif e in silent and unsure_mass[e] > 0:
                why = reason("nowhere_known", what=silent[e])
                result.coverage[e] = 0.0
            elif mass[e] > 0 and unsure_mass[e] == mass[e]:
                why = reason("all_unknown")
            elif refuse and unsure_mass[e] > 0:
                why = reason("partly_unknown")
            elif unsure_mass[e] > 0:
                result.alternatives += self._alternatives(e, ways, at, answers, values)
                continue
            else:
                continue
            result.problems[e] = ("missing", why)
        for e, why in self._absent_roles(ways, at).items():
            if e not in result.problems:
                result.notes[e] = [why]
        return result

    def _silent(self, ways: Ways, at: LevelSums) -> dict[int, Both]:
        """The entities of which no row in scope says what a sum asks for, and what that is."""
        found: dict[int, Both] = {}
        for way in ways.values():
            for column, wanted in way.where.items():
                if column == self.scope or UNKNOWN in wanted:
                    continue
                for e in self._never_told(at, column, way.where.get(self.scope)):
                    found.setdefault(e, self.method.tables["flows"].columns[column].name)
        return found

    def _never_told(self, at: LevelSums, column: str, roles: tuple[str, ...] | None) -> list[int]:
        """The entities of which rows with these roles exist and none has a known code in a column."""
        key = (id(at), column, roles)
        if key not in self._untold:
            mine = np.array([roles is None or r in roles for r in self._codes[self.scope]], dtype=bool)[at.classes]
            known = np.array([c not in ("", UNKNOWN) for c in self._codes[column]], dtype=bool)[at.classes] & mine
            told, rows = (at.per_entity(k.astype(np.int64)) for k in (known, mine))
            self._untold[key] = [int(e) for e in np.flatnonzero((rows > 0) & (told == 0))]
        return self._untold[key]

    def _absent_roles(self, ways: Ways, at: LevelSums) -> dict[int, Both]:
        """The roles that sums ask for and that no row of an entity has, where other roles of the same sum do occur."""
        vocabulary = self._vocabulary[self.scope]
        wanted = {code for way in ways.values() for code in way.where.get(self.scope, ())}
        found = {}
        for e, held in enumerate(self._roles_held(at)):
            absent = sorted(wanted - held)
            if absent:
                roles = {lang: ", ".join(vocabulary.label(c, lang) for c in absent) for lang in LANGUAGES}
                found[e] = reason("role_not_recorded", role=roles)
        return found

    def _roles_held(self, at: LevelSums) -> list[set[str]]:
        """The roles that the rows of every entity have."""
        if id(at) not in self._held:
            roles = np.array(self._codes[self.scope])[at.classes]
            self._held[id(at)] = [set(roles[at.entity == e]) for e in range(len(at.entities))]
        return self._held[id(at)]

    def _alternatives(
        self, e: int, ways: Ways, at: LevelSums, answers: Mapping[str, Answers], values: Mapping[str, Array]
    ) -> list[tuple[npt.NDArray[np.int64], dict[str, Array]]]:
        """The sums of entity `e` for every way in which its classes that are not known precisely may turn out."""
        # Classes that may turn out in the same ways reach an extreme of the formula together: what is best for one
        # of them is best for all. That keeps the ways few, however many classes there are.
        alike: dict[tuple[frozenset[str], ...], Array] = {}
        asked = tuple((name, *sorted(way.where.items())) for name, way in ways.items())
        for group in np.flatnonzero((at.entity == e) & np.any([a == MAYBE for a in answers.values()], axis=0)):
            sure = frozenset(n for n in ways if answers[n][group] == YES)
            class_ = int(at.classes[group])
            if (asked, class_) not in self._options:  # many entities have flows of one class
                self._options[asked, class_] = self._turns_out(ways, class_)
            options = self._options[asked, class_]
            key = tuple(sorted({joins - sure for joins in options}, key=sorted))
            alike[key] = alike.get(key, 0.0) + at.sums[group]
        found = []
        for choice in itertools.product(*alike):
            filled = {
                n: values[n][e] + sum(s for s, j in zip(alike.values(), choice, strict=True) if n in j) for n in ways
            }
            found.append((np.array([e]), {n: v[None, :] for n, v in filled.items()}))
        return found

    def _turns_out(self, ways: Ways, class_: int) -> list[frozenset[str]]:
        """The sets of sums that a class may belong to once its codes are known."""
        role = self._codes[self.scope][class_]
        asked = {c for way in ways.values() if role in way.where.get(self.scope, (role,)) for c in way.where}
        # A cell that nobody filled in may turn out to be anything, like one that says unknown.
        codes = {c: self._codes[c][class_] or UNKNOWN for c in self.columns if c in asked or c == self.scope}
        leaves = [self._vocabulary[c].leaves(code) for c, code in codes.items()]
        found: list[frozenset[str]] = []
        for known in itertools.product(*leaves):
            values = dict(zip(codes, known, strict=True))
            joins = frozenset(
                name
                for name, way in ways.items()
                if all(c in values and self._code_answer(c, values[c], w) == YES for c, w in way.where.items())
            )
            if joins not in found:
                found.append(joins)
        return found

    def _labels(self, way: RowSum) -> dict[str, str]:
        vocabulary = self._vocabulary[self.scope]
        codes = way.where.get(self.scope, ())
        return {lang: ", ".join(vocabulary.label(c, lang) for c in codes) for lang in LANGUAGES}

    def rows_behind(self, way: RowSum, level: Level, entity: str) -> pd.DataFrame:
        """The flows that a sum counts for an entity, largest first; ``counts`` is yes or maybe, ``kg`` the mass."""
        booked = self.booked
        mine = booked[(booked["level"] == level) & (booked["name"] == entity)]
        answer = self.answers(way)[mine["class"].to_numpy()]
        rows = self.flows.iloc[mine["line"].to_numpy()[answer > NO]].copy()
        rows["counts"] = np.where(answer[answer > NO] == YES, "yes", "maybe")
        rows["kg"] = rows["mass"] * self.fieldlab.mass_unit
        return rows.sort_values(["kg", "row"], ascending=[False, True])


def _numbered(columns: list[pd.Series[Any]]) -> npt.NDArray[np.int64]:
    """A number for every distinct combination of values, the same for equal rows, in sorted order."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column, sort=True)
        number = np.unique(number * len(values) + codes, return_inverse=True)[1]
    return number
