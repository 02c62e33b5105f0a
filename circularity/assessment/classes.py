"""Classes of rows that the method cannot tell apart: the sums they fall under, and how what is unknown may turn out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.method.declarations import Table
from circularity.method.indicator import RowSum
from circularity.method.vocabulary import Vocabulary
from circularity.tables.cells import UNKNOWN

NO, MAYBE, YES = 0, 1, 2
_ANSWER = {"no": NO, "maybe": MAYBE, "yes": YES}

Answers = npt.NDArray[np.int8]
Ways = Mapping[str, RowSum]
# The sums, by name of the formula, that a class falls under.
Joins = frozenset[str]


class Classes:
    """The classes of the rows of one table.

    Parameters
    ----------
    table : DataFrame
        A row per class: the codes in the columns that sums ask for, and whether its rows are ``certain`` to be of the
        period.
    spec : declarations.Table
    vocabularies : mapping of str to Vocabulary
    """

    def __init__(self, table: pd.DataFrame, spec: Table, vocabularies: Mapping[str, Vocabulary]) -> None:
        self.codes: dict[str, list[str]] = {c: table[c].tolist() for c in table.columns if c != "certain"}
        self.certain: npt.NDArray[np.bool_] = table["certain"].to_numpy(dtype=bool)
        self.scope = spec.scope
        self.vocabulary = {c: vocabularies[str(spec.columns[c].vocabulary)] for c in self.codes}
        self._answers: dict[tuple[tuple[str, tuple[str, ...]], ...], Answers] = {}
        self._scopes: dict[tuple[str, ...] | None, npt.NDArray[np.bool_]] = {}
        self._matches: dict[tuple[str, str, tuple[str, ...]], int] = {}

    def match(self, column: str, code: str, wanted: tuple[str, ...]) -> int:
        """Whether a code of a column is one of the wanted ones, or below one: NO, MAYBE or YES."""
        key = (column, code, wanted)
        if key not in self._matches:
            self._matches[key] = _ANSWER[self.vocabulary[column].match(code or UNKNOWN, wanted)]
        return self._matches[key]

    def answers(self, way: RowSum) -> Answers:
        """Whether each class falls under a sum: NO, YES, or MAYBE when it is not known precisely enough."""
        key = tuple(sorted(way.where.items()))
        if key not in self._answers:
            found = np.where(self.certain, YES, MAYBE).astype(np.int8)
            for column, wanted in way.where.items():
                by_code = {c: self.match(column, c, wanted) for c in set(self.codes[column])}
                found = np.minimum(found, np.array([by_code[c] for c in self.codes[column]], dtype=np.int8))
            self._answers[key] = found
        return self._answers[key]

    def in_scope(self, wanted: tuple[str, ...] | None) -> npt.NDArray[np.bool_]:
        """Whether each class has one of these codes of the scope, whatever its other codes; all when none is asked."""
        if wanted not in self._scopes:
            codes = () if self.scope is None or wanted is None else self.codes[self.scope]
            found = [self.match(str(self.scope), code, wanted or ()) > NO for code in codes]
            self._scopes[wanted] = np.array(found or [True] * len(self.certain), dtype=bool)
        return self._scopes[wanted]

    def is_known(self, column: str) -> npt.NDArray[np.bool_]:
        """Whether each class has a known code in a column."""
        return np.array([c not in ("", UNKNOWN) for c in self.codes[column]], dtype=bool)

    def turns_out(self, ways: Ways, class_: int) -> list[Joins]:
        """The sets of sums that a class may fall under once all of it is known."""
        asked = {c for way in ways.values() for c in way.where}
        if self.scope is not None:
            role = self.codes[self.scope][class_]
            mine = [way for way in ways.values() if self.match(self.scope, role, way.where.get(self.scope, (role,)))]
            asked = {c for way in mine for c in way.where} | {self.scope}
        # A cell that nobody filled in may turn out to be anything, like one that says unknown.
        codes = {c: self.codes[c][class_] or UNKNOWN for c in self.codes if c in asked}
        found: list[Joins] = []
        for known in itertools.product(*(self.vocabulary[c].leaves(code) for c, code in codes.items())):
            values = dict(zip(codes, known, strict=True))
            joins = frozenset(
                name
                for name, way in ways.items()
                if all(c in values and self.match(c, values[c], w) == YES for c, w in way.where.items())
            )
            if joins not in found:
                found.append(joins)
        if not self.certain[class_] and frozenset() not in found:  # it may be of another period
            found.append(frozenset())
        return found
