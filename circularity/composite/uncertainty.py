"""What is not certain about a composite indicator, and building it again for every draw of that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from circularity.composite.aggregate import Aggregate
from circularity.composite.chain import read_steps, start_state
from circularity.composite.rank import ranked
from circularity.composite.state import State, Step
from circularity.composite.structure import Structure
from circularity.composite.values import Values
from circularity.composite.weigh import Weigh
from circularity.errors import NoDataUncertainty, UnknownIndicatorOfStructure, WrongStep, meant
from circularity.robustness.simplex import dirichlet_weights_at, uniform_weights_at

Array = npt.NDArray[np.float64]

# Draws that are built at once: they fit the cache of a processor better than all together.
CHUNK = 256


class Factor(BaseModel):
    """Something uncertain. It owns `width` columns of uniform numbers, so that it can be swapped as one."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    name: str

    def width(self, values: Values, structure: Structure) -> int:
        """Columns of uniform numbers that one draw takes."""
        raise NotImplementedError


class WeightFactor(Factor):
    """Weights that are not certain."""

    def draw(self, u: Array, base: Mapping[str, Any], structure: Structure) -> dict[str, Array]:
        """Weights by code, each of shape (draws,), from uniform numbers of shape (draws, width).

        Parameters
        ----------
        u : array of float, shape (draws, width)
        base : mapping of str to float
            Weights of the chain.
        structure : Structure
        """
        raise NotImplementedError


class DrawnWeights(WeightFactor):
    """Weights that are not agreed on.

    Attributes
    ----------
    way : {"simplex", "near", "noise", "sets"}
        Any weights at all, each as likely as any other; weights around those of the chain, closer as `concentration` is
        larger (Dirichlet); those of the chain times 1 plus or minus up to `amount` (as COINr's ``get_noisy_weights``);
        or one of `sets`.
    parents : list of str
        Parents of which the weights are drawn; all by default.
    level : int
        Parents of this level only; 0 for all.
    sets : list of dict of str to float
        Weights by code; what a set does not name keeps the weight of the chain.
    chances : list of float
        How likely each set is; equal by default.
    """

    factor: Literal["weights"] = "weights"
    name: str = "weights"
    way: Literal["simplex", "near", "noise", "sets"]
    parents: list[str] = Field(default_factory=list)
    level: int = 0
    concentration: float = Field(default=1.0, gt=0)
    amount: float = Field(default=0.0, ge=0, lt=1)
    sets: list[dict[str, float]] = Field(default_factory=list)
    chances: list[float] = Field(default_factory=list)

    def width(self, values: Values, structure: Structure) -> int:
        """Columns of uniform numbers that one draw takes: one per weight, or one to choose a set."""
        return self.width_of_weights(structure)

    def width_of_weights(self, structure: Structure) -> int:
        """The same, for which the values do not matter."""
        if self.way == "sets":
            return 1
        return sum(len(structure.children[p]) for p in self.about(structure))

    def about(self, structure: Structure) -> list[str]:
        """The parents of which the weights are drawn: those with more than one child.

        Raises
        ------
        UnknownIndicatorOfStructure
            If one is not there.
        """
        for parent in self.parents:
            if parent not in structure.parents:
                raise UnknownIndicatorOfStructure(found=parent, hint=meant(parent, structure.parents))
        chosen = [p for p in structure.parents if p in self.parents] if self.parents else structure.parents
        return [
            p for p in chosen if len(structure.children[p]) > 1 and (not self.level or structure[p].level == self.level)
        ]

    def draw(self, u: Array, base: Mapping[str, Any], structure: Structure) -> dict[str, Array]:
        """Weights by code; see `WeightFactor.draw`."""
        if self.way == "sets":
            return self._of_sets(u[:, 0], base, structure)
        drawn: dict[str, Array] = {}
        start = 0
        for parent in self.about(structure):
            codes = structure.children[parent]
            mine, start = u[:, start : start + len(codes)], start + len(codes)
            middle = np.array([float(base[c]) for c in codes])
            if self.way == "simplex":
                weights = uniform_weights_at(mine)
            elif self.way == "near":
                weights = dirichlet_weights_at(mine, middle / middle.sum(), self.concentration)
            else:
                weights = middle * (1 + self.amount * (2 * mine - 1))
            drawn.update({c: weights[:, j] for j, c in enumerate(codes)})
        return drawn

    def _of_sets(self, u: Array, base: Mapping[str, Any], structure: Structure) -> dict[str, Array]:
        which = chosen(u, len(self.sets), self.chances)
        for code in {code for one in self.sets for code in one}:
            if code not in structure:
                raise UnknownIndicatorOfStructure(found=code, hint=meant(code, structure.nodes))
        named = sorted({code for one in self.sets for code in one})
        table = np.array([[one.get(c, float(base[c])) for c in named] for one in self.sets])
        return {c: table[which, j] for j, c in enumerate(named)}


