"""Comparing: two indicators, or a change over time under two versions of the method."""

from __future__ import annotations

import math

import pandas as pd

from circularity.assessment.assessment import Assessment, assess
from circularity.assessment.levels import widest
from circularity.errors import CallError, sentence
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.texts import Both, reason

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
        Read again with a version that is not its own.
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
    if lab.path is None:
        raise CallError("WrongArgument", name="lab", found=lab.id, expected=sentence("from_files", "words"))
    # What follows from a code, and how uncertain a score makes a number, each version says for itself.
    labs = (lab if method is lab.method else load_fieldlab(lab.path, method) for method in (old, new))
    before, after = (assess(data, data.method, draws=draws, seed=seed) for data in labs)
    sides = [(before, earlier), (before, later), (after, later)]
    had = {i.id: i for i in before.indicators}
    rows = []
    for indicator in after.indicators:
        if indicator.id not in had:
            continue
        unlike, level = _unlike(had[indicator.id], indicator)
        entities: dict[str, None] = {}
        for a, p in sides:
            if level in a.method.indicator(indicator.id).levels:
                entities |= dict.fromkeys(a.outcome(indicator.id, level, p).entities)
        for entity in entities:
            figures = [(math.nan, unlike) if unlike else _figure(a, indicator.id, level, entity, p) for a, p in sides]
            why = next((w[lang] for value, w in figures if w is not None and math.isnan(value)), "")
            first, second, third = _on_grid(*(value for value, _ in figures))
            about = [lab.id, level, entity, indicator.id, indicator.unit, earlier, later]
            parts = [second - first, third - second, third - first]
            status = "missing" if why else "ok"
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
            raise CallError("NotComparable", found=one.id, expected=other.id, because=refused.because)
    unlike, level = _unlike(one, other)
    if unlike is not None:
        raise CallError("NotComparable", found=one.id, expected=other.id, because=unlike)
    rows = []
    for entity in assessment.outcome(first, level, period).entities:
        figures = [_figure(assessment, i, level, entity, period) for i in (first, second)]
        (left, left_why), (right, right_why) = figures
        why = next((w for value, w in figures if math.isnan(value)), left_why or right_why)
        rows.append([level, entity, period, left, right, right - left, one.unit, why[lang] if why else ""])
    columns = ["level", "entity", "period", first, second, "difference", "unit", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _figure(
    assessment: Assessment, indicator: str, level: Level, entity: str, period: int
) -> tuple[float, Both | None]:
    """The figure of an entity, and the reason when there is none or something was assumed."""
    outcome = assessment.outcome(indicator, level, period)
    if entity not in outcome.entities:
        return math.nan, reason("entity_absent", entity=entity, period=period)
    e = outcome.entities.index(entity)
    return float(outcome.value[e]), outcome.reason[e]


def _unlike(first: Indicator, second: Indicator) -> tuple[Both | None, Level]:
    """Why two indicators cannot be held together, if so; and the widest level of both, or else of `second`."""
    levels = [lv for lv in second.levels if lv in first.levels]
    level = widest(levels or second.levels)
    if first.unit != second.unit:
        return reason("units_differ", first=first.unit, second=second.unit), level
    return (None if levels else reason("no_level")), level


def _on_grid(*figures: float) -> tuple[float, ...]:
    largest = max((abs(f) for f in figures if math.isfinite(f)), default=0.0)
    if largest == 0:
        return figures
    step = 2.0 ** (math.frexp(largest)[1] - GRID_BITS)
    return tuple(round(f / step) * step if math.isfinite(f) else f for f in figures)
