"""Which name somebody may have meant who wrote another."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

# Below this likeness two words have little more in common than some letters.
LEAST_LIKENESS = 0.7
# Longer texts are no name, and comparing them takes long.
LONGEST_NAME = 64
# Words shorter than this occur in too many meanings to point at one.
SHORTEST_WORD = 5

# Cyrillic letters that look like a plain one.
_LOOKALIKES = str.maketrans("аеорсухіѕј", "aeopcyxisj")


def simplified(text: str) -> str:
    """`text` in lower case, without accents, its words parted by single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LOOKALIKES))
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in letters if not unicodedata.combining(c))))


class Names:
    """Names and the other words there are for them.

    Parameters
    ----------
    words : mapping of str to iterable of str
        Other words for each name, in any language.
    meanings : mapping of str to str, optional
        A sentence or more on each name.
    """

    def __init__(self, words: Mapping[str, Iterable[str]], meanings: Mapping[str, str] | None = None) -> None:
        self._known = dict.fromkeys(words)
        self._names: dict[str, list[str]] = {}
        for name, others in words.items():
            for other in dict.fromkeys(simplified(w) for w in (name, *others)):
                if other:
                    self._names.setdefault(other, []).append(name)
        self._meanings = {n: simplified(m).split() for n, m in (meanings or {}).items()}

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    @property
    def words(self) -> int:
        """How many words a text is compared with."""
        return len(self._names)

    def exactly(self, text: str) -> list[str]:
        """The names that `text` is another word for, but for case, accents and signs between words."""
        return self._names.get(simplified(text), [])

    def nearest(self, text: str, count: int = 3) -> list[str]:
        """The names most likely meant by `text`: those it is a word for, looks like, or is used in the meaning of."""
        if len(text) > LONGEST_NAME:
            return []
        written = simplified(text)
        if written in self._names:
            return self._names[written]
        close = difflib.get_close_matches(written, self._names, n=count, cutoff=LEAST_LIKENESS)
        found = list(dict.fromkeys(name for word in close for name in self._names[word]))
        return found[:count] or self._by_meaning(written, count)

    def _by_meaning(self, written: str, most: int) -> list[str]:
        if len(written) < SHORTEST_WORD:
            return []
        found = [
            name
            for name, meaning in self._meanings.items()
            if any(w.startswith(written) or (len(w) >= SHORTEST_WORD and written.startswith(w)) for w in meaning)
        ]
        # A word that occurs in many meanings says nothing about which was meant.
        return found if len(found) <= most else []
