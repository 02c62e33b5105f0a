"""What a sum or an indicator came to: numbers, how much was known, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from circularity.assessment.sampling import Array
from circularity.texts import Both

Status = Literal["ok", "missing", "not_applicable"]


@dataclass
class QuantityValues:
    """The quantities of one indicator, for all entities of a level in one period.

    Attributes
    ----------
    entities : list of str
    values : dict of str to ndarray, shape (entities, 1 + draws)
        By name of the formula. The first column is the stated figure, the others are draws. What is not known counts
        in none of them.
    alternatives : list of (ndarray of int, dict of str to ndarray)
        Other values that the unknown may take: for the entities with these positions, the values under one way of
        filling in what is not known.
    coverage : ndarray, shape (entities,)
        Part of the mass for which everything the indicator needs is known.
    mass_unit : float
        Unit of the masses in `values` and `alternatives`. [kg]
    problems : dict of int to (Status, Both)
        Why an entity has no value, by position.
    notes : dict of int to list of Both
        What was assumed for an entity, by position.
    """

    entities: list[str]
    values: dict[str, Array]
    coverage: Array
    mass_unit: float = 1.0
    alternatives: list[tuple[np.ndarray, dict[str, Array]]] = field(default_factory=list)
    problems: dict[int, tuple[Status, Both]] = field(default_factory=dict)
    notes: dict[int, list[Both]] = field(default_factory=dict)


def joined(found: QuantityValues, other: QuantityValues) -> QuantityValues:
    """Two sums for the same entities and in the same unit as one: what is unknown in each may turn out in every way."""
    first, second = _ways(found), _ways(other)
    alternatives = []
    for e in sorted({*first, *second}):
        mine = first.get(e) or [{n: v[e : e + 1] for n, v in found.values.items()}]
        theirs = second.get(e) or [{n: v[e : e + 1] for n, v in other.values.items()}]
        alternatives += [(np.array([e]), one | another) for one in mine for another in theirs]
    return QuantityValues(
        found.entities,
        found.values | other.values,
        np.minimum(found.coverage, other.coverage),
        found.mass_unit,
        alternatives,
        other.problems | found.problems,
        {e: found.notes.get(e, []) + other.notes.get(e, []) for e in {*found.notes, *other.notes}},
    )


def _ways(sums: QuantityValues) -> dict[int, list[dict[str, Array]]]:
    """The values of every entity of which something is unknown, for every way it may turn out."""
    found: dict[int, list[dict[str, Array]]] = {}
    for at, values in sums.alternatives:
        for i, e in enumerate(at):
            found.setdefault(int(e), []).append({n: v[i : i + 1] for n, v in values.items()})
    return found


@dataclass
class IndicatorValues:
    """An indicator, for all entities of a level in one period.

    Attributes
    ----------
    entities : list of str
    value : ndarray, shape (entities,)
        NaN where there is none.
    lower, upper : ndarray, shape (entities, draws)
        Per draw the smallest and largest value over all ways of filling in what is not known. One and the same array
        where everything is known.
    low, high : ndarray, shape (entities,)
        The interval of the method: percentiles of `lower` and `upper`.
    coverage : ndarray, shape (entities,)
    status : list of Status
    reason : list of Both or None
    terms : dict of str to ndarray, shape (entities,)
        The stated figures that went into the formula, and its intermediate results.
    has_draws : bool
        Whether `lower` and `upper` are still there.
    """

    entities: list[str]
    value: Array
    lower: Array
    upper: Array
    coverage: Array
    status: list[Status]
    reason: list[Both | None]
    terms: dict[str, Array]
    low: Array = field(init=False)
    high: Array = field(init=False)
    has_draws: bool = field(init=False, default=True)

    @property
    def size(self) -> int:
        """How many numbers were drawn."""
        return self.lower.size if self.lower is self.upper else self.lower.size + self.upper.size

    def with_interval(self, interval: tuple[float, float], keep: bool = True) -> IndicatorValues:
        """The same with `low` and `high` from the draws, which are kept or not.

        NaN without draws, or where the interval has no end.
        """
        found = copy(self)
        found.low, found.high = self._ends(interval)
        if not keep:
            found.lower = found.upper = np.empty((len(self.entities), 0))
            found.has_draws = False
        return found

    def _ends(self, interval: tuple[float, float]) -> tuple[Array, Array]:
        if self.lower.shape[1] == 0 or "ok" not in self.status:
            return (nothing := np.full(len(self.entities), np.nan)), nothing
        low, high = interval
        ends = quantiles(self.lower, [low, high]) if self.lower is self.upper else None
        first = quantiles(self.lower, [low])[:, 0] if ends is None else ends[:, 0]
        last = quantiles(self.upper, [high])[:, 0] if ends is None else ends[:, 1]
        # An infinite end: a denominator that may turn out to be zero. The outcome's reason says so.
        first, last = (np.where(np.isfinite(end), end, np.nan) for end in (first, last))
        return first, last


def quantiles(draws: Array, at: Sequence[float]) -> Array:
    """Quantiles of every row, shape (rows, quantiles), interpolated linearly between draws as NumPy does.

    NumPy's own `quantile` along rows takes three to four times as long as sorting them.
    """
    ordered = np.sort(draws, axis=1)
    place = np.asarray(at) * (draws.shape[1] - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, draws.shape[1] - 1)
    with np.errstate(invalid="ignore"):
        found = ordered[:, below] + (ordered[:, above] - ordered[:, below]) * (place - below)
    return np.where(np.isnan(ordered[:, -1:]), np.nan, found)  # sorting puts what is no number last
