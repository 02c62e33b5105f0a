"""Published balances that any reconciliation must reproduce: R1 to R5.

R1: Narasimhan & Jordache 2000, Data Reconciliation and Gross Error Detection (printed result), inputs as in
github.com/EDSONCV/dr-ged-benchmarks. R2: help of STAN (stan2web.net), in = out with a difference of 10 and equal
uncertainty. R5: Rosenberg et al. 1987, inputs from the same collection of benchmarks. R3 to R5: computed by hand from
the formula x = m - S A'(A S A')^-1 A m.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from circularity.reconciliation import reconcile, reconcile_arrays

R1 = ([101.91, 64.45, 34.65, 64.20, 36.44, 98.88], [1] * 6,
      [[1, -1, -1, 0, 0, 0], [0, 1, 0, -1, 0, 0], [0, 0, 1, 0, -1, 0], [0, 0, 0, 1, 1, -1]])  # fmt: skip
R5 = ([5.026, 14.722, 14.721, 4.968, 10.088, 5.131, 4.835], [1] * 7,
      [[1, -1, 0, 1, 0, 1, 0], [0, 1, -1, 0, 0, 0, 0], [0, 0, 1, -1, -1, 0, 0], [0, 0, 0, 0, 1, -1, -1]])  # fmt: skip
CASES = {
    "R1": (*R1, [100.22, 64.50, 35.72, 64.50, 35.72, 100.22], [0.577350] * 6, 6.4075),
    "R2": ([100, 110], [100, 100], [[1, -1]], [105, 105], [7.071068] * 2, 0.5),
    "R3": ([100, 110], [25, 100], [[1, -1]], [102, 102], [4.472136] * 2, 0.8),
    "R4": ([100, 60, 30], [4, 9, 9], [[1, -1, -1]],
           [98.181818, 64.090909, 34.090909], [1.809068, 2.306118, 2.306118], 4.545455),
    "R5": (*R5, [4.904952, 14.798619, 14.798619, 4.813762, 9.984857, 5.079905, 4.904952], None, 0.068480),
}  # fmt: skip

Numbers = Sequence[float]


@pytest.mark.parametrize("case", CASES)
def test_published_balances_are_reproduced(case: str) -> None:
    m, variance, A, value, sd, statistic = CASES[case]
    result = reconcile_arrays(A, m, variance)
    np.testing.assert_allclose(result.flows["value"], value, atol=5e-7)
    np.testing.assert_allclose(result.statistic, statistic, atol=5e-7)
    if sd is not None:
        np.testing.assert_allclose(result.flows["sd"], sd, atol=5e-7)
    assert result.freedom == len(A)
    np.testing.assert_allclose(result.residuals["reconciled"], 0, atol=1e-12)


def test_the_same_split_as_a_table_of_flows(make_flows: Callable[..., pd.DataFrame]) -> None:
    result = reconcile(make_flows(("feed", "P", 100, 2), ("P", "a", 60, 3), ("P", "b", 30, 3)))
    np.testing.assert_allclose(result.flows["value"], CASES["R4"][3], atol=5e-7)
    np.testing.assert_allclose(result.flows["sd"], CASES["R4"][4], atol=5e-7)
    assert result.verdict.word == "gross_error"  # J 4.545 above chi2(0.95, 1) = 3.841
    np.testing.assert_allclose(result.verdict.critical, 3.841459, atol=5e-7)
