"""What the sections of a report share: the period, the words, the names."""

from __future__ import annotations

from typing import Any

import pandas as pd

from circularity.method.indicator import Indicator
from circularity.result import Result
from circularity.texts import Texts

Row = dict[str, Any]

# Products that a report shows one by one; the result tables have them all.
MOST_PRODUCTS = 10


class Section:
    """Rows of one section of a report: figures turned into texts of a language.

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

    @property
    def assessed(self) -> list[Indicator]:
        """The indicators that are about this kind of fieldlab."""
        return self.result.assessment.indicators

    def unanswered(self, level: str) -> list[str]:
        """The groups of indicators of which no figure is known at a level in this period."""
        now = self.now(level)
        group = now["indicator"].map(lambda i: self.method.indicator(i).group)
        known = set(group[now["status"] == "ok"])
        return [g for g in dict.fromkeys(group) if g not in known]

    def name(self, indicator: Indicator, level: str = "fieldlab", entity: str = "") -> str:
        """The name of an indicator, with that of the product where there are several."""
        name = indicator.name[self.lang]
        several = level == "product" and len(self.entities("product")) > 1
        return f"{name}: {self.entity(level, entity)}" if several else name

    def references(self, indicator: Indicator) -> str:
        """The places of the indicator in other frameworks."""
        shown = {k: v for k, v in indicator.spec.references.items() if k != "project"}
        frameworks = self.method.settings.frameworks
        return "; ".join(f"{frameworks[k][self.lang]} {v[self.lang]}" for k, v in shown.items())

    def entity(self, level: str, entity: str) -> str:
        """The name of an entity, as the data give it."""
        return self.fieldlab.entity_name(level, entity, self.lang)

    def entities(self, level: str) -> list[str]:
        """The entities of a level in this period."""
        return list(dict.fromkeys(self.now(level)["entity"]))

    def now(self, level: str) -> pd.DataFrame:
        """The result table of the period at a level."""
        table = self.result.indicators
        return table[(table["period"] == self.period) & (table["level"] == level)]
