"""What functions take, gathered from a ledger: rows of a period with draws of their masses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from circularity.assessment.sampling import Array, summed
from circularity.assessment.sampling_context import SamplingContext
from circularity.assessment.values import IndicatorValues, Status
from circularity.errors import ComputeError
from circularity.ledger.booking import postings
from circularity.method.functions import LINKS, CalledFunction, Rows, Takes
from circularity.network import LOSS, TRADE
from circularity.texts import LANGUAGES, Both

# What is wrong with rows that leaves nothing to measure; whatever else is wrong makes a figure missing.
NOTHING_TO_MEASURE = ("NoNetwork",)


@dataclass(frozen=True)
class Gathered:
    """What a function is called with for the fieldlab.

    Attributes
    ----------
    rows : mapping of str to sequence
        By the columns that the function takes; numbers with a column for the stated figure and one per draw.
    behind : DataFrame
        The rows of the table that they come from, largest first, with ``kg``, ``counts``, ``mass_known`` and ``rows``.
    """

    rows: Rows
    behind: pd.DataFrame


Gather = Callable[[SamplingContext], Gathered]
GATHERED: dict[str, Gather] = {}


def gathers(takes: Takes) -> Callable[[Gather], Gather]:
    """Bind what gathers rows to the functions that take them."""

    def bound(gather: Gather) -> Gather:
        GATHERED[takes.name] = gather
        return gather

    return bound


@gathers(LINKS)
def links(run: SamplingContext) -> Gathered:
    """The flows between the organisations of a fieldlab and with outside, as links, masses in kg.

    A link is what counts as going out of one party and into another: what the vocabulary ``roles`` books within the
    balance. Who is outside is trade, or nature (``environment``, and the places below it).
    """
    from scipy.sparse import csr_array

    flows = run.table("flows")
    roles, places = run.method.vocabularies["roles"], run.method.vocabularies["places"]
    booked = postings(flows, "flows", run.method)
    lines = np.unique(booked["line"][booked["role"].map(roles.table["balance"]).isin(["+1", "-1"])])
    organisations = set(run.fieldlab.belongs("organisation"))

    def party(name: str) -> str:
        if name in organisations:
            return name
        return LOSS if name in places and LOSS in places.ancestors(name) else TRADE

    behind = flows.iloc[lines].assign(counts="yes", kg=flows["mass"].iloc[lines] * run.fieldlab.mass_unit)
    pairs = list(zip(behind["from"].map(party), behind["to"].map(party), strict=True))
    names = sorted(set(pairs))
    place = {pair: i for i, pair in enumerate(names)}
    members = csr_array(
        (np.ones(len(lines), dtype=np.int64), ([place[p] for p in pairs], lines)), shape=(len(names), len(flows))
    )
    mass = flows["mass"].to_numpy().astype(np.int64)
    unknown = members @ (~flows["mass_known"].to_numpy().astype(bool)).astype(np.int64)
    stated = np.where(unknown > 0, np.nan, members @ mass)[:, None]
    between = any(a in organisations and b in organisations for a, b in names)
    if between and run.draws and not unknown.any():  # the same draws as those of sums over flows
        log_sd = flows["log_sd"].to_numpy()
        stated = summed(members, mass, log_sd, run.draws, run.seed, *run.name("flows"))
    rows: Rows = {"from": [a for a, _ in names], "to": [b for _, b in names], "mass": stated * run.fieldlab.mass_unit}
    return Gathered(rows, behind.sort_values(["kg", "row"], ascending=[False, True]))


def gathered_for(run: SamplingContext, function: CalledFunction) -> Gathered:
    """The rows that a function is called with in a period."""
    return GATHERED[function.function.takes.name](run)


def function_outcome(run: SamplingContext, function: CalledFunction) -> IndicatorValues:
    """The figure of an indicator that is a function, for the fieldlab as a whole."""
    gathered = gathered_for(run, function)
    figures = np.full((1, 1 + run.draws), np.nan)
    status: Status = "ok"
    why: Both | None = None
    try:
        figures[0] = np.broadcast_to(function(gathered.rows), (1 + run.draws,))
    except ComputeError as problem:
        status = "not_applicable" if problem.code in NOTHING_TO_MEASURE else "missing"
        problem.details["unit"] = " kg"
        why = _because(problem)
    drawn: Array = figures[:, 1:]
    coverage = np.array([0.0 if status == "not_applicable" else _known(gathered.behind)])
    return IndicatorValues([run.fieldlab.id], figures[:, 0], drawn, drawn, coverage, [status], [why], {})


def _known(behind: pd.DataFrame) -> float:
    """Part of the rows whose mass is known."""
    rows = behind["rows"].to_numpy()
    return float(rows[behind["mass_known"].to_numpy().astype(bool)].sum() / rows.sum())


def _because(problem: ComputeError) -> Both:
    """What is wrong, as a reason: part of a sentence."""
    said = {lang: problem.sentences(lang)[0].rstrip(".") for lang in LANGUAGES}
    return Both(**{lang: text[:1].lower() + text[1:] for lang, text in said.items()})
