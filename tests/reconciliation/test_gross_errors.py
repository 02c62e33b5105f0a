"""Which measurement is likely wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from circularity.reconciliation import reconcile, reconcile_arrays

Make = Callable[..., pd.DataFrame]

PLANT = [("feed", "P", 100, 2), ("P", "Q", 60, 2), ("P", "R", 40, 2), ("Q", "x", 35, 1), ("Q", "R", 25, 1),
         ("R", "y", 65, 2)]  # fmt: skip


def test_the_one_measurement_that_was_falsified_is_found(make_flows: Make) -> None:
    for place in range(len(PLANT)):
        rows = [(a, b, v + (20 if k == place else 0), s) for k, (a, b, v, s) in enumerate(PLANT)]
        result = reconcile(make_flows(*rows))
        likely = result.likely_error
        assert result.verdict.word == "gross_error"
        assert likely is not None
        assert rows[place][0] + " → " + rows[place][1] in likely["alike"]  # type: ignore[operator]
        assert abs(abs(likely["error"]) - 20) < 1e-6  # type: ignore[arg-type]
        assert likely["statistic_without"] < 1e-9  # type: ignore[operator]


def test_measurements_that_cannot_be_distinguished_are_named_together(make_flows: Make) -> None:
    result = reconcile(make_flows(("a", "P", 100, 1), ("P", "b", 110, 2)))
    assert result.suspects["alike"].tolist() == [("a → P", "P → b")]
    assert "een van: a → P, P → b" in " ".join(result.summary("nl"))


def test_data_that_fit_raise_no_alarm(make_flows: Make) -> None:
    result = reconcile(make_flows(*PLANT))
    assert result.statistic == pytest.approx(0, abs=1e-12)
    assert (result.verdict.word, result.likely_error) == ("consistent", None)
    assert result.eliminate().empty
    assert result.p_value == 1


def test_critical_values_are_those_of_the_textbook() -> None:
    result = reconcile_arrays([[1, -1, -1]], [100, 60, 30], [4, 9, 9])
    assert result.verdict.critical == pytest.approx(stats.chi2.ppf(0.95, 1))
    assert result.verdict.critical_z == pytest.approx(1.959964, abs=1e-6)  # all three look alike: one test
    wide = reconcile_arrays([[1, -1, 0], [0, 1, -1]], [1, 1, 1], [1, 1, 1])
    within = 2 * stats.norm.cdf(wide.verdict.critical_z) - 1
    assert within**3 == pytest.approx(0.95)  # Sidak: all three within it together in 95 % of cases


def test_two_errors_are_taken_out_one_after_the_other(make_flows: Make) -> None:
    rows = [*PLANT, ("y", "z", 65, 2), ("z", "w", 65, 2), ("z", "v", 0.5, 1)]
    rows[3] = ("Q", "x", 95, 1)
    rows[7] = ("z", "w", 165, 2)
    result = reconcile(make_flows(*rows))
    steps = result.eliminate()
    assert len(steps) == 2
    assert {"Q → x", "z → w"} == {next(f for f in alike if f in ("Q → x", "z → w")) for alike in steps["alike"]}
    assert steps["verdict"].tolist()[-1] == "consistent"
    assert steps["freedom"].tolist() == [result.freedom - 1, result.freedom - 2]


def test_false_alarms_on_single_measurements_are_as_rare_as_stated() -> None:
    rng = np.random.default_rng(5)
    A = np.array([[1, -1, -1, 0, 0, 0], [0, 1, 0, -1, -1, 0], [0, 0, 1, 0, 1, -1]], dtype=float)
    true = np.array([100, 60, 40, 35, 25, 65.0])
    alarms = sum(
        reconcile_arrays(A, true + rng.standard_normal(6), np.ones(6)).likely_error is not None for _ in range(400)
    )
    assert alarms / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
