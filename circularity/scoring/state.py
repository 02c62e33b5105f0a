"""What goes from step to step while a composite indicator is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from circularity.errors import ScoringError
from circularity.scoring.tree import ScoreNode, ScoreTree
from circularity.scoring.values import Values

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """Values, weights and scores as they stand after a step.

    Attributes
    ----------
    structure : ScoreTree
    values : Values
        Units, periods and groups of the rows; the numbers as they came stand in it, untouched.
    x : array of float, shape (..., rows, indicators)
        Indicators, by name. Draws stand in the leading axes, so that one step does for one and for thousands.
    weights : mapping of str to float or array of shape (...,)
        Weight of each code among what has the same parent.
    scores : mapping of str to array of float, shape (..., rows)
        Everything that was aggregated, and the indicators it was made of.
    ranks : mapping of str to array of float, shape (..., rows)
        1 is highest; not-a-number where there is no score.
    notes : list of dict
        What each step did to which indicator; None while draws are made, when nobody reads them.
    """

    structure: ScoreTree
    values: Values
    x: Array
    weights: Mapping[str, Any]
    scores: Mapping[str, Array] = field(default_factory=dict)
    ranks: Mapping[str, Array] = field(default_factory=dict)
    notes: list[dict[str, Any]] | None = None

    def note(self, step: str, code: str, what: str, **details: Any) -> None:
        """Keep what a step did to an indicator."""
        if self.notes is not None:
            self.notes.append({"step": step, "code": code, "what": what, **details})

    def leaves(self) -> list[ScoreNode]:
        """The indicators in the order of the columns of `x`."""
        return [self.structure[code] for code in self.structure.leaves]


class Step(BaseModel):
    """One step of a chain; what it is asked to do stands in its fields, and nowhere else."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    stage: ClassVar[str]

    def apply(self, state: State) -> State:
        """The state after this step."""
        raise NotImplementedError


def by_column(x: Array) -> Array:
    """Columns as rows of a plain table. Shape (columns of all draws, rows)."""
    return np.ascontiguousarray(np.moveaxis(x, -1, -2)).reshape(-1, x.shape[-2])


def as_before(columns: Array, like: Array) -> Array:
    """What `by_column` made of an array like `like`, back in its form."""
    shape = (*like.shape[:-2], like.shape[-1], like.shape[-2])
    return np.ascontiguousarray(np.moveaxis(columns.reshape(shape), -1, -2))


def side_by_side(x: Array, axis: int = -1) -> Array:
    """`x` with an axis last and its values next to each other in memory.

    The order in which numpy adds up depends on how an array lies in memory; like this a sum does not depend on what
    other columns or draws stand beside it.
    """
    return np.ascontiguousarray(np.moveaxis(x, axis, -1))


def parts_of(state: State, over: str | int, step: str) -> list[tuple[Array, Array]]:
    """Which rows are looked at, and which are changed by what was seen there.

    Parameters
    ----------
    over : {"all", "period"} or int
        All rows together, each period by itself, or what was seen in one year for all.
    step : str
        Which step asks, for messages.

    Returns
    -------
    list of (array of bool, array of bool)

    Raises
    ------
    PeriodNotInValues
        If there are no values of the base year.
    """
    periods = np.array(state.values.periods)
    everything = np.ones(len(periods), dtype=bool)
    if over == "all":
        return [(everything, everything)]
    if over == "period":
        return [(periods == p, periods == p) for p in sorted(set(periods))]
    if not (periods == over).any():
        raise ScoringError(
            "PeriodNotInValues", step=step, found=over, expected=[p for p in sorted(set(state.values.periods)) if p]
        )
    return [(periods == over, everything)]
