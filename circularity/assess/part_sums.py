"""Sums over the parts of products: from the rows of a period to the quantities that formulas name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.assess.outcome import Sums
from circularity.assess.sampling import Array, compositions, lognormal, stream
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.formula import Formula
from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.texts import Both, reason

Fill = Mapping[str, Array]


class PartSums:
    """The products of one period with their parts.

    Every product that has parts, or is no part itself, is an entity. Its rows are the parts without parts of their
    own that it is built from; a product without parts is its own single row.

    Parameters
    ----------
    fieldlab : Fieldlab
    method : Method
    period : int
    draws : int
        Number of draws; 0 for the stated figures alone.
    seed : int
    """

    def __init__(self, fieldlab: Fieldlab, method: Method, period: int, draws: int, seed: int) -> None:
        self.fieldlab, self.method, self.period, self.draws, self.seed = fieldlab, method, period, draws, seed
        self.spec = method.tables["products"]
        products = fieldlab.tables.get("products")
        if products is None:
            products = pd.DataFrame(columns=[*self.spec.columns, "file", "row", "sigma", "stated", "period"])
        self.rows = products[products["period"] == period].sort_values("product", ignore_index=True)
        self._find_pairs()

    def _find_pairs(self) -> None:
        """Pair every entity with the rows of its parts, and with its own row."""
        own = {p: i for i, p in enumerate(self.rows["product"])}
        parent = dict(zip(self.rows["product"], self.rows["parent"], strict=True))
        has_parts = {q for q in parent.values() if q}
        self.entities = [p for p in own if p in has_parts or not parent[p]]
        number = {p: i for i, p in enumerate(self.entities)}
        entity, part, whole = [], [], []
        for product, row in own.items():
            if product in has_parts:
                continue
            above: str | None = product
            while above:
                if above in number:
                    entity.append(number[above])
                    part.append(row)
                    whole.append(own[above])
                above = parent.get(above)
        self.entity = np.array(entity, dtype=np.int64)
        self._part = np.array(part, dtype=np.int64)
        self._whole = np.array(whole, dtype=np.int64)

    @property
    def products(self) -> pd.DataFrame:
        """The rows of the entities themselves."""
        return self.rows.set_index("product", drop=False).loc[self.entities]

    def part_row(self, pair: int) -> int:
        """Position in `rows` of the part of a pair."""
        return int(self._part[pair])

    def whole_row(self, pair: int) -> int:
        """Position in `rows` of the product of a pair."""
        return int(self._whole[pair])

    def rows_of(self, product: str) -> npt.NDArray[np.int64]:
        """Positions in `rows` of the parts that a product is built from, and of the product itself."""
        e = self.entities.index(product)
        mine = self.entity == e
        return np.unique(np.concatenate([self._whole[mine], self._part[mine]]))

    # Columns -----------------------------------------------------------------------------------------------------

    @cached_property
    def _columns(self) -> dict[str, Array]:
        return {}

    def row_values(self, column: str) -> Array:
        """A column for every row of the table, shape (rows, 1 + draws): the stated figure, then the draws."""
        if column not in self._columns:
            self._columns |= self._drawn(column)
        return self._columns[column]

    def _drawn(self, column: str) -> dict[str, Array]:
        spec = self.spec.columns[column]
        group = [c for c, s in self.spec.columns.items() if s.composition and s.composition == spec.composition] or [
            column
        ]
        stated = self.rows[group].to_numpy(dtype=np.float64)
        if not self.draws or spec.unsure in (None, "fixed"):
            repeated = np.repeat(stated[:, :, None], 1 + self.draws, axis=2)
        else:
            sigma = self.rows["sigma"].to_numpy()
            rng = stream(self.seed, self.fieldlab.id, self.period, "products", spec.composition or column)
            if spec.unsure == "lognormal":
                drawn = lognormal(stated[:, 0], sigma, rng, self.draws)[:, None, :]
            else:
                drawn = compositions(stated, sigma, rng, self.draws)
            repeated = np.concatenate([stated[:, :, None], drawn], axis=2)
        return {name: repeated[:, i] for i, name in enumerate(group)}

    def values(self, column: str, fill: Fill, assumed: dict[int, list[Both]]) -> Array:
        """A column, derived or not, for every pair, shape (pairs, 1 + draws).

        Parameters
        ----------
        column : str
            Name; ``whole.x`` is the column x of the entity instead of the part.
        fill : mapping of str to ndarray
            Values to use instead, by column, shape (rows, 1 + draws).
        assumed : dict of int to list of Both
            Takes what was assumed, by position of the entity.
        """
        if column.startswith("whole."):
            name = column.removeprefix("whole.")
            return self.whole_values(name, fill, assumed)
        if column in self.spec.derived:
            formula = self.method.derived["products"][column]
            known = {n: self.values(n, fill, assumed) for n in formula.names}
            if not self.spec.derived[column].varies:
                known = {n: np.broadcast_to(v[:, :1], v.shape) for n, v in known.items()}
            found = formula(known)
            return self._assume(column, np.asarray(found), self.entity, assumed)
        return fill[column][self._part] if column in fill else self.row_values(column)[self._part]

    def whole_values(self, column: str, fill: Fill, assumed: dict[int, list[Both]]) -> Array:
        """A column of the entity itself for every pair, shape (pairs, 1 + draws)."""
        if column in self.spec.derived:
            formula = self.method.derived["products"][column]
            found = formula({n: self.whole_values(n, fill, assumed) for n in formula.names})
            return self._assume(column, np.asarray(found), self.entity, assumed)
        return fill[column][self._whole] if column in fill else self.row_values(column)[self._whole]

    def _assume(
        self, column: str, values: Array, entity: npt.NDArray[np.int64], assumed: dict[int, list[Both]]
    ) -> Array:
        spec = self.spec.derived[column]
        unknown = np.isnan(values[:, 0])
        if spec.if_unknown is None or not unknown.any():
            return values
        for e in np.unique(entity[unknown]):
            note = reason("assumed", what=spec.name, value=f"{spec.if_unknown:g}")
            if note not in assumed.setdefault(int(e), []):
                assumed[int(e)].append(note)
        return np.where(unknown[:, None], spec.if_unknown, values)

    def plain_columns(self, formula: Formula, seen: frozenset[str] = frozenset()) -> list[str]:
        """The columns of the table that a formula rests on, derived columns taken apart."""
        found: list[str] = []
        for name in formula.names:
            bare = name.removeprefix("whole.")
            if bare in self.spec.derived and bare not in seen:
                if self.spec.derived[bare].if_unknown is None:
                    found += self.plain_columns(self.method.derived["products"][bare], seen | {bare})
            elif bare in self.spec.columns:
                found.append(bare)
        return list(dict.fromkeys(found))

    # Sums --------------------------------------------------------------------------------------------------------

    def total(self, per_pair: Array) -> Array:
        """Sum over the parts of every entity, shape (entities, 1 + draws); what is unknown adds nothing."""
        result = np.zeros((len(self.entities), per_pair.shape[1]))
        np.add.at(result, self.entity, np.nan_to_num(per_pair, nan=0.0))
        return result

    def collect(self, indicator: Indicator) -> Sums:
        """The quantities of an indicator for every product."""
        result = Sums(self.entities, {}, np.ones(len(self.entities)))
        if indicator.inputs and indicator.spec.missing_data == "refuse":
            self._collect_strict(indicator, result)
        else:
            self._collect_open(indicator, result)
        return result

    def _names(self, indicator: Indicator) -> dict[str, str]:
        """Column by name of the formula."""
        return {n: str(i.column) for n, i in indicator.inputs.items()}

    def _collect_strict(self, indicator: Indicator, result: Sums) -> None:
        """Inputs that must all be known, unless the declaration says what is used instead."""
        arrays, entity_level = {}, indicator.whole_inputs
        for name, spec in indicator.inputs.items():
            read = self.whole_values if name in entity_level else self.values
            values = read(str(spec.column), {}, result.notes)
            unknown = np.isnan(values[:, 0])
            if spec.if_unknown is not None and unknown.any():
                values = np.where(unknown[:, None], spec.if_unknown, values)
                for e in np.unique(self.entity[unknown]):
                    result.notes.setdefault(int(e), []).append(
                        reason("assumed", what=spec.name, value=f"{spec.if_unknown:g}")
                    )
            arrays[name] = values
        for name, when in indicator.needed_when.items():
            needed = np.broadcast_to(when({n: arrays[n][:, :1] for n in when.names}), (len(self.entity), 1))
            default = indicator.inputs[name].default
            skip = np.isnan(arrays[name]) & ~needed
            arrays[name] = np.where(skip, np.nan if default is None else default, arrays[name])
        for name, values in arrays.items():
            for pair in np.flatnonzero(np.isnan(values[:, 0])):
                e = int(self.entity[pair])
                row = self._whole[pair] if name in entity_level else self._part[pair]
                what = {
                    lang: f"{indicator.inputs[name].name[lang]} ({self.rows.at[int(row), 'product']})"
                    for lang in ("nl", "en")
                }
                result.problems.setdefault(e, ("missing", reason("product_unknown", what=what)))
        for condition in indicator.requires_of_parts:
            holds = np.broadcast_to(condition.formula({n: v[:, :1] for n, v in arrays.items()}), (len(self.entity), 1))
            for pair in np.flatnonzero(~holds[:, 0]):
                why = reason("impossible", because=condition.because)
                result.problems.setdefault(int(self.entity[pair]), ("missing", why))
        first = {int(e): i for i, e in reversed(list(enumerate(self.entity)))}
        position = [first[e] for e in range(len(self.entities))]
        for name in entity_level:
            result.values[name] = arrays[name][position]
        for name, quantity in indicator.quantities.items():
            way = quantity.over("products")
            if way is not None:
                per_pair = np.broadcast_to(way.expression(arrays), (len(self.entity), 1 + self.draws))
                result.values[name] = self.total(per_pair)
        for e in result.problems:
            result.coverage[e] = self._known_mass(e, list(self._names(indicator).values()))

    def _known_mass(self, e: int, columns: Sequence[str]) -> float:
        pairs = np.flatnonzero(self.entity == e)
        plain = [c for c in columns if c in self.spec.columns]
        mass = self.rows["mass"].to_numpy(dtype=np.float64)[self._part[pairs]]
        known = (
            self.rows[plain].notna().all(axis=1).to_numpy()[self._part[pairs]] if plain else np.ones(len(pairs), bool)
        )
        return float(mass[known].sum() / mass.sum()) if mass.sum() > 0 else 0.0

    def _collect_open(self, indicator: Indicator, result: Sums) -> None:
        """Sums in which an unknown share stays unknown: it counts in no part, and every way to fill it is tried."""
        names = self._names(indicator)
        formulas = {n: q.over("products") for n, q in indicator.quantities.items()}
        columns: list[str] = []
        for way in formulas.values():
            if way is not None:
                shown = Formula(way.expression.substituted(names)) if names else way.expression
                columns += [c for c in self.plain_columns(shown) if c not in columns]

        def quantities(fill: Fill, notes: dict[int, list[Both]]) -> dict[str, Array]:
            found = {}
            for name, way in formulas.items():
                if way is not None:
                    used = {n: self.values(names.get(n, n), fill, notes) for n in way.expression.names}
                    per_pair = np.asarray(way.expression(used))
                    found[name] = self.total(np.broadcast_to(per_pair, (len(self.entity), 1 + self.draws)))
            return found

        result.values = quantities({}, result.notes)
        shares = [c for c in columns if self.spec.columns[c].unsure == "composition"]
        unknown_rows = self.rows[shares].isna().any(axis=1).to_numpy() if shares else np.zeros(len(self.rows), bool)
        mass = (
            self.values("life_cycle_mass", {}, {})[:, 0]
            if "life_cycle_mass" in self.spec.derived
            else self.values("mass", {}, {})[:, 0]
        )
        unknown = unknown_rows[self._part]
        total = np.bincount(self.entity, weights=mass, minlength=len(self.entities))
        open_ = np.bincount(self.entity, weights=mass * unknown, minlength=len(self.entities))
        result.coverage = np.where(total > 0, 1 - open_ / np.where(total > 0, total, 1), 0.0)
        for e in np.flatnonzero((open_ > 0) & (open_ == total)):
            what = {lang: ", ".join(self.spec.columns[c].name[lang] for c in shares) for lang in ("nl", "en")}
            result.problems[int(e)] = ("missing", reason("product_unknown", what=what))
        affected = np.flatnonzero((open_ > 0) & (open_ < total))
        if len(affected):
            for fill in self._fills(shares):
                filled = quantities(fill, {})
                result.alternatives.append((affected, {n: v[affected] for n, v in filled.items()}))

    def _fills(self, shares: Sequence[str]) -> list[dict[str, Array]]:
        """The extreme ways to fill in unknown shares: what is left of a whole goes to one part, or to none."""
        fills: list[dict[str, Array]] = [{}]
        done: set[str] = set()
        for column in shares:
            if column in done:
                continue
            spec = self.spec.columns[column]
            group = [
                c for c, s in self.spec.columns.items() if spec.composition and s.composition == spec.composition
            ] or [column]
            done |= set(group)
            values = {c: self.row_values(c) for c in group}
            if not any(np.isnan(v[:, 0]).any() for v in values.values()):
                continue
            known = sum(
                (np.nan_to_num(v, nan=0.0) for v in values.values()),
                np.zeros((len(self.rows), 1 + self.draws)),
            )
            left = np.clip(1 - known, 0, None)
            options = []
            for target in [None, *group]:
                option = {}
                for c, v in values.items():
                    option[c] = np.where(np.isnan(v), left if c == target else 0.0, v)
                options.append(option)
            fills = [{**f, **o} for f in fills for o in options]
        return fills
