"""How often units have each rank under everything that is uncertain (SMAA), whatever the draws come from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, sentence
from circularity.scoring.uncertainty import MonteCarloRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """What was counted over the draws of one group; units and criteria in the order of their names.

    Attributes
    ----------
    draws : int
    ranks : array of int, (units, ranks)
        Draws in which a unit has a rank.
    wins : array of int, (units, units)
        Draws in which the unit of the row ranks above that of the column.
    sums : array, (units, criteria)
        Sum of the weights of the draws in which a unit is first.
    """

    draws: int
    ranks: Ints
    wins: Ints
    sums: Floats

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.draws + other.draws, self.ranks + other.ranks, self.wins + other.wins, self.sums + other.sums)


class Acceptability:
    """How units rank when weights, and perhaps values, are uncertain.

    Shares of several groups are the mean of the shares of each: groups have an equal say. `groups` has each by itself.
    Units with equal scores share the lowest rank (1224), so that the shares of a rank may sum to more than one.

    Attributes
    ----------
    units, criteria : list
        Names in the order in which they were given.
    draws : int
        Over all groups.
    """

    def __init__(
        self,
        units: Sequence[Hashable],
        criteria: Sequence[Hashable],
        tallies: dict[str, Tally],
        confidence: Callable[[Floats], Floats],
    ) -> None:
        self.units, self.criteria = list(units), list(criteria)
        self._tallies, self._confidence_of = tallies, confidence
        self._unit, self._criterion = (np.argsort(_by_name(names)) for names in (self.units, self.criteria))
        self.draws = sum(t.draws for t in tallies.values())

    @cached_property
    def groups(self) -> dict[str, Acceptability]:
        """The same of each group by itself; empty where there are none."""
        if list(self._tallies) == [""]:
            return {}
        return {n: self._of({n: t}) for n, t in self._tallies.items()}

    @property
    def rank_acceptability(self) -> pd.DataFrame:
        """Share of the draws in which a unit (row) has a rank (column, from 1). [1]"""
        return self._by_rank(np.mean([t.ranks / t.draws for t in self._tallies.values()], axis=0))

    @property
    def rank_acceptability_error(self) -> pd.DataFrame:
        """Monte Carlo standard error of each rank acceptability. [1]"""
        return self._by_rank(self._error([t.ranks / t.draws for t in self._tallies.values()]))

    @property
    def pairwise_winning(self) -> pd.DataFrame:
        """Share of the draws in which the unit of the row ranks above that of the column; none with itself. [1]"""
        return self._by_unit(np.mean([t.wins / t.draws for t in self._tallies.values()], axis=0))

    @property
    def pairwise_winning_error(self) -> pd.DataFrame:
        """Monte Carlo standard error of each share of `pairwise_winning`. [1]"""
        return self._by_unit(self._error([t.wins / t.draws for t in self._tallies.values()]))

    @property
    def central_weights(self) -> pd.DataFrame:
        """Mean weights (columns) of those who rank a unit (row) first; NaN for a unit that never is. [1]"""
        found = self._central()[self._unit][:, self._criterion]
        return pd.DataFrame(found, self._index, pd.Index(self.criteria, name="criterion"))

    @cached_property
    def confidence_factors(self) -> pd.Series:
        """Probability that a unit is first with its own central weights; NaN for a unit that never is. [1]

        1 where values are certain: weights that rank a unit first are a convex set, which holds their mean. Otherwise
        counted over as many draws of the values as a group has.
        """
        found = self._confidence_of(self._central())[self._unit]
        return pd.Series(found, self._index, name="confidence")

    def holistic(self, rank_weights: Sequence[float]) -> pd.Series:
        """Rank acceptability of each unit weighted over the ranks.

        Parameters
        ----------
        rank_weights : sequence of float, (units,)
            What each rank counts for, from the first to the last.

        Returns
        -------
        Series, (units,)
            In the unit of `rank_weights`.

        Raises
        ------
        WrongShape
            If there is not one weight for every rank.
        """
        given = np.asarray(rank_weights, dtype=np.float64)
        if given.shape != (len(self.units),):
            advice = sentence("one_rank", "robustness_advice")
            raise CallError(
                "WrongShape", name="rank_weights", found=given.shape, expected=(len(self.units),), advice=advice
            )
        # Not by BLAS, which may add up one unit in another order than the next.
        found = np.einsum("ur,r->u", self.rank_acceptability.to_numpy(), given)
        return pd.Series(found, self._index, name="holistic")

    @property
    def _index(self) -> pd.Index:
        return pd.Index(self.units, name="unit")

    def _by_rank(self, found: Floats) -> pd.DataFrame:
        return pd.DataFrame(found[self._unit], self._index, pd.RangeIndex(1, len(self.units) + 1, name="rank"))

    def _by_unit(self, found: Floats) -> pd.DataFrame:
        np.fill_diagonal(found, np.nan)
        return pd.DataFrame(found[self._unit][:, self._unit], self._index, pd.Index(self.units, name="over"))

    def _error(self, shares: Sequence[Floats]) -> Floats:
        of_each = [p * (1 - p) / t.draws for p, t in zip(shares, self._tallies.values(), strict=True)]
        return np.asarray(np.sqrt(np.sum(of_each, axis=0)) / len(of_each))

    def _central(self) -> Floats:
        tallies = self._tallies.values()
        first = np.sum([t.ranks[:, 0] / t.draws for t in tallies], axis=0)
        sums = np.sum([t.sums / t.draws for t in tallies], axis=0)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(first[:, None] > 0, sums / first[:, None], np.nan))

    def _of(self, tallies: dict[str, Tally]) -> Acceptability:
        return Acceptability(self.units, self.criteria, tallies, self._confidence_of)

    def __repr__(self) -> str:
        return f"<Acceptability {len(self.units)} units, {len(self.criteria)} criteria, {self.draws} draws>"


def _by_name(names: Sequence[Hashable]) -> npt.NDArray[np.intp]:
    """Places of the names when they are sorted."""
    texts = [str(name) for name in names]
    return np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.intp)


def rank_acceptability(run: MonteCarloRun, code: str, period: int = 0) -> Acceptability:
    """How often each unit has each rank in the runs of a composite indicator, whatever the depth of its score tree.

    Parameters
    ----------
    run : MonteCarloRun
    code : str
        Score that is ranked.
    period : int, optional
        The last by default.

    Returns
    -------
    Acceptability
        Its criteria are the codes of which weights were drawn. A unit without a score has no rank.

    References
    ----------
    Lahdelma and Salminen (2001), Operations Research 49(3), 444-454.
    """
    when = period or max(run.values.periods)
    rows = [i for i, p in enumerate(run.values.periods) if p == when]
    units, criteria = [run.values.units[i] for i in rows], list(run.weights)
    scores, ranks = run.scores[code][:, rows], run.ranks(code)[:, rows]
    counts = np.array([np.count_nonzero(ranks == r, axis=0) for r in range(1, len(rows) + 1)]).T
    wins = np.array([np.count_nonzero(scores[:, [i]] > scores, axis=0) for i in range(len(rows))])
    first = (ranks == 1).astype(float)
    sums = np.array([first.T @ run.weights[c] for c in criteria]).T.reshape(len(rows), len(criteria))
    order, columns = _by_name(units), _by_name(criteria)
    tally = Tally(len(ranks), counts[order], wins[order][:, order], sums[order][:, columns])

    def unknown(central: Floats) -> Floats:
        """Nobody ranks units by weights alone where choices in the method vary too."""
        return np.full(len(central), np.nan)

    return Acceptability(units, criteria, {"": tally}, unknown)
