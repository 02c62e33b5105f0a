"""Weights at random: non-negative, sum 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def simplex_from_uniforms(u: Array) -> Array:
    """Uniform weights on the simplex from uniform numbers. Shape (..., n), both."""
    drawn = -np.log1p(-u)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))


def dirichlet_from_uniforms(u: Array, weights: Array, concentration: float) -> Array:
    """Weights around `weights` from uniform numbers. Shape (..., n)."""
    from scipy.special import gammaincinv

    drawn = gammaincinv(np.asarray(weights) * concentration, u)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))
