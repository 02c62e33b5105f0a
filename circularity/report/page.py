"""The sections of a report, as a notebook shows them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from circularity.assess.explain import formula_steps, mathml
from circularity.assess.levels import widest
from circularity.figures import Drawing
from circularity.method.declarations import Level
from circularity.method.formula import symbol_latex
from circularity.method.indicator import Indicator
from circularity.result import Result
from circularity.texts import Texts

TEMPLATES = Path(__file__).with_name("templates")

VERDICT_ORDER = ("improved", "worsened", "increased", "decreased", "unchanged", "undecided", "missing")


class Html:
    """A piece of a page that a notebook shows as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Html, {len(self.text.split())} words>"

    def _repr_html_(self) -> str:
        return self.text


def environment(texts: Texts) -> Environment:
    """Templates with the texts of a language; everything put in is escaped."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["t"] = texts
    templates.globals["lang"] = texts.lang
    return templates


class Report:
    """The report of one fieldlab about one period.

    Parameters
    ----------
    result : Result
        Its language is that of the report.
    period : int, optional
        Period the report is about; the last by default.
    """

    def __init__(self, result: Result, period: int | None = None) -> None:
        self.result = result
        self.texts = Texts(result.lang)
        self.lang = result.lang
        self.period = result.fieldlab.periods[-1] if period is None else period
        self._templates = environment(self.texts)

    def _html(self, template: str, **values: Any) -> Html:
        values |= {"lab": self.result.fieldlab, "method": self.result.method, "period": self.period}
        return Html(self._templates.get_template(template).render(**values))

    @property
    def title(self) -> str:
        """Title of the page."""
        return self.texts("report.title", name=self.result.fieldlab.description.name[self.lang], period=self.period)

    # Sections ----------------------------------------------------------------------------------------------------

    def head(self) -> Html:
        """Name of the fieldlab, what kind of data it is, and the status of the method."""
        return self._html("head.html", title=self.title)

    def answer(self) -> Html:
        """What improved, what did not, and how sure that is."""
        table = self._changes
        groups = {v: list(table.loc[table["verdict"] == v, "name"]) for v in VERDICT_ORDER}
        targets = self.result.targets(self.period)
        coverage = self.result.headline()
        coverage = coverage[coverage["period"] == self.period]["coverage"]
        return self._html(
            "answer.html",
            earlier=self._earlier,
            groups={v: names for v, names in groups.items() if names},
            rows=table.to_dict("records"),
            targets=[self._target(row) for row in targets.to_dict("records")],
            coverage=self.texts.percent(float(coverage.min())),
            threshold=self.texts.percent(self.result.method.settings.verdict.shown, 2),
            agreed=self.result.method.settings.agreement.weights == "agreed",
        )

    def flows(self) -> Html:
        """The Sankey diagram of the period."""
        return self._figure("section.flows", self.result.plot.sankey(self.period))

    def indicators(self) -> Html:
        """All indicators with interval and coverage, masses beside shares."""
        table = self.result.indicators
        table = table[table["period"] == self.period]
        blocks = []
        for level in ("fieldlab", "product"):
            at_level = table[table["level"] == level]
            for entity in at_level["entity"].unique():
                rows = self._indicator_rows(at_level[at_level["entity"] == entity])
                if rows:
                    blocks.append({"level": level, "entity": self._entity_name(level, entity), "groups": rows})
        return self._html(
            "indicators.html", blocks=blocks, known=int((table["status"] == "ok").sum()), total=len(table)
        )

    def scores(self) -> Html:
        """Scores against the published targets."""
        t = self.texts
        table = self.result.scores
        table = table[(table["period"] == self.period) & (table["level"] == "fieldlab")].set_index("score")
        targets = self.result.method.targets.set_index("target")
        rows = []
        for row in self.result.method.score_rows:
            score = table.loc[row.code]
            goal = targets.loc[row.target] if row.target else None
            value, interval = t.figure(score["value"], score["low"], score["high"], "points")
            rows.append(
                {
                    "name": row.nl if self.lang == "nl" else row.en,
                    "parent": row.parent == "",
                    "value": value,
                    "interval": interval,
                    "status": score["status"],
                    "reason": score["reason"],
                    "weight": t.number(row.weight),
                    "target": "" if goal is None else goal[self.lang],
                    "source": "" if goal is None else f"{goal['place']}, {goal['date']}",
                    "checked": "" if goal is None else goal["status"],
                }
            )
        drawing = self.result.plot.scores(self.period)
        agreed = self.result.method.settings.agreement.weights == "agreed"
        return self._html("scores.html", rows=rows, drawing=_markup(drawing), agreed=agreed)

    def series(self) -> Html:
        """The headline indicators over the periods."""
        t = self.texts
        table = self.result.headline()
        periods = self.result.fieldlab.periods
        rows = []
        for id_ in dict.fromkeys(table["indicator"]):
            mine, indicator = (
                table[table["indicator"] == id_].set_index("period"),
                self.result.method.indicator(id_),
            )
            cells = []
            for p in periods:
                if p not in mine.index or mine.at[p, "status"] != "ok":
                    cells.append(t("status.missing"))
                    continue
                stated, low, high = (float(mine.at[p, c]) for c in ("value", "low", "high"))
                value, interval = t.figure(stated, low, high, indicator.unit, indicator.spec.display)
                cells.append(f"{value} ({interval})")
            rows.append({"name": indicator.name[self.lang], "cells": cells})
        return self._html("series.html", rows=rows, periods=periods, drawing=_markup(self.result.plot.series()))

    def formulas(self) -> Html:
        """Every formula, and the same with the numbers put in."""
        blocks = []
        for indicator in self.result.method.indicators.values():
            if len(indicator.formula.names) == 1 and not indicator.let:
                continue  # a bare sum: its number stands in the table of sums
            level = widest(indicator.levels)
            outcome = self.result.assessment.outcome(indicator.id, level, self.period)
            for e, entity in enumerate(outcome.entities):
                steps = formula_steps(indicator, outcome, e, self.lang)
                known = outcome.status[e] == "ok"
                why = outcome.reason[e]
                blocks.append(
                    {
                        "name": indicator.name[self.lang],
                        "id": indicator.id,
                        "references": self._references(indicator),
                        "entity": self._entity_name(level, entity) if level == "product" else "",
                        "known": known,
                        "status": outcome.status[e],
                        "reason": "" if why is None else why[self.lang],
                        "lines": [
                            {
                                "formula": _mathml(f"{symbol_latex(s.name)} = {s.latex}" if s.name else s.latex),
                                "worked": _mathml(f"= {s.worked_latex}") if known else "",
                                "spoken": f"{s.label} = {s.formula}",
                            }
                            for s in steps
                        ],
                    }
                )
        return self._html("formulas.html", blocks=blocks, sums=self._sums)

    def quality(self) -> Html:
        """How good the data are: coverage, mass balance, stated uncertainty, what drives it, assumptions."""
        t, lab = self.texts, self.result.fieldlab
        flows = lab.tables["flows"]
        flows = flows[flows["period"] == self.period]
        settings = self.result.method.settings.uncertainty
        large = flows["sigma"].map(_exp) > settings.large
        table = self.result.indicators
        now = table[(table["period"] == self.period) & (table["level"] == "fieldlab")].set_index("indicator")
        balance = self.result.balance
        assumed = table[(table["period"] == self.period) & (table["status"] == "ok") & (table["reason"] != "")]
        return self._html(
            "quality.html",
            rows=len(flows),
            stated=int(flows["stated"].sum()),
            large=int(large.sum()),
            large_gsd=t.number(settings.large),
            unknown_origin=t.percent(now.at["unknown_input_share", "value"])
            if "unknown_input_share" in now.index
            else "",
            unknown_destination=t.percent(now.at["unknown_output_share", "value"])
            if "unknown_output_share" in now.index
            else "",
            balance=[
                {
                    "period": row["period"],
                    "product": row["product"] or t("check.no_product"),
                    "into": t.mass(row["in"]),
                    "out": t.mass(row["out"]),
                    "gap": "–" if row["status"] == "not_recorded" else t.mass(row["gap"], 1),
                    "status": row["status"],
                }
                for row in balance.to_dict("records")
            ],
            drivers=self._drivers,
            assumed=sorted(set(assumed["reason"])),
            missing=[
                {"name": self._name(row["indicator"]), "reason": row["reason"], "status": row["status"]}
                for row in table[
                    (table["period"] == self.period) & (table["level"] == "fieldlab") & (table["status"] != "ok")
                ].to_dict("records")
            ],
            notes=[n[self.lang] for n in lab.description.notes],
        )

    def sources(self) -> Html:
        """Sources of data and method, and how to repeat the report."""
        from circularity import __version__

        method, lab, a = self.result.method, self.result.fieldlab, self.result.assessment
        used = sorted({i.spec.source.key for i in method.indicators.values() if i.spec.source.key in method.sources})
        used += sorted({s for s in method.targets["source"] if s not in used})
        unverified = [i for i in method.indicators.values() if i.spec.source.status == "unverified"]
        command = (
            f"circularity report {lab.id} --lang {self.lang} --period {self.period} --draws {a.draws} --seed {a.seed}"
        )
        return self._html(
            "sources.html",
            sources=[s.model_dump() | {"note": s.note[self.lang] if s.note else ""} for s in lab.description.sources],
            used=[
                {
                    "text": method.sources[k],
                    "count": sum(i.spec.source.key == k for i in method.indicators.values()),
                    "unverified": sum(i.spec.source.key == k for i in unverified),
                }
                for k in used
            ],
            unverified_factors=int((method.pedigree["status"] == "unverified").sum()),
            unverified_targets=int((method.targets["status"] == "unverified").sum()),
            command=command,
            version=__version__,
            digest=method.digest,
            data_digest=lab.digest,
            run_key=a.run_key,
            draws=a.draws,
            seed=a.seed,
        )

    # Parts of sections -------------------------------------------------------------------------------------------

    def _figure(self, title: str, drawing: Drawing) -> Html:
        return self._html("figure.html", title=self.texts(title), drawing=_markup(drawing))

    @property
    def _earlier(self) -> int | None:
        before = [p for p in self.result.fieldlab.periods if p < self.period]
        return before[0] if before else None

    @cached_property
    def _changes(self) -> pd.DataFrame:
        t = self.texts
        if self._earlier is None:
            return pd.DataFrame(columns=["verdict", "name"])
        table = self.result.changes(self._earlier, self.period)
        rows = []
        for row in table.to_dict("records"):
            indicator = self.result.method.indicator(row["indicator"])
            display = indicator.spec.display
            name = indicator.name[self.lang]
            if row["level"] == "product" and (table["indicator"] == row["indicator"]).sum() > 1:
                name = f"{name}: {self._entity_name('product', row['entity'])}"
            rows.append(
                {
                    "name": name,
                    "earlier": t.value(row["value_earlier"], row["unit"], display),
                    "later": t.value(row["value_later"], row["unit"], display),
                    "change": self._change(row, display),
                    "verdict": row["verdict"],
                    "probability": self._probability(row),
                }
            )
        return pd.DataFrame(rows)

    def _change(self, row: dict[str, Any], display: str) -> str:
        """The change with its interval; a change between percentages is in percentage points."""
        t = self.texts
        if row["verdict"] == "missing":
            return "–"
        points = row["unit"] == "1" and display == "percent"
        factor, unit = (100, t("report.points")) if points else (1, "" if row["unit"] == "1" else row["unit"])
        value, low, high = (t.signed(row[c] * factor) for c in ("change", "low", "high"))
        return f"{value} ({low} {t('report.to')} {high}) {unit}".strip()

    def _probability(self, row: dict[str, Any]) -> str:
        """How likely it is that the later figure is the better one, or the worse one where that is the verdict."""
        t = self.texts
        if row["verdict"] in ("missing", "unchanged"):
            return "–"
        low, high = row["probability_low"], row["probability_high"]
        if row["verdict"] in ("worsened", "decreased"):
            low, high = 1 - high, 1 - low
        first, last = t.probability(low), t.probability(high)
        return first if first == last else f"{first} – {last}"

    def _target(self, row: dict[str, Any]) -> dict[str, str]:
        t, indicator = self.texts, self.result.method.indicator(row["indicator"])
        targets = self.result.method.targets.set_index("target")
        return {
            "text": targets.at[row["target"], self.lang],
            "by_year": str(row["by_year"]),
            "value": t.value(row["value"], row["unit"], indicator.spec.display),
            "verdict": row["verdict"],
            "status": row["status"],
        }

    def _indicator_rows(self, table: pd.DataFrame) -> list[dict[str, Any]]:
        t, method = self.texts, self.result.method
        figures = table.set_index("indicator")
        beside = {method.indicator(i).spec.beside for i in figures.index}
        groups: dict[str, list[dict[str, Any]]] = {}
        for id_, row in figures.iterrows():
            indicator = method.indicator(str(id_))
            if id_ in beside:
                continue
            mass = ""
            if indicator.spec.beside in figures.index:
                mass = t.mass(figures.at[indicator.spec.beside, "value"])
            group = Path(indicator.file).stem
            value, interval = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
            groups.setdefault(group, []).append(
                {
                    "name": indicator.name[self.lang],
                    "references": self._references(indicator),
                    "value": value,
                    "interval": interval,
                    "mass": mass,
                    "coverage": t.percent(row["coverage"]),
                    "status": row["status"],
                    "reason": row["reason"],
                    "unverified": indicator.spec.source.status == "unverified",
                }
            )
        return [{"title": t(f"group.{group}"), "rows": rows} for group, rows in groups.items()]

    @cached_property
    def _sums(self) -> list[dict[str, str]]:
        """The sums that formulas name, at the widest level, each once."""
        t, found = self.texts, {}
        for indicator in self.result.method.indicators.values():
            level: Level = widest(indicator.levels)
            outcome = self.result.assessment.outcome(indicator.id, level, self.period)
            if level == "product" or not indicator.quantities:
                continue
            for name, quantity in indicator.quantities.items():
                if name not in found and name in outcome.terms and outcome.status[0] == "ok":
                    found[name] = {
                        "name": quantity.name[self.lang],
                        "symbol": name,
                        "value": t.value(float(outcome.terms[name][0]), quantity.unit),
                    }
        return list(found.values())

    @cached_property
    def _drivers(self) -> list[dict[str, str]]:
        """For each headline indicator the rows whose uncertainty weighs most."""
        t, found = self.texts, []
        for id_ in dict.fromkeys(self.result.headline()["indicator"]):
            indicator = self.result.method.indicator(id_)
            outcome = self.result.assessment.outcome(id_, widest(indicator.levels), self.period)
            for entity in outcome.entities[:3]:
                explanation = self.result.explain(id_, self.period, entity=entity)
                for row in explanation.drivers.head(3).to_dict("records"):
                    where = f"{row['file']}, {t('report.row')} {row['row']}"
                    part = t.percent(row["part_of_variance"], 2)
                    found.append({"name": indicator.name[self.lang], "what": row["what"], "where": where, "part": part})
        return found

    def _references(self, indicator: Indicator) -> str:
        shown = {k: v for k, v in indicator.spec.references.items() if k != "project"}
        return "; ".join(f"{self.texts('framework.' + k)} {v}" for k, v in shown.items())

    def _name(self, id_: str) -> str:
        return self.result.method.indicator(id_).name[self.lang]

    def _entity_name(self, level: str, entity: str) -> str:
        lab = self.result.fieldlab
        if level == "fieldlab":
            return lab.description.name[self.lang]
        if level == "product" and "products" in lab.tables:
            products = lab.tables["products"]
            names = products.loc[products["product"] == entity, "name"]
            return str(names.iloc[0]) if len(names) and names.iloc[0] else entity
        return entity


def _mathml(latex: str) -> Markup:
    return Markup(mathml(latex))  # noqa: S704  (made from formulas of the method and escaped texts)


def _markup(drawing: Drawing) -> Markup:
    return Markup(drawing._repr_html_())  # noqa: S704  (escapes its own texts)


def _exp(value: float) -> float:
    import math

    return math.exp(value)
