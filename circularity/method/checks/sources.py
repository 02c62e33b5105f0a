"""Whether everything says where it comes from, is used, and is not out of date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import required
from circularity.method.checks.texts import PAGES, sources_of, statements
from circularity.method.fault_helpers import expected
from circularity.method.model import Method
from circularity.method.readers import read_text_table, read_yaml
from circularity.method.validation import collect_errors

# Rules that are neither indicators nor tables, apart from those of imports.
RULES = ("composite.yaml", "consensus.yaml")


def check_sources(method: Method) -> Iterator[CircularityError]:
    """Every source and decision that is named is there, and every indicator has a reference."""
    faults: list[CircularityError] = []
    known = None
    with collect_errors(faults):
        known = method.sources
    yield from (fault for fault in faults if fault.code != "MissingFile")  # reported when the method was read
    decisions = {path.stem.split("-")[0] for path in (method.root / "decisions").glob("[0-9]*.md")}
    if not decisions:
        yield MethodError("MissingFile", where=Where(file="decisions/*.md"))
    for key, where in _named(method):
        if key.startswith("decision"):
            if decisions and key.removeprefix("decision").strip(" _") not in decisions:
                yield MethodError("UnknownSource", where=where, found=key)
        elif known is not None and key not in known:
            yield MethodError("UnknownSource", where=where, found=key)
    for indicator in method.indicators.values():
        if not indicator.spec.references:
            yield FileError("MissingKey", where=Where(file=indicator.file, key=indicator.id), found="references")


def _unused_sources(method: Method) -> list[str]:
    """Keys of ``sources.bib`` that nothing names."""
    named = {key for key, _ in _named(method)}
    with collect_errors([]):  # what cannot be read is reported by `check_sources`
        return sorted(set(method.sources) - named)
    return []


def _named(method: Method) -> Iterator[tuple[str, Where]]:
    """Every source that the method names, and where."""
    for indicator in method.indicators.values():
        yield indicator.spec.source.key, Where(file=indicator.file, key=f"{indicator.id}: source.key")
        for number in indicator.spec.decisions:
            yield f"decision {number}", Where(file=indicator.file, key=f"{indicator.id}: decisions")
    for name, table in method.tables.items():
        for column, spec in table.derived.items():
            if spec.decision is not None:
                yield f"decision {spec.decision}", Where(file="tables.yaml", key=f"{name}: derived.{column}.decision")
    tables = {f"vocabulary/{v.name}.csv": v.table for v in method.vocabularies.values()}
    tables |= {"factors/pedigree.csv": method.pedigree, "factors/targets.csv": method.targets}
    for name, factors in method.factors.items():
        for row, factor in enumerate(factors.values(), start=2):
            yield factor.source, Where(file=f"factors/{name}.csv", row=row, column="source")
    for line, listed in method.functions.values():
        yield listed.source, Where(file="functions.csv", row=line, column="source")
    for name, parameters in method.parameters.items():
        for key, parameter in parameters.items():
            yield parameter.source.key, Where(file=f"{name}.yaml", key=f"{key}.source.key")
    for bound in method.plausibility:
        yield bound.spec.source, Where(file="plausibility.csv", row=bound.row, column="source")
    if method.consensus is not None:
        yield from method.consensus.sources()
    for framework in method.frameworks.values():
        yield framework.source.key, Where(file=f"frameworks/{framework.id}.yaml", key="source.key")
    for file, rows in tables.items():
        for row, key in enumerate(rows.get("source", []), start=2):
            if key:
                yield key, Where(file=file, row=row, column="source")
    for path in [*sorted((method.root / "intake").glob("*")), *(method.root / name for name in RULES)]:
        if path.is_file():
            yield from _named_in_rules(path, path.relative_to(method.root).as_posix())
    for page in PAGES:
        path = method.root / page
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        for lang, found in statements(text).items():
            for place, statement in enumerate(found, start=1):
                for source in sources_of(statement):
                    yield source, Where(file=page, key=f"{lang} {place}")


def _named_in_rules(path: Path, file: str) -> Iterator[tuple[str, Where]]:
    """The sources that rules name, anywhere in the file."""
    if path.suffix == ".csv":
        with collect_errors([]):  # what cannot be read is reported by the import that needs it
            for row, key in enumerate(read_text_table(path, file).get("source", ()), start=2):
                yield key, Where(file=file, row=row, column="source")
    if path.suffix == ".yaml":
        open_: list[tuple[str, object]] = []
        with collect_errors([]):
            open_.append(("", read_yaml(path, file)))
        while open_:
            place, value = open_.pop()
            if isinstance(value, dict):
                if isinstance(value.get("source"), dict):
                    yield str(value["source"].get("key")), Where(file=file, key=f"{place}source.key")
                open_ += [(f"{place}{name}.", inner) for name, inner in value.items()]


def check_dates(method: Method) -> Iterator[CircularityError]:
    """Every factor holds at the date of the method."""
    date = method.settings.date
    year = int(date[:4])
    for row, factor in enumerate(method.pedigree_rows, start=2):
        name = f"{factor.dimension} {factor.score}"
        yield from _factor("factors/pedigree.csv", row, name, factor.year, factor.valid_to, date)
    used = {id(c) for i in method.indicators.values() for c in i.constants.values()}
    for table, factors in method.factors.items():
        for row, number in enumerate(factors.values(), start=2):
            if id(number) in used:
                yield from _factor(f"factors/{table}.csv", row, number.key, number.year, number.valid_to, date)
    for row, target in method.target_rows:
        if target.state != "current":
            continue  # kept as history
        yield from _factor("factors/targets.csv", row, target.target, target.year, target.valid_to, date)
        if target.by_year < year:
            where = Where(file="factors/targets.csv", row=row, column="by_year")
            yield MethodError("OutOfDate", where=where, found=target.target, expected=target.by_year, date=date)


def _factor(file: str, row: int, name: str, year: int, valid_to: int | None, date: str) -> Iterator[CircularityError]:
    if year > int(date[:4]):
        where = Where(file=file, row=row, column="year")
        yield FileError("WrongValue", where=where, found=year, expected=expected("not_after", date=date))
    if valid_to is not None and valid_to < int(date[:4]):
        yield MethodError(
            "OutOfDate", where=Where(file=file, row=row, column="valid_to"), found=name, expected=valid_to, date=date
        )


def check_unused(method: Method) -> Iterator[CircularityError]:
    """Everything that is declared is used."""
    for key in _unused_sources(method):
        yield MethodError("UnusedName", where=Where(file="sources.bib", key=key), found=key, formula="")
    used = {name for i in method.indicators.values() for name in i.quantities}
    for name in method.quantities:
        if name not in used:
            yield MethodError("UnusedName", where=Where(file="quantities.yaml", key=name), found=name, formula="")
    columns = [spec for table in method.tables.values() for spec in table.columns.values()]
    lists = {str(spec.vocabulary) for spec in columns} | {name for spec in columns for name in spec.to}
    lists |= {*required.VOCABULARIES, *method.settings.lists_beside}
    for name in method.vocabularies:
        if name not in lists:
            yield MethodError("UnusedName", where=Where(file=f"vocabulary/{name}.csv"), found=name, formula="")
    for name in set(method.settings.groups) - {i.group for i in method.indicators.values()}:
        yield MethodError("UnusedName", where=Where(file="method.yaml", key="groups"), found=name, formula="")
    for name in set(method.settings.frameworks) - {f for i in method.indicators.values() for f in i.spec.references}:
        yield MethodError("UnusedName", where=Where(file="method.yaml", key="frameworks"), found=name, formula="")


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
