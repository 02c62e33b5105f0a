"""SMAA-2 of 1e6 draws x 50 units x 8 criteria, all of its measures, against bare NumPy: a product and argsort."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from circularity.robustness import smaa, uniform_weights

DRAWS, UNITS, CRITERIA = 1_000_000, 50, 8
BLOCK = 16_000  # draws at once: bare NumPy is faster so than with all together


def bare(points: np.ndarray, weights: np.ndarray) -> int:
    seen = 0
    for start in range(0, len(weights), BLOCK):
        order = np.argsort(-(weights[start : start + BLOCK] @ points.T), axis=1)
        seen += int(order[0, 0])
    return seen


def test_a_million_draws_against_a_product_and_argsort(benchmark: Any) -> None:
    rng = np.random.default_rng(1)
    points, weights = rng.random((UNITS, CRITERIA)), uniform_weights(rng, DRAWS, CRITERIA)
    peers = []
    for _ in range(3):
        start = time.perf_counter()
        bare(points, weights)
        peers.append(time.perf_counter() - start)

    def work() -> Any:
        found = smaa(points, weights=weights, workers=1)
        return found.rank_acceptability, found.central_weights, found.pairwise_winning, found.confidence_factors

    benchmark.pedantic(work, rounds=3)
    peer, ours = float(np.median(peers)), benchmark.stats.stats.median
    benchmark.extra_info.update(peer=peer, ratio=ours / peer)
    print(f"\nbare {peer:.2f} s, one worker {ours:.2f} s, ratio {ours / peer:.2f}")
    assert ours / peer <= 2
