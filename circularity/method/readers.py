"""Reading the files of a method: YAML, CSV and BibTeX, as plain data, every fault with its line or row."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import yaml
from pydantic import BaseModel

from circularity.errors import (
    HIDDEN,
    CircularityError,
    DataError,
    FileError,
    MethodError,
    Where,
    hidden_signs,
    sentence,
)
from circularity.method.validation import collect_errors, read_row, shown
from circularity.tables.csv_text import split_rows
from circularity.tables.files import read_text
from circularity.tables.read import Rows, as_frame
from circularity.texts import word

# No file of ours comes near, and PyYAML recurses once per level.
DEEPEST = 50
LONGEST_LINE_SHOWN = 80

_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, which also refuses a duplicate key."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, "<<", key_node.start_mark)
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _NoTextKey(key, key_node.start_mark.line + 1)
            if key in seen:
                raise _Duplicate(key, key_node.start_mark.line + 1)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class _BadKey(Exception):
    def __init__(self, key: Any, line: int) -> None:
        super().__init__(key)
        self.key, self.line = key, line


class _Duplicate(_BadKey):
    """A duplicate key."""


class _NoTextKey(_BadKey):
    """A key that is not a text."""


# A date stays text: the models say what is a date, and an error can then quote what stood there.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, name: str | None = None, inside: Path | None = None) -> dict[str, Any] | list[Any]:
    """The content of a YAML file as plain data.

    Parameters
    ----------
    path : Path
        File to read.
    name : str, optional
        Name of the file in errors; its own name by default.
    inside : Path, optional
        Folder that the file must be in, links followed.

    Raises
    ------
    NotReadable, WrongEncoding
        If the file cannot be read as UTF-8 text, is larger than 5 MB, or nests too deeply.
    HiddenCharacter
        If a text holds a character that does not show.
    YamlSyntax, YamlTag, YamlDuplicateKey
        If it is not plain YAML.
    WrongValue
        If its top is neither a mapping nor a list.
    """
    name = name or path.name
    text = read_text(path, "yaml", shown=name, inside=inside)
    loaded: dict[str, Any] | list[Any] = marshal.loads(_parsed(text, name))  # noqa: S302  (written below)
    return loaded


# Kept by content: versions and copies of a method share most of their files, and whoever checks an edit of one file
# does not wait for the others. As bytes, so that every caller has data of its own.
@lru_cache(maxsize=256)
def _parsed(text: str, name: str) -> bytes:
    """The content of a YAML text as plain data, marshalled."""
    for number, line in enumerate(text.split("\n") if HIDDEN.search(text) else (), start=1):
        if HIDDEN.search(line):
            raise FileError(
                "HiddenCharacter", where=Where(file=name, row=number), found=line.strip(), signs=hidden_signs(line)
            )
    try:
        _plain_and_flat(text, name)
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506  (a subclass of the safe loader)
    except _Duplicate as problem:
        raise FileError("YamlDuplicateKey", where=Where(file=name, row=problem.line), found=problem.key) from None
    except _NoTextKey as problem:
        where = Where(file=name, row=problem.line)
        # A number, or a word such as `no`, is text once it is in quotation marks; a list is not.
        advice = None if isinstance(problem.key, (tuple, list, dict)) else sentence("quote_text")
        raise FileError("YamlTag", where=where, found=word("no_text_key", "unreadable"), advice=advice) from None
    except yaml.constructor.ConstructorError as problem:
        raise FileError("YamlTag", where=Where(file=name, row=_line(problem)), found=problem.problem) from None
    except yaml.MarkedYAMLError as problem:
        raise _syntax(problem, text, name) from None
    except (yaml.YAMLError, ValueError) as problem:
        # Python refuses to read a whole number of thousands of digits.
        long = isinstance(problem, ValueError) and not isinstance(problem, yaml.YAMLError)
        found = word("long_number", "unreadable") if long else str(problem)
        raise FileError("YamlSyntax", where=Where(file=name), found=found) from None
    if not isinstance(loaded, (dict, list)):
        raise FileError("WrongValue", where=Where(file=name), found=shown(loaded), expected=word("mapping", "expected"))
    for key, written in _texts(loaded):
        if HIDDEN.search(written):
            raise FileError(
                "HiddenCharacter", where=Where(file=name, key=key), found=written, signs=hidden_signs(written)
            )
    return marshal.dumps(loaded)


def read_mapping(path: Path, name: str | None = None, inside: Path | None = None) -> dict[str, Any]:
    """The content of a YAML file that holds keys with values; parameters and errors as of `read_yaml`."""
    loaded = read_yaml(path, name, inside)
    if isinstance(loaded, dict):
        return loaded
    where = Where(file=name or path.name)
    raise FileError("WrongValue", where=where, found=word("list", "yaml_value"), expected=word("mapping", "expected"))


def _plain_and_flat(text: str, name: str) -> None:
    """Refuse what our files have no need of: aliases can be made to explode, and deep nesting breaks the parser."""
    depth = 0
    for token in yaml.scan(text, Loader=_Loader):
        where = Where(file=name, row=token.start_mark.line + 1)
        if isinstance(token, yaml.AliasToken):
            raise FileError("YamlTag", where=where, found=f"*{token.value}")
        if isinstance(token, yaml.AnchorToken):
            raise FileError("YamlTag", where=where, found=f"&{token.value}")
        if isinstance(token, yaml.TagToken):
            raise FileError("YamlTag", where=where, found="".join(part or "" for part in token.value))
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > DEEPEST:
            raise FileError(
                "NotReadable", where=where, found=word("nested", "unreadable"), expected=word("yaml", "format")
            )


def _syntax(problem: yaml.MarkedYAMLError, text: str, name: str) -> FileError:
    """The line that could not be parsed: what a parser says about it is English and of little use."""
    number = _line(problem) or 1
    lines = text.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    hint = sentence("spaces_not_tabs") if "\t" in line else None
    return FileError(
        "YamlSyntax", where=Where(file=name, row=number), found=f"'{line.strip()[:LONGEST_LINE_SHOWN]}'", hint=hint
    )


def _texts(data: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the data with its key."""
    if isinstance(data, str):
        yield key, data
    elif isinstance(data, (dict, list)):
        for part, below in data.items() if isinstance(data, dict) else enumerate(data):
            if isinstance(part, str):
                yield key, part
            yield from _texts(below, f"{key}.{part}" if key else str(part))


