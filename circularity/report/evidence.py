"""What the figures rest on: quality of the data, mass balance, drivers, assumptions, sources."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from circularity.assessment.levels import widest
from circularity.assessment.targets import targets_of
from circularity.report.section import Row, Section


class Evidence(Section):
    """Rows of the sections about data and sources."""

    def uncertainty(self) -> list[Row]:
        """For each table of uncertain numbers how many rows there are, state their uncertainty, and are rough."""
        large, found = self.method.settings.uncertainty.large, []
        for name, table in self.fieldlab.tables.items():
            if "has_uncertainty" not in table:
                continue
            now = table[table["period"] == self.period]
            # A row of flows represents many where a large ledger was added up.
            count = now["rows"] if "rows" in now else pd.Series(1, index=now.index)
            log_sd = now["row_log_sd"] if "row_log_sd" in now else now["log_sd"]
            row = {"rows": count, "stated": count[now["has_uncertainty"]], "rough": count[log_sd > math.log(large)]}
            if len(now):
                about = {"table": self.method.tables[name].name[self.lang], "period": self.period}
                found.append({k: int(v.sum()) for k, v in row.items()} | about | {"large": self.texts.number(large)})
        return found

    def known(self) -> list[Row]:
        """The indicators that say how much is known."""
        now, t = self.now("fieldlab").set_index("indicator"), self.texts
        found = []
        for id_ in self.method.settings.quality:
            if self.fieldlab.tables["flows"].empty or id_ not in now.index:
                continue
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
        """Why figures of the fieldlab are missing, with their names; groups without any known figure are elsewhere."""
        now, silent = self.now("fieldlab"), self.unanswered("fieldlab")
        now = now[~now["indicator"].map(lambda i: self.method.indicator(i).group in silent) & (now["status"] != "ok")]
        return [
            {"names": [self.method.indicator(i).name[self.lang] for i in rows], "reason": reason, "status": status}
            for (reason, status), rows in now.groupby(["reason", "status"], sort=False)["indicator"]
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
