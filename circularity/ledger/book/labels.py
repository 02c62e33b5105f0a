"""The words for codes that people choose from in a workbook."""

from __future__ import annotations

import re
from functools import lru_cache

from circularity.method.declarations import Column, Table
from circularity.method.load import Method
from circularity.method.vocabulary import Vocabulary
from circularity.texts import LANGUAGES

# A code in words of our own says less than its name; any other is what people know it by, its name stands behind it.
OWN_WORDS = re.compile(r"[a-z][a-z0-9_]*")


def label(vocabulary: Vocabulary, code: str, lang: str) -> str:
    """What a list shows for a code: its name, with the code before it where people know that."""
    name = vocabulary.label(code, lang)
    if name == code or not OWN_WORDS.fullmatch(code):
        return code if name == code else f"{code} {name}"
    return name


@lru_cache(maxsize=256)
def labels(vocabulary: Vocabulary, lang: str) -> dict[str, str]:
    """The label of every code; the code itself where two would have the same."""
    shown = {code: label(vocabulary, code, lang) for code in vocabulary.codes}
    times: dict[str, int] = {}
    for text in shown.values():
        times[text] = times.get(text, 0) + 1
    return {code: text if times[text] == 1 else code for code, text in shown.items()}


def vocabularies_of(column: Column, method: Method) -> list[Vocabulary]:
    """The code lists that a column chooses from."""
    if column.kind == "code":
        return [method.vocabularies[str(column.vocabulary)]]
    if column.kind == "unit":
        return [method.vocabularies["units"]]
    if column.kind == "reference":
        return [method.vocabularies[name] for name in column.to if name in method.vocabularies]
    return []


def codes_by_label(table: Table, method: Method) -> dict[str, dict[str, str]]:
    """The code for every label in either language, by the column that chooses from its list."""
    found: dict[str, dict[str, str]] = {}
    for name, column in table.columns.items():
        lists = vocabularies_of(column, method)
        codes = {text: code for v in lists for lang in LANGUAGES for code, text in labels(v, lang).items()}
        # What is a code already stays one, whatever another is called.
        codes |= {code: code for vocabulary in lists for code in vocabulary.codes}
        if codes:
            found[name] = codes
    return found
