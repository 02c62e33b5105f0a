"""Reading a score tree from its table, with every fault in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from circularity.errors import (
    CircularityError,
    DataFaults,
    FileError,
    MethodError,
    ScoringError,
    Where,
    check_argument,
    either,
    meant,
)
from circularity.scoring.tree import ScoreNode, ScoreTree, circles, weights_add_up
from circularity.tables.checked import Cells
from circularity.tables.numbers import NUMBER, is_number
from circularity.texts import LANGUAGES, word

NEEDED = ("code", "parent", "weight")
ALLOWED = (
    "level", "direction", "goalposts", "lower", "upper", "target", "aggregation", "treatment", "normalisation",
    "denominator", "unit", "name", "nl", "en", "agreed",
)  # fmt: skip

DIRECTIONS = {
    "higher_is_better": 1, "lower_is_better": -1, "1": 1, "+1": 1, "-1": -1, "1.0": 1, "-1.0": -1,
}  # fmt: skip
TREATMENTS = ("none", "winsorise", "log", "log_either_way", "winsorise_then_log", "box_cox")
NORMALISATIONS = (
    "goalposts", "minmax", "scaled", "zscore", "distance_to_maximum", "distance_to_reference", "distance_to_target",
    "fraction_of_maximum", "rank", "percentile_rank", "borda", "none",
)  # fmt: skip
AGGREGATIONS = ("arithmetic_mean", "geometric_mean", "harmonic_mean", "generalised_mean", "outranking", "copeland")

_TWO = re.compile(rf"[\[(]?\s*({NUMBER})\s*(?:;|,|\||\.\.|\s|to)\s*({NUMBER})\s*[\])]?")


def read_tree(table: pd.DataFrame) -> ScoreTree:
    """The score tree of a table.

    Parameters
    ----------
    table : DataFrame
        Columns ``code, parent, weight`` and, where they are wanted, those of `ALLOWED`. A row without parent is the
        top; a row that is nobody's parent is an indicator and needs a ``direction``. Weights of what has one parent are
        shares that sum to 1, percentages that sum to 100, or whole numbers of parts (2 to 1), ten at most.
        ``goalposts`` are two numbers (``0;100``), or are in ``lower`` and ``upper``. ``attrs["file"]`` names the
        file for messages.

    Returns
    -------
    ScoreTree

    Raises
    ------
    DataFaults
        With everything that is wrong: `UnknownParent`, `Circle`, `NegativeWeight`, `WeightsDoNotSum`, `DuplicateId`,
        `WrongValue` and what cells can lack.
    """
    check_argument("table", table, pd.DataFrame)
    faults: list[CircularityError] = []
    cells = Cells(table, "structure", NEEDED, ALLOWED, faults)
    parents = {cells.text(row, "parent", needed=False) for row in range(len(cells))}
    nodes: dict[str, ScoreNode] = {}
    rows: dict[str, int] = {}
    for row in range(len(cells)):
        node = _node(cells, row, parents, faults)
        if node.code in nodes:
            faults.append(MethodError("DuplicateId", where=cells.where(row, "code"), found=node.code))
        elif node.code:
            nodes[node.code], rows[node.code] = node, row
    faults += _faults_of_tree(cells, nodes, rows)
    if not faults:
        nodes = _with_levels(cells, nodes, rows, faults)
        faults += _faults_of_weights(cells, nodes, rows)
    if faults:
        raise DataFaults(faults)
    return ScoreTree(nodes, cells.file if "file" in table.attrs else "")


def _node(cells: Cells, row: int, parents: set[str], faults: list[CircularityError]) -> ScoreNode:
    code, parent = cells.text(row, "code"), cells.text(row, "parent", needed=False)
    leaf = code not in parents

    def choice(column: str, known: tuple[str, ...]) -> str:
        found = cells.text(row, column, needed=False)
        if found and found not in known:
            where, hint = cells.where(row, column), meant(found, known)
            faults.append(FileError("WrongValue", where=where, found=found, expected=either(known), hint=hint))
        return found

    # The table of scores of the method says in one column how a row is made, whether it is an indicator or not.
    aggregation = choice("aggregation", NORMALISATIONS + AGGREGATIONS if leaf else AGGREGATIONS)
    normalisation = choice("normalisation", NORMALISATIONS)
    if leaf and aggregation in NORMALISATIONS:
        aggregation, normalisation = "", normalisation or aggregation
    name = cells.text(row, "name", needed=False) or code
    target = cells.text(row, "target", needed=False)
    number = cells.number(row, "target") if is_number(target) else float("nan")
    return ScoreNode(
        code=code,
        parent=parent,
        level=0,
        weight=_weight(cells, row, parent, faults),
        direction=_direction(cells, row, leaf, faults),
        goalposts=_goalposts(cells, row, leaf, faults),
        target=None if number != number else number,
        target_name=target if number != number else "",
        aggregation="" if leaf else aggregation,
        treatment=choice("treatment", TREATMENTS),
        normalisation=normalisation,
        denominator=cells.text(row, "denominator", needed=False),
        unit=cells.text(row, "unit", needed=False),
        name={lang: cells.text(row, lang, needed=False) or name for lang in LANGUAGES},
        agreed={"yes": True, "no": False}.get(choice("agreed", ("yes", "no"))),
        row=cells.where(row).row,
    )


def _weight(cells: Cells, row: int, parent: str, faults: list[CircularityError]) -> float:
    if not parent and cells.is_empty(row, "weight"):
        return 1.0  # the top counts for nothing above it
    if cells.is_empty(row, "weight"):
        cells.text(row, "weight")
        return 0.0
    found = cells.number(row, "weight")
    if found < 0:
        faults.append(ScoringError("NegativeWeight", where=cells.where(row, "weight"), found=f"{found:g}"))
    return found


def _direction(cells: Cells, row: int, leaf: bool, faults: list[CircularityError]) -> int:
    found = cells.text(row, "direction", needed=leaf)
    if not found:
        return 1
    if found not in DIRECTIONS or (not leaf and DIRECTIONS[found] < 0):
        known = ("higher_is_better", "lower_is_better") if leaf else ("higher_is_better",)
        faults.append(FileError("WrongValue", where=cells.where(row, "direction"), found=found, expected=either(known)))
        return 1
    return DIRECTIONS[found]


def _goalposts(cells: Cells, row: int, leaf: bool, faults: list[CircularityError]) -> tuple[float, float] | None:
    text = cells.text(row, "goalposts", needed=False)
    column = "goalposts" if text else "lower"
    if text:
        two = _TWO.fullmatch(text)
        if two is None:
            where = cells.where(row, column)
            faults.append(FileError("WrongValue", where=where, found=text, expected=word("two_goalposts", "expected")))
            return None
        low, high = float(two[1]), float(two[2])
    elif cells.is_empty(row, "lower") and cells.is_empty(row, "upper"):
        return None
    else:
        low, high = cells.number(row, "lower"), cells.number(row, "upper")
        if any(end != end and not cells.is_empty(row, c) for c, end in (("lower", low), ("upper", high))):
            return None  # named already: a cell that holds no number
    if not low < high:
        found = text or f"{low:g}, {high:g}"
        faults.append(
            FileError("WrongValue", where=cells.where(row, column), found=found, expected=word("goalposts", "expected"))
        )
        return None
    if not leaf:
        found = text or f"{low:g}, {high:g}"
        where = cells.where(row, column)
        faults.append(FileError("WrongValue", where=where, found=found, expected=word("no_goalposts", "expected")))
    return low, high


def _faults_of_tree(cells: Cells, nodes: Mapping[str, ScoreNode], rows: Mapping[str, int]) -> list[CircularityError]:
    faults: list[CircularityError] = []
    for code, node in nodes.items():
        if node.parent and node.parent not in nodes:
            where, hint = cells.where(rows[code], "parent"), meant(node.parent, nodes)
            faults.append(ScoringError("UnknownParent", where=where, found=node.parent, code=code, hint=hint))
    for code, path in (round_ := circles({c: n.parent for c, n in nodes.items()})).items():
        where = cells.where(rows[code], "parent")
        faults.append(MethodError("Circle", where=where, found=code, path=" > ".join(path)))
    tops = [code for code, node in nodes.items() if not node.parent]
    if nodes and len(tops) != 1 and not round_:
        where = cells.where(rows[tops[1]], "parent") if len(tops) > 1 else Where(file=cells.file, column="parent")
        found = word("empty", "yaml_value") if tops else "–"
        faults.append(FileError("WrongValue", where=where, found=found, expected=word("one_top", "expected")))
    return faults


def _with_levels(
    cells: Cells, nodes: Mapping[str, ScoreNode], rows: Mapping[str, int], faults: list[CircularityError]
) -> dict[str, ScoreNode]:
    """The nodes with their level: as the table says, or one above the highest of the children."""
    said = {c: cells.number(rows[c], "level") for c in nodes}
    height: dict[str, int] = {}
    below: dict[str, list[str]] = {c: [] for c in nodes}
    for node in nodes.values():
        if node.parent:
            below[node.parent].append(node.code)

    stack = list(nodes)
    while stack:  # no recursion: a structure may be deep
        code = stack[-1]
        todo = [c for c in below[code] if c not in height]
        if todo:
            stack += todo
            continue
        stack.pop()
        if code not in height:
            least = 1 + max((height[c] for c in below[code]), default=0)
            asked = said[code]
            if asked == asked and (asked < least or asked != int(asked)):
                where = cells.where(rows[code], "level")
                faults.append(
                    FileError("WrongValue", where=where, found=f"{asked:g}", expected=word("level_above", "expected"))
                )
            height[code] = least if asked != asked else max(least, int(asked))
    return {code: replace(node, level=height[code]) for code, node in nodes.items()}


def _faults_of_weights(cells: Cells, nodes: Mapping[str, ScoreNode], rows: Mapping[str, int]) -> list[CircularityError]:
    faults: list[CircularityError] = []
    for parent in nodes:
        below = [n for n in nodes.values() if n.parent == parent]
        if below:
            total = sum(n.weight for n in below)
            if not weights_add_up([n.weight for n in below]):
                where = cells.where(rows[below[0].code], "weight")
                codes = [n.code for n in below]
                faults.append(
                    ScoringError("WeightsDoNotSum", where=where, found=f"{total:.10g}", parent=parent, codes=codes)
                )
    return faults
