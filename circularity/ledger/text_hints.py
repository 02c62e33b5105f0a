"""What text somebody may have meant who wrote another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from circularity.errors import either, sentence, together, visible
from circularity.ledger.number_hints import plain_digits
from circularity.method.vocabulary import Vocabulary
from circularity.tables.suggestions import Names

# Comparisons of a wrong text with a known name per column; a column with more wrong texts than that is another column.
MOST_COMPARISONS = 50_000
FEWEST_SEARCHES = 20

Sentence = Mapping[str, str]


class Search:
    """A search for the nearest names that does not go on without end."""

    def __init__(self, names: Names | Vocabulary) -> None:
        self.names = names
        self._left: int | None = None

    def __call__(self, text: str) -> list[str]:
        """The names nearest to `text`, or none when enough was searched."""
        if self._left is None:  # the words of a long list are not gathered before something is searched in it
            words = self.names.names if isinstance(self.names, Vocabulary) else self.names
            self._left = max(FEWEST_SEARCHES, MOST_COMPARISONS // max(words.words, 1))
        self._left -= 1
        return self.names.nearest(text) if self._left >= 0 else []


def meant(names: Sequence[str]) -> Sentence | None:
    """A question whether one of `names` was meant; None when there are none."""
    return sentence("meant", names=either(names[:3])) if names else None


def strange_letters(text: str) -> Sentence | None:
    """A warning for letters of another alphabet between plain ones, which look alike."""
    letters = [c for c in text if c.isalpha()]
    strange = sorted({c for c in letters if not unicodedata.name(c, "LATIN").startswith("LATIN")})
    if not strange or len(strange) == len(set(letters)):
        return None
    return sentence("other_script", signs=[f"{visible(c)} (U+{ord(c):04X})" for c in strange])


def short_code(text: str, form: str) -> Sentence:
    """How to write a short code of some form; with `text` as one, when that leaves something."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    code = re.sub(r"[^A-Za-z0-9.]+", "_", plain).strip("._-")[:64]
    return together(meant([code]) if re.fullmatch(form, code) else None, sentence("short_code"))


def fitting(text: str, pattern: re.Pattern[str]) -> Sentence | None:
    """`text` without spaces, points or a letter in front, or with the zero that a spreadsheet takes off."""
    bare = re.sub(r"[\s.]", "", text)
    possible = (bare, f"0{bare}", bare.upper(), text.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ "))
    return meant([t for t in possible if pattern.fullmatch(t)][:1])


def year_in(text: str, periods: Sequence[int]) -> Sentence | None:
    """The one period that a date or a number with decimals holds."""
    runs = [int(run) for run in re.findall(r"[0-9]+", plain_digits(text)) if len(run) <= 4]
    found = {run for run in runs if run in periods}
    return meant([str(found.pop())]) if len(found) == 1 else None
