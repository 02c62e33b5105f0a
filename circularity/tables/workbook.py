"""Opening a workbook that somebody else filled in: what is there, and nothing that cannot be trusted."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath
from typing import Any
from xml.etree import ElementTree

from circularity.errors import FileError, Where, sentence
from circularity.tables.files import regular_file
from circularity.texts import word

# A workbook of a million rows is some 60 MB, and 600 MB when expanded. [bytes]
LARGEST_WORKBOOK = 200_000_000
LARGEST_EXPANDED = 1_000_000_000
MOST_PARTS = 10_000
# A reader makes room for every cell between the first and the last: two cells far apart could ask for all memory.
MOST_CELLS = 50_000_000
# The parts that name the sheets are small. [bytes]
LARGEST_INDEX = 5_000_000

# The name of the root stands at the start. [bytes]
HEAD = 4000

OLE = b"\xd0\xcf\x11\xe0"

_FAR = re.compile(rb"""<c r="(?:[A-Za-z]{2}|[A-Za-z]?\d{7})|<row r="\d{7}""")
# Rows and columns that references can reach without one that is far.
NEAR_ROWS, NEAR_COLUMNS = 1_000_000, 26
# The reader makes room for as many texts as the file says it holds; some programs count too many. [texts]
MISCOUNTED = 10_000
# What is said of an archive that is damaged or lacks a part; a RuntimeError, of one with a password.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    ValueError,
)

_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d{1,12})""")
_CELL_ROW = re.compile(rb"""=\s*["'][A-Za-z]{1,9}(\d{1,12})["']""")
_LETTERS = re.compile(rb"""=\s*["']([A-Za-z]{1,9})\d""")
# The attributes of an element may hold its end in quotation marks.
_INSIDE = rb"""(?:[^>"']|"[^"]*"|'[^']*')*"""
_CELLS = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACED = re.compile(rb"<(?:\w+:)?c(?=\s)" + _INSIDE + rb"""?\sr\s*=""")
_TEXTS = re.compile(rb"<(?:[\w.-]+:)?sst\b(" + _INSIDE + rb")>")
_COUNTED = re.compile(rb"""\buniqueCount\s*=\s*["']\s*\+?(\d+)""")
# A cell from its opening to its end; what is in it holds no other cell.
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3}\d{1,7})["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")


@dataclass
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name : str
    rows : list of list
        Cells from A1 on, rows of equal length: text, number, date or truth; empty text where nothing stands.
    hidden : bool
        Whether people do not see it.
    merged : list of (int, int, int, int)
        Merged cells: first row, first column, last row, last column, counted from 0.
    without_value : list of str
        Cells with a formula of which the file does not hold the result, such as ``F12``.
    formulas : int
        Cells with a formula.
    errors : dict of str to str
        Cells that hold an error of the spreadsheet, such as ``#N/A``.
    concealed : bool
        Whether rows or columns of it do not show.
    """

    name: str
    rows: list[list[Any]]
    hidden: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    without_value: list[str] = field(default_factory=list)
    formulas: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    concealed: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell != "" for row in self.rows for cell in row) and not self.without_value


def read_workbook(path: Path, inside: Path | None = None) -> list[Sheet]:
    """The sheets of a workbook (.xlsx).

    Parameters
    ----------
    path : Path
        File.
    inside : Path, optional
        Folder that the file must be in, links followed.

    Returns
    -------
    list of Sheet
        In the order of the workbook; sheets with nothing but a chart are left out.

    Raises
    ------
    NotReadable
        If it is no workbook of this kind, is damaged, is protected with a password, or would take too much memory.
    """
    where, format_ = Where(file=path.name), word("xlsx", "format")
    real = regular_file(path, where, format_, LARGEST_WORKBOOK, inside)
    with real.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(OLE):
        raise _refusal(where, "old_workbook", "save_as_xlsx")
    if not head.startswith(b"PK"):
        raise _refusal(where, "no_workbook", "save_as_xlsx")
    if path.suffix.lower() != ".xlsx":
        raise _refusal(where, "other_ending", "name_xlsx")
    contents = _looked_through(real, where)
    # The reader lets others work meanwhile.
    with ThreadPoolExecutor(1) as beside:
        told = {name: beside.submit(_told, content) for name, content in contents.items()}
        return list(_sheets(real, where, told))


def _refusal(where: Where, why: str, advice: str, /, **details: str) -> FileError:
    found = sentence(why, "unreadable", **details)
    return FileError("NotReadable", where=where, found=found, expected=word("xlsx", "format"), advice=sentence(advice))


def _sheets(path: Path, where: Where, told: Mapping[str, Future[_Part]]) -> Iterator[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for about in book.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                if about.name not in told:
                    raise _refusal(where, "damaged_workbook", "save_again")
                sheet = book.get_sheet_by_name(about.name)
                rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
                merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
                hidden = about.visible != SheetVisibleEnum.Visible
                yield Sheet(about.name, rows, hidden, merged, **vars(told[about.name].result()))
    except (CalamineError, OSError, ValueError):
        raise _refusal(where, "damaged_workbook", "save_again") from None
    except BaseException as problem:  # a reader in another language that gives up does so with an exception of its own
        if type(problem).__name__ != "PanicException":
            raise
        raise _refusal(where, "damaged_workbook", "save_again") from None


# What the reader does not tell ------------------------------------------------------------------------------------


@dataclass
class _Part:
    """What stands in the part of a workbook that holds one sheet."""

    without_value: list[str] = field(default_factory=list)
    formulas: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    concealed: bool = False


def _looked_through(path: Path, where: Where) -> dict[str, bytes]:
    """Read every part once, within bounds, so that opening the workbook is safe; gives what holds each sheet."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_EXPANDED:
                raise _refusal(where, "zip_bomb", "split_workbook", largest=f"{LARGEST_EXPANDED // 1_000_000} MB")
            names = _names_of_sheets(book)
            found: dict[str, bytes] = {}
            for part in parts:
                # Reading gives as many bytes as the file says there are, and checks them: a part cannot be larger.
                content = book.read(part)
                if b"sst" in content:
                    _refuse_miscounted_texts(content)
                if b"sheetData" in content:
                    _refuse_far_cells(content, where, names.get(part.filename))
                    if part.filename in names:
                        found[names[part.filename]] = content
            return found
    except DAMAGED:
        raise _refusal(where, "damaged_workbook", "save_again") from None


