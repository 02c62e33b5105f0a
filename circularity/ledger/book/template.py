"""The workbook that people fill in: a sheet for every table, explanations, lists to choose from, locked headings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from circularity.errors import CallError
from circularity.ledger.book.description_sheet import KEYS, SOURCE_KEYS
from circularity.ledger.book.labels import labels, vocabularies_of
from circularity.ledger.book.sheets import NOTE
from circularity.ledger.columns import NUMERIC, codes_of
from circularity.ledger.description import Description
from circularity.ledger.headings import heading_of
from circularity.method.declarations import Column, Table
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
from circularity.texts import LANGUAGES, Texts, catalogue, word

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# The last row with lists to choose from; what is below is read all the same.
LAST_ROW = 100_000
# Heading, explanation and example stand above the first row of data.
FIRST_ROW = 4


def write_template(kind: str, target: Path, method: Method, lang: str) -> None:
    """An empty workbook for a kind of fieldlab.

    Parameters
    ----------
    kind : str
        Kind of fieldlab, a key of ``kinds`` in ``method.yaml``.
    target : Path
        File to write (.xlsx).
    method : Method
    lang : {"nl", "en"}
        Language of headings, explanations and choices; it can be read back whatever the language.

    Raises
    ------
    UnknownKind
        If the method has no such kind.
    CannotWrite
        If the file cannot be written.
    """
    write_filled(kind, target, method, lang, {}, None)


def write_filled(
    kind: str,
    target: Path,
    method: Method,
    lang: str,
    tables: Mapping[str, pd.DataFrame],
    description: Description | None,
) -> None:
    """The workbook of `write_template` with data in it.

    Parameters
    ----------
    kind, target, method, lang
        As for `write_template`.
    tables : mapping of str to DataFrame
        Cells as text (numbers may be numbers), by table; columns named as in ``tables.yaml``.
    description : Description or None
        Goes on the sheets about the fieldlab.
    """
    from openpyxl import Workbook

    kinds = method.settings.kinds
    if kind not in kinds:
        raise CallError("UnknownKind", found=kind, expected=list(kinds))
    book = Workbook()
    book.remove(book["Sheet"])
    notes = book.create_sheet(word("notes", "sheet")[lang])
    title = word("lists", "sheet")[lang]
    lists = Lists(book.create_sheet(title), title, {})
    _write_notes(notes, kind, method, lang)
    _write_description(book, kind, method, lang, lists, description)
    for name in (*kinds[kind].tables, *kinds[kind].optional):
        _write_table(book, name, method, lang, lists, tables.get(name), needed=name in kinds[kind].tables)
    style_lists(lists)
    book.move_sheet(title, offset=len(book.sheetnames))
    book.active = 0
    write_whole(target, book.save)


# Tables ----------------------------------------------------------------------------------------------------------


def _write_table(
    book: Workbook, name: str, method: Method, lang: str, lists: Lists, data: pd.DataFrame | None, needed: bool
) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    spec = method.tables[name]
    sheet = book.create_sheet(spec.name[lang])
    t = Texts(lang)
    put(sheet, 1, 1, NOTE)
    put(sheet, 2, 1, f"{NOTE} {t('template.explanation')}")
    put(sheet, 3, 1, f"{NOTE} {t('template.example')}")
    example = _example(name, spec, method, lang)
    for number, (column, about) in enumerate(spec.columns.items(), start=2):
        heading = put(sheet, 1, number, heading_of(about, lang))
        heading.comment = Comment(f"{column}\n{about.meaning[lang]}", "circularity", width=280, height=120)
        put(sheet, 2, number, _explanation(about, lang))
        put(sheet, 3, number, example.get(column, ""))
        at = letter(number - 1)
        below = sheet.column_dimensions[at]
        below.width = min(WIDEST, max(NARROWEST, len(about.name[lang]) + 4))
        below.protection, below.number_format = Protection(locked=False), _format(about)
        _restrict(sheet, f"{at}{FIRST_ROW}:{at}{LAST_ROW}", about, method, lang, lists)
        styles: dict[int, dict[str, Any]] = {
            1: {"bold": True, "color": "FFFFFFFF"},
            2: {"color": GREY},
            3: {"italic": True, "color": GREY},
        }
        for row, style in styles.items():
            sheet.cell(row, number).font = Font(name=FONT, **style)
        sheet.cell(1, number).fill = PatternFill("solid", fgColor=GREEN if about.needed == "always" else GREY)
        for row in (2, 3):
            sheet.cell(row, number).fill = PatternFill("solid", fgColor=PALE)
            sheet.cell(row, number).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = NARROWEST
    fit_height(sheet, [2, 3])
    sheet.freeze_panes = "C4"
    sheet.sheet_properties.tabColor = GREEN if needed else GREY
    lock(sheet)
    if data is not None:
        _fill(sheet, spec, data, method, lang)


def _format(column: Column) -> str:
    """Text for all that is no number: a spreadsheet would take the zero off 010101 and make a date of 1-2."""
    return "General" if column.kind in NUMERIC else "@"


def _fill(sheet: Worksheet, spec: Table, data: pd.DataFrame, method: Method, lang: str) -> None:
    from openpyxl.styles import Protection

    for number, (column, about) in enumerate(spec.columns.items(), start=2):
        if column not in data:
            continue
        shown = {
            c: text for vocabulary in vocabularies_of(about, method) for c, text in labels(vocabulary, lang).items()
        }
        for row, value in enumerate(data[column], start=FIRST_ROW):
            if value != "":
                cell = put(sheet, row, number, _as_number(value) if about.kind in NUMERIC else shown.get(value, value))
                cell.protection = Protection(locked=False)


def _as_number(text: str) -> object:
    """A number for a cell that holds one; other text, such as unknown, stays as it is."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _explanation(column: Column, lang: str) -> str:
    t = Texts(lang)
    needed = {"always": "always", "never": "never"}.get(column.needed, "sometimes")
    return f"{column.meaning[lang]} ({t('template.' + needed)})"


