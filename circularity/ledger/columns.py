"""Checking one column of a raw table and giving it its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CircularityError, DataError, either, sentence, together
from circularity.ledger.book.labels import label
from circularity.ledger.description import FIRST_YEAR, LAST_YEAR, YEAR
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Column
from circularity.method.load import Method
from circularity.method.vocabulary import Vocabulary
from circularity.tables.cells import UNKNOWN
from circularity.tables.numbers import NUMBER
from circularity.tables.suggestions import (
    Names,
    Search,
    Sentence,
    did_you_mean,
    fitting,
    meant_number,
    meant_share,
    short_code,
    strange_letters,
    year_in,
)
from circularity.texts import LANGUAGES, MOST_CHOICES, Texts, word

IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
NUMERIC = ("number", "score", "mass", "measure", "period")
SCORES = [1, 2, 3, 4, 5]
# What a spreadsheet program takes for a formula; a dash or a plus before a number or a space is none.
RUNS = r"[=@]|[+-][^\d\s+-]"
# Longer lists of codes are not repeated in every fault.
LONGEST_LIST = 100
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


class ColumnReader:
    """Reads the columns of one raw table.

    Parameters
    ----------
    raw : RawTable
        Table as read.
    method : Method
        Its vocabularies say which codes exist.
    periods : sequence of int or None
        Periods of the fieldlab; None when they could not be read.
    names : mapping of str to Names or None
        Names that references may use, by table; None when they could not all be read.
    faults : list of CircularityError
        Takes every fault.
    """

    def __init__(
        self,
        raw: RawTable,
        method: Method,
        periods: Sequence[int] | None,
        names: Mapping[str, Names | None],
        faults: list[CircularityError],
    ) -> None:
        self.raw, self.method, self.periods, self.names, self.faults = raw, method, periods, names, faults

    def read(self, column: str, spec: Column) -> pd.Series[Any]:
        """The column with its type: text, int, or float with NaN for unknown."""
        cells = self.raw.cells[column]
        if spec.needed == "always":
            self._report(cells == "", column, "EmptyCell", lambda _: self._filled(column, spec), found=False)
        reader: Callable[[str, Column, pd.Series], pd.Series] = getattr(self, f"_{spec.kind}")
        return reader(column, spec, cells)

    def _report(
        self,
        bad: pd.Series[bool],
        column: str,
        code: str,
        describe: Callable[[str], dict[str, Any]],
        found: bool = True,
    ) -> None:
        """A fault for every bad cell; what it says is worked out once for every text."""
        cells = self.raw.cells[column].to_numpy()
        described: dict[str, dict[str, Any]] = {}
        for position in np.flatnonzero(bad.to_numpy()):
            text = str(cells[position])
            if text not in described:
                described[text] = {"found": text, **describe(text)} if found else describe(text)
            self.faults.append(DataError(code, where=self.raw.where(position, column), **described[text]))

    # Texts -------------------------------------------------------------------------------------------------------

    def _text(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        self._report(cells.str.match(RUNS), column, "FormulaAsText", lambda _: {"expected": spec.meaning})
        if spec.pattern:
            bad = ~(cells.isin(["", UNKNOWN]) | cells.str.fullmatch(spec.pattern))
            pattern = re.compile(spec.pattern)
            self._report(
                bad, column, "WrongPattern", lambda text: {"expected": spec.meaning, "hint": fitting(text, pattern)}
            )
        return cells

    def _identifier(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        reserved = reserved_names(self.method)
        self._report(cells.isin(list(reserved)), column, "ReservedName", lambda text: {"vocabulary": reserved[text]})
        bad = (cells != "") & ~cells.str.fullmatch(IDENTIFIER)
        self._report(bad, column, "UnsafeName", lambda text: {"advice": short_code(text, IDENTIFIER)})
        return cells

    def _period(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        year = pd.to_numeric(cells.where(cells.str.fullmatch(YEAR)), errors="coerce")
        known = sorted(self.periods or [])
        self._report(
            (cells != "") & year.isna(),
            column,
            "NotAPeriod",
            lambda text: {"expected": known[-1] if known else "2020", "hint": year_in(text, known or YEARS)},
        )
        if self.periods is not None:
            outside = year.notna() & ~year.isin(known)
            self._report(outside, column, "PeriodNotDeclared", lambda _: {"expected": known})
        return year.astype("float64")

    # Names of other lists ----------------------------------------------------------------------------------------

    def _code(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        vocabulary = self.method.vocabularies[str(spec.vocabulary)]
        codes = codes_of(vocabulary, spec)
        known = set(codes)
        search = Search(vocabulary)
        advice = together(
            self._choice(vocabulary, codes)
            if len(codes) <= MOST_CHOICES
            else sentence("listed_in", file=_file(vocabulary.name)),
            sentence("write_unknown") if UNKNOWN in vocabulary else None,
        )

        def describe(text: str) -> dict[str, Any]:
            near = [code for code in search(text) if code in known]
            return {
                "vocabulary": vocabulary.name,
                # A program that reads the fault gets the whole of a short list, and of a long one what is near.
                "expected": codes if len(codes) <= LONGEST_LIST else near or spec.meaning,
                "hint": strange_letters(text),
                "advice": self._meant(vocabulary, near) or advice,
            }

        self._report((cells != "") & ~cells.isin(known), column, "UnknownCode", describe)
        if "valid_from" in vocabulary.table and "period" in self.raw.cells:
            self._validity(column, vocabulary, cells)
        return cells

    def _meant(self, vocabulary: Vocabulary, near: list[str]) -> Sentence | None:
        """A question whether a code was meant, in the words of the list people choose from where there is one."""
        if not near or self.raw.sheet is None:
            return did_you_mean(near)
        shown = {lang: either([label(vocabulary, code, lang) for code in near[:3]])[lang] for lang in LANGUAGES}
        return sentence("meant", names=shown)

    def _choice(self, vocabulary: Vocabulary, codes: list[str]) -> Sentence:
        if self.raw.sheet is None:
            return sentence("choose", names=codes)
        return sentence(
            "choose", names={lang: ", ".join(label(vocabulary, c, lang) for c in codes) for lang in LANGUAGES}
        )

    def _validity(self, column: str, vocabulary: Vocabulary, cells: pd.Series[str]) -> None:
        table = vocabulary.table
        year = pd.to_numeric(self.raw.cells["period"], errors="coerce")
        known = cells.where(cells.isin(table.index))
        start = pd.to_numeric(known.map(table["valid_from"].str[:4]), errors="coerce")
        end = pd.to_numeric(known.map(table["valid_to"].str[:4]), errors="coerce")
        for position in np.flatnonzero(((year < start) | (year > end)).to_numpy()):
            code = cells.iloc[position]
            self.faults.append(
                DataError(
                    "CodeNotValid",
                    where=self.raw.where(position, column),
                    found=code,
                    period=self.raw.cells["period"].iloc[position],
                    expected=vocabulary.validity(code),
                )
            )

    def _reference(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        lists = [self.names[table] for table in spec.to]
        complete = [names for names in lists if names is not None]
        if len(complete) < len(lists):
            return cells  # a name that is missing may stand in what could not be read, of which there is a fault
        searches = [Search(names) for names in complete]
        bad = (cells != "") & ~cells.isin({name for names in complete for name in names})
        own = [table for table in spec.to if table not in self.method.vocabularies]
        choices = sorted(name for table in own for name in self.names[table] or ())
        few = sentence("choose", names=choices) if choices and len(spec.to) == len(own) else None
        self._report(
            bad,
            column,
            "UnknownReference",
            lambda text: {
                "tables": spec.to,
                "expected": sorted({name for names in complete for name in names}),
                "hint": strange_letters(text),
                "advice": did_you_mean(list(dict.fromkeys(n for search in searches for n in search(text)))) or few,
            },
        )
        return cells

    def _unit(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[str]:
        fits = units_of(self.method, spec.dimension)
        search = Search(self.method.vocabularies["units"])
        self._report(
            (cells != "") & ~cells.isin(fits),
            column,
            "UnknownUnit",
            lambda text: {"expected": fits, "advice": did_you_mean([c for c in search(text) if c in fits])},
        )
        return cells

    # Numbers -----------------------------------------------------------------------------------------------------

    def _number(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        values = self._parse(column, spec, cells)
        low = values <= (spec.min or 0) if spec.exclusive else values < (-np.inf if spec.min is None else spec.min)
        high = values > (np.inf if spec.max is None else spec.max)
        self._report(
            low | high,
            column,
            "OutOfRange",
            lambda text: {"expected": bounds(spec), "hint": meant_share(text, spec)},
        )
        return values

    def _measure(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        values = self._parse(column, spec, cells)
        low = values < (-np.inf if spec.min is None else spec.min)
        if "quantity" in self.raw.cells:
            measured = self.method.vocabularies["measured"].table
            signed = measured.index[measured.get("signed", pd.Series("", index=measured.index)) == "yes"]
            low &= ~self.raw.cells["quantity"].isin(signed)
        self._report(low, column, "OutOfRange", lambda _: {"expected": bounds(spec)})
        limit = {lang: Texts(lang).tick(spec.max or 0) for lang in LANGUAGES}
        self._too_large(values, column, spec, sentence("at_most", "bounds", high=limit))
        return values

    def _too_large(self, values: pd.Series[float], column: str, spec: Column, expected: Sentence) -> None:
        high = self._in_base_unit(values) > (np.inf if spec.max is None else spec.max)
        self._report(high, column, "OutOfRange", lambda _: {"expected": expected})

    def _score(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        values = self._parse(column, spec, cells)
        bad = values.notna() & ~values.isin(SCORES)
        self._report(bad, column, "OutOfRange", lambda _: {"expected": bounds(spec)})
        return values

    def _mass(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        values = self._parse(column, spec, cells)
        turn = sentence("turn_flow") if "from" in self.raw.cells else None
        self._report(values < 0, column, "NegativeMass", lambda _: {"expected": bounds(spec), "hint": turn})
        self._report((values == 0) & spec.positive, column, "OutOfRange", lambda _: {"expected": bounds(spec)})
        limit = {lang: Texts(lang).mass(spec.max) for lang in LANGUAGES}
        self._too_large(values, column, spec, sentence("mass_at_most", "bounds", high=limit))
        return values

    def _in_base_unit(self, values: pd.Series[float]) -> pd.Series[float]:
        """Values in kg, MJ or EUR; as they are where the unit is not known."""
        if "unit" not in self.raw.cells:
            return values
        factors = self.method.vocabularies["units"].table["factor"].astype(float)
        with np.errstate(over="ignore"):
            return values * self.raw.cells["unit"].map(factors).fillna(1.0).astype("float64")

    def _parse(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        given = ~cells.isin(["", UNKNOWN])
        # A strict form first: to_numeric alone would take "nan", "inf" or "0x10".
        plain = cells.str.fullmatch(NUMBER)
        values = pd.to_numeric(cells.where(plain), errors="coerce").astype("float64")
        values = values.where(np.isfinite(values))
        units = self.method.vocabularies["units"]
        unit_column = "unit" if spec.kind in ("mass", "measure") and "unit" in self.raw.cells else None
        unknown = sentence("write_unknown") if _may_be_unknown(spec) else None
        self._report(
            given & values.isna(),
            column,
            "NotANumber",
            lambda text: {
                "expected": bounds(spec),
                "advice": meant_number(text, spec, units.names, unit_column, in_sheet=self.raw.sheet is not None)
                or together(sentence("expected", expected=bounds(spec)), unknown),
            },
        )
        return values

    def _filled(self, column: str, spec: Column) -> dict[str, Any]:
        """What belongs in an empty cell, as details of an error."""
        choices: list[Any] = []
        may_be_unknown = spec.kind in NUMERIC and spec.kind != "period" and _may_be_unknown(spec)
        if spec.kind == "period":
            choices = sorted(self.periods or [])
        elif spec.kind == "code":
            choices = codes_of(self.method.vocabularies[str(spec.vocabulary)], spec)
            may_be_unknown = UNKNOWN in choices
        elif spec.kind == "unit":
            choices = units_of(self.method, spec.dimension)
        unknown = sentence("write_unknown") if may_be_unknown else None
        if choices and len(choices) <= MOST_CHOICES:
            return {"expected": choices, "advice": together(sentence("choose", names=choices), unknown)}
        if spec.kind == "code":
            return {
                "expected": choices,
                "advice": together(sentence("listed_in", file=_file(str(spec.vocabulary))), unknown),
            }
        if spec.kind in NUMERIC and spec.kind != "period":
            return {"expected": bounds(spec), "advice": together(sentence("expected", expected=bounds(spec)), unknown)}
        return {"expected": spec.name, "advice": sentence("fill_in", meaning=spec.meaning)}


def reserved_names(method: Method) -> dict[str, str]:
    """Names that nobody may give to something of their own, with the list they are a code of."""
    codes = {c: name for name in ("places", "municipalities") for c in method.vocabularies[name].codes}
    return {**codes, UNKNOWN: "origins"}


def codes_of(vocabulary: Vocabulary, spec: Column) -> list[str]:
    """The codes that may stand in a column: those of its form, where it has one, and `unknown`."""
    if spec.pattern is None:
        return vocabulary.codes
    form = re.compile(spec.pattern)
    return [code for code in vocabulary.codes if code == UNKNOWN or form.fullmatch(code)]


def units_of(method: Method, dimension: str | None) -> list[str]:
    """The units of a dimension; all of them without one."""
    units = method.vocabularies["units"].table
    return list(units.index if dimension is None else units.index[units["dimension"] == dimension])


def bounds(spec: Column) -> Sentence:
    """The numbers that may stand in a column, in words."""
    if spec.kind == "score":
        return word("score", "bounds")
    low, high = spec.min, spec.max
    if spec.kind in ("mass", "measure"):
        # The upper bound is far beyond anything there is, and would only distract.
        low, high = (0.0 if spec.kind == "mass" else low), None
    if spec.positive:
        return sentence("above", "bounds", low="0")
    if low is None:
        return word("number", "bounds") if high is None else sentence("at_most", "bounds", high=_shown(high))
    if high is None:
        return sentence("above" if spec.exclusive else "at_least", "bounds", low=_shown(low))
    return sentence("above_to" if spec.exclusive else "between", "bounds", low=_shown(low), high=_shown(high))


def _shown(bound: float | None) -> str:
    return "" if bound is None else f"{bound:.16g}"


def _may_be_unknown(spec: Column) -> bool:
    """Whether a number may be unknown: only of a product without parts the mass must be known."""
    return spec.needed != "leaf"


def _file(vocabulary: str) -> str:
    return f"methodology/vocabulary/{vocabulary}.csv"
