"""Gross error detection: the global test of J, the test of each measurement, and serial elimination."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from circularity.reconciliation.least_squares import Solution

# Decimals to which the columns of two measurements must agree for the data not to distinguish them.
SAME_TO = 8


@dataclass(frozen=True)
class Suspect:
    """A measurement that may be in error, with those that the relations cannot distinguish from it.

    Attributes
    ----------
    place : int
        The measurement.
    alike : tuple of int
        It and all that would explain the contradiction exactly as well.
    z : float
        Standard normal when nothing is wrong; above zero when the measurement is too high.
    error : float
        Estimate of its error, from all other measurements.
    statistic : float
        J when it is left out.
    p_value : float
        Probability of a J at least as large by chance, when it is left out; NaN when nothing is left to test.
    """

    place: int
    alike: tuple[int, ...]
    z: float
    error: float
    statistic: float
    p_value: float


@dataclass(frozen=True)
class GlobalTest:
    """The global test: whether the measurements fit the relations.

    Attributes
    ----------
    word : {"consistent", "gross_error", "nothing_to_test"}
    statistic : float
        J.
    freedom : int
        Degrees of freedom of J.
    critical : float
        J above which a gross error is suspected.
    p_value : float
    critical_z : float
        Size of z above which a single measurement is suspected, all of them tested at once.
    """

    word: str
    statistic: float
    freedom: int
    critical: float
    p_value: float
    critical_z: float


def judge(solution: Solution, significance: float) -> GlobalTest:
    """The test of J, and the critical value for the test of each measurement.

    The z of all measurements are tested together: with k that the relations distinguish, each is tested at
    1 - (1 - significance)^(1/k) (Sidak), so that the chance of any false alarm is at most `significance`.

    Parameters
    ----------
    solution : Solution
    significance : float
        Probability of a false alarm.
    """
    freedom, statistic = solution.freedom, solution.statistic
    if not freedom:
        return GlobalTest("nothing_to_test", 0.0, 0, np.nan, np.nan, np.nan)
    critical = float(stats.chi2.isf(significance, freedom))
    apart = len(set(_alike(solution).values()))
    each = -np.expm1(np.log1p(-significance) / apart) if apart else significance
    return GlobalTest(
        "gross_error" if statistic > critical else "consistent",
        statistic,
        freedom,
        critical,
        float(stats.chi2.sf(statistic, freedom)),
        float(stats.norm.isf(each / 2)),
    )


def suspects(solution: Solution) -> list[Suspect]:
    """The measurements that can be tested, the most suspect first; those that cannot be distinguished as one."""
    groups: dict[tuple[tuple[int, float], ...], list[int]] = {}
    for place, key in _alike(solution).items():
        groups.setdefault(key, []).append(place)
    z = solution.z
    at = {int(place): k for k, place in enumerate(solution.measured)}
    found = []
    for places in groups.values():
        chosen = places[0]
        left = max(solution.statistic - z[chosen] ** 2, 0.0)
        found.append(
            Suspect(
                chosen,
                tuple(places),
                float(z[chosen]),
                float(z[chosen] / np.sqrt(solution.test_variance[at[chosen]])),
                float(left),
                float(stats.chi2.sf(left, solution.freedom - 1)) if solution.freedom > 1 else np.nan,
            )
        )
    return sorted(found, key=lambda s: (-round(abs(s.z), 9), s.place))


def eliminate(solution: Solution, significance: float) -> list[tuple[Suspect, GlobalTest]]:
    """Leave out the most suspect measurement, again and again, until none is suspect any more.

    Returns
    -------
    list of (Suspect, GlobalTest)
        What was left out at each step, and the verdict on what remained.
    """
    steps: list[tuple[Suspect, GlobalTest]] = []
    verdict = judge(solution, significance)
    while verdict.freedom:
        first = suspects(solution)[0]
        if abs(first.z) <= verdict.critical_z:
            break
        solution = Solution(solution.system.without([first.place]))
        verdict = judge(solution, significance)
        steps.append((first, verdict))
    return steps


def _alike(solution: Solution) -> dict[int, tuple[tuple[int, float], ...]]:
    """For every measurement that can be tested, its column up to a factor: equal columns cannot be distinguished."""
    columns = sparse.csc_matrix(solution.observability.reduced[:, solution.measured])
    columns.sort_indices()
    ends, rows, values = columns.indptr.tolist(), columns.indices.tolist(), columns.data.tolist()
    found = {}
    for k, place in enumerate(solution.measured.tolist()):
        part = slice(ends[k], ends[k + 1])
        if rows[part]:
            first = values[part][0]
            shares = [round(v / first, SAME_TO) for v in values[part]]
            found[place] = tuple(zip(rows[part], shares, strict=True))
    return found
