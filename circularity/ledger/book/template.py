"""The workbook that people fill in for a fieldlab: a sheet for every table, and two about the fieldlab itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from circularity.errors import CallError
from circularity.ledger.book.description_sheet import KEYS, SOURCE_KEYS
from circularity.ledger.book.labels import labels, vocabularies_of
from circularity.ledger.columns import codes_of, units_of
from circularity.ledger.description import Description
from circularity.ledger.headings import heading_of
from circularity.method.declarations import Column, Table
from circularity.method.load import Method
from circularity.tables import forms
from circularity.tables.cells import letter
from circularity.tables.columns import FIRST_YEAR, LAST_YEAR, NUMERIC
from circularity.texts import LANGUAGES, Texts, catalogue, word

if TYPE_CHECKING:
    import pandas as pd

# Heading, explanation and example are above the first row of data.
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
        If the file is there already, or cannot be written.
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
    kinds = method.settings.kinds
    if kind not in kinds:
        raise CallError("UnknownKind", found=kind, expected=list(kinds))
    form = forms.Form(lang)
    form.add_notes(word("notes", "sheet")[lang], list(_notes(kind, method, lang)))
    form.add_keys(word("fieldlab", "sheet")[lang], list(_keys(kind, method, lang, description)))
    sources = [forms.Column(key, word(key, "source_key")[lang], Texts(lang)(f"source_about.{key}"), green=True,
                            width=forms.WIDEST) for key in SOURCE_KEYS]  # fmt: skip
    form.add_table(word("sources", "sheet")[lang], sources, _sources(description))
    for name in (*kinds[kind].tables, *kinds[kind].optional):
        spec, example = method.tables[name], _example(method.tables[name], method, lang)
        columns = [_column(c, about, example.get(c, ""), method, lang) for c, about in spec.columns.items()]
        rows = _rows(spec, tables[name], method, lang) if name in tables else ()
        form.add_table(spec.name[lang], columns, rows, needed=name in kinds[kind].tables)
    form.save(target)


# Tables ----------------------------------------------------------------------------------------------------------


def _column(name: str, about: Column, example: str | float, method: Method, lang: str) -> forms.Column:
    t = Texts(lang)
    needed = {"always": "always", "never": "never"}.get(about.needed, "sometimes")
    return forms.Column(
        name,
        heading_of(about, lang),
        f"{about.meaning[lang]} ({t('template.' + needed)})",
        example,
        note=f"{name}\n{about.meaning[lang]}",
        green=about.needed == "always",
        number=about.kind in NUMERIC,
        width=min(forms.WIDEST, max(forms.NARROWEST, len(about.name[lang]) + 4)),
        rule=_rule(about, method, lang),
        title=about.name[lang],
        help=about.meaning[lang],
        wrong=t("template.wrong"),
    )


def _rule(column: Column, method: Method, lang: str) -> forms.Choices | forms.Bounds | str | None:
    """A list to choose from, or bounds, for the cells of a column."""
    vocabularies = vocabularies_of(column, method)
    if column.kind in ("code", "unit"):
        vocabulary, shown = vocabularies[0], labels(vocabularies[0], lang)
        codes = units_of(method, column.dimension) if column.kind == "unit" else codes_of(vocabulary, column)
        name = f"{vocabulary.name}.{column.dimension or ''}"
        return forms.Choices(name, column.name[lang], [shown[code] for code in codes])
    if column.kind == "reference" and not vocabularies:
        return _other_sheet(column, method, lang)
    if column.kind == "period":
        return forms.Bounds("whole", FIRST_YEAR, LAST_YEAR)
    if column.kind == "score":
        return forms.Bounds("whole", 1, 5)
    if column.kind == "number" and (column.min is not None or column.max is not None):
        low, high = (-1e15 if column.min is None else column.min), (1e15 if column.max is None else column.max)
        return forms.Bounds("decimal", low, high, warn=True)  # the word unknown may be there too
    return None


def _other_sheet(column: Column, method: Method, lang: str) -> str:
    """The cells of another sheet that hold the names a column may refer to."""
    table = method.tables[column.to[0]]
    key = next(i for i, about in enumerate(table.columns.values(), start=1) if about.kind == "identifier")
    at = letter(key)
    return f"'{table.name[lang]}'!${at}${FIRST_ROW}:${at}${forms.LAST_ROW}"


def _rows(spec: Table, data: pd.DataFrame, method: Method, lang: str) -> Iterator[dict[str, object]]:
    """Rows as they are shown: numbers as numbers, codes by their names."""
    shown: dict[str, dict[str, str]] = {
        column: {c: text for v in vocabularies_of(about, method) for c, text in labels(v, lang).items()}
        for column, about in spec.columns.items()
    }
    columns = [column for column in spec.columns if column in data]
    for row in data[columns].itertuples(index=False, name=None):
        yield {
            column: _as_number(cell) if spec.columns[column].kind in NUMERIC else shown[column].get(cell, cell)
            for column, cell in zip(columns, row, strict=True)
        }


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


def _example(spec: Table, method: Method, lang: str) -> dict[str, str | float]:
    """A row that shows what belongs where; it is marked as an example, and not read."""
    row: dict[str, str | float] = {}
    t = Texts(lang)
    referring = [column for column, about in spec.columns.items() if about.kind == "reference"]
    for column, about in spec.columns.items():
        if about.needed == "never" and about.kind not in ("text",):
            continue
        lists = vocabularies_of(about, method)
        if about.kind == "period":
            row[column] = "2024"
        elif about.kind in NUMERIC:
            row[column] = 12.5  # shown with the comma or point of whoever opens it
        elif about.kind == "unit":
            row[column] = "t"
        elif lists and (about.kind == "code" or not row.keys() & {*referring}):
            row[column] = next(iter(labels(lists[0], lang).values()))
        elif about.kind in ("identifier", "reference"):
            row[column] = t("template.code")
        elif about.kind == "text" and about.pattern is None:
            row[column] = t("template.text")
    return row


# About the fieldlab ----------------------------------------------------------------------------------------------


def _keys(kind: str, method: Method, lang: str, description: Description | None) -> Iterator[forms.Key]:
    t, values = Texts(lang), _described(kind, method, lang, description)
    choices = {
        "kind": [k.name[lang] for k in method.settings.kinds.values()],
        "municipality": list(labels(method.vocabularies["municipalities"], lang).values()),
        **{s: [w[lang] for w in catalogue()[s].values()] for s in ("nature", "confidentiality")},
    }
    for key in KEYS:
        label = word(key, "sheet_key")[lang]
        listed = forms.Choices(f"fieldlab.{key}", label, choices[key]) if key in choices else None
        yield forms.Key(label, values.get(key, ""), t(f"sheet_about.{key}"), listed)


def _sources(description: Description | None) -> Iterator[dict[str, object]]:
    for source in description.sources if description else ():
        yield {key: value for key in SOURCE_KEYS if (value := getattr(source, key)) is not None}


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


def _notes(kind: str, method: Method, lang: str) -> Iterator[str]:
    t, tables = Texts(lang), method.settings.kinds[kind]
    yield t("template.title", kind=tables.name[lang])
    yield from (t(f"template.note_{i}") for i in range(1, 8))
    for name in (*tables.tables, *tables.optional):
        spec = method.tables[name]
        needed = t("template.needed" if name in tables.tables else "template.optional")
        yield f"{spec.name[lang]} ({needed}): {spec.meaning[lang]}"
    yield t("template.method", version=method.version, name=method.settings.name[lang])
