"""Statistics, correlations, coherence and importance, against COINr, SciPy and closed forms."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from circularity.scoring import Composite, build
from circularity.scoring.analysis import (
    availability,
    correlation_flags,
    correlations,
    cronbach_alpha,
    denominator_correlations,
    effective_weights,
    principal_components,
    statistics,
    strengths,
    weights_for_importance,
)
from circularity.scoring.leave_one_out import compare, leave_one_out
from tests.faults import raises
from tests.scoring.asem import CHAIN_A, CHAIN_B, Asem

LIMITS: dict[str, Any] = {
    "available": 0.65, "nonzero": 0.65, "unique": 0.5, "skewness_limit": 2, "kurtosis_limit": 3.5
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


def test_denominators_are_compared_with_every_indicator(chain_b: Composite) -> None:
    table = denominator_correlations(chain_b)
    assert len(table) == 49 * 4
    assert table["correlation"].abs().max() <= 1


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


def test_strengths_and_weaknesses_are_the_best_and_worst_ranks(chain_b: Composite) -> None:
    table = strengths(chain_b, "CHE", most=3)
    best = table[table["side"] == "strength"]
    assert (best["rank"].diff().dropna() >= 0).all()
    assert best["rank"].max() < table[table["side"] == "weakness"]["rank"].min()
    with raises("UnknownUnitOfValues", match="CHF"):
        strengths(chain_b, "CHF")


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


def test_weights_are_found_that_make_children_as_important_as_is_wanted() -> None:
    rng = np.random.default_rng(3)
    x = pd.DataFrame({"a": rng.random(200), "b": 3 * rng.random(200), "c": rng.random(200)})
    weights = weights_for_importance(plain(x), {"a": 1, "b": 1, "c": 1}, "top")
    assert weights.sum() == pytest.approx(1)
    assert weights.attrs["distance"] < 0.01
    assert weights["b"] < weights["a"]


def test_two_composites_are_compared_by_rank(chain_a: Composite, chain_b: Composite) -> None:
    table = compare(chain_a, chain_b)
    assert table["change"].sum() == pytest.approx(0)
    assert (table["one"] - table["other"] == table["change"]).all()


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
