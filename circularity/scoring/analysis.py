"""Looking at indicators before they are trusted: statistics, correlations, coherence, what is important in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, ScoringError, meant
from circularity.scoring.moments import kurtosis, skewness
from circularity.scoring.pipeline import Composite

Array = npt.NDArray[np.float64]
Kind = Literal["pearson", "spearman", "kendall"]

# Fewer pairs than this have no correlation worth the name.
FEWEST = 3


def statistics(
    result: Composite,
    stage: str = "raw",
    *,
    available: float,
    nonzero: float,
    unique: float,
    skewness_limit: float,
    kurtosis_limit: float,
) -> pd.DataFrame:
    """Statistics of each indicator, with what is worth a look.

    Parameters
    ----------
    result : Composite
    stage : str
        A name of ``result.stages``.
    available, nonzero, unique : float
        Least part of the units for which it must be known; of the known that must not be zero, and that must differ.
    skewness_limit, kurtosis_limit : float
        An indicator whose skewness and excess kurtosis both reach these has outliers.

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
        skew, kurt = float(skewness(x[None])[0]), float(kurtosis(x[None])[0])
        counts = np.unique(known, return_counts=True)[1]
        of_known = max(len(known), 1)
        parts = {
            "available": len(known) / units, "nonzero": np.count_nonzero(known) / of_known,
            "unique": len(counts) / of_known
        }  # fmt: skip
        flags = [name for name, least in zip(parts, (available, nonzero, unique), strict=True) if parts[name] < least]
        if abs(skew) >= skewness_limit and kurt >= kurtosis_limit:
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
    """Part of the indicators below each code that is known of each unit, lowest for the top first."""
    return result.coverage.sort_values(result.structure.top, kind="stable")


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


def denominator_correlations(result: Composite) -> pd.DataFrame:
    """Correlation of each indicator with each denominator of the structure, whether it is divided by it or not."""
    rows = []
    scores, values = result.scores, result.values
    for code in result.structure.leaves:
        for of in result.structure.denominators:
            x, y = scores[code].to_numpy(float), values.column(of)
            both = ~np.isnan(x) & ~np.isnan(y)
            enough = both.sum() >= FEWEST and np.ptp(x[both]) > 0 and np.ptp(y[both]) > 0
            rows.append((code, of, float(np.corrcoef(x[both], y[both])[0, 1]) if enough else np.nan))
    return pd.DataFrame(rows, columns=["code", "denominator", "correlation"])


def cronbach_alpha(result: Composite) -> pd.Series:
    """Cronbach's alpha of what stands below each parent, over the units of which all of it is known.

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
    """Principal components of what stands below a parent, each on its standard deviation.

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
    structure, top = result.structure, result.structure.top
    table = correlations(result, structure.leaves, [top]).set_index("code")
    rows = []
    for leaf in structure.leaves:
        weight, code = 1.0, leaf
        while structure[code].parent:
            weight, code = weight * float(result.weights[code]), structure[code].parent
        r = float(table.at[leaf, "correlation"])
        rows.append({"code": leaf, "effective": weight, "correlation": r, "importance": r * r})
    return pd.DataFrame(rows).set_index("code")


def strengths(result: Composite, unit: str, *, period: int = 0, most: int = 5) -> pd.DataFrame:
    """The indicators on which a unit ranks best and worst.

    Parameters
    ----------
    result : Composite
    unit : str
    period : int
        The last by default.
    most : int
        Of each.

    Returns
    -------
    DataFrame
        ``side`` (``strength`` or ``weakness``), ``code, score, rank, of`` (units with a score).
    """
    from circularity.scoring.rank import ranked

    when = period or max(result.values.periods)
    rows = [i for i, p in enumerate(result.values.periods) if p == when]
    units = [result.values.units[i] for i in rows]
    if unit not in units:
        raise ScoringError("UnknownUnitOfValues", found=unit, expected=sorted(units), hint=meant(unit, units))
    mine, found = units.index(unit), []
    for code in result.structure.leaves:
        scores = result.scores[code].to_numpy(float)[rows]
        if not np.isnan(scores[mine]):
            found.append((code, scores[mine], int(ranked(scores)[mine]), int((~np.isnan(scores)).sum())))
    table = pd.DataFrame(found, columns=["code", "score", "rank", "of"])
    part = table["rank"] / table["of"]
    best = table.loc[part.sort_values(kind="stable").index[:most]].assign(side="strength")
    worst = table.loc[part.sort_values(ascending=False, kind="stable").index[:most]].assign(side="weakness")
    return pd.concat([best, worst], ignore_index=True)[["side", "code", "score", "rank", "of"]]


def weights_for_importance(result: Composite, wanted: Mapping[str, float], parent: str) -> pd.Series:
    """Weights below a parent with which its children become as important as is wanted.

    The squared correlations of the children with their parent are brought near to the wanted ones, in proportion, by
    Nelder and Mead from equal weights; weights stay above zero.

    Parameters
    ----------
    result : Composite
        With an arithmetic mean at `parent`.
    wanted : dict of str to float
        Importance of each child; only ratios count.
    parent : str

    Returns
    -------
    Series
        Weights by code, summing to 1; ``attrs["distance"]`` is the largest difference of importance that remains.
    """
    from scipy.optimize import minimize

    codes = result.structure.children[known_code(result, parent)]
    for code in codes:
        if code not in wanted:
            raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=meant(code, wanted))
    x = _complete(result, parent)
    aim = np.array([wanted[c] for c in codes]) / sum(wanted[c] for c in codes)

    def importance(logs: Array) -> Array:
        score = x @ (np.exp(logs) / np.exp(logs).sum())
        squared = np.array([np.corrcoef(x[:, j], score)[0, 1] ** 2 for j in range(len(codes))])
        return np.asarray(squared / squared.sum())

    found = minimize(
        lambda logs: float(((importance(logs) - aim) ** 2).sum()), np.zeros(len(codes)), method="Nelder-Mead",
        options={"maxiter": 2000 * len(codes), "xatol": 1e-8, "fatol": 1e-14},
    )  # fmt: skip
    weights = pd.Series(np.exp(found.x) / np.exp(found.x).sum(), index=pd.Index(codes, name="code"), name="weight")
    weights.attrs["distance"] = float(np.abs(importance(found.x) - aim).max())
    return weights


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
    """Scores of what stands below a parent, of the units of which all of it is known."""
    x = result.scores[list(result.structure.children[known_code(result, parent)])].to_numpy(float)
    return np.asarray(x[~np.isnan(x).any(axis=1)])
