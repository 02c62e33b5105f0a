"""Code lists in which a code may stand below another, and unknown is the top of them all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

import pandas as pd

from circularity.method.names import Names

UNKNOWN = "unknown"

# Words that people write for "we do not know"; read as `unknown` in any column. Part of how cells are read, in all
# tables alike, and so no code of the method.
WORDS_FOR_UNKNOWN = frozenset({"unknown", "onbekend"})
# What people write at the head of a row that adds up the others.
TOTAL = re.compile(
    r"(sub|eind|grand )?(totaal|totalen|totals?|som|sum)( generaal)?( (18|19|20|21)\d\d)?:?", re.IGNORECASE
)

Match = Literal["yes", "no", "maybe"]


class Vocabulary:
    """One code list.

    Parameters
    ----------
    name : str
        Name of the list.
    table : DataFrame
        Columns ``code``, ``parent``, ``nl``, ``en`` and any more (``also``: other words, with ; between them); all
        text, empty text where nothing stands.
    """

    def __init__(self, name: str, table: pd.DataFrame) -> None:
        self.name = name
        self.table = table.set_index("code", drop=False)
        self._parent = dict(zip(table["code"], table["parent"], strict=True))

    def __contains__(self, code: object) -> bool:
        return code in self._parent

    def __len__(self) -> int:
        return len(self._parent)

    @cached_property
    def codes(self) -> list[str]:
        """All codes in the order of the list."""
        return list(self._parent)

    def ancestors(self, code: str) -> list[str]:
        """The code itself and every code above it, `unknown` not counted."""
        found: list[str] = []
        while code and code not in found:
            found.append(code)
            code = self._parent.get(code, "")
        return found

    def leaves(self, code: str) -> list[str]:
        """The codes without codes below them that `code` may turn out to be."""
        if code == UNKNOWN:
            return [c for c in self._leaves if c != UNKNOWN] or [UNKNOWN]
        return [leaf for leaf in self._leaves if code in self.ancestors(leaf)]

    @cached_property
    def _leaves(self) -> list[str]:
        parents = set(self._parent.values())
        return [c for c in self._parent if c not in parents]

    def match(self, code: str, wanted: Iterable[str]) -> Match:
        """Whether `code` falls under one of `wanted`: yes, no, or maybe when it is not known precisely enough."""
        wanted = set(wanted)
        if wanted & set(self.ancestors(code)):
            return "yes"
        covered = [bool(wanted & set(self.ancestors(leaf))) for leaf in self.leaves(code)]
        if code != UNKNOWN and covered and all(covered):
            return "yes"
        return "maybe" if any(covered) else "no"

    def label(self, code: str, lang: str) -> str:
        """The name of a code in a language; the code itself when the list has none."""
        if code not in self._parent:
            return code
        return str(self.table.at[code, lang]) or code

    @cached_property
    def names(self) -> Names:
        """What people may write for a code: its names, the words in a column ``also``, and those of its meaning."""
        table = self.table
        blank = pd.Series("", index=table.index)
        also = table.get("also", blank).str.split(";")
        words = {
            c: [nl, en, *more] for c, nl, en, more in zip(table.index, table["nl"], table["en"], also, strict=True)
        }
        meanings = table.get("meaning_nl", blank) + " " + table.get("meaning_en", blank)
        return Names(words, meanings.to_dict())
