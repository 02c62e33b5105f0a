"""Looking at indicators before they are trusted: statistics, correlations, coherence, what is important in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, ScoringError, meant
from circularity.scoring.pipeline import Composite, build
from circularity.scoring.steps import ranks_of
from circularity.scoring.treat import kurtosis as kurtosis_of
from circularity.scoring.treat import skewness as skewness_of
from circularity.scoring.tree import ScoreTree

Array = npt.NDArray[np.float64]
Kind = Literal["pearson", "spearman", "kendall"]

# Fewer pairs than this have no correlation worth the name.
FEWEST = 3
# A loading closer to zero is rounding.
ROUNDING = 1e-9


def statistics(
    result: Composite,
    stage: str = "raw",
    *,
    available: float,
    nonzero: float,
    unique: float,
    skewness: float | None,
    kurtosis: float | None,
) -> pd.DataFrame:
    """Statistics of each indicator, with what is worth a look.

    Parameters
    ----------
    result : Composite
    stage : str
        A name of ``result.stages``.
    available, nonzero, unique : float
        Least part of the units for which it must be known; of the known that must not be zero, and that must differ.
    skewness, kurtosis : float or None
        An indicator whose skewness and excess kurtosis both reach these has outliers; without them nothing is said of
        outliers.

    Returns
    -------
    DataFrame
        A row per indicator: ``min, max, mean, median, sd, skewness, kurtosis``; counts ``available, nonzero, unique,
        same``; their parts of the units; and ``flags``, a list of ``available, nonzero, unique, outliers``.
    """
    frame = _stage(result, stage)
    rows = []
    for code in frame.columns:
        x = frame[code].to_numpy(dtype=float)
        known, units = x[~np.isnan(x)], len(x)
        skew, kurt = float(skewness_of(x[None])[0]), float(kurtosis_of(x[None])[0])
        counts = np.unique(known, return_counts=True)[1]
        of_known = max(len(known), 1)
        parts = {
            "available": len(known) / units, "nonzero": np.count_nonzero(known) / of_known,
            "unique": len(counts) / of_known
        }  # fmt: skip
        flags = [name for name, least in zip(parts, (available, nonzero, unique), strict=True) if parts[name] < least]
        if skewness is not None and kurtosis is not None and abs(skew) >= skewness and kurt >= kurtosis:
            flags.append("outliers")
        empty = not len(known)
        rows.append(
            {
                "code": code, "min": np.nan if empty else known.min(), "max": np.nan if empty else known.max(),
                "mean": np.nan if empty else known.mean(), "median": np.nan if empty else np.median(known),
                "sd": known.std(ddof=1) if len(known) > 1 else np.nan, "skewness": skew, "kurtosis": kurt,
                "available": len(known), "nonzero": np.count_nonzero(known), "unique": len(counts),
                "same": 0 if empty else int(counts.max()), **{f"{k}_part": v for k, v in parts.items()}, "flags": flags,
            }
        )  # fmt: skip
    return pd.DataFrame(rows).set_index("code")


def availability(result: Composite) -> pd.DataFrame:
    """Part of the indicators below each code that is known of each unit, the least known first.

    All units are in it, also those that the pipeline screened out; ``screened_out`` says which.
    """
    tree, start = result.structure, result.start
    known = pd.DataFrame({c: ~np.isnan(start.column(c)) for c in tree.leaves}, index=start.index())
    codes = [*reversed(tree.parents), *tree.leaves]
    table = pd.DataFrame({c: known[list(tree.below(c))].mean(axis=1) for c in codes})
    table["screened_out"] = ~table.index.isin(result.index)
    return table.sort_values(tree.top, kind="stable")


def correlations(
    result: Composite, codes: Sequence[str] = (), others: Sequence[str] = (), *, kind: Kind = "pearson"
) -> pd.DataFrame:
    """Correlations between scores, or indicators, and others.

    Parameters
    ----------
    result : Composite
        After aggregation; indicators are taken as they were normalised.
    codes, others : sequence of str
        All indicators by default.
    kind : {"pearson", "spearman", "kendall"}

    Returns
    -------
    DataFrame
        ``code, other, correlation, p_value, pairs``; missing with fewer than three pairs or without variance.
    """
    from scipy import stats

    test = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[kind]
    scores = result.scores
    rows = []
    for code in codes or result.structure.leaves:
        for other in others or result.structure.leaves:
            x, y = scores[known_code(result, code)].to_numpy(float), scores[known_code(result, other)].to_numpy(float)
            both = ~np.isnan(x) & ~np.isnan(y)
            found: tuple[float, float] = (np.nan, np.nan)
            if both.sum() >= FEWEST and np.ptp(x[both]) > 0 and np.ptp(y[both]) > 0:
                value = test(x[both], y[both])
                found = float(value[0]), float(value[1])
            rows.append((code, other, *found, int(both.sum())))
    return pd.DataFrame(rows, columns=["code", "other", "correlation", "p_value", "pairs"])


def correlation_flags(result: Composite, *, high: float, low: float, kind: Kind = "pearson") -> pd.DataFrame:
    """Pairs under one parent that say nearly the same, or the opposite of each other.

    Parameters
    ----------
    result : Composite
    high, low : float
        A correlation from `high` up may be the same thing twice; one of at most `low`, turned the wrong way.
    kind : {"pearson", "spearman", "kendall"}

    Returns
    -------
    DataFrame
        ``parent, code, other, correlation, flag`` (``high`` or ``low``).
    """
    rows = []
    for parent in result.structure.parents:
        below = result.structure.children[parent]
        table = correlations(result, below, below, kind=kind)
        for row in table[table["code"] < table["other"]].to_dict("records"):
            value = row["correlation"]
            flag = "high" if value >= high else "low" if value <= low else ""
            if flag:
                rows.append((parent, row["code"], row["other"], value, flag))
    return pd.DataFrame(rows, columns=["parent", "code", "other", "correlation", "flag"])


def cronbach_alpha(result: Composite) -> pd.Series:
    """Cronbach's alpha of the children of each parent, over the units of which all are known.

    Returns
    -------
    Series
        By parent; missing with fewer than two children or units, or without variance.

    References
    ----------
    Cronbach (1951), Psychometrika 16(3), 297-334.
    """
    found = {}
    for parent in result.structure.parents:
        x = _complete(result, parent)
        k = x.shape[1]
        whole = x.sum(axis=1).var(ddof=1) if len(x) > 1 else 0.0
        enough = k > 1 and len(x) > 1 and whole > 0
        found[parent] = k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / whole) if enough else np.nan
    return pd.Series(found, name="alpha")


def principal_components(result: Composite, parent: str) -> tuple[pd.DataFrame, pd.Series]:
    """Principal components of the children of a parent, each divided by its standard deviation.

    Parameters
    ----------
    result : Composite
    parent : str

    Returns
    -------
    loadings : DataFrame
        A row per code, a column per component; the sign is that in which the loadings sum to more than zero.
    explained : Series
        Part of the variance that each component explains.
    """
    codes = result.structure.children[known_code(result, parent)]
    x = _complete(result, parent)
    sd = x.std(axis=0, ddof=1) if len(x) > 1 else np.zeros(x.shape[1])
    varying = sd > 0
    if not varying.any():
        return pd.DataFrame(index=pd.Index(codes, name="code")), pd.Series(dtype=float, name="explained")
    centred = (x[:, varying] - x[:, varying].mean(axis=0)) / sd[varying]
    _, size, vectors = np.linalg.svd(centred, full_matrices=False)
    signs = np.where(vectors.sum(axis=1) < 0, -1.0, 1.0)
    names = pd.Index([f"PC{i + 1}" for i in range(len(size))])
    loadings = pd.DataFrame(np.nan, index=pd.Index(codes, name="code"), columns=names)
    loadings.loc[np.array(codes)[varying]] = (vectors * signs[:, None]).T
    variance = size**2
    return loadings, pd.Series(
        variance / variance.sum() if variance.sum() > 0 else variance, index=names, name="explained"
    )


def effective_weights(result: Composite) -> pd.DataFrame:
    """The weight that each indicator has in the top, and how important it turns out to be.

    Returns
    -------
    DataFrame
        A row per indicator: ``effective`` (product of the weights on the way up; they sum to 1), ``correlation`` with
        the top, and ``importance``, its square: the part of the variance of the top that a straight line through the
        indicator explains. Weights are rates of exchange; importance seldom equals them.

    References
    ----------
    Paruolo, Saisana and Saltelli (2013), J. R. Stat. Soc. A 176(3), 609-634.
    """
    tree, shares = result.structure, result.structure.shares(result.weights)
    table = correlations(result, tree.leaves, [tree.top]).set_index("code")
    effective = pd.Series({leaf: shares[leaf] for leaf in tree.leaves}, name="effective")
    found = pd.DataFrame({"effective": effective, "correlation": table["correlation"].reindex(effective.index)})
    return found.assign(importance=found["correlation"] ** 2).rename_axis("code")


def coherence(result: Composite) -> pd.DataFrame:
    """Whether the children of each parent measure one thing.

    Returns
    -------
    DataFrame
        A row per parent: ``alpha`` (Cronbach), ``explained`` (part of the variance that the first principal component
        explains), ``negative`` (children with a loading below zero on it: perhaps turned the wrong way) and ``units``
        (of which all children are known).
    """
    alpha, rows = cronbach_alpha(result), []
    for parent in result.structure.parents:
        loadings, explained = principal_components(result, parent)
        first = loadings["PC1"] if "PC1" in loadings else pd.Series(dtype=float)
        negative = [str(code) for code, loading in first.items() if loading < -ROUNDING]
        part = float(explained.iloc[0]) if len(explained) and explained.sum() > 0 else np.nan
        rows.append((parent, float(alpha[parent]), part, negative, len(_complete(result, parent))))
    return pd.DataFrame(rows, columns=["parent", "alpha", "explained", "negative", "units"]).set_index("parent")


def compare(one: Composite, other: Composite, code: str = "") -> pd.DataFrame:
    """Ranks of two composites beside each other, within each period.

    Returns
    -------
    DataFrame
        A row per unit (and period) of both: ``one, other, change`` (positive: higher up in the second).
    """
    code = code or one.structure.top
    ranks = [pd.Series(ranks_of(c.score(code), c.values.periods), index=c.index) for c in (one, other)]
    table = pd.DataFrame({"one": ranks[0], "other": ranks[1]})
    return table.assign(change=table["one"] - table["other"])


def leave_one_out(result: Composite, codes: Sequence[str] = ()) -> pd.DataFrame:
    """What the ranks of the top become when something is left out, one at a time.

    Parameters
    ----------
    result : Composite
    codes : sequence of str
        Indicators or parents; every indicator by default. What is alone in the tree cannot be left out.

    Returns
    -------
    DataFrame
        ``left_out, mean_shift`` (mean absolute change of rank), ``largest_shift`` and the ``unit`` that it befell.
    """
    top, rows = result.structure.top, []
    for code in codes or result.structure.leaves:
        known_code(result, code)
        if set(result.structure.below(code)) == set(result.structure.leaves):
            continue
        left = result.structure.without(code)
        table = result.log.values
        values = table[table["indicator"].isin(left.leaves + left.denominators)]
        again = build(values, left, [_step_of(left, step) for step in result.log.steps])
        change = compare(result, again, top)["change"].abs()
        worst = change.idxmax() if change.notna().any() else ""
        unit = " ".join(str(part) for part in worst) if isinstance(worst, tuple) else str(worst)
        rows.append((code, float(change.mean()), float(change.max()), unit))
    return pd.DataFrame(rows, columns=["left_out", "mean_shift", "largest_shift", "unit"])


def _step_of(left: ScoreTree, step: dict[str, Any]) -> dict[str, Any]:
    """A step with what it says of the codes that are left; weights that were given stay in proportion."""
    if step["step"] == "denominate":
        divided = {leaf for leaf in left.leaves if left[leaf].denominator}
        return {**step, "times": {c: factor for c, factor in step["times"].items() if c in divided}}
    if step["step"] != "weigh" or not step["weights"]:
        return step
    given, found = step["weights"], {}
    for parent in left.parents:
        named = [c for c in left.children[parent] if c in given]
        whole = sum(given[c] for c in named)
        found.update({c: given[c] / whole for c in named if whole > 0})
    return {**step, "weights": found}


@dataclass(frozen=True)
class Analysis:
    """What is worth a look before a composite indicator is trusted.

    Attributes
    ----------
    statistics, correlations, coherence, importance, left_out : DataFrame
        As of `statistics`, `correlation_flags`, `coherence`, `effective_weights` and `leave_one_out`.
    """

    statistics: pd.DataFrame
    correlations: pd.DataFrame
    coherence: pd.DataFrame
    importance: pd.DataFrame
    left_out: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, lists as text, for a file or a program."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        found = {n: t.reset_index() if t.index.name else t for n, t in found.items()}
        lists = {"statistics": "flags", "coherence": "negative"}
        return {n: t.assign(**{lists[n]: t[lists[n]].map(", ".join)}) if n in lists else t for n, t in found.items()}


def analyse(
    result: Composite,
    *,
    available: float,
    nonzero: float,
    unique: float,
    skewness: float | None,
    kurtosis: float | None,
    correlation_high: float,
    correlation_low: float,
) -> Analysis:
    """Everything there is to look at in a composite; limits as of `statistics` and `correlation_flags`."""
    return Analysis(
        statistics(result, available=available, nonzero=nonzero, unique=unique, skewness=skewness, kurtosis=kurtosis),
        correlation_flags(result, high=correlation_high, low=correlation_low),
        coherence(result),
        effective_weights(result),
        leave_one_out(result),
    )


def _stage(result: Composite, stage: str) -> pd.DataFrame:
    if stage not in result.stages:
        raise CallError("WrongStage", found=stage, expected=list(result.stages))
    return result.stages[stage]


def known_code(result: Composite, code: str) -> str:
    """The code, when the structure has it.

    Raises
    ------
    UnknownIndicatorOfStructure
        If it does not; names what is near.
    """
    if code not in result.structure:
        raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=meant(code, result.structure.nodes))
    return code


def _complete(result: Composite, parent: str) -> Array:
    """Scores of the children of a parent, of the units of which all are known."""
    x = result.scores[list(result.structure.children[known_code(result, parent)])].to_numpy(float)
    return np.asarray(x[~np.isnan(x).any(axis=1)])
