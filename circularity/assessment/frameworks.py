"""The answers of an assessment to a framework, in the framework's own numbering."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.levels import widest
from circularity.errors import CallError
from circularity.method.indicator import answers
from circularity.texts import Texts

COLUMNS = [
    "fieldlab", "framework", "item", "name", "obligation", "indicator", "level", "entity", "period", "value", "low",
    "high", "unit", "coverage", "status", "reason", "deviation", "method_version",
]  # fmt: skip

# What may become of an item, best first.
STATUSES = ("ok", "missing", "not_applicable", "not_available")


def framework_table(assessment: Assessment, framework: str, period: int, lang: str = "en") -> pd.DataFrame:
    """Every item of a framework with the figures that answer it, at their widest level.

    Parameters
    ----------
    assessment : Assessment
    framework : str
        Id of a framework of the method.
    period : int
    lang : {"nl", "en"}

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`. An item that the method has no indicator for has status ``not_available`` and says why.

    Raises
    ------
    UnknownFramework
        If the method does not have it.
    """
    method = assessment.method
    if framework not in method.frameworks:
        raise CallError("UnknownFramework", found=framework, expected=sorted(method.frameworks))
    declared = method.frameworks[framework]
    results = assessment.table(lang)
    results = results[results["period"] == assessment.fieldlab.period(period)]
    rows: list[dict[str, Any]] = []
    for item, indicators in answers(declared, method.indicators.values()):
        start = {
            "fieldlab": assessment.fieldlab.id,
            "framework": framework,
            "item": item.id,
            "name": item.name[lang],
            "obligation": item.obligation or "",
            "period": period,
            "method_version": method.version,
        }
        if not indicators:
            why = item.not_available[lang] if item.not_available else Texts(lang)("framework.no_indicator")
            rows.append(start | _nothing("not_available", why))
        for indicator in indicators:
            if indicator not in assessment.indicators:
                why = Texts(lang)("framework.not_for_kind")
                rows.append(start | _nothing("not_applicable", why) | {"indicator": indicator.id})
                continue
            mine = results[(results["indicator"] == indicator.id) & (results["level"] == widest(indicator.levels))]
            deviation = indicator.spec.deviation
            said = {"deviation": deviation[lang] if deviation else ""}
            rows += [start | row | said for row in mine.to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS)


def _nothing(status: str, why: str) -> dict[str, Any]:
    """An answer without a figure."""
    empty = {"indicator": "", "level": "", "entity": "", "unit": "", "deviation": ""}
    return {**dict.fromkeys(("value", "low", "high", "coverage"), math.nan), **empty, "status": status, "reason": why}


def framework_coverage(assessment: Assessment, period: int, lang: str = "en") -> pd.DataFrame:
    """For every item of every framework what became of it in a period.

    Returns
    -------
    DataFrame
        Columns ``framework``, ``item``, ``name``, ``indicator``, ``status`` and ``reason``; one row per item and
        indicator. An indicator with figures for several entities counts as computed when one of them is.
    """
    rows = []
    for framework in assessment.method.frameworks:
        table = framework_table(assessment, framework, period, lang)
        for (item, indicator), found in table.groupby(["item", "indicator"], sort=False):
            best = min(found["status"], key=STATUSES.index)
            first = found[found["status"] == best].iloc[0]
            rows.append([framework, item, first["name"], indicator, best, first["reason"] if best != "ok" else ""])
    return pd.DataFrame(rows, columns=["framework", "item", "name", "indicator", "status", "reason"])
