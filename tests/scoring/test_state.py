"""A step does for thousands of draws what it does for one, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.errors import CircularityError
from circularity.scoring.pipeline import read_steps
from circularity.scoring.state import State, as_before, by_column, parts_of
from tests.faults import raises
from tests.scoring.small import drawn, flat, one_of, same_bytes, state_of

WINSORISE = {"skewness": 0.5, "kurtosis": 0.1, "most_points": 3}
NORMALISATIONS: list[dict[str, Any]] = [
    {"way": "goalposts"}, {"way": "minmax"}, {"way": "minmax", "range": [1, 100]}, {"way": "scaled", "ends": [0, 9]},
    {"way": "zscore", "mean": 10, "sd": 2}, {"way": "distance_to_maximum"}, {"way": "distance_to_target"},
    {"way": "distance_to_reference", "reference": "B"}, {"way": "rank"}, {"way": "percentile_rank"},
    {"way": "borda"}, {"way": "none"},
]  # fmt: skip
OVER: list[Any] = ["all", "period", 2021]
STEPS: list[dict[str, Any]] = [
    {"step": "screen", "available": 0.5},
    {"step": "denominate"},
    *({"step": "impute", "way": way} for way in ("mean", "median", "latest", "linear")),
    {"step": "impute", "way": "mean", "by": "unit"},
    {"step": "impute", "way": "median", "group": "side"},
    {"step": "impute", "way": "constant", "value": 3},
    *({"step": "treat", "way": way, **WINSORISE, "over": over}
      for way in ("winsorise", "log", "log_either_way", "winsorise_then_log", "box_cox") for over in OVER),
    *({"step": "normalise", **way, "over": over} for way in NORMALISATIONS for over in OVER),
    {"step": "weigh", "way": "equal"},
    *({"step": "aggregate", "way": way, "available": 0.5}
      for way in ("arithmetic_mean", "geometric_mean", "harmonic_mean", "outranking", "copeland")),
    {"step": "aggregate", "way": "generalised_mean", "power": 2.5, "available": 0},
]  # fmt: skip


def example(seed: int, codes: int = 4, units: int = 5, missing: float = 0.15) -> State:
    """Two years of a few units; the first year is complete, so that every unit has something to go by."""
    rng = np.random.default_rng(seed)
    names = [f"i{j}" for j in range(codes)]
    structure = flat(names, goalposts="0.5;4", target="5", direction=list(rng.choice(["1", "-1"], codes)))
    structure["denominator"] = ["", "area", *[""] * (codes - 1)]
    x = rng.lognormal(0, 1, (2 * units, codes))
    x[units:][rng.random((units, codes)) < missing] = np.nan
    columns = {name: x[:, j] for j, name in enumerate(names)}
    unit = [chr(65 + i) for i in range(units)] * 2
    more = {"period": [2020] * units + [2021] * units, "side": ["l", "r"] * units, "area": rng.lognormal(0, 1, len(x))}
    return state_of(columns, structure, unit=unit, **more)


def outcome(step: Any, state: State) -> Any:
    try:
        return step.apply(state)
    except CircularityError as error:
        return error.code


@pytest.mark.parametrize("step", STEPS, ids=lambda s: " ".join(str(v) for v in s.values()))
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), codes=st.integers(1, 5), units=st.integers(3, 12))
def test_draws_taken_together_are_draws_taken_one_by_one(
    step: dict[str, Any], seed: int, codes: int, units: int
) -> None:
    [made] = read_steps([step])
    state = drawn(example(seed, codes, units), seed=seed)
    weights = {c: np.random.default_rng(seed).random(7) for c in state.weights}
    state = replace(state, weights=weights)
    one_by_one = [outcome(made, one_of(state, draw)) for draw in range(7)]
    together = outcome(made, state)
    if not isinstance(together, State):
        assert together in one_by_one
        return
    for draw, alone in enumerate(one_by_one):
        assert same_bytes(together.x[draw], alone.x)
        for code in together.scores:
            assert same_bytes(together.scores[code][draw], alone.scores[code])


@pytest.mark.parametrize("step", [s for s in STEPS if s["step"] == "aggregate"], ids=lambda s: s["way"])
def test_weights_may_be_drawn_where_values_are_not(step: dict[str, Any]) -> None:
    [made] = read_steps([step])
    state = example(2)
    weights = {c: np.random.default_rng(3).random(7) for c in state.weights}
    together = made.apply(replace(state, weights=weights))
    for draw in range(7):
        alone = made.apply(replace(state, weights={c: w[draw] for c, w in weights.items()}))
        assert same_bytes(together.scores["top"][draw], alone.scores["top"])


@pytest.mark.parametrize("step", STEPS, ids=lambda s: " ".join(str(v) for v in s.values()))
def test_a_step_leaves_the_state_before_it_alone(step: dict[str, Any]) -> None:
    [made] = read_steps([step])
    state = example(5)
    before, values = state.x.copy(), state.values.x.copy()
    outcome(made, state)
    assert same_bytes(state.x, before)
    assert same_bytes(state.values.x, values)


def test_columns_come_back_where_they_were() -> None:
    x = np.random.default_rng(0).random((2, 3, 5, 4))
    assert by_column(x).shape == (24, 5)
    assert same_bytes(as_before(by_column(x), x), x)


def test_rows_are_seen_all_together_by_period_or_in_a_base_year() -> None:
    state = example(1, units=2)
    assert [(s.tolist(), c.tolist()) for s, c in parts_of(state, "all", "treat")] == [([True] * 4, [True] * 4)]
    assert [s.tolist() for s, _ in parts_of(state, "period", "treat")] == [
        [True, True, False, False],
        [False, False, True, True],
    ]
    [(seen, changed)] = parts_of(state, 2021, "treat")
    assert seen.tolist() == [False, False, True, True]
    assert changed.all()


@pytest.mark.parametrize("step", [{"step": "normalise", "way": "minmax"}, {"step": "treat", "way": "log", **WINSORISE}])
def test_a_base_year_that_is_not_there_is_named(step: dict[str, Any]) -> None:
    [made] = read_steps([{**step, "over": 1999}])
    with raises("PeriodNotInValues") as caught:
        made.apply(example(1))
    assert caught.value.details == {"step": step["step"], "found": 1999, "expected": [2020, 2021]}
