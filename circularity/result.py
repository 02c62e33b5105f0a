"""What `assess` gives back: tables, scores, explanations and figures of one fieldlab."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.assessment import assess as _assess
from circularity.assessment.compare import compare
from circularity.assessment.explain import Explanation
from circularity.assessment.explain import explain as _explain
from circularity.assessment.frameworks import COLUMNS as FRAMEWORK_COLUMNS
from circularity.assessment.frameworks import framework_coverage, framework_table
from circularity.errors import CallError
from circularity.figures.plot import Plot
from circularity.ledger.balance import mass_balance
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.declarations import Level
from circularity.method.load import Method
from circularity.score.changes import changes as _changes
from circularity.score.changes import target_verdicts
from circularity.score.claims import Judged, claims_of, judge_claims
from circularity.score.scores import compute_scores
from circularity.texts import LANGUAGES


class Result:
    """The assessment of a fieldlab.

    Parameters
    ----------
    assessment : Assessment
    lang : {"nl", "en"}, optional
        Language of reasons, explanations and figures.
    """

    def __init__(self, assessment: Assessment, lang: str = "en") -> None:
        self.assessment = assessment
        self.lang = lang
        self.fieldlab: Fieldlab = assessment.fieldlab
        self.method: Method = assessment.method

    def __repr__(self) -> str:
        known = int((self.indicators["status"] == "ok").sum())
        count = f"{known} of {len(self.indicators)} figures known"
        return f"<Result {self.fieldlab.id}: {count}, method {self.method.version}>"

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.headline().drop(columns=["fieldlab", "method_version"])
        return f"<p>{escape(repr(self))}</p>{shown.to_html(index=False, float_format='{:.4g}'.format)}"

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """The result table: one row per indicator, level, entity and period."""
        return self.assessment.table(self.lang)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The score table: points against goalposts, and their weighted mean."""
        return compute_scores(self.assessment, self.lang)

    @cached_property
    def balance(self) -> pd.DataFrame:
        """The mass balance of the fieldlab, its organisations and its products, per period."""
        return mass_balance(self.fieldlab)

    def headline(self) -> pd.DataFrame:
        """The rows of `indicators` that the method calls headline, at their widest level."""
        return self.assessment.headline_table(self.lang)

    def changes(self, earlier: int, later: int, indicators: list[str] | None = None) -> pd.DataFrame:
        """What improved between two periods and how sure; the headline indicators by default."""
        return _changes(self.assessment, indicators or self.assessment.headline, earlier, later)

    def targets(self, period: int) -> pd.DataFrame:
        """How far the published targets are in a period."""
        return target_verdicts(self.assessment, period)

    def claims(self, period: int | None = None, texts: Sequence[str] | None = None) -> list[Judged]:
        """Verdicts on claims about the fieldlab.

        Parameters
        ----------
        period : int, optional
            Period that the claims of the method and of the fieldlab are about; the last by default.
        texts : sequence of str, optional
            Claims of one's own instead; see `circularity.scoring.claims.FORMS`.
        """
        wanted = claims_of(self.assessment, self.fieldlab.period(period)) if texts is None else texts
        return judge_claims(self.assessment, wanted)

    def framework(self, framework: str, period: int | None = None) -> pd.DataFrame:
        """Everything a framework asks for, in its own numbering, with the figures or why there is none."""
        return framework_table(self.assessment, framework, self.fieldlab.period(period), self.lang)

    def frameworks(self) -> pd.DataFrame:
        """Everything all frameworks ask for, in every period; see `framework`."""
        periods, known = self.fieldlab.periods, self.method.frameworks
        tables = [framework_table(self.assessment, f, p, self.lang) for f in known for p in periods]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=FRAMEWORK_COLUMNS)

    def coverage(self, period: int | None = None) -> pd.DataFrame:
        """What became of every item of every framework: computed, missing, not applicable or not available."""
        return framework_coverage(self.assessment, self.fieldlab.period(period), self.lang)

    def compare(self, first: str, second: str, period: int | None = None) -> pd.DataFrame:
        """Two indicators beside each other, with their difference, at the widest level that both have.

        Raises
        ------
        NotComparable
            If their units differ, or the method says that they measure in different ways.
        """
        return compare(self.assessment, first, second, self.fieldlab.period(period), self.lang)

    def explain(
        self, indicator: str, period: int | None = None, level: Level | None = None, entity: str | None = None
    ) -> Explanation:
        """What stands behind a figure; see `circularity.assessment.explain.explain`."""
        return _explain(self.assessment, indicator, period=period, level=level, entity=entity, lang=self.lang)

    @property
    def plot(self) -> Plot:
        """Figures of this result."""
        return Plot(self.assessment, self.lang)


def assess(
    fieldlab: Fieldlab | str | Path, method: Method | None = None, *, draws: int = 1000, seed: int = 1, lang: str = "en"
) -> Result:
    """All indicators and scores of a fieldlab.

    Parameters
    ----------
    fieldlab : Fieldlab, str or Path
        Checked data, from `load_fieldlab`, or the folder to read them from.
    method : Method, optional
        The method the fieldlab was read with by default.
    draws : int, optional
        Number of Monte Carlo draws, at least 100.
    seed : int, optional
        Seed of the draws. The same seed gives the same result, alone or in a batch.
    lang : {"nl", "en"}, optional
        Language of reasons, explanations and figures.

    Returns
    -------
    Result

    Raises
    ------
    WrongArgument
        If `draws`, `seed` or `lang` is not what it can be.
    DataFaults
        If `fieldlab` is a folder and something is wrong in it.
    """
    if lang not in LANGUAGES:
        raise CallError("WrongArgument", name="lang", found=lang, expected=list(LANGUAGES))
    if not isinstance(fieldlab, Fieldlab):
        fieldlab = load_fieldlab(fieldlab, method)
    return Result(_assess(fieldlab, method, draws=draws, seed=seed), lang)
