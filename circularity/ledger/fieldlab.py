"""A fieldlab: a folder with ``fieldlab.yaml`` and tables, read and checked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from circularity.errors import (
    CircularityError,
    DataFaults,
    EmptyFieldlab,
    FieldlabNotFound,
    MassRange,
    MissingColumn,
    MissingTable,
    NotReadable,
    UnknownColumn,
    UnknownPeriod,
    UnknownTable,
    Where,
    either,
    sentence,
    together,
)
from circularity.ledger import cross_checks
from circularity.ledger.columns import IDENTIFIER, NUMERIC, ColumnReader, reserved_names
from circularity.ledger.description import Description, read_description
from circularity.ledger.mass import to_kg, whole_numbers
from circularity.ledger.quality import sigma, stated
from circularity.ledger.raw import RawTable, column_names, read_csv
from circularity.ledger.remarks import Remark, remarks_on
from circularity.method.declarations import Level, Table
from circularity.method.load import Method, load_method
from circularity.method.names import Names
from circularity.method.vocabulary import UNKNOWN
from circularity.texts import Both, word

# Flows are drawn in the order of their content, so that their order in the file does not matter.
CONTENT = ["period", "from", "to", "role", "product", "material", "origin", "destination", "mass", "sigma"]


@dataclass
class Fieldlab:
    """The checked data of one fieldlab.

    Attributes
    ----------
    description : Description
        Content of ``fieldlab.yaml``.
    method : Method
        The method whose vocabularies the data were read with.
    tables : dict of str to DataFrame
        Typed tables by name. All have ``file`` and ``row``; those with uncertain numbers have ``sigma`` and ``stated``.
        ``flows.mass`` is a whole number of `mass_unit`; an unknown mass is 0 with ``mass_known`` False, and
        ``flows.order`` the place of a row when rows are ordered by content. ``products`` has a row for every period;
        ``every`` says that it stood in the file once, for all of them.
    mass_unit : float
        Unit of ``flows.mass``. [kg]
    path : Path
        Folder it was read from.
    files : list of Path
        Files it was read from.
    remarks : list of Remark
        What is no fault but worth a look.
    """

    description: Description
    method: Method
    tables: dict[str, pd.DataFrame]
    mass_unit: float
    path: Path
    files: list[Path] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Short name, safe as part of a path."""
        return self.description.id

    @property
    def periods(self) -> list[int]:
        """Periods, earliest first."""
        return sorted(self.description.periods)

    def entity_name(self, level: str, entity: str, lang: str) -> str:
        """The name of an entity as the data give it; its code when they give none."""
        if level == "fieldlab":
            return self.description.name[lang]
        return self._names.get((level, entity), entity)

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        """The first name that the data give each entity, by level."""
        found: dict[tuple[str, str], str] = {}
        for level in ("organisation", "product"):
            table = self.tables.get(f"{level}s")
            for entity, name in () if table is None else zip(table[level], table["name"], strict=True):
                if name:
                    found.setdefault((level, str(entity)), str(name))
        return found

    def period(self, asked: int | None) -> int:
        """The period that was asked for, the last by default.

        Raises
        ------
        UnknownPeriod
            If the fieldlab does not have it.
        """
        if asked is not None and asked not in self.periods:
            raise UnknownPeriod(found=asked, expected=self.periods)
        return self.periods[-1] if asked is None else asked

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the files the data were read from."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()

    def belongs(self, level: Level) -> dict[str, str]:
        """The entity that each organisation belongs to at a level between parties."""
        return self._belonging[level == "organisation"]

    @cached_property
    def _belonging(self) -> dict[bool, dict[str, str]]:
        organisations = [str(o) for o in self.tables["organisations"]["organisation"]]
        return {True: {o: o for o in organisations}, False: dict.fromkeys(organisations, self.id)}

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(t)} {n}" for n, t in self.tables.items())
        periods = ", ".join(map(str, self.periods))
        return f"<Fieldlab {self.id} ({self.description.nature}): {counts}; {periods}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(f"<tr><td>{escape(n)}</td><td>{len(t)}</td></tr>" for n, t in self.tables.items())
        return (
            f"<p><b>{escape(self.description.name.en)}</b> ({escape(self.id)}, {escape(self.description.nature)})<br>"
            f"{escape(', '.join(map(str, self.periods)))}</p><table><tr><th>table</th><th>rows</th></tr>{rows}</table>"
        )


