"""The rows of the tables of a report: figures turned into texts of a language."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from circularity.assess.levels import widest
from circularity.assess.steps import formula_steps
from circularity.method.formula import symbol_latex
from circularity.method.indicator import Indicator
from circularity.result import Result
from circularity.texts import Texts

Row = dict[str, Any]


class Rows:
    """Rows of the tables of one report.

    Parameters
    ----------
    result : Result
        Its language is that of the report.
    period : int
        Period the report is about.
    """

    def __init__(self, result: Result, period: int) -> None:
        self.result, self.method, self.fieldlab = result, result.method, result.fieldlab
        self.period, self.lang, self.texts = period, result.lang, Texts(result.lang)
        earlier = [p for p in result.fieldlab.periods if p < period]
        self.earlier = earlier[0] if earlier else None

    # Names -------------------------------------------------------------------------------------------------------

    def references(self, indicator: Indicator) -> str:
        """Where the indicator stands in other frameworks."""
        shown = {k: v for k, v in indicator.spec.references.items() if k != "project"}
        return "; ".join(f"{self.method.settings.frameworks.get(k, k)} {v}" for k, v in shown.items())

    def entity(self, level: str, entity: str) -> str:
        """The name of an entity, as the data give it."""
        if level == "fieldlab":
            return self.fieldlab.description.name[self.lang]
        name, key = {"product": ("products", "product"), "organisation": ("organisations", "organisation")}[level]
        table = self.fieldlab.tables.get(name)
        names = [] if table is None else [n for n in table.loc[table[key] == entity, "name"] if n]
        return names[0] if names else entity

    def now(self, level: str) -> pd.DataFrame:
        """The result table of the period at a level."""
        table = self.result.indicators
        return table[(table["period"] == self.period) & (table["level"] == level)]

    # Answer ------------------------------------------------------------------------------------------------------

    def changes(self) -> list[Row]:
        """What changed since the first period; nothing when there is no earlier one."""
        if self.earlier is None:
            return []
        t, found = self.texts, []
        table = self.result.changes(self.earlier, self.period)
        for row in table.to_dict("records"):
            indicator = self.method.indicator(row["indicator"])
            display, name = indicator.spec.display, indicator.name[self.lang]
            if row["level"] == "product" and (table["indicator"] == row["indicator"]).sum() > 1:
                name = f"{name}: {self.entity('product', row['entity'])}"
            found.append(
                {
                    "name": name,
                    "earlier": t.value(row["value_earlier"], row["unit"], display),
                    "later": t.value(row["value_later"], row["unit"], display),
                    "change": self._change(row, display),
                    "verdict": row["verdict"],
                    "probability": self._probability(row),
                }
            )
        return found

    def _change(self, row: Row, display: str) -> str:
        """The change with its interval; a change between percentages is in percentage points."""
        t = self.texts
        if row["verdict"] == "missing":
            return "–"
        points = row["unit"] == "1" and display == "percent"
        factor, unit = (100, t("report.points")) if points else (1, "" if row["unit"] == "1" else row["unit"])
        value, low, high = (t.signed(row[c] * factor) for c in ("change", "low", "high"))
        return f"{value} ({low} {t('report.to')} {high}) {unit}".strip()

    def _probability(self, row: Row) -> str:
        """How likely it is that the later figure is the better one, or the worse one where that is the verdict."""
        t = self.texts
        if row["verdict"] in ("missing", "unchanged"):
            return "–"
        low, high = row["probability_low"], row["probability_high"]
        if row["verdict"] in ("worsened", "decreased"):
            low, high = 1 - high, 1 - low
        first, last = t.probability(low), t.probability(high)
        return first if first == last else f"{first} – {last}"

    def targets(self) -> list[Row]:
        """How far the published targets are."""
        t, texts = self.texts, self.method.targets.set_index("target")
        return [
            {
                "text": texts.at[row["target"], self.lang],
                "by_year": str(row["by_year"]),
                "value": t.value(row["value"], row["unit"], self.method.indicator(row["indicator"]).spec.display),
                "verdict": row["verdict"],
                "status": row["status"],
            }
            for row in self.result.targets(self.period).to_dict("records")
        ]

    # Indicators, scores, series ----------------------------------------------------------------------------------

    def indicators(self) -> list[Row]:
        """All indicators, by entity and by the file that declares them; masses beside shares."""
        blocks = []
        for level in ("fieldlab", "product"):
            table = self.now(level)
            for entity in table["entity"].unique():
                groups = self._groups(table[table["entity"] == entity])
                blocks.append({"level": level, "entity": self.entity(level, entity), "groups": groups})
        return blocks

    def _groups(self, table: pd.DataFrame) -> list[Row]:
        t, figures = self.texts, table.set_index("indicator")
        beside = {self.method.indicator(i).spec.beside for i in figures.index}
        groups: dict[str, list[Row]] = {}
        for id_, row in figures.iterrows():
            indicator = self.method.indicator(str(id_))
            if id_ in beside:
                continue
            mass = indicator.spec.beside
            value, interval = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
            groups.setdefault(indicator.group, []).append(
                {
                    "name": indicator.name[self.lang],
                    "references": self.references(indicator),
                    "value": value,
                    "interval": interval,
                    "mass": t.mass(figures.at[mass, "value"]) if mass in figures.index else "",
                    "coverage": t.percent(row["coverage"]),
                    "status": row["status"],
                    "reason": row["reason"],
                    "unverified": indicator.spec.source.status == "unverified",
                }
            )
        titles = self.method.settings.groups
        return [{"title": titles[g][self.lang] if g in titles else g, "rows": rows} for g, rows in groups.items()]

    def scores(self) -> list[Row]:
        """Scores of the fieldlab with the targets they are set against."""
        t, table = self.texts, self.result.scores
        table = table[(table["period"] == self.period) & (table["level"] == "fieldlab")].set_index("score")
        targets, found = self.method.targets.set_index("target"), []
        for row in self.method.score_rows:
            score, goal = table.loc[row.code], targets.loc[row.target] if row.target else None
            value, interval = t.figure(score["value"], score["low"], score["high"], "points")
            found.append(
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
        return found

    def series(self) -> list[Row]:
        """The headline indicators over the periods."""
        t, table, found = self.texts, self.result.headline(), []
        for (id_, entity), rows in table.groupby(["indicator", "entity"], sort=False):
            indicator = self.method.indicator(str(id_))
            by_period = rows.set_index("period")
            cells = []
            for period in self.fieldlab.periods:
                if period not in by_period.index or by_period.at[period, "status"] != "ok":
                    cells.append(t("status.missing"))
                    continue
                stated, low, high = (float(by_period.at[period, c]) for c in ("value", "low", "high"))
                value, interval = t.figure(stated, low, high, indicator.unit, indicator.spec.display)
                cells.append(f"{value} ({interval})")
            several = (table["indicator"] == id_).sum() > len(rows)
            name = (
                f"{indicator.name[self.lang]}: {self.entity('product', str(entity))}"
                if several
                else indicator.name[self.lang]
            )
            found.append({"name": name, "cells": cells})
        return found

    # Formulas ----------------------------------------------------------------------------------------------------

    def formulas(self, typeset: Callable[[str], str]) -> list[Row]:
        """Every formula, and the same with the numbers put in.

        Parameters
        ----------
        typeset : callable
            Turns LaTeX into what the page shows.
        """
        blocks = []
        for indicator in self.method.indicators.values():
            if len(indicator.formula.names) == 1 and not indicator.let:
                continue  # a bare sum: its number stands in the table of sums
            level = widest(indicator.levels)
            outcome = self.result.assessment.outcome(indicator.id, level, self.period)
            for e, entity in enumerate(outcome.entities):
                known, why = outcome.status[e] == "ok", outcome.reason[e]
                lines = [
                    {
                        "formula": typeset(f"{symbol_latex(s.name)} = {s.latex}" if s.name else s.latex),
                        "worked": typeset(f"= {s.worked_latex}") if known else "",
                        "spoken": f"{s.label} = {s.formula}",
                    }
                    for s in formula_steps(indicator, outcome, e, self.lang)
                ]
                blocks.append(
                    {
                        "name": indicator.name[self.lang],
                        "references": self.references(indicator),
                        "entity": self.entity(level, entity) if level == "product" else "",
                        "known": known,
                        "status": outcome.status[e],
                        "reason": "" if why is None else why[self.lang],
                        "lines": lines,
                    }
                )
        return blocks

    def sums(self) -> list[Row]:
        """The sums that formulas name, for the fieldlab, each once."""
        t, found = self.texts, {}
        for indicator in self.method.indicators.values():
            if widest(indicator.levels) == "product":
                continue
            outcome = self.result.assessment.outcome(indicator.id, "fieldlab", self.period)
            for name, quantity in indicator.quantities.items():
                if name not in found and name in outcome.terms and outcome.status[0] == "ok":
                    value = t.value(float(outcome.terms[name][0]), quantity.unit)
                    found[name] = {"name": quantity.name[self.lang], "symbol": name, "value": value}
        return list(found.values())

    # Quality and sources -----------------------------------------------------------------------------------------

    def uncertainty(self) -> Row:
        """How many flows there are, how many state their uncertainty, how many are rough."""
        flows = self.fieldlab.tables["flows"]
        flows = flows[flows["period"] == self.period]
        large = self.method.settings.uncertainty.large
        rough = int((flows["sigma"] > math.log(large)).sum())
        return {
            "rows": len(flows),
            "stated": int(flows["stated"].sum()),
            "rough": rough,
            "large": self.texts.number(large),
        }

    def known(self) -> list[Row]:
        """The indicators that say how much is known."""
        now = self.now("fieldlab").set_index("indicator")
        return [
            {
                "name": self.method.indicator(i).name[self.lang],
                "value": self.texts.value(now.at[i, "value"], now.at[i, "unit"], self.method.indicator(i).spec.display),
                "reason": now.at[i, "reason"],
            }
            for i in self.method.settings.quality
        ]

    def balance(self) -> list[Row]:
        """The mass balance, most general first; what only repeats the fieldlab is left out."""
        t, table = self.texts, self.result.balance
        numbers = ["period", "in", "out", "gap"]
        whole = table.loc[table["level"] == "fieldlab", numbers].to_numpy().tolist()
        repeats = [n in whole for n in table[numbers].to_numpy().tolist()] & (table["level"] != "fieldlab")
        return [
            {
                "period": row["period"],
                "level": t("level." + row["level"]),
                "entity": self.entity(row["level"], row["entity"]),
                "into": t.mass(row["in"]),
                "out": t.mass(row["out"]),
                "gap": "–" if row["status"] == "not_recorded" else t.mass(row["gap"]),
                "status": row["status"],
            }
            for row in table[~repeats].to_dict("records")
        ]

    def drivers(self) -> list[Row]:
        """For each headline indicator the rows whose uncertainty weighs most."""
        t, found = self.texts, []
        for id_ in self.result.assessment.headline:
            indicator = self.method.indicator(id_)
            outcome = self.result.assessment.outcome(id_, widest(indicator.levels), self.period)
            for entity in outcome.entities[:3]:
                drivers = self.result.explain(id_, self.period, entity=entity).drivers
                for row in drivers.head(3).to_dict("records"):
                    where = f"{row['file']}, {t('report.row')} {row['row']}"
                    part = t.percent(row["part_of_variance"], 2)
                    found.append({"name": indicator.name[self.lang], "what": row["what"], "where": where, "part": part})
        return found

    def assumed(self) -> list[str]:
        """What figures rest on that was not in the data."""
        table = self.result.indicators
        mine = table[(table["period"] == self.period) & (table["status"] == "ok") & (table["reason"] != "")]
        return sorted(set(mine["reason"]))

    def missing(self) -> list[Row]:
        """The figures of the fieldlab that are missing, and why."""
        now = self.now("fieldlab")
        return [
            {
                "name": self.method.indicator(r["indicator"]).name[self.lang],
                "reason": r["reason"],
                "status": r["status"],
            }
            for r in now[now["status"] != "ok"].to_dict("records")
        ]

    def sources(self) -> list[Row]:
        """The sources of the method, with how many indicators come from each and how many are not yet checked."""
        indicators = [i.spec.source for i in self.method.indicators.values()]
        keys = sorted({s.key for s in indicators if s.key in self.method.sources} | set(self.method.targets["source"]))
        return [
            {
                "text": self.method.sources[key],
                "count": sum(s.key == key for s in indicators),
                "unverified": sum(s.key == key and s.status == "unverified" for s in indicators),
            }
            for key in keys
        ]
