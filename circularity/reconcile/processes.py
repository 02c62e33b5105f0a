"""Processes: which stand inside which, and of which the mass is balanced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from circularity.errors import (
    Circle,
    CircularityError,
    DuplicateKey,
    UnknownReference,
    Where,
    WrongValue,
    meant,
)
from circularity.reconcile.cells import Cells
from circularity.texts import word

# The other end of a change in stock: a flow from a process to it adds to the stock of that process.
STOCK = "stock"

YES, NO = ("yes", "ja", "1", "true"), ("no", "nee", "0", "false")


class Processes:
    """The processes that flows run between.

    Parameters
    ----------
    table : DataFrame or None
        Columns ``process``, and optionally ``parent`` (the process it is part of) and ``balanced`` (yes or no).
    outside : sequence of str
        Processes that are not balanced.
    faults : list of CircularityError
        Takes what is wrong.

    Attributes
    ----------
    parent : dict
        The process that each process is part of.
    """

    def __init__(self, table: pd.DataFrame | None, outside: Sequence[str], faults: list[CircularityError]) -> None:
        self.parent: dict[str, str] = {}
        self.stated: dict[str, bool] = dict.fromkeys(outside, False)
        self.named: dict[str, None] = {}
        self._outside = tuple(outside)
        if table is not None:
            self._read(Cells(table, "processes", ["process"], ["parent", "balanced"], faults), faults)
        self._below: dict[str, list[str]] = {}
        for child, parent in self.parent.items():
            self._below.setdefault(parent, []).append(child)

    def _read(self, cells: Cells, faults: list[CircularityError]) -> None:
        first: dict[str, int] = {}
        for row in range(len(cells)):
            name, parent = cells.text(row, "process"), cells.text(row, "parent", needed=False)
            if name in first:
                faults.append(
                    DuplicateKey(
                        where=cells.where(row, "process"),
                        found=f"'{name}'",
                        first=first[name],
                        expected="process",
                    )
                )
                continue
            first[name] = row + cells.first
            self.named[name] = None
            if parent:
                self.parent[name] = parent
                path = [name]
                while path[-1] in self.parent and path[-1] not in path[:-1]:
                    path.append(self.parent[path[-1]])
                if path[-1] in path[:-1]:
                    faults.append(Circle(where=cells.where(row, "parent"), found=name, path=" → ".join(path)))
                    del self.parent[name]
            answer = cells.text(row, "balanced", needed=False).lower()
            if answer and answer not in (*YES, *NO):
                faults.append(
                    WrongValue(where=cells.where(row, "balanced"), found=answer, expected=word("yes_or_no", "expected"))
                )
            elif answer:
                self.stated[name] = answer in YES

    def is_group(self, name: str) -> bool:
        """Whether other processes are part of it."""
        return name in self._below

    def within(self, name: str) -> list[str]:
        """The single processes that `name` stands for: itself, or all that is part of it at the lowest level."""
        if name not in self._below:
            return [name]
        return [single for child in self._below[name] for single in self.within(child)]

    def check_known(self, used: Iterable[str], faults: list[CircularityError]) -> None:
        """Add a fault for every process named here that no flow has."""
        known = {above for name in used for above in self._upward(name)}
        for name in [*self.named, *self._outside]:
            if name not in known:
                faults.append(
                    UnknownReference(
                        where=Where(key=name), found=name, tables=word("flows", "reconcile"), hint=meant(name, known)
                    )
                )

    def _upward(self, name: str) -> list[str]:
        return [name, *(self._upward(self.parent[name]) if name in self.parent else [])]

    def balanced(self, sources: Iterable[str], targets: Iterable[str]) -> list[str]:
        """The single processes whose mass is balanced: those with flows both in and out, unless stated otherwise.

        Parameters
        ----------
        sources, targets : iterable of str
            Where the single flows come from and go to.
        """
        out, into = dict.fromkeys(sources), dict.fromkeys(targets)
        return [
            name
            for name in dict.fromkeys([*out, *into])
            if name != STOCK and self.stated.get(name, name in out and name in into)
        ]
