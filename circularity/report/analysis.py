"""The analyses of a composite indicator as tables for people: on a terminal and in the report about scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from circularity.scoring.analysis import Analysis
from circularity.texts import Texts

COLUMNS = {
    "statistics": ("code", "min", "mean", "max", "skewness", "known", "flags"),
    "correlations": ("code", "other", "correlation", "flags"),
    "coherence": ("code", "alpha", "explained", "negative", "units"),
    "importance": ("code", "weight", "with_score", "importance"),
    "left_out": ("code", "mean_shift", "largest_shift", "unit"),
}


@dataclass(frozen=True)
class Block:
    """A table with its title.

    Attributes
    ----------
    title : str
    headings : list of str
    rows : list of list of str
        The first cell of a row says what it is about.
    """

    title: str
    headings: list[str]
    rows: list[list[str]]


def analysis_blocks(found: Analysis, names: Mapping[str, str], t: Texts) -> list[Block]:
    """The tables of an analysis that have rows.

    Parameters
    ----------
    found : Analysis
    names : mapping of str to str
        What codes and units are called.
    t : Texts
    """

    def name(code: object) -> str:
        return names.get(str(code), str(code))

    def flags(of: list[str]) -> str:
        return ", ".join(t(f"analysis_flag.{flag}") for flag in of)

    rows = {
        "statistics": [
            [name(code), t.number(r["min"]), t.number(r["mean"]), t.number(r["max"]), t.number(r["skewness"], 2),
             t.percent(r["available_part"], 2), flags(r["flags"])]
            for code, r in found.statistics.to_dict("index").items()
        ],
        "correlations": [
            [name(r["code"]), name(r["other"]), t.number(r["correlation"], 2), t(f"analysis_flag.{r['flag']}")]
            for r in found.correlations.to_dict("records")
        ],
        "coherence": [
            [name(code), t.number(r["alpha"], 2), t.percent(r["explained"], 2), ", ".join(map(name, r["negative"])),
             t.tick(r["units"])]
            for code, r in found.coherence.to_dict("index").items()
        ],
        "importance": [
            [name(code), t.percent(r["effective"], 3), t.number(r["correlation"], 2), t.percent(r["importance"], 2)]
            for code, r in found.importance.to_dict("index").items()
        ],
        "left_out": [
            [name(r["left_out"]), t.number(r["mean_shift"], 2), t.fixed(r["largest_shift"], 0), name(r["unit"])]
            for r in found.left_out.to_dict("records")
        ],
    }  # fmt: skip
    return [
        Block(t(f"analysis.{key}"), [t(f"analysis_column.{c}") for c in COLUMNS[key]], body)
        for key, body in rows.items()
        if body
    ]
