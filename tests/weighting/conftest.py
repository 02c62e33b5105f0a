"""Answers of nobody: synthetic rows in the tidy form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

import pandas as pd
import pytest

from circularity.method.load import Method
from circularity.weighting import Responses, read_responses
from circularity.weighting.read import COLUMNS

Rows = list[dict[str, object]]

STRUCTURE = pd.DataFrame(
    [
        ("top", "", "Top", "Top"),
        ("a", "top", "Onderdeel a", "Item a"),
        ("b", "top", "Onderdeel b", "Item b"),
        ("c", "top", "Onderdeel c", "Item c"),
        ("b1", "b", "Deel b1", "Part b1"),
        ("b2", "b", "Deel b2", "Part b2"),
        ("c1", "c", "Deel c1", "Part c1"),
    ],
    columns=["code", "parent", "nl", "en"],
)
HELICES = ("entrepreneurs", "government", "knowledge")


def asked(who: str, helix: str, node: str, way: str, values: Mapping[object, float], role: str = "") -> Rows:
    """The rows of one person: values by item, by (item, other), or by (part, item, other)."""
    rows: Rows = []
    for key, value in values.items():
        names = (key,) if isinstance(key, str) else tuple(key)  # type: ignore[call-overload]
        part, item, other = names if len(names) == 3 else ("", *names, "")[:3]
        rows.append(dict(zip(COLUMNS, (who, helix, role, node, way, part, item, other, value), strict=True)))
    return rows


def budgets(by_helix: Mapping[str, Iterable[tuple[float, ...]]], items: str = "abc", node: str = "top") -> Rows:
    """Rows of people who shared out 100 points, numbered through."""
    people = [(helix, points) for helix, every in by_helix.items() for points in every]
    return [
        row
        for number, (helix, points) in enumerate(people, start=1)
        for row in asked(f"r{number}", helix, node, "budget", dict(zip(items, points, strict=True)))
    ]


def flat(items: Iterable[str] = "abc") -> pd.DataFrame:
    """A hierarchy of one node."""
    return pd.DataFrame([("top", ""), *((item, "top") for item in items)], columns=["code", "parent"])


def pairs(items: str, values: Iterable[float]) -> dict[object, float]:
    """Comparisons of items in the order of `combinations`."""
    return dict(zip(combinations(items, 2), values, strict=True))


@pytest.fixture
def read(method: Method) -> Callable[..., Responses]:
    """A function that reads rows about a hierarchy."""

    def run(rows: Rows, structure: pd.DataFrame | None = None) -> Responses:
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        return read_responses(table, STRUCTURE if structure is None else structure, method)

    return run
