"""Which rows of the data drive the uncertainty of a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from circularity.assessment.evaluate import PeriodEvaluation
from circularity.assessment.sampling import Array
from circularity.assessment.values import IndicatorValues
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator, source_column

MOST_DRIVERS = 10


def uses_parts(indicator: Indicator, level: Level) -> bool:
    """Whether an indicator is summed over the products table at a level."""
    if any(i.indicator for i in indicator.inputs.values()):
        return True
    return level == "product" and all(q.over("products") is not None for q in indicator.quantities.values())


def drivers(
    evaluation: PeriodEvaluation,
    indicator: Indicator,
    outcome: IndicatorValues,
    e: int,
    level: Level,
    entity: str,
    lang: str,
) -> pd.DataFrame:
    """First-order part of the variance by row of the data: the slope of the formula times the spread of the row.

    Empty for a function, which has no formula to differentiate.
    """
    if (
        outcome.status[e] != "ok"
        or indicator.function is not None
        or any(i.indicator for i in indicator.inputs.values())
    ):
        return pd.DataFrame()
    slopes = indicator.partials(
        {n: float(outcome.terms[n][e]) for n in [*indicator.quantities, *indicator.whole_inputs]}
    )
    if uses_parts(indicator, level):
        return _part_drivers(evaluation, indicator, slopes, entity, lang)
    ways = evaluation.ways(indicator, level)
    codes: dict[str, dict[str, str]] = {}  # the codes by which a row is known, with their vocabulary, by table
    for way in ways.values():
        columns = evaluation.tables[way.table].spec.columns
        shown = [c for c in evaluation.tables[way.table].shown(way) if columns[c].kind == "code"]
        codes.setdefault(way.table, {}).update({c: str(columns[c].vocabulary) for c in shown})
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for name, way in ways.items():
        behind = evaluation.tables[way.table].rows_behind(way, level, entity)
        if not way.expression.names or "log_sd" not in behind:
            continue
        for row in behind[behind["counts"] == "yes"].to_dict("records"):
            labels = [
                evaluation.method.vocabularies[v].label(str(row[c]), lang)
                for c, v in codes[way.table].items()
                if row[c]
            ]
            about = {"file": row["file"], "row": row["row"], "what": ", ".join(labels), "spread": 0.0}
            entry = rows.setdefault((str(row["file"]), int(row["row"])), about)
            entry["spread"] += slopes.get(name, 0.0) * row["summed"] * float(np.sqrt(np.expm1(row["log_sd"] ** 2)))
    return _largest(list(rows.values()))


def _largest(found: list[dict[str, Any]]) -> pd.DataFrame:
    """Sources of spread, largest first, with their part of the variance."""
    total = sum(f["spread"] ** 2 for f in found)
    if not total > 0:
        return pd.DataFrame()
    table = pd.DataFrame(found)
    table["part_of_variance"] = table.pop("spread") ** 2 / total
    table = table[table["part_of_variance"] > 0].sort_values("part_of_variance", ascending=False, kind="stable")
    return table.head(MOST_DRIVERS).reset_index(drop=True)


def _part_drivers(
    evaluation: PeriodEvaluation, indicator: Indicator, slopes: Mapping[str, float], product: str, lang: str
) -> pd.DataFrame:
    """First-order part of the variance by part and column, for sums over the parts of a product."""
    parts = evaluation.parts
    column = {n: source_column(i) for n, i in indicator.inputs.items()}
    pairs = parts.of(product)
    found: dict[tuple[int, str], float] = {}

    def add(names: tuple[str, ...], slope_of: Any) -> None:
        arrays = {n: parts.of_pairs(column.get(n, n), {}) for n in names}
        for pair in pairs:
            point = {n: float(a[pair, 0]) for n, a in arrays.items() if np.isfinite(a[pair, 0])}
            for n, slope in slope_of(point).items():
                spread = slope * _spread(arrays[n][pair])
                if np.isfinite(spread):  # an input that is not needed here may be unknown
                    key = (int(parts.part[pair]), n)
                    found[key] = found.get(key, 0.0) + spread

    for name, quantity in indicator.quantities.items():
        way = quantity.over("products")
        slope = slopes.get(name, 0.0)
        if way is not None and slope:
            formula = way.expression
            add(formula.names, lambda p, f=formula, s=slope: {n: s * d for n, d in f.partials(p).items()})
    for name in indicator.whole_inputs:
        values = parts.of_pairs(f"whole.{column[name]}", {})[pairs[0]]
        found[int(parts.whole[pairs[0]]), name] = slopes.get(name, 0.0) * _spread(values)
    rows = []
    for (row, name), spread in found.items():
        table = parts.rows.loc[row]
        label = indicator.label(name, lang) if name in indicator.inputs else _column_name(evaluation, name, lang)
        part = table["name"] or table["product"]
        if table["material"]:
            part = evaluation.method.vocabularies["materials"].label(str(table["material"]), lang)
        what = f"{part}: {label}"
        rows.append({"file": table["file"], "row": table["row"], "what": what, "spread": spread})
    return _largest(rows)


def _spread(values: Array) -> float:
    """Standard deviation of the draws; 0 where nothing varies."""
    return float(np.std(values[1:])) if len(values) > 1 else 0.0


def _column_name(evaluation: PeriodEvaluation, column: str, lang: str) -> str:
    table = evaluation.method.tables["products"]
    spec = table.columns.get(column) or table.derived.get(column)
    return column if spec is None else spec.name[lang]
