"""Declared corrections: what is changed in the data before they are read, why, and what the source must still say.

A correction is a record in ``corrections.yaml`` next to the tables. It works on cells as they are in the file, so that
the same correction holds for CSV, Parquet and a workbook. Once the source is mended its expectation fails, and whoever
keeps the data takes it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Annotated, Any, Literal, SupportsInt

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from circularity.errors import CircularityError, DataError, FileError, Where, counted, sentence
from circularity.ledger.raw import RawTable
from circularity.ledger.tables import Found
from circularity.method.declarations import Number, Text, WholeNumber, unfit
from circularity.method.fault_helpers import undefined
from circularity.method.load import Method
from circularity.method.readers import read_yaml
from circularity.method.validation import collect_errors, read_model, shown
from circularity.tables.numbers import is_number
from circularity.texts import LANGUAGES, word

FILE = "corrections.yaml"
# Digits kept of a product: more than any number in data has, so that multiplying rounds nothing.
DIGITS = 60
# Old and new values that a line shows.
MOST_SHOWN = 3


def _filled(columns: Any) -> Any:
    if columns == {}:
        raise unfit("filled")
    return columns


def _as_text(value: Any) -> Any:
    # A year or a code may be written without quotation marks; 1.10 may not, because YAML reads it as 1.1.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Cell = Annotated[str, BeforeValidator(_as_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Action(_Part):
    """What is done to the rows that match: one of the three."""

    set: Annotated[dict[str, Cell] | None, BeforeValidator(_filled)] = None
    multiply: Annotated[dict[str, Number] | None, BeforeValidator(_filled)] = None
    drop: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> Action:
        if sum(part is not None for part in (self.set, self.multiply, self.drop)) != 1:
            raise unfit("one_action")
        return self

    @property
    def columns(self) -> list[str]:
        """The columns that change."""
        return list(self.set or self.multiply or ())


class Expect(_Part):
    """What the source must still say: how many rows match, and what is in the cells that change."""

    rows: WholeNumber = Field(ge=1)
    values: dict[str, Cell | list[Cell]] = {}


class Correction(_Part):
    """One record of ``corrections.yaml``."""

    table: str
    match: Annotated[dict[str, Cell], BeforeValidator(_filled)]
    action: Action
    reason: Text
    source: str | None = None
    expect: Expect

    @model_validator(mode="after")
    def _told(self) -> Correction:
        # Without the old value nobody would notice that the source was mended.
        if not set(self.action.columns) <= {*self.match, *self.expect.values}:
            raise unfit("old_values")
        return self


@dataclass(frozen=True)
class Applied:
    """A correction that was made.

    Attributes
    ----------
    number : int
        Place in ``corrections.yaml``, from 1.
    where : Where
        File and sheet of the table.
    rows : tuple of int
        Rows of the file that were changed or left out.
    correction : Correction
    before, after : dict of str to list of str
        Cells of every column that changed, row by row.
    """

    number: int
    where: Where
    rows: tuple[int, ...]
    correction: Correction
    before: Mapping[str, list[str]]
    after: Mapping[str, list[str]]

    @property
    def kind(self) -> str:
        """What was done: ``set``, ``multiply`` or ``drop``."""
        return next(name for name, part in self.correction.action if part is not None)

    def text(self, lang: str) -> str:
        """The correction as a line: where, what, why and by which source."""
        where = replace(self.where, row=self.rows[0]).text(lang, self.rows)
        changes = "; ".join(
            f"{column}: {_few(old)} → {_few(self.after[column])}" for column, old in self.before.items()
        )
        source = self.correction.source
        said = sentence(f"{self.kind}_cells" if self.kind != "drop" else "drop_rows", "corrections", changes=changes)
        by = sentence("source", "corrections", source=source)[lang] if source else ""
        return f"{where}: {said[lang]} {self.correction.reason[lang]}{by}"

    def as_dict(self, lang: str) -> dict[str, Any]:
        """The correction as plain data, for ``--json``."""
        return {
            "number": self.number,
            "table": self.correction.table,
            **self.where.as_dict(),
            "rows": list(self.rows),
            "action": self.kind,
            "before": dict(self.before),
            "after": dict(self.after),
            "reason": self.correction.reason[lang],
            "source": self.correction.source,
        }


def corrected(
    place: Path, found: Found, method: Method, faults: list[CircularityError]
) -> tuple[dict[str, RawTable], list[Applied]]:
    """The tables of a fieldlab with the corrections made; the tables as found stay as they are.

    Parameters
    ----------
    place : Path
        Folder of the fieldlab. A workbook by itself has no corrections.
    found : Found
        The tables as they were read.
    method : Method
        Its tables say which columns there may be.
    faults : list of CircularityError
        Takes every fault: a record of the wrong form, a table or column that is not there, an expectation that fails.

    Returns
    -------
    dict of str to RawTable, list of Applied
        The tables, and what was done to them, in the order of the file.
    """
    tables = dict(found.tables)
    path = place / FILE
    if not place.is_dir() or not path.exists():
        return tables, []
    found.files.append(path)  # a changed correction is a change of the data
    loaded: Any = []
    with collect_errors(faults):
        loaded = read_yaml(path, FILE, inside=place)
    if not isinstance(loaded, list):
        faults.append(
            FileError("WrongValue", where=Where(file=FILE), found=shown(loaded), expected=word("list", "expected"))
        )
        return tables, []
    applied: list[Applied] = []
    for number, data in enumerate(loaded, start=1):
        correction = read_model(Correction, data, FILE, f"no. {number}", faults)
        if correction is None or correction.table in found.unread:  # of which there is a fault already
            continue
        with collect_errors(faults):
            tables[correction.table], done = _make(correction, number, tables, method)
            applied.append(done)
    return tables, applied


def _make(
    correction: Correction, number: int, tables: Mapping[str, RawTable], method: Method
) -> tuple[RawTable, Applied]:
    def at(key: str) -> Where:
        return Where(file=FILE, key=f"no. {number}: {key}")

    if correction.table not in tables:
        raise undefined(at("table"), correction.table, tables)
    table = tables[correction.table]
    if table.condensed:
        raise DataError("CorrectionOfDataset", where=at("table"), found=table.file)
    cells = table.cells.copy()
    for column in correction.action.set or ():
        if column not in cells and column in method.tables[correction.table].columns:
            cells[column] = ""  # what the source does not say at all may be added
    for part, columns in (("match", correction.match), ("action", correction.action.columns)):
        for column in columns:
            if column not in cells:
                raise undefined(at(f"{part}.{column}"), column, list(cells))
    chosen = np.ones(len(cells), dtype=bool)
    for column, text in correction.match.items():
        chosen &= _same(cells[column], text)
    before = {column: cells.loc[chosen, column].tolist() for column in correction.action.columns}
    _expect(correction, at("expect"), table, chosen, before)
    rows = tuple(int(row) for row in table.rows[chosen])
    if correction.action.drop:
        kept = table.without(chosen, cells)
        return kept, Applied(number, table.where(), rows, correction, {}, {})
    for column, new in (correction.action.set or {}).items():
        cells.loc[chosen, column] = new
    for column, factor in (correction.action.multiply or {}).items():
        positions = np.flatnonzero(chosen)
        cells.loc[chosen, column] = [_times(cells[column].iloc[i], factor, table, i, column) for i in positions]
    after = {column: cells.loc[chosen, column].tolist() for column in before}
    return replace(table, cells=cells), Applied(number, table.where(), rows, correction, before, after)


def _expect(
    correction: Correction,
    where: Where,
    table: RawTable,
    chosen: npt.NDArray[np.bool_],
    before: Mapping[str, list[str]],
) -> None:
    """Raise when the source no longer says what the correction was written for."""
    count = int(chosen.sum())
    if count != correction.expect.rows:
        wanted = counted(correction.expect.rows, "row")
        raise DataError(
            "CorrectionOutdated", where=where, found=counted(count, "row"), expected=wanted, table=table.file
        )
    for column, values in correction.expect.values.items():
        if column not in before and column not in table.cells:
            raise undefined(Where(file=FILE, key=f"{where.key}.values"), column, list(table.cells))
        cells = before.get(column, table.cells.loc[chosen, column].tolist() if column in table.cells else [])
        wanted_cells = [values] * count if isinstance(values, str) else values
        if len(wanted_cells) != count or not all(map(_equal, cells, wanted_cells)):
            said, wished = (
                {lang: f"{column} = {_few(some) or word('empty', 'yaml_value')[lang]}" for lang in LANGUAGES}
                for some in (cells, wanted_cells)
            )
            raise DataError("CorrectionOutdated", where=where, found=said, expected=wished, table=table.file)


def _same(cells: pd.Series[str], text: str) -> npt.NDArray[np.bool_]:
    """The cells that say `text`; each different text is compared once."""
    return np.asarray(cells.isin([cell for cell in cells.unique() if _equal(cell, text)]), dtype=bool)


def _equal(cell: str, text: str) -> bool:
    """Whether two texts are the same, or the same number written otherwise, as another form of the file may do."""
    if cell == text:
        return True
    return is_number(cell) and is_number(text) and Decimal(cell) == Decimal(text)


def _times(cell: str, factor: float, table: RawTable, position: SupportsInt, column: str) -> str:
    """A number times a factor, without rounding."""
    if not is_number(cell):
        raise DataError(
            "NotANumber", where=table.where(position, column), found=cell, expected=word("number", "bounds")
        )
    with localcontext() as exact:
        exact.prec = DIGITS
        return f"{(Decimal(cell) * Decimal(repr(factor))).normalize():f}"


def _few(values: list[str]) -> str:
    different = list(dict.fromkeys(values))
    return ", ".join(different[:MOST_SHOWN]) + (", …" if len(different) > MOST_SHOWN else "")
