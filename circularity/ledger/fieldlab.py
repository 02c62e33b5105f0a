"""A fieldlab: a folder with ``fieldlab.yaml`` and tables, read and checked."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from circularity.errors import (
    CallError,
    CircularityError,
    DataError,
    DataFaults,
    FileError,
    Where,
    check_argument,
    sentence,
)
from circularity.ledger.book.description_sheet import described_on
from circularity.ledger.book.sheets import Book, without_consequences
from circularity.ledger.corrections import Applied, corrected
from circularity.ledger.description import FILE, Description, Reading, read_description
from circularity.ledger.parquet_dataset.sums import Aggregation
from circularity.ledger.raw import RawTable
from circularity.ledger.tables import Found, much_at_once, open_books, raw_tables
from circularity.ledger.typed import no_rows, normalise_units, typed_tables
from circularity.ledger.warnings import DataWarning, warnings_on
from circularity.method.declarations import Level
from circularity.method.load import Method, load_method
from circularity.method.readers import read_mapping
from circularity.method.validation import collect_errors
from circularity.texts import word

# Files that may be a fieldlab by themselves; those that cannot be read say so.
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass
class Fieldlab:
    """The checked data of one fieldlab.

    Attributes
    ----------
    description : Description
        Content of ``fieldlab.yaml``.
    method : Method
        The method whose vocabularies the data were read with.
    tables : dict of str to DataFrame
        Typed tables by name. All have ``file`` and ``row``; those with uncertain numbers have ``log_sd`` (standard
        deviation of the logarithm) and ``has_uncertainty`` (whether the row says anything of it); those that are
        summed ``canonical_order``, the place of a row when rows are ordered by content. A mass that is summed is a
        whole number of its unit in `mass_units`; an unknown one is 0 with ``mass_known`` False, and ``rows`` is how
        many rows of the data the row stands for: 1, but for a large ledger, where ``row_log_sd`` is the ``log_sd`` of
        each of those. ``products`` has a row for every period; ``every`` says that it stood in the file once, for all
        of them. Rows that hold from a first to a last year say whether they are ``certain`` to be of the period.
    mass_units : dict of str to float
        Unit of the masses that are summed, by table. [kg]
    path : Path or None
        Folder or workbook it was read from; None for tables in memory.
    files : list of Path
        Files it was read from.
    warnings : list of DataWarning
        What is no fault but worth a look.
    corrections : list of Applied
        What ``corrections.yaml`` changed in the cells before they were read.
    condensed : bool
        Whether the flows are a large ledger, of which a row stands for all that the method cannot tell apart.
    given : str or None
        SHA-256 over the tables in memory that it was made of; None when it was read from files.
    """

    description: Description
    method: Method
    tables: dict[str, pd.DataFrame]
    mass_units: dict[str, float]
    path: Path | None
    files: list[Path] = field(default_factory=list)
    warnings: list[DataWarning] = field(default_factory=list)
    corrections: list[Applied] = field(default_factory=list)
    condensed: bool = False
    given: str | None = None

    @property
    def mass_unit(self) -> float:
        """Unit of ``flows.mass``. [kg]"""
        return self.mass_units["flows"]

    @property
    def id(self) -> str:
        """Short name, safe as part of a path."""
        return self.description.id

    @property
    def periods(self) -> list[int]:
        """Periods, earliest first."""
        return sorted(self.description.periods)

    def entity_name(self, level: str, entity: str, lang: str) -> str:
        """The name of an entity as the data give it; its code when they give none."""
        if level == "fieldlab":
            return self.description.name[lang]
        return self._names.get((level, entity), entity)

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        """The first name that the data give each entity, by level."""
        found: dict[tuple[str, str], str] = {}
        for level in ("organisation", "product"):
            table = self.tables.get(f"{level}s")
            for entity, name in () if table is None else zip(table[level], table["name"], strict=True):
                if name:
                    found.setdefault((level, str(entity)), str(name))
        return found

    def period(self, asked: int | None) -> int:
        """The period that was asked for, the last by default.

        Raises
        ------
        CallError
            If it is not an integer, or the fieldlab does not have it.
        """
        check_argument("period", asked, int, optional=True)
        if asked is not None and asked not in self.periods:
            raise CallError("UnknownPeriod", found=asked, expected=self.periods)
        return self.periods[-1] if asked is None else asked

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the files the data were read from, or over the tables in memory."""
        if self.path is None:
            return str(self.given)
        total = hashlib.sha256()
        for path in sorted(self.files):
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").digest()
            name = path.relative_to(self.path).as_posix() if path != self.path else path.name
            total.update(name.encode() + b"\0" + content)
        return total.hexdigest()

    def belongs(self, level: Level) -> dict[str, str]:
        """The entity that each organisation belongs to at a level between parties."""
        return self._belonging[level == "organisation"]

    @cached_property
    def _belonging(self) -> dict[bool, dict[str, str]]:
        organisations = [str(o) for o in self.tables["organisations"]["organisation"]]
        return {True: {o: o for o in organisations}, False: dict.fromkeys(organisations, self.id)}

    @property
    def row_counts(self) -> dict[str, int]:
        """The number of rows of the data in every table."""
        return {
            # Products and activities have a row for every period they hold for.
            name: int(table["rows"].sum()) if "rows" in table else len(table[["file", "row"]].drop_duplicates())
            for name, table in self.tables.items()
        }

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {n}" for n, count in self.row_counts.items())
        periods = ", ".join(map(str, self.periods))
        return f"<Fieldlab {self.id} ({self.description.nature}): {counts}; {periods}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(f"<tr><td>{escape(n)}</td><td>{count}</td></tr>" for n, count in self.row_counts.items())
        return (
            f"<p><b>{escape(self.description.name.en)}</b> ({escape(self.id)}, {escape(self.description.nature)})<br>"
            f"{escape(', '.join(map(str, self.periods)))}</p><table><tr><th>table</th><th>rows</th></tr>{rows}</table>"
        )


