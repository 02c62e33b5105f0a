"""What stands behind one figure: its formula, the numbers put in, the rows they came from, what drives its spread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.drivers import drivers
from circularity.assessment.evaluate import LEVELS
from circularity.assessment.levels import widest
from circularity.assessment.rows_behind import rows_behind
from circularity.assessment.values import IndicatorValues
from circularity.assessment.worked_formula import Step, formula_steps, mathml, symbol
from circularity.errors import CallError
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.method.show import computed_by
from circularity.tables.write import records
from circularity.texts import Texts, word


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
    draws: int
    seed: int
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
        lines += [f"  {computed_by(self.method, i.function, self.lang)}"] if i.function else []
        if self.status == "ok":
            lines += ["", t("explain.worked")]
            lines += [f"  {s.worked}" for s in self.steps]
        lines += ["", t("explain.terms")]
        lines += [
            f"  {r['name']}: {r['label']} = {t.value(r['value'], r['unit'])} ({r['rows']})"
            for r in self.terms.to_dict("records")
        ]
        if len(self.rows):
            lines += ["", t("explain.rows"), _as_text(self.shown(self.rows))]
        if len(self.drivers):
            lines += ["", t("explain.drivers"), _as_text(self.shown(self.drivers))]
        source = i.spec.source
        lines += ["", f"{t('explain.source')} {source.key}, {source.at[self.lang]} ({t('status.' + source.status)})"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        maths = "".join(
            f"<p>{mathml(f'{symbol(s.name, s.label)} = {s.latex}')}</p>"
            + (f"<p>{mathml(f'{symbol(s.name, s.label)} = {s.worked_latex}')}</p>" if self.status == "ok" else "")
            for s in self.steps
        )
        if (function := self.indicator.function) is not None:
            maths += f"<p>{escape(computed_by(self.method, function, self.lang))}</p>"
        head = f"<b>{escape(self.indicator.name[self.lang])}</b>, {escape(self.entity)}, {self.period}"
        tables = "".join(self.shown(t).to_html(index=False) for t in (self.terms, self.rows, self.drivers) if len(t))
        return f"<p>{head}</p><p>{escape(self.reason)}</p>{maths}{tables}"

    def shown(self, table: pd.DataFrame) -> pd.DataFrame:
        """One of the tables of this explanation in words of its language: headings, codes, masses and shares."""
        t, tables = Texts(self.lang), self.method.tables.values()
        columns = {c: s for spec in tables for c, s in spec.columns.items()}
        shown = pd.DataFrame(index=table.index)
        for column, cells in table.items():
            spec = columns.get(str(column))
            texts = cells.map(lambda v, c=str(column): self._cell(c, v))
            texts[self._of_another_table(table, str(column))] = ""
            if (texts != "").any():
                shown[spec.name[self.lang] if spec else t(f"heading.{column}")] = texts
        return shown

    def _of_another_table(self, rows: pd.DataFrame, column: str) -> pd.Series:
        """Rows of a table that does not have a column; an unknown number of one that does stays in sight."""
        sums = {n: {w.table for w in q.sums} for n, q in self.indicator.quantities.items()}
        specs = {n: [self.method.tables[t] for t in of] for n, of in sums.items()}
        having = {
            n for n, of in specs.items() if any(column in s.columns or (column == "kg" and s.mass_column) for s in of)
        }
        numbers = "term" in rows and pd.api.types.is_numeric_dtype(rows[column])
        return rows["term"].isin(set(specs) - having) if numbers else pd.Series(data=False, index=rows.index)

    def _cell(self, column: str, value: Any) -> str:
        t = Texts(self.lang)
        vocabulary = next(
            (s.columns[column].vocabulary for s in self.method.tables.values() if column in s.columns), ""
        )
        if column == "kg":
            return t.mass(value)
        if column == "part_of_variance":
            return t.percent(value, 2)
        if column == "counts":
            return t(f"counts.{value}") if value else ""
        if vocabulary and value:
            return self.method.vocabularies[vocabulary].label(str(value), self.lang)
        return t.number(value) if isinstance(value, float) else str(value)

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
            "terms": records(self.terms),
            "rows": records(self.rows),
            "drivers": records(self.drivers),
            "source": self.indicator.spec.source.model_dump(mode="json"),
            "method_version": self.method.version,
            "draws": self.draws,
            "seed": self.seed,
        }


def _none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _as_text(table: pd.DataFrame) -> str:
    return "\n".join("  " + line for line in table.to_string(index=False, max_colwidth=45).splitlines())


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
        By default the widest level of the indicator, or the widest that has the entity.
    entity : str, optional
        The only entity of the level by default.
    lang : {"nl", "en"}
        Language.

    Raises
    ------
    UnknownIndicator, UnknownPeriod, UnknownEntity
        If there is no such figure.
    SeveralEntities
        If the level has several entities and none was named.
    """
    declared = assessment.method.indicator(indicator)
    when = assessment.fieldlab.period(period)
    at = level or _level_of(assessment, declared, when, entity)
    outcome = assessment.outcome(indicator, at, when)
    if entity is None and len(outcome.entities) > 1:
        raise CallError("SeveralEntities", found=declared.name, level=word(at, "level"), expected=outcome.entities)
    name = entity or outcome.entities[0]
    if name not in outcome.entities:
        raise CallError("UnknownEntity", found=name, level=word(at, "level"), expected=outcome.entities)
    e = outcome.entities.index(name)
    evaluation = assessment.evaluation(when)
    rows, counts = rows_behind(evaluation, declared, at, name)
    why = outcome.reason[e]
    return Explanation(
        method=assessment.method,
        draws=assessment.draws,
        seed=assessment.seed,
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
        terms=_terms(declared, outcome, e, counts, rows, lang),
        rows=rows,
        drivers=drivers(evaluation, declared, outcome, e, at, name, lang),
    )


def _level_of(assessment: Assessment, indicator: Indicator, period: int, entity: str | None) -> Level:
    """The widest level of an indicator, or the widest that has the entity."""
    levels = [level for level in LEVELS if level in indicator.levels]
    having = [lv for lv in levels if entity in assessment.outcome(indicator.id, lv, period).entities]
    return widest(having or levels)


def _terms(
    indicator: Indicator, outcome: IndicatorValues, e: int, counts: dict[str, int], rows: pd.DataFrame, lang: str
) -> pd.DataFrame:
    if indicator.function is not None:
        ((name, count),) = counts.items()
        label = Texts(lang)(f"takes.{name}")
        return pd.DataFrame([{"name": name, "label": label, "value": rows["kg"].sum(), "unit": "kg", "rows": count}])
    return pd.DataFrame(
        [
            {
                "name": name,
                "label": indicator.label(name, lang),
                "value": float(outcome.terms[name][e]) if name in outcome.terms else np.nan,
                "unit": indicator.unit_of(name),
                "rows": counts.get(name, 0),
            }
            for name in [*indicator.quantities, *indicator.whole_inputs]
        ]
    )
