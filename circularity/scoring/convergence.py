"""Whether sensitivity indices have settled: each check with what was found and what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from circularity.errors import CallError, sentence
from circularity.scoring.estimators import Estimates, interval
from circularity.scoring.sobol import Design
from circularity.texts import LANGUAGES, Texts, word

Floats = npt.NDArray[np.float64]

COLUMNS = ["output", "check", "passed", "found", "limit", "factors"]


@dataclass(frozen=True)
class Convergence:
    """What the checks found.

    Attributes
    ----------
    table : DataFrame
        A row is a ``check`` of an ``output``: whether it ``passed``, what was ``found``, the ``limit``, and the
        ``factors`` it failed for. Checks: ``variance`` (the result differs between runs often enough), ``width`` (of
        the widest interval of a total index), ``ranking`` (factors that stand elsewhere by half the points), ``dummy``
        (total index of the factor without influence), ``sum`` (of the first order, at most 1) and ``order`` (first
        less total index, at most 0). The last two pass where their interval reaches the limit.
    states : dict
        State of each output, as in `Indices`.
    """

    table: pd.DataFrame
    states: dict[object, str]

    @property
    def converged(self) -> bool:
        """Whether every check passed. A result without variance has none to fail."""
        return bool(self.table["passed"].all())

    def sentences(self, lang: str = "en") -> list[str]:
        """A sentence for every output: settled, or what failed with its numbers; or that nothing turns it."""
        told = []
        for output, state in self.states.items():
            rows = self.table[self.table["output"].eq(output)]
            failed = rows[~rows["passed"].astype(bool)]
            if state != "ok":
                told.append(sentence(state, "sensitivity", output=str(output))[lang])
            elif failed.empty:
                told.append(sentence("converged", "sensitivity", output=str(output))[lang])
            else:
                because = "; ".join(_said(row, lang) for _, row in failed.iterrows())
                told.append(Texts(lang)("sensitivity.not_converged", output=output, because=because))
        return told


def judge(
    design: Design,
    outputs: Sequence[object],
    states: Sequence[str],
    found: Estimates,
    half: Floats,
    level: float,
    width: float,
    dummy: str | None,
) -> Convergence:
    """The checks of `Indices.convergence`."""
    if not width > 0:
        above = {lang: text.format(low=0) for lang, text in word("above", "expected").items()}
        raise CallError("WrongArgument", name="width", found=width, expected=above)
    names = np.array(list(design.factors))
    if dummy is not None and dummy not in design.factors:
        raise CallError("WrongArgument", name="dummy", found=dummy, expected=list(design.factors))
    rows: list[tuple[object, ...]] = []
    for o, (output, state) in enumerate(zip(outputs, states, strict=True)):
        if state == "no_variance":
            continue
        rows.append((output, "variance", state == "ok", np.nan, np.nan, ""))
        if state != "ok":
            continue
        first, total = found.first[:, o], found.total[:, o]
        low, high = interval(total[1:], level)
        wide = high - low
        rows.append((output, "width", bool((wide <= width).all()), wide.max(), width, _listed(names[~(wide <= width)])))
        moved = names[_order(total[0]) != _order(half[o])]
        rows.append((output, "ranking", not len(moved), float(len(moved)), 0.0, _listed(moved)))
        if dummy is not None:
            at = list(design.factors).index(dummy)
            reach = float(wide[at] / 2)
            passed = bool(abs(total[0, at]) <= reach)
            rows.append((output, "dummy", passed, total[0, at], reach, "" if passed else dummy))
        least, _ = interval(first[1:].sum(axis=1), level)
        rows.append((output, "sum", bool(least <= 1), first[0].sum(), 1.0, ""))
        least, _ = interval(first[1:] - total[1:], level)
        gap = first[0] - total[0]
        rows.append((output, "order", bool((least <= 0).all()), gap.max(), 0.0, _listed(names[least > 0])))
    return Convergence(pd.DataFrame(rows, columns=COLUMNS), dict(zip(outputs, states, strict=True)))


def _order(total: Floats) -> npt.NDArray[np.intp]:
    """The place of every factor, the largest index first; equal ones by name."""
    return np.argsort(np.argsort(-total, kind="stable"), kind="stable")


def _listed(names: npt.NDArray[np.str_]) -> str:
    return ", ".join(names.tolist())


def _said(row: pd.Series, lang: str) -> str:
    numbers = {key: {one: Texts(one).number(float(row[key])) for one in LANGUAGES} for key in ("found", "limit")}
    return sentence(f"failed_{row['check']}", "sensitivity", factors=row["factors"], **numbers)[lang]
