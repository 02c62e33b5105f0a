"""A fieldlab: a folder with ``fieldlab.yaml`` and tables, read and checked."""

from __future__ import annotations

import hashlib
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
    MissingColumn,
    MissingTable,
    UnknownColumn,
    UnknownPeriod,
    UnknownTable,
    UnsafeName,
    Where,
    WrongValue,
)
from circularity.ledger import cross_checks
from circularity.ledger.columns import ColumnReader, nearest
from circularity.ledger.description import SAFE_ID, Description
from circularity.ledger.mass import to_kg, whole_numbers
from circularity.ledger.quality import sigma, stated
from circularity.ledger.raw import RawTable, read_csv
from circularity.method.declarations import Level, read_model
from circularity.method.load import Method, load_method
from circularity.method.vocabulary import UNKNOWN
from circularity.method.yaml_reader import read_yaml

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
    """

    description: Description
    method: Method
    tables: dict[str, pd.DataFrame]
    mass_unit: float
    path: Path
    files: list[Path] = field(default_factory=list)

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
        table = self.tables.get(f"{level}s")
        names = [] if table is None else [n for n in table.loc[table[level] == entity, "name"] if n]
        return str(names[0]) if names else entity

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
        organisations = self.tables["organisations"]["organisation"]
        return {o: o if level == "organisation" else self.id for o in organisations}

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
    folder = Path(path)
    if not folder.is_dir():
        raise FieldlabNotFound(found=path, expected="data/pv-module-factory")
    if not (folder / "fieldlab.yaml").is_file():
        raise EmptyFieldlab(found=folder.name)
    faults: list[CircularityError] = []
    description = _description(folder, method, faults)
    if description is None:
        raise DataFaults(faults)
    raw, files = _raw_tables(folder, description, method, faults)
    tables = _typed(raw, description, method, faults)
    if faults:
        raise DataFaults(faults)
    tables, mass_unit = _completed(tables, description, method, faults)
    if faults:
        raise DataFaults(faults)
    return Fieldlab(description, method, tables, mass_unit, folder, [folder / "fieldlab.yaml", *files])


def _description(folder: Path, method: Method, faults: list[CircularityError]) -> Description | None:
    file = "fieldlab.yaml"
    try:
        data = read_yaml(folder / file, file)
    except CircularityError as problem:
        faults.append(problem)
        return None
    description = read_model(Description, data, file, faults=faults)
    if description is None:
        return None
    if not SAFE_ID.fullmatch(description.id):
        faults.append(UnsafeName(where=Where(file=file, key="id"), found=description.id))
    if description.kind not in method.settings.kinds:
        kinds = sorted(method.settings.kinds)
        faults.append(WrongValue(where=Where(file=file, key="kind"), found=description.kind, expected=kinds))
        return None
    places = method.vocabularies["municipalities"]
    if description.municipality is not None and description.municipality not in places:
        faults.append(
            WrongValue(
                where=Where(file=file, key="municipality"),
                found=description.municipality,
                expected=places.codes,
            )
        )
    if len(set(description.periods)) < len(description.periods):
        faults.append(WrongValue(where=Where(file=file, key="periods"), found=description.periods, expected="unique"))
    return description


def _raw_tables(
    folder: Path, description: Description, method: Method, faults: list[CircularityError]
) -> tuple[dict[str, RawTable], list[Path]]:
    kind = method.settings.kinds[description.kind]
    known = [*kind.tables, *kind.optional]
    found, files = {}, []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in known:
            faults.append(UnknownTable(where=Where(file=path.name), found=path.stem, expected=known))
            continue
        table = read_csv(path, path.stem, faults)
        if table is not None:
            found[path.stem] = table
        files.append(path)
    for name in kind.tables:
        if name not in {p.stem for p in files}:
            faults.append(MissingTable(where=Where(file=f"{name}.csv"), found=name, expected=f"{name}.csv"))
    return found, files


def _typed(
    raw: dict[str, RawTable], description: Description, method: Method, faults: list[CircularityError]
) -> dict[str, pd.DataFrame]:
    names = {
        "organisations": set(raw["organisations"].cells.get("organisation", [])) - {""}
        if "organisations" in raw
        else set(),
        "products": set(raw["products"].cells.get("product", [])) - {""} if "products" in raw else set(),
        "activities": set(raw["activities"].cells.get("activity", [])) - {""} if "activities" in raw else set(),
        "fieldlab": {description.id},
    }
    tables = {}
    for name, table in raw.items():
        spec = method.tables[name]
        for column in table.cells.columns:
            if column not in spec.columns:
                where = Where(file=table.file, sheet=table.sheet, row=1, column=column)
                faults.append(UnknownColumn(where=where, found=column, expected=nearest(column, spec.columns)))
        reader = ColumnReader(table, method, description.periods, names, faults)
        typed = pd.DataFrame(index=table.cells.index)
        for column, column_spec in spec.columns.items():
            if column in table.cells:
                typed[column] = reader.read(column, column_spec)
            elif column_spec.needed == "always":
                faults.append(MissingColumn(where=Where(file=table.file, sheet=table.sheet, row=1), found=column))
            else:
                numeric = column_spec.kind in ("number", "score", "mass", "measure", "period")
                typed[column] = pd.Series(float("nan") if numeric else "", index=typed.index)
        typed["file"], typed["row"] = table.file, table.rows.to_numpy()
        complete = all(c in table.cells for c, s in spec.columns.items() if s.needed == "always")
        if complete:
            cross_checks.check(name, table, typed, description, method, names, faults)
            tables[name] = typed
    return tables


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
    except CircularityError as problem:
        faults.append(problem)
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


def _active(activities: pd.DataFrame, periods: Sequence[int]) -> pd.DataFrame:
    """A row for every period in which an activity was going on."""
    end = activities["end"].fillna(float("inf"))
    found = [activities[(activities["start"] <= p) & (p <= end)].assign(period=p) for p in sorted(periods)]
    return pd.concat(found, ignore_index=True)