def _example(name: str, spec: Table, method: Method, lang: str) -> dict[str, str]:
    """A row that shows what belongs where; it says of itself that it is an example, and is not read."""
    row: dict[str, str] = {}
    t = Texts(lang)
    referring = [column for column, about in spec.columns.items() if about.kind == "reference"]
    for column, about in spec.columns.items():
        if about.needed == "never" and about.kind not in ("text",):
            continue
        lists = vocabularies_of(about, method)
        if about.kind == "period":
            row[column] = "2024"
        elif about.kind in NUMERIC:
            row[column] = "12.5" if lang == "en" else "12,5"
        elif about.kind == "unit":
            row[column] = "t"
        elif lists and (about.kind == "code" or not row.keys() & {*referring}):
            row[column] = next(iter(labels(lists[0], lang).values()))
        elif about.kind in ("identifier", "reference"):
            row[column] = t("template.code")
        elif about.kind == "text" and about.pattern is None:
            row[column] = t("template.text")
    return row


def _restrict(sheet: Worksheet, cells: str, column: Column, method: Method, lang: str, lists: Lists) -> None:
    """A list to choose from, or bounds, for the cells of a column."""
    from openpyxl.worksheet.datavalidation import DataValidation

    t = Texts(lang)
    vocabularies = vocabularies_of(column, method)
    rule: DataValidation | None = None
    if column.kind in ("code", "unit"):
        shown = labels(vocabularies[0], lang)
        if column.kind == "code":
            shown = {code: shown[code] for code in codes_of(vocabularies[0], column)}
        if column.kind == "unit":
            units = vocabularies[0].table
            fits = units.index[units["dimension"] == column.dimension] if column.dimension else units.index
            shown = {code: shown[code] for code in fits}
        name = f"{vocabularies[0].name}.{column.dimension or ''}"
        where = lists.add(name, column.name[lang], list(shown.values()))
        rule = DataValidation(type="list", formula1=where, allow_blank=True)
    elif column.kind == "reference" and not vocabularies:
        where = _other_sheet(column, method, lang)
        rule = DataValidation(type="list", formula1=where, allow_blank=True, errorStyle="warning")
    elif column.kind == "period":
        rule = DataValidation(type="whole", operator="between", formula1="1800", formula2="2199", allow_blank=True)
    elif column.kind == "score":
        rule = DataValidation(type="whole", operator="between", formula1="1", formula2="5", allow_blank=True)
    elif column.kind == "number" and (column.min is not None or column.max is not None):
        low, high = (-1e15 if column.min is None else column.min), (1e15 if column.max is None else column.max)
        # A warning, since the word unknown may stand there too.
        rule = DataValidation(type="decimal", operator="between", formula1=f"{low:g}", formula2=f"{high:g}",
                              allow_blank=True, errorStyle="warning")  # fmt: skip
    if rule is None:
        return
    rule.showErrorMessage = True
    rule.errorTitle, rule.error = column.name[lang][:32], t("template.wrong")[:255]
    rule.showInputMessage = True
    rule.promptTitle, rule.prompt = column.name[lang][:32], column.meaning[lang][:255]
    rule.add(cells)
    sheet.add_data_validation(rule)


