"""Records of a fieldlab out of the rows of a source: columns made as a map says, then checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circularity.importers.encoded import OURS, EncodedColumn, by_nearest, column, numbers_of
from circularity.importers.import_report import Rejection
from circularity.importers.table_map import Cell, Unpivot
from circularity.ledger.columns import bounds, codes_of, reserved_names, units_of
from circularity.method.declarations import Column
from circularity.method.load import Method
from circularity.tables.cells import UNKNOWN, as_text, value_or_word
from circularity.tables.columns import IDENTIFIER, IN_A_UNIT, NUMBERS, unfit_texts, unfit_values
from circularity.tables.numbers import Mask, Notation, Numbers, find_notation
from circularity.tables.source_table import SourceTable

LONGEST_READABLE = 40
EURAL = "eural"
# The reason of a rejection, by the code that the fault has in a fieldlab.
REASONS = {
    "UnknownCode": "unknown_code",
    "UnknownUnit": "unknown_code",
    "UnknownReference": "unknown_name",
    "NotAPeriod": "not_a_period",
    "ReservedName": "unsafe_name",
    "UnsafeName": "unsafe_name",
    "WrongPattern": "wrong_pattern",
}


class Records:
    """The rows of a source, each as many times as unpivoting makes of it.

    Parameters
    ----------
    source : SourceTable
    unpivot : Unpivot or None
    missing : collection of str
        Texts that mean that a cell is empty, whatever their case.
    lists : mapping of str to mapping
        Lists of codes by the name of their file.
    decimal : {".", ","} or None
        The character before decimals, where the map says it.

    Attributes
    ----------
    position : array of int
        Row of the source of every record.
    rejections : list of Rejection
        Records that cannot be used, with the reason.
    warnings : dict of tuple to set and int
        Texts without a code of their own, for which the map gives another: by column and code, how often and which.
    """

    def __init__(
        self,
        source: SourceTable,
        unpivot: Unpivot | None,
        missing: Collection[str],
        lists: Mapping[str, Mapping[str, str]],
        decimal: str | None = None,
    ) -> None:
        self.source, self.unpivot, self.lists, self.decimal = source, unpivot, lists, decimal
        self.missing = {"", *(text.lower() for text in missing)}
        self.each = len(unpivot.columns) if unpivot else 1
        self.position = np.repeat(np.arange(len(source.rows)), self.each)
        self.rejections: list[Rejection] = []
        self.warnings: dict[tuple[str, str], tuple[int, set[str]]] = {}
        self._read: dict[str, EncodedColumn] = {}
        # Columns of the source in the order of reading: their place is the origin of their texts.
        self._headings: list[str] = []
        self._notations: dict[str, Notation] = {}
        self._guessed: dict[str, Mask] = {}

    def __len__(self) -> int:
        return len(self.position)

    def column(self, heading: str) -> EncodedColumn:
        """A column of the source, or one that unpivoting makes, for every record."""
        if heading not in self._read:
            self._read[heading] = self._made(heading)
        return self._read[heading]

    def _made(self, heading: str) -> EncodedColumn:
        if self.unpivot is not None and heading == self.unpivot.name:
            names = pa.array(list(self.unpivot.columns.values()), pa.string())
            return EncodedColumn(names, np.tile(np.arange(self.each), len(self.source.rows)))
        if self.unpivot is not None and heading == self.unpivot.value:
            parts = [self._cells(h) for h in self.unpivot.columns]
            starts = np.cumsum([0, *(len(part.values) for part in parts)])
            codes = [np.where(p.codes < 0, -1, p.codes + s) for p, s in zip(parts, starts[:-1], strict=True)]
            origins = np.stack([part.origins for part in parts], axis=1).ravel()
            return EncodedColumn(
                pa.concat_arrays([part.values for part in parts]), np.stack(codes, axis=1).ravel(), origins
            )
        return self._cells(heading).take(self.position)

    def _cells(self, heading: str) -> EncodedColumn:
        """A column of the source, for every row."""
        self._headings.append(heading)
        cells = column(self.source.table[heading], self.missing)
        return cells.written_in(len(self._headings) - 1, self.source.numeric.get(heading))

    def numbers(self, made: EncodedColumn) -> Numbers:
        """A column as numbers, each text read by the notation of the column of the source that it came from."""
        origins = made.origins
        places = [place for place in np.unique(origins).tolist() if place != OURS]
        for heading in (self._headings[place] for place in places):
            if heading not in self._notations:
                numeric = self.source.numeric.get(heading)
                cells = column(self.source.table[heading], self.missing)
                texts = cells.written(None if numeric is None else ~numeric)
                self._notations[heading] = find_notation(texts, self.decimal)
        found = numbers_of(made, [self._notations.get(heading, Notation()) for heading in self._headings])
        for place in places:
            before = self._guessed.get(self._headings[place], np.zeros(len(self), dtype=bool))
            self._guessed[self._headings[place]] = before | (found.guessed & (origins == place))
        return found

    def guesses(self, good: Mask) -> Iterator[tuple[str, Notation, int]]:
        """Columns of the source with their notation, and how many of these records have a number read by it."""
        for heading, guessed in self._guessed.items():
            yield heading, self._notations[heading], int((guessed & good).sum())

    def originals(self, records: npt.NDArray[np.int64], heading: str) -> list[str]:
        """The cells of a column of the source, as they are in the file."""
        if self.unpivot is not None and heading in (self.unpivot.name, self.unpivot.value):
            return self.column(heading).texts(records)
        if heading not in self.source.table.column_names:
            return [""] * len(records)
        cells = self.source.table[heading].take(pa.array(self.position[records]))
        return [text or "" for text in cells.to_pylist()]

    def cell(self, cell: Cell, asked: Mask | None = None) -> tuple[EncodedColumn, str]:
        """A column as text, and the heading of the source it comes from; `asked` are the records that need it."""
        asked = np.ones(len(self), dtype=bool) if asked is None else asked
        made, heading = self._origin(cell, asked)
        if cell.date is not None:
            made = self._years(made, cell.date, heading, asked)
        if cell.codes or cell.codes_file is not None:
            codes = {**(self.lists[cell.codes_file] if cell.codes_file else {}), **cell.codes}
            made = self._coded(made, codes, cell.otherwise, heading, asked)
        if cell.short:
            made = made.mapped(lambda values: pa.array([identifier_of(v) for v in values.to_pylist()], pa.string()))
        if cell.if_missing is not None:
            values = pa.concat_arrays([made.values, pa.array([cell.if_missing])])
            origins = np.where(made.empty, OURS, made.origins)
            made = EncodedColumn(values, np.where(made.empty, len(made.values), made.codes), origins)
        return made, heading

    def _origin(self, cell: Cell, asked: Mask) -> tuple[EncodedColumn, str]:
        if cell.value is not None or cell.units_of is not None:
            text = cell.value if cell.value is not None else self.source.units.get(str(cell.units_of), "").strip()
            nothing = text is None or text.lower() in self.missing
            return EncodedColumn(pa.array([text or ""]), np.full(len(self), -1 if nothing else 0)), cell.units_of or ""
        if cell.from_ is not None:
            return self.column(cell.from_), cell.from_
        by = self.column(str(cell.by))
        known = np.zeros(len(self), dtype=bool)
        values, codes = pa.array([], pa.string()), np.full(len(self), -1, dtype=np.int64)
        origins = np.full(len(self), OURS, dtype=np.int64)
        heading = str(cell.by)
        for text, case in cell.cases.items():
            here = by.where([v == text for v in by.values.to_pylist()])
            made, origin = self.cell(case, asked & here)
            codes = np.where(here & ~made.empty, made.codes + len(values), codes)
            origins = np.where(here, made.origins, origins)
            values = pa.concat_arrays([values, made.values])
            known |= here
            heading = origin or heading
        self._not_mapped(by, asked & ~known, str(cell.by), list(cell.cases))
        return EncodedColumn(values, codes, origins), heading

    def _years(self, made: EncodedColumn, form: str, heading: str, asked: Mask) -> EncodedColumn:
        dates = pd.to_datetime(pd.Series(made.values.to_pylist(), dtype="object"), format=form, errors="coerce")
        wrong = dates.isna().to_numpy()
        self.reject("not_a_period", made.where(wrong) & asked, heading, made, expected=form)
        years = ["" if bad else str(date.year) for bad, date in zip(wrong, dates, strict=True)]
        return made.mapped(lambda _: pa.array(years, pa.string()))

    def _coded(
        self, made: EncodedColumn, codes: Mapping[str, str], otherwise: str | None, heading: str, asked: Mask
    ) -> EncodedColumn:
        texts = made.values.to_pylist()
        known = np.array([text in codes for text in texts], dtype=bool)
        other = made.where(~known) & asked
        if otherwise is None:
            self._not_mapped(made, other, heading, list(codes))
        elif other.any():
            names = {text for text, ok in zip(texts, known.tolist(), strict=True) if not ok}
            count, before = self.warnings.get((heading, otherwise), (0, set()))
            self.warnings[heading, otherwise] = (count + int(other.sum()), before | names)
        found = [codes.get(text, otherwise or "") for text in texts]
        return made.mapped(lambda _: pa.array(found, pa.string()))

    def _not_mapped(self, made: EncodedColumn, wrong: Mask, heading: str, known: list[str]) -> None:
        self.reject("no_value", wrong & made.empty, heading, made)
        wrong = wrong & ~made.empty
        self.reject_each("not_mapped", made, wrong, heading, known)

    def reject_each(
        self, reason: str, made: EncodedColumn, wrong: Mask, heading: str, known: list[str], **details: object
    ) -> None:
        """Reject records whose text is not among what is known, the first few texts with the nearest that are."""
        for records, advice in by_nearest(made, wrong, known):
            self.reject(reason, records, heading, made, advice=advice, **details)

    def reject(
        self, reason: str, wrong: Mask, heading: str, found: EncodedColumn | None = None, **details: object
    ) -> None:
        """Reject records for a reason; `found` is what was there, and the details are named by its sentence."""
        if wrong.any():
            self.rejections.append(Rejection("columns", reason, wrong, heading, found, details))


def identifier_of(text: str) -> str:
    """A short code for a text: itself where it is one, otherwise its letters and digits and a mark of its own."""
    if re.fullmatch(IDENTIFIER, text):
        return text
    plain = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:LONGEST_READABLE] or "x"
    return f"{plain}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


# Checks ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Typed:
    """A column of the fieldlab.

    Attributes
    ----------
    text : EncodedColumn
        As it is written.
    number : array of float or None
        As a number, NaN where unknown; None for a column of text.
    """

    text: EncodedColumn
    number: npt.NDArray[np.float64] | None = None


class ColumnChecker:
    """Checks columns of the fieldlab; records that do not fit are rejected.

    Parameters
    ----------
    records : Records
    method : Method
    names : mapping of str to set of str
        Names that references may use, by table.
    """

    def __init__(self, records: Records, method: Method, names: Mapping[str, set[str]]) -> None:
        self.records, self.method, self.names = records, method, names

    def check(self, column: str, spec: Column, made: EncodedColumn, heading: str) -> Typed:
        """The column with its type."""
        if column == EURAL:
            made = made.mapped(_without_spaces)
        if spec.kind in NUMBERS:
            return self._number(spec, made, heading)
        made = self._filled(spec, made, heading)
        wrong: dict[str, Mask] = {}
        names = self._names(spec)
        for code, marks in unfit_texts(spec, made.values.to_pylist(), set(names), reserved_names(self.method)).items():
            if code in REASONS:  # a text that a spreadsheet would run is written so that it does not
                reason = REASONS[code]
                wrong[reason] = made.where(marks) | wrong.get(reason, np.zeros(len(made), dtype=bool))
        for reason, records in wrong.items():
            if reason == "unknown_code":
                self.records.reject_each(reason, made, records, heading, names, expected=spec.vocabulary or "units")
            else:
                expected = {"expected": "2020"} if spec.kind == "period" else {}
                self.records.reject(reason, records, heading, made, **expected)
        return Typed(made)

    def _names(self, spec: Column) -> list[str]:
        """The names there are for a column that holds names of other lists."""
        if spec.kind == "code":
            return codes_of(self.method.vocabularies[str(spec.vocabulary)], spec)
        if spec.kind == "unit":
            return units_of(self.method, spec.dimension)
        return sorted(set().union(*(self.names.get(table, set()) for table in spec.to)))

    def _filled(self, spec: Column, made: EncodedColumn, heading: str) -> EncodedColumn:
        """What is missing as unknown, where the column takes that; otherwise such a record cannot be used."""
        if spec.needed != "always" or not made.empty.any():
            return made
        if spec.kind == "code" and UNKNOWN in self.method.vocabularies[str(spec.vocabulary)]:
            values = pa.concat_arrays([made.values, pa.array([UNKNOWN])])
            return EncodedColumn(values, np.where(made.empty, len(made.values), made.codes))
        self.records.reject("no_value", made.empty, heading)
        return made

    def _number(self, spec: Column, made: EncodedColumn, heading: str) -> Typed:
        read = self.records.numbers(made)
        words = [value_or_word(text, may_be_empty=False) == UNKNOWN for text in made.values.to_pylist()]
        unknown, value = made.where(words), read.values
        self.records.reject("two_ways", read.two_ways, heading, made)
        self.records.reject("not_a_number", read.wrong & ~unknown, heading, made)
        # Bounds of a mass or measure are in the base unit, and checked with it.
        base = np.full(len(value), np.nan) if spec.kind in IN_A_UNIT else value
        self.records.reject("out_of_range", _unfit(spec, value, base), heading, made, expected=bounds(spec))
        places, first = np.unique(value, return_inverse=True)
        texts = list(map(as_text, places.tolist()))
        nothing = UNKNOWN if spec.needed != "never" else ""
        text = EncodedColumn(pa.array([t or nothing for t in texts], pa.string()), first.astype(np.int64))
        return Typed(text, value)


def _without_spaces(values: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring_regex(values, r"[ *]", "")


def outside(value: npt.NDArray[np.float64], factor: npt.NDArray[np.float64], spec: Column, signed: Mask) -> Mask:
    """Masses and measures out of the bounds of their column, which are in the base unit."""
    with np.errstate(over="ignore"):
        return _unfit(spec, np.full(len(value), np.nan), value * factor, signed)


def _unfit(
    spec: Column, value: npt.NDArray[np.float64], base: npt.NDArray[np.float64], signed: Mask | None = None
) -> Mask:
    signed = np.zeros(len(value), dtype=bool) if signed is None else signed
    return np.asarray(np.logical_or.reduce(list(unfit_values(spec, value, base, signed).values())))
