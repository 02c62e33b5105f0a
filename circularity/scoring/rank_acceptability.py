"""How often a unit has each rank under everything that is uncertain, and the weights that put it first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from circularity.scoring.uncertainty import MonteCarloRun


@dataclass(frozen=True)
class RankAcceptability:
    """Ranks over the draws of a run.

    Attributes
    ----------
    ranks : DataFrame
        Part of the draws in which a unit has each rank: a row per unit, a column per rank.
    central_weights : DataFrame
        Mean weight of each code over the draws in which a unit is first: a row per unit, missing where it never is.
    draws : int
    """

    ranks: pd.DataFrame
    central_weights: pd.DataFrame
    draws: int

    def standard_errors(self) -> pd.DataFrame:
        """Standard error of each part, from the number of draws: sqrt(p (1 - p) / draws)."""
        return np.sqrt(self.ranks * (1 - self.ranks) / self.draws)


def rank_acceptability(run: MonteCarloRun, code: str, period: int = 0) -> RankAcceptability:
    """Rank acceptability of the units of one period.

    The measures of SMAA-2 (Lahdelma and Salminen 2001) for a structure of any depth. Units that are equal share the
    best place. For one level of criteria `circularity.scoring.smaa` gives the rest of them.

    Parameters
    ----------
    run : MonteCarloRun
    code : str
        Score that is ranked.
    period : int, optional
        The last by default.

    Returns
    -------
    RankAcceptability
    """
    values = run.values
    when = period or max(values.periods)
    rows = [i for i, p in enumerate(values.periods) if p == when]
    ranks = run.ranks(code)[:, rows]
    units = [values.units[i] for i in rows]
    counts = np.array([np.mean(ranks == r, axis=0) for r in range(1, len(rows) + 1)]).T
    index = pd.Index(units, name="unit")
    table = pd.DataFrame(counts, index=index, columns=pd.Index(range(1, len(rows) + 1), name="rank"))
    central = {}
    for c, drawn in run.weights.items():
        central[c] = [
            float(drawn[ranks[:, i] == 1].mean()) if (ranks[:, i] == 1).any() else np.nan for i in range(len(rows))
        ]
    return RankAcceptability(table, pd.DataFrame(central, index=index), len(ranks))
