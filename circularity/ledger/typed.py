"""From cells to typed tables: every fault named, units brought together, unknowns named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from circularity.errors import CircularityError, DataError, Where, either, sentence, together
from circularity.ledger import cross_checks
from circularity.ledger.columns import ColumnReader, reserved_names
from circularity.ledger.description import Description
from circularity.ledger.hazardous_waste import with_hazard
from circularity.ledger.headings import column_names
from circularity.ledger.mass import to_kg, whole_numbers
from circularity.ledger.parquet_dataset.aggregated_table import AggregatedTable
from circularity.ledger.parquet_dataset.dataset import told_apart
from circularity.ledger.quality import has_uncertainty, log_sd, log_sd_of_sum
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Table
from circularity.method.load import Method
from circularity.method.vocabulary import Vocabulary
from circularity.tables.cells import UNKNOWN
from circularity.tables.columns import IDENTIFIER, NUMERIC
from circularity.tables.suggestions import Names, Sentence
from circularity.texts import LANGUAGES, Both


def typed_tables(
    raw: dict[str, RawTable],
    unread: set[str],
    periods: list[int] | None,
    method: Method,
    faults: list[CircularityError],
    whole: dict[str, Both],
) -> dict[str, pd.DataFrame]:
    """The tables with their types; a table with faults in it is left out.

    Parameters
    ----------
    raw : dict of str to RawTable
    unread : set of str
        Tables that are there or should be, but could not be read.
    periods : list of int or None
        Periods of the fieldlab; None when they could not be read.
    method : Method
    faults : list of CircularityError
        Takes every fault.
    whole : dict of str to Both
        Id and name of the fieldlab, empty when they could not be read.
    """
    names = {
        "fieldlab": Names({id_: [name.nl, name.en] for id_, name in whole.items()}) if whole else None,
        **{name: _names(raw, unread, method, name) for name in method.tables},
        **{name: vocabulary.names for name, vocabulary in method.vocabularies.items()},
    }
    tables = {}
    for name, table in raw.items():
        spec = method.tables[name]
        reader = ColumnReader(table, method, periods, names, faults)
        headings = column_names(spec)
        meant = _unknown_columns(table, spec, headings, faults)
        for heading, column in meant.items():
            if headings.exactly(heading) == [column]:  # what is wrong in its cells is told in the same round
                reader.read(heading, spec.columns[column])
        typed = pd.DataFrame(index=table.cells.index)
        complete = not meant and not table.left_out
        for column, column_spec in spec.columns.items():
            if column in table.cells:
                typed[column] = reader.read(column, column_spec)
                continue
            typed[column] = pd.Series(float("nan") if column_spec.kind in NUMERIC else "", index=typed.index)
            if column_spec.needed == "always":
                complete = False
                if column not in {*meant.values(), *table.left_out}:
                    where = table.in_heading()
                    faults.append(DataError("MissingColumn", where=where, found=column, expected=column_spec.meaning))
        if spec.span:  # an empty end goes on; an end that is unknown does not say so
            typed["goes_on"] = table.cells[spec.span[1]] == "" if spec.span[1] in table.cells else True
        typed["file"], typed["row"] = table.file, table.rows
        if complete:
            partners = names["partners"] or ()
            cross_checks.check(table, typed, method, periods, names["organisations"], faults, partners)
            tables[name] = typed
    return tables


def _names(raw: dict[str, RawTable], unread: set[str], method: Method, table: str) -> Names | None:
    """The names that a table gives out; None when some may stand in what could not be read."""
    spec = method.tables[table]
    column = next((c for c, s in spec.columns.items() if s.kind == "identifier"), None)
    if column is None:
        return Names({})
    if table not in raw:
        return None if table in unread else Names({})
    cells = raw[table].cells
    if column not in cells or not raw[table].complete or (spec.filled and cells.empty):
        return None
    if cells[column].isin(list(reserved_names(method))).any() or not cells[column].str.fullmatch(IDENTIFIER).all():
        return None  # whoever refers to it uses the name it should have had
    titles = cells["name"] if "name" in cells else cells[column]
    return Names({code: [title] for code, title in zip(cells[column], titles, strict=True) if code})


def _headings(table: RawTable, spec: Table, columns: Sequence[str]) -> Mapping[str, str]:
    """Columns as they are called in a file, or on a sheet in either language."""
    if table.sheet is None:
        return either(columns)
    return {lang: either([spec.columns[column].name[lang] for column in columns])[lang] for lang in LANGUAGES}


def _unknown_columns(table: RawTable, spec: Table, names: Names, faults: list[CircularityError]) -> dict[str, str]:
    """Name the columns that are unknown; gives the column that was probably meant by each."""
    known = set(names)
    meant: dict[str, str] = {}
    for column in table.cells.columns:
        if column in known:
            continue
        nearest = [n for n in names.nearest(column) if n not in table.cells]
        if nearest:
            meant[column] = nearest[0]
        advice = (
            together(sentence("meant", names=_headings(table, spec, nearest)), sentence("rename_column"))
            if nearest
            else together(_left(known - set(table.cells)), sentence("correct_column"))
        )
        expected = nearest or sorted(known)
        faults.append(
            DataError("UnknownColumn", where=table.in_heading(column), found=column, expected=expected, advice=advice)
        )
    return meant


def _left(columns: set[str]) -> Sentence | None:
    return sentence("choose", names=sorted(columns)) if columns else None


def normalise_units(
    tables: dict[str, pd.DataFrame],
    raw: Mapping[str, RawTable],
    description: Description,
    reader: Method,
    method: Method,
    faults: list[CircularityError],
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The tables in base units, with unknowns named, uncertainties, one order, and a row for every period.

    Parameters
    ----------
    tables : dict of str to DataFrame
        With their types.
    raw : mapping of str to RawTable
        As they were read.
    description : Description
    reader : Method
        The method whose words the data are in.
    method : Method
        The method that computes, which may be an earlier one: how uncertain a score makes a number, and what follows
        from a code, are its own.
    faults : list of CircularityError
        Takes every fault.

    Returns
    -------
    tables : dict of str to DataFrame
    mass_units : dict of str to float
        Unit of the masses that are whole numbers, by table. [kg]
    """
    units, mass_units, found = reader.vocabularies["units"], {}, {}
    for name, table in tables.items():
        spec = reader.tables[name]
        if "uncertainty" in spec.columns:
            table["log_sd"], table["has_uncertainty"] = log_sd(table, method), has_uncertainty(table)
        if spec.mass_column is not None:
            mass_units[name] = _whole_masses(table, spec.mass_column, raw.get(name), units, faults)
        for column, about in spec.columns.items():
            if column != spec.mass_column and about.kind in ("mass", "measure") and "unit" in table:
                unit = table["unit"].where(table["unit"] != "", "kg") if about.kind == "mass" else table["unit"]
                table[column] = to_kg(table[column], unit, units)
        _name_unknown_codes(table, spec, reader)
        if "hazardous" in table:
            table["hazardous"] = with_hazard(table, method)
        found[name] = table = _for_every_period(table, spec, description.periods)
        if spec.amount:
            content = [c for c in _content(spec) if c in table]
            table["canonical_order"] = table[content].sort_values(content).index.argsort()
    return found, mass_units


