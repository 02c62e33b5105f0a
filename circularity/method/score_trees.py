"""The score trees of a method, by kind of fieldlab: reading them, and whether they fit the rest of the method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from circularity.errors import CircularityError, DataError, FileError, MethodError, Where, either
from circularity.method import needs
from circularity.method.csv_reader import read_text_table
from circularity.method.declarations import SCORES, Settings
from circularity.method.fitting import Gather
from circularity.method.known import Known
from circularity.method.telling import expected, undefined
from circularity.scoring.read_tree import read_tree
from circularity.scoring.tree import ScoreTree, circles
from circularity.texts import LANGUAGES, word

if TYPE_CHECKING:
    from circularity.method.indicator import Indicator
    from circularity.method.load import Method

# What a table of scores of a method must say beside what every score tree needs.
ALSO_NEEDED = ("direction", "agreed", *LANGUAGES)


def read_score_trees(root: Path, settings: Settings | None, faults: list[CircularityError]) -> dict[str, ScoreTree]:
    """The score trees by file: those that can be read.

    Parameters
    ----------
    root : Path
        Folder of the method.
    settings : Settings or None
        Content of ``method.yaml``, if it can be read: each kind of fieldlab names its file.
    faults : list of CircularityError
        Takes what is wrong in them.
    """
    found = {}
    for file in dict.fromkeys([SCORES, *([] if settings is None else (k.scores for k in settings.kinds.values()))]):
        with Gather(faults):
            table = read_text_table(root / file, file)
            table.attrs["file"] = file
            lacking = [c for c in ALSO_NEEDED if c not in table]
            for column in lacking:
                where = Where(file=file, row=1)
                faults.append(DataError("MissingColumn", where=where, found=column, expected=f"{', '.join(table)}."))
            if not lacking:
                tree = read_tree(table)
                faults += _unfilled(tree, table)
                found[file] = tree
    return found


def _unfilled(tree: ScoreTree, table: pd.DataFrame) -> Iterator[CircularityError]:
    for node, row in zip(tree, table.to_dict("records"), strict=True):
        if node.agreed is None:
            where, empty = tree.where(node.code, "agreed"), word("empty", "yaml_value")
            yield FileError("WrongValue", where=where, found=empty, expected=either(["yes", "no"]))
        for lang in LANGUAGES:
            if not str(row[lang]).strip():
                yield MethodError("MissingTranslation", where=tree.where(node.code, lang), found=lang)


def tree_of_kind(method: Method, kind: str) -> ScoreTree:
    """The score tree of a kind of fieldlab, with targets as numbers and units of the indicators."""
    tree = method.score_trees[method.settings.kinds[kind].scores]
    targets = method.current_targets.set_index("target")["value"]
    nodes = {}
    for node in tree:
        target = float(targets[node.target_name]) if node.target_name else node.target
        unit = method.indicators[node.code].unit if node.code in method.indicators else ""
        nodes[node.code] = replace(node, target=target, unit=unit)
    return ScoreTree(nodes, tree.file)


def score_links(method: Method, known: Known) -> Iterator[CircularityError]:
    """Names in the score trees that nothing declares, and indicators without the levels that scores are made for."""
    for tree in method.score_trees.values():
        levels: set[str] = set()
        for node in tree:
            leaf = node.code in tree.leaves
            if leaf and known.lacks("indicator", node.code):
                yield undefined(tree.where(node.code), node.code, known.names("indicator"))
            if node.target_name and known.lacks("target", node.target_name):
                yield undefined(tree.where(node.code), node.target_name, known.names("target"))
            indicator = method.indicators.get(node.code) if leaf else None
            if indicator is not None:
                own = set(indicator.levels) & set(needs.LEVELS)
                levels = levels or own | {"fieldlab"}
                if own != levels:
                    place = Where(file=indicator.file, key=f"{indicator.id}: levels")
                    wanted = expected("score_levels", names=", ".join(sorted(levels)), file=tree.file)
                    yield FileError("WrongValue", where=place, found=indicator.levels, expected=wanted)


def score_faults(method: Method) -> Iterator[CircularityError]:
    """Places where a score tree contradicts an indicator, a target, what was agreed, or the kind that it is of."""
    for tree in method.score_trees.values():
        for leaf in tree.leaves:
            yield from _against_indicator(tree, leaf, method.indicators[leaf])
            yield from _against_target(method, tree, leaf)
        yield from _against_agreement(method, tree)
    for name, kind in method.settings.kinds.items():
        tree, about = method.score_trees[kind.scores], {i.id for i in method.indicators_for(name)}
        for leaf in tree.leaves:
            if leaf not in about:
                told = expected("of_kind", kind=name)
                yield FileError("WrongValue", where=tree.where(leaf, "code"), found=leaf, expected=told)


def _against_indicator(tree: ScoreTree, leaf: str, indicator: Indicator) -> Iterator[CircularityError]:
    node = tree[leaf]
    direction = "higher_is_better" if node.direction > 0 else "lower_is_better"
    if indicator.direction not in ("neutral", direction):
        told = expected("same_direction", direction=indicator.direction)
        yield FileError("WrongValue", where=tree.where(leaf, "direction"), found=direction, expected=told)
    low, high = indicator.bounds
    for column, post in zip(("lower", "upper"), node.goalposts or (), strict=False):
        if (low is not None and post < low) or (high is not None and post > high):
            told = expected("within_bounds", bounds=bounds_text(indicator))
            yield FileError("WrongValue", where=tree.where(leaf, column), found=f"{post:g}", expected=told)


def _against_target(method: Method, tree: ScoreTree, leaf: str) -> Iterator[CircularityError]:
    node = tree[leaf]
    target = {t.target: t for _, t in method.target_rows}.get(node.target_name)
    if target is None:
        return
    if target.indicator != leaf:
        told = expected("target_of", of=leaf)
        yield FileError("WrongValue", where=tree.where(leaf, "target"), found=node.target_name, expected=told)
    elif node.goalposts is not None:
        # The best goalpost is the target: the upper one when higher is better, else the lower.
        column, post = ("upper", node.goalposts[1]) if node.direction > 0 else ("lower", node.goalposts[0])
        if post != target.value:
            told = expected("target_value", value=f"{target.value:g}", target=target.target)
            yield FileError("WrongValue", where=tree.where(leaf, column), found=f"{post:g}", expected=told)


def _against_agreement(method: Method, tree: ScoreTree) -> Iterator[CircularityError]:
    weights = method.settings.agreement.weights
    for node in tree:
        if node.agreed != (weights == "agreed"):
            said = ("no", "yes") if node.agreed is False else ("yes", "no")
            told = expected("agreed_rows", agreed=said[1], weights=weights)
            yield FileError("WrongValue", where=tree.where(node.code, "agreed"), found=said[0], expected=told)


def bounds_text(indicator: Indicator) -> str:
    """The bounds of an indicator as ``[0, 1]``, with … where there is none."""
    return "[{}, {}]".format(*("…" if end is None else f"{end:g}" for end in indicator.bounds))


def is_tree(table: pd.DataFrame, file: str, faults: list[CircularityError]) -> bool:
    """Whether the codes of a list are a tree, of any number of tops; what is not goes to `faults`."""
    before, rows = len(faults), dict[str, int]()
    for row, code in enumerate(table["code"], start=2):
        if code in rows:
            faults.append(MethodError("DuplicateId", where=Where(file=file, row=row, column="code"), found=code))
        rows.setdefault(code, row)
    parents = dict(zip(reversed(table["code"].tolist()), reversed(table["parent"].tolist()), strict=True))
    parents = {code: parents[code] for code in rows}
    round_ = circles(parents)
    for row, (code, above) in enumerate(zip(table["code"], table["parent"], strict=True), start=2):
        where = Where(file=file, row=row, column="parent")
        if above and above not in rows:
            faults.append(FileError("WrongValue", where=where, found=above, expected=word("code_above", "expected")))
        if rows[code] == row and code in round_:
            faults.append(MethodError("Circle", where=where, found=code, path=" > ".join(round_[code])))
    return len(faults) == before
