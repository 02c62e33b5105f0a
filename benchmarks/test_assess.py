"""10,000 draws x 500 flows x all indicators, against bare NumPy that only draws and sums."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import circularity as ce
from circularity.ledger.fieldlab import Fieldlab

FLOWS, DRAWS = 500, 10_000


def bare(lab: Fieldlab) -> np.ndarray:
    """The draws and their sums by class, with nothing named, checked or explained."""
    flows = lab.tables["flows"]
    mass, sigma = flows["mass"].to_numpy(dtype=float), flows["log_sd"].to_numpy()
    classes = flows.groupby(["role", "origin", "destination"]).ngroup().to_numpy()
    membership = np.zeros((FLOWS, classes.max() + 1))
    membership[np.arange(FLOWS), classes] = 1
    drawn = np.random.default_rng(1).standard_normal((DRAWS, FLOWS))
    drawn *= sigma
    np.exp(drawn, out=drawn)
    drawn *= mass * np.exp(-(sigma**2) / 2)
    return drawn @ membership


def whole(lab: Fieldlab) -> object:
    """All indicators at all levels, with intervals, as the result table."""
    return ce.assess(lab, draws=DRAWS).indicators


def with_products(lab: Fieldlab) -> object:
    """The same for a fieldlab that has 20 products with uncertain shares besides its flows."""
    return whole(lab)


@pytest.mark.benchmark(group="assess")
@pytest.mark.parametrize(
    ("what", "products"),
    [(bare, 0), (whole, 0), (with_products, 20)],
    ids=["bare", "circularity", "circularity-20-products"],
)
def test_assess(
    what: Callable[[Fieldlab], object],
    products: int,
    benchmark: object,
    synthetic: Callable[[int, int], Fieldlab],
) -> None:
    lab = synthetic(FLOWS, products)
    benchmark.pedantic(what, args=(lab,), rounds=15, warmup_rounds=2)  # type: ignore[attr-defined]
