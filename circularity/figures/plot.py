"""The figures that a result can draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from circularity.assessment.assessment import Assessment
from circularity.assessment.levels import widest
from circularity.assessment.scores import compute_scores
from circularity.assessment.targets import target_years, targets_of, tree_of
from circularity.errors import CallError
from circularity.figures.drawing import BLUE, GREEN, GREY, INK, ORANGE, PALE, PURPLE, RED, SKY, Drawing, new_figure
from circularity.figures.material_flows import material_flows
from circularity.figures.sankey import draw_sankey
from circularity.method.declarations import Level
from circularity.method.indicator import Indicator
from circularity.texts import Texts, word

# Colours of the lines of one chart; more than these cannot be told apart.
LINES = (BLUE, ORANGE, GREEN, PURPLE, SKY, INK)


class Plot:
    """Figures of an assessment.

    Parameters
    ----------
    assessment : Assessment
    lang : {"nl", "en"}
    """

    def __init__(self, assessment: Assessment, lang: str = "en") -> None:
        self.assessment, self.fieldlab, self.method = assessment, assessment.fieldlab, assessment.method
        self.texts = Texts(lang)

    def __repr__(self) -> str:
        return f"<Plot of {self.fieldlab.id}: sankey(period), scores(period), series(), indicator(id)>"

    def _label(self) -> str:
        """What kind of data this is, when it is not a fieldlab of the region: it is in every figure."""
        nature = self.fieldlab.description.nature
        return "" if nature == "fieldlab" else f" ({self.texts('nature.' + nature)})"

    def sankey(self, period: int | None = None) -> Drawing:
        """Material flows of a period, the last by default: origin, material, where it went."""
        t, lab = self.texts, self.fieldlab
        when = lab.period(period)
        nodes, links = material_flows(lab, when, t)
        caption = t("figure.sankey", name=lab.description.name[t.lang], period=when) + self._label()
        names = {n.key: n.label for n in nodes}
        largest = sorted(links, key=lambda k: -k.kg)
        parts = [f"{names[k.source]} → {names[k.target]}: {t.mass(k.kg)}" for k in largest]
        flows = lab.tables["flows"]
        unknown = int(flows.loc[(flows["period"] == when) & ~flows["mass_known"], "rows"].sum())
        if unknown:
            caption += f". {t('figure.not_drawn', count=unknown)}"
        if not any(link.kg > 0 for link in links):
            return _empty(t("figure.no_mass"), caption)
        alt = f"{t('figure.sankey_alt', period=when)} {'; '.join(parts)}."
        return draw_sankey(nodes, links, t, caption, alt)

    def scores(self, period: int | None = None) -> Drawing:
        """Scores of a period against the targets, the last by default, with earlier periods as small marks."""
        t, lab = self.texts, self.fieldlab
        when = lab.period(period)
        table = compute_scores(self.assessment, t.lang)
        table = table[(table["level"] == "fieldlab") & (table["period"] <= when)]
        rows = list(tree_of(self.assessment))
        figure, axes = new_figure(7.2, 0.55 + 0.55 * len(rows))
        axes.set_xlim(0, 118)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        spoken = []
        for y, row in enumerate(rows):
            mine = table[table["score"] == row.code].set_index("period")
            axes.barh(y, 100, height=0.5, color=PALE, zorder=1)
            name = row.name[t.lang]
            now = mine.loc[when]
            if now["status"] == "ok":
                axes.barh(y, now["value"], height=0.5, color=BLUE, zorder=2)
                axes.plot(
                    [now["low"], now["high"]],
                    [y, y],
                    color=INK,
                    linewidth=1.6,
                    zorder=4,
                    solid_capstyle="butt",
                )
                for earlier in [p for p in mine.index if p < when and mine.at[p, "status"] == "ok"]:
                    axes.plot(
                        [mine.at[earlier, "value"]] * 2,
                        [y - 0.32, y + 0.32],
                        color=ORANGE,
                        linewidth=1.6,
                        zorder=3,
                    )
                text = t.number(now["value"])
                spoken.append(f"{name}: {text} ({t.number(now['low'])} – {t.number(now['high'])})")
            else:
                text = t("status.missing")
                spoken.append(f"{name}: {text}")
            axes.text(102, y, text, va="center", fontsize=9, color=INK)
        axes.set_yticks(range(len(rows)), [r.name[t.lang] for r in rows])
        axes.set_xticks([0, 25, 50, 75, 100])
        axes.set_xlabel(t("figure.scores_axis"))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        caption = t("figure.scores", period=when, year=target_years(self.assessment)) + self._label()
        return Drawing(figure, f"{t('figure.scores_alt', period=when)} {'; '.join(spoken)}.", caption)

    def series(self) -> Drawing:
        """The headline indicators over the periods, with intervals and, where there is one, the target."""
        t = self.texts
        table = self.assessment.headline_table(t.lang)
        wanted = list(dict.fromkeys(table["indicator"]))
        columns = 2
        rows = -(-len(wanted) // columns)
        figure, grid = new_figure(7.2, 0.4 + 2.1 * rows, nrows=rows, ncols=columns, squeeze=False)
        figure.subplots_adjust(hspace=0.65, wspace=0.3)
        targets = self._targets()
        spoken = []
        for axes, id_ in zip(grid.flat, wanted, strict=False):
            target = targets.loc[id_] if id_ in targets.index else None
            spoken.append(self._one_series(axes, table[table["indicator"] == id_], id_, target))
        for axes in list(grid.flat)[len(wanted) :]:
            axes.axis("off")
        caption = t("figure.series", interval=t.percentiles(self.method.settings.uncertainty.interval)) + self._label()
        return Drawing(figure, f"{t('figure.series_alt')} {'; '.join(spoken)}.", caption)

    def indicator(self, indicator: str, level: Level | None = None, entity: str | None = None) -> Drawing:
        """One indicator over the periods, with intervals and, where there is one, the target.

        Parameters
        ----------
        indicator : str
            Id of an indicator.
        level : {"product", "organisation", "fieldlab"}, optional
            The widest level of the indicator by default.
        entity : str, optional
            Only this product or organisation; all of the level by default.

        Raises
        ------
        CallError, MethodError
            If there is no such indicator, level or entity.
        """
        t, declared = self.texts, self.method.indicator(indicator)
        at = level or widest(declared.levels)
        known = [e for p in self.fieldlab.periods for e in self.assessment.outcome(indicator, at, p).entities]
        if entity is not None and entity not in known:
            expected = list(dict.fromkeys(known))
            raise CallError("UnknownEntity", found=entity, level=word(at, "level"), expected=expected)
        table = self.assessment.table(t.lang)
        rows = table[(table["indicator"] == indicator) & (table["level"] == at)]
        rows = rows if entity is None else rows[rows["entity"] == entity]
        figure, axes = new_figure(7.2, 3.0)
        targets = self._targets()
        target = targets.loc[indicator] if indicator in targets.index else None
        spoken = self._one_series(axes, rows, indicator, target)
        caption = t(
            "figure.indicator",
            name=self.fieldlab.description.name[t.lang],
            interval=t.percentiles(self.method.settings.uncertainty.interval),
        )
        return Drawing(figure, f"{spoken}.", caption + self._label())

    def _targets(self) -> pd.DataFrame:
        """The last target of each indicator: no interim ones."""
        return targets_of(self.assessment).sort_values("by_year").groupby("indicator").last()

    def _one_series(self, axes: Any, rows: pd.DataFrame, id_: str, target: pd.Series[str] | None) -> str:
        """One indicator: a line per entity, with its intervals."""
        t, indicator = self.texts, self.method.indicator(id_)
        factor = 100.0 if indicator.unit == "1" and indicator.spec.display == "percent" else 1.0
        entities = list(dict.fromkeys(rows["entity"]))
        top, spoken = 0.0, []
        for entity, shade in zip(entities, LINES, strict=False):
            mine = rows[rows["entity"] == entity]
            known = mine[mine["status"] == "ok"]
            value, low, high = (known[c].to_numpy() * factor for c in ("value", "low", "high"))
            bars = np.clip(np.nan_to_num(np.vstack([value - low, high - value])), 0, None)
            name = self.fieldlab.entity_name(str(rows["level"].iloc[0]), entity, t.lang)
            style = {"marker": "o", "markersize": 4, "capsize": 3, "linewidth": 1.4}
            axes.errorbar(known["period"].to_numpy(dtype=float), value, yerr=bars, color=shade, label=name, **style)
            top = max(top, *np.nan_to_num(high), *value, 0.0)
            spoken.append((f"{name}: " if len(entities) > 1 else "") + self._spoken(mine, indicator))
        axes.set_title(_wrapped(indicator.name[t.lang]), fontsize=9, loc="left")
        axes.set_xticks(sorted(rows["period"].unique()))
        axes.set_ylim(0, top * 1.25 or 1.0)
        axes.set_xlim(rows["period"].min() - 1, rows["period"].max() + 1)
        axes.set_ylabel("%" if factor == 100.0 else "" if indicator.unit == "1" else t.unit(indicator.unit))
        axes.yaxis.set_major_formatter(lambda v, _: t.tick(float(v)))
        axes.yaxis.set_major_locator(_locator())
        axes.grid(axis="y", color=PALE, linewidth=0.6)
        axes.set_axisbelow(True)
        if len(entities) > 1:
            title = t("figure.more_in_table", count=len(entities) - len(LINES)) if len(entities) > len(LINES) else None
            axes.legend(fontsize=7, title=title, title_fontsize=7, frameon=False, loc="upper left")
        if target is not None:
            self._target(axes, target, factor, top, indicator)
        missing = sorted(
            set(rows.loc[rows["status"] != "ok", "period"]) - set(rows.loc[rows["status"] == "ok", "period"])
        )
        if missing:
            text = f"{t('status.missing')}: {', '.join(map(str, missing))}"
            axes.text(0.01, 0.03, text, transform=axes.transAxes, fontsize=7.5, color=GREY)
        return f"{indicator.name[t.lang]}: {'; '.join(spoken)}"

    def _target(self, axes: Any, target: pd.Series[str], factor: float, top: float, indicator: Indicator) -> None:
        t, wanted = self.texts, float(target["value"])
        if wanted * factor <= top * 1.25:
            axes.axhline(wanted * factor, color=RED, linewidth=1.2, linestyle="--")
        value = t.value(wanted, indicator.unit, indicator.spec.display)
        note = t("figure.target", value=value, year=target["by_year"])
        axes.text(0.99, 0.97, note, transform=axes.transAxes, ha="right", va="top", fontsize=7.5, color=RED)

    def _spoken(self, rows: pd.DataFrame, indicator: Indicator) -> str:
        t = self.texts
        return ", ".join(
            f"{period}: {t.value(value, indicator.unit, indicator.spec.display) if ok == 'ok' else t('status.missing')}"
            for period, value, ok in zip(rows["period"], rows["value"], rows["status"], strict=True)
        )


def _empty(text: str, caption: str) -> Drawing:
    """A figure that says why there is nothing to draw."""
    figure, axes = new_figure(7.2, 1.2)
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=9, color=GREY)
    return Drawing(figure, text, caption)


def _wrapped(text: str, width: int = 42) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


def _locator() -> object:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=4)
