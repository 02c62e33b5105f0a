"""Mass balance: what goes in must come out, go into use, or be named as a gap."""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.ledger.booking import crossing, postings
from circularity.ledger.fieldlab import Fieldlab

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
    booked = postings(flows, roles)
    booked["sign"] = booked["role"].map(roles.table["balance"]).astype("int64")
    for column in ("period", "product", "mass", "mass_known"):
        booked[column] = flows[column].to_numpy()[booked["line"]]
    whole = crossing(booked, lab.belongs("fieldlab"))
    levels = {
        "fieldlab": whole,
        "organisation": crossing(booked, lab.belongs("organisation")),
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
