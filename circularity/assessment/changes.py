"""What changed between two periods, with a probability and a verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.levels import widest
from circularity.assessment.targets import shown_or_not
from circularity.method.declarations import Level

CHANGE_COLUMNS = [
    "indicator", "level", "entity", "earlier", "later", "value_earlier", "value_later", "change", "low", "high", "unit",
    "probability_low", "probability_high", "verdict",
]  # fmt: skip


def changes(
    assessment: Assessment, indicators: Sequence[str], earlier: int, later: int, level: Level | None = None
) -> pd.DataFrame:
    """Whether indicators improved between two periods.

    Parameters
    ----------
    assessment : Assessment
    indicators : sequence of str
        Indicators to look at.
    earlier, later : int
        Periods.
    level : Level, optional
        By default the widest level that an indicator has.

    Returns
    -------
    DataFrame
        Columns as in `CHANGE_COLUMNS`. The probability that the later figure is the better one lies between
        ``probability_low`` and ``probability_high``; they differ when something is unknown. ``verdict`` is
        ``improved``, ``worsened``, ``undecided``, ``unchanged`` or ``missing``; for an indicator without a better
        direction ``increased`` or ``decreased``. The draws of two periods are independent, which makes a change
        harder to show than when the same error sits in both (decision 0005).
    """
    settings = assessment.method.settings
    rows = []
    for id_ in indicators:
        indicator = assessment.method.indicator(id_)
        at = level or widest(indicator.levels)
        for entity in _common(assessment, id_, at, earlier, later):
            before, before_low, before_high = assessment.spread(id_, at, entity, earlier)
            after, after_low, after_high = assessment.spread(id_, at, entity, later)
            row = dict.fromkeys(CHANGE_COLUMNS, np.nan) | {
                "indicator": id_, "level": at, "entity": entity, "earlier": earlier, "later": later,
                "value_earlier": before, "value_later": after, "change": after - before, "unit": indicator.unit,
                "verdict": "missing",
            }  # fmt: skip
            if np.isfinite(before) and np.isfinite(after):
                low, high = settings.uncertainty.interval
                least = row["low"] = float(np.quantile(after_low - before_high, low))
                most = row["high"] = float(np.quantile(after_high - before_low, high))
                sure, possible = np.mean(after_low > before_high), np.mean(after_high > before_low)
                if indicator.direction == "lower_is_better":
                    sure, possible = np.mean(after_high < before_low), np.mean(after_low < before_high)
                row["probability_low"], row["probability_high"] = float(sure), float(possible)
                words = ("increased", "decreased") if indicator.direction == "neutral" else ("improved", "worsened")
                row["verdict"] = shown_or_not(float(sure), float(possible), settings.verdict.shown, words)
                small = settings.verdict.smallest_change * max(abs(before), abs(after))
                if -small <= least and most <= small:  # the change and its interval: nothing could be more
                    row["verdict"] = "unchanged"
            rows.append(row)
    return pd.DataFrame(rows, columns=CHANGE_COLUMNS)


def _common(assessment: Assessment, id_: str, level: Level, earlier: int, later: int) -> list[str]:
    before = assessment.outcome(id_, level, earlier).entities
    after = assessment.outcome(id_, level, later).entities
    return [e for e in before if e in after]
