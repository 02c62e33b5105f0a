"""Code lists in which a code may stand below another, and unknown is the top of them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

import pandas as pd

from circularity.errors import sentence
from circularity.method.number_codes import NumberCodes, number_codes
from circularity.tables.cells import UNKNOWN
from circularity.tables.suggestions import Names
from circularity.texts import LANGUAGES, word

# Columns of a list that hold something else than a property of a code.
TOLD = ("code", "parent", "nl", "en", "also", "meaning_nl", "meaning_en", "valid_from", "valid_to", "source")

Match = Literal["yes", "no", "maybe"]


def validity(start: str, end: str) -> Mapping[str, str]:
    """From when to when a code holds, in words."""
    if start and end:
        return sentence("from_to", "validity", start=start, end=end)
    if start:
        return sentence("since", "validity", start=start)
    return sentence("until", "validity", end=end) if end else word("always", "validity")


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

    @property
    def properties(self) -> list[str]:
        """What the list says of a code beside its names, place, validity and source."""
        return [column for column in self.table if column not in TOLD]

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
        """The name of a code in a language; in another when the list has none, and the code itself without any."""
        if code not in self._parent:
            return code
        return next(
            (name for name in (self._named[lang][code], *(self._named[o][code] for o in LANGUAGES)) if name), code
        )

    @cached_property
    def _named(self) -> dict[str, dict[str, str]]:
        """The name of every code, by language."""
        return {lang: dict(zip(self._parent, self.table[lang], strict=True)) for lang in LANGUAGES}

    def validity(self, code: str) -> Mapping[str, str]:
        """From when to when a code holds, in words."""
        table = self.table
        return validity(*(str(table.at[code, c]) if c in table else "" for c in ("valid_from", "valid_to")))

    @cached_property
    def numbers(self) -> NumberCodes | None:
        """The codes as numbers, when that is what they are."""
        return number_codes(self.codes, self._parent)

    def nearest(self, text: str) -> list[str]:
        """The codes most likely meant by `text`: of numbers those with nearly its digits, else those with its name."""
        near = self.numbers.nearest(text) if self.numbers is not None else []
        return near or self.names.nearest(text)

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
