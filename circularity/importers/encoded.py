"""A column of text, dictionary-encoded: its different texts, each looked at once, and a code for every row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circularity.errors import HIDDEN, meant
from circularity.method.vocabulary import Vocabulary
from circularity.tables.numbers import Mask, Notation, Numbers, exact_numbers, read_numbers

# Different texts for which a suggestion is made; more of them mean another list or column.
MOST_NEAREST = 20

# Origin of what was not written as text in a column of a source: number cells, and constants of a map.
OURS = -1


@dataclass(frozen=True)
class EncodedColumn:
    """A column of text.

    Attributes
    ----------
    values : pyarrow.StringArray
        The texts it holds.
    codes : array of int
        The place of the text of every row in `values`; -1 where the cell is empty.
    origin : int or array of int
        Which column of which file the text was written in, for all rows or for each: that column decides how a number
        is written. `OURS` where a number has a decimal point.
    """

    values: pa.StringArray
    codes: npt.NDArray[np.int64]
    origin: int | npt.NDArray[np.int64] = OURS

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def empty(self) -> Mask:
        """The rows where the cell is empty."""
        return np.asarray(self.codes < 0)

    def where(self, marked: Any) -> Mask:
        """The rows whose text is marked; `marked` has a truth value for every text."""
        marks = np.append(np.asarray(marked, dtype=bool), False)
        return np.asarray(marks[self.codes])

    def each(self, values: npt.NDArray[Any], nothing: Any) -> npt.NDArray[Any]:
        """A value for every row, out of one for every text; `nothing` where the cell is empty."""
        return np.append(values, np.array([nothing], dtype=values.dtype))[self.codes]

    def mapped(self, change: Callable[[pa.StringArray], pa.StringArray]) -> EncodedColumn:
        """The column with its texts changed; texts that become the same share a code, empty ones become nothing."""
        return encoded(change(self.values), self.codes)

    def take(self, rows: npt.NDArray[Any]) -> EncodedColumn:
        """The column of some of the rows."""
        return EncodedColumn(
            self.values, self.codes[rows], self.origin if isinstance(self.origin, int) else self.origin[rows]
        )

    def written_in(self, place: int, numbers: Mask | None) -> EncodedColumn:
        """The column as one that was read at this place; `numbers` marks the rows that were number cells."""
        return EncodedColumn(self.values, self.codes, place if numbers is None else np.where(numbers, OURS, place))

    @property
    def origins(self) -> npt.NDArray[np.int64]:
        """The origin of every row."""
        return np.broadcast_to(np.asarray(self.origin, dtype=np.int64), len(self.codes))

    def written(self, rows: Mask | None = None) -> pa.StringArray:
        """The different texts of some rows, of all by default, in no particular order."""
        used = np.zeros(len(self.values) + 1, dtype=bool)
        used[self.codes if rows is None else self.codes[rows]] = True
        return self.values.filter(pa.array(used[:-1]))

    def texts(self, rows: npt.NDArray[Any]) -> list[str]:
        """The texts of some rows; empty where the cell is."""
        found = self.values.to_pylist()
        return [found[c] if c >= 0 else "" for c in self.codes[rows].tolist()]

    def array(self) -> pa.DictionaryArray:
        """The column for Arrow, null where the cell is empty."""
        codes = pa.array(self.codes.astype(np.int32), mask=self.empty)
        return pa.DictionaryArray.from_arrays(codes, self.values)

    def plain(self) -> pa.StringArray:
        """The column as text, null where the cell is empty."""
        return self.values.take(pa.array(self.codes, mask=self.empty))


def encoded(values: pa.StringArray, codes: npt.NDArray[np.int64]) -> EncodedColumn:
    """A column of texts that may be alike, empty or null."""
    again = pc.dictionary_encode(pc.if_else(pc.equal(pc.utf8_length(values), 0), None, values))
    places = np.append(np.asarray(pc.fill_null(again.indices, -1), dtype=np.int64), -1)
    return EncodedColumn(again.dictionary, places[codes])


def column(cells: pa.ChunkedArray, missing: Collection[str]) -> EncodedColumn:
    """A column as it was read, without spaces around texts; a text in `missing`, whatever its case, is empty."""
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.unify_dictionaries().combine_chunks() if pa.types.is_dictionary(cells.type) else cells
    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.unify_dictionaries().combine_chunks()
    if isinstance(cells, pa.ChunkedArray):  # no rows give no chunk
        cells = pa.array([], pa.string()).dictionary_encode()
    codes = np.asarray(pc.fill_null(cells.indices, -1), dtype=np.int64)
    values = tidied(cells.dictionary)
    nothing = pc.is_in(pc.utf8_lower(values), pa.array(sorted(missing), pa.string()))
    return encoded(pc.if_else(nothing, None, values), codes)


def tidied(values: pa.StringArray) -> pa.StringArray:
    """Texts on one line, single spaces between words, without characters that do not show."""
    # Only what is not plain needs a slow look.
    odd = pc.match_substring_regex(values, r"[^ -~]")
    if pc.any(odd).as_py():
        at = np.flatnonzero(np.asarray(pc.fill_null(odd, False)))
        texts = values.to_pylist()
        for place in at.tolist():
            texts[place] = " ".join(HIDDEN.sub("", " ".join(texts[place].split())).split())
        values = pa.array(texts, pa.string())
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(values, r"\s+", " "))


def by_nearest(made: EncodedColumn, wrong: Mask, known: Sequence[str]) -> Iterator[tuple[Mask, object]]:
    """The wrong rows with what was probably meant: one by one for the first few different texts, the others together.

    Parameters
    ----------
    made : EncodedColumn
    wrong : array of bool
        Rows whose text is not among what is known.
    known : sequence of str
    """
    places = np.unique(made.codes[wrong])
    for place in places[:MOST_NEAREST].tolist():
        yield wrong & (made.codes == place), meant(made.values[place].as_py(), known) or ""
    if len(places) > MOST_NEAREST:
        yield wrong & np.isin(made.codes, places[MOST_NEAREST:]), ""


def combined(*columns: EncodedColumn) -> npt.NDArray[np.int64]:
    """A number for every row that is the same for rows that are alike in all columns."""
    total = columns[0].codes
    for column_ in columns[1:]:
        total = pd.factorize(total * (len(column_.values) + 1) + column_.codes + 1)[0].astype(np.int64)
    return total


def first_rows(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The different keys numbered in order of appearance, for every row, and the first row of each."""
    places = pd.factorize(keys)[0].astype(np.int64)
    new = np.maximum.accumulate(np.append(-1, places))
    return places, np.flatnonzero(new[1:] > new[:-1])


