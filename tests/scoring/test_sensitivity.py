"""What drives a score: Sobol indices of a composite with a closed form."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from circularity.scoring import build, read_tree, read_values
from circularity.scoring.sensitivity import mean_rank_shift, score_of, sensitivity
from circularity.scoring.uncertain_inputs import UncertainChoice, UncertainValues, UncertainWeights
from circularity.scoring.uncertainty import Model

STEPS: list[dict[str, Any]] = [
    {"step": "normalise", "way": "none"},
    {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
    {"step": "rank"},
]
STRUCTURE = pd.DataFrame(
    [("top", "", 1, ""), ("a", "top", 0.8, "higher_is_better"), ("b", "top", 0.2, "higher_is_better")],
    columns=["code", "parent", "weight", "direction"],
)


def model(*factors: Any, sd: tuple[float, float] = (1.0, 1.0)) -> Model:
    rows = [("u", "a", 10, sd[0]), ("u", "b", 10, sd[1]), ("v", "a", 9, sd[0]), ("v", "b", 12, sd[1])]
    structure = read_tree(STRUCTURE)
    values = read_values(pd.DataFrame(rows, columns=["unit", "indicator", "value", "sd"]), structure)
    return Model.of(values, structure, STEPS, factors)


def test_a_linear_score_has_the_indices_of_its_weights() -> None:
    """S = ST = (c sd)^2 / sum (c sd)^2 for a sum of independent parts: .64/.68 and .04/.68."""
    m = model(UncertainValues(name="of a", indicators=["a"]), UncertainValues(name="of b", indicators=["b"]))
    table = sensitivity(m, score_of("top", "u", 0), ["top"], base=4096, seed=1, bootstrap=100).table
    for index in ("first", "total"):
        rows = table[table["index"] == index].set_index("factor")
        assert rows["value"].to_dict() == pytest.approx({"of a": 0.64 / 0.68, "of b": 0.04 / 0.68}, abs=0.02)
        assert (rows["low"] <= rows["value"]).all()
        assert (rows["value"] <= rows["high"]).all()


def test_a_factor_of_many_columns_is_swapped_as_one() -> None:
    m = model(UncertainValues(), UncertainWeights(way="noise", amount=0.0))
    table = sensitivity(m, score_of("top", "u", 0), ["top"], base=256, seed=1).table
    total = table[table["index"] == "total"].set_index("factor")["value"]
    assert total.to_dict() == pytest.approx({"data": 1, "weights": 0}, abs=0.03)


def test_a_score_that_nothing_moves_says_so() -> None:
    m = model(UncertainWeights(way="noise", amount=0.0))
    found = sensitivity(m, score_of("top", "u", 0), ["top"], base=64, seed=1)
    assert set(found.table["state"]) == {"no_variance"}


def test_the_order_of_factors_changes_nothing() -> None:
    choice = UncertainChoice(
        name="mean", step="aggregate", options=[{"way": "arithmetic_mean"}, {"way": "geometric_mean"}]
    )
    one = model(UncertainValues(), choice, UncertainWeights(way="simplex"), sd=(0.3, 0.3))
    other = model(UncertainWeights(way="simplex"), choice, UncertainValues(), sd=(0.3, 0.3))
    tables = [sensitivity(m, score_of("top", "u", 0), ["top"], base=256, seed=1).table for m in (one, other)]
    pd.testing.assert_frame_equal(*tables)


def test_the_mean_shift_of_ranks_is_none_where_nothing_shifts() -> None:
    m = model(UncertainValues())
    stated = build(m.values, m.structure, STEPS).ranks["top"].to_numpy(float)
    outputs = mean_rank_shift("top", 0, stated)
    found = sensitivity(m, outputs, ["top"], base=128, seed=1).table
    assert set(found["output"]) == {"rank_shift"}
    assert np.isfinite(found["value"]).all()
