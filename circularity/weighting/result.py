"""The result of `find_consensus`: weights, agreement, consistency, and the same in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CircularityError
from circularity.method.weighting_config import ConsensusMethod, Words
from circularity.scoring.tree import ScoreTree
from circularity.scoring.uncertain_inputs import POOLED
from circularity.texts import MISSING, Texts
from circularity.weighting.labelled import ROUNDING


@dataclass(frozen=True)
class Consensus:
    """Weights out of the answers of stakeholders, and how much these agree.

    Attributes
    ----------
    people : DataFrame
        ``respondent, helix, role, parent, code, weight``: the weights of every person, that of an only child 1.
    weights : DataFrame
        ``group, parent, code, weight``: those of every group, ``pooled`` or the id of a helix.
    agreement : DataFrame
        Per node (``parent``) and among whom (``helices``, ``people``, or the people of one helix): ``voices, items``,
        the consensus index ``s`` and, where all answered by AHP, ``s_star``; ``kendall_w`` with ``chi2, freedom,
        p_value, p_from``; the mean rank correlation ``spearman``; and the largest ``distance`` (total variation)
        between ``first`` and ``second``, who differ most in ``item`` (``of_first``, ``of_second``).
    overall : DataFrame
        ``among, s, s_star``: the means over all nodes, weighted by their pooled weight.
    consistency : DataFrame
        Of every person and node compared: consistency ratio ``value`` with its ``limit`` and ``measure`` (CR, or CR_I
        of the best-worst method), geometric index, how many comparisons were completed, and the judgement that fits
        least.
    findings : list of CircularityError
        What to ask again, and of whom.
    together : str
        How people were pooled: ``aij``, ``aip`` or ``aip_arithmetic``.
    without : tuple of str
        Helices that were left out on purpose.
    skipped : dict of str to list of str
        Nodes that a respondent did not answer.
    """

    people: pd.DataFrame
    weights: pd.DataFrame
    agreement: pd.DataFrame
    overall: pd.DataFrame
    consistency: pd.DataFrame
    findings: Sequence[CircularityError]
    together: str
    without: tuple[str, ...]
    skipped: Mapping[str, list[str]]
    structure: ScoreTree
    method: ConsensusMethod

    def summary(self, lang: str = "en") -> list[str]:
        """Who answered, the weights, how much they agree and what to look at, in sentences."""
        return _summary(self, lang)

    def notes(self, lang: str = "en") -> list[str]:
        """What a reader should know before using the weights."""
        return _notes(self, lang)

    def __repr__(self) -> str:
        people, nodes = self.people["respondent"].nunique(), len(self.structure.groups)
        return f"<Consensus of {people} people about {nodes} nodes, {self.together}>"

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.summary())
        table = self.weights.set_index(["parent", "code", "group"])["weight"].unstack(sort=False)  # noqa: PD010
        return lines + str(table.to_html(float_format="{:.3f}".format))


# In sentences ---------------------------------------------------------------------------------------------------------


def _summary(found: Consensus, lang: str) -> list[str]:
    """Who answered, weights and agreement of every node, and what to mind."""
    t = Texts(lang)
    lines = [_who(found, t)]
    if found.without:
        names = ", ".join(found.method.rules.helices[helix][lang] for helix in found.without)
        lines.append(t("consensus_summary.without", names=names))
    for node in found.structure.groups:
        lines += _node(found, node, t)
    lines += _overall(found, t)
    lines.append(t("consensus_summary.words", index=_index(found, t)[0]))
    return [*lines, *_notes(found, lang)]


def _notes(found: Consensus, lang: str) -> list[str]:
    """Comparisons that were completed, and what was not answered."""
    t, lines = Texts(lang), []
    for row in found.consistency.to_dict("records"):
        if row["completed"]:
            details = {"who": row["respondent"], "node": found.structure.name(row["parent"], lang)}
            lines.append(t("consensus_summary.completed", count=row["completed"], **details))
    for person, nodes in found.skipped.items():
        names = ", ".join(found.structure.name(node, lang) for node in nodes)
        lines.append(t("consensus_summary.skipped", who=person, nodes=names))
    return lines


def wording(value: float, words: Words, lang: str) -> str:
    """The word for a value: the last whose start it reaches; a dash for a value that is missing."""
    reached = [w.word[lang] for w in words if w.start is None or w.start <= value]
    return MISSING if np.isnan(value) else reached[-1]


def _who(found: Consensus, t: Texts) -> str:
    helices = found.method.rules.helices
    people = found.people.drop_duplicates("respondent")["helix"].value_counts()
    counted = ", ".join(f"{helices[h][t.lang]} {people[h]}" for h in helices if h in people)
    total = found.people["respondent"].nunique()
    details = {"count": total, "helices": counted, "together": t(f"together.{found.together}")}
    return t("consensus_summary.who", **details)


def _node(found: Consensus, node: str, t: Texts) -> Iterator[str]:
    structure, name = found.structure, found.structure.name(node, t.lang)
    pooled = found.weights[(found.weights["parent"] == node) & (found.weights["group"] == POOLED)]
    ranked = pooled.sort_values("weight", ascending=False, kind="stable", key=lambda w: w.round(10))
    weights = ", ".join(
        f"{structure.name(code, t.lang)} {t.percent(weight)}"
        for code, weight in zip(ranked["code"], ranked["weight"], strict=True)
    )
    yield t("consensus_summary.weights", node=name, weights=weights)
    rows = found.agreement[(found.agreement["parent"] == node) & (found.agreement["among"] == "helices")]
    if rows.empty:
        yield t("consensus_summary.alone", node=name)
        return
    row = rows.iloc[0].to_dict()
    yield _agreement(found, name, row, t)
    settings = found.method.rules.agreement
    index, value = _index_of(row)
    limits = settings.order_differs
    if value >= limits.consensus and row["kendall_w"] < limits.concordance:
        details = {"node": name, "index": index, "favourites": _favourites(found, node, t)}
        yield t("consensus_summary.order_differs", **details)


def _agreement(found: Consensus, name: str, row: Mapping[str, Any], t: Texts) -> str:
    settings, helices = found.method.rules.agreement, found.method.rules.helices
    index, value = _index_of(row)
    details = {
        "node": name,
        "overlap": wording(value, settings.consensus, t.lang),
        "index": index,
        "value": t.number(value, 2),
        "order": wording(row["kendall_w"], settings.concordance, t.lang),
        "w": t.number(row["kendall_w"], 2),
        "p": t.number(row["p_value"], 2),
        "spearman": t.number(row["spearman"], 2),
        "first": helices[row["first"]][t.lang],
        "second": helices[row["second"]][t.lang],
        "distance": t.percent(row["distance"], 2),
        "item": found.structure.name(row["item"], t.lang),
        "of_first": t.percent(row["of_first"], 2),
        "of_second": t.percent(row["of_second"], 2),
    }
    return t("consensus_summary.agreement", **details)


def _favourites(found: Consensus, node: str, t: Texts) -> str:
    """What every helix gives most weight."""
    helices, favourites = found.method.rules.helices, []
    for helix in helices:
        part = found.weights[(found.weights["parent"] == node) & (found.weights["group"] == helix)]
        if len(part):
            top = part["code"][part["weight"] >= part["weight"].max() - ROUNDING]
            names = ", ".join(found.structure.name(str(code), t.lang) for code in top)
            favourites.append(f"{helices[helix][t.lang]}: {names}")
    return "; ".join(favourites)


def _overall(found: Consensus, t: Texts) -> Iterator[str]:
    if len(found.structure.groups) < 2 or found.overall.empty:
        return
    index, column = _index(found, t)
    values = found.overall.set_index("among")[column]
    details = {among: t.number(values.get(among, np.nan), 2) for among in ("helices", "people")}
    yield t("consensus_summary.overall", index=index, **details)


def _index(found: Consensus, t: Texts) -> tuple[str, str]:
    """The symbol and the column of the index that all nodes have."""
    scaled = not found.agreement.empty and not found.agreement["s_star"].isna().any()
    return ("S*", "s_star") if scaled else ("S", "s")


def _index_of(row: Mapping[str, Any]) -> tuple[str, float]:
    return ("S", row["s"]) if np.isnan(row["s_star"]) else ("S*", row["s_star"])
