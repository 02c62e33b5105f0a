"""Draws of balanced accounts in which no flow is below zero.

Without errors of measurement below zero, the posterior of the flows is the normal one cut off at zero: its mean and
percentiles have no closed form. The draws are exact Hamiltonian paths of a normal distribution that bounce off the
bounds (Pakman & Paninski 2014, doi:10.1080/10618600.2013.788448): nothing to tune, nothing rejected.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from circularity.errors import ReconciliationError
from circularity.reconciliation.least_squares import Solution
from circularity.reconciliation.system import Floats

# Draws that are left out first, as part of those kept.
WARMING_UP = 0.1
# Eigenvalue of the correlations, of which the largest are near the number of flows, from which it is rounding.
ROUNDING = 1e-9
# A path ends here: a quarter turn makes the next draw independent of the last where no bound is near.
QUARTER, TURN = np.pi / 2, 2 * np.pi
# A start nearer to a bound than this many standard deviations counts as lying on it.
NEAREST = 1e-9
# Standard deviations from the mean within which a start is looked for.
FURTHEST = 1e3


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
