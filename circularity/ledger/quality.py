"""How uncertain the numbers of a table are, from a stated deviation or from pedigree scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from circularity.method.load import Method

SCORES = ("reliability", "completeness", "temporal", "geographical", "technological")


def sigma(table: pd.DataFrame, method: Method) -> pd.Series[float]:
    """Standard deviation of ln(x) for every row.

    A stated geometric standard deviation counts as it is. Otherwise the variances of the pedigree scores are added to
    the basic variance; a score that is not given counts as the method says an unknown one does.

    Parameters
    ----------
    table : DataFrame
        With ``uncertainty`` (geometric standard deviation, >= 1) and the score columns, NaN where not given.
    method : Method
        Gives the variances (``factors/pedigree.csv``).

    Returns
    -------
    Series of float
        Non-negative. [1]

    References
    ----------
    .. [1] Weidema et al. (2013), Data quality guideline for the ecoinvent database version 3, chapter 10.
    """
    variances = method.pedigree
    values = variances["variance"].astype(float)
    settings = method.settings.uncertainty
    total = pd.Series(float(values[variances["dimension"] == settings.basic].iloc[0]), index=table.index)
    for dimension in SCORES:
        rows = variances["dimension"] == dimension
        by_score = dict(zip(variances.loc[rows, "score"].astype(int), values[rows], strict=True))
        given = table[dimension] if dimension in table else pd.Series(np.nan, index=table.index)
        total += given.fillna(settings.score_when_unknown).astype(int).map(by_score)
    stated = table["uncertainty"] if "uncertainty" in table else pd.Series(np.nan, index=table.index)
    return np.log(stated).where(stated.notna(), np.sqrt(total))


def stated(table: pd.DataFrame) -> pd.Series[bool]:
    """Whether a row says anything at all about its uncertainty."""
    known = [c for c in ("uncertainty", *SCORES) if c in table]
    return table[known].notna().any(axis=1) if known else pd.Series(False, index=table.index)
