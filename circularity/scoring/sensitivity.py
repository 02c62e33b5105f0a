"""Which uncertain input moves a result how much: Sobol indices with intervals, and whether they have settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, DataError, ReconciliationError, Where, check_argument, sentence
from circularity.scoring.sobol import ROUNDING, Design, Estimates, design, estimate, interval
from circularity.scoring.uncertainty import Model, MonteCarloRun, monte_carlo
from circularity.texts import LANGUAGES, Texts, word

Floats = npt.NDArray[np.float64]

CHECK_COLUMNS = ["output", "check", "passed", "found", "limit", "factors"]


@dataclass(frozen=True)
class Convergence:
    """What the checks found.

    Attributes
    ----------
    table : DataFrame
        A row is a ``check`` of an ``output``: whether it ``passed``, what was ``found``, the ``limit``, and the
        ``factors`` it failed for. Checks: ``variance`` (the result differs between runs often enough), ``width`` (of
        the widest interval of a total index), ``ranking`` (factors in another place with half the points), ``dummy``
        (total index of the factor without influence), ``sum`` (of the first order, at most 1) and ``order`` (first
        less total index, at most 0). The last two pass where their interval reaches the limit.
    states : dict
        State of each output, as in `Indices`.
    """

    table: pd.DataFrame
    states: dict[object, str]

    @property
    def converged(self) -> bool:
        """Whether every check passed. A result without variance has none to fail."""
        return bool(self.table["passed"].all())

    def sentences(self, lang: str = "en") -> list[str]:
        """A sentence for every output: settled, or what failed with its numbers; or that nothing turns it."""
        told = []
        for output, state in self.states.items():
            rows = self.table[self.table["output"].eq(output)]
            failed = rows[~rows["passed"].astype(bool)]
            if state != "ok":
                told.append(sentence(state, "sensitivity", output=str(output))[lang])
            elif failed.empty:
                told.append(sentence("converged", "sensitivity", output=str(output))[lang])
            else:
                because = "; ".join(_said(row, lang) for _, row in failed.iterrows())
                told.append(Texts(lang)("sensitivity.not_converged", output=output, because=because))
        return told


def judge(
    design: Design,
    outputs: Sequence[object],
    states: Sequence[str],
    found: Estimates,
    half: Floats,
    level: float,
    width: float,
    dummy: str | None,
) -> Convergence:
    """The checks of `Indices.convergence`."""
    if not width > 0:
        above = {lang: text.format(low=0) for lang, text in word("above", "expected").items()}
        raise CallError("WrongArgument", name="width", found=width, expected=above)
    names = np.array(list(design.factors))
    if dummy is not None and dummy not in design.factors:
        raise CallError("WrongArgument", name="dummy", found=dummy, expected=list(design.factors))
    rows: list[tuple[object, ...]] = []
    for o, (output, state) in enumerate(zip(outputs, states, strict=True)):
        if state == "no_variance":
            continue
        rows.append((output, "variance", state == "ok", np.nan, np.nan, ""))
        if state != "ok":
            continue
        first, total = found.first[:, o], found.total[:, o]
        low, high = interval(total[1:], level)
        wide = high - low
        rows.append((output, "width", bool((wide <= width).all()), wide.max(), width, _listed(names[~(wide <= width)])))
        moved = names[_order(total[0]) != _order(half[o])]
        rows.append((output, "ranking", not len(moved), float(len(moved)), 0.0, _listed(moved)))
        if dummy is not None:
            at = list(design.factors).index(dummy)
            reach = float(wide[at] / 2)
            passed = bool(abs(total[0, at]) <= reach)
            rows.append((output, "dummy", passed, total[0, at], reach, "" if passed else dummy))
        least, _ = interval(first[1:].sum(axis=1), level)
        rows.append((output, "sum", bool(least <= 1), first[0].sum(), 1.0, ""))
        least, _ = interval(first[1:] - total[1:], level)
        gap = first[0] - total[0]
        rows.append((output, "order", bool((least <= 0).all()), gap.max(), 0.0, _listed(names[least > 0])))
    return Convergence(pd.DataFrame(rows, columns=CHECK_COLUMNS), dict(zip(outputs, states, strict=True)))


def _order(total: Floats) -> npt.NDArray[np.intp]:
    """The place of every factor, the largest index first; equal ones by name."""
    return np.argsort(np.argsort(-total, kind="stable"), kind="stable")


def _listed(names: npt.NDArray[np.str_]) -> str:
    return ", ".join(names.tolist())


def _said(row: pd.Series, lang: str) -> str:
    numbers = {key: {one: Texts(one).number(float(row[key])) for one in LANGUAGES} for key in ("found", "limit")}
    return sentence(f"failed_{row['check']}", "sensitivity", factors=row["factors"], **numbers)[lang]


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
    check_argument("design", design, Design)
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


Outputs = Callable[[MonteCarloRun], Mapping[str, npt.NDArray[np.float64]]]


def sensitivity(
    model: Model,
    outputs: Outputs,
    codes: list[str],
    *,
    base: int,
    seed: int,
    bootstrap: int = 0,
    second: bool = False,
) -> Indices:
    """Sobol indices of results of a composite, one factor at a time and with its interactions.

    The composite is built base x (factors + 2) times; a factor with many uniform numbers, such as all weights, is
    swapped as one.

    Parameters
    ----------
    model : Model
        With the factors that are uncertain.
    outputs : callable
        Gives the results of a `MonteCarloRun` by name, each of shape (draws,): a score, a rank, or a claim that is 0 or
        1.
    codes : list of str
        Codes of which the scores are needed.
    base : int
        Base sample, a power of two.
    seed : int
        Of the scrambled Sobol points and of the bootstrap.
    bootstrap : int
        Resamples of the intervals; 0 for none.
    second : bool
        Indices of the second order as well.

    Returns
    -------
    Indices
        `table` holds them; `convergence` says whether they can be used.

    References
    ----------
    Saltelli et al. (2010), Computer Physics Communications 181(2), 259-270.
    """
    plan = design({f.name: w for f, w in zip(model.inputs, model.widths, strict=True)}, base, seed=seed, second=second)
    u = np.concatenate([plan.of(f.name) for f in model.inputs], axis=1)
    results = pd.DataFrame(outputs(monte_carlo(model, u, codes)))
    return indices(plan, results, resamples=bootstrap, seed=seed)


def score_of(code: str, unit: str, period: int, name: str = "") -> Outputs:
    """The score of one unit, as an output.

    Parameters
    ----------
    code, unit : str
    period : int
        0 where the values have no periods.
    name : str
        What the output is called; `code` by default.
    """

    def outputs(run: MonteCarloRun) -> dict[str, npt.NDArray[np.float64]]:
        return {name or code: run.scores[code][:, run.values.row(unit, period)]}

    return outputs
