"""A table as somebody else wrote it, column by column: all cells as text, every row with its number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from circularity.errors import HIDDEN, ImporterError, Where, sentence
from circularity.texts import word

# Rows at the start of a file in which a heading is looked for.
MOST_LOOKED = 50
NUMBER_LIKE = re.compile(r"[+-]?[0-9][0-9.,]*")


class Format(BaseModel):
    """How a file is written; what is not given is found out.

    Attributes
    ----------
    separator, decimal, thousands : str or None
        Between cells; before decimals; between thousands.
    encoding : str or None
        UTF-8 by default, and Windows-1252 where a file is not UTF-8.
    heading_row : int
        Row that holds the headings, the first is 1.
    unit_row : bool
        Whether the row under the heading holds units.
    sheet : str or None
        Sheet of a workbook; by default the one that holds the headings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    separator: str | None = Field(default=None, min_length=1, max_length=1)
    decimal: str | None = Field(default=None, pattern=r"^[.,]$")
    thousands: str | None = Field(default=None, pattern=r"^[., ']$")
    encoding: str | None = Field(default=None, pattern=r"^(utf-8|utf-16|latin-1|cp1252)$")
    heading_row: int = Field(default=1, ge=1, le=1000)
    unit_row: bool = False
    sheet: str | None = None

    @property
    def decimal_character(self) -> str | None:
        """The character before decimals, as far as it is given: it is not the one between thousands."""
        return self.decimal or {".": ",", ",": "."}.get(self.thousands or "")


@dataclass
class Ragged:
    """A row that has another number of cells than the heading."""

    row: int
    cells: list[str]


@dataclass
class SourceTable:
    """One table as read.

    Attributes
    ----------
    file : str
        Name of the file, without its folder.
    sheet : str or None
        Sheet of a workbook.
    heading : list of str
        All its headings.
    table : pyarrow.Table
        Text cells of the columns that were asked for, as dictionaries; rows without any cell are left out.
    rows : array of int
        Row number in the file of every row of `table`.
    whole : callable
        Gives all cells of some rows, by their places in `table`, as they are in the file.
    units : dict of str to str
        The row of units under the heading.
    ragged : list of Ragged
        Rows that do not fit the heading.
    numeric : dict of str to array of bool
        Which rows of a column of `table` were numbers in the file, for columns that hold any; the text of such a cell
        has a decimal point, whatever the notation of the file.
    digest : str
        SHA-256 of the file.
    written_as : dict
        How the file turned out to be written.
    """

    file: str
    sheet: str | None
    heading: list[str]
    table: pa.Table
    rows: npt.NDArray[np.int64]
    whole: Callable[[npt.NDArray[np.int64]], pa.Table]
    units: dict[str, str] = field(default_factory=dict)
    ragged: list[Ragged] = field(default_factory=list)
    numeric: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    digest: str = ""
    written_as: dict[str, Any] = field(default_factory=dict)

    @property
    def rows_in(self) -> int:
        """Rows with at least one cell, headings and units left out."""
        return len(self.rows) + len(self.ragged)

    def where(self, position: int | None = None, column: str | None = None) -> Where:
        """The place of a cell, for an error."""
        row = None if position is None else int(self.rows[position])
        return Where(file=self.file, sheet=self.sheet, row=row, column=column)


def check_headings(
    heading: Sequence[str], needed: Collection[str], readings: Iterable[Sequence[Sequence[str]]], where: Where
) -> None:
    """Refuse a heading that is not that of the table that was meant; says where the table seems to begin.

    Parameters
    ----------
    heading : sequence of str
    needed : collection of str
        Headings that the table must have; nothing is checked without.
    readings : iterable of sequence of rows
        The first rows of the file, in every way in which they may be split into cells.
    where : Where
        Place of the heading.

    Raises
    ------
    HeadingElsewhere, NoWantedHeading
    """
    if not needed:
        return
    rows = [(number, _tidied(row)) for reading in readings for number, row in enumerate(reading, start=1)]
    here = len({*needed} & {*heading})
    best, place = max(((len({*needed} & {*row}), -number) for number, row in rows), default=(0, 0))
    if best > here:
        raise ImporterError("HeadingElsewhere", where=where, row=where.row, found=-place)
    if here:
        return
    advice = None
    widths = Counter(len(row) for _, row in rows if len(row) > 1)
    width = max(widths, key=lambda w: (widths[w] > 1, w), default=0)
    begin, names = next(((number, row) for number, row in rows if len(row) == width), (where.row, []))
    if any(NUMBER_LIKE.fullmatch(cell) for cell in heading):
        advice = sentence("no_heading_row", "heading_advice")
    elif begin != where.row:
        advice = sentence("begins", "heading_advice", row=begin, names=names)
    found = [cell for cell in heading if cell.strip()] or word("empty", "yaml_value")
    raise ImporterError(
        "NoWantedHeading", where=where, row=where.row, found=found, expected=list(needed), advice=advice
    )


def headings(cells: Sequence[str]) -> list[str]:
    """Headings without characters that do not show; repeated ones are numbered."""
    names = _tidied(cells)
    names += [""] * (len(cells) - len(names))
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 and name else f"{name} ({seen[name]})".strip())
    # A name that was made here may be in the file as well.
    return found if len(set(found)) == len(found) else [f"{name} [{i}]" for i, name in enumerate(names, start=1)]


def _tidied(cells: Sequence[str]) -> list[str]:
    """Cells as headings, without empty ones at the end."""
    names = [" ".join(HIDDEN.sub("", cell).split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def blank_rows(table: pa.Table) -> npt.NDArray[np.bool_]:
    """The rows without any cell."""
    import pyarrow.compute as pc

    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        at = np.flatnonzero(blank)
        if not len(at):
            break
        cells = column if len(at) == len(blank) else column.take(pa.array(at))
        if pa.types.is_dictionary(cells.type):
            cells = cells.cast(pa.string())
        empty = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(cells)), 0)
        blank[at] = np.asarray(pc.fill_null(empty, True))
    return blank
