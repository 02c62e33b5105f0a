"""A declared indicator as text or plain data, for reading."""

from __future__ import annotations

from typing import Any

from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.texts import Texts


def as_data(method: Method, indicator: Indicator) -> dict[str, Any]:
    """Everything the declaration says, as plain data, with the typeset formula and the names `compute` takes."""
    spec = indicator.spec.model_dump(mode="json", by_alias=True)
    quantities = {
        n: {"name": {"nl": q.name.nl, "en": q.name.en}, "unit": q.unit, "sums": [_sum(s) for s in q.sums]}
        for n, q in indicator.quantities.items()
    }
    extra = {
        "latex": indicator.formula.latex(),
        "arguments": indicator.arguments,
        "method_version": method.version,
    }
    return {**spec, "quantities": quantities, **extra}


def _sum(way: Any) -> dict[str, Any]:
    return {
        "table": way.table,
        "where": {c: list(v) for c, v in way.where.items()},
        "sum": way.expression.text,
    }


def as_text(method: Method, indicator: Indicator, lang: str) -> str:
    """Everything the declaration says, as text in `lang`."""
    t, spec = Texts(lang), indicator.spec
    lines = [f"{indicator.name[lang]} ({indicator.id})", indicator.meaning[lang], "", t("show.formula")]
    lines += [f"  {n} = {f.text}   [{indicator.unit_of(n)}]  {indicator.label(n, lang)}" for n, f in indicator.steps()]
    lines += [f"  {indicator.id} = {indicator.formula.text}   [{indicator.unit}]", ""]
    if indicator.quantities:
        lines.append(t("show.sums"))
        for name, quantity in indicator.quantities.items():
            lines.append(f"  {name}: {quantity.name[lang]} [{quantity.unit}]")
            for way in quantity.sums:
                where = ", ".join(f"{c} = {' | '.join(v)}" for c, v in way.where.items())
                table = method.tables[way.table].name[lang]
                lines.append(f"     {table}: {way.expression.text}" + (f"  ({where})" if where else ""))
    if indicator.inputs:
        lines.append(t("show.inputs"))
        for name, item in indicator.inputs.items():
            default = "" if item.default is None else f", {t('show.default')} {item.default:g}"
            unit = "-" if item.unit == "1" else item.unit
            lines.append(f"  {name}: {item.name[lang]} [{unit}{default}]")
    for condition in [*indicator.requires, *indicator.requires_of_parts]:
        lines.append(f"{t('show.requires')} {condition.formula.text}")
    references = "; ".join(f"{method.settings.frameworks[k][lang]} {v[lang]}" for k, v in spec.references.items())
    lines += [
        "",
        f"{t('show.direction')} {t('direction.' + indicator.direction)}",
        f"{t('show.levels')} {', '.join(t('level.' + lv) for lv in indicator.levels)}",
        f"{t('show.references')} {references}",
        f"{t('show.source')} {method.sources.get(spec.source.key, spec.source.key)} {spec.source.at[lang]} "
        f"({t('status.' + spec.source.status)})",
        t("show.examples"),
    ]
    for example in spec.examples:
        given = ", ".join(f"{k} = {v}" for k, v in example.given.items()) or "-"
        lines.append(f"  {given} -> {example.expect:g}  ({example.origin})")
    return "\n".join(lines)
