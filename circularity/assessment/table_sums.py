"""Sums over the rows of a table: from the rows of a period to the quantities that formulas name."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from circularity.assessment.classes import MAYBE, NO, YES, Answers, Joins, Ways
from circularity.assessment.readings import Readings
from circularity.assessment.sampling import Array
from circularity.assessment.sampling_context import SamplingContext
from circularity.assessment.table_groups import Amounts, LevelGroups, TableGroups
from circularity.assessment.values import QuantityValues, Status
from circularity.method.declarations import Level
from circularity.method.indicator import RowSum
from circularity.tables.cells import UNKNOWN
from circularity.texts import LANGUAGES, Both, reason


class TableSums(TableGroups):
    """The sums that indicators take over the rows of one table."""

    def __init__(self, context: SamplingContext, name: str, readings: Readings | None = None) -> None:
        super().__init__(context, name, readings)
        # What is asked again for every indicator, by level (which lives as long as this) and what it is about.
        self._not_given: dict[tuple[int, str, tuple[str, ...] | None], list[int]] = {}
        self._held: dict[int, list[set[str]]] = {}
        self._options: dict[tuple[Any, int], list[Joins]] = {}

    def exists(self, way: RowSum, level: Level) -> bool:
        """Whether a sum can be taken at a level between parties."""
        return level == "fieldlab" or not self._of_the_whole(way)

    def collect(self, ways: Ways, level: Level, refuse: bool) -> QuantityValues:
        """The sums of one indicator at one level.

        Parameters
        ----------
        ways : mapping of str to RowSum
            Sums over the table by name of the formula.
        level : Level
        refuse : bool
            Whether something unknown makes the whole indicator missing.
        """
        if self.name not in self.fieldlab.tables:
            return self._without_rows(ways, level)
        at, amounts = self.at(level), {name: self.amounts(way.expression) for name, way in ways.items()}
        answers = {name: self.classes.answers(way)[at.classes] for name, way in ways.items()}
        values = {n: at.total(ways[n].expression.text, amounts[n].values, a == YES) for n, a in answers.items()}
        found = QuantityValues(at.entities, values, np.ones(len(at.entities)), mass_unit=self.mass_unit)
        if self.readings is not None:
            self._name_lacking(ways, level, found, self.readings)
        else:
            self._name_unknown(ways, at, answers, amounts, refuse, found)
        return found

    def _without_rows(self, ways: Ways, level: Level) -> QuantityValues:
        entities = sorted(set(self.fieldlab.belongs(level).values()))
        values = dict.fromkeys(ways, np.broadcast_to(0.0, (len(entities), 1 + self.context.draws)))
        found = QuantityValues(entities, values, np.zeros(len(entities)))
        if self.readings is not None:
            self._name_lacking(ways, level, found, self.readings)
        else:
            missing: tuple[Status, Both] = "missing", reason("no_table", table=self.spec.name)
            found.problems = dict.fromkeys(range(len(entities)), missing)
        return found

    def _name_unknown(
        self,
        ways: Ways,
        at: LevelGroups,
        answers: Mapping[str, Answers],
        amounts: Mapping[str, Amounts],
        refuse: bool,
        found: QuantityValues,
    ) -> None:
        """Say how much of the sums is known, why one is missing, and how what is unknown may turn out."""
        scopes = {n: self.classes.in_scope(way.where.get(str(self.spec.scope)))[at.classes] for n, way in ways.items()}
        scope = np.any(list(scopes.values()), axis=0)
        unsure = np.any([a == MAYBE for a in answers.values()], axis=0) & scope
        counted = self.row_counts[at.groups]
        # Without a scope only the rows that a sum may count have to be known.
        asked = scope if self.spec.scope else np.any([a > NO for a in answers.values()], axis=0)
        lines = np.max([a.unknown[at.groups] for a in amounts.values()], axis=0) * asked
        weight = next(iter(amounts.values())).values[at.groups, 0] if self._by_amount(ways) else counted
        mass, unsure_mass = at.per_entity(weight * scope), at.per_entity(weight * unsure)
        unknown_rows, rows = at.per_entity(lines), at.per_entity(counted * scope)
        with np.errstate(all="ignore"):
            known = np.where(mass > 0, 1 - unsure_mass / mass, (rows > 0) | (self.spec.scope is None))
            found.coverage = np.where(unknown_rows > 0, 1 - unknown_rows / rows, known)
        silent, said = self._silent(ways, at), {"rows": self.spec.rows, "row": self.spec.row}
        present = {name: at.per_entity(s.astype(np.int64)) > 0 for name, s in scopes.items()}
        for e in range(len(at.entities)):
            absent = [n for n in ways if self.spec.scope and not present[n][e]]
            if unknown_rows[e]:
                why = self._why_unknown(e, at, lines, int(unknown_rows[e]), int(rows[e]))
            elif absent:
                codes = ways[absent[0]].where[str(self.spec.scope)]
                column = self._name(str(self.spec.scope))
                why = reason("no_rows", **said, column=column, what=self._labels(codes))
                found.coverage[e] = 0.0
            elif e in silent and unsure_mass[e] > 0:
                why = reason("nowhere_known", **said, what=silent[e])
                found.coverage[e] = 0.0
            elif mass[e] > 0 and unsure_mass[e] == mass[e]:
                why = reason("all_unknown", **said, what=self._unsure(ways))
            elif refuse and unsure_mass[e] > 0:
                why = reason("partly_unknown", **said, what=self._unsure(ways))
            elif unsure_mass[e] > 0:
                found.alternatives += self._alternatives(e, ways, at, answers, amounts, found.values)
                continue
            else:
                continue
            found.problems[e] = ("missing", why)
        for e, why in self._absent_scopes(ways, at).items():
            if e not in found.problems:
                found.notes[e] = [why]

    def _by_amount(self, ways: Ways) -> bool:
        """Whether a sum is known for the part of the amount of which all is known; for the part of the rows if not."""
        return len(self.spec.amount) == 1 and {way.expression.text for way in ways.values()} == set(self.spec.amount)

    def _why_unknown(self, e: int, at: LevelGroups, lines: npt.NDArray[np.int64], count: int, total: int) -> Both:
        if len(self.spec.amount) == 1:
            (amount,) = self.spec.amount
            return reason("amount_unknown", count=count, total=total, rows=self.spec.rows, what=self._name(amount))
        group = at.groups[(at.entity == e) & (lines > 0)][0]
        held = self.rows.iloc[np.sort(self.booked.loc[self.booked["group"] == group, "line"].unique())]
        unknown = held[held[self.spec.amount].isna().any(axis=1)]
        return reason("record_unknown", table=self.spec.name, row=int(unknown["row"].iloc[0]))

    def _silent(self, ways: Ways, at: LevelGroups) -> dict[int, Both]:
        """The entities of which no row in scope says what a sum asks for, and what that is."""
        found: dict[int, Both] = {}
        for way in ways.values():
            for column, wanted in way.where.items():
                if column == self.spec.scope or UNKNOWN in wanted:
                    continue
                for e in self._never_given(at, column, way.where.get(str(self.spec.scope))):
                    found.setdefault(e, self._name(column))
        return found

    def _never_given(self, at: LevelGroups, column: str, scope: tuple[str, ...] | None) -> list[int]:
        """The entities of which rows with these codes of the scope exist and none has a known code in a column."""
        key = (id(at), column, scope)
        if key not in self._not_given:
            mine = self.classes.in_scope(scope)[at.classes]
            known = self.classes.is_known(column)[at.classes] & mine
            given, rows = (at.per_entity(k.astype(np.int64)) for k in (known, mine))
            self._not_given[key] = [int(e) for e in np.flatnonzero((rows > 0) & (given == 0))]
        return self._not_given[key]

    def _absent_scopes(self, ways: Ways, at: LevelGroups) -> dict[int, Both]:
        """The codes of the scope that sums ask for and that no row of an entity has, where others of the sum occur."""
        scope = self.spec.scope
        if scope is None:
            return {}
        if id(at) not in self._held:
            codes = np.array(self.classes.codes[scope])[at.classes]
            self._held[id(at)] = [set(codes[at.entity == e]) for e in range(len(at.entities))]
        wanted = sorted({code for way in ways.values() for code in way.where.get(scope, ())})
        absent = {
            e: [code for code in wanted if not any(self.classes.match(scope, c, (code,)) for c in held)]
            for e, held in enumerate(self._held[id(at)])
        }
        return {e: reason("role_not_recorded", role=self._labels(codes)) for e, codes in absent.items() if codes}

    def _alternatives(
        self,
        e: int,
        ways: Ways,
        at: LevelGroups,
        answers: Mapping[str, Answers],
        amounts: Mapping[str, Amounts],
        values: Mapping[str, Array],
    ) -> list[tuple[npt.NDArray[np.int64], dict[str, Array]]]:
        """The sums of entity `e` for every way in which its classes that are not known precisely may turn out."""
        # Classes that may turn out in the same ways reach an extreme of the formula together: what is best for one
        # of them is best for all. That keeps the ways few, however many classes there are.
        alike: dict[tuple[Joins, ...], dict[str, Array]] = {}
        asked = tuple((name, *sorted(way.where.items())) for name, way in ways.items())
        for group in np.flatnonzero((at.entity == e) & np.any([a == MAYBE for a in answers.values()], axis=0)):
            sure = frozenset(n for n in ways if answers[n][group] == YES)
            class_ = int(at.classes[group])
            if (asked, class_) not in self._options:  # many entities have rows of one class
                self._options[asked, class_] = self.classes.turns_out(ways, class_)
            key = tuple(sorted({joins - sure for joins in self._options[asked, class_]}, key=sorted))
            known = alike.setdefault(key, dict.fromkeys(ways, np.zeros(1)))
            for n in ways:
                known[n] = known[n] + amounts[n].values[at.groups[group]]
        found = []
        for choice in itertools.product(*alike):
            filled = {
                n: values[n][e] + sum(s[n] for s, j in zip(alike.values(), choice, strict=True) if n in j) for n in ways
            }
            found.append((np.array([e]), {n: v[None, :] for n, v in filled.items()}))
        return found

    # Readings ----------------------------------------------------------------------------------------------------

    def _of_the_whole(self, way: RowSum) -> bool:
        """Whether what is summed is known for the fieldlab as a whole; for each organisation otherwise."""
        codes = way.where.get(str(self.spec.scope), ())
        return self.known_of is not None and any(self.known_of[code] == "fieldlab" for code in codes)

    def _name_lacking(self, ways: Ways, level: Level, found: QuantityValues, readings: Readings) -> None:
        """A party that lacks a reading makes the sum missing."""
        position = {name: e for e, name in enumerate(found.entities)}
        for way in ways.values():
            lacking: dict[int, list[tuple[str, str]]] = {}
            whole = {self.fieldlab.id: self.fieldlab.id}
            parties = whole if self._of_the_whole(way) else self.fieldlab.belongs(level)
            for party, entity in parties.items():
                codes = way.where[str(self.spec.scope)]
                absent = [(party, code) for code in codes if (party, code) not in readings.position]
                if absent:
                    lacking.setdefault(position[entity], []).extend(absent)
            for e, pairs in lacking.items():
                found.coverage[e] = 0.0
                who, what = (list(dict.fromkeys(column)) for column in zip(*pairs, strict=True))
                names = {lang: [self._party(p, lang) for p in who] for lang in LANGUAGES}
                why = reason("no_measurement", what=self._labels(what), who=names)
                found.problems.setdefault(e, ("missing", why))

    def _party(self, party: str, lang: str) -> str:
        level: Level = "fieldlab" if party == self.fieldlab.id else "organisation"
        return self.fieldlab.entity_name(level, party, lang)

    # In words, and by row ----------------------------------------------------------------------------------------

    def _name(self, column: str) -> Both:
        return self.spec.columns[column].name

    def _labels(self, codes: Sequence[str]) -> dict[str, str]:
        """Codes of the scope in words."""
        label = self.method.vocabularies[self.spec.scope_list].label
        return {lang: ", ".join(label(code, lang) for code in codes) for lang in LANGUAGES}

    def _unsure(self, ways: Ways) -> dict[str, str]:
        """What is asked of the rows and may be unknown, in words: their codes, or else their years."""
        asked = [c for way in ways.values() for c in way.where if c != self.spec.scope]
        columns = dict.fromkeys(asked or self.spec.span or ())
        return {lang: ", ".join(self._name(c)[lang] for c in columns) for lang in LANGUAGES}
