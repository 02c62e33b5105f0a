"""Checking one column of a raw table and giving it its type."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from circularity.errors import (
    CircularityError,
    CodeNotValid,
    EmptyCell,
    NegativeMass,
    NotANumber,
    NotAPeriod,
    OutOfRange,
    PeriodNotDeclared,
    UnknownCode,
    UnknownReference,
    UnknownUnit,
    UnsafeName,
    WrongPattern,
)
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Column
from circularity.method.load import Method
from circularity.method.vocabulary import UNKNOWN
from circularity.texts import word

IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"


class ColumnReader:
    """Reads the columns of one raw table.

    Parameters
    ----------
    raw : RawTable
        Table as read.
    method : Method
        Its vocabularies say which codes exist.
    periods : sequence of int
        Periods of the fieldlab.
    names : mapping of str to set of str
        Names that references may use, by table.
    faults : list of CircularityError
        Takes every fault.
    """

    def __init__(
        self,
        raw: RawTable,
        method: Method,
        periods: list[int],
        names: dict[str, set[str]],
        faults: list[CircularityError],
    ) -> None:
        self.raw, self.method, self.periods, self.names, self.faults = raw, method, periods, names, faults

    def read(self, column: str, spec: Column) -> pd.Series[object]:
        """The column with its type: text, int, or float with NaN for unknown."""
        cells = self.raw.cells[column]
        if spec.needed == "always":
            self._each(cells == "", column, lambda i: EmptyCell(where=self.raw.where(i, column), expected=spec.name))
        reader: Callable[[str, Column, pd.Series], pd.Series] = getattr(self, f"_{spec.kind}")
        return reader(column, spec, cells)

    def _each(self, bad: pd.Series[bool], column: str, make: Callable[[int], CircularityError]) -> None:
        for position in np.flatnonzero(bad.to_numpy()):
            self.faults.append(make(int(position)))

    def _text(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        if spec.pattern:
            bad = ~(cells.isin(["", UNKNOWN]) | cells.str.fullmatch(spec.pattern))
            self._each(
                bad,
                column,
                lambda i: WrongPattern(where=self.raw.where(i, column), found=cells.iloc[i], expected=spec.meaning),
            )
        return cells

    def _identifier(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        reserved = {
            UNKNOWN,
            *self.method.vocabularies["places"].codes,
            *self.method.vocabularies["municipalities"].codes,
        }
        bad = (cells != "") & (~cells.str.fullmatch(IDENTIFIER) | cells.isin(list(reserved)))
        self._each(bad, column, lambda i: UnsafeName(where=self.raw.where(i, column), found=cells.iloc[i]))
        return cells

    def _period(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        given = cells != ""
        year = pd.to_numeric(cells.where(cells.str.fullmatch(r"(1[89]|20|21)\d\d")), errors="coerce")
        self._each(
            given & year.isna(),
            column,
            lambda i: NotAPeriod(where=self.raw.where(i, column), found=cells.iloc[i], expected="2020"),
        )
        self._each(
            year.notna() & ~year.isin(self.periods),
            column,
            lambda i: PeriodNotDeclared(where=self.raw.where(i, column), found=cells.iloc[i], expected=self.periods),
        )
        return year

    def _code(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        vocabulary = self.method.vocabularies[str(spec.vocabulary)]
        bad = (cells != "") & ~cells.isin(vocabulary.codes)
        self._each(
            bad,
            column,
            lambda i: UnknownCode(
                where=self.raw.where(i, column),
                found=cells.iloc[i],
                vocabulary=vocabulary.name,
                expected=vocabulary.nearest(cells.iloc[i]) or vocabulary.codes,
            ),
        )
        if "valid_from" in vocabulary.table and "period" in self.raw.cells:
            self._validity(column, vocabulary.table, cells)
        return cells

    def _validity(self, column: str, table: pd.DataFrame, cells: pd.Series[str]) -> None:
        year = pd.to_numeric(self.raw.cells["period"], errors="coerce")
        known = cells.where(cells.isin(table.index))
        start = pd.to_numeric(known.map(table["valid_from"].str[:4]), errors="coerce")
        end = pd.to_numeric(known.map(table["valid_to"].str[:4]), errors="coerce")
        self._each(
            (year < start) | (year > end),
            column,
            lambda i: CodeNotValid(
                where=self.raw.where(i, column),
                found=cells.iloc[i],
                period=self.raw.cells["period"].iloc[i],
                expected=f"{table.at[cells.iloc[i], 'valid_from']} – {table.at[cells.iloc[i], 'valid_to']}",
            ),
        )

    def _reference(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        known: set[str] = set()
        for table in spec.to:
            if table in self.names:
                known |= self.names[table]
            elif table in self.method.vocabularies:
                known |= set(self.method.vocabularies[table].codes)
        bad = (cells != "") & ~cells.isin(list(known))
        self._each(
            bad,
            column,
            lambda i: UnknownReference(
                where=self.raw.where(i, column),
                found=cells.iloc[i],
                tables=spec.to,
                expected=nearest(cells.iloc[i], known),
            ),
        )
        return cells

    def _unit(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        units = self.method.vocabularies["units"]
        fits = [c for c in units.codes if spec.dimension in (None, units.table.at[c, "dimension"])]
        self._each(
            (cells != "") & ~cells.isin(fits),
            column,
            lambda i: UnknownUnit(where=self.raw.where(i, column), found=cells.iloc[i], expected=", ".join(fits)),
        )
        return cells

    def _number(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        values = self._parse(column, cells, _expected(spec))
        low = values <= (spec.min or 0) if spec.exclusive else values < (-np.inf if spec.min is None else spec.min)
        high = values > (np.inf if spec.max is None else spec.max)
        self._each(
            low | high,
            column,
            lambda i: OutOfRange(where=self.raw.where(i, column), found=cells.iloc[i], expected=_expected(spec)),
        )
        return values

    _measure = _number

    def _score(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        values = self._parse(column, cells, "1, 2, 3, 4, 5")
        self._each(
            values.notna() & ~values.isin([1, 2, 3, 4, 5]),
            column,
            lambda i: OutOfRange(where=self.raw.where(i, column), found=cells.iloc[i], expected="1, 2, 3, 4, 5"),
        )
        return values

    def _mass(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        expected = "> 0" if spec.positive else ">= 0"
        values = self._parse(column, cells, expected)
        self._each(
            values < 0,
            column,
            lambda i: NegativeMass(where=self.raw.where(i, column), found=cells.iloc[i], expected=expected),
        )
        if spec.positive:
            self._each(
                values == 0,
                column,
                lambda i: OutOfRange(where=self.raw.where(i, column), found=cells.iloc[i], expected=expected),
            )
        return values

    def _parse(self, column: str, cells: pd.Series[str], expected: str | Mapping[str, str]) -> pd.Series[float]:
        given = ~cells.isin(["", UNKNOWN])
        # A strict form first: to_numeric alone would take "nan", "inf" or "0x10".
        plain = cells.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
        values = pd.to_numeric(cells.where(plain), errors="coerce").astype("float64")
        values = values.where(np.isfinite(values))
        self._each(
            given & values.isna(),
            column,
            lambda i: NotANumber(where=self.raw.where(i, column), found=cells.iloc[i], expected=expected),
        )
        return values


def _expected(spec: Column) -> str | Mapping[str, str]:
    if spec.min is None and spec.max is None:
        return word("number")
    if spec.max is None:
        return f"{'>' if spec.exclusive else '>='} {spec.min:g}"
    return f"{spec.min:g} – {spec.max:g}"


def nearest(text: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names that look most like `text`, or some of them when none does."""
    names = sorted(known)
    return difflib.get_close_matches(text, names, n=count, cutoff=0.5) or names[:count]
