"""The calculations: every formula with the numbers put in, what its names stand for, and what was summed."""

from __future__ import annotations

from collections.abc import Callable

from circularity.assessment.drivers import uses_parts
from circularity.assessment.levels import widest
from circularity.assessment.values import IndicatorValues
from circularity.assessment.worked_formula import formula_steps
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator, RowSum
from circularity.method.show import computed_by
from circularity.method.symbolic import symbol_latex
from circularity.report.section import MOST_PRODUCTS, Row, Section

Typeset = Callable[[str], str]


class Calculations(Section):
    """Rows of the section with formulas."""

    def formulas(self, typeset: Typeset) -> list[Row]:
        """Every formula, and the same with the numbers put in.

        Parameters
        ----------
        typeset : callable
            Turns LaTeX into what the page shows.
        """
        blocks = []
        for indicator in self.assessed:
            if indicator.group in self.unanswered(widest(indicator.levels)):
                continue
            if len(indicator.formula.names) == 1 and not indicator.let:
                continue  # a bare sum: its number is in the table of sums
            level, function = widest(indicator.levels), indicator.function
            outcome = self.result.assessment.outcome(indicator.id, level, self.period)
            for e, entity in enumerate(outcome.entities[:MOST_PRODUCTS]):
                why = outcome.reason[e]
                blocks.append(
                    {
                        "name": self.name(indicator, level, entity),
                        "references": self.references(indicator),
                        "computed_by": function and computed_by(self.method, function, self.lang),
                        "known": outcome.status[e] == "ok",
                        "status": outcome.status[e],
                        "reason": "" if why is None else why[self.lang],
                        "lines": self._lines(indicator, outcome, e, typeset),
                        "symbols": self._symbols(indicator, level, outcome, e, typeset),
                    }
                )
        return blocks

    def _lines(self, indicator: Indicator, outcome: IndicatorValues, e: int, typeset: Typeset) -> list[Row]:
        return [
            {
                "formula": typeset(f"{symbol_latex(s.name)} = {s.latex}" if s.name else s.latex),
                "worked": typeset(f"= {s.worked_latex}") if outcome.status[e] == "ok" else "",
                "spoken": f"{s.label} = {s.formula}",
            }
            for s in formula_steps(indicator, outcome, e, self.lang)
        ]

    def _symbols(
        self, indicator: Indicator, level: Level, outcome: IndicatorValues, e: int, typeset: Typeset
    ) -> list[Row]:
        """What the symbols of a formula stand for, those of a single row last; words speak for themselves."""
        t, rows, parts = self.texts, [], uses_parts(indicator, level)
        each = t("report.per_part" if level == "product" else "report.per_product")
        for name in [*indicator.quantities, *indicator.constants, *indicator.let, *(indicator.inputs if parts else ())]:
            if name.islower():
                continue
            way = indicator.quantities[name].over("products") if parts and name in indicator.quantities else None
            summed = rf"\sum \left({way.expression.latex(decimal=t.decimal)}\right)" if way else ""
            value = float(outcome.terms[name][e]) if name in outcome.terms and outcome.status[e] == "ok" else None
            rows.append(
                {
                    "symbol": typeset(symbol_latex(name)),
                    "meaning": indicator.label(name, self.lang),
                    "summed": typeset(summed) if summed else "",
                    "value": each if name in indicator.part_inputs else t.value(value, indicator.unit_of(name)),
                }
            )
        return rows

    def sums(self) -> list[Row]:
        """The sums that formulas name, for the fieldlab, each once, with what was summed."""
        t = self.texts
        found: dict[str, Row] = {}
        for indicator in self.assessed:
            if widest(indicator.levels) == "product":
                continue
            outcome = self.result.assessment.outcome(indicator.id, "fieldlab", self.period)
            for name, quantity in indicator.quantities.items():
                way = next((s for s in quantity.sums if s.table != "products"), None)
                if way is not None and name in outcome.terms and outcome.status[0] == "ok":
                    value = t.value(float(outcome.terms[name][0]), quantity.unit)
                    row = {"name": quantity.name[self.lang], "symbol": name, "value": value, "what": self._what(way)}
                    found.setdefault(name, row)
        return list(found.values())

    def _what(self, way: RowSum) -> str:
        """What a sum adds up, in words: the table, the column, and the codes that its rows must have."""
        table = self.method.tables[way.table]
        column = table.columns.get(way.expression.text)
        parts = [f"{table.name[self.lang]}: {column.name[self.lang] if column else way.expression.text}"]
        for name, codes in way.where.items():
            vocabulary = self.method.vocabularies[str(table.columns[name].vocabulary)]
            wanted = f" {self.texts('report.or')} ".join(vocabulary.label(c, self.lang) for c in codes)
            parts.append(f"{table.columns[name].name[self.lang]} = {wanted}")
        return ", ".join(parts)
