"""The tables of figures: indicators, scores, and the headline over the periods."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from circularity.assessment.frameworks import STATUSES
from circularity.assessment.targets import tree_of
from circularity.report.section import MOST_PRODUCTS, Row, Section

# An amount and the part that it is of a whole: which is which shows by their units.
MASS_AND_SHARE = 2
# Levels of which all indicators are shown.
SHOWN_LEVELS = ("fieldlab", "product")


class Tables(Section):
    """Rows of the tables of figures."""

    def indicators(self) -> list[Row]:
        """All indicators of the fieldlab and its products, by the file that declares them; masses with shares."""
        blocks = []
        for level in SHOWN_LEVELS:
            table, silent = self.now(level), self.unanswered(level)
            table = table[~table["indicator"].map(lambda i, s=silent: self.method.indicator(i).group in s)]
            for entity in self.entities(level)[:MOST_PRODUCTS]:
                groups = self._groups(table[table["entity"] == entity])
                if groups:
                    blocks.append({"level": level, "entity": self.entity(level, entity), "groups": groups})
        return blocks

    def unanswered_groups(self) -> str:
        """The groups without a known figure at any level, in words."""
        answered = self._answered(self.result.indicators["level"])
        return self._titles(g for g in self.groups() if g not in answered)

    def groups_elsewhere(self) -> str:
        """The groups with known figures for organisations alone, which are not shown one by one, in words."""
        answered, shown = self._answered(self.result.indicators["level"]), self._answered(SHOWN_LEVELS)
        return self._titles(g for g in self.groups() if g in answered and g not in shown)

    def _answered(self, levels: Iterable[str]) -> set[str]:
        """The groups with a known figure in this period at one of these levels."""
        table = self.result.indicators
        known = (table["period"] == self.period) & (table["status"] == "ok") & table["level"].isin(set(levels))
        return {self.method.indicator(i).group for i in table.loc[known, "indicator"].unique()}

    def _titles(self, groups: Iterable[str]) -> str:
        return ", ".join(self.method.settings.groups[g][self.lang] for g in groups)

    def groups(self) -> list[str]:
        """The groups of indicators that are about this kind of fieldlab."""
        return list(dict.fromkeys(i.group for i in self.assessed))

    def frameworks(self) -> list[Row]:
        """For each framework what it asks for, with the figure or why there is none."""
        t, blocks, coverage = self.texts, [], self.result.coverage(self.period)
        for id_, framework in self.method.frameworks.items():
            items = coverage[coverage["framework"] == id_].groupby("item", sort=False)["status"]
            best = [min(found, key=STATUSES.index) for _, found in items]
            counts = {s: best.count(s) for s in STATUSES}
            name = framework.name[self.lang]
            found = self.result.framework(id_, self.period)
            number = {item.id: item.number for item in framework.items}
            rows = [
                self._item(rows.to_dict("records")) | {"item": number[str(item)]}
                for item, rows in found.groupby("item", sort=False)
                if counts["ok"] or counts["missing"]  # else nothing in it is about this kind of fieldlab
            ]
            said = t("framework.counts", name=name, total=len(best), **counts)
            blocks.append({"name": name, "counts": said, "rows": rows})
        return blocks

    def _item(self, answers: list[Row]) -> Row:
        """One thing that a framework asks for, with its figures together; what holds for several is written once."""
        t, first = self.texts, answers[0]
        named = len(answers) > MASS_AND_SHARE
        known = [self._figure(row, named) for row in answers if row["status"] == "ok"]
        lacking = [self._lacking(row) for row in answers if row["status"] != "ok"]
        return {
            "asked": first["name"],
            "obligation": t(f"framework.{first['obligation']}") if first["obligation"] else "",
            "known": known,
            "lacking": list(dict.fromkeys(lacking)) if not known else [],
            "deviations": list(dict.fromkeys(row["deviation"] for row in answers if row["deviation"])),
        }

    def _lacking(self, row: Row) -> str:
        """Why there is no figure; for missing data the reason is enough."""
        missing = row["status"] == "missing"
        return str(row["reason"]) if missing else f"{self.texts('framework.' + row['status'])}: {row['reason']}"

    def _figure(self, row: Row, named: bool) -> str:
        t, indicator = self.texts, self.method.indicator(row["indicator"])
        value, interval = t.figure(row["value"], row["low"], row["high"], row["unit"], indicator.spec.display)
        figure = value if interval == value else f"{value} ({interval})"
        several = row["level"] == "product" and len(self.entities("product")) > 1
        about = [self.entity("product", row["entity"])] if several else []
        about += [indicator.name[self.lang]] if named else []
        return f"{', '.join(about)}: {figure}" if about else figure

    def more_products(self) -> int:
        """How many products are not shown one by one."""
        return max(0, len(self.entities("product")) - MOST_PRODUCTS)

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
        return [{"title": titles[g][self.lang], "rows": rows} for g, rows in groups.items()]

    def scores(self) -> list[Row]:
        """Scores of the fieldlab with the targets they are set against."""
        t, table = self.texts, self.result.scores
        table = table[(table["period"] == self.period) & (table["level"] == "fieldlab")].set_index("score")
        targets, found = self.method.current_targets.set_index("target"), []
        for node in tree_of(self.result.assessment):
            score, goal = table.loc[node.code], targets.loc[node.target_name] if node.target_name else None
            value, interval = t.figure(score["value"], score["low"], score["high"], "points")
            found.append(
                {
                    "name": node.name[self.lang],
                    "parent": node.parent == "",
                    "value": value,
                    "interval": interval,
                    "status": score["status"],
                    "reason": score["reason"],
                    "weight": t.number(node.weight),
                    "target": "" if goal is None else f"{goal[self.lang]} ({goal['by_year']})",
                    "source": "" if goal is None else f"{goal['place']}, {goal['date']}",
                    "checked": "" if goal is None else goal["status"],
                }
            )
        return found

    def equal_weights(self) -> bool:
        """Whether all children of every score weigh the same, and nobody agreed on that."""
        return tree_of(self.result.assessment).weights_are == "equal"

    def series(self) -> list[Row]:
        """The headline indicators over the periods."""
        t, found = self.texts, []
        for (id_, entity), rows in self.result.headline().groupby(["indicator", "entity"], sort=False):
            indicator = self.method.indicator(str(id_))
            by_period, cells = rows.set_index("period"), []
            for period in self.fieldlab.periods:
                if period not in by_period.index or by_period.at[period, "status"] != "ok":
                    cells.append(t("status.missing"))
                    continue
                stated, low, high = (float(by_period.at[period, c]) for c in ("value", "low", "high"))
                value, interval = t.figure(stated, low, high, indicator.unit, indicator.spec.display)
                cells.append(value if interval == value else f"{value} ({interval})")
            level = str(rows["level"].iloc[0])
            found.append({"name": self.name(indicator, level, str(entity)), "cells": cells})
        return found
