"""Reading YAML safely: plain data only, no key twice, faults with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from circularity.errors import NotReadable, Where, WrongValue, YamlDuplicateKey, YamlSyntax, YamlTag

LARGEST_FILE = 5_000_000


class _Reader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, which also refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int, float, bool, type(None))):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
            if key in seen:
                raise _Duplicate(key, key_node.start_mark.line + 1)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class _Duplicate(Exception):
    def __init__(self, key: Any, line: int) -> None:
        super().__init__(key)
        self.key, self.line = key, line


# A date stays text: the models say what is a date, and an error can then quote what stood there.
_Reader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, shown: str | None = None) -> dict[str, Any] | list[Any]:
    """The content of a YAML file as plain data.

    Parameters
    ----------
    path : Path
        File to read.
    shown : str, optional
        Name of the file in errors; its own name by default.

    Raises
    ------
    NotReadable
        If the file cannot be read as UTF-8 text or is larger than 5 MB.
    YamlSyntax, YamlTag, YamlDuplicateKey
        If it is not plain YAML.
    WrongValue
        If its top is neither a mapping nor a list.
    """
    name = shown or path.name
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise NotReadable(where=Where(file=name), found=f"{path.stat().st_size} bytes", expected="YAML")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise NotReadable(where=Where(file=name), found=type(problem).__name__, expected="UTF-8 text") from None
    try:
        # Aliases can be made to explode on expansion, and no file of ours needs one.
        for token in yaml.scan(text, Loader=_Reader):
            if isinstance(token, (yaml.AliasToken, yaml.AnchorToken)):
                sign = "*" if isinstance(token, yaml.AliasToken) else "&"
                raise YamlTag(where=Where(file=name, row=token.start_mark.line + 1), found=f"{sign}{token.value}")
        loaded = yaml.load(text, Loader=_Reader)  # noqa: S506  (a subclass of the safe loader)
    except _Duplicate as problem:
        raise YamlDuplicateKey(where=Where(file=name, row=problem.line), found=problem.key) from None
    except yaml.constructor.ConstructorError as problem:
        raise YamlTag(where=Where(file=name, row=_line(problem)), found=problem.problem) from None
    except RecursionError:
        raise YamlSyntax(where=Where(file=name), found="nested too deeply") from None
    except yaml.MarkedYAMLError as problem:
        raise YamlSyntax(where=Where(file=name, row=_line(problem)), found=problem.problem) from None
    except (yaml.YAMLError, ValueError) as problem:
        raise YamlSyntax(where=Where(file=name), found=str(problem)) from None
    if not isinstance(loaded, (dict, list)):
        raise WrongValue(where=Where(file=name), found=type(loaded).__name__, expected="a mapping or a list")
    return loaded


def _line(problem: yaml.MarkedYAMLError) -> int | None:
    return None if problem.problem_mark is None else problem.problem_mark.line + 1
