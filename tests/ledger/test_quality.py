"""Pedigree scores to a standard deviation, by three published tables."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import circularity as ce
from circularity.ledger.quality import SAMPLE_SIZE, SCORES, has_uncertainty, log_sd
from circularity.method.load import Method, load_method
from tests.conftest import replace_in
from tests.faults import raises


@pytest.mark.parametrize(
    ("scores", "variance", "gsd2"),
    [
        ((1, 1, 1, 1, 1), 0.0006, 1.05021),
        ((2, 2, 1, 1, 1), 0.0013, 1.074775),
        ((1, 2, 3, 4, 5), 0.1227 + 0.0006, None),
        ((3, 3, 3, 3, 3), 0.0133, 1.25942),
        ((5, 5, 5, 5, 5), 0.2106, 2.503835),
    ],
)
def test_the_variances_of_the_scores_add_up(
    scores: tuple[int, ...], variance: float, gsd2: float | None, method: Method
) -> None:
    """Vectors U1 to U5 with basic uncertainty 1.05; U3 is also the expected value of Ocelot's own test, without it."""
    table = pd.DataFrame([dict(zip(SCORES, scores, strict=True))])
    found = float(log_sd(table, method).iloc[0])
    assert found**2 == pytest.approx(variance, abs=1e-12)
    if gsd2 is not None:
        assert math.exp(2 * found) == pytest.approx(gsd2, abs=5e-6)


def test_scores_that_are_not_given_count_as_unknown(method: Method) -> None:
    nothing = pd.DataFrame([{}], index=[0])
    assert float(log_sd(nothing, method).iloc[0]) ** 2 == pytest.approx(0.2106)
    assert not has_uncertainty(nothing).any()
    some = pd.DataFrame([{"reliability": 1.0}])
    assert float(log_sd(some, method).iloc[0]) ** 2 == pytest.approx(0.2106 - 0.04)
    assert has_uncertainty(some).all()


def test_a_stated_deviation_comes_before_scores(method: Method) -> None:
    table = pd.DataFrame([{"uncertainty": 1.1, "reliability": 5.0}, {"uncertainty": float("nan"), "reliability": 5.0}])
    found = log_sd(table, method)
    assert float(found.iloc[0]) == pytest.approx(math.log(1.1))
    assert float(found.iloc[1]) > 0.4


SETS = ["ecoinvent_v2", "ecoinvent_v3", "ciroth_2016"]
any_scores = st.lists(st.integers(1, 5), min_size=5, max_size=5)


@pytest.mark.parametrize(
    ("scores", "basic", "gsd2"),
    [
        ((1, 1, 1, 1, 1), True, (1.05, 1.05021, 1.05)),
        ((2, 2, 1, 1, 1), True, (1.07442, 1.074775, 1.54579)),
        ((1, 2, 3, 4, 5), False, (2.01707, 2.014903, 2.82835)),
        ((3, 3, 3, 3, 3), True, (1.26849, 1.25942, 2.02309)),
        ((5, 5, 5, 5, 5), True, (2.51960, 2.503835, 3.29177)),
    ],
)
def test_the_three_tables_give_the_golden_vectors(
    scores: tuple[int, ...], basic: bool, gsd2: tuple[float, ...]
) -> None:
    """Vectors U1 to U5: computed from the published factors; U3 of ecoinvent 3 is printed in Ocelot's test."""
    for set_, wanted in zip(SETS, gsd2, strict=True):
        assert ce.geometric_sd(scores, set_, basic=basic) ** 2 == pytest.approx(wanted, abs=6e-6), set_


def test_ecoinvent_3_has_the_variances_of_the_factors_of_ecoinvent_2(method: Method) -> None:
    """The guideline rounded (ln U / 2)^2 to one or two digits: 0.00227 to 0.002."""
    rows = {(r.set, r.dimension, r.score): r.added for r in method.pedigree_rows}
    for (set_, dimension, score), variance in rows.items():
        if set_ == "ecoinvent_v3":
            assert rows["ecoinvent_v2", dimension, score] == pytest.approx(variance, rel=0.15)


def test_ciroth_takes_the_factor_of_score_four_where_none_is_given_for_five() -> None:
    """As Brightway does (decision 0019)."""
    for dimension in ("reliability", "completeness", "geographical"):
        four, five = (dict.fromkeys(SCORES, 1) | {dimension: score} for score in (4, 5))
        assert ce.geometric_sd(four, "ciroth_2016") == ce.geometric_sd(five, "ciroth_2016")
    for dimension in ("temporal", "technological"):
        four, five = (dict.fromkeys(SCORES, 1) | {dimension: score} for score in (4, 5))
        assert ce.geometric_sd(four, "ciroth_2016") < ce.geometric_sd(five, "ciroth_2016")


