"""The tables of a fieldlab, wherever they stand: as CSV, as Parquet, or on the sheets of a workbook."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from circularity.errors import (
    AmbiguousNumber,
    CircularityError,
    EmptyCell,
    ErrorInCell,
    FormulaWithoutValue,
    HiddenSheet,
    MergedCells,
    MissingTable,
    NotOfDataset,
    TableTwice,
    UnknownSheet,
    UnknownTable,
    Where,
    sentence,
)
from circularity.ledger.book.labels import labels_to_codes
from circularity.ledger.book.reader import Sheet, position, read_workbook, split_cell
from circularity.ledger.large.condense import Condensing
from circularity.ledger.large.condensed import condensed_flows
from circularity.ledger.large.dataset import FOLDER
from circularity.ledger.parquet import read_parquet
from circularity.ledger.raw import RawTable, from_rows, letter, read_csv
from circularity.method.declarations import Table
from circularity.method.fitting import Gather
from circularity.method.load import Method
from circularity.method.names import Names, simplified
from circularity.texts import LANGUAGES, Both, Texts, word

# A row whose first cell starts with this is an explanation or an example, and the cell above them says so.
NOTE = "#"
# A number that is either one with three decimals or a whole number of thousands.
TWO_READINGS = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
# What a spreadsheet program writes beside a workbook that is open.
LOCK = "~$"
# Beside the tables of a fieldlab, and no part of it: what an import could not use.
BESIDE = ("rejects.csv",)
# Sheets that are no table: the description of the fieldlab, its sources, and what the template explains.
OTHER_SHEETS = ("fieldlab", "sources", "lists", "notes")


@dataclass
class Book:
    """A workbook of a fieldlab: its sheets by what they hold.

    Attributes
    ----------
    path : Path
    sheets : list of Sheet
    readable : bool
        Whether it could be opened; if not, any table may stand in it.
    """

    path: Path
    sheets: list[Sheet]
    readable: bool = True

    def sheet(self, name: str) -> Sheet | None:
        """The sheet that is no table and is called so in one of the languages."""
        return next((s for s in self.sheets if _other(s.name) == name), None)

    def told(self, names: Names) -> bool:
        """Whether any of its sheets, or its own name, is one of a fieldlab."""
        titles = [self.path.stem, *(s.name for s in self.sheets)]
        return any(names.exactly(title) or _other(title) for title in titles)


@dataclass
class Found:
    """The tables that were found.

    Attributes
    ----------
    tables : dict of str to RawTable
    files : list of Path
        Files they were read from.
    aside : list of Path
        Workbooks beside them that hold nothing of a fieldlab.
    unread : set of str
        Tables that are there or should be, but could not be read.
    formulas : dict of (str, str) to int
        Cells with a formula, by file and sheet.
    skipped : dict of (str, str) to list of int
        Rows with content that say of themselves not to be read, by file and sheet.
    concealed : list of (str, str)
        Files and sheets with hidden rows or columns.
    """

    tables: dict[str, RawTable] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    formulas: dict[tuple[str, str], int] = field(default_factory=dict)
    skipped: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    concealed: list[tuple[str, str]] = field(default_factory=list)


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
    files = [path] if path.is_file() else [p for p in _visible(path) if p.suffix.lower() == ".xlsx"]
    books = []
    for file in files:
        book = Book(file, [], readable=False)
        with Gather(faults):
            book = Book(file, read_workbook(file, inside=path if path.is_dir() else path.parent))
        books.append(book)
    return books


def raw_tables(
    path: Path,
    books: list[Book],
    kind: str | None,
    method: Method,
    faults: list[CircularityError],
    how: Condensing | None = None,
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
    how : Condensing, optional
        How a large ledger is added up.
    """
    needed = method.settings.kinds[kind].tables if kind else []
    known = [*needed, *method.settings.kinds[kind].optional] if kind else list(method.tables)
    names = Names({t: [method.tables[t].name.nl, method.tables[t].name.en] for t in known})
    found = Found()
    first: dict[str, str] = {}  # where each table stands
    misnamed: set[str] = set()

    def keep(name: str, place: str, table: RawTable | None) -> None:
        if name in first:
            faults.append(TableTwice(where=Where(file=place), found=method.tables[name].name, first=first[name]))
        elif table is not None:
            found.tables[name] = table
        first.setdefault(name, place)

    in_folder = _visible(path) if path.is_dir() else []
    for file in (p for p in in_folder if p.suffix.lower() in (".csv", ".parquet")):
        name = file.name[: -len(file.suffix)]
        if name in known and file.suffix in (".csv", ".parquet"):
            found.files.append(file)
            read = read_csv if file.suffix == ".csv" else read_parquet
            keep(name, file.name, read(file, name, method.tables[name], faults, path))
            continue
        meant = [n for n in names.nearest(name) if not (path / f"{n}.csv").exists()][:1]
        misnamed.update(meant)
        advice = sentence("rename_file", name=f"{meant[0]}{file.suffix.lower()}") if meant else None
        faults.append(UnknownTable(where=Where(file=file.name), found=name, expected=known, advice=advice))
    if FOLDER in known and (path / FOLDER).is_dir():
        keep(FOLDER, f"{FOLDER}/", None if FOLDER in first else _dataset(path, method, how, found, faults))
    for book in sorted(books, key=lambda book: not book.told(names)):  # those with a table or description first
        if book.readable and not book.told(names) and {*needed} <= {*first}:
            found.aside.append(book.path)
            continue
        found.files.append(book.path)
        for name, sheet in _tables_on(book, names, {n: method.tables[n].name for n in known}, faults, misnamed):
            found.concealed += [(book.path.name, sheet.name)] if sheet.concealed else []
            if unread := _notes_with_content(sheet.rows):
                found.skipped[book.path.name, sheet.name] = unread
            if sheet.formulas:
                found.formulas[book.path.name, sheet.name] = sheet.formulas
            table = _from_sheet(sheet, name, book.path.name, method, faults)
            if table is not None and name not in needed and table.complete and not len(table.rows):
                continue  # a sheet of the template that nobody filled in does not say that there is nothing
            keep(name, f"{book.path.name}, {sheet.name}", table)
    found.unread = (set(first) | set(needed) | misnamed) - set(found.tables)
    absent = [n for n in needed if n not in first and n not in misnamed]
    if all(book.readable for book in books):
        faults += _missing(absent, in_folder, books, names, method)
    return found


