"""What is worth a look in the data of a fieldlab and not a fault: a warning does not stop the computation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import Where, counted, sentence
from circularity.ledger.book.sheets import unread_rows
from circularity.ledger.plausibility import implausible
from circularity.ledger.quality import SAMPLE_SIZE
from circularity.ledger.raw import RawTable
from circularity.ledger.tables import Found
from circularity.method.load import Method
from circularity.tables.cells import UNKNOWN
from circularity.tables.numbers import TWO_READINGS
from circularity.tables.workbook import Sheet
from circularity.texts import LANGUAGES, Texts

# Files with tables that somebody may think are read.
SPREADSHEETS = (".xlsm", ".xls", ".numbers", ".tsv")

# A number that shows that the point is a decimal one.
DECIMAL_POINT = r"[0-9]*\.([0-9]{1,2}|[0-9]{4,})|0\.[0-9]{3}|[0-9]{4,}\.[0-9]{3}"


@dataclass(frozen=True)
class DataWarning:
    """Something worth a look.

    Attributes
    ----------
    kind : str
        Name of the sentence, under ``remarks`` in ``texts/``.
    where : Where
        File and column.
    sentence : mapping of str to str
        What there is to say, by language.
    rows : tuple of int
        Rows it is about; empty when it is about all of them.
    """

    kind: str
    where: Where
    sentence: Mapping[str, str]
    rows: tuple[int, ...] = ()

    def text(self, lang: str) -> str:
        """The place and the sentence in `lang`."""
        where = replace(self.where, row=self.rows[0] if self.rows else None)
        return f"{where.text(lang, self.rows)}: {self.sentence[lang]}"

    def as_dict(self, lang: str) -> dict[str, Any]:
        """The warning as plain data, for ``--json``."""
        return {"remark": self.kind, **self.where.as_dict(), "rows": list(self.rows), "what": self.sentence[lang]}


def warnings_on(
    read: Found, tables: Mapping[str, pd.DataFrame], place: Path | None, kind: str, method: Method
) -> list[DataWarning]:
    """The warnings on the data of a fieldlab.

    Parameters
    ----------
    read : Found
        The tables as read.
    tables : mapping of str to DataFrame
        The tables with their types, without faults.
    place : Path or None
        Folder or workbook they were read from.
    kind : str
        Kind of the fieldlab.
    method : Method

    Returns
    -------
    list of DataWarning
        By table, in the order of the tables of the method, and then what was not read.
    """
    found: list[DataWarning] = []
    raw = read.tables
    for name in (t for t in method.tables if t in raw):
        found += _taken_together(raw[name])
        found += _unknown_masses(raw[name])
        found += _encoding(raw[name])
        found += _two_readings(raw[name], method)
        found += _very_uncertain(raw[name], tables[name], method)
        found += _scores_not_counted(raw[name], method)
        found += implausible(raw[name], method, warning)
    found += _origins_and_destinations(raw["flows"], method) if "flows" in raw else ()
    found += _processed_elsewhere(raw["flows"], tables["flows"], method) if "flows" in raw else ()
    found += _empty_columns(raw.get("products"), kind, method)
    for file, sheet in read.sheets:
        found += _on_sheet(sheet, Where(file=file, sheet=sheet.name))
    others = (
        [p for p in place.iterdir() if p.suffix.lower() in SPREADSHEETS] if place is not None and place.is_dir() else []
    )
    for path in sorted([*others, *read.aside]):
        if not path.name.startswith((".", "~")):
            found.append(DataWarning("not_read", Where(file=path.name), sentence("not_read", "remarks")))
    return found


def _on_sheet(sheet: Sheet, where: Where) -> Iterator[DataWarning]:
    """What of a sheet was left out, and what was read that people may not think of."""
    if rows := unread_rows(sheet.rows):
        said = sentence("not_counted", "remarks", count=counted(len(rows), "row"))
        yield DataWarning("not_counted", where, said, tuple(rows))
    if sheet.concealed:
        yield DataWarning("concealed", where, sentence("concealed", "remarks"))
    if sheet.formulas:
        yield DataWarning("formulas", where, sentence("formulas", "remarks", count=counted(sheet.formulas, "cell")))


def warning(
    kind: str, raw: RawTable, column: str | None, bad: Sequence[bool] | pd.Series[bool], /, **details: Any
) -> Iterator[DataWarning]:
    """One warning of the rows that are `bad`, when there are any; its sentence may name their ``count``."""
    chosen = np.asarray(bad, dtype=bool)
    if chosen.any():
        said = sentence(kind, "remarks", count=counted(raw.count(chosen), "row"), **details)
        yield DataWarning(kind, raw.where(column=column), said, raw.numbers(chosen))


def _unknown_masses(raw: RawTable) -> Iterator[DataWarning]:
    if raw.name == "flows":
        yield from warning("mass_unknown", raw, "mass", raw.cells["mass"] == UNKNOWN, total=_all_rows(raw))


def _all_rows(raw: RawTable) -> int:
    return raw.count(np.ones(len(raw.rows), dtype=bool))


def _taken_together(raw: RawTable) -> Iterator[DataWarning]:
    """That a large ledger is not looked at row by row, and what that leaves out."""
    if raw.condensed:
        count, groups = counted(_all_rows(raw), "row"), {lang: Texts(lang).tick(len(raw.rows)) for lang in LANGUAGES}
        yield DataWarning(
            "taken_together", raw.where(), sentence("taken_together", "remarks", count=count, groups=groups)
        )


def _encoding(raw: RawTable) -> Iterator[DataWarning]:
    """That nothing in a file says how its letters are written: other programs write the same bytes for others."""
    if raw.encoding == "cp1252":
        yield DataWarning("encoding", raw.where(), sentence("encoding", "remarks"))


def _two_readings(raw: RawTable, method: Method) -> Iterator[DataWarning]:
    """Numbers such as 1.234: as what the rest of the file shows them to be, or read without a number that does."""
    for reading in raw.readings:
        notation = reading.notation
        details = {"found": reading.found, "value": reading.value, "names": notation.evidence}
        details["decimal"] = str(notation.decimal or notation.elsewhere)
        yield from warning("notation_shown", raw, reading.column, reading.rows, **details)
    if raw.decimal_comma:
        return
    for column, spec in method.tables[raw.name].columns.items():
        if (
            column not in raw.cells
            or raw.sheet is not None
            or not (spec.kind in ("mass", "measure") or spec.unit not in (None, "1"))
        ):
            continue
        cells = raw.cells[column]
        bad = cells.str.fullmatch(TWO_READINGS)
        if bad.any() and not cells.str.fullmatch(DECIMAL_POINT).any():
            first = str(cells[bad].iloc[0])
            value = {lang: Texts(lang).tick(float(first)) for lang in LANGUAGES}
            yield from warning("two_readings", raw, column, bad, found=first, value=value, other=first.replace(".", ""))


def _very_uncertain(raw: RawTable, typed: pd.DataFrame, method: Method) -> Iterator[DataWarning]:
    if "uncertainty" not in raw.cells:
        return
    stated = pd.to_numeric(raw.cells["uncertainty"], errors="coerce")
    limit = method.settings.uncertainty.very_large
    largest = {lang: Texts(lang).tick(float(stated.max())) for lang in LANGUAGES} if stated.notna().any() else ""
    yield from warning("very_uncertain", raw, "uncertainty", stated > limit, limit=f"{limit:g}", found=largest)


def _scores_not_counted(raw: RawTable, method: Method) -> Iterator[DataWarning]:
    """Scores of a dimension that the table of pedigree factors does not have."""
    dimensions = {row.dimension for row in method.pedigree_in_use}
    if SAMPLE_SIZE in raw.cells and SAMPLE_SIZE not in dimensions:
        given = ~raw.cells[SAMPLE_SIZE].isin(["", UNKNOWN])
        set_ = method.settings.uncertainty.pedigree
        yield from warning("score_not_counted", raw, SAMPLE_SIZE, given, set=set_, column=SAMPLE_SIZE)


def _origins_and_destinations(raw: RawTable, method: Method) -> Iterator[DataWarning]:
    """What a role asks for and was not given, and what it does not ask for and was."""
    asks = method.vocabularies["roles"].table["asks"].str.split()
    for column in ("origin", "destination"):
        given = raw.cells[column] != "" if column in raw.cells else pd.Series(False, index=raw.cells.index)
        for role, asked in asks.items():
            here = raw.cells["role"] == role
            if column in asked:
                yield from warning("not_given", raw, column, here & ~given, role=role, column=column)
            else:
                yield from warning("not_asked", raw, column, here & given, role=role, column=column)


def _processed_elsewhere(raw: RawTable, flows: pd.DataFrame, method: Method) -> Iterator[DataWarning]:
    """Waste whose processing leads to another destination than the row says."""
    processing = method.vocabularies.get("processing")
    if processing is None or "destinations" not in processing.table or "processing" not in flows:
        return
    fits = flows["processing"].map(processing.table["destinations"]).fillna("").str.split()
    destinations = method.vocabularies["destinations"]
    wrong = [
        bool(allowed) and code not in ("", UNKNOWN) and destinations.match(code, allowed) == "no"
        for allowed, code in zip(fits, flows["destination"], strict=True)
    ]
    yield from warning("processed_elsewhere", raw, "processing", wrong)


def _empty_columns(raw: RawTable | None, kind: str, method: Method) -> Iterator[DataWarning]:
    """Columns without which headline indicators of products have no value, when they are empty throughout."""
    if raw is None or not len(raw.rows):
        return
    filled = {c for c in raw.cells if not raw.cells[c].isin(["", UNKNOWN]).all()}
    lacking: dict[str, list[str]] = {}
    for indicator in map(method.indicator, method.settings.headline.get(kind, ())):
        for needed in indicator.spec.inputs.values():
            column = needed.column
            if column not in method.tables["products"].columns or column in filled:
                continue
            if needed.if_unknown is None and needed.needed_when is None:
                lacking.setdefault(column, []).append(indicator.id)
    if lacking:
        indicators = list(dict.fromkeys(i for ids in lacking.values() for i in ids))
        said = sentence("empty_columns", "remarks", columns=list(lacking), indicators=indicators)
        yield DataWarning("empty_columns", raw.where(), said)
