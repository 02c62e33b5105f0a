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


def bare_with_products(lab: Fieldlab) -> list[np.ndarray]:
    """The same, and the draws of the products: their masses, and the shares of each whole with what is left of it."""
    rng, products = np.random.default_rng(2), lab.tables["products"]
    log_sd = products["log_sd"].to_numpy()
    drawn = [bare(lab)]
    wholes: dict[str, list[str]] = {}
    for column, spec in lab.method.tables["products"].columns.items():
        if spec.unsure == "lognormal":
            mass = products[column].to_numpy()
            drawn.append(mass[:, None] * np.exp(rng.standard_normal((len(mass), DRAWS)) * log_sd[:, None]))
        elif spec.unsure == "composition":
            wholes.setdefault(spec.composition or column, []).append(column)
    for columns in wholes.values():
        shares = products[columns].to_numpy()
        shares = np.concatenate([shares, 1 - shares.sum(axis=1, keepdims=True)], axis=1)[:, :, None]
        parts = rng.standard_normal((*shares.shape[:2], DRAWS))
        parts *= log_sd[:, None, None]
        np.exp(parts, out=parts)
        parts *= shares
        parts /= parts.sum(axis=1, keepdims=True)
        drawn.append(parts)
    return drawn


@pytest.mark.parametrize(
    ("what", "products"),
    [
        pytest.param(bare, 0, id="bare", marks=pytest.mark.benchmark(group="assess")),
        pytest.param(whole, 0, id="circularity", marks=pytest.mark.benchmark(group="assess")),
        pytest.param(bare_with_products, 20, id="bare", marks=pytest.mark.benchmark(group="assess with 20 products")),
        pytest.param(whole, 20, id="circularity", marks=pytest.mark.benchmark(group="assess with 20 products")),
    ],
)
def test_assess(
    what: Callable[[Fieldlab], object],
    products: int,
    benchmark: object,
    synthetic: Callable[[int, int], Fieldlab],
) -> None:
    lab = synthetic(FLOWS, products)
    benchmark.pedantic(what, args=(lab,), rounds=15, warmup_rounds=2)  # type: ignore[attr-defined]
