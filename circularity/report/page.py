"""The sections of a report, as a notebook shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from circularity.assess.steps import mathml
from circularity.figures import Drawing
from circularity.report.rows import Rows
from circularity.result import Result
from circularity.texts import Texts

TEMPLATES = Path(__file__).with_name("templates")

VERDICT_ORDER = ("improved", "worsened", "increased", "decreased", "unchanged", "undecided", "missing")


class Html:
    """A piece of a page that a notebook shows as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Html, {len(self.text.split())} words>"

    def _repr_html_(self) -> str:
        return self.text


def environment(texts: Texts) -> Environment:
    """Templates with the texts of a language; everything put in is escaped."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["t"] = texts
    templates.globals["lang"] = texts.lang
    return templates


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
        self.result = result
        self.period = result.fieldlab.periods[-1] if period is None else period
        self.rows = Rows(result, self.period)
        self.texts = Texts(result.lang)
        self._templates = environment(self.texts)

    def _html(self, template: str, **values: Any) -> Html:
        values |= {"lab": self.result.fieldlab, "method": self.result.method, "period": self.period}
        return Html(self._templates.get_template(template).render(**values))

    @property
    def title(self) -> str:
        """Title of the page."""
        name = self.result.fieldlab.description.name[self.result.lang]
        return self.texts("report.title", name=name, period=self.period)

    def head(self) -> Html:
        """Name of the fieldlab, what kind of data it is, and the status of the method."""
        return self._html("head.html", title=self.title)

    def answer(self) -> Html:
        """What improved, what did not, and how sure that is."""
        changes = self.rows.changes()
        groups = {v: [r["name"] for r in changes if r["verdict"] == v] for v in VERDICT_ORDER}
        headline = self.result.headline()
        known = headline[(headline["period"] == self.period) & (headline["status"] == "ok")]
        return self._html(
            "answer.html",
            earlier=self.rows.earlier,
            groups={v: names for v, names in groups.items() if names},
            rows=changes,
            targets=self.rows.targets(),
            coverage=self.texts.percent(float(known["coverage"].min()) if len(known) else None),
            threshold=self.texts.percent(self.result.method.settings.verdict.shown, 2),
            agreed=self._agreed,
        )

    def flows(self) -> Html:
        """The Sankey diagram of the period."""
        drawing = _markup(self.result.plot.sankey(self.period))
        return self._html("figure.html", title=self.texts("section.flows"), drawing=drawing)

    def indicators(self) -> Html:
        """All indicators with interval and coverage, masses beside shares."""
        table = self.result.indicators
        status = table.loc[table["period"] == self.period, "status"]
        known = int((status == "ok").sum())
        return self._html("indicators.html", blocks=self.rows.indicators(), known=known, total=len(status))

    def scores(self) -> Html:
        """Scores against the published targets."""
        drawing = _markup(self.result.plot.scores(self.period))
        return self._html("scores.html", rows=self.rows.scores(), drawing=drawing, agreed=self._agreed)

    def series(self) -> Html:
        """The headline indicators over the periods."""
        drawing, periods = _markup(self.result.plot.series()), self.result.fieldlab.periods
        return self._html("series.html", rows=self.rows.series(), periods=periods, drawing=drawing)

    def formulas(self) -> Html:
        """Every formula, and the same with the numbers put in."""
        return self._html("formulas.html", blocks=self.rows.formulas(_mathml), sums=self.rows.sums())

    def quality(self) -> Html:
        """How good the data are: coverage, mass balance, stated uncertainty, what drives it, assumptions."""
        return self._html(
            "quality.html",
            uncertainty=self.rows.uncertainty(),
            known=self.rows.known(),
            balance=self.rows.balance(),
            drivers=self.rows.drivers(),
            assumed=self.rows.assumed(),
            missing=self.rows.missing(),
            notes=[n[self.result.lang] for n in self.result.fieldlab.description.notes],
        )

    def sources(self) -> Html:
        """Sources of data and method, and how to repeat the report."""
        from circularity import __version__

        method, lab, a, lang = self.result.method, self.result.fieldlab, self.result.assessment, self.result.lang
        command = f"circularity report {lab.id} --lang {lang} --period {self.period} --draws {a.draws} --seed {a.seed}"
        return self._html(
            "sources.html",
            sources=[s.model_dump() | {"note": s.note[lang] if s.note else ""} for s in lab.description.sources],
            used=self.rows.sources(),
            unverified_factors=int((method.pedigree["status"] == "unverified").sum()),
            unverified_targets=int((method.targets["status"] == "unverified").sum()),
            command=command,
            version=__version__,
            digest=method.digest,
            data_digest=lab.digest,
            run_key=a.run_key,
            draws=a.draws,
            seed=a.seed,
        )

    @property
    def _agreed(self) -> bool:
        return self.result.method.settings.agreement.weights == "agreed"


def _mathml(latex: str) -> Markup:
    return Markup(mathml(latex))  # noqa: S704  (made from formulas of the method and escaped texts)


def _markup(drawing: Drawing) -> Markup:
    return Markup(drawing._repr_html_())  # noqa: S704  (escapes its own texts)
