"""Frameworks: what others ask for, in their own numbering, and the indicators that answer it."""

from __future__ import annotations

from collections.abc import Iterable

from circularity.method.declarations import Framework, Item
from circularity.method.indicator import Indicator

# Between the numbers of one reference: "A.1 + A.2".
JOINED = " + "


def numbers(indicator: Indicator, framework: str) -> list[str]:
    """The items of a framework that an indicator answers, by their numbers."""
    reference = indicator.spec.references.get(framework)
    return reference.en.split(JOINED) if reference else []


def answers(framework: Framework, indicators: Iterable[Indicator]) -> list[tuple[Item, list[Indicator]]]:
    """The items of a framework in order, each with the indicators that answer it; none when it has no answer."""
    known = list(indicators)
    return [(item, [i for i in known if item.id in numbers(i, framework.id)]) for item in framework.items]
