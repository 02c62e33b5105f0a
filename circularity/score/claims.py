"""Claims about a fieldlab, judged under the uncertainty of its data, of weights and of the method together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.errors import CircularityError, FileError, Where
from circularity.ledger.description import FILE
from circularity.method.composite import Scoring
from circularity.method.declarations import Level
from circularity.method.load import Method
from circularity.score.structure import structure_of
from circularity.scoring.claims import Claim, read_claim
from circularity.scoring.factors import DrawnChoice, DrawnWeights, Factor, SampledValues
from circularity.scoring.rebuild import Model
from circularity.scoring.structure import Structure
from circularity.scoring.values import Array, Values
from circularity.scoring.verdict import Thresholds, Verdict, judge

FIRST, BEFORE, NOW, FIELDLAB = "{first}", "{before}", "{period}", "{fieldlab}"
LEVEL: Level = "fieldlab"


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


def scoring_of(method: Method) -> Scoring:
    """How scores are built.

    Raises
    ------
    MissingKey
        If the method is of before there were chains.
    """
    if method.scoring is None:
        raise FileError("MissingKey", where=Where(file="composite.yaml"), found="chain")
    return method.scoring


def uncertain_method(scoring: Scoring) -> list[DrawnChoice]:
    """The choices in the method that could have been made in another way."""
    return [DrawnChoice(name=c.name, step=c.step, options=c.options) for c in scoring.uncertainty.choices]


def chain_of(scoring: Scoring) -> list[dict[str, Any]]:
    """The chain for fieldlabs, of which an indicator may not be known at all: its scores are missing then."""
    return [{**s, "all_missing": "keep"} if s["step"] == "normalise" else s for s in scoring.chain]


def free_weights(scoring: Scoring) -> DrawnWeights:
    """Weights as long as none are agreed."""
    return DrawnWeights(**scoring.uncertainty.weights.model_dump())


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


def judge_claims(assessment: Assessment, texts: Sequence[str]) -> list[Judged]:
    """Verdicts on claims about a fieldlab.

    Parameters
    ----------
    assessment : Assessment
    texts : sequence of str
        Claims; see `circularity.scoring.claims.FORMS`. The unit is the fieldlab, by its id.

    Returns
    -------
    list of Judged

    Raises
    ------
    UnknownClaim, NotInClaim, NoTarget
        If a claim cannot be tested; with ``fieldlab.yaml`` as its place when the fieldlab makes it.
    """
    scoring, structure = scoring_of(assessment.method), structure_of(assessment.method)
    values, lower, upper = drawn_indicators([assessment], structure)
    claims = [_read(text, structure, values, assessment) for text in texts]
    found = []
    for claim in claims:
        worst, best = _turning_out(claim, structure, values, lower, upper)
        verdict = _judge(claim, worst, values, structure, scoring, assessment)
        same = np.array_equal(worst, best, equal_nan=True)
        most = verdict if same else _judge(claim, best, values, structure, scoring, assessment)
        # The opposite is supported only when it is whatever the unknown turns out to be.
        verdict.opposite = most.opposite
        found.append(Judged(verdict, np.nan if most.pooled is None else most.pooled.value))
    return found


def _read(text: str, structure: Structure, values: Values, assessment: Assessment) -> Claim:
    try:
        return read_claim(text, structure, values)
    except CircularityError as problem:
        if text in assessment.fieldlab.description.claims:
            problem.where = Where(file=FILE, key="claims")
        raise


def _judge(
    claim: Claim, samples: Array, values: Values, structure: Structure, scoring: Scoring, assessment: Assessment
) -> Verdict:
    factors: list[Factor] = [SampledValues(samples=samples), *uncertain_method(scoring)]
    if assessment.method.settings.agreement.weights != "agreed":
        factors.append(free_weights(scoring))
    model = Model.of(values, structure, chain_of(scoring), factors)
    (verdict,) = judge(
        [claim],
        model,
        thresholds_of(assessment.method),
        draws=assessment.draws,
        seed=assessment.seed,
        base=scoring.uncertainty.base,
        bootstrap=scoring.uncertainty.bootstrap,
    )
    return verdict


def drawn_indicators(assessments: Sequence[Assessment], structure: Structure) -> tuple[Values, Array, Array]:
    """The indicators of a structure for fieldlabs, a row per fieldlab and period.

    Parameters
    ----------
    assessments : sequence of Assessment
        Of as many draws each.
    structure : Structure

    Returns
    -------
    values : Values
        As stated.
    lower, upper : array of float, shape (draws, rows, indicators)
        Per draw the least and the most that each can be, as what is unknown may turn out.
    """
    keys = sorted(((a.fieldlab.id, p) for a in assessments for p in a.fieldlab.periods), key=lambda k: (k[1], k[0]))
    codes = structure.leaves
    shape = (assessments[0].draws, len(keys), len(codes))
    x, lower, upper = np.full(shape[1:], np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    for assessment in assessments:
        known = {i.id for i in assessment.indicators}
        needed = assessment.method.settings.coverage.score
        for period in assessment.fieldlab.periods:
            row = keys.index((assessment.fieldlab.id, period))
            for column, code in enumerate(codes):
                if code not in known:
                    continue
                outcome = assessment.outcome(code, LEVEL, period)
                if outcome.status[0] == "ok" and outcome.coverage[0] >= needed:
                    x[row, column] = outcome.value[0]
                    lower[:, row, column], upper[:, row, column] = outcome.lower[0], outcome.upper[0]
    zeros = np.zeros(x.shape)
    groups = pd.DataFrame(index=range(len(keys)))
    values = Values(tuple(k[0] for k in keys), tuple(k[1] for k in keys), codes, x, zeros, zeros + 1, groups, keys)
    return values, lower, upper


def _turning_out(claim: Claim, structure: Structure, values: Values, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Values with the unknown turning out against a claim, and for it."""
    signs = np.array([structure[c].direction for c in values.codes])
    worse, better = np.where(signs > 0, lower, upper), np.where(signs > 0, upper, lower)
    mine = values.row(claim.unit, claim.period)
    against, in_favour = better.copy(), worse.copy()
    against[:, mine], in_favour[:, mine] = worse[:, mine], better[:, mine]
    return against, in_favour
