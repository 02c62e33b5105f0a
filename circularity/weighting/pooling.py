"""Pooling judgements (AIJ) or weights (AIP) of people: every group weighs the same, however many people it has.

References
----------
.. [1] Forman, E. and Peniwati, K. (1998). Aggregating individual judgments and priorities with the Analytic Hierarchy
   Process. European Journal of Operational Research 108(1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from circularity.errors import CallError, WeightingError, Where
from circularity.weighting.ahp import checked
from circularity.weighting.labelled import same_items


def equal_say(group_of: Mapping[str, str], groups: Iterable[str], where: Where | None = None) -> pd.Series:
    """The weight of each person: one over the number of groups times the number of people in the group.

    Parameters
    ----------
    group_of : mapping of str to str
        The group of every person.
    groups : iterable of str
        Groups that must be represented.
    where : Where, optional
        What they were asked about, for errors.

    Returns
    -------
    Series
        By person in the order of names, sum 1.

    Raises
    ------
    EmptyHelix
        If a group has nobody; with its name.
    """
    wanted = sorted(set(groups))
    size = {group: sum(g == group for g in group_of.values()) for group in wanted}
    for group, people in size.items():
        if not people:
            raise WeightingError("EmptyHelix", where=where, found=group)
    found = {p: 1 / (len(wanted) * size[g]) for p, g in sorted(group_of.items()) if g in size}
    return pd.Series(found, dtype=np.float64)


def pooled_judgements(matrices: Mapping[str, pd.DataFrame], say: pd.Series) -> pd.DataFrame:
    """The judgements of a group as the weighted geometric mean of those of its people (AIJ) [1]_; it stays reciprocal.

    Parameters
    ----------
    matrices : mapping of str to DataFrame
        By person, complete, about the same items.
    say : Series
        By person; what they have is taken in proportion.

    Raises
    ------
    MissingAnswer
        If somebody compared other items.
    """
    people = sorted(say.index)
    ordered = {person: checked(matrices[person]) for person in people}
    first = ordered[people[0]]
    for matrix in ordered.values():
        same_items(matrix.index, first.index)
    logs = np.stack([np.log(matrix.to_numpy()) for matrix in ordered.values()])
    part = (say.loc[people] / say.sum()).to_numpy()
    upper = np.triu(np.tensordot(part, logs, axes=1), 1)
    return pd.DataFrame(np.exp(upper - upper.T), index=first.index, columns=first.columns)


def pooled_weights(
    weights: pd.DataFrame, say: pd.Series, mean: Literal["arithmetic", "geometric"] = "arithmetic"
) -> pd.Series:
    """The weights of a group as the mean of those of its people (AIP) [1]_.

    Parameters
    ----------
    weights : DataFrame, (people, items)
        Rows sum to 1.
    say : Series
        By person; what they have is taken in proportion.
    mean : {"arithmetic", "geometric"}
        The geometric mean of weights equals `pooled_judgements` when weights are row geometric means.

    Returns
    -------
    Series
        By item in the order of names, sum 1.

    Raises
    ------
    ZeroWeight
        If somebody gives an item no weight at all, of which the geometric mean would make a veto.
    """
    people, items = sorted(say.index), sorted(weights.columns)
    values = weights.loc[people, items].to_numpy()
    part = (say.loc[people] / say.sum()).to_numpy()
    if mean == "geometric":
        if (values <= 0).any():
            person, item = (int(i) for i in np.argwhere(values <= 0)[0])
            raise CallError("ZeroWeight", where=Where(key=items[item]), found=people[person])
        pooled = np.exp(part @ np.log(values))
    else:
        pooled = part @ values
    return pd.Series(pooled / pooled.sum(), index=items)