def _other_sheet(column: Column, method: Method, lang: str) -> str:
    """The cells of another sheet that hold the names a column may refer to."""
    table = method.tables[column.to[0]]
    key = next(i for i, about in enumerate(table.columns.values(), start=1) if about.kind == "identifier")
    at = letter(key)
    return f"'{table.name[lang]}'!${at}${FIRST_ROW}:${at}${LAST_ROW}"


# About the fieldlab ----------------------------------------------------------------------------------------------


def _write_description(
    book: Workbook, kind: str, method: Method, lang: str, lists: Lists, description: Description | None
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.worksheet.datavalidation import DataValidation

    t = Texts(lang)
    values = _described(kind, method, lang, description)
    places = method.vocabularies["municipalities"]
    choices = {
        "kind": [k.name[lang] for k in method.settings.kinds.values()],
        "municipality": list(labels(places, lang).values()),
        **{s: [w[lang] for w in catalogue()[s].values()] for s in ("nature", "confidentiality")},
    }
    sheet = book.create_sheet(word("fieldlab", "sheet")[lang])
    heads = ("template.key", "template.value", "template.explanation")
    for column, head in enumerate(heads, start=1):
        put(sheet, 1, column, t(head))
    for row, key in enumerate(KEYS, start=2):
        put(sheet, row, 1, word(key, "sheet_key")[lang])
        value = put(sheet, row, 2, values.get(key, ""))
        value.protection = Protection(locked=False)
        value.fill = PatternFill("solid", fgColor=PALE)
        put(sheet, row, 3, t(f"sheet_about.{key}"))
        if key in choices:
            where = lists.add(f"fieldlab.{key}", word(key, "sheet_key")[lang], choices[key])
            rule = DataValidation(type="list", formula1=where, allow_blank=True)
            rule.add(f"B{row}")
            sheet.add_data_validation(rule)
    finish(sheet, [26, 46, 70])
    sources = book.create_sheet(word("sources", "sheet")[lang])
    put(sources, 1, 1, NOTE)
    put(sources, 2, 1, f"{NOTE} {t('template.explanation')}")
    for column, key in enumerate(SOURCE_KEYS, start=2):
        put(sources, 1, column, word(key, "source_key")[lang])
        put(sources, 2, column, t(f"source_about.{key}"))
        for row in range(3, 53):
            sources.cell(row, column).protection = Protection(locked=False)
    for row, source in enumerate(description.sources if description else (), start=3):
        for column, key in enumerate(SOURCE_KEYS, start=2):
            value = getattr(source, key)
            if value is not None:
                put(sources, row, column, value)
    for column in range(1, len(SOURCE_KEYS) + 2):
        sources.cell(2, column).alignment = Alignment(wrap_text=True, vertical="top")
        sources.cell(2, column).font = Font(name=FONT, color=GREY)
    finish(sources, [14, 40, 30, 10, 26, 16, 26])


def _described(kind: str, method: Method, lang: str, description: Description | None) -> dict[str, str]:
    values = {"kind": method.settings.kinds[kind].name[lang], "nature": word("fieldlab", "nature")[lang]}
    if description is None:
        return values
    for key in ("name", "about"):
        values |= {f"{key}_{other}": getattr(description, key)[other] for other in LANGUAGES}
    if description.caveats:
        values |= {f"caveat_{other}": " ".join(c[other] for c in description.caveats) for other in LANGUAGES}
    town = description.municipality
    values |= {
        "id": description.id,
        "nature": word(description.nature, "nature")[lang],
        "municipality": labels(method.vocabularies["municipalities"], lang)[town] if town else "",
        "periods": ", ".join(map(str, description.periods)),
        "licence": description.licence,
        "confidentiality": word(description.confidentiality, "confidentiality")[lang],
    }
    return values


def _write_notes(sheet: Worksheet, kind: str, method: Method, lang: str) -> None:
    from openpyxl.styles import Alignment, Font

    t = Texts(lang)
    tables = method.settings.kinds[kind]
    lines = [t("template.title", kind=tables.name[lang])]
    lines += [t(f"template.note_{i}") for i in range(1, 8)]
    for name in (*tables.tables, *tables.optional):
        spec = method.tables[name]
        needed = t("template.needed" if name in tables.tables else "template.optional")
        lines.append(f"{spec.name[lang]} ({needed}): {spec.meaning[lang]}")
    lines.append(t("template.method", version=method.version, name=method.settings.name[lang]))
    for row, line in enumerate(lines, start=1):
        cell = put(sheet, row, 1, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(name=FONT, bold=row == 1, size=14 if row == 1 else 11, color=GREEN if row == 1 else None)
    sheet.column_dimensions["A"].width = 110
    fit_height(sheet, range(2, len(lines) + 1))
    lock(sheet)
