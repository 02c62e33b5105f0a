"""Checks of products and the parts they consist of, in every period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import (
    CircularityError,
    EmptyCell,
    NestedTooDeep,
    NoWholeInPeriod,
    OverlappingPeriods,
    PartOfItself,
    PartsDifferFromWhole,
    ProductWithoutMass,
    sentence,
)
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
        faults.append(EmptyCell(where=raw.where(i, "unit"), expected=expected, advice=advice))
    _overlaps(raw, typed, faults)
    if not raw.complete:
        return  # a part or a whole that is missing may stand in a row left out
    given = sorted({int(p) for p in typed["period"].dropna()})
    years = sorted({*(periods or given), *given})
    trees = {year: _tree(typed, year) for year in (years if given else years[:1])} or {0: _tree(typed, 0)}
    missing: dict[int, list[int]] = {}
    light: dict[int, list[int]] = {}
    said: set[tuple[type[CircularityError], int]] = set()

    def once(kind: type[CircularityError], position: int, column: str, **details: Any) -> None:
        if (kind, position) not in said:
            said.add((kind, position))
            faults.append(kind(where=raw.where(position, column), **details))

    unknown = ~raw.unread("mass", typed) & typed["mass"].isna().to_numpy()
    kg = to_kg(typed["mass"], typed["unit"], method.vocabularies["units"]).to_numpy()
    deepest = method.tables["products"].deepest
    products, parents = typed["product"].to_numpy(), typed["parent"].to_numpy()
    everywhere, every = set(products), typed["period"].isna().to_numpy()
    for year, tree in trees.items():
        for circle in tree.circles:
            position, start = min((tree.row[p], k) for k, p in enumerate(circle))
            around = [*circle[start:], *circle[:start]]
            shown = [*around[:LONGEST_CIRCLE], *(["…"] if len(around) > LONGEST_CIRCLE else []), around[0]]
            once(PartOfItself, position, "parent", found=around[0], expected=" → ".join(shown))
        for product, position in tree.row.items():
            whole = tree.parent.get(product)
            if whole in everywhere and whole not in tree.row:
                missing.setdefault(position, []).append(year)
            if unknown[position] and not tree.parts.get(product):
                light.setdefault(position, []).append(year)
            if deepest is not None and tree.layers.get(product) == deepest + 1:
                once(NestedTooDeep, position, "parent", found=product, expected=deepest)
        _weigh(tree, kg, method.settings.mass_balance.tolerance, once)
    for position, lacking in missing.items():
        product, whole = products[position], parents[position]
        once(NoWholeInPeriod, position, "parent", found=product, whole=whole, period=lacking)
    for position, lacking in light.items():
        always = len(lacking) == len(trees)
        when = "" if always and every[position] else sentence("in_period", "when", period=lacking)
        once(ProductWithoutMass, position, "mass", found=products[position], when=when)


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
        faults.append(OverlappingPeriods(where=where, found=product, period=period, first=int(first[product])))


def _weigh(tree: Tree, kg: npt.NDArray[np.float64], tolerance: float, once: Any) -> None:
    stated = {p: float(kg[i]) for p, i in tree.row.items() if not np.isnan(kg[i])}
    for product, together_ in tree.masses(stated).items():
        whole = stated.get(product, np.nan)
        if abs(together_ - whole) > tolerance * whole:
            once(
                PartsDifferFromWhole,
                tree.row[product],
                "mass",
                found=product,
                parts={lang: Texts(lang).mass(together_) for lang in LANGUAGES},
                expected={lang: Texts(lang).mass(whole) for lang in LANGUAGES},
            )
