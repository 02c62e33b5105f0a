"""Names that one part of a method uses of another: every field that is marked with `Ref` is looked up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel

from circularity.errors import CircularityError, FileError, Where
from circularity.method import required
from circularity.method.declarations import Ref
from circularity.method.fault_helpers import expected, undefined
from circularity.method.model import Method

Kind = Literal["vocabulary", "table", "quantity", "indicator", "target", "kind", "group", "framework"]

# What a reference in the data may point to without a table of its own.
FIELDLAB = "fieldlab"


class DeclaredNames:
    """The names that files declare.

    A declaration with faults counts, and where a whole file cannot be read every name does, so that one fault does
    not bring others with it.
    """

    def __init__(self) -> None:
        self._names: dict[Kind, set[str]] = defaultdict(set)
        self._unread: set[Kind] = set()

    def add(self, kind: Kind, name: str) -> None:
        """Take up a name."""
        self._names[kind].add(name)

    def unread(self, kind: Kind) -> None:
        """Say that a file of this kind could not be read."""
        self._unread.add(kind)

    def lacks(self, kind: Kind, name: str) -> bool:
        """Whether nothing of this name is declared."""
        return kind not in self._unread and name not in self._names[kind]

    def names(self, kind: Kind) -> list[str]:
        """All names of a kind."""
        return sorted(self._names[kind])


def check_names(method: Method, known: DeclaredNames) -> Iterator[CircularityError]:
    """Every name that a declaration uses is declared, and every unit is made of units of the list."""
    told = required.VOCABULARIES.keys() | required.COLUMNS.keys()  # missing ones have a fault of their own
    for file, item, declared in _declarations(method):
        for ref, name, path in marked(declared):
            keys = path.split(".")
            place = ".".join(keys[: len(keys) - ref.up])
            where = Where(file=file, key=": ".join(part for part in (item, place) if part))
            if ref.kinds == ("unit",):
                yield from unit_faults(method, name, where)
                continue
            kinds = cast("tuple[Kind, ...]", ref.kinds)
            exempt = {*told, FIELDLAB} if {"table", "vocabulary"} & set(kinds) else ()
            if name not in exempt and all(known.lacks(kind, name) for kind in kinds):
                yield undefined(where, name, [n for kind in kinds for n in known.names(kind)])


def _declarations(method: Method) -> Iterator[tuple[str, str, BaseModel]]:
    """File, name and content of everything that is declared in YAML."""
    for name, table in method.tables.items():
        yield "tables.yaml", name, table
    for indicator in method.indicators.values():
        yield indicator.file, indicator.id, indicator.spec
    for file, parameters in method.parameters.items():
        for key, parameter in parameters.items():
            yield f"{file}.yaml", key, parameter
    if method.has_settings:
        yield "method.yaml", "", method.settings


def marked(declared: BaseModel, path: str = "") -> Iterator[tuple[Ref, str, str]]:
    """The names in a declaration that are marked, each with its mark and the keys that lead to it."""
    for name, field in type(declared).model_fields.items():
        place = f"{path}.{name}" if path else name
        value = getattr(declared, name)
        yield from ((mark, value, place) for mark in field.metadata if isinstance(mark, Ref) and value is not None)
        yield from _within(field.annotation, value, place)


def _within(hint: Any, value: Any, path: str) -> Iterator[tuple[Ref, str, str]]:
    origin, parts = get_origin(hint), get_args(hint)
    if value is None:
        return
    if isinstance(value, BaseModel):
        yield from marked(value, path)
    elif origin is Annotated:
        yield from ((mark, value, path) for mark in parts[1:] if isinstance(mark, Ref))
        yield from _within(parts[0], value, path)
    elif origin in (Union, UnionType):
        for choice in parts:
            if _may_be(choice, value):
                yield from _within(choice, value, path)
    elif origin is list:
        for item in value:
            yield from _within(parts[0], item, path)
    elif origin is dict:
        for key, item in value.items():
            yield from _within(parts[0], key, path)
            yield from _within(parts[1], item, f"{path}.{key}")


def _may_be(hint: Any, value: Any) -> bool:
    """Whether a value can be of one of the forms that a field may have."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    form = get_origin(hint) or hint
    return not isinstance(form, type) or isinstance(value, form)


def unit_faults(method: Method, unit: str | None, where: Where) -> Iterator[CircularityError]:
    """The fault of a unit that nobody knows, if it is one."""
    if unit is not None and not method.knows_unit(unit):
        yield FileError("WrongValue", where=where, found=unit, expected=expected("unit"))
