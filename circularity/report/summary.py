"""The summary: what changed, how sure that is, and how far the targets are."""

from __future__ import annotations

import math

from circularity.assessment.targets import targets_of, tree_of
from circularity.report.section import Row, Section
from circularity.scoring.verdict import factor_name

VERDICT_ORDER = ("improved", "worsened", "increased", "decreased", "unchanged", "undecided", "missing")


class Summary(Section):
    """Rows of the summary."""

    def comparisons(self) -> list[Row]:
        """What changed since the first period and since the one before; nothing when there is no earlier one."""
        earlier = [p for p in self.fieldlab.periods if p < self.period and self.result.assessment.headline]
        found = []
        for since in dict.fromkeys([*earlier[:1], *earlier[-1:]]):
            rows = self._changes(since)
            groups = {v: [r["name"] for r in rows if r["verdict"] == v] for v in VERDICT_ORDER}
            found.append({"since": since, "rows": rows, "groups": {v: names for v, names in groups.items() if names}})
        return found

    def _changes(self, since: int) -> list[Row]:
        t, found = self.texts, []
        for row in self.result.changes(since, self.period).to_dict("records"):
            indicator = self.method.indicator(row["indicator"])
            display = indicator.spec.display
            found.append(
                {
                    "name": self.name(indicator, row["level"], row["entity"]),
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
        if row["unit"] == "1" and display == "count" and row["low"] == row["high"]:
            return t.change(row["change"], "1", display)
        points = row["unit"] == "1" and display == "percent"
        unit = t("report.points") if points else "" if row["unit"] == "1" else t.unit(row["unit"])
        value, low, high = (t.signed(row[c] * (100 if points else 1), 2) for c in ("change", "low", "high"))
        interval = "" if low == high == value else f" ({low} {t('report.to')} {high})"
        return f"{value}{interval} {unit}".strip()

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

    def certainty(self) -> Row:
        """The threshold of a verdict, how far a probability near it may be off, and the coverage of what is known."""
        t, draws, shown = self.texts, self.result.assessment.draws, self.method.settings.verdict.shown
        headline = self.result.headline()
        known = headline[(headline["period"] == self.period) & (headline["status"] == "ok")]
        low, high = self.method.settings.uncertainty.interval
        return {
            "threshold": t.percent(shown, 2),
            "draws": t.tick(draws),
            "margin": t.number(196 * math.sqrt(shown * (1 - shown) / draws), 2),  # 95 % of a normal error, in points
            "coverage": t.percent(float(known["coverage"].min())) if len(known) else "",
            "full": bool(len(known)) and bool((known["coverage"] == 1).all()),
            "interval": t.percentiles((low, high)),
            "within": t.percent(high - low, 2),
        }

    def meanings(self) -> list[Row]:
        """What the headline indicators say."""
        indicators = [self.method.indicator(i) for i in self.result.assessment.headline]
        return [{"name": i.name[self.lang], "meaning": i.meaning[self.lang]} for i in indicators]

    def targets(self) -> list[Row]:
        """How far the published targets are that this kind of fieldlab can answer."""
        t, texts = self.texts, targets_of(self.result.assessment).set_index("target")
        return [
            {
                "text": texts.at[row["target"], self.lang],
                "by_year": str(row["by_year"]),
                "name": self.method.indicator(row["indicator"]).name[self.lang],
                "value": t.value(row["value"], row["unit"], self.method.indicator(row["indicator"]).spec.display),
                "verdict": row["verdict"],
                "status": row["status"],
            }
            for row in self.result.targets(self.period).to_dict("records")
        ]

    def claims(self) -> list[Row]:
        """The verdicts on the claims of the report, the first thing a reader wants to carry away."""
        if self.method.scoring is None:  # a version from before there were claims
            return []
        found = []
        tree = tree_of(self.result.assessment)
        for judged in self.result.claims(self.period):
            verdict, p = judged.verdict, judged.verdict.pooled
            name = self.fieldlab.description.name[self.lang]
            row = {
                "claim": judged.claim.said(self.lang, tree, {self.fieldlab.id: name}),
                "word": verdict.word,
                "probability": "–" if p is None else self._range(p.value, judged.possible),
                "turned_by": factor_name(verdict.turned_by, self.lang),
            }
            found.append(row)
        return found

    def _range(self, low: float, high: float) -> str:
        first, last = self.texts.probability(low), self.texts.probability(high)
        return first if first == last else f"{first} – {last}"

    def organisations(self) -> Row | None:
        """The headline indicators of every organisation; None when there is one organisation or no such indicator."""
        t, table = self.texts, self.now("organisation").set_index(["entity", "indicator"])
        names = self.entities("organisation")
        shown = [i for i in self.result.assessment.headline if "organisation" in self.method.indicator(i).levels]
        if len(names) < 2 or not shown:
            return None
        rows = []
        for name in names:
            cells = []
            for id_ in shown:
                row, indicator = table.loc[(name, id_)], self.method.indicator(id_)
                value, interval = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
                ok = row["status"] == "ok"
                figure = value if interval == value else f"{value} ({interval})"
                cells.append({"value": figure if ok else "", "missing": "" if ok else row["reason"]})
            rows.append({"name": self.entity("organisation", name), "cells": cells})
        return {"headings": [self.method.indicator(i).name[self.lang] for i in shown], "rows": rows}
