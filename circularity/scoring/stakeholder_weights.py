"""Weights that stakeholders gave: of all together, and of each helix as something that can be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from circularity.errors import CircularityError, DataFaults, FileError, ScoringError, Where, meant
from circularity.scoring.tree import ScoreTree
from circularity.scoring.uncertain_inputs import POOLED, UncertainWeights
from circularity.tables.checked import Cells
from circularity.texts import word


@dataclass(frozen=True)
class StakeholderWeights:
    """Weights that were asked for.

    Attributes
    ----------
    pooled : mapping of str to float
        By code, of all together: these make the scores.
    helices : mapping of str to UncertainWeights
        By helix, in order of name: under these claims are tested.
    """

    pooled: Mapping[str, float]
    helices: Mapping[str, UncertainWeights] = field(default_factory=dict)


def weights_of_groups(weights: pd.DataFrame) -> StakeholderWeights:
    """Weights of all together, and of each helix as its one set.

    Parameters
    ----------
    weights : DataFrame
        ``group, code, weight``; the group ``pooled`` holds the weights of all together.
    """
    groups = {
        str(group): {str(c): float(w) for c, w in zip(mine["code"], mine["weight"], strict=True) if w == w}
        for group, mine in weights.groupby("group", sort=True)
    }
    helices = {g: UncertainWeights(way="sets", sets=[one]) for g, one in groups.items() if g != POOLED}
    return StakeholderWeights(groups.get(POOLED, {}), helices)


def read_weights(table: pd.DataFrame, tree: ScoreTree) -> StakeholderWeights:
    """The weights of a table with the columns ``code``, ``weight`` and, for weights of each helix, ``group``.

    A table without groups is of all together.

    Raises
    ------
    DataFaults
        With everything that is wrong: a code that the tree does not have, a cell that holds no number, no weights of
        all together.
    """
    faults: list[CircularityError] = []
    cells = Cells(table, "weights", ["code", "weight"], ["group", "parent"], faults)
    rows = []
    for row in range(len(cells)):
        code, group = cells.text(row, "code"), cells.text(row, "group", needed=False) or POOLED
        if code and code not in tree:
            where, hint = cells.where(row, "code"), meant(code, tree.nodes)
            faults.append(ScoringError("UnknownIndicatorOfStructure", where=where, found=code, hint=hint))
        rows.append({"group": group, "code": code, "weight": cells.number(row, "weight")})
    found = weights_of_groups(pd.DataFrame(rows))
    if not found.pooled:
        where, empty = Where(file=cells.file, column="group"), word("empty", "yaml_value")
        faults.append(FileError("WrongValue", where=where, found=empty, expected=f"'{POOLED}'"))
    if faults:
        raise DataFaults(faults)
    return found


def weights_of_people(weights: pd.DataFrame, people: pd.DataFrame) -> StakeholderWeights:
    """Weights of all together, and in each helix those of one of its people at random, each as likely.

    Parameters
    ----------
    weights : DataFrame
        As for `weights_of_groups`.
    people : DataFrame
        ``respondent, helix, code, weight``; what somebody did not answer keeps the weights of the pipeline.
    """
    helices = {}
    for helix, mine in people.groupby("helix", sort=True):
        each = [dict(zip(one["code"], one["weight"], strict=True)) for _, one in mine.groupby("respondent", sort=True)]
        sets = [{str(c): float(w) for c, w in sorted(one.items()) if w == w} for one in each]
        helices[str(helix)] = UncertainWeights(way="sets", sets=sets)
    return StakeholderWeights(weights_of_groups(weights).pooled, helices)
