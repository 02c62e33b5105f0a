"""Acceptability of ranks: golden values, and what must hold whatever the points.

Golden vector G12 is of the data "thrombo" that come with the R package smaa; they are not among the shared data, so
that it is not tested.
"""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.scoring import Acceptability, Dirichlet, smaa
from circularity.scoring.smaa import CHUNK
from tests.faults import raises

# G10: three units that are best at one criterion each, and one that is fair at all.
CORNERS = pd.DataFrame(np.vstack([np.eye(3), np.full(3, 0.4)]), index=["e1", "e2", "e3", "D"], columns=["a", "b", "c"])
TABLES = ("rank_acceptability", "pairwise_winning", "central_weights", "confidence_factors", "rank_acceptability_error",
          "pairwise_winning_error")  # fmt: skip


def same(found: Acceptability, other: Acceptability) -> None:
    """The same to the last bit, whatever the order of names."""
    for name in TABLES:
        one, two = getattr(found, name), getattr(other, name)
        two = two.reindex_like(one) if isinstance(one, pd.DataFrame) else two.reindex(one.index)
        assert one.to_numpy().tobytes() == two.to_numpy().tobytes(), name


def test_corners_and_a_middle_have_their_exact_acceptabilities() -> None:
    # G10: exact by integration over the simplex; R package smaa with 4e5 draws within .0015.
    found = smaa(CORNERS, draws=400_000)
    share = found.rank_acceptability
    np.testing.assert_allclose(share[1], [0.32, 0.32, 0.32, 0.04], atol=0.0035)
    np.testing.assert_allclose(share.loc["D"], [0.04, 0.84, 0.12, 0.0], atol=0.0035)
    np.testing.assert_allclose(found.central_weights.loc["e1"], [0.6208333, 0.1895833, 0.1895833], atol=0.002)
    np.testing.assert_allclose(found.central_weights.loc["D"], 1 / 3, atol=0.003)
    assert (found.confidence_factors == 1).all()
    np.testing.assert_allclose(found.rank_acceptability_error.loc["D", 1], np.sqrt(0.04 * 0.96 / 4e5), rtol=0.02)


def test_corners_with_noise_have_the_acceptabilities_of_the_r_package() -> None:
    # G10 with N(0, .1) on all entries, R package smaa, 4e5 draws: b1 .305 and .0837, confidence .990 and .600.
    def noisy(rng: np.random.Generator, draws: int) -> np.ndarray:
        return CORNERS.to_numpy() + rng.normal(0, 0.1, (draws, *CORNERS.shape))

    found = smaa(noisy, draws=200_000, units=list(CORNERS.index), criteria=list(CORNERS.columns))
    np.testing.assert_allclose(found.rank_acceptability[1], [0.305, 0.305, 0.305, 0.0837], atol=0.005)
    np.testing.assert_allclose(found.confidence_factors, [0.99, 0.99, 0.99, 0.6], atol=0.006)


def test_a_corner_of_n_criteria_is_first_in_one_of_n_draws_with_central_weight_of_a_harmonic_number() -> None:
    for n in (2, 4, 7):
        found = smaa(np.eye(n), draws=200_000)
        np.testing.assert_allclose(found.rank_acceptability[1], 1 / n, atol=0.005)
        own = sum(1 / k for k in range(1, n + 1)) / n  # H_n / n
        np.testing.assert_allclose(np.diag(found.central_weights), own, atol=0.005)


def test_one_unit_beats_another_as_often_as_the_closed_form_says() -> None:
    d = np.array([0.7, -0.2, -0.45, 0.1])
    exact = sum(d[i] ** 3 / np.prod([d[i] - d[j] for j in range(4) if j != i]) for i in range(4) if d[i] > 0)
    found = smaa(np.vstack([d, np.zeros(4)]), draws=200_000).pairwise_winning
    assert found.loc[1, 2] == pytest.approx(exact, abs=0.005)
    assert found.loc[1, 2] + found.loc[2, 1] == pytest.approx(1)
    assert np.isnan(np.diag(found)).all()


