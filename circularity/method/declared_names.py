"""The names that the files of a method declare."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

Kind = Literal["vocabulary", "table", "quantity", "indicator", "target", "kind", "group", "framework"]


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
