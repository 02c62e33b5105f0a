"""A fieldlab in another form: CSV, Parquet or a workbook, with the same figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import yaml

from circularity.errors import CallError
from circularity.ledger.book.template import write_filled
from circularity.ledger.corrections import FILE as CORRECTIONS
from circularity.ledger.description import FILE, Description
from circularity.ledger.fieldlab import read_fieldlab
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Table
from circularity.method.load import Method
from circularity.tables.columns import NUMERIC
from circularity.tables.write import write_whole
from circularity.texts import reason


def convert(path: Path, output: Path, form: str, method: Method, lang: str) -> list[Path]:
    """Write a fieldlab in another form.

    Parameters
    ----------
    path : Path
        Folder or workbook of a fieldlab without faults.
    output : Path
        Folder to write (for csv and parquet), or workbook; a folder must be new or empty.
    form : {"csv", "parquet", "xlsx"}
    method : Method
    lang : {"nl", "en"}
        Language of a workbook.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    DataFaults
        If the data have faults; nothing is written.
    CannotWrite
        If `output` is there already with something in it, or cannot be written; or if the fieldlab has a large ledger,
        of which only sums are kept.
    """
    lab, found = read_fieldlab(path, method)
    if lab.condensed:
        raise CallError("CannotWrite", found=output, because=reason("only_sums"))
    description = lab.description
    if form == "xlsx" and lab.corrections:
        raise CallError("CannotWrite", found=output, because=reason("corrections_beside"))
    if form == "xlsx":
        tables = {name: table.cells for name, table in found.tables.items()}
        write_filled(description.kind, output, method, lang, tables, description)
        return [output]
    if output.is_file() or (output.is_dir() and any(output.iterdir())):
        raise CallError("CannotWrite", found=output, because=reason("not_empty"))
    written = [output / FILE]
    text = _as_yaml(description)
    write_whole(written[0], lambda p: p.write_text(text, encoding="utf-8"))
    if lab.corrections:  # the tables are written as they were found, so that the same corrections hold
        written.append(output / CORRECTIONS)
        write_whole(written[-1], lambda p: shutil.copyfile(path / CORRECTIONS, p))
    for name, raw in found.tables.items():
        target = output / f"{name}.{form}"
        write_whole(target, _writer(raw.cells if form == "csv" else _typed(raw, method.tables[name]), form))
        written.append(target)
    return written


def _as_yaml(description: Description) -> str:
    data = description.model_dump(exclude_none=True, exclude_defaults=False)
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100))


def _writer(table: pd.DataFrame, form: str) -> Callable[[Path], object]:
    if form == "parquet":
        return lambda p: table.to_parquet(p, index=False)
    return lambda p: table.to_csv(p, index=False, lineterminator="\n")


def _typed(raw: RawTable, spec: Table) -> pd.DataFrame:
    """Numbers as numbers where every cell is one or empty; a column with the word unknown stays text."""
    table = raw.cells.copy()
    for column in table:
        about = spec.columns[str(column)]
        if about.kind in NUMERIC:
            numbers = pd.to_numeric(table[column].mask(table[column] == ""), errors="coerce")
            if not (numbers.isna() & (table[column] != "")).any():
                table[column] = numbers.astype("float64")
    return table
