"""Scores: indicators set against fixed goalposts and averaged as the score structure says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.sampling import Array
from circularity.assessment.values import Status, quantiles
from circularity.method.declarations import Level
from circularity.method.load import Method
from circularity.method.rows import ScoreRow
from circularity.score.targets import current_targets
from circularity.scoring.aggregate import mean
from circularity.scoring.normalise import to_goalposts
from circularity.texts import Both, reason

COLUMNS = [
    "fieldlab", "level", "entity", "period", "score", "parent", "value", "low", "high", "unit", "coverage", "status",
    "reason", "weight", "agreed", "method_version",
]  # fmt: skip

LEVELS: tuple[Level, ...] = ("organisation", "fieldlab")


@dataclass
class Score:
    """One score of one entity in one period; points from 0 to 100."""

    value: float
    lower: Array
    upper: Array
    coverage: float
    status: Status
    why: Both | None


def compute_scores(assessment: Assessment, lang: str = "en") -> pd.DataFrame:
    """The score table of an assessment, in the order of ``scores.csv``.

    Parameters
    ----------
    assessment : Assessment
    lang : {"nl", "en"}
        Language of the reasons.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`. A score is 0 at its lower goalpost and 100 at its upper one, and is held within these.
        A parent is the weighted mean of its children that its row names; it is missing when one of them is, because
        leaving a child out would reward not measuring.
    """
    rows = []
    for level in LEVELS:
        for period in assessment.fieldlab.periods:
            entities = _entities(assessment, level, period)
            for entity in entities:
                scores: dict[str, Score] = {}
                for row in reversed(assessment.method.score_rows):  # children stand below their parents
                    scores[row.code] = _score(assessment, row, scores, level, entity, period)
                rows += [
                    _as_row(assessment, r, scores[r.code], level, entity, period, lang)
                    for r in assessment.method.score_rows
                ]
    return pd.DataFrame(rows, columns=COLUMNS)


def target_years(method: Method) -> str:
    """The years by which the targets are to be met that the scores are set against."""
    named = [row.target for row in method.score_rows if row.target]
    targets = current_targets(method)
    years = targets.loc[targets["target"].isin(named), "by_year"]
    return ", ".join(sorted(set(years)))


def _entities(assessment: Assessment, level: Level, period: int) -> list[str]:
    for row in assessment.method.score_rows:
        if (row.code, level, period) in assessment.outcomes:
            return assessment.outcomes[row.code, level, period].entities
    return []


def _score(
    assessment: Assessment, row: ScoreRow, scores: dict[str, Score], level: Level, entity: str, period: int
) -> Score:
    if row.aggregation == "goalposts":
        return _leaf(assessment, row, level, entity, period)
    children = [r for r in assessment.method.score_rows if r.parent == row.code]
    nothing = np.full(assessment.draws, np.nan)
    for child in children:
        below = scores[child.code]
        if below.status != "ok":
            because = below.why or reason("all_unknown")
            why = reason("indicator_missing", indicator=Both(nl=child.nl, en=child.en), because=because)
            return Score(np.nan, nothing, nothing, below.coverage, "missing", why)
    children = sorted(children, key=lambda c: c.code)  # the order of the rows of the method shows nowhere
    weights = [c.weight for c in children]
    parts = [scores[c.code] for c in children]
    value = mean([np.array([p.value]) for p in parts], weights, row.aggregation)
    return Score(
        value=float(value[0]),
        lower=mean([p.lower for p in parts], weights, row.aggregation),
        upper=mean([p.upper for p in parts], weights, row.aggregation),
        coverage=float(min(p.coverage for p in parts)),
        status="ok",
        why=None,
    )


def _leaf(assessment: Assessment, row: ScoreRow, level: Level, entity: str, period: int) -> Score:
    nothing = np.full(assessment.draws, np.nan)
    if assessment.method.indicator(row.code) not in assessment.indicators:
        return Score(np.nan, nothing, nothing, 0.0, "not_applicable", reason("not_for_kind"))
    outcome = assessment.outcome(row.code, level, period)
    e = outcome.entities.index(entity)
    coverage = float(outcome.coverage[e])
    if outcome.status[e] != "ok":
        return Score(np.nan, nothing, nothing, coverage, outcome.status[e], outcome.reason[e])
    needed = assessment.method.settings.coverage.score
    if coverage < needed:
        why = reason("coverage_low", coverage=f"{coverage:.0%}", needed=f"{needed:.0%}")
        return Score(np.nan, nothing, nothing, coverage, "missing", why)
    lower, upper = (points(row, a[e]) for a in (outcome.lower, outcome.upper))
    if row.direction == "lower_is_better":
        lower, upper = upper, lower
    value = float(points(row, np.array([outcome.value[e]]))[0])
    return Score(value, lower, upper, coverage, "ok", outcome.reason[e])


def points(row: ScoreRow, values: Array) -> Array:
    """Values on the scale from 0 (lower goalpost) to 100 (upper goalpost), held within it."""
    assert row.lower is not None  # noqa: S101  (goalposts rows have both; checked when the method is read)
    assert row.upper is not None  # noqa: S101
    return to_goalposts(values, (row.lower, row.upper), -1 if row.direction == "lower_is_better" else 1)


def _as_row(
    assessment: Assessment, row: ScoreRow, score: Score, level: Level, entity: str, period: int, lang: str
) -> list[object]:
    low, high = assessment.method.settings.uncertainty.interval
    return [
        assessment.fieldlab.id,
        level,
        entity,
        period,
        row.code,
        row.parent,
        score.value,
        float(quantiles(score.lower[None, :], [low])[0, 0]),
        float(quantiles(score.upper[None, :], [high])[0, 0]),
        "points",
        score.coverage,
        score.status,
        "" if score.why is None else score.why[lang],
        row.weight,
        row.agreed,
        assessment.method.version,
    ]
