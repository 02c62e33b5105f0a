"""Checks that look at more than one column or row of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.errors import (
    CircularityError,
    DuplicateKey,
    EmptyCell,
    PartLargerThanWhole,
    PartOfItself,
    PeriodWithoutFlows,
    ProductWithoutMass,
    RepeatedRow,
    SharesAboveOne,
    UnknownReference,
    UnknownUnit,
    Where,
    WrongEnd,
)
from circularity.ledger.description import Description
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Table
from circularity.method.load import Method

# Shares that were rounded to a few decimals may add up to a little more than one.
SHARE_TOLERANCE = 1e-9


def check(
    name: str,
    raw: RawTable,
    typed: pd.DataFrame,
    description: Description,
    method: Method,
    names: dict[str, set[str]],
    faults: list[CircularityError],
) -> None:
    """Add to `faults` what is wrong between the columns and rows of one table."""
    spec = method.tables[name]
    _keys(raw, typed, spec, faults)
    _compositions(raw, typed, spec, faults)
    if name == "flows":
        _ends(raw, typed, method, names["organisations"], faults)
        _periods(typed, description, raw, faults)
    if name == "products":
        _parts(raw, typed, faults)
        _qualified_energy(raw, typed, faults)
    if name == "measurements":
        _measured_units(raw, typed, method, faults)


def _keys(raw: RawTable, typed: pd.DataFrame, spec: Table, faults: list[CircularityError]) -> None:
    whole = spec.key == "all"
    columns = list(raw.cells.columns) if spec.key == "all" else [c for c in spec.key if c in raw.cells]
    keys = raw.cells[columns]
    first = keys.assign(row=raw.rows.to_numpy()).groupby(columns, sort=False)["row"].transform("first").to_numpy()
    empty = (keys == "").all(axis=1).to_numpy()
    for i in np.flatnonzero(keys.duplicated().to_numpy() & ~empty):
        where = raw.where(int(i))
        if whole:
            faults.append(RepeatedRow(where=where, first=int(first[i])))
        else:
            shown = ", ".join(f"{c} {v}" for c, v in keys.iloc[int(i)].items() if v)
            faults.append(DuplicateKey(where=where, found=shown, first=int(first[i]), expected=columns))


def _compositions(raw: RawTable, typed: pd.DataFrame, spec: Table, faults: list[CircularityError]) -> None:
    groups: dict[str, list[str]] = {}
    for column, column_spec in spec.columns.items():
        if column_spec.composition and column in raw.cells:
            groups.setdefault(column_spec.composition, []).append(column)
    for columns in groups.values():
        total = typed[columns].sum(axis=1)  # unknown shares add nothing here: the known ones alone may not exceed 1
        for i in np.flatnonzero((total > 1 + SHARE_TOLERANCE).to_numpy()):
            present = [c for c in columns if typed[c].iloc[i] > 0]
            if any(typed[c].iloc[i] > 1 for c in columns):
                continue  # already reported as out of range
            faults.append(
                SharesAboveOne(
                    where=raw.where(int(i), present[0]),
                    columns=present,
                    found=f"{total.iloc[i]:.6g}",
                    expected="<= 1",
                )
            )


def _ends(
    raw: RawTable,
    typed: pd.DataFrame,
    method: Method,
    organisations: set[str],
    faults: list[CircularityError],
) -> None:
    roles = method.vocabularies["roles"].table
    for column, books in (("to", "books_to"), ("from", "books_from")):
        asked = typed["role"].map(roles[books]).fillna("") != ""
        bad = asked & (typed[column] != "") & ~typed[column].isin(list(organisations))
        for i in np.flatnonzero(bad.to_numpy()):
            if typed[column].iloc[i] not in {
                *method.vocabularies["places"].codes,
                *method.vocabularies["municipalities"].codes,
            }:
                continue  # already reported as an unknown reference
            faults.append(
                WrongEnd(
                    where=raw.where(int(i), column),
                    role=typed["role"].iloc[i],
                    column=column,
                    found=typed[column].iloc[i],
                    expected=sorted(organisations),
                )
            )


def _periods(typed: pd.DataFrame, description: Description, raw: RawTable, faults: list[CircularityError]) -> None:
    present = {int(p) for p in typed["period"].dropna()}
    for period in description.periods:
        if period not in present:
            where = Where(file=raw.file, sheet=raw.sheet)
            faults.append(PeriodWithoutFlows(where=where, found=period, expected=sorted(present)))


def _parts(raw: RawTable, typed: pd.DataFrame, faults: list[CircularityError]) -> None:
    parent = {p: q for p, q in zip(typed["product"], typed["parent"], strict=True) if q}
    for i, product in enumerate(typed["product"]):
        seen, above = {product}, parent.get(product)
        while above is not None:
            if above in seen:
                faults.append(PartOfItself(where=raw.where(i, "parent"), found=product))
                break
            seen.add(above)
            above = parent.get(above)
    periods = typed["period"]
    have_parts: dict[str, set[float]] = {}
    for p, q in zip(periods, typed["parent"], strict=True):
        if q:
            have_parts.setdefault(q, set()).add(p)
    for i, (product, period, mass) in enumerate(zip(typed["product"], periods, typed["mass"], strict=True)):
        parts = have_parts.get(product, set())
        assembled = any(np.isnan(p) or np.isnan(period) or p == period for p in parts)
        if np.isnan(mass) and not assembled and product:
            faults.append(ProductWithoutMass(where=raw.where(i, "mass"), found=product))
        if not np.isnan(mass) and typed["unit"].iloc[i] == "":
            faults.append(EmptyCell(where=raw.where(i, "unit"), expected="kg"))
    # A part must have its whole in the same period.
    wholes: dict[str, set[float]] = {}
    for product, period in zip(typed["product"], periods, strict=True):
        wholes.setdefault(product, set()).add(period)
    for i, (q, period) in enumerate(zip(typed["parent"], periods, strict=True)):
        if q and q in wholes and not any(np.isnan(p) or np.isnan(period) or p == period for p in wholes[q]):
            faults.append(
                UnknownReference(
                    where=raw.where(i, "parent"),
                    found=f"{q} {period:.0f}",
                    tables=["products"],
                    expected=sorted(wholes),
                )
            )


def _qualified_energy(raw: RawTable, typed: pd.DataFrame, faults: list[CircularityError]) -> None:
    bad = typed["qualified_energy_rate"] > typed["energy_rate"] + SHARE_TOLERANCE
    for i in np.flatnonzero(bad.to_numpy()):
        faults.append(
            PartLargerThanWhole(
                where=raw.where(int(i), "qualified_energy_rate"),
                part="qualified_energy_rate",
                found=typed["qualified_energy_rate"].iloc[i],
                whole="energy_rate",
                expected=typed["energy_rate"].iloc[i],
            )
        )


def _measured_units(raw: RawTable, typed: pd.DataFrame, method: Method, faults: list[CircularityError]) -> None:
    units, measured = method.vocabularies["units"].table, method.vocabularies["measured"].table
    dimension = typed["unit"].map(units["dimension"])
    wanted = typed["quantity"].map(measured["unit"]).map(units["dimension"])
    for i in np.flatnonzero((dimension.notna() & wanted.notna() & (dimension != wanted)).to_numpy()):
        fits = ", ".join(units.index[units["dimension"] == wanted.iloc[i]])
        faults.append(UnknownUnit(where=raw.where(int(i), "unit"), found=typed["unit"].iloc[i], expected=fits))
