"""Whether score trees fit indicators, targets and kinds of fieldlab."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, Where
from circularity.method import required
from circularity.method.checks.names import DeclaredNames
from circularity.method.fault_helpers import expected, undefined
from circularity.method.indicator import Indicator
from circularity.method.model import Method
from circularity.scoring.tree import ScoreTree


def check_score_names(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every score tree names indicators and targets that are there, all of them for the same levels."""
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
                own = set(indicator.levels) & set(required.LEVELS)
                levels = levels or own | {"fieldlab"}
                if own != levels:
                    place = Where(file=indicator.file, key=f"{indicator.id}: levels")
                    wanted = expected("score_levels", names=", ".join(sorted(levels)), file=tree.file)
                    yield FileError("WrongValue", where=place, found=indicator.levels, expected=wanted)


def check_scores(method: Method) -> Iterator[CircularityError]:
    """No score tree contradicts an indicator, a target, what was agreed, or the kind of fieldlab that it is of."""
    for tree in method.score_trees.values():
        for leaf in tree.leaves:
            yield from _against_indicator(tree, leaf, method.indicators[leaf])
            yield from _against_target(method, tree, leaf)
        yield from _against_agreement(method, tree)
    for name, kind in method.settings.kinds.items():
        tree, about = method.score_trees[kind.scores], {i.id for i in method.indicators_for(name)}
        for leaf in tree.leaves:
            if leaf not in about:
                wanted = expected("of_kind", kind=name)
                yield FileError("WrongValue", where=tree.where(leaf, "code"), found=leaf, expected=wanted)


def _against_indicator(tree: ScoreTree, leaf: str, indicator: Indicator) -> Iterator[CircularityError]:
    node = tree[leaf]
    direction = "higher_is_better" if node.direction > 0 else "lower_is_better"
    if indicator.direction not in ("neutral", direction):
        wanted = expected("same_direction", direction=indicator.direction)
        yield FileError("WrongValue", where=tree.where(leaf, "direction"), found=direction, expected=wanted)
    low, high = indicator.bounds
    for column, post in zip(("lower", "upper"), node.goalposts or (), strict=False):
        if (low is not None and post < low) or (high is not None and post > high):
            wanted = expected("within_bounds", bounds=bounds_text(indicator))
            yield FileError("WrongValue", where=tree.where(leaf, column), found=f"{post:g}", expected=wanted)


def _against_target(method: Method, tree: ScoreTree, leaf: str) -> Iterator[CircularityError]:
    node = tree[leaf]
    target = {t.target: t for _, t in method.target_rows}.get(node.target_name)
    if target is None:
        return
    if target.indicator != leaf:
        wanted = expected("target_of", of=leaf)
        yield FileError("WrongValue", where=tree.where(leaf, "target"), found=node.target_name, expected=wanted)
    elif node.goalposts is not None:
        # The best goalpost is the target: the upper one when higher is better, else the lower.
        column, post = ("upper", node.goalposts[1]) if node.direction > 0 else ("lower", node.goalposts[0])
        if post != target.value:
            wanted = expected("target_value", value=f"{target.value:g}", target=target.target)
            yield FileError("WrongValue", where=tree.where(leaf, column), found=f"{post:g}", expected=wanted)


def _against_agreement(method: Method, tree: ScoreTree) -> Iterator[CircularityError]:
    weights = method.settings.agreement.weights
    for node in tree:
        if node.agreed != (weights == "agreed"):
            said = ("no", "yes") if node.agreed is False else ("yes", "no")
            wanted = expected("agreed_rows", agreed=said[1], weights=weights)
            yield FileError("WrongValue", where=tree.where(node.code, "agreed"), found=said[0], expected=wanted)


def bounds_text(indicator: Indicator) -> str:
    """The bounds of an indicator as ``[0, 1]``, with … where there is none."""
    return "[{}, {}]".format(*("…" if end is None else f"{end:g}" for end in indicator.bounds))
