"""The published targets that a figure can be held against, and how far each is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.levels import widest
from circularity.scoring.tree import ScoreTree

COLUMNS = [
    "target", "indicator", "level", "entity", "period", "value", "wanted", "by_year", "unit", "probability_low",
    "probability_high", "verdict", "status",
]  # fmt: skip

# Probabilities are counts divided by a number of draws; 0.95 must not fail to be 0.95.
ROUNDING = 1e-12


def tree_of(assessment: Assessment) -> ScoreTree:
    """The score tree of the kind of fieldlab that was assessed."""
    return assessment.method.score_tree(assessment.fieldlab.description.kind)


def targets_of(assessment: Assessment) -> pd.DataFrame:
    """The current targets that this kind of fieldlab can answer: for its headline indicators and for its scores."""
    asked = {*assessment.headline, *tree_of(assessment).nodes}
    answered = asked & {indicator.id for indicator in assessment.indicators}
    found = assessment.method.current_targets
    return found[found["indicator"].isin(answered)]


def target_years(assessment: Assessment) -> str:
    """The years by which the targets are to be met that the scores are set against."""
    named = {node.target_name for node in tree_of(assessment)}
    targets = assessment.method.current_targets
    years = targets.loc[targets["target"].isin(named), "by_year"]
    return ", ".join(sorted(set(years)))


def target_verdicts(assessment: Assessment, period: int) -> pd.DataFrame:
    """How far indicators are from the published targets in a period: the current ones this kind of fieldlab can answer.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`; ``verdict`` is ``met``, ``not_met``, ``undecided`` or ``missing``, and ``status`` says
        whether the target itself was checked against its source.
    """
    rows = []
    for target in targets_of(assessment).to_dict("records"):
        indicator = assessment.method.indicator(target["indicator"])
        level = widest(indicator.levels)
        outcome = assessment.outcome(indicator.id, level, period)
        for entity in outcome.entities:
            value, low, high = assessment.spread(indicator.id, level, entity, period)
            wanted = float(target["value"])
            row = dict.fromkeys(COLUMNS, np.nan) | {
                "target": target["target"], "indicator": indicator.id, "level": level, "entity": entity,
                "period": period, "value": value, "wanted": wanted, "by_year": int(target["by_year"]),
                "unit": indicator.unit, "verdict": "missing", "status": target["status"],
            }  # fmt: skip
            if np.isfinite(value):
                sure, possible = float(np.mean(low >= wanted)), float(np.mean(high >= wanted))
                if indicator.direction == "lower_is_better":
                    sure, possible = float(np.mean(high <= wanted)), float(np.mean(low <= wanted))
                row["probability_low"], row["probability_high"] = sure, possible
                shown = assessment.method.settings.verdict.shown
                row["verdict"] = shown_or_not(sure, possible, shown, ("met", "not_met"))
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def shown_or_not(sure: float, possible: float, shown: float, words: tuple[str, str]) -> str:
    """The first word when it is shown whatever the unknown, the second when its opposite is, else ``undecided``.

    Parameters
    ----------
    sure, possible : float
        Probability with what is unknown turning out against it, and for it.
    shown : float
        Probability from which it is shown.
    words : (str, str)
    """
    if sure >= shown - ROUNDING:
        return words[0]
    return words[1] if 1 - possible >= shown - ROUNDING else "undecided"
