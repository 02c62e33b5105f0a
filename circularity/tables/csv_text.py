"""The text of a CSV file: its encoding, what separates its cells, its rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from circularity.errors import DataError, FileError, Where, sentence
from circularity.tables.files import UTF16, file_content
from circularity.texts import word

# Every cell becomes a text of its own. [bytes]
LARGEST_CSV = 2_000_000_000
# What may separate cells, the usual one first, with its name in texts/.
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# Titles and notes above a heading are a few lines, not more.
ROWS_SEARCHED = 20
# Rows that are asked what separates their cells, where the names of the columns are not known beforehand.
ROWS_COUNTED = 1000


class Headings(Protocol):
    """Names that a heading may hold."""

    def exactly(self, text: str) -> Sequence[str]:
        """The names that a text is a word for."""
        ...


@dataclass(frozen=True)
class CsvRows:
    """The rows of a CSV file.

    Attributes
    ----------
    cells : list of list of str
        Row by row, as they are in the file.
    separator : str
    first : int
        Number of the first row in the file: 2 under a line ``sep=;``, which only Excel understands.
    encoding : str
    """

    cells: list[list[str]]
    separator: str
    first: int
    encoding: str


def read_csv_rows(path: Path, *, inside: Path | None = None, headings: Headings | None = None) -> CsvRows:
    """The rows of a CSV file.

    Parameters
    ----------
    path : Path
    inside : Path, optional
        Folder that the file must be in, links followed.
    headings : Headings, optional
        Names of columns that there may be: what separates them, separates the cells.

    Raises
    ------
    NotReadable
        If it cannot be read, quotation marks do not come in pairs, or a cell is too long; with the row.
    WrongEncoding
        If its text cannot be read; with the row where that shows.
    """
    text, encoding = decoded(file_content(path, path.name, "csv", LARGEST_CSV, inside), path.name)
    separator, first = separator_of(text, headings)
    return CsvRows(split_rows(text, path.name, separator)[first - 1 :], separator, first, encoding)


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """The text, and the encoding that it turned out to have."""
    if content.startswith(UTF16):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise FileError("WrongEncoding", where=Where(file=name)) from None
    try:
        if b"\x00" in content[:4]:
            raise UnicodeDecodeError("utf-8", content, 0, 1, "UTF-16")
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as problem:
        wrong = problem
    # Where no letter is UTF-8, it is what older programs of Windows write: Latin-1 and the euro sign.
    if b"\x00" not in content[:4] and content.decode("utf-8", "ignore").isascii():
        try:
            return content.decode("cp1252"), "cp1252"
        except UnicodeDecodeError as problem:
            wrong = problem
    where = Where(file=name, row=content[: wrong.start].count(b"\n") + 1)
    raise FileError("WrongEncoding", where=where)


def split_rows(text: str, file: str, separator: str = ",") -> list[list[str]]:
    """The rows of a CSV text.

    Raises
    ------
    NotReadable
        If quotation marks do not come in pairs, or a cell is too long; with the row.
    """
    rows: list[list[str]] = []
    try:
        rows += csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    except csv.Error as problem:
        # A quotation mark that is not closed swallows the rest of the file: the row where it opened is the next one.
        where, advice = Where(file=file, row=len(rows) + 1), sentence("close_quotes")
        raise FileError(
            "NotReadable", where=where, found=_in_words(problem), expected=word("csv", "format"), advice=advice
        ) from None
    return rows


def _in_words(problem: csv.Error) -> object:
    for said, name in (("unexpected end", "open_quote"), ("expected after", "stray_quote")):
        if said in str(problem):
            return word(name, "unreadable")
    if "field limit" in str(problem):
        return sentence("cell_too_long", "unreadable", longest=csv.field_size_limit())
    return str(problem)


# What separates the cells -----------------------------------------------------------------------------------------


def separator_of(text: str, headings: Headings | None = None) -> tuple[str, int]:
    """What separates the cells of a text, and the number of the first row that is one of the table.

    What separates the most known headings counts; where none is known, a comma if every row then has as many cells as
    the first; and otherwise what gives the first row the most cells.
    """
    lines = [line.rstrip("\r\n") for line in islice(io.StringIO(text), ROWS_SEARCHED)]
    if lines and lines[0].lower().startswith("sep=") and lines[0][4:5] in SEPARATORS and len(lines[0]) == 5:
        return lines[0][4], 2
    if headings is not None:
        known = {s: max(_known(line.split(s), headings) for line in lines) for s in SEPARATORS}
        best = max(SEPARATORS, key=lambda s: known[s])
        if known[best] > max(known[","], 1):
            return best, 1
        if known[","] or "," in lines[0]:
            return ",", 1
    widths = {separator: _widths(text, separator) for separator in SEPARATORS}
    if len(set(widths[","])) == 1 and widths[","][0] > 1:
        return ",", 1
    return max(SEPARATORS, key=lambda s: widths[s][0] if widths[s] else 0), 1


def _known(cells: Sequence[str], headings: Headings) -> int:
    return sum(bool(headings.exactly(cell.strip('" '))) for cell in cells)


def _widths(text: str, separator: str) -> list[int]:
    """The number of cells in each of the first rows that hold something."""
    found: list[int] = []
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), ROWS_COUNTED):
            if any(row):
                found.append(len(row))
    except csv.Error:  # of which a fault is made when the rows are read
        pass
    return found


def other_separator(row: Sequence[str], width: int, separator: str) -> str | None:
    """What else separates the cells of a row that is too short: with it the row has as many cells as it should."""
    if len(row) >= width:
        return None
    missing = width - len(row)
    return next((s for s in SEPARATORS if s != separator and sum(c.count(s) for c in row) == missing), None)


def mixed_separators(where: Where, found: str, separator: str) -> DataError:
    """The fault of a row whose cells are separated by something else than those of the rest of the file."""
    return DataError(
        "WrongSeparator", where=where, found=word(SEPARATORS[found], "separator"),
        expected=word(SEPARATORS[separator], "separator"),
    )  # fmt: skip


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The number of cells that most rows have."""
    counts = Counter(len(row) for row in rows if any(row))
    return counts.most_common(1)[0][0] if counts else 0
