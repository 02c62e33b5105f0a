"""The rows of the data behind a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.assessment.drivers import uses_parts
from circularity.assessment.evaluate import PeriodEvaluation
from circularity.assessment.functions import gathered_for
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator, source_column

# What is shown of the flows that a function is called with.
FLOW_COLUMNS = ["file", "row", "from", "to", "role", "material", "origin", "destination", "kg", "counts", "source"]


def rows_behind(
    evaluation: PeriodEvaluation, indicator: Indicator, level: Level, entity: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows that the sums of an indicator were taken over, and how many there are by name of the formula.

    Returns
    -------
    rows : DataFrame
        ``term`` is the name in the formula, empty where every name rests on the row; then what the row holds.
    counts : dict of str to int
    """
    if indicator.function is not None:
        behind = gathered_for(evaluation.context, indicator.function).behind
        more = ["rows"] if evaluation.context.fieldlab.condensed else []
        columns = [*(c for c in FLOW_COLUMNS if c in behind), *more]
        name = indicator.function.function.takes.name
        rows = behind[columns].assign(term=name).reset_index(drop=True)
        return rows.fillna(""), {name: int(behind["rows"].sum())}
    if uses_parts(indicator, level):
        return _part_rows(evaluation, indicator, level, entity)
    found = []
    for name, way in evaluation.ways(indicator, level).items():
        table = evaluation.tables[way.table]
        rows = table.rows_behind(way, level, entity).assign(term=name)
        amounts = table.spec.amount
        if table.spec.mass_column:
            rows["kg"], amounts = rows["summed"], ["kg"]
        elif table.readings is not None:  # in the unit of the quantity, whatever unit it was written down in
            rows["unit"], amounts = indicator.unit_of(name), [*amounts, "unit"]
        # In a large ledger a row of the table is a group, and says how many rows it is.
        more = ["rows"] if evaluation.context.fieldlab.condensed and "rows" in rows else []
        counts = [] if table.readings is not None else ["counts"]
        columns = ["file", "row", *table.shown(way), *amounts, *counts, "source", *more, "term"]
        found.append(rows[[c for c in columns if c in rows]])
    found = [f for f in found if len(f)]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame({"term": []})
    texts = [c for c in rows if not pd.api.types.is_numeric_dtype(rows[c])]
    rows[texts] = rows[texts].fillna("")
    weight = rows["rows"].fillna(1).astype("int64") if "rows" in rows else pd.Series(1, index=rows.index)
    return rows, {n: int(weight[rows["term"] == n].sum()) for n in indicator.quantities}


def _part_rows(
    evaluation: PeriodEvaluation, indicator: Indicator, level: Level, entity: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    parts = evaluation.parts
    if level == "product":
        if entity not in parts.entities:
            return pd.DataFrame({"term": []}), dict.fromkeys(indicator.quantities, 0)
        pairs = parts.of(entity)
        used, count = np.unique(np.concatenate([parts.whole[pairs], parts.part[pairs]])), len(pairs)
    else:
        used = np.array(parts.products_of(level, entity), dtype=np.int64)
        count = len(used)
    names = {n: source_column(i) for n, i in indicator.inputs.items()}
    formulas = [w.expression for q in indicator.quantities.values() if (w := q.over("products"))]
    columns = [c for f in formulas for c in parts.plain_columns(f, names, assumed=True)]
    for name in indicator.whole_inputs:
        columns += parts.columns_of(names[name])
    shown = parts.rows.loc[used, ["file", "row", "product", "material", *dict.fromkeys(columns), "source"]]
    counts = dict.fromkeys(indicator.quantities, count) | dict.fromkeys(indicator.whole_inputs, 1)
    return shown.dropna(axis=1, how="all").assign(term="").reset_index(drop=True), counts
