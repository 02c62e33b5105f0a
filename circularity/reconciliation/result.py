"""What `reconcile` gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape

import numpy as np
import pandas as pd
from scipy import stats

from circularity.errors import DataError, Where, counted, meant, sentence
from circularity.reconciliation.flow_network import FlowNetwork
from circularity.reconciliation.gross_errors import GlobalTest, Suspect, eliminate, judge, suspects
from circularity.reconciliation.least_squares import Solution
from circularity.reconciliation.system import ROUNDING, Floats
from circularity.texts import LANGUAGES, Texts, word

# Suspects and flows that the page of a notebook shows at most.
MOST_SHOWN = 50


class Reconciled:
    """A reconciled account.

    Attributes
    ----------
    statistic, freedom, p_value : float, int, float
        J, its degrees of freedom, and the probability of a J at least as large when nothing is wrong.
    verdict : GlobalTest
        ``verdict.word`` is ``consistent``, ``gross_error`` or ``nothing_to_test``.
    solution : Solution
        The best estimate, by which the observations are tested.
    draws : array, (draws, quantities), or None
        Accounts in which no flow is below zero, where that was asked; values and intervals come from these then.
    """

    def __init__(
        self,
        network: FlowNetwork,
        solution: Solution,
        draws: Floats | None,
        interval: tuple[float, float],
        significance: float,
    ) -> None:
        self.network = network
        self.solution, self.draws = solution, draws
        self.value: Floats = solution.value if draws is None else draws.mean(axis=0)
        self.interval, self.significance = interval, significance
        self.verdict: GlobalTest = judge(solution, significance)
        self._places: dict[str, int] = {}
        for place, quantity in enumerate(network.quantities):
            self._places.setdefault(quantity.name, place)

    @property
    def statistic(self) -> float:
        """J, the weighted sum of squared adjustments."""
        return self.verdict.statistic

    @property
    def freedom(self) -> int:
        """Degrees of freedom of J: independent relations between measurements."""
        return self.verdict.freedom

    @property
    def p_value(self) -> float:
        """Probability of a J at least as large when nothing is wrong; NaN when there is nothing to test."""
        return self.verdict.p_value

    @cached_property
    def quantities(self) -> pd.DataFrame:
        """Every flow, share and relation: what was observed, what came out, and how sure.

        ``status`` is ``redundant`` (measured, and determined by the others too), ``nonredundant`` (measured, and
        nothing else is known of it), ``exact``, ``observable`` (not measured, follows from the others) or
        ``unobservable`` (cannot be determined: no value). ``z`` is the test of the measurement. ``negative`` marks a
        flow below zero.
        """
        system, observability, quantities = self.solution.system, self.solution.observability, self.network.quantities
        value = self.value
        if self.draws is None:
            sd = np.sqrt(self.solution.variance)
            low, high = (value + stats.norm.ppf(end) * sd for end in self.interval)
        else:
            sd = self.draws.std(axis=0, ddof=1)
            low, high = np.quantile(self.draws, self.interval, axis=0)
        observed = np.isfinite(system.value)
        status = np.select(
            [system.fixed, observed & observability.redundant, observed, observability.observable],
            ["exact", "redundant", "nonredundant", "observable"],
            "unobservable",
        )
        below = value < -ROUNDING * np.nanmax(np.abs(value), initial=0.0)
        mass = np.array([q.kind in ("flow", "group") and not self.network.is_stock_change(q) for q in quantities])
        return pd.DataFrame(
            {
                "flow": [q.name for q in quantities],
                "kind": [q.kind for q in quantities],
                "from": [q.source for q in quantities],
                "to": [q.target for q in quantities],
                "observed": system.value,
                "observed_sd": np.sqrt(system.variance),
                "value": value,
                "sd": sd,
                "low": low,
                "high": high,
                "adjustment": value - system.value,
                "z": self.solution.z,
                "status": status,
                "negative": below & mass,
            }
        )

    @property
    def flows(self) -> pd.DataFrame:
        """The rows of `quantities` that are flows that were given, between single processes or groups."""
        shown = np.array([q.kind in ("flow", "group") and q.shown for q in self.network.quantities])
        return self.quantities[shown].reset_index(drop=True)

    def table(self) -> pd.DataFrame:
        """The rows of `quantities` that were given or asked for: flows, shares and relations."""
        shown = np.array([q.shown for q in self.network.quantities])
        return self.quantities[shown].reset_index(drop=True)

    @property
    def shares(self) -> pd.DataFrame:
        """The rows of `quantities` that are shares."""
        return self.quantities[self.quantities["kind"] == "share"].reset_index(drop=True)

    @property
    def relations(self) -> pd.DataFrame:
        """The rows of `quantities` that are sums of other relations."""
        return self.quantities[self.quantities["kind"] == "relation"].reset_index(drop=True)

    @cached_property
    def balances(self) -> pd.DataFrame:
        """For every balanced process what goes in less what goes out, as observed and as reconciled.

        ``observed_gap`` is NaN where a flow was not observed, ``gap`` where one cannot be determined.
        """
        observed, value = self.solution.system.value, self.value
        rows = []
        for name, entries in self.network.balances.items():
            places, signs = list(entries), np.array(list(entries.values()))
            into, out = ([p for p, s in zip(places, signs, strict=True) if s == sign] for sign in (1, -1))
            rows.append(
                {
                    "process": name,
                    "observed_in": observed[into].sum(),
                    "observed_out": observed[out].sum(),
                    "observed_gap": signs @ observed[places],
                    "in": value[into].sum(),
                    "out": value[out].sum(),
                    "gap": signs @ value[places],
                }
            )
        columns = ["process", "observed_in", "observed_out", "observed_gap", "in", "out", "gap"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def residuals(self) -> pd.DataFrame:
        """For every relation, balances among them, how far it is from holding as observed and as reconciled.

        Not-a-number where a quantity was not observed, or cannot be determined.
        """
        system = self.solution.system
        left = {"relation": list(system.relations)}
        for name, values in (("observed", system.value), ("reconciled", self.value)):
            unknown = np.isnan(values)
            misfit = system.matrix @ np.where(unknown, 0.0, values) - system.right
            misfit[(abs(system.matrix) @ unknown.astype(float)) > 0] = np.nan
            left[name] = misfit
        return pd.DataFrame(left)

    @cached_property
    def suspects(self) -> pd.DataFrame:
        """The measurements that were tested, the most suspect first.

        ``error`` estimates the error of the measurement from all others, ``statistic_without`` and ``p_without`` are J
        and its probability when it is left out, ``alike`` names the measurements that would explain the contradiction
        exactly as well.
        """
        return pd.DataFrame([self._suspect(s) for s in suspects(self.solution)], columns=SUSPECT_COLUMNS)

    @cached_property
    def likely_error(self) -> Mapping[str, object] | None:
        """The row of `suspects` that is likely a gross error; None when no measurement stands out."""
        if self.suspects.empty or abs(self.suspects["z"][0]) <= self.verdict.critical_z:
            return None
        return dict(self.suspects.iloc[0])

    def eliminate(self) -> pd.DataFrame:
        """What would be left out, one by one, until no measurement is suspect, with the verdict after each."""
        steps = eliminate(self.solution, self.significance)
        rows = [{**self._suspect(s), "verdict": v.word, "freedom": v.freedom} for s, v in steps]
        return pd.DataFrame(rows, columns=[*SUSPECT_COLUMNS, "verdict", "freedom"])

    def _suspect(self, suspect: Suspect) -> dict[str, object]:
        names = [self.network.quantities[i].name for i in suspect.alike]
        return {
            "flow": names[0],
            "alike": tuple(names),
            "z": suspect.z,
            "suspect": bool(abs(suspect.z) > self.verdict.critical_z),
            "error": suspect.error,
            "statistic_without": suspect.statistic,
            "p_without": suspect.p_value,
        }

    def covariance(self, flows: Sequence[str] | None = None) -> pd.DataFrame:
        """The covariance of estimates, of all quantities by default; exact but where it comes from draws.

        Parameters
        ----------
        flows : sequence of str, optional
            Names of flows, shares or relations. Of very many only the ones asked for are computed.

        Raises
        ------
        UnknownReference
            If a name is none of them.
        """
        names = list(self._places) if flows is None else list(flows)
        for name in names:
            if name not in self._places:
                where, known = Where(key=name), word("flows", "reconcile")
                raise DataError(
                    "UnknownReference", where=where, found=name, tables=known, hint=meant(name, self._places)
                )
        places = [self._places[n] for n in names]
        if self.draws is None:
            return pd.DataFrame(self.solution.covariance(places), index=names, columns=names)
        found = np.atleast_2d(np.cov(self.draws[:, places], rowvar=False))
        return pd.DataFrame(found, index=names, columns=names)

    def notes(self, lang: str = "en") -> list[str]:
        """What a reader should know before using the figures."""
        table = self.quantities[self.quantities["kind"].isin(["flow", "group"])]
        normal = stats.norm.ppf(self.interval[0])
        wide = table["observed"].gt(0) & (table["observed"] + normal * table["observed_sd"]).lt(0)
        notes = [
            ("unobservable", table["status"].eq("unobservable") & self._shown(table)),
            ("negative", table["negative"] & self._shown(table)),
            ("cut_off", self._cut_off(table)),
            ("skewed", wide),
        ]
        return [
            sentence(key, "reconcile_notes", flows=counted(int(rows.sum()), "flow"), names=list(table["flow"][rows]))[
                lang
            ]
            for key, rows in notes
            if rows.any()
        ]

    def _cut_off(self, table: pd.DataFrame) -> pd.Series:
        """Flows that would have come out below zero, had that not been excluded."""
        below = self.solution.value < 0
        cut = [bool(below[i]) and not self.network.is_stock_change(self.network.quantities[i]) for i in table.index]
        return pd.Series(cut, index=table.index) & self._shown(table) & (self.draws is not None)

    def _shown(self, table: pd.DataFrame) -> pd.Series:
        return pd.Series([self.network.quantities[i].shown for i in table.index], index=table.index)

    def summary(self, lang: str = "en") -> list[str]:
        """What was balanced, whether it fits, and what is likely wrong, in sentences."""
        t, verdict = Texts(lang), self.verdict
        details = {
            "flows": counted(len(self.flows), "flow"),
            "processes": counted(len(self.network.balances), "process"),
            "statistic": _in_all(verdict.statistic),
            "freedom": str(verdict.freedom),
            "critical": _in_all(verdict.critical),
            "p": _in_all(verdict.p_value),
        }
        lines = [sentence(key, "reconcile_verdict", **details)[lang] for key in ("balanced", verdict.word)]
        likely = self.likely_error
        if likely is not None:
            key = "likely" if len(likely["alike"]) == 1 else "likely_one_of"  # type: ignore[arg-type]
            lines.append(
                sentence(
                    key,
                    "reconcile_verdict",
                    names=list(likely["alike"]),  # type: ignore[call-overload]
                    z=_in_all(likely["z"]),
                    critical=_in_all(verdict.critical_z),
                    error=_in_all(likely["error"]),
                )[lang]
            )
        elif verdict.word == "gross_error":
            lines.append(t("reconcile_verdict.no_single"))
        return [*lines, *self.notes(lang)]

    def __repr__(self) -> str:
        return f"<Reconciled {len(self.flows)} flows: {self.verdict.word}, J {self.statistic:.4g} on {self.freedom}>"

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.summary())
        columns = ["flow", "observed", "observed_sd", "value", "sd", "low", "high", "z", "status"]
        return lines + str(self.flows[columns].to_html(index=False, max_rows=MOST_SHOWN, float_format="{:.6g}".format))


SUSPECT_COLUMNS = ["flow", "alike", "z", "suspect", "error", "statistic_without", "p_without"]


def _in_all(value: object) -> dict[str, str]:
    return {lang: Texts(lang).number(float(value)) for lang in LANGUAGES}  # type: ignore[arg-type]
