"""The values that a composite indicator is made of: a row per unit, and per period where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CircularityError, DataError, DataFaults, ScoringError, Where, check_argument, meant
from circularity.scoring.tree import ScoreTree
from circularity.tables.checked import Cells
from circularity.texts import word

Array = npt.NDArray[np.float64]

UNIT, PERIOD, NAME = "unit", "period", "name"
LONG = ("indicator", "value")


@dataclass(frozen=True)
class Values:
    """Values of indicators, rows and columns by name.

    Attributes
    ----------
    units : tuple of str
        The unit of each row.
    periods : tuple of int
        The period of each row; 0 in all where the table has none.
    codes : tuple of str
        The indicators, then what they are divided by.
    x : array of float, shape (rows, codes)
        Values; NaN where one is not known.
    sd : array of float, shape (rows, codes)
        Standard deviation in the unit of the value; 0 where none was given.
    gsd : array of float, shape (rows, codes)
        Geometric standard deviation; 1 where none was given.
    groups : DataFrame
        Other columns of the table, as text, a row per row.
    given : list of (str, int)
        Units and periods in the order of the table.
    unused : list of str
        Indicators of the table that the structure does not have.
    """

    units: tuple[str, ...]
    periods: tuple[int, ...]
    codes: tuple[str, ...]
    x: Array
    sd: Array
    gsd: Array
    groups: pd.DataFrame
    given: list[tuple[str, int]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    @property
    def has_periods(self) -> bool:
        """Whether rows are of a period."""
        return any(self.periods)

    @property
    def uncertain(self) -> bool:
        """Whether any value has a standard deviation."""
        return bool((self.sd > 0).any() or (self.gsd > 1).any())

    def row(self, unit: str, period: int) -> int:
        """The row of a unit in a period."""
        return list(zip(self.units, self.periods, strict=True)).index((unit, period))

    def index(self) -> pd.Index:
        """The rows as an index: ``unit``, and ``period`` where there are several."""
        if not self.has_periods:
            return pd.Index(list(self.units), name=UNIT)
        return pd.MultiIndex.from_arrays([list(self.units), list(self.periods)], names=[UNIT, PERIOD])

    def column(self, code: str) -> Array:
        """The values of one indicator. Shape (rows,)."""
        return self.x[:, self.codes.index(code)]

    def check_group(self, name: str) -> None:
        """Raise `MissingColumn` if the table has no group of that name."""
        if name not in self.groups.columns:
            known = list(self.groups.columns)
            raise DataError(
                "MissingColumn",
                where=Where(column=name),
                found=name,
                expected=f"{', '.join(known)}.",
                hint=meant(name, known),
            )

    def take(self, rows: Sequence[int]) -> Values:
        """Some of the rows."""
        which = list(rows)
        kept = {(self.units[i], self.periods[i]) for i in which}
        return Values(
            units=tuple(self.units[i] for i in which),
            periods=tuple(self.periods[i] for i in which),
            codes=self.codes,
            x=self.x[which],
            sd=self.sd[which],
            gsd=self.gsd[which],
            groups=self.groups.iloc[which].reset_index(drop=True),
            given=[key for key in self.given if key in kept],
            unused=self.unused,
        )

    def table(self) -> pd.DataFrame:
        """The values as a long table that reads back, units in the order in which they came."""
        shape = self.x.shape
        place = {key: i for i, key in enumerate(zip(self.units, self.periods, strict=True))}
        order = [place[key] for key in self.given]
        table = pd.DataFrame(
            {
                UNIT: np.repeat(np.array([k[0] for k in self.given], dtype=object), shape[1]),
                PERIOD: np.repeat(np.array([k[1] for k in self.given]), shape[1]),
                "indicator": np.tile(np.array(self.codes, dtype=object), shape[0]),
                "value": self.x[order].ravel(), "sd": self.sd[order].ravel(), "uncertainty": self.gsd[order].ravel(),
            }
        )  # fmt: skip
        for column in self.groups.columns:
            table[column] = np.repeat(self.groups[column].to_numpy()[order], shape[1])
        return table if self.has_periods else table.drop(columns=PERIOD)


def read_values(table: pd.DataFrame, structure: ScoreTree) -> Values:
    """The values of a table, wide or long.

    Parameters
    ----------
    table : DataFrame
        Wide: ``unit``, ``period`` where there are several, and a column per indicator and per denominator; other
        columns are groups. Long: ``unit``, ``period``, ``indicator``, ``value`` and, where known, ``sd`` (standard
        deviation in the unit of the value) or ``uncertainty`` (geometric standard deviation); other columns are groups.
        An empty cell is a value that is not known. ``attrs["file"]`` names the file for messages.
    structure : ScoreTree

    Returns
    -------
    Values
        Sorted by period and unit, so that the order of the table changes nothing.

    Raises
    ------
    DataFaults
        With everything that is wrong: `MissingColumn`, `DuplicateKey`, `NotANumber`, `NotAPeriod`, `OutOfRange`,
        `ContradictoryGroup`.
    """
    check_argument("table", table, pd.DataFrame)
    check_argument("structure", structure, ScoreTree)
    columns = [str(c) for c in table.columns]
    codes = (*structure.leaves, *structure.denominators)
    faults: list[CircularityError] = []
    if all(c in columns for c in LONG):
        found = _long(table, columns, codes, faults)
    else:
        found = _wide(table, columns, codes, faults)
    if faults:
        raise DataFaults(faults)
    return found


def _wide(table: pd.DataFrame, columns: list[str], codes: tuple[str, ...], faults: list[CircularityError]) -> Values:
    cells = Cells(table, "values", [UNIT], [c for c in columns if c != UNIT], faults)
    others = [c for c in columns if c not in (UNIT, PERIOD, *codes)]
    for code in codes:
        if code not in columns:
            where = cells.heading
            hint = meant(code, others)
            faults.append(
                DataError("MissingColumn", where=where, found=code, expected=f"{', '.join(codes)}.", hint=hint)
            )
    keys = [_key(cells, row, faults) for row in range(len(cells))]
    _once(cells, keys, [""] * len(keys), faults)
    x = np.array([[cells.number(row, code) for code in codes] for row in range(len(cells))])
    texts = {c: [cells.text(row, c, needed=False) for row in range(len(cells))] for c in others}
    groups = pd.DataFrame(texts, index=range(len(cells)), dtype=object)
    order = sorted(range(len(keys)), key=lambda i: (keys[i][1], keys[i][0]))
    return Values(
        units=tuple(keys[i][0] for i in order),
        periods=tuple(keys[i][1] for i in order),
        codes=codes,
        x=x[order],
        sd=np.zeros(x.shape),
        gsd=np.ones(x.shape),
        groups=groups.iloc[order].reset_index(drop=True),
        given=keys,
    )


def _long(table: pd.DataFrame, columns: list[str], codes: tuple[str, ...], faults: list[CircularityError]) -> Values:
    cells = Cells(table, "values", [UNIT, *LONG], [c for c in columns if c not in (UNIT, *LONG)], faults)
    others = [c for c in columns if c not in (UNIT, PERIOD, *LONG, "sd", "uncertainty")]
    keys = [_key(cells, row, faults) for row in range(len(cells))]
    names = [cells.text(row, "indicator") for row in range(len(cells))]
    _once(cells, keys, names, faults)
    units = sorted(set(keys), key=lambda k: (k[1], k[0]))
    place, column = {k: i for i, k in enumerate(units)}, {c: j for j, c in enumerate(codes)}
    for code in codes:
        if code not in names:
            where, hint = Where(file=cells.file, column="indicator"), meant(code, set(names) - set(codes))
            faults.append(
                DataError("MissingColumn", where=where, found=code, expected=f"{', '.join(codes)}.", hint=hint)
            )
    shape = (len(units), len(codes))
    x, sd, gsd = np.full(shape, np.nan), np.zeros(shape), np.ones(shape)
    groups = pd.DataFrame("", index=range(len(units)), columns=others, dtype=object)
    for row, (key, name) in enumerate(zip(keys, names, strict=True)):
        for other in others:
            said, before = cells.text(row, other, needed=False), groups.at[place[key], other]
            if said and before and said != before:
                where = cells.where(row, other)
                faults.append(ScoringError("ContradictoryGroup", where=where, unit=key[0], found=said, other=before))
            groups.at[place[key], other] = before or said
        if name in column:
            at = place[key], column[name]
            x[at] = cells.number(row, "value")
            sd[at] = _spread(cells, row, "sd", 0.0, faults)
            gsd[at] = _spread(cells, row, "uncertainty", 1.0, faults)
    return Values(
        units=tuple(k[0] for k in units),
        periods=tuple(k[1] for k in units),
        codes=codes,
        x=x,
        sd=sd,
        gsd=gsd,
        groups=groups,
        given=list(dict.fromkeys(keys)),
        unused=sorted(set(names) - set(codes)),
    )


def _key(cells: Cells, row: int, faults: list[CircularityError]) -> tuple[str, int]:
    unit, period = cells.text(row, UNIT), cells.text(row, PERIOD, needed=False)
    if PERIOD not in cells.columns:
        return unit, 0
    text = period.removesuffix(".0")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        faults.append(DataError("NotAPeriod", where=cells.where(row, PERIOD), found=period))
        return unit, 0
    return unit, int(text)


def _spread(cells: Cells, row: int, column: str, least: float, faults: list[CircularityError]) -> float:
    if cells.is_empty(row, column):
        return least
    found = cells.number(row, column)
    if found < least:
        expected = {lang: text.format(low=f"{least:g}") for lang, text in word("at_least", "bounds").items()}
        faults.append(DataError("OutOfRange", where=cells.where(row, column), found=f"{found:g}", expected=expected))
    return found


def _once(cells: Cells, keys: list[tuple[str, int]], names: list[str], faults: list[CircularityError]) -> None:
    first: dict[Any, int] = {}
    for row, key in enumerate(zip(keys, names, strict=True)):
        if key in first:
            parts = [key[0][0], str(key[0][1] or ""), key[1]]
            found = ", ".join(part for part in parts if part)
            faults.append(
                DataError("DuplicateKey", where=cells.where(row, UNIT), found=found, first=cells.rows[first[key]])
            )
        first.setdefault(key, row)
