"""Cleaning reports of receipt: which rows can be used, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circularity.importers import lma_parties
from circularity.importers.encoded import (
    OURS,
    EncodedColumn,
    by_nearest,
    column,
    mixed_keys,
    not_valid,
    numbers_of,
)
from circularity.importers.import_report import ImportReport, Notice, Rejection
from circularity.importers.lma_rules import LmaRules
from circularity.method.load import Method
from circularity.tables.cells import UNKNOWN
from circularity.tables.columns import YEAR
from circularity.tables.numbers import Mask, Numbers, find_notation
from circularity.tables.source_table import Format, SourceTable

NUMBERS = ("mass", "loads")


@dataclass
class ReceiptRows:
    """The rows of all files, column by column.

    Attributes
    ----------
    texts : dict of str to EncodedColumn
        Columns by the names of the rules.
    file, position, row : array of int
        File, place in its table, and row in the file of every row.
    year : array of int
        Calendar year; 0 where there is none.
    kg, loads : array of float
        NaN where there is none. [kg], [1]
    """

    texts: dict[str, EncodedColumn]
    file: npt.NDArray[np.int64]
    position: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    year: npt.NDArray[np.int64]
    kg: npt.NDArray[np.float64]
    loads: npt.NDArray[np.float64]


def read_rows(sources: Sequence[SourceTable], rules: LmaRules) -> ReceiptRows:
    """The columns that the rules name, of all files one after the other, the place of origin completed."""
    texts = {}
    for key, heading in rules.columns.items():
        parts = [
            s.table[heading]
            if heading in s.table.column_names
            else pa.chunked_array([pa.nulls(len(s.rows), pa.string())])
            for s in sources
        ]
        coded = [p if pa.types.is_dictionary(p.type) else p.dictionary_encode() for p in parts]
        plain = [p.cast(pa.dictionary(pa.int32(), pa.string())) for p in coded]
        chunks = [chunk for p in plain for chunk in p.chunks]
        texts[key] = column(pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string())), rules.missing)
    file = np.repeat(np.arange(len(sources)), [len(s.rows) for s in sources])
    position = np.concatenate([np.arange(len(s.rows)) for s in sources])
    nothing = np.zeros(len(file))
    row = np.concatenate([s.rows for s in sources])
    for key in NUMBERS:
        texts[key] = _with_origins(texts[key], rules.columns[key], sources, file)
    rows = ReceiptRows(texts, file, position, row, nothing.astype(np.int64), nothing, nothing)
    _complete_site(rows, rules)
    return rows


def _with_origins(
    text: EncodedColumn, heading: str, sources: Sequence[SourceTable], file: npt.NDArray[np.int64]
) -> EncodedColumn:
    """The column with the file that every number was written in: each file has a notation of its own."""
    if not any(heading in source.numeric for source in sources):
        return EncodedColumn(text.values, text.codes, 0 if len(sources) == 1 else file)
    nothing = [np.zeros(len(s.rows), dtype=bool) for s in sources]
    numeric = np.concatenate([s.numeric.get(heading, none) for s, none in zip(sources, nothing, strict=True)])
    return EncodedColumn(text.values, text.codes, np.where(numeric, OURS, file))


def _complete_site(rows: ReceiptRows, rules: LmaRules) -> None:
    """Where the place of origin is left empty, it is the address of the owner."""
    absent = np.logical_and.reduce([rows.texts[key].empty for key in rules.site.columns])
    for key, instead in zip(rules.site.columns, rules.site.instead, strict=True):
        own, other = rows.texts[key], rows.texts[instead]
        values = pa.concat_arrays([own.values, other.values])
        moved = np.where(other.codes < 0, -1, other.codes + len(own.values))
        rows.texts[key] = EncodedColumn(values, np.where(absent, moved, own.codes))


def clean(
    rows: ReceiptRows,
    sources: Sequence[SourceTable],
    rules: LmaRules,
    limits: Mapping[str, float],
    format_: Format,
    method: Method,
    report: ImportReport,
) -> npt.NDArray[np.int64]:
    """The rows that can be used; the others are entered in the report, each with the first rule it fails."""
    factor = float(method.vocabularies["units"].table.at[rules.mass_unit.value, "factor"])
    mass, loads = (_numbers(rows, key, sources, rules, format_, report) for key in NUMBERS)
    rows.kg, rows.loads = mass.values * factor, loads.values
    rows.texts["eural"] = rows.texts["eural"].mapped(_eural)
    rows.texts["processing"] = rows.texts["processing"].mapped(pc.utf8_upper)
    heaviest = method.tables["flows"].columns["mass"].max or np.inf
    good = np.ones(len(rows.file), dtype=bool)
    for rejection in (
        *_absent(rows, rules), *_periods(rows), *_amounts(rows, mass, loads, limits, heaviest), *_names(rows, rules),
        *_codes(rows, method),
    ):  # fmt: skip
        _reject(rows, sources, rules, good, rejection, report)
    _reject(rows, sources, rules, good, Rejection("repeat", "repeated_row", _repeated(rows, good)), report)
    _unknown_processing(rows, good, method, report)
    return np.flatnonzero(good)


def _reject(
    rows: ReceiptRows,
    sources: Sequence[SourceTable],
    rules: LmaRules,
    good: Mask,
    rejection: Rejection,
    report: ImportReport,
) -> None:
    bad = np.flatnonzero(good & rejection.rows)
    good[bad] = False
    for number, source in enumerate(sources):
        here = bad[rows.file[bad] == number]
        if not len(here):
            continue
        places = rows.position[here]
        heading = rules.columns.get(rejection.column, "")
        found = source.table[heading].take(pa.array(places)).to_pylist() if heading else ()
        report.reject(source, places, rejection.step, rejection.reason, found, column=heading, **rejection.details)


def _numbers(
    rows: ReceiptRows, key: str, sources: Sequence[SourceTable], rules: LmaRules, format_: Format, report: ImportReport
) -> Numbers:
    """The numbers of a column, those of every file by what that file shows of its notation."""
    text, heading = rows.texts[key], rules.columns[key]
    origins = text.origins
    notations = [
        find_notation(
            text.written(None if isinstance(text.origin, int) else origins == number), format_.decimal_character
        )
        for number in range(len(sources))
    ]
    found = numbers_of(text, notations)
    for number, (source, notation) in enumerate(zip(sources, notations, strict=True)):
        report.warn_of_guess(source, heading, notation, int((found.guessed & (origins == number)).sum()))
    return found


def _eural(values: pa.StringArray) -> pa.StringArray:
    """Codes as six digits: a spreadsheet drops the zero in front, and people write spaces and the star."""
    plain = pc.replace_substring_regex(values, r"[ .*]", "")
    return pc.replace_substring_regex(plain, r"^([0-9]{5})$", r"0\1")


def _absent(rows: ReceiptRows, rules: LmaRules) -> Iterator[Rejection]:
    """ReceiptRows without a party, or without the place of one."""
    for key in ("owner", "processor", "owner_postcode", "site_postcode", "processor_postcode"):
        yield Rejection("filter", f"no_{key}", rows.texts[key].empty, details={"expected": rules.columns[key]})


def _periods(rows: ReceiptRows) -> Iterator[Rejection]:
    year, month = rows.texts["year"], rows.texts["month"]
    yield Rejection("filter", "no_year", year.empty, "year")
    plain = pc.replace_substring_regex(year.values, r"\.0+$", "")
    fits = np.asarray(pc.match_substring_regex(plain, f"^{YEAR}$"), dtype=bool)
    yield Rejection("filter", "not_a_year", year.where(~fits), "year")
    known = np.zeros(len(plain), dtype=np.int64)
    known[fits] = np.asarray(pc.cast(plain.filter(pa.array(fits)), pa.int64()))
    rows.year = year.each(known, 0)
    yield Rejection("filter", "no_month", month.empty, "month")
    plain = pc.replace_substring_regex(month.values, r"^0|\.0+$", "")
    fits = np.asarray(pc.match_substring_regex(plain, r"^([1-9]|1[0-2])$"), dtype=bool)
    yield Rejection("filter", "not_a_month", month.where(~fits), "month")
    rows.texts["month"] = month.mapped(lambda _: plain)


def _amounts(
    rows: ReceiptRows, mass: Numbers, loads: Numbers, limits: Mapping[str, float], heaviest: float
) -> Iterator[Rejection]:
    for key, read in (("mass", mass), ("loads", loads)):
        text = rows.texts[key]
        yield Rejection("filter", f"no_{key}", text.empty, key)
        yield Rejection("filter", "two_ways", read.two_ways, key)
        yield Rejection("filter", "not_a_number", read.wrong, key)
    kg, count = rows.kg, rows.loads
    yield Rejection("filter", "too_heavy", kg > heaviest, "mass", details={"expected": f"{heaviest:g}"})
    yield Rejection(
        "filter", "small_mass", kg < limits["smallest_mass"], "mass", details=_limit(limits, "smallest_mass")
    )
    yield Rejection(
        "filter", "few_loads", count < limits["fewest_loads"], "loads", details=_limit(limits, "fewest_loads")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        each = kg / count
    yield Rejection(
        "filter", "heavy_load", each > limits["largest_load"], "mass", details=_limit(limits, "largest_load")
    )
    yield Rejection(
        "filter", "light_load", each < limits["smallest_load"], "mass", details=_limit(limits, "smallest_load")
    )


def _limit(limits: Mapping[str, float], name: str) -> dict[str, str]:
    return {"expected": f"{limits[name]:g}"}


def _names(rows: ReceiptRows, rules: LmaRules) -> Iterator[Rejection]:
    """ReceiptRows whose party has a name without a letter."""
    for key in ("owner", "processor"):
        text = rows.texts[key]
        letters = pc.utf8_length(lma_parties.plain_names(text.values, rules.names.legal_forms))
        yield Rejection("clean", f"{key}_not_a_name", text.where(pc.equal(letters, 0)), key)


def _codes(rows: ReceiptRows, method: Method) -> Iterator[Rejection]:
    """ReceiptRows with a waste code that does not exist, each with the nearest that do."""
    eural = rows.texts["eural"]
    yield Rejection("clean", "no_eural", eural.empty, "eural")
    digits = np.asarray(pc.match_substring_regex(eural.values, r"^[0-9]{6}$"), dtype=bool)
    yield Rejection("clean", "not_a_eural", eural.where(~digits), "eural")
    if "eural" not in method.vocabularies:
        return
    known = [code for code in method.vocabularies["eural"].codes if len(code) == 6]
    wrong = digits & ~np.asarray(pc.is_in(eural.values, pa.array(known, pa.string())), dtype=bool)
    for wrong_rows, advice in by_nearest(eural, eural.where(wrong), known):
        yield Rejection("clean", "unknown_eural", wrong_rows, "eural", details={"advice": advice})
    late = not_valid(eural, rows.year, method.vocabularies["eural"])
    yield Rejection("clean", "not_valid", late, "eural")


def _repeated(rows: ReceiptRows, good: Mask) -> Mask:
    """ReceiptRows that are equal to an earlier one in every column that is read."""
    at = np.flatnonzero(good)
    mixed = mixed_keys([text.codes for text in rows.texts.values()])[at]
    # Alike by hash is rare, and then every column is compared.
    suspect = at[pd.Series(mixed).duplicated(keep=False).to_numpy()]
    cells = pd.DataFrame({key: text.codes[suspect] for key, text in rows.texts.items()})
    for key in NUMBERS:  # the number 1.234 is not the text 1.234
        cells[f"{key} is a number"] = rows.texts[key].origins[suspect] == OURS
    repeated = np.zeros(len(good), dtype=bool)
    repeated[suspect[cells.duplicated().to_numpy()]] = True
    return repeated


def _unknown_processing(rows: ReceiptRows, good: Mask, method: Method, report: ImportReport) -> None:
    """Read a processing method that is not known as unknown, and warn of the number of rows."""
    text, codes = rows.texts["processing"], method.vocabularies["processing"]
    wrong = ~np.asarray(pc.is_in(text.values, pa.array(codes.codes, pa.string())), dtype=bool)
    unknown = text.where(wrong) | text.empty
    count = int((unknown & good).sum())
    if count:
        named = [v for v, w in zip(text.values.to_pylist(), wrong.tolist(), strict=True) if w]
        report.warnings.append(Notice("unknown_processing", count, {"names": named}))
    values = pa.concat_arrays([text.values, pa.array([UNKNOWN])])
    rows.texts["processing"] = EncodedColumn(values, np.where(unknown, len(values) - 1, text.codes))
