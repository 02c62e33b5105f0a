"""From sums to indicators: the formulas of the method for one fieldlab and period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from circularity.assessment.functions import function_outcome
from circularity.assessment.part_sums import PartSums
from circularity.assessment.readings import Readings
from circularity.assessment.sampling import Array
from circularity.assessment.sampling_context import SamplingContext
from circularity.assessment.table_sums import TableSums
from circularity.assessment.values import IndicatorValues, QuantityValues, Status, joined
from circularity.method.compute import zero_denominator
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator, RowSum, mass_power
from circularity.texts import LANGUAGES, Both, reason

# The tables that products are about: their own, and the one with what is measured for them.
PRODUCTS, MEASURED = "products", "measurements"
LEVELS: tuple[Level, ...] = ("product", "organisation", "fieldlab")


class PeriodEvaluation:
    """All indicators of one fieldlab in one period.

    Parameters
    ----------
    context : SamplingContext

    Attributes
    ----------
    tables : dict of str to TableSums
        The tables of the method whose rows are summed, by name.
    parts : PartSums
        The products, which are summed over their parts.
    """

    def __init__(self, context: SamplingContext) -> None:
        self.context, self.method = context, context.method
        declared = {name: spec for name, spec in self.method.tables.items() if spec.amount}
        readings = {name: Readings(context, name) for name, spec in declared.items() if spec.has_readings}
        self.tables = {name: TableSums(context, name, readings.get(name)) for name in declared}
        self.parts = PartSums(context, readings[MEASURED])
        self._at_product: dict[str, IndicatorValues] = {}

    def values(self, indicator: Indicator, level: Level) -> IndicatorValues:
        """The indicator for every entity of a level, with its draws; its interval is not yet taken."""
        if level == "product" and indicator.id in self._at_product:
            return self._at_product[indicator.id]
        if indicator.function is not None:
            found = function_outcome(self.context, indicator.function)
        else:
            found = self._evaluated(indicator, self.sums(indicator, level))
        if level == "product":
            self._at_product[indicator.id] = found
        return found

    def sums(self, indicator: Indicator, level: Level) -> QuantityValues:
        """The quantities of an indicator for every entity of a level."""
        refuse = indicator.spec.missing_data == "refuse"
        if level == "product":
            return self._of_products(indicator, refuse)
        if any(i.indicator for i in indicator.inputs.values()):
            needed = {str(i.indicator) for i in indicator.inputs.values() if i.indicator}
            products = {n: self.values(self.method.indicator(n), "product") for n in sorted(needed)}
            return self.parts.roll_up(indicator, level, products)
        ways = self.ways(indicator, level)
        if not ways:
            entities = sorted(set(self.context.fieldlab.belongs(level).values()))
            return self._nothing(indicator, entities, reason("not_at_level"), "not_applicable")
        by_table = {t: {n: w for n, w in ways.items() if w.table == t} for t in self.tables}
        parts = [self.tables[name].collect(mine, level, refuse) for name, mine in by_table.items() if mine]
        return reduce(joined, (_in_unit(p, parts[0].mass_unit, indicator) for p in parts))

    def ways(self, indicator: Indicator, level: Level) -> dict[str, RowSum]:
        """How each quantity of an indicator is summed over rows at a level; nothing when one of them cannot be."""
        if level == "product":
            for table in (t for t in self.tables.values() if t.spec.product_column):
                ways = {n: w for n, q in indicator.quantities.items() if (w := q.over(table.name)) is not None}
                if len(ways) == len(indicator.quantities):
                    return ways
            return {}
        found = {}
        for name, quantity in indicator.quantities.items():
            able = (w for w in quantity.sums if w.table in self.tables and self.tables[w.table].exists(w, level))
            if (way := next(able, None)) is not None:
                found[name] = way
        return found if len(found) == len(indicator.quantities) else {}

    def _of_products(self, indicator: Indicator, refuse: bool) -> QuantityValues:
        """The quantities for every product: over its parts, or over the rows of one table that name it."""
        quantities = indicator.quantities.values()
        tables = [t for t in self.tables.values() if t.spec.product_column]
        if not self.parts.entities and not any(t.at("product").entities for t in tables):
            return self._nothing(indicator, [self.context.fieldlab.id], reason("no_products"), "missing")
        if all(q.over(PRODUCTS) is not None for q in quantities):
            return self.parts.collect(indicator)
        if ways := self.ways(indicator, "product"):
            return self.tables[next(iter(ways.values())).table].collect(ways, "product", refuse)
        return self._nothing(indicator, self.parts.entities, reason("not_at_level"), "not_applicable")

    def _nothing(self, indicator: Indicator, entities: list[str], why: Both, status: Status) -> QuantityValues:
        names = [*indicator.quantities, *indicator.whole_inputs]
        values = dict.fromkeys(names, np.broadcast_to(np.nan, (len(entities), 1 + self.context.draws)))
        problems = dict.fromkeys(range(len(entities)), (status, why))
        return QuantityValues(entities, values, np.zeros(len(entities)), problems=problems)

    def _evaluated(self, indicator: Indicator, sums: QuantityValues) -> IndicatorValues:
        count, shape = len(sums.entities), (len(sums.entities), 1 + self.context.draws)
        if len(sums.problems) == count:
            return self._without_figures(indicator, sums)
        scale = sums.mass_unit**indicator.mass_power
        results = indicator.evaluate(sums.values)
        figures = np.broadcast_to(np.asarray(results[""]), shape)
        figures = figures.copy() if scale == 1 else figures * scale
        in_kg = {n: v[:, 0] * sums.mass_unit ** mass_power(indicator.unit_of(n)) for n, v in sums.values.items()}
        terms = {n: np.broadcast_to(np.asarray(v), (count,)) for n, v in indicator.evaluate(in_kg).items() if n}
        counted = {n: np.broadcast_to(np.asarray(v), shape)[:, 0] for n, v in results.items() if n}
        status: list[Status] = ["ok"] * count
        why: list[Both | None] = [_together(sums.notes.get(e, [])) for e in range(count)]
        broken = {
            i: np.broadcast_to(np.logical_not(c.formula(counted)), (count,)) for i, c in enumerate(indicator.requires)
        }
        for e in range(count):
            problem = sums.problems.get(e)
            if problem is None:
                unmet = next((i for i, bad in broken.items() if bad[e]), None)
                problem = self._problem(indicator, float(figures[e, 0]), counted, e, unmet)
            if problem is not None:
                status[e], why[e] = problem
                figures[e] = np.nan
        lower, upper = self._span(indicator, sums, figures)
        # A sum is finite when every draw is; cheaper than asking each.
        endless = ~np.isfinite(lower.sum(axis=1) if lower is upper else lower.sum(axis=1) + upper.sum(axis=1))
        for e in map(int, np.flatnonzero(endless)):
            if status[e] == "ok":  # a denominator that may turn out to be zero
                why[e] = _together([why[e], reason("open_interval")])
        coverage = np.ones(count) if indicator.spec.missing_data == "as_recorded" else sums.coverage
        coverage = np.where([e in sums.problems and s != "ok" for e, s in enumerate(status)], sums.coverage, coverage)
        return IndicatorValues(sums.entities, figures[:, 0], lower, upper, coverage, status, why, terms)

    def _without_figures(self, indicator: Indicator, sums: QuantityValues) -> IndicatorValues:
        """The outcome when no entity can have a figure: what is known of the sums, and why there is no more."""
        count = len(sums.entities)
        in_kg = {n: v[:, 0] * sums.mass_unit ** mass_power(indicator.unit_of(n)) for n, v in sums.values.items()}
        nothing = np.broadcast_to(np.nan, (count, self.context.draws))
        status: list[Status] = [sums.problems[e][0] for e in range(count)]
        why: list[Both | None] = [sums.problems[e][1] for e in range(count)]
        return IndicatorValues(
            sums.entities, np.full(count, np.nan), nothing, nothing, sums.coverage, status, why, in_kg
        )

    def _span(self, indicator: Indicator, sums: QuantityValues, figures: Array) -> tuple[Array, Array]:
        """Per draw the smallest and largest value over all ways of filling in what is not known."""
        drawn = _held(indicator, figures[:, 1:])
        if not sums.alternatives or indicator.spec.missing_data != "shown_as_unknown" or not self.context.draws:
            return _possible(indicator, drawn, drawn)
        lower, upper = drawn.copy(), drawn.copy()
        affected = np.unique(np.concatenate([at for at, _ in sums.alternatives]))
        lower[affected], upper[affected] = np.inf, -np.inf
        scale = sums.mass_unit**indicator.mass_power
        for at, values in sums.alternatives:
            turned = np.broadcast_to(np.asarray(indicator.evaluate(values)[""]), (len(at), 1 + self.context.draws))
            other = _held(indicator, turned[:, 1:] * scale)
            other = np.where(indicator.impossible(other), np.nan, other)
            lower[at], upper[at] = np.fmin(lower[at], other), np.fmax(upper[at], other)
        nothing = np.isnan(drawn) | (lower > upper)
        lower[nothing] = upper[nothing] = np.nan
        return _possible(indicator, lower, upper)

    @staticmethod
    def _problem(
        indicator: Indicator, figure: float, terms: Mapping[str, Array], e: int, unmet: int | None
    ) -> tuple[Status, Both] | None:
        """Why a figure that was computed cannot stand, or None."""
        if unmet is not None:
            return "missing", reason("impossible", because=indicator.requires[unmet].because)
        if not np.isfinite(figure):
            error = zero_denominator(indicator, {n: float(t[e]) for n, t in terms.items()})
            what = error.details["found"] if error else indicator.formula.text
            return "not_applicable", reason("zero_denominator", what=_words(indicator, str(what)))
        if indicator.impossible(figure):
            low, high = indicator.bounds
            bounds = f"{indicator.id} = {figure:.6g}, [{low}, {high}]"
            return "missing", reason("impossible", because=bounds)
        return None


def _in_unit(sums: QuantityValues, unit: float, indicator: Indicator) -> QuantityValues:
    """`sums` with its masses in another unit. [kg]"""
    if sums.mass_unit == unit:
        return sums
    size = {n: (sums.mass_unit / unit) ** mass_power(indicator.unit_of(n)) for n in sums.values}
    values = {n: v * size[n] for n, v in sums.values.items()}
    alternatives = [(at, {n: v * size[n] for n, v in way.items()}) for at, way in sums.alternatives]
    return replace(sums, values=values, alternatives=alternatives, mass_unit=unit)


def _possible(indicator: Indicator, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Draws whose figure is within the declared bounds; possible ones are repeated in the place of the others.

    Readings are drawn so that they are possible together (decision 0030). What is left for here are sums over parties
    of which one contradicts itself, and weighted means of which some weights are negative.
    """
    low, high = indicator.bounds
    if (low is None or lower.min(initial=np.inf) >= low) and (high is None or upper.max(initial=-np.inf) <= high):
        return lower, upper
    finite = np.isfinite(lower) & np.isfinite(upper)
    bad = finite & (indicator.impossible(lower) | indicator.impossible(upper))
    if not bad.any():
        return lower, upper
    taken = np.broadcast_to(np.arange(lower.shape[1]), lower.shape).copy()
    for e in np.flatnonzero(bad.any(axis=1)):
        good = np.flatnonzero(~bad[e])
        taken[e, bad[e]] = np.resize(good, bad[e].sum()) if len(good) else 0
    nothing = bad.all(axis=1)[:, None]
    chosen = np.where(nothing, np.nan, np.take_along_axis(lower, taken, axis=1))
    return chosen, chosen if lower is upper else np.where(nothing, np.nan, np.take_along_axis(upper, taken, axis=1))


def _held(indicator: Indicator, draws: Array) -> Array:
    """Draws that miss a declared bound by no more than rounding, put on it."""
    low, high = indicator.bounds
    # The extremes tell at once that nothing is out of bounds; with NaN among the draws they tell nothing.
    if low is not None and not draws.min(initial=np.inf) >= low:
        draws = np.where((draws < low) & (draws > low - 1e-9), low, draws)
    if high is not None and not draws.max(initial=-np.inf) <= high:
        draws = np.where((draws > high) & (draws < high + 1e-9), high, draws)
    return draws


def _words(indicator: Indicator, text: str) -> dict[str, str]:
    """The names in a piece of formula as words in both languages."""
    if text in indicator.quantities or text in indicator.inputs:
        return {lang: indicator.label(text, lang) for lang in LANGUAGES}
    return {"nl": text, "en": text}


def _together(notes: Sequence[Both | None]) -> Both | None:
    """Several reasons as one."""
    present = [n for n in notes if n is not None]
    if not present:
        return None
    return Both(nl="; ".join(n.nl for n in present), en="; ".join(n.en for n in present))
