"""Figures of scores, weights and how robust a ranking is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from circularity.errors import DataError, Where
from circularity.figures.drawing import BLUE, GREEN, GREY, INK, ORANGE, PALE, PURPLE, SKY, Drawing, new_figure
from circularity.texts import Texts

# Units that one figure shows; more cannot be read.
MOST_UNITS = 25
GROUPS = (BLUE, ORANGE, GREEN, PURPLE, SKY, INK)


def draw_acceptability(acceptability: pd.DataFrame, names: Mapping[str, str], t: Texts, caption: str) -> Drawing:
    """How often each unit has each rank, over all weights: darker is more often.

    Parameters
    ----------
    acceptability : DataFrame
        A row per unit, a column per rank (1, 2, ...); parts of the draws.
    names : mapping of str to str
        What units are called.
    t : Texts
    caption : str

    Raises
    ------
    EmptyTable
        If there is no unit.
    """
    acceptability = acceptability[(acceptability > 0).any(axis=1)]  # a unit without a score has no rank
    if acceptability.empty:
        raise DataError("EmptyTable", where=Where(file="acceptability"))
    mean_rank = acceptability.to_numpy() @ np.arange(1, acceptability.shape[1] + 1)
    order = np.lexsort((acceptability.index.to_numpy(dtype=str), mean_rank))[:MOST_UNITS]
    shown = acceptability.iloc[order]
    ranks = int(np.flatnonzero(shown.to_numpy().sum(axis=0) > 0).max()) + 1
    part = shown.to_numpy()[:, :ranks]
    figure, axes = new_figure(min(7.2, 2.6 + 0.6 * ranks), 0.9 + 0.36 * len(shown))
    axes.imshow(part, aspect="auto", cmap="Blues", vmin=0, vmax=1)
    for (row, rank), value in np.ndenumerate(part):
        if value >= 0.005:
            color = "white" if value > 0.55 else INK
            axes.text(rank, row, t.fixed(100 * value, 0), ha="center", va="center", fontsize=8, color=color)
    labels = [names.get(str(u), str(u)) for u in shown.index]
    axes.set_yticks(range(len(shown)), labels)
    axes.set_xticks(range(ranks), [str(r + 1) for r in range(ranks)])
    axes.set_xlabel(t("figure.rank_axis"))
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    first = [f"{label}: {t.probability(float(row[0]))}" for label, row in zip(labels, part, strict=True)]
    return Drawing(figure, f"{t('figure.acceptability_alt')} {'; '.join(first)}.", caption)


def draw_weights(
    weights: pd.DataFrame, names: Mapping[str, str], groups: Mapping[str, str], t: Texts, caption: str
) -> Drawing:
    """The weights of each group beside each other.

    Parameters
    ----------
    weights : DataFrame
        ``group, parent, code, weight``.
    names, groups : mapping of str to str
        What codes and groups are called.
    t : Texts
    caption : str
    """
    if weights.empty:
        raise DataError("EmptyTable", where=Where(file="weights"))
    codes = list(dict.fromkeys(weights["code"]))
    shown = list(dict.fromkeys(weights["group"]))
    figure, axes = new_figure(7.2, 0.9 + 0.42 * len(codes))
    spoken = []
    for number, group in enumerate(shown):
        mine = weights[weights["group"] == group].set_index("code")["weight"]
        y = np.arange(len(codes)) + (number - (len(shown) - 1) / 2) * 0.16
        color, marker = GROUPS[number % len(GROUPS)], "D" if group == "pooled" else "o"
        axes.plot(
            [mine.get(c, np.nan) for c in codes], y, marker, color=color, label=groups.get(group, group), markersize=6
        )
        each = ", ".join(f"{names.get(c, c)} {t.percent(float(mine[c]), 2)}" for c in codes if c in mine)
        spoken.append(f"{groups.get(group, group)}: {each}")
    axes.set_yticks(range(len(codes)), [names.get(c, c) for c in codes])
    axes.set_ylim(len(codes) - 0.5, -0.5)
    axes.set_xlim(0, max(1.0 if len(codes) < 3 else 0.0, float(weights["weight"].max()) * 1.15))
    axes.xaxis.set_major_formatter(lambda v, _: t.percent(float(v), 2) if v else "0")
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(t("figure.weight_axis"))
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return Drawing(figure, f"{t('figure.weights_alt')} {'; '.join(spoken)}.", caption)


def draw_sensitivity(indices: pd.DataFrame, names: Mapping[str, str], t: Texts, caption: str) -> Drawing:
    """What drives an outcome: first-order and total Sobol index of each factor, with intervals.

    Parameters
    ----------
    indices : DataFrame
        ``factor, index (first or total), value, low, high``.
    names : mapping of str to str
        What factors are called.
    t : Texts
    caption : str
    """
    if indices.empty:
        raise DataError("EmptyTable", where=Where(file="indices"))
    total = indices[indices["index"] == "total"].sort_values(["value", "factor"], ascending=[False, True])
    factors = list(total["factor"])
    figure, axes = new_figure(7.2, 0.9 + 0.5 * len(factors))
    spoken = []
    for kind, color, shift in (("total", BLUE, -0.17), ("first", SKY, 0.17)):
        mine = indices[indices["index"] == kind].set_index("factor").reindex(factors)
        y, value = np.arange(len(factors)) + shift, mine["value"].to_numpy(dtype=float)
        axes.barh(y, np.clip(value, 0, None), height=0.3, color=color, label=t(f"figure.{kind}_index"))
        for place, (low, high) in zip(y, mine[["low", "high"]].to_numpy(dtype=float), strict=True):
            axes.plot([max(low, 0.0), max(high, 0.0)], [place, place], color=INK, linewidth=1.4)
        each = ", ".join(f"{names.get(f, f)} {t.number(v, 2)}" for f, v in zip(factors, value, strict=True))
        spoken.append(f"{t(f'figure.{kind}_index')}: {each}")
    axes.set_yticks(range(len(factors)), [names.get(f, f) for f in factors])
    axes.set_ylim(len(factors) - 0.5, -0.5)
    axes.set_xlim(0, max(1.0, float(np.nanmax(indices["high"]))))
    axes.xaxis.set_major_formatter(lambda v, _: t.tick(round(float(v), 2)))
    axes.set_xlabel(t("figure.index_axis"))
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    return Drawing(figure, f"{t('figure.sensitivity_alt')} {'; '.join(spoken)}.", caption)


def draw_what_if(
    scores: pd.DataFrame,
    weight: str,
    now: float,
    switches: list[float],
    names: Mapping[str, str],
    t: Texts,
    caption: str,
) -> Drawing:
    """Scores as one weight goes from 0 to 1, with the points where the first place changes hands.

    Parameters
    ----------
    scores : DataFrame
        A row per weight (the index), a column per unit.
    weight : str
        What the weight is of, in words.
    now : float
        The weight as it is.
    switches : list of float
        Weights at which another unit takes the first place.
    names : mapping of str to str
        What units are called.
    t : Texts
    caption : str
    """
    figure, axes = new_figure(7.2, 3.4)
    best = scores.max().sort_values(ascending=False).index[: len(GROUPS)]
    for unit, color in zip(best, GROUPS, strict=False):
        axes.plot(scores.index, scores[unit], color=color, linewidth=1.6, label=names.get(str(unit), str(unit)))
    axes.axvline(now, color=GREY, linewidth=1.0, linestyle="--")
    for place in switches:
        axes.axvline(place, color=ORANGE, linewidth=1.2)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda v, _: t.percent(float(v), 2) if v else "0")
    axes.yaxis.set_major_formatter(lambda v, _: t.tick(round(float(v), 6)))
    axes.set_xlabel(t("figure.weight_of", name=weight))
    axes.set_ylabel(t("figure.score"))
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    where = ", ".join(t.percent(p, 2) for p in switches) or t("figure.no_switch")
    ends = "; ".join(
        f"{names.get(str(u), str(u))}: {t.number(float(scores[u].iloc[0]))} – {t.number(float(scores[u].iloc[-1]))}"
        for u in best
    )
    return Drawing(figure, f"{t('figure.what_if_alt', name=weight)} {ends}. {t('figure.switches')} {where}.", caption)
