"""Checks that look at more than one column or row of a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from circularity.errors import CircularityError, DataError, either, sentence
from circularity.ledger import hazardous_waste, parts
from circularity.ledger.columns import units_of
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Table
from circularity.method.load import Method

# Shares that were rounded to a few decimals may add up to a little more than one.
SHARE_TOLERANCE = 1e-9


def check(
    raw: RawTable,
    typed: pd.DataFrame,
    method: Method,
    periods: Sequence[int] | None,
    organisations: Collection[str] | None,
    faults: list[CircularityError],
    partners: Collection[str] = (),
) -> None:
    """Add to `faults` what is wrong between the columns and rows of one table.

    Parameters
    ----------
    raw, typed : RawTable, DataFrame
        The table as read and with its types.
    method : Method
    periods, organisations : sequence, collection or None
        Those of the fieldlab; None when they could not all be read.
    faults : list of CircularityError
        Takes every fault.
    partners : collection of str, optional
        Named parties outside the fieldlab.
    """
    spec = method.tables[raw.name]
    if spec.filled and not len(typed) and raw.complete:
        faults.append(DataError("EmptyTable", where=raw.where()))
        return
    _keys(raw, typed, spec, faults)
    _compositions(raw, typed, spec, faults)
    if raw.name == "flows":
        hazardous_waste.check(raw, typed, method, faults)
        if organisations is not None:
            _ends(raw, typed, method, set(organisations), set(partners), faults)
        if periods is not None and raw.complete and set(typed["period"]) <= set(periods):
            _periods(raw, typed, periods, faults)
    if raw.name == "products":
        parts.check(raw, typed, method, periods, faults)
        _qualified_energy(raw, typed, faults)
    if raw.name == "measurements":
        _measured_units(raw, typed, method, faults)
        _vintages(raw, typed, method, faults)


def _keys(raw: RawTable, typed: pd.DataFrame, spec: Table, faults: list[CircularityError]) -> None:
    """Rows that repeat another, compared by what they say: 1.0 is 1, and unknown is unknown."""
    columns = [c for c in (spec.columns if spec.key == "all" else spec.key) if c in typed]
    keys = typed[columns].where(typed[columns] != "", np.nan)
    numbers = keys.assign(row=raw.rows).groupby(columns, sort=False, dropna=False)["row"].transform("first")
    first = numbers.to_numpy()
    repeated = keys.duplicated().to_numpy() & keys.notna().any(axis=1).to_numpy()
    for column in columns:
        repeated &= ~raw.unread(column, typed)  # what could not be read is not the same as what is not there
    for i in np.flatnonzero(repeated):
        if spec.key == "all":
            faults.append(DataError("RepeatedRow", where=raw.where(i), first=int(first[i])))
        else:
            given = raw.cells[[c for c in columns if c in raw.cells]].iloc[i]
            shown = ", ".join(f"{c} {v}" for c, v in given.items() if v)
            faults.append(
                DataError("DuplicateKey", where=raw.where(i), found=shown, first=int(first[i]), expected=columns)
            )


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
                DataError(
                    "SharesAboveOne",
                    where=raw.where(i, present[0]),
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
    partners: set[str],
    faults: list[CircularityError],
) -> None:
    """The parties of every flow against what its role asks of them."""
    roles = method.vocabularies["roles"].table
    places = method.vocabularies["places"].codes
    outside = {*places, *method.vocabularies["municipalities"].codes, *partners} - organisations
    same = (typed["from"] == typed["to"]) & (typed["from"] != "")
    for i in np.flatnonzero(same.to_numpy()):
        faults.append(DataError("SameParty", where=raw.where(i, "to"), found=typed["to"].iloc[i]))
    inside = typed[["from", "to"]].isin(organisations)
    for side, other in (("to", "from"), ("from", "to")):
        counts = typed["role"].map(roles[f"books_{side}"]).fillna("") != ""
        # A name that is neither an organisation nor a place was reported as unknown.
        wrong = counts & typed[side].isin(outside) & ~same
        for i in np.flatnonzero(wrong.to_numpy()):
            faults.append(
                DataError(
                    "WrongEnd",
                    where=raw.where(i, side),
                    role=typed["role"].iloc[i],
                    column=side,
                    found=typed[side].iloc[i],
                    expected=sorted(organisations),
                    hint=sentence("swapped") if inside[other].iloc[i] else None,
                )
            )
        half = counts & (typed["role"].map(roles[f"books_{other}"]).fillna("") == "") & inside.all(axis=1) & ~same
        for i in np.flatnonzero(half.to_numpy()):
            role = typed["role"].iloc[i]
            both = (roles[f"books_{side}"] == roles.at[role, f"books_{side}"]) & (roles[f"books_{other}"] != "")
            instead = list(roles.index[both])
            faults.append(
                DataError(
                    "HalfBooked",
                    where=raw.where(i, "role"),
                    role=role,
                    counted=typed[side].iloc[i],
                    found=typed[other].iloc[i],
                    column=other,
                    expected=places,
                    advice=sentence("use_role", roles=either(instead)) if instead else None,
                )
            )


def _periods(raw: RawTable, typed: pd.DataFrame, periods: Sequence[int], faults: list[CircularityError]) -> None:
    present = sorted({int(p) for p in typed["period"].dropna()})
    for period in periods:
        if period not in present:
            hint = sentence("flows_exist_for", names=present)
            faults.append(DataError("PeriodWithoutFlows", where=raw.where(), found=period, expected=present, hint=hint))


def _qualified_energy(raw: RawTable, typed: pd.DataFrame, faults: list[CircularityError]) -> None:
    bad = typed["qualified_energy_rate"] > typed["energy_rate"] + SHARE_TOLERANCE
    for i in np.flatnonzero(bad.to_numpy()):
        faults.append(
            DataError(
                "PartLargerThanWhole",
                where=raw.where(i, "qualified_energy_rate"),
                part="qualified_energy_rate",
                found=f"{typed['qualified_energy_rate'].iloc[i]:g}",
                whole="energy_rate",
                expected=f"{typed['energy_rate'].iloc[i]:g}",
            )
        )


def _measured_units(raw: RawTable, typed: pd.DataFrame, method: Method, faults: list[CircularityError]) -> None:
    units, measured = method.vocabularies["units"].table, method.vocabularies["measured"].table
    dimension = typed["unit"].map(units["dimension"])
    wanted = typed["quantity"].map(measured["unit"]).map(units["dimension"])
    for i in np.flatnonzero((dimension.notna() & wanted.notna() & (dimension != wanted)).to_numpy()):
        fits = units_of(method, wanted.iloc[i])
        faults.append(DataError("UnknownUnit", where=raw.where(i, "unit"), found=typed["unit"].iloc[i], expected=fits))


def _vintages(raw: RawTable, typed: pd.DataFrame, method: Method, faults: list[CircularityError]) -> None:
    """Figures of a region as a whole say when they were published, and those of one quantity say the same."""
    measured = method.vocabularies["measured"].table
    if "of" not in measured or "vintage" not in typed:
        return
    first: dict[str, int] = {}
    for i in np.flatnonzero((typed["quantity"].map(measured["of"]) == "fieldlab").to_numpy()):
        quantity, vintage = str(typed["quantity"].iloc[i]), str(typed["vintage"].iloc[i])
        where = raw.where(int(i), "vintage")
        if not vintage:
            faults.append(
                DataError("EmptyCell", where=where, expected=method.tables["measurements"].columns["vintage"].meaning)
            )
            continue
        known = first.setdefault(quantity, int(i))
        before = str(typed["vintage"].iloc[known])
        if before != vintage:
            row = raw.where(known, "vintage").row
            faults.append(DataError("MixedVintages", where=where, found=vintage, expected=before, first=row))
