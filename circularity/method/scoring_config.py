"""How scores are built and claims about them tested: reading ``composite.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from circularity.errors import CallError, CircularityError, FileError, Where
from circularity.method.declarations import Source, StrictModel
from circularity.method.readers import read_mapping
from circularity.method.validation import collect_errors, read_model
from circularity.scoring.pipeline import read_steps, with_way
from circularity.texts import word

FILE = "composite.yaml"

# What a method without such a file means: goalposts and means, and a score is missing when a part is.
BEFORE: list[dict[str, Any]] = [
    {"step": "normalise", "way": "goalposts"},
    {"step": "aggregate", "way": "arithmetic_mean", "available": 1},
]


class FreeWeights(StrictModel):
    """How weights are drawn that are not agreed on."""

    way: Literal["simplex", "near", "noise"]
    concentration: float = Field(default=1.0, gt=0)
    amount: float = Field(default=0.0, ge=0, lt=1)


class MethodChoice(StrictModel):
    """A step that could have been done in another way."""

    name: str = Field(min_length=1)
    step: str
    options: list[dict[str, Any]] = Field(min_length=2)


class ClaimUncertainty(StrictModel):
    """What a claim is tested under."""

    draws: int = Field(ge=100, le=1_000_000)
    base: int = Field(ge=16, le=65_536)
    bootstrap: int = Field(ge=50, le=10_000)
    weights: FreeWeights
    choices: list[MethodChoice] = Field(default=[])


class ConvergenceLimits(StrictModel):
    """When an index counts as converged."""

    width: float = Field(gt=0, lt=1)


class AnalysisLimits(StrictModel):
    """When an indicator is worth a look."""

    available: float = Field(ge=0, le=1)
    nonzero: float = Field(ge=0, le=1)
    unique: float = Field(ge=0, le=1)
    skewness: float | None = Field(default=None, gt=0)  # version 0.4.0 does not say
    kurtosis: float | None = Field(default=None, gt=0)
    correlation_high: float = Field(ge=-1, le=1)
    correlation_low: float = Field(ge=-1, le=1)


class Sourced(StrictModel):
    """Where a part of the file comes from."""

    source: Source


class ScoringConfig(StrictModel):
    """The content of ``composite.yaml``."""

    sources: dict[str, Sourced] = Field(default={})
    pipeline: list[dict[str, Any]] = Field(min_length=1)
    uncertainty: ClaimUncertainty
    convergence: ConvergenceLimits
    analysis: AnalysisLimits


def read_scoring(root: Path, faults: list[CircularityError]) -> ScoringConfig | None:
    """How scores are built; None when the method has no such file.

    Parameters
    ----------
    root : Path
        Folder of the method.
    faults : list of CircularityError
        Takes what is wrong in it: a step that does not exist, a choice about a step that is not in the pipeline.
    """
    if not (root / FILE).is_file():  # a method need not have one
        return None
    found, key = None, "pipeline"
    with collect_errors(faults):
        data = read_mapping(root / FILE, FILE)
        key = "pipeline" if "pipeline" in data else "chain"
        found = read_model(ScoringConfig, _with_names_of_today(data), FILE, faults=faults)
    if found is None:
        return None
    with collect_errors(faults):
        _check_steps(found.pipeline, key)
        for choice in found.uncertainty.choices:
            if choice.step not in [s.get("step") for s in found.pipeline]:
                where = Where(file=FILE, key=f"uncertainty.choices.{choice.name}")
                told = word("step_of_pipeline", "expected")
                raise FileError("WrongValue", where=where, found=choice.step, expected=told)
            for option in choice.options:
                steps = [{**s, **option} if s["step"] == choice.step else s for s in found.pipeline]
                _check_steps(steps, f"uncertainty.choices.{choice.name}")
    return found


def _with_names_of_today(data: Any) -> Any:
    """The file with ``chain``, the old name of ``pipeline``, replaced; a technique comes under the name of the code."""
    if isinstance(data, list):
        return [_with_names_of_today(part) for part in data]
    if not isinstance(data, dict):
        return data
    plain = with_way({key: _with_names_of_today(value) for key, value in data.items()})
    if "chain" in plain and "pipeline" not in plain:
        return {"pipeline" if key == "chain" else key: value for key, value in plain.items()}
    return plain


def old_names(root: Path) -> dict[str, str]:
    """Old names of keys that ``composite.yaml`` still uses, with the name of today."""

    def keys(data: Any) -> set[str]:
        if isinstance(data, dict):
            return {str(k) for k in data} | {k for value in data.values() for k in keys(value)}
        return {k for part in data for k in keys(part)} if isinstance(data, list) else set()

    if not (root / FILE).is_file():
        return {}
    used = keys(read_mapping(root / FILE, FILE))
    return {old: new for old, new in {"chain": "pipeline", "way": "technique"}.items() if old in used}


def pipeline_of(scoring: ScoringConfig | None) -> list[dict[str, Any]]:
    """The steps from figures to scores, for fieldlabs of which an indicator may not be known at all.

    Scores of such an indicator are missing, unless the pipeline itself says otherwise.
    """
    steps = BEFORE if scoring is None else scoring.pipeline
    return [{"all_missing": "keep", **s} if s["step"] == "normalise" else s for s in steps]


def _check_steps(steps: list[dict[str, Any]], key: str) -> None:
    try:
        read_steps(steps)
    except CallError as problem:
        problem.where = Where(file=FILE, key=key)
        raise