def _dataset(
    folder: Path, method: Method, how: Condensing | None, found: Found, faults: list[CircularityError]
) -> RawTable | None:
    """The flows of the dataset in the folder of a fieldlab, added up; its files are added to those that were found."""
    place = folder / FOLDER
    if place.is_symlink():
        where = Where(file=f"{FOLDER}/")
        faults.append(NotOfDataset(where=where, found=word("link", "dataset"), expected=word("layout", "dataset")))
        return None
    table = condensed_flows(place, method, how or Condensing(), faults)
    if table is not None:
        found.files += [folder / part.name for part in table.dataset.parts]
    return table


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith((".", LOCK)) and p.name not in BESIDE)


def _missing(
    absent: list[str], in_folder: list[Path], books: list[Book], names: Names, method: Method
) -> Iterator[MissingTable]:
    """What a kind of fieldlab needs and has nowhere: a sheet of its workbook, or a file."""
    other = [p.name for p in in_folder if p.suffix.lower() not in (".csv", ".parquet", ".xlsx", ".yaml")]
    for name in absent:
        table = method.tables[name].name
        file = f"{name}.csv"
        here = [f for f in other if Path(f).stem == name or names.exactly(Path(f).stem) == [name]]
        if books:
            advice = sentence("add_sheet", name=table)
            yield MissingTable(where=Where(file=books[0].path.name), found=name, expected=table, advice=advice)
        elif here or method.tables[name].filled:
            advice = sentence("save_as_csv", found=here, name=file) if here else sentence("add_table", name=file)
            yield MissingTable(where=Where(file=file), found=name, expected=file, advice=advice)
        else:
            yield MissingTable(where=Where(file=file), found=name, expected=file)


# Sheets ----------------------------------------------------------------------------------------------------------


def _other(sheet: str) -> str | None:
    """Which of the sheets that are no table this one is."""
    for name in OTHER_SHEETS:
        if simplified(sheet) in {name, *(simplified(text) for text in word(name, "sheet").values())}:
            return name
    return None


def _tables_on(
    book: Book, names: Names, titles: Mapping[str, Both], faults: list[CircularityError], misnamed: set[str]
) -> Iterator[tuple[str, Sheet]]:
    """The sheets that hold a table, with its name; the others that hold anything are faults."""
    filled = [s for s in book.sheets if not s.empty and _other(s.name) is None]
    by_file = names.exactly(book.path.stem)
    for sheet in filled:
        where = Where(file=book.path.name, sheet=sheet.name)
        meant = names.exactly(sheet.name)
        if not meant and len(filled) == 1 and len(by_file) == 1:
            meant = by_file  # a workbook named after a table, with one sheet that Excel named
        if sheet.hidden and len(meant) == 1 and _only_notes(sheet):
            continue
        if sheet.hidden:
            faults.append(HiddenSheet(where=where, found=sheet.name))
            misnamed.update(meant)
        elif len(meant) == 1:
            yield meant[0], sheet
        else:
            taken = {name for other in filled for name in names.exactly(other.name)}
            near = [name for name in names.nearest(sheet.name) if name not in taken][:1]
            misnamed.update(near)
            advice = sentence("rename_sheet", name=titles[near[0]]) if near else None
            faults.append(UnknownSheet(where=where, found=sheet.name, expected=list(titles.values()), advice=advice))


