"""The text of a CSV file: its rows, the marks that may swallow some, and single rows out of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from circularity.errors import FileError, Where, sentence
from circularity.texts import word

# Small blocks keep both cores at work; no cell may be longer. [bytes]
BLOCK = 4_000_000
CODED = pa.dictionary(pa.int32(), pa.string())
# In a narrow table, a cell with a line of as many separators as a row has may be meant.
NARROW = 5
NEWLINE, QUOTE = 10, 34


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
        signs = np.frombuffer(self.data, dtype=np.uint8)
        ends, quotes = [], 0
        for start in range(0, len(signs), BLOCK):
            part = signs[start : start + BLOCK]
            ends.append(np.flatnonzero(part == NEWLINE) + start)
            quotes += int(np.count_nonzero(part == QUOTE))
        found = np.concatenate(ends)
        if len(signs) and signs[-1] != NEWLINE:
            found = np.append(found, len(signs))
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
