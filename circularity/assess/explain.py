"""What stands behind one figure: its formula, the numbers put in, the rows they came from, what drives its spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from circularity.assess.assessment import Assessment
from circularity.assess.evaluate import PeriodEvaluation
from circularity.assess.levels import widest
from circularity.assess.outcome import Outcome
from circularity.assess.sampling import Array
from circularity.errors import UnknownEntity
from circularity.method.declarations import Level
from circularity.method.formula import Formula, symbol_latex
from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.texts import Texts

MOST_DRIVERS = 10
ROW_COLUMNS = [
    "file", "row", "from", "to", "role", "material", "origin", "destination", "kg", "counts", "source",
]  # fmt: skip


@dataclass
class Step:
    """One line of a calculation: a name, its formula, the formula with numbers put in, and the result."""

    name: str
    label: str
    formula: str
    latex: str
    worked: str
    worked_latex: str
    value: float
    unit: str


@dataclass
class Explanation:
    """The making of one figure.

    Attributes
    ----------
    steps : list of Step
        Intermediate results in order; the figure itself is last.
    terms : DataFrame
        The sums that went in: ``name``, ``label``, ``value``, ``unit``, ``rows``.
    rows : DataFrame
        The rows of the data behind the sums, with ``term``, ``file``, ``row`` and what they hold.
    drivers : DataFrame
        The rows whose uncertainty moves the figure most: first-order part of the variance, from the partial
        derivatives of the formula.
    """

    method: Method
    indicator: Indicator
    level: Level
    entity: str
    period: int
    lang: str
    value: float
    low: float
    high: float
    coverage: float
    status: str
    reason: str
    steps: list[Step]
    terms: pd.DataFrame
    rows: pd.DataFrame
    drivers: pd.DataFrame = field(repr=False)

    def __str__(self) -> str:
        t = Texts(self.lang)
        i = self.indicator
        lines = [
            f"{i.name[self.lang]} ({i.id}), {self.entity}, {self.period}",
            i.meaning[self.lang],
            "",
        ]
        if self.status == "ok":
            value, interval = t.figure(self.value, self.low, self.high, i.unit, i.spec.display)
            lines.append(f"{value}  [{interval}]  {t('explain.coverage')} {t.percent(self.coverage)}")
        else:
            lines.append(t(f"status.{self.status}"))
        if self.reason:
            lines.append(self.reason)
        lines += ["", t("explain.formula")]
        lines += [f"  {s.name or i.id} = {s.formula}" + (f"  ({s.label})" if s.name else "") for s in self.steps]
        if self.status == "ok":
            lines += ["", t("explain.worked")]
            lines += [f"  {s.worked}" for s in self.steps]
        lines += ["", t("explain.terms")]
        lines += [
            f"  {r['name']}: {r['label']} = {t.value(r['value'], r['unit'])} ({r['rows']})"
            for r in self.terms.to_dict("records")
        ]
        if len(self.rows):
            lines += ["", t("explain.rows"), _shown(self.rows, self.method, self.lang)]
        if len(self.drivers):
            lines += ["", t("explain.drivers"), _shown(self.drivers, self.method, self.lang)]
        lines += [
            "",
            f"{t('explain.source')} {i.spec.source.key}, {i.spec.source.at} ({t('status.' + i.spec.source.status)})",
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        maths = "".join(
            f"<p>{mathml(f'{symbol(s.name, s.label)} = {s.latex}')}</p>"
            + (f"<p>{mathml(f'{symbol(s.name, s.label)} = {s.worked_latex}')}</p>" if self.status == "ok" else "")
            for s in self.steps
        )
        head = f"<b>{escape(self.indicator.name[self.lang])}</b>, {escape(self.entity)}, {self.period}"
        tables = self.terms.to_html(index=False) + self.rows.to_html(index=False)
        return f"<p>{head}</p><p>{escape(self.reason)}</p>{maths}{tables}"

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain data."""
        return {
            "indicator": self.indicator.id,
            "name": self.indicator.name[self.lang],
            "level": self.level,
            "entity": self.entity,
            "period": self.period,
            "value": _none(self.value),
            "low": _none(self.low),
            "high": _none(self.high),
            "unit": self.indicator.unit,
            "coverage": self.coverage,
            "status": self.status,
            "reason": self.reason,
            "formula": self.indicator.formula.text,
            "steps": [
                {"name": s.name, "formula": s.formula, "worked": s.worked, "value": _none(s.value)} for s in self.steps
            ],
            "terms": self.terms.replace({np.nan: None}).to_dict("records"),
            "rows": self.rows.replace({np.nan: None}).to_dict("records"),
            "drivers": self.drivers.replace({np.nan: None}).to_dict("records"),
            "source": {"key": self.indicator.spec.source.key, "at": self.indicator.spec.source.at},
        }


