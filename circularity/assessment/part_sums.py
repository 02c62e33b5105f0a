"""Sums over the parts of products: from the rows of a period to the quantities that formulas name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from circularity.assessment.part_columns import Fill, Notes, PartColumns
from circularity.assessment.sampling import Array
from circularity.assessment.values import IndicatorValues, QuantityValues
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator, RowSum, outside, source_column
from circularity.texts import LANGUAGES, in_both, reason

Positions = npt.NDArray[np.int64]

# Part of an amount below which a difference is taken for rounding.
NOTHING = 1e-9


class PartSums(PartColumns):
    """The quantities of indicators for the products of one period, and for the product ranges of organisations."""

    def collect(self, indicator: Indicator) -> QuantityValues:
        """The quantities of an indicator for every product."""
        result = QuantityValues(self.entities, {}, np.ones(len(self.entities)))
        if indicator.inputs and indicator.spec.missing_data == "refuse":
            self._collect_strict(indicator, result)
        else:
            self._collect_open(indicator, result)
        return result

    def total(self, per_pair: Array) -> Array:
        """Sum over the pairs of every entity, shape (entities, 1 + draws); what is unknown adds nothing."""
        per_pair = np.broadcast_to(per_pair, (len(self.entity), per_pair.shape[-1]))
        unknown = np.isnan(per_pair[:, 0])
        if unknown.any():
            per_pair = np.where(unknown[:, None], 0.0, per_pair)
        if len(self.entity) == len(self.entities):
            return per_pair
        starts = np.searchsorted(self.entity, np.arange(len(self.entities)))
        return np.add.reduceat(per_pair, starts, axis=0)

    # Inputs that must all be known -------------------------------------------------------------------------------

    def _collect_strict(self, indicator: Indicator, result: QuantityValues) -> None:
        """Sums of inputs that must be known, unless the declaration says what is used instead."""
        arrays = {}
        for name, spec in indicator.inputs.items():
            column = f"whole.{source_column(spec)}" if spec.of == "product" else source_column(spec)
            values = self.of_pairs(column, result.notes)
            unknown = np.isnan(values[:, 0])
            if spec.if_unknown is not None and unknown.any():
                values = np.where(unknown[:, None], spec.if_unknown, values)
                note = reason("assumed", what=spec.name, value=in_both(spec.if_unknown))
                for e in np.unique(self.entity[unknown]):
                    result.notes.setdefault(int(e), []).append(note)
            arrays[name] = values
        for name, when in indicator.needed_when.items():
            needed = np.broadcast_to(when({n: arrays[n][:, :1] for n in when.names}), (len(self.entity), 1))
            default = indicator.inputs[name].default
            skip = np.isnan(arrays[name]) & ~needed
            arrays[name] = np.where(skip, np.nan if default is None else default, arrays[name])
        self._name_unknown(indicator, arrays, result)
        self._name_out_of_bounds(indicator, arrays, result)
        for condition in indicator.requires_of_parts:
            stated = {n: v[:, :1] for n, v in arrays.items()}
            holds = np.broadcast_to(condition.formula(stated), (len(self.entity), 1))
            for pair in np.flatnonzero(~holds[:, 0]):
                why = reason("impossible", because=condition.because)
                result.problems.setdefault(int(self.entity[pair]), ("missing", why))
        first = np.searchsorted(self.entity, np.arange(len(self.entities)))
        for name in indicator.whole_inputs:
            result.values[name] = arrays[name][first]
        for name, quantity in indicator.quantities.items():
            way = quantity.over("products")
            if way is not None:
                result.values[name] = self.total(np.asarray(way.expression(arrays)))
        columns = [source_column(i) for i in indicator.inputs.values()]
        if result.problems:
            known = self._known_mass(columns)
            for e in result.problems:
                result.coverage[e] = known[e]

    def _name_unknown(self, indicator: Indicator, arrays: dict[str, Array], result: QuantityValues) -> None:
        products = self.rows["product"].tolist()
        for name, values in arrays.items():
            rows = self.whole if name in indicator.whole_inputs else self.part
            unknown = np.flatnonzero(np.isnan(values[:, 0]))
            first = np.unique(self.entity[unknown], return_index=True)[1]  # one is named of every product
            for pair in unknown[first]:
                if (e := int(self.entity[pair])) not in result.problems:
                    label = indicator.inputs[name].name
                    what = {lang: f"{label[lang]} ({products[rows[pair]]})" for lang in LANGUAGES}
                    result.problems[e] = ("missing", reason("product_unknown", what=what))

    def _name_out_of_bounds(self, indicator: Indicator, arrays: dict[str, Array], result: QuantityValues) -> None:
        for name, values in arrays.items():
            spec, stated = indicator.inputs[name], values[:, 0]
            wrong = outside(stated, spec.bounds)
            wrong |= stated <= spec.above if spec.above is not None else False
            for pair in np.flatnonzero(wrong):
                found = f"{name} = {stated[pair]:g}"
                why = reason("impossible", because=reason("input_outside", what=spec.name, found=found))
                result.problems.setdefault(int(self.entity[pair]), ("missing", why))

    def _known_mass(self, columns: Sequence[str]) -> Array:
        """Part of the mass of every entity whose rows know all of these columns."""
        mass = self.rows["mass"].to_numpy(dtype=np.float64)[self.part]
        known = ~self.is_unknown([c for c in columns if c in self.spec.columns])[self.part]
        total = np.bincount(self.entity, weights=mass, minlength=len(self.entities))
        found = np.bincount(self.entity, weights=mass * known, minlength=len(self.entities))
        return np.divide(found, total, out=np.zeros_like(total), where=total > 0)

    # Shares of which some may be unknown -------------------------------------------------------------------------

    def _collect_open(self, indicator: Indicator, result: QuantityValues) -> None:
        """Sums in which an unknown share counts in no part, and every way to fill it in is tried."""
        names = {n: source_column(i) for n, i in indicator.inputs.items()}
        ways = {n: w for n, q in indicator.quantities.items() if (w := q.over("products")) is not None}
        amounts = {n: self._amounts(w, names, result.notes) for n, w in ways.items()}
        columns = list(dict.fromkeys(c for w in ways.values() for c in self.plain_columns(w.expression, names)))
        shares = [c for c in columns if self.spec.columns[c].unsure == "composition"]
        open_ = np.flatnonzero(self.is_unknown(shares)[self.part])
        filled = [
            {n: self._amounts(w, names, {}, fill)[open_] for n, w in ways.items()}
            for fill in (self.fills(shares) if len(open_) else [])
        ]
        differs = np.zeros(len(open_), dtype=bool)
        for n in ways if filled else ():
            turned = np.stack([np.broadcast_to(f[n], (len(open_), f[n].shape[-1])) for f in filled])
            least = turned.min(axis=0)  # what is certain: an unknown share may be nothing
            differs |= turned[..., 0].max(axis=0) > least[:, 0] + NOTHING * np.abs(least[:, 0])
            amounts[n] = self._replaced(amounts[n], open_, least)
        result.values = {n: self.total(a) for n, a in amounts.items()}
        self._leave_open(result, open_[differs], shares)
        affected = np.setdiff1d(self.entity[open_[differs]], list(result.problems))
        for fill in filled if len(affected) else ():
            sums = {n: self.total(self._replaced(amounts[n], open_, fill[n])) for n in ways}
            result.alternatives.append((affected, {n: v[affected] for n, v in sums.items()}))

    def _leave_open(self, result: QuantityValues, pairs: Positions, shares: Sequence[str]) -> None:
        """Take the mass of pairs that are not known from the coverage; name what is missing where nothing is known."""
        mass = self.of_pairs("mass", {})[:, 0]
        total = np.bincount(self.entity, weights=mass, minlength=len(self.entities))
        unsure = np.bincount(self.entity[pairs], weights=mass[pairs], minlength=len(self.entities))
        known = np.ones(len(self.entity), dtype=bool)
        known[pairs] = False
        result.coverage = np.where(unsure > 0, 1 - unsure / total, 1.0)
        unknown = {c: self.is_unknown([c])[self.part] for c in shares}
        for e in np.setdiff1d(self.entity[pairs], self.entity[known]):
            lacking = [c for c, absent in unknown.items() if absent[self.entity == e].any()]
            what = {lang: ", ".join(self.spec.columns[c].name[lang] for c in lacking) for lang in LANGUAGES}
            result.coverage[e] = 0.0
            result.problems[int(e)] = ("missing", reason("product_unknown", what=what))

    def _replaced(self, amounts: Array, pairs: Positions, values: Array) -> Array:
        """`amounts` with other `values` for some pairs."""
        width = max(amounts.shape[-1], values.shape[-1])
        changed = np.broadcast_to(amounts, (len(self.entity), width)).copy()
        changed[pairs] = values
        return changed

    def _amounts(self, way: RowSum, names: dict[str, str], notes: Notes, fill: Fill | None = None) -> Array:
        """What a sum adds up for every pair; of sums that many indicators share it is kept."""
        key = way.expression.text
        if fill or names:
            return self._of_pairs(way, names, notes, fill)
        if key not in self._shared:
            own: Notes = {}
            self._shared[key] = self._of_pairs(way, names, own), own
        amounts, assumed = self._shared[key]
        for e, new in assumed.items():
            known = notes.setdefault(e, [])
            known += [n for n in new if n not in known]
        return amounts

    def _of_pairs(self, way: RowSum, names: dict[str, str], notes: Notes, fill: Fill | None = None) -> Array:
        used = {n: self.of_pairs(names.get(n, n), notes, fill) for n in way.expression.names}
        return np.asarray(way.expression(used))

    # Figures of products rolled up to a product range --------------------------------------------------------------

    def roll_up(self, indicator: Indicator, level: Level, products: Mapping[str, IndicatorValues]) -> QuantityValues:
        """The quantities of an indicator that is summed over the products of an organisation.

        Parameters
        ----------
        indicator : Indicator
            Its inputs name columns of the products table, or other indicators at product level.
        level : Level
        products : mapping of str to IndicatorValues
            Indicators at product level that were computed before.
        """
        names = sorted(set(self.context.fieldlab.belongs(level).values()))
        width = 1 + self.context.draws
        result = QuantityValues(
            names, {q: np.zeros((len(names), width)) for q in indicator.quantities}, np.ones(len(names))
        )
        for e, name in enumerate(names):
            mine = self.products_of(level, name)
            if not mine:
                result.coverage[e] = 0.0
                result.problems[e] = ("missing", reason("no_products"))
                continue
            arrays: dict[str, Array] = {}
            for input_name, spec in indicator.inputs.items():
                if spec.indicator is not None:
                    arrays[input_name] = _figures(
                        products[spec.indicator], [str(self.rows.at[i, "product"]) for i in mine]
                    )
                else:
                    arrays[input_name] = self.of_rows(source_column(spec))[mine]
            known = np.all([~np.isnan(a[:, 0]) for a in arrays.values()], axis=0)
            if not known.all():
                lacking = self.rows.loc[[i for i, k in zip(mine, known, strict=True) if not k], "product"]
                which = [n for n, a in arrays.items() if np.isnan(a[:, 0]).any()]
                what = {
                    lang: f"{', '.join(indicator.inputs[n].name[lang] for n in which)} ({', '.join(lacking)})"
                    for lang in LANGUAGES
                }
                result.coverage[e] = float(known.mean())
                result.problems[e] = ("missing", reason("product_unknown", what=what))
                continue
            for quantity_name, quantity in indicator.quantities.items():
                way = quantity.over("products")
                if way is not None:
                    result.values[quantity_name][e] = np.sum(way.expression(arrays), axis=0)
        return result

    def products_of(self, level: Level, entity: str) -> list[int]:
        """Positions in `rows` of the products of an entity: what is not a part of another product."""
        belongs = self.context.fieldlab.belongs(level)
        tops = self.rows.index[self.rows["parent"] == ""]
        maker = self.rows["organisation"]
        return [int(i) for i in tops if level == "fieldlab" or belongs.get(str(maker[i])) == entity]


def _figures(values: IndicatorValues, products: list[str]) -> Array:
    """Figure and draws of some products, shape (products, 1 + draws); NaN where there is none."""
    position = {p: i for i, p in enumerate(values.entities)}
    rows = [position[p] for p in products]
    return np.concatenate([values.value[rows, None], values.lower[rows]], axis=1)
