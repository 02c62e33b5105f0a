"""What is not certain about a composite indicator: weights, values, and choices in the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from circularity.errors import ScoringError, meant
from circularity.scoring.draws import dirichlet_weights_at, uniform_weights_at
from circularity.scoring.tree import ScoreTree
from circularity.scoring.values import Values

Array = npt.NDArray[np.float64]

# All groups of people together.
POOLED = "pooled"


class UncertainInput(BaseModel):
    """Something uncertain. It owns `width` columns of uniform numbers, so that it can be swapped as one."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    name: str

    def width(self, values: Values, structure: ScoreTree) -> int:
        """Columns of uniform numbers that one draw takes."""
        raise NotImplementedError


class WeightInput(UncertainInput):
    """Weights that are not certain."""

    def draw(self, u: Array, base: Mapping[str, Any], structure: ScoreTree) -> dict[str, Array]:
        """Weights by code, each of shape (draws,), from uniform numbers of shape (draws, width).

        Parameters
        ----------
        u : array of float, shape (draws, width)
        base : mapping of str to float
            Weights of the pipeline.
        structure : ScoreTree
        """
        raise NotImplementedError


class UncertainWeights(WeightInput):
    """Weights that are not agreed on.

    Attributes
    ----------
    way : {"simplex", "near", "noise", "sets"}
        Any weights at all, each as likely as any other; weights around those of the pipeline, closer as `concentration`
        is larger (Dirichlet); those of the pipeline times 1 plus or minus up to `amount` (as COINr's
        ``get_noisy_weights``); or one of `sets`.
    parents : list of str
        Parents of which the weights are drawn; all by default.
    level : int
        Parents of this level only; 0 for all.
    sets : list of dict of str to float
        Weights by code; what a set does not name keeps the weight of the pipeline.
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

    def width(self, values: Values, structure: ScoreTree) -> int:
        """Columns of uniform numbers that one draw takes: one per weight, or one to choose a set."""
        return self.width_of_weights(structure)

    def width_of_weights(self, structure: ScoreTree) -> int:
        """The same, for which the values do not matter."""
        if self.way == "sets":
            return 1
        return sum(len(structure.children[p]) for p in self.about(structure))

    def about(self, structure: ScoreTree) -> list[str]:
        """The parents of which the weights are drawn: those with more than one child.

        Raises
        ------
        UnknownIndicatorOfStructure
            If one is not there.
        """
        for parent in self.parents:
            if parent not in structure.parents:
                raise ScoringError("UnknownIndicatorOfStructure", found=parent, hint=meant(parent, structure.parents))
        chosen = [p for p in structure.parents if p in self.parents] if self.parents else structure.parents
        return [
            p for p in chosen if len(structure.children[p]) > 1 and (not self.level or structure[p].level == self.level)
        ]

    def draw(self, u: Array, base: Mapping[str, Any], structure: ScoreTree) -> dict[str, Array]:
        """Weights by code; see `WeightInput.draw`."""
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

    def _of_sets(self, u: Array, base: Mapping[str, Any], structure: ScoreTree) -> dict[str, Array]:
        which = chosen(u, len(self.sets), self.chances)
        for code in {code for one in self.sets for code in one}:
            if code not in structure:
                raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=meant(code, structure.nodes))
        named = sorted({code for one in self.sets for code in one})
        table = np.array([[one.get(c, float(base[c])) for c in named] for one in self.sets])
        return {c: table[which, j] for j, c in enumerate(named)}


class MixedWeights(WeightInput):
    """Weights of one of several groups, each as likely as any other whatever the number of its people.

    Attributes
    ----------
    groups : dict of str to UncertainWeights
    """

    factor: Literal["mixed_weights"] = "mixed_weights"
    name: str = "weights"
    groups: dict[str, UncertainWeights] = Field(min_length=1)

    def width(self, values: Values, structure: ScoreTree) -> int:
        """One column for the group, then those of each group."""
        return 1 + sum(g.width(values, structure) for g in self.groups.values())

    def draw(self, u: Array, base: Mapping[str, Any], structure: ScoreTree) -> dict[str, Array]:
        """Weights by code; see `WeightInput.draw`."""
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


class UncertainValues(UncertainInput):
    """Values that are not certain: normal where a standard deviation is given, lognormal where a geometric one is.

    Attributes
    ----------
    indicators : list of str
        Indicators that are drawn; all that have an uncertainty by default.
    """

    factor: Literal["values"] = "values"
    name: str = "data"
    indicators: list[str] = Field(default_factory=list)

    def width(self, values: Values, structure: ScoreTree) -> int:
        """Columns of uniform numbers that one draw takes: one per uncertain value.

        Raises
        ------
        NoDataUncertainty
            If no value has an uncertainty.
        """
        width = len(self._where(values, structure)[0])
        if not width:
            raise ScoringError("NoDataUncertainty", found=self.name)
        return width

    def _where(self, values: Values, structure: ScoreTree) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        wanted = self.indicators or structure.leaves
        for code in wanted:
            if code not in structure.leaves:
                raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=meant(code, structure.leaves))
        unsure = ((values.sd > 0) | (values.gsd > 1)) & ~np.isnan(values.x)
        mine = np.isin(np.array(values.codes), list(wanted))
        rows, columns = np.nonzero(unsure & mine[None, :])
        return rows, columns

    def draw(self, u: Array, x: Array, values: Values, structure: ScoreTree) -> Array:
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


class SampledValues(UncertainInput):
    """Values that were drawn elsewhere; a draw takes one of the samples.

    Attributes
    ----------
    samples : array of float, shape (samples, rows, codes)
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)
    factor: Literal["samples"] = "samples"
    name: str = "data"
    samples: Any

    def width(self, values: Values, structure: ScoreTree) -> int:
        """One column."""
        return 1

    def draw(self, u: Array, x: Array, values: Values, structure: ScoreTree) -> Array:
        """Values of shape (draws, rows, codes)."""
        return np.asarray(self.samples[chosen(u[:, 0], len(self.samples))])


class UncertainChoice(UncertainInput):
    """A choice in the method: a step that could have been done in another way.

    Attributes
    ----------
    step : str
        Name of the step, such as ``normalise``.
    options : list of dict
        For each option the fields of the step that it sets; each is as likely as any other. A row of the structure that
        names its own way keeps it, unless an option says ``rows: false``.
    """

    factor: Literal["choice"] = "choice"
    step: str
    options: list[dict[str, Any]] = Field(min_length=2)

    def width(self, values: Values, structure: ScoreTree) -> int:
        """One column."""
        return 1

    def label(self, which: int) -> str:
        """An option in short, for tables."""
        return ", ".join(f"{key}={value}" for key, value in self.options[which].items())


AnyInput = Annotated[UncertainWeights | MixedWeights | UncertainValues | UncertainChoice, Field(discriminator="factor")]


def chosen(u: Array, count: int, chances: Sequence[float] = ()) -> npt.NDArray[np.int_]:
    """Which of `count` things each uniform number chooses. Shape of `u`."""
    if not chances:
        return np.asarray(np.minimum((u * count).astype(int), count - 1))
    ends = np.cumsum(np.asarray(chances, dtype=float))
    return np.asarray(np.minimum(np.searchsorted(ends / ends[-1], u, side="right"), count - 1))
