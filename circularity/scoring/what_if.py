"""One weight turned from nothing to all: what becomes of the scores, and where another unit comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import ScoringError, meant
from circularity.scoring.pipeline import Composite
from circularity.scoring.uncertain_inputs import UncertainWeights
from circularity.scoring.uncertainty import Model, monte_carlo

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Switch:
    """A weight at which another unit comes first.

    Attributes
    ----------
    weight : float
        Part of the parent's weight, from 0 to 1.
    below, above : str
        The unit that is first with less weight than this, and with more.
    """

    weight: float
    below: str
    above: str


@dataclass(frozen=True)
class WhatIf:
    """Scores as one weight changes, the others under its parent keeping their ratios.

    Attributes
    ----------
    code : str
        What the weight is of.
    now : float
        The weight as it is, as part of its parent.
    period : int
        0 where the values have no periods.
    scores : DataFrame
        Score of the top: a row per weight, a column per unit.
    switches : list of Switch
        By weight.
    """

    code: str
    now: float
    period: int
    scores: pd.DataFrame
    switches: list[Switch]

    @property
    def nearest(self) -> Switch | None:
        """The switch closest to the weight as it is; None when the same unit is first whatever the weight."""
        return min(self.switches, key=lambda s: (abs(s.weight - self.now), s.weight), default=None)


def what_if(result: Composite, code: str, *, period: int = 0, points: int = 101) -> WhatIf:
    """What becomes of the scores as the weight of one code goes from 0 to 1.

    Parameters
    ----------
    result : Composite
    code : str
        Anything but the top.
    period : int
        The last by default.
    points : int
        Weights that are tried; a switch between two of them is found to nine decimals.

    Returns
    -------
    WhatIf

    Raises
    ------
    UnknownIndicatorOfStructure
        If there is no such code, or it is the top or alone under its parent, so that it has no weight to change.
    """
    structure = result.structure
    siblings = () if code not in structure else structure.children.get(structure[code].parent, ())
    if len(siblings) < 2:
        raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=meant(code, structure.nodes))
    now = float(result.weights[code])
    others = [c for c in siblings if c != code]
    rest = np.array([float(result.weights[c]) for c in others])
    rest = rest / rest.sum() if rest.sum() > 0 else np.full(len(rest), 1 / len(rest))

    def at(weights: Sequence[float]) -> Array:
        sets = [{code: w, **dict(zip(others, (1 - w) * rest, strict=True))} for w in weights]
        factor = UncertainWeights(way="sets", sets=sets)
        model = Model.of(result.start, structure, result.log.steps, [factor])
        found = monte_carlo(model, ((np.arange(len(sets)) + 0.5) / len(sets))[:, None])
        when = period or max(found.values.periods)
        rows = [i for i, p in enumerate(found.values.periods) if p == when]
        return np.asarray(found.scores[structure.top][:, rows])

    when = period or max(result.values.periods)
    units = [u for u, p in zip(result.values.units, result.values.periods, strict=True) if p == when]
    tried = np.linspace(0, 1, points)
    scores = at(tried.tolist())
    switches = _switches(tried, scores, units, at)
    return WhatIf(code, now, when, pd.DataFrame(scores, index=pd.Index(tried, name=code), columns=units), switches)


def _switches(tried: Array, scores: Array, units: list[str], at: Any) -> list[Switch]:
    from scipy.optimize import brentq

    found = []
    first = np.argmax(np.where(np.isnan(scores), -np.inf, scores), axis=1)
    for i in np.flatnonzero(first[1:] != first[:-1]):
        one, other = int(first[i]), int(first[i + 1])

        def lead(weight: float, one: int = one, other: int = other) -> float:
            (row,) = at([weight])
            return float(row[one] - row[other])

        # Equal at a point that was tried: the switch is there.
        low, high = lead(tried[i]), lead(tried[i + 1])
        place = tried[i] if low == 0 else tried[i + 1] if high == 0 else brentq(lead, tried[i], tried[i + 1], xtol=1e-9)
        found.append(Switch(float(place), units[one], units[other]))
    return found
