"""Whether what the method says in two places is the same: scores and targets, rollup and levels, what was agreed."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import needs
from circularity.method.declarations import Framework
from circularity.method.indicator import Indicator, answers, numbers
from circularity.method.load import Method
from circularity.method.rows import ScoreRow, TargetRow
from circularity.method.telling import expected, undefined
from circularity.texts import catalogue, word


def check_agreement(method: Method) -> Iterator[CircularityError]:
    """Places of a method that contradict each other."""
    targets = {target.target: target for _, target in method.target_rows}
    for row, score in enumerate(method.score_rows, start=2):
        yield from _score(method, score, row, targets)
    yield from _agreed(method)
    for framework in method.frameworks.values():
        yield from _framework(method, framework)
    for indicator in method.indicators.values():
        yield from _rollup(indicator)
        yield from _ways(indicator)


def _score(method: Method, score: ScoreRow, row: int, targets: dict[str, TargetRow]) -> Iterator[CircularityError]:
    def at(column: str) -> Where:
        return Where(file="scores.csv", row=row, column=column)

    if score.aggregation != "goalposts":
        return
    indicator = method.indicators[score.code]
    better = score.direction == "higher_is_better"
    if indicator.direction not in ("neutral", score.direction):
        yield FileError(
            "WrongValue",
            where=at("direction"),
            found=score.direction,
            expected=expected("same_direction", direction=indicator.direction),
        )
    low, high = indicator.bounds
    for column, post in (("lower", score.lower), ("upper", score.upper)):
        if post is not None and ((low is not None and post < low) or (high is not None and post > high)):
            yield FileError(
                "WrongValue",
                where=at(column),
                found=f"{post:g}",
                expected=expected("within_bounds", bounds=bounds_text(indicator)),
            )
    target = targets.get(score.target)
    if target is None:
        return
    if target.indicator != score.code:
        yield FileError(
            "WrongValue", where=at("target"), found=score.target, expected=expected("target_of", of=score.code)
        )
        return
    # The best goalpost is the target: the upper one when higher is better, else the lower.
    column, post = ("upper", score.upper) if better else ("lower", score.lower)
    if post != target.value:
        wanted = expected("target_value", value=f"{target.value:g}", target=target.target)
        yield FileError("WrongValue", where=at(column), found=f"{post:g}", expected=wanted)


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


def bounds_text(indicator: Indicator) -> str:
    """The bounds of an indicator as ``[0, 1]``, with … where there is none."""
    return "[{}, {}]".format(*("…" if end is None else f"{end:g}" for end in indicator.bounds))


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
    wanted = "yes" if agreed else "no"
    for row, score in enumerate(method.score_rows, start=2):
        if score.agreed != wanted:
            where = Where(file="scores.csv", row=row, column="agreed")
            told = expected("agreed_rows", agreed=wanted, weights=agreement.weights)
            yield FileError("WrongValue", where=where, found=score.agreed, expected=told)


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


def _ways(indicator: Indicator) -> Iterator[CircularityError]:
    """Levels at which not every quantity can be summed, as `assess` goes about it."""
    if indicator.function is not None or any(i.indicator for i in indicator.inputs.values()):
        return
    for level in needs.LEVELS:
        if level not in indicator.levels:
            continue
        tables = [{way.table for way in quantity.sums} for quantity in indicator.quantities.values()]
        if level == "product":
            fits = all("products" in ways for ways in tables) or all("flows" in ways for ways in tables)
            wanted, lacking = "products", [n for n, q in indicator.quantities.items() if q.over("products") is None]
        else:
            fits = bool(tables) and all(ways - {"products"} for ways in tables)
            wanted = "flows, measurements, activities, support"
            lacking = [n for n, q in indicator.quantities.items() if all(s.table == "products" for s in q.sums)]
        if not fits:
            yield MethodError(
                "NoWayToSum",
                where=Where(file=indicator.file, key=f"{indicator.id}: levels"),
                found=lacking or list(indicator.inputs),
                level=catalogue()["level"][level],
                expected=wanted,
            )
