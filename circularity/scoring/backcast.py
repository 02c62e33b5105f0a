"""Scores over time: what stays when something is added, and what of a change came from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import factorial
from typing import Any

import pandas as pd

from circularity.scoring.aggregate import Aggregate
from circularity.scoring.impute import Impute
from circularity.scoring.normalise import Normalise
from circularity.scoring.pipeline import Composite, build, read_steps
from circularity.scoring.read_tree import read_tree
from circularity.scoring.steps import Step
from circularity.scoring.treat import Treat
from circularity.scoring.tree import ScoreTree
from circularity.scoring.values import Values, read_values

PARTS = ("indicators", "weights", "method")
# Ways in which the score of a unit depends on that unit alone.
ALONE = {"goalposts", "scaled", "none"}


@dataclass(frozen=True)
class Recipe:
    """A version of a composite indicator: its score tree and its pipeline.

    Attributes
    ----------
    name : str
    structure : ScoreTree
    steps : sequence of Step or dict
    """

    name: str
    structure: ScoreTree
    steps: Sequence[Step | dict[str, Any]]

    def build(self, values: Values) -> Composite:
        """The composite of these values."""
        return build(values, self.structure, self.steps)

    def weighing_as(self, other: Recipe) -> Recipe:
        """The same with the weights of another, for parents that have the same children in both."""
        nodes = {}
        for node in self.structure:
            same = (
                node.parent
                and node.parent in other.structure
                and (self.structure.children[node.parent] == other.structure.children[node.parent])
            )
            nodes[node.code] = replace(node, weight=other.structure[node.code].weight) if same else node
        return Recipe(self.name, ScoreTree(nodes), self.steps)


def what_moves(structure: ScoreTree, steps: Sequence[Step | dict[str, Any]]) -> list[tuple[str, str]]:
    """Steps through which a new unit or year moves the scores of those that were there, with the code concerned.

    Returns
    -------
    list of (str, str)
        Step and code; empty when every score stays as it is, bit for bit.
    """
    found: list[tuple[str, str]] = []
    for step in read_steps(steps):
        if isinstance(step, Treat):
            found += [("treat", c) for c in structure.leaves if step.way_of(structure[c]) != "none"]
        elif isinstance(step, Impute):
            found += [("impute", c) for c in structure.leaves if step.way in ("mean", "median", "linear")]
        elif isinstance(step, Normalise) and not isinstance(step.over, int):
            found += [("normalise", c) for c in structure.leaves if step.way_of(structure[c]) not in ALONE]
        elif isinstance(step, Aggregate):
            ways = {c: step.way_of(structure[c]) for c in structure.parents}
            found += [("aggregate", c) for c, way in ways.items() if way in ("outranking", "copeland")]
    return found


def backcast(values: Values | pd.DataFrame, old: Recipe, new: Recipe) -> pd.DataFrame:
    """The whole series by a new version, beside the old one.

    Parameters
    ----------
    values : Values or DataFrame
        With everything that either version needs.
    old, new : Recipe

    Returns
    -------
    DataFrame
        ``unit, period, code, old, new, difference``; a score that a version does not have is missing.
    """
    tables = []
    for name, recipe in (("old", old), ("new", new)):
        table = recipe.build(_values(values, recipe)).table()
        keys = [c for c in ("unit", "period", "code") if c in table]
        tables.append(table.set_index(keys)["score"].rename(name))
    series = pd.concat(tables, axis=1).reset_index()
    return series.assign(difference=series["new"] - series["old"])


def split_change(
    values: Values | pd.DataFrame, old: Recipe, new: Recipe, earlier: int, later: int, code: str = ""
) -> pd.DataFrame:
    """What of the change of a score came from the indicators, from the weights, and from the rest of the method.

    The change runs from the earlier period by the old version to the later period by the new one. Each part is the mean
    of what it adds over all orders in which the three can change (Shapley), so that no order is preferred and the parts
    sum to the change. Where a parent has other children in the new version, its weights belong to the method.

    Parameters
    ----------
    values : Values or DataFrame
        With everything that either version needs.
    old, new : Recipe
    earlier, later : int
        Periods.
    code : str, optional
        Score; the top of the new version by default. Both versions must have it.

    Returns
    -------
    DataFrame
        A row per unit that has a score in both: ``unit, code, earlier, later, change, indicators, weights, method``.
    """
    code = code or new.structure.top
    scores = {}
    for with_method, with_weights in product((False, True), repeat=2):
        recipe = (new if with_method else old).weighing_as(new if with_weights else old)
        found = recipe.build(_values(values, recipe)).scores[code]
        for with_period in (False, True):
            scores[with_period, with_weights, with_method] = found.xs(later if with_period else earlier, level="period")
    table = pd.DataFrame({"earlier": scores[False, False, False], "later": scores[True, True, True]})
    table["change"] = table["later"] - table["earlier"]
    for place, part in enumerate(PARTS):
        table[part] = _shapley(scores, place)
    table = table.dropna().rename_axis("unit").reset_index()
    table.insert(1, "code", code)
    return table


def _values(values: Values | pd.DataFrame, recipe: Recipe) -> Values:
    return values if isinstance(values, Values) else read_values(values, recipe.structure)


def _shapley(scores: dict[tuple[bool, bool, bool], Any], place: int) -> Any:
    others = [i for i in range(len(PARTS)) if i != place]
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(PARTS))
        for chosen in combinations(others, size):
            without = tuple(i in chosen for i in range(len(PARTS)))
            with_it = tuple(i in chosen or i == place for i in range(len(PARTS)))
            total = total + weight * (scores[with_it] - scores[without])  # type: ignore[index]
    return total


def recipe(name: str, structure: pd.DataFrame, steps: Sequence[Step | dict[str, Any]]) -> Recipe:
    """A version from its table and pipeline."""
    return Recipe(name, read_tree(structure), steps)