def load_fieldlab(path: str | Path, method: Method | None = None, how: Aggregation | None = None) -> Fieldlab:
    """The fieldlab in a folder, read and checked.

    Parameters
    ----------
    path : str or Path
        Folder with ``fieldlab.yaml`` and tables as CSV, Parquet or sheets of a workbook; or a workbook (.xlsx) with a
        sheet that describes the fieldlab.
    method : Method, optional
        The installed method by default.
    how : Aggregation, optional
        How a large ledger, in a folder ``flows``, is added up: memory, threads, or a cluster.

    Returns
    -------
    Fieldlab

    Raises
    ------
    FieldlabNotFound, NotAFieldlab, EmptyFieldlab
        If there is no such folder or workbook, it is neither, or it is not a fieldlab.
    DataFaults
        With every fault in the data, each with file, row and column.
    """
    check_argument("path", path, str, Path)
    check_argument("method", method, Method, optional=True)
    return read_fieldlab(path, method, how)[0]


def read_fieldlab(
    path: str | Path, method: Method | None = None, how: Aggregation | None = None
) -> tuple[Fieldlab, Found]:
    """As `load_fieldlab`, with the tables as they were read."""
    method = method or load_method()
    # An earlier version has no words for columns that came later; the formulas are its own all the same.
    reader = load_method() if method.archived else method
    place = Path(path)
    faults: list[CircularityError] = []
    try:
        with much_at_once():
            reading, books = _described(place, reader, faults)
            found = raw_tables(place, books, reading.kind, reader, faults, how or Aggregation())
    except PermissionError:
        said, advice = word("no_permission", "unreadable"), sentence("give_permission")
        raise FileError("NotReadable", where=Where(file=place.name), found=said, advice=advice) from None
    raw, corrections = corrected(place, found, reader, faults)
    lab = checked(found, raw, reading, reader, method, faults, place)
    described = [place / FILE] if place.is_dir() and (place / FILE).exists() else []
    return replace(lab, files=[*described, *found.files], corrections=corrections), found


def checked(
    found: Found,
    raw: dict[str, RawTable],
    reading: Reading,
    reader: Method,
    method: Method,
    faults: list[CircularityError],
    place: Path | None = None,
) -> Fieldlab:
    """The fieldlab of tables of cells, once nothing is wrong with any of them.

    Parameters
    ----------
    found : Found
        The tables as they were read.
    raw : dict of str to RawTable
        The same with corrections made.
    reading : Reading
        What could be read of the description.
    reader, method : Method
        The method whose words the data are in, and the one that computes, which may be an earlier one.
    faults : list of CircularityError
        What is already known to be wrong.
    place : Path, optional
        Folder or workbook that the tables were read from.

    Raises
    ------
    DataFaults
        With every fault.
    """
    whole = reading.description
    tables = typed_tables(
        raw, found.unread, reading.periods, reader, faults, {} if whole is None else {whole.id: whole.name}
    )
    flows = found.tables.get("flows")
    faults = without_consequences(faults)
    if faults or reading.description is None:
        raise DataFaults(faults if flows is None else flows.located(faults))
    if "flows" not in tables:  # a kind of fieldlab that is known by its totals alone
        tables["flows"] = no_rows(reader.tables["flows"])
    tables, mass_units = normalise_units(tables, found.tables, reading.description, reader, method, faults)
    if faults:
        raise DataFaults(faults)
    warnings = warnings_on(replace(found, tables=raw), tables, place, reading.description.kind, reader)
    condensed = flows is not None and flows.condensed
    return Fieldlab(reading.description, method, tables, mass_units, place, warnings=warnings, condensed=condensed)


def _described(place: Path, method: Method, faults: list[CircularityError]) -> tuple[Reading, list[Book]]:
    """The description of the fieldlab at a place, and the workbooks there."""
    # The methods of Path raise what a folder without permission gives.
    in_workbook = os.path.isfile(place) and place.suffix.lower() in WORKBOOKS  # noqa: PTH113
    if not in_workbook and not os.path.isdir(place):  # noqa: PTH112
        code = "NotAFieldlab" if os.path.exists(place) else "FieldlabNotFound"  # noqa: PTH110
        raise FileError(code, found=place, expected="data/pv-module-factory")
    in_yaml = not in_workbook and os.path.lexists(place / FILE)
    books = open_books(place, faults)
    by_sheet = [(book, sheet) for book in books if (sheet := book.sheet("fieldlab")) is not None]
    if in_yaml:
        faults += [DataError("DescribedTwice", where=Where(file=book.path.name), found=FILE) for book, _ in by_sheet]
        data = None
        with collect_errors(faults):
            data = read_mapping(place / FILE, FILE, inside=place)
        return read_description(data, method, faults), books
    if by_sheet:
        first = by_sheet[0][0].path.name
        faults += [
            DataError("DescribedTwice", where=Where(file=book.path.name), found=first) for book, _ in by_sheet[1:]
        ]
        data, places = described_on(*by_sheet[0], method, faults)
        return read_description(data, method, faults, places), books
    if faults:  # the workbook that could not be read may say what is asked here
        raise DataFaults(faults)
    raise FileError("EmptyFieldlab", found=place.name)
