"""The sources of the method, as one line of text each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from circularity.errors import FileError, MethodError, Where
from circularity.tables.files import read_text
from circularity.texts import word


def read_sources(path: Path) -> dict[str, str]:
    """Entries of a BibTeX file by key, each as author, year, title, publisher.

    Raises
    ------
    MissingFile, NotReadable, WrongEncoding
        If there is no file or it is no BibTeX.
    """
    if not path.is_file():
        raise MethodError("MissingFile", where=Where(file=path.name))
    return dict(_lines(read_text(path, "bib"), path.name))


@lru_cache(maxsize=8)
def _lines(text: str, name: str) -> tuple[tuple[str, str], ...]:
    from pybtex.database import parse_string
    from pybtex.exceptions import PybtexError

    try:
        entries = parse_string(text, "bibtex").entries
    except PybtexError as problem:
        raise FileError(
            "NotReadable", where=Where(file=name), found=str(problem), expected=word("bib", "format")
        ) from None
    return tuple((key, _line(entry)) for key, entry in entries.items())


def _line(entry: object) -> str:
    from pybtex.richtext import Text

    fields = entry.fields  # type: ignore[attr-defined]
    people = entry.persons.get("author", [])  # type: ignore[attr-defined]

    def plain(latex: str) -> str:
        return str(Text.from_latex(latex))

    authors = ", ".join(plain(" ".join(p.prelast_names + p.last_names)) for p in people)
    publisher = fields.get("institution") or fields.get("howpublished") or ""
    parts = [
        f"{authors} ({fields.get('year', '')})" if authors else fields.get("year", ""),
        plain(fields.get("title", "")),
    ]
    if publisher and publisher != authors:
        parts.append(plain(publisher))
    if fields.get("number"):
        parts.append(fields["number"])
    return ". ".join(p.rstrip(".") for p in parts if p) + "."
