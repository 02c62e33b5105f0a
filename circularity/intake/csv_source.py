"""Reading CSV of others: any separator, encoding and number of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from circularity.errors import NoHeading, NotReadable, Where, WrongEncoding, sentence
from circularity.intake.source import Format, Ragged, Source, headings, without_blank_rows
from circularity.texts import word

SEPARATORS = (";", ",", "\t", "|")
# Small blocks keep both cores at work; no cell may be longer. [bytes]
BLOCK = 4_000_000
LONGEST_HEADING = 1_000_000
CODED = pa.dictionary(pa.int32(), pa.string())


def read_csv_source(path: Path, format_: Format, coded: Collection[str] | None = None) -> Source:
    """The table in a CSV file; see `source.read_source`."""
    problem: Exception | None = None
    for encoding in _encodings(path, format_):
        try:
            return _read(path, format_, encoding, coded)
        except (UnicodeError, pa.ArrowInvalid) as failed:
            if not isinstance(failed, UnicodeError) and "UTF8" not in str(failed):
                found = sentence("cell_too_long", "unreadable", longest=BLOCK)
                raise NotReadable(
                    where=Where(file=path.name), found=found, expected=word("csv", "format"),
                    advice=sentence("close_quotes"),
                ) from None  # fmt: skip
            problem = failed
    raise WrongEncoding(where=Where(file=path.name)) from problem


def _encodings(path: Path, format_: Format) -> list[str]:
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if start.startswith(b"\xef\xbb\xbf"):
        return ["utf-8"]
    # Latin-1 takes any byte; Windows-1252 is what Excel means by it and knows the euro sign.
    return [format_.encoding] if format_.encoding else ["utf-8", "cp1252", "latin-1"]


def _read(path: Path, format_: Format, encoding: str, coded: Collection[str] | None) -> Source:
    separator, heading, units, lines = _heading(path, format_, encoding)
    data = _utf8(path, encoding)
    _whole_quotes(path, data, separator, encoding)
    types = {name: CODED if coded is None or name in coded else pa.string() for name in heading}
    table, ragged = _parsed(data, separator, heading, types, lines, threads=True)
    if ragged:  # only one thread counts the rows
        table, ragged = _parsed(data, separator, heading, types, lines, threads=False)
    first = format_.heading_row + (1 if format_.unit_row else 0) + 1
    numbers, bad = _numbers(table.num_rows, ragged, lines, first, separator)
    table, numbers = without_blank_rows(table, numbers)
    told = {"encoding": encoding, "separator": separator}
    return Source(path.name, None, table, numbers, units, bad, told=told)


def _heading(path: Path, format_: Format, encoding: str) -> tuple[str, list[str], dict[str, str], int]:
    """The separator, headings, units, and the number of lines they take."""
    wanted = format_.heading_row + int(format_.unit_row)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as stream:
        start = stream.read(LONGEST_HEADING)
    if start.lower().startswith("sep=") and format_.heading_row == 1:
        raise NoHeading(where=Where(file=path.name, row=1), found=start.splitlines()[0], expected="heading_row: 2")
    best: tuple[str, list[list[str]], int] = ("", [], 0)
    for separator in (format_.separator,) if format_.separator else SEPARATORS:
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
    if not rows or not any(cell.strip() for cell in rows[format_.heading_row - 1]):
        raise NoHeading(
            where=Where(file=path.name, row=format_.heading_row), found=word("empty", "yaml_value"),
            expected=word("table", "format"),
        )  # fmt: skip
    heading = headings(rows[format_.heading_row - 1])
    units = dict(zip(heading, rows[-1], strict=False)) if format_.unit_row and len(rows) == wanted else {}
    return separator, heading, units, lines


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


def _whole_quotes(path: Path, data: pa.Buffer, separator: str, encoding: str) -> None:
    """Refuse a file in which a quotation mark is never closed: it would swallow rows without a trace."""
    view = memoryview(data)
    marks = sum(bytes(view[start : start + BLOCK]).count(b'"') for start in range(0, len(view), BLOCK))
    if marks % 2 == 0:
        return
    rows = 0
    try:
        # A mark in the middle of an unquoted cell is text, also for a strict reader.
        for _ in csv.reader(
            io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""), delimiter=separator, strict=True
        ):
            rows += 1
    except csv.Error as problem:
        why = "open_quote" if "unexpected end" in str(problem) else "stray_quote"
        raise NotReadable(
            where=Where(file=path.name, row=rows + 1), found=word(why, "unreadable"), expected=word("csv", "format"),
            advice=sentence("close_quotes"),
        ) from None  # fmt: skip


def _parsed(
    data: pa.Buffer, separator: str, heading: list[str], types: dict[str, Any], lines: int, threads: bool
) -> tuple[pa.Table, list[tuple[int | None, str]]]:
    """The rows that fit the heading, and number and text of those that do not."""
    import pyarrow.csv as pacsv

    ragged: list[tuple[int | None, str]] = []

    def keep(row: Any) -> str:
        ragged.append((row.number, row.text))
        return "skip"

    table = pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(column_names=heading, skip_rows=lines, use_threads=threads, block_size=BLOCK),
        parse_options=pacsv.ParseOptions(
            delimiter=separator, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
        ),
        convert_options=pacsv.ConvertOptions(column_types=types, strings_can_be_null=False),
    )
    return table, ragged


def _numbers(
    count: int, ragged: list[tuple[int | None, str]], lines: int, first: int, separator: str
) -> tuple[npt.NDArray[np.int64], list[Ragged]]:
    """The row numbers of the rows that fit, and the others with theirs."""
    if not ragged:
        return np.arange(first, first + count, dtype=np.int64), []
    counted = np.array([number for number, _ in ragged], dtype=np.int64)
    places = counted - 1 - lines  # from the first row under the heading
    total = count + len(places)
    fits = np.ones(total, dtype=bool)
    fits[places] = False
    rows = [next(csv.reader([text], delimiter=separator)) if text else [] for _, text in ragged]
    bad = [Ragged(int(p) + first, cells) for p, cells in zip(places, rows, strict=True)]
    return np.flatnonzero(fits) + first, [row for row in bad if any(cell.strip() for cell in row.cells)]
