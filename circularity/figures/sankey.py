"""A Sankey diagram of material flows: where material came from, what it was, and where it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from circularity.figures.drawing import PALE, Drawing, new_figure
from circularity.texts import Texts

WIDTH, NODE_WIDTH = 7.2, 0.13
LABEL_HEIGHT = 0.165
CURVE = 0.5


@dataclass
class Node:
    """A bar of the diagram."""

    key: str
    label: str
    column: int
    colour: str
    hatch: str = ""
    into: float = 0.0
    out: float = 0.0
    y: float = 0.0
    size: float = 0.0
    used: dict[str, float] = field(default_factory=lambda: {"in": 0.0, "out": 0.0})

    @property
    def value(self) -> float:
        """What passes through the node."""
        return max(self.into, self.out)


@dataclass(frozen=True)
class Link:
    """A flow between two nodes. [kg]"""

    source: str
    target: str
    kg: float
    colour: str


def draw_sankey(nodes: Sequence[Node], links: Sequence[Link], texts: Texts, caption: str, alt: str) -> Drawing:
    """The diagram of these nodes and links.

    Parameters
    ----------
    nodes : sequence of Node
        In the order in which they stand in their column, from the top.
    links : sequence of Link
        Masses not negative.
    texts : Texts
        Language of the labels.
    caption, alt : str
        Caption and alternative text.
    """
    by_key = {n.key: n for n in nodes}
    for link in links:
        by_key[link.source].out += link.kg
        by_key[link.target].into += link.kg
    shown = [n for n in nodes if n.value > 0]
    columns = [[n for n in shown if n.column == c] for c in range(max(n.column for n in shown) + 1)]
    height = max(2.6, max(len(c) for c in columns) * LABEL_HEIGHT * 1.9)
    total = max(sum(n.value for n in c) for c in columns)
    scale = 0.62 * height / total  # the rest of the height is room for labels
    _place(columns, scale, height)

    figure, axes = new_figure(WIDTH, height + 0.3)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.axis("off")
    figure.subplots_adjust(left=0, right=1, top=1, bottom=0)
    left, right = 1.75, WIDTH - 1.95 - NODE_WIDTH
    last = max(1, len(columns) - 1)
    x = {c: left + (right - left) * c / last for c in range(len(columns))}
    for link in sorted(links, key=lambda k: (by_key[k.source].y, by_key[k.target].y)):
        if link.kg > 0:
            _ribbon(axes, by_key[link.source], by_key[link.target], link, scale, x)
    for node in shown:
        _bar(axes, node, x, texts, len(columns) - 1)
    return Drawing(figure, alt, caption)


def _place(columns: list[list[Node]], scale: float, height: float) -> None:
    """Set size and position: every node gets at least the height of its label, so that no two labels touch."""
    for column in columns:
        slots = []
        for node in column:
            node.size = max(node.value * scale, 0.012)
            slots.append(max(node.size, LABEL_HEIGHT))
        free = height - sum(slots)
        gap = free / (len(column) + 1)
        y = gap
        for node, slot in zip(column, slots, strict=True):
            node.y = y + (slot - node.size) / 2
            y += slot + gap


def _ribbon(axes: Any, source: Node, target: Node, link: Link, scale: float, x: dict[int, float]) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    thick = link.kg * scale
    top_a, top_b = source.y + source.used["out"], target.y + target.used["in"]
    source.used["out"] += thick
    target.used["in"] += thick
    a, b = x[source.column] + NODE_WIDTH, x[target.column]
    middle = a + (b - a) * CURVE
    curve = [
        (Path.MOVETO, (a, top_a)), (Path.CURVE4, (middle, top_a)), (Path.CURVE4, (middle, top_b)),
        (Path.CURVE4, (b, top_b)), (Path.LINETO, (b, top_b + thick)), (Path.CURVE4, (middle, top_b + thick)),
        (Path.CURVE4, (middle, top_a + thick)), (Path.CURVE4, (a, top_a + thick)), (Path.CLOSEPOLY, (a, top_a)),
    ]  # fmt: skip
    codes, points = zip(*curve, strict=True)
    # A hairline keeps a flow visible that would be thinner than a pixel.
    patch = PathPatch(Path(points, codes), facecolor=link.colour, edgecolor=link.colour, alpha=0.45, linewidth=0.4)
    axes.add_patch(patch)


def _bar(axes: Any, node: Node, x: dict[int, float], texts: Texts, last: int) -> None:
    from matplotlib.patches import Rectangle

    left = x[node.column]
    axes.add_patch(
        Rectangle(
            (left, node.y),
            NODE_WIDTH,
            node.size,
            facecolor=node.colour if not node.hatch else PALE,
            edgecolor=node.colour,
            hatch=node.hatch,
            linewidth=0.6,
        )
    )
    text = f"{node.label}  {texts.mass(node.value)}"
    middle = node.y + node.size / 2
    style = {"va": "center", "fontsize": 8}
    if node.column == 0:
        axes.text(
            left - 0.07,
            middle,
            f"{node.label}\n{texts.mass(node.value)}",
            ha="right",
            linespacing=1.1,
            **style,
        )
    elif node.column == last:
        axes.text(
            left + NODE_WIDTH + 0.07,
            middle,
            f"{node.label}\n{texts.mass(node.value)}",
            ha="left",
            linespacing=1.1,
            **style,
        )
    else:
        box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8}
        axes.text(left + NODE_WIDTH + 0.06, middle, text, ha="left", bbox=box, **style)
