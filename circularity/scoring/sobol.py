"""The runs of a variance-based sensitivity analysis: Sobol points, and blocks of columns that change places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from circularity.errors import CallError, DataError, MethodError, Where, meant
from circularity.texts import word

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """Which numbers to put in, run by run.

    The runs are blocks of `points` rows: A, B, then A with the columns of each factor from B, then, for the second
    order, B with the columns of each factor from A.

    Attributes
    ----------
    factors : mapping of str to int
        Factors, in the order of their names, with their number of columns.
    points : int
        Rows of a block; a power of two.
    seed : int
    second : bool
        Whether the runs for indices of the second order are there.
    """

    factors: Mapping[str, int]
    points: int
    seed: int
    second: bool

    @property
    def runs(self) -> int:
        """Number of runs."""
        return self.points * (2 + len(self.factors) * (2 if self.second else 1))

    @property
    def columns(self) -> dict[str, slice]:
        """The columns of each factor."""
        ends = np.cumsum([0, *self.factors.values()]).tolist()
        return {name: slice(a, b) for name, a, b in zip(self.factors, ends, ends[1:], strict=False)}

    @cached_property
    def inputs(self) -> Floats:
        """Numbers from 0 up to 1, (runs, columns)."""
        from scipy.stats import qmc

        width = sum(self.factors.values())
        both = qmc.Sobol(2 * width, scramble=True, seed=np.random.default_rng(self.seed)).random(self.points)
        a, b = both[:, :width], both[:, width:]
        blocks = [a, b, *(_swapped(a, b, columns) for columns in self.columns.values())]
        if self.second:
            blocks += [_swapped(b, a, columns) for columns in self.columns.values()]
        return np.vstack(blocks)

    def of(self, factor: str) -> Floats:
        """The numbers of one factor, (runs, its columns).

        Raises
        ------
        UnknownReference
            If there is no such factor.
        """
        if factor not in self.factors:
            tables, hint = word("factors", "sensitivity"), meant(factor, self.factors)
            raise DataError("UnknownReference", where=Where(key=factor), found=factor, tables=tables, hint=hint)
        return np.asarray(self.inputs[:, self.columns[factor]])


def design(factors: Sequence[str] | Mapping[str, int], points: int, *, seed: int = 1, second: bool = False) -> Design:
    """The runs from which `indices` estimates which factor moves a result how much.

    Parameters
    ----------
    factors : sequence of str, or mapping of str to int
        Names; or names with how many columns each owns, which change places together: one factor is the weights of a
        whole group of people, for instance. Their order makes no difference.
    points : int
        Rows of a block; a power of two. There are points x (factors + 2) runs.
    seed : int, optional
        Of the scrambling of the Sobol points.
    second : bool, optional
        Make the runs for indices of the second order too: points x (2 factors + 2).

    Returns
    -------
    Design

    Raises
    ------
    NotPowerOfTwo
        If `points` is none.
    DuplicateId, EmptyTable, WrongArgument
        If a name stands twice, there is no factor, or one owns no column.
    """
    if points < 2 or points & (points - 1):
        below = 1 << max(1, points.bit_length() - 1)
        raise CallError("NotPowerOfTwo", found=points, expected=[below, 2 * below] if points > 2 else [2])
    names = list(factors)
    if not names:
        raise DataError("EmptyTable", where=Where(key="factors"))
    for i, name in enumerate(names):
        if name in names[:i]:
            raise MethodError("DuplicateId", where=Where(key="factors"), found=name)
    widths = {name: factors[name] if isinstance(factors, Mapping) else 1 for name in sorted(names)}
    for name, width in widths.items():
        if width < 1:
            at_least = {lang: text.format(low=1) for lang, text in word("at_least", "expected").items()}
            raise CallError("WrongArgument", where=Where(key=name), name="factors", found=width, expected=at_least)
    return Design(widths, points, seed, second)


def choose(points: npt.ArrayLike, choices: int) -> npt.NDArray[np.intp]:
    """A choice for each number from 0 up to 1: equal parts of that interval, whatever numbers are there.

    Parameters
    ----------
    points : array_like
    choices : int
        How many there are to choose from.

    Returns
    -------
    array of int
        From 0 up to `choices`, as `points` in shape.

    Raises
    ------
    WrongArgument
        If a point is not from 0 up to 1, or there is nothing to choose from.
    """
    if choices < 1:
        at_least = {lang: text.format(low=1) for lang, text in word("at_least", "expected").items()}
        raise CallError("WrongArgument", name="choices", found=choices, expected=at_least)
    given = np.asarray(points, dtype=np.float64)
    within = (given >= 0) & (given < 1)
    if not within.all():
        expected = word("unit_points", "robustness_advice")
        raise CallError("WrongArgument", name="points", found=float(given[~within][0]), expected=expected)
    # Next below one, times a large number, can round up to that number.
    return np.minimum((given * choices).astype(np.intp), choices - 1)


def _swapped(rows: Floats, other: Floats, columns: slice) -> Floats:
    changed = rows.copy()
    changed[:, columns] = other[:, columns]
    return changed
