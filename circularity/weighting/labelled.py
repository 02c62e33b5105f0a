"""Numbers labelled with the items they are of: every function here goes by name, so that order changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import FileError, ReconciliationError, WeightingError, Where, sentence

Floats = npt.NDArray[np.float64]
# Two computed numbers closer than this are the same: what differs is rounding.
ROUNDING = 1e-10


def by_name(values: Mapping[str, float] | pd.Series) -> pd.Series:
    """The values as floats in the order of their names.

    Raises
    ------
    NotFinite
        If one is missing or infinite; with its name.
    WrongValue
        If a name is repeated.
    TooFewItems
        If there are fewer than two.
    """
    series = pd.Series(values, dtype=np.float64).sort_index(kind="stable")
    twice = series.index[series.index.duplicated()]
    if len(twice):
        raise FileError(
            "WrongValue", where=Where(key=str(twice[0])), found=twice[0], expected=sentence("once", "expected")
        )
    for name, value in series.items():
        if not np.isfinite(value):
            raise ReconciliationError("NotFinite", where=Where(key=str(name)), found=str(value))
    if len(series) < 2:
        raise WeightingError("TooFewItems", found=len(series), names=list(series.index))
    return series


def same_items(given: Iterable[str], wanted: Iterable[str]) -> None:
    """Raise `MissingAnswer` unless both name the same items."""
    missing, extra = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
    if missing or extra:
        raise WeightingError("MissingAnswer", found=missing or extra, expected=sorted(set(wanted)))
