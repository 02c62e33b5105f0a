"""Processes: which are part of which, which are balanced, and which are stocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

import pandas as pd

from circularity.errors import CircularityError, DataError, FileError, MethodError, ReconciliationError, Where, meant
from circularity.tables.checked import Cells
from circularity.texts import word

YES, NO = ("yes", "ja", "1", "true"), ("no", "nee", "0", "false")


@cache
def _stock_names(which: str) -> Mapping[str, frozenset[str]]:
    return {lang: frozenset(names.split(", ")) for lang, names in word(which, "stock_names").items()}


def _simplified(name: str) -> str:
    return " ".join(re.split(r"[\W_]+", name.casefold())).strip()


# A name is asked about for every flow that it is an end of.
@lru_cache(maxsize=100_000)
def is_stock_name(name: str) -> bool:
    """Whether a name is that of the other end of a change in stock, in either language and whatever its case."""
    return any(_simplified(name) in names for names in _stock_names("whole").values())


def mentions_stock(name: str) -> bool:
    """Whether a name that is not that of a stock mentions one."""
    plain, parts = _simplified(name), _stock_names("part")
    # Dutch joins words: gebouwenvoorraad.
    return not parts["en"].isdisjoint(plain.split()) or any(part in plain for part in parts["nl"])


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
                    DataError(
                        "DuplicateKey",
                        where=cells.where(row, "process"),
                        found=f"'{name}'",
                        first=first[name],
                        expected="process",
                    )
                )
                continue
            first[name] = cells.rows[row]
            self.named[name] = None
            if parent:
                self.parent[name] = parent
            answer = cells.text(row, "balanced", needed=False).lower()
            if answer and answer not in (*YES, *NO):
                faults.append(
                    FileError(
                        "WrongValue",
                        where=cells.where(row, "balanced"),
                        found=answer,
                        expected=word("yes_or_no", "expected"),
                    )
                )
            elif answer:
                self.stated[name] = answer in YES
        self._break_circles(cells, first, faults)

    def _break_circles(self, cells: Cells, rows: Mapping[str, int], faults: list[CircularityError]) -> None:
        """Name every circle of parents at the last row that it takes, and open it there; no step is made twice."""
        seen: set[str] = set()
        for start in list(self.parent):
            path: dict[str, int] = {}
            here = start
            while here in self.parent and here not in seen:
                seen.add(here)
                path[here] = len(path)
                here = self.parent[here]
            if here not in path:
                continue
            circle = list(path)[path[here] :]
            last = max(range(len(circle)), key=lambda i: rows[circle[i]])
            around = [*circle[last:], *circle[:last]]
            where = cells.where(list(cells.rows).index(rows[around[0]]), "parent")
            faults.append(MethodError("Circle", where=where, found=around[0], path=" → ".join([*around, around[0]])))
            del self.parent[around[0]]

    def is_group(self, name: str) -> bool:
        """Whether other processes are part of it."""
        return name in self._below

    def within(self, name: str) -> list[str]:
        """The single processes of `name`: itself, or all that is part of it at the lowest level."""
        found, waiting = [], [name]
        while waiting:
            here = waiting.pop()
            below = self._below.get(here)
            if below is None:
                found.append(here)
            else:
                waiting += reversed(below)
        return found

    def check_known(self, used: Iterable[str], faults: list[CircularityError]) -> None:
        """Add a fault for every process named here that no flow has."""
        known: set[str] = set()
        for name in used:
            above: str | None = name
            while above is not None and above not in known:
                known.add(above)
                above = self.parent.get(above)
        for name in [*self.named, *self._outside]:
            if name not in known:
                faults.append(
                    DataError(
                        "UnknownReference",
                        where=Where(key=name),
                        found=name,
                        tables=word("flows", "reconcile"),
                        hint=meant(name, known),
                    )
                )

    def is_stock(self, name: str) -> bool:
        """Whether a flow to it adds to the stock of the process it comes from; not where it is stated to balance."""
        return is_stock_name(name) and not self.stated.get(name, False)

    def balanced(self, sources: Iterable[str], targets: Iterable[str], faults: list[CircularityError]) -> list[str]:
        """The single processes whose mass is balanced: those with flows both in and out, unless stated otherwise.

        Parameters
        ----------
        sources, targets : iterable of str
            Where the single flows come from and go to.
        faults : list of CircularityError
            Takes processes whose name leaves it open whether they balance.
        """
        out, into = dict.fromkeys(sources), dict.fromkeys(targets)
        found = []
        for name in dict.fromkeys([*out, *into]):
            both = name in out and name in into
            if name not in self.stated and both and not is_stock_name(name) and mentions_stock(name):
                faults.append(ReconciliationError("StockOrProcess", where=Where(key=name), found=name))
            elif not self.is_stock(name) and self.stated.get(name, both):
                found.append(name)
        return found
