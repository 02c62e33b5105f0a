"""The tables of a fieldlab, wherever they are: as CSV, as Parquet, or on the sheets of a workbook."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from circularity.errors import CircularityError, DataError, Where, sentence
from circularity.ledger.book.sheets import LOCK, Book, from_sheet, open_book, tables_on
from circularity.ledger.parquet_dataset.aggregated_table import aggregated_flows
from circularity.ledger.parquet_dataset.dataset import FOLDER
from circularity.ledger.parquet_dataset.sums import Aggregation
from circularity.ledger.raw import RawTable, read_raw
from circularity.method.load import Method
from circularity.tables.suggestions import Names
from circularity.tables.workbook import WORKBOOKS, Sheet
from circularity.texts import word

# Beside the tables of a fieldlab, and no part of it: what an import could not use.
BESIDE = ("rejects.csv",)


@dataclass
class Found:
    """The tables that were found.

    Attributes
    ----------
    tables : dict of str to RawTable
    files : list of Path
        Files they were read from.
    aside : list of Path
        Other workbooks in the folder, which hold nothing of a fieldlab.
    unread : set of str
        Tables that are there or should be, but could not be read.
    sheets : list of (str, Sheet)
        The sheets that tables were read from, with the names of their files.
    """

    tables: dict[str, RawTable] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    sheets: list[tuple[str, Sheet]] = field(default_factory=list)


@contextmanager
def much_at_once() -> Iterator[None]:
    """A context for reading large files: the collector would look through millions of new cells for circles in vain."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def open_books(path: Path, faults: list[CircularityError]) -> list[Book]:
    """The workbooks of a fieldlab: `path` itself, or those in a folder of that path."""
    if path.is_file():
        return [open_book(path, path.parent, faults)]
    return [open_book(file, path, faults) for file in _visible(path) if file.suffix.lower() in WORKBOOKS]


def raw_tables(
    path: Path,
    books: list[Book],
    kind: str | None,
    method: Method,
    faults: list[CircularityError],
    how: Aggregation | None = None,
) -> Found:
    """The tables of a fieldlab as cells.

    Parameters
    ----------
    path : Path
        Folder, or a workbook that is a fieldlab by itself.
    books : list of Book
        Its workbooks, from `open_books`.
    kind : str or None
        Kind of the fieldlab; None when that could not be read: any table is then allowed.
    method : Method
    faults : list of CircularityError
        Takes every fault.
    how : Aggregation, optional
        How a large ledger is added up.
    """
    needed = method.settings.kinds[kind].tables if kind else []
    known = [*needed, *method.settings.kinds[kind].optional] if kind else list(method.tables)
    names = Names({t: [method.tables[t].name.nl, method.tables[t].name.en] for t in known})
    found = Found()
    first: dict[str, str] = {}  # where each table is
    misnamed: set[str] = set()

    def keep(name: str, place: str, table: RawTable | None) -> None:
        if name in first:
            faults.append(
                DataError("TableTwice", where=Where(file=place), found=method.tables[name].name, first=first[name])
            )
        elif table is not None:
            found.tables[name] = table
        first.setdefault(name, place)

    in_folder = _visible(path) if path.is_dir() else []
    for file in (p for p in in_folder if p.suffix.lower() in (".csv", ".parquet")):
        name = file.name[: -len(file.suffix)]
        if name in known and file.suffix in (".csv", ".parquet"):
            found.files.append(file)
            keep(name, file.name, read_raw(file, name, method.tables[name], faults, path))
            continue
        meant = [n for n in names.nearest(name) if not (path / f"{n}.csv").exists()][:1]
        misnamed.update(meant)
        advice = sentence("rename_file", name=f"{meant[0]}{file.suffix.lower()}") if meant else None
        faults.append(DataError("UnknownTable", where=Where(file=file.name), found=name, expected=known, advice=advice))
    if FOLDER in known and (path / FOLDER).is_dir():
        keep(FOLDER, f"{FOLDER}/", None if FOLDER in first else _dataset(path, method, how, found, faults))
    for book in sorted(books, key=lambda book: not book.belongs(names)):  # those with a table or description first
        if book.readable and not book.belongs(names) and {*needed} <= {*first}:
            found.aside.append(book.path)
            continue
        found.files.append(book.path)
        for name, sheet in tables_on(book, names, {n: method.tables[n].name for n in known}, faults, misnamed):
            found.sheets.append((book.path.name, sheet))
            table = from_sheet(sheet, name, book.path.name, method, faults)
            if table is not None and name not in needed and table.complete and not len(table.rows):
                continue  # a sheet of the template that nobody filled in does not say that there is nothing
            keep(name, f"{book.path.name}, {sheet.name}", table)
    found.unread = (set(first) | set(needed) | misnamed) - set(found.tables)
    absent = [n for n in needed if n not in first and n not in misnamed]
    if all(book.readable for book in books):
        faults += _missing(absent, in_folder, books, names, method)
    return found


def _dataset(
    folder: Path, method: Method, how: Aggregation | None, found: Found, faults: list[CircularityError]
) -> RawTable | None:
    """The flows of the dataset in the folder of a fieldlab, added up; its files are added to those that were found."""
    place = folder / FOLDER
    if place.is_symlink():
        where = Where(file=f"{FOLDER}/")
        faults.append(
            DataError("NotOfDataset", where=where, found=word("link", "dataset"), expected=word("layout", "dataset"))
        )
        return None
    table = aggregated_flows(place, method, how or Aggregation(), faults)
    if table is not None:
        found.files += [folder / part.name for part in table.dataset.parts]
    return table


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith((".", LOCK)) and p.name not in BESIDE)


def _missing(
    absent: list[str], in_folder: list[Path], books: list[Book], names: Names, method: Method
) -> Iterator[DataError]:
    """What a kind of fieldlab needs and has nowhere: a sheet of its workbook, or a file."""
    other = [p.name for p in in_folder if p.suffix.lower() not in (".csv", ".parquet", ".yaml", *WORKBOOKS)]
    for name in absent:
        table = method.tables[name].name
        file = f"{name}.csv"
        here = [f for f in other if Path(f).stem == name or names.exactly(Path(f).stem) == [name]]
        if books:
            advice = sentence("add_sheet", name=table)
            yield DataError(
                "MissingTable", where=Where(file=books[0].path.name), found=name, expected=table, advice=advice
            )
        elif here or method.tables[name].filled:
            advice = sentence("save_as_csv", found=here, name=file) if here else sentence("add_table", name=file)
            yield DataError("MissingTable", where=Where(file=file), found=name, expected=file, advice=advice)
        else:
            yield DataError("MissingTable", where=Where(file=file), found=name, expected=file)
