"""The list of checks: every one a small function that says what must hold."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from circularity.method import check
from circularity.method.check import CHECKS_OF_PARTS, CHECKS_OF_THE_WHOLE
from circularity.method.checks.links import LINKS
from circularity.method.checks.names import marked
from circularity.method.declarations import IndicatorId, Unit

EVERY: list[Callable[..., Any]] = [*LINKS, *CHECKS_OF_PARTS, *CHECKS_OF_THE_WHOLE]


@pytest.mark.parametrize("function", EVERY, ids=lambda f: f.__name__)
def test_a_check_is_one_sentence(function: Callable[..., Any]) -> None:
    sentence = str(function.__doc__)
    assert function.__name__.startswith("check_")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_every_check_is_in_one_of_the_lists() -> None:
    written = set()
    for path in [*Path(check.__file__).with_name("checks").glob("*.py"), Path(check.__file__).with_name("reviews.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        written |= {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("check_")}
    assert written == {f.__name__ for f in EVERY}
    assert len(EVERY) == len(written)


class Part(BaseModel):
    unit: Unit = "kg"
    of: list[IndicatorId] | None = None


class Whole(BaseModel):
    beside: IndicatorId | None = None
    parts: dict[str, Part] = {}
    kinds: dict[IndicatorId, list[str]] = {}


def test_names_are_found_wherever_they_are_in_a_declaration() -> None:
    whole = Whole(beside="a", parts={"x": Part(of=["b", "c"]), "y": Part(unit="t")}, kinds={"d": ["free"]})
    found = [(ref.kinds[0], name, path) for ref, name, path in marked(whole)]
    assert found == [
        ("indicator", "a", "beside"),
        ("unit", "kg", "parts.x.unit"), ("indicator", "b", "parts.x.of"), ("indicator", "c", "parts.x.of"),
        ("unit", "t", "parts.y.unit"),
        ("indicator", "d", "kinds"),
    ]  # fmt: skip
