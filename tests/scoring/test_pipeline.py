"""The chain as data: what it needs, what it keeps, and what it tells when it cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.errors import CircularityError, DataFaults
from circularity.scoring import Log, build, read_tree, read_values, rerun
from circularity.scoring.steps import Rank
from circularity.texts import LANGUAGES
from tests.faults import raises
from tests.scoring.small import GOALPOSTS, flat, values_of

MINMAX = [{"step": "normalise", "way": "minmax"}, *GOALPOSTS[1:]]
FIXED = flat(["a", "b"], goalposts="0;10")
TABLE = values_of({"a": [1, 2, 9], "b": [5, "", 2], "side": ["l", "r", ""]}, ["y", "x", "z"])


def test_a_result_is_a_table_in_the_order_of_the_units() -> None:
    table = build(TABLE, FIXED, GOALPOSTS).table()
    assert list(table) == ["unit", "code", "parent", "level", "score", "rank", "coverage", "weight"]
    top = table[table.code == "top"].set_index("unit")
    assert list(top.index) == ["y", "x", "z"]
    assert top.score.tolist() == [30, 20, 55]
    assert top["rank"].tolist() == [2, 3, 1]
    assert top.coverage.tolist() == [1, 0.5, 1]
    assert table[table.code == "b"]["rank"].isna().all()


def test_a_chain_without_ranks_or_scores_has_none() -> None:
    unranked = build(TABLE, FIXED, GOALPOSTS[:2])
    assert unranked.ranks.empty
    assert unranked.table()["rank"].isna().all()
    bare = build(TABLE, FIXED, GOALPOSTS[:1])
    assert bare.scores.shape == (3, 0)
    assert list(bare.table()) == list(unranked.table())
    assert bare.table().empty
    for result in (unranked, bare):
        assert "<p>" in result._repr_html_()


def test_one_indicator_is_a_composite_too() -> None:
    alone = pd.DataFrame([["a", "", 1, "1", "0;10"]], columns=["code", "parent", "weight", "direction", "goalposts"])
    result = build(values_of({"a": [2, 3]}), alone, GOALPOSTS)
    assert result.scores["a"].tolist() == [20, 30]
    assert "<p>" in result._repr_html_()


def test_hostile_names_are_shown_as_text() -> None:
    shown = build(values_of({"a": [1], "b": [2]}, ["<script>x</script>"]), FIXED, GOALPOSTS)._repr_html_()
    assert "<script>" not in shown
    with pytest.raises(DataFaults):
        read_values(values_of({"a": ["=cmd()"], "b": [1]}), read_tree(FIXED))


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, Any]]]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = [f"i{j}" for j in range(draw(st.integers(2, 5)))]
    units, years = draw(st.integers(3, 6)), draw(st.integers(1, 3))
    structure = flat(
        codes,
        list(rng.integers(1, 5, len(codes))),
        direction=list(rng.choice(["1", "-1"], len(codes))),
        goalposts="0.1;5",
    )
    table = pd.DataFrame(rng.lognormal(0, 1.5, (units * years, len(codes))), columns=codes)
    table.iloc[1:] = table.iloc[1:].mask(rng.random((units * years - 1, len(codes))) < 0.1)
    table.insert(0, "unit", [f"u{i % units}" for i in range(units * years)])
    table.insert(1, "period", [2020 + i // units for i in range(units * years)])
    table["side"] = [["l", "r"][i % units % 2] for i in range(units * years)]
    way = draw(st.sampled_from(["goalposts", "minmax", "zscore", "rank"]))
    mean = draw(st.sampled_from(["arithmetic_mean", "geometric_mean", "outranking", "copeland"]))
    steps = [
        {"step": "impute", "way": draw(st.sampled_from(["mean", "median", "constant"])), "value": 1},
        {"step": "treat", "way": "winsorise_then_log", "skewness": 1, "kurtosis": 1, "most_points": 2},
        {"step": "normalise", "way": way, "range": [1, 100], "mean": 50},
        {"step": "aggregate", "way": mean, "available": 0.3},
        {"step": "rank", "group": draw(st.sampled_from(["", "side"]))},
    ]
    return table, structure, steps


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 2**32 - 1))
def test_no_order_of_rows_or_columns_changes_a_bit_and_a_log_gives_the_same(case: Any, seed: int) -> None:
    table, structure, steps = case
    try:
        first = build(table, structure, steps)
    except CircularityError as error:
        shuffled = table.sample(frac=1, random_state=seed), structure.sample(frac=1, random_state=seed)
        with raises(error.code):
            build(*shuffled, steps)
        return
    other = build(table.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed),
                  structure.sample(frac=1, random_state=seed), steps)  # fmt: skip
    for result in (other, rerun(first.log), rerun(other.log)):
        for name in ("scores", "ranks", "coverage"):
            pd.testing.assert_frame_equal(getattr(result, name), getattr(first, name), check_exact=True)
        pd.testing.assert_series_equal(result.weights, first.weights, check_exact=True)
        for stage in first.stages:
            pd.testing.assert_frame_equal(result.stages[stage], first.stages[stage], check_exact=True)
    pd.testing.assert_frame_equal(rerun(first.log).table(), first.table(), check_exact=True)


@settings(max_examples=15, deadline=None)
@given(cases())
def test_a_log_that_was_saved_gives_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, case: Any) -> None:
    try:
        first = build(*case)
    except CircularityError:
        return
    folder = tmp_path_factory.mktemp("log")
    first.log.save(folder / "one.json")
    again = rerun(Log.load(folder / "one.json"))
    pd.testing.assert_frame_equal(again.table(), first.table(), check_exact=True)
    again.log.save(folder / "two.json")
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"values": [], "structure": []}', '{"steps": 1, "values": 2, "structure": 3}']
)
def test_a_log_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "log.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CircularityError) as caught:
        Log.load(path)
    assert "log.json" in caught.value.text("en")


@pytest.mark.parametrize(
    ("steps", "number", "found"),
    [
        ([{"step": "rank"}], 1, "rank"),
        ([*GOALPOSTS, {"step": "polish"}], 4, "step"),
        ([{"way": "minmax"}], 1, "step"),
        (["rank"], 1, "step"),
        ([{"step": "aggregate", "way": "arithmetic_mean"}], 1, "available"),
        ([GOALPOSTS[0], {"step": "treat", "way": "log"}], 2, "skewness"),
        ([{"step": "screen", "available": 2}], 1, "available"),
        ([GOALPOSTS[1], GOALPOSTS[0]], 2, "normalise"),
        ([GOALPOSTS[0], GOALPOSTS[0]], 2, "normalise"),
        ([*GOALPOSTS, {"step": "impute", "way": "mean"}], 4, "impute"),
    ],
)
def test_a_step_that_is_wrong_is_told_with_its_number(steps: list[Any], number: int, found: str) -> None:
    with raises("WrongStep") as caught:
        build(TABLE, FIXED, steps)
    assert caught.value.details["number"] == number
    assert found in caught.value.details["found"]
    for lang in LANGUAGES:
        assert str(number) in caught.value.text(lang)


def test_a_step_may_be_an_object() -> None:
    first = build(TABLE, FIXED, [*GOALPOSTS[:2], Rank()])
    pd.testing.assert_frame_equal(first.table(), build(TABLE, FIXED, GOALPOSTS).table())


def test_an_error_in_the_chain_says_step_indicator_and_what_to_do() -> None:
    with raises("ConstantIndicator") as caught:
        build(values_of({"a": [1, 1], "b": [1, 2]}), FIXED, MINMAX)
    for lang, words in (("en", ("normalise", "'a'", "minmax")), ("nl", ("normalise", "'a'", "minmax"))):
        assert all(word in caught.value.text(lang) for word in words)


def test_coverage_is_of_what_was_known_before_it_was_filled_in() -> None:
    steps = [{"step": "impute", "way": "mean"}, *GOALPOSTS]
    result = build(TABLE, FIXED, steps)
    assert result.coverage["top"].to_dict() == {"x": 0.5, "y": 1, "z": 1}
    assert result.scores["b"].notna().all()
    screened = build(TABLE, FIXED, [{"step": "screen", "available": 1}, *GOALPOSTS])
    assert screened.coverage["top"].to_dict() == {"y": 1, "z": 1}
    assert set(screened.table().unit) == {"y", "z"}