def naive(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of ranks and wins, and central weights, one draw after the other."""
    units = values.shape[-2]
    ranks, wins, sums = np.zeros((units, units)), np.zeros((units, units)), np.zeros((units, weights.shape[1]))
    for k, w in enumerate(weights):
        score = (values if values.ndim == 2 else values[k % len(values)]) @ w
        for i in range(units):
            ranks[i, (score > score[i]).sum()] += 1
            wins[i] += score[i] > score
            sums[i] += w * (score[i] == score.max())
    with np.errstate(invalid="ignore"):
        return ranks / len(weights), wins / len(weights), sums / ranks[:, :1]


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers, so that scores are exact and often equal; or numbers that nearly are, below zero now and then."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    units, criteria, rows = draw(st.integers(1, 9)), draw(st.integers(1, 4)), draw(st.integers(1, 40))
    values = rng.integers(-2, 4, (*([rows] if draw(st.booleans()) else []), units, criteria)).astype(float)
    weights = rng.multinomial(8, np.full(criteria, 1 / criteria), rows) / 8
    if draw(st.booleans()):
        values *= 1 + np.ldexp(rng.integers(0, 3, values.shape).astype(float), -46)
    return values, weights


@settings(max_examples=200, deadline=None)
@given(problem=problems())
def test_counts_are_those_of_one_draw_after_the_other_also_with_equal_scores(
    problem: tuple[np.ndarray, np.ndarray],
) -> None:
    values, weights = problem
    ranks, wins, central = naive(values, weights)
    found = smaa(values, weights=weights)
    np.testing.assert_allclose(found.rank_acceptability, ranks, rtol=1e-12)
    off = ~np.eye(len(wins), dtype=bool)
    np.testing.assert_allclose(found.pairwise_winning.to_numpy()[off], wins[off], rtol=1e-12)
    np.testing.assert_allclose(found.central_weights, central, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("units", [2, 3, 64, 65, 129, 300])
@pytest.mark.parametrize("values", ["plain", "far from zero", "tiny", "huge", "all equal", "zero"])
def test_any_size_of_numbers_and_any_number_of_units_is_ranked_by_the_scores_themselves(
    units: int, values: str
) -> None:
    rng = np.random.default_rng(units)
    points = rng.random((units, 3))
    points = {"plain": points, "far from zero": 1e15 + points, "tiny": 1e-310 * points, "all equal": 0 * points + 1,
              "huge": 1e308 * (2 * points - 1), "zero": np.sign(points - 0.5) * 0.0}[values]  # fmt: skip
    weights = rng.dirichlet(np.ones(3), 50)
    scores = np.einsum("dk,ki->di", weights, np.ascontiguousarray(points.T))
    ranks = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    found = smaa(points, weights=weights, units=[f"{i:03}" for i in range(units)])
    for unit in range(units):
        expected = np.bincount(ranks[:, unit], minlength=units) / 50
        assert (found.rank_acceptability.iloc[unit] == expected).all()
        assert (np.delete(found.pairwise_winning.to_numpy()[unit], unit)
                == np.delete((scores[:, [unit]] > scores).mean(axis=0), unit)).all()  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), units=st.integers(2, 12), criteria=st.integers(1, 6), uncertain=st.booleans())
def test_the_order_of_units_and_criteria_and_the_number_of_workers_change_no_bit(
    seed: int, units: int, criteria: int, uncertain: bool
) -> None:
    rng = np.random.default_rng(seed)
    names, columns = [f"u{i}" for i in range(units)], [f"c{i}" for i in range(criteria)]
    values = rng.random((*([7] if uncertain else []), units, criteria))
    values[..., -1, :] = values[..., 0, :]
    rows, places = rng.permutation(units), rng.permutation(criteria)
    one = smaa(values, draws=500, seed=seed, units=names, criteria=columns, workers=1)
    other = smaa(
        values[..., rows, :][..., places],
        draws=500,
        seed=seed,
        units=[names[i] for i in rows],
        criteria=[columns[i] for i in places],
        workers=3,
    )
    same(one, other)
    assert list(other.rank_acceptability.index) == [names[i] for i in rows]


def test_many_chunks_give_the_same_with_any_number_of_workers() -> None:
    draws = 2 * CHUNK + 123
    same(smaa(CORNERS, draws=draws, workers=1), smaa(CORNERS, draws=draws, workers=4))


def test_equal_units_share_the_lowest_rank_in_every_draw() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((33, 7))
    values[[5, 11, 32]] = values[2]
    found = smaa(values, draws=20_000)
    share, wins = found.rank_acceptability.to_numpy(), found.pairwise_winning.to_numpy()
    for other in (5, 11, 32):
        assert (share[other] == share[2]).all()
        assert wins[other, 2] == wins[2, other] == 0
    assert (share[2, -3:] == 0).all()  # 1224: three others share its rank, so it is never among the last three


def test_a_unit_that_is_worse_at_everything_is_never_first_and_has_no_central_weights() -> None:
    found = smaa([[1.0, 2.0], [3.0, 4.0]], draws=100)
    assert found.rank_acceptability.loc[1, 1] == 0
    assert found.central_weights.loc[1].isna().all()
    assert np.isnan(found.confidence_factors[1])
    assert found.rank_acceptability_error.loc[1, 1] == 0


def test_weights_by_name_hit_their_own_criterion() -> None:
    # Columns b, a with weights .9, .1: the unit that is good at b must win (a peer sorts columns and loses).
    values = pd.DataFrame({"b": [1.0, 0.0], "a": [0.0, 1.0]}, index=["good at b", "good at a"])
    weights = pd.DataFrame([{"a": 0.1, "b": 0.9}])
    assert smaa(values, weights=weights).rank_acceptability.loc["good at b", 1] == 1
    around = Dirichlet({"a": 0.1, "b": 0.9}, 1000.0)
    assert smaa(values, weights=around, draws=500).rank_acceptability.loc["good at b", 1] == 1


def test_groups_have_an_equal_say_however_many_they_are() -> None:
    many = np.tile([1.0, 0.0, 0.0], (50, 1))
    groups = {"firms": many, "citizens": np.array([[0.0, 1.0, 0.0]]), "schools": np.array([[0.0, 0.0, 1.0]])}
    found = smaa(CORNERS, weights=groups)
    np.testing.assert_allclose(found.rank_acceptability[1], [1 / 3, 1 / 3, 1 / 3, 0])
    assert found.groups["firms"].rank_acceptability.loc["e1", 1] == 1
    assert list(found.groups) == ["citizens", "firms", "schools"]
    assert smaa(CORNERS, draws=10).groups == {}


def test_the_error_of_groups_is_that_of_a_mean_over_strata() -> None:
    groups = {name: Dirichlet({c: 0.8 if c == name else 0.1 for c in "abc"}, 5.0) for name in "abc"}
    runs = [smaa(CORNERS, weights=groups, draws=500, seed=s) for s in range(60)]
    spread = np.std([r.rank_acceptability.loc["e1", 1] for r in runs], ddof=1)
    told = np.mean([r.rank_acceptability_error.loc["e1", 1] for r in runs])
    assert spread == pytest.approx(told, rel=0.3)


def test_a_group_draws_the_same_alone_and_among_others() -> None:
    around = Dirichlet([0.5, 0.3, 0.2], 10.0)
    alone = smaa(CORNERS, weights={"x": around}, draws=300)
    among = smaa(CORNERS, weights={"w": around, "x": around}, draws=300).groups["x"]
    assert alone.rank_acceptability.equals(among.rank_acceptability)
    assert alone.groups["x"].rank_acceptability.equals(among.rank_acceptability)


def test_people_are_asked_equally_often_when_values_are_drawn() -> None:
    people = np.eye(3)
    found = smaa(lambda rng, n: np.broadcast_to(CORNERS, (n, 4, 3)), weights=people, draws=100,
                 units=list(CORNERS.index), criteria=list("abc"))  # fmt: skip
    assert found.draws == 102
    np.testing.assert_allclose(found.rank_acceptability[1], [1 / 3, 1 / 3, 1 / 3, 0])


def test_holistic_acceptability_weighs_the_ranks() -> None:
    found = smaa(CORNERS, draws=1000)
    centroid = [25 / 48, 13 / 48, 7 / 48, 3 / 48]
    np.testing.assert_allclose(found.holistic(centroid), found.rank_acceptability.to_numpy() @ centroid)
    with raises("WrongShape"):
        found.holistic([1, 0])


def test_a_function_of_values_is_called_with_the_same_streams_in_any_thread() -> None:
    threads = set()

    def noisy(rng: np.random.Generator, draws: int) -> np.ndarray:
        threads.add(threading.get_ident())
        return rng.random((draws, 3, 2))

    runs = [smaa(noisy, draws=3 * CHUNK, units="abc", criteria="xy", workers=w) for w in (1, 2)]
    for one, other in pairwise(runs):
        same(one, other)


def test_what_cannot_be_ranked_is_refused_by_name() -> None:
    with raises("NotFinite", match="e2, b"):
        smaa(CORNERS.replace({"b": {1.0: np.nan}}), draws=10)
    with raises("NotOnSimplex", match="ann"):
        smaa(CORNERS, weights=pd.DataFrame([[0.5, 0.5, 0.5]], index=["ann"], columns=list("abc")))
    with raises("DuplicateId"):
        smaa(np.eye(2), units=["a", "a"], draws=10)
    with raises("EmptyTable"):
        smaa(np.empty((0, 3)), draws=10)
    for wrong in (np.ones(3), np.ones((2, 2, 2, 2))):
        with raises("WrongShape"):
            smaa(wrong, draws=10)
    for weights in (np.full((5, 2), 0.5), np.array([0.2, 0.3, 0.5]), np.empty((0, 3))):
        with raises("WrongShape"):
            smaa(CORNERS, weights=weights)
    for call in ({}, {"draws": 0}, {"weights": {}}, {"weights": pd.DataFrame([[0.5, 0.5]], columns=["a", "z"])}):
        with raises("WrongArgument") as caught:
            smaa(CORNERS, **call)
        assert caught.value.text("nl")
    with raises("WrongArgument"):
        smaa(lambda rng, n: np.ones((n, 2, 2)), draws=10)
    with raises("WrongShape"):
        smaa(lambda rng, n: np.ones((n, 2, 3)), draws=10, units="ab", criteria="ab")
