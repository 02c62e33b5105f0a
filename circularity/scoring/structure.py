"""The structure of a composite indicator: a table that says what stands below what, and how it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from circularity.errors import CircularityError, DataFaults, FileError, MethodError, ScoringError, Where, either, meant
from circularity.tables.checked import Cells
from circularity.tables.numbers import NUMBER, is_number
from circularity.texts import word

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

# Shares add up to one and percentages to a hundred, within what writing them down in decimals leaves.
WHOLES, ROUNDING = (1.0, 100.0), 1e-6
# Whole numbers up to this may be parts, such as 2 to 1; larger ones look like percentages that lack something.
MOST_PARTS = 10

_TWO = re.compile(rf"[\[(]?\s*({NUMBER})\s*(?:;|,|\||\.\.|\s|to)\s*({NUMBER})\s*[\])]?")


@dataclass(frozen=True)
class Node:
    """One row of the structure: an indicator, or what stands above others.

    Attributes
    ----------
    code, parent : str
        Its name, and that of what it is part of; empty for the top.
    level : int
        1 for an indicator; what stands above it is higher.
    weight : float
        Weight among what has the same parent.
    direction : int
        1 when more is better, -1 when less is.
    goalposts : (float, float) or None
        Value that gives nothing and value that gives all, whatever the direction the lower one first.
    target : float or None
        Value that is aimed at.
    aggregation, treatment, normalisation, denominator : str
        What its row asks for; empty where the chain decides.
    name : mapping of str to str
        By language.
    """

    code: str
    parent: str
    level: int
    weight: float
    direction: int
    goalposts: tuple[float, float] | None
    target: float | None
    aggregation: str
    treatment: str
    normalisation: str
    denominator: str
    unit: str
    name: Mapping[str, str]


class Structure:
    """What a composite indicator is made of.

    Parameters
    ----------
    nodes : mapping of str to Node
        By code, in the order of the table.
    """

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = dict(nodes)

    def __repr__(self) -> str:
        return f"<Structure {self.top}: {len(self.leaves)} indicators, {max(n.level for n in self)} levels>"

    def __getitem__(self, code: str) -> Node:
        return self.nodes[code]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __contains__(self, code: object) -> bool:
        return code in self.nodes

    @cached_property
    def top(self) -> str:
        """The code that all others are part of."""
        return next(code for code, node in self.nodes.items() if not node.parent)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """What stands directly below each code, by name: sums are taken in this order, whatever that of the table."""
        found: dict[str, list[str]] = {n.code: [] for n in self}
        for node in self:
            if node.parent:
                found[node.parent].append(node.code)
        return {code: tuple(sorted(below)) for code, below in found.items()}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The indicators, by name."""
        return tuple(sorted(code for code, below in self.children.items() if not below))

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """Everything that has something below it, lower ones first."""
        return tuple(sorted((c for c, below in self.children.items() if below), key=lambda c: (self[c].level, c)))

    @cached_property
    def denominators(self) -> tuple[str, ...]:
        """What indicators are divided by, by name."""
        return tuple(sorted({n.denominator for n in self if n.denominator}))

    def below(self, code: str) -> tuple[str, ...]:
        """The indicators under a code, by name; the code itself when it is one."""
        if not self.children[code]:
            return (code,)
        return tuple(sorted(leaf for child in self.children[code] for leaf in self.below(child)))

    def table(self) -> pd.DataFrame:
        """The structure as a table that reads back."""
        rows = [
            {
                "code": n.code, "parent": n.parent, "level": n.level, "weight": n.weight,
                "direction": "lower_is_better" if n.direction < 0 else "higher_is_better",
                "goalposts": "" if n.goalposts is None else f"{n.goalposts[0]!r};{n.goalposts[1]!r}",
                "target": "" if n.target is None else repr(n.target), "aggregation": n.aggregation,
                "treatment": n.treatment, "normalisation": n.normalisation, "denominator": n.denominator,
                "unit": n.unit, "nl": n.name["nl"], "en": n.name["en"],
            }
            for n in self
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def without(self, code: str) -> Structure:
        """The structure without a code and what stands below it.

        A parent left with nothing goes too; weights of what is left are shares of 1 again.

        Raises
        ------
        UnknownIndicatorOfStructure
            If there is no such code, or nothing would be left.
        """
        if code not in self.nodes or set(self.below(code)) == set(self.leaves):
            raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=meant(code, set(self.nodes) - {code}))
        gone = {code}
        for node in sorted(self, key=lambda n: -n.level):
            if node.parent in gone:
                gone.add(node.code)
        while True:
            left = {c: n for c, n in self.nodes.items() if c not in gone}
            bare = [p for p in self.parents if p in left and all(c in gone for c in self.children[p])]
            if not bare:
                return Structure(_adding_up(left))
            gone.update(bare)


