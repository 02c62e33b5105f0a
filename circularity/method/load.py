"""Reading ``methodology/`` into a `Method`."""

from __future__ import annotations

import difflib
import hashlib
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel

from circularity.errors import (
    CircularityError,
    FileError,
    MethodError,
    MethodFaults,
    Where,
    check_argument,
    meant,
    sentence,
)
from circularity.method import declarations as d
from circularity.method import needs
from circularity.method.consensus import read_consensus
from circularity.method.csv_reader import read_rows
from circularity.method.factors import Factors, constants, read_factors
from circularity.method.fitting import Gather, read_model
from circularity.method.formula import Formula
from circularity.method.functions import called_function, read_functions, read_parameters
from circularity.method.indicator import Indicator, NamedSum, named_sum
from circularity.method.known import Kind, Known
from circularity.method.links import broken_links
from circularity.method.plausibility import Bound, read_bounds
from circularity.method.rows import CodeRow, PartlyNamedRow, PedigreeRow, TargetRow
from circularity.method.score_trees import is_tree, read_score_trees, tree_of_kind
from circularity.method.scoring_config import ScoringConfig, pipeline_of, read_scoring
from circularity.method.vocabulary import Vocabulary
from circularity.method.yaml_reader import read_mapping, read_yaml
from circularity.scoring.tree import ScoreTree

# Folder of earlier versions of the method, each whole and unchanged.
VERSIONS = "versions"

Declared = TypeVar("Declared", bound=BaseModel)


