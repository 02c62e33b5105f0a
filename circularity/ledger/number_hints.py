"""What number somebody may have meant who wrote it otherwise than a decimal point asks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from circularity.errors import either, sentence, together
from circularity.method.declarations import Column
from circularity.method.vocabulary import Vocabulary
from circularity.texts import LANGUAGES, Texts

# A number that is either one with three decimals or a whole number of thousands.
TWO_READINGS = r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"
# Longer texts hold no number that was mistyped.
LONGEST_NUMBER = 40

_ABOUT = re.compile(r"^(ca\.?|circa|approx\.?|ongeveer|about|±|~|≈|€|eur)\s*", re.IGNORECASE)
_PARTS = re.compile(r"([+-]?)\s*(\d[\d.,]*|[.,]\d+)\s*(.*)")
_GROUPS = re.compile(r"\d{1,3}([.,])\d{3}(\1\d{3})*")


def plain_digits(text: str) -> str:
    """`text` with the digits and minus signs of any script as those of a number, and no spaces between digits."""
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return re.sub(r"(?<=\d)[\s'’_](?=\d)", "", re.sub("[−–—]", "-", text))


def possible_numbers(text: str) -> tuple[list[str], str]:
    """The numbers that `text` may stand for, as this program writes them, and what came after the number."""
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
    text: str, spec: Column, units: Vocabulary, unit_column: str | None, in_sheet: bool = False
) -> Mapping[str, str] | None:
    """A sentence on the number that was probably meant by `text`, or None when there is no telling.

    Parameters
    ----------
    text : str
        Cell that is no number.
    spec : Column
        Column it stands in.
    units : Vocabulary
        Units that may stand behind a number.
    unit_column : str or None
        Column of the table that holds the unit, if there is one for this number.
    in_sheet : bool, optional
        Whether it stands in a workbook, where a number has no point or comma but is shown with one.
    """
    numbers, rest = possible_numbers(text)
    if not numbers or (spec.kind == "mass" and numbers[0].startswith("-")):
        return None
    if rest == "%":
        numbers = [_of_percentage(n, spec) if _is_share(spec) else n for n in numbers]
        return sentence("meant", names=either(numbers))
    if rest:
        unit = units.names.exactly(rest)
        if unit and unit_column is not None:
            return sentence("with_unit", number=either(numbers), unit=either(unit), column=unit_column)
        if spec.unit in (None, "1"):
            return None
        unit_name = {lang: Texts(lang).unit(spec.unit) for lang in LANGUAGES}
        return sentence("without_unit", number=either(numbers), unit=unit_name)
    point = sentence("number_cell" if in_sheet else "decimal_point") if re.search(r"\d[.,\s'’_]", text) else None
    return together(sentence("meant", names=either(numbers)), point)


def meant_share(text: str, spec: Column) -> Mapping[str, str] | None:
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


def _is_share(spec: Column) -> bool:
    """Whether a percentage can be meant: of a whole, or around 1."""
    return spec.unit == "1" and 1 in (spec.min, spec.max)


def _of_percentage(number: str, spec: Column) -> str:
    """A percentage as the column has it: a share, or a factor around 1."""
    return f"{(Decimal(number) / 100 + int(spec.min or 0)).normalize():f}"
