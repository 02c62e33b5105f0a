"""The score tree: what is part of what, and how much each part counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from circularity.errors import ScoringError, Where, meant

# Shares add up to one and percentages to a hundred, within what writing them down in decimals leaves.
WHOLES, ROUNDING = (1.0, 100.0), 1e-6
# Whole numbers up to this may be parts, such as 2 to 1; larger ones look like percentages that lack something.
MOST_PARTS = 10


@dataclass(frozen=True)
class ScoreNode:
    """One row of a score tree: an indicator, or a score made of others.

    Attributes
    ----------
    code, parent : str
        Its name, and that of what it is part of; empty for the top.
    level : int
        1 for an indicator; every parent is higher than its children.
    weight : float
        Weight among the children of one parent.
    direction : int
        1 when more is better, -1 when less is.
    goalposts : (float, float) or None
        Value that gives nothing and value that gives all, whatever the direction the lower one first.
    target : float or None
        Value that is aimed at.
    target_name : str
        What the row calls its target where it gives no number.
    aggregation, treatment, normalisation, denominator : str
        What the row asks for; empty where the pipeline decides.
    unit : str
    name : mapping of str to str
        By language.
    agreed : bool or None
        Whether the weight is agreed on; None where the table does not say.
    row : int or None
        Row of the table, for messages.
    """

    code: str
    parent: str
    level: int
    weight: float
    direction: int
    goalposts: tuple[float, float] | None
    target: float | None
    target_name: str
    aggregation: str
    treatment: str
    normalisation: str
    denominator: str
    unit: str
    name: Mapping[str, str]
    agreed: bool | None = None
    row: int | None = field(default=None, compare=False)


class ScoreTree:
    """What a composite indicator is made of.

    Parameters
    ----------
    nodes : mapping of str to ScoreNode
        By code, in the order of the table.
    file : str
        Name of the table, for messages.
    """

    def __init__(self, nodes: Mapping[str, ScoreNode], file: str = "") -> None:
        self.nodes, self.file = dict(nodes), file

    def __repr__(self) -> str:
        return f"<ScoreTree {self.top}: {len(self.leaves)} indicators, {max(n.level for n in self)} levels>"

    def __getitem__(self, code: str) -> ScoreNode:
        return self.nodes[code]

    def __iter__(self) -> Iterator[ScoreNode]:
        return iter(self.nodes.values())

    def __contains__(self, code: object) -> bool:
        return code in self.nodes

    @cached_property
    def top(self) -> str:
        """The code that all others are part of."""
        return next(code for code, node in self.nodes.items() if not node.parent)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The children of each code, by name: sums are taken in this order, whatever that of the table."""
        found: dict[str, list[str]] = {n.code: [] for n in self}
        for node in self:
            if node.parent:
                found[node.parent].append(node.code)
        return {code: tuple(sorted(below)) for code, below in found.items()}

    @cached_property
    def in_order(self) -> Mapping[str, tuple[str, ...]]:
        """Parents from the top down, and their children, both in the order of the table."""
        order = [self.top]
        for code in order:  # grows while it is gone through: every level after the one above
            order += [n.code for n in self if n.parent == code]
        below = {code: tuple(n.code for n in self if n.parent == code) for code in order}
        return {code: codes for code, codes in below.items() if codes}

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """What weights can be asked about: parents with two or more children, as in `in_order`."""
        return {parent: codes for parent, codes in self.in_order.items() if len(codes) > 1}

    @property
    def only_children(self) -> list[tuple[str, str]]:
        """Pairs of a parent and its only child, which has all the weight."""
        return [(parent, codes[0]) for parent, codes in self.in_order.items() if len(codes) == 1]

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The indicators, by name."""
        return tuple(sorted(code for code, below in self.children.items() if not below))

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """Everything that has children, lower levels first."""
        return tuple(sorted((c for c, below in self.children.items() if below), key=lambda c: (self[c].level, c)))

    @cached_property
    def denominators(self) -> tuple[str, ...]:
        """What indicators are divided by, by name."""
        return tuple(sorted({n.denominator for n in self if n.denominator}))

    @property
    def weights_are(self) -> str:
        """``agreed``, else ``equal`` when all children of each parent weigh the same, else ``not_agreed``."""
        if all(n.agreed for n in self):
            return "agreed"
        equal = all(len({self[c].weight for c in below}) == 1 for below in self.children.values() if below)
        return "equal" if equal else "not_agreed"

    def name(self, code: str, lang: str) -> str:
        """What people call a code; the code itself where there is no such row."""
        return self[code].name[lang] if code in self else code

    def where(self, code: str, column: str | None = None) -> Where:
        """The place of a row, for messages."""
        return Where(file=self.file or None, row=self[code].row, column=column)

    def below(self, code: str) -> tuple[str, ...]:
        """The indicators under a code, by name; the code itself when it is one."""
        if not self.children[code]:
            return (code,)
        return tuple(sorted(leaf for child in self.children[code] for leaf in self.below(child)))

    def shares(self, weights: Mapping[str, float]) -> dict[str, float]:
        """The weight of every code in the whole: 1 for the top, below it the product of the weights on the way down.

        Parameters
        ----------
        weights : mapping of str to float
            Weights by code, those of one parent summing to 1; an only child needs none.
        """
        found = {self.top: 1.0}
        for parent in reversed(self.parents):
            below = self.children[parent]
            found.update({c: found[parent] * (weights[c] if len(below) > 1 else 1.0) for c in below})
        return {code: found[code] for code in self.nodes}

    def table(self) -> pd.DataFrame:
        """The tree as a table that reads back."""
        rows = [
            {
                "code": n.code, "parent": n.parent, "level": n.level, "weight": n.weight,
                "direction": "lower_is_better" if n.direction < 0 else "higher_is_better",
                "goalposts": "" if n.goalposts is None else f"{n.goalposts[0]!r};{n.goalposts[1]!r}",
                "target": n.target_name if n.target is None else repr(n.target), "aggregation": n.aggregation,
                "treatment": n.treatment, "normalisation": n.normalisation, "denominator": n.denominator,
                "unit": n.unit, "nl": n.name["nl"], "en": n.name["en"],
                "agreed": "" if n.agreed is None else "yes" if n.agreed else "no",
            }
            for n in self
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def without(self, code: str) -> ScoreTree:
        """The tree without a code and what is below it.

        A parent left without children goes too; weights of what is left are shares of 1 again.

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
                return ScoreTree(_adding_up(left), self.file)
            gone.update(bare)


