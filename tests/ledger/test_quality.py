"""Pedigree scores to a standard deviation (ecoinvent 3 table)."""

import math

import pandas as pd
import pytest

from circularity.ledger.quality import SCORES, sigma, stated
from circularity.method.load import Method


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
    found = float(sigma(table, method).iloc[0])
    assert found**2 == pytest.approx(variance, abs=1e-12)
    if gsd2 is not None:
        assert math.exp(2 * found) == pytest.approx(gsd2, abs=5e-6)


def test_scores_that_are_not_given_count_as_unknown(method: Method) -> None:
    nothing = pd.DataFrame([{}], index=[0])
    assert float(sigma(nothing, method).iloc[0]) ** 2 == pytest.approx(0.2106)
    assert not stated(nothing).any()
    some = pd.DataFrame([{"reliability": 1.0}])
    assert float(sigma(some, method).iloc[0]) ** 2 == pytest.approx(0.2106 - 0.04)
    assert stated(some).all()


def test_a_stated_deviation_comes_before_scores(method: Method) -> None:
    table = pd.DataFrame([{"uncertainty": 1.1, "reliability": 5.0}, {"uncertainty": float("nan"), "reliability": 5.0}])
    found = sigma(table, method)
    assert float(found.iloc[0]) == pytest.approx(math.log(1.1))
    assert float(found.iloc[1]) > 0.4
