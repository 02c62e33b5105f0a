"""Checks of the whole method beyond what reading it already demands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import needs
from circularity.method.check_agreement import check_agreement
from circularity.method.check_functions import check_functions
from circularity.method.check_sources import check_dates, check_sources, unused_sources
from circularity.method.check_texts import check_texts
from circularity.method.check_units import check_units
from circularity.method.compute import REFUSALS, compute_one
from circularity.method.declarations import Example
from circularity.method.indicator import Indicator
from circularity.method.load import Method
from circularity.method.reviews import read_reviews
from circularity.method.telling import expected
from circularity.texts import LANGUAGES

EXAMPLE_TOLERANCE = 1e-6
TARGET_STATES = ("current", "superseded")


def check_method(method: Method) -> list[CircularityError]:
    """Every fault of a method that can be read.

    Parameters
    ----------
    method : Method
        Method to check.

    Returns
    -------
    list of CircularityError
        Empty when the method is clean.
    """
    reviews: list[CircularityError] = []
    read_reviews(method, reviews)
    return [*_readable(method), *check_agreement(method), *check_dates(method), *_unused(method), *reviews]


def check_folder(root: Path) -> tuple[Method, list[CircularityError]]:
    """A method and all its faults, also those of the parts that can be read when others cannot.

    Parameters
    ----------
    root : Path
        Folder of the method.
    """
    faults: list[CircularityError] = []
    method = Method(root, faults)
    if not faults:
        return method, check_method(method)
    told = {_item(fault.where) for fault in faults}  # one fault of a declaration may bring others
    return method, [*faults, *(fault for fault in _readable(method) if _item(fault.where) not in told)]


def _item(where: Where) -> tuple[str | None, str | int | None]:
    """The declaration, or the row, that a place belongs to."""
    return where.file, where.row if where.key is None else where.key.split(":")[0]


def _readable(method: Method) -> Iterator[CircularityError]:
    """Faults of what can be read, which is not the whole when reading found faults."""
    yield from _groups(method)
    yield from check_units(method)
    yield from check_functions(method)
    for indicator in method.indicators.values():
        yield from _examples(indicator)
    yield from check_texts(method)
    yield from check_sources(method)


def _groups(method: Method) -> Iterator[CircularityError]:
    """Files of indicators that have no heading in a report."""
    settings = getattr(method, "settings", None)  # a method with faults may lack them
    for group in dict.fromkeys(i.group for i in method.indicators.values()):
        if settings is not None and group not in settings.groups:
            yield FileError("MissingKey", where=Where(file="method.yaml", key="groups"), found=group)


def unverified_sources(method: Method) -> tuple[list[str], list[str]]:
    """The sources of indicators and factors that were not compared with the original, and all those sources."""
    status = [(i.spec.source.key, i.spec.source.status) for i in method.indicators.values()]
    status += [(f.source, f.status) for f in [*method.pedigree_rows, *(t for _, t in method.target_rows)]]
    status += [(row.source, row.status) for _, row in method.functions.values()]
    status += [(p.source.key, p.source.status) for keys in method.parameters.values() for p in keys.values()]
    status += [(b.spec.source, b.spec.status) for b in method.plausibility if b.spec.source in method.sources]
    if method.consensus is not None:
        status += [(row.source, row.status) for rows in method.consensus.rows.values() for row in rows]
        status += [(source.key, source.status) for source in method.consensus.rules.sources_by_place().values()]
    every = sorted({key for key, _ in status})
    return sorted({key for key, said in status if said == "unverified"}), every


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


def _unused(method: Method) -> Iterator[CircularityError]:
    """What is declared and nothing uses."""
    for key in unused_sources(method):
        yield MethodError("UnusedName", where=Where(file="sources.bib", key=key), found=key, formula="")
    used = {name for i in method.indicators.values() for name in i.quantities}
    for name in method.quantities:
        if name not in used:
            yield MethodError("UnusedName", where=Where(file="quantities.yaml", key=name), found=name, formula="")
    columns = [spec for table in method.tables.values() for spec in table.columns.values()]
    lists = {str(spec.vocabulary) for spec in columns} | {name for spec in columns for name in spec.to}
    lists |= {*needs.VOCABULARIES, *method.settings.lists_beside}
    for name in method.vocabularies:
        if name not in lists:
            yield MethodError("UnusedName", where=Where(file=f"vocabulary/{name}.csv"), found=name, formula="")
    for name in set(method.settings.groups) - {i.group for i in method.indicators.values()}:
        yield MethodError("UnusedName", where=Where(file="method.yaml", key="groups"), found=name, formula="")
    for name in set(method.settings.frameworks) - {f for i in method.indicators.values() for f in i.spec.references}:
        yield MethodError("UnusedName", where=Where(file="method.yaml", key="frameworks"), found=name, formula="")
