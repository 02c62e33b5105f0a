"""Dividing indicators by what makes units comparable, such as area or people."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from circularity.errors import ScoringError, meant
from circularity.scoring.state import State, Step


class Denominate(Step):
    """Divide each indicator by the denominator that the structure names for it.

    Attributes
    ----------
    times : dict of str to float
        Scale factor by indicator; 1 for those not named.
    """

    step: Literal["denominate"] = "denominate"
    times: dict[str, float] = Field(default_factory=dict)
    stage: ClassVar[str] = "denominated"

    def apply(self, state: State) -> State:
        """The state with intensities; missing where the denominator is.

        Raises
        ------
        NothingToDivideBy
            If a denominator is not above zero: one below it would turn the ranking round; names indicator, unit and
            denominator.
        NoDenominator
            If a factor is given for what is not divided.
        """
        from dataclasses import replace

        divided = [node.code for node in state.leaves() if node.denominator]
        for code in self.times:
            if code not in divided:
                raise ScoringError(
                    "NoDenominator", step="denominate", found=code, expected=divided, hint=meant(code, divided)
                )
        x = state.x.copy()
        for column, node in enumerate(state.leaves()):
            if node.denominator:
                below = state.values.column(node.denominator)
                for row in np.flatnonzero(below <= 0):
                    raise ScoringError(
                        "NothingToDivideBy",
                        step="denominate",
                        found=node.code,
                        unit=state.values.units[row],
                        of=node.denominator,
                        value=f"{below[row]:g}",
                    )
                x[..., column] = x[..., column] / below * self.times.get(node.code, 1.0)
                state.note("denominate", node.code, "divided_by", by=node.denominator)
        return replace(state, x=x)
