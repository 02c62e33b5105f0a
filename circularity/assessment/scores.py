"""From figures to scores: the indicators of fieldlabs go through the pipeline of the method, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.sampling import Array
from circularity.assessment.targets import tree_of
from circularity.assessment.values import Status, quantiles
from circularity.method.declarations import Level
from circularity.method.load import Method
from circularity.scoring.pipeline import build
from circularity.scoring.tree import ScoreNode, ScoreTree
from circularity.scoring.uncertainty import score_draws
from circularity.scoring.values import Values
from circularity.texts import Both, reason

COLUMNS = [
    "fieldlab", "level", "entity", "period", "score", "parent", "value", "low", "high", "unit", "coverage", "status",
    "reason", "weight", "agreed", "method_version",
]  # fmt: skip

LEVELS: tuple[Level, ...] = ("organisation", "fieldlab")
MISSING = (np.nan, np.nan, np.nan)  # value, low, high


@dataclass(frozen=True)
class Figures:
    """The indicators of a score tree, as a pipeline takes them: a row for each entity and period.

    Attributes
    ----------
    values : Values
        As stated; missing where a figure is, or where less is known of it than a score needs.
    lower, upper : array of float, shape (draws, rows, codes)
        Per draw the least and the most that each can be, as what is unknown may turn out.
    known : mapping of (str, int, str) to Known
        By entity, period and code: how much is known, and why there is no value.
    """

    values: Values
    lower: Array
    upper: Array
    known: Mapping[tuple[str, int, str], Known]

    def turned_out(self, tree: ScoreTree, better: bool) -> Array:
        """The draws with what is unknown turning out for every row, or against it. Shape (draws, rows, codes)."""
        up = np.array([code not in tree or tree[code].direction > 0 for code in self.values.codes])
        return np.where(up == better, self.upper, self.lower)


@dataclass(frozen=True)
class Known:
    """How much is known of a figure, or of a score.

    Attributes
    ----------
    coverage : float
    status : {"ok", "missing", "not_applicable"}
    why : Both or None
        Why there is no value, or what is to be said of it.
    """

    coverage: float
    status: Status
    why: Both | None


def figures_of(assessments: Sequence[Assessment], tree: ScoreTree, level: Level = "fieldlab") -> Figures:
    """The indicators of a score tree, and what they are divided by, of all entities of a level.

    Parameters
    ----------
    assessments : sequence of Assessment
        Of as many draws each.
    tree : ScoreTree
    level : Level
        At ``fieldlab`` an entity is a fieldlab, by its id.

    Returns
    -------
    Figures
        Rows by period and name of the entity.
    """
    codes = (*tree.leaves, *(c for c in tree.denominators if c not in tree.leaves))
    keys = sorted({(p, e) for a in assessments for p, e in _entities(a, codes, level)})
    place = {key: row for row, key in enumerate(keys)}
    shape = (assessments[0].draws, len(keys), len(codes))
    x, lower, upper = np.full(shape[1:], np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    known: dict[tuple[str, int, str], Known] = {}
    for assessment in assessments:
        about = {i.id for i in assessment.indicators}
        needed = assessment.method.settings.coverage.score
        for period, entity in _entities(assessment, codes, level):
            row = place[period, entity]
            for column, code in enumerate(codes):
                if code not in about:
                    known[entity, period, code] = Known(0.0, "not_applicable", reason("not_for_kind"))
                    continue
                outcome = assessment.outcome(code, level, period)
                e = outcome.entities.index(entity) if level != "fieldlab" else 0
                coverage, status, why = float(outcome.coverage[e]), outcome.status[e], outcome.reason[e]
                if status == "ok" and coverage < needed:
                    status = "missing"
                    why = reason("coverage_low", coverage=f"{coverage:.0%}", needed=f"{needed:.0%}")
                if status == "ok":
                    x[row, column] = outcome.value[e]
                    lower[:, row, column], upper[:, row, column] = outcome.lower[e], outcome.upper[e]
                known[entity, period, code] = Known(coverage, status, why)
    units, periods = tuple(e for _, e in keys), tuple(p for p, _ in keys)
    zeros, groups = np.zeros(x.shape), pd.DataFrame(index=range(len(keys)))
    given = list(zip(units, periods, strict=True))
    values = Values(units, periods, codes, x, zeros, zeros + 1, groups, given)
    return Figures(values, lower, upper, known)


def _entities(assessment: Assessment, codes: Sequence[str], level: Level) -> list[tuple[int, str]]:
    """Periods and entities that there are figures of at a level."""
    found: list[tuple[int, str]] = []
    for period in assessment.fieldlab.periods:
        if level == "fieldlab":
            found.append((period, assessment.fieldlab.id))
            continue
        there = (assessment.outcomes.get((code, level, period)) for code in codes)
        outcome = next((o for o in there if o is not None), None)
        found += [] if outcome is None else [(period, e) for e in outcome.entities]
    return found


def compute_scores(assessment: Assessment, lang: str = "en") -> pd.DataFrame:
    """The score table of an assessment, in the order of the score tree of its kind of fieldlab.

    Parameters
    ----------
    assessment : Assessment
    lang : {"nl", "en"}
        Language of the reasons.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`. ``value`` is what the pipeline of the method makes of the stated figures; ``low`` and
        ``high`` come from the draws with everything unknown turning out worst, and best. As long as the pipeline says
        so, a parent is missing when a child is: leaving a child out would reward not measuring.
    """
    tree, rows = tree_of(assessment), []
    for level in LEVELS:
        figures = figures_of([assessment], tree, level)
        if figures.values.units:
            scores = scores_with_intervals(assessment.method, tree, figures, assessment.method.pipeline)
            for period, entity in _entities(assessment, figures.values.codes, level):
                mine = scores.get((entity, period), {})
                known: dict[str, Known] = {}
                for code in (*tree.leaves, *tree.parents):
                    figure = figures.known.get((entity, period, code))
                    known[code] = _known(tree, code, figure, mine.get(code, MISSING)[0], known, not mine)
                about = {"fieldlab": assessment.fieldlab.id, "level": level, "entity": entity, "period": period}
                rows += [about | _row(n, mine.get(n.code, MISSING), known[n.code], assessment, lang) for n in tree]
    return pd.DataFrame(rows, columns=COLUMNS)


def scores_with_intervals(
    method: Method, tree: ScoreTree, figures: Figures, steps: Sequence[dict[str, Any]]
) -> dict[tuple[str, int], dict[str, tuple[float, float, float]]]:
    """Value, low and high of every score, over the draws of the figures.

    Parameters
    ----------
    method : Method
        Says which quantiles the ends of an interval are.
    tree : ScoreTree
    figures : Figures
    steps : sequence of dict
        The pipeline.

    Returns
    -------
    dict of (str, int) to dict of str to tuple of float
        Points by code, for each entity and period that the pipeline keeps.
    """
    codes = list(tree.nodes)
    stated = build(figures.values, tree, steps)
    worst = score_draws(figures.values, tree, steps, figures.turned_out(tree, better=False), codes)
    best = worst
    if not np.array_equal(figures.lower, figures.upper, equal_nan=True):
        best = score_draws(figures.values, tree, steps, figures.turned_out(tree, better=True), codes)
    low, high = method.settings.uncertainty.interval
    drawn = {key: row for row, key in enumerate(zip(worst.values.units, worst.values.periods, strict=True))}
    found: dict[tuple[str, int], dict[str, tuple[float, float, float]]] = {}
    for code in codes:
        # A step that looks at other rows may turn worst and best round.
        least, most = (f(worst.scores[code], best.scores[code]).T for f in (np.fmin, np.fmax))
        ends = quantiles(least, [low])[:, 0], quantiles(most, [high])[:, 0]
        for row, key in enumerate(zip(stated.values.units, stated.values.periods, strict=True)):
            at = drawn.get(key)
            interval = MISSING[1:] if at is None else (float(ends[0][at]), float(ends[1][at]))
            found.setdefault(key, {})[code] = (float(stated.score(code)[row]), *interval)
    return found


def _row(
    node: ScoreNode, score: tuple[float, float, float], known: Known, assessment: Assessment, lang: str
) -> dict[str, Any]:
    return {
        "score": node.code, "parent": node.parent, "value": score[0], "low": score[1], "high": score[2],
        "unit": "points", "coverage": known.coverage, "status": known.status,
        "reason": "" if known.why is None else known.why[lang], "weight": node.weight,
        "agreed": "yes" if node.agreed else "no", "method_version": assessment.method.version,
    }  # fmt: skip


def _known(
    tree: ScoreTree,
    code: str,
    figure: Known | None,
    score: float,
    known: Mapping[str, Known],
    screened: bool,
) -> Known:
    """What is known of a score: of its own figure, or of everything below it."""
    is_known = np.isfinite(score)
    if figure is not None and code in tree.leaves:
        if is_known and figure.status != "ok":
            return Known(figure.coverage, "ok", reason("filled_in"))
        if not is_known and figure.status == "ok":
            return Known(figure.coverage, "missing", reason("screened_out" if screened else "no_score"))
        return figure
    below = [node.code for node in tree if node.parent == code]
    if is_known:
        return Known(min(known[c].coverage for c in below), "ok", None)
    first = next((c for c in below if known[c].status != "ok"), None)
    if first is None:
        return Known(min(known[c].coverage for c in below), "missing", reason("no_score"))
    because = known[first].why or reason("all_unknown")
    why = reason("indicator_missing", indicator=Both(**tree[first].name), because=because)
    return Known(known[first].coverage, "missing", why)
