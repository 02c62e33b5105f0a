"""Small structures and values, and a state to apply one step to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.scoring import read_tree, read_values
from circularity.scoring.pipeline import start_state
from circularity.scoring.steps import State

Floats = npt.NDArray[np.float64]

GOALPOSTS: list[dict[str, Any]] = [
    {"step": "normalise", "way": "goalposts"},
    {"step": "aggregate", "way": "arithmetic_mean", "available": 0},
    {"step": "rank"},
]


def structure_of(*rows: Sequence[Any], columns: str = "code parent weight direction") -> pd.DataFrame:
    """Rows as a structure; what a row does not name is empty."""
    names = columns.split()
    return pd.DataFrame([[*row, *[""] * (len(names) - len(row))] for row in rows], columns=names)


def flat(codes: Sequence[str] = ("a", "b"), weights: Sequence[Any] = (), **more: Any) -> pd.DataFrame:
    """A structure of indicators right under ``top``; `more` are columns, one value for all or one each."""
    weights = weights or [1] * len(codes)
    table = structure_of(("top", "", ""), *((c, "top", w, "1") for c, w in zip(codes, weights, strict=True)))
    for name, value in more.items():
        table[name] = ["", *([value] * len(codes) if isinstance(value, str) else value)]
    return table


def values_of(columns: Mapping[str, Sequence[Any]], units: Sequence[str] = ()) -> pd.DataFrame:
    """A wide table; units are A, B, C unless named."""
    length = len(next(iter(columns.values())))
    return pd.DataFrame({"unit": units or [chr(65 + i) for i in range(length)], **columns})


def state_of(columns: Mapping[str, Sequence[Any]], structure: pd.DataFrame | None = None, **more: Any) -> State:
    """The state before the first step; `more` are columns that are no indicators, such as ``unit`` and ``period``."""
    read = read_tree(flat(list(columns)) if structure is None else structure)
    table = values_of({**columns, **{k: v for k, v in more.items() if k != "unit"}}, more.get("unit", ()))
    return start_state(read_values(table, read), read)


def drawn(state: State, draws: int = 7, seed: int = 1, spread: float = 0.3) -> State:
    """The state with draws in front: each value times a random number of its own, what is missing missing in all."""
    from dataclasses import replace

    noise = np.random.default_rng(seed).lognormal(0, spread, (draws, *state.x.shape))
    return replace(state, x=state.x * noise, notes=None)


def one_of(state: State, draw: int) -> State:
    """One draw as a state of its own."""
    from dataclasses import replace

    weights = {c: w if np.ndim(w) == 0 else w[draw] for c, w in state.weights.items()}
    scores = {c: s[draw] for c, s in state.scores.items()}
    return replace(state, x=state.x[draw].copy(), weights=weights, scores=scores)


def same_bytes(a: Floats, b: Floats) -> bool:
    """Whether two arrays agree bit for bit, missing values too."""
    return np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True)