class Method:
    """The method: what is measured, from what, and how.

    Parameters
    ----------
    root : Path
        Folder with the files of ``methodology/``.
    faults : list of CircularityError, optional
        Takes the faults; without it they are raised. A method with faults holds what could be read of it, for checking
        and for nothing else; it may lack `settings`.

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
    pedigree_rows, target_rows : list
        The same, read: `rows.PedigreeRow`, and pairs of row number and `rows.TargetRow`.
    factors : dict of str to dict of str to rows.FactorRow
        Numbers that formulas name, by table and key.
    plausibility : list of Bound
        Bounds outside which a number is worth a look.
    functions : dict of str to (int, rows.FunctionRow)
        What ``functions.csv`` lists, each with its row; empty for a version without functions.
    parameters : dict of str to dict of str to declarations.Parameter
        Parameters of functions, by file and key.
    frameworks : dict of str to declarations.Framework
        What others ask for, in their own numbering.
    score_trees : dict of str to ScoreTree
        What the scores are made of, by file; see `score_tree`.
    scoring : ScoringConfig or None
        How scores are built and claims tested; None in versions that do not say.
    consensus : consensus.ConsensusMethod or None
        How weights are asked for and pooled; None for a version that does not say.

    Raises
    ------
    MethodFaults
        With every fault found, each with its file, id and key.
    """

    settings: d.Settings
    factors: Factors
    plausibility: list[Bound]
    scoring: ScoringConfig | None

    def __init__(self, root: Path, faults: list[CircularityError] | None = None) -> None:
        self.root = root
        raising = faults is None
        faults = [] if faults is None else faults
        known = Known()
        settings = self._settings(faults)
        self.vocabularies = self._vocabularies(settings, faults, known)
        self.tables = self._declared("tables.yaml", "table", d.Table, faults, known)
        self.derived = self._derived(faults)
        self.quantities = self._quantities(faults, known)
        self.factors = read_factors(root, faults)
        self.plausibility = read_bounds(root, faults)
        self.frameworks = self._frameworks(faults)
        self.functions = read_functions(root, faults)
        self.indicators = self._indicators(faults, known)
        self.pedigree, pedigree = read_rows(root / "factors/pedigree.csv", "factors/pedigree.csv", PedigreeRow, faults)
        self.targets, targets = read_rows(root / "factors/targets.csv", "factors/targets.csv", TargetRow, faults)
        # Rows are looked at together when each of them can be read.
        self.pedigree_rows = [r for r in pedigree if r is not None] if all(pedigree) else []
        self.target_rows = [(row, target) for row, target in enumerate(targets, start=2) if target is not None]
        states = self.targets.get("state", [""] * len(self.targets))
        for name, state in zip(self.targets.get("target", ()), states, strict=True):
            if state != "superseded":  # a score aims at what holds now
                known.add("target", name)
        if not targets:
            known.unread("target")
        self.score_trees = read_score_trees(root, settings, faults)
        self.scoring = read_scoring(root, faults)
        self.consensus = read_consensus(root, faults)
        if not (root / "sources.bib").is_file():
            faults.append(MethodError("MissingFile", where=Where(file="sources.bib")))
        faults += broken_links(self, settings, known)
        if settings is not None:
            self.settings = settings
        if faults and raising:
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
    def pedigree_in_use(self) -> list[PedigreeRow]:
        """The rows of the table of pedigree factors that the method uses."""
        return [row for row in self.pedigree_rows if row.set == self.settings.uncertainty.pedigree]

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
        check_argument("indicator", id_, str)
        try:
            return self.indicators[id_]
        except KeyError:
            raise MethodError("UnknownIndicator", found=id_, hint=meant(id_, self.indicators)) from None

    @property
    def current_targets(self) -> pd.DataFrame:
        """The targets that hold now; those that later ones replaced are kept in ``factors/targets.csv`` as history."""
        if "state" not in self.targets:  # a version from before targets were kept as history
            return self.targets
        return self.targets[self.targets["state"] == "current"]

    @property
    def pipeline(self) -> list[dict[str, Any]]:
        """The steps from figures to scores."""
        return pipeline_of(self.scoring)

    def score_tree(self, kind: str) -> ScoreTree:
        """The score tree of a kind of fieldlab, with targets as numbers and units of the indicators."""
        return tree_of_kind(self, kind)

    def indicators_for(self, kind: str) -> list[Indicator]:
        """The indicators that are about a kind of fieldlab; a group that no kind names is about all."""
        kinds = self.settings.kinds
        elsewhere = {group for k, spec in kinds.items() if k != kind for group in spec.groups}
        apart = elsewhere - set(kinds[kind].groups) if kind in kinds else set()
        return [i for i in self.indicators.values() if i.group not in apart]

    # Reading -----------------------------------------------------------------------------------------------------

    def _settings(self, faults: list[CircularityError]) -> d.Settings | None:
        if not (self.root / "method.yaml").is_file():
            raise MethodError("UnknownMethod", found=self.root.name, expected="method.yaml")
        with Gather(faults):
            return read_model(d.Settings, read_yaml(self.root / "method.yaml"), "method.yaml", faults=faults)
        return None

    def _vocabularies(
        self, settings: d.Settings | None, faults: list[CircularityError], known: Known
    ) -> dict[str, Vocabulary]:
        found = {}
        # Without settings nobody knows which lists may lack names, so that none is refused for it.
        partly = None if settings is None else {name for name, spec in settings.lists.items() if spec.partly_named}
        for path in sorted((self.root / "vocabulary").glob("*.csv")):
            file, name = f"vocabulary/{path.name}", path.stem
            known.add("vocabulary", name)
            model = needs.VOCABULARIES.get(name, PartlyNamedRow if partly is None or name in partly else CodeRow)
            table, rows = read_rows(path, file, model, faults)
            if rows and all(rows) and is_tree(table, file, faults):
                found[name] = Vocabulary(name, table)
        return found

    def _declared(
        self, file: str, kind: Kind, model: type[Declared], faults: list[CircularityError], known: Known
    ) -> dict[str, Declared]:
        """The declarations of a YAML file by name: those that can be read."""
        declared: dict[str, Any] | None = None
        with Gather(faults):
            if not (self.root / file).is_file():
                raise MethodError("MissingFile", where=Where(file=file))
            declared = read_mapping(self.root / file, file)
        if declared is None:
            known.unread(kind)
            return {}
        found = {}
        for name, data in declared.items():
            known.add(kind, name)
            spec = read_model(model, data, file, name, faults)
            if spec is not None:
                found[name] = spec
        return found

    def _derived(self, faults: list[CircularityError]) -> dict[str, dict[str, Formula]]:
        found: dict[str, dict[str, Formula]] = {}
        for name, table in self.tables.items():
            found[name] = {}
            for column, spec in table.derived.items():
                where = Where(file="tables.yaml", key=f"{name}: derived.{column}")
                with Gather(faults):
                    found[name][column] = Formula(spec.formula, where=where)
        return found

    def _quantities(self, faults: list[CircularityError], known: Known) -> dict[str, NamedSum]:
        found: dict[str, NamedSum] = {}
        for name, quantity in self._declared("quantities.yaml", "quantity", d.Quantity, faults, known).items():
            with Gather(faults):
                found[name] = named_sum(name, quantity, Where(file="quantities.yaml", key=name))
        return found

    def _indicators(self, faults: list[CircularityError], known: Known) -> dict[str, Indicator]:
        found: dict[str, Indicator] = {}
        lacking: dict[str, list[tuple[str, str]]] = {}
        specs = self._indicator_specs(faults, known)
        self.parameters = read_parameters(self.root, [spec for spec, _ in specs], faults)
        for spec, file in specs:
            function = None
            if spec.function is not None:
                function = called_function(spec, file, self.functions, self.parameters, faults)
                if function is None:
                    continue
            named = spec.quantities if isinstance(spec.quantities, list) else []
            for name in named:
                if known.lacks("quantity", name):
                    lacking.setdefault(name, []).append((spec.id, file))
            if all(name in self.quantities for name in named):
                with Gather(faults):
                    place = Where(file=file, key=f"{spec.id}: factors")
                    looked_up = constants(spec.factors, self.factors, place)
                    found[spec.id] = Indicator(spec, self.quantities, file, looked_up, function)
        for name, users in lacking.items():
            faults.append(self._undefined_quantity(name, users, known))
        return found

    def _frameworks(self, faults: list[CircularityError]) -> dict[str, d.Framework]:
        found: dict[str, d.Framework] = {}
        for path in sorted((self.root / "frameworks").glob("*.yaml")):
            file = f"frameworks/{path.name}"
            with Gather(faults):
                framework = read_model(d.Framework, read_yaml(path, file), file, faults=faults)
                if framework is not None and framework.id != path.stem:
                    faults.append(
                        FileError(
                            "WrongValue", where=Where(file=file, key="id"), found=framework.id, expected=path.stem
                        )
                    )
                elif framework is not None:
                    found[framework.id] = framework
        return found

    def _indicator_specs(self, faults: list[CircularityError], known: Known) -> list[tuple[d.Indicator, str]]:
        """The declarations that can be read, with their files."""
        paths = sorted((self.root / "indicators").glob("*.yaml"))
        if not paths:
            faults.append(MethodError("MissingFile", where=Where(file="indicators/*.yaml")))
            known.unread("indicator")
        specs: dict[str, tuple[d.Indicator, str]] = {}
        for path in paths:
            file = f"indicators/{path.name}"
            try:
                loaded = read_yaml(path, file)
            except CircularityError as problem:
                faults.append(problem)
                known.unread("indicator")
                continue
            for number, data in enumerate(loaded if isinstance(loaded, list) else [loaded], start=1):
                item = str(data.get("id", f"no. {number}")) if isinstance(data, dict) else f"no. {number}"
                known.add("indicator", item)
                spec = read_model(d.Indicator, data, file, item, faults)
                if spec is None and not re.fullmatch(d.ID, item):
                    known.unread("indicator")
                if spec is not None and spec.id in specs:
                    faults.append(MethodError("DuplicateId", where=Where(file=file, key=spec.id), found=spec.id))
                elif spec is not None:
                    specs[spec.id] = spec, file
        return list(specs.values())

    def _undefined_quantity(self, name: str, users: list[tuple[str, str]], known: Known) -> CircularityError:
        """One fault for a quantity that is not there, however many indicators name it."""
        id_, file = users[0]
        where = Where(file=file, key=f"{id_}: quantities")
        hint = None
        if len(users) > 1:
            where = Where(file="quantities.yaml")
            hint = sentence("used_by", "expected", names=[id_ for id_, _ in users])
        names = known.names("quantity")
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
        return MethodError("UndefinedName", where=where, found=name, expected=near or names, formula="", hint=hint)


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
    check_argument("source", source, str, Path, optional=True)
    root = method_root(source)
    return _load(root) if root in installed_versions().values() else Method(root)


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


def by_number(version: str) -> tuple[int, ...]:
    """A version as numbers, by which versions are sorted."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


@lru_cache(maxsize=8)
def _load(root: Path) -> Method:
    return Method(root)
