"""The published targets that a figure can be held against."""

from __future__ import annotations

import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.method.load import Method

CURRENT = "current"


def current_targets(method: Method) -> pd.DataFrame:
    """The targets that hold now; those that later ones replaced are kept in ``factors/targets.csv`` as history."""
    if "state" not in method.targets:  # a version from before targets were kept as history
        return method.targets
    return method.targets[method.targets["state"] == CURRENT]


def targets_of(assessment: Assessment) -> pd.DataFrame:
    """The current targets that this kind of fieldlab can answer: for its headline indicators and for the scores."""
    asked = {*assessment.headline, *(row.code for row in assessment.method.score_rows)}
    answered = asked & {indicator.id for indicator in assessment.indicators}
    found = current_targets(assessment.method)
    return found[found["indicator"].isin(answered)]
