"""How the numbers of a table are written: decimal point or comma, words for unknown, and texts with two readings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from circularity.errors import CircularityError
from circularity.method.declarations import Table
from circularity.tables.cells import TextColumn, value_or_word
from circularity.tables.columns import NUMBERS
from circularity.tables.numbers import TWO_READINGS, Notation, find_notation, two_readings, with_points

if TYPE_CHECKING:
    from circularity.ledger.raw import RawTable

_TWO_READINGS = re.compile(f"^{TWO_READINGS}$")


@dataclass(frozen=True)
class Reading:
    """Numbers of a column that can be read in two ways, and how they were read.

    Attributes
    ----------
    column : str
    found, value : str
        The first of them, as it is in the file and as it was read.
    notation : Notation
        What shows that.
    rows : array of bool
        The rows with such a number.
    """

    column: str
    found: str
    value: str
    notation: Notation
    rows: npt.NDArray[np.bool_] = field(repr=False)


def with_decimal_points(
    columns: Sequence[TextColumn], heading: Sequence[str], table: Table, separator: str | None, in_sheet: bool
) -> tuple[list[Reading], dict[int, npt.NDArray[np.bool_]]]:
    """Give numbers a decimal point, and words for unknown one form.

    Parameters
    ----------
    columns : sequence of TextColumn
        Changed in place.
    heading : sequence of str
        Their names.
    table : declarations.Table
    separator : str or None
        Between the cells of a CSV file. Only where it is not a comma, numbers may have a decimal comma.
    in_sheet : bool
        Whether they are in a workbook, where a number is a number and nothing is guessed about a text.

    Returns
    -------
    list of Reading
        Numbers with two readings that were read as the rest of their column or file shows.
    dict of int to array of bool
        By column, the rows with a text that can be read in two ways where nothing shows which.
    """
    numeric = [
        i
        for i, column in enumerate(heading)
        if column in table.columns and table.columns[column].kind in NUMBERS and not columns[i].all_numbers
    ]
    for i in numeric:
        may_be_empty = table.columns[heading[i]].needed != "always"
        columns[i].change([value_or_word(text, may_be_empty) for text in columns[i].texts])
    if in_sheet:
        return [], {i: columns[i].said_like(_TWO_READINGS) for i in numeric}
    if separator in (None, ","):
        return [], {}
    texts = {i: pa.array(columns[i].texts, pa.string()) for i in numeric}
    readings, two_ways = [], {}
    for i in numeric:
        notation = find_notation(texts[i], elsewhere=[texts[j] for j in numeric if j != i])
        pointed, numbers = with_points(texts[i], notation)
        if numbers.guessed.any():
            first = int(np.flatnonzero(numbers.guessed)[0])
            said, value = texts[i][first].as_py(), pointed[first].as_py()
            readings.append(Reading(heading[i], said, value, notation, columns[i].where(numbers.guessed)))
        two_ways[i] = columns[i].where(numbers.two_ways)
        columns[i].change(pointed.to_pylist())
    return readings, two_ways


def name_two_readings(
    columns: Sequence[TextColumn],
    heading: Sequence[str],
    two_ways: Mapping[int, npt.NDArray[np.bool_]],
    wanted: npt.NDArray[np.bool_],
    raw: RawTable,
    faults: list[CircularityError],
) -> None:
    """Name texts such as 1.234 where a number belongs and nothing shows how it is to be read."""
    place = np.cumsum(wanted) - 1
    for i, rows in two_ways.items():
        found = np.flatnonzero(rows & wanted)
        for row in found:
            text = columns[i].text(int(row), clean=True)
            faults.append(two_readings(raw.where(place[row], heading[i]), text, raw.sheet is not None))
        if len(found) and raw.sheet is None:  # of which one fault is enough
            columns[i].change([_TWO_READINGS.sub(_with_point, text) for text in columns[i].texts])


def _with_point(found: re.Match[str]) -> str:
    return found[0].replace(",", ".")
