"""What the figures rest on: quality of the data, mass balance, drivers, assumptions, sources."""

from __future__ import annotations

import math

import numpy as np

from circularity.assessment.levels import widest
from circularity.report.section import Row, Section
from circularity.score.targets import targets_of


class Evidence(Section):
    """Rows of the sections about data and sources."""

    def uncertainty(self) -> Row:
        """How many flows there are, how many state their uncertainty, how many are rough."""
        flows = self.fieldlab.tables["flows"]
        flows = flows[flows["period"] == self.period]
        large = self.method.settings.uncertainty.large
        return {
            "period": self.period,
            "rows": int(flows["rows"].sum()),
            "stated": int(flows.loc[flows["stated"], "rows"].sum()),
            "rough": int(flows.loc[flows["row_sigma"] > math.log(large), "rows"].sum()),
            "large": self.texts.number(large),
        }

    def known(self) -> list[Row]:
        """The indicators that say how much is known."""
        now, t = self.now("fieldlab").set_index("indicator"), self.texts
        found = []
        for id_ in self.method.settings.quality:
            row, indicator = now.loc[id_], self.method.indicator(id_)
            value = t.value(row["value"], row["unit"], indicator.spec.display)
            found.append({"name": indicator.name[self.lang], "value": value, "reason": row["reason"]})
        return found

    def balance(self) -> list[Row]:
        """The mass balance, most general first; what only repeats the fieldlab is left out."""
        t, table = self.texts, self.result.balance
        numbers = ["period", "in", "out", "gap"]
        whole = table.loc[table["level"] == "fieldlab", numbers].to_numpy().tolist()
        same = np.array([n in whole for n in table[numbers].to_numpy().tolist()], dtype=bool)
        repeats = same & (table["level"] != "fieldlab")
        return [
            {
                "period": row["period"],
                "level": t("level." + row["level"]),
                "entity": self.entity(row["level"], row["entity"]),
                "into": t.mass(row["in"]),
                "out": t.mass(row["out"]),
                "gap": "–" if row["status"] == "not_recorded" else t.mass(row["gap"]).replace("-", "−"),
                "status": row["status"],
            }
            for row in table[~repeats].to_dict("records")
        ]

    def drivers(self) -> list[Row]:
        """For each headline indicator the rows whose uncertainty weighs most."""
        t, found = self.texts, []
        for id_ in self.result.assessment.headline:
            indicator = self.method.indicator(id_)
            level = widest(indicator.levels)
            for entity in self.result.assessment.outcome(id_, level, self.period).entities[:3]:
                drivers = self.result.explain(id_, self.period, entity=entity).drivers
                for row in drivers.head(3).to_dict("records"):
                    found.append(
                        {
                            "name": self.name(indicator, level, entity),
                            "what": row["what"],
                            "where": f"{row['file']}, {t('report.row')} {row['row']}",
                            "part": t.percent(row["part_of_variance"], 2),
                        }
                    )
        return found

    def assumed(self) -> list[Row]:
        """What known figures rest on that was not in the data: each remark once, with the figures it is about."""
        table = self.result.indicators
        mine = table[(table["period"] == self.period) & (table["status"] == "ok") & (table["reason"] != "")]
        shown = mine[mine["level"] != "organisation"]
        names: dict[str, list[str]] = {}
        for row in shown.to_dict("records"):
            name = self.name(self.method.indicator(row["indicator"]), row["level"], row["entity"])
            names.setdefault(row["reason"], []).append(name)
        return [{"text": text, "names": list(dict.fromkeys(about))} for text, about in names.items()]

    def missing(self) -> list[Row]:
        """The figures of the fieldlab that are missing, and why; groups without any known figure are elsewhere."""
        now, silent = self.now("fieldlab"), self.unanswered("fieldlab")
        now = now[~now["indicator"].map(lambda i: self.method.indicator(i).group in silent)]
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
        indicators = [i.spec.source for i in self.assessed]
        targets = set(targets_of(self.result.assessment)["source"])
        keys = sorted({s.key for s in indicators if s.key in self.method.sources} | targets)
        return [
            {
                "text": self.method.sources[key],
                "count": sum(s.key == key for s in indicators),
                "unverified": sum(s.key == key and s.status == "unverified" for s in indicators),
            }
            for key in keys
        ]
