"""QuantityValues over the products of an organisation: figures of products rolled up to the product range."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circularity.assessment.part_sums import PartSums
from circularity.assessment.sampling import Array
from circularity.assessment.values import IndicatorValues, QuantityValues
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator, source_column
from circularity.texts import LANGUAGES, reason


def product_rollup(
    indicator: Indicator, level: Level, parts: PartSums, products: Mapping[str, IndicatorValues]
) -> QuantityValues:
    """The quantities of an indicator whose rows are products.

    Parameters
    ----------
    indicator : Indicator
        Its inputs name columns of the products table, or other indicators at product level.
    level : Level
    parts : PartSums
        Products of the period.
    products : mapping of str to IndicatorValues
        Indicators at product level that were computed before.
    """
    names = sorted(set(parts.run.fieldlab.belongs(level).values()))
    width = 1 + parts.run.draws
    result = QuantityValues(
        names, {q: np.zeros((len(names), width)) for q in indicator.quantities}, np.ones(len(names))
    )
    for e, name in enumerate(names):
        mine = products_of(parts, level, name)
        if not mine:
            result.coverage[e] = 0.0
            result.problems[e] = ("missing", reason("no_products"))
            continue
        arrays: dict[str, Array] = {}
        for input_name, spec in indicator.inputs.items():
            if spec.indicator is not None:
                arrays[input_name] = _figures(
                    products[spec.indicator], [str(parts.rows.at[i, "product"]) for i in mine]
                )
            else:
                arrays[input_name] = parts.of_rows(source_column(spec))[mine]
        known = np.all([~np.isnan(a[:, 0]) for a in arrays.values()], axis=0)
        if not known.all():
            lacking = parts.rows.loc[[i for i, k in zip(mine, known, strict=True) if not k], "product"]
            which = [n for n, a in arrays.items() if np.isnan(a[:, 0]).any()]
            what = {
                lang: f"{', '.join(indicator.inputs[n].name[lang] for n in which)} ({', '.join(lacking)})"
                for lang in LANGUAGES
            }
            result.coverage[e] = float(known.mean())
            result.problems[e] = ("missing", reason("product_unknown", what=what))
            continue
        for quantity_name, quantity in indicator.quantities.items():
            way = quantity.over("products")
            if way is not None:
                result.values[quantity_name][e] = np.sum(way.expression(arrays), axis=0)
    return result


def products_of(parts: PartSums, level: Level, entity: str) -> list[int]:
    """Positions in `parts.rows` of the products of an entity: what is no part of another product."""
    belongs = parts.run.fieldlab.belongs(level)
    tops = parts.rows.index[parts.rows["parent"] == ""]
    maker = parts.rows["organisation"]
    return [int(i) for i in tops if level == "fieldlab" or belongs.get(str(maker[i])) == entity]


def _figures(outcome: IndicatorValues, products: list[str]) -> Array:
    """Figure and draws of some products, shape (products, 1 + draws); NaN where there is none."""
    position = {p: i for i, p in enumerate(outcome.entities)}
    rows = [position[p] for p in products]
    return np.concatenate([outcome.value[rows, None], outcome.lower[rows]], axis=1)
