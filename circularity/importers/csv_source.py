"""Reading CSV of others: any separator, encoding and number of cells."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Collection
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from circularity.errors import DataError, FileError, Where, sentence
from circularity.importers.csv_text import BLOCK, CODED, CsvText
from circularity.importers.source import MOST_LOOKED, Format, Ragged, SourceTable, blank_rows, check_headings, headings
from circularity.texts import word

SEPARATORS = (";", ",", "\t", "|")
LONGEST_HEADING = 1_000_000


def read_csv_source(
    path: Path, format_: Format, wanted: Collection[str] | None = None, needed: Collection[str] = ()
) -> SourceTable:
    """The table in a CSV file; see `source.read_source`."""
    problem: Exception | None = None
    for encoding in _encodings(path, format_):
        try:
            return _read(path, format_, encoding, wanted, needed)
        except (UnicodeError, pa.ArrowInvalid) as failed:
            if not isinstance(failed, UnicodeError) and "UTF8" not in str(failed):
                found = sentence("cell_too_long", "unreadable", longest=BLOCK)
                raise FileError("NotReadable",
                    where=Where(file=path.name), found=found, expected=word("csv", "format"),
                    advice=sentence("close_quotes"),
                ) from None  # fmt: skip
            problem = failed
    raise FileError("WrongEncoding", where=Where(file=path.name)) from problem


def _encodings(path: Path, format_: Format) -> list[str]:
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if start.startswith(b"\xef\xbb\xbf"):
        return ["utf-8"]
    # Latin-1 takes any byte; Windows-1252 is what Excel means by it and knows the euro sign.
    return [format_.encoding] if format_.encoding else ["utf-8", "cp1252", "latin-1"]


def _read(
    path: Path, format_: Format, encoding: str, wanted: Collection[str] | None, needed: Collection[str]
) -> SourceTable:
    separator, heading, units, lines = _heading(path, format_, encoding, needed)
    text = CsvText(_utf8(path, encoding), separator, heading, lines, path.name)
    text.refuse_open_quotes()
    # Arrow reads all columns where none is asked for.
    read = [name for name in heading if wanted is None or name in wanted] or heading[:1]
    table, ragged = text.parsed(read, CODED)
    first = format_.heading_row + (1 if format_.unit_row else 0) + 1
    places, others = _places(table.num_rows, ragged, lines, separator)
    text.count = len(places) + len(ragged)
    text.refuse_swallowed_rows(first)
    blank = blank_rows(table)
    if blank.any():  # what is not read may hold something all the same
        at = np.flatnonzero(blank)
        blank[at] = blank_rows(text.rows(places[at], at))
        table = table.filter(pa.array(~blank))
    index, places = np.flatnonzero(~blank), places[~blank]

    def whole(chosen: npt.NDArray[np.int64]) -> pa.Table:
        return text.rows(places[chosen], index[chosen])

    told = {"encoding": encoding, "separator": separator}
    bad = [Ragged(place + first, cells) for place, cells in others if any(cell.strip() for cell in cells)]
    return SourceTable(path.name, None, heading, table, places + first, whole, units, bad, told=told)


def _heading(
    path: Path, format_: Format, encoding: str, needed: Collection[str]
) -> tuple[str, list[str], dict[str, str], int]:
    """The separator, headings, units, and the number of lines they take."""
    wanted = format_.heading_row + int(format_.unit_row)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as stream:
        start = stream.read(LONGEST_HEADING)
    if start.lower().startswith("sep=") and format_.heading_row == 1:
        raise DataError(
            "NoHeading", where=Where(file=path.name, row=1), found=start.splitlines()[0], expected="heading_row: 2"
        )
    best: tuple[str, list[list[str]], int] = ("", [], 0)
    separators = (format_.separator,) if format_.separator else SEPARATORS
    for separator in separators:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
        rows: list[list[str]] = []
        try:
            rows += (row for row, _ in zip(reader, range(wanted), strict=False))
        except csv.Error:
            continue
        # zip asks the reader for one row more than it hands on, unless the range ends first.
        lines = _lines(start, separator, wanted)
        width = len(rows[format_.heading_row - 1]) if len(rows) >= format_.heading_row else 0
        if not best[1] or width > len(best[1][format_.heading_row - 1]):
            best = (separator, rows, lines) if width else best
    separator, rows, lines = best
    cells = rows[format_.heading_row - 1] if rows else []
    where = Where(file=path.name, row=format_.heading_row)
    check_headings(headings(cells), needed, (_first_rows(start, s) for s in separators), where)
    if not any(cell.strip() for cell in cells):
        raise DataError("NoHeading",
            where=where, found=word("empty", "yaml_value"), expected=word("table", "format"),
        )  # fmt: skip
    heading = headings(cells)
    units = dict(zip(heading, rows[-1], strict=False)) if format_.unit_row and len(rows) == wanted else {}
    return separator, heading, units, lines


def _first_rows(start: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows += islice(csv.reader(io.StringIO(start, newline=""), delimiter=separator), MOST_LOOKED)
    return rows


def _lines(start: str, separator: str, records: int) -> int:
    """The number of lines that the first `records` rows take."""
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    for _ in range(records):
        next(reader, None)
    return reader.line_num


def _utf8(path: Path, encoding: str) -> pa.Buffer:
    """The file as UTF-8 without a byte-order mark."""
    if encoding == "utf-8":
        with pa.memory_map(str(path)) as mapped:
            data = mapped.read_buffer()
        return data.slice(3) if data.size >= 3 and data.slice(0, 3).to_pybytes() == b"\xef\xbb\xbf" else data
    # Line ends stay as they are: they are counted.
    return pa.py_buffer(path.read_bytes().decode(encoding).encode("utf-8"))


def _places(
    count: int, ragged: list[tuple[int | None, str]], lines: int, separator: str
) -> tuple[npt.NDArray[np.int64], list[tuple[int, list[str]]]]:
    """The places under the heading of the rows that fit, and place and cells of the others."""
    if not ragged:
        return np.arange(count, dtype=np.int64), []
    bad = np.array([number for number, _ in ragged], dtype=np.int64) - 1 - lines
    fits = np.ones(count + len(bad), dtype=bool)
    fits[bad] = False
    rows = [next(csv.reader([text], delimiter=separator)) if text else [] for _, text in ragged]
    return np.flatnonzero(fits), list(zip(bad.tolist(), rows, strict=True))
