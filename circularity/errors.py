"""Every error a user can meet, on one page.

An error says what is wrong, where (file, sheet, row, column), what was found, what was expected and what to do.
The sentences stand in ``texts.yaml`` under the class name, in Dutch and English. A fault in data or method is made,
collected with others and raised once, as `DataFaults` or `MethodFaults`; it is an exception too, so that a single one
can be raised where nothing needs collecting.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from circularity.texts import LANGUAGES, MOST_CHOICES, MOST_VALUES, Texts, error_text, word
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
    """A sentence of ``texts.yaml`` in all languages, with `details` put in; for use as a detail of an error."""
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
    """A count with its noun, in all languages; the noun is a section of ``texts.yaml`` with one and many."""
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
    """Base of all errors of this package.

    Parameters
    ----------
    where : Where, optional
        Place of the fault.
    **details
        Values that the sentence of this error in ``texts.yaml`` names. ``found`` and ``expected`` are usual. A
        sentence ``hint``, on what was probably meant, comes before the cure; ``advice`` comes instead of it.
    """

    def __init__(self, *, where: Where | None = None, **details: Any) -> None:
        super().__init__(type(self).__name__)
        self.where = where or Where()
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        """The same error in another process: a worker of a cluster gives it back."""
        return _made_again, (type(self), self.where, self.details)

    def sentences(self, lang: str) -> tuple[str, str]:
        """What is wrong and what to do, in `lang`."""
        name, hint, advice = type(self).__name__, self.details.get("hint"), self.details.get("advice")
        what = error_text(name, "what", lang, self.details)
        cure = error_text(name, "to_do", lang, self.details) if advice is None else advice[lang]
        return visible(what.strip()), visible(cure if hint is None else f"{hint[lang]} {cure}".strip())

    def text(self, lang: str = "en") -> str:
        """The whole message in `lang`: place, what is wrong, what to do."""
        return _message(self.where.text(lang), *self.sentences(lang))

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The error as plain data, for ``--json``."""
        what, cure = self.sentences(lang)
        return {
            "error": type(self).__name__,
            **self.where.as_dict(),
            "found": _as_data(self.details.get("found"), lang),
            "expected": _as_data(self.details.get("expected"), lang),
            "what": what,
            "to_do": cure,
        }

    def __str__(self) -> str:
        return f"{type(self).__name__}: {self.text('en')}"


def _made_again(kind: type[CircularityError], where: Where, details: Mapping[str, Any]) -> CircularityError:
    return kind(where=where, **details)


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
        super().__init__(count=len(faults))
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
        return "\n".join(
            [error_text(type(self).__name__, "what", lang, count), *(f"  {ln}" for ln in self.lines(lang))]
        )

    def lines(self, lang: str = "en") -> list[str]:
        """The faults, those that differ in nothing but their row together."""
        rows: dict[tuple[Any, ...], list[int]] = {}
        first: dict[tuple[Any, ...], Where] = {}
        said: dict[tuple[Any, ...], tuple[str, str]] = {}
        for fault in self.faults:
            where = fault.where
            # Faults of one cell text share what they say about it, which then is written once and not for every row.
            same = (type(fault), *((name, id(value)) for name, value in fault.details.items()))
            if same not in said:
                said[same] = fault.sentences(lang)
            key = (where.file, where.sheet, where.letter, where.column, where.key, where.row is None, *said[same])
            first.setdefault(key, where)
            rows.setdefault(key, []).append(where.row or 0)
        return [_message(first[key].text(lang, rows[key]), *key[-2:]) for key in first]

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The faults as plain data."""
        return {"error": type(self).__name__, "faults": [f.as_dict(lang) for f in self.faults]}


class DataFaults(Faults):
    """A fieldlab's data have faults; nothing was computed."""


class MethodFaults(Faults):
    """The method has faults; nothing was computed."""


class MapFaults(Faults):
    """A map for an import has faults; nothing was read with it."""


# Calling ---------------------------------------------------------------------------------------------------------


class CallError(CircularityError):
    """A call that cannot be answered, whatever the data."""


class UnknownFileType(CallError):
    """A file whose ending names no format that can be written."""


class WrongArgument(CallError):
    """An argument of a call that is not what it can be."""