def _from_sheet(sheet: Sheet, name: str, file: str, method: Method, faults: list[CircularityError]) -> RawTable | None:
    table = from_rows(without_notes(sheet.rows), name, file, sheet.name, method.tables[name], faults)
    if table is None:
        return None
    faults += _untrue_cells(sheet, table.heading_row, Where(file=file, sheet=sheet.name), table.columns)
    faults += _two_readings(sheet, table, method.tables[name], Where(file=file, sheet=sheet.name))
    labels_to_codes(table, method)
    return table


def without_notes(rows: list[list[object]]) -> list[list[object]]:
    """The rows of a sheet, those that only explain emptied: row numbers stay what they are."""
    marked = next((i for i, row in enumerate(rows) if row and row[0] == NOTE), None)
    if marked is None:
        return rows
    kept = [list(row) for row in rows[: marked + 1]]
    kept[marked][0] = ""
    for row in rows[marked + 1 :]:
        kept.append([""] * len(row) if isinstance(row[0], str) and row[0].startswith(NOTE) else row)
    return kept


def _notes_with_content(rows: list[list[object]]) -> list[int]:
    """The rows with a note in the first cell and something in others, below those right under the heading."""
    marked = next((i for i, row in enumerate(rows) if row and row[0] == NOTE), None)
    if marked is None:
        return []
    noted = [isinstance(row[0], str) and row[0].startswith(NOTE) for row in rows]
    below = next((i for i in range(marked + 1, len(rows)) if not noted[i]), len(rows))
    return [i + 1 for i in range(below, len(rows)) if noted[i] and any(cell != "" for cell in rows[i][1:])]


def _only_notes(sheet: Sheet) -> bool:
    """Whether a sheet is as the template has it, so that nothing is hidden with it."""
    return sum(any(cell != "" for cell in row) for row in without_notes(sheet.rows)) <= 1


def _two_readings(sheet: Sheet, table: RawTable, spec: Table, where: Where) -> Iterator[AmbiguousNumber]:
    """Texts such as 1.234, which a spreadsheet keeps as they were typed, where a number belongs."""
    for name, (at, title) in table.columns.items():
        about = spec.columns.get(name)
        if about is None or about.kind not in ("number", "mass", "measure"):
            continue
        place = position(at)
        for row in table.rows.tolist():
            cell = sheet.rows[row - 1][place]
            if type(cell) is str and TWO_READINGS.fullmatch(cell.strip()):
                text = cell.strip()
                number = float(text.replace(",", "."))
                shown = {lang: Texts(lang).tick(number) for lang in LANGUAGES}
                other = re.sub("[.,]", "", text)
                at_cell = replace(where, row=row, column=title, letter=at)
                yield AmbiguousNumber(where=at_cell, found=text, value=shown, other=other)


def _untrue_cells(
    sheet: Sheet, heading_row: int, where: Where, columns: Mapping[str, tuple[str, str]]
) -> Iterator[CircularityError]:
    """Cells that do not hold what people see in them."""
    titles = dict(columns.values())

    def place(cell: str) -> Where:
        at, row = split_cell(cell)
        return replace(where, row=row or None, column=titles.get(at), letter=at if row else None)

    for cell in sheet.without_value:
        yield FormulaWithoutValue(where=place(cell), found=cell)
    for cell, error in sheet.errors.items():
        yield ErrorInCell(where=place(cell), found=error)
    for top, left, bottom, right in sheet.merged:
        if bottom + 1 >= heading_row:
            first = f"{letter(left)}{top + 1}"
            yield MergedCells(where=place(first), found=f"{first}:{letter(right)}{bottom + 1}")


def without_consequences(faults: list[CircularityError]) -> list[CircularityError]:
    """The faults less those that a cell is empty of which another fault says why it reads as empty."""
    untrue = (FormulaWithoutValue, ErrorInCell)
    explained = {(f.where.file, f.where.sheet, f.where.cell) for f in faults if isinstance(f, untrue)}

    def follows(fault: CircularityError) -> bool:
        where = fault.where
        return (
            isinstance(fault, EmptyCell)
            and where.cell is not None
            and (where.file, where.sheet, where.cell) in explained
        )

    return [fault for fault in faults if not follows(fault)]