class MixedWeights(WeightFactor):
    """Weights of one of several groups, each as likely as any other whatever the number of its people.

    Attributes
    ----------
    groups : dict of str to DrawnWeights
    """

    factor: Literal["mixed_weights"] = "mixed_weights"
    name: str = "weights"
    groups: dict[str, DrawnWeights] = Field(min_length=1)

    def width(self, values: Values, structure: Structure) -> int:
        """One column for the group, then those of each group."""
        return 1 + sum(g.width(values, structure) for g in self.groups.values())

    def draw(self, u: Array, base: Mapping[str, Any], structure: Structure) -> dict[str, Array]:
        """Weights by code; see `WeightFactor.draw`."""
        which, start = chosen(u[:, 0], len(self.groups)), 1
        drawn: dict[str, Array] = {}
        for number, name in enumerate(sorted(self.groups)):
            group = self.groups[name]
            width = group.width_of_weights(structure)
            mine, start = group.draw(u[:, start : start + width], base, structure), start + width
            for code, weights in mine.items():
                drawn.setdefault(code, np.full(len(u), float(base[code])))
                drawn[code] = np.where(which == number, weights, drawn[code])
        return drawn


class DrawnValues(Factor):
    """Values that are not certain: normal where a standard deviation is given, lognormal where a geometric one is.

    Attributes
    ----------
    indicators : list of str
        Indicators that are drawn; all that have an uncertainty by default.
    """

    factor: Literal["values"] = "values"
    name: str = "data"
    indicators: list[str] = Field(default_factory=list)

    def width(self, values: Values, structure: Structure) -> int:
        """Columns of uniform numbers that one draw takes: one per uncertain value.

        Raises
        ------
        NoDataUncertainty
            If no value has an uncertainty.
        """
        width = len(self._where(values, structure)[0])
        if not width:
            raise NoDataUncertainty(found=self.name)
        return width

    def _where(self, values: Values, structure: Structure) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        wanted = self.indicators or structure.leaves
        for code in wanted:
            if code not in structure.leaves:
                raise UnknownIndicatorOfStructure(found=code, hint=meant(code, structure.leaves))
        unsure = ((values.sd > 0) | (values.gsd > 1)) & ~np.isnan(values.x)
        mine = np.isin(np.array(values.codes), list(wanted))
        rows, columns = np.nonzero(unsure & mine[None, :])
        return rows, columns

    def draw(self, u: Array, x: Array, values: Values, structure: Structure) -> Array:
        """Values of shape (draws, rows, codes) from uniform numbers of shape (draws, width).

        The mean of a lognormal value is the value that was given (decision 0003).
        """
        from scipy.special import ndtri

        rows, columns = self._where(values, structure)
        z = ndtri(np.clip(u, 1e-12, 1 - 1e-12))
        given, sd = values.x[rows, columns], values.sd[rows, columns]
        sigma = np.log(values.gsd[rows, columns])
        x = x.copy()
        x[:, rows, columns] = (given + sd * z) * np.exp(sigma * z - sigma**2 / 2)
        return x


