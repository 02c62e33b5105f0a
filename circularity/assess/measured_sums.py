"""Sums over measurements: quantities that are known as totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from circularity.assess.levels import entity_of
from circularity.assess.outcome import Sums
from circularity.assess.sampling import lognormal, stream
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.declarations import Level
from circularity.method.indicator import RowSum
from circularity.method.load import Method
from circularity.texts import reason


class MeasuredSums:
    """The measurements of one period.

    Parameters
    ----------
    fieldlab : Fieldlab
    method : Method
    period : int
    draws : int
        Number of draws; 0 for the stated figures alone.
    seed : int
    """

    def __init__(self, fieldlab: Fieldlab, method: Method, period: int, draws: int, seed: int) -> None:
        self.fieldlab, self.method = fieldlab, method
        table = fieldlab.tables.get("measurements")
        if table is None:
            table = pd.DataFrame(
                {c: [] for c in ("entity", "quantity", "value", "sigma", "period", "row", "file", "source")}
            )
        self.rows = table[table["period"] == period].sort_values(["entity", "quantity"], ignore_index=True)
        value = self.rows["value"].to_numpy(dtype=np.float64)
        rng = stream(seed, fieldlab.id, period, "measurements")
        drawn = lognormal(value, self.rows["sigma"].to_numpy(dtype=np.float64), rng, draws)
        self.values = np.concatenate([value[:, None], drawn], axis=1)

    def collect(self, ways: Mapping[str, RowSum], level: Level) -> Sums:
        """The sums of one indicator at one level; a party without a reading makes the total missing."""
        belongs = entity_of(self.fieldlab, level)
        names = sorted(set(belongs.values()))
        result = Sums(names, {}, np.ones(len(names)))
        for name, way in ways.items():
            (wanted,) = way.where.values()
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
                lang: ", ".join(self.method.vocabularies["measured"].label(w, lang) for w in wanted)
                for lang in ("nl", "en")
            }
            for e, parties in lacking.items():
                result.coverage[e] = 0.0
                result.problems.setdefault(e, ("missing", reason("no_measurement", what=label, who=parties)))
        return result
