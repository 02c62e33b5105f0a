"""The columns of the products table, paired with the products that their rows are parts of."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.assessment.readings import Readings
from circularity.assessment.sampling import Array, compositions, lognormal
from circularity.assessment.sampling_context import SamplingContext
from circularity.method.declarations import Column
from circularity.method.formula import Formula
from circularity.texts import Both, in_both, reason

# Rows that hold for every period have the same draws in each: one number that is uncertain is not another next year.
EVERY = "every period"

Fill = Mapping[str, Array]
Notes = dict[int, list[Both]]


class PartColumns:
    """The products of one period with their parts.

    Every product that has parts, or is no part itself, is an entity. Its rows are the parts without parts of their
    own that it is built from; a product without parts is its own single row. A *pair* is such a row with its entity.

    Columns have shape (rows or pairs, 1 + draws), the stated figure first, or (rows or pairs, 1) where nothing varies.

    Parameters
    ----------
    context : SamplingContext
    readings : Readings
        What was measured for the products.

    Attributes
    ----------
    rows : DataFrame
        Rows of the table in this period.
    entities : list of str
    entity, part, whole : ndarray of int, shape (pairs,)
        Position of the entity in `entities`, of the part in `rows`, and of the entity's own row in `rows`.
    """

    def __init__(self, context: SamplingContext, readings: Readings) -> None:
        self.context, self.method, self.readings = context, context.method, readings
        self.spec = context.method.tables["products"]
        self.rows = context.table("products").sort_values("product", ignore_index=True)
        self._find_pairs()
        self._drawn: dict[str, Array] = {}
        self._unknown: dict[str, npt.NDArray[np.bool_]] = {}
        self._shared: dict[str, tuple[Array, Notes]] = {}
        self._derived: dict[tuple[str, bool], tuple[Array, Notes]] = {}

    def _find_pairs(self) -> None:
        own = {p: i for i, p in enumerate(self.rows["product"])}
        parent = dict(zip(self.rows["product"], self.rows["parent"], strict=True))
        has_parts = {q for q in parent.values() if q}
        self.entities = [p for p in own if p in has_parts or not parent[p]]
        number = {p: i for i, p in enumerate(self.entities)}
        pairs = []
        for product, row in own.items():
            above: str | None = None if product in has_parts else product
            while above:
                if above in number:
                    pairs.append((number[above], row, own[above]))
                above = parent.get(above)
        columns = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 3)
        self.entity, self.part, self.whole = columns.T
        # Where every entity is its own single part, a pair is a row and nothing needs to be looked up.
        self._plain = bool(len(pairs) == len(self.rows) and (self.part == np.arange(len(self.rows))).all())

    def of(self, product: str) -> npt.NDArray[np.int64]:
        """The pairs of a product."""
        return np.flatnonzero(self.entity == self.entities.index(product))

    def is_unknown(self, columns: Sequence[str]) -> npt.NDArray[np.bool_]:
        """The rows of the table in which any of these columns is unknown."""
        for column in columns:
            if column not in self._unknown:
                self._unknown[column] = self.rows[column].isna().to_numpy(dtype=bool)
        none = np.zeros(len(self.rows), dtype=bool)
        return np.asarray(np.logical_or.reduce([none, *(self._unknown[c] for c in columns)]))

    def group(self, column: str) -> list[str]:
        """The columns that are shares of one whole together with `column`; the column alone if there is none."""
        if "." in column:
            return [column]
        composition = self.spec.columns[column].composition
        return [c for c, s in self.spec.columns.items() if composition and s.composition == composition] or [column]

    def of_rows(self, column: str) -> Array:
        """A column for every row of the table.

        ``measured.x`` is the quantity x measured for the product of the row; ``x.y`` is the score y of the code in x.
        """
        if column.startswith("measured."):
            products = self.rows["product"].tolist()
            return self.readings.of_products(column.removeprefix("measured."), products)
        if "." in column:
            return self._scores(*column.split("."))
        if column not in self._drawn:
            groups = [self.group(column)]
            if self.context.draws and self.spec.columns[column].unsure not in (None, "fixed"):  # draw all at once
                unsure = [
                    self.group(c) for c, about in self.spec.columns.items() if about.unsure not in (None, "fixed")
                ]
                groups = [list(group) for group in dict.fromkeys(map(tuple, unsure))]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for group, values in zip(groups, pool.map(self._values_of, groups), strict=True):
                    self._drawn |= {name: values[:, i] for i, name in enumerate(group)}
        return self._drawn[column]

    def _values_of(self, group: list[str]) -> Array:
        """The columns of one group, stated and drawn, shape (rows, columns, 1 + draws)."""
        spec, stated = self.spec.columns[group[0]], self.rows[group].to_numpy(dtype=np.float64)
        if not self.context.draws or spec.unsure in (None, "fixed"):
            return np.asarray(stated[:, :, None])
        drawn, every = np.empty((*stated.shape, self.context.draws)), self.rows["every"].to_numpy(dtype=bool)
        for rows, when in ((~every, None), (every, EVERY)):
            if rows.any():
                rng = self.context.stream("products", spec.composition or group[0], period=when)
                drawn[rows] = self._draws(spec, stated[rows], self.rows["log_sd"].to_numpy()[rows], rng)
        return np.concatenate([stated[:, :, None], drawn], axis=2)

    def _scores(self, column: str, score: str) -> Array:
        """The score that a vocabulary gives to the codes of a column; NaN where the code or its score is not known."""
        table = self.method.vocabularies[str(self.spec.columns[column].vocabulary)].table
        scores = pd.to_numeric(table[score], errors="coerce")
        return np.asarray(self.rows[column].map(scores), dtype=np.float64)[:, None]

    def _draws(self, spec: Column, stated: Array, log_sd: Array, rng: np.random.Generator) -> Array:
        """Draws of the columns of one group, shape (rows, columns, draws)."""
        if spec.unsure == "lognormal":
            return lognormal(stated[:, 0], log_sd, rng, self.context.draws)[:, None, :]
        return compositions(stated, log_sd, rng, self.context.draws)

    def of_pairs(self, column: str, notes: Notes, fill: Fill | None = None) -> Array:
        """A column, derived or not, for every pair; ``whole.x`` is the column x of the entity instead of the part.

        Parameters
        ----------
        column : str
        notes : dict of int to list of Both
            Takes what was assumed, by position of the entity.
        fill : mapping of str to ndarray, optional
            Values to use instead, by column, for every row.
        """
        whole = column.startswith("whole.")
        name = column.removeprefix("whole.")
        if name in self.spec.derived:
            if fill:
                values, found = self._from_formula(name, whole, fill)
            else:
                if (name, whole) not in self._derived:
                    self._derived[name, whole] = self._from_formula(name, whole, {})
                values, found = self._derived[name, whole]
            for e, new in found.items():
                known = notes.setdefault(e, [])
                known += [n for n in new if n not in known]
            return values
        values = fill[name] if fill and name in fill else self.of_rows(name)
        if self._plain:
            return values
        return values[self.whole if whole else self.part]

    def _from_formula(self, name: str, whole: bool, fill: Fill) -> tuple[Array, Notes]:
        spec, formula = self.spec.derived[name], self.method.derived["products"][name]
        notes: Notes = {}
        prefix = "whole." if whole else ""
        known = {n: self.of_pairs(prefix + n.removeprefix(prefix), notes, fill) for n in formula.names}
        if not spec.varies:
            known = {n: v[:, :1] for n, v in known.items()}
        values = np.asarray(formula(known))
        unknown = np.isnan(values[:, 0])
        if spec.if_unknown is not None and unknown.any():
            values = np.where(unknown[:, None], spec.if_unknown, values)
            note = reason("assumed", what=spec.name, value=in_both(spec.if_unknown))
            for e in np.unique(self.entity[unknown]):
                notes.setdefault(int(e), []).append(note)
        return values, notes

    def plain_columns(self, formula: Formula, names: Mapping[str, str], assumed: bool = False) -> list[str]:
        """The columns of the table that a formula rests on, derived columns taken apart.

        Parameters
        ----------
        formula : Formula
        names : mapping of str to str
            Column by name of the formula, where the formula has names of its own.
        assumed : bool, optional
            Whether to count those for which the method assumes a value when they are unknown.
        """
        found: list[str] = []
        for name in formula.names:
            column = names.get(name, name).removeprefix("whole.")
            if column.partition(".")[0] in self.spec.columns:
                found.append(column.partition(".")[0])
            elif column in self.spec.derived and (assumed or self.spec.derived[column].if_unknown is None):
                found += self.plain_columns(self.method.derived["products"][column], {}, assumed)
        return list(dict.fromkeys(found))

    def columns_of(self, column: str) -> list[str]:
        """The columns of the table that a column, derived or not, rests on."""
        if column in self.spec.derived:
            return self.plain_columns(self.method.derived["products"][column], {}, assumed=True)
        return [column.partition(".")[0]] if column.partition(".")[0] in self.spec.columns else []

    def fills(self, shares: Sequence[str]) -> list[dict[str, Array]]:
        """The extreme ways to fill in unknown shares: what is left of a whole goes to one part, or to none."""
        fills: list[dict[str, Array]] = [{}]
        done: set[str] = set()
        for column in shares:
            if column in done:
                continue
            values = {c: self.of_rows(c) for c in self.group(column)}
            done |= set(values)
            if not any(np.isnan(v[:, 0]).any() for v in values.values()):
                continue
            known = np.sum([np.nan_to_num(v, nan=0.0) for v in values.values()], axis=0)
            left = np.clip(1 - known, 0, None)
            options = [
                {c: np.where(np.isnan(v), left if c == target else 0.0, v) for c, v in values.items()}
                for target in [None, *(c for c in values if c in shares)]
            ]
            fills = [{**f, **o} for f in fills for o in options]
        return fills
