"""Statistics, correlations, coherence and importance, against COINr, SciPy and closed forms."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from circularity.scoring import Composite, build
from circularity.scoring.analysis import (
    analyse,
    availability,
    coherence,
    compare,
    correlation_flags,
    correlations,
    cronbach_alpha,
    effective_weights,
    leave_one_out,
    principal_components,
    statistics,
)
from tests.faults import raises
from tests.scoring.asem import CHAIN_A, CHAIN_B, Asem
from tests.scoring.small import flat, values_of

LIMITS: dict[str, Any] = {
    "available": 0.65, "nonzero": 0.65, "unique": 0.5, "skewness": 2, "kurtosis": 3.5
}  # fmt: skip


@pytest.fixture(scope="module")
def chain_a(asem: Asem) -> Composite:
    return build(asem.values, asem.structure, CHAIN_A)


@pytest.fixture(scope="module")
def chain_b(asem: Asem) -> Composite:
    return build(asem.values, asem.structure, CHAIN_B)


def test_the_statistics_are_those_of_coinr(chain_a: Composite, asem: Asem) -> None:
    theirs = pd.read_csv(asem.folder / "stats_raw.csv").set_index("iCode")
    ours = statistics(chain_a, **LIMITS).loc[theirs.index]
    for mine, column in {
        "min": "Min", "max": "Max", "mean": "Mean", "median": "Median", "sd": "Std", "skewness": "Skew",
        "kurtosis": "Kurt", "available": "N.Avail", "same": "N.Same",
    }.items():  # fmt: skip
        np.testing.assert_allclose(ours[mine].to_numpy(float), theirs[column].to_numpy(float), rtol=1e-10, err_msg=mine)
    # Written with 15 digits, two values of one indicator have become the same.
    assert (ours["unique"] == theirs["N.Unique"]).sum() == 48
    np.testing.assert_allclose(ours["nonzero_part"], theirs["Frc.NonZero"], rtol=1e-10)
    assert np.isclose(ours["unique_part"], theirs["Frc.Unique"], rtol=1e-10).sum() == 48
    flagged = ours["flags"].map(lambda flags: "outliers" in flags)
    assert flagged.tolist() == (theirs["Flag.SkewKurt"] == "OUT").tolist()


def test_nominal_weights_are_not_importance(chain_b: Composite) -> None:
    """Every weight is 1, yet the correlation with the index runs from .90 (Social) to .02 (SusEcFin)."""
    table = correlations(chain_b, chain_b.structure.children["Conn"] + chain_b.structure.children["Sust"], ["Index"])
    with_index = table.set_index("code")["correlation"]
    assert with_index.idxmax() == "Social"
    assert with_index.idxmin() == "SusEcFin"
    assert with_index.max() == pytest.approx(0.90, abs=0.005)
    assert with_index.min() == pytest.approx(0.02, abs=0.005)
    effective = effective_weights(chain_b)
    assert effective["effective"].sum() == pytest.approx(1)
    assert effective["importance"].max() > 10 * effective["importance"].min()


@pytest.mark.parametrize(
    ("kind", "peer"), [("pearson", stats.pearsonr), ("spearman", stats.spearmanr), ("kendall", stats.kendalltau)]
)
def test_correlations_are_those_of_scipy(kind: Any, peer: Callable[..., Any], chain_b: Composite) -> None:
    (row,) = correlations(chain_b, ["LPI"], ["Flights"], kind=kind).to_dict("records")
    x, y = (chain_b.stages["normalised"][c] for c in ("LPI", "Flights"))
    assert (row["correlation"], row["p_value"]) == pytest.approx(tuple(peer(x, y)))
    assert row["pairs"] == 51


def test_pairs_that_say_the_same_or_the_opposite_are_named(chain_b: Composite) -> None:
    flags = correlation_flags(chain_b, high=0.9, low=-0.4)
    everything = correlations(chain_b).set_index(["code", "other"])["correlation"]
    assert len(flags)
    for row in flags.to_dict("records"):
        assert row["correlation"] == everything[row["code"], row["other"]]
        assert (row["correlation"] >= 0.9) == (row["flag"] == "high")
        assert chain_b.structure[row["code"]].parent == chain_b.structure[row["other"]].parent == row["parent"]


def test_alpha_of_copies_is_one_and_of_a_known_table_its_formula() -> None:
    rng = np.random.default_rng(1)
    x = rng.random(30)
    result = plain(pd.DataFrame({"a": x, "b": x, "c": x}))
    assert cronbach_alpha(result)["top"] == pytest.approx(1)
    y = pd.DataFrame(rng.random((30, 3)), columns=list("abc"))
    k, variances, whole = 3, y.var(ddof=1).sum(), y.sum(axis=1).var(ddof=1)
    assert cronbach_alpha(plain(y))["top"] == pytest.approx(k / (k - 1) * (1 - variances / whole))


def test_principal_components_are_the_eigenvectors_of_the_correlations(chain_b: Composite) -> None:
    loadings, explained = principal_components(chain_b, "P2P")
    x = chain_b.scores[list(chain_b.structure.children["P2P"])]
    values, vectors = np.linalg.eigh(x.corr())
    np.testing.assert_allclose(explained, values[::-1] / values.sum(), rtol=1e-8)
    np.testing.assert_allclose(np.abs(loadings["PC1"]), np.abs(vectors[:, -1]), rtol=1e-8)
    assert loadings.sum().min() > -1e-9


def test_leaving_out_what_does_not_matter_shifts_nothing_and_what_does_shifts_ranks(chain_b: Composite) -> None:
    table = leave_one_out(chain_b, ["SusEcFin", "LPI", "Index"]).set_index("left_out")
    assert table.index.tolist() == ["SusEcFin", "LPI"]  # all of it cannot be left out
    assert table.at["SusEcFin", "mean_shift"] > table.at["LPI", "mean_shift"] > 0
    assert table.at["LPI", "unit"] in chain_b.values.units


def test_leaving_out_keeps_given_weights_in_proportion() -> None:
    x = pd.DataFrame(np.random.default_rng(2).random((8, 3)), columns=list("abc"))
    weigh = {"step": "weigh", "way": "given", "weights": {"a": 0.2, "b": 0.3, "c": 0.5}}
    left = leave_one_out(plain(x, weigh), ["a"])
    expected = (0.375 * x["b"] + 0.625 * x["c"]).rank(ascending=False)
    whole = (0.2 * x["a"] + 0.3 * x["b"] + 0.5 * x["c"]).rank(ascending=False)
    assert left.at[0, "mean_shift"] == pytest.approx((whole - expected).abs().mean())


def test_two_composites_are_compared_by_rank(chain_a: Composite, chain_b: Composite) -> None:
    table = compare(chain_a, chain_b)
    assert table["change"].sum() == pytest.approx(0)
    assert (table["one"] - table["other"] == table["change"]).all()


def test_a_composite_without_ranks_is_compared_by_its_scores(chain_b: Composite, asem: Asem) -> None:
    unranked = build(asem.values, asem.structure, [s for s in CHAIN_B if s["step"] != "rank"])
    assert (compare(chain_b, unranked)["change"] == 0).all()


def test_what_is_left_out_may_have_a_scale_factor_of_its_own() -> None:
    structure = flat(["a", "b", "c"], denominator=["area", "area", ""])
    values = values_of({"a": [1, 2, 3], "b": [3, 1, 2], "c": [2, 3, 1], "area": [1, 2, 1]})
    steps = [
        {"step": "denominate", "times": {"a": 10, "b": 1}},
        {"step": "normalise", "way": "minmax"},
        {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
    ]
    assert leave_one_out(build(values, structure, steps))["left_out"].tolist() == ["a", "b", "c"]


def test_a_child_that_runs_against_the_others_is_named() -> None:
    x = np.random.default_rng(5).random(40)
    noise = np.random.default_rng(6).random((40, 2)) / 10
    found = coherence(plain(pd.DataFrame({"a": x, "b": x + noise[:, 0], "c": 1 - x + noise[:, 1]})))
    assert found.at["top", "negative"] == ["c"]
    assert found.at["top", "explained"] > 0.9
    assert found.at["top", "units"] == 40


def test_where_nothing_is_known_or_varies_there_is_no_component() -> None:
    loadings, explained = principal_components(plain(pd.DataFrame({"a": [1.0, 1, 1], "b": [2.0, 2, 2]})), "top")
    assert loadings.shape == (2, 0)
    assert explained.empty
    found = coherence(plain(pd.DataFrame({"a": [1.0, 1, 1], "b": [2.0, 2, 2]})))
    assert np.isnan(found.at["top", "explained"])
    assert found.at["top", "negative"] == []


def test_units_that_were_screened_out_are_seen(asem: Asem) -> None:
    screened = build(asem.values, asem.structure, [{"step": "screen", "available": 0.9}, *CHAIN_B])
    table = availability(screened)
    assert len(table) == 51
    assert 0 < table["screened_out"].sum() < 51
    assert (table.loc[table["screened_out"], "Index"] < 0.9).all()


def test_everything_there_is_to_look_at_comes_at_once(chain_b: Composite) -> None:
    found = analyse(chain_b, **LIMITS, correlation_high=0.9, correlation_low=-0.4)
    tables = found.tables()
    assert list(tables) == ["statistics", "correlations", "coherence", "importance", "left_out"]
    assert len(tables["statistics"]) == len(tables["importance"]) == len(tables["left_out"]) == 49
    assert all(isinstance(text, str) for text in tables["statistics"]["flags"])


def test_what_is_known_least_stands_first(chain_a: Composite) -> None:
    assert availability(chain_a)["Index"].is_monotonic_increasing


def test_the_order_of_the_rows_changes_nothing(asem: Asem, chain_a: Composite) -> None:
    other = build(asem.values.iloc[::-1], asem.structure.iloc[::-1], CHAIN_A)
    pd.testing.assert_frame_equal(statistics(chain_a, **LIMITS), statistics(other, **LIMITS), check_exact=True)
    pd.testing.assert_series_equal(
        cronbach_alpha(chain_a).sort_index(), cronbach_alpha(other).sort_index(), check_exact=True
    )


def test_what_is_not_there_is_refused_by_name(chain_a: Composite) -> None:
    with raises("WrongStage", match="smoothed"):
        statistics(chain_a, "smoothed", **LIMITS)
    with raises("UnknownIndicatorOfStructure", match="LIP"):
        correlations(chain_a, ["LIP"])


def plain(x: pd.DataFrame, *steps: dict[str, Any]) -> Composite:
    structure = pd.DataFrame(
        [("top", "", 1, ""), *((c, "top", 1, "higher_is_better") for c in x.columns)],
        columns=["code", "parent", "weight", "direction"],
    )
    values = x.assign(unit=[f"u{i:03d}" for i in range(len(x))])
    chain = [
        {"step": "normalise", "way": "none"},
        *steps,
        {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
    ]
    return build(values, structure, [*chain, {"step": "rank"}])
