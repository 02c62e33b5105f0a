"""Every error a user can meet, on one page.

An error says what is wrong, where (file, sheet, row, column), what was found, what was expected and what to do.
The sentences stand in ``texts.yaml`` under the class name, in Dutch and English. A fault in data or method is made,
collected with others and raised once, as `DataFaults` or `MethodFaults`; it is an exception too, so that a single one
can be raised where nothing needs collecting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from circularity.texts import error_text

MOST_VALUES_SHOWN = 5


@dataclass(frozen=True)
class Where:
    """The place of a fault; parts that do not apply are None."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        parts = [
            self.file,
            self.sheet,
            None if self.row is None else f"row {self.row}",
            self.column,
            self.key,
        ]
        return ", ".join(str(p) for p in parts if p is not None)

    def text(self, lang: str) -> str:
        """The place in words of `lang`."""
        named = [
            (self.file, ""),
            (self.sheet, {"nl": "blad ", "en": "sheet "}[lang]),
            (self.row, {"nl": "rij ", "en": "row "}[lang]),
            (self.column, {"nl": "kolom ", "en": "column "}[lang]),
            (self.key, ""),
        ]
        return ", ".join(f"{word}{value}" for value, word in named if value is not None)


class CircularityError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    where : Where, optional
        Place of the fault.
    **details
        Values that the sentence of this error in ``texts.yaml`` names. ``found`` and ``expected`` are usual.
    """

    def __init__(self, *, where: Where | None = None, **details: Any) -> None:
        super().__init__(type(self).__name__)
        self.where = where or Where()
        self.details = details

    def text(self, lang: str = "en") -> str:
        """The whole message in `lang`: place, what is wrong, what to do."""
        what, cure = error_text(type(self).__name__, lang, self.details)
        place = self.where.text(lang)
        return f"{place}: {what} {cure}".strip() if place else f"{what} {cure}".strip()

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The error as plain data, for ``--json``."""
        what, cure = error_text(type(self).__name__, lang, self.details)
        where = {k: v for k, v in vars(self.where).items() if v is not None}
        found, expected = self.details.get("found"), self.details.get("expected")
        return {
            "error": type(self).__name__,
            **where,
            "found": None if found is None else str(found),
            "expected": None if expected is None else str(expected),
            "what": what,
            "to_do": cure,
        }

    def __str__(self) -> str:
        return f"{type(self).__name__}: {self.text('en')}"


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

    def __iter__(self) -> Iterator[CircularityError]:
        return iter(self.faults)

    def __len__(self) -> int:
        return len(self.faults)

    def text(self, lang: str = "en") -> str:
        """One line per fault under a line that counts them."""
        what, cure = error_text(type(self).__name__, lang, {"count": len(self.faults)})
        return "\n".join([f"{what} {cure}".strip(), *(f"  {f.text(lang)}" for f in self.faults)])

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The faults as plain data."""
        return {"error": type(self).__name__, "faults": [f.as_dict(lang) for f in self.faults]}


class DataFaults(Faults):
    """A fieldlab's data have faults; nothing was computed."""


class MethodFaults(Faults):
    """The method has faults; nothing was computed."""


# Calling ---------------------------------------------------------------------------------------------------------


class CallError(CircularityError):
    """A call that cannot be answered, whatever the data."""


class UnknownFileType(CallError):
    """A file whose ending names no format that can be written."""


class DrawsTooFew(CallError):
    """Fewer draws than an interval needs."""


class UnknownPeriod(CallError):
    """A period the fieldlab does not have."""


class UnknownEntity(CallError):
    """An entity the fieldlab does not have at that level."""


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


class MissingColumn(CircularityError):
    """A required column is not there."""


class UnknownColumn(CircularityError):
    """A column nobody knows."""


class DuplicateColumn(CircularityError):
    """A column that stands twice in the heading."""


class RowLength(CircularityError):
    """A row with more cells than the heading."""


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


class UnknownReference(CircularityError):
    """A name that no other table has."""


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


class RepeatedRow(CircularityError):
    """A row equal to an earlier one in every column."""


class SharesAboveOne(CircularityError):
    """Shares of one whole that together exceed one."""


class PartLargerThanWhole(CircularityError):
    """A part that exceeds the whole it belongs to."""


class ProductWithoutMass(CircularityError):
    """A product, or part without parts of its own, that has no mass."""


class PartOfItself(CircularityError):
    """A product that is, by way of its parents, a part of itself."""


class WrongEnd(CircularityError):
    """A flow whose receiving or giving party does not fit its role."""


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


# Computing -------------------------------------------------------------------------------------------------------


class UnknownInput(CircularityError):
    """An input the formula does not have."""


class MissingInput(CircularityError):
    """An input that has no default and was not given."""


class ImpossibleInput(CircularityError):
    """An input outside its bounds, or inputs that contradict each other."""


class ZeroDenominator(CircularityError):
    """A division by zero."""


# Reports ---------------------------------------------------------------------------------------------------------


class NotebookFailed(CircularityError):
    """A cell of a report notebook failed."""


class AlternativeTextMissing(CircularityError):
    """A figure without a text that says what it shows."""
