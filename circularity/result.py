"""What `assess` gives back: tables, scores, explanations and figures of one fieldlab."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.assessment import assess as _assess
from circularity.assessment.changes import changes as _changes
from circularity.assessment.claims import Judged, claims_of, judge_claims
from circularity.assessment.compare import compare
from circularity.assessment.evaluate import LEVELS
from circularity.assessment.explain import Explanation
from circularity.assessment.explain import explain as _explain
from circularity.assessment.frameworks import COLUMNS as FRAMEWORK_COLUMNS
from circularity.assessment.frameworks import framework_coverage, framework_table
from circularity.assessment.scores import compute_scores
from circularity.assessment.targets import target_verdicts
from circularity.errors import CallError, check_argument
from circularity.figures.plot import Plot
from circularity.ledger.balance import mass_balance
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.declarations import Level
from circularity.method.load import Method
from circularity.tables.write import check_target, write_table
from circularity.texts import LANGUAGES, reason

# What a figure can be.
STATUSES = ("ok", "missing", "not_applicable")


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

    def filter(self, **wanted: Any) -> pd.DataFrame:
        """The rows of `indicators` that have these values.

        Parameters
        ----------
        **wanted
            By column of `indicators`: a value or a list of values, such as ``level="fieldlab"``,
            ``period=[2015, 2020]``, ``indicator="mci"``, ``entity="pv_module"`` or ``status="missing"``.

        Raises
        ------
        CallError
            If there is no such column, or the result knows no such level, period, entity or status.
        MethodError
            If the method has no such indicator.
        """
        table = self.indicators
        known: dict[str, Sequence[Any]] = {"level": LEVELS, "period": self.fieldlab.periods, "status": STATUSES}
        for column, values in wanted.items():
            if column not in table:
                raise CallError("UnknownResultColumn", found=column, expected=list(table.columns))
            asked = list(values) if isinstance(values, (list, tuple, set, frozenset, pd.Index, pd.Series)) else [values]
            for value in asked:
                if column == "indicator":
                    check_argument("indicator", value, str)
                    self.method.indicator(value)
                elif value not in (choices := known.get(column, list(dict.fromkeys(table[column].dropna())))):
                    raise CallError("WrongArgument", name=column, found=repr(value), expected=list(choices))
            table = table[table[column].isin(asked)]
        return table.reset_index(drop=True)

    def save(self, path: str | Path, table: pd.DataFrame | None = None) -> None:
        """Write the result as `circularity assess -o` does: whole or not at all.

        Parameters
        ----------
        path : str or Path
            Ends in ``.csv``, ``.parquet``, ``.xlsx`` or ``.json``. A workbook has the scores and the mass balance too.
        table : DataFrame, optional
            Rows to write, such as those of `filter`; all of `indicators` by default.

        Raises
        ------
        CallError
            If the ending names another format, or the file cannot be written there or would be among the data.
        """
        check_argument("path", path, str, Path)
        check_argument("table", table, pd.DataFrame, optional=True)
        check_output(Path(path), self.fieldlab.path)
        write_table(self.indicators if table is None else table, path, scores=self.scores, balance=self.balance)

    def headline(self) -> pd.DataFrame:
        """The rows of `indicators` that the method calls headline, at their widest level."""
        return self.assessment.headline_table(self.lang)

    def changes(self, earlier: int, later: int, indicators: list[str] | None = None) -> pd.DataFrame:
        """What improved between two periods, and how sure that is.

        Parameters
        ----------
        earlier, later : int
            Periods of the fieldlab.
        indicators : list of str, optional
            Indicators to look at; the headline indicators by default.

        Returns
        -------
        DataFrame
            A row for each indicator and entity: value, change with its interval, probability and verdict.
        """
        wanted = self.assessment.headline if indicators is None else indicators
        check_argument("indicators", wanted, list, tuple)
        for name, period in (("earlier", earlier), ("later", later)):
            check_argument(name, period, int)
        return _changes(self.assessment, wanted, self.fieldlab.period(earlier), self.fieldlab.period(later))

    def targets(self, period: int | None = None) -> pd.DataFrame:
        """How far the published targets are that this kind of fieldlab can answer.

        Parameters
        ----------
        period : int, optional
            The last by default.
        """
        return target_verdicts(self.assessment, self.fieldlab.period(period))

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
        check_argument("texts", wanted, list, tuple)
        for number, text in enumerate(wanted):
            check_argument(f"texts[{number}]", text, str)
        return judge_claims(self.assessment, wanted)

    def framework(self, framework: str, period: int | None = None) -> pd.DataFrame:
        """Everything a framework asks for, in its own numbering, with the figures or why there is none.

        Parameters
        ----------
        framework : str
            Id of a framework of the method, such as ``cb23`` or ``esrs_e5``.
        period : int, optional
            The last by default.

        Raises
        ------
        CallError
            If the method has no such framework.
        """
        check_argument("framework", framework, str)
        return framework_table(self.assessment, framework, self.fieldlab.period(period), self.lang)

    def frameworks(self) -> pd.DataFrame:
        """Everything all frameworks ask for, in every period; see `framework`."""
        periods, known = self.fieldlab.periods, self.method.frameworks
        tables = [framework_table(self.assessment, f, p, self.lang) for f in known for p in periods]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=FRAMEWORK_COLUMNS)

    def coverage(self, period: int | None = None) -> pd.DataFrame:
        """What became of every item of every framework: computed, missing, not applicable or not available.

        Parameters
        ----------
        period : int, optional
            The last by default.
        """
        return framework_coverage(self.assessment, self.fieldlab.period(period), self.lang)

    def compare(self, first: str, second: str, period: int | None = None) -> pd.DataFrame:
        """Two indicators side by side, with their difference, at the widest level that both have.

        Parameters
        ----------
        first, second : str
            Ids of indicators.
        period : int, optional
            The last by default.

        Raises
        ------
        CallError
            If their units differ, or the method says that they measure in different ways.
        """
        return compare(self.assessment, first, second, self.fieldlab.period(period), self.lang)

    def explain(
        self, indicator: str, period: int | None = None, level: Level | None = None, entity: str | None = None
    ) -> Explanation:
        """What is behind a figure: formula, numbers put in, rows of the data, and what drives its uncertainty.

        Parameters
        ----------
        indicator : str
            Id of an indicator.
        period : int, optional
            The last by default.
        level : {"product", "organisation", "fieldlab"}, optional
            By default the widest level of the indicator, or the widest that has the entity.
        entity : str, optional
            The only entity of the level by default.

        Raises
        ------
        CallError
            If there is no such figure, or several entities have it and none was named.
        """
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
        Checked data, from `load_fieldlab` or `circularity.fieldlab`, or the folder to read them from.
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
    CallError
        If an argument is not what it can be.
    DataFaults
        If `fieldlab` is a folder and something is wrong in it.
    """
    check_argument("fieldlab", fieldlab, Fieldlab, str, Path)
    check_argument("method", method, Method, optional=True)
    if lang not in LANGUAGES:
        raise CallError("WrongArgument", name="lang", found=repr(lang), expected=list(LANGUAGES))
    if not isinstance(fieldlab, Fieldlab):
        fieldlab = load_fieldlab(fieldlab, method)
    return Result(_assess(fieldlab, method, draws=draws, seed=seed), lang)


def check_output(target: Path, data: Path | None) -> None:
    """Raise `CallError` if a result cannot be written to `target`: another format, or among the data it is of."""
    if data is not None and target.resolve().is_relative_to(data.resolve()):
        because = reason("inside_fieldlab" if data.is_dir() else "fieldlab_itself")
        raise CallError("CannotWrite", found=target, because=because)
    check_target(target)
