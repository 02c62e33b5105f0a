"""The sections of the report about scores: structure, scores, weights, ranks, claims, and what drives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from circularity.assessment.claims import ScoringModel, claims_of, judge_claims, scoring_of, thresholds_of
from circularity.assessment.scores import MISSING, figures_of, scores_with_intervals
from circularity.assessment.targets import tree_of
from circularity.errors import CallError, check_argument
from circularity.figures.drawing import Drawing
from circularity.figures.scoring import draw_acceptability, draw_sensitivity, draw_weights, draw_what_if
from circularity.report.analysis import analysis_blocks
from circularity.report.explorer import Explorer
from circularity.report.page import Html, environment
from circularity.report.section import Row
from circularity.result import Result
from circularity.scoring import Composite, ScoreTree, Values
from circularity.scoring.acceptability import Acceptability, rank_acceptability
from circularity.scoring.aggregate import Aggregate
from circularity.scoring.analysis import analyse
from circularity.scoring.pipeline import read_steps
from circularity.scoring.sensitivity import score_of, sensitivity
from circularity.scoring.stakeholder_weights import weights_of_people
from circularity.scoring.uncertain_inputs import POOLED
from circularity.scoring.uncertainty import monte_carlo
from circularity.scoring.verdict import Verdict, factor_name
from circularity.scoring.what_if import WhatIf, what_if
from circularity.texts import Texts

# Units, years or both that a table shows.
MOST_ROWS = 60


class ScoringReport:
    """The scores of fieldlabs by the score structure of the method, and what can be concluded from them.

    Parameters
    ----------
    results : sequence of Result
        Fieldlabs assessed with the same method, draws and language.
    responses : str or Path, optional
        Folder with what stakeholders answered; see `circularity.weighting`.
    """

    def __init__(self, results: Sequence[Result], responses: str | Path | None = None) -> None:
        check_argument("results", results, list, tuple)
        for result in results:
            check_argument("results", result, Result)
        self.results, first = list(results), results[0]
        self.method, self.lang = first.method, first.lang
        self.texts, self.scoring = Texts(first.lang), scoring_of(first.method)
        self.draws, self.seed = first.assessment.draws, first.assessment.seed
        self.score_tree: ScoreTree = tree_of(first.assessment)
        for result in self.results:
            if tree_of(result.assessment).file != self.score_tree.file:
                kinds = [r.fieldlab.description.kind for r in (first, result)]
                raise CallError("DifferentScores", found=result.fieldlab.id, kinds=kinds)
        self.consensus = self._consensus(responses) if responses else None
        self.figures = figures = figures_of([r.assessment for r in self.results], self.score_tree)
        self.model = ScoringModel(
            method=self.method,
            values=figures.values,
            tree=self.score_tree,
            pipeline=self.method.pipeline,
            # What is unknown counts against each of them alike.
            samples=figures.turned_out(self.score_tree, better=False),
            stakeholders=weights_of_people(self.consensus.weights, self.consensus.people) if self.consensus else None,
        )
        self.values: Values = figures.values
        self._templates = environment(self.texts)

    def _consensus(self, responses: str | Path) -> Any:
        from circularity.weighting import find_consensus, read_responses

        table = self.score_tree.table()[["code", "parent", "nl", "en"]]
        table.attrs["file"] = self.score_tree.file
        return find_consensus(read_responses(Path(responses), table, self.method), seed=self.seed)

    @property
    def composite(self) -> Composite:
        """Scores and ranks as stated."""
        return self.model.composite

    @property
    def names(self) -> dict[str, str]:
        """What units, codes and helices are called."""
        units = {r.fieldlab.id: r.fieldlab.description.name[self.lang] for r in self.results}
        codes = {n.code: n.name[self.lang] for n in self.score_tree}
        rules = None if self.method.consensus is None else self.method.consensus.rules
        helices = {} if rules is None else {h: both[self.lang] for h, both in rules.helices.items()}
        return {**units, **codes, **helices, POOLED: self.texts("scoring.pooled")}

    @property
    def weights_told(self) -> str:
        """Where the weights come from: nobody should take equal weights for agreed ones."""
        if self.consensus is not None:
            return self.texts("scoring.weights_of_people", people=self.consensus.people["respondent"].nunique())
        return self.texts(f"score.weights_{self.score_tree.weights_are}")

    @property
    def natures(self) -> str:
        """What kinds of data are in it, when they are not fieldlabs of the region: stands in every figure."""
        kinds = {r.fieldlab.description.nature for r in self.results} - {"fieldlab"}
        return "" if not kinds else f" ({', '.join(self.texts('nature.' + k) for k in sorted(kinds))})"

    # Sections ----------------------------------------------------------------------------------------------------

    def head(self) -> Html:
        """Title, what is scored, and the status of method and weights."""
        units = [(r.fieldlab.description.name[self.lang], r.fieldlab.description.nature) for r in self.results]
        return self._html("scoring_head.html", units=units, told=self.weights_told)

    def summary(self) -> Html:
        """The answer first: scores now, and the verdicts on the claims."""
        rows = [self._verdict_row(v, possible) for v, possible in self.verdicts]
        helices = [self.names[h] for h in self.model.helices]
        limits = thresholds_of(self.method)
        return self._html("scoring_claims.html", rows=rows, helices=helices, told=self.weights_told, limits={
            "threshold": self.texts.percent(limits.supported, 2), "draws": self.texts.tick(self.draws),
            "seed": self.seed, "helix": self.texts.percent(limits.every_helix, 2),
            "contested": self.texts.percent(limits.contested, 2),
        })  # fmt: skip

    def tree(self) -> Html:
        """The score structure: what stands below what, with weights and goalposts."""
        rows, t = [], self.texts
        (step,) = (s for s in read_steps(self.model.steps) if isinstance(s, Aggregate))
        for node in self.score_tree:
            posts, way = node.goalposts, "up" if node.direction > 0 else "down"
            rows.append({
                "name": node.name[self.lang], "depth": self._depth(node.code),
                "weight": t.percent(float(self.composite.weights[node.code]), 3) if node.parent else "",
                "goalposts": "" if posts is None else " – ".join(t.value(p, node.unit, "percent") for p in posts),
                "direction": "" if self.score_tree.children[node.code] else t(f"scoring.{way}"),
                "way": t(f"scoring.{step.way_of(node)}") if self.score_tree.children[node.code] else "",
            })  # fmt: skip
        return self._html("scoring_structure.html", rows=rows, told=self.weights_told, steps=self.steps_told())

    def steps_told(self) -> str:
        """The steps of the pipeline, in words."""
        done = [s["step"] for s in self.model.steps if not (s["step"] == "treat" and s["way"] == "none")]
        return " → ".join(self.texts(f"scoring_step.{name}") for name in done)

    def scores(self) -> Html:
        """The scores of every unit and year, with intervals over the draws of the data, as in the score table."""
        found = scores_with_intervals(self.method, self.score_tree, self.figures, self.model.steps)
        low, high = self.method.settings.uncertainty.interval
        codes, t, rows = list(self.score_tree.nodes), self.texts, []
        for unit, period in self.values.given[:MOST_ROWS]:
            mine, cells = found.get((unit, period), {}), []
            for code in codes:
                value, least, most = mine.get(code, MISSING)
                shown, interval = t.figure(value, least, most, "points")
                cells.append(f"{shown} ({interval})" if np.isfinite(value) else t("status.missing"))
            rows.append({"unit": self.names[unit], "period": period, "cells": cells})
        headings = [self.names[c] for c in codes]
        return self._html(
            "scoring_scores.html",
            rows=rows,
            headings=headings,
            interval=t.percentiles((low, high)),
            told=self.weights_told,
        )

    def explorer(self) -> Explorer:
        """Vary the weights and see what becomes of the scores; a figure where nothing can be turned."""
        return Explorer(self.composite, self.names, self.texts, self._what_if_drawing())

    def acceptability(self) -> Html:
        """How often each has each rank, over data, weights and choices in the method together."""
        table, period = self._acceptability()
        if not (table.rank_acceptability.to_numpy() > 0).any():
            values = {"drawing": self.texts("scoring.none_known"), "central": [], "headings": []}
            return self._html("scoring_ranks.html", told=self.weights_told, **values)
        about = self.texts("scoring.of_units", period=period) if period else self.texts("scoring.of_years")
        caption = self.texts("figure.acceptability", about=about, draws=self.texts.tick(table.draws)) + self.natures
        drawing = draw_acceptability(table.rank_acceptability, self.names, self.texts, caption)
        central = [
            {"unit": self.names.get(str(u), str(u)), "cells": [self.texts.percent(float(w), 2) for w in row]}
            for u, row in zip(table.central_weights.index, table.central_weights.to_numpy(), strict=True)
        ]
        headings = [self.names[c] for c in table.central_weights.columns]
        return self._html(
            "scoring_ranks.html", drawing=_markup(drawing), central=central, headings=headings, told=self.weights_told
        )

    def weights(self) -> Html:
        """The weights of each helix, and how far they agree."""
        if self.consensus is None:
            return self._html("scoring_weights.html", drawing="", lines=[self.texts("scoring.nobody_asked")])
        caption = self.texts("figure.weights")
        drawing = draw_weights(self.consensus.weights, self.names, self.names, self.texts, caption)
        return self._html("scoring_weights.html", drawing=_markup(drawing), lines=self.consensus.summary(self.lang))

    def sensitivity(self) -> Html:
        """What drives the scores of the last period: Sobol indices, with a statement on whether they have converged."""
        return self._html("scoring_sensitivity.html", blocks=[self._sensitivity(u) for u in self._units_now()[:3]])

    def analysis(self) -> Html:
        """Whether the indicators belong together, what each weighs in the end, and what ranks become without it."""
        found = analyse(self.composite, **self.scoring.analysis.model_dump())
        return self._html("scoring_analysis.html", blocks=analysis_blocks(found, self.names, self.texts))

    # What stands behind them -------------------------------------------------------------------------------------

    @cached_property
    def verdicts(self) -> list[tuple[Verdict, float]]:
        """The verdicts on the claims of the method and of each fieldlab, with the most their probability can be."""
        found = []
        for result in self.results:
            texts = claims_of(result.assessment, result.fieldlab.periods[-1])
            found += [(j.verdict, j.possible) for j in judge_claims(result.assessment, texts, self.model.stakeholders)]
        return found

    def _units_now(self) -> list[str]:
        now = max(self.values.periods)
        return [u for u, p in zip(self.values.units, self.values.periods, strict=True) if p == now]

    def _acceptability(self) -> tuple[Acceptability, int]:
        """Ranks of the units of the last period; of the years, where there is one unit."""
        now = max(self.values.periods)
        values, period = self.values, now
        if len(self._units_now()) < 2:
            values, period = self._years_as_units(), 0
        model = replace(self.model, values=values).model()
        drawn = monte_carlo(model, model.uniforms(self.draws, self.seed))
        return rank_acceptability(drawn, self.score_tree.top, period), period

    def _years_as_units(self) -> Values:
        units = tuple(str(p) for p in self.values.periods)
        return replace(self.values, units=units, periods=(0,) * len(units), given=[(u, 0) for u in units])

    def _what_if(self) -> WhatIf | None:
        first = self.score_tree.children[self.score_tree.top]
        if len(first) < 2 or self.composite.scores[self.score_tree.top].isna().all():
            return None
        values = self.values if len(self._units_now()) > 1 else self._years_as_units()
        return what_if(replace(self.model, values=values).composite, first[0])

    def _what_if_drawing(self) -> Drawing | None:
        found = self._what_if()
        if found is None:
            return None
        switches = [s.weight for s in found.switches]
        caption = self.texts("figure.what_if", name=self.names[found.code]) + self.natures
        return draw_what_if(found.scores, self.names[found.code], found.now, switches, self.names, self.texts, caption)

    def _sensitivity(self, unit: str) -> Row:
        """The Sobol indices of the score of one unit in the last period, and whether they have converged."""
        top, now, t = self.score_tree.top, max(self.values.periods), self.texts
        name = self.names[unit]
        if not np.isfinite(self.composite.scores[top].iloc[self.values.row(unit, now)]):
            return {"drawing": "", "lines": [t("scoring.score_missing", name=name)]}
        asked, rules = self.scoring.uncertainty, self.scoring.convergence
        model = self.model.model()
        output = score_of(top, unit, now, name)
        found = sensitivity(model, output, [top], base=asked.base, seed=self.seed, bootstrap=asked.bootstrap)
        table = found.table[found.table["index"].isin(["first", "total"])]
        if set(table["state"]) != {"ok"}:
            return {"drawing": "", "lines": [t("scoring.no_variance", name=name)]}
        caption = t("figure.sensitivity", name=f"{name}, {now}", draws=t.tick(found.design.runs)) + self.natures
        drawing = draw_sensitivity(table, {f: factor_name(f, self.lang) for f in table["factor"]}, t, caption)
        judged = found.convergence(rules.width)
        named = judged.table.assign(factors=[factor_name(f, self.lang) for f in judged.table["factors"]])
        return {"drawing": _markup(drawing), "lines": replace(judged, table=named).sentences(self.lang)}

    def _verdict_row(self, verdict: Verdict, possible: float) -> Row:
        t, p = self.texts, verdict.pooled
        first = "–" if p is None else t.probability(p.value)
        last = t.probability(possible) if np.isfinite(possible) else first
        return {
            "claim": verdict.claim.said(self.lang, self.score_tree, self.names),
            "word": verdict.word,
            "probability": first if first == last else f"{first} – {last}",
            "interval": "" if p is None else f"{t.percent(p.low, 2)} – {t.percent(p.high, 2)}",
            "helices": [t.probability(h.value) for h in verdict.helices],
            "turned_by": factor_name(verdict.turned_by, self.lang),
        }

    def _depth(self, code: str) -> int:
        parent = self.score_tree[code].parent
        return 0 if not parent else 1 + self._depth(parent)

    def _html(self, template: str, **values: Any) -> Html:
        return Html(self._templates.get_template(template).render(method=self.method, natures=self.natures, **values))


def _markup(drawing: Drawing) -> Markup:
    return Markup(drawing._repr_html_())  # noqa: S704  (escapes its own texts)
