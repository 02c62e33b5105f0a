"""Sums over measurements: quantities that are known as totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from circularity.assess.outcome import Sums
from circularity.assess.period_run import PeriodRun
from circularity.assess.sampling import lognormal
from circularity.method.declarations import Level
from circularity.method.indicator import RowSum
from circularity.texts import reason


class MeasuredSums:
    """The measurements of one period.

    Parameters
    ----------
    run : PeriodRun
    """

    def __init__(self, run: PeriodRun) -> None:
        self.run = run
        self.rows = run.table("measurements").sort_values(["entity", "quantity"], ignore_index=True)
        value = self.rows["value"].to_numpy(dtype=np.float64)
        sigma = self.rows["sigma"].to_numpy(dtype=np.float64)
        drawn = lognormal(value, sigma, run.stream("measurements"), run.draws)
        self.values = np.concatenate([value[:, None], drawn], axis=1)

    def rows_behind(self, way: RowSum, level: Level, entity: str) -> pd.DataFrame:
        """The measurements that a sum counts for an entity."""
        (wanted,) = way.where.values()
        mine = self.rows["entity"].map(self._belongs(wanted, level)) == entity
        return self.rows[self.rows["quantity"].isin(wanted) & mine]

    def _belongs(self, wanted: Sequence[str], level: Level) -> dict[str, str]:
        """The entity of each party whose reading is wanted; none below the fieldlab where it is measured as a whole."""
        if "fieldlab" not in {self._of(w) for w in wanted}:
            return self.run.fieldlab.belongs(level)
        whole = self.run.fieldlab.id
        return {whole: whole} if level == "fieldlab" else {}

    def _of(self, quantity: str) -> str:
        """What a quantity is measured for: each organisation, or the fieldlab as a whole."""
        table = self.run.method.vocabularies["measured"].table
        return str(table.at[quantity, "of"]) if "of" in table.columns else "organisation"

    def exists(self, way: RowSum, level: Level) -> bool:
        """Whether a sum can be taken at a level."""
        (wanted,) = way.where.values()
        return bool(self._belongs(wanted, level)) or "fieldlab" not in {self._of(w) for w in wanted}

    def collect(self, ways: Mapping[str, RowSum], level: Level) -> Sums:
        """The sums of one indicator at one level; a party without a reading makes the total missing."""
        names = sorted(set(self.run.fieldlab.belongs(level).values()))
        result = Sums(names, {}, np.ones(len(names)))
        for name, way in ways.items():
            (wanted,) = way.where.values()
            belongs = self._belongs(wanted, level)
            rows = self.rows.index[self.rows["quantity"].isin(wanted)]
            values = np.zeros((len(names), self.values.shape[1]))
            lacking: dict[int, list[str]] = {}
            for party, entity in belongs.items():
                mine = [i for i in rows if self.rows.at[i, "entity"] == party and np.isfinite(self.values[i, 0])]
                e = names.index(entity)
                if mine:
                    values[e] += self.values[mine].sum(axis=0)
                else:
                    lacking.setdefault(e, []).append(party)
            result.values[name] = values
            label = {
                lang: ", ".join(self.run.method.vocabularies["measured"].label(w, lang) for w in wanted)
                for lang in ("nl", "en")
            }
            for e, parties in lacking.items():
                result.coverage[e] = 0.0
                who = {lang: [self._name(p, lang) for p in parties] for lang in ("nl", "en")}
                result.problems.setdefault(e, ("missing", reason("no_measurement", what=label, who=who)))
        return result

    def _name(self, party: str, lang: str) -> str:
        level: Level = "fieldlab" if party == self.run.fieldlab.id else "organisation"
        return self.run.fieldlab.entity_name(level, party, lang)