class CannotWrite(CallError):
    """A file that cannot be written where it was asked for."""


class MissingLibrary(CallError):
    """A library that is needed here and not installed."""


class PackFailed(CircularityError):
    """A site of the method that cannot be built without warnings."""


class UnknownFramework(CallError):
    """A framework the method does not have."""


class UnknownList(CallError):
    """A code list the method does not have."""


class NotComparable(CallError):
    """Two figures that look alike and may not be compared."""


class UnknownPeriod(CallError):
    """A period the fieldlab does not have."""


class UnknownEntity(CallError):
    """An entity the fieldlab does not have at that level."""


class NotAtLevel(CallError):
    """An indicator that does not exist at a level."""


class NotForKind(CallError):
    """An indicator that is not about this kind of fieldlab."""


class SeveralEntities(CallError):
    """A figure that several entities have, and none of them named."""


class UnknownKind(CallError):
    """A kind of fieldlab the method does not have."""


class NoNotebook(CallError):
    """No report notebook exists for this kind of fieldlab."""


# Reading ---------------------------------------------------------------------------------------------------------


class FieldlabNotFound(CircularityError):
    """The folder does not exist."""


class EmptyFieldlab(CircularityError):
    """The folder holds no fieldlab.yaml."""


class UnsafeName(CircularityError):
    """An identifier that would become a path holds other signs than letters, digits, - and _."""


class NotReadable(CircularityError):
    """A file that cannot be read as what it should be."""


class WrongEncoding(CircularityError):
    """A file that is not in UTF-8."""


class HiddenCharacter(CircularityError):
    """A text with a sign that does not show, or that changes how others show."""


class YamlSyntax(CircularityError):
    """A YAML file that cannot be parsed."""


class YamlTag(CircularityError):
    """A YAML file that asks to build a program object."""


class YamlDuplicateKey(CircularityError):
    """A YAML mapping with the same key twice."""


class UnknownKey(CircularityError):
    """A key nobody knows, in a YAML file."""


class MissingKey(CircularityError):
    """A required key is not there."""


class WrongValue(CircularityError):
    """A value of the wrong form."""


# Data ------------------------------------------------------------------------------------------------------------


class MissingTable(CircularityError):
    """A table this kind of fieldlab needs is not there."""


class UnknownTable(CircularityError):
    """A file that is no table of a fieldlab."""


class AmbiguousNumber(CircularityError):
    """A text in a workbook that two numbers are written as."""


class UnitInHeading(CircularityError):
    """A heading with another unit behind it than the numbers of its column are in."""


class FormulaAsText(CircularityError):
    """A text that a spreadsheet program would run as a formula."""


class TableTwice(CircularityError):
    """A table that stands in two places."""


class DescribedTwice(CircularityError):
    """A fieldlab that is described in two places."""


class UnknownSheet(CircularityError):
    """A sheet that is no table of a fieldlab."""


class HiddenSheet(CircularityError):
    """A sheet with content that people do not see."""


class MergedCells(CircularityError):
    """Cells of a workbook that were made one, so that the others are empty."""


class FormulaWithoutValue(CircularityError):
    """A cell with a formula of which the workbook does not hold the result."""


class ErrorInCell(CircularityError):
    """A cell that holds an error of the spreadsheet program."""


class MissingColumn(CircularityError):
    """A required column is not there."""


class WrongSeparator(CircularityError):
    """A CSV file whose cells are not separated by commas."""


class NoHeading(CircularityError):
    """A table whose first row holds no column name that is known."""


class HeadingNotFirst(CircularityError):
    """A table with other rows above its heading."""


class NamelessColumn(CircularityError):
    """Cells under an empty heading."""


class UnknownColumn(CircularityError):
    """A column nobody knows."""


class DuplicateColumn(CircularityError):
    """A column that stands twice in the heading."""


class RowLength(CircularityError):
    """A row with more or fewer cells than the heading."""


class TotalRow(CircularityError):
    """A row that adds up the others, and would count them twice."""


class EmptyTable(CircularityError):
    """A table without rows where there must be some."""


class EmptyCell(CircularityError):
    """A required cell is empty."""


class NotANumber(CircularityError):
    """Text where a number belongs."""


