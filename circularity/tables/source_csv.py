"""CSV of others, column by column: any separator, encoding and number of cells, and no row lost."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from circularity.errors import DataError, FileError, Where, sentence
from circularity.tables.csv_text import SEPARATORS, decoded, separator_of
from circularity.tables.files import UTF16
from circularity.tables.source_table import (
    MOST_LOOKED,
    Format,
    Ragged,
    SourceTable,
    blank_rows,
    check_headings,
    headings,
)
from circularity.texts import word

# The first bytes, in which the heading must end.
LONGEST_HEADING = 1_000_000
# Small blocks keep both cores at work; no cell may be longer. [bytes]
BLOCK = 4_000_000
CODED = pa.dictionary(pa.int32(), pa.string())
# In a narrow table, a cell with a line of as many separators as a row has may be meant.
NARROW = 5
NEWLINE, QUOTE = 10, 34


def read_csv_source(
    path: Path, format_: Format, wanted: Collection[str] | None = None, needed: Collection[str] = ()
) -> SourceTable:
    """The table in a CSV file; see `read_source.read_source`."""
    with path.open("rb") as stream:
        marked = stream.read(2) in UTF16
    if marked or format_.encoding not in (None, "utf-8"):
        return _read(path, *_converted(path, None if marked else format_.encoding), format_, wanted, needed)
    with pa.memory_map(str(path)) as mapped:
        data = mapped.read_buffer()
    if data.size >= 3 and data.slice(0, 3).to_pybytes() == codecs.BOM_UTF8:
        data = data.slice(3)
    try:
        return _read(path, data, "utf-8", format_, wanted, needed)
    except UnicodeError:
        if format_.encoding is not None:
            raise FileError("WrongEncoding", where=Where(file=path.name)) from None
    return _read(path, *_converted(path, None), format_, wanted, needed)


def _converted(path: Path, encoding: str | None) -> tuple[pa.Buffer, str]:
    """The file as UTF-8, and its encoding, found out where it is not given. Line ends stay as they are."""
    content = path.read_bytes()
    try:
        text, encoding = (content.decode(encoding), encoding) if encoding else decoded(content, path.name)
    except UnicodeError:
        raise FileError("WrongEncoding", where=Where(file=path.name)) from None
    return pa.py_buffer(text.encode("utf-8")), encoding


def _read(
    path: Path,
    data: pa.Buffer,
    encoding: str,
    format_: Format,
    wanted: Collection[str] | None,
    needed: Collection[str],
) -> SourceTable:
    head = _heading(path, data, format_, needed)
    text = CsvText(data, head.separator, head.names, head.lines, path.name)
    text.refuse_open_quotes()
    # Arrow reads all columns where none is asked for.
    read = [name for name in head.names if wanted is None or name in wanted] or head.names[:1]
    try:
        table, ragged = text.parsed(read, CODED)
    except pa.ArrowInvalid as problem:
        if "UTF8" in str(problem):
            raise UnicodeError from None
        found = sentence("cell_too_long", "unreadable", longest=BLOCK)
        raise FileError("NotReadable",
            where=Where(file=path.name), found=found, expected=word("csv", "format"), advice=sentence("close_quotes"),
        ) from None  # fmt: skip
    first = head.row + int(format_.unit_row) + 1
    places, others = _places(table.num_rows, ragged, head.lines, head.separator)
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

    return SourceTable(
        path.name,
        None,
        head.names,
        table,
        rows=places + first,
        whole=whole,
        units=head.units,
        ragged=[Ragged(place + first, cells) for place, cells in others if any(cell.strip() for cell in cells)],
        written_as={"encoding": encoding, "separator": head.separator},
    )


@dataclass(frozen=True)
class _Heading:
    """The heading: what separates its cells, its row, its names, the units below them, and the lines down to there."""

    separator: str
    row: int
    names: list[str]
    units: dict[str, str]
    lines: int


@dataclass(frozen=True)
class _Needed:
    """Headings that show what separates them."""

    names: Collection[str]

    def exactly(self, text: str) -> Sequence[str]:
        return [text] if text in self.names else []


def _heading(path: Path, data: pa.Buffer, format_: Format, needed: Collection[str]) -> _Heading:
    # The last character may be cut in two; any other that is wrong is an error.
    start = codecs.getincrementaldecoder("utf-8")().decode(data.slice(0, min(data.size, LONGEST_HEADING)).to_pybytes())
    below = "".join(list(io.StringIO(start, newline=""))[format_.heading_row - 1 :])
    separator, first = separator_of(below, _Needed(needed) if needed else None)
    separator, row = format_.separator or separator, format_.heading_row + first - 1
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows += islice(reader, row + int(format_.unit_row))
    cells, where = rows[row - 1] if len(rows) >= row else [], Where(file=path.name, row=row)
    readings = (_first_rows(start, s) for s in ((format_.separator,) if format_.separator else SEPARATORS))
    check_headings(headings(cells), needed, readings, where)
    if not any(cell.strip() for cell in cells):
        expected = word("table", "format")
        raise DataError("NoHeading", where=where, found=word("empty", "yaml_value"), expected=expected)
    names = headings(cells)
    units = dict(zip(names, rows[row], strict=False)) if format_.unit_row and len(rows) > row else {}
    return _Heading(separator, row, names, units, reader.line_num)


def _first_rows(start: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows += islice(csv.reader(io.StringIO(start, newline=""), delimiter=separator), MOST_LOOKED)
    return rows


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


@dataclass
class CsvText:
    """A CSV file as UTF-8.

    Attributes
    ----------
    data : pyarrow.Buffer
    separator : str
    heading : list of str
        All headings.
    lines : int
        Lines down to the first row under the heading.
    file : str
        Name of the file, for errors.
    count : int
        Rows under the heading, once they are known.
    """

    data: pa.Buffer
    separator: str
    heading: list[str]
    lines: int
    file: str
    count: int = -1

    @cached_property
    def _marks(self) -> tuple[npt.NDArray[np.int64], int]:
        """Where lines end, and how many quotation marks there are."""
        characters = np.frombuffer(self.data, dtype=np.uint8)
        ends, quotes = [], 0
        for start in range(0, len(characters), BLOCK):
            part = characters[start : start + BLOCK]
            ends.append(np.flatnonzero(part == NEWLINE) + start)
            quotes += int(np.count_nonzero(part == QUOTE))
        found = np.concatenate(ends)
        if len(characters) and characters[-1] != NEWLINE:
            found = np.append(found, len(characters))
        return found, quotes

    @cached_property
    def _marked(self) -> bool:
        """Whether there is a quotation mark under the heading."""
        ends, quotes = self._marks
        above = int(ends[self.lines - 1]) if len(ends) >= self.lines > 0 else 0
        return quotes > bytes(memoryview(self.data)[:above]).count(b'"')

    def refuse_open_quotes(self) -> None:
        """Refuse a file in which a quotation mark is never closed: it would swallow rows without a trace.

        Raises
        ------
        NotReadable
            With the row where it opens.
        """
        if self._marks[1] % 2 == 0:
            return
        rows = 0
        stream = io.TextIOWrapper(io.BytesIO(self.data), encoding="utf-8", newline="")
        try:
            # A mark in the middle of an unquoted cell is text, also for a strict reader.
            for _ in csv.reader(stream, delimiter=self.separator, strict=True):
                rows += 1
        except csv.Error as problem:
            raise self._quotes("open_quote" if "unexpected end" in str(problem) else "stray_quote", rows + 1) from None

    def refuse_swallowed_rows(self, first: int) -> None:
        """Refuse a file in which a cell holds what looks like whole rows: two marks were left open.

        Parameters
        ----------
        first : int
            Number of the first row under the heading.

        Raises
        ------
        NotReadable
            With the row of the cell.
        """
        if len(self._marks[0]) - self.lines <= self.count or len(self.heading) < NARROW:
            return
        row = f"\\n[^\\n]*(?:{_escaped(self.separator)}[^\\n]*){{{len(self.heading) - 1},}}"
        for cells in self._all.columns:
            found = pc.index(pc.match_substring_regex(cells, row), True).as_py()
            if found >= 0:
                raise self._quotes("open_quote", first + found)

    def _quotes(self, why: str, row: int) -> FileError:
        return FileError("NotReadable",
            where=Where(file=self.file, row=row), found=word(why, "unreadable"), expected=word("csv", "format"),
            advice=sentence("close_quotes"),
        )  # fmt: skip

    def parsed(self, names: Sequence[str], type_: Any) -> tuple[pa.Table, list[tuple[int | None, str]]]:
        """Columns of the rows that fit the heading, and number and text of the rows that do not."""
        table, ragged = self._parse(self.data, names, type_, self.lines, threads=True)
        if ragged:  # only one thread counts the rows
            table, ragged = self._parse(self.data, names, type_, self.lines, threads=False)
        return table, ragged

    @cached_property
    def _all(self) -> pa.Table:
        """Every cell of the rows that fit the heading."""
        return self._parse(self.data, self.heading, pa.string(), self.lines, threads=True)[0]

    def rows(self, places: npt.NDArray[np.int64], index: npt.NDArray[np.int64]) -> pa.Table:
        """All cells of some rows.

        Parameters
        ----------
        places, index : array of int
            Their places under the heading, and their places among the rows that fit.
        """
        ends, _ = self._marks
        if len(ends) - self.lines != self.count:  # then a line is not always a row
            return self._all.take(pa.array(index))
        view, starts = memoryview(self.data), np.append(0, ends + 1)
        at = places + self.lines
        lines = (bytes(view[s:e]) for s, e in zip(starts[at].tolist(), ends[at].tolist(), strict=True))
        text = b"".join(line + b"\n" for line in lines)
        if not text.strip():
            empty = pa.array([""] * len(places), pa.string())
            return pa.table([empty] * len(self.heading), self.heading)
        return self._parse(pa.py_buffer(text), self.heading, pa.string(), 0, threads=False)[0]

    def _parse(
        self, data: pa.Buffer, names: Sequence[str], type_: Any, lines: int, threads: bool
    ) -> tuple[pa.Table, list[tuple[int | None, str]]]:
        import pyarrow.csv as pacsv

        ragged: list[tuple[int | None, str]] = []

        def keep(row: Any) -> str:
            ragged.append((row.number, row.text))
            return "skip"

        table = pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(
                column_names=self.heading, skip_rows=lines, use_threads=threads, block_size=BLOCK
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.separator,
                # Looking for line ends in cells takes longer, and without marks there can be none.
                newlines_in_values=self._marked,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=names, column_types=dict.fromkeys(names, type_), strings_can_be_null=False
            ),
        )
        return table, ragged


def _escaped(separator: str) -> str:
    return f"\\{separator}" if separator == "|" else separator
