"""Draws of data, weights and choices in the method, and a composite built again for each."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from circularity.scoring import build, read_tree, read_values, smaa
from circularity.scoring.acceptability import rank_acceptability
from circularity.scoring.uncertain_inputs import (
    MixedWeights,
    SampledValues,
    UncertainChoice,
    UncertainValues,
    UncertainWeights,
    chosen,
)
from circularity.scoring.uncertainty import CHUNK, Model, monte_carlo
from tests.faults import raises

STEPS: list[dict[str, Any]] = [
    {"step": "normalise", "way": "goalposts"},
    {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
    {"step": "rank"},
]
STRUCTURE = pd.DataFrame(
    [
        ("top", "", 1, "", ""),
        ("a", "top", 0.5, "higher_is_better", "0;1"),
        ("b", "top", 0.3, "higher_is_better", "0;1"),
        ("c", "top", 0.2, "lower_is_better", "0;1"),
    ],
    columns=["code", "parent", "weight", "direction", "goalposts"],
)


def model(rows: list[tuple[Any, ...]], *factors: Any, steps: list[dict[str, Any]] = STEPS) -> Model:
    structure = read_tree(STRUCTURE)
    values = read_values(pd.DataFrame(rows, columns=["unit", "a", "b", "c"]), structure)
    return Model.of(values, structure, steps, factors)


UNITS = [("one", 0.9, 0.2, 0.1), ("two", 0.2, 0.9, 0.4), ("three", 0.5, 0.5, 0.5)]


def test_without_anything_uncertain_every_draw_is_the_composite_itself() -> None:
    m = model(UNITS)
    drawn = monte_carlo(m, m.uniforms(3, 1), ["top", "a"])
    stated = build(m.values, m.structure, STEPS).scores
    for code in ("top", "a"):
        np.testing.assert_array_equal(drawn.scores[code], np.tile(stated[code].to_numpy(), (3, 1)))


def test_how_many_draws_are_built_at_once_changes_no_bit() -> None:
    options = [{"way": "arithmetic_mean"}, {"way": "generalised_mean", "power": 0.5}]
    factors = [UncertainWeights(way="simplex"), UncertainChoice(name="mean", step="aggregate", options=options)]
    m = model(UNITS, *factors)
    u = m.uniforms(CHUNK + 7, 1)
    together = monte_carlo(m, u).scores["top"]
    one_by_one = np.concatenate([monte_carlo(m, u[[i]]).scores["top"] for i in range(len(u))])
    np.testing.assert_array_equal(together, one_by_one)


def test_another_factor_beside_it_changes_no_draw_of_a_factor() -> None:
    alone = model(UNITS, UncertainWeights(way="simplex"))
    choice = UncertainChoice(name="scale", step="normalise", options=[{"range": [0, 100]}, {"range": [0, 10]}])
    beside = model(UNITS, choice, UncertainWeights(way="simplex"))
    np.testing.assert_array_equal(alone.uniforms(50, 3), beside.uniforms(50, 3)[:, 1:])


def test_weights_of_the_simplex_sum_to_one_and_are_uniform_on_it() -> None:
    """P(max w > .6) with three weights is .48; independent uniform numbers divided by their sum give .22."""
    m = model(UNITS, UncertainWeights(way="simplex"))
    weights = monte_carlo(m, m.uniforms(20_000, 1)).weights
    table = np.stack([weights[c] for c in "abc"], axis=1)
    np.testing.assert_allclose(table.sum(axis=1), 1)
    assert np.mean(table.max(axis=1) > 0.6) == pytest.approx(0.48, abs=0.012)


def test_noise_stays_within_its_amount_before_weights_are_taken_in_proportion() -> None:
    m = model(UNITS, UncertainWeights(way="noise", amount=0.25))
    weights = monte_carlo(m, m.uniforms(2000, 1)).weights
    ratio = weights["a"] / weights["b"] / (0.5 / 0.3)
    assert (ratio >= 0.75 / 1.25).all()
    assert (ratio <= 1.25 / 0.75).all()
    assert ratio.std() > 0.05


def test_weights_near_those_of_the_chain_have_them_as_their_mean() -> None:
    m = model(UNITS, UncertainWeights(way="near", concentration=30))
    weights = monte_carlo(m, m.uniforms(20_000, 1)).weights
    assert [weights[c].mean() for c in "abc"] == pytest.approx([0.5, 0.3, 0.2], abs=0.003)
    assert weights["a"].var() == pytest.approx(0.5 * 0.5 / 31, rel=0.05)


def test_a_set_of_weights_leaves_alone_what_it_does_not_name() -> None:
    m = model(UNITS, UncertainWeights(way="sets", sets=[{"a": 1.0, "b": 0.0}]))
    weights = monte_carlo(m, m.uniforms(2, 1)).weights
    assert weights["c"].tolist() == pytest.approx([0.2 / 1.2] * 2)


def test_groups_have_equal_say_whatever_the_number_of_their_people() -> None:
    many = UncertainWeights(way="sets", sets=[{"a": 1.0, "b": 0.0, "c": 0.0}] * 9)
    few = UncertainWeights(way="sets", sets=[{"a": 0.0, "b": 1.0, "c": 0.0}])
    m = model(UNITS, MixedWeights(groups={"many": many, "few": few}))
    assert monte_carlo(m, m.uniforms(20_000, 1)).weights["a"].mean() == pytest.approx(0.5, abs=0.01)


def test_drawn_values_have_the_mean_and_the_spread_that_were_given() -> None:
    structure = read_tree(STRUCTURE)
    rows = [("u", c, 0.4, 0.01 if c == "a" else None, 1.2 if c == "b" else None) for c in "abc"]
    values = read_values(pd.DataFrame(rows, columns=["unit", "indicator", "value", "sd", "uncertainty"]), structure)
    m = Model.of(values, structure, STEPS, [UncertainValues()])
    x = monte_carlo(m, m.uniforms(40_000, 1)).x
    assert x is not None
    assert x[:, 0].mean(axis=0) == pytest.approx([0.4] * 3, rel=0.003)
    assert x[:, 0, 0].std() == pytest.approx(0.01, rel=0.02)
    assert np.log(x[:, 0, 1]).std() == pytest.approx(np.log(1.2), rel=0.02)
    assert (x[:, 0, 2] == 0.4).all()


def test_samples_are_taken_as_they_are() -> None:
    m = model(UNITS)
    samples = np.stack([m.values.x * k for k in (0.5, 1.0)])
    m = replace(m, inputs=[SampledValues(samples=samples)])
    u = np.array([[0.1], [0.9]])
    np.testing.assert_array_equal(monte_carlo(m, u).x, samples)


def test_a_row_that_names_its_own_aggregation_keeps_it_whatever_the_choice() -> None:
    structure = read_tree(STRUCTURE.assign(aggregation=["arithmetic_mean", "", "", ""]))
    values = read_values(pd.DataFrame(UNITS, columns=["unit", "a", "b", "c"]), structure)
    options = [{"way": "arithmetic_mean"}, {"way": "geometric_mean"}]
    m = Model.of(values, structure, STEPS, [UncertainChoice(name="mean", step="aggregate", options=options)])
    first, second = monte_carlo(m, np.array([[0.2], [0.7]])).scores["top"]
    np.testing.assert_array_equal(first, second)
    options = [{"way": "arithmetic_mean"}, {"way": "geometric_mean", "rows": False}]  # asked for in so many words
    m = Model.of(values, structure, STEPS, [UncertainChoice(name="mean", step="aggregate", options=options)])
    first, second = monte_carlo(m, np.array([[0.2], [0.7]])).scores["top"]
    assert (second < first).all()  # a geometric mean is below an arithmetic one


def test_what_the_chain_does_is_among_the_options_of_a_choice() -> None:
    options = [{"way": "geometric_mean"}, {"way": "generalised_mean", "power": 0.5}]
    choice = UncertainChoice(name="mean", step="aggregate", options=options)
    (own,) = model(UNITS, choice).inputs
    assert isinstance(own, UncertainChoice)
    assert own.options == [{"way": "arithmetic_mean"}, *options]
    there = UncertainChoice(name="mean", step="aggregate", options=[{"way": "arithmetic_mean"}, *options])
    assert model(UNITS, there).inputs == [there]


def test_weights_without_anything_to_draw_are_not_uncertain() -> None:
    structure = read_tree(STRUCTURE.iloc[[0, 1]].assign(weight=[1, 1]))
    values = read_values(pd.DataFrame({"unit": ["A", "B"], "a": [0.1, 0.2]}), structure)
    assert Model.of(values, structure, STEPS, [UncertainWeights(way="simplex")]).inputs == []


def test_a_choice_about_a_step_that_is_not_there_is_no_silent_nothing() -> None:
    with raises("WrongStep", match="treat"):
        model(UNITS, UncertainChoice(name="outliers", step="treat", options=[{"way": "none"}, {"way": "log"}]))


def test_an_option_that_makes_no_step_is_refused_before_any_draw() -> None:
    with raises("WrongStep"):
        model(
            UNITS,
            UncertainChoice(name="mean", step="aggregate", options=[{"way": "arithmetic_mean"}, {"way": "median"}]),
        )


def test_values_without_uncertainty_cannot_be_drawn() -> None:
    m = model(UNITS, UncertainValues())
    with raises("NoDataUncertainty"):
        m.uniforms(10, 1)


def test_weights_of_a_parent_that_is_not_there_are_refused_by_name() -> None:
    with raises("UnknownIndicatorOfStructure", match="tip"):
        model(UNITS, UncertainWeights(way="simplex", parents=["tip"]))


def test_a_step_that_fails_in_one_draw_names_indicator_and_unit() -> None:
    m = model([("one", 0.0, 0.5, 0.5), ("two", 0.5, 0.5, 0.5)])
    options = [{"way": "arithmetic_mean"}, {"way": "geometric_mean"}]
    m = Model.of(m.values, m.structure, STEPS, [UncertainChoice(name="mean", step="aggregate", options=options)])
    with raises("NotPositive") as told:
        monte_carlo(m, np.array([[0.2], [0.7]]))
    assert (told.value.details["code"], told.value.details["unit"]) == ("a", "one")


def test_options_are_equally_likely_unless_chances_are_given() -> None:
    u = np.linspace(0, 1, 1000, endpoint=False)
    assert np.bincount(chosen(u, 4)).tolist() == [250] * 4
    assert np.bincount(chosen(u, 2, [3, 1])).tolist() == pytest.approx([750, 250], abs=1)
    assert chosen(np.array([1.0 - 1e-17]), 3).tolist() == [2]


def test_acceptability_of_three_extremes_and_their_middle() -> None:
    """Closed form: three extremes are first with probability .32 each; the ranks of the middle are .04 .84 .12 0."""
    structure = read_tree(STRUCTURE.assign(direction=["", *["higher_is_better"] * 3]))
    rows = [("e1", 1, 0, 0), ("e2", 0, 1, 0), ("e3", 0, 0, 1), ("d", 0.4, 0.4, 0.4)]
    values = read_values(pd.DataFrame(rows, columns=["unit", "a", "b", "c"]), structure)
    m = Model.of(values, structure, STEPS, [UncertainWeights(way="simplex")])
    found = rank_acceptability(monte_carlo(m, m.uniforms(40_000, 1)), "top")
    assert found.rank_acceptability.loc["d"].tolist() == pytest.approx([0.04, 0.84, 0.12, 0], abs=0.006)
    assert found.rank_acceptability[1].tolist() == pytest.approx([0.04, 0.32, 0.32, 0.32], abs=0.008)
    np.testing.assert_allclose(found.rank_acceptability.sum(axis=1), 1)
    assert found.central_weights.loc["e1"].tolist() == pytest.approx([0.6208333, 0.1895833, 0.1895833], abs=0.006)
    assert found.central_weights.loc["d"].tolist() == pytest.approx([1 / 3] * 3, abs=0.006)
    assert found.rank_acceptability_error.loc["d", 1] == pytest.approx(np.sqrt(0.04 * 0.96 / 40_000), rel=0.1)
    wins = found.pairwise_winning.to_numpy()
    np.testing.assert_allclose(np.nan_to_num(wins + wins.T, nan=1), 1)
    assert found.pairwise_winning.loc["e1", "e2"] == pytest.approx(0.5, abs=0.01)


def test_weights_alone_give_the_acceptability_of_the_weighted_mean() -> None:
    """A composite with one level of means and nothing else uncertain is the case that `smaa` is about."""
    m = model(UNITS, UncertainWeights(way="simplex"))
    run = monte_carlo(m, m.uniforms(2000, 1))
    points = build(m.values, m.structure, STEPS).scores[["a", "b", "c"]]
    one = rank_acceptability(run, "top")
    other = smaa(points, weights=pd.DataFrame(run.weights))
    np.testing.assert_allclose(one.rank_acceptability, other.rank_acceptability.loc[one.units])
    np.testing.assert_allclose(one.pairwise_winning, other.pairwise_winning.loc[one.units, one.units])
    np.testing.assert_allclose(one.central_weights, other.central_weights.loc[one.units, one.criteria])
