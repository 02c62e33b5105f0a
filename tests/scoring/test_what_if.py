"""One weight turned from nothing to all, and where another unit comes first."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from circularity.scoring import Composite, build
from circularity.scoring.what_if import Switch, what_if
from tests.faults import raises

STRUCTURE = pd.DataFrame(
    [
        ("top", "", 1, ""),
        ("people", "top", 0.4, ""),
        ("planet", "top", 0.6, ""),
        ("a", "people", 1, "higher_is_better"),
        ("b", "planet", 0.5, "higher_is_better"),
        ("c", "planet", 0.5, "higher_is_better"),
    ],
    columns=["code", "parent", "weight", "direction"],
).assign(goalposts=["", "", "", "0;1", "0;1", "0;1"])


def composite(rows: list[tuple[Any, ...]], way: str = "arithmetic_mean") -> Composite:
    values = pd.DataFrame(rows, columns=["unit", "a", "b", "c"])
    steps = [
        {"step": "normalise", "way": "goalposts", "range": [1, 100]},
        {"step": "aggregate", "way": way, "available": 1},
    ]
    return build(values, STRUCTURE, steps)


UNITS = [("one", 0.9, 0.2, 0.2), ("two", 0.3, 0.6, 0.4), ("three", 0.1, 0.1, 0.1)]


def test_the_switch_is_where_two_lines_cross() -> None:
    """One: .9 w + .2 (1 - w); two: .3 w + .5 (1 - w): equal at w = 1/3."""
    found = what_if(composite(UNITS), "people")
    assert [(s.below, s.above) for s in found.switches] == [("two", "one")]
    assert found.switches[0].weight == pytest.approx(1 / 3, abs=1e-8)
    assert found.now == pytest.approx(0.4)
    assert found.nearest == found.switches[0]


def test_the_scores_at_the_weight_as_it_is_are_the_scores() -> None:
    result = composite(UNITS)
    found = what_if(result, "people", points=11)
    np.testing.assert_allclose(found.scores.loc[0.4], result.scores["top"], rtol=1e-12)


def test_the_others_keep_their_ratios() -> None:
    found = what_if(composite(UNITS), "b", points=3)
    two = found.scores["two"]
    assert two.loc[0.0] == pytest.approx(1 + 99 * (0.4 * 0.3 + 0.6 * 0.4))
    assert two.loc[1.0] == pytest.approx(1 + 99 * (0.4 * 0.3 + 0.6 * 0.6))


def test_a_mean_that_is_no_line_has_its_switch_found_all_the_same() -> None:
    found = what_if(composite(UNITS, "geometric_mean"), "people", points=11)
    (switch,) = found.switches
    exact = what_if(composite(UNITS, "geometric_mean"), "people", points=2001).switches[0]
    assert switch.weight == pytest.approx(exact.weight, abs=1e-7)


def test_nothing_switches_when_one_unit_is_best_in_all() -> None:
    found = what_if(composite([("one", 0.9, 0.9, 0.9), ("two", 0.3, 0.6, 0.4)]), "people")
    assert found.switches == []
    assert found.nearest is None


@pytest.mark.parametrize("code", ["top", "a", "nowhere"])
def test_what_has_no_weight_to_change_is_refused_by_name(code: str) -> None:
    with raises("UnknownIndicatorOfStructure", match=code):
        what_if(composite(UNITS), code)


def test_a_switch_is_plain_data() -> None:
    assert Switch(0.5, "a", "b") == Switch(0.5, "a", "b")
