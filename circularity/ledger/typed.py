"""From cells to typed tables: every fault named, units brought together, unknowns named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from circularity.errors import CircularityError, DataError, Where, either, sentence, together
from circularity.ledger import cross_checks
from circularity.ledger.columns import ColumnReader, reserved_names
from circularity.ledger.description import Description
from circularity.ledger.hazard import with_hazard
from circularity.ledger.headings import column_names
from circularity.ledger.mass import to_kg, whole_numbers
from circularity.ledger.parquet_dataset.condensed import CondensedTable
from circularity.ledger.parquet_dataset.dataset import told_apart
from circularity.ledger.quality import sigma, sigma_of_sum, stated
from circularity.ledger.raw import RawTable
from circularity.method.declarations import Table
from circularity.method.load import Method
from circularity.method.vocabulary import Vocabulary
from circularity.tables.cells import UNKNOWN
from circularity.tables.columns import IDENTIFIER, NUMERIC
from circularity.tables.suggestions import Names, Sentence
from circularity.texts import Both

# Flows are drawn in the order of their content, so that their order in the file does not matter; what follows these
# columns are the other codes.
CONTENT = ["period", "from", "to", "role", "product", "material", "origin", "destination", "mass", "sigma"]


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
        "organisations": _names(raw, unread, "organisations", "organisation", method),
        "partners": _names(raw, unread, "partners", "partner", method),
        "products": _names(raw, unread, "products", "product", method),
        "activities": _names(raw, unread, "activities", "activity", method),
        **{name: vocabulary.names for name, vocabulary in method.vocabularies.items()},
    }
    tables = {}
    for name, table in raw.items():
        spec = method.tables[name]
        reader = ColumnReader(table, method, periods, names, faults)
        headings = column_names(spec)
        meant = _unknown_columns(table, headings, faults)
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


def _names(raw: dict[str, RawTable], unread: set[str], table: str, column: str, method: Method) -> Names | None:
    """The names that a table gives out; None when some may stand in what could not be read."""
    if table not in raw:
        return None if table in unread else Names({})
    cells = raw[table].cells
    if column not in cells or not raw[table].complete or (method.tables[table].filled and cells.empty):
        return None
    if cells[column].isin(list(reserved_names(method))).any() or not cells[column].str.fullmatch(IDENTIFIER).all():
        return None  # whoever refers to it uses the name it should have had
    titles = cells["name"] if "name" in cells else cells[column]
    return Names({code: [title] for code, title in zip(cells[column], titles, strict=True) if code})


def _unknown_columns(table: RawTable, names: Names, faults: list[CircularityError]) -> dict[str, str]:
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
            together(sentence("meant", names=either(nearest)), sentence("rename_column"))
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


def completed(
    tables: dict[str, pd.DataFrame],
    raw: Mapping[str, RawTable],
    description: Description,
    reader: Method,
    method: Method,
    faults: list[CircularityError],
) -> tuple[dict[str, pd.DataFrame], float]:
    """The tables with masses in whole numbers, unknowns named, uncertainties, and products for every period.

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
    """
    units = reader.vocabularies["units"]
    for name in ("flows", "products", "measurements"):
        if name in tables:
            tables[name]["sigma"] = sigma(tables[name], method)
            tables[name]["stated"] = stated(tables[name])
    flows = tables["flows"]
    flows["period"] = flows["period"].astype("int64")
    mass_unit = _whole_masses(flows, raw.get("flows"), units, faults)
    if "hazardous" in flows:
        flows["hazardous"] = with_hazard(flows, method)
    roles = reader.vocabularies["roles"].table
    for column in ("origin", "destination"):
        asked = flows["role"].map(roles["asks"]).fillna("").str.split().map(lambda asks, c=column: c in asks)
        flows[column] = flows[column].mask(asked & (flows[column] == ""), UNKNOWN)
    content = [*dict.fromkeys([*CONTENT, *told_apart(reader.tables["flows"])]), "row"]
    flows["order"] = flows[content].sort_values(content).index.argsort()
    products = tables.get("products")
    if products is not None:
        products["mass"] = to_kg(products["mass"], products["unit"].where(products["unit"] != "", "kg"), units)
        products["every"] = every = products["period"].isna()
        repeated = [products[every].assign(period=p) for p in sorted(description.periods)]
        tables["products"] = pd.concat([products[~every], *repeated], ignore_index=True)
        tables["products"]["period"] = tables["products"]["period"].astype("int64")
    for name, table in tables.items():
        if (span := reader.tables[name].span) is not None:
            tables[name] = _spread(table, *span, periods=description.periods)
    if "support" in tables:
        tables["support"]["period"] = tables["support"]["period"].astype("int64")
    measurements = tables.get("measurements")
    if measurements is not None:
        measurements["period"] = measurements["period"].astype("int64")
        measurements["value"] = to_kg(measurements["value"], measurements["unit"], units)
    return tables, mass_unit


def _whole_masses(
    flows: pd.DataFrame, raw: RawTable | None, units: Vocabulary, faults: list[CircularityError]
) -> float:
    """Put masses as whole numbers in the flows, and how many rows of the data each row is; gives their unit. [kg]"""
    flows["row_sigma"] = flows["sigma"]
    if isinstance(raw, CondensedTable):
        flows["mass"], flows["mass_known"], flows["rows"] = raw.mass, raw.known, raw.counts
        flows["sigma"] = sigma_of_sum(flows["sigma"].to_numpy(), raw.concentration)
        return raw.mass_unit
    flows["rows"] = 1
    kg = to_kg(flows["mass"], flows["unit"], units)
    flows["mass_known"] = kg.notna()
    mass_unit = 1e-3
    try:
        flows["mass"], mass_unit = whole_numbers(kg.fillna(0).to_numpy())
    except DataError as problem:
        smallest = int(kg.where(kg > 0).argmin())
        where = Where(file=flows["file"].iloc[smallest], row=int(flows["row"].iloc[smallest]), column="mass")
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
