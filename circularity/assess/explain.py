"""What stands behind one figure: its formula, the numbers put in, the rows they came from, what drives its spread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from circularity.assess.assessment import Assessment
from circularity.assess.drivers import drivers, uses_parts
from circularity.assess.evaluate import PeriodEvaluation
from circularity.assess.levels import widest
from circularity.assess.outcome import Outcome
from circularity.assess.steps import Step, formula_steps, mathml, symbol
from circularity.errors import UnknownEntity
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.texts import Texts

ROW_COLUMNS = [
    "file", "row", "from", "to", "role", "material", "origin", "destination", "kg", "counts", "source",
]  # fmt: skip


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
        drivers=drivers(evaluation, declared, outcome, e, at, name, lang),
    )


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
