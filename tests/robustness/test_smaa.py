"""SMAA-2 against closed forms, and against the R package smaa where it was run."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.errors import DuplicateId, NotFinite, NotOnSimplex, WrongArgument
from circularity.robustness import Dirichlet, smaa

EXTREMES = pd.DataFrame(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.4, 0.4, 0.4]], index=["e1", "e2", "e3", "D"], columns=["a", "b", "c"]
)


def test_three_extremes_and_their_middle_have_the_exact_acceptability() -> None:
    """n = 3, e1, e2, e3 and D(.4, .4, .4): exact .32 and .04; D .04 .84 .12 0; central weights of e1 .62083 .18958."""
    found = smaa(EXTREMES, draws=400_000, seed=1)
    assert found.rank_acceptability.loc["D"].tolist() == pytest.approx([0.04, 0.84, 0.12, 0], abs=0.003)
    assert found.rank_acceptability[1].tolist() == pytest.approx([0.32, 0.32, 0.32, 0.04], abs=0.003)
    assert found.central_weights.loc["e1"].tolist() == pytest.approx([0.6208333, 0.1895833, 0.1895833], abs=0.002)
    assert found.central_weights.loc["D"].tolist() == pytest.approx([1 / 3] * 3, abs=0.003)
    assert found.confidence_factors.tolist() == [1, 1, 1, 1]
    assert found.rank_acceptability_error.loc["D", 1] == pytest.approx(np.sqrt(0.04 * 0.96 / 400_000), rel=0.1)


def test_noise_on_all_values_gives_what_the_r_package_gave() -> None:
    """R smaa, 4e5 draws, N(0, .1) on all: first .305 for the extremes, .0837 for D; confidence .990 and .600."""
    middle = EXTREMES.to_numpy()

    def noisy(rng: np.random.Generator, draws: int) -> np.ndarray:
        return middle + 0.1 * rng.standard_normal((draws, *middle.shape))

    found = smaa(noisy, draws=200_000, seed=1, units=EXTREMES.index.tolist(), criteria=EXTREMES.columns.tolist())
    assert found.rank_acceptability[1].tolist() == pytest.approx([0.305, 0.305, 0.305, 0.0837], abs=0.004)
    assert found.confidence_factors.tolist() == pytest.approx([0.990, 0.990, 0.990, 0.600], abs=0.012)


def test_unit_vectors_have_the_harmonic_number_as_their_own_central_weight() -> None:
    n = 5
    found = smaa(np.eye(n), draws=200_000)
    assert np.diag(found.central_weights) == pytest.approx([sum(1 / k for k in range(1, n + 1)) / n] * n, abs=0.003)
    np.testing.assert_allclose(found.rank_acceptability[1], 1 / n, atol=0.004)


def test_pairwise_winning_is_the_closed_form_of_two() -> None:
    """A beats B when w.(.8, -.2) > 0, which has probability .8."""
    found = smaa(pd.DataFrame([[0.9, 0.1], [0.1, 0.3]], index=["A", "B"]), draws=200_000)
    assert found.pairwise_winning.at["A", "B"] == pytest.approx(0.8, abs=0.003)
    assert found.pairwise_winning.at["A", "B"] + found.pairwise_winning.at["B", "A"] == pytest.approx(1)


def test_equal_units_share_the_better_rank_whatever_their_order() -> None:
    table = pd.DataFrame([[0.5, 0.5], [0.5, 0.5], [0.1, 0.1]], index=["x", "y", "z"])
    for order in (["x", "y", "z"], ["z", "y", "x"]):
        ranks = smaa(table.loc[order], draws=1000).rank_acceptability
        assert ranks.loc["x"].tolist() == ranks.loc["y"].tolist() == [1, 0, 0]
        assert ranks.loc["z"].tolist() == [0, 0, 1]


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(5)), st.permutations(range(3)), st.integers(0, 5))
def test_the_order_of_units_and_criteria_changes_no_bit(units: list[int], criteria: list[int], seed: int) -> None:
    table = pd.DataFrame(np.random.default_rng(7).random((5, 3)), index=list("vwxyz"), columns=list("abc"))
    one, other = smaa(table, draws=500, seed=seed), smaa(table.iloc[units, criteria], draws=500, seed=seed)
    pd.testing.assert_frame_equal(one.rank_acceptability, other.rank_acceptability.loc[list("vwxyz")], check_exact=True)
    pd.testing.assert_frame_equal(
        one.pairwise_winning, other.pairwise_winning.loc[list("vwxyz"), list("vwxyz")], check_exact=True
    )
    pd.testing.assert_frame_equal(
        one.central_weights, other.central_weights.loc[list("vwxyz"), list("abc")], check_exact=True
    )


def test_the_number_of_workers_changes_no_bit() -> None:
    table = np.random.default_rng(8).random((12, 4))
    one, four = (smaa(table, draws=100_000, seed=3, workers=n) for n in (1, 4))
    pd.testing.assert_frame_equal(one.rank_acceptability, four.rank_acceptability, check_exact=True)
    pd.testing.assert_frame_equal(one.central_weights, four.central_weights, check_exact=True)


def test_groups_have_equal_say_whatever_the_number_of_their_people() -> None:
    table = pd.DataFrame([[1.0, 0.0], [0.0, 1.0]], index=["A", "B"], columns=["a", "b"])
    weights = {
        "many": pd.DataFrame([[0.9, 0.1]] * 7, columns=["a", "b"]),
        "few": pd.DataFrame([[0.2, 0.8]], columns=["a", "b"]),
    }
    found = smaa(table, weights=weights, draws=700)
    assert found.rank_acceptability.at["A", 1] == pytest.approx(0.5)
    assert found.groups["many"].rank_acceptability.at["A", 1] == 1


def test_weights_around_a_vector_keep_its_names() -> None:
    table = pd.DataFrame([[1.0, 0.0], [0.0, 1.0]], index=["A", "B"], columns=["a", "b"])
    found = smaa(table, weights=Dirichlet({"b": 0.9, "a": 0.1}, 50), draws=5000)
    assert found.rank_acceptability.at["B", 1] > 0.99


def test_holistic_acceptability_weighs_the_ranks() -> None:
    found = smaa(EXTREMES, draws=50_000)
    ranks = found.rank_acceptability
    np.testing.assert_allclose(found.holistic([1, 0.5, 0, 0]), ranks[1] + 0.5 * ranks[2])


def test_faults_are_named() -> None:
    with pytest.raises(NotFinite):
        smaa([[1.0, np.nan], [0.0, 1.0]], draws=100)
    with pytest.raises(NotOnSimplex):
        smaa([[1.0, 0.0], [0.0, 1.0]], weights=[[0.5, 0.6]])
    with pytest.raises(DuplicateId):
        smaa([[1.0, 0.0], [0.0, 1.0]], draws=100, units=["A", "A"])
    with pytest.raises(WrongArgument):
        smaa([[1.0, 0.0], [0.0, 1.0]])
