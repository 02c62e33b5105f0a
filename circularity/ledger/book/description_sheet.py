"""The description of a fieldlab on two sheets of its workbook, for who does not write ``fieldlab.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from circularity.errors import CircularityError, FileError, Where, sentence
from circularity.ledger.book.labels import labels
from circularity.ledger.book.sheets import Book, without_notes
from circularity.method.load import Method
from circularity.tables.cells import as_text, cleaned, letter
from circularity.tables.suggestions import Names
from circularity.tables.workbook import Sheet
from circularity.texts import LANGUAGES, catalogue, word

# Keys of fieldlab.yaml, one a row; a text in two languages takes two.
KEYS = (
    "id", "kind", "nature", "name_nl", "name_en", "about_nl", "about_en", "municipality", "periods", "licence",
    "confidentiality", "caveat_nl", "caveat_en",
)  # fmt: skip
SOURCE_KEYS = ("title", "by", "year", "licence", "version", "doi")
VALUE = 1  # column of the values, counted from 0

Places = dict[str, Where]


def described_on(
    book: Book, sheet: Sheet, method: Method, faults: list[CircularityError]
) -> tuple[dict[str, Any], Places]:
    """What the sheets of a workbook say of the fieldlab, as ``fieldlab.yaml`` would, and where each key is.

    Parameters
    ----------
    book : Book
        May have a sheet ``sources``.
    sheet : Sheet
        Its sheet ``fieldlab``.
    method : Method
        Its kinds and municipalities may be named by their names.
    faults : list of CircularityError
        Takes rows whose key nobody knows.
    """
    values, places = _key_rows(sheet, book, faults)
    data: dict[str, Any] = {key: values[key] for key in ("id", "licence") if values.get(key)}
    for key, choices in _choices(method).items():
        if values.get(key):
            data[key] = choices.get(values[key].lower(), values[key])
    for key in ("name", "about"):
        data |= _both(values, key)
    if caveat := _both(values, "caveat").get("caveat"):
        data["caveats"] = [caveat]
    if values.get("periods"):
        data["periods"] = [_number(part) for part in re.split(r"[;,\s]+", values["periods"]) if part]
    data["sources"] = _sources(book, places)
    places |= {"name": places["name_nl"], "about": places["about_nl"]} if "name_nl" in places else {}
    return data, {key.replace("_nl", ".nl").replace("_en", ".en"): where for key, where in places.items()}


def _both(values: Mapping[str, str], key: str) -> dict[str, dict[str, str]]:
    """A text in both languages; what is given in one stands for the other."""
    given = {lang: text for lang in LANGUAGES if (text := values.get(f"{key}_{lang}"))}
    other = next(iter(given.values()), "")
    return {key: {lang: given.get(lang, other) for lang in LANGUAGES}} if given else {}


def _key_rows(sheet: Sheet, book: Book, faults: list[CircularityError]) -> tuple[dict[str, str], Places]:
    names = Names({key: list(word(key, "sheet_key").values()) for key in KEYS})
    values: dict[str, str] = {}
    places: Places = {}
    for number, row in enumerate(without_notes(sheet.rows), start=1):
        texts = [cleaned(as_text(cell)) for cell in row]
        if not any(texts) or number == 1:  # the heading
            continue
        where = Where(file=book.path.name, sheet=sheet.name, row=number, column=texts[0], letter=letter(VALUE))
        key = names.exactly(texts[0])
        if len(key) != 1:
            advice = sentence("correct_key")
            place = Where(file=book.path.name, sheet=sheet.name, row=number, letter="A")
            labels_ = [word(k, "sheet_key") for k in KEYS]
            faults.append(FileError("UnknownKey", where=place, found=texts[0], expected=labels_, advice=advice))
            continue
        places[key[0]] = where
        values[key[0]] = texts[VALUE] if len(texts) > VALUE else ""
    return values, places


def _choices(method: Method) -> dict[str, dict[str, str]]:
    """What may be written for every key that is a choice, in lower case, with its code."""
    kinds = {code: [kind.name.nl, kind.name.en] for code, kind in method.settings.kinds.items()}
    words = {section: {c: list(w.values()) for c, w in catalogue()[section].items()} for section in ("nature",
             "confidentiality")}  # fmt: skip
    places = method.vocabularies["municipalities"]
    towns = {code: [labels(places, lang)[code] for lang in LANGUAGES] + [places.label(code, "nl")] for code in
             places.codes}  # fmt: skip
    listed = {"kind": kinds, **words, "municipality": towns}
    return {key: {t.lower(): c for c, texts in codes.items() for t in (c, *texts)} for key, codes in listed.items()}


def _sources(book: Book, places: Places) -> list[dict[str, Any]]:
    sheet = book.sheet("sources")
    rows = without_notes(sheet.rows) if sheet else []
    texts = [[cleaned(as_text(cell)) for cell in row] for row in rows]
    names = Names({key: list(word(key, "source_key").values()) for key in SOURCE_KEYS})
    start = next((i for i, row in enumerate(texts) if any(names.exactly(cell) for cell in row)), None)
    if sheet is None or start is None:
        return []
    keys = [(names.exactly(cell) or [""])[0] for cell in texts[start]]
    found: list[dict[str, Any]] = []
    for number, row in enumerate(texts[start + 1 :], start=start + 2):
        given = {key: cell for key, cell in zip(keys, row, strict=True) if key and cell}
        if not given:
            continue
        for at, key in enumerate(keys):
            if key:
                where = Where(file=book.path.name, sheet=sheet.name, row=number, column=texts[start][at])
                places[f"sources.{len(found)}.{key}"] = Where(**{**vars(where), "letter": letter(at)})
        found.append({**given, **({"year": _number(given["year"])} if "year" in given else {})})
    places["sources"] = Where(file=book.path.name, sheet=sheet.name)
    return found


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else text