def not_valid(codes: EncodedColumn, years: npt.NDArray[np.floating | np.integer], vocabulary: Vocabulary) -> Mask:
    """The rows whose code is not valid in their year, where the list says when its codes are."""
    table = vocabulary.table
    if "valid_from" not in table:
        return np.zeros(len(codes), dtype=bool)
    texts = codes.values.to_pylist()
    first, last = (
        pd.to_numeric(table[end].str[:4].reindex(texts), errors="coerce").to_numpy(dtype=float)
        for end in ("valid_from", "valid_to")
    )
    # A comparison with NaN is false.
    return np.asarray((years < codes.each(first, np.nan)) | (years > codes.each(last, np.nan)))


def mixed_keys(columns: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.uint64]:
    """A number for every row that is the same for rows alike in all columns, and hardly ever for others."""
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for codes in columns:
        mixed = (mixed ^ codes.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def numbers_of(column: EncodedColumn, notations: Sequence[Notation]) -> Numbers:
    """The numbers of a column row by row, each text read as the column it came from writes numbers.

    Parameters
    ----------
    column : EncodedColumn
    notations : sequence of Notation
        By origin.
    """
    if isinstance(column.origin, int):
        return _rows_of(column, column.origin, notations)
    found = Numbers(np.full(len(column), np.nan), *(np.zeros(len(column), dtype=bool) for _ in range(3)))
    for origin in range(OURS, len(notations)):
        rows = np.flatnonzero(column.origin == origin)
        if len(rows):
            part = _rows_of(column.take(rows), origin, notations)
            for name in ("values", "guessed", "two_ways", "wrong"):
                getattr(found, name)[rows] = getattr(part, name)
    return found


def _rows_of(column: EncodedColumn, origin: int, notations: Sequence[Notation]) -> Numbers:
    read = exact_numbers(column.values) if origin == OURS else read_numbers(column.values, notations[origin])
    values = column.each(read.values, np.nan)
    return Numbers(values, *(column.where(mask) for mask in (read.guessed, read.two_ways, read.wrong)))
