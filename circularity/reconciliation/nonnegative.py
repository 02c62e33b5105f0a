"""Accounts in which no flow is below zero: the best estimate among them, and draws of them.

The best estimate is found by the dual active-set method of Goldfarb & Idnani 1983, doi:10.1007/BF02591962: the flow
furthest below zero is brought to zero, and flows held at zero are let go when the sum of squares then falls. Every step
solves the whole system again, so it is meant for systems in which few flows come out below zero.

Without errors of measurement below zero, the posterior of the flows is the normal one cut off at zero: its mean and
percentiles have no closed form. The draws are exact Hamiltonian paths of a normal distribution that bounce off the
bounds (Pakman & Paninski 2014, doi:10.1080/10618600.2013.788448): nothing to tune, nothing rejected.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from circularity.errors import ReconciliationError
from circularity.reconciliation.least_squares import Solution
from circularity.reconciliation.system import ROUNDING, Floats, System

# Draws that are left out first, as part of those kept.
WARMING_UP = 0.1
# A path ends here: a quarter turn makes the next draw independent of the last where no bound is near.
QUARTER, TURN = np.pi / 2, 2 * np.pi
# A start nearer to a bound than this many standard deviations counts as lying on it.
NEAREST = 1e-9
# Standard deviations from the mean within which a start is looked for.
FURTHEST = 1e3


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
            # `lowest` follows from what is held alone: one of these must go first, or there is no solution.
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
    found: Floats = np.asarray(solution.observability.reduced[:, places].T @ solution.weights)
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


def draw_at_least_zero(solution: Solution, places: npt.NDArray[np.intp], draws: int, seed: int) -> Floats:
    """Balanced accounts drawn from the posterior in which the quantities at `places` are zero or more.

    Parameters
    ----------
    solution : Solution
        The best estimate without bounds.
    places : array of int
        Quantities that cannot be below zero. Those that cannot be determined are left out.
    draws : int
    seed : int

    Returns
    -------
    array, (draws, quantities)
        Not-a-number for what cannot be determined.

    Raises
    ------
    NoNonNegative
        If they cannot all be above zero.
    """
    found = np.tile(solution.value, (draws, 1))
    varying = np.flatnonzero(np.nan_to_num(solution.variance) > 0)
    if not len(varying):
        return found
    spread, sd = _root(solution, varying)
    bounded = np.flatnonzero(np.isin(varying, places))
    # In parts of each standard deviation: every bound is one of unit size.
    normals, offsets = spread[bounded], solution.value[varying[bounded]] / sd[bounded]
    z = _start(normals, offsets)
    if z is None:
        raise ReconciliationError(
            "NoNonNegative", found=[solution.system.names[i] for i in varying[bounded[np.argsort(offsets)]]]
        )
    rng, path = np.random.default_rng(seed), _Path(normals, offsets)
    for k in range(-int(draws * WARMING_UP), draws):
        z = path.end(z, rng.standard_normal(len(z)))
        if k >= 0:
            found[k, varying] += sd * (spread @ z)
    return found


def _root(solution: Solution, places: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """A square root of the correlations of estimates, and their standard deviations."""
    covariance = solution.covariance(places)
    sd = np.sqrt(solution.variance[places])
    values, vectors = np.linalg.eigh(covariance / np.outer(sd, sd))
    kept = values > ROUNDING
    # Eigenvectors are unique but for their sign, which libraries choose differently.
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(places))])
    return (vectors * signs * np.sqrt(np.where(kept, values, 0.0)))[:, kept], sd


def _start(normals: Floats, offsets: Floats) -> Floats | None:
    """A point as far from all bounds as can be, near the mean; None when there is none inside."""
    size = normals.shape[1]
    if (offsets > 1).all():
        return np.zeros(size)
    depth = np.ones((len(offsets), 1))
    answer = linprog(
        np.r_[np.zeros(size), -1.0],
        A_ub=np.hstack([-normals, depth]),
        b_ub=offsets,
        bounds=[(-FURTHEST, FURTHEST)] * size + [(None, 1.0)],
        method="highs",
    )
    if not answer.success or answer.x[-1] <= NEAREST:
        return None
    return np.asarray(answer.x[:-1])


class _Path:
    """Paths of a standard normal distribution that bounce off the bounds ``normals @ z + offsets = 0``.

    Along a path ``normals @ z`` is place cos t + slope sin t. A bounce changes every slope by a column of the products
    of the normals, so that no path needs the normals themselves more than twice.
    """

    def __init__(self, normals: Floats, offsets: Floats) -> None:
        self.normals, self.offsets = normals, offsets
        self.products = normals @ normals.T

    def end(self, z: Floats, speed: Floats) -> Floats:
        """Where a path ends that starts inside the bounds at `z`."""
        normals, offsets = self.normals, self.offsets
        if not len(offsets):
            return speed
        place, slope = normals @ z, normals @ speed
        # What the speed has gained by bounces, as coefficients of the normals; carried along as the path turns.
        by_place, by_speed = np.zeros(len(offsets)), np.zeros(len(offsets))
        left, last = QUARTER, -1
        turned = 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            while True:
                size = np.hypot(place, slope)
                # From inside, the first time it equals -offset is on its way down; never where it is not reached.
                times = (np.arctan2(slope, place) + np.arccos(-offsets / size)) % TURN
                if last >= 0 and (times[last] < NEAREST or times[last] > TURN - NEAREST):
                    times[last] = np.nan
                first = int(np.fmin(times, np.inf).argmin())
                hit = bool(times[first] <= left)
                step = float(times[first]) if hit else left
                cos, sin = np.cos(step), np.sin(step)
                place, slope = place * cos + slope * sin, slope * cos - place * sin
                by_place, by_speed = by_place * cos + by_speed * sin, by_speed * cos - by_place * sin
                turned += step
                if not hit:
                    return np.asarray(z * np.cos(turned) + speed * np.sin(turned) + by_place @ normals)
                left -= step
                change = -2 * slope[first] / self.products[first, first]
                slope = slope + change * self.products[first]
                by_speed[first] += change
                last = first
