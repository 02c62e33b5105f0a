"""Checks of products and the parts they consist of, in every period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CircularityError, DataError, sentence
from circularity.ledger.columns import units_of
from circularity.ledger.mass import to_kg
from circularity.ledger.raw import RawTable
from circularity.method.load import Method
from circularity.texts import LANGUAGES, Texts

# Products of a circle that an error shows.
LONGEST_CIRCLE = 5


@dataclass
class Tree:
    """What consists of what in one period.

    Attributes
    ----------
    row : dict of str to int
        Position of the row that describes a product in this period.
    parent : dict of str to str
        Product that a part belongs to, whether or not it has a row.
    parts : dict of str to list of str
        Parts of a product.
    layers : dict of str to int
        How many products a part is in, one within the other. Not for what belongs to a circle.
    circles : list of list of str
        Products that are parts of themselves, each circle once.
    """

    row: dict[str, int]
    parent: dict[str, str]
    parts: dict[str, list[str]] = field(default_factory=dict)
    layers: dict[str, int] = field(default_factory=dict)
    circles: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for part, whole in self.parent.items():
            self.parts.setdefault(whole, []).append(part)
        seen: set[str] = set()
        for product in self.row:
            self._climb(product, seen)

    def _climb(self, product: str, seen: set[str]) -> None:
        """Follow what `product` is part of up to where that is known; no step is made twice."""
        path: dict[str, int] = {}
        above: str | None = product
        while above is not None and above not in seen:
            seen.add(above)
            path[above] = len(path)
            above = self.parent.get(above)
        if above is not None and above in path:
            self.circles.append(list(path)[path[above] :])
            return
        if above is not None and above not in self.layers:
            return  # it leads to a circle that was found before
        layers = -1 if above is None else self.layers[above]
        for step, name in enumerate(reversed(path), start=1):
            self.layers[name] = layers + step

    def masses(self, stated: Mapping[str, float]) -> dict[str, float]:
        """What the parts of every product with known parts weigh together, from the smallest parts up."""
        total: dict[str, float] = {}
        for product in sorted(self.layers, key=lambda p: -self.layers[p]):
            known = [stated.get(p, total.get(p, np.nan)) for p in self.parts.get(product, ())]
            if known:
                total[product] = float(sum(known))
        return total


def check(
    raw: RawTable,
    typed: pd.DataFrame,
    method: Method,
    periods: Sequence[int] | None,
    faults: list[CircularityError],
) -> None:
    """Add to `faults` what is wrong between products and their parts.

    Parameters
    ----------
    raw, typed : RawTable, DataFrame
        The table of products as read and with its types.
    method : Method
        Says how deep parts may be nested, and how far masses may differ.
    periods : sequence of int or None
        Periods of the fieldlab; None when they could not be read.
    faults : list of CircularityError
        Takes every fault.
    """
    for i in np.flatnonzero((typed["mass"].notna() & (typed["unit"] == "")).to_numpy()):
        expected = units_of(method, "mass")
        advice = sentence("choose", names=expected)
        faults.append(DataError("EmptyCell", where=raw.where(i, "unit"), expected=expected, advice=advice))
    if not raw.complete or raw.unread("period", typed).any():
        return  # a part or a whole that is missing may stand in a row that was not read, or not for its period
    _overlaps(raw, typed, faults)
    given = sorted({int(p) for p in typed["period"].dropna()})
    # Where no row names a period, all periods are alike and one will do.
    years = sorted({*(periods or ()), *given}) if given else [0]
    trees = {year: _tree(typed, year) for year in years}
    found = [*_circles(trees), *_missing_wholes(trees, typed), *_too_deep(trees, method.tables["products"].deepest)]
    if not (set(typed["parent"]) - {"", *typed["product"]}):  # else a part may belong to what has too few now
        found += [*_without_mass(trees, raw, typed), *_other_weight(trees, typed, method)]
    told: set[tuple[str, int]] = set()
    for code, position, column, details in found:
        if (code, position) not in told:  # once, though it may hold in many periods
            told.add((code, position))
            faults.append(DataError(code, where=raw.where(position, column), **details))


# What is wrong with a row: the code of the fault, the position of the row, the column and the details.
Found = Iterator[tuple[str, int, str, dict[str, Any]]]


def _circles(trees: Mapping[int, Tree]) -> Found:
    for tree in trees.values():
        for circle in tree.circles:
            position, start = min((tree.row[product], place) for place, product in enumerate(circle))
            around = [*circle[start:], *circle[:start]]
            shown = [*around[:LONGEST_CIRCLE], *(["…"] if len(around) > LONGEST_CIRCLE else []), around[0]]
            yield "PartOfItself", position, "parent", {"found": around[0], "expected": " → ".join(shown)}


def _missing_wholes(trees: Mapping[int, Tree], typed: pd.DataFrame) -> Found:
    everywhere = set(typed["product"])
    missing: dict[int, list[int]] = {}
    for year, tree in trees.items():
        for part, whole in tree.parent.items():
            if whole in everywhere and whole not in tree.row:
                missing.setdefault(tree.row[part], []).append(year)
    for position, lacking in missing.items():
        part, whole = typed[["product", "parent"]].iloc[position]
        yield "NoWholeInPeriod", position, "parent", {"found": part, "whole": whole, "period": lacking}


def _too_deep(trees: Mapping[int, Tree], deepest: int | None) -> Found:
    for tree in trees.values():
        for product, layers in tree.layers.items():
            if deepest is not None and layers == deepest + 1 and product in tree.row:
                yield "NestedTooDeep", tree.row[product], "parent", {"found": product, "expected": deepest}


def _without_mass(trees: Mapping[int, Tree], raw: RawTable, typed: pd.DataFrame) -> Found:
    unknown = typed["mass"].isna().to_numpy() & ~raw.unread("mass", typed)
    light: dict[int, list[int]] = {}
    for year, tree in trees.items():
        for product, position in tree.row.items():
            if unknown[position] and product not in tree.parts:
                light.setdefault(position, []).append(year)
    for position, lacking in light.items():
        always = len(lacking) == len(trees) and np.isnan(typed["period"].iloc[position])
        when = "" if always else sentence("in_period", "when", period=lacking)
        yield "ProductWithoutMass", position, "mass", {"found": typed["product"].iloc[position], "when": when}


def _other_weight(trees: Mapping[int, Tree], typed: pd.DataFrame, method: Method) -> Found:
    kg = to_kg(typed["mass"], typed["unit"], method.vocabularies["units"]).to_numpy()
    tolerance = method.settings.mass_balance.tolerance
    for tree in trees.values():
        stated = {product: float(kg[i]) for product, i in tree.row.items() if not np.isnan(kg[i])}
        for product, parts in tree.masses(stated).items():
            whole = stated.get(product, np.nan)
            if abs(parts - whole) > tolerance * whole:
                details = {"found": product, "parts": _in_words(parts), "expected": _in_words(whole)}
                yield "PartsDifferFromWhole", tree.row[product], "mass", details


def _in_words(kg: float) -> dict[str, str]:
    return {lang: Texts(lang).mass(kg) for lang in LANGUAGES}


def _tree(typed: pd.DataFrame, year: int) -> Tree:
    here = np.flatnonzero((typed["period"].isna() | (typed["period"] == year)).to_numpy())
    products, parents = typed["product"].to_numpy(), typed["parent"].to_numpy()
    row: dict[str, int] = {}
    for position in here:
        if products[position]:
            row.setdefault(str(products[position]), int(position))
    return Tree(row, {p: str(parents[i]) for p, i in row.items() if parents[i]})


def _overlaps(raw: RawTable, typed: pd.DataFrame, faults: list[CircularityError]) -> None:
    every = typed["period"].isna()
    first = dict(zip(typed["product"][every][::-1], raw.rows[every.to_numpy()][::-1], strict=True))
    for i in np.flatnonzero((~every & typed["product"].isin(first) & (typed["product"] != "")).to_numpy()):
        product, period = typed["product"].iloc[i], int(typed["period"].iloc[i])
        where = raw.where(i, "period")
        faults.append(
            DataError("OverlappingPeriods", where=where, found=product, period=period, first=int(first[product]))
        )
