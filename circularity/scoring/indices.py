"""Which factor moves a result how much: Sobol indices with intervals from a bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, DataError, ReconciliationError, Where, sentence
from circularity.scoring.convergence import Convergence, judge
from circularity.scoring.estimators import ROUNDING, estimate, interval
from circularity.scoring.sobol import Design
from circularity.texts import word

Floats = npt.NDArray[np.float64]

FIRST_ORDER = ("saltelli", "jansen")
COLUMNS = ["output", "factor", "with", "index", "value", "low", "high", "state"]


class Indices:
    """Sobol indices of results.

    Attributes
    ----------
    table : DataFrame
        A row is an index of an ``output`` and a ``factor``: ``first`` (what part of the variance the factor explains
        alone), ``total`` (what part is left when all others are known) or ``second`` (what it explains ``with``
        another, beyond what each does alone), its ``value`` with the ends ``low`` and ``high`` of its interval, and
        its ``state``. [1] States: ``ok``; ``no_variance``, the result is the same in all runs and nothing turns it;
        ``rarely``, it differs so seldom that no index, or no interval, can be estimated; indices are missing then.
    design : Design
    outputs : list
        Names.
    level : float
        Probability of the intervals.
    """

    def __init__(self, design: Design, outputs: Sequence[object], y: Floats, first: str, resamples: int, seed: int,
                 level: float) -> None:  # fmt: skip
        self.design, self.outputs, self.level = design, list(outputs), level
        constant = np.ptp(y, axis=0) <= ROUNDING * np.abs(y).max(axis=0)
        self._found = estimate(design, y, first, resamples, seed)
        half = estimate(design, _first_half(design, y), first, 0, seed)
        self._half_total = half.total[0]
        self._states = [_state(c, f) for c, f in zip(constant, self._found.total.swapaxes(0, 1), strict=True)]
        self.table = self._table()

    def value(self, output: object = None, index: str = "total") -> pd.Series:
        """The indices of one output by factor; of the first output by default."""
        rows = self.table[self.table["output"].eq(self.outputs[0] if output is None else output)]
        return rows[rows["index"].eq(index)].set_index("factor")["value"]

    def convergence(self, width: float, dummy: str | None = None) -> Convergence:
        """Whether the indices can be used: checks with their numbers.

        Parameters
        ----------
        width : float
            Widest interval that a total index may have. [1]
        dummy : str, optional
            A factor that is known to have no influence.

        Returns
        -------
        Convergence

        Raises
        ------
        WrongArgument
            If `width` is not above 0, or `dummy` no factor.
        """
        return judge(self.design, self.outputs, self._states, self._found, self._half_total, self.level, width, dummy)

    def _table(self) -> pd.DataFrame:
        factors = list(self.design.factors)
        pairs = list(combinations(factors, 2)) if self.design.second else []
        kinds = [("first", self._found.first, [(f, "") for f in factors]),
                 ("total", self._found.total, [(f, "") for f in factors]),
                 ("second", self._found.second, pairs)]  # fmt: skip
        rows = []
        for o, (output, state) in enumerate(zip(self.outputs, self._states, strict=True)):
            for index, found, named in kinds:
                low, high = interval(found[1:, o], self.level)
                for j, (factor, other) in enumerate(named):
                    value = np.nan if state == "no_variance" else found[0, o, j]
                    rows.append((output, factor, other, index, value, low[j], high[j], state))
        return pd.DataFrame(rows, columns=COLUMNS)

    def __repr__(self) -> str:
        return f"<Indices of {len(self.outputs)} outputs, {len(self.design.factors)} factors, {self.design.runs} runs>"


def indices(
    design: Design,
    results: pd.DataFrame | pd.Series | npt.ArrayLike,
    *,
    first: str = "saltelli",
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 1,
    outputs: Sequence[object] | None = None,
) -> Indices:
    """Sobol indices of the results of a design.

    Results are centred first, so that a number added to all of them changes nothing.

    Parameters
    ----------
    design : Design
    results : DataFrame, Series or array_like, (runs,) or (runs, outputs)
        In the order of ``design.inputs``; a claim that holds or not as 1 and 0.
    first : {"saltelli", "jansen"}, optional
        Estimator of the first order. The total is by Jansen.
    resamples : int, optional
        Of the bootstrap, over rows of the blocks; 0 for no intervals.
    level : float, optional
        Probability of the intervals.
    seed : int, optional
        Of the bootstrap.
    outputs : sequence, optional
        Names, where `results` has none; 1, 2, ... by default.

    Returns
    -------
    Indices

    Raises
    ------
    NotTheDesign
        If there is not one result for every run.
    NotFinite
        If a result is missing or infinite.
    WrongArgument, WrongShape, EmptyTable
        If an argument is not what it can be.
    """
    if first not in FIRST_ORDER:
        raise CallError("WrongArgument", name="first", found=first, expected=list(FIRST_ORDER))
    if not 0 < level < 1:
        raise CallError("WrongArgument", name="level", found=level, expected="0 < level < 1")
    if resamples < 0:
        at_least = {lang: text.format(low=0) for lang, text in word("at_least", "expected").items()}
        raise CallError("WrongArgument", name="resamples", found=resamples, expected=at_least)
    y = np.asarray(results, dtype=np.float64)
    if y.ndim not in (1, 2) or len(y) != design.runs:
        raise CallError("NotTheDesign", found=y.shape, expected=design.runs)
    y = y.reshape(design.runs, -1)
    if isinstance(results, pd.DataFrame):
        outputs = list(results.columns)
    elif isinstance(results, pd.Series) and results.name is not None:
        outputs = [results.name]
    named = list(outputs) if outputs is not None else list(range(1, y.shape[1] + 1))
    if not named:
        raise DataError("EmptyTable", where=Where(key="results"))
    if len(named) != y.shape[1]:
        advice = sentence("one_output", "robustness_advice")
        raise CallError("WrongShape", name="outputs", found=len(named), expected=y.shape[1], advice=advice)
    if not np.isfinite(y).all():
        run, output = np.argwhere(~np.isfinite(y))[0]
        raise ReconciliationError(
            "NotFinite", where=Where(row=int(run) + 1, key=str(named[output])), found=y[run, output]
        )
    return Indices(design, named, y, first, resamples, seed, level)


def _first_half(design: Design, y: Floats) -> Floats:
    """The results of the first half of every block, which are Sobol points as well."""
    return y.reshape(-1, design.points, y.shape[1])[:, : design.points // 2].reshape(-1, y.shape[1])


def _state(constant: bool, total: Floats) -> str:
    if constant:
        return "no_variance"
    return "ok" if np.isfinite(total).all() else "rarely"
