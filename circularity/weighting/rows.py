"""Rows of answers, whatever file they come from, checked against the hierarchy and the method."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from circularity.errors import CircularityError, DataError, WeightingError, Where, meant
from circularity.method.weighting_config import WAYS, ConsensusMethod
from circularity.scoring.tree import ScoreTree
from circularity.tables.numbers import is_number
from circularity.tables.suggestions import simplified
from circularity.texts import word
from circularity.weighting.answers import Answer, Judgement, answered

_FRACTION = re.compile(r"(\d{1,3})\s*/\s*([1-9]\d{0,2})")
# Shorter words are part of many others: only the whole word counts.
SHORTEST_PART = 4
COMPARED = ("ahp", "bwm")
PARTS = ("best", "worst")


@dataclass(frozen=True)
class Row:
    """One answer as it is in a file, with the place of each of its cells."""

    respondent: str
    helix: str
    role: str
    node: str
    way: str
    part: str
    item: str
    other: str
    value: float
    at: Callable[[str], Where]


def number(text: str) -> float | None:
    """A number written plainly or as a fraction such as 1/3; None when it is neither."""
    if fraction := _FRACTION.fullmatch(text):
        return int(fraction[1]) / int(fraction[2])
    value = float(text) if is_number(text) else math.nan
    return value if math.isfinite(value) else None


def not_a_number(where: Where, found: str) -> CircularityError:
    """The fault of a text where a number belongs."""
    expected = word("number_or_fraction", "consensus")
    return (
        DataError("NotANumber", where=where, found=found, expected=expected)
        if found
        else DataError("EmptyCell", where=where, expected=expected)
    )


def personal(title: str, words: Iterable[str]) -> bool:
    """Whether a heading or key seems to ask for somebody's name, address or the like."""
    plain = simplified(title)
    joined = plain.replace(" ", "")
    return any(w in joined if len(w) >= SHORTEST_PART else w in plain.split() for w in words)


def who_faults(row: Row, method: ConsensusMethod) -> Iterator[CircularityError]:
    """The faults in who answered."""
    rules = method.rules
    if not re.fullmatch(rules.respondent, row.respondent):
        yield WeightingError("NotAChoice", where=row.at("respondent"), expected=word("respondent_code", "consensus"))
    if row.helix not in rules.helices:
        names = list(rules.helices)
        yield DataError(
            "UnknownCode",
            where=row.at("helix"),
            found=row.helix,
            vocabulary="helices",
            expected=names,
            hint=meant(row.helix, names),
        )
    if row.role and row.role not in rules.roles:
        yield WeightingError("NotAChoice", where=row.at("role"), expected=list(rules.roles))


def answers_of(
    rows: Iterable[Row], structure: ScoreTree, method: ConsensusMethod, faults: list[CircularityError]
) -> list[Answer]:
    """The answers that rows hold, by person and node; what is wrong goes to `faults`.

    Parameters
    ----------
    rows : iterable of Row
    structure : ScoreTree
        Which nodes there are, and their items.
    method : ConsensusMethod
    faults : list of CircularityError
        Takes every fault, with the place of the cell where there is one.

    Returns
    -------
    list of Answer
        In the order of respondents and of the nodes of the structure, whatever the order of the rows.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    known: dict[str, Row] = {}
    named: set[tuple[str, str]] = set()
    for row in rows:
        wrong = [*who_faults(row, method), *_asked_faults(row, structure)]
        first = known.setdefault(row.respondent, row)
        for now, before in ((row.helix, first.helix), (row.role, first.role)):
            if now != before and not wrong and (row.respondent, now) not in named:
                named.add((row.respondent, now))
                faults.append(
                    WeightingError("TwoHelices", where=row.at("helix"), found=row.respondent, now=now, before=before)
                )
        faults += wrong
        if not wrong:
            groups.setdefault((row.respondent, row.node), []).append(row)
    order = list(structure.groups)
    found = [_answer(groups[key], structure, method, faults) for key in sorted(groups, key=lambda k: order.index(k[1]))]
    return sorted((a for a in found if a is not None), key=lambda a: (a.respondent, order.index(a.node)))


def _asked_faults(row: Row, structure: ScoreTree) -> Iterator[CircularityError]:
    """The faults in what was asked."""
    if row.way not in WAYS:
        yield DataError(
            "UnknownCode",
            where=row.at("way"),
            found=row.way,
            vocabulary="ways",
            expected=list(WAYS),
            hint=meant(row.way, WAYS),
        )
        return
    nodes = structure.groups
    if row.node not in nodes:
        yield WeightingError(
            "NotANode", where=row.at("node"), found=row.node, expected=list(nodes), hint=meant(row.node, nodes)
        )
        return
    if row.way == "bwm" and row.part not in PARTS:
        yield DataError("UnknownCode", where=row.at("part"), found=row.part, vocabulary="part", expected=list(PARTS))
    for column, name in (("item", row.item), ("other", row.other)):
        if column == "item" or row.way in COMPARED:
            items = nodes[row.node]
            if name not in items:
                yield WeightingError(
                    "NotAnItem", where=row.at(column), found=name, expected=items, hint=meant(name, items)
                )


def _answer(
    rows: list[Row], structure: ScoreTree, method: ConsensusMethod, faults: list[CircularityError]
) -> Answer | None:
    first = rows[0]
    before = len(faults)
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        here, there = row.at("value"), first.at("value")
        question = (row.item, row.other, row.part) if row.way in COMPARED else (row.item,)
        # A node in two files or by two methods, or a question twice: it is not clear which counts.
        if (here.file, row.way) != (there.file, first.way) or question in seen:
            faults.append(WeightingError("AnsweredTwice", where=here, found=row.respondent, node=row.node))
        seen.add(question)
    if first.way == "bwm":
        for part, ends in (("best", {r.item for r in rows if r.part == "best"}),
                           ("worst", {r.other for r in rows if r.part == "worst"})):  # fmt: skip
            if len(ends) != 1:
                which, shown = word(part, "answer_word"), sorted(ends) or word("empty", "yaml_value")
                faults.append(WeightingError("NotOneBest", where=first.at("part"), found=shown, which=which))
    if len(faults) > before:
        return None
    try:
        return answered(
            (first.respondent, first.helix, first.role),
            first.node,
            first.way,
            [Judgement(r.item, r.value, r.other, r.part) for r in rows],
            structure.groups[first.node],
            method,
        )
    except CircularityError as problem:
        problem.where = _place(problem, rows)
        faults.append(problem)
        return None


def _place(problem: CircularityError, rows: list[Row]) -> Where:
    """The cell that a problem with judgements is about; the node where it is about all of them."""
    key = problem.where.key or ""
    by_key: dict[str, Row] = {}
    for row in rows:
        for name in (f"{row.item}, {row.other}", f"{row.other}, {row.item}", row.item):
            by_key.setdefault(name, row)
    if key in by_key:
        return by_key[key].at("value")
    first = rows[0]
    return replace(first.at("node"), row=None, letter=None, column=None, key=f"{first.respondent}, {first.node}")
