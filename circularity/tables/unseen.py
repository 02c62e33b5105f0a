"""What the reader of workbooks passes over, looked for beforehand: lost results, errors, cells far apart."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from posixpath import join, normpath
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from circularity.errors import FileError, Where, sentence
from circularity.tables.cells import letter, position
from circularity.texts import word

# A workbook of a million rows is some 60 MB, and 600 MB when expanded. [bytes]
LARGEST_WORKBOOK = 200_000_000
LARGEST_EXPANDED = 1_000_000_000
MOST_PARTS = 10_000
# A reader makes room for every cell between the first and the last: two cells far apart could ask for all memory.
MOST_CELLS = 50_000_000
# The parts that name the sheets are small. [bytes]
LARGEST_INDEX = 5_000_000

# The name of the root element is at the start. [bytes]
HEAD = 4000

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
# Plain elements in a sheet other than rows and cells, and what ends their name.
_LETTER_TAGS, _AFTER_TAG = np.frombuffer(b"vftr", dtype=np.uint8), np.frombuffer(b" >/", dtype=np.uint8)
# Bytes looked at together, and behind an opening.
CHUNK, REACH = 8_000_000, 24
# A cell from its opening to its end; what is in it holds no other cell.
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3}\d{1,7})["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")


@dataclass
class Unseen:
    """What the reader passes over in one sheet; as the attributes of `circularity.tables.workbook.Sheet`."""

    without_value: list[str] = field(default_factory=list)
    formulas: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    concealed: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def refusal(where: Where, why: str, advice: str, /, **details: str) -> FileError:
    """The error of a workbook that is not opened."""
    found, what = sentence(why, "unreadable", **details), sentence(advice, **details)
    return FileError("NotReadable", where=where, found=found, expected=word("workbook", "format"), advice=what)


def far_cells(where: Where, sheet: str | None, rows: int, columns: int) -> FileError:
    """The error of a sheet for which there is not enough memory."""
    far = Where(file=where.file, sheet=sheet)
    return refusal(far, "far_cells", "clear_far_cells", cells=f"{rows} × {columns}")


def look_through(path: Path, where: Where) -> tuple[str, dict[str, Callable[[], Unseen]]]:
    """Read every part of a workbook once, within bounds, so that opening it is safe.

    Parameters
    ----------
    path : Path
        Zip file.
    where : Where
        For errors.

    Returns
    -------
    str, dict of str to callable
        The ending that the file should have, and by sheet what looks for what the reader passes over.

    Raises
    ------
    NotReadable
        If it is damaged, protected with a password, or would take too much memory.
    """
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_EXPANDED:
                raise refusal(where, "zip_bomb", "split_workbook", largest=f"{LARGEST_EXPANDED // 1_000_000} MB")
            if "content.xml" in book.namelist():
                return ".ods", _of_document(book, where)
            return ".xlsx", _of_xlsx(book, where)
    except DAMAGED:
        raise refusal(where, "damaged_workbook", "save_again") from None


def _of_document(book: zipfile.ZipFile, where: Where) -> dict[str, Callable[[], Unseen]]:
    for part in book.infolist():
        # Reading gives as many bytes as the file says there are, and checks them: a part cannot be larger.
        if b"encryption-data" in book.read(part) and part.filename == "META-INF/manifest.xml":
            raise refusal(where, "old_workbook", "save_as_xlsx")
    found = _in_document(book.read("content.xml"), where)
    return {name: partial(Unseen, **vars(part)) for name, part in found.items()}


def _of_xlsx(book: zipfile.ZipFile, where: Where) -> dict[str, Callable[[], Unseen]]:
    names = _names_of_sheets(book)
    found: dict[str, Callable[[], Unseen]] = {}
    for part in book.infolist():
        content = book.read(part)  # of as many bytes as the file says there are, and no more
        sheet = b"sheetData" in content
        if not sheet or part.filename.lower().endswith("sharedstrings.xml"):
            _refuse_miscounted_texts(content)
        if sheet:
            rows, columns = _extent(content)
            if rows * max(columns, NEAR_COLUMNS) > MOST_CELLS:
                raise far_cells(where, names.get(part.filename), rows, columns)
            if part.filename in names:
                found[names[part.filename]] = partial(_in_sheet, content)
    return found


# Workbooks of Excel -----------------------------------------------------------------------------------------------


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


def _extent(content: bytes) -> tuple[int, int]:
    """Rows and columns that a sheet takes at most; cells and rows without a reference follow those before them."""
    start, end = content.find(b"<sheetData"), content.rfind(b"</sheetData>")
    if _near(np.frombuffer(content, dtype=np.uint8), start + 1, end):
        return NEAR_ROWS, NEAR_COLUMNS
    inside = content[start:end] if -1 < start < end else content
    rows = inside.count(b"<row") + inside.count(b":row")
    placed = len(_PLACED.findall(inside)) == len(_CELLS.findall(inside))
    # Where an element may be no row, because of a comment or the like, all cells may be in one.
    pieces = [inside] if b"<!" in inside else re.split(rb"<row|:row", inside)
    widest = 0 if placed else max(len(_CELLS.findall(piece)) for piece in pieces)
    last = max(map(int, {*_CELL_ROW.findall(inside), *_ROW.findall(inside)}), default=0)
    right = max((position(at.decode()) + 1 for at in set(_LETTERS.findall(inside))), default=0)
    return last + max(rows - len(_ROW.findall(inside)), 0), right + widest


def _near(content: npt.NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether all rows and cells have a reference, as most programs write it, and none is far.

    Looking at the few bytes behind every opening is ten times as fast as reading every element.
    """
    if not 0 < start < end or end + REACH > len(content):
        return False
    for first in range(start, end, CHUNK):
        at = first + np.flatnonzero(content[first : min(first + CHUNK, end)] == ord("<"))
        one, two = content[at + 1], content[at + 2]
        row, cell = (one == ord("r")) & (two == ord("o")), (one == ord("c")) & (two == ord(" "))
        other = np.isin(one, _LETTER_TAGS) & np.isin(two, _AFTER_TAG) | (one == ord("i")) & (two == ord("s"))
        if not (row | cell | other | (one == ord("/"))).all():
            return False
        if not (_followed(content, at[row] + 3, b'w r="') and _followed(content, at[cell] + 3, b'r="')):
            return False
        if _digits(content, at[row] + 8, 7).any() or _digits(content, at[cell] + 7, 7).any():
            return False
        if (content[at[cell] + 7] > ord("9")).any():  # a second letter
            return False
    return True