def _adding_up(nodes: Mapping[str, ScoreNode]) -> dict[str, ScoreNode]:
    """The nodes, with weights that no longer add up divided by their sum."""
    found = dict(nodes)
    for parent in nodes:
        below = sorted(c for c, n in nodes.items() if n.parent == parent)
        whole = sum(nodes[c].weight for c in below)
        if below and whole > 0 and not weights_add_up([nodes[c].weight for c in below]):
            found.update({c: replace(nodes[c], weight=nodes[c].weight / whole) for c in below})
    return found


def weights_add_up(weights: list[float]) -> bool:
    """Whether the weights of one parent are shares of 1, percentages of 100, or whole numbers of parts."""
    total = sum(weights)
    if any(abs(total - whole) <= ROUNDING * whole for whole in WHOLES):
        return True
    return total > 0 and all(w == int(w) and w <= MOST_PARTS for w in weights)


def circles(parents: Mapping[str, str]) -> dict[str, list[str]]:
    """Codes that are part of themselves, each circle once, with the way round.

    Parameters
    ----------
    parents : mapping of str to str
        Parent of each code, in the order of the table; empty for a top.
    """
    found: dict[str, list[str]] = {}
    met: set[str] = set()
    for code in parents:
        path = [code]
        while (above := parents.get(path[-1], "")) and above not in path:
            path.append(above)
        if above == code and code not in met:
            met |= set(path)
            found[code] = [*path, code]
    return found
