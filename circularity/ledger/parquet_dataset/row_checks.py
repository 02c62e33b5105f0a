"""Checks of the single rows of a large ledger, which its sums no longer show; and where a row stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from circularity.errors import CircularityError, DataError, Where, counted, sentence, together
from circularity.ledger.columns import bounds, units_of
from circularity.ledger.mass import LARGEST_CHANGE, LARGEST_SUM, STEPS
from circularity.ledger.parquet_dataset.by_duckdb import Session, kilograms, paths, quoted, rows_of
from circularity.ledger.parquet_dataset.dataset import MASS_UNIT, Dataset
from circularity.ledger.parquet_dataset.sums import Aggregation, MassScale
from circularity.method.load import Method
from circularity.texts import LANGUAGES, Texts


@dataclass(frozen=True)
class _Check:
    """What may not be: an SQL condition on a value, and the fault that it is."""

    column: str
    condition: str
    code: str
    details: dict[str, Any]


def check_rows(dataset: Dataset, method: Method, how: Aggregation, faults: list[CircularityError]) -> MassScale | None:
    """How the masses of a dataset become whole numbers, after a look at every row for what its sums would hide.

    Parameters
    ----------
    dataset : Dataset
    method : Method
    how : Aggregation
        Memory and threads.
    faults : list of CircularityError
        Takes one fault of every kind, with the first row that has it and the number of rows.

    Returns
    -------
    MassScale or None
        None when that cannot be said.
    """
    units = method.vocabularies["units"].table["factor"].astype(float)
    fits = units_of(method, "mass")
    factors = {unit: float(units[unit]) for unit in fits}
    found: list[CircularityError] = []
    with Session(dataset.folder, how.memory, how.thread_count) as session:
        for check in _checks(dataset, method, factors):
            found += _rows_that_fail(session, dataset, check)
        faults += found
        if dataset.mass_unit is not None:
            return MassScale(dataset.mass_unit)
        if found:
            return None
        return _smallest_unit(session, dataset, factors, faults)


def _checks(dataset: Dataset, method: Method, factors: dict[str, float]) -> Iterator[_Check]:
    spec = method.tables["flows"].columns
    mass = spec["mass"]
    # Of a number that tells rows apart, a group shows what is wrong with it.
    for column in (*dataset.beside, *(["mass"] if dataset.mass_unit is None else [])):
        expected = bounds(spec[column])
        details = {"expected": expected, "advice": sentence("expected", expected=expected)}
        yield _Check(column, _no_number(column), "NotANumber", details)
    for column in dataset.beside:
        low, high = spec[column].min, spec[column].max
        outside = [
            f"{quoted(column)} {sign} {bound!r}" for sign, bound in (("<", low), (">", high)) if bound is not None
        ]
        if outside:
            yield _Check(column, " OR ".join(outside), "OutOfRange", {"expected": bounds(spec[column])})
    yield _Check("mass", "mass < 0", "NegativeMass", {"expected": bounds(mass), "hint": sentence("turn_flow")})
    if dataset.mass_unit is None:
        kg, choices = kilograms(factors), sentence("choose", names=list(factors))
        given = "mass IS NOT NULL AND coalesce(CAST(unit AS VARCHAR), '')"
        yield _Check("unit", f"{given} = ''", "EmptyCell", {"expected": list(factors), "advice": choices})
        known = f"{given} <> '' AND {kilograms(dict.fromkeys(factors, 1.0))} IS NULL"
        yield _Check("unit", known, "UnknownUnit", {"expected": list(factors), "advice": choices})
        largest = f"{kg} > {mass.max!r} AND NOT {_no_number('mass')}"
    else:
        # Whole numbers are compared with one, so that the statistics of a file answer for most of its rows.
        largest = f"mass > {int((mass.max or 0) / dataset.mass_unit)}"
    if mass.max is not None:
        limit = {lang: Texts(lang).mass(mass.max) for lang in LANGUAGES}
        yield _Check("mass", largest, "OutOfRange", {"expected": sentence("mass_at_most", "bounds", high=limit)})


def _no_number(column: str) -> str:
    """That a value is NaN or infinite, as an expression.

    DuckDB answers isfinite and sums from the statistics of a file, which leave NaN out; of texts it has none.
    """
    return f"(CAST({quoted(column)} AS VARCHAR) IN ('nan', 'inf', '-inf'))"


def _rows_that_fail(session: Session, dataset: Dataset, check: _Check) -> Iterator[CircularityError]:
    columns = ["mass", *(["unit"] if dataset.mass_unit is None else [])]
    needed = dict.fromkeys([*columns, check.column])
    query = f"""
        WITH bad AS (SELECT CAST({quoted(check.column)} AS VARCHAR) AS said, part, line
                     FROM ({rows_of([quoted(c) for c in needed])}) WHERE {check.condition})
        SELECT said, part, line, (SELECT count(*) FROM bad) AS "rows" FROM bad ORDER BY part, line LIMIT 1
    """  # noqa: S608  (conditions are made here, names of columns are quoted, files are bound)
    for row in session.ask(query, [paths(dataset.parts)]).to_pylist():
        found = {} if check.code == "EmptyCell" else {"found": row["said"]}
        where = Where(file=_name(dataset, row["part"]), row=row["line"], column=check.column)
        yield told_of(check.code, where, row["rows"], {**found, **check.details})


def told_of(code: str, where: Where, rows: int, details: Mapping[str, Any]) -> DataError:
    """A fault of the first of so many rows."""
    said = sentence("in_flows", count=counted(rows, "row")) if rows > 1 else None
    hint = together(said, details.get("hint"))
    return DataError(code, where=where, **{**details, **({"hint": hint} if hint["en"] else {}), "rows": rows})


def _name(dataset: Dataset, path: str) -> str:
    return next(part.name for part in dataset.parts if str(part.path.resolve()) == path)


def _smallest_unit(
    session: Session, dataset: Dataset, factors: dict[str, float], faults: list[CircularityError]
) -> MassScale | None:
    """The coarsest unit in which masses with decimals are whole numbers without changing; as for a table in CSV."""
    changed = [
        f"count(*) FILTER (kg > 0 AND abs(round_even(kg / {s}, 0) * {s} / kg - 1) > {LARGEST_CHANGE})"
        for s in (f"{step!r}::DOUBLE" for step in STEPS)
    ]
    query = f"""
        SELECT sum(kg) AS total, min(kg) FILTER (kg > 0) AS smallest, [{", ".join(changed)}] AS changed
        FROM (SELECT {kilograms(factors)} AS kg FROM read_parquet(?, hive_partitioning = false))
    """  # noqa: S608  (numbers and units of the method)
    found = session.ask(query, [paths(dataset.parts)]).to_pylist()[0]
    for step, rows in zip(STEPS, found["changed"], strict=True):
        if (found["total"] or 0.0) / step >= LARGEST_SUM:
            break
        if not rows:
            return MassScale(step, factors)
    where = Where(file=dataset.parts[0].name, column="mass")
    faults.append(DataError("NotExact", where=where, found=f"{found['smallest']:.6g} kg", expected=MASS_UNIT))
    return None


def first_rows(
    dataset: Dataset, how: Aggregation, groups: Sequence[tuple[int, int, tuple[Any, ...]]]
) -> dict[int, Where]:
    """The first row of each of some sets of combinations.

    Parameters
    ----------
    dataset : Dataset
    how : Aggregation
    groups : sequence of (int, int, tuple)
        Number of the set, period, and the values of `Dataset.keys`; a text that is not given is empty, a number None.

    Returns
    -------
    dict of int to Where
        File and row, by number of the set.
    """
    first: dict[int, Where] = {}
    keys = dataset.keys
    types = [pa.string() if c in dataset.texts else pa.float64() for c in keys]
    match = [f"coalesce(CAST({quoted(c)} AS VARCHAR), '') AS {quoted(c)}" for c in dataset.texts]
    match += [f"coalesce(CAST(CAST({quoted(c)} AS DOUBLE) AS VARCHAR), '') AS {quoted(c)}" for c in dataset.numbers]
    # As texts, so that NaN is found.
    same = " AND ".join(f"r.{quoted(c)} = coalesce(CAST(g.{quoted(c)} AS VARCHAR), '')" for c in keys)
    query = f"""
        SELECT g."set", min({{'part': r.part, 'line': r.line}}) AS first
        FROM ({rows_of(match)}) AS r JOIN asked AS g ON {same} GROUP BY g."set"
    """  # noqa: S608  (names of columns of the method, quoted; files are bound)
    with Session(dataset.folder, how.memory, how.thread_count) as session:
        for period, parts in dataset.periods():
            here = [(number, *values) for number, year, values in groups if year == period and number not in first]
            if not here:
                continue
            columns = list(zip(*here, strict=True))
            arrays = [pa.array(c, t) for c, t in zip(columns, [pa.int64(), *types], strict=True)]
            session.give("asked", pa.table(arrays, ["set", *keys]))
            for row in session.ask(query, [paths(parts)]).to_pylist():
                place = row["first"]
                first[row["set"]] = Where(file=_name(dataset, place["part"]), row=place["line"])
    return first
