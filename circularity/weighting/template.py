"""The workbook that one stakeholder fills in: who they are by code, and a row for every question."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from circularity.errors import CallError
from circularity.ledger.book.sheets import NOTE
from circularity.method.consensus import WAYS, ConsensusMethod
from circularity.method.load import Method
from circularity.tables.cells import letter
from circularity.tables.forms import (
    FONT,
    GREEN,
    GREY,
    NARROWEST,
    PALE,
    WIDEST,
    Lists,
    finish,
    fit_height,
    lock,
    put,
    style_lists,
)
from circularity.tables.write import write_whole
from circularity.texts import Texts, word
from circularity.weighting.read import consensus_of
from circularity.weighting.structure import Structure
from circularity.weighting.workbook import KEYS, titles

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# Heading and explanation stand above the first question.
FIRST_ROW = 3
# Columns that a stakeholder fills in; the others say what is asked.
OPEN = ("more", "mark", "from_best", "to_worst", "value")


def write_weights_template(way: str, structure: Structure, target: Path, method: Method, lang: str) -> None:
    """An empty workbook that asks one stakeholder for the weights of every node.

    Parameters
    ----------
    way : {"ahp", "bwm", "swing", "budget", "smart", "roc"}
        How to ask.
    structure : Structure
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
        If the file cannot be written.
    """
    from openpyxl import Workbook

    rules = consensus_of(method)
    if way not in WAYS:
        raise CallError("WrongArgument", name="way", found=way, expected=", ".join(WAYS))
    book = Workbook()
    book.remove(book["Sheet"])
    names = {name: said[lang] for name, said in titles(rules).items()}
    _write_notes(book.create_sheet(names["notes"]), way, method, lang)
    lists = Lists(book.create_sheet(names["lists"]), names["lists"], {})
    _write_about(book.create_sheet(names["about"]), way, rules, lang, lists)
    _write_questions(book, names["answers"], way, structure, rules, lang, lists)
    style_lists(lists)
    book.move_sheet(names["lists"], offset=len(book.sheetnames))
    book.active = 0
    write_whole(target, book.save)


def _write_notes(sheet: Worksheet, way: str, method: Method, lang: str) -> None:
    from openpyxl.styles import Alignment, Font

    t, rules = Texts(lang), consensus_of(method).rules
    asked = rules.ways[way]  # type: ignore[index]
    lines = [t("answer_note.title"), asked.ask[lang], *(t(f"answer_note.{i}") for i in range(1, 5))]
    lines.append(t("template.method", version=method.version, name=method.settings.name[lang]))
    for row, line in enumerate(lines, start=1):
        cell = put(sheet, row, 1, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(name=FONT, bold=row == 1, size=14 if row == 1 else 11, color=GREEN if row == 1 else None)
    sheet.column_dimensions["A"].width = 110
    fit_height(sheet, range(2, len(lines) + 1))
    lock(sheet)


def _write_about(sheet: Worksheet, way: str, method: ConsensusMethod, lang: str, lists: Lists) -> None:
    from openpyxl.styles import PatternFill, Protection

    t, rules = Texts(lang), method.rules
    for column, head in enumerate(("template.key", "template.value", "template.explanation"), start=1):
        put(sheet, 1, column, t(head))
    choices = {"helix": rules.helices, "role": rules.roles}
    for row, key in enumerate(KEYS, start=2):
        put(sheet, row, 1, word(key, "answer_key")[lang])
        value = put(sheet, row, 2, rules.ways[way].name[lang] if key == "way" else "")  # type: ignore[index]
        put(sheet, row, 3, word(key, "answer_about")[lang])
        if key != "way":  # what was asked does not change by saying otherwise
            value.protection = Protection(locked=False)
            value.fill = PatternFill("solid", fgColor=PALE)
        if key in choices:
            offered = [both[lang] for both in choices[key].values()]
            where = lists.add(key, word(key, "answer_key")[lang], offered)
            _choose(sheet, where, f"B{row}")
    finish(sheet, [26, 46, 70])


def _write_questions(
    book: Workbook, title: str, way: str, structure: Structure, method: ConsensusMethod, lang: str, lists: Lists
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    rules = method.rules
    columns = rules.ways[way].columns  # type: ignore[index]
    sheet = book.create_sheet(title)
    put(sheet, 1, 1, NOTE)
    put(sheet, 2, 1, f"{NOTE} {Texts(lang)('template.explanation')}")
    questions = list(_questions(way, structure, lang))
    last = FIRST_ROW + len(questions) - 1
    for number, column in enumerate(columns, start=2):
        spec = rules.tables.answers.columns[column]
        heading, about = put(sheet, 1, number, spec.name[lang]), put(sheet, 2, number, spec.meaning[lang])
        heading.font = Font(name=FONT, bold=True, color="FFFFFFFF")
        heading.fill = PatternFill("solid", fgColor=GREEN if column in OPEN else GREY)
        about.font, about.fill = Font(name=FONT, color=GREY), PatternFill("solid", fgColor=PALE)
        about.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[letter(number - 1)].width = WIDEST if column.endswith("name") else NARROWEST
        for row, question in enumerate(questions, start=FIRST_ROW):
            cell = put(sheet, row, number, question.get(column, ""))
            if column in OPEN:
                cell.value, cell.number_format = None, "@" if column in ("more", "mark") else "General"
                cell.protection, cell.fill = Protection(locked=False), PatternFill("solid", fgColor=PALE)
            else:
                cell.font = Font(name=FONT, color=None if column.endswith("name") else GREY)
        cells = f"{letter(number - 1)}{FIRST_ROW}:{letter(number - 1)}{last}"
        _restrict(sheet, way, column, cells, method, lang, lists)
    fit_height(sheet, [2])
    sheet.freeze_panes = f"A{FIRST_ROW}"
    sheet.sheet_properties.tabColor = GREEN
    lock(sheet)


def _questions(way: str, structure: Structure, lang: str) -> Iterator[dict[str, str]]:
    for node, items in structure.nodes.items():
        about = {"node": node, "node_name": structure.name(node, lang)}
        for item, *others in combinations(items, 2) if way == "ahp" else ((item,) for item in items):
            question = {**about, "item": item, "item_name": structure.name(item, lang)}
            for other in others:
                question |= {"other": other, "other_name": structure.name(other, lang)}
            yield question


def _restrict(
    sheet: Worksheet, way: str, column: str, cells: str, method: ConsensusMethod, lang: str, lists: Lists
) -> None:
    """A list to choose from, or bounds, for the cells that are filled in."""
    from openpyxl.worksheet.datavalidation import DataValidation

    rules, heading = method.rules, method.rules.tables.answers.columns[column].name[lang]
    if column == "more":
        _choose(sheet, lists.add(column, heading, ["A", "B", word("equal", "answer_word")[lang]]), cells)
    elif column == "mark":
        _choose(sheet, lists.add(column, heading, [word(n, "answer_word")[lang] for n in ("best", "worst")]), cells)
    elif column in OPEN:
        scales = {"ahp": (1.0, rules.ahp.scale), "bwm": (1.0, rules.bwm.scale), "swing": (0.0, rules.points.swing),
                  "budget": (0.0, rules.points.budget)}  # fmt: skip
        low, high = scales.get(way, (0.0, None))
        bounds = {"operator": "greaterThan"} if high is None else {"operator": "between", "formula2": f"{high:g}"}
        rule = DataValidation(type="decimal", formula1=f"{low:g}", allow_blank=True, **bounds)
        rule.showErrorMessage, rule.errorTitle = True, heading[:32]
        rule.error = rules.ways[way].ask[lang][:255]  # type: ignore[index]
        rule.add(cells)
        sheet.add_data_validation(rule)


def _choose(sheet: Worksheet, choices: str, cells: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=choices, allow_blank=True)
    rule.showErrorMessage = True
    rule.add(cells)
    sheet.add_data_validation(rule)
