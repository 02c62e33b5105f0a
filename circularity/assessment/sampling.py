"""Drawing uncertain numbers: the same numbers for the same seed, alone, in a batch or on a cluster."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Draws are made and summed in chunks of about this many numbers: they stay in the processor's cache, and memory does
# not grow with the number of draws. Part of the definition of the stream: another size gives other draws.
CHUNK = 2**18
# Below this many numbers threads cost more than they save (measured on two cores).
WORTH_THREADS = 500_000


def stream(seed: int, *name: object) -> np.random.Generator:
    """The random stream of this name.

    A stream depends on the seed and its name (fieldlab, period, table) and on nothing else: not on what was drawn
    before, nor in which process.

    Parameters
    ----------
    seed : int
        Not negative.
    *name : object
        Parts of the name.
    """
    digest = hashlib.sha256("\x1f".join(map(str, name)).encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def summed(groups: Any, amounts: npt.NDArray[Any], log_sd: Array, draws: int, seed: int, *name: object) -> Array:
    """Sums of groups of uncertain amounts, for every draw.

    An amount is lognormal with the stated amount as its mean: the expected value of a sum of many amounts is then the
    sum of the stated amounts (decision 0003).

    Parameters
    ----------
    groups : sparse array, shape (groups, lines)
        1 where a line counts in a group.
    amounts : ndarray, shape (lines,)
        Stated amounts; sums of whole numbers are exact.
    log_sd : ndarray, shape (lines,)
        Standard deviation of the logarithm. [1]
    draws : int
        Number of draws.
    seed, *name : int, object
        As for `stream`; every chunk of draws has a stream of its own, so threads change nothing.

    Returns
    -------
    ndarray, shape (groups, 1 + draws)
        The sums of the stated amounts, then the draws. In the unit of `amounts`.
    """
    from scipy.sparse import csr_array

    weights = csr_array(groups, dtype=np.float64, copy=True)
    weights.data *= (amounts * np.exp(-(log_sd**2) / 2))[weights.indices]
    result = np.empty((groups.shape[0], 1 + draws))
    result[:, 0] = groups @ amounts
    width = min(256, max(8, CHUNK // max(1, len(amounts))))

    def chunk(number: int) -> None:
        drawn = stream(seed, *name, number).standard_normal((len(amounts), width))
        drawn *= log_sd[:, None]
        np.exp(drawn, out=drawn)
        start, stop = 1 + number * width, 1 + min((number + 1) * width, draws)
        result[:, start:stop] = (weights @ drawn)[:, : stop - start]

    chunks = range(-(-draws // width))
    if len(amounts) * draws < WORTH_THREADS:
        for number in chunks:
            chunk(number)
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(chunk, chunks))
    return result


def lognormal(amounts: Array, log_sd: Array, rng: np.random.Generator, draws: int) -> Array:
    """Draws of uncertain amounts with the stated amounts as their mean, shape (lines, draws)."""
    drawn = rng.standard_normal((len(amounts), draws))
    return np.asarray(amounts[:, None] * np.exp(log_sd[:, None] * drawn - log_sd[:, None] ** 2 / 2))


def compositions(shares: Array, log_sd: Array, rng: np.random.Generator, draws: int) -> Array:
    """Draws of shares that, with their remainder, sum to one in every draw.

    Each part of the whole, and what is left of it, varies lognormally; then all are scaled to sum to one. A share of
    zero stays zero, and shares that fill the whole keep filling it.

    Parameters
    ----------
    shares : ndarray, shape (lines, parts)
        NaN where unknown; what is known sums to at most one.
    log_sd : ndarray, shape (lines,)
        Standard deviation of the logarithm of each part. [1]
    rng : Generator
        Stream to draw from.
    draws : int
        Number of draws.

    Returns
    -------
    ndarray, shape (lines, parts, draws)
        NaN where `shares` is.
    """
    lines, parts = shares.shape
    rest = np.clip(1 - np.nansum(shares, axis=1), 0, None)
    whole = np.concatenate([shares, rest[:, None]], axis=1)
    drawn = rng.standard_normal((lines, parts + 1, draws))
    drawn *= log_sd[:, None, None]
    np.exp(drawn, out=drawn)
    drawn *= whole[:, :, None]
    drawn /= np.nansum(drawn, axis=1, keepdims=True)
    return np.asarray(drawn[:, :-1])
