"""Delta and PAWN: by quadrature, and without side effects."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, qmc

from circularity.scoring import delta, pawn
from tests.faults import raises


def latin(factors: int, runs: int) -> np.ndarray:
    return np.asarray(qmc.LatinHypercube(factors, seed=np.random.default_rng(1)).random(runs))


def normal_sum(runs: int) -> tuple[pd.DataFrame, np.ndarray]:
    x = norm.ppf(latin(2, runs))
    return pd.DataFrame(x, columns=["x1", "x2"]), 2 * x[:, 0] + x[:, 1]


def test_a_sum_of_normals_has_the_delta_and_the_distance_of_quadrature() -> None:
    # G15: delta .505497 and .160393; E[KS] .446037 and .157223. A kernel density smooths: delta comes out lower.
    inputs, y = normal_sum(8192)
    found = delta(inputs, y, resamples=15)
    np.testing.assert_allclose(found["value"], [0.505497, 0.160393], atol=0.015)
    assert list(found["factor"]) == ["x1", "x2"]
    # Slices hold what is known to a tenth only: the distance comes out somewhat lower.
    np.testing.assert_allclose(pawn(inputs, y, slices=40)["mean"], [0.446037, 0.157223], atol=0.025)


def test_ishigami_has_the_values_of_salib_on_a_latin_hypercube() -> None:
    # G15, R: LHS of 8192; delta .209 .367 .159, balanced, which for uniform factors is about the same;
    # PAWN median of 10 slices .240 .392 .085.
    u = np.pi * (2 * latin(3, 8192) - 1)
    y = np.sin(u[:, 0]) + 7 * np.sin(u[:, 1]) ** 2 + 0.1 * u[:, 2] ** 4 * np.sin(u[:, 0])
    inputs = pd.DataFrame(u, columns=["x1", "x2", "x3"])
    np.testing.assert_allclose(delta(inputs, y, resamples=15)["value"], [0.209, 0.367, 0.159], atol=0.02)
    np.testing.assert_allclose(pawn(inputs, y)["value"], [0.240, 0.392, 0.085], atol=0.015)


def test_the_seed_and_the_names_decide_and_nothing_else_is_touched(capsys: pytest.CaptureFixture[str]) -> None:
    inputs, y = normal_sum(256)
    form, filters = warnings.formatwarning, list(warnings.filters)
    np.random.seed(7)  # noqa: NPY002
    one = delta(inputs, y, resamples=5, seed=0)
    after = np.random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    assert after == np.random.random()  # noqa: NPY002
    other = delta(inputs[["x2", "x1"]], y, resamples=5, seed=0)
    pd.testing.assert_frame_equal(one, other)
    assert not one.equals(delta(inputs, y, resamples=5, seed=2))
    pd.testing.assert_frame_equal(pawn(inputs, y), pawn(inputs[["x2", "x1"]], y))
    assert warnings.formatwarning is form
    assert list(warnings.filters) == filters
    assert capsys.readouterr() == ("", "")


def test_a_result_without_variance_has_a_state_and_no_numbers() -> None:
    inputs, y = normal_sum(64)
    for table in (delta(inputs, np.zeros(len(y))), pawn(inputs, np.zeros(len(y)))):
        assert table["state"].eq("no_variance").all()
        assert table[["value", "low", "high"]].isna().all(axis=None)


def test_a_factor_with_one_value_is_not_estimated_and_names_are_kept_whatever_they_are() -> None:
    inputs, y = normal_sum(256)
    table = inputs.assign(x2=1.0).rename(columns={"x1": "mass_raw", "x2": "=1+1_conf"})
    for found in (delta(table, y, resamples=3), pawn(table, y)):
        assert list(found["factor"]) == ["=1+1_conf", "mass_raw"]
        assert found["state"].tolist()[1] == "ok"
        assert found["value"].isna().equals(found["state"].eq("not_estimated"))


def test_what_does_not_fit_is_refused_by_name() -> None:
    inputs, y = normal_sum(16)
    for measure in (delta, pawn):
        with raises("NotTheDesign"):
            measure(inputs, y[:-1])
        with raises("NotFinite", match="x2"):
            measure(inputs.assign(x2=np.nan), y)
        with raises("NotFinite", match="row 5"):
            measure(inputs, np.where(np.arange(16) == 4, np.inf, y))
        with raises("EmptyTable"):
            measure(inputs[[]], y)
    with raises("WrongArgument"):
        pawn(inputs, y, slices=0)
    for wrong in ({"resamples": 0}, {"level": 0.0}):
        with raises("WrongArgument"):
            delta(inputs, y, **wrong)


def test_the_room_is_imported_without_salib_and_scipy() -> None:
    code = "import sys, circularity.scoring; print([m for m in ('SALib', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
