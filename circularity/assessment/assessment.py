"""The assessment of a fieldlab: one tidy table, and what stands behind it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from circularity.assessment.evaluate import LEVELS, PeriodEvaluation
from circularity.assessment.levels import widest
from circularity.assessment.sampling import Array
from circularity.assessment.sampling_context import SamplingContext
from circularity.assessment.values import IndicatorValues
from circularity.errors import CallError, sentence
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.texts import word

COLUMNS = [
    "fieldlab", "level", "entity", "period", "indicator", "value", "low", "high", "unit", "coverage", "status",
    "reason", "method_version",
]  # fmt: skip

FEWEST_DRAWS, MOST_DRAWS = 100, 100_000  # fewer give no interval, more no memory
# Numbers drawn for organisations and products that are kept: 80 MB. What is beyond is made again when asked for.
MOST_KEPT = 10_000_000
HIGHEST_SEED = 2**32 - 1


@dataclass
class Assessment:
    """All indicators of a fieldlab, for all levels and periods.

    Attributes
    ----------
    fieldlab : Fieldlab
    method : Method
    draws, seed : int
        Number of draws, and the seed they came from.
    outcomes : dict of (str, Level, int) to IndicatorValues
        By indicator, level and period. Those of a large assessment are without draws, which `outcome` makes again.
    """

    fieldlab: Fieldlab
    method: Method
    draws: int
    seed: int
    outcomes: dict[tuple[str, Level, int], IndicatorValues] = field(repr=False)
    _evaluations: dict[int, PeriodEvaluation] = field(default_factory=dict, repr=False)
    _again: dict[tuple[str, Level, int], IndicatorValues] = field(default_factory=dict, repr=False)

    @property
    def indicators(self) -> list[Indicator]:
        """The indicators that were assessed: those about this kind of fieldlab."""
        return self.method.indicators_for(self.fieldlab.description.kind)

    def evaluation(self, period: int) -> PeriodEvaluation:
        """The sums of a period, made again when they are asked for: the same seed gives the same draws."""
        if period not in self._evaluations:
            self._evaluations[period] = PeriodEvaluation(
                SamplingContext(self.fieldlab, self.method, period, self.draws, self.seed)
            )
        return self._evaluations[period]

    def table(self, lang: str = "en") -> pd.DataFrame:
        """The result table, reasons in `lang`; columns as in `COLUMNS`, one row per figure."""
        parts: dict[str, list[Any]] = {c: [] for c in COLUMNS}
        for (indicator, level, period), outcome in self.outcomes.items():
            count = len(outcome.entities)
            parts["fieldlab"] += [self.fieldlab.id] * count
            parts["level"] += [level] * count
            parts["entity"] += outcome.entities
            parts["period"] += [period] * count
            parts["indicator"] += [indicator] * count
            parts["value"] += outcome.value.tolist()
            parts["low"] += outcome.low.tolist()
            parts["high"] += outcome.high.tolist()
            parts["unit"] += [self.method.indicators[indicator].unit] * count
            parts["coverage"] += outcome.coverage.tolist()
            parts["status"] += outcome.status
            parts["reason"] += ["" if r is None else r[lang] for r in outcome.reason]
            parts["method_version"] += [self.method.version] * count
        return pd.DataFrame(parts)

    @property
    def headline(self) -> list[str]:
        """The indicators that the first lines of a report are about, for this kind of fieldlab."""
        return self.method.settings.headline.get(self.fieldlab.description.kind, [])

    def headline_table(self, lang: str = "en") -> pd.DataFrame:
        """The rows of `table` for the headline indicators, at their widest level and in the order of the method."""
        table = self.table(lang)
        level = {i: widest(self.method.indicator(i).levels) for i in self.headline}
        mine = table["indicator"].isin(self.headline) & (table["level"] == table["indicator"].map(level))
        order = table["indicator"].map({i: n for n, i in enumerate(self.headline)})
        return (
            table[mine]
            .assign(order=order[mine])
            .sort_values(["order", "period"], ignore_index=True)
            .drop(columns="order")
        )

    def outcome(self, indicator: str, level: Level, period: int) -> IndicatorValues:
        """The outcome of one indicator.

        Raises
        ------
        UnknownIndicator, UnknownPeriod, NotAtLevel
            If there is none.
        """
        declared = self.method.indicator(indicator)
        self.fieldlab.period(period)
        if level not in LEVELS:
            raise CallError("WrongArgument", name="level", found=level, expected=list(LEVELS))
        if declared not in self.indicators:
            kinds = [k.name for k in self.method.settings.kinds.values() if declared.group in k.groups]
            raise CallError("NotForKind", found=declared.name, expected=kinds)
        if (indicator, level, period) not in self.outcomes:
            levels = [word(lv, "level") for lv in LEVELS if lv in declared.levels]
            raise CallError("NotAtLevel", found=declared.name, level=word(level, "level"), expected=levels)
        key = indicator, level, period
        if self.outcomes[key].has_draws:
            return self.outcomes[key]
        if key not in self._again:
            values = self.evaluation(period).values(declared, level)
            self._again[key] = values.with_interval(self.method.settings.uncertainty.interval)
        return self._again[key]

    def spread(self, indicator: str, level: Level, entity: str, period: int) -> tuple[float, Array, Array]:
        """Figure of one entity, and per draw its smallest and largest value.

        Raises
        ------
        UnknownEntity
            If the level has no such entity.
        """
        outcome = self.outcome(indicator, level, period)
        if entity not in outcome.entities:
            raise CallError("UnknownEntity", found=entity, level=word(level, "level"), expected=outcome.entities)
        e = outcome.entities.index(entity)
        return float(outcome.value[e]), outcome.lower[e], outcome.upper[e]

    @property
    def run_key(self) -> str:
        """SHA-256 over data, method, parameters and program version: equal keys mean equal results."""
        from circularity import __version__

        parts = [self.fieldlab.digest, self.method.digest, str(self.draws), str(self.seed), __version__]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def assess(
    fieldlab: Fieldlab,
    method: Method | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Assessment:
    """All indicators of a fieldlab.

    Parameters
    ----------
    fieldlab : Fieldlab
        Checked data.
    method : Method, optional
        The method the fieldlab was read with by default.
    draws : int, optional
        Number of Monte Carlo draws, at least 100.
    seed : int, optional
        Seed of the draws, not negative.
    progress : callable, optional
        Called with every period that is done.

    Returns
    -------
    Assessment

    Raises
    ------
    WrongArgument
        If `draws` is not from 100 to 100,000, or `seed` not from 0 to 2**32 - 1.
    """
    method = method or fieldlab.method
    for name, number, low, high in (
        ("draws", draws, FEWEST_DRAWS, MOST_DRAWS),
        ("seed", seed, 0, HIGHEST_SEED),
    ):
        if not isinstance(number, int) or not low <= number <= high:
            expected = sentence("whole_number", "words", low=low, high=high)
            raise CallError("WrongArgument", name=name, found=number, expected=expected)
    indicators = method.indicators_for(fieldlab.description.kind)
    wanted = [(i, level) for i in indicators for level in LEVELS if level in i.levels]
    found: dict[tuple[str, Level, int], IndicatorValues] = {}
    interval, kept = method.settings.uncertainty.interval, MOST_KEPT
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # intervals are taken while the next formulas are evaluated
        for period in fieldlab.periods:
            evaluation = PeriodEvaluation(SamplingContext(fieldlab, method, period, draws, seed))
            taken = {}
            for indicator, level in wanted:
                values = evaluation.values(indicator, level)
                kept -= values.size if level != "fieldlab" else 0
                keep = level == "fieldlab" or kept > 0
                taken[indicator.id, level, period] = pool.submit(values.with_interval, interval, keep)
            found |= {key: future.result() for key, future in taken.items()}
            if progress:
                progress(period)
    outcomes = {(i.id, level, p): found[i.id, level, p] for i, level in wanted for p in fieldlab.periods}
    return Assessment(fieldlab, method, draws, seed, outcomes)
