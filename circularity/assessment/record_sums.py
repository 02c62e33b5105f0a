"""QuantityValues over records of what was done: activities and support."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from circularity.assessment.sampling import Array
from circularity.assessment.sampling_context import SamplingContext
from circularity.assessment.values import QuantityValues
from circularity.method.declarations import Level
from circularity.method.indicator import RowSum
from circularity.tables.cells import UNKNOWN
from circularity.texts import reason

TABLES = ("activities", "support")

Joins = frozenset[str]


class RecordSums:
    """The records of one period. A record counts for its organisation; nothing in it varies.

    Parameters
    ----------
    run : SamplingContext
    """

    def __init__(self, run: SamplingContext) -> None:
        self.run = run
        self.rows = {name: run.table(name).reset_index(drop=True) for name in TABLES if name in run.method.tables}

    def rows_behind(self, way: RowSum, level: Level, entity: str) -> pd.DataFrame:
        """The records that a sum counts for an entity, or may count."""
        rows = self.rows[way.table]
        mine = rows["organisation"].map(self.run.fieldlab.belongs(level)) == entity
        may_join = [any(self._options(row, {"": way})) for row in rows.to_dict("records")]
        return rows[mine & np.array(may_join, dtype=bool)]

    def collect(self, ways: Mapping[str, RowSum], level: Level) -> QuantityValues:
        """The sums of one indicator at one level; a record of which a code is unknown counts nowhere for sure."""
        belongs = self.run.fieldlab.belongs(level)
        names = sorted(set(belongs.values()))
        result = QuantityValues(
            names, {n: np.zeros((len(names), 1 + self.run.draws)) for n in ways}, np.ones(len(names))
        )
        known, total = np.zeros(len(names)), np.zeros(len(names))
        unsure: dict[int, dict[tuple[Joins, ...], dict[str, float]]] = {}
        for table in sorted({w.table for w in ways.values()}):
            if table not in self.run.fieldlab.tables:
                why = reason("no_table", table=self.run.method.tables[table].name)
                result.problems = dict.fromkeys(range(len(names)), ("missing", why))
                result.coverage[:] = 0.0
                return result
            mine = {n: w for n, w in ways.items() if w.table == table}
            for row in self.rows[table].to_dict("records"):
                e = names.index(belongs[str(row["organisation"])])
                amounts = {n: float(w.expression(row)) for n, w in mine.items()}
                options = self._options(row, mine)
                sure = frozenset.intersection(*options)
                total[e] += 1
                if any(np.isnan(amounts[n]) for n in frozenset.union(*options)):
                    why = reason("record_unknown", table=self.run.method.tables[table].name, row=row["row"])
                    result.problems.setdefault(e, ("missing", why))
                    continue
                for n in sure:
                    result.values[n][e] += amounts[n]
                if len(options) == 1:
                    known[e] += 1
                    continue
                alike = unsure.setdefault(e, {}).setdefault(
                    tuple(sorted(options, key=sorted)), dict.fromkeys(mine, 0.0)
                )
                for n in mine:
                    alike[n] += 0.0 if n in sure else amounts[n]
        result.coverage = np.where(total > 0, known / np.maximum(total, 1), 1.0)
        for e, groups in unsure.items():
            result.alternatives += self._alternatives(e, groups, result)
        return result

    @staticmethod
    def _alternatives(
        e: int, groups: Mapping[tuple[Joins, ...], Mapping[str, float]], result: QuantityValues
    ) -> list[tuple[np.ndarray, dict[str, Array]]]:
        """The sums of an entity for every way its records may turn out; records that may turn out alike go together."""
        found = []
        for choice in itertools.product(*groups):
            values = {n: v[e : e + 1].copy() for n, v in result.values.items()}
            for joins, amounts in zip(choice, groups.values(), strict=True):
                for n in joins:
                    values[n] += amounts.get(n, 0.0)
            found.append((np.array([e]), values))
        return found

    def _options(self, row: Mapping[str, object], ways: Mapping[str, RowSum]) -> list[Joins]:
        """The sets of sums that a record may belong to once its codes are known."""
        spec = next(iter(ways.values())).table
        columns = sorted({c for w in ways.values() for c in w.where})
        lists = {
            c: self.run.method.vocabularies[str(self.run.method.tables[spec].columns[c].vocabulary)] for c in columns
        }
        found: list[Joins] = []
        for codes in itertools.product(*(lists[c].leaves(str(row[c]) or UNKNOWN) for c in columns)):
            known = dict(zip(columns, codes, strict=True))
            joins = frozenset(
                n
                for n, w in ways.items()
                if all(lists[c].match(known[c], wanted) == "yes" for c, wanted in w.where.items())
            )
            if joins not in found:
                found.append(joins)
        if not row.get("certain", True) and frozenset() not in found:  # it may be of another period
            found.append(frozenset())
        return found
