"""Booking flows: which party a flow counts for, and as what."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from circularity.method.vocabulary import Vocabulary


def postings(flows: pd.DataFrame, roles: Vocabulary) -> pd.DataFrame:
    """Every booking of every flow.

    A flow counts for its receiver, its giver or both, as the vocabulary `roles` says (``books_to``, ``books_from``).

    Parameters
    ----------
    flows : DataFrame
        Typed flows.
    roles : Vocabulary
        The roles of the method.

    Returns
    -------
    DataFrame
        Columns ``line`` (position in `flows`), ``entity`` (the party it counts for), ``other`` (the other party) and
        ``role`` (what it counts as), ordered by line.
    """
    booked = []
    for side, other, books in (("to", "from", "books_to"), ("from", "to", "books_from")):
        role = flows["role"].map(roles.table[books]).to_numpy()
        lines = np.flatnonzero(role != "")
        booked.append(
            pd.DataFrame(
                {
                    "line": lines,
                    "entity": flows[side].to_numpy()[lines],
                    "other": flows[other].to_numpy()[lines],
                    "role": role[lines],
                }
            )
        )
    return pd.concat(booked, ignore_index=True).sort_values("line", kind="stable", ignore_index=True)


def crossing(booked: pd.DataFrame, belongs: Mapping[str, str]) -> pd.DataFrame:
    """The bookings that cross the boundary of an entity, whose name goes in the column ``name``.

    Parameters
    ----------
    booked : DataFrame
        From `postings`.
    belongs : mapping of str to str
        Entity of every organisation. A flow between two organisations of one entity is internal to it, and left out.
    """
    own = booked["entity"].map(belongs)
    crosses = own.notna() & (booked["other"].map(belongs) != own)
    return booked[crosses].assign(name=own[crosses])
