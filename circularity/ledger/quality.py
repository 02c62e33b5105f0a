"""How uncertain the numbers of a table are, from a stated deviation or from pedigree scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, check_argument
from circularity.method.factors import Variances, variances
from circularity.method.load import Method, load_method

SCORES = ("reliability", "completeness", "temporal", "geographical", "technological")
# A dimension that some tables have and others do not; without a score it adds nothing (decision 0019).
SAMPLE_SIZE = "sample_size"


def log_sd(table: pd.DataFrame, method: Method) -> pd.Series[float]:
    """Standard deviation of ln(x) for every row.

    A stated geometric standard deviation counts as it is. Otherwise the variances of the pedigree scores are added to
    the basic variance; a score that is not given counts as the method says an unknown one does, and a sample size that
    is not given adds nothing.

    Parameters
    ----------
    table : DataFrame
        With ``uncertainty`` (geometric standard deviation, >= 1) and the score columns, NaN where not given.
    method : Method
        Gives the table of variances (``factors/pedigree.csv``) and which of its sets counts (``uncertainty.pedigree``).

    Returns
    -------
    Series of float
        Non-negative. [1]

    References
    ----------
    .. [1] Weidema et al. (2013), Data quality guideline for the ecoinvent database version 3, chapter 10.
    """
    settings = method.settings.uncertainty
    added = variances(method.pedigree_rows, settings.pedigree)
    total = pd.Series(_basic(added, settings.basic), index=table.index)
    for dimension in SCORES:
        given = table[dimension] if dimension in table else pd.Series(np.nan, index=table.index)
        total += given.fillna(settings.score_when_unknown).astype(int).map(added[dimension])
    if SAMPLE_SIZE in table and SAMPLE_SIZE in added:
        total += table[SAMPLE_SIZE].map(added[SAMPLE_SIZE]).fillna(0.0)
    stated = table["uncertainty"] if "uncertainty" in table else pd.Series(np.nan, index=table.index)
    return np.log(stated).where(stated.notna(), np.sqrt(total))


def log_sd_of_sum(log_sd: npt.NDArray[np.float64], concentration: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Standard deviation of ln(x) of sums of independent amounts that are equally uncertain (decision 0024).

    The lognormal distribution with the mean and the variance of the sum.

    Parameters
    ----------
    log_sd : ndarray
        Standard deviation of ln(x) of every amount in a sum. [1]
    concentration : ndarray
        Sum of the squared amounts over the square of their sum: 1 for one amount, 1/n for n equal ones. [1]

    Returns
    -------
    ndarray
        [1]

    References
    ----------
    .. [1] Fenton (1960), The sum of log-normal probability distributions in scatter transmission systems, IRE
       Transactions on Communications Systems 8(1), 57-67.
    """
    together = np.sqrt(np.log1p(np.expm1(log_sd**2) * concentration))
    return np.where(concentration == 1.0, log_sd, together)  # one amount keeps what it has, to the last bit


def has_uncertainty(table: pd.DataFrame) -> pd.Series[bool]:
    """Whether a row says anything at all about its uncertainty."""
    known = [c for c in ("uncertainty", *SCORES, SAMPLE_SIZE) if c in table]
    return table[known].notna().any(axis=1) if known else pd.Series(False, index=table.index)


def geometric_sd(
    scores: Sequence[int] | Mapping[str, int],
    set_: str | None = None,
    *,
    basic: bool = True,
    method: Method | None = None,
) -> float:
    """The geometric standard deviation of a number with pedigree scores.

    Parameters
    ----------
    scores : sequence of int, or mapping of str to int
        From 1 to 5: reliability, completeness, temporal, geographical and technological correlation, and sample size
        if it is known; in that order, or by name.
    set_ : {"ecoinvent_v2", "ecoinvent_v3", "ciroth_2016"}, optional
        Table of factors; the one of the method by default.
    basic : bool, optional
        Whether the basic uncertainty of materials is counted.
    method : Method, optional
        The installed method by default.

    Returns
    -------
    float
        At least 1; a value times and divided by its square bounds 95 %. [1]

    Raises
    ------
    WrongArgument
        If there is no such table, a score is none of 1 to 5, one of the five is missing, or the table knows no sample
        size and one is given.

    Notes
    -----
    The table of Ciroth et al. has no factor for score 5 of reliability, completeness and geographical correlation;
    that of score 4 counts (decision 0019), so that 5 looks no worse than 4 there.

    References
    ----------
    .. [1] Frischknecht et al. (2007), ecoinvent report 1, version 2.0; Weidema et al. (2013), chapter 10; Ciroth et al.
       (2016), https://doi.org/10.1007/s11367-013-0670-5.
    """
    check_argument("scores", scores, Mapping, Sequence)
    check_argument("method", method, Method, optional=True)
    method = method or load_method()
    settings = method.settings.uncertainty
    added = variances(method.pedigree_rows, settings.pedigree if set_ is None else set_)
    names = (*SCORES, SAMPLE_SIZE)
    given = dict(scores) if isinstance(scores, Mapping) else dict(zip(names, scores, strict=False))
    possible = [name for name in names if name in added]
    if not set(SCORES) <= set(given) <= set(possible) or (not isinstance(scores, Mapping) and len(scores) > len(given)):
        raise CallError("WrongArgument", name="scores", found=list(given), expected=possible)
    for name, score in given.items():
        if score not in added[name]:
            raise CallError("WrongArgument", name=name, found=score, expected=sorted(added[name]))
    total = sum(added[name][score] for name, score in given.items())
    return math.exp(math.sqrt(total + (_basic(added, settings.basic) if basic else 0.0)))


def _basic(added: Variances, name: str) -> float:
    """The variance that every number carries, whatever its scores."""
    return next(iter(added[name].values()))
