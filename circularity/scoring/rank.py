"""Ranks: 1 is the highest score, equals share the best place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from circularity.scoring.state import State, Step

Array = npt.NDArray[np.float64]


class Rank(Step):
    """Rank the units within each period.

    Attributes
    ----------
    group : str
        Column of the values: ranks among units of the same group instead.
    """

    step: Literal["rank"] = "rank"
    group: str = ""
    stage: ClassVar[str] = "ranked"

    def apply(self, state: State) -> State:
        """The state with ranks of everything that was aggregated.

        Raises
        ------
        MissingColumn
            If there is no such group.
        """
        from dataclasses import replace

        keys: list[object] = list(state.values.periods)
        if self.group:
            state.values.check_group(self.group)
            keys = list(zip(keys, state.values.groups[self.group], strict=True))
        ranks = {}
        for code, score in state.scores.items():
            found = np.full(score.shape, np.nan)
            for key in dict.fromkeys(keys):
                rows = [i for i, k in enumerate(keys) if k == key]
                found[..., rows] = ranked(score[..., rows])
            ranks[code] = found
        return replace(state, ranks=ranks)


def ranked(scores: Array) -> Array:
    """Ranks along the last axis; 1 is highest, ties take the best rank ("1224"), no score has no rank."""
    order = np.sort(-scores, axis=-1)  # not-a-number comes last
    flat, ordered = (-scores).reshape(-1, scores.shape[-1]), order.reshape(-1, scores.shape[-1])
    ranks = np.empty(flat.shape)
    for i, (row, sorted_) in enumerate(zip(flat, ordered, strict=True)):
        ranks[i] = np.searchsorted(sorted_, row, side="left") + 1
    return np.where(np.isnan(scores), np.nan, ranks.reshape(scores.shape))


def ranks_of(scores: Array, periods: Sequence[int]) -> Array:
    """Ranks within each period. Shape (..., rows), as `scores`."""
    when, found = np.array(periods), np.full(scores.shape, np.nan)
    for period in sorted(set(periods)):
        found[..., when == period] = ranked(scores[..., when == period])
    return found