def _names_of_sheets(book: zipfile.ZipFile) -> dict[str, str]:
    """The name of the sheet that each part holds."""

    def index(name: str) -> ElementTree.Element:
        if book.getinfo(name).file_size > LARGEST_INDEX:
            raise zipfile.BadZipFile(name)
        return ElementTree.fromstring(book.read(name))  # noqa: S314  (a small part; expat bounds what entities become)

    found = {r.get("Id"): str(r.get("Target")) for r in index("xl/_rels/workbook.xml.rels")}
    sheets = [element for element in index("xl/workbook.xml").iter() if element.tag.endswith("}sheet")]
    # There are two namespaces for the same thing, an earlier and a strict one.
    relation = {str(s.get("name")): next((v for k, v in s.items() if k.endswith("}id")), "") for s in sheets}
    targets = {name: found.get(id_, "") for name, id_ in relation.items()}
    return {normpath(join("xl", t)) if not t.startswith("/") else t[1:]: name for name, t in targets.items()}


def _refuse_miscounted_texts(content: bytes) -> None:
    """Refuse a list of texts that says it is much longer than it is: the reader would ask for all memory."""
    for attributes in _TEXTS.findall(content):
        there = content.count(b"<si") + content.count(b":si")
        if any(int(number[:20]) > there + MISCOUNTED for number in _COUNTED.findall(attributes)):
            raise zipfile.BadZipFile


def _refuse_far_cells(content: bytes, where: Where, sheet: str | None) -> None:
    rows, columns = _extent(content)
    if rows * max(columns, NEAR_COLUMNS) > MOST_CELLS:
        far = Where(file=where.file, sheet=sheet)
        raise _refusal(far, "far_cells", "clear_far_cells", cells=f"{rows} × {columns}")


def _extent(content: bytes) -> tuple[int, int]:
    """Rows and columns that a sheet takes at most; cells and rows without a reference follow those before them."""
    start, end = content.find(b"<sheetData"), content.rfind(b"</sheetData>")
    inside = content[start:end] if -1 < start < end else content
    # As most programs write it; looking at every cell takes longer.
    plain = not any(part in inside for part in (b"<!", b":row", b":c"))
    if plain and inside.count(b"<c") == inside.count(b'<c r="') and inside.count(b"<row") == inside.count(b'<row r="'):
        if not _FAR.search(inside):
            return NEAR_ROWS, NEAR_COLUMNS
        more, widest = 0, 0
    else:
        rows = inside.count(b"<row") + inside.count(b":row")
        more = max(rows - len(_ROW.findall(inside)), 0)
        # Where an element may be no row, because of a comment or the like, all cells may be in one.
        pieces = [inside] if b"<!" in inside else re.split(rb"<row|:row", inside)
        placed = len(_PLACED.findall(inside)) == len(_CELLS.findall(inside))
        widest = 0 if placed else max(len(_CELLS.findall(piece)) for piece in pieces)
    last = max(map(int, {*_CELL_ROW.findall(inside), *_ROW.findall(inside)}), default=0)
    right = max((position(at.decode()) + 1 for at in set(_LETTERS.findall(inside))), default=0)
    return last + more, right + widest


def letter(position: int) -> str:
    """The letters of a column in a spreadsheet."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def position(letters: str) -> int:
    """The place of a column of these letters, counted from 0."""
    number = 0
    for sign in letters.upper():
        number = number * 26 + ord(sign) - ord("A") + 1
    return number - 1


def split_cell(cell: str) -> tuple[str, int]:
    """The letters and the row of a cell such as ``F12``."""
    letters = cell.rstrip("0123456789")
    return letters, int(cell[len(letters) :] or 0)


def _told(content: bytes) -> _Part:
    """Formulas and errors: the first without a result, and the second, come out of the reader as empty cells."""
    part = _Part(concealed=any(sign in content for sign in (b' hidden="1"', b' hidden="true"')))
    # A formula that is shared stands in full in one cell at least, and so has an end.
    signs = [b"</f>", b'="e"', *([b":f>"] if b"<worksheet" not in content[:HEAD] else [])]
    if not any(sign in content for sign in signs) and (b"'" not in content or b"='e'" not in content):
        return part
    for attributes, inner in _CELL.findall(content):
        formula, value = bool(_FORMULA.search(inner)), _VALUE.search(inner)
        place = _REFERENCE.search(attributes)
        cell = place.group(1).decode() if place else "?"
        part.formulas += formula
        if formula and value is None:
            part.without_value.append(cell)
        elif value is not None and _ERROR.search(attributes):
            part.errors[cell] = value.group(1).decode("utf-8", "replace")
    return part