def _content(spec: Table) -> list[str]:
    """The columns whose content gives the rows of a table their one order, whatever their order in the file."""
    must = [
        c
        for c, s in spec.columns.items()
        if s.kind == "reference" or (s.kind == "code" and s.needed in ("always", "by_role"))
    ]
    return list(dict.fromkeys(["period", *must, *spec.amount, "log_sd", *told_apart(spec), "row"]))


def _name_unknown_codes(table: pd.DataFrame, spec: Table, method: Method) -> None:
    """Put `unknown` in the empty cells that the code of the scope asks for."""
    asked_for = [c for c, s in spec.columns.items() if s.needed == "by_role"]
    if not asked_for or spec.scope is None:
        return
    asks = method.vocabularies[spec.scope_list].table["asks"]
    for column in asked_for:
        asked = table[spec.scope].map(asks).fillna("").str.split().map(lambda codes, c=column: c in codes)
        table[column] = table[column].mask(asked & (table[column] == ""), UNKNOWN)


def _for_every_period(table: pd.DataFrame, spec: Table, periods: Sequence[int]) -> pd.DataFrame:
    """The table with a row for every period that a row holds for, where rows hold for more than one."""
    if spec.span is not None:
        return _spread(table, *spec.span, periods=periods)
    if not spec.entity or "period" not in table:
        return table
    if spec.columns["period"].needed != "always":  # an empty cell: the row holds for all of them
        table["every"] = every = table["period"].isna()
        table = pd.concat([table[~every], *(table[every].assign(period=p) for p in sorted(periods))], ignore_index=True)
    return table.astype({"period": "int64"})


def _whole_masses(
    table: pd.DataFrame, column: str, raw: RawTable | None, units: Vocabulary, faults: list[CircularityError]
) -> float:
    """Put masses as whole numbers in a table, and how many rows of the data each row is; gives their unit. [kg]"""
    table["row_log_sd"] = table.get("log_sd", 0.0)
    if isinstance(raw, AggregatedTable):
        table[column], table["mass_known"], table["rows"] = raw.mass, raw.known, raw.counts
        table["log_sd"] = log_sd_of_sum(table["log_sd"].to_numpy(), raw.concentration)
        return raw.mass_unit
    table["rows"] = 1
    kg = to_kg(table[column], table["unit"], units)
    table["mass_known"] = kg.notna()
    mass_unit = 1e-3
    try:
        table[column], mass_unit = whole_numbers(kg.fillna(0).to_numpy())
    except DataError as problem:
        smallest = int(kg.where(kg > 0).argmin())
        where = Where(file=table["file"].iloc[smallest], row=int(table["row"].iloc[smallest]), column=column)
        faults.append(DataError("MassRange", where=where, **problem.details))
    return mass_unit


def no_rows(spec: Table) -> pd.DataFrame:
    """A table that nobody filled in, with the columns and types it would have had."""
    columns = {c: pd.Series(dtype=float if s.kind in NUMERIC else "str") for c, s in spec.columns.items()}
    return pd.DataFrame({**columns, "file": pd.Series(dtype="str"), "row": pd.Series(dtype="int64")})


def _spread(table: pd.DataFrame, first: str, last: str, periods: Sequence[int]) -> pd.DataFrame:
    """A row for every period from its first year to its last; ``certain`` says whether it is known to be in it.

    With an unknown first or last year a row may be in every period up to or from the other, and is in the one it names.
    """
    start, end = table[first], table[last]
    found = []
    for period in sorted(periods):
        began, lasted = start <= period, (end >= period) | table["goes_on"]
        may_be = (began | start.isna()) & (lasted | end.isna())
        certain = (began & lasted) | (start == period) | (end == period)
        found.append(table[may_be].assign(period=period, certain=certain))
    return pd.concat(found, ignore_index=True)
