"""Which weights count."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from circularity.errors import ScoringError, meant
from circularity.scoring.state import State, Step
from circularity.scoring.tree import weights_add_up


class Weigh(Step):
    """Choose the weights, by name.

    Attributes
    ----------
    way : {"structure", "equal", "given"}
        Those of the structure; the same for all that have one parent; or `weights`.
    weights : dict of str to float
        By code. Parents of which no child is named keep the weights of the structure; of others all must be.
    name : str
        What this set of weights is called.
    """

    step: Literal["weigh"] = "weigh"
    way: Literal["structure", "equal", "given"]
    weights: dict[str, float] = Field(default_factory=dict)
    name: str = ""
    stage: ClassVar[str] = "weighted"

    def apply(self, state: State) -> State:
        """The state with these weights.

        Raises
        ------
        UnknownIndicatorOfStructure
            If a weight is given for a code that is not there or for the top, or is missing.
        NegativeWeight, WeightsDoNotSum
            If weights are no weights.
        """
        from dataclasses import replace

        structure, weights = state.structure, dict(state.weights)
        if self.way == "equal":
            return replace(state, weights=dict.fromkeys(weights, 1.0))
        if self.way == "structure":
            return replace(state, weights={n.code: n.weight for n in structure})
        for code, weight in self.weights.items():
            if code not in structure or code == structure.top:
                raise ScoringError(
                    "UnknownIndicatorOfStructure", found=code, hint=meant(code, set(structure.nodes) - {code})
                )
            if weight < 0:
                raise ScoringError("NegativeWeight", found=f"{weight:g}")
        for parent in structure.parents:
            below = structure.children[parent]
            named = [c for c in below if c in self.weights]
            if not named:
                continue
            for code in below:
                if code not in self.weights:
                    raise ScoringError("UnknownIndicatorOfStructure", found=code, hint=None)
            given = [self.weights[c] for c in below]
            if not weights_add_up(given):
                raise ScoringError("WeightsDoNotSum", found=f"{sum(given):.10g}", parent=parent, codes=list(below))
            weights.update(zip(below, given, strict=True))
        return replace(state, weights=weights)
