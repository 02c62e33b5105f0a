"""Consensus: from the answers of stakeholders to weights per group, and how much they agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from circularity.errors import CallError, CircularityError, DataFaults, WeightingError, Where, check_argument
from circularity.method.weighting_config import TOGETHER, ConsensusMethod
from circularity.scoring.uncertain_inputs import POOLED
from circularity.weighting.agreement import concordance, consensus_index, largest_distance, mean_spearman
from circularity.weighting.ahp import eigenvector
from circularity.weighting.answers import CONSISTENCY, Answer
from circularity.weighting.pooling import equal_say, pooled_judgements, pooled_weights
from circularity.weighting.read import Responses
from circularity.weighting.result import Consensus

PEOPLE = ("respondent", "helix", "role", "parent", "code", "weight")
WEIGHTS = ("group", "parent", "code", "weight")
AGREEMENT = (
    "parent", "among", "voices", "items", "s", "s_star", "kendall_w", "chi2", "freedom", "p_value", "p_from",
    "spearman", "distance", "first", "second", "item", "of_first", "of_second",
)  # fmt: skip


def find_consensus(
    responses: Responses, together: str | None = None, without: Iterable[str] = (), seed: int = 1
) -> Consensus:
    """The pooled weights of stakeholders, every helix weighing the same, and how much they agree.

    Parameters
    ----------
    responses : Responses
        From `read_responses`.
    together : {"aij", "aip", "aip_arithmetic"}, optional
        Pool judgements, or weights by their geometric or arithmetic mean; as the method says by default.
    without : iterable of str
        Helices to leave out on purpose; every other helix must have answered every node.
    seed : int
        Of the orders that are drawn to test Kendall's W of few items.

    Returns
    -------
    Consensus

    Raises
    ------
    WrongArgument
        If the way of pooling or a helix does not exist, or every helix is left out.
    DataFaults
        If a helix has nobody, at all or at a node; an `EmptyHelix` for each.
    OnlyComparisons, ZeroWeight
        If answers cannot be pooled in that way.
    """
    check_argument("responses", responses, Responses)
    rules, structure = responses.rules, responses.structure
    how = rules.rules.groups.together if together is None else together
    if how not in TOGETHER:
        raise CallError("WrongArgument", name="together", found=how, expected=", ".join(TOGETHER))
    left_out = tuple(sorted(set(without)))
    for helix in left_out:
        if helix not in rules.rules.helices:
            raise CallError("WrongArgument", name="without", found=helix, expected=", ".join(rules.rules.helices))
    helices = [helix for helix in rules.rules.helices if helix not in left_out]
    if not helices:
        raise CallError(
            "WrongArgument", name="without", found=", ".join(left_out), expected=", ".join(rules.rules.helices)
        )
    answers = [answer for answer in responses.answers if answer.helix in helices]
    by_node = {node: [a for a in answers if a.node == node] for node in structure.groups}
    _require_everybody(by_node, helices)
    if how == "aij":
        others = sorted({a.elicitation for a in answers} - {"ahp"})
        if others:
            raise CallError("OnlyComparisons", found=", ".join(others))

    groups: dict[tuple[str, str], pd.Series] = {}
    agreement: list[dict[str, Any]] = []
    for node, given in by_node.items():
        pooled = _groups(node, given, helices, how)
        groups |= {(group, node): weights for group, weights in pooled.items()}
        agreement += _agreement(node, given, pooled, rules, seed)
    weights = _table(groups, structure.only_children, [POOLED, *helices])
    table = pd.DataFrame(agreement, columns=list(AGREEMENT))
    consistency = [a.consistency for a in answers if a.consistency is not None]
    people = sorted({a.respondent for a in answers})
    answered = {person: {a.node for a in answers if a.respondent == person} for person in people}
    missed = {p: [node for node in structure.groups if node not in nodes] for p, nodes in answered.items()}
    shares = structure.shares({c: w for (g, _), s in groups.items() if g == POOLED for c, w in s.items()})
    return Consensus(
        people=_people(answers, structure.only_children),
        weights=weights,
        agreement=table,
        overall=_overall(table, shares),
        consistency=pd.DataFrame(consistency, columns=list(CONSISTENCY)),
        findings=[finding for a in answers for finding in a.findings],
        together=how,
        without=left_out,
        skipped={person: nodes for person, nodes in missed.items() if nodes},
        structure=structure,
        method=rules,
    )


def _require_everybody(by_node: Mapping[str, list[Answer]], helices: list[str]) -> None:
    faults: list[CircularityError] = []
    for helix in helices:
        missing = [node for node, given in by_node.items() if not any(a.helix == helix for a in given)]
        if len(missing) == len(by_node):
            faults.append(WeightingError("EmptyHelix", found=helix))
        else:
            faults += [WeightingError("EmptyHelix", where=Where(key=node), found=helix) for node in missing]
    if faults:
        raise DataFaults(faults)


def _groups(node: str, given: list[Answer], helices: list[str], how: str) -> dict[str, pd.Series]:
    """The weights of one node by group."""
    say = equal_say({a.respondent: a.helix for a in given}, helices, Where(key=node))
    people = {POOLED: list(say.index), **{h: sorted(a.respondent for a in given if a.helix == h) for h in helices}}
    if how == "aij":
        matrices = {a.respondent: a.matrix for a in given if a.matrix is not None}
        return {g: eigenvector(pooled_judgements(matrices, say[who])).weights for g, who in people.items()}
    weights = pd.DataFrame({a.respondent: a.weights for a in given}).T
    mean: Any = "geometric" if how == "aip" else "arithmetic"
    return {group: pooled_weights(weights.loc[who], say[who], mean) for group, who in people.items()}


def _agreement(
    node: str, given: list[Answer], pooled: Mapping[str, pd.Series], rules: ConsensusMethod, seed: int
) -> list[dict[str, Any]]:
    scale = rules.rules.agreement.scale if all(a.elicitation == "ahp" for a in given) else None
    helices = [group for group in pooled if group != POOLED]
    voices = {
        "helices": pd.DataFrame({helix: pooled[helix] for helix in helices}).T,
        "people": pd.DataFrame({a.respondent: a.weights for a in given}).T,
        **{h: pd.DataFrame({a.respondent: a.weights for a in given if a.helix == h}).T for h in helices},
    }
    return [
        {"parent": node, "among": among, **_measures(weights, scale, rules, seed)}
        for among, weights in voices.items()
        if len(weights) > 1
    ]


def _measures(weights: pd.DataFrame, scale: float | None, rules: ConsensusMethod, seed: int) -> dict[str, Any]:
    settings = rules.rules.agreement
    order = concordance(weights, settings.fewest_for_chi2, settings.permutations, seed)
    far = largest_distance(weights)
    apart = {} if far is None else {"distance": far.value, **{k: v for k, v in vars(far).items() if k != "value"}}
    return {
        "voices": len(weights),
        "items": weights.shape[1],
        "s": consensus_index(weights),
        "s_star": np.nan if scale is None else consensus_index(weights, scale),
        "kendall_w": order.w,
        **{k: v for k, v in vars(order).items() if k != "w"},
        "spearman": mean_spearman(weights),
        **apart,
    }


def _overall(agreement: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    rows = []
    for among in ("helices", "people"):
        part = agreement[agreement["among"] == among]
        if part.empty:  # nobody to agree with
            continue
        weight = part["parent"].map(shares).astype(float)
        # A node that lacks S* would count as the others do; the mean is missing then.
        row = {name: (part[name] * weight).sum(skipna=False) / weight.sum() for name in ("s", "s_star")}
        rows.append({"among": among, **row})
    return pd.DataFrame(rows, columns=["among", "s", "s_star"])


def _people(answers: list[Answer], only_children: Iterable[tuple[str, str]]) -> pd.DataFrame:
    who = list(dict.fromkeys((a.respondent, a.helix, a.role) for a in answers))
    rows: list[tuple[object, ...]] = [
        (a.respondent, a.helix, a.role, a.node, code, weight) for a in answers for code, weight in a.weights.items()
    ]
    rows += [(*person, parent, code, 1.0) for parent, code in only_children for person in who]
    return pd.DataFrame(rows, columns=list(PEOPLE))


def _table(
    groups: Mapping[tuple[str, str], pd.Series], only_children: Iterable[tuple[str, str]], names: list[str]
) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [
        (group, node, code, weight) for (group, node), weights in groups.items() for code, weight in weights.items()
    ]
    rows += [(group, parent, code, 1.0) for parent, code in only_children for group in names]
    table = pd.DataFrame(rows, columns=list(WEIGHTS))
    return table.sort_values("group", key=lambda g: g.map(names.index), kind="stable", ignore_index=True)
