"""Ranks."""

from __future__ import annotations

import numpy as np
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from circularity.scoring import build
from circularity.scoring.rank import ranked
from tests.faults import raises
from tests.scoring.small import flat, values_of

NAN = float("nan")
STEPS = [{"step": "normalise", "way": "none"}, {"step": "aggregate", "way": "arithmetic_mean", "available": 0}]


def test_one_is_highest_equals_share_the_best_place_and_no_score_has_no_rank() -> None:
    assert ranked(np.array([5, 7, 7, 1])).tolist() == [3, 1, 1, 4]
    assert np.array_equal(ranked(np.array([NAN, 7, NAN, 9])), [NAN, 2, NAN, 1], equal_nan=True)


@given(st.integers(0, 2**32 - 1))
def test_ranks_are_those_of_scipy(seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 6, (3, 2, 8)).astype(float)
    assert np.array_equal(ranked(scores), scipy.stats.rankdata(-scores, method="min", axis=-1))


def test_ranks_are_within_a_period_and_within_a_group() -> None:
    table = values_of(
        {"a": [1, 2, 3, 6, 5, 4], "period": [2020] * 3 + [2021] * 3, "side": list("lrl") * 2}, list("ABC") * 2
    )
    assert build(table, flat(["a"]), [*STEPS, {"step": "rank"}]).ranks["top"].tolist() == [3, 2, 1, 1, 2, 3]
    grouped = build(table, flat(["a"]), [*STEPS, {"step": "rank", "group": "side"}])
    assert grouped.ranks["top"].tolist() == [2, 1, 1, 1, 1, 2]


def test_a_group_that_is_not_there_is_named() -> None:
    with raises("MissingColumn") as caught:
        build(values_of({"a": [1, 2], "side": ["l", "r"]}), flat(["a"]), [*STEPS, {"step": "rank", "group": "sid"}])
    assert caught.value.details["found"] == "sid"
