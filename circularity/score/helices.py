"""The weights of each helix as something that can be drawn."""

from __future__ import annotations

import pandas as pd

from circularity.scoring.factors import DrawnWeights

POOLED = "pooled"


def weights_by_helix(people: pd.DataFrame) -> dict[str, DrawnWeights]:
    """One of the people of a helix at random, each as likely, with the weights that they gave.

    Parameters
    ----------
    people : DataFrame
        ``respondent, helix, code, weight``; what somebody did not answer keeps the weights of the chain.

    Returns
    -------
    dict of str to DrawnWeights
        By helix, in order of name.
    """
    found = {}
    for helix, mine in people.groupby("helix", sort=True):
        each = [dict(zip(one["code"], one["weight"], strict=True)) for _, one in mine.groupby("respondent", sort=True)]
        sets = [{str(c): float(w) for c, w in sorted(one.items()) if w == w} for one in each]
        found[str(helix)] = DrawnWeights(way="sets", sets=sets)
    return found


def weights_by_group(weights: pd.DataFrame) -> tuple[dict[str, float], dict[str, DrawnWeights]]:
    """The weights of all together by code, and of each helix as its one set.

    Parameters
    ----------
    weights : DataFrame
        ``group, code, weight``; the group ``pooled`` holds the weights of all together.
    """
    groups = {
        str(group): {str(c): float(w) for c, w in zip(mine["code"], mine["weight"], strict=True) if w == w}
        for group, mine in weights.groupby("group", sort=True)
    }
    helices = {g: DrawnWeights(way="sets", sets=[one]) for g, one in groups.items() if g != POOLED}
    return groups.get(POOLED, {}), helices
