"""Any tidy table made into a fieldlab, by a map that says what goes where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from circularity.errors import ImporterError, MapFaults, Where, check_argument, meant
from circularity.importers import folder as out
from circularity.importers.encoded import EncodedColumn, not_valid
from circularity.importers.import_report import ImportReport, Notice, Rejection, write_csv
from circularity.importers.records import ColumnChecker, Records, Typed, outside
from circularity.importers.table_map import Cell, Map, read_map
from circularity.ledger.mass import whole_numbers
from circularity.method.load import Method, load_method
from circularity.tables.columns import NUMBERS
from circularity.tables.numbers import Mask
from circularity.tables.read_source import read_source
from circularity.tables.source_table import SourceTable

Columns = dict[str, Typed]


def import_table(
    file: str | Path,
    map_: str | Path,
    folder: str | Path,
    *,
    method: Method | None = None,
    lang: str = "en",
    form: out.Form = "auto",
) -> out.Imported:
    """A table of any source as a fieldlab.

    Parameters
    ----------
    file : str or Path
        CSV or workbook.
    map_ : str or Path
        What goes where, as YAML; ``docs/maps/`` explains the keys and holds examples.
    folder : str or Path
        Folder to write.
    method : Method, optional
        The installed method by default.
    lang : {"nl", "en"}
        Language of the reasons.
    form : {"auto", "csv", "parquet"}
        Form of the flows.

    Returns
    -------
    Imported
        With the report: rows in are rows kept and rows rejected. Where columns become rows, a row counts for each.

    Raises
    ------
    MapFaults
        With every fault of the map, each with its key.
    NotReadable, WrongEncoding, NoHeading, NoRows
        If the file is not a table.
    HeadingElsewhere, NoWantedHeading
        If it is another table, or its headings are in another row.
    AllRejected
        If no row is left; the rejects are written.
    """
    for name, path in (("file", file), ("map_", map_), ("folder", folder)):
        check_argument(name, path, str, Path)
    method, target = method or load_method(), Path(folder)
    map_read, lists = read_map(Path(map_), method)
    out.check_folder(target)
    source = read_source(Path(file), map_read.format, set(map_read.headings()), map_read.headings())
    _has_columns(source, map_read, Path(map_).name)
    records = Records(source, map_read.unpivot, map_read.missing, lists, map_read.format.decimal_character)
    report = ImportReport(lang, rows_in=len(records) + len(source.ragged))
    report.reject_ragged(source)
    good = np.ones(len(records), dtype=bool)
    for filter_ in map_read.rows:
        text = records.column(filter_.column)
        wanted = filter_.is_ if filter_.is_ is not None else filter_.is_not or []
        among = text.where([v in wanted for v in text.values.to_pylist()])
        left = ~among if filter_.is_ is not None else among
        _reject(records, good, Rejection("filter", "left_out", left, filter_.column), report)
    tables = _tables(records, map_read, method, good, report)
    kept = np.flatnonzero(good)
    report.close(len(kept))
    _warn(records, tables[map_read.table], kept, report)
    content: dict[str, Any] = {
        "import": "table",
        **report.as_dict(),
        "files": [{"file": source.file, "sheet": source.sheet, "sha256": source.digest, **source.written_as}],
        "settings": {"map": Path(map_).name, "method": method.version, "records_per_row": records.each},
    }
    if not len(kept):
        out.write_report(target, content, report)
        raise ImporterError("AllRejected", where=Where(file=target.name), found=report.rows_in, expected=out.REJECTS)
    content["result"] = _write(target, map_read, tables, kept, method, form)
    out.write_report(target, content, report)
    return out.Imported(target, report, content)


def _has_columns(source: SourceTable, map_: Map, file: str) -> None:
    headings = source.heading
    lacking = [h for h in map_.headings() if h not in headings]
    if lacking:
        where = Where(file=source.file, sheet=source.sheet)
        raise MapFaults(
            [
                ImporterError(
                    "NoSuchColumn", where=where, found=h, expected=headings, hint=meant(h, headings), map=file
                )
                for h in lacking
            ]
        )


def _reject(records: Records, good: Mask, rejection: Rejection, report: ImportReport) -> None:
    bad = np.flatnonzero(good & rejection.rows)
    good[bad] = False
    if not len(bad):
        return
    heading = rejection.column
    found = records.originals(bad, heading) if heading else rejection.found.texts(bad) if rejection.found else ()
    report.reject(
        records.source,
        records.position[bad],
        rejection.step,
        rejection.reason,
        found,
        column=heading,
        **rejection.details,
    )


def _tables(records: Records, map_: Map, method: Method, good: Mask, report: ImportReport) -> dict[str, Columns]:
    """Every table of the map, column by column; records that cannot be used are rejected."""
    names = {name: set(v.codes) for name, v in method.vocabularies.items()} | {"fieldlab": {map_.fieldlab.id}}
    made: dict[str, Columns] = {}
    for table, cells in {**map_.beside, map_.table: map_.columns}.items():
        checker = ColumnChecker(records, method, names)
        made[table] = _columns(records, method, table, cells, checker, good)
        key = method.tables[table].key
        if table != map_.table and isinstance(key, list):
            identifiers = made[table][key[0]].text
            names[table] = {v for v in identifiers.values.to_pylist() if v}
    for rejection in records.rejections:
        _reject(records, good, rejection, report)
    main = made[map_.table]
    if map_.table == "flows":
        same = _same(main["from"].text, main["to"].text)
        _reject(records, good, Rejection("rows", "same_party", same, "", main["from"].text), report)
    key = method.tables[map_.table].key
    if isinstance(key, list):
        _reject(records, good, _repeated_key(main, key, good), report)
    else:
        _reject(records, good, _repeated_row(records, map_, good), report)
        _tell_apart(main, records, good)
    _lost_names(records, map_, made, names, method, good, report)
    return made


def _lost_names(
    records: Records,
    map_: Map,
    made: Mapping[str, Columns],
    names: dict[str, set[str]],
    method: Method,
    good: Mask,
    report: ImportReport,
) -> None:
    """Reject records that refer to a name which only rejected records held."""
    spec = method.tables[map_.table].columns
    while True:
        for table in map_.beside:
            key = method.tables[table].key
            if isinstance(key, list):
                names[table] = set(made[table][key[0]].text.texts(np.flatnonzero(good)))
        before = int(good.sum())
        for column, typed in made[map_.table].items():
            if spec[column].kind == "reference":
                allowed = set().union(*(names.get(table, set()) for table in spec[column].to))
                lost = typed.text.where([v not in allowed for v in typed.text.values.to_pylist()])
                _reject(records, good, Rejection("rows", "unknown_name", lost, "", typed.text, {}), report)
        if int(good.sum()) == before:
            return


def _columns(
    records: Records, method: Method, table: str, cells: Mapping[str, Cell], checker: ColumnChecker, good: Mask
) -> Columns:
    spec, typed, headings = method.tables[table], {}, {}
    for column, cell in cells.items():
        made, headings[column] = records.cell(cell, good)
        typed[column] = checker.check(column, spec.columns[column], made, headings[column])
    units = method.vocabularies["units"].table["factor"].astype(float)
    if "period" in typed:
        period = typed["period"].text
        text = pd.Series(period.values.to_pylist(), dtype="object")
        years = period.each(pd.to_numeric(text, errors="coerce").to_numpy(dtype=float), np.nan)
        for column, checked in typed.items():
            if spec.columns[column].kind == "code":
                codes = method.vocabularies[str(spec.columns[column].vocabulary)]
                late = not_valid(checked.text, years, codes)
                records.reject("not_valid", late, headings[column], checked.text)
    for column, checked in typed.items():
        if spec.columns[column].kind in ("mass", "measure") and checked.number is not None and "unit" in typed:
            unit = typed["unit"].text
            factor = unit.each(units.reindex(unit.values.to_pylist()).to_numpy(dtype=float), np.nan)
            signed = _signed(typed, method)
            wrong = outside(checked.number, factor, spec.columns[column], signed)
            limits = {"expected": f"{spec.columns[column].min} – {spec.columns[column].max}"}
            records.reject("out_of_range", wrong, headings[column], checked.text, **limits)
    return typed


def _signed(typed: Columns, method: Method) -> Mask:
    """The records of a quantity that may be negative."""
    if "quantity" not in typed:
        return np.zeros(len(next(iter(typed.values())).text), dtype=bool)
    quantity, measured = typed["quantity"].text, method.vocabularies["measured"].table
    signed = set(measured.index[measured.get("signed", pd.Series("", index=measured.index)) == "yes"])
    return quantity.where([q in signed for q in quantity.values.to_pylist()])


def _same(one: EncodedColumn, other: EncodedColumn) -> Mask:
    return np.asarray(_codes_of(one, other) == other.codes) & ~one.empty


def _codes_of(one: EncodedColumn, other: EncodedColumn) -> npt.NDArray[np.int64]:
    """The texts of one column by the codes of another; -2 for a text the other does not have."""
    places = {text: place for place, text in enumerate(other.values.to_pylist())}
    return one.each(np.array([places.get(text, -2) for text in one.values.to_pylist()], dtype=np.int64), -2)


def _repeated_key(columns: Columns, key: list[str], good: Mask) -> Rejection:
    """Records with the key of an earlier one that is kept."""
    keys = [c for c in columns if c in key]
    repeated = _again([columns[c].text for c in keys], good)
    at = np.flatnonzero(repeated)
    texts = [", ".join(parts) for parts in zip(*(columns[c].text.texts(at) for c in keys), strict=True)]
    codes = np.full(len(good), -1, dtype=np.int64)
    codes[at] = np.arange(len(at))
    return Rejection("rows", "repeated_key", repeated, "", EncodedColumn(pa.array(texts, pa.string()), codes))


def _repeated_row(records: Records, map_: Map, good: Mask) -> Rejection:
    """Records equal to an earlier one in every column of the source, also those the map does not name."""
    unpivot = map_.unpivot
    headings = [h for h in map_.headings() if unpivot is None or h not in unpivot.columns]
    headings += [unpivot.name, unpivot.value] if unpivot is not None else []
    named = pd.DataFrame({h: _plain(records.column(h))[good] for h in headings})
    alike = np.flatnonzero(good)[named.duplicated(keep=False).to_numpy()] if headings else np.array([], dtype=np.int64)
    repeated = np.zeros(len(good), dtype=bool)
    if len(alike):  # a whole row is read for these alone
        different, again = np.unique(records.position[alike], return_inverse=True)
        whole = records.source.whole(different).take(pa.array(again)).to_pandas()
        whole.columns = range(whole.shape[1])
        for heading, numeric in records.source.numeric.items():  # the number 1.234 is not the text 1.234
            whole[heading] = numeric[records.position[alike]]
        if unpivot is not None:
            whole[-1] = _plain(records.column(unpivot.name))[alike]
        repeated[alike[whole.duplicated().to_numpy()]] = True
    return Rejection("rows", "repeated_row", repeated, "")


def _plain(column: EncodedColumn) -> npt.NDArray[np.int64]:
    """The texts of a column as numbers, the same for the same text."""
    return np.asarray(column.mapped(lambda values: values).codes)


def _again(columns: list[EncodedColumn], good: Mask) -> Mask:
    """Records that are kept and alike an earlier one that is, in all columns."""
    at = np.flatnonzero(good)
    plain = pd.DataFrame({i: _plain(c)[at] for i, c in enumerate(columns)})
    repeated = np.zeros(len(good), dtype=bool)
    if len(columns):
        repeated[at[plain.duplicated().to_numpy()]] = True
    return repeated


def _tell_apart(columns: Columns, records: Records, good: Mask) -> None:
    """Write the row in the column `source` of records that the map alone made alike: none is a copy."""
    alike = np.flatnonzero(_again([typed.text for typed in columns.values()], good))
    if not len(alike):
        return
    nothing = EncodedColumn(pa.array([], pa.string()), np.full(len(good), -1, dtype=np.int64))
    source = columns["source"].text if "source" in columns else nothing
    rows = records.source.rows[records.position[alike]]
    texts = [f"{text or records.source.file}, row {row}" for text, row in zip(source.texts(alike), rows, strict=True)]
    codes = source.codes.copy()
    codes[alike] = len(source.values) + np.arange(len(alike))
    columns["source"] = Typed(EncodedColumn(pa.concat_arrays([source.values, pa.array(texts, pa.string())]), codes))


def _warn(records: Records, main: Columns, kept: npt.NDArray[np.int64], report: ImportReport) -> None:
    for (heading, code), (count, names) in sorted(records.warnings.items()):
        report.warnings.append(Notice("otherwise", count, {"column": heading, "value": code, "names": sorted(names)}))
    good = np.zeros(len(records), dtype=bool)
    good[kept] = True
    for heading, notation, count in records.guesses(good):
        report.warn_of_guess(records.source, heading, notation, count)
    for column in ("mass", "value"):
        if column in main and main[column].number is not None:
            unknown = int(np.isnan(main[column].number[kept]).sum())  # type: ignore[index]
            if unknown:
                report.warnings.append(Notice("mass_unknown", unknown))


def _write(
    folder: Path, map_: Map, tables: Mapping[str, Columns], kept: npt.NDArray[np.int64], method: Method, form: out.Form
) -> dict[str, Any]:
    """Write the fieldlab; gives what import.json says of it."""
    counts: dict[str, int] = {}
    for name, columns in tables.items():
        rows = kept if name == map_.table else _first_of_each(columns, method.tables[name].key, kept)
        counts[name] = len(rows)
        if name == "flows" and (form == "parquet" or (form == "auto" and len(rows) > out.MOST_ROWS_CSV)):
            _write_dataset(folder, columns, rows, method)
            continue
        text = {c: typed.text.take(rows).array() for c, typed in columns.items()}
        numeric = {c for c in columns if method.tables[name].columns[c].kind in NUMBERS}
        write_csv(out.plain(pa.table(text)), folder / f"{name}.csv", numeric)
    for name in method.settings.kinds[map_.fieldlab.kind].tables:
        if name not in tables and not (folder / f"{name}.csv").is_file():
            needed = [c for c, spec in method.tables[name].columns.items() if spec.needed == "always"]
            write_csv(pa.table({c: pa.array([], pa.string()) for c in needed}), folder / f"{name}.csv")
    lab = map_.fieldlab
    periods = lab.periods or sorted({int(y) for y in set(tables[map_.table]["period"].text.texts(kept))})
    description = {**lab.model_dump(exclude_none=True, exclude_defaults=True), "municipality": lab.municipality}
    out.write_description(folder, {**description, "periods": periods})
    return {"fieldlab": lab.id, "periods": periods, **counts}


def _first_of_each(columns: Columns, key: Any, kept: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The first of the records kept for every key."""
    keys = [c for c in columns if key == "all" or c in key]
    plain = {c: columns[c].text.mapped(lambda values: values).codes[kept] for c in keys}
    first: npt.NDArray[np.int64] = kept[~pd.DataFrame(plain).duplicated().to_numpy()]
    return first


