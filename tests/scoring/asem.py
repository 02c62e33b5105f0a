"""The ASEM example of COINr 1.1.14 (Becker et al. 2022, JOSS 7(78), 4567) in the form of this package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

TREAT = {"step": "treat", "way": "winsorise_then_log", "skewness": 2, "kurtosis": 3.5, "most_points": 5}
TO_100 = {"step": "normalise", "way": "minmax", "range": [1, 100]}
RANK = {"step": "rank"}


def aggregate(way: str = "arithmetic_mean") -> dict[str, Any]:
    return {"step": "aggregate", "way": way, "available": 0}


# The chains of the README of the data.
CHAIN_A = [TREAT, TO_100, aggregate(), RANK]
FILLED: list[dict[str, Any]] = [
    {"step": "denominate"},
    {"step": "impute", "way": "mean", "group": "EurAsia_group"},
    {"step": "screen", "available": 0.9},
    TREAT,
]
CHAIN_B = [*FILLED, {"step": "normalise", "way": "minmax"}, aggregate(), RANK]


@dataclass(frozen=True)
class Asem:
    """ScoreTree and values, and the folder with what COINr makes of them."""

    folder: Path
    structure: pd.DataFrame
    values: pd.DataFrame


def read_asem(shared: Path) -> Asem:
    folder = shared / "data" / "asem"
    if not folder.is_dir():
        pytest.skip("data/asem is not among the public data")
    meta, data = pd.read_csv(folder / "iMeta.csv"), pd.read_csv(folder / "iData.csv")
    rows = meta[meta.Type.isin(["Indicator", "Aggregate"])]
    structure = pd.DataFrame(
        {
            "code": rows.iCode, "parent": rows.Parent.fillna(""), "weight": rows.Weight, "level": rows.Level,
            "direction": rows.Direction.where(rows.Level == 1, 1).astype(int),
            "denominator": rows.Denominator.fillna(""), "en": rows.iName,
        }
    )  # fmt: skip
    return Asem(folder, structure, data.rename(columns={"uCode": "unit", "uName": "name"}).drop(columns="Time"))


def mean_rank_shift(code: str, period: int, stated: Any) -> Any:
    """The mean absolute shift of ranks from those stated, the usual target of such an analysis.

    Parameters
    ----------
    code : str
    period : int
    stated : array of float, shape (units,)
        Ranks of the units of the period, in their order in the values.
    """

    def outputs(run: Any) -> dict[str, Any]:
        rows = [i for i, p in enumerate(run.values.periods) if p == period]
        return {"rank_shift": np.nanmean(np.abs(run.ranks(code)[:, rows] - stated), axis=1)}

    return outputs
