"""The sheets of a workbook: which table each holds, and what on it does not say what people see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from circularity.errors import CircularityError, DataError, Where, sentence
from circularity.ledger.book.labels import codes_by_label
from circularity.ledger.raw import RawTable, from_rows
from circularity.method.declarations import Table
from circularity.method.load import Method
from circularity.method.validation import collect_errors
from circularity.tables.forms import NOTE
from circularity.tables.suggestions import Names, simplified
from circularity.tables.workbook import Sheet, read_workbook, untrue_cells
from circularity.texts import Both, word

# What a spreadsheet program writes next to a workbook that is open.
LOCK = "~$"
# Sheets without a table: the description of the fieldlab, its sources, and what the template explains.
OTHER_SHEETS = ("fieldlab", "sources", "lists", "notes")


@dataclass
class Book:
    """A workbook of a fieldlab: its sheets by what they hold.

    Attributes
    ----------
    path : Path
    sheets : list of Sheet
    readable : bool
        Whether it could be opened; if not, any table may be in it.
    """

    path: Path
    sheets: list[Sheet] = field(default_factory=list)
    readable: bool = False

    def sheet(self, name: str) -> Sheet | None:
        """The sheet without a table that has this name in one of the languages."""
        return next((s for s in self.sheets if _other(s.name) == name), None)

    def belongs(self, names: Names) -> bool:
        """Whether any of its sheets, or its own name, is one of a fieldlab."""
        titles = [self.path.stem, *(s.name for s in self.sheets)]
        return any(names.exactly(title) or _other(title) for title in titles)


def open_book(path: Path, inside: Path, faults: list[CircularityError]) -> Book:
    """The workbook of this path, which must be in a folder, links followed; what is wrong goes to `faults`."""
    book = Book(path)
    with collect_errors(faults):
        book.sheets = read_workbook(path, inside)
        book.readable = True
    return book


def _other(sheet: str) -> str | None:
    """Which of the sheets without a table this one is."""
    for name in OTHER_SHEETS:
        if simplified(sheet) in {name, *(simplified(text) for text in word(name, "sheet").values())}:
            return name
    return None


def tables_on(
    book: Book, names: Names, titles: Mapping[str, Both], faults: list[CircularityError], misnamed: set[str]
) -> Iterator[tuple[str, Sheet]]:
    """The sheets that hold a table, with its name; the others that hold anything are faults.

    Parameters
    ----------
    book : Book
    names : Names
        Tables there may be, with their names in both languages.
    titles : mapping of str to Both
        The name of each in both languages.
    faults : list of CircularityError
        Takes every fault.
    misnamed : set of str
        Takes the tables that are probably there under another name.
    """
    filled = [s for s in book.sheets if not s.empty and _other(s.name) is None]
    taken = {name for sheet in filled for name in names.exactly(sheet.name)}
    by_file = names.exactly(book.path.stem)
    for sheet in filled:
        where = Where(file=book.path.name, sheet=sheet.name)
        meant = names.exactly(sheet.name)
        if not meant and len(filled) == 1 and len(by_file) == 1:
            meant = by_file  # a workbook named after a table, with one sheet that Excel named
        if sheet.hidden and meant and _only_notes(sheet):
            continue
        if sheet.hidden:
            faults.append(DataError("HiddenSheet", where=where, found=sheet.name))
            misnamed.update(meant)
        elif meant:
            yield meant[0], sheet
        else:
            near = [name for name in names.nearest(sheet.name) if name not in taken][:1]
            misnamed.update(near)
            advice = sentence("rename_sheet", name=titles[near[0]]) if near else None
            faults.append(
                DataError("UnknownSheet", where=where, found=sheet.name, expected=list(titles.values()), advice=advice)
            )


def from_sheet(sheet: Sheet, name: str, file: str, method: Method, faults: list[CircularityError]) -> RawTable | None:
    """A sheet as the raw table of this name; None when no row is a heading."""
    spec = method.tables[name]
    return as_table(sheet, name, file, spec, codes_by_label(spec, method), faults)


def as_table(
    sheet: Sheet,
    name: str,
    file: str,
    spec: Table,
    words: Mapping[str, Mapping[str, str]],
    faults: list[CircularityError],
) -> RawTable | None:
    """A sheet as a raw table of any declared form; None when no row is a heading.

    Parameters
    ----------
    sheet : Sheet
    name, file : str
        Name of the table, and of its file.
    spec : declarations.Table
        What the table should hold.
    words : mapping of str to mapping of str to str
        By column, what some texts stand for.
    faults : list of CircularityError
        Takes what is wrong with the rows, and cells that do not hold what people see in them.
    """
    table = from_rows(without_notes(sheet.rows), name, file, sheet.name, spec, faults, words)
    if table is not None:
        faults += untrue_cells(sheet, Where(file=file, sheet=sheet.name), table.heading_row, table.columns)
    return table


def without_notes(rows: list[list[object]]) -> list[list[object]]:
    """The rows of a sheet, those that only explain emptied: row numbers stay what they are."""
    start, noted = _notes(rows)
    if start is None:
        return rows
    empty: list[object] = [""] * len(rows[start])
    return [
        ["", *row[1:]] if i == start else empty if note else row
        for i, (row, note) in enumerate(zip(rows, noted, strict=True))
    ]


def unread_rows(rows: list[list[object]]) -> list[int]:
    """The numbers of rows with a note in front that hold something, those right under the heading left out."""
    start, noted = _notes(rows)
    if start is None:
        return []
    first = next((i for i in range(start + 1, len(rows)) if not noted[i]), len(rows))
    return [i + 1 for i in range(first, len(rows)) if noted[i] and any(cell != "" for cell in rows[i][1:])]


def _notes(rows: list[list[object]]) -> tuple[int | None, list[bool]]:
    """The place of the heading over the notes, if there are any, and which rows under it are one."""
    start = next((i for i, row in enumerate(rows) if row and row[0] == NOTE), None)
    if start is None:
        return None, []
    below = range(start + 1)
    return start, [i not in below and isinstance(row[0], str) and row[0].startswith(NOTE) for i, row in enumerate(rows)]


def _only_notes(sheet: Sheet) -> bool:
    """Whether a sheet is as the template has it, so that nothing is hidden with it."""
    return sum(any(cell != "" for cell in row) for row in without_notes(sheet.rows)) <= 1


def without_consequences(faults: list[CircularityError]) -> list[CircularityError]:
    """The faults less those that a cell is empty of which another fault says why it reads as empty."""
    explained = {f.where.in_sheet for f in faults if f.code in ("FormulaWithoutValue", "ErrorInCell")}
    return [f for f in faults if not (f.code == "EmptyCell" and f.where.cell and f.where.in_sheet in explained)]
