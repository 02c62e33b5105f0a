"""Claims about scores, judged under the uncertainty of data, of weights and of the method together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from circularity.assessment.assessment import Assessment
from circularity.assessment.scores import Figures, figures_of
from circularity.assessment.targets import tree_of
from circularity.errors import CircularityError, FileError, Where
from circularity.ledger.description import FILE
from circularity.method.load import Method
from circularity.method.scoring_config import ScoringConfig
from circularity.scoring.claims import Claim, read_claim
from circularity.scoring.pipeline import Composite, build, with_weights
from circularity.scoring.stakeholder_weights import StakeholderWeights
from circularity.scoring.tree import ScoreTree
from circularity.scoring.uncertain_inputs import (
    MixedWeights,
    SampledValues,
    UncertainChoice,
    UncertainInput,
    UncertainValues,
    UncertainWeights,
)
from circularity.scoring.uncertainty import Model
from circularity.scoring.values import Array, Values
from circularity.scoring.verdict import Thresholds, Verdict, judge, judged
from circularity.texts import LANGUAGES

FIRST, BEFORE, NOW, FIELDLAB = "{first}", "{before}", "{period}", "{fieldlab}"


def thresholds_of(method: Method) -> Thresholds:
    """When a claim is supported.

    Raises
    ------
    MissingKey
        If the method is of before there were claims.
    """
    verdict = method.settings.verdict
    if verdict.every_helix is None or verdict.contested is None:
        raise FileError("MissingKey", where=Where(file="method.yaml"), found="verdict.every_helix, verdict.contested")
    return Thresholds(verdict.shown, verdict.every_helix, verdict.contested)


def scoring_of(method: Method) -> ScoringConfig:
    """How scores are built, and what is uncertain about it.

    Raises
    ------
    MissingKey
        If the method is of before there was a pipeline.
    """
    if method.scoring is None:
        raise FileError("MissingKey", where=Where(file="composite.yaml"), found="pipeline")
    return method.scoring


@dataclass(frozen=True)
class ScoringModel:
    """Values, a score tree and a pipeline, with everything that a method calls uncertain about them.

    Attributes
    ----------
    method : Method
        Says which choices could have been made otherwise, how weights are drawn, and when a claim is supported.
    values : Values
    tree : ScoreTree
    pipeline : sequence of dict
        Steps; weights that stakeholders gave take the place of its own.
    samples : array of float, shape (samples, rows, codes), or None
        Values as they were drawn; without them those with a standard deviation are drawn.
    stakeholders : StakeholderWeights or None
        Weights that were given; those of the tree otherwise.
    """

    method: Method
    values: Values
    tree: ScoreTree
    pipeline: Sequence[dict[str, Any]]
    samples: Array | None = None
    stakeholders: StakeholderWeights | None = None

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The pipeline with the weights that count."""
        if self.stakeholders is None:
            return list(self.pipeline)
        return with_weights(self.pipeline, self.stakeholders.pooled)

    @property
    def helices(self) -> Mapping[str, UncertainWeights]:
        """The weights of each helix; empty when none was asked."""
        return {} if self.stakeholders is None else self.stakeholders.helices

    @cached_property
    def composite(self) -> Composite:
        """Scores and ranks as stated."""
        return build(self.values, self.tree, self.steps)

    def data(self) -> list[UncertainInput]:
        """What is uncertain about the values."""
        if self.samples is not None:
            return [SampledValues(samples=self.samples)]
        return [UncertainValues()] if self.values.uncertain else []

    def model(self, inputs: Sequence[UncertainInput] | None = None) -> Model:
        """The model with these uncertain inputs; with everything that is uncertain by default."""
        return Model.of(self.values, self.tree, self.steps, self._all() if inputs is None else inputs)

    def _all(self) -> list[UncertainInput]:
        return [*self._beside_helices(), *([MixedWeights(groups=dict(self.helices))] if self.helices else [])]

    def _beside_helices(self) -> list[UncertainInput]:
        """Values, choices in the method, and weights as long as none were agreed or given."""
        asked, steps = scoring_of(self.method).uncertainty, {s["step"] for s in self.steps}
        found = self.data()
        found += [
            UncertainChoice(name=c.name, step=c.step, options=c.options) for c in asked.choices if c.step in steps
        ]
        if self.stakeholders is None and self.tree.weights_are != "agreed":
            found.append(UncertainWeights(**asked.weights.model_dump()))
        return found

    def judge(self, claims: Sequence[Claim], draws: int, seed: int) -> list[Verdict]:
        """Verdicts on claims; see `circularity.scoring.verdict.judge`."""
        asked = scoring_of(self.method).uncertainty
        rules = None if self.method.consensus is None else self.method.consensus.rules
        return judge(
            claims,
            self.model(self._beside_helices()),
            thresholds_of(self.method),
            helices=self.helices,
            draws=draws,
            seed=seed,
            base=asked.base,
            bootstrap=asked.bootstrap,
            names={} if rules is None else {h: {g: both[g] for g in LANGUAGES} for h, both in rules.helices.items()},
        )


