"""What one person answered about one node, and the weights and consistency that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CircularityError, WeightingError, Where
from circularity.method.weighting_config import ConsensusMethod
from circularity.weighting.ahp import (
    Deviation,
    Pair,
    completed,
    consistency_ratio,
    eigenvector,
    geometric_index,
    inconsistency,
    judgement_matrix,
    largest_deviation,
    row_geometric_mean,
)
from circularity.weighting.best_worst import (
    BestWorst,
    best_worst,
    consistency_limit,
    input_consistency,
    linear_weights,
)
from circularity.weighting.labelled import same_items
from circularity.weighting.point_allocation import budget_weights, rank_order_centroid, smart_weights, swing_weights

CONSISTENCY = (
    "respondent", "helix", "parent", "way", "measure", "value", "limit", "consistent", "geometric_index",
    "geometric_limit", "completed", "item", "other", "given", "fits",
)  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """One judgement: `item`, where there is one over `other`; of the best-worst method in one of its two `part`."""

    item: str
    value: float
    other: str = ""
    part: str = ""


@dataclass(frozen=True)
class Answer:
    """What one person answered about one node.

    Attributes
    ----------
    respondent, helix, role : str
        Who: a code, a helix of the method, a role of the method or empty.
    node, elicitation : str
        What was asked, and by which elicitation method; the column ``way`` of the tables.
    judgements : tuple of Judgement
    weights : Series
        By item, sum 1.
    matrix : DataFrame or None
        The comparisons, completed; with AHP.
    consistency : dict or None
        A row of the table of consistency; with AHP and BWM.
    findings : tuple of CircularityError
        What to ask again.
    """

    respondent: str
    helix: str
    role: str
    node: str
    elicitation: str
    judgements: tuple[Judgement, ...]
    weights: pd.Series
    matrix: pd.DataFrame | None = None
    consistency: Mapping[str, Any] | None = None
    findings: tuple[CircularityError, ...] = field(default=())


def answered(
    who: tuple[str, str, str],
    node: str,
    elicitation: str,
    judgements: Iterable[Judgement],
    items: Iterable[str],
    method: ConsensusMethod,
) -> Answer:
    """The answer of one person about one node, weighed.

    Parameters
    ----------
    who : (str, str, str)
        Respondent, helix, role.
    node, elicitation : str
    judgements : iterable of Judgement
        Every item once; of comparisons each pair at most once.
    items : iterable of str
        The items of the node.
    method : ConsensusMethod
        Scales, limits and fixed points.

    Raises
    ------
    CircularityError
        The named error of what is wrong with the judgements, with the item or pair as the key of its place.
    """
    given = tuple(sorted(judgements, key=lambda j: (j.part, j.item, j.other)))
    names, points = sorted(items), method.rules.points
    place = Where(key=f"{who[0]}, {node}")
    about = {"respondent": who[0], "helix": who[1], "parent": node, "way": elicitation}
    if elicitation == "ahp":
        matrix = judgement_matrix({(j.item, j.other): j.value for j in given}, names, method.rules.ahp.scale)
        weights, full, row, findings = _pairwise(matrix, about, place, method)
        return Answer(*who, node, elicitation, given, weights, full, row, findings)
    if elicitation == "bwm":
        judged = _best_worst(given, names, method.rules.bwm.scale)
        weights = linear_weights(judged)[0]
        row, findings = _against_best_and_worst(judged, weights, about, place, method)
        return Answer(*who, node, elicitation, given, weights, None, row, findings)
    values = {j.item: j.value for j in given}
    same_items(values, names)
    weights = {
        "swing": lambda: swing_weights(values, points.swing),
        "smart": lambda: smart_weights(values, points.smart),
        "budget": lambda: budget_weights(values, points.budget),
        "roc": lambda: rank_order_centroid(values),
    }[elicitation]()
    return Answer(*who, node, elicitation, given, weights)


def _pairwise(
    given: pd.DataFrame, about: Mapping[str, str], place: Where, method: ConsensusMethod
) -> tuple[pd.Series, pd.DataFrame, dict[str, Any], tuple[CircularityError, ...]]:
    rules, size = method.rules.ahp, len(given)
    matrix = completed(given)
    eigen = eigenvector(matrix)
    worst = largest_deviation(given, eigen.weights)
    findings: list[CircularityError] = []
    ratio = np.nan
    try:
        ratio = consistency_ratio(eigen.index, size, method.random_index)
    except WeightingError as problem:
        problem.where = place
        findings.append(problem)
    if finding := inconsistency(ratio, rules.consistency_ratio, worst, place):
        findings.append(finding)
    row = {
        **about, "measure": "CR", "value": ratio, "limit": rules.consistency_ratio,
        "consistent": None if np.isnan(ratio) else bool(ratio <= rules.consistency_ratio),
        "geometric_index": geometric_index(matrix, row_geometric_mean(matrix)),
        "geometric_limit": method.geometric_limit(size) if size > 2 else np.nan,
        "completed": int(given.isna().to_numpy().sum() // 2), **vars(worst),
    }  # fmt: skip
    return eigen.weights, matrix, row, tuple(findings)


def _best_worst(given: Iterable[Judgement], names: list[str], scale: float) -> BestWorst:
    over = {j.other: j.value for j in given if j.part == "best"}
    under = {j.item: j.value for j in given if j.part == "worst"}
    best = {j.item for j in given if j.part == "best"}
    worst = {j.other for j in given if j.part == "worst"}
    return best_worst(best.pop(), worst.pop(), over, under, names, scale)


def _against_best_and_worst(
    judged: BestWorst, weights: pd.Series, about: Mapping[str, str], place: Where, method: ConsensusMethod
) -> tuple[dict[str, Any], tuple[CircularityError, ...]]:
    ratio, item = input_consistency(judged)
    limit = consistency_limit(judged, method.thresholds) if ratio > 0 else np.nan
    pairs: list[tuple[Pair, float]] = [
        ((judged.best, item), float(judged.from_best[item])),
        ((item, judged.worst), float(judged.to_worst[item])),
    ]

    def far(pair: Pair, value: float) -> Deviation:
        # The optimum may give the worst no weight, which no judgement fits.
        fits = weights[pair[0]] / weights[pair[1]] if weights[pair[1]] > 0 else np.inf
        return Deviation(*pair, value, float(fits))

    candidates = [far(pair, value) for pair, value in pairs]
    worst = max(candidates, key=lambda d: abs(np.log(d.given / d.fits)) if 0 < d.fits < np.inf else np.inf)
    finding = inconsistency(ratio, limit, worst, place)
    row = {
        **about, "measure": "CR_I", "value": ratio, "limit": limit,
        "consistent": True if ratio == 0 else None if np.isnan(limit) else bool(ratio <= limit),
        "geometric_index": np.nan, "geometric_limit": np.nan, "completed": 0, **vars(worst),
    }  # fmt: skip
    return row, () if finding is None else (finding,)
