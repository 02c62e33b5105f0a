"""Reading YAML safely: plain data only, no key twice, no sign that does not show, faults with their line."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from circularity.errors import HIDDEN, FileError, Where, hidden_signs, sentence
from circularity.tables.files import read_text
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


class _Reader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, which also refuses a key that stands twice."""

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
    """A key that stands twice."""


class _NoTextKey(_BadKey):
    """A key that is no text."""


# A date stays text: the models say what is a date, and an error can then quote what stood there.
_Reader.yaml_implicit_resolvers = {
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
        If a text holds a sign that does not show.
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
        loaded = yaml.load(text, Loader=_Reader)  # noqa: S506  (a subclass of the safe loader)
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


def shown(value: Any) -> Any:
    """A value read from YAML as an error quotes it."""
    if isinstance(value, bool):
        return word(str(value).lower(), "yaml_value")
    if isinstance(value, list) and value and not any(isinstance(item, (list, dict)) for item in value):
        return ["null" if item is None else item for item in value]
    if value is None or value == "":
        return word("empty", "yaml_value")
    kind = "list" if isinstance(value, list) else "mapping" if isinstance(value, dict) else None
    return value if kind is None else word(kind, "yaml_value")


def _plain_and_flat(text: str, name: str) -> None:
    """Refuse what our files have no need of: aliases can be made to explode, and deep nesting breaks the parser."""
    depth = 0
    for token in yaml.scan(text, Loader=_Reader):
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
