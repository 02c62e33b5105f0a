"""Every error a user can meet, by family.

An error has a code, such as ``UnknownCode``, and says what is wrong, where (file, sheet, row, column), what was found,
what was expected and what to do. Codes and sentences, in Dutch and English, are in ``texts/errors/``, by family.
A fault in data or method is made, collected with others and raised once, as `DataFaults` or `MethodFaults`; it is an
exception too, so that a single one can be raised where nothing needs collecting.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from circularity.texts import LANGUAGES, MOST_CHOICES, MOST_VALUES, Texts, error_codes, error_text, word
from circularity.texts import _plain as plain

# Signs that do not show, or change the order in which others show: with them, what a reader sees is not what stands
# there. Control characters (tabs and line ends left out), the characters that Unicode calls ignorable (emoji need the
# variation selectors, which are left out), and the one that marks where an earlier conversion lost a letter.
HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffd\\ud800-\\udfff"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]"
)
_ON_ONE_LINE = re.compile(f"{HIDDEN.pattern}|[\t\n\r]")


def visible(text: str) -> str:
    """`text` on one line, with what does not show written as its code point."""
    return _ON_ONE_LINE.sub(lambda sign: f"⟨U+{ord(sign.group()):04X}⟩", text)


def hidden_signs(text: str) -> list[str]:
    """The code points of the signs in `text` that do not show, each once."""
    return sorted({visible(sign) for sign in HIDDEN.findall(text)})


def sentence(name: str, section: str = "hints", /, **details: Any) -> Mapping[str, str]:
    """A sentence of ``texts/`` in all languages, with `details` put in; for use as a detail of an error."""
    found = word(name, section)
    shown = {lang: {k: plain(v, lang, MOST_CHOICES) for k, v in details.items()} for lang in LANGUAGES}
    return {lang: found[lang].format_map(shown[lang]) for lang in LANGUAGES}


def meant(found: str, known: Iterable[str]) -> Mapping[str, str] | None:
    """A hint that names what `found` looks like among what is known, whatever the case of its letters."""
    by_lower: dict[str, str] = {}
    for name in known:
        by_lower.setdefault(name.lower(), name)
    name = found.lower()
    near = [name] if name in by_lower else difflib.get_close_matches(name, by_lower, n=3, cutoff=0.6)
    return sentence("meant", names=[by_lower[n] for n in near]) if near else None


def either(names: Sequence[str]) -> Mapping[str, str]:
    """Names as a choice: a, b or c."""
    quoted = [f"'{name}'" for name in names]
    if len(quoted) == 1:
        return dict.fromkeys(LANGUAGES, quoted[0])
    return sentence("or", first=", ".join(quoted[:-1]), last=quoted[-1])


def counted(count: int, noun: str) -> Mapping[str, str]:
    """A count with its noun, in all languages; the noun is a section of ``texts/`` with one and many."""
    found = word("one" if count == 1 else "many", noun)
    return {lang: f"{Texts(lang).tick(count)} {found[lang]}" for lang in LANGUAGES}


def together(*sentences: Mapping[str, str] | None) -> Mapping[str, str]:
    """Sentences one after the other; those that are None are left out."""
    return {lang: " ".join(s[lang] for s in sentences if s is not None) for lang in LANGUAGES}


@dataclass(frozen=True)
class Where:
    """The place of a fault; parts that do not apply are None."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    key: str | None = None
    letter: str | None = None  # of the column, in a workbook

    @property
    def cell(self) -> str | None:
        """The cell of a workbook, such as F12."""
        return None if self.letter is None or self.row is None else f"{self.letter}{self.row}"

    @property
    def in_sheet(self) -> tuple[str | None, ...]:
        """File, sheet and cell, whatever the heading of its column."""
        return self.file, self.sheet, self.cell

    def __str__(self) -> str:
        parts = [
            self.file,
            self.sheet,
            None if self.row is None else f"row {self.row}",
            self.column,
            self.key,
        ]
        return ", ".join(str(p) for p in parts if p is not None)

    def as_dict(self) -> dict[str, Any]:
        """The parts that apply, as plain data; of a workbook with its ``cell``."""
        parts = {"file": self.file, "sheet": self.sheet, "cell": self.cell, "row": self.row, "column": self.column}
        return {k: v for k, v in {**parts, "key": self.key}.items() if v is not None}

    def text(self, lang: str, rows: Sequence[int] = ()) -> str:
        """The place in words of `lang`; with `rows`, of that many places that differ in nothing but the row."""
        numbers = list(rows) if len(rows) > 1 else [row for row in (self.row,) if row is not None]
        places = [f"{self.letter}{row}" for row in numbers] if self.letter else numbers
        unit = ("cell" if self.letter else "row") + ("s" if len(places) > 1 else "")
        named = [
            (self.file, None),
            (self.sheet, "sheet"),
            (plain(places, lang) + (f" ({len(places)} ×)" if len(places) > MOST_VALUES else ""), unit),
            (self.column, "column"),
            (self.key, None),
        ]
        return ", ".join(
            f"{word(kind, 'where')[lang]} {value}" if kind else str(value) for value, kind in named if value
        )


