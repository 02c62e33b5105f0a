"""Comparing: two indicators, or a change over time under two versions of the method."""

from __future__ import annotations

import math

import pandas as pd

from circularity.assess.assessment import Assessment, assess
from circularity.assess.levels import widest
from circularity.errors import NotComparable
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.load import Method
from circularity.texts import reason

COLUMNS = [
    "fieldlab", "level", "entity", "indicator", "unit", "earlier", "later", "old_earlier", "old_later", "new_later",
    "data_part", "method_part", "total", "status", "reason", "old_version", "new_version",
]  # fmt: skip

# Figures are put on a grid of this many bits, on which sums and differences of three figures are exact.
GRID_BITS = 48


def split_change(
    lab: Fieldlab, old: Method, new: Method, earlier: int, later: int, lang: str = "en", draws: int = 100, seed: int = 1
) -> pd.DataFrame:
    """The change of every indicator that both versions have, from `earlier` under `old` to `later` under `new`.

    The data part is the change over time under the old version; the method part is what the new version makes of the
    later period beyond the old. The two sum exactly to the whole.

    Parameters
    ----------
    lab : Fieldlab
        Read with the newer version, which knows the columns of both.
    old, new : Method
    earlier, later : int
        Periods.
    lang : {"nl", "en"}
        Language of the reasons.
    draws, seed : int
        As in `assess`; the split itself is of the stated figures.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`, with a reason where a part cannot be told. Figures are rounded to one part in 2**48 of
        the largest of the three, so that they add up to the last digit.
    """
    before, after = (assess(lab, method, draws=draws, seed=seed) for method in (old, new))
    rows = []
    for indicator in after.indicators:
        if indicator.id not in old.indicators:
            continue
        levels = [lv for lv in indicator.levels if lv in old.indicator(indicator.id).levels]
        if not levels:
            continue
        level = widest(levels)
        if indicator.unit != old.indicator(indicator.id).unit:
            continue
        for entity in after.outcome(indicator.id, level, later).entities:
            was, then, now = (
                _figure(a, indicator.id, level, entity, p, lang)
                for a, p in ((before, earlier), (before, later), (after, later))
            )
            reasons = [why for value, why in (was, then, now) if math.isnan(value)]
            first, second, third = _on_grid(was[0], then[0], now[0])
            status, why = ("missing", reasons[0]) if reasons else ("ok", "")
            about = [lab.id, level, entity, indicator.id, indicator.unit, earlier, later]
            parts = [second - first, third - second, third - first]
            rows.append([*about, first, second, third, *parts, status, why, old.version, new.version])
    return pd.DataFrame(rows, columns=COLUMNS)


def compare(assessment: Assessment, first: str, second: str, period: int, lang: str) -> pd.DataFrame:
    """The figures of two indicators and their difference, per entity of the widest level that both have.

    Raises
    ------
    NotComparable
        If their units differ, or the method says that they measure in different ways.
    """
    one, other = (assessment.method.indicator(i) for i in (first, second))
    for a, b in ((one, other), (other, one)):
        refused = a.spec.not_comparable
        if refused and b.id in refused.indicators:
            raise NotComparable(found=one.id, expected=other.id, because=refused.because)
    if one.unit != other.unit:
        why = reason("units_differ", first=one.unit, second=other.unit)
        raise NotComparable(found=one.id, expected=other.id, because=why)
    levels = [lv for lv in one.levels if lv in other.levels]
    if not levels:
        raise NotComparable(found=one.id, expected=other.id, because=reason("no_level"))
    level = widest(levels)
    rows = []
    for entity in assessment.outcome(first, level, period).entities:
        (left, left_why), (right, right_why) = (
            _figure(assessment, i, level, entity, period, lang) for i in (first, second)
        )
        rows.append([level, entity, period, left, right, right - left, one.unit, left_why or right_why])
    columns = ["level", "entity", "period", first, second, "difference", "unit", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _figure(
    assessment: Assessment, indicator: str, level: str, entity: str, period: int, lang: str
) -> tuple[float, str]:
    outcome = assessment.outcome(indicator, level, period)  # type: ignore[arg-type]
    if entity not in outcome.entities:
        return math.nan, ""
    e = outcome.entities.index(entity)
    why = outcome.reason[e]
    return float(outcome.value[e]), "" if why is None else why[lang]


def _on_grid(*figures: float) -> tuple[float, ...]:
    largest = max((abs(f) for f in figures if math.isfinite(f)), default=0.0)
    if largest == 0:
        return figures
    step = 2.0 ** (math.frexp(largest)[1] - GRID_BITS)
    return tuple(round(f / step) * step if math.isfinite(f) else f for f in figures)
