"""Observability and redundancy: what the relations alone determine, and what they determine twice.

The quantities without measurement are eliminated first. What is left are relations between measurements, which
the data can contradict; a quantity in one of them is redundant. Then the measurements are eliminated too: what is left
are relations between exact values, which hold or do not. This is Gaussian elimination on sparse rows; for a network of
flows it joins processes along unknown flows. No variance enters, so nothing is decided by the size of an error.

Sources: Crowe, Garcia Campos & Hrymak 1983, doi:10.1002/aic.690290602 (projection); Narasimhan & Jordache 2000,
Data Reconciliation and Gross Error Detection, chapter 3 (observability, redundancy).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from circularity.errors import ReconciliationError
from circularity.reconciliation.system import ROUNDING, Floats, System

# A pivot is at least this part of the largest entry of its column.
LEAST_PIVOT = 0.05
# Key of the constant term of a row.
CONSTANT = -1

Row = dict[int, float]


@dataclass(frozen=True)
class Observability:
    """What the relations of a system determine, whatever the numbers.

    Attributes
    ----------
    reduced : sparse matrix, (degrees of freedom, quantities)
        Independent relations ``reduced @ x + constant = 0`` between measured and exact quantities only.
    constant : array, (degrees of freedom,)
    solved : list of (int, dict)
        Quantities without measurement, in order of elimination, each with the row that gives it.
    observable : array of bool, (quantities,)
        Which quantities without measurement are determined by the others.
    redundant : array of bool, (quantities,)
        Which measured or exact quantities the others determine too.
    """

    reduced: sparse.csr_matrix
    constant: Floats
    solved: list[tuple[int, Row]]
    observable: npt.NDArray[np.bool_]
    redundant: npt.NDArray[np.bool_]


def find_observability(system: System) -> Observability:
    """Which quantities of a system are observable and redundant, and the relations between its measurements.

    Raises
    ------
    ContradictoryValues
        If exact values cannot all be true; names them and their relations.
    """
    unknown = np.isnan(system.value)
    rows = _rows(system)
    solved, left = _eliminate(rows, np.flatnonzero(unknown))
    independent, exact = _independent(left, np.flatnonzero(system.measured))
    if not all(_holds(row, system) for row in exact):
        raise _contradiction(system)
    # Of relations with exact quantities only nothing is left to estimate, though they made those redundant.
    redundant = np.zeros(system.size, dtype=bool)
    redundant[[i for row in [*independent, *exact] for i in row if i != CONSTANT]] = True
    return Observability(
        _matrix(independent, system.size),
        np.array([row.get(CONSTANT, 0.0) for row in independent]),
        solved,
        _observable(solved, unknown),
        redundant & ~unknown,
    )


def _rows(system: System) -> list[Row]:
    """The relations as rows of their entries, the largest of each one."""
    matrix = system.matrix.copy()
    matrix.sum_duplicates()
    rows: list[Row] = []
    for k in range(matrix.shape[0]):
        part = slice(matrix.indptr[k], matrix.indptr[k + 1])
        values = matrix.data[part]
        largest = np.abs(values).max(initial=0) or 1.0
        row = dict(zip(matrix.indices[part].tolist(), (values / largest).tolist(), strict=True))
        row = {i: v for i, v in row.items() if v != 0}
        if system.right[k] != 0:
            row[CONSTANT] = -system.right[k] / largest
        rows.append(row)
    return rows


def _eliminate(rows: list[Row], columns: Iterable[int]) -> tuple[list[tuple[int, Row]], list[Row]]:
    """Solve rows for as many of `columns` as they determine; what is left holds none of them.

    The column with the fewest rows goes first, and its shortest row is subtracted from the others.
    """
    wanted = {int(c): set[int]() for c in columns}
    for k, row in enumerate(rows):
        for c in row:
            if c in wanted:
                wanted[c].add(k)
    waiting = [(len(found), c) for c, found in wanted.items()]
    heapq.heapify(waiting)
    solved: list[tuple[int, Row]] = []
    gone = [False] * len(rows)
    while waiting:
        count, column = heapq.heappop(waiting)
        if column not in wanted or count != len(wanted[column]):
            continue
        found = wanted.pop(column)
        if not found:
            continue
        least = LEAST_PIVOT * max(abs(rows[k][column]) for k in found)
        chosen = min((k for k in found if abs(rows[k][column]) >= least), key=lambda k: (len(rows[k]), k))
        pivot = rows[chosen]
        gone[chosen] = True
        solved.append((column, pivot))
        changed = set()
        for c in pivot:
            if c in wanted:
                wanted[c].discard(chosen)
                changed.add(c)
        for k in sorted(found - {chosen}):
            changed |= _subtract(rows[k], pivot, column, k, wanted)
        for c in changed:
            heapq.heappush(waiting, (len(wanted[c]), c))
    return solved, [row for k, row in enumerate(rows) if not gone[k]]


def _subtract(row: Row, pivot: Row, column: int, place: int, wanted: dict[int, set[int]]) -> set[int]:
    """Take `column` out of `row` by subtracting a multiple of `pivot`; the wanted columns whose count changed."""
    factor = row.pop(column) / pivot[column]
    changed = set()
    for c, value in pivot.items():
        if c == column:
            continue
        before, taken = row.get(c, 0.0), factor * value
        after = before - taken
        if abs(after) <= ROUNDING * max(abs(before), abs(taken)):
            row.pop(c, None)
            if c in wanted:
                wanted[c].discard(place)
                changed.add(c)
        else:
            row[c] = after
            if before == 0 and c in wanted:
                wanted[c].add(place)
                changed.add(c)
    return changed


def _independent(rows: list[Row], measured: npt.NDArray[np.intp]) -> tuple[list[Row], list[Row]]:
    """A largest set of rows with independent measured parts, and the relations between exact values that are left."""
    copies = [dict(row) for row in rows]
    solved, left = _eliminate(copies, measured)
    kept = {id(row) for _, row in solved}
    independent = [row for row, copy in zip(rows, copies, strict=True) if id(copy) in kept]
    return independent, left


def _holds(row: Row, system: System) -> bool:
    terms = [v * (1.0 if i == CONSTANT else system.value[i]) for i, v in row.items() if i >= CONSTANT]
    return abs(sum(terms)) <= ROUNDING * max((abs(t) for t in terms), default=0.0)


def _contradiction(system: System) -> ReconciliationError:
    """The exact values that contradict each other, and the relations by which they do.

    The elimination is done again on rows that carry the relations they are made of, which costs too much to do always.
    """
    rows = _rows(system)
    for k, row in enumerate(rows):
        row[CONSTANT - 1 - k] = 1.0
    _, left = _eliminate(rows, np.flatnonzero(~system.fixed))
    row = next(row for row in left if not _holds(row, system))
    values = [f"{system.names[i]} = {system.value[i]:.10g}" for i in sorted(row) if i >= 0]
    related = [system.relations[CONSTANT - 1 - i] for i in sorted(row, reverse=True) if i < CONSTANT]
    return ReconciliationError("ContradictoryValues", found=values or related, relations=related)


def _observable(solved: list[tuple[int, Row]], unknown: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which unknown quantities keep their value whatever the free ones are.

    The free ones get arbitrary values twice; what moves with them is not determined. A quantity moves with a free one
    but for a coincidence of probability zero, and the seed is fixed.
    """
    free = unknown.copy()
    free[[c for c, _ in solved]] = False
    moves = free.copy()
    for values in np.random.default_rng(1).uniform(1, 2, (2, len(unknown))):
        x = np.where(free, values, 0.0)
        for column, row in reversed(solved):
            terms = [v * x[c] for c, v in row.items() if c >= 0 and c != column and x[c] != 0]
            total = sum(terms)
            if terms and abs(total) > ROUNDING * max(abs(t) for t in terms):
                x[column] = -total / row[column]
                moves[column] = True
    return unknown & ~moves


def _matrix(rows: list[Row], size: int) -> sparse.csr_matrix:
    entries = [(k, c, v) for k, row in enumerate(rows) for c, v in row.items() if c >= 0]
    if not entries:
        return sparse.csr_matrix((len(rows), size))
    at, columns, values = zip(*entries, strict=True)
    return sparse.csr_matrix((values, (at, columns)), shape=(len(rows), size))
