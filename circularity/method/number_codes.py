"""Codes that are numbers: which one somebody may have meant who wrote another."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from circularity.texts import MOST_CHOICES

# Below this part of codes that are digits and points, a list has words for codes.
MOSTLY = 0.75
_NUMBER = re.compile(r"[0-9][0-9.]*")
# What people write around the digits of a code: spaces, points, the asterisk of hazardous waste.
_WRITTEN = re.compile(r"[A-Z]?[0-9 .\-]+\*?")


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
        many; then what stands under the code, under the longest part of it that is one, or differs in one digit, those
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
        """Codes that differ in one digit, or in the order of two that stand beside each other."""
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