def scoring_model(
    assessment: Assessment, stakeholders: StakeholderWeights | None = None
) -> tuple[ScoringModel, Figures]:
    """What claims about a fieldlab are tested on, and the figures behind it: those that make its scores."""
    tree = tree_of(assessment)
    figures = figures_of([assessment], tree)
    method = assessment.method
    return ScoringModel(method, figures.values, tree, method.pipeline, stakeholders=stakeholders), figures


@dataclass
class Judged:
    """A claim with its verdict, and how likely it can be at most.

    Attributes
    ----------
    verdict : Verdict
        With what is unknown turning out against the claim.
    possible : float
        Probability with what is unknown turning out for it; the same as the other when nothing is unknown.
    """

    verdict: Verdict
    possible: float

    @property
    def claim(self) -> Claim:
        """The claim."""
        return self.verdict.claim


def claims_of(assessment: Assessment, period: int) -> list[str]:
    """The claims of a report: those of the method for this kind of fieldlab, then those of the fieldlab itself.

    One that needs an earlier period is left out where there is none.
    """
    lab = assessment.fieldlab
    earlier = [p for p in lab.periods if p < period]
    mine = assessment.method.settings.claims.get(lab.description.kind, [])
    found = []
    for text in [*mine, *lab.description.claims]:
        if (FIRST in text or BEFORE in text) and not earlier:
            continue
        for mark, said in ((FIRST, earlier[:1]), (BEFORE, earlier[-1:]), (NOW, [period]), (FIELDLAB, [lab.id])):
            text = text.replace(mark, str(said[0]) if said else "")
        found.append(text)
    return list(dict.fromkeys(found))


def judge_claims(
    assessment: Assessment, texts: Sequence[str], stakeholders: StakeholderWeights | None = None
) -> list[Judged]:
    """Verdicts on claims about a fieldlab.

    Parameters
    ----------
    assessment : Assessment
    texts : sequence of str
        Claims; see `circularity.scoring.claims.FORMS`. The unit is the fieldlab, by its id.
    stakeholders : StakeholderWeights, optional
        Weights that were asked for; those of the method, agreed or free, by default.

    Returns
    -------
    list of Judged

    Raises
    ------
    UnknownClaim, NotInClaim, NoTarget
        If a claim cannot be tested; with ``fieldlab.yaml`` as its place when the fieldlab makes it.
    """
    model, figures = scoring_model(assessment, stakeholders)
    tree = model.tree
    claims = [_read(text, tree, figures.values, assessment) for text in texts]
    found = []
    for claim in claims:
        worst, best = _turning_out(claim, tree, figures)
        (verdict,) = replace(model, samples=worst).judge([claim], assessment.draws, assessment.seed)
        most = verdict
        if not np.array_equal(worst, best, equal_nan=True):
            (most,) = replace(model, samples=best).judge([claim], assessment.draws, assessment.seed)
        if verdict.word == "refuted" and most.word != "refuted" and verdict.pooled is not None:
            # A claim is refuted only when it is whatever the unknown turns out to be.
            groups = [h.value for h in verdict.helices]
            verdict.word = judged(verdict.pooled.value, groups, verdict.thresholds, turned_back=True)
        found.append(Judged(verdict, np.nan if most.pooled is None else most.pooled.value))
    return found


def _read(text: str, tree: ScoreTree, values: Values, assessment: Assessment) -> Claim:
    try:
        return read_claim(text, tree, values)
    except CircularityError as problem:
        if text in assessment.fieldlab.description.claims:
            problem.where = Where(file=FILE, key="claims")
        raise


def _turning_out(claim: Claim, tree: ScoreTree, figures: Figures) -> tuple[Array, Array]:
    """Draws with the unknown turning out against a claim, and for it."""
    worse, better = figures.turned_out(tree, better=False), figures.turned_out(tree, better=True)
    mine = figures.values.row(claim.unit, claim.period)
    against, in_favour = better.copy(), worse.copy()
    against[:, mine], in_favour[:, mine] = worse[:, mine], better[:, mine]
    return against, in_favour
