"""Checking one column of a raw table and giving it its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from circularity.errors import CircularityError, DataError, either, sentence, together
from circularity.ledger.book.labels import label
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Column
from circularity.method.load import Method
from circularity.method.vocabulary import Vocabulary
from circularity.tables.cells import UNKNOWN
from circularity.tables.columns import (
    FIRST_YEAR,
    IDENTIFIER,
    IN_A_UNIT,
    LAST_YEAR,
    NUMBERS,
    YEAR,
    unfit_texts,
    unfit_values,
)
from circularity.tables.numbers import exact_numbers
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

# Longer lists of codes are not repeated in every fault.
LONGEST_LIST = 100
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

# Details of the fault of a text.
Describe = Callable[[str], dict[str, Any]]


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
            self._report(
                (cells == "").to_numpy(), column, "EmptyCell", lambda _: self._filled(column, spec), found=False
            )
        if spec.kind in NUMBERS:
            return self._numbers(column, spec, cells)
        names = self._names(spec)
        if names is None:
            return cells  # a name that is missing may be in what could not be read, of which there is a fault
        describe: Callable[[str, Column], Describe] = getattr(self, f"_about_{spec.kind}")
        codes, different = pd.factorize(cells)
        unfit = unfit_texts(spec, list(different), names, reserved_names(self.method))
        for code, marks in unfit.items():
            self._report(marks[codes], column, code, describe(code, spec))
        if spec.kind == "period":
            return self._years(column, cells)
        if spec.kind == "code":
            self._validity(column, self.method.vocabularies[str(spec.vocabulary)], cells)
        return cells

    def _report(
        self, bad: npt.NDArray[np.bool_], column: str, code: str, describe: Describe, found: bool = True
    ) -> None:
        """A fault for every bad cell; what it says is worked out once for every text."""
        cells = self.raw.cells[column].to_numpy()
        described: dict[str, dict[str, Any]] = {}
        for position in np.flatnonzero(bad):
            text = str(cells[position])
            if text not in described:
                described[text] = {"found": text, **describe(text)} if found else describe(text)
            self.faults.append(DataError(code, where=self.raw.where(position, column), **described[text]))

    # Texts -------------------------------------------------------------------------------------------------------

    def _about_text(self, code: str, spec: Column) -> Describe:
        if code == "FormulaAsText":
            return lambda _: {"expected": spec.meaning}
        pattern = re.compile(str(spec.pattern))
        return lambda text: {"expected": spec.meaning, "hint": fitting(text, pattern)}

    def _about_identifier(self, code: str, spec: Column) -> Describe:
        if code == "ReservedName":
            reserved = reserved_names(self.method)
            return lambda text: {"vocabulary": reserved[text]}
        return lambda text: {"advice": short_code(text, IDENTIFIER)}

    def _about_period(self, code: str, spec: Column) -> Describe:
        known = sorted(self.periods or [])
        return lambda text: {"expected": known[-1] if known else "2020", "hint": year_in(text, known or YEARS)}

    def _years(self, column: str, cells: pd.Series[str]) -> pd.Series[float]:
        year = pd.to_numeric(cells.where(cells.str.fullmatch(YEAR)), errors="coerce")
        known = sorted(self.periods or [])
        if self.periods is not None:
            outside = (year.notna() & ~year.isin(known)).to_numpy()
            self._report(outside, column, "PeriodNotDeclared", lambda _: {"expected": known})
        return year.astype("float64")

    # Names of other lists ----------------------------------------------------------------------------------------

    def _names(self, spec: Column) -> Collection[str] | None:
        """The names there are for a column that holds names of other lists; None when they could not all be read."""
        if spec.kind == "code":
            return set(codes_of(self.method.vocabularies[str(spec.vocabulary)], spec))
        if spec.kind == "unit":
            return set(units_of(self.method, spec.dimension))
        lists = [self.names[table] for table in spec.to] if spec.kind == "reference" else []
        return None if None in lists else {name for names in lists for name in names or ()}

    def _about_code(self, code: str, spec: Column) -> Describe:
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
            near = [found for found in search(text) if found in known]
            return {
                "vocabulary": vocabulary.name,
                # A program that reads the fault gets the whole of a short list, and of a long one what is near.
                "expected": codes if len(codes) <= LONGEST_LIST else near or spec.meaning,
                "hint": strange_letters(text),
                "advice": self._meant(vocabulary, near) or advice,
            }

        return describe

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
        if "valid_from" not in table or "period" not in self.raw.cells:
            return
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

    def _about_reference(self, code: str, spec: Column) -> Describe:
        lists = [names for table in spec.to if (names := self.names[table]) is not None]
        searches = [Search(names) for names in lists]
        own = [table for table in spec.to if table not in self.method.vocabularies]
        choices = sorted(name for table in own for name in self.names[table] or ())
        few = sentence("choose", names=choices) if choices and len(spec.to) == len(own) else None
        known = sorted({name for names in lists for name in names})
        return lambda text: {
            "tables": spec.to,
            "expected": known,
            "hint": strange_letters(text),
            "advice": did_you_mean(list(dict.fromkeys(n for search in searches for n in search(text)))) or few,
        }

    def _about_unit(self, code: str, spec: Column) -> Describe:
        fits = units_of(self.method, spec.dimension)
        search = Search(self.method.vocabularies["units"])
        return lambda text: {"expected": fits, "advice": did_you_mean([c for c in search(text) if c in fits])}

    # Numbers -----------------------------------------------------------------------------------------------------

    def _numbers(self, column: str, spec: Column, cells: pd.Series[str]) -> pd.Series[float]:
        codes, different = pd.factorize(cells)
        values = exact_numbers(pa.array(list(different), pa.string())).values[codes]
        self._report((~cells.isin(["", UNKNOWN])).to_numpy() & np.isnan(values), column, *self._not_a_number(spec))
        for code, marks in unfit_values(spec, values, self._in_base_unit(spec, values), self._signed()).items():
            self._report(marks, column, "OutOfRange" if code == "TooLarge" else code, self._about_bounds(code, spec))
        return pd.Series(values, index=cells.index, name=cells.name)

    def _not_a_number(self, spec: Column) -> tuple[str, Describe]:
        units, in_sheet = self.method.vocabularies["units"].names, self.raw.sheet is not None
        unit_column = "unit" if spec.kind in IN_A_UNIT and "unit" in self.raw.cells else None
        unknown = sentence("write_unknown") if _may_be_unknown(spec) else None
        return "NotANumber", lambda text: {
            "expected": bounds(spec),
            "advice": meant_number(text, spec, units, unit_column, in_sheet=in_sheet)
            or together(sentence("expected", expected=bounds(spec)), unknown),
        }

    def _about_bounds(self, code: str, spec: Column) -> Describe:
        if code == "TooLarge":
            shown = {
                lang: (Texts(lang).mass if spec.kind == "mass" else Texts(lang).tick)(spec.max or 0)
                for lang in LANGUAGES
            }
            most = sentence("mass_at_most" if spec.kind == "mass" else "at_most", "bounds", high=shown)
            return lambda _: {"expected": most}
        turn = sentence("turn_flow") if code == "NegativeMass" and "from" in self.raw.cells else None
        return lambda text: {
            "expected": bounds(spec), "hint": meant_share(text, spec) if spec.kind == "number" else turn,
        }  # fmt: skip

    def _signed(self) -> npt.NDArray[np.bool_]:
        """The rows whose quantity may be negative."""
        if "quantity" not in self.raw.cells:
            return np.zeros(len(self.raw.rows), dtype=bool)
        measured = self.method.vocabularies["measured"].table
        signed = measured.index[measured.get("signed", pd.Series("", index=measured.index)) == "yes"]
        return np.asarray(self.raw.cells["quantity"].isin(signed), dtype=bool)

    def _in_base_unit(self, spec: Column, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Values in kg, MJ or EUR; as they are where the unit is not known."""
        if "unit" not in self.raw.cells or spec.kind not in IN_A_UNIT:
            return values
        factors = self.method.vocabularies["units"].table["factor"].astype(float)
        with np.errstate(over="ignore"):
            return np.asarray(values * self.raw.cells["unit"].map(factors).fillna(1.0).to_numpy(dtype=np.float64))

    def _filled(self, column: str, spec: Column) -> dict[str, Any]:
        """What belongs in an empty cell, as details of an error."""
        choices: list[Any] = []
        may_be_unknown = spec.kind in NUMBERS and _may_be_unknown(spec)
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
        if spec.kind in NUMBERS:
            return {"expected": bounds(spec), "advice": together(sentence("expected", expected=bounds(spec)), unknown)}
        return {"expected": spec.name, "advice": sentence("fill_in", meaning=spec.meaning)}


def reserved_names(method: Method) -> dict[str, str]:
    """Names that nobody may give to something of their own, with the list they are a code of."""
    codes = {c: name for name in ("places", "municipalities") for c in method.vocabularies[name].codes}
    return {**codes, UNKNOWN: "origins"}


def codes_of(vocabulary: Vocabulary, spec: Column) -> list[str]:
    """The codes that may be in a column: those of its form, where it has one, and `unknown`."""
    if spec.pattern is None:
        return vocabulary.codes
    form = re.compile(spec.pattern)
    return [code for code in vocabulary.codes if code == UNKNOWN or form.fullmatch(code)]


def units_of(method: Method, dimension: str | None) -> list[str]:
    """The units of a dimension; all of them without one."""
    units = method.vocabularies["units"].table
    return list(units.index if dimension is None else units.index[units["dimension"] == dimension])


def bounds(spec: Column) -> Sentence:
    """The numbers that may be in a column, in words."""
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
