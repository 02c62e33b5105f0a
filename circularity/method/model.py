"""The method as it was read: what is measured, from what, and how."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from circularity.errors import MethodError, check_argument, meant
from circularity.method import declarations as d
from circularity.method.factors import Bound, Factors
from circularity.method.formula import Formula
from circularity.method.indicator import Indicator, NamedSum
from circularity.method.rows import FunctionRow, PedigreeRow, TargetRow
from circularity.method.scoring_config import ScoringConfig, pipeline_of
from circularity.method.settings import Settings
from circularity.method.vocabulary import Vocabulary
from circularity.method.weighting_config import ConsensusMethod
from circularity.scoring.tree import ScoreTree

# Folder of earlier versions of the method, each whole, its content unchanged.
VERSIONS = "versions"


class Method:
    """The method: what is measured, from what, and how; made by `circularity.method.load.load_method`.

    A method with faults holds what could be read of it, for checking and for nothing else; it may lack `settings`.

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
    pedigree_rows, target_rows : list
        The same, read: `rows.PedigreeRow`, and pairs of row number and `rows.TargetRow`.
    factors : dict of str to dict of str to rows.FactorRow
        Numbers that formulas name, by table and key.
    plausibility : list of Bound
        Bounds outside which a number is worth a look.
    functions : dict of str to (int, rows.FunctionRow)
        What ``functions.csv`` lists, each with its row; empty for a method without functions.
    parameters : dict of str to dict of str to declarations.Parameter
        Parameters of functions, by file and key.
    frameworks : dict of str to declarations.Framework
        What others ask for, in their own numbering.
    score_trees : dict of str to ScoreTree
        What the scores are made of, by file; see `score_tree`.
    scoring : ScoringConfig or None
        How scores are built and claims tested; None for a method that does not say.
    consensus : weighting_config.ConsensusMethod or None
        How weights are asked for and pooled; None for a method that does not say.
    """

    settings: Settings
    vocabularies: dict[str, Vocabulary]
    tables: dict[str, d.Table]
    derived: dict[str, dict[str, Formula]]
    quantities: dict[str, NamedSum]
    indicators: dict[str, Indicator]
    pedigree: pd.DataFrame
    targets: pd.DataFrame
    pedigree_rows: list[PedigreeRow]
    target_rows: list[tuple[int, TargetRow]]
    factors: Factors
    plausibility: list[Bound]
    functions: dict[str, tuple[int, FunctionRow]]
    parameters: dict[str, dict[str, d.Parameter]]
    frameworks: dict[str, d.Framework]
    score_trees: dict[str, ScoreTree]
    scoring: ScoringConfig | None
    consensus: ConsensusMethod | None

    def __init__(self, root: Path) -> None:
        self.root = root

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
    def has_settings(self) -> bool:
        """Whether ``method.yaml`` could be read."""
        return hasattr(self, "settings")

    def knows_unit(self, unit: str) -> bool:
        """Whether a unit is made of codes of the list of units."""
        units = self.vocabularies.get("units")
        return unit == "1" or units is None or unit in units or all(part in units for part in re.split("[*/]", unit))

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
        from circularity.method.readers import read_sources

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
        tree = self.score_trees[self.settings.kinds[kind].scores]
        targets = self.current_targets.set_index("target")["value"]
        nodes = {}
        for node in tree:
            target = float(targets[node.target_name]) if node.target_name else node.target
            unit = self.indicators[node.code].unit if node.code in self.indicators else ""
            nodes[node.code] = replace(node, target=target, unit=unit)
        return ScoreTree(nodes, tree.file)

    def indicators_for(self, kind: str) -> list[Indicator]:
        """The indicators that are about a kind of fieldlab; a group that no kind names is about all."""
        kinds = self.settings.kinds
        elsewhere = {group for k, spec in kinds.items() if k != kind for group in spec.groups}
        apart = elsewhere - set(kinds[kind].groups) if kind in kinds else set()
        return [i for i in self.indicators.values() if i.group not in apart]


def installed_root() -> Path:
    """Folder of the method that comes with this package: beside the code in a wheel, beside the package in a clone."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "methodology"
    return inside if inside.is_dir() else package.parent / "methodology"


def by_number(version: str) -> tuple[int, ...]:
    """A version as numbers, by which versions are sorted."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
