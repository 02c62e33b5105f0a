"""Writing what was imported as a fieldlab folder."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from circularity.errors import CallError
from circularity.importers.import_report import ImportReport, write_csv
from circularity.ledger.description import SAFE_ID
from circularity.ledger.mass import LARGEST_SUM
from circularity.ledger.parquet_dataset.writer import DatasetWriter
from circularity.tables.write import write_whole
from circularity.texts import reason

REPORT, REJECTS = "import.json", "rejects.csv"
Form = Literal["auto", "csv", "parquet"]
# Above this, flows become Parquet files by period: people no longer open them, and reading text takes tens of seconds.
MOST_ROWS_CSV = 200_000
# The whole number that a mass is written as. [kg]
MASS_UNIT = 1e-3
UNITS_PER_KG = 1000
# Periods written at a time: packing is work for a core each.
WRITERS = 4


@dataclass
class Imported:
    """What an import made.

    Attributes
    ----------
    folder : Path
        The fieldlab.
    report : ImportReport
        What became of every row.
    content : dict
        Content of ``import.json``.
    """

    folder: Path
    report: ImportReport
    content: dict[str, Any]


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds something other than an earlier import.

    Raises
    ------
    FolderInUse
        If it does.
    CannotWrite
        If it is a file.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise CallError("CannotWrite", found=folder, because=reason("not_a_folder"))
        if folder.is_dir() and any(folder.iterdir()) and not (folder / REPORT).is_file():
            raise CallError("FolderInUse", found=folder.name, expected=REPORT)
    except PermissionError as problem:
        raise CallError("CannotWrite", found=folder, because=problem.strerror) from problem


def safe_id(given: str | None, folder: Path) -> str:
    """The id of the fieldlab: the one given, or made from the name of the folder."""
    if given is not None:
        return given
    made = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:64]
    return made if SAFE_ID.fullmatch(made) else "import"


def write_description(folder: Path, description: Mapping[str, Any]) -> None:
    """``fieldlab.yaml``."""
    text = yaml.safe_dump(dict(description), allow_unicode=True, sort_keys=False, width=120)
    write_whole(folder / "fieldlab.yaml", lambda path: path.write_text(text, encoding="utf-8"))


def write_report(folder: Path, content: Mapping[str, Any], report: ImportReport) -> None:
    """The rejected rows, and the report last: with it the import is whole."""
    report.write_rejects(folder / REJECTS)
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / REPORT, lambda path: path.write_text(text, encoding="utf-8"))


def write_flows(folder: Path, flows: pa.Table, form: Form = "auto") -> str:
    """The flows, as one CSV file or as Parquet files by period.

    Parameters
    ----------
    folder : Path
        Folder of the fieldlab.
    flows : pyarrow.Table
        Columns as in the table `flows` of the method; ``mass`` is a whole number of grams, null where unknown.
    form : {"auto", "csv", "parquet"}
        By default CSV up to `MOST_ROWS_CSV` rows.

    Returns
    -------
    str
        The form.
    """
    if form == "auto":
        form = "csv" if flows.num_rows <= MOST_ROWS_CSV else "parquet"
    if form == "csv":
        shutil.rmtree(folder / "flows", ignore_errors=True)
        at = flows.schema.get_field_index("mass")
        flows = flows.set_column(at, "mass", in_kg(flows["mass"]))
        flows = flows.add_column(at + 1, "unit", pa.array(["kg"] * flows.num_rows, pa.string()))
        write_csv(plain(flows), folder / "flows.csv", {"mass"})
    else:
        (folder / "flows.csv").unlink(missing_ok=True)
        write_dataset(folder / "flows", flows, MASS_UNIT)
    return form


def write_dataset(folder: Path, flows: pa.Table, mass_unit: float) -> None:
    """A folder ``period=YYYY`` with Parquet files for every period, rows in the order in which they came.

    Parameters
    ----------
    folder : Path
        Folder to write or to put in the place of an earlier one.
    flows : pyarrow.Table
        With ``period``, and ``mass`` as whole numbers, null where unknown.
    mass_unit : float
        What one unit of mass is; written in the metadata of every file. [kg]
    """
    made = folder.with_name(".flows-new")
    shutil.rmtree(made, ignore_errors=True)
    period = np.asarray(flows["period"])
    rest = flows.drop_columns(["period"])

    def write(year: int) -> None:
        with DatasetWriter(made, mass_unit) as writer:
            writer.write(year, rest.filter(pa.array(period == year)))

    try:
        with ThreadPoolExecutor(WRITERS) as several:
            list(several.map(write, pd.unique(period).tolist()))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    except OSError as problem:
        raise CallError("CannotWrite", found=folder, because=problem.strerror or type(problem).__name__) from problem


def in_kg(grams: pa.ChunkedArray) -> pa.ChunkedArray:
    """Grams as kg in text, no digit lost and none added; `unknown` where null."""
    whole = pc.cast(pc.divide(grams, UNITS_PER_KG), pa.string())
    rest = pc.subtract(grams, pc.multiply(pc.divide(grams, UNITS_PER_KG), UNITS_PER_KG))
    decimals = pc.utf8_lpad(pc.cast(rest, pa.string()), 3, "0")
    text = pc.if_else(pc.equal(rest, 0), whole, pc.binary_join_element_wise(whole, decimals, "."))
    return pc.fill_null(text, "unknown")


def plain(table: pa.Table) -> pa.Table:
    """A table with plain texts, empty where null, for writing as CSV."""
    columns = []
    for cells in table.columns:
        text = cells.cast(pa.string()) if pa.types.is_dictionary(cells.type) else cells
        columns.append(pc.fill_null(text, "") if pa.types.is_string(text.type) else text)
    return pa.table(columns, table.column_names)


def fits(kg: float) -> bool:
    """Whether the sum of all masses stays within the whole numbers that 64 bits hold."""
    return bool(kg * UNITS_PER_KG < LARGEST_SUM)