class SampledValues(Factor):
    """Values that were drawn elsewhere; a draw takes one of the samples.

    Attributes
    ----------
    samples : array of float, shape (samples, rows, codes)
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)
    factor: Literal["samples"] = "samples"
    name: str = "data"
    samples: Any

    def width(self, values: Values, structure: Structure) -> int:
        """One column."""
        return 1

    def draw(self, u: Array, x: Array, values: Values, structure: Structure) -> Array:
        """Values of shape (draws, rows, codes)."""
        return np.asarray(self.samples[chosen(u[:, 0], len(self.samples))])


class DrawnChoice(Factor):
    """A choice in the method: a step that could have been done in another way.

    Attributes
    ----------
    step : str
        Name of the step, such as ``normalise``.
    options : list of dict
        For each option the fields of the step that it sets; each is as likely as any other. An option that sets ``way``
        sets it for all rows of the structure, unless it says ``rows: true``.
    """

    factor: Literal["choice"] = "choice"
    step: str
    options: list[dict[str, Any]] = Field(min_length=2)

    def width(self, values: Values, structure: Structure) -> int:
        """One column."""
        return 1

    def option(self, which: int) -> dict[str, Any]:
        """The fields that an option sets."""
        asked = dict(self.options[which])
        return {"rows": False, **asked} if "way" in asked and self.step != "weigh" else asked

    def label(self, which: int) -> str:
        """An option in short, for tables."""
        return ", ".join(f"{key}={value}" for key, value in self.options[which].items())


AnyFactor = Annotated[DrawnWeights | MixedWeights | DrawnValues | DrawnChoice, Field(discriminator="factor")]


def chosen(u: Array, count: int, chances: Sequence[float] = ()) -> npt.NDArray[np.int_]:
    """Which of `count` things each uniform number chooses. Shape of `u`."""
    if not chances:
        return np.asarray(np.minimum((u * count).astype(int), count - 1))
    ends = np.cumsum(np.asarray(chances, dtype=float))
    return np.asarray(np.minimum(np.searchsorted(ends / ends[-1], u, side="right"), count - 1))


@dataclass(frozen=True)
class Model:
    """A composite indicator that can be built again and again.

    Attributes
    ----------
    values : Values
    structure : Structure
    steps : list of Step
    factors : list of Factor
        What is uncertain.
    """

    values: Values
    structure: Structure
    steps: list[Step]
    factors: list[Factor]

    @classmethod
    def of(
        cls,
        values: Values,
        structure: Structure,
        steps: Sequence[Step | dict[str, Any]],
        factors: Sequence[Factor],
    ) -> Model:
        """A model; a choice about a step that the chain does not have is an error and is not passed over.

        Raises
        ------
        WrongStep
            If a choice is about a step that is not in the chain, or an option makes it no step.
        """
        chain = read_steps(steps)
        names = [s.step for s in chain]  # type: ignore[attr-defined]
        for factor in factors:
            if isinstance(factor, DrawnChoice):
                if factor.step not in names:
                    raise WrongStep(number=len(chain) + 1, found=factor.step, because=" > ".join(names))
                for which in range(len(factor.options)):
                    _with(chain, factor, which)
        return cls(values, structure, chain, list(factors))

    @property
    def widths(self) -> list[int]:
        """Columns of uniform numbers of each factor."""
        return [f.width(self.values, self.structure) for f in self.factors]

    @property
    def columns(self) -> list[list[int]]:
        """The columns of uniform numbers that each factor owns."""
        ends = np.cumsum([0, *self.widths])
        return [list(range(a, b)) for a, b in pairwise(ends)]

    def uniforms(self, draws: int, seed: int) -> Array:
        """Uniform numbers for so many draws, a stream for each factor that no other factor changes."""
        streams = [np.random.default_rng([seed, *f.name.encode()]) for f in self.factors]
        parts = [s.random((draws, w)) for s, w in zip(streams, self.widths, strict=True)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((draws, 0))


@dataclass
class Ensemble:
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
        score, periods = self.scores[code], np.array(self.values.periods)
        found = np.full(score.shape, np.nan)
        for period in sorted(set(periods)):
            found[:, periods == period] = ranked(score[:, periods == period])
        return found


def rebuild(model: Model, u: Array, codes: Sequence[str] = ()) -> Ensemble:
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
    Ensemble
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
    return Ensemble(
        values,
        {c: np.concatenate([p.scores[c] for p in parts]) for c in wanted},
        None if parts[0].x is None else np.concatenate([p.x for p in parts if p.x is not None]),
        {n: np.concatenate([p.choices[n] for p in parts]) for n in parts[0].choices},
        {c: np.concatenate([p.weights[c] for p in parts]) for c in parts[0].weights},
    )


def _chunk(model: Model, u: Array, codes: list[str], known: dict[str, State]) -> Ensemble:
    blocks = {f.name: u[:, c] for f, c in zip(model.factors, model.columns, strict=True)}
    choices = {
        f.name: chosen(blocks[f.name][:, 0], len(f.options)) for f in model.factors if isinstance(f, DrawnChoice)
    }
    x = _drawn_values(model, blocks, len(u))
    taken = np.stack(list(choices.values()), axis=1) if choices else np.zeros((len(u), 0), dtype=int)
    kinds, which = np.unique(taken, axis=0, return_inverse=True)
    scores: dict[str, Array] = {}
    weights: dict[str, Array] = {}
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(which.reshape(-1) == number)
        chain = model.steps
        picked = [f for f in model.factors if isinstance(f, DrawnChoice)]
        for factor, option in zip(picked, kind, strict=True):
            chain = _with(chain, factor, int(option))
        state = _built(model, chain, {n: b[rows] for n, b in blocks.items()}, None if x is None else x[rows], known)
        for code in codes:
            score = np.broadcast_to(state.scores[code], (len(rows), len(state.values.units)))
            scores.setdefault(code, np.full((len(u), score.shape[-1]), np.nan))[rows] = score
        for code, weight in _shares(state).items():
            weights.setdefault(code, np.full(len(u), np.nan))[rows] = weight
    return Ensemble(state.values, scores, x, choices, weights)


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
    unsure = [f for f in model.factors if isinstance(f, (DrawnValues, SampledValues))]
    if not unsure:
        return None
    x = np.repeat(model.values.x[None], draws, axis=0)
    for factor in unsure:
        x = factor.draw(blocks[factor.name], x, model.values, model.structure)
    return x


def _built(
    model: Model, chain: Sequence[Step], blocks: Mapping[str, Array], x: Array | None, known: dict[str, State]
) -> State:
    """The state after the chain. What no draw touches is built once and kept in `known`."""
    state = start_state(model.values, model.structure, noting=False)
    if x is not None:
        columns = [model.values.codes.index(code) for code in model.structure.leaves]
        state = replace(state, x=x[:, :, columns])
    done: list[str] = []
    drawn = False
    for step in chain:
        done.append(json.dumps(step.model_dump(mode="json"), sort_keys=True))
        key = "\n".join(done)
        if isinstance(step, Aggregate) and not drawn:
            weights = dict(state.weights)
            for factor in model.factors:
                if isinstance(factor, WeightFactor):
                    weights.update(factor.draw(blocks[factor.name], weights, model.structure))
            state, drawn = replace(state, weights=weights), True
        if drawn or x is not None or isinstance(step, Weigh):
            if getattr(step, "step", "") != "rank":  # ranks are taken of what is asked for
                state = step.apply(state)
        else:
            state = known[key] if key in known else known.setdefault(key, step.apply(state))
    return state


def _with(chain: Sequence[Step], choice: DrawnChoice, which: int) -> list[Step]:
    """The chain with one option of a choice in it."""
    plain = [s.model_dump() for s in chain]
    for step in plain:
        if step["step"] == choice.step:
            step.update({k: v for k, v in choice.option(which).items() if k in step or k != "rows"})
    return read_steps(plain)
