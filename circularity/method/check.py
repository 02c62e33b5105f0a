"""Checks of the whole method beyond what reading it already demands."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from circularity.errors import (
    CircularityError,
    ExampleFails,
    MissingFile,
    MissingKey,
    MissingTranslation,
    NoExample,
    UndefinedName,
    UnitMismatch,
    UnknownSource,
    UnusedName,
    Where,
)
from circularity.method.compute import compute
from circularity.method.formula import Formula
from circularity.method.indicator import Indicator
from circularity.method.load import Method

EXAMPLE_TOLERANCE = 1e-6


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
    faults: list[CircularityError] = []
    for indicator in method.indicators.values():
        faults += _units(method, indicator)
        faults += _examples(indicator)
        faults += _columns_and_codes(method, indicator)
    faults += _references(method)
    faults += _translations(method)
    faults += _sources(method)
    faults += _derived(method)
    return faults


@cache
def unit_registry() -> Any:
    """The units formulas may use: those of Pint, and the euro."""
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("EUR = [currency]")
    return registry


def formula_unit(formulas: Iterable[tuple[str, Formula]], units: dict[str, str]) -> Any:
    """The unit of the last formula when every name has its unit.

    Parameters
    ----------
    formulas : iterable of (str, Formula)
        Steps in order; each result gets the name of its step.
    units : dict of str to str
        Unit by name.

    Raises
    ------
    pint.DimensionalityError
        If quantities are added that do not go together.
    """
    registry = unit_registry()
    # Not 1, so that a difference of two quantities does not vanish; distinct, so that none cancels another.
    values = {
        name: registry.Quantity(2.0 + 1.0 / (3 + i), "dimensionless" if unit == "1" else unit)
        for i, (name, unit) in enumerate(units.items())
    }
    result: Any = None
    for name, formula in formulas:
        result = registry.Quantity(1.0) * formula.unit(values)
        values[name] = result
    return result


def _units(method: Method, indicator: Indicator) -> Iterator[CircularityError]:
    import pint

    def compare(formulas: list[tuple[str, Formula]], units: dict[str, str], declared: str, key: str) -> Any:
        where = Where(file=indicator.file, key=f"{indicator.id}: {key}")
        try:
            found = formula_unit(formulas, units)
        except (pint.errors.PintError, TypeError) as problem:
            return UnitMismatch(where=where, found=str(problem), expected=declared, formula=formulas[-1][1].text)
        expected = unit_registry().Quantity(1.0, "dimensionless" if declared == "1" else declared)
        if found.units != expected.units:
            return UnitMismatch(
                where=where, found=f"{found.units:~}" or "1", expected=declared, formula=formulas[-1][1].text
            )
        return None

    for name, formula in indicator.steps():
        units = {n: indicator.unit_of(n) for n in formula.names}
        fault = compare([("", formula)], units, indicator.unit_of(name), f"let.{name}")
        if fault:
            yield fault
    known = {n: q.unit for n, q in indicator.quantities.items()}
    known |= {n: indicator.inputs[n].unit for n in indicator.whole_inputs}
    fault = compare([*indicator.steps(), ("", indicator.formula)], known, indicator.unit, "formula")
    if fault:
        yield fault
    for name, quantity in indicator.quantities.items():
        for way in quantity.sums:
            units = _row_units(method, indicator, way.table)
            if all(n in units for n in way.expression.names):
                fault = compare([("", way.expression)], units, quantity.unit, f"quantities.{name}")
                if fault and way.table != "measurements":  # the unit of a measurement follows from its quantity
                    yield fault


def _row_units(method: Method, indicator: Indicator, table: str) -> dict[str, str]:
    if table == "products" and indicator.inputs:
        return {n: i.unit for n, i in indicator.inputs.items()}
    spec = method.tables[table]
    units = {c: col.unit for c, col in spec.columns.items() if col.unit}
    units |= {c: col.unit for c, col in spec.derived.items()}
    units |= {c: "kg" for c, col in spec.columns.items() if col.kind == "mass"}
    units |= {c: "1" for c, col in spec.columns.items() if col.kind == "measure"}
    return units


def _examples(indicator: Indicator) -> Iterator[CircularityError]:
    if not indicator.spec.examples:
        yield NoExample(where=Where(file=indicator.file, key=indicator.id))
    for number, example in enumerate(indicator.spec.examples, start=1):
        where = Where(file=indicator.file, key=f"{indicator.id}: examples.{number}")
        try:
            value = compute(indicator, example.given).value
        except CircularityError as problem:
            yield ExampleFails(where=where, found=problem.text("en"), expected=example.expect)
            continue
        tolerance = EXAMPLE_TOLERANCE if example.tolerance is None else example.tolerance
        if not math.isclose(value, example.expect, rel_tol=tolerance, abs_tol=tolerance):
            yield ExampleFails(where=where, found=repr(value), expected=example.expect)


def _columns_and_codes(method: Method, indicator: Indicator) -> Iterator[CircularityError]:
    for name, spec in indicator.inputs.items():
        where = Where(file=indicator.file, key=f"{indicator.id}: inputs.{name}")
        products = method.tables["products"]
        if spec.column is not None and spec.column not in {**products.columns, **products.derived}:
            yield UndefinedName(where=where, found=spec.column, expected=sorted(products.columns), formula="")
        if spec.indicator is not None and spec.indicator not in method.indicators:
            yield UndefinedName(where=where, found=spec.indicator, expected=sorted(method.indicators), formula="")
    for name, quantity in indicator.quantities.items():
        for way in quantity.sums:
            where = Where(file=indicator.file, key=f"{indicator.id}: quantities.{name}")
            table = method.tables.get(way.table)
            if table is None:
                yield UndefinedName(where=where, found=way.table, expected=sorted(method.tables), formula="")
                continue
            for column, codes in way.where.items():
                vocabulary = table.columns[column].vocabulary if column in table.columns else None
                if vocabulary is None:
                    yield UndefinedName(where=where, found=column, expected=sorted(table.columns), formula="")
                    continue
                for code in codes:
                    if code not in method.vocabularies[vocabulary]:
                        near = method.vocabularies[vocabulary].names.nearest(code)
                        yield UndefinedName(where=where, found=code, expected=near, formula="")
            rows = set(table.columns) | set(table.derived)
            if not (way.table == "products" and indicator.inputs):
                for used in way.expression.names:
                    if used not in rows:
                        yield UndefinedName(where=where, found=used, expected=sorted(rows), formula=way.expression.text)
    beside = indicator.spec.beside
    if beside is not None and beside not in method.indicators:
        yield UndefinedName(
            where=Where(file=indicator.file, key=f"{indicator.id}: beside"),
            found=beside,
            expected=sorted(method.indicators),
            formula="",
        )


def _references(method: Method) -> Iterator[CircularityError]:
    known = set(method.indicators)
    for kind, ids in method.settings.headline.items():
        for id_ in ids:
            if id_ not in known:
                yield UndefinedName(
                    where=Where(file="method.yaml", key=f"headline.{kind}"),
                    found=id_,
                    expected=sorted(known),
                    formula="",
                )
    for id_ in method.settings.quality:
        if id_ not in known:
            yield UndefinedName(
                where=Where(file="method.yaml", key="quality"), found=id_, expected=sorted(known), formula=""
            )
    for group in dict.fromkeys(i.group for i in method.indicators.values()):
        if group not in method.settings.groups:
            yield MissingKey(where=Where(file="method.yaml", key="groups"), found=group)
    for indicator in method.indicators.values():
        for framework in indicator.spec.references:
            if framework not in method.settings.frameworks:
                where = Where(file=indicator.file, key=f"{indicator.id}: references")
                yield UndefinedName(
                    where=where, found=framework, expected=sorted(method.settings.frameworks), formula=""
                )
    for row, id_ in enumerate(method.targets["indicator"], start=2):
        if id_ not in known:
            yield UndefinedName(
                where=Where(file="factors/targets.csv", row=row),
                found=id_,
                expected=sorted(known),
                formula="",
            )
    for score in method.score_rows:
        where = Where(file="scores.csv", key=score.code)
        if score.aggregation == "goalposts" and score.code not in known:
            yield UndefinedName(where=where, found=score.code, expected=sorted(known), formula="")
        if score.target and score.target not in set(method.targets["target"]):
            yield UndefinedName(where=where, found=score.target, expected=list(method.targets["target"]), formula="")
    used = {name for i in method.indicators.values() for name in i.quantities}
    for name in method.quantities:
        if name not in used:
            yield UnusedName(where=Where(file="quantities.yaml", key=name), found=name, formula="")


def _translations(method: Method) -> Iterator[CircularityError]:
    for vocabulary in method.vocabularies.values():
        for row, code in enumerate(vocabulary.codes, start=2):
            for lang in ("nl", "en"):
                if not vocabulary.table.at[code, lang]:
                    where = Where(file=f"vocabulary/{vocabulary.name}.csv", row=row, column=lang)
                    yield MissingTranslation(where=where, found=lang)
    for lang in ("nl", "en"):
        for row, text in enumerate(method.targets[lang], start=2):
            if not text:
                yield MissingTranslation(where=Where(file="factors/targets.csv", row=row, column=lang), found=lang)
    for page in ("definition.md", "principles.md"):
        path = method.root / page
        if not path.is_file():
            yield MissingFile(where=Where(file=page))
            continue
        counts = {lang: len(items) for lang, items in statements(path.read_text(encoding="utf-8")).items()}
        for lang in ("nl", "en"):
            if counts[lang] == 0 or counts[lang] < max(counts.values()):
                yield MissingTranslation(where=Where(file=page), found=lang)


def statements(text: str) -> dict[str, list[str]]:
    """The numbered statements of a page in two languages (``## Nederlands``, ``## English``), by language."""
    found: dict[str, list[str]] = {"nl": [], "en": []}
    lang = None
    for line in text.splitlines():
        if line.startswith("## "):
            lang = {"Nederlands": "nl", "English": "en"}.get(line[3:].strip())
        elif lang and re.match(r"\d+\. ", line):
            found[lang].append(line.split(". ", 1)[1])
        elif lang and found[lang] and line.startswith("   "):
            found[lang][-1] += " " + line.strip()
    return found


def _sources(method: Method) -> Iterator[CircularityError]:
    known = method.sources
    decisions = {p.stem.split("-")[0] for p in (method.root / "decisions").glob("[0-9]*.md")}

    def missing(key: str, where: Where) -> Iterator[CircularityError]:
        number = key.removeprefix("decision").strip(" _")
        found = number in decisions if key.startswith("decision") else key in known
        if key and not found:
            yield UnknownSource(where=where, found=key)

    for indicator in method.indicators.values():
        yield from missing(indicator.spec.source.key, Where(file=indicator.file, key=indicator.id))
        for number in indicator.spec.decisions:
            yield from missing(f"decision {number}", Where(file=indicator.file, key=f"{indicator.id}: decisions"))
    for vocabulary in method.vocabularies.values():
        for row, key in enumerate(vocabulary.table["source"], start=2):
            yield from missing(key, Where(file=f"vocabulary/{vocabulary.name}.csv", row=row, column="source"))
    for name, table in (("pedigree", method.pedigree), ("targets", method.targets)):
        for row, key in enumerate(table["source"], start=2):
            yield from missing(key, Where(file=f"factors/{name}.csv", row=row, column="source"))


def _derived(method: Method) -> Iterator[CircularityError]:
    for name, formulas in method.derived.items():
        table = method.tables[name]
        known = set(table.columns)
        for column, formula in formulas.items():
            for used in formula.names:
                if used.removeprefix("whole.") not in known:
                    yield UndefinedName(where=formula.where, found=used, expected=sorted(known), formula=formula.text)
            known.add(column)
