"""The best estimate among those in which no flow is below zero.

The dual active-set method of Goldfarb & Idnani 1983, doi:10.1007/BF02591962: the flow furthest below zero is brought to
zero, and flows held at zero are let go when the sum of squares then falls. Every step solves the whole system again,
so it is meant for systems in which few flows come out below zero.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from circularity.errors import ReconciliationError
from circularity.reconciliation.least_squares import Solution
from circularity.reconciliation.system import Floats, System

# How far below zero, in parts of the largest quantity, counts as zero.
ROUNDING = 1e-10


def hold_at_least_zero(
    system: System, places: npt.NDArray[np.intp], start: Iterable[int] = ()
) -> tuple[Solution, list[int]]:
    """The solution in which the quantities at `places` are zero or more, and which of them had to be held at zero.

    Parameters
    ----------
    system : System
        Without covariances between errors.
    places : array of int
        Quantities that cannot be below zero. Those that cannot be determined stay so.
    start : iterable of int, optional
        Quantities that are probably held at zero, which saves time.

    Raises
    ------
    NoNonNegative
        If the relations leave no such solution.
    """
    held = _started(system, start)
    solution = Solution(_with_zeros(system, held))
    scale = ROUNDING * np.nanmax(np.abs(solution.value), initial=0.0)
    while True:
        lowest = _lowest(solution, places, held)
        if lowest is None or solution.value[lowest] >= -scale:
            return solution, sorted(held)
        held = _raise_to_zero(system, solution, lowest, held)
        solution = Solution(_with_zeros(system, held))


def _started(system: System, start: Iterable[int]) -> dict[int, float]:
    """Those of `start` that the sum of squares pulls below zero, each with its multiplier."""
    wanted = list(start)
    while wanted:
        found = _multipliers(system, Solution(_with_zeros(system, wanted)), wanted)
        least = min(wanted, key=lambda i: (found[i], i))
        if found[least] >= 0:
            return found
        wanted.remove(least)
    return {}


def _lowest(solution: Solution, places: npt.NDArray[np.intp], held: Iterable[int]) -> int | None:
    free = np.setdiff1d(places, list(held))
    free = free[np.isfinite(solution.value[free])]
    return int(free[np.argmin(solution.value[free])]) if len(free) else None


def _raise_to_zero(system: System, solution: Solution, lowest: int, held: dict[int, float]) -> dict[int, float]:
    """What must be held at zero, each with its multiplier, once `lowest` is zero too."""
    multipliers, pull = dict(held), 0.0
    while True:
        solution = Solution(_with_zeros(system, multipliers))
        if _is_bound(solution, lowest):
            # Nothing but what is held decides over `lowest`: one of these must go first, or there is no solution.
            shares = {i: _follows(system, multipliers, lowest, i) for i in multipliers}
            blocking = {i: multipliers[i] / share for i, share in shares.items() if share > 0}
            if not blocking:
                names = [system.names[i] for i in (lowest, *multipliers)]
                raise ReconciliationError("NoNonNegative", found=names)
            step = min(blocking.values())
            first = min(blocking, key=lambda i: (blocking[i], i))
            multipliers = {i: m - step * shares[i] for i, m in multipliers.items()}
            pull += step
        else:
            wanted = [*multipliers, lowest]
            aim = _multipliers(system, Solution(_with_zeros(system, wanted)), wanted)
            steps = {i: m / (m - aim[i]) for i, m in multipliers.items() if aim[i] < 0}
            if not steps:
                return aim
            step = min(steps.values())
            first = min(steps, key=lambda i: (steps[i], i))
            multipliers = {i: m + step * (aim[i] - m) for i, m in multipliers.items()}
            pull += step * (aim[lowest] - pull)
        del multipliers[first]


def _is_bound(solution: Solution, place: int) -> bool:
    """Whether a quantity follows from exact values alone: no error is left in it."""
    terms = solution.coefficients([place])[:, 0]
    before = terms**2 @ solution.system.variance[solution.measured]
    return bool(solution.covariance([place])[0, 0] <= ROUNDING * before)


def _follows(system: System, held: Iterable[int], place: int, moved: int) -> float:
    """By how much a quantity rises when one of those held at zero does."""
    before = Solution(_with_zeros(system, held)).value[place]
    raised = _with_zeros(system, held)
    raised.value[moved] = 1.0
    return float(Solution(raised).value[place] - before)


def _multipliers(system: System, solution: Solution, held: Iterable[int]) -> dict[int, float]:
    """Half the rise of the sum of squares with each quantity held at zero."""
    places = list(held)
    found: Floats = np.asarray(solution.structure.reduced[:, places].T @ solution.weights)
    measured = system.measured
    for k, i in enumerate(places):
        if measured[i]:
            found[k] -= system.value[i] / system.variance[i]
    return dict(zip(places, found.tolist(), strict=True))


def _with_zeros(system: System, held: Iterable[int]) -> System:
    value, variance = system.value.copy(), system.variance.copy()
    places = list(held)
    value[places] = variance[places] = 0.0
    return System(system.matrix, system.right, value, variance, system.names, system.relations)