def load_fieldlab(path: str | Path, method: Method | None = None) -> Fieldlab:
    """The fieldlab in a folder, read and checked.

    Parameters
    ----------
    path : str or Path
        Folder with ``fieldlab.yaml`` and one CSV file per table.
    method : Method, optional
        The installed method by default.

    Returns
    -------
    Fieldlab

    Raises
    ------
    FieldlabNotFound, EmptyFieldlab
        If there is no such folder or it is no fieldlab.
    DataFaults
        With every fault in the data, each with file, row and column.
    """
    method = method or load_method()
    # An earlier version has no words for columns that came later; the formulas are its own all the same.
    reader = load_method() if method.archived else method
    folder = Path(path)
    if not os.path.isdir(folder):  # noqa: PTH112  (Path.is_dir raises what a folder without permission gives)
        raise FieldlabNotFound(found=path, expected="data/pv-module-factory")
    if not os.path.lexists(folder / "fieldlab.yaml"):
        raise EmptyFieldlab(found=folder.name)
    faults: list[CircularityError] = []
    reading = read_description(folder, reader, faults)
    try:
        raw, files, unread = _raw_tables(folder, reading.kind, reader, faults)
    except PermissionError:
        found, advice = word("no_permission", "unreadable"), sentence("give_permission")
        raise NotReadable(where=Where(file=folder.name), found=found, advice=advice) from None
    whole = reading.description
    tables = _typed(raw, unread, reading.periods, reader, faults, {} if whole is None else {whole.id: whole.name})
    if faults or reading.description is None:
        raise DataFaults(faults)
    if "flows" not in tables:  # a kind of fieldlab that is known by its totals alone
        tables["flows"] = _no_rows(reader.tables["flows"])
    tables, mass_unit = _completed(tables, reading.description, reader, faults)
    if faults:
        raise DataFaults(faults)
    remarks = remarks_on(raw, tables, folder, reading.description.kind, reader)
    files = [folder / "fieldlab.yaml", *files]
    return Fieldlab(reading.description, method, tables, mass_unit, folder, files, remarks)


def _raw_tables(
    folder: Path, kind: str | None, method: Method, faults: list[CircularityError]
) -> tuple[dict[str, RawTable], list[Path], set[str]]:
    """The tables that could be read, their files, and the names of tables that are there or should be, but were not."""
    needed = method.settings.kinds[kind].tables if kind else []
    known = [*needed, *method.settings.kinds[kind].optional] if kind else list(method.tables)
    names = Names({t: [method.tables[t].name.nl, method.tables[t].name.en] for t in known})
    found: dict[str, RawTable] = {}
    files: list[Path] = []
    visible = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    other = [p.name for p in visible if p.suffix.lower() != ".csv" and p.name != "fieldlab.yaml"]
    misnamed: set[str] = set()
    for path in (p for p in visible if p.suffix.lower() == ".csv"):
        if path.name.removesuffix(".csv") in known:
            files.append(path)
            table = read_csv(path, path.stem, method.tables[path.stem], faults, folder)
            if table is not None:
                found[path.stem] = table
            continue
        meant = [n for n in names.nearest(path.stem) if not (folder / f"{n}.csv").exists()][:1]
        misnamed.update(meant)
        advice = sentence("rename_file", name=f"{meant[0]}.csv") if meant else None
        faults.append(UnknownTable(where=Where(file=path.name), found=path.stem, expected=known, advice=advice))
    unread = ({p.stem for p in files} | set(needed) | misnamed) - set(found)
    for name in needed:
        if name not in {p.stem for p in files} | misnamed:
            here = [f for f in other if Path(f).stem == name or names.exactly(Path(f).stem) == [name]]
            file = f"{name}.csv"
            advice = sentence("save_as_csv", found=here, name=file) if here else None
            if advice is None and method.tables[name].filled:
                advice = sentence("add_table", name=file)
            faults.append(MissingTable(where=Where(file=file), found=name, expected=file, advice=advice))
    return found, files, unread


