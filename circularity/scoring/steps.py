"""Steps of a pipeline: the state that goes from one to the next, and screen, denominate, weigh and rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from circularity.errors import ScoringError, meant
from circularity.scoring.tree import ScoreNode, ScoreTree, weights_add_up
from circularity.scoring.values import Values

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """Values, weights and scores after a step.

    Attributes
    ----------
    structure : ScoreTree
    values : Values
        Units, periods and groups of the rows; it holds the numbers as they came.
    x : array of float, shape (..., rows, indicators)
        Indicators, by name. Draws are in the leading axes, so that one step does for one and for thousands.
    weights : mapping of str to float or array of shape (...,)
        Weight of each code among what has the same parent.
    scores : mapping of str to array of float, shape (..., rows)
        Everything that was aggregated, and the indicators it was made of.
    ranks : mapping of str to array of float, shape (..., rows)
        1 is highest; NaN where there is no score.
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
    """One step of a pipeline; its fields say all that it is asked to do."""

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
    other columns or draws there are.
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


class Screen(Step):
    """Keep the units of which enough is known.

    Attributes
    ----------
    available : float
        Least part of the indicators that must be known, from 0 to 1.
    nonzero : float
        Least part of what is known that must not be zero, from 0 to 1.
    keep, leave_out : list of str
        Units that stay, or go, whatever is known of them.
    """

    step: Literal["screen"] = "screen"
    available: float = Field(ge=0, le=1)
    nonzero: float = Field(default=0.0, ge=0, le=1)
    keep: list[str] = Field(default_factory=list)
    leave_out: list[str] = Field(default_factory=list)
    stage: ClassVar[str] = "screened"

    def apply(self, state: State) -> State:
        """The state with the rows that stay.

        Raises
        ------
        UnknownUnitOfValues
            If a unit to keep or leave out is not there.
        NothingLeft
            If no row stays.
        """
        values = state.values
        for unit in [*self.keep, *self.leave_out]:
            if unit not in values.units:
                raise ScoringError(
                    "UnknownUnitOfValues",
                    found=unit,
                    expected=sorted(set(values.units)),
                    hint=meant(unit, values.units),
                )
        leaves = state.x.reshape(-1, *state.x.shape[-2:])[0]  # what is known is the same in every draw
        known = np.mean(~np.isnan(leaves), axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            full = np.sum(leaves > 0, axis=-1) + np.sum(leaves < 0, axis=-1)
            nonzero = np.where(known > 0, full / np.sum(~np.isnan(leaves), axis=-1), 0.0)
        stays = []
        for row, unit in enumerate(values.units):
            enough = known[row] >= self.available and nonzero[row] >= self.nonzero
            if unit in self.keep or (enough and unit not in self.leave_out):
                stays.append(row)
            else:
                period = values.periods[row] or None
                state.note("screen", unit, "left_out", period=period, available=float(known[row]))
        if not stays:
            raise ScoringError(
                "NothingLeft", step="screen", found=f"{known.max():.0%}", expected=f"{self.available:.0%}"
            )
        return replace(state, values=values.take(stays), x=state.x[..., stays, :])


class Denominate(Step):
    """Divide each indicator by the denominator that the structure names for it.

    Attributes
    ----------
    times : dict of str to float
        Scale factor by indicator; 1 for those not named.
    """

    step: Literal["denominate"] = "denominate"
    times: dict[str, float] = Field(default_factory=dict)
    stage: ClassVar[str] = "denominated"

    def apply(self, state: State) -> State:
        """The state with intensities; missing where the denominator is.

        Raises
        ------
        NothingToDivideBy
            If a denominator is not above zero: one below it would turn the ranking round; names indicator, unit and
            denominator.
        NoDenominator
            If a factor is given for what is not divided.
        """
        divided = [node.code for node in state.leaves() if node.denominator]
        for code in self.times:
            if code not in divided:
                raise ScoringError(
                    "NoDenominator", step="denominate", found=code, expected=divided, hint=meant(code, divided)
                )
        x = state.x.copy()
        for column, node in enumerate(state.leaves()):
            if node.denominator:
                below = state.values.column(node.denominator)
                for row in np.flatnonzero(below <= 0):
                    raise ScoringError(
                        "NothingToDivideBy",
                        step="denominate",
                        found=node.code,
                        unit=state.values.units[row],
                        of=node.denominator,
                        value=f"{below[row]:g}",
                    )
                x[..., column] = x[..., column] / below * self.times.get(node.code, 1.0)
                state.note("denominate", node.code, "divided_by", by=node.denominator)
        return replace(state, x=x)


class Weigh(Step):
    """Choose the weights, by name.

    Attributes
    ----------
    way : {"structure", "equal", "given"}
        Those of the structure; the same for all that have one parent; or `weights`.
    weights : dict of str to float
        By code. Parents of which no child is named keep the weights of the structure; of others all must be.
    name : str
        What this set of weights is called.
    """

    step: Literal["weigh"] = "weigh"
    way: Literal["structure", "equal", "given"]
    weights: dict[str, float] = Field(default_factory=dict)
    name: str = ""
    stage: ClassVar[str] = "weighted"

    def apply(self, state: State) -> State:
        """The state with these weights.

        Raises
        ------
        UnknownIndicatorOfStructure
            If a weight is given for a code that is not there or for the top, or is missing.
        NegativeWeight, WeightsDoNotSum
            If they are not weights.
        """
        structure, weights = state.structure, dict(state.weights)
        if self.way == "equal":
            return replace(state, weights=dict.fromkeys(weights, 1.0))
        if self.way == "structure":
            return replace(state, weights={n.code: n.weight for n in structure})
        for code, weight in self.weights.items():
            if code not in structure or code == structure.top:
                raise ScoringError(
                    "UnknownIndicatorOfStructure", found=code, hint=meant(code, set(structure.nodes) - {code})
                )
            if weight < 0:
                raise ScoringError("NegativeWeight", found=f"{weight:g}")
        for parent in structure.parents:
            below = structure.children[parent]
            named = [c for c in below if c in self.weights]
            if not named:
                continue
            for code in below:
                if code not in self.weights:
                    raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=None)
            given = [self.weights[c] for c in below]
            if not weights_add_up(given):
                raise ScoringError("WeightsDoNotSum", found=f"{sum(given):.10g}", parent=parent, codes=list(below))
            weights.update(zip(below, given, strict=True))
        return replace(state, weights=weights)


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
    order = np.sort(-scores, axis=-1)  # NaN comes last
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