class NegativeMass(CircularityError):
    """A mass below zero."""


class OutOfRange(CircularityError):
    """A number outside its bounds."""


class MassRange(CircularityError):
    """Masses too far apart to be kept exactly in one whole-number unit."""


class UnknownCode(CircularityError):
    """A code that is not in its vocabulary."""


class CodeNotValid(CircularityError):
    """A code that does not hold in the period of the row."""


class UnknownUnit(CircularityError):
    """A unit nobody knows, or one of another dimension."""


class ReservedName(CircularityError):
    """A name of one's own that is a code of the method already."""


class UnknownReference(CircularityError):
    """A name that no other table has."""


class MixedVintages(CircularityError):
    """Figures of one quantity that were published at different times."""


class WrongPattern(CircularityError):
    """A text that does not have the form its column asks."""


class NotAPeriod(CircularityError):
    """A text that is no calendar year."""


class PeriodNotDeclared(CircularityError):
    """A row of a period that fieldlab.yaml does not list."""


class PeriodWithoutFlows(CircularityError):
    """A period of fieldlab.yaml that no flow has."""


class DuplicateKey(CircularityError):
    """Two rows with the same key."""


class OverlappingPeriods(CircularityError):
    """A row for one period beside a row of the same thing for all periods."""


class RepeatedRow(CircularityError):
    """A row that says the same as an earlier one in every column."""


class SharesAboveOne(CircularityError):
    """Shares of one whole that together exceed one."""


class PartLargerThanWhole(CircularityError):
    """A part that exceeds the whole it belongs to."""


class ProductWithoutMass(CircularityError):
    """A product, or part without parts of its own, that has no mass."""


class PartOfItself(CircularityError):
    """A product that is, by way of what it is part of, a part of itself."""


class NoWholeInPeriod(CircularityError):
    """A part in a period that its whole is not in."""


class NestedTooDeep(CircularityError):
    """A part of a part of a part, further down than any product is built."""


class PartsDifferFromWhole(CircularityError):
    """Parts that together weigh something else than the product they make."""


class WrongEnd(CircularityError):
    """A flow whose receiving or giving party does not fit its role."""


class SameParty(CircularityError):
    """A flow from a party to itself."""


class HalfBooked(CircularityError):
    """A flow between two organisations of the fieldlab whose role counts for one of them only."""


# Lists, corrections and data quality ------------------------------------------------------------------------------


class CorrectionOutdated(CircularityError):
    """A declared correction whose source no longer says what it was written for."""


class HazardContradicts(CircularityError):
    """A flow that is hazardous by its own words and not by its waste code, or the other way round."""


# Importing -------------------------------------------------------------------------------------------------------


class NoRows(CircularityError):
    """A file to import that has headings and nothing under them."""


class AllRejected(CircularityError):
    """An import of which no row can be used."""


class NoSuchSheet(CircularityError):
    """A sheet that a workbook does not have."""


class UnknownVariant(CallError):
    """A variant of the limits that the rules do not have."""


class FolderInUse(CallError):
    """A folder for an import that holds something else."""


class NoSuchColumn(CircularityError):
    """A map that names a column the file does not have."""


class MapNotComplete(CircularityError):
    """A map that leaves out a column that its table needs."""


# Method ----------------------------------------------------------------------------------------------------------


class UnknownMethod(CircularityError):
    """No method at that path or of that version."""


class UnknownIndicator(CircularityError):
    """An indicator the method does not declare."""


class FormulaSyntax(CircularityError):
    """A formula that cannot be parsed."""


class FormulaNotAllowed(CircularityError):
    """A formula that holds something other than arithmetic and the allowed functions."""


class UndefinedName(CircularityError):
    """A formula that names something its declaration does not define."""


class UnusedName(CircularityError):
    """A declaration that defines something its formula does not use."""


class UnitMismatch(CircularityError):
    """A formula whose unit is not the declared one."""


class MissingTranslation(CircularityError):
    """A text that lacks one of the languages."""


class ExampleFails(CircularityError):
    """An example that does not come out."""


class NoExample(CircularityError):
    """A declaration without an example."""


class UnknownSource(CircularityError):
    """A source key that sources.bib does not have."""


