"""Every stage of COINr's own example comes out as COINr 1.1.14 has it; see the README of the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from circularity.scoring import Composite, Log, build, rerun
from circularity.scoring.treat import kurtosis, skewness
from tests.scoring.asem import CHAIN_A, CHAIN_B, FILLED, RANK, TO_100, TREAT, Asem, aggregate

Agrees = Callable[[pd.DataFrame, str, int], None]
MEANS = [("arithmetic_mean", "amean"), ("geometric_mean", "gmean"), ("harmonic_mean", "hmean")]


@pytest.fixture(scope="module")
def simple(asem: Asem) -> Composite:
    return build(asem.values, asem.structure, CHAIN_A)


@pytest.fixture(scope="module")
def full(asem: Asem) -> Composite:
    return build(asem.values, asem.structure, CHAIN_B)


def test_chain_a_comes_out_stage_by_stage(simple: Composite, agrees: Agrees) -> None:
    agrees(simple.stages["raw"], "simple_1_raw.csv", 49)
    agrees(simple.stages["treated"], "simple_2_treated.csv", 49)
    agrees(simple.stages["normalised"], "simple_3_normalised_1_100.csv", 49)


@pytest.mark.parametrize(("way", "name"), MEANS)
def test_chain_a_comes_out_with_every_mean(asem: Asem, agrees: Agrees, way: str, name: str) -> None:
    result = build(asem.values, asem.structure, [TREAT, TO_100, aggregate(way), RANK])
    agrees(result.scores, f"simple_4_aggregated_{name}.csv", 60)
    agrees(result.ranks, f"simple_5_ranks_{name}.csv", 11)


def test_chain_b_comes_out_stage_by_stage(full: Composite, agrees: Agrees) -> None:
    agrees(full.stages["raw"], "full_1_raw.csv", 49)
    for number, stage in enumerate(("denominated", "imputed", "screened", "treated", "normalised"), start=2):
        agrees(full.stages[stage], f"full_{number}_{stage}.csv", 49)
    agrees(full.scores, "full_7_aggregated.csv", 60)
    agrees(full.ranks, "full_8_ranks_amean.csv", 11)


def test_chain_b_comes_out_on_other_scales(asem: Asem, agrees: Agrees) -> None:
    result = build(asem.values, asem.structure, [*FILLED, TO_100, aggregate("geometric_mean"), RANK])
    agrees(result.stages["normalised"], "full_6b_normalised_1_100.csv", 49)
    agrees(result.scores, "full_7b_aggregated_gmean.csv", 60)
    agrees(result.ranks, "full_8b_ranks_gmean.csv", 11)
    z = {"step": "normalise", "way": "zscore", "mean": 10, "sd": 2}
    result = build(asem.values, asem.structure, [*FILLED, z, aggregate()])
    agrees(result.stages["normalised"], "full_6c_normalised_zscore_10_2.csv", 49)
    agrees(result.scores, "full_7c_aggregated_zscore_amean.csv", 60)


@pytest.mark.parametrize(("chain", "name", "treated"), [(CHAIN_A, "simple_2", 18), (CHAIN_B, "full_5", 15)])
def test_the_treated_points_are_counted_as_coinr_counts_them(
    asem: Asem, chain: list[dict[str, Any]], name: str, treated: int
) -> None:
    result = build(asem.values, asem.structure, chain)
    expected = pd.read_csv(asem.folder / f"{name}_treatment_details.csv").set_index("iCode")["winsorise.nwin"].dropna()
    notes = result.notes[result.notes.step == "treat"]
    assert set(notes.what) == {"winsorised"}
    found = notes.set_index("code")[["lowest", "highest"]].sum(axis=1)
    assert len(found) == treated
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index(), check_names=False, check_dtype=False)


def test_the_winsorised_points_are_those_of_coinr(asem: Asem, simple: Composite) -> None:
    points = pd.read_csv(asem.folder / "simple_2_treated_points.csv", dtype=str).set_axis(sorted(asem.values.unit))
    changed = (simple.stages["treated"] != simple.stages["raw"]) & simple.stages["raw"].notna()
    pd.testing.assert_frame_equal(changed, points[changed.columns].notna(), check_names=False)


def test_skewness_and_kurtosis_are_those_of_coinr_and_scipy(asem: Asem, simple: Composite) -> None:
    expected = pd.read_csv(asem.folder / "stats_raw.csv").set_index("iCode")
    raw = simple.stages["raw"][expected.index].to_numpy().T
    for ours, column, peer in ((skewness, "Skew", scipy.stats.skew), (kurtosis, "Kurt", scipy.stats.kurtosis)):
        np.testing.assert_allclose(ours(raw), expected[column], rtol=1e-10)
        np.testing.assert_allclose(ours(raw), peer(raw, axis=1, bias=False, nan_policy="omit"), rtol=1e-10)
    details = pd.read_csv(asem.folder / "simple_2_treatment_details.csv").set_index("iCode")
    after = details["check_SkewKurt1.Skew"].dropna()
    treated = simple.stages["treated"][after.index].to_numpy().T
    np.testing.assert_allclose(skewness(treated), after, rtol=1e-10)
    np.testing.assert_allclose(kurtosis(treated), details["check_SkewKurt1.Kurt"].dropna(), rtol=1e-10)


def test_a_log_gives_the_same_bytes_again(full: Composite, tmp_path: Path) -> None:
    again = rerun(full.log)
    full.log.save(tmp_path / "log.json")
    loaded = Log.load(tmp_path / "log.json")
    for other in (again, rerun(loaded)):
        pd.testing.assert_frame_equal(other.table(), full.table(), check_exact=True)
        pd.testing.assert_frame_equal(other.notes, full.notes, check_exact=True)
        for name, stage in full.stages.items():
            pd.testing.assert_frame_equal(other.stages[name], stage, check_exact=True)
    rerun(loaded).log.save(tmp_path / "again.json")
    assert (tmp_path / "log.json").read_bytes() == (tmp_path / "again.json").read_bytes()


def test_the_order_of_rows_and_columns_changes_no_bit(asem: Asem, full: Composite) -> None:
    rng = np.random.default_rng(3)
    for _ in range(3):
        values = asem.values.sample(frac=1, random_state=rng.integers(99)).sample(frac=1, axis=1, random_state=rng)
        structure = asem.structure.sample(frac=1, random_state=rng.integers(99))
        other = build(values, structure, CHAIN_B)
        pd.testing.assert_frame_equal(other.scores, full.scores, check_exact=True)
        pd.testing.assert_frame_equal(other.ranks, full.ranks, check_exact=True)


def test_a_long_table_gives_what_a_wide_one_gives(asem: Asem, full: Composite) -> None:
    keys = ["unit", "EurAsia_group"]
    wide = asem.values[[*keys, *full.values.codes]]
    long = wide.melt(keys, var_name="indicator", value_name="value").sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(build(long, asem.structure, CHAIN_B).scores, full.scores, check_exact=True)
