"""Ranks of units in many draws, and who stands above whom, counted exactly.

The draws are sorted with the number of each unit in the last bits of its score, which is twice as fast as sorting
places. A draw in which two neighbours agree in all other bits is ranked again by comparing the scores themselves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def ranks_of(scores: Floats, out: npt.NDArray[np.unsignedinteger]) -> tuple[Ints, Ints, bool]:
    """The rank of every unit in every draw, 0 for the highest score; equal scores share the lowest rank.

    Parameters
    ----------
    scores : array, (draws, units)
        Finite.
    out : array of unsigned int, (units, draws)
        Takes the ranks.

    Returns
    -------
    unit, draw : arrays of int
        Who is first in which draw, several times a draw where they share it.
    shared : bool
        Whether ranks may be shared; if not, all scores of a draw differ.
    """
    draws, units = scores.shape
    last = np.int64((1 << (units - 1).bit_length()) - 1)
    # Zero is added because minus zero would sort apart from zero.
    keys = (scores + 0.0).view(np.int64)
    keys &= ~last
    keys |= np.arange(units)
    keys.view(np.float64).sort(axis=1)
    alike = _alike(keys, last)
    keys &= last
    first, rows = keys[:, -1].copy(), np.arange(draws)
    keys += rows[:, None] * units
    ranked = np.empty(draws * units, out.dtype)
    ranked[keys.ravel()] = np.tile(np.arange(units - 1, -1, -1, dtype=out.dtype), draws)
    out[:] = ranked.reshape(draws, units).T
    if not len(alike):
        return first, rows, False
    near = np.ascontiguousarray(scores[alike].T)
    for unit in range(units):
        out[unit, alike] = (near > near[unit]).sum(axis=0)
    tops, place = np.nonzero(out[:, alike] == 0)
    apart = np.ones(draws, dtype=bool)
    apart[alike] = False
    return np.r_[first[apart], tops], np.r_[rows[apart], alike[place]], True


def _alike(keys: Ints, last: np.int64) -> npt.NDArray[np.intp]:
    """Draws in which neighbours differ in nothing but the number of the unit."""
    flat = keys.ravel()
    # Over the ends of rows as well: a false alarm costs a second look, and one minimum is fast.
    if flat.size < 2 or (flat[1:] ^ flat[:-1]).min() > last:
        return np.empty(0, dtype=np.intp)
    steps = keys[:, 1:] ^ keys[:, :-1]
    # Neighbours of different sign differ by a negative number.
    return np.flatnonzero(((steps >= 0) & (steps <= last)).any(axis=1))


def count_ranks(ranks: npt.NDArray[np.unsignedinteger]) -> Ints:
    """How often each unit has each rank, (units, ranks), from ranks (units, draws)."""
    return np.array([np.bincount(of_unit, minlength=len(ranks)) for of_unit in ranks])


def count_wins(ranks: npt.NDArray[np.unsignedinteger], shared: bool) -> Ints:
    """How often the unit of a row ranks above that of a column, (units, units), from ranks (units, draws).

    `shared` says whether ranks may be equal.
    """
    units, draws = ranks.shape
    wins = np.zeros((units, units), dtype=np.int64)
    room = np.empty((units, draws), dtype=bool)
    for i in range(units - 1):
        below = ranks[i + 1 :]
        above = np.less(ranks[i], below, out=room[i + 1 :])
        wins[i, i + 1 :] = [np.count_nonzero(row) for row in above]
        wins[i + 1 :, i] = draws - wins[i, i + 1 :]
        if shared:
            equal = np.equal(ranks[i], below, out=room[i + 1 :])
            wins[i + 1 :, i] -= [np.count_nonzero(row) for row in equal]
    return wins
