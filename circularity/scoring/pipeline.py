"""The pipeline: steps as data, from a table of values and a score tree to scores and ranks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter, ValidationError

from circularity.errors import CallError, ScoringError, Where, check_argument, sentence
from circularity.scoring.aggregate import Aggregate
from circularity.scoring.impute import Impute
from circularity.scoring.normalise import Normalise
from circularity.scoring.read_tree import read_tree
from circularity.scoring.steps import Array, Denominate, Rank, Screen, State, Step, Weigh
from circularity.scoring.treat import Treat
from circularity.scoring.tree import ScoreTree
from circularity.scoring.values import Values, read_values
from circularity.tables.write import write_whole

AnyStep = Annotated[
    Screen | Denominate | Impute | Treat | Normalise | Weigh | Aggregate | Rank, Field(discriminator="step")
]
_STEPS: TypeAdapter[list[Any]] = TypeAdapter(list[AnyStep])

# What a step needs to have been done before it; all else but ranks comes before scores, or would change none.
_AFTER = {"rank": "aggregate"}
# Done twice, these divide twice or turn a direction back.
_ONCE = ("denominate", "normalise", "aggregate")


@dataclass(frozen=True)
class Log:
    """Everything a composite was made of: run again, it gives the same bytes.

    Attributes
    ----------
    structure, values : DataFrame
        As they were read.
    steps : list of dict
        The pipeline.
    """

    structure: pd.DataFrame
    values: pd.DataFrame
    steps: list[dict[str, Any]]

    def save(self, path: str | Path) -> None:
        """Write the log as JSON, numbers in full."""
        data = {
            "structure": self.structure.to_dict("records"),
            "values": self.values.astype(object).where(self.values.notna(), None).to_dict("records"),
            "steps": self.steps,
        }
        text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        write_whole(Path(path), lambda p: p.write_text(text, encoding="utf-8"))

    @classmethod
    def load(cls, path: str | Path) -> Log:
        """A log that was saved.

        Raises
        ------
        NotALog
            If the file is none.
        """
        path = Path(path)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            tables = {name: pd.DataFrame.from_records(data[name]) for name in ("structure", "values")}
            steps = list(data["steps"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
            raise ScoringError("NotALog", where=Where(file=path.name), found=type(problem).__name__) from None
        return cls(tables["structure"], tables["values"], steps)


class Composite:
    """A composite indicator that was built, every stage of it.

    Attributes
    ----------
    structure : ScoreTree
    values : Values
        The rows that remained.
    start : Values
        All rows, as they came.
    log : Log
        What it was made of; see `rerun`.
    stages : dict of str to DataFrame
        Indicators after each step, by stage: ``raw``, ``denominated``, ``imputed``, ``treated``, ``normalised``.
    notes : DataFrame
        What each step did to which indicator or unit.
    weights : Series
        Weights by code, those of one parent summing to 1.
    """

    def __init__(self, log: Log, start: State, stages: dict[str, State], last: State) -> None:
        self.log, self.structure, self.values = log, last.structure, last.values
        self.start, self._last = start.values, last
        self._known = ~np.isnan(start.x)
        self.stages = {name: _frame(state) for name, state in stages.items()}
        notes = pd.DataFrame(last.notes or [])
        self.notes = notes if len(notes) else pd.DataFrame(columns=["step", "code", "what"])
        self.weights = pd.Series(_within_parents(last), name="weight")

    def __repr__(self) -> str:
        return (
            f"<Composite {self.structure.top}: {len(self.values.units)} units, {len(self.structure.leaves)} indicators>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        top = self.structure.top
        parts = {"score": self.scores, "rank": self.ranks, "coverage": self.coverage}
        table = pd.DataFrame({name: part[top] for name, part in parts.items() if top in part}, index=self.index)
        if "rank" in table:
            table = table.sort_values("rank", kind="stable")
        shown = table.to_html(float_format="{:.4g}".format, na_rep="–")
        return f"<p>{escape(repr(self))}</p>{shown}"

    @property
    def scores(self) -> pd.DataFrame:
        """Score of every code: a row per unit, and period where there are several; parents before their children."""
        order = [*reversed(self.structure.parents), *self.structure.leaves]
        return pd.DataFrame({c: self._last.scores[c] for c in order if c in self._last.scores}, index=self.index)

    def score(self, code: str) -> Array:
        """The score of one code, in the order of `values`. Shape (rows,)."""
        return self._last.scores[code]

    @property
    def ranks(self) -> pd.DataFrame:
        """Rank of every parent, 1 is highest, in the form of `scores`."""
        order = [c for c in reversed(self.structure.parents) if c in self._last.ranks]
        return pd.DataFrame({c: self._last.ranks[c] for c in order}, index=self.index).astype("Int64")

    @property
    def coverage(self) -> pd.DataFrame:
        """Part of the indicators below each code that was known before anything was filled in, from 0 to 1."""
        keep = {key: i for i, key in enumerate(zip(self.start.units, self.start.periods, strict=True))}
        rows = [keep[key] for key in zip(self.values.units, self.values.periods, strict=True)]
        known = pd.DataFrame(self._known[rows], columns=self.structure.leaves, index=self.index)
        order = [*reversed(self.structure.parents), *self.structure.leaves]
        return pd.DataFrame({c: known[list(self.structure.below(c))].mean(axis=1) for c in order})

    @property
    def index(self) -> pd.Index:
        """The rows: units, and periods where there are several."""
        return self.values.index()

    def table(self) -> pd.DataFrame:
        """The result as a tidy table, units in the order in which they came.

        Returns
        -------
        DataFrame
            ``unit, period, code, parent, level, score, rank, coverage, weight``; score and rank are missing where the
            score is.
        """
        scores, ranks, coverage = self.scores, self.ranks, self.coverage
        place = {key: i for i, key in enumerate(zip(self.values.units, self.values.periods, strict=True))}
        rows = [
            {
                "unit": unit, "period": period or pd.NA, "code": code, "parent": self.structure[code].parent,
                "level": self.structure[code].level, "score": scores[code].iloc[place[unit, period]],
                "rank": ranks[code].iloc[place[unit, period]] if code in ranks else pd.NA,
                "coverage": coverage[code].iloc[place[unit, period]], "weight": self.weights.get(code, float("nan")),
            }
            for unit, period in self.values.given
            for code in scores.columns
        ]  # fmt: skip
        columns = ["unit", "period", "code", "parent", "level", "score", "rank", "coverage", "weight"]
        table = pd.DataFrame(rows, columns=columns).astype({"rank": "Int64", "period": "Int64"})
        return table if self.values.has_periods else table.drop(columns="period")


def build(
    values: Values | pd.DataFrame, structure: ScoreTree | pd.DataFrame, steps: Sequence[Step | dict[str, Any]]
) -> Composite:
    """Build a composite indicator.

    Parameters
    ----------
    values : Values or DataFrame
        See `read_values`.
    structure : ScoreTree or DataFrame
        See `read_tree`.
    steps : sequence of Step or dict
        The pipeline in order, such as ``{"step": "normalise", "technique": "goalposts"}``; a step that is not named is
        not done.

    Returns
    -------
    Composite

    Raises
    ------
    DataFaults
        If the tables have faults.
    WrongStep
        If a step does not exist, or comes before one that it needs.
    CircularityError
        If a step cannot be done; says which step, indicator and unit.
    """
    check_argument("values", values, Values, pd.DataFrame)
    check_argument("structure", structure, ScoreTree, pd.DataFrame)
    check_argument("steps", steps, list, tuple)
    structure = structure if isinstance(structure, ScoreTree) else read_tree(structure)
    values = values if isinstance(values, Values) else read_values(values, structure)
    pipeline = read_steps(steps)
    log = Log(structure.table(), values.table(), [s.model_dump(mode="json") for s in pipeline])
    start = start_state(values, structure)
    state, stages = start, {"raw": start}
    for step in pipeline:
        state = step.apply(state)
        stages[step.stage] = state
    kept = {name: s for name, s in stages.items() if name not in ("weighted", "aggregated", "ranked")}
    return Composite(log, start, kept, state)


def rerun(log: Log) -> Composite:
    """Build what a log says, from nothing but the log."""
    check_argument("log", log, Log)
    return build(log.values, log.structure, log.steps)


def with_way(fields: Any) -> Any:
    """The fields of a step with its `technique` under ``way``, the name that logs and tables keep."""
    if not isinstance(fields, Mapping) or "technique" not in fields or "way" in fields:
        return fields
    return {"way" if key == "technique" else key: value for key, value in fields.items()}


def read_steps(steps: Sequence[Step | dict[str, Any]]) -> list[Step]:
    """A pipeline as steps. What a step does may be under ``technique`` or ``way``.

    Raises
    ------
    WrongStep
        With the number of the step and what is wrong in it.
    """
    plain = [s.model_dump() if isinstance(s, Step) else with_way(s) for s in steps]
    try:
        pipeline = _STEPS.validate_python(plain)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        number = int(first["loc"][0]) + 1 if first["loc"] else 0
        place = ".".join(str(part) for part in first["loc"][1:])
        raise CallError("WrongStep", number=number, found=place or "step", because=first["msg"]) from None
    names = [s.step for s in pipeline]
    for number, name in enumerate(names, start=1):
        before = names[: number - 1]
        if name in _AFTER and _AFTER[name] not in before:
            raise CallError("WrongStep", number=number, found=name, because=sentence("needs_before", name=_AFTER[name]))
        if name in _ONCE and name in before:
            raise CallError("WrongStep", number=number, found=name, because=f"{name}, {name}")
        if name not in _AFTER and "aggregate" in before:
            raise CallError("WrongStep", number=number, found=name, because=f"{name} < aggregate")
    return list(pipeline)


def with_weights(steps: Sequence[dict[str, Any]], weights: Mapping[str, float]) -> list[dict[str, Any]]:
    """A pipeline that weighs by these weights, by code, instead of its own."""
    found = [s for s in steps if s.get("step") != "weigh"]
    place = next((i for i, s in enumerate(found) if s.get("step") == "aggregate"), len(found))
    return [*found[:place], {"step": "weigh", "way": "given", "weights": dict(weights)}, *found[place:]]


def start_state(values: Values, structure: ScoreTree, *, noting: bool = True) -> State:
    """The state before the first step: indicators by name, weights of the structure."""
    columns = [values.codes.index(code) for code in structure.leaves]
    weights = {node.code: node.weight for node in structure}
    return State(structure, values, values.x[:, columns], weights, notes=[] if noting else None)


def _frame(state: State) -> pd.DataFrame:
    return pd.DataFrame(state.x, columns=list(state.structure.leaves), index=state.values.index())


def _within_parents(state: State) -> dict[str, float]:
    found = {}
    for parent in state.structure.parents:
        below = state.structure.children[parent]
        whole = sum(state.weights[c] for c in below)
        found.update({c: float(state.weights[c] / whole) for c in below})
    return found
