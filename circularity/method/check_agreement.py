"""Whether what the method says in two places is the same: scores and targets, rollup and levels, what was agreed."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import needs
from circularity.method.declarations import Framework
from circularity.method.indicator import Indicator, answers, numbers
from circularity.method.load import Method
from circularity.method.score_trees import score_faults
from circularity.method.telling import expected, undefined
from circularity.texts import catalogue, word


def check_agreement(method: Method) -> Iterator[CircularityError]:
    """Places of a method that contradict each other."""
    yield from score_faults(method)
    yield from _agreed(method)
    for framework in method.frameworks.values():
        yield from _framework(method, framework)
    for indicator in method.indicators.values():
        yield from _rollup(indicator)
        yield from _ways(method, indicator)


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


def _agreed(method: Method) -> Iterator[CircularityError]:
    agreement = method.settings.agreement
    agreed = agreement.weights == "agreed"
    for key, value in (("by", agreement.by), ("date", agreement.date)):
        if bool(value) != agreed:
            where = Where(file="method.yaml", key=f"agreement.{key}")
            found = value or word("empty", "yaml_value")
            yield FileError(
                "WrongValue", where=where, found=found, expected=expected("agreed_by" if agreed else "agreed_empty")
            )
    if agreement.date and agreement.date > method.settings.date:
        where = Where(file="method.yaml", key="agreement.date")
        yield FileError(
            "WrongValue", where=where, found=agreement.date, expected=expected("not_after", date=method.settings.date)
        )


def _rollup(indicator: Indicator) -> Iterator[CircularityError]:
    def wrong(name: str) -> CircularityError:
        where = Where(file=indicator.file, key=f"{indicator.id}: rollup")
        return FileError("WrongValue", where=where, found=rollup, expected=expected(name, rollup=rollup))

    rollup = indicator.spec.rollup
    divides = any(formula.divides for formula in [*indicator.let.values(), indicator.formula])
    if rollup in ("per_product", "sum_of_parts") and list(indicator.levels) != ["product"]:
        yield wrong("rollup_product")
    if (rollup == "weighted_mean") != any(i.indicator for i in indicator.inputs.values()):
        yield wrong("rollup_mean")
    if rollup == "sum" and divides:
        yield wrong("rollup_sum")
    if rollup == "sum_then_divide" and not divides:
        yield wrong("rollup_divide")


def _ways(method: Method, indicator: Indicator) -> Iterator[CircularityError]:
    """Levels at which not every quantity can be summed, as `assess` goes about it."""
    if indicator.function is not None or any(i.indicator for i in indicator.inputs.values()):
        return
    by_product = [name for name, table in method.tables.items() if table.product_column and table.entity]
    for level in needs.LEVELS:
        if level not in indicator.levels:
            continue
        tables = [{way.table for way in quantity.sums} for quantity in indicator.quantities.values()]
        if level == "product":
            fits = any(all(name in ways for ways in tables) for name in by_product)
            wanted, lacking = "products", [n for n, q in indicator.quantities.items() if q.over("products") is None]
        else:
            fits = bool(tables) and all(ways - {"products"} for ways in tables)
            wanted = ", ".join(name for name, table in method.tables.items() if table.amount)
            lacking = [n for n, q in indicator.quantities.items() if all(s.table == "products" for s in q.sums)]
        if not fits:
            yield MethodError(
                "NoWayToSum",
                where=Where(file=indicator.file, key=f"{indicator.id}: levels"),
                found=lacking or list(indicator.inputs),
                level=catalogue()["level"][level],
                expected=wanted,
            )