def _write_dataset(folder: Path, columns: Columns, rows: npt.NDArray[np.int64], method: Method) -> None:
    """The flows as Parquet files, their masses in whole numbers of the coarsest unit that loses nothing."""
    units, unit = method.vocabularies["units"].table["factor"].astype(float), columns["unit"].text
    factor = unit.each(units.reindex(unit.values.to_pylist()).to_numpy(dtype=float), np.nan)
    number = columns["mass"].number
    kg = (number if number is not None else factor * np.nan)[rows] * factor[rows]
    known = ~np.isnan(kg)
    whole, mass_unit = whole_numbers(np.where(known, kg, 0.0))
    made: dict[str, Any] = {}
    for column, typed in columns.items():
        if column == "unit":
            continue
        spec = method.tables["flows"].columns[column]
        if column == "mass":
            made[column] = pa.array(whole, mask=~known)
        elif spec.kind == "period":
            made[column] = pa.array([int(y) for y in typed.text.texts(rows)], pa.int32())
        elif spec.kind in NUMBERS and typed.number is not None:
            made[column] = pa.array(typed.number[rows], mask=np.isnan(typed.number[rows]))
        else:
            made[column] = typed.text.take(rows).array()
    (folder / "flows.csv").unlink(missing_ok=True)
    out.write_dataset(folder / "flows", pa.table(made), mass_unit)