@given(scores=any_scores, set_=st.sampled_from(SETS), place=st.integers(0, 4))
def test_a_worse_score_never_makes_a_number_surer(scores: list[int], set_: str, place: int) -> None:
    worse = [*scores[:place], min(scores[place] + 1, 5), *scores[place + 1 :]]
    assert 1 < ce.geometric_sd(scores, set_) <= ce.geometric_sd(worse, set_)


@given(scores=any_scores)
def test_one_number_and_a_table_of_numbers_are_as_uncertain(scores: list[int]) -> None:
    table = pd.DataFrame([dict(zip(SCORES, scores, strict=True))])
    found = math.exp(float(log_sd(table, load_method()).iloc[0]))
    assert found == pytest.approx(ce.geometric_sd(scores), rel=1e-12)


def test_a_sample_size_adds_what_its_score_says_and_nothing_without_one(method: Method) -> None:
    """ecoinvent: factor 1.20 and variance 0.0083 for score 5."""
    five = [1, 1, 1, 1, 1]
    for set_, variance in (("ecoinvent_v2", (math.log(1.2) / 2) ** 2), ("ecoinvent_v3", 0.0083)):
        without, with_ = (math.log(ce.geometric_sd(s, set_)) ** 2 for s in (five, [*five, 5]))
        assert with_ - without == pytest.approx(variance)
    rows = pd.DataFrame([dict.fromkeys(SCORES, 1.0) | {SAMPLE_SIZE: size} for size in (float("nan"), 1, 5)])
    found = log_sd(rows, method) ** 2
    assert list(found) == pytest.approx([0.0006, 0.0006, 0.0089])
    assert has_uncertainty(pd.DataFrame([{SAMPLE_SIZE: 3.0}])).all()


@pytest.mark.parametrize(
    ("scores", "set_", "said"),
    [
        ([1, 1, 1, 1, 1], "ecoinvent_v4", "ecoinvent_v3, ecoinvent_v2, ciroth_2016"),
        ([1, 1, 1, 1], "ecoinvent_v3", "scores"),
        ([1, 1, 1, 1, 1, 1, 1], "ecoinvent_v3", "scores"),
        ([1, 1, 1, 1, 6], "ecoinvent_v3", "6 is not valid for technological"),
        ([1, 1, 1, 1, 1, 2], "ciroth_2016", "scores"),
        ({"reliability": 1}, "ecoinvent_v3", "scores"),
    ],
)
def test_scores_that_a_table_does_not_have_are_refused(scores: list[int], set_: str, said: str) -> None:
    with raises("WrongArgument", match=said):
        ce.geometric_sd(scores, set_)


def test_the_method_chooses_the_table(method: Method, method_copy: Path) -> None:
    replace_in(method_copy / "method.yaml", "pedigree: ecoinvent_v3 ", "pedigree: ciroth_2016 ")
    other = load_method(method_copy)
    table = pd.DataFrame([dict.fromkeys(SCORES, 2.0)])
    assert float(log_sd(table, method).iloc[0]) == pytest.approx(math.log(ce.geometric_sd([2] * 5, "ecoinvent_v3")))
    assert float(log_sd(table, other).iloc[0]) == pytest.approx(math.log(ce.geometric_sd([2] * 5, "ciroth_2016")))
    assert ce.geometric_sd([2] * 5, method=other) == ce.geometric_sd([2] * 5, "ciroth_2016")


def test_a_sample_size_that_the_table_does_not_count_is_remarked_on(
    method_copy: Path, write_lab: Callable[..., Path], make_flow: Callable[..., dict[str, Any]]
) -> None:
    folder = write_lab([make_flow(sample_size=3), make_flow(mass=5, sample_size="")])
    assert ce.load_fieldlab(folder).warnings == []
    replace_in(method_copy / "method.yaml", "pedigree: ecoinvent_v3 ", "pedigree: ciroth_2016 ")
    (remark,) = ce.load_fieldlab(folder, load_method(method_copy)).warnings
    assert (remark.kind, remark.rows) == ("score_not_counted", (2,))
    assert "ciroth_2016" in remark.text("nl")
