"""Whether a claim is supported: its probability, together and in every helix, and what could turn it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError
from circularity.scoring.claims import Claim, codes_of, holds
from circularity.scoring.sensitivity import sensitivity
from circularity.scoring.uncertain_inputs import POOLED, MixedWeights, UncertainChoice, UncertainWeights
from circularity.scoring.uncertainty import Model, MonteCarloRun, monte_carlo
from circularity.texts import Texts, catalogue

Word = Literal["supported", "refuted", "contested", "undecided", "missing"]
# A probability is a count divided by a number of draws; 0.95 must not fail to be 0.95.
ROUNDING = 1e-12
# How wide the interval of a probability is. It says how sure the draws are, and is not a choice of the method.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Thresholds:
    """When a claim is supported; `method.yaml` holds the numbers.

    Attributes
    ----------
    supported : float
        Least probability, all helices together.
    every_helix : float
        Least probability in each helix.
    contested : float
        A helix below this contests the claim.
    """

    supported: float
    every_helix: float
    contested: float


@dataclass(frozen=True)
class Probability:
    """How often a claim was true.

    Attributes
    ----------
    group : str
        ``pooled``, or a helix.
    value, low, high : float
        Part of the draws, and its 95 % interval (Wilson).
    draws : int
    """

    group: str
    value: float
    low: float
    high: float
    draws: int

    @classmethod
    def of(cls, group: str, true: int, draws: int) -> Probability:
        """The probability from a count."""
        from scipy.stats import binomtest

        low, high = binomtest(true, draws).proportion_ci(CONFIDENCE, method="wilson")
        return cls(group, true / draws, float(low), float(high), draws)


@dataclass
class Verdict:
    """What became of a claim.

    Attributes
    ----------
    claim : Claim
    word : {"supported", "refuted", "contested", "undecided", "missing"}
        Refuted when the opposite of the claim is supported.
    pooled : Probability or None
        None when it is missing.
    helices : list of Probability
        Empty when no helix was asked.
    by_choice : dict of str to dict of str to float
        Probability under each option of each choice in the method.
    turned_by : str
        The choice in the method that makes the claim more likely untrue than true (or the other way round), else the
        factor with the largest total index; empty when nothing can turn it.
    indices : DataFrame
        Total Sobol index of the claim for each factor: ``factor, value, low, high, state``; a claim that is true, or
        untrue, in every run has none (``no_variance``).
    thresholds : Thresholds
    seed : int
    """

    claim: Claim
    word: Word
    pooled: Probability | None
    helices: list[Probability]
    by_choice: dict[str, dict[str, float]]
    turned_by: str
    indices: pd.DataFrame
    thresholds: Thresholds
    seed: int
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def opposite(self) -> bool:
        """Whether the opposite of the claim is supported."""
        return self.word == "refuted"

    def text(self, lang: str, said: str) -> str:
        """The verdict as a sentence, after the claim `said`."""
        t = Texts(lang)
        if self.pooled is None:
            return t("verdict_of_claim.missing", claim=said)
        p = self.pooled
        details = {"claim": said, "p": t.probability(p.value), "low": t.percent(p.low, 2), "high": t.percent(p.high, 2)}
        told = t(f"verdict_of_claim.{self.word}", **details)
        if self.helices:
            each = ", ".join(f"{self.name(h.group, lang)} {t.probability(h.value)}" for h in self.helices)
            told += " " + t("verdict_of_claim.helices", each=each)
        if self.turned_by:
            told += " " + t("verdict_of_claim.turned_by", factor=factor_name(self.turned_by, lang))
        return told

    def name(self, group: str, lang: str) -> str:
        """What a helix is called."""
        return self.names.get(group, {}).get(lang, group)


def factor_name(factors: str, lang: str) -> str:
    """What a factor, or several with commas between them, is called in `lang`."""
    known = catalogue()["factor"]
    return ", ".join(str(known[f][lang]) if f in known else f for f in factors.split(", "))


def judge(
    claims: Sequence[Claim],
    model: Model,
    thresholds: Thresholds,
    *,
    helices: Mapping[str, UncertainWeights] | None = None,
    draws: int,
    seed: int,
    base: int,
    bootstrap: int = 0,
    names: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Verdict]:
    """Judge claims under everything that is uncertain together.

    Parameters
    ----------
    claims : sequence of Claim
    model : Model
        With its uncertain factors; weights of the helices are not among them.
    thresholds : Thresholds
    helices : mapping of str to UncertainWeights, optional
        The weights of each helix. Together they have equal say: the pooled probability is the mean of theirs.
    draws : int
        Draws, of each helix where there are helices.
    seed : int
    base : int
        Base sample of the total indices, a power of two; 0 to leave them out.
    bootstrap : int
        Resamples of the intervals of the indices; 0 for none.
    names : mapping, optional
        What helices are called, by language.

    Returns
    -------
    list of Verdict

    Raises
    ------
    FewDraws
        If there are fewer than 100 draws.
    """
    if draws < 100:
        raise CallError("FewDraws", found=draws, expected=100)
    models = {POOLED: model}
    if helices:
        models = {h: replace(model, inputs=[*model.inputs, w]) for h, w in helices.items()}
    codes = codes_of(claims)
    runs = {group: monte_carlo(m, _same(m, draws, seed), codes) for group, m in models.items()}
    told = []
    totals = _totals(claims, model, helices or {}, codes, base, bootstrap, seed) if base else {}
    for claim in claims:
        truths = {g: holds(claim, e, model.structure) for g, e in runs.items()}
        told.append(_verdict(claim, truths, runs, model, thresholds, totals.get(claim.text), seed, names or {}))
    return told


def _same(model: Model, draws: int, seed: int) -> npt.NDArray[np.float64]:
    """The same draws of everything but the weights for every helix, so that helices differ by their weights alone."""
    return model.uniforms(draws, seed)


def _verdict(
    claim: Claim,
    truths: Mapping[str, npt.NDArray[np.bool_] | None],
    runs: Mapping[str, MonteCarloRun],
    model: Model,
    thresholds: Thresholds,
    indices: pd.DataFrame | None,
    seed: int,
    names: Mapping[str, Mapping[str, str]],
) -> Verdict:
    empty = pd.DataFrame(columns=["factor", "value", "low", "high", "state"])
    known = {g: t for g, t in truths.items() if t is not None}
    if len(known) < len(truths):
        return Verdict(claim, "missing", None, [], {}, "", empty, thresholds, seed, names)
    each = [Probability.of(g, int(t.sum()), len(t)) for g, t in known.items()]
    pooled = _pooled(each)
    helices = [] if POOLED in known else each
    by_choice = _by_choice(known, runs, model)
    turning = [name for name, options in by_choice.items() if any(p < 0.5 for p in options.values())]
    untrue = [name for name, options in by_choice.items() if any(p > 0.5 for p in options.values())]
    word = judged(pooled.value, [h.value for h in helices], thresholds, turned=bool(turning), turned_back=bool(untrue))
    turned_by = ", ".join(untrue if pooled.value < 0.5 else turning)
    if not turned_by and indices is not None and len(indices):
        first = indices.sort_values(["value", "factor"], ascending=[False, True]).iloc[0]
        turned_by = str(first["factor"]) if first["value"] > 0 else ""
    table = empty if indices is None else indices
    return Verdict(claim, word, pooled, helices, by_choice, turned_by, table, thresholds, seed, names)


def judged(
    pooled: float,
    helices: Sequence[float],
    thresholds: Thresholds,
    *,
    turned: bool = False,
    turned_back: bool = False,
) -> Word:
    """The word for a claim.

    Parameters
    ----------
    pooled : float
        Its probability, all helices together.
    helices : sequence of float
        Its probability in each helix; empty when none was asked.
    thresholds : Thresholds
    turned : bool
        Whether a single choice in the method makes it more likely untrue than true.
    turned_back : bool
        Whether a single choice in the method, or what is unknown, makes it more likely true than untrue.

    Returns
    -------
    {"supported", "refuted", "contested", "undecided"}
    """
    if not turned and _supported(pooled, helices, thresholds):
        return "supported"
    if not turned_back and _supported(1 - pooled, [1 - p for p in helices], thresholds):
        return "refuted"
    return "contested" if any(p < thresholds.contested - ROUNDING for p in helices) else "undecided"


def _supported(pooled: float, helices: Sequence[float], thresholds: Thresholds) -> bool:
    """Whether a probability is high enough, together and in each helix, and no helix contests it."""
    least = max(thresholds.every_helix, thresholds.contested)
    return pooled >= thresholds.supported - ROUNDING and all(p >= least - ROUNDING for p in helices)


def _pooled(each: Sequence[Probability]) -> Probability:
    """All groups with equal say. They share their draws, so that together they are not surer than one of them."""
    if len(each) == 1:
        return replace(each[0], group=POOLED)
    value, draws = float(np.mean([p.value for p in each])), each[0].draws
    return replace(Probability.of(POOLED, round(value * draws), draws), value=value)


def _by_choice(
    truths: Mapping[str, npt.NDArray[np.bool_]], runs: Mapping[str, MonteCarloRun], model: Model
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for factor in model.inputs:
        if isinstance(factor, UncertainChoice):
            truth = np.concatenate([truths[g] for g in truths])
            taken = np.concatenate([runs[g].choices[factor.name] for g in truths])
            parts = {factor.label(k): truth[taken == k] for k in range(len(factor.options))}
            found[factor.name] = {label: float(part.mean()) for label, part in parts.items() if len(part)}
    return found


def _totals(
    claims: Sequence[Claim],
    model: Model,
    helices: Mapping[str, UncertainWeights],
    codes: list[str],
    base: int,
    bootstrap: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Total Sobol index of each claim, true or not, for every factor; whose weights they are is part of the weights."""
    mixed = [MixedWeights(groups=dict(helices))] if helices else []
    whole = replace(model, inputs=[*model.inputs, *mixed])
    if not whole.inputs:
        return {}

    def outputs(run: MonteCarloRun) -> dict[str, npt.NDArray[np.float64]]:
        truths = {c.text: holds(c, run, model.structure) for c in claims}
        return {text: truth.astype(float) for text, truth in truths.items() if truth is not None}

    if not outputs(monte_carlo(whole, whole.uniforms(1, seed), codes)):
        return {}
    found = sensitivity(whole, outputs, codes, base=base, seed=seed, bootstrap=bootstrap).table
    total = found[found["index"] == "total"]
    return {str(text): rows[["factor", "value", "low", "high", "state"]] for text, rows in total.groupby("output")}


def as_table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Verdicts as a tidy table: a row per claim and group.

    Returns
    -------
    DataFrame
        ``claim, verdict, opposite_supported, group, probability, low, high, draws, turned_by, seed``, thresholds.
    """
    rows: list[dict[str, Any]] = []
    for v in verdicts:
        shared = {"claim": v.claim.text, "verdict": v.word, "opposite_supported": v.opposite}
        limits = {
            "turned_by": v.turned_by, "seed": v.seed, "supported_from": v.thresholds.supported,
            "every_helix_from": v.thresholds.every_helix, "contested_below": v.thresholds.contested,
        }  # fmt: skip
        for p in [v.pooled, *v.helices] if v.pooled else [Probability(POOLED, np.nan, np.nan, np.nan, 0)]:
            numbers = {"group": p.group, "probability": p.value, "low": p.low, "high": p.high, "draws": p.draws}
            rows.append({**shared, **numbers, **limits})
    return pd.DataFrame(rows)
