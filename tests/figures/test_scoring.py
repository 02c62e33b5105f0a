"""Figures of scores: what they show, and what they say to who cannot see them."""

import pandas as pd
import pytest

from circularity.figures.scoring import draw_acceptability, draw_sensitivity, draw_weights, draw_what_if
from circularity.texts import Texts
from tests.faults import raises

NL, EN = Texts("nl"), Texts("en")
RANKS = pd.DataFrame(
    [[0.04, 0.84, 0.12], [0.96, 0.04, 0.0], [0.0, 0.12, 0.88]], index=["d", "e", "f"], columns=[1, 2, 3]
)


def test_acceptability_is_read_aloud_with_the_best_first() -> None:
    drawing = draw_acceptability(RANKS, {"e": "Firm E"}, EN, "Ranks (synthetic data)")
    assert drawing.alt.index("Firm E: 96 %") < drawing.alt.index("d: 4 %")
    assert "synthetic data" in drawing.svg()


def test_weights_of_each_group_are_read_aloud() -> None:
    table = pd.DataFrame(
        [("pooled", "top", "a", 0.6), ("pooled", "top", "b", 0.4), ("x", "top", "a", 0.9), ("x", "top", "b", 0.1)],
        columns=["group", "parent", "code", "weight"],
    )
    drawing = draw_weights(table, {"a": "Reuse"}, {"pooled": "samen"}, NL, "Gewichten")
    assert "samen: Reuse 60 %, b 40 %; x: Reuse 90 %, b 10 %" in drawing.alt


def test_indices_stand_from_large_to_small() -> None:
    rows = [(f, i, v, v - 0.01, v + 0.01) for f, v in (("small", 0.1), ("large", 0.8)) for i in ("first", "total")]
    drawing = draw_sensitivity(
        pd.DataFrame(rows, columns=["factor", "index", "value", "low", "high"]), {"large": "weights"}, EN, "Indices"
    )
    assert "weights 0.80, small 0.10" in drawing.alt


def test_the_switch_is_told_in_words() -> None:
    scores = pd.DataFrame({"one": [20.0, 90.0], "two": [50.0, 30.0]}, index=[0.0, 1.0])
    drawing = draw_what_if(scores, "reuse", 0.5, [1 / 3], {}, EN, "What if")
    assert "33 %" in drawing.alt
    assert "no weight at all" in draw_what_if(scores, "reuse", 0.5, [], {}, EN, "What if").alt


def test_the_same_figure_gives_the_same_bytes() -> None:
    one, two = (draw_acceptability(RANKS, {}, NL, "x").svg() for _ in range(2))
    assert one == two


@pytest.mark.parametrize("draw", [draw_acceptability])
def test_nothing_to_draw_is_a_named_error(draw: object) -> None:
    with raises("EmptyTable"):
        draw_acceptability(pd.DataFrame(), {}, EN, "x")


def test_names_from_data_are_escaped() -> None:
    drawing = draw_acceptability(RANKS, {"e": "<script>alert(1)</script>"}, EN, "x")
    assert "<script>" not in drawing._repr_html_()
