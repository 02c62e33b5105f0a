"""Code lists in which a code may be below another, and unknown is the top of them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Literal

import pandas as pd

from circularity.errors import CallError, meant, sentence
from circularity.tables.cells import UNKNOWN
from circularity.tables.suggestions import Names, simplified
from circularity.texts import LANGUAGES, MOST_CHOICES, word

# Columns of a list that hold something else than a property of a code.
TOLD = ("code", "parent", "nl", "en", "also", "meaning_nl", "meaning_en", "valid_from", "valid_to", "source")

# Columns that say what a code is, besides the code itself.
TOLD_IN = ("nl", "en", "also", "meaning_nl", "meaning_en")
# Below this part of codes that are digits and points, a list has words for codes.
MOSTLY = 0.75
_NUMBER = re.compile(r"[0-9][0-9.]*")
# What people write around the digits of a code: spaces, points, the asterisk of hazardous waste.
_WRITTEN = re.compile(r"[A-Z]?[0-9 .\-]+\*?")

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
        text, empty where there is nothing.
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
        """What the list says of a code besides its names, place, validity and source."""
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

    @property
    def words(self) -> int:
        """How many words a text is compared with."""
        return self.names.words

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


def code_list(vocabularies: Mapping[str, Vocabulary], name: str) -> Vocabulary:
    """The code list of this name.

    Raises
    ------
    UnknownList
        If there is none of this name; names the nearest.
    """
    try:
        return vocabularies[name]
    except KeyError:
        known = list(vocabularies)
        raise CallError("UnknownList", found=name, expected=known, hint=meant(name, known)) from None


def find_codes(vocabulary: Vocabulary, text: str | None = None) -> list[str]:
    """The codes that `text` may be about, in the order of the list; all of them without it.

    Parameters
    ----------
    vocabulary : Vocabulary
    text : str, optional
        The beginning of a code, written with or without its points, spaces and asterisk; or words, all of which
        occur in the names or the meaning of a code, whatever the case of their letters. Codes under a code that is
        found by its name are found with it.
    """
    if not text or not text.strip():
        return vocabulary.codes
    start = re.sub(r"[\s.*]", "", text).lower()
    by_code = [c for c in vocabulary.codes if start and c.replace(".", "").lower().startswith(start)]
    if by_code:
        return by_code
    words = simplified(text).split()
    columns = [c for c in TOLD_IN if c in vocabulary.table]
    said = {c: simplified(" ".join(row)) for c, *row in vocabulary.table[["code", *columns]].itertuples(index=False)}
    named = {c for c, told in said.items() if words and all(word in told for word in words)}
    return [c for c in vocabulary.codes if named & set(vocabulary.ancestors(c))]


class NumberCodes:
    """The codes of a list by their digits.

    Parameters
    ----------
    codes : sequence of str
        Codes, such as ``170204`` or ``31.01``; those that are no numbers are left out.
    parent : mapping of str to str
        The code above each.
    """

    def __init__(self, codes: Sequence[str], parent: Mapping[str, str]) -> None:
        self._by_digits = {c.replace(".", ""): c for c in codes if _NUMBER.fullmatch(c)}
        self._below: dict[str, list[str]] = {}
        for code in self._by_digits.values():
            self._below.setdefault(parent[code], []).append(code)
        self._deepest = max(map(len, self._by_digits))

    def nearest(self, text: str, count: int = 3) -> list[str]:
        """The codes most likely meant by `text`, the likeliest first.

        The same digits written otherwise, with the zero that a spreadsheet takes off, or with one digit too few or too
        many; then what is under the code, under the longest part of it that is one, or differs in one digit, those
        of the same chapter first.
        """
        if not _WRITTEN.fullmatch(text.strip()):
            return []
        digits = re.sub(r"\D", "", text)
        # Digits behind a code that goes no deeper are a finer code of another list: the code itself holds.
        cut = digits[: self._deepest]
        same = [self._by_digits[d] for d in (digits, f"0{digits}", cut) if d in self._by_digits]
        whole = [c for c in same if not self._below.get(c)]
        if whole or not digits:
            return whole[:1]
        if same:  # a group of codes, where one of them belongs
            return [same[0], *self._leaves(same[0])][: count + 1]
        return self._one_off(digits)[:count] or self._siblings(digits)[:count]

    def _leaves(self, code: str) -> list[str]:
        found = self._below.get(code, [])
        return [leaf for c in found for leaf in self._leaves(c)] if found else [code]

    def _one_off(self, digits: str) -> list[str]:
        """Codes that differ in one digit, or in the order of two adjacent ones."""
        found: dict[str, int] = {}
        for i, digit in enumerate(digits):
            for other in "0123456789":
                if other != digit:
                    found.setdefault(digits[:i] + other + digits[i + 1 :], i)
            if i:
                found.setdefault(digits[: i - 1] + digit + digits[i - 1] + digits[i + 1 :], i - 1)
        there = [d for d in found if d in self._by_digits]
        # A slip in the last digits is likelier than another chapter.
        return [self._by_digits[d] for d in sorted(there, key=lambda d: (-found[d], d))]

    def _siblings(self, digits: str) -> list[str]:
        """The codes under the longest beginning of `digits` that is a code with others under it."""
        for end in range(len(digits) - 1, 1, -1):
            above = self._by_digits.get(digits[:end])
            if above is not None and self._below.get(above):
                leaves = self._leaves(above)
                return leaves if len(leaves) <= MOST_CHOICES else []
        return []


def number_codes(codes: Sequence[str], parent: Mapping[str, str]) -> NumberCodes | None:
    """The codes of a list as numbers; None when they are words."""
    numbers = [c for c in codes if _NUMBER.fullmatch(c)]
    return NumberCodes(codes, parent) if numbers and len(numbers) >= MOSTLY * len(codes) else None