def _typed(
    raw: dict[str, RawTable],
    unread: set[str],
    periods: list[int] | None,
    method: Method,
    faults: list[CircularityError],
    whole: dict[str, Both],
) -> dict[str, pd.DataFrame]:
    names = {
        "fieldlab": Names({id_: [name.nl, name.en] for id_, name in whole.items()}) if whole else None,
        "organisations": _names(raw, unread, "organisations", "organisation", method),
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
                    faults.append(MissingColumn(where=where, found=column, expected=column_spec.meaning))
        typed["file"], typed["row"] = table.file, table.rows
        if complete:
            cross_checks.check(table, typed, method, periods, names["organisations"], faults)
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
            else together(sentence("choose", names=sorted(known - set(table.cells))), sentence("correct_column"))
        )
        expected = nearest or sorted(known)
        faults.append(UnknownColumn(where=table.in_heading(column), found=column, expected=expected, advice=advice))
    return meant


def _completed(
    tables: dict[str, pd.DataFrame], description: Description, method: Method, faults: list[CircularityError]
) -> tuple[dict[str, pd.DataFrame], float]:
    """The tables with masses in whole numbers, unknowns named, uncertainties, and products for every period."""
    units = method.vocabularies["units"]
    for name in ("flows", "products", "measurements"):
        if name in tables:
            tables[name]["sigma"] = sigma(tables[name], method)
            tables[name]["stated"] = stated(tables[name])
    flows = tables["flows"]
    flows["period"] = flows["period"].astype("int64")
    kg = to_kg(flows["mass"], flows["unit"], units)
    flows["mass_known"] = kg.notna()
    mass_unit = 1e-3
    try:
        flows["mass"], mass_unit = whole_numbers(kg.fillna(0).to_numpy())
    except MassRange as problem:
        smallest = int(kg.where(kg > 0).argmin())
        where = Where(file=flows["file"].iloc[smallest], row=int(flows["row"].iloc[smallest]), column="mass")
        faults.append(MassRange(where=where, **problem.details))
    roles = method.vocabularies["roles"].table
    for column in ("origin", "destination"):
        asked = flows["role"].map(roles["asks"]).fillna("").str.split().map(lambda asks, c=column: c in asks)
        flows[column] = flows[column].mask(asked & (flows[column] == ""), UNKNOWN)
    flows["order"] = flows[[*CONTENT, "row"]].sort_values([*CONTENT, "row"]).index.argsort()
    products = tables.get("products")
    if products is not None:
        products["mass"] = to_kg(products["mass"], products["unit"].where(products["unit"] != "", "kg"), units)
        products["every"] = every = products["period"].isna()
        repeated = [products[every].assign(period=p) for p in sorted(description.periods)]
        tables["products"] = pd.concat([products[~every], *repeated], ignore_index=True)
        tables["products"]["period"] = tables["products"]["period"].astype("int64")
    if "activities" in tables:
        tables["activities"] = _active(tables["activities"], description.periods)
    if "support" in tables:
        tables["support"]["period"] = tables["support"]["period"].astype("int64")
    measurements = tables.get("measurements")
    if measurements is not None:
        measurements["period"] = measurements["period"].astype("int64")
        measurements["value"] = to_kg(measurements["value"], measurements["unit"], units)
    return tables, mass_unit


def _no_rows(spec: Table) -> pd.DataFrame:
    """A table that nobody filled in, with the columns and types it would have had."""
    columns = {c: pd.Series(dtype=float if s.kind in NUMERIC else "str") for c, s in spec.columns.items()}
    return pd.DataFrame({**columns, "file": pd.Series(dtype="str"), "row": pd.Series(dtype="int64")})


def _active(activities: pd.DataFrame, periods: Sequence[int]) -> pd.DataFrame:
    """A row for every period in which an activity was going on."""
    end = activities["end"].fillna(float("inf"))
    found = [activities[(activities["start"] <= p) & (p <= end)].assign(period=p) for p in sorted(periods)]
    return pd.concat(found, ignore_index=True)
