"""Leaving out units of which too little is known."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from circularity.errors import ScoringError, meant
from circularity.scoring.state import State, Step


class Screen(Step):
    """Keep the units of which enough is known.

    Attributes
    ----------
    available : float
        Least part of the indicators that must be known, from 0 to 1.
    nonzero : float
        Least part of what is known that must not be zero, from 0 to 1.
    keep, leave_out : list of str
        Units that stay, or go, whatever is known of them.
    """

    step: Literal["screen"] = "screen"
    available: float = Field(ge=0, le=1)
    nonzero: float = Field(default=0.0, ge=0, le=1)
    keep: list[str] = Field(default_factory=list)
    leave_out: list[str] = Field(default_factory=list)
    stage: ClassVar[str] = "screened"

    def apply(self, state: State) -> State:
        """The state with the rows that stay.

        Raises
        ------
        UnknownUnitOfValues
            If a unit to keep or leave out is not there.
        NothingLeft
            If no row stays.
        """
        from dataclasses import replace

        values = state.values
        for unit in [*self.keep, *self.leave_out]:
            if unit not in values.units:
                raise ScoringError(
                    "UnknownUnitOfValues",
                    found=unit,
                    expected=sorted(set(values.units)),
                    hint=meant(unit, values.units),
                )
        leaves = state.x.reshape(-1, *state.x.shape[-2:])[0]  # what is known is the same in every draw
        known = np.mean(~np.isnan(leaves), axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            full = np.sum(leaves > 0, axis=-1) + np.sum(leaves < 0, axis=-1)
            nonzero = np.where(known > 0, full / np.sum(~np.isnan(leaves), axis=-1), 0.0)
        stays = []
        for row, unit in enumerate(values.units):
            enough = known[row] >= self.available and nonzero[row] >= self.nonzero
            if unit in self.keep or (enough and unit not in self.leave_out):
                stays.append(row)
            else:
                period = values.periods[row] or None
                state.note("screen", unit, "left_out", period=period, available=float(known[row]))
        if not stays:
            raise ScoringError(
                "NothingLeft", step="screen", found=f"{known.max():.0%}", expected=f"{self.available:.0%}"
            )
        return replace(state, values=values.take(stays), x=state.x[..., stays, :])
