"""What can be known at all: observability and redundancy, from the relations alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.reconciliation import reconcile

Make = Callable[..., pd.DataFrame]


def status(result: object) -> dict[str, str]:
    table = result.flows  # type: ignore[attr-defined]
    return dict(zip(table["flow"], table["status"], strict=True))


def test_one_unknown_flow_of_a_process_follows_and_two_in_parallel_do_not(make_flows: Make) -> None:
    chain = [("feed", "P", 100, 1), ("P", "Q", None, None), ("Q", "sink", 90, 1)]
    found = status(reconcile(make_flows(*chain)))
    assert found == {"feed → P": "redundant", "P → Q": "observable", "Q → sink": "redundant"}
    twice = [*chain, ("P", "R", None, None), ("R", "Q", None, None)]
    found = status(reconcile(make_flows(*twice)))
    assert [found[f] for f in ("P → Q", "P → R", "R → Q")] == ["unobservable"] * 3
    assert found["feed → P"] == "redundant"  # around the loop, what goes in still comes out


def test_a_flow_that_nothing_else_tells_of_is_not_redundant(make_flows: Make) -> None:
    result = reconcile(make_flows(("feed", "P", 100, 1), ("P", "a", 60, 1), ("P", "b", None, None)))
    assert status(result) == {"feed → P": "nonredundant", "P → a": "nonredundant", "P → b": "observable"}
    assert (result.freedom, result.verdict.word) == (0, "nothing_to_test")
    assert result.flows["value"].tolist() == [100, 60, 40]
    np.testing.assert_allclose(result.flows["sd"], [1, 1, np.sqrt(2)])


def test_an_unobservable_flow_has_no_value_and_says_so(make_flows: Make) -> None:
    result = reconcile(make_flows(("feed", "P", 100, 1), ("P", "a", None, None), ("P", "b", None, None)))
    open_ = result.flows.set_index("flow").loc[["P → a", "P → b"]]
    assert open_[["value", "sd", "low", "high", "adjustment"]].isna().all(axis=None)
    assert "P → a, P → b" in result.notes("en")[0]
    assert np.isnan(result.balances["gap"][0])


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), processes=st.integers(2, 9), flows=st.integers(2, 25))
def test_in_a_network_the_bridges_of_the_unknown_flows_are_what_can_be_computed(
    seed: int, processes: int, flows: int, make_flows: Make
) -> None:
    """Graph theory as peer: an unknown flow is determined if taking it away splits the unknown part in two."""
    rng = np.random.default_rng(seed)
    ends = [tuple(map(int, rng.choice(processes, 2, replace=False))) for _ in range(flows)]
    unknown = rng.random(flows) < 0.6
    unknown[0] = False
    rows = [
        (f"p{a}", f"p{b}", None if u else 10.0, None if u else 1.0, f"f{k}")
        for k, ((a, b), u) in enumerate(zip(ends, unknown, strict=True))
    ]
    result = reconcile(make_flows(*rows, columns="from to value sd flow"))
    inner = set(result.network.balances)
    # Everything that is not balanced is one place: outside.
    joined = [tuple(e if f"p{e}" in inner else -1 for e in pair) for pair in ends]

    def connected(start: int, goal: int, without: int) -> bool:
        reached, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for k, (a, b) in enumerate(joined):
                if unknown[k] and k != without and here in (a, b):
                    there = b if here == a else a
                    if there not in reached:
                        reached.add(there)
                        waiting.append(there)
        return goal in reached

    for k, found in enumerate(result.flows["status"]):
        apart = not connected(*joined[k], without=k)
        if unknown[k]:
            assert found == ("observable" if apart else "unobservable"), k
        else:
            assert found == ("redundant" if apart else "nonredundant"), k


def test_parts_that_hang_together_nowhere_do_not_touch_each_other(make_flows: Make) -> None:
    one = [("a", "P", 10, 1), ("P", "b", 12, 1)]
    two = [("c", "Q", 50, 5), ("Q", "d", None, None)]
    both = reconcile(make_flows(*one, *two)).flows
    pd.testing.assert_series_equal(both["value"][:2], reconcile(make_flows(*one)).flows["value"])
    assert both["value"][3] == 50


def test_a_process_that_only_gives_or_only_takes_is_outside(make_flows: Make) -> None:
    result = reconcile(make_flows(("mine", "P", 10, 1), ("P", "use", 11, 1), ("P", "tip", 2, 1)))
    assert result.balances["process"].tolist() == ["P"]


def test_a_process_stated_outside_is_not_balanced_and_one_stated_balanced_is(make_flows: Make) -> None:
    rows = [("mine", "P", 10, 1), ("P", "Q", 11, 1), ("Q", "use", 15, 1)]
    assert reconcile(make_flows(*rows), outside=["Q"]).balances["process"].tolist() == ["P"]
    stated = pd.DataFrame({"process": ["use"], "balanced": ["yes"]})
    closed = reconcile(make_flows(*rows), processes=stated)
    assert closed.balances["process"].tolist() == ["P", "Q", "use"]
    np.testing.assert_allclose(closed.flows["value"], 0, atol=1e-12)  # what goes in and never out is nothing
