"""One fieldlab, one period, one seed: what every sum is taken for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from circularity.assessment.sampling import stream
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.load import Method


@dataclass(frozen=True)
class SamplingContext:
    """What sums are taken for, and where their draws come from.

    Attributes
    ----------
    fieldlab : Fieldlab
    method : Method
    period : int
    draws : int
        Number of draws; 0 for the stated figures alone.
    seed : int
    """

    fieldlab: Fieldlab
    method: Method
    period: int
    draws: int
    seed: int

    def table(self, name: str) -> pd.DataFrame:
        """The rows of a table in this period, in their one order; none when the fieldlab has no such table."""
        table = self.fieldlab.tables.get(name)
        if table is None:
            columns = [*self.method.tables[name].columns, "every", "file", "row", "log_sd", "mass_known"]
            return pd.DataFrame(columns=columns)
        rows = table[table["period"] == self.period]
        return rows.sort_values("canonical_order" if "canonical_order" in rows else "row", ignore_index=True)

    def name(self, *parts: str) -> tuple[object, ...]:
        """The name of a random stream of this run; see `circularity.assessment.sampling.stream`."""
        return (self.fieldlab.id, self.period, *parts)

    def stream(self, *parts: str, period: str | None = None) -> np.random.Generator:
        """The random stream of this name, for the period of this run or for another `period`."""
        return stream(self.seed, self.fieldlab.id, period or self.period, *parts)
