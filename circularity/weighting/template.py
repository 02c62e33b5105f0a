"""The workbook that one stakeholder fills in: who they are by code, and a row for every question."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from circularity.errors import CallError, check_argument
from circularity.method.load import Method
from circularity.method.weighting_config import WAYS, ConsensusMethod
from circularity.scoring.tree import ScoreTree
from circularity.tables.forms import NARROWEST, WIDEST, Bounds, Choices, Column, Form, Key
from circularity.texts import Texts, word
from circularity.weighting.read import consensus_of
from circularity.weighting.workbook import KEYS, titles

# Columns that a stakeholder fills in; the others say what is asked.
OPEN = ("more", "mark", "from_best", "to_worst", "value")
CHOSEN = ("more", "mark")


def write_weights_template(way: str, structure: ScoreTree, target: Path, method: Method, lang: str) -> None:
    """An empty workbook that asks one stakeholder for the weights of every node.

    Parameters
    ----------
    way : {"ahp", "bwm", "swing", "budget", "smart", "roc"}
        How to ask.
    structure : ScoreTree
        The hierarchy; a node is a code with two or more under it.
    target : Path
        File to write (.xlsx).
    method : Method
    lang : {"nl", "en"}
        Language of the workbook; it can be read back whatever the language.

    Raises
    ------
    WrongArgument
        If there is no such way.
    NoConsensus
        If the method does not say how weights are asked for.
    CannotWrite
        If the file is there already, or cannot be written.
    """
    check_argument("structure", structure, ScoreTree)
    check_argument("target", target, str, Path)
    check_argument("method", method, Method)
    rules = consensus_of(method)
    if way not in WAYS:
        raise CallError("WrongArgument", name="way", found=way, expected=", ".join(WAYS))
    names = {name: said[lang] for name, said in titles(rules).items()}
    form, t, asked = Form(lang), Texts(lang), rules.rules.ways[way]  # type: ignore[index]
    lines = [t("answer_note.title"), asked.ask[lang], *(t(f"answer_note.{i}") for i in range(1, 5))]
    form.add_notes(
        names["notes"], [*lines, t("template.method", version=method.version, name=method.settings.name[lang])]
    )
    form.add_keys(names["about"], list(_keys(way, rules, lang)))
    columns = [_column(column, way, rules, lang) for column in asked.columns]
    form.add_table(names["answers"], columns, _questions(way, structure, lang), questions=True)
    form.save(target)


def _keys(way: str, method: ConsensusMethod, lang: str) -> Iterator[Key]:
    rules = method.rules
    choices = {"helix": rules.helices, "role": rules.roles}
    for key in KEYS:
        label = word(key, "answer_key")[lang]
        offered = [both[lang] for both in choices[key].values()] if key in choices else None
        yield Key(
            label,
            rules.ways[way].name[lang] if key == "way" else "",  # type: ignore[index]
            word(key, "answer_about")[lang],
            None if offered is None else Choices(key, label, offered),
            fixed=key == "way",  # what was asked does not change by saying otherwise
        )


def _column(column: str, way: str, method: ConsensusMethod, lang: str) -> Column:
    spec, rules = method.rules.tables.answers.columns[column], method.rules
    rule: Choices | Bounds | None = None
    if column == "more":
        rule = Choices(column, spec.name[lang], ["A", "B", word("equal", "answer_word")[lang]])
    elif column == "mark":
        rule = Choices(column, spec.name[lang], [word(name, "answer_word")[lang] for name in ("best", "worst")])
    elif column in OPEN:
        scales = {"ahp": (1.0, rules.ahp.scale), "bwm": (1.0, rules.bwm.scale), "swing": (0.0, rules.points.swing),
                  "budget": (0.0, rules.points.budget)}  # fmt: skip
        rule = Bounds("decimal", *scales.get(way, (0.0, None)))
    return Column(
        column,
        spec.name[lang],
        spec.meaning[lang],
        green=column in OPEN,
        number=column in OPEN and column not in CHOSEN,
        asks=column in OPEN,
        width=WIDEST if column.endswith("name") else NARROWEST,
        rule=rule,
        wrong=rules.ways[way].ask[lang] if isinstance(rule, Bounds) else None,  # type: ignore[index]
    )


def _questions(way: str, structure: ScoreTree, lang: str) -> Iterator[dict[str, str]]:
    for node, items in structure.groups.items():
        about = {"node": node, "node_name": structure.name(node, lang)}
        for item, *others in combinations(items, 2) if way == "ahp" else ((item,) for item in items):
            question = {**about, "item": item, "item_name": structure.name(item, lang)}
            for other in others:
                question |= {"other": other, "other_name": structure.name(other, lang)}
            yield question
