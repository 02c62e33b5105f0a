"""The account of construction aggregates in England in 2019, as tables of this project (decision 0021).

Data: github.com/arm319/aggregates_BaMFA_England_2019, MIT. Flows and processes have numbers there; a flow between
groups names the numbers of the processes inside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

FOLDER = "data/mfa-aggregates-england-2019"
# What the published program takes where there is no prior figure, and as errors. [kt], shares
UNKNOWN, UNKNOWN_SD = 1000.0, 3162.0
FLOW_ERROR, LEAST_FLOW_ERROR = 0.10, 0.3
SHARE_ERROR, LEAST_SHARE_ERROR = 0.30, 0.01
PRIOR_ERROR = 2.0
BALANCED = range(2, 42)
STOCKED = [*range(21, 35), *range(37, 42)]

Group = tuple[int, ...]


@dataclass
class England:
    """Tables to reconcile, and the published result by flow."""

    flows: pd.DataFrame
    processes: pd.DataFrame
    shares: pd.DataFrame
    published: pd.DataFrame


def read_england(shared: Path) -> England:
    folder = shared / FOLDER
    published = _published(folder)
    observed, pairs = _observed(_table(folder, "flows_observed.csv"))
    shares = _shares(_table(folder, "flow_ratios_observed.csv").dropna(how="all"))
    pairs |= {(a, b) for part, _, _ in shares for a in part[0] for b in part[1]} - {
        p for p, value in observed.items() if value == 0
    }
    single = {(f[0], t[0]): v for (f, t), v in observed.items() if len(f) == len(t) == 1 and v}
    rows: list[tuple[object, ...]] = []
    for pair in sorted(pairs):
        prior = published["prior mean"].get(pair, math.nan)
        known = [(prior, PRIOR_ERROR * prior) if prior > 0 else (UNKNOWN, UNKNOWN_SD)]
        if pair in single:
            known.append((single[pair], _flow_error(single[pair])))
        # Two observations of one flow are one, by their weights.
        weight = sum(1 / sd**2 for _, sd in known)
        rows.append((f"p{pair[0]}", f"p{pair[1]}", sum(v / sd**2 for v, sd in known) / weight, weight**-0.5))
    stocks = _table(folder, "stocks_prior.csv").dropna(how="all").query("ParentProcess == '0'")
    priors = dict(zip(stocks["Processnumber"].astype(int), stocks["quantity"].astype(float), strict=True))
    for number in STOCKED:
        value = priors.get(number, math.nan)
        rows.append((f"p{number}", "stock", *((value, PRIOR_ERROR * value) if value > 0 else (UNKNOWN, UNKNOWN_SD))))
    groups = [(f, t, v) for (f, t), v in observed.items() if v and (len(f) > 1 or len(t) > 1)]
    rows += [(_name(f), _name(t), v, _flow_error(v)) for f, t, v in groups]
    used = {end for f, t, _ in groups for end in (f, t)} | {end for part, of, _ in shares for end in (*part, *of)}
    return England(
        pd.DataFrame(rows, columns=["from", "to", "value", "sd"]),
        _processes({end for end in used if len(end) > 1}, pairs),
        pd.DataFrame(
            [
                (*map(_name, part), *map(_name, of), ratio, max(SHARE_ERROR * ratio, LEAST_SHARE_ERROR))
                for part, of, ratio in shares
            ],
            columns=["from", "to", "of_from", "of_to", "share", "sd"],
        ),
        published.loc[sorted(pairs)],
    )


def _table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, comment="#", dtype=str)


def _published(folder: Path) -> pd.DataFrame:
    table = _table(folder, "reconciled_posterior.csv")
    table = table[table["Indexes"].str.startswith("flows", na=False)]
    numbers = table[["mean", "sd", "hdi_3%", "hdi_97%", "prior mean", "flownumberfrom", "flownumberto"]]
    numbers = numbers.apply(pd.to_numeric, errors="coerce")
    numbers.index = pd.Index(list(zip(numbers.pop("flownumberfrom"), numbers.pop("flownumberto"), strict=True)))
    return numbers


def _ends(row: dict[str, str], which: str) -> Group:
    inside = row[f"ParentProcessFlow{which}"] == "1"
    return _numbers(row[f"Subprocessnumbers{which}"] if inside else row[f"Flownumber{which}"])


def _numbers(text: str) -> Group:
    return tuple(sorted(int(float(part)) for part in text.split("-")))


def _observed(table: pd.DataFrame) -> tuple[dict[tuple[Group, Group], float], set[tuple[int, int]]]:
    """Observations that are not empty, and the single flows there are: those named, less those observed as zero."""
    observed, named, zero = {}, set(), set()
    for row in table.dropna(how="all").to_dict("records"):
        source, target, value = _ends(row, "from"), _ends(row, "to"), float(row["quantity"] or math.nan)
        pairs = {(a, b) for a in source for b in target}
        named |= pairs
        if value == 0:
            zero |= pairs
        if not math.isnan(value):
            observed[source, target] = value
    return observed, named - zero


def _shares(table: pd.DataFrame) -> list[tuple[tuple[Group, Group], tuple[Group, Group], float]]:
    ends = ["Processnumbersfromtop", "Processnumberstotop", "Processnumbersfrombottom", "Processnumberstobottom"]
    found = []
    for row in table.to_dict("records"):
        a, b, c, d = (_numbers(row[end]) for end in ends)
        found.append(((a, b), (c, d), float(row["ratio"])))
    return found


def _flow_error(value: float) -> float:
    return max(FLOW_ERROR * abs(value), LEAST_FLOW_ERROR)


def _name(group: Group) -> str:
    return f"p{group[0]}" if len(group) == 1 else "-".join(map(str, group))


def _processes(groups: set[Group], pairs: set[tuple[int, int]]) -> pd.DataFrame:
    """Every process and group with the smallest group around it."""
    single = {(number,) for pair in pairs for number in pair} | {(n,) for g in groups for n in g}
    with_flows = {number for pair in pairs for number in pair} | set(STOCKED)
    by_size = sorted(groups, key=lambda g: (len(g), g))
    rows = []
    for group in sorted(single | groups, key=lambda g: (len(g), g)):
        around = [g for g in by_size if set(group) < set(g)]
        if len(group) == 1:
            if group[0] not in with_flows:
                continue
            balanced = "yes" if group[0] in BALANCED else "no"
        else:
            balanced = ""
        rows.append((_name(group), _name(around[0]) if around else "", balanced))
    return pd.DataFrame(rows, columns=["process", "parent", "balanced"])
