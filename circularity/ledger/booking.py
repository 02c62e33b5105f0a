"""Booking rows: which party a row counts for, and as what."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from circularity.method.load import Method


def postings(rows: pd.DataFrame, table: str, method: Method) -> pd.DataFrame:
    """Every booking of every row of a table.

    A row counts for the party in the column `Table.entity`. Where there are two such columns it counts for one of
    them, the other or both, as the vocabulary of the scope says (``books_to``, ``books_from``).

    Parameters
    ----------
    rows : DataFrame
        Typed rows.
    table : str
        The table they are of.
    method : Method

    Returns
    -------
    DataFrame
        Columns ``line`` (position in `rows`), ``entity`` (the party it counts for), ``other`` (the other party, empty
        where a row has one) and ``role`` (what it counts as: a code of the scope), ordered by line.
    """
    spec, booked = method.tables[table], []
    for side in spec.entity:
        other = next((c for c in spec.entity if c != side), None)
        lines = np.arange(len(rows))
        counts_as = rows[str(spec.scope)].to_numpy() if spec.scope else np.full(len(rows), "")
        if other is not None:
            books = method.vocabularies[spec.scope_list].table[f"books_{side}"]
            counts_as = rows[str(spec.scope)].map(books).to_numpy()
            lines = np.flatnonzero(counts_as != "")
        booked.append(
            pd.DataFrame(
                {
                    "line": lines,
                    "entity": rows[side].to_numpy()[lines],
                    "other": "" if other is None else rows[other].to_numpy()[lines],
                    "role": counts_as[lines],
                }
            )
        )
    return pd.concat(booked, ignore_index=True).sort_values("line", kind="stable", ignore_index=True)


def boundary_crossing(booked: pd.DataFrame, belongs: Mapping[str, str]) -> pd.DataFrame:
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
