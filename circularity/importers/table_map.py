"""The map of an import: which column of the source becomes which column of the fieldlab, as a checked YAML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from circularity.errors import CircularityError, DataError, FileError, ImporterError, MapFaults, Where, meant, sentence
from circularity.ledger.description import SAFE_ID, ShortBoth, Source, Year
from circularity.method.declarations import Table, unfit
from circularity.method.load import Method
from circularity.method.readers import read_mapping, read_text_table
from circularity.method.validation import read_model
from circularity.tables.source_table import Format
from circularity.texts import Both, word

# Named lists of what their codes are here; a CSV with the columns `from` and `to`.
FROM, TO = "from", "to"


def _text(value: Any) -> Any:
    # In YAML a code such as 2012 is a number; a code such as no would be a truth value, and must be quoted.
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _keys_as_text(value: Any) -> Any:
    return {_text(k): _text(v) for k, v in value.items()} if isinstance(value, dict) else value


Code = Annotated[str, BeforeValidator(_text)]
Codes = Annotated[dict[str, str], BeforeValidator(_keys_as_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Cell(_Model):
    """Where a cell comes from: a constant, a column of the source, or one of several depending on another column.

    Attributes
    ----------
    value : str or None
        The same for every row.
    from_ : str or None
        Heading of the source.
    units_of : str or None
        Heading of the source; the row of units gives the unit under it.
    by : str or None
        Heading of the source; `cases` has an origin for each of its texts.
    codes : dict of str to str
        Codes by text of the source.
    codes_file : str or None
        The same as a CSV in the folder of the map.
    otherwise : str or None
        Code of a text that `codes` does not have; without it such a row is rejected.
    date : str or None
        Form of a date of which the year is the period, such as ``%Y-%m-%d``.
    short : bool
        Make a short code of a text that is none.
    if_missing : str or None
        The text of a cell that is missing.
    """

    value: Code | None = None
    from_: str | None = Field(default=None, alias="from")
    units_of: str | None = None
    by: str | None = None
    cases: dict[str, Cell] = {}
    codes: Codes = {}
    codes_file: str | None = None
    otherwise: Code | None = None
    date: str | None = None
    short: bool = False
    if_missing: Code | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Cell:
        if sum(x is not None for x in (self.value, self.from_, self.units_of, self.by)) != 1:
            raise unfit("one_origin")
        if (self.by is not None) != bool(self.cases):
            raise unfit("cases_with_by")
        if self.date is not None and "%Y" not in self.date:
            raise unfit("date_with_year")
        return self

    def headings(self) -> Iterator[str]:
        """The headings of the source that it names."""
        yield from (h for h in (self.from_, self.units_of, self.by) if h is not None)
        for case in self.cases.values():
            yield from case.headings()


class Filter(_Model):
    """Rows to keep by the text of a column."""

    column: str
    is_: Annotated[list[Code] | None, Field(alias="is")] = None
    is_not: list[Code] | None = None

    @model_validator(mode="after")
    def _one(self) -> Filter:
        if (self.is_ is None) == (self.is_not is None):
            raise unfit("is_or_is_not")
        return self


class Unpivot(_Model):
    """Columns that become rows: each row of the source gives one for every column."""

    columns: Codes = Field(min_length=1)
    name: str
    value: str


class Lab(_Model):
    """The content of ``fieldlab.yaml``; the periods come from the data where they are not given."""

    id: str
    kind: str
    nature: Literal["fieldlab", "reference_case", "synthetic"]
    name: ShortBoth
    about: Both
    municipality: str = "unknown"
    periods: list[Year] = []
    sources: list[Source] = Field(min_length=1)
    licence: str
    confidentiality: Literal["public", "restricted", "confidential"]
    caveats: list[Both] = []
    notes: list[Both] = []


class Map(_Model):
    """The content of a map."""

    fieldlab: Lab
    format: Format = Format()
    missing: list[Code] = []
    rows: list[Filter] = []
    unpivot: Unpivot | None = None
    table: str
    columns: dict[str, Cell] = Field(min_length=1)
    beside: dict[str, dict[str, Cell]] = {}

    def headings(self) -> list[str]:
        """Every heading of the source that the map names, without those that unpivoting makes."""
        cells = [*self.columns.values(), *(c for table in self.beside.values() for c in table.values())]
        named = [h for cell in cells for h in cell.headings()] + [f.column for f in self.rows]
        made: set[str] = set()
        if self.unpivot is not None:
            made = {self.unpivot.name, self.unpivot.value}
            named += self.unpivot.columns
        return [h for h in dict.fromkeys(named) if h not in made]


def read_map(path: Path, method: Method) -> tuple[Map, dict[str, dict[str, str]]]:
    """The map in a file, checked, and the lists of codes it names, by file.

    Raises
    ------
    MapFaults
        With every fault, each with its key.
    """
    file = path.name
    faults: list[CircularityError] = []
    found = read_model(Map, read_mapping(path, file), file, faults=faults)
    if found is None:
        raise MapFaults(faults)
    faults += _against_method(found, method, file)
    lists: dict[str, dict[str, str]] = {}
    for key, cell in _cells(found):
        if cell.codes_file is not None and cell.codes_file not in lists:
            try:
                lists[cell.codes_file] = _codes(path, cell.codes_file, key)
            except CircularityError as problem:
                faults.append(problem)
    if faults:
        raise MapFaults(faults)
    return found, lists


def _cells(found: Map) -> Iterator[tuple[str, Cell]]:
    """Every cell of the map with its key."""

    def within(key: str, cell: Cell) -> Iterator[tuple[str, Cell]]:
        yield key, cell
        for name, case in cell.cases.items():
            yield from within(f"{key}.cases.{name}", case)

    for column, cell in found.columns.items():
        yield from within(f"columns.{column}", cell)
    for table, columns in found.beside.items():
        for column, cell in columns.items():
            yield from within(f"beside.{table}.{column}", cell)


def _codes(path: Path, name: str, key: str) -> dict[str, str]:
    file = path.parent / name
    if Path(name).name != name or name.startswith("."):  # a map gives no access to other files
        where = Where(file=path.name, key=f"{key}.codes_file")
        raise FileError("NotReadable", where=where, found=word("outside", "unreadable"), expected=word("csv", "format"))
    table = read_text_table(file, name)
    missing = [c for c in (FROM, TO) if c not in table]
    if missing:
        raise DataError(
            "UnknownColumn", where=Where(file=name, row=1), found=", ".join(table.columns), expected=[FROM, TO]
        )
    return dict(zip(table[FROM], table[TO], strict=True))


def _against_method(found: Map, method: Method, file: str) -> Iterator[CircularityError]:
    """What the map names and the method does not have, and what a table needs and the map leaves out."""
    lab = found.fieldlab
    kinds = method.settings.kinds
    made = {found.table, *found.beside}
    if not SAFE_ID.fullmatch(lab.id):
        yield DataError("UnsafeName", where=Where(file=file, key="fieldlab.id"), found=lab.id)
    if lab.kind not in kinds:
        where = Where(file=file, key="fieldlab.kind")
        yield FileError("WrongValue", where=where, found=lab.kind, expected=list(kinds), hint=meant(lab.kind, kinds))
    tables: Mapping[str, Mapping[str, Cell]] = {found.table: found.columns, **found.beside}
    for name, cells in tables.items():
        at = "columns" if name == found.table else f"beside.{name}"
        if name not in method.tables:
            where = Where(file=file, key="table" if name == found.table else at)
            yield DataError(
                "UnknownTable", where=where, found=name, expected=list(method.tables), hint=meant(name, method.tables)
            )
            continue
        yield from _columns(method.tables[name], cells, file, at)
    if not found.format.unit_row:
        for key, cell in _cells(found):
            if cell.units_of is not None:
                where = Where(file=file, key="format.unit_row")
                yield FileError(
                    "WrongValue", where=where, found="false", expected="true", hint=sentence("unit_row", key=key)
                )
    for name in kinds[lab.kind].tables if lab.kind in kinds else ():
        if method.tables[name].filled and name not in made:
            yield ImporterError(
                "MapNotComplete", where=Where(file=file, key="beside"), found=name, expected=method.tables[name].meaning
            )
    if "period" not in found.columns and not lab.periods:
        where = Where(file=file, key="fieldlab.periods")
        yield ImporterError("MapNotComplete", where=where, found="period", expected=word("periods", "description_key"))
    if found.table in found.beside:
        yield FileError(
            "WrongValue", where=Where(file=file, key=f"beside.{found.table}"), found=found.table, expected="-"
        )


def _columns(spec: Table, cells: Mapping[str, Cell], file: str, at: str) -> Iterator[CircularityError]:
    for column in cells:
        if column not in spec.columns:
            near = meant(column, spec.columns)
            advice = near or sentence("choose", names=list(spec.columns))
            where = Where(file=file, key=f"{at}.{column}")
            yield DataError("UnknownColumn", where=where, found=column, expected=list(spec.columns), advice=advice)
    for column, declared in spec.columns.items():
        if declared.needed == "always" and column not in cells:
            yield ImporterError(
                "MapNotComplete", where=Where(file=file, key=at), found=column, expected=declared.meaning
            )
