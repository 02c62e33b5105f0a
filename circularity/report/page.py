"""The sections of a report, as a notebook shows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from circularity.assessment.targets import target_years, targets_of
from circularity.assessment.worked_formula import mathml
from circularity.errors import check_argument
from circularity.figures import Drawing
from circularity.report.calculations import Calculations
from circularity.report.evidence import Evidence
from circularity.report.summary import Summary
from circularity.report.tables import Tables
from circularity.result import Result
from circularity.texts import Texts

TEMPLATES = Path(__file__).with_name("templates")
# A hyphen before a number at the start of a text, after a space or after a bracket: one that is a minus.
HYPHEN = re.compile(r"(?<![^\s(])-(?=\d)")


class Html:
    """A piece of a page that a notebook shows as it is."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Html, {len(self.text.split())} words>"

    def _repr_html_(self) -> str:
        return self.text


# What a section shows that has nothing to say about this fieldlab.
NOTHING = Html()


def environment(texts: Texts) -> Environment:
    """Templates with the texts of a language; everything put in is escaped."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_typeset,
    )
    templates.globals["t"] = texts
    templates.globals["lang"] = texts.lang
    return templates


def _typeset(value: Any) -> Any:
    """Texts in which a percentage stays on one line, and a number below zero has a minus and not a hyphen."""
    if not isinstance(value, str):
        return value
    unbroken = value.replace(" %", "\u00a0%")
    return unbroken if isinstance(value, Markup) else HYPHEN.sub("\N{MINUS SIGN}", unbroken)


class Report:
    """The report of one fieldlab about one period.

    Parameters
    ----------
    result : Result
        Its language is that of the report.
    period : int, optional
        Period the report is about; the last by default.
    """

    def __init__(self, result: Result, period: int | None = None) -> None:
        check_argument("result", result, Result)
        self.result = result
        self.period = result.fieldlab.period(period)
        self.texts = Texts(result.lang)
        self._templates = environment(self.texts)
        self._tables = Tables(result, self.period)
        self._evidence = Evidence(result, self.period)

    def _html(self, template: str, **values: Any) -> Html:
        values |= {"lab": self.result.fieldlab, "method": self.result.method, "period": self.period}
        values |= {"agreed": self.result.method.settings.agreement.weights == "agreed"}
        return Html(self._templates.get_template(template).render(**values))

    @property
    def title(self) -> str:
        """Title of the page."""
        name = self.result.fieldlab.description.name[self.result.lang]
        return self.texts("report.title", name=name, period=self.period)

    def head(self) -> Html:
        """Name of the fieldlab, what kind of data it is, who takes part, and the status of the method."""
        return self._html(
            "head.html", title=self.title, names=list(self.result.fieldlab.tables["organisations"]["name"])
        )

    def summary(self) -> Html:
        """The answer first: what improved, what did not, and how sure that is."""
        summary = Summary(self.result, self.period)
        return self._html(
            "summary.html",
            first=self.period == self.result.fieldlab.periods[0],
            comparisons=summary.comparisons(),
            certainty=summary.certainty(),
            meanings=summary.meanings(),
            targets=summary.targets(),
            claims=summary.claims(),
            organisations=summary.organisations(),
            scored=not self.result.scores.empty,
            equal_weights=self._tables.equal_weights(),
        )

    def flows(self) -> Html:
        """The Sankey diagram of the period; nothing for a fieldlab that is known by its totals alone."""
        if self.result.fieldlab.tables["flows"].empty:
            return NOTHING
        drawing = _markup(self.result.plot.sankey(self.period))
        return self._html("figure.html", title=self.texts("section.flows"), drawing=drawing)

    def indicators(self) -> Html:
        """All indicators with interval and coverage, masses with shares."""
        blocks = self._tables.indicators()
        shown = [row["status"] for block in blocks for group in block["groups"] for row in group["rows"]]
        return self._html(
            "indicators.html",
            blocks=blocks,
            more=self._tables.more_products(),
            unanswered=self._tables.unanswered_groups(),
            elsewhere=self._tables.groups_elsewhere(),
            known=shown.count("ok"),
            total=len(shown),
            certainty=Summary(self.result, self.period).certainty(),
        )

    def scores(self) -> Html:
        """Scores against the published targets; nothing for a kind without a score."""
        if self.result.scores.empty:
            return NOTHING
        return self._html(
            "scores.html",
            rows=self._tables.scores(),
            drawing=_markup(self.result.plot.scores(self.period)),
            years=target_years(self.result.assessment),
            equal_weights=self._tables.equal_weights(),
            interval=self.texts.percentiles(self.result.method.settings.uncertainty.interval),
        )

    def series(self) -> Html:
        """The headline indicators over the periods; nothing for a kind without."""
        if not self.result.assessment.headline:
            return NOTHING
        drawing, periods = _markup(self.result.plot.series()), self.result.fieldlab.periods
        return self._html("series.html", rows=self._tables.series(), periods=periods, drawing=drawing)

    def frameworks(self) -> Html:
        """What each framework asks for, in its own numbering, answered from the same data."""
        interval = self.texts.percentiles(self.result.method.settings.uncertainty.interval)
        return self._html("frameworks.html", blocks=self._tables.frameworks(), interval=interval)

    def formulas(self) -> Html:
        """Every formula, the same with the numbers put in, and what its names stand for."""
        calculations = Calculations(self.result, self.period)
        return self._html("formulas.html", blocks=calculations.formulas(_mathml), sums=calculations.sums())

    def quality(self) -> Html:
        """How good the data are: coverage, mass balance, stated uncertainty, what drives it, assumptions."""
        return self._html(
            "quality.html",
            uncertainty=self._evidence.uncertainty(),
            known=self._evidence.known(),
            balance=self._evidence.balance(),
            drivers=self._evidence.drivers(),
            assumed=self._evidence.assumed(),
            missing=self._evidence.missing(),
            notes=[n[self.result.lang] for n in self.result.fieldlab.description.notes],
            corrections=[c.text(self.result.lang) for c in self.result.fieldlab.corrections],
        )

    def sources(self) -> Html:
        """Sources of data and method, and how to repeat the report."""
        from circularity import __version__

        method, lab, a, lang = self.result.method, self.result.fieldlab, self.result.assessment, self.result.lang
        return self._html(
            "sources.html",
            sources=[s.model_dump() | {"note": s.note[lang] if s.note else ""} for s in lab.description.sources],
            used=self._evidence.sources(),
            unverified_factors=sum(row.status == "unverified" for row in method.pedigree_in_use),
            unverified_targets=int((targets_of(a)["status"] == "unverified").sum()),
            command=self._command,
            version=__version__,
            digest=method.digest,
            data_digest=lab.digest,
            run_key=a.run_key,
            draws=a.draws,
            seed=a.seed,
        )

    @property
    def _command(self) -> str:
        """The command that makes this report again; none for tables in memory."""
        a, lab, method = self.result.assessment, self.result.fieldlab, self.result.method
        if lab.path is None:
            return ""
        words = ["circularity report", lab.path.name, "--lang", self.result.lang, "--period", str(self.period)]
        words += ["--draws", str(a.draws), "--seed", str(a.seed)]
        words += [] if method.installed else ["--method", method.root.name]
        return " ".join(words)


def _mathml(latex: str) -> Markup:
    return Markup(mathml(latex))  # noqa: S704  (made from formulas of the method and escaped texts)


def _markup(drawing: Drawing) -> Markup:
    return Markup(drawing._repr_html_())  # noqa: S704  (escapes its own texts)
