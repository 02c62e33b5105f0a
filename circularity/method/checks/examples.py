"""The examples of indicators."""

from __future__ import annotations

import math
from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method.compute import REFUSALS, compute_one
from circularity.method.declarations import Example
from circularity.method.fault_helpers import expected
from circularity.method.indicator import Indicator
from circularity.method.model import Method
from circularity.texts import LANGUAGES

EXAMPLE_TOLERANCE = 1e-6


def check_examples(method: Method) -> Iterator[CircularityError]:
    """Every indicator has an example, and every example comes out."""
    for indicator in method.indicators.values():
        yield from _examples(indicator)


def _examples(indicator: Indicator) -> Iterator[CircularityError]:
    if not indicator.spec.examples:
        yield MethodError("NoExample", where=Where(file=indicator.file, key=indicator.id))
    for number, example in enumerate(indicator.spec.examples, start=1):
        where = Where(file=indicator.file, key=f"{indicator.id}: examples.{number}")
        yield from (
            _refusal(indicator, example, where) if example.expect == "refused" else _figure(indicator, example, where)
        )


def _figure(indicator: Indicator, example: Example, where: Where) -> Iterator[CircularityError]:
    wanted = float(example.expect)
    try:
        value = compute_one(indicator, example.given).value
    except CircularityError as problem:
        yield MethodError("ExampleFails", where=where, found=_both(problem), expected=f"{wanted:g}")
        return
    tolerance = EXAMPLE_TOLERANCE if example.tolerance is None else example.tolerance
    if not math.isclose(value, wanted, rel_tol=tolerance, abs_tol=tolerance):
        yield MethodError("ExampleFails", where=where, found=f"{value:.9g}", expected=f"{wanted:g}")


def _refusal(indicator: Indicator, example: Example, where: Where) -> Iterator[CircularityError]:
    """Faults of an example of an input that must be refused."""
    requirements = [c.formula.text for c in [*indicator.requires, *indicator.requires_of_parts]]
    wanted = str(example.because)
    reasons = [*REFUSALS, *(indicator.function.function.takes.refusals if indicator.function else ())]
    if wanted not in [*requirements, *reasons]:
        names = ", ".join([*reasons, *requirements])
        place = Where(file=where.file, key=f"{where.key}.because")
        yield FileError("WrongValue", where=place, found=wanted, expected=expected("refusal", names=names))
        return
    try:
        value = compute_one(indicator, example.given).value
    except CircularityError as problem:
        rule = str(problem.details.get("rule", problem.code))
        if rule != wanted:
            found = expected("other_refusal", rule=rule, error=_both(problem))
            yield MethodError("ExampleFails", where=where, found=found, expected=expected("refused", because=wanted))
        return
    found = expected("not_refused", value=f"{value:.9g}")
    yield MethodError("ExampleFails", where=where, found=found, expected=expected("refused", because=wanted))


def _both(problem: CircularityError) -> dict[str, str]:
    return {lang: problem.text(lang).rstrip(".") for lang in LANGUAGES}
