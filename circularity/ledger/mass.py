"""Masses as whole numbers, so that a sum is the same in any order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import DataError
from circularity.method.vocabulary import Vocabulary

# Units a ledger may count in, coarsest first. [kg]
STEPS = (1e-3, 1e-6, 1e-9, 1e-12)
# A sum of all masses stays below this many units: a quarter of what 64 bits hold.
LARGEST_SUM = 2**62
# No mass may change by more than this part when it is rounded to a whole number of units.
LARGEST_CHANGE = 1e-4


def to_kg(values: pd.Series[float], units: pd.Series[str], vocabulary: Vocabulary) -> pd.Series[float]:
    """Values in the base unit of their dimension (kg, MJ, EUR); NaN where value or unit is unknown."""
    factor = vocabulary.table["factor"].astype(float)
    return values * units.map(factor).astype(float)


def whole_numbers(kg: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], float]:
    """Masses as whole numbers of the coarsest unit that loses neither the smallest mass nor the sum.

    Parameters
    ----------
    kg : ndarray of float
        Masses, all finite and not negative. [kg]

    Returns
    -------
    masses : ndarray of int64
        Whole numbers. [`unit`]
    unit : float
        Size of the unit. [kg]

    Raises
    ------
    MassRange
        If no unit keeps both.
    """
    total = float(kg.sum())
    present = kg[kg > 0]
    for step in STEPS:
        if total / step >= LARGEST_SUM:
            break
        counted = np.rint(kg / step)
        if not len(present) or np.all(np.abs(counted[kg > 0] * step / present - 1) <= LARGEST_CHANGE):
            return counted.astype(np.int64), step
    raise DataError("MassRange", found=f"{present.min():.6g} kg", expected=f"{total:.6g} kg")
