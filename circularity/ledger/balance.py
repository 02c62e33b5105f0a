"""Mass balance: what goes in must come out, go into use, or be named as a gap."""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.ledger.booking import boundary_crossing, postings
from circularity.ledger.fieldlab import Fieldlab

# Roles of the booking of waste that arises.
WASTE = ("residue", "end_of_life")
COLUMNS = ["level", "entity", "period", "in", "out", "beside", "gap", "relative_gap", "status"]


def mass_balance(lab: Fieldlab) -> pd.DataFrame:
    """What went in less what came out, for the fieldlab, every organisation and every product, per period.

    Parameters
    ----------
    lab : Fieldlab

    Returns
    -------
    DataFrame
        Columns ``level``, ``entity``, ``period``, ``in``, ``out``, ``beside``, ``gap`` [kg], ``relative_gap`` (part of
        what went in) and ``status``: ``closed``, ``open``, or ``not_recorded`` when one side has no row or an unknown
        mass. The column ``balance`` of the vocabulary ``roles`` says which bookings count as in (+1), out (-1) or
        beside the balance (0): material of products that leave use comes from earlier periods. What moves between two
        organisations of the fieldlab is internal to it and to its products.
    """
    roles, flows = lab.method.vocabularies["roles"], lab.tables["flows"]
    booked = postings(flows, "flows", lab.method)
    booked["sign"] = booked["role"].map(roles.table["balance"]).astype("int64")
    for column in ("period", "product", "mass", "mass_known"):
        booked[column] = flows[column].to_numpy()[booked["line"]]
    whole = boundary_crossing(booked, lab.belongs("fieldlab"))
    levels = {
        "fieldlab": whole,
        "organisation": boundary_crossing(booked, lab.belongs("organisation")),
        "product": whole[whole["product"] != ""].assign(name=whole["product"]),
    }
    rows = [
        [level, entity, period, *_balanced(group, lab)]
        for level, bookings in levels.items()
        for (entity, period), group in bookings.groupby(["name", "period"])
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _balanced(booked: pd.DataFrame, lab: Fieldlab) -> list[object]:
    """The balance of one entity in one period."""
    into, out, beside = (int(booked.loc[booked["sign"] == s, "mass"].sum()) for s in (1, -1, 0))
    known = bool(booked.loc[booked["sign"] != 0, "mass_known"].all())
    recorded = {1, -1} <= set(booked["sign"]) and known and into > 0
    relative = (into - out) / into if recorded else np.nan
    closed = abs(relative) <= lab.method.settings.mass_balance.tolerance
    status = "not_recorded" if not recorded else "closed" if closed else "open"
    return [*(m * lab.mass_unit for m in (into, out, beside, into - out)), relative, status]


def handed_on(lab: Fieldlab) -> pd.DataFrame:
    """Waste that was handed on after it had been counted, beside what was generated.

    Parameters
    ----------
    lab : Fieldlab

    Returns
    -------
    DataFrame
        A row for every period that has such flows: ``period``, ``generated`` (NaN when no flow says) and ``handed_on``
        [kg], ``rows_unknown`` (rows of either whose mass is unknown). Handed on is every role that books to nobody;
        generated is what leaves a party and counts as going out.
    """
    roles, flows = lab.method.vocabularies["roles"].table, lab.tables["flows"]
    passed = flows["role"].isin(roles.index[(roles["books_to"] == "") & (roles["books_from"] == "")])
    left = postings(flows, "flows", lab.method)
    left = left[left["role"].isin(WASTE)]
    generated = pd.Series(False, index=flows.index)
    generated.iloc[left["line"]] = True
    rows = []
    for period, group in flows[passed | generated].groupby("period"):
        own, again = generated[group.index], passed[group.index]
        if again.any():
            kg = [int(group.loc[part, "mass"].sum()) * lab.mass_unit if part.any() else np.nan for part in (own, again)]
            rows.append([period, *kg, int(group.loc[~group["mass_known"], "rows"].sum())])
    return pd.DataFrame(rows, columns=["period", "generated", "handed_on", "rows_unknown"])
