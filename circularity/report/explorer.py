"""Turning weights by hand: sliders in JupyterLab, a figure everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from circularity.figures.drawing import Drawing
from circularity.scoring.pipeline import Composite, build, with_weights
from circularity.texts import Texts

# Sliders that one can oversee.
MOST_SLIDERS = 24


class Explorer:
    """Weights that can be turned, with the scores and ranks that follow.

    Shows as sliders where a kernel runs and ipywidgets is installed, and as the figure everywhere else: both stand in
    the output, and the reader takes the richest it can show.

    Parameters
    ----------
    composite : Composite
    names : mapping of str to str
        What codes and units are called.
    texts : Texts
    drawing : Drawing or None
        The figure; None where there is nothing to turn.
    """

    def __init__(self, composite: Composite, names: Mapping[str, str], texts: Texts, drawing: Drawing | None) -> None:
        self.composite, self.names, self.texts, self.drawing = composite, names, texts, drawing

    def scores(self, weights: Mapping[str, float]) -> Composite:
        """The composite with other weights, by code; those of one parent are taken in proportion.

        Parameters
        ----------
        weights : mapping of str to float
            Of every code under a parent of which one is named.
        """
        shares = {}
        for parent in self.composite.structure.parents:
            below = self.composite.structure.children[parent]
            whole = sum(weights.get(c, 0.0) for c in below)
            if whole > 0:
                shares.update({c: weights.get(c, 0.0) / whole for c in below})
        steps = with_weights(self.composite.log.steps, shares)
        return build(self.composite.start, self.composite.structure, steps)

    def table(self, weights: Mapping[str, float]) -> str:
        """Scores and ranks under these weights, as HTML."""
        t, found = self.texts, self.scores(weights)
        top = found.structure.top
        named = [t("score.unit"), t("score.rank"), self._name(top)]
        heading = "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in named) + "</tr>"
        ranks = found.ranks[top].to_numpy(dtype=float, na_value=float("nan"))
        rows = []
        for row, (unit, period) in enumerate(zip(found.values.units, found.values.periods, strict=True)):
            label = f"{self._name(unit)} {period or ''}".strip()
            score = t.number(float(found.scores[top].iloc[row]))
            rows.append(f"<tr><td>{escape(label)}</td><td>{t.fixed(ranks[row], 0)}</td><td>{score}</td></tr>")
        return f"<table>{heading}{''.join(rows)}</table>"

    def sliders(self) -> Any:
        """The sliders with the table below them, an ipywidgets box.

        Raises
        ------
        ImportError
            If ipywidgets is not installed.
        """
        import ipywidgets as widgets

        structure = self.composite.structure
        codes = [
            c for p in reversed(structure.parents) if len(structure.children[p]) > 1 for c in structure.children[p]
        ]
        turned = {
            code: widgets.FloatSlider(
                value=float(self.composite.weights[code]),
                min=0.0,
                max=1.0,
                step=0.01,
                description=self._name(code),
                style={"description_width": "16em"},
                layout=widgets.Layout(width="36em"),
                continuous_update=False,
            )
            for code in codes[:MOST_SLIDERS]
        }
        shown = widgets.HTML()

        def turn(_: Any = None) -> None:
            weights = {**self.composite.weights.to_dict(), **{c: s.value for c, s in turned.items()}}
            shown.value = self.table(weights)

        for slider in turned.values():
            slider.observe(turn, names="value")
        turn()
        return widgets.VBox([*turned.values(), shown])

    def _name(self, code: str) -> str:
        return self.names.get(code, code)

    def _repr_html_(self) -> str:
        title = f"<h2>{escape(self.texts('section.explorer'))}</h2>"
        if self.drawing is None:
            return f"<section>{title}<p>{escape(self.texts('scoring.nothing_to_turn'))}</p></section>"
        return f"<section>{title}{self.drawing._repr_html_()}</section>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        shown: dict[str, Any] = {"text/html": self._repr_html_(), "text/plain": repr(self)}
        try:
            box = self.sliders()
        except ImportError:
            return shown
        return {**box._repr_mimebundle_(), **shown}

    def __repr__(self) -> str:
        return f"<Explorer of {self.composite.structure.top}>"