def symbol(name: str, label: str) -> str:
    """The left-hand side of a step: its symbol, or the label in words for the figure itself."""
    return symbol_latex(name) if name else rf"\text{{{latex_text(label)}}}"


# Signs that stand for < and > on the way through LaTeX, whose converter does not escape them.
_LESS, _MORE = "\ue000", "\ue001"


def latex_text(text: str) -> str:
    r"""`text` for use inside ``\text{}``: signs that LaTeX or HTML reads as commands are made plain."""
    out = text.replace("\\", "/").replace("<", _LESS).replace(">", _MORE)
    for sign in "{}$&#_^~%":
        out = out.replace(sign, " " if sign in "{}^~$&" else "\\" + sign)
    return out


def mathml(latex: str) -> str:
    """LaTeX made of `latex_text` and formulas as MathML that is safe on a page."""
    from latex2mathml.converter import convert

    return str(convert(latex)).replace(_LESS, "&lt;").replace(_MORE, "&gt;")


def _none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _shown(table: pd.DataFrame, method: Method, lang: str) -> str:
    """A table of rows or drivers as text: headings, masses and shares in words of the language."""
    t = Texts(lang)
    columns = {c: s.name[lang] for spec in method.tables.values() for c, s in spec.columns.items()}
    shown = pd.DataFrame(index=table.index)
    for column in table.columns:
        if (table[column].astype(str) == "").all():
            continue
        heading = columns.get(column) or t(f"heading.{column}")
        if column == "kg":
            shown[heading] = table[column].map(t.mass)
        elif column == "part_of_variance":
            shown[heading] = table[column].map(lambda v: t.percent(v, 2))
        elif pd.api.types.is_float_dtype(table[column]):
            shown[heading] = table[column].map(t.number)
        else:
            shown[heading] = table[column]
    return "\n".join("  " + line for line in shown.to_string(index=False, max_colwidth=45).splitlines())


def explain(
    assessment: Assessment,
    indicator: str,
    *,
    period: int | None = None,
    level: Level | None = None,
    entity: str | None = None,
    lang: str = "en",
) -> Explanation:
    """What stands behind a figure.

    Parameters
    ----------
    assessment : Assessment
    indicator : str
        Id of an indicator.
    period : int, optional
        The last by default.
    level : Level, optional
        The widest level of the indicator by default.
    entity : str, optional
        The only entity of the level by default.
    lang : {"nl", "en"}
        Language.

    Raises
    ------
    UnknownIndicator, UnknownPeriod, UnknownEntity
        If there is no such figure, or the level has several entities and none was named.
    """
    declared = assessment.method.indicator(indicator)
    at = widest(declared.levels) if level is None else level
    when = assessment.fieldlab.periods[-1] if period is None else period
    outcome = assessment.outcome(indicator, at, when)
    if entity is None and len(outcome.entities) > 1:
        raise UnknownEntity(found="", level=at, expected=outcome.entities)
    name = entity or outcome.entities[0]
    if name not in outcome.entities:
        raise UnknownEntity(found=name, level=at, expected=outcome.entities)
    e = outcome.entities.index(name)
    evaluation = assessment.evaluation(when)
    rows = _rows(evaluation, declared, at, name)
    why = outcome.reason[e]
    return Explanation(
        method=assessment.method,
        indicator=declared,
        level=at,
        entity=name,
        period=when,
        lang=lang,
        value=float(outcome.value[e]),
        low=float(outcome.low[e]),
        high=float(outcome.high[e]),
        coverage=float(outcome.coverage[e]),
        status=outcome.status[e],
        reason="" if why is None else why[lang],
        steps=formula_steps(declared, outcome, e, lang),
        terms=_terms(declared, outcome, e, rows, lang),
        rows=rows,
        drivers=_drivers(evaluation, declared, outcome, e, at, name, lang),
    )


def formula_steps(indicator: Indicator, outcome: Outcome, e: int, lang: str) -> list[Step]:
    """The calculation of entity number `e`, line by line, with the numbers put in."""
    t = Texts(lang)
    terms = {n: float(v[e]) for n, v in outcome.terms.items()}
    shown = {n: t.value(v, indicator.unit_of(n)) for n, v in terms.items()}
    # Words where the formula has words, symbols where it has symbols.
    words = {n: rf"\text{{{latex_text(indicator.label(n, lang))}}}" for n in indicator.quantities if n.islower()}
    numbers = {n: rf"\text{{{latex_text(s)}}}" for n, s in shown.items()}
    steps = []
    for name, formula in [*indicator.steps(), ("", indicator.formula)]:
        value = terms.get(name, np.nan) if name else float(outcome.value[e])
        unit = indicator.unit_of(name) if name else indicator.unit
        result = t.value(value, unit)
        steps.append(
            Step(
                name=name,
                label=indicator.label(name, lang) if name else indicator.name[lang],
                formula=formula.substituted({}, t.decimal),
                latex=formula.latex(words, t.decimal),
                worked=f"{result} = {formula.substituted(_bracketed(formula, shown), t.decimal)}",
                worked_latex=rf"{formula.latex(numbers, t.decimal)} = \text{{{latex_text(result)}}}",
                value=value,
                unit=unit,
            )
        )
    return steps


