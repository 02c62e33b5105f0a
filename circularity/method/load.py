"""Reading ``methodology/`` into a `Method`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from circularity.errors import (
    CircularityError,
    FileError,
    MethodError,
    MethodFaults,
    Where,
    check_argument,
    sentence,
)
from circularity.method import declarations as d
from circularity.method import required
from circularity.method.checks.links import LINKS
from circularity.method.checks.names import DeclaredNames, Kind
from circularity.method.factors import PEDIGREE_FILE, TARGETS_FILE, constants, read_bounds, read_factors
from circularity.method.formula import Formula
from circularity.method.functions import called_function, read_functions, read_parameters
from circularity.method.indicator import Indicator, NamedSum, named_sum
from circularity.method.model import VERSIONS, by_number, installed_root
from circularity.method.model import Method as Method
from circularity.method.readers import read_mapping, read_rows, read_yaml
from circularity.method.rows import CodeRow, PartlyNamedRow, PedigreeRow, TargetRow
from circularity.method.score_trees import is_tree, read_score_trees
from circularity.method.scoring_config import read_scoring
from circularity.method.settings import Settings
from circularity.method.validation import collect_errors, read_model
from circularity.method.vocabulary import Vocabulary
from circularity.method.weighting_config import read_consensus

Declared = TypeVar("Declared", bound=BaseModel)


def read_method(root: Path, faults: list[CircularityError] | None = None) -> Method:
    """The method in a folder.

    Parameters
    ----------
    root : Path
        Folder with the files of ``methodology/``.
    faults : list of CircularityError, optional
        Takes the faults; without it they are raised.

    Raises
    ------
    MethodFaults
        With every fault found, each with its file, id and key.
    """
    found: list[CircularityError] = [] if faults is None else faults
    method = _Reader(root, found).method
    if found and faults is None:
        raise MethodFaults(found)
    return method


class _Reader:
    """The files of a method, read one after the other; what is wrong goes to `faults`."""

    def __init__(self, root: Path, faults: list[CircularityError]) -> None:
        self.root, self.faults, self.known = root, faults, DeclaredNames()
        self.method = method = Method(root)
        settings = self._settings()
        if settings is not None:
            method.settings = settings
        named: dict[Kind, Iterable[str]] = {"kind": (), "group": (), "framework": ()}
        if settings is not None:
            named = {"kind": settings.kinds, "group": settings.groups, "framework": settings.frameworks}
        for kind, names in named.items():
            for name in names:
                self.known.add(kind, name)
            if settings is None:
                self.known.unread(kind)
        method.vocabularies = self._vocabularies(settings)
        method.tables = self._declared("tables.yaml", "table", d.Table)
        method.derived = self._derived()
        method.quantities = self._quantities()
        method.factors = read_factors(root, faults)
        method.plausibility = read_bounds(root, faults)
        method.frameworks = self._frameworks()
        method.functions = read_functions(root, faults)
        method.indicators = self._indicators()
        self._factor_tables()
        method.score_trees = read_score_trees(root, settings, faults)
        method.scoring = read_scoring(root, faults)
        method.consensus = read_consensus(root, faults)
        if not (root / "sources.bib").is_file():
            faults.append(MethodError("MissingFile", where=Where(file="sources.bib")))
        for check in LINKS:
            faults += check(method, self.known)

    def _factor_tables(self) -> None:
        method, root, faults = self.method, self.root, self.faults
        method.pedigree, pedigree = read_rows(root / PEDIGREE_FILE, PEDIGREE_FILE, PedigreeRow, faults)
        method.targets, targets = read_rows(root / TARGETS_FILE, TARGETS_FILE, TargetRow, faults)
        # Rows are looked at together when each of them can be read.
        method.pedigree_rows = [r for r in pedigree if r is not None] if all(pedigree) else []
        method.target_rows = [(row, target) for row, target in enumerate(targets, start=2) if target is not None]
        states = method.targets.get("state", [""] * len(method.targets))
        for name, state in zip(method.targets.get("target", ()), states, strict=True):
            if state != "superseded":  # a score aims at what holds now
                self.known.add("target", name)
        if not targets:
            self.known.unread("target")

    def _settings(self) -> Settings | None:
        if not (self.root / "method.yaml").is_file():
            raise MethodError("UnknownMethod", found=self.root.name, expected=list(installed_versions()))
        with collect_errors(self.faults):
            return read_model(Settings, read_yaml(self.root / "method.yaml"), "method.yaml", faults=self.faults)
        return None

    def _vocabularies(self, settings: Settings | None) -> dict[str, Vocabulary]:
        found = {}
        # Without settings nobody knows which lists may lack names, so that none is refused for it.
        partly = None if settings is None else {name for name, spec in settings.lists.items() if spec.partly_named}
        for path in sorted((self.root / "vocabulary").glob("*.csv")):
            file, name = f"vocabulary/{path.name}", path.stem
            self.known.add("vocabulary", name)
            model = required.VOCABULARIES.get(name, PartlyNamedRow if partly is None or name in partly else CodeRow)
            table, rows = read_rows(path, file, model, self.faults)
            if rows and all(rows) and is_tree(table, file, self.faults):
                found[name] = Vocabulary(name, table)
        return found

    def _declared(self, file: str, kind: Kind, model: type[Declared]) -> dict[str, Declared]:
        """The declarations of a YAML file by name: those that can be read."""
        declared: dict[str, Any] | None = None
        with collect_errors(self.faults):
            if not (self.root / file).is_file():
                raise MethodError("MissingFile", where=Where(file=file))
            declared = read_mapping(self.root / file, file)
        if declared is None:
            self.known.unread(kind)
            return {}
        found = {}
        for name, data in declared.items():
            self.known.add(kind, name)
            spec = read_model(model, data, file, name, self.faults)
            if spec is not None:
                found[name] = spec
        return found

    def _derived(self) -> dict[str, dict[str, Formula]]:
        found: dict[str, dict[str, Formula]] = {}
        for name, table in self.method.tables.items():
            found[name] = {}
            for column, spec in table.derived.items():
                where = Where(file="tables.yaml", key=f"{name}: derived.{column}")
                with collect_errors(self.faults):
                    found[name][column] = Formula(spec.formula, where=where)
        return found

    def _quantities(self) -> dict[str, NamedSum]:
        found: dict[str, NamedSum] = {}
        for name, quantity in self._declared("quantities.yaml", "quantity", d.Quantity).items():
            with collect_errors(self.faults):
                found[name] = named_sum(name, quantity, Where(file="quantities.yaml", key=name))
        return found

    def _indicators(self) -> dict[str, Indicator]:
        found: dict[str, Indicator] = {}
        lacking: dict[str, list[tuple[str, str]]] = {}
        specs = self._indicator_specs()
        self.method.parameters = read_parameters(self.root, [spec for spec, _ in specs], self.faults)
        for spec, file in specs:
            function = None
            if spec.function is not None:
                function = called_function(spec, file, self.method.functions, self.method.parameters, self.faults)
                if function is None:
                    continue
            named = spec.quantities if isinstance(spec.quantities, list) else []
            for name in named:
                if self.known.lacks("quantity", name):
                    lacking.setdefault(name, []).append((spec.id, file))
            if all(name in self.method.quantities for name in named):
                with collect_errors(self.faults):
                    place = Where(file=file, key=f"{spec.id}: factors")
                    looked_up = constants(spec.factors, self.method.factors, place)
                    found[spec.id] = Indicator(spec, self.method.quantities, file, looked_up, function)
        for name, users in lacking.items():
            self.faults.append(self._undefined_quantity(name, users))
        return found

    def _frameworks(self) -> dict[str, d.Framework]:
        found: dict[str, d.Framework] = {}
        for path in sorted((self.root / "frameworks").glob("*.yaml")):
            file = f"frameworks/{path.name}"
            with collect_errors(self.faults):
                framework = read_model(d.Framework, read_yaml(path, file), file, faults=self.faults)
                if framework is not None and framework.id != path.stem:
                    self.faults.append(
                        FileError(
                            "WrongValue", where=Where(file=file, key="id"), found=framework.id, expected=path.stem
                        )
                    )
                elif framework is not None:
                    found[framework.id] = framework
        return found

    def _indicator_specs(self) -> list[tuple[d.Indicator, str]]:
        """The declarations that can be read, with their files."""
        paths = sorted((self.root / "indicators").glob("*.yaml"))
        if not paths:
            self.faults.append(MethodError("MissingFile", where=Where(file="indicators/*.yaml")))
            self.known.unread("indicator")
        specs: dict[str, tuple[d.Indicator, str]] = {}
        for path in paths:
            file = f"indicators/{path.name}"
            try:
                loaded = read_yaml(path, file)
            except CircularityError as problem:
                self.faults.append(problem)
                self.known.unread("indicator")
                continue
            for number, data in enumerate(loaded if isinstance(loaded, list) else [loaded], start=1):
                item = str(data.get("id", f"no. {number}")) if isinstance(data, dict) else f"no. {number}"
                self.known.add("indicator", item)
                spec = read_model(d.Indicator, data, file, item, self.faults)
                if spec is None and not re.fullmatch(d.ID, item):
                    self.known.unread("indicator")
                if spec is not None and spec.id in specs:
                    self.faults.append(MethodError("DuplicateId", where=Where(file=file, key=spec.id), found=spec.id))
                elif spec is not None:
                    specs[spec.id] = spec, file
        return list(specs.values())

    def _undefined_quantity(self, name: str, users: list[tuple[str, str]]) -> CircularityError:
        """One fault for a quantity that is not there, however many indicators name it."""
        id_, file = users[0]
        where = Where(file=file, key=f"{id_}: quantities")
        hint = None
        if len(users) > 1:
            where = Where(file="quantities.yaml")
            hint = sentence("used_by", "expected", names=[id_ for id_, _ in users])
        names = self.known.names("quantity")
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
        return MethodError("UndefinedName", where=where, found=name, expected=near or names, formula="", hint=hint)


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
    check_argument("source", source, str, Path, optional=True)
    root = method_root(source)
    return _load(root) if root in installed_versions().values() else read_method(root)


def method_root(source: str | Path | None = None) -> Path:
    """The folder of a method: the installed one, also by its version, or the folder that is named.

    Raises
    ------
    UnknownMethod
        If there is no such folder or version.
    """
    if source in (None, ""):
        return installed_root()
    path = Path(str(source))
    if path.is_dir():
        return path.resolve()
    versions = installed_versions()
    if str(source) in versions:
        return versions[str(source)]
    raise MethodError("UnknownMethod", found=source, expected=list(versions))


def installed_versions() -> dict[str, Path]:
    """The versions of the method that came with this package, oldest first; the last is the installed method."""
    root = installed_root()
    old = {p.name: p for p in sorted((root / VERSIONS).glob("[0-9]*"), key=lambda p: by_number(p.name))}
    settings = read_yaml(root / "method.yaml")
    return {**old, str(settings["version"] if isinstance(settings, dict) else ""): root}


@lru_cache(maxsize=8)
def _load(root: Path) -> Method:
    return read_method(root)
