"""Frameworks that the indicators answer to."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method.declarations import Framework
from circularity.method.fault_helpers import expected, undefined
from circularity.method.indicator import answers, numbers
from circularity.method.model import Method


def check_frameworks(method: Method) -> Iterator[CircularityError]:
    """Everything that a framework asks for is answered, or says why not, and no answer is to something else."""
    for framework in method.frameworks.values():
        yield from _framework(method, framework)


def _framework(method: Method, framework: Framework) -> Iterator[CircularityError]:
    """Faults of a framework: numbers that stand twice, that nothing answers, or that are not in it."""
    file = f"frameworks/{framework.id}.yaml"
    if framework.id not in method.settings.frameworks:
        yield undefined(Where(file=file, key="id"), framework.id, method.settings.frameworks)
    ids = [item.id for item in framework.items]
    for item, indicators in answers(framework, method.indicators.values()):
        where = Where(file=file, key=f"items.{item.id}")
        if ids.count(item.id) > 1:
            yield MethodError("DuplicateId", where=where, found=item.id)
        if bool(indicators) == (item.not_available is not None):
            yield FileError("WrongValue", where=where, found=item.id, expected=expected("answer_or_reason"))
    for indicator in method.indicators.values():
        for number in numbers(indicator, framework.id):
            if number not in ids:
                place = Where(file=indicator.file, key=f"{indicator.id}: references.{framework.id}")
                yield undefined(place, number, ids)
