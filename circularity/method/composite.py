"""How scores are built and claims about them tested: reading ``composite.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from circularity.errors import CallError, CircularityError, FileError, Where
from circularity.method.declarations import Source
from circularity.method.fitting import Gather, read_model
from circularity.method.yaml_reader import read_yaml
from circularity.scoring.chain import read_steps
from circularity.texts import word

FILE = "composite.yaml"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Weights(_Model):
    """How weights are drawn that are not agreed on."""

    way: Literal["simplex", "near", "noise"]
    concentration: float = Field(default=1.0, gt=0)
    amount: float = Field(default=0.0, ge=0, lt=1)


class Choice(_Model):
    """A step that could have been done in another way."""

    name: str = Field(min_length=1)
    step: str
    options: list[dict[str, Any]] = Field(min_length=2)


class Uncertainty(_Model):
    """What a claim is tested under."""

    draws: int = Field(ge=100, le=1_000_000)
    base: int = Field(ge=16, le=65_536)
    bootstrap: int = Field(ge=50, le=10_000)
    weights: Weights
    choices: list[Choice] = []


class Convergence(_Model):
    """When an index counts as converged."""

    width: float = Field(gt=0, lt=1)


class Analysis(_Model):
    """When an indicator is worth a look."""

    available: float = Field(ge=0, le=1)
    nonzero: float = Field(ge=0, le=1)
    unique: float = Field(ge=0, le=1)
    correlation_high: float = Field(ge=-1, le=1)
    correlation_low: float = Field(ge=-1, le=1)


class Sourced(_Model):
    """Where a part of the file comes from."""

    source: Source


class Scoring(_Model):
    """The content of ``composite.yaml``."""

    sources: dict[str, Sourced] = {}
    chain: list[dict[str, Any]] = Field(min_length=1)
    uncertainty: Uncertainty
    convergence: Convergence
    analysis: Analysis


def read_scoring(root: Path, faults: list[CircularityError]) -> Scoring | None:
    """How scores are built; None when the method has no such file.

    Parameters
    ----------
    root : Path
        Folder of the method.
    faults : list of CircularityError
        Takes what is wrong in it: a step that is no step, a choice about a step that is not in the chain.
    """
    if not (root / FILE).is_file():  # versions before 0.4.0 have none
        return None
    found = None
    with Gather(faults):
        found = read_model(Scoring, read_yaml(root / FILE), FILE, faults=faults)
    if found is None:
        return None
    with Gather(faults):
        _check_steps(found.chain, "chain")
        for choice in found.uncertainty.choices:
            if choice.step not in [s.get("step") for s in found.chain]:
                where = Where(file=FILE, key=f"uncertainty.choices.{choice.name}")
                raise FileError(
                    "WrongValue", where=where, found=choice.step, expected=word("step_of_chain", "expected")
                )
            for option in choice.options:
                chain = [{**s, **option} if s["step"] == choice.step else s for s in found.chain]
                _check_steps(chain, f"uncertainty.choices.{choice.name}")
    return found


def _check_steps(steps: list[dict[str, Any]], key: str) -> None:
    try:
        read_steps(steps)
    except CallError as problem:
        problem.where = Where(file=FILE, key=key)
        raise