def _bracketed(formula: Formula, shown: Mapping[str, str]) -> dict[str, str]:
    """Numbers as they stand in a formula: a negative one in brackets."""
    return {n: f"({s})" if s.startswith("-") else s for n, s in shown.items() if n in formula.names}


def _terms(indicator: Indicator, outcome: Outcome, e: int, rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    found = []
    for name in [*indicator.quantities, *indicator.whole_inputs]:
        count = int(rows["term"].isin(["", name]).sum()) if len(rows) else 0
        value = float(outcome.terms[name][e]) if name in outcome.terms else np.nan
        found.append(
            {
                "name": name,
                "label": indicator.label(name, lang),
                "value": value,
                "unit": indicator.unit_of(name),
                "rows": count,
            }
        )
    return pd.DataFrame(found)


def _rows(evaluation: PeriodEvaluation, indicator: Indicator, level: Level, entity: str) -> pd.DataFrame:
    """The rows of the data behind the sums of an indicator."""
    parts = []
    if uses_parts(indicator, level):
        table = evaluation.parts.rows
        if level == "product" and entity not in evaluation.parts.entities:
            return pd.DataFrame({"term": []})
        used = evaluation.parts.rows_of(entity) if level == "product" else table.index[table["parent"] == ""]
        columns = [str(i.column) for i in indicator.inputs.values() if i.column in table]
        columns = columns or [c for c in ("mass", *_numeric(evaluation)) if c in table]
        shown = table.loc[used, ["file", "row", "product", *dict.fromkeys(columns), "source"]]
        return shown.dropna(axis=1, how="all").assign(term="").reset_index(drop=True)
    for name, quantity in indicator.quantities.items():
        way = quantity.over("flows")
        if way is not None:
            behind = evaluation.flows.rows_behind(way, level, entity)
            parts.append(behind[ROW_COLUMNS].assign(term=name))
            continue
        measured = quantity.over("measurements")
        if measured is not None and len(evaluation.measured.rows):
            (wanted,) = measured.where.values()
            table = evaluation.measured.rows
            found = table[table["quantity"].isin(wanted)]
            parts.append(found[["file", "row", "entity", "quantity", "value", "source"]].assign(term=name))
    return pd.concat(parts, ignore_index=True).fillna({"counts": ""}) if parts else pd.DataFrame()


def _numeric(evaluation: PeriodEvaluation) -> list[str]:
    columns = evaluation.method.tables["products"].columns
    return [c for c, s in columns.items() if s.kind == "number" and s.unsure == "composition"]


def uses_parts(indicator: Indicator, level: Level) -> bool:
    """Whether an indicator is summed over the products table at a level."""
    if any(i.indicator for i in indicator.inputs.values()):
        return True
    return level == "product" and all(q.over("products") is not None for q in indicator.quantities.values())


def _drivers(
    evaluation: PeriodEvaluation,
    indicator: Indicator,
    outcome: Outcome,
    e: int,
    level: Level,
    entity: str,
    lang: str,
) -> pd.DataFrame:
    """First-order part of the variance by row of the data: the slope of the formula times the spread of the row."""
    if outcome.status[e] != "ok" or any(i.indicator for i in indicator.inputs.values()):
        return pd.DataFrame()
    slopes = indicator.partials(
        {n: float(outcome.terms[n][e]) for n in [*indicator.quantities, *indicator.whole_inputs]}
    )
    if uses_parts(indicator, level):
        return _part_drivers(evaluation, indicator, slopes, entity, lang)
    rows: dict[int, dict[str, Any]] = {}
    for name, quantity in indicator.quantities.items():
        way = quantity.over("flows")
        if way is None:
            continue
        behind = evaluation.flows.rows_behind(way, level, entity)
        for row in behind[behind["counts"] == "yes"].to_dict("records"):
            entry = rows.setdefault(int(row["row"]), {**row, "slope": 0.0})
            entry["slope"] += slopes.get(name, 0.0)
    found = []
    vocabularies = evaluation.method.vocabularies
    for row in rows.values():
        spread = row["slope"] * row["kg"] * float(np.sqrt(np.expm1(row["sigma"] ** 2)))
        codes = [("roles", row["role"]), ("materials", row["material"])]
        codes += [("origins", row["origin"])] if row["origin"] else []
        codes += [("destinations", row["destination"])] if row["destination"] else []
        what = ", ".join(vocabularies[v].label(str(c), lang) for v, c in codes)
        found.append({"file": row["file"], "row": row["row"], "what": what, "spread": spread})
    return _largest(found)


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
    column = {n: str(i.column) for n, i in indicator.inputs.items()}
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
