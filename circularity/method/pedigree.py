"""What a pedigree score adds to the uncertainty of a number, by the table that the method uses or another."""

from __future__ import annotations

from collections.abc import Iterable

from circularity.errors import CallError
from circularity.method.rows import PedigreeRow

# Variance of ln(x) by dimension and score. [1]
Variances = dict[str, dict[int, float]]


def variances(rows: Iterable[PedigreeRow], set_: str) -> Variances:
    """The variances of one table of pedigree factors.

    Parameters
    ----------
    rows : iterable of PedigreeRow
        The rows of all tables.
    set_ : str
        Name of the table, such as ``ecoinvent_v3``.

    Returns
    -------
    dict of str to dict of int to float
        By dimension and score. [1]

    Raises
    ------
    WrongArgument
        If there is no such table; names those there are.
    """
    rows = list(rows)
    found: Variances = {}
    for row in rows:
        if row.set == set_:
            found.setdefault(row.dimension, {})[row.score] = row.added
    if not found:
        raise CallError("WrongArgument", name="set", found=set_, expected=list(dict.fromkeys(r.set for r in rows)))
    return found
