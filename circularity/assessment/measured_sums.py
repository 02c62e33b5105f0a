"""QuantityValues over measurements: quantities that are known as totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from circularity.assessment.readings import Readings
from circularity.assessment.sampling_context import SamplingContext
from circularity.assessment.values import QuantityValues
from circularity.method.declarations import Level
from circularity.method.indicator import RowSum
from circularity.texts import LANGUAGES, Both, reason


class MeasuredSums:
    """The measurements of one period.

    Parameters
    ----------
    run : SamplingContext
    readings : Readings
    """

    def __init__(self, run: SamplingContext, readings: Readings) -> None:
        self.run, self.readings = run, readings
        self.rows = readings.rows

    def rows_behind(self, way: RowSum, level: Level, entity: str) -> pd.DataFrame:
        """The measurements that a sum counts for an entity."""
        (wanted,) = way.where.values()
        mine = self.rows["entity"].map(self._belongs(wanted, level)) == entity
        return self.rows[self.rows["quantity"].isin(wanted) & mine]

    def _belongs(self, wanted: Sequence[str], level: Level) -> dict[str, str]:
        """The entity of each party whose reading is wanted; none below the fieldlab where it is measured as a whole."""
        if not self._of_the_whole(wanted):
            return self.run.fieldlab.belongs(level)
        whole = self.run.fieldlab.id
        return {whole: whole} if level == "fieldlab" else {}

    def _of_the_whole(self, wanted: Sequence[str]) -> bool:
        """Whether quantities are measured for the fieldlab as a whole; for each organisation otherwise."""
        table = self.run.method.vocabularies["measured"].table
        return "of" in table.columns and "fieldlab" in set(table.loc[list(wanted), "of"])

    def exists(self, way: RowSum, level: Level) -> bool:
        """Whether a sum can be taken at a level."""
        (wanted,) = way.where.values()
        return level == "fieldlab" or not self._of_the_whole(wanted)

    def collect(self, ways: Mapping[str, RowSum], level: Level) -> QuantityValues:
        """The sums of one indicator at one level; a party that lacks a reading makes the total missing."""
        names = sorted(set(self.run.fieldlab.belongs(level).values()))
        position = {name: e for e, name in enumerate(names)}
        result = QuantityValues(names, {}, np.ones(len(names)))
        for name, way in ways.items():
            (wanted,) = way.where.values()
            values = np.zeros((len(names), self.readings.values.shape[1]))
            lacking: dict[int, list[tuple[str, str]]] = {}
            for party, entity in self._belongs(wanted, level).items():
                for quantity in wanted:
                    row = self.readings.position.get((party, quantity))
                    if row is None:
                        lacking.setdefault(position[entity], []).append((party, quantity))
                    else:
                        values[position[entity]] += self.readings.values[row]
            result.values[name] = values
            for e, readings in lacking.items():
                result.coverage[e] = 0.0
                result.problems.setdefault(e, ("missing", self._lacking(readings)))
        return result

    def _lacking(self, readings: Sequence[tuple[str, str]]) -> Both:
        """The reason that some parties have no reading of some quantities."""
        parties, quantities = (list(dict.fromkeys(column)) for column in zip(*readings, strict=True))
        label = self.run.method.vocabularies["measured"].label
        what = {lang: ", ".join(label(q, lang) for q in quantities) for lang in LANGUAGES}
        who = {lang: [self._name(p, lang) for p in parties] for lang in LANGUAGES}
        return reason("no_measurement", what=what, who=who)

    def _name(self, party: str, lang: str) -> str:
        level: Level = "fieldlab" if party == self.run.fieldlab.id else "organisation"
        return self.run.fieldlab.entity_name(level, party, lang)
