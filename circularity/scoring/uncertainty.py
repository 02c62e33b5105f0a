"""A composite indicator built again for every draw of what is not certain about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from circularity.errors import CallError
from circularity.scoring.aggregate import Aggregate
from circularity.scoring.pipeline import read_steps, start_state
from circularity.scoring.steps import State, Step, Weigh, ranks_of
from circularity.scoring.tree import ScoreTree
from circularity.scoring.uncertain_inputs import (
    SampledValues,
    UncertainChoice,
    UncertainInput,
    UncertainValues,
    WeightInput,
    chosen,
)
from circularity.scoring.values import Values

Array = npt.NDArray[np.float64]

# Draws that are built at once: they fit the cache of a processor better than all together.
CHUNK = 256


@dataclass(frozen=True)
class Model:
    """A composite indicator that can be built again and again.

    Attributes
    ----------
    values : Values
    structure : ScoreTree
    steps : list of Step
    inputs : list of UncertainInput
        What is uncertain.
    """

    values: Values
    structure: ScoreTree
    steps: list[Step]
    inputs: list[UncertainInput]

    @classmethod
    def of(
        cls,
        values: Values,
        structure: ScoreTree,
        steps: Sequence[Step | dict[str, Any]],
        inputs: Sequence[UncertainInput],
    ) -> Model:
        """A model; a choice about a step that the pipeline does not have is an error, and is not passed over.

        What the pipeline itself does is one of the options of every choice. Weights of which there is nothing to draw,
        because every parent has a single child, are left out.

        Raises
        ------
        WrongStep
            If a choice is about a step that is not in the pipeline, or an option makes it invalid.
        """
        pipeline = read_steps(steps)
        names = [s.step for s in pipeline]  # type: ignore[attr-defined]
        uncertain: list[UncertainInput] = []
        for factor in inputs:
            if isinstance(factor, UncertainChoice):
                if factor.step not in names:
                    raise CallError("WrongStep", number=len(pipeline) + 1, found=factor.step, because=" > ".join(names))
                uncertain.append(_with_own(pipeline, factor, pipeline[names.index(factor.step)]))
            elif not isinstance(factor, WeightInput) or factor.width(values, structure):
                uncertain.append(factor)
        return cls(values, structure, pipeline, uncertain)

    @property
    def widths(self) -> list[int]:
        """Columns of uniform numbers of each factor."""
        return [f.width(self.values, self.structure) for f in self.inputs]

    @property
    def columns(self) -> list[list[int]]:
        """The columns of uniform numbers that each factor owns."""
        ends = np.cumsum([0, *self.widths])
        return [list(range(a, b)) for a, b in pairwise(ends)]

    def uniforms(self, draws: int, seed: int) -> Array:
        """Uniform numbers for so many draws, a stream for each factor that no other factor changes."""
        streams = [np.random.default_rng([seed, *f.name.encode()]) for f in self.inputs]
        parts = [s.random((draws, w)) for s, w in zip(streams, self.widths, strict=True)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((draws, 0))


@dataclass
class MonteCarloRun:
    """Scores of every draw.

    Attributes
    ----------
    values : Values
        The rows.
    scores : dict of str to array of float, shape (draws, rows)
        By code.
    x : array of float or None, shape (draws, rows, codes)
        Values as drawn; None when they are certain.
    choices : dict of str to array of int, shape (draws,)
        Option that each draw took, by name of the choice.
    weights : dict of str to array of float, shape (draws,)
        Weights that were drawn, by code, those of one parent summing to 1.
    """

    values: Values
    scores: dict[str, Array]
    x: Array | None
    choices: dict[str, npt.NDArray[np.int_]] = field(default_factory=dict)
    weights: dict[str, Array] = field(default_factory=dict)

    def ranks(self, code: str) -> Array:
        """Ranks within each period. Shape (draws, rows)."""
        return ranks_of(self.scores[code], self.values.periods)


def monte_carlo(model: Model, u: Array, codes: Sequence[str] = ()) -> MonteCarloRun:
    """Build a composite once for each row of uniform numbers.

    Parameters
    ----------
    model : Model
    u : array of float, shape (draws, columns)
        Uniform numbers; factor by factor, see `Model.columns`.
    codes : sequence of str
        Codes of which the scores are wanted; the top by default.

    Returns
    -------
    MonteCarloRun
        The same, bit for bit, however many draws are built at once.

    Raises
    ------
    CircularityError
        If a step cannot be done in some draw; says which step, indicator and unit.
    """
    wanted = list(codes) or [model.structure.top]
    known: dict[str, State] = {}
    parts = [_chunk(model, u[i : i + CHUNK], wanted, known) for i in range(0, len(u), CHUNK)]
    values = parts[0].values
    return MonteCarloRun(
        values,
        {c: np.concatenate([p.scores[c] for p in parts]) for c in wanted},
        None if parts[0].x is None else np.concatenate([p.x for p in parts if p.x is not None]),
        {n: np.concatenate([p.choices[n] for p in parts]) for n in parts[0].choices},
        {c: np.concatenate([p.weights[c] for p in parts]) for c in parts[0].weights},
    )


def score_draws(
    values: Values, structure: ScoreTree, steps: Sequence[Step | dict[str, Any]], samples: Array, codes: Sequence[str]
) -> MonteCarloRun:
    """Scores of values that were drawn elsewhere, each draw once and in its order.

    Parameters
    ----------
    values : Values
        As stated.
    structure : ScoreTree
    steps : sequence of Step or dict
        The pipeline.
    samples : array of float, shape (draws, rows, codes)
    codes : sequence of str
        Codes of which the scores are wanted.

    Returns
    -------
    MonteCarloRun
    """
    model = Model.of(values, structure, steps, [SampledValues(samples=samples)])
    middles = (np.arange(len(samples)) + 0.5) / len(samples)
    return monte_carlo(model, middles[:, None], codes)


def _chunk(model: Model, u: Array, codes: list[str], known: dict[str, State]) -> MonteCarloRun:
    blocks = {f.name: u[:, c] for f, c in zip(model.inputs, model.columns, strict=True)}
    choices = {
        f.name: chosen(blocks[f.name][:, 0], len(f.options)) for f in model.inputs if isinstance(f, UncertainChoice)
    }
    x = _drawn_values(model, blocks, len(u))
    taken = np.stack(list(choices.values()), axis=1) if choices else np.zeros((len(u), 0), dtype=int)
    kinds, which = np.unique(taken, axis=0, return_inverse=True)
    scores: dict[str, Array] = {}
    weights: dict[str, Array] = {}
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(which.reshape(-1) == number)
        pipeline = model.steps
        picked = [f for f in model.inputs if isinstance(f, UncertainChoice)]
        for factor, option in zip(picked, kind, strict=True):
            pipeline = _with(pipeline, factor, int(option))
        state = _built(model, pipeline, {n: b[rows] for n, b in blocks.items()}, None if x is None else x[rows], known)
        for code in codes:
            score = np.broadcast_to(state.scores[code], (len(rows), len(state.values.units)))
            scores.setdefault(code, np.full((len(u), score.shape[-1]), np.nan))[rows] = score
        for code, weight in _shares(state).items():
            weights.setdefault(code, np.full(len(u), np.nan))[rows] = weight
    return MonteCarloRun(state.values, scores, x, choices, weights)


def _shares(state: State) -> dict[str, Array]:
    """Weights that were drawn, as parts of what has the same parent."""
    found = {}
    for parent in state.structure.parents:
        below = state.structure.children[parent]
        if any(np.ndim(state.weights[c]) for c in below):
            whole: Any = sum(state.weights[c] for c in below)
            found.update({c: np.asarray(state.weights[c] / whole) for c in below})
    return found


def _drawn_values(model: Model, blocks: Mapping[str, Array], draws: int) -> Array | None:
    unsure = [f for f in model.inputs if isinstance(f, (UncertainValues, SampledValues))]
    if not unsure:
        return None
    x = np.repeat(model.values.x[None], draws, axis=0)
    for factor in unsure:
        x = factor.draw(blocks[factor.name], x, model.values, model.structure)
    return x


def _built(
    model: Model, pipeline: Sequence[Step], blocks: Mapping[str, Array], x: Array | None, known: dict[str, State]
) -> State:
    """The state after the pipeline. What no draw touches is built once and kept in `known`."""
    state = start_state(model.values, model.structure, noting=False)
    if x is not None:
        columns = [model.values.codes.index(code) for code in model.structure.leaves]
        state = replace(state, x=x[:, :, columns])
    done: list[str] = []
    drawn = False
    for step in pipeline:
        done.append(json.dumps(step.model_dump(mode="json"), sort_keys=True))
        key = "\n".join(done)
        if isinstance(step, Aggregate) and not drawn:
            weights = dict(state.weights)
            for factor in model.inputs:
                if isinstance(factor, WeightInput):
                    weights.update(factor.draw(blocks[factor.name], weights, model.structure))
            state, drawn = replace(state, weights=weights), True
        if drawn or x is not None or isinstance(step, Weigh):
            if getattr(step, "step", "") != "rank":  # ranks are taken of what is asked for
                state = step.apply(state)
        else:
            state = known[key] if key in known else known.setdefault(key, step.apply(state))
    return state


def _with_own(pipeline: Sequence[Step], choice: UncertainChoice, own: Step) -> UncertainChoice:
    """The choice with what the pipeline itself does first, where none of its options is that."""
    taken = [_with(pipeline, choice, which) for which in range(len(choice.options))]
    if any(list(pipeline) == steps for steps in taken):
        return choice
    named = {key for option in choice.options for key in option}
    fields = own.model_dump(mode="json")
    given = {k: v for k, v in own.model_dump(mode="json", exclude_defaults=True).items() if k in named}
    first = given or {k: v for k, v in fields.items() if k in named}
    return choice.model_copy(update={"options": [first, *choice.options]})


def _with(pipeline: Sequence[Step], choice: UncertainChoice, which: int) -> list[Step]:
    """The pipeline with one option of a choice in it."""
    plain = [s.model_dump() for s in pipeline]
    for step in plain:
        if step["step"] == choice.step:
            step.update(choice.options[which])
    return read_steps(plain)
