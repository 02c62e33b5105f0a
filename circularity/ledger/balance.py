"""Mass balance: what goes in must come out, go into use, or be named as a gap."""

from __future__ import annotations

import pandas as pd

from circularity.ledger.booking import postings
from circularity.method.vocabulary import Vocabulary


def mass_balance(flows: pd.DataFrame, mass_unit: float, roles: Vocabulary, tolerance: float) -> pd.DataFrame:
    """What went in less what came out, per product and period.

    Parameters
    ----------
    flows : DataFrame
        Typed flows; ``mass`` in whole numbers of `mass_unit`.
    mass_unit : float
        [kg]
    roles : Vocabulary
        Its column ``balance`` says which bookings count as in (+1), out (-1) or beside the balance (0).
    tolerance : float
        Largest gap, as part of what went in, that counts as closed.

    Returns
    -------
    DataFrame
        Columns ``period``, ``product`` (empty text for flows without one), ``in``, ``out``, ``beside``, ``gap`` [kg],
        ``relative_gap`` and ``status``: ``closed``, ``open``, or ``not_recorded`` when one side has no row or an
        unknown mass. Material of products that left use comes from earlier periods and stands beside the balance.
    """
    booked = postings(flows, roles)
    booked["sign"] = booked["role"].map(roles.table["balance"]).astype("int64")
    for column in ("period", "product", "mass", "mass_known"):
        booked[column] = flows[column].to_numpy()[booked["line"]]
    rows = []
    for (period, product), group in booked.groupby(["period", "product"]):
        into, out, beside = (int(group.loc[group["sign"] == s, "mass"].sum()) for s in (1, -1, 0))
        recorded = (
            {1, -1} <= set(group["sign"]) and bool(group.loc[group["sign"] != 0, "mass_known"].all()) and into > 0
        )
        relative = (into - out) / into if recorded else float("nan")
        status = "not_recorded" if not recorded else "closed" if abs(relative) <= tolerance else "open"
        rows.append(
            {
                "period": period,
                "product": product,
                "in": into * mass_unit,
                "out": out * mass_unit,
                "beside": beside * mass_unit,
                "gap": (into - out) * mass_unit,
                "relative_gap": relative,
                "status": status,
            }
        )
    return pd.DataFrame(rows)