class CircularityError(Exception):
    """Base of all errors of this package; each family below is about one kind of thing that can be wrong.

    Parameters
    ----------
    code : str
        What is wrong: a key of the family's file in ``texts/errors/``.
    where : Where, optional
        Place of the fault.
    **details
        Values that the sentences of this code name. ``found`` and ``expected`` are usual. A sentence ``hint``, on what
        was probably meant, comes before the cure; ``advice`` comes instead of it.

    Raises
    ------
    LookupError
        If the family has no such code.
    """

    def __init__(self, code: str, /, *, where: Where | None = None, **details: Any) -> None:
        if code not in error_codes(type(self).__name__):
            raise LookupError(f"{type(self).__name__} has no code {code!r} in texts/errors/")
        super().__init__(code)
        self.code = code
        self.where = where or Where()
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        """The same error in another process: a worker of a cluster gives it back."""
        return _made_again, (type(self), self.code, self.where, self.details)

    def sentences(self, lang: str) -> tuple[str, str]:
        """What is wrong and what to do, in `lang`."""
        hint, advice = self.details.get("hint"), self.details.get("advice")
        what = error_text(self.code, "what", lang, self.details)
        cure = error_text(self.code, "to_do", lang, self.details) if advice is None else advice[lang]
        return visible(what.strip()), visible(cure if hint is None else f"{hint[lang]} {cure}".strip())

    def text(self, lang: str = "en") -> str:
        """The whole message in `lang`: place, what is wrong, what to do."""
        return _message(self.where.text(lang), *self.sentences(lang))

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The error as plain data, for ``--json``."""
        what, cure = self.sentences(lang)
        return {
            "error": self.code,
            **self.where.as_dict(),
            "found": _as_data(self.details.get("found"), lang),
            "expected": _as_data(self.details.get("expected"), lang),
            "what": what,
            "to_do": cure,
        }

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


def _made_again(
    family: type[CircularityError], code: str, where: Where, details: Mapping[str, Any]
) -> CircularityError:
    return family(code, where=where, **details)


def _as_data(value: Any, lang: str) -> Any:
    """A detail for a program: a choice as a list of all there is, anything else as text."""
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [v if isinstance(v, (int, float)) else plain(v, lang) for v in items]
    return None if value is None else plain(value, lang)


def _message(place: str, what: str, cure: str) -> str:
    return f"{visible(place)}: {what} {cure}".strip() if place else f"{what} {cure}".strip()


class Faults(CircularityError):
    """Several faults found in one reading.

    Parameters
    ----------
    faults : sequence of CircularityError
        At least one.
    """

    def __init__(self, faults: Sequence[CircularityError]) -> None:
        super().__init__(type(self).__name__, count=len(faults))
        self.faults = list(faults)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)

    def __iter__(self) -> Iterator[CircularityError]:
        return iter(self.faults)

    def __len__(self) -> int:
        return len(self.faults)

    def text(self, lang: str = "en") -> str:
        """One line per fault under a line that counts them; the same fault in many rows is one line."""
        count = {"faults": counted(len(self.faults), "fault")}
        return "\n".join([error_text(self.code, "what", lang, count), *(f"  {ln}" for ln in self.lines(lang))])

    def lines(self, lang: str = "en") -> list[str]:
        """The faults, those that differ in nothing but their row together."""
        rows: dict[tuple[Any, ...], list[int]] = {}
        first: dict[tuple[Any, ...], Where] = {}
        said: dict[tuple[Any, ...], tuple[str, str]] = {}
        for fault in self.faults:
            where = fault.where
            # Faults of one cell text share what they say about it, which then is written once and not for every row.
            same = (fault.code, *((name, id(value)) for name, value in fault.details.items()))
            if same not in said:
                said[same] = fault.sentences(lang)
            key = (where.file, where.sheet, where.letter, where.column, where.key, where.row is None, *said[same])
            first.setdefault(key, where)
            rows.setdefault(key, []).append(where.row or 0)
        return [_message(first[key].text(lang, rows[key]), *key[-2:]) for key in first]

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The faults as plain data."""
        return {"error": self.code, "faults": [f.as_dict(lang) for f in self.faults]}


class DataFaults(Faults):
    """A fieldlab's data have faults; nothing was computed."""


class MethodFaults(Faults):
    """The method has faults; nothing was computed."""


class MapFaults(Faults):
    """A map for an import has faults; nothing was read with it."""


class CallError(CircularityError):
    """A call that cannot be answered, whatever the data: an argument, a name or a file to write."""


class FileError(CircularityError):
    """A file or folder that cannot be read as what it should be."""


class DataError(CircularityError):
    """Something wrong in the tables of a fieldlab: a table, column, row or cell."""


class ImporterError(CircularityError):
    """A file of a registry, or a map, from which no fieldlab can be made."""


class MethodError(CircularityError):
    """Something wrong in the method: a declaration, formula, factor, list or source."""


class ComputeError(CircularityError):
    """Numbers for which a formula has no value."""


class ReconciliationError(CircularityError):
    """Observations that cannot be reconciled."""


class ScoringError(CircularityError):
    """Values, a score tree, a pipeline or a claim from which no score or verdict can be made."""


class WeightingError(CircularityError):
    """Answers of stakeholders from which no weights can be made."""


class ReportError(CircularityError):
    """A report, or a site of the method, that cannot be made."""


class ClusterError(CircularityError):
    """A cluster that stopped, or saw other data, while it was adding up."""


def check_argument(name: str, value: object, *kinds: type, optional: bool = False) -> None:
    """Raise `CallError` if an argument is of another type than the function takes.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : object
    *kinds : type
        What it may be; an int or float of NumPy is one too, True and False are no numbers.
    optional : bool, optional
        Whether it may be None.
    """
    numbers: dict[type, type] = {int: Integral, float: Real}
    fits = isinstance(value, tuple(numbers.get(kind, kind) for kind in kinds))
    fits &= not isinstance(value, bool) or bool in kinds
    if not fits and not (optional and value is None):
        expected = [kind.__name__ for kind in kinds]
        raise CallError("WrongType", name=name, found=type(value).__name__, expected=expected)
