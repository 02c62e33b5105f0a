"""ASEM (51 countries, 49 indicators, 8 pillars) built again and again, against bare NumPy doing the sums of it.

COINr 1.1.14 took 108.9 s for the first, 126.2 s for the second and 908.7 s for the third on a machine of two cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from circularity.scoring import build, read_tree, read_values
from circularity.scoring.sensitivity import sensitivity
from circularity.scoring.uncertain_inputs import UncertainChoice, UncertainValues, UncertainWeights
from circularity.scoring.uncertainty import Model, monte_carlo
from tests.scoring.asem import CHAIN_B, Asem, mean_rank_shift, read_asem

SHARED = Path(__file__).resolve().parents[2] / "shared"
CHOICES = [
    UncertainChoice(
        name="treatment",
        step="treat",
        options=[{"way": "winsorise_then_log"}, {"way": "log"}, {"way": "none"}],
    ),
    UncertainChoice(
        name="normalisation",
        step="normalise",
        options=[
            {"way": "minmax", "range": [1, 100]},
            {"way": "percentile_rank"},
            {"way": "minmax", "range": [10, 100]},
        ],
    ),
    UncertainChoice(
        name="aggregation",
        step="aggregate",
        options=[{"way": "arithmetic_mean"}, {"way": "generalised_mean", "power": 0.5}],
    ),
]
NOISE = UncertainWeights(way="noise", amount=0.25)


def asem_data() -> Asem:
    """The example of ASEM; what needs it is skipped where the public data are not beside the clone."""
    if not SHARED.is_dir():
        pytest.skip(f"the public data are not beside the clone ({SHARED.name}/)")
    return read_asem(SHARED)


def model(*factors: Any, sd: float = 0.0) -> Model:
    asem = asem_data()
    structure = read_tree(asem.structure)
    values = read_values(asem.values, structure)
    if sd:
        values = replace(values, sd=np.nan_to_num(np.abs(values.x) * sd))
    return Model.of(values, structure, CHAIN_B, factors)


def bare(m: Model, u: np.ndarray) -> np.ndarray:
    """The same weights on indicators that are normalised already: matrix products level by level, and ranks."""
    scores = build(m.values, m.structure, CHAIN_B).stages["normalised"].to_numpy()
    drawn = monte_carlo(m, u).weights

    def run() -> np.ndarray:
        known = {c: scores[:, j] for j, c in enumerate(m.structure.leaves)}
        for parent in m.structure.parents:
            below = m.structure.children[parent]
            weights = np.stack([drawn[c] if c in drawn else np.ones(len(u)) for c in below], axis=1)
            parts = np.stack(np.broadcast_arrays(*(known[c] for c in below)), axis=-1)
            known[parent] = np.einsum("dk,drk->dr", weights, np.broadcast_to(parts, (len(u), *parts.shape[-2:])))
        return np.argsort(-known[m.structure.top], axis=1)

    start = time.perf_counter()
    run()
    return np.array(time.perf_counter() - start)


def timed(benchmark: Any, work: Callable[[], Any], most: float, **beside: float) -> None:
    benchmark.pedantic(work, rounds=5, warmup_rounds=1)
    seconds = benchmark.stats.stats.median
    benchmark.extra_info.update(seconds=seconds, asked=most, **beside)
    print(f"\n{seconds:.3f} s, asked {most} s; {beside}")
    assert seconds < most


def test_a_thousand_weight_draws_with_ranks(benchmark: Any) -> None:
    m = model(NOISE)
    u = m.uniforms(1000, 1)
    timed(benchmark, lambda: monte_carlo(m, u).ranks(m.structure.top), 1.0, numpy=float(bare(m, u)))


def test_a_thousand_rebuilds_with_every_value_drawn_too(benchmark: Any) -> None:
    """Nothing can be kept from draw to draw: every step is done a thousand times."""
    m = model(UncertainValues(), NOISE, sd=0.02)
    u = m.uniforms(1000, 1)
    timed(benchmark, lambda: monte_carlo(m, u).ranks(m.structure.top), 5.0)


def test_a_thousand_rebuilds_over_treatment_normalisation_weights_and_aggregation(benchmark: Any) -> None:
    m = model(*CHOICES, NOISE)
    u = m.uniforms(1000, 1)
    timed(benchmark, lambda: monte_carlo(m, u).ranks(m.structure.top), 5.0)


def test_sobol_indices_of_the_mean_shift_of_ranks_from_six_thousand_rebuilds(benchmark: Any) -> None:
    m = model(*CHOICES, NOISE)
    stated = build(m.values, m.structure, CHAIN_B).ranks[m.structure.top].to_numpy(float)

    def work() -> Any:
        output = mean_rank_shift(m.structure.top, 0, stated)
        return sensitivity(m, output, [m.structure.top], base=1024, seed=1, bootstrap=1000)

    assert work().design.runs == 1024 * 6
    timed(benchmark, work, 30.0)


def test_one_composite_built_from_its_tables(benchmark: Any) -> None:
    """COINr builds the same example in 0.10 s."""
    asem = asem_data()
    timed(benchmark, lambda: build(asem.values, asem.structure, CHAIN_B).ranks, 0.2)
