"""What the ranks become when something is left out, and two composites beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from circularity.scoring.analysis import known_code
from circularity.scoring.pipeline import Composite, build
from circularity.scoring.tree import ScoreTree


def compare(one: Composite, other: Composite, code: str = "") -> pd.DataFrame:
    """Ranks of two composites beside each other.

    Returns
    -------
    DataFrame
        A row per unit (and period) of both: ``one, other, change`` (positive: higher up in the second).
    """
    code = code or one.structure.top
    table = pd.DataFrame({"one": one.ranks[code].astype(float), "other": other.ranks[code].astype(float)})
    return table.assign(change=table["one"] - table["other"])


def leave_one_out(result: Composite, codes: Sequence[str] = ()) -> pd.DataFrame:
    """What the ranks of the top become when something is left out, one at a time.

    Parameters
    ----------
    result : Composite
    codes : sequence of str
        Indicators or parents; every indicator by default. What is alone in the structure cannot be left out.

    Returns
    -------
    DataFrame
        ``left_out, mean_shift`` (mean absolute change of rank), ``largest_shift`` and the ``unit`` that it befell.
    """
    top, rows = result.structure.top, []
    for code in codes or result.structure.leaves:
        known_code(result, code)
        if set(result.structure.below(code)) == set(result.structure.leaves):
            continue
        left = result.structure.without(code)
        table = result.log.values
        values = table[table["indicator"].isin(left.leaves + left.denominators)]
        again = build(values, left, [_weighing(left, step) for step in result.log.steps])
        change = compare(result, again, top)["change"].abs()
        worst = change.idxmax() if change.notna().any() else ""
        unit = " ".join(str(part) for part in worst) if isinstance(worst, tuple) else str(worst)
        rows.append((code, float(change.mean()), float(change.max()), unit))
    return pd.DataFrame(rows, columns=["left_out", "mean_shift", "largest_shift", "unit"])


def _weighing(left: ScoreTree, step: dict[str, Any]) -> dict[str, Any]:
    """A step with the weights that were given of what is left, in proportion under each parent."""
    if step["step"] != "weigh" or not step["weights"]:
        return step
    given, found = step["weights"], {}
    for parent in left.parents:
        named = [c for c in left.children[parent] if c in given]
        whole = sum(given[c] for c in named)
        found.update({c: given[c] / whole for c in named if whole > 0})
    return {**step, "weights": found}