def _line(problem: yaml.MarkedYAMLError) -> int | None:
    return None if problem.problem_mark is None else problem.problem_mark.line + 1


# CSV -----------------------------------------------------------------------------------------------------------------

LARGEST = 50_000_000  # bytes; no list of a method comes near

M = TypeVar("M", bound=BaseModel)


def read_text_table(path: Path, shown: str) -> pd.DataFrame:
    """A CSV file of the method, every cell as text.

    Raises
    ------
    MissingFile, NotReadable, WrongEncoding, EmptyTable, DuplicateColumn, RowLength
        If there is no such file, or it is not a table of equal rows in UTF-8.
    """
    return _table(_text(path, shown), shown)


def _text(path: Path, shown: str) -> str:
    if not path.is_file():
        raise MethodError("MissingFile", where=Where(file=shown))
    return read_text(path, "csv", LARGEST, shown)


def _table(text: str, shown: str) -> pd.DataFrame:
    return as_frame(Rows(shown, split_rows(text, shown), separator=","), strict=True)


def read_rows(
    path: Path, shown: str, model: type[M], faults: list[CircularityError]
) -> tuple[pd.DataFrame, list[M | None]]:
    """A CSV file of the method, as text and as rows of `model`; None for a row that does not fit it."""
    text = None
    with collect_errors(faults):
        text = _text(path, shown)
    if text is None:
        return pd.DataFrame(), []
    table, rows, found = _rows(text, shown, model)
    faults += found
    return table.copy(deep=False), list(rows)


# Kept by content, as YAML is: lists of a thousand codes are the same in most versions and copies of a method.
@lru_cache(maxsize=256)
def _rows(text: str, shown: str, model: type[M]) -> tuple[pd.DataFrame, list[M | None], list[CircularityError]]:
    faults: list[CircularityError] = []
    table = pd.DataFrame()
    with collect_errors(faults):
        table = _table(text, shown)
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    missing = [name for name in needed if name not in table]
    if table.empty:
        return table, [], faults
    if missing:
        faults.append(
            DataError(
                "MissingColumn",
                where=Where(file=shown, row=1),
                found=", ".join(missing),
                expected=f"{','.join(needed)}.",
            )
        )
        return table, [], faults
    # Ten times as fast as asking the table for its records, and lists of a thousand codes are read at every start.
    cells = zip(*(table[column].tolist() for column in table), strict=True)
    rows = (dict(zip(table.columns, row, strict=True)) for row in cells)
    return table, [read_row(model, row, shown, number, faults) for number, row in enumerate(rows, start=2)], faults


# BibTeX --------------------------------------------------------------------------------------------------------------


def read_sources(path: Path) -> dict[str, str]:
    """Entries of a BibTeX file by key, each as author, year, title, publisher.

    Raises
    ------
    MissingFile, NotReadable, WrongEncoding
        If there is no file, or it is not BibTeX.
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
    return tuple((key, _in_words(entry)) for key, entry in entries.items())


def _in_words(entry: object) -> str:
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