class DuplicateId(CircularityError):
    """Two declarations with the same id."""


class MissingFile(CircularityError):
    """A file of the method that is not there."""


class MissingCode(CircularityError):
    """A code list without a code that the program asks for."""


class Circle(CircularityError):
    """Something that, by way of what it stands under or follows from, rests on itself."""


class NotTranslated(CircularityError):
    """A text that is the same in both languages."""


class NoSource(CircularityError):
    """A statement that does not say where it comes from."""


class OutOfDate(CircularityError):
    """A number that no longer holds at the date of the method."""


class NoWayToSum(CircularityError):
    """An indicator declared for a level at which its quantities cannot be summed."""


# Computing -------------------------------------------------------------------------------------------------------


class UnknownInput(CircularityError):
    """An input the formula does not have."""


class MissingInput(CircularityError):
    """An input that has no default and was not given."""


class ImpossibleInput(CircularityError):
    """An input outside its bounds, or inputs that contradict each other."""


class ZeroDenominator(CircularityError):
    """A division by zero."""


# Reconciling -----------------------------------------------------------------------------------------------------


class NoObservations(CircularityError):
    """Flows of which not one has a value."""


class ContradictoryValues(CircularityError):
    """Values that are held to be exact and cannot all be true."""


class SingularErrors(CircularityError):
    """Errors of measurements that are bound to each other so that a relation has no error left."""


class NotACovariance(CircularityError):
    """A matrix that is no covariance."""


class NotFinite(CircularityError):
    """A number that is infinite or missing where it cannot be."""


class WrongShape(CallError):
    """Arrays whose sizes do not fit each other."""


class NoSpread(CircularityError):
    """A value without its standard deviation."""


class TwoSpreads(CircularityError):
    """A value with both a standard deviation and a geometric one."""


class NoFlowsBelow(CircularityError):
    """A flow between groups of processes, or a share, of which no single flow is given."""


class UndeterminedShare(CircularityError):
    """An uncertain share of a whole that is zero or cannot be determined."""


class NotConverged(CircularityError):
    """Uncertain shares for which no balance is found."""


class NoNonNegative(CircularityError):
    """Flows that cannot all be zero or more."""


# Robustness ------------------------------------------------------------------------------------------------------


class NotOnSimplex(CircularityError):
    """Weights of which one is below zero or no number, or that do not sum to one."""


class NotPowerOfTwo(CallError):
    """A number of Sobol points that is no power of two."""


class NotTheDesign(CallError):
    """Results that are not those of the runs of a design."""


# Reports ---------------------------------------------------------------------------------------------------------


class NotebookFailed(CircularityError):
    """A cell of a report notebook failed."""


class AlternativeTextMissing(CircularityError):
    """A figure without a text that says what it shows."""


# Large ledgers ---------------------------------------------------------------------------------------------------


class NotOfDataset(CircularityError):
    """Something in the folder of a dataset that does not belong there."""


class CorrectionOfDataset(CircularityError):
    """A declared correction of flows that are read as sums, so that no row can be changed."""


class EmptyDataset(CircularityError):
    """A dataset without any file."""


class WrongColumnType(CircularityError):
    """A column of a dataset that holds another type of value than it should."""


class DiffersFromFirst(CircularityError):
    """A file of a dataset that is not made like the others."""


class NoMassUnit(CircularityError):
    """Whole masses in a dataset that does not say what they are counted in."""


class WrongMassUnit(CircularityError):
    """A unit that masses of a dataset cannot be counted in."""


class NotExact(CircularityError):
    """Masses with decimals that no unit turns into whole numbers without changing them."""


class DatasetDamaged(CircularityError):
    """A dataset that cannot be read to its end."""


class SumTooLarge(CircularityError):
    """Masses whose sum does not fit the numbers it is kept in."""


class MemoryTooSmall(CallError):
    """Sums that do not fit in the memory, and the room beside it, that they were given."""


class ClusterUnreachable(CallError):
    """No scheduler at an address, or one without workers."""


class ClusterFailed(CircularityError):
    """A cluster that stopped before the sums were ready."""


class WorkerSeesOtherData(CircularityError):
    """A worker that does not find the file it has to add up, or finds another."""