def read_structure(table: pd.DataFrame) -> Structure:
    """The structure that a table says.

    Parameters
    ----------
    table : DataFrame
        Columns ``code, parent, weight`` and, where they are wanted, those of `ALLOWED`. A row without parent is the
        top; a row that is nobody's parent is an indicator and needs a ``direction``. Weights of what has one parent are
        shares that sum to 1, percentages that sum to 100, or whole numbers of parts (2 to 1), ten at most.
        ``goalposts`` are two numbers (``0;100``), or stand in ``lower`` and ``upper``. ``attrs["file"]`` names the
        file for messages.

    Returns
    -------
    Structure

    Raises
    ------
    DataFaults
        With everything that is wrong: `UnknownParent`, `Circle`, `NegativeWeight`, `WeightsDoNotSum`, `DuplicateId`,
        `WrongValue` and what cells can lack.
    """
    faults: list[CircularityError] = []
    cells = Cells(table, "structure", NEEDED, ALLOWED, faults)
    parents = {cells.text(row, "parent", needed=False) for row in range(len(cells))}
    nodes: dict[str, Node] = {}
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
    return Structure(nodes)


def _node(cells: Cells, row: int, parents: set[str], faults: list[CircularityError]) -> Node:
    code, parent = cells.text(row, "code"), cells.text(row, "parent", needed=False)
    leaf = code not in parents

    def choice(column: str, known: tuple[str, ...]) -> str:
        found = cells.text(row, column, needed=False)
        if found and found not in known:
            faults.append(
                FileError(
                    "WrongValue",
                    where=cells.where(row, column),
                    found=found,
                    expected=either(known),
                    hint=meant(found, known),
                )
            )
        return found

    # The table of scores of the method says in one column how a row is made, whether it is an indicator or not.
    aggregation = choice("aggregation", NORMALISATIONS + AGGREGATIONS if leaf else AGGREGATIONS)
    normalisation = choice("normalisation", NORMALISATIONS)
    if leaf and aggregation in NORMALISATIONS:
        aggregation, normalisation = "", normalisation or aggregation
    name = cells.text(row, "name", needed=False) or code
    target = cells.number(row, "target") if _numeric(cells.text(row, "target", needed=False)) else float("nan")
    return Node(
        code=code,
        parent=parent,
        level=0,
        weight=_weight(cells, row, parent, faults),
        direction=_direction(cells, row, leaf, faults),
        goalposts=_goalposts(cells, row, leaf, faults),
        target=None if target != target else target,
        aggregation="" if leaf else aggregation,
        treatment=choice("treatment", TREATMENTS),
        normalisation=normalisation,
        denominator=cells.text(row, "denominator", needed=False),
        unit=cells.text(row, "unit", needed=False),
        name={lang: cells.text(row, lang, needed=False) or name for lang in ("nl", "en")},
    )


def _numeric(text: str) -> bool:
    return is_number(text)


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


def _faults_of_tree(cells: Cells, nodes: Mapping[str, Node], rows: Mapping[str, int]) -> list[CircularityError]:
    faults: list[CircularityError] = []
    told: set[str] = set()
    for code, node in nodes.items():
        where = cells.where(rows[code], "parent")
        if node.parent and node.parent not in nodes:
            faults.append(
                ScoringError("UnknownParent", where=where, found=node.parent, code=code, hint=meant(node.parent, nodes))
            )
        path = [code]
        while (above := nodes[path[-1]].parent if path[-1] in nodes else "") and above not in path:
            path.append(above)
        if above == code and code not in told:
            told |= set(path)
            faults.append(MethodError("Circle", where=where, found=code, path=" > ".join([*path, code])))
    tops = [code for code, node in nodes.items() if not node.parent]
    if nodes and len(tops) != 1 and not told:
        where = cells.where(rows[tops[1]], "parent") if len(tops) > 1 else Where(file=cells.file, column="parent")
        found = word("empty", "yaml_value") if tops else "–"
        faults.append(FileError("WrongValue", where=where, found=found, expected=word("one_top", "expected")))
    return faults


def _with_levels(
    cells: Cells, nodes: Mapping[str, Node], rows: Mapping[str, int], faults: list[CircularityError]
) -> dict[str, Node]:
    """The nodes with their level: as the table says, or one above the highest of what stands below."""
    from dataclasses import replace

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


def _faults_of_weights(cells: Cells, nodes: Mapping[str, Node], rows: Mapping[str, int]) -> list[CircularityError]:
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


def _adding_up(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """The nodes, with weights that no longer add up divided by their sum."""
    from dataclasses import replace

    found = dict(nodes)
    for parent in nodes:
        below = sorted(c for c, n in nodes.items() if n.parent == parent)
        whole = sum(nodes[c].weight for c in below)
        if below and whole > 0 and not weights_add_up([nodes[c].weight for c in below]):
            found.update({c: replace(nodes[c], weight=nodes[c].weight / whole) for c in below})
    return found


def weights_add_up(weights: list[float]) -> bool:
    """Whether weights of what has one parent are shares of 1, percentages of 100, or whole numbers of parts."""
    total = sum(weights)
    if any(abs(total - whole) <= ROUNDING * whole for whole in WHOLES):
        return True
    return total > 0 and all(w == int(w) and w <= MOST_PARTS for w in weights)
