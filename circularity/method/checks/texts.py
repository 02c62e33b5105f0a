"""Whether every text is there in both languages, and shows what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from circularity.errors import HIDDEN, CircularityError, FileError, MethodError, Where
from circularity.method.model import Method
from circularity.tables.files import read_text
from circularity.texts import LANGUAGES, Both

PAGES = ("definition.md", "principles.md", "agreement.md")
# Pages that say how things are done here rather than what is so elsewhere.
OWN_PAGES = ("agreement.md",)


def check_translations(method: Method) -> Iterator[CircularityError]:
    """Every explanation is there in both languages and differs between them; a name may be the same."""
    for where, text in _explanations(method):
        if text.nl.strip() == text.en.strip():
            yield MethodError("NotTranslated", where=where, found=text.nl)
    for vocabulary in method.vocabularies.values():
        yield from _columns_in_both(vocabulary.table, f"vocabulary/{vocabulary.name}.csv", "meaning_nl", "meaning_en")
    if len(method.target_rows) == len(method.targets):
        yield from _columns_in_both(method.targets, "factors/targets.csv", "nl", "en")


def check_pages(method: Method) -> Iterator[CircularityError]:
    """Every page says the same in both languages, and every statement on it has a source."""
    for page in PAGES:
        yield from _page(method, page)


def _explanations(method: Method) -> Iterator[tuple[Where, Both]]:
    for indicator in method.indicators.values():
        place = indicator.file, indicator.id
        yield Where(file=place[0], key=f"{place[1]}: meaning"), indicator.meaning
        requirements = {"requires": indicator.requires, "requires_of_parts": indicator.requires_of_parts}
        for key, conditions in requirements.items():
            for number, condition in enumerate(conditions, start=1):
                yield Where(file=place[0], key=f"{place[1]}: {key}.{number}.because"), condition.because
    for number, listed in method.functions.values():
        yield Where(file="functions.csv", row=number, column="en"), Both(nl=listed.nl, en=listed.en)
    for file, parameters in method.parameters.items():
        for key, parameter in parameters.items():
            yield Where(file=f"{file}.yaml", key=f"{key}.meaning"), parameter.meaning
    for bound in method.plausibility:
        yield Where(file="plausibility.csv", row=bound.row, column="en"), bound.spec.why
    if method.consensus is not None:
        yield from method.consensus.explanations()
    for name, table in method.tables.items():
        yield Where(file="tables.yaml", key=f"{name}: meaning"), table.meaning
        for part, columns in (("columns", table.columns), ("derived", table.derived)):
            for column, spec in columns.items():
                yield Where(file="tables.yaml", key=f"{name}: {part}.{column}.meaning"), spec.meaning
    if not method.has_settings:
        return
    settings = method.settings
    texts = {"about_targets": settings.about_targets, "about_score": settings.about_score}
    texts |= {f"lists.{name}.about": spec.about for name, spec in settings.lists.items()}
    texts |= {f"not_covered.{number}": text for number, text in enumerate(settings.not_covered, start=1)}
    for key, text in texts.items():
        yield Where(file="method.yaml", key=key), text


def _columns_in_both(table: pd.DataFrame, file: str, nl: str, en: str) -> Iterator[CircularityError]:
    """Faults of a table with an explanation in two columns, either of which may be left out only with the other."""
    if nl not in table and en not in table:
        return
    for missing, lang in ((nl, "nl"), (en, "en")):
        if missing not in table:
            yield MethodError("MissingTranslation", where=Where(file=file, row=1, column=missing), found=lang)
            return
    for row, (dutch, english) in enumerate(zip(table[nl], table[en], strict=True), start=2):
        if bool(dutch.strip()) != bool(english.strip()):
            column, lang = (en, "en") if dutch.strip() else (nl, "nl")
            yield MethodError("MissingTranslation", where=Where(file=file, row=row, column=column), found=lang)
        elif dutch.strip() and dutch.strip() == english.strip():
            yield MethodError("NotTranslated", where=Where(file=file, row=row, column=en), found=dutch)


def _page(method: Method, page: str) -> Iterator[CircularityError]:
    path = method.root / page
    if not path.is_file():
        yield MethodError("MissingFile", where=Where(file=page))
        return
    try:
        found = statements(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return  # reported by `check_characters`
    for lang in LANGUAGES:
        if not found[lang] or len(found[lang]) < max(map(len, found.values())):
            yield MethodError("MissingTranslation", where=Where(file=page), found=lang)
        for number, statement in enumerate(found[lang], start=1):
            if page not in OWN_PAGES and not sources_of(statement):
                yield MethodError("NoSource", where=Where(file=page, key=f"{lang} {number}"), found=number)
    for number, (dutch, english) in enumerate(zip(found["nl"], found["en"], strict=False), start=1):
        if dutch == english:
            yield MethodError("NotTranslated", where=Where(file=page, key=str(number)), found=dutch)


def statements(text: str) -> dict[str, list[str]]:
    """The numbered statements of a page in two languages (``## Nederlands``, ``## English``), by language."""
    found: dict[str, list[str]] = {"nl": [], "en": []}
    lang = None
    for line in text.splitlines():
        if line.startswith("## "):
            lang = {"Nederlands": "nl", "English": "en"}.get(line[3:].strip())
        elif lang and re.match(r"\d+\. ", line):
            found[lang].append(line.split(". ", 1)[1])
        elif lang and found[lang] and line.startswith("   "):
            found[lang][-1] += " " + line.strip()
    return found


def sources_of(statement: str) -> list[str]:
    """The keys between square brackets in a statement that ends with one; none when it does not."""
    return re.findall(r"\[([^\[\]]+)\]", statement) if statement.rstrip().endswith("]") else []


def check_characters(method: Method) -> Iterator[CircularityError]:
    """No file holds characters that do not show."""
    for path in sorted(
        p for p in method.root.rglob("*") if p.suffix in (".yaml", ".csv", ".md", ".bib") and p.is_file()
    ):
        file = path.relative_to(method.root).as_posix()
        try:
            text = read_text(path, "page", shown=file)
        except CircularityError as problem:
            if path.suffix == ".md":  # the others are reported where they are read
                yield problem
            continue
        for row, line in enumerate(text.splitlines(), start=1):
            codes = dict.fromkeys(f"U+{ord(character):04X}" for character in HIDDEN.findall(line))
            if codes:
                yield FileError(
                    "HiddenCharacter", where=Where(file=file, row=row), found=line.strip()[:60], signs=list(codes)
                )
