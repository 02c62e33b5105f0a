"""What somebody may have meant who wrote another name, text or number."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from circularity.errors import either, sentence, together, visible
from circularity.texts import LANGUAGES, Texts

# Below this likeness two words have little more in common than some letters.
LEAST_LIKENESS = 0.7
# Longer texts are not names, and comparing them takes long.
LONGEST_NAME = 64
# Words shorter than this occur in too many meanings to point at one.
SHORTEST_WORD = 5

# Cyrillic letters that look like a plain one.
_LOOKALIKES = str.maketrans("аеорсухіѕј", "aeopcyxisj")
# Comparisons of a wrong text with a known name per column; a column with more wrong texts than that is another column.
MOST_COMPARISONS = 50_000
FEWEST_SEARCHES = 20
# Longer texts hold no number that was mistyped.
LONGEST_NUMBER = 40

_ABOUT = re.compile(r"^(ca\.?|circa|approx\.?|ongeveer|about|±|~|≈|€|eur)\s*", re.IGNORECASE)
_PARTS = re.compile(r"([+-]?)\s*(\d[\d.,]*|[.,]\d+)\s*(.*)")
_GROUPS = re.compile(r"\d{1,3}([.,])\d{3}(\1\d{3})*")

Sentence = Mapping[str, str]


class Nearest(Protocol):
    """Names of which the nearest to a text can be asked."""

    @property
    def words(self) -> int:
        """How many words a text is compared with."""
        ...

    def nearest(self, text: str) -> list[str]:
        """The names most likely meant by a text."""
        ...


class NumberColumn(Protocol):
    """What a column of numbers may hold."""

    @property
    def kind(self) -> str:
        """Kind of column; a ``mass`` is not negative."""
        ...

    @property
    def unit(self) -> str | None:
        """Unit, 1 for a share."""
        ...

    @property
    def min(self) -> float | None:
        """Lower bound."""
        ...

    @property
    def max(self) -> float | None:
        """Upper bound."""
        ...


# Names ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)  # the names of a method are looked up again for every table
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
        """The names that `text` is another word for, but for case, accents and punctuation between words."""
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


class Search:
    """A search for the nearest names that does not go on without end."""

    def __init__(self, names: Nearest) -> None:
        self.names = names
        self._left: int | None = None

    def __call__(self, text: str) -> list[str]:
        """The names nearest to `text`, or none when enough was searched."""
        if self._left is None:  # the words of a long list are not gathered before something is searched in it
            self._left = max(FEWEST_SEARCHES, MOST_COMPARISONS // max(self.names.words, 1))
        self._left -= 1
        return self.names.nearest(text) if self._left >= 0 else []


def did_you_mean(names: Sequence[str]) -> Sentence | None:
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
    return together(did_you_mean([code]) if re.fullmatch(form, code) else None, sentence("short_code"))


def fitting(text: str, pattern: re.Pattern[str]) -> Sentence | None:
    """`text` without spaces, points or a letter in front, or with the zero that a spreadsheet takes off."""
    bare = re.sub(r"[\s.]", "", text)
    possible = (bare, f"0{bare}", bare.upper(), text.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ "))
    return did_you_mean([t for t in possible if pattern.fullmatch(t)][:1])


def year_in(text: str, periods: Sequence[int]) -> Sentence | None:
    """The one period that a date or a number with decimals holds."""
    runs = [int(run) for run in re.findall(r"[0-9]+", plain_digits(text)) if len(run) <= 4]
    found = {run for run in runs if run in periods}
    return did_you_mean([str(found.pop())]) if len(found) == 1 else None


# Numbers ----------------------------------------------------------------------------------------------------------


def plain_digits(text: str) -> str:
    """`text` with the digits and minus signs of any script as those of a number, and no spaces between digits."""
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return re.sub(r"(?<=\d)[\s'’_](?=\d)", "", re.sub("[−–—]", "-", text))


def possible_numbers(text: str) -> tuple[list[str], str]:
    """The numbers that `text` may mean, as this program writes them, and what came after the number."""
    if len(text) > LONGEST_NUMBER:
        return [], ""
    found = _PARTS.fullmatch(_ABOUT.sub("", plain_digits(text)))
    if found is None:
        return [], ""
    sign, digits, rest = found.groups()
    return [sign.replace("+", "") + number for number in _readings(digits.rstrip("."))], rest


def _readings(digits: str) -> list[str]:
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        decimal = max(digits.rfind("."), digits.rfind(","))
        whole, part = digits[:decimal], digits[decimal + 1 :]
        return [f"{re.sub('[.,]', '', whole)}.{part}"] if _GROUPS.fullmatch(whole) and part else []
    if points + commas == 0 or points == 1:
        return [digits]
    grouped = [re.sub("[.,]", "", digits)] if _GROUPS.fullmatch(digits) and not digits.startswith("0") else []
    return [*(["0" * digits.startswith(",") + digits.replace(",", ".")] if commas == 1 else []), *grouped]


def meant_number(
    text: str, spec: NumberColumn, units: Names, unit_column: str | None, in_sheet: bool = False
) -> Mapping[str, str] | None:
    """A sentence on the number that was probably meant by `text`, or None when that cannot be said.

    Parameters
    ----------
    text : str
        Cell that is not a number.
    spec : NumberColumn
        Its column.
    units : Names
        Units that may be behind a number.
    unit_column : str or None
        Column of the table that holds the unit, if there is one for this number.
    in_sheet : bool, optional
        Whether it is in a workbook, where a number has no point or comma but is shown with one.
    """
    numbers, rest = possible_numbers(text)
    if not numbers or (spec.kind == "mass" and numbers[0].startswith("-")):
        return None
    if rest == "%":
        numbers = [_of_percentage(n, spec) if _is_share(spec) else n for n in numbers]
        return sentence("meant", names=either(numbers))
    if rest:
        unit = units.exactly(rest)
        if unit and unit_column is not None:
            return sentence("with_unit", number=either(numbers), unit=either(unit), column=unit_column)
        if spec.unit in (None, "1"):
            return None
        unit_name = {lang: Texts(lang).unit(spec.unit) for lang in LANGUAGES}
        return sentence("without_unit", number=either(numbers), unit=unit_name)
    said = {lang: either(_shown(numbers, lang, in_sheet))[lang] for lang in LANGUAGES}
    point = sentence("number_cell" if in_sheet else "decimal_point") if re.search(r"\d[.,\s'’_]", text) else None
    return together(sentence("meant", names=said), point)


def _shown(numbers: Sequence[str], lang: str, in_sheet: bool) -> list[str]:
    """Numbers as they are to be typed: a spreadsheet takes those of its own language, a file a decimal point."""
    return [number.replace(".", ",") if in_sheet and lang == "nl" else number for number in numbers]


def meant_share(text: str, spec: NumberColumn) -> Mapping[str, str] | None:
    """A sentence on the number meant by one out of bounds that is probably a percentage."""
    if not _is_share(spec) or spec.max is None:
        return None
    percentage = float(text)
    # A deviation of 5 % is written 1.05; then 0.05 was meant as 5 % too.
    fits = spec.max < percentage <= 100 or (spec.min == 1 and 0 < percentage < 1)
    if not fits:
        return None
    shown = _of_percentage(text if percentage > 1 else str(Decimal(text) * 100), spec)
    return sentence("meant", names=either([shown]))


def _is_share(spec: NumberColumn) -> bool:
    """Whether a percentage can be meant: of a whole, or around 1."""
    return spec.unit == "1" and 1 in (spec.min, spec.max)


def _of_percentage(number: str, spec: NumberColumn) -> str:
    """A percentage as the column has it: a share, or a factor around 1."""
    return f"{(Decimal(number) / 100 + int(spec.min or 0)).normalize():f}"
