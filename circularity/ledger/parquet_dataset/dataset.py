"""A large ledger: the table of flows as Parquet files in a folder per period."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from circularity.errors import CircularityError, DataError, FileError, Where
from circularity.ledger.headings import column_names
from circularity.ledger.mass import STEPS
from circularity.method.declarations import Column, Table
from circularity.tables.columns import YEAR
from circularity.texts import word

# The folder in that of a fieldlab.
FOLDER = "flows"
# Key of the metadata of a Parquet file: what one unit of the column `mass` is. [kg]
MASS_UNIT = "circularity.mass_unit"
# Key of the metadata that says what data these are, where they are no measurement.
NATURE = "circularity.nature"

_PERIOD_FOLDER = re.compile(f"period=({YEAR})")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.parquet")
# Beside the files of a dataset, other programs leave marks that hold no rows.
_NO_ROWS = (".", "_")
_NUMBER = re.compile(r"[0-9.]+(?:[eE]-?[0-9]+)?")


@dataclass(frozen=True)
class Part:
    """One file of a dataset.

    Attributes
    ----------
    path : Path
    name : str
        Path from the folder of the fieldlab, for errors.
    period : int
    rows : int
        Number of rows.
    size : int
        Size of the file. [bytes]
    """

    path: Path
    name: str
    period: int
    rows: int
    size: int


@dataclass(frozen=True)
class Dataset:
    """A ledger in Parquet files whose columns and types are as they should be.

    Attributes
    ----------
    folder : Path
    parts : tuple of Part
        By period, then by name.
    texts, numbers : tuple of str
        Columns that tell rows apart, in the order of the table: those with text and those with a number.
    beside : tuple of str
        Columns with a number that no sum looks at.
    mass_unit : float or None
        What one unit of the column ``mass`` is [kg]; None when there is a column ``unit``.
    """

    folder: Path
    parts: tuple[Part, ...]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    beside: tuple[str, ...]
    mass_unit: float | None

    @property
    def keys(self) -> list[str]:
        """The columns that tell rows apart, the period left out."""
        return [*self.texts, *self.numbers]

    @property
    def rows(self) -> int:
        """Number of rows of all files."""
        return sum(part.rows for part in self.parts)

    def periods(self) -> Iterator[tuple[int, list[Part]]]:
        """The files of every period, earliest first."""
        for period in sorted({part.period for part in self.parts}):
            yield period, [part for part in self.parts if part.period == period]


def open_dataset(folder: Path, spec: Table, faults: list[CircularityError]) -> Dataset | None:
    """The dataset in a folder, its files and columns checked; no row is read.

    Parameters
    ----------
    folder : Path
        ``flows`` in the folder of a fieldlab. It holds folders ``period=YYYY`` with regular files ``*.parquet``; links
        are refused, and what begins with ``.`` or ``_`` is left alone.
    spec : declarations.Table
        The table of flows.
    faults : list of CircularityError
        Takes every fault: file, column, found, expected.

    Returns
    -------
    Dataset or None
        None when it cannot be added up.
    """
    folder = folder.resolve()  # workers of a cluster stand in another folder
    found: list[CircularityError] = []
    files = list(_files(folder, found))
    opened = [o for name, path, period in files if (o := _opened(name, path, period, found)) is not None]
    parts, schemas = [part for part, _ in opened], [schema for _, schema in opened]
    if not files and not found:
        expected = word("layout", "dataset")
        found.append(DataError("EmptyDataset", where=Where(file=f"{FOLDER}/"), expected=expected))
    for part, schema in zip(parts, schemas, strict=True):
        _check_columns(part.name, schema, spec, found)
    if not found:
        for part, schema in zip(parts[1:], schemas[1:], strict=True):
            _check_alike(part.name, schema, parts[0].name, schemas[0], found)
    faults += found
    if found:
        return None
    told = [c for c in told_apart(spec) if c in schemas[0].names]
    texts = tuple(c for c in told if _kind(spec.columns[c], c) == "text")
    return Dataset(
        folder,
        tuple(parts),
        texts,
        tuple(c for c in told if c not in texts),
        tuple(c for c, s in spec.columns.items() if s.kind == "number" and c not in told and c in schemas[0].names),
        None if "unit" in schemas[0].names else _mass_unit(schemas[0]),
    )


def told_apart(spec: Table) -> list[str]:
    """The columns of a table of flows by which the method can tell rows apart, the period left out.

    Codes, names and texts of a fixed form, and what says how uncertain a mass is. Free text and prices are not among
    them: no sum asks for them.
    """
    return [
        c
        for c, s in spec.columns.items()
        if s.kind in ("code", "reference", "identifier", "score") or s.pattern or c == "uncertainty"
    ]


def _files(folder: Path, faults: list[CircularityError]) -> Iterator[tuple[str, Path, int]]:
    """Name, path and period of every file; what does not belong there is a fault."""

    def refuse(entry: os.DirEntry[str], name: str, what: str) -> None:
        where = Where(file=name)
        kind = "link" if entry.is_symlink() else what
        faults.append(
            DataError("NotOfDataset", where=where, found=word(kind, "dataset"), expected=word("layout", "dataset"))
        )

    for entry in _entries(folder):
        name = f"{FOLDER}/{entry.name}"
        period = _PERIOD_FOLDER.fullmatch(entry.name)
        if entry.is_symlink() or not entry.is_dir():
            refuse(entry, name, "other")
        elif period is None:
            refuse(entry, name, "not_period")
        else:
            for inner in _entries(Path(entry.path)):
                if inner.is_symlink() or not inner.is_file() or not _PART.fullmatch(inner.name):
                    refuse(inner, f"{name}/{inner.name}", "folder" if inner.is_dir() else "other")
                else:
                    yield f"{name}/{inner.name}", Path(inner.path), int(period[1])


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((e for e in entries if not e.name.startswith(_NO_ROWS)), key=lambda e: e.name)


def _opened(name: str, path: Path, period: int, faults: list[CircularityError]) -> tuple[Part, Any] | None:
    """The file and its schema; None when it is no Parquet file."""
    try:
        with pq.ParquetFile(path) as file:
            return Part(path, name, period, file.metadata.num_rows, path.stat().st_size), file.schema_arrow
    except (pa.ArrowException, OSError) as problem:
        denied = isinstance(problem, PermissionError)
        found = word("no_permission", "unreadable") if denied else word("not_parquet", "dataset")
        faults.append(
            FileError("NotReadable", where=Where(file=name), found=found, expected=word("parquet", "dataset"))
        )
        return None


def _check_columns(name: str, schema: Any, spec: Table, faults: list[CircularityError]) -> None:
    known = [c for c in spec.columns if c != "period"]
    for column in dict.fromkeys(schema.names):
        where = Where(file=name, column=column)
        if schema.names.count(column) > 1:
            faults.append(DataError("DuplicateColumn", where=where, found=column))
        elif column == "period":
            advice = word("period_in_folder", "dataset")
            faults.append(DataError("UnknownColumn", where=where, found=column, expected=known, advice=advice))
        elif column not in known:
            nearest = column_names(spec).nearest(column)
            faults.append(DataError("UnknownColumn", where=where, found=column, expected=nearest or known))
        else:
            type_ = schema.field(column).type
            kind = _kind(spec.columns[column], column, whole="unit" not in schema.names)
            needed = spec.columns[column].needed == "always"
            if not _fits(type_, kind) and not (pa.types.is_null(type_) and not needed):
                expected = word(kind, "dataset")
                faults.append(DataError("WrongColumnType", where=where, found=str(type_), expected=expected))
    for column in known:
        if spec.columns[column].needed == "always" and column != "unit" and column not in schema.names:
            meaning = spec.columns[column].meaning
            faults.append(
                DataError("MissingColumn", where=Where(file=name, column=column), found=column, expected=meaning)
            )
    if "unit" not in schema.names:
        stated = _metadata(schema, MASS_UNIT)
        where = Where(file=name, column="mass")
        if stated is None:
            faults.append(DataError("NoMassUnit", where=where, expected=MASS_UNIT))
        elif _mass_unit(schema) is None:
            faults.append(DataError("WrongMassUnit", where=where, found=stated, expected=[f"{s:g}" for s in STEPS]))


def _check_alike(name: str, schema: Any, first: str, expected: Any, faults: list[CircularityError]) -> None:
    """A file that differs from the first is a fault: adding up would make of it what it may not be."""

    def differs(found: Any, instead: Any) -> None:
        faults.append(DataError("DiffersFromFirst", where=Where(file=name), first=first, found=found, expected=instead))

    if set(schema.names) != set(expected.names):
        differs(*(_said("columns", columns=", ".join(sorted(s.names))) for s in (schema, expected)))
        return
    for column in expected.names:
        here, there = (_plain(s.field(column).type) for s in (schema, expected))
        if here != there:
            differs(*(_said("typed", column=column, type=str(t)) for t in (here, there)))
    here, there = _mass_unit(schema), _mass_unit(expected)
    if "unit" not in schema.names and here != there:
        differs(*(_said("counted_in", unit=f"{u:g}") for u in (here or 0.0, there or 0.0)))


def _said(name: str, **details: str) -> dict[str, str]:
    return {lang: text.format_map(details) for lang, text in word(name, "dataset").items()}


def _kind(spec: Column, name: str, whole: bool = True) -> str:
    if name == "mass":
        return "whole" if whole else "number"
    return "number" if spec.kind in ("number", "score") else "text"


def _fits(type_: Any, kind: str) -> bool:
    """Whether a type holds what it should without loss; float32 does not: 1.1 would become 1.10000002."""
    plain = _plain(type_)
    if kind == "text":
        return bool(plain == pa.string())
    whole = pa.types.is_integer(plain) and plain != pa.uint64()
    return bool(whole or (kind == "number" and plain == pa.float64()))


def _plain(type_: Any) -> Any:
    """A type without the way in which it is stored."""
    if pa.types.is_dictionary(type_):
        return _plain(type_.value_type)
    return pa.string() if pa.types.is_large_string(type_) or pa.types.is_string_view(type_) else type_


def _metadata(schema: Any, key: str) -> str | None:
    found = (schema.metadata or {}).get(key.encode())
    return None if found is None else str(found.decode("utf-8", errors="replace"))


def _mass_unit(schema: Any) -> float | None:
    """The unit of mass that the metadata state, when masses can be counted in it. [kg]"""
    stated = _metadata(schema, MASS_UNIT)
    if stated is None or not _NUMBER.fullmatch(stated):
        return None
    try:
        return next((step for step in STEPS if step == float(stated)), None)
    except ValueError:
        return None
