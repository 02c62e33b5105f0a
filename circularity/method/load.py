"""Reading ``methodology/`` into a `Method`."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from circularity.errors import (
    CircularityError,
    DuplicateId,
    MethodFaults,
    MissingFile,
    NotReadable,
    UnknownIndicator,
    UnknownMethod,
    Where,
    WrongValue,
    meant,
)
from circularity.method import declarations as d
from circularity.method.factors import constants, read_factors
from circularity.method.formula import Formula
from circularity.method.indicator import Indicator, NamedSum, named_sum
from circularity.method.vocabulary import Vocabulary
from circularity.method.yaml_reader import read_yaml

T = TypeVar("T")

# Folder of earlier versions of the method, each whole and unchanged.
VERSIONS = "versions"
# Tables in factors/ that the program reads in a way of its own.
OWN_TABLES = ("pedigree", "targets")
VOCABULARY_COLUMNS = ("code", "parent", "nl", "en", "source")


class Method:
    """The method: what is measured, from what, and how.

    Parameters
    ----------
    root : Path
        Folder with the files of ``methodology/``.

    Attributes
    ----------
    settings : declarations.Settings
        Content of ``method.yaml``.
    vocabularies : dict of str to Vocabulary
        Code lists by name.
    tables : dict of str to declarations.Table
        Tables of a fieldlab.
    derived : dict of str to dict of str to Formula
        Formulas of derived columns, by table and column.
    quantities : dict of str to NamedSum
        Shared quantities.
    indicators : dict of str to Indicator
        Declared indicators in the order of the files.
    pedigree, targets : DataFrame
        Factor tables; text cells.
    score_rows : list of declarations.ScoreRow
        The score structure, parents before their children.

    Raises
    ------
    MethodFaults
        With every fault found, each with its file, id and key.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        faults: list[CircularityError] = []
        self.settings = self._settings(faults)
        self.vocabularies = {
            path.stem: vocabulary
            for path in sorted((root / "vocabulary").glob("*.csv"))
            if (vocabulary := self._vocabulary(path, faults)) is not None
        }
        self.tables = self._tables(faults)
        self.derived = {
            table: _kept(faults, {c: _reader(col.formula, table, c) for c, col in spec.derived.items()})
            for table, spec in self.tables.items()
        }
        self.quantities = self._quantities(faults)
        self.factors = {
            path.stem: read_factors(path.stem, self._table(f"factors/{path.name}", faults), faults)
            for path in sorted((root / "factors").glob("*.csv"))
            if path.stem not in OWN_TABLES
        }
        self.frameworks = self._frameworks(faults)
        self.indicators = self._indicators(faults)
        self.pedigree = self._table("factors/pedigree.csv", faults)
        self.targets = self._table("factors/targets.csv", faults)
        self.score_rows = self._score_rows(faults)
        if faults:
            raise MethodFaults(faults)

    def __repr__(self) -> str:
        return f"<Method {self.settings.id} {self.version}: {len(self.indicators)} indicators, {self.settings.status}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(i.id)}</td><td>{escape(i.name.en)}</td><td>{escape(i.unit)}</td>"
            f"<td>{escape(i.formula.text)}</td></tr>"
            for i in self.indicators.values()
        )
        return (
            f"<p><b>{escape(self.settings.name.en)}</b> {escape(self.version)} ({escape(self.settings.status)})</p>"
            f"<table><tr><th>id</th><th>indicator</th><th>unit</th><th>formula</th></tr>{rows}</table>"
        )

    @property
    def installed(self) -> bool:
        """Whether this is the method that came with the package."""
        return self.root == installed_root()

    @property
    def archived(self) -> bool:
        """Whether this is an earlier version that came with the package."""
        return self.root.parent == installed_root() / VERSIONS

    @property
    def version(self) -> str:
        """Semantic version of the method."""
        return self.settings.version

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all files of the method, names and content, so that any change shows."""
        total = hashlib.sha256()
        for path in sorted(p for p in self.root.rglob("*") if p.is_file() and not p.name.startswith(".")):
            if path.relative_to(self.root).parts[0] == VERSIONS:
                continue
            total.update(path.relative_to(self.root).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()

    @cached_property
    def sources(self) -> dict[str, str]:
        """The sources of ``sources.bib`` as one line of text each, by key."""
        from circularity.method.sources import read_sources

        return read_sources(self.root / "sources.bib")

    def indicator(self, id_: str) -> Indicator:
        """The indicator with this id.

        Raises
        ------
        UnknownIndicator
            If the method does not declare it; names the nearest ids.
        """
        try:
            return self.indicators[id_]
        except KeyError:
            raise UnknownIndicator(found=id_, hint=meant(id_, self.indicators)) from None

    def indicators_for(self, kind: str) -> list[Indicator]:
        """The indicators that are about a kind of fieldlab."""
        groups = self.settings.kinds[kind].groups if kind in self.settings.kinds else []
        return [i for i in self.indicators.values() if not groups or i.group in groups]

    # Reading -----------------------------------------------------------------------------------------------------

    def _settings(self, faults: list[CircularityError]) -> d.Settings:
        path = self.root / "method.yaml"
        if not path.is_file():
            raise UnknownMethod(found=self.root.name, expected="method.yaml")
        settings = d.read_model(d.Settings, read_yaml(path), "method.yaml", faults=faults)
        if settings is None:
            raise MethodFaults(faults)
        return settings

    def _table(self, name: str, faults: list[CircularityError]) -> pd.DataFrame:
        path = self.root / name
        try:
            return read_text_table(path, name)
        except CircularityError as problem:
            faults.append(problem)
            return pd.DataFrame()

    def _vocabulary(self, path: Path, faults: list[CircularityError]) -> Vocabulary | None:
        name = f"vocabulary/{path.name}"
        table = self._table(name, faults)
        missing = [c for c in VOCABULARY_COLUMNS if c not in table.columns]
        if missing:
            if len(table.columns):
                faults.append(WrongValue(where=Where(file=name, row=1), found=list(table.columns), expected=missing))
            return None
        for row, code in enumerate(table["code"], start=2):
            if list(table["code"]).index(code) != row - 2:
                faults.append(DuplicateId(where=Where(file=name, row=row, column="code"), found=code))
        for row, parent in enumerate(table["parent"], start=2):
            if parent and parent not in set(table["code"]):
                faults.append(
                    WrongValue(
                        where=Where(file=name, row=row, column="parent"),
                        found=parent,
                        expected="a code above",
                    )
                )
        return Vocabulary(path.stem, table)

    def _mapping(self, name: str, faults: list[CircularityError]) -> dict[str, Any]:
        path = self.root / name
        if not path.is_file():
            faults.append(MissingFile(where=Where(file=name)))
            return {}
        try:
            loaded = read_yaml(path, name)
        except CircularityError as problem:
            faults.append(problem)
            return {}
        if not isinstance(loaded, dict):
            faults.append(WrongValue(where=Where(file=name), found="a list", expected="a mapping"))
            return {}
        return loaded

    def _tables(self, faults: list[CircularityError]) -> dict[str, d.Table]:
        found = {}
        for name, data in self._mapping("tables.yaml", faults).items():
            table = d.read_model(d.Table, data, "tables.yaml", str(name), faults)
            if table is not None:
                found[str(name)] = table
        return found

    def _quantities(self, faults: list[CircularityError]) -> dict[str, NamedSum]:
        found: dict[str, NamedSum] = {}
        for name, data in self._mapping("quantities.yaml", faults).items():
            quantity = d.read_model(d.Quantity, data, "quantities.yaml", str(name), faults)
            if quantity is not None:
                where = Where(file="quantities.yaml", key=str(name))
                found |= _kept(faults, {str(name): partial(named_sum, str(name), quantity, where)})
        return found

    def _indicators(self, faults: list[CircularityError]) -> dict[str, Indicator]:
        found: dict[str, Indicator] = {}
        paths = sorted((self.root / "indicators").glob("*.yaml"))
        if not paths:
            faults.append(MissingFile(where=Where(file="indicators/*.yaml")))
        for path in paths:
            file = f"indicators/{path.name}"
            try:
                loaded = read_yaml(path, file)
            except CircularityError as problem:
                faults.append(problem)
                continue
            for number, data in enumerate(loaded if isinstance(loaded, list) else [loaded], start=1):
                item = str(data.get("id", f"no. {number}")) if isinstance(data, dict) else f"no. {number}"
                spec = d.read_model(d.Indicator, data, file, item, faults)
                if spec is None:
                    continue
                if spec.id in found:
                    faults.append(DuplicateId(where=Where(file=file, key=spec.id), found=spec.id))
                    continue
                found |= _kept(faults, {spec.id: partial(self._indicator, spec, file)})
        return found

    def _indicator(self, spec: d.Indicator, file: str) -> Indicator:
        where = Where(file=file, key=f"{spec.id}: factors")
        return Indicator(spec, self.quantities, file, constants(spec.factors, self.factors, where))

    def _frameworks(self, faults: list[CircularityError]) -> dict[str, d.Framework]:
        found = {}
        for path in sorted((self.root / "frameworks").glob("*.yaml")):
            file = f"frameworks/{path.name}"
            framework = d.read_model(d.Framework, self._mapping(file, faults), file, faults=faults)
            if framework is not None:
                found[framework.id] = framework
        return found

    def _score_rows(self, faults: list[CircularityError]) -> list[d.ScoreRow]:
        file = "scores.csv"
        rows: list[d.ScoreRow] = []
        for number, data in enumerate(self._table(file, faults).to_dict("records"), start=2):
            row = d.read_model(d.ScoreRow, data, file, f"row {number}", faults)
            if row is None:
                continue
            where = Where(file=file, row=number)
            if row.parent and row.parent not in {r.code for r in rows}:
                faults.append(WrongValue(where=where, found=row.parent, expected="a code of a row above"))
            if row.aggregation == "goalposts" and (row.lower is None or row.upper is None or row.lower >= row.upper):
                faults.append(WrongValue(where=where, found=f"{row.lower}, {row.upper}", expected="lower < upper"))
            if row.code in {r.code for r in rows}:
                faults.append(DuplicateId(where=where, found=row.code))
            rows.append(row)
        for row in rows:
            below = [r.weight for r in rows if r.parent == row.code]
            if row.aggregation != "goalposts" and sum(below) <= 0:
                faults.append(WrongValue(where=Where(file=file, key=row.code), found=below, expected="weights above 0"))
        return rows


def _kept(faults: list[CircularityError], makers: dict[str, Callable[[], T]]) -> dict[str, T]:
    """What the makers make; the errors of those that fail go to `faults`."""
    made = {}
    for key, make in makers.items():
        try:
            made[key] = make()
        except CircularityError as problem:
            faults.append(problem)
    return made


def _reader(text: str, table: str, column: str) -> Callable[[], Formula]:
    return partial(Formula, text, where=Where(file="tables.yaml", key=f"{table}: derived.{column}"))


def read_text_table(path: Path, shown: str) -> pd.DataFrame:
    """A CSV file of the method, every cell as text.

    Raises
    ------
    MissingFile, NotReadable
        If there is no such file, or it is not a table of equal rows in UTF-8.
    """
    if not path.is_file():
        raise MissingFile(where=Where(file=shown))
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise NotReadable(where=Where(file=shown), found=str(problem), expected="CSV, UTF-8") from None
    if not rows:
        raise NotReadable(where=Where(file=shown), found="an empty file", expected="a heading")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise NotReadable(
                where=Where(file=shown, row=number),
                found=f"{len(row)} cells",
                expected=f"{len(rows[0])} cells",
            )
    return pd.DataFrame(rows[1:], columns=rows[0], dtype=str)


def installed_root() -> Path:
    """Folder of the method that comes with this package: beside the code in a wheel, beside the package in a clone."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "methodology"
    return inside if inside.is_dir() else package.parent / "methodology"


def load_method(source: str | Path | None = None) -> Method:
    """The method as installed, or from a folder.

    Parameters
    ----------
    source : str or Path, optional
        Folder of a method, or the version of the installed one. The installed method by default.

    Returns
    -------
    Method

    Raises
    ------
    UnknownMethod
        If there is no such folder or version.
    MethodFaults
        If the method has faults.
    """
    if source in (None, ""):
        return _load(installed_root())
    path = Path(str(source))
    if path.is_dir():
        return Method(path.resolve())
    versions = installed_versions()
    if str(source) in versions:
        return _load(versions[str(source)])
    raise UnknownMethod(found=source, expected=list(versions))


def installed_versions() -> dict[str, Path]:
    """The versions of the method that came with this package, oldest first; the last is the installed method."""
    root = installed_root()
    old = {p.name: p for p in sorted((root / VERSIONS).glob("[0-9]*"), key=_by_number)}
    settings = read_yaml(root / "method.yaml")
    return {**old, str(settings["version"] if isinstance(settings, dict) else ""): root}


def _by_number(path: Path) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in path.name.split("."))


@lru_cache(maxsize=8)
def _load(root: Path) -> Method:
    return Method(root)