def _followed(content: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], by: bytes) -> bool:
    return all(bool((content[at + i] == byte).all()) for i, byte in enumerate(by))


def _digits(content: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
    found = np.ones(len(at), dtype=bool)
    for i in reversed(range(count)):  # the last is seldom one
        at, found = at[found], found[found]
        found = (content[at + i] >= ord("0")) & (content[at + i] <= ord("9"))
        if not found.any():
            break
    return found


def _in_sheet(content: bytes) -> Unseen:
    """Formulas and errors: the first without a result, and the second, come out of the reader as empty cells."""
    part = Unseen(concealed=any(text in content for text in (b' hidden="1"', b' hidden="true"')))
    # A formula that is shared is written in full in one cell at least, and so has an end.
    marks = [b"</f>", b'="e"', *([b":f>"] if b"<worksheet" not in content[:HEAD] else [])]
    if not any(mark in content for mark in marks) and (b"'" not in content or b"='e'" not in content):
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


# Documents of LibreOffice ----------------------------------------------------------------------------------------

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_ODS_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_ODS_VALUES = [_OFFICE + name for name in ("value", "string-value", "date-value", "time-value", "boolean-value")]
_ODS_ERROR = re.compile(r"#[A-Z][A-Z0-9/]*[!?]?|Err:\d+")


def _in_document(content: bytes, where: Where) -> dict[str, Unseen]:
    """What is passed over in every table of ``content.xml``; cells and rows that are repeated count as often."""
    found: dict[str, Unseen] = {}
    name, row, rows, columns, depth = "", 0, 0, 0, 0
    # The parser bounds what entities become.
    for event, element in ElementTree.iterparse(io.BytesIO(content), events=("start", "end")):  # noqa: S314
        if element.tag == f"{_TABLE}table":
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1:
                name, row, rows, columns = element.get(f"{_TABLE}name", ""), 0, 0, 0
                found[name] = Unseen()
            elif event == "end" and depth == 0:
                if rows * columns > MOST_CELLS:
                    raise far_cells(where, name, rows, columns)
                element.clear()
        elif event == "end" and element.tag == f"{_TABLE}table-row" and depth == 1:
            repeated = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            width = _in_row(found[name], element, row)
            row += repeated
            rows, columns = (row if width else rows), max(columns, width)
            element.clear()
        elif event == "end" and depth == 1 and element.tag == f"{_TABLE}table-column":
            found[name].concealed |= _collapsed(element)
    return found


def _collapsed(element: ElementTree.Element) -> bool:
    return element.get(f"{_TABLE}visibility", "visible") != "visible"


def _in_row(part: Unseen, row: ElementTree.Element, number: int) -> int:
    """Add what is passed over in a row, and give the columns up to its last cell that holds something."""
    column = width = 0
    part.concealed |= _collapsed(row)
    for cell in row.iter():
        if cell.tag not in _ODS_CELLS:
            continue
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        kind, formula = cell.get(f"{_OFFICE}value-type"), cell.get(f"{_TABLE}formula") is not None
        shown = cell.find(f"{_TEXT}p")
        said = "" if shown is None else "".join(shown.itertext()).strip()
        place = f"{letter(column)}{number + 1}"
        part.formulas += formula
        # Excel writes an error as the number 0, with its name as what is shown.
        if cell.get(f"{_CALC}value-type") == "error" or (formula and kind != "string" and _ODS_ERROR.fullmatch(said)):
            part.errors[place] = said or "#ERROR!"
        elif formula and (
            kind is None or (shown is None and not any(cell.get(value) is not None for value in _ODS_VALUES))
        ):
            part.without_value.append(place)
        down, along = (int(cell.get(f"{_TABLE}number-{side}-spanned", "1")) for side in ("rows", "columns"))
        if max(down, along) > 1:
            part.merged.append((number, column, number + down - 1, column + along - 1))
        column += times
        width = column if kind is not None or formula else width
    return width
