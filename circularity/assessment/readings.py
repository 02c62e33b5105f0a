"""Quantities that are known as totals: one reading per party and quantity, and their joint draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.assessment.sampling import Array, lognormal
from circularity.assessment.sampling_context import SamplingContext
from circularity.method.declarations import Input
from circularity.method.indicator import Indicator, outside
from circularity.method.load import Method

# Draws that no redrawing made possible after so many rounds are taken from those that are.
MOST_ROUNDS = 200

Holds = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Relation:
    """What holds between the readings of one party: a part is not larger than its whole.

    Attributes
    ----------
    codes : tuple of str
        The quantities it is about.
    holds : callable
        From values by quantity to whether it holds, element by element.
    """

    codes: tuple[str, ...]
    holds: Callable[[Mapping[str, Array]], Holds]


@lru_cache(maxsize=8)
def relations(method: Method, table: str) -> tuple[Relation, ...]:
    """What the method says of readings of one party: the conditions and bounds of its indicators (decision 0030)."""
    return tuple(relation for indicator in method.indicators.values() for relation in _of_indicator(indicator, table))


def _of_indicator(indicator: Indicator, table: str) -> Iterator[Relation]:
    codes: dict[str, tuple[str, ...]] = {n: (i.measured,) for n, i in indicator.inputs.items() if i.measured}
    for name, quantity in indicator.quantities.items():
        if (way := quantity.over(table)) is not None:
            (codes[name],) = way.where.values()

    def relation(names: tuple[str, ...], holds: Callable[[Mapping[str, Array]], Holds]) -> Relation:
        used = {n: codes[n] for n in names if n in codes}

        def of_codes(values: Mapping[str, Array]) -> Holds:
            summed: dict[str, Any] = {n: sum(values[c] for c in of) for n, of in used.items()}
            return holds(summed | indicator.factors)

        return Relation(tuple(dict.fromkeys(c for of in used.values() for c in of)), of_codes)

    known = {*codes, *indicator.factors}
    for condition in (*indicator.requires, *indicator.requires_of_parts):
        formula = condition.formula
        if formula.orders and set(formula.names) <= known:
            yield relation(formula.names, formula)
    for name, declared in indicator.inputs.items():
        if declared.measured and (declared.bounds != (None, None) or declared.above is not None):
            yield relation((name,), partial(_allowed, name, declared))
    if indicator.function is not None:
        return
    steps = [formula for _, formula in indicator.lines()]
    names = {n for formula in steps for n in formula.names} - set(indicator.let)
    if indicator.bounds != (None, None) and names <= known:
        yield relation(tuple(names), lambda values: ~indicator.impossible(indicator.evaluate(values)[""]))


def _allowed(name: str, spec: Input, values: Mapping[str, Array]) -> Holds:
    """Whether the values of an input of a product are what they may be."""
    found = values[name]
    return np.asarray(~outside(found, spec.bounds) & (True if spec.above is None else found > spec.above))


def _components(found: tuple[Relation, ...]) -> list[tuple[list[str], list[Relation]]]:
    """The relations in groups that share no quantity, with the quantities of each group in order."""
    groups: list[tuple[set[str], list[Relation]]] = []
    for relation in found:
        mine = [g for g in groups if g[0] & set(relation.codes)]
        groups = [g for g in groups if g not in mine]
        codes = set(relation.codes).union(*(c for c, _ in mine))
        groups.append((codes, [*(r for _, rs in mine for r in rs), relation]))
    return [(sorted(codes), rs) for codes, rs in groups]


class Readings:
    """The measurements of one period, drawn so that every draw is possible.

    A reading varies lognormally around what was measured, a share of one whole together with its remainder. A draw in
    which a part exceeds its whole, or that the method calls impossible for another reason, is drawn again with all
    readings that are related to it: what remains is the distribution of the readings given what is possible (decision
    0030).

    Parameters
    ----------
    context : SamplingContext
    table : str
        A table with one reading for each party, period and code of its scope.

    Attributes
    ----------
    rows : DataFrame
        The measurements, ordered by entity and quantity.
    position : dict of (str, str) to int
        Position in `rows` of every reading whose value is known, by entity and quantity.
    """

    def __init__(self, context: SamplingContext, table: str) -> None:
        self.context, self.table = context, table
        spec = context.method.tables[table]
        self.rows = context.table(table)
        self._value = self.rows[spec.amount[0]].to_numpy(dtype=np.float64)
        log_sd = self.rows.get("log_sd", pd.Series(0.0, index=self.rows.index))
        self._log_sd = log_sd.to_numpy(dtype=np.float64)
        self._code, entity = self.rows[spec.scope], self.rows[spec.entity[0]]
        known = np.flatnonzero(np.isfinite(self._value))
        self.position = {(str(entity[i]), str(self._code[i])): int(i) for i in known}

    @cached_property
    def values(self) -> Array:
        """What was measured, then the draws; shape (rows, 1 + draws)."""
        draws, stream = self.context.draws, self.context.stream
        drawn = lognormal(self._value, self._log_sd, stream(self.table), draws)
        shares = np.flatnonzero(self._is_share)
        remainder = np.clip(1 - self._value[shares], 0, None)
        rest = lognormal(remainder, self._log_sd[shares], stream(self.table, "remainder"), draws)
        with np.errstate(invalid="ignore"):
            drawn[shares] /= drawn[shares] + rest
        if drawn.size:
            for codes, related in _components(relations(self.context.method, self.table)):
                self._make_possible(drawn, codes, related)
        return np.concatenate([self._value[:, None], drawn], axis=1)

    def of_products(self, quantity: str, products: list[str]) -> Array:
        """A quantity for every one of some products, shape (products, 1 + draws); NaN where there is no reading."""
        places = [self.position.get((product, quantity), -1) for product in products]
        if all(place < 0 for place in places):
            return np.full((len(places), 1), np.nan)
        unknown = np.full((1, 1 + self.context.draws), np.nan)
        return np.concatenate([self.values, unknown])[places]

    @cached_property
    def _is_share(self) -> Holds:
        """The readings that are a part of one whole, and stay one in every draw."""
        inputs = [i for indicator in self.context.method.indicators.values() for i in indicator.inputs.values()]
        shares = {i.measured for i in inputs if i.bounds == (0, 1)}
        return np.asarray(self._code.isin(list(shares)).to_numpy() & (self._value <= 1))

    def _make_possible(self, drawn: Array, codes: list[str], related: list[Relation]) -> None:
        """Draw again, in `drawn`, what is impossible for the related readings of each party."""
        alike: dict[tuple[tuple[str, ...], tuple[int, ...]], list[list[int]]] = {}
        for entity in dict.fromkeys(e for e, code in self.position if code in codes):
            place = {c: i for c in codes if (i := self.position.get((entity, c))) is not None}
            stated = {c: self._value[i : i + 1] for c, i in place.items()}
            # What does not hold for the readings themselves is told of them; no draw can be held to it.
            holds = tuple(
                n for n, r in enumerate(related) if all(c in place for c in r.codes) and bool(np.all(r.holds(stated)))
            )
            used = tuple(c for c in place if any(c in related[n].codes for n in holds))
            if holds:
                alike.setdefault((used, holds), []).append([place[c] for c in used])
        rng = self.context.stream(self.table, "again", *codes)
        for (used, holds), places in alike.items():
            self._redraw(drawn, np.array(places), used, [related[n] for n in holds], rng)

    def _redraw(
        self,
        drawn: Array,
        places: npt.NDArray[np.int64],
        codes: tuple[str, ...],
        held: list[Relation],
        rng: np.random.Generator,
    ) -> None:
        def impossible(values: Mapping[str, Array]) -> Holds:
            return np.asarray(~np.logical_and.reduce([r.holds(values) for r in held]))

        bad = impossible({c: drawn[places[:, k]] for k, c in enumerate(codes)})
        for _ in range(MOST_ROUNDS):
            party, draw = np.nonzero(bad)
            if not len(party):
                return
            values = {c: self._again(places[party, k], rng) for k, c in enumerate(codes)}
            for k, c in enumerate(codes):
                drawn[places[party, k], draw] = values[c]
            bad[party, draw] = impossible(values)
        for p in np.flatnonzero(bad.any(axis=1) & ~bad.all(axis=1)):
            good, rest = np.flatnonzero(~bad[p]), np.flatnonzero(bad[p])
            for place in places[p]:
                drawn[place, rest] = drawn[place, np.resize(good, len(rest))]

    def _again(self, rows: npt.NDArray[np.int64], rng: np.random.Generator) -> Array:
        """One more draw of each of these readings."""
        value, log_sd = self._value[rows], self._log_sd[rows]
        drawn = lognormal(value, log_sd, rng, 1)[:, 0]
        rest = lognormal(np.clip(1 - value, 0, None), log_sd, rng, 1)[:, 0]
        with np.errstate(invalid="ignore"):
            return np.where(self._is_share[rows], drawn / (drawn + rest), drawn)
