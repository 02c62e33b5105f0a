"""1,000,000 sets of weights over 50 units and 8 criteria, against bare NumPy; and a bootstrap of Sobol indices.

The bare peer multiplies and sorts, in chunks that stay in the processor's cache, which for it is faster than the whole
at once; this package also counts every rank, who stands above whom, and the central weights, with ties exact.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from circularity.scoring import design, indices, smaa

DRAWS, UNITS, CRITERIA, CHUNK = 1_000_000, 50, 8, 1024
ROUNDS, MOST_TIMES = 7, 2.0

Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def problem() -> tuple[Floats, Floats]:
    """Points and weights."""
    rng = np.random.default_rng(1)
    weights = rng.standard_exponential((DRAWS, CRITERIA))
    return 100 * rng.random((UNITS, CRITERIA)), weights / weights.sum(axis=1, keepdims=True)


def bare(values: Floats, weights: Floats) -> object:
    """Scores and their order, nothing kept."""
    by_criterion = np.ascontiguousarray(values.T)
    for a in range(0, len(weights), CHUNK):
        order = np.argsort(weights[a : a + CHUNK] @ by_criterion, axis=1)
    return order


def bare_whole(values: Floats, weights: Floats) -> object:
    """The same at once."""
    return np.argsort(weights @ values.T, axis=1)


def everything(values: Floats, weights: Floats) -> object:
    """Every table of the result."""
    found = smaa(values, weights=weights)
    return (
        found.rank_acceptability,
        found.rank_acceptability_error,
        found.pairwise_winning,
        found.pairwise_winning_error,
        found.central_weights,
        found.confidence_factors,
        found.holistic(np.linspace(1, 0, UNITS).tolist()),
    )


def drawn(values: Floats, weights: Floats) -> object:
    """The weights drawn as well."""
    return smaa(values, draws=len(weights)).rank_acceptability


@pytest.mark.benchmark(group="acceptability")
@pytest.mark.parametrize("what", [bare, bare_whole, everything, drawn], ids=lambda f: f.__name__)
def test_acceptability(
    what: Callable[[Floats, Floats], object], benchmark: object, problem: tuple[Floats, Floats]
) -> None:
    benchmark.pedantic(what, args=problem, rounds=ROUNDS, warmup_rounds=1)  # type: ignore[attr-defined]


@pytest.mark.benchmark(group="acceptability-ratio")
def test_acceptability_takes_at_most_twice_what_bare_numpy_takes(
    benchmark: object, problem: tuple[Floats, Floats]
) -> None:
    def seconds(what: Callable[[Floats, Floats], object]) -> float:
        start = time.perf_counter()
        what(*problem)
        return time.perf_counter() - start

    # One after the other, so that other work on the machine meets both.
    turns = [(seconds(bare), seconds(bare_whole), seconds(everything)) for _ in range(ROUNDS)]
    in_chunks, whole, ours = np.min(turns, axis=0)
    benchmark.extra_info["ratio"] = ratio = ours / min(in_chunks, whole)  # type: ignore[attr-defined]
    benchmark.pedantic(everything, args=problem, rounds=1)  # type: ignore[attr-defined]
    assert ratio <= MOST_TIMES, f"{ratio:.2f}"


@pytest.mark.benchmark(group="sobol")
def test_a_thousand_resamples_of_sobol_indices_of_twenty_outputs(benchmark: object) -> None:
    runs = design([f"x{i}" for i in range(8)], 4096)
    y = np.column_stack([(runs.inputs**k).sum(axis=1) for k in range(1, 21)])
    benchmark.pedantic(indices, args=(runs, y), rounds=3, warmup_rounds=1)  # type: ignore[attr-defined]
    assert benchmark.stats.stats.min < 2  # type: ignore[attr-defined]
