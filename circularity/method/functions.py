"""Functions that a declaration names instead of a formula: what they take, their parameters, and the code behind them.

``functions.csv`` lists them for readers; the code is bound to their names by `function`, never by a path in a file. How
the rows that a function takes come out of a ledger, with draws, is the business of `circularity.assessment.functions`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, create_model

from circularity.errors import CircularityError, MethodError, Where
from circularity.method import declarations as d
from circularity.method.fault_helpers import undefined
from circularity.method.readers import read_mapping, read_rows
from circularity.method.rows import FunctionRow
from circularity.method.validation import collect_errors, read_model

FILE = "functions.csv"
Floats = npt.NDArray[np.float64]
Rows = Mapping[str, Any]


@dataclass(frozen=True)
class Takes:
    """The rows that a function is taken over.

    Attributes
    ----------
    name : str
        Name of the rows, by which an assessment gathers them.
    columns : dict of str to type
        Columns of an example: ``str`` for names, ``float`` for numbers.
    levels : tuple of Level
        Levels that the rows exist for.
    refusals : tuple of str
        Why rows may have no value: the ``rule`` of the error, which an example may expect.
    """

    name: str
    columns: Mapping[str, type]
    levels: tuple[d.Level, ...]
    refusals: tuple[str, ...]


LINKS = Takes(
    "links",
    {"from": str, "to": str, "mass": float},
    ("fieldlab",),
    ("no_network", "no_mass", "not_balanced", "closed_loop", "self_loop"),
)


@dataclass(frozen=True)
class Function:
    """The code behind a name: rows and parameters in, one number per column of draws out."""

    name: str
    takes: Takes
    parameters: tuple[str, ...]
    declared: type[BaseModel]
    run: Callable[..., Floats]


FUNCTIONS: dict[str, Function] = {}


def function(takes: Takes) -> Callable[[Callable[..., Floats]], Callable[..., Floats]]:
    """Bind a function to its name; its keyword-only arguments are the parameters, checked by their annotations."""

    def bound(run: Callable[..., Floats]) -> Callable[..., Floats]:
        signature = inspect.signature(run, eval_str=True).parameters.values()
        fields: Any = {
            p.name: (p.annotation, ... if p.default is p.empty else p.default)
            for p in signature
            if p.kind is p.KEYWORD_ONLY
        }
        parameters = create_model("Parameters", __config__=ConfigDict(extra="forbid"), **fields)
        # One level up, so that a fault of a parameter has the place that it has in a declaration.
        declared = create_model(run.__name__, parameters=(parameters, ...))
        FUNCTIONS[run.__name__] = Function(run.__name__, takes, tuple(fields), declared, run)
        return run

    return bound


@function(LINKS)
def cycling_index(links: Rows, *, balance_tolerance: Annotated[float, Field(ge=0, lt=1, strict=True)]) -> Floats:
    """The cycling index of Finn of a network that is in balance; each draw of the masses is balanced first."""
    from circularity import network

    given = network.make_network(links["from"], links["to"], links["mass"])
    given.with_mass(given.mass[:, :1]).check_balance(balance_tolerance)
    drawn = network.balanced(given)
    drawn.check_balance(balance_tolerance)
    return network.cycling_index(drawn)


@dataclass(frozen=True)
class CalledFunction:
    """A function as a declaration calls it, in the place of a formula.

    Attributes
    ----------
    row : rows.FunctionRow
        What ``functions.csv`` says of it.
    function : Function
    parameters : dict of str to number or str
        Value of every parameter.
    shared : dict of str to declarations.Parameter
        Those of them that a file of the method gives, with what they mean.
    """

    row: FunctionRow
    function: Function
    parameters: Mapping[str, Any]
    shared: Mapping[str, d.Parameter]

    names: tuple[str, ...] = ()
    divides: bool = False

    def __call__(self, rows: Rows) -> Floats:
        """The value for every column of draws.

        Raises
        ------
        ComputeError
            If the rows have no value.
        """
        return self.function.run(rows, **self.parameters)

    @property
    def text(self) -> str:
        """The call in writing, such as ``cycling_index(from, to, mass)``."""
        return f"{self.row.function}({', '.join(self.function.takes.columns)})"

    def latex(self, words: Mapping[str, str] | None = None, decimal: str = ".") -> str:
        """The call typeset; `words` and `decimal` as for a formula, which it has no use for."""
        name, *columns = (part.replace("_", r"\_") for part in (self.row.function, *self.function.takes.columns))
        return rf"\operatorname{{{name}}}(\text{{{', '.join(columns)}}})"

    def substituted(self, values: Mapping[str, str], decimal: str = ".") -> str:
        """The call in writing: there are no numbers to put in but the rows themselves."""
        return self.text

    def zero_divisors(self, values: Mapping[str, float]) -> Iterator[str]:
        """Nothing: what a function cannot divide it names itself."""
        yield from ()


def read_functions(root: Path, faults: list[CircularityError]) -> dict[str, tuple[int, FunctionRow]]:
    """The rows of ``functions.csv`` by name, each with its number; none for a method without functions."""
    if not (root / FILE).is_file():  # a method need not have any
        return {}
    found: dict[str, tuple[int, FunctionRow]] = {}
    for number, row in enumerate(read_rows(root / FILE, FILE, FunctionRow, faults)[1], start=2):
        if row is not None and row.function in found:
            where = Where(file=FILE, row=number, column="function")
            faults.append(MethodError("DuplicateId", where=where, found=row.function))
        elif row is not None:
            found[row.function] = number, row
    return found


def read_parameters(
    root: Path, specs: Sequence[d.Indicator], faults: list[CircularityError]
) -> dict[str, dict[str, d.Parameter]]:
    """The parameters in the files that declarations refer to, by file (without its ending) and key."""
    files = sorted({file for spec in specs for value in spec.parameters.values() if (file := _reference(value)[0])})
    found: dict[str, dict[str, d.Parameter]] = {}
    for name in files:
        found[name] = {}
        if not (root / f"{name}.yaml").is_file():
            faults.append(MethodError("MissingFile", where=Where(file=f"{name}.yaml")))
            continue
        with collect_errors(faults):
            for key, data in read_mapping(root / f"{name}.yaml", f"{name}.yaml").items():
                parameter = read_model(d.Parameter, data, f"{name}.yaml", key, faults)
                if parameter is not None:
                    found[name][key] = parameter
    return found


def _reference(value: Any) -> tuple[str, str]:
    """File and key of a parameter such as ``network.balance_tolerance``; empty for one that is given as it is."""
    file, _, key = value.partition(".") if isinstance(value, str) else ("", "", "")
    return (file, key) if key else ("", "")


def called_function(
    spec: d.Indicator,
    file: str,
    rows: Mapping[str, tuple[int, FunctionRow]],
    parameters: Mapping[str, Mapping[str, d.Parameter]],
    faults: list[CircularityError],
) -> CalledFunction | None:
    """The function that a declaration names, with its parameters; None when something about it is wrong.

    Parameters
    ----------
    spec : declarations.Indicator
    file : str
        File of the declaration, for errors.
    rows : mapping of str to (int, FunctionRow)
        What ``functions.csv`` lists.
    parameters : mapping of str to mapping of str to Parameter
        By file and key.
    faults : list of CircularityError
        Takes what is wrong.
    """
    before = len(faults)
    if spec.function is None or spec.function not in rows:
        faults.append(undefined(Where(file=file, key=f"{spec.id}: function"), str(spec.function), rows))
        return None
    _, row = rows[spec.function]
    behind = FUNCTIONS.get(spec.function)
    if behind is None:  # named once, where the function is listed
        return None
    values: dict[str, Any] = {}
    shared: dict[str, d.Parameter] = {}
    for name, value in spec.parameters.items():
        from_file, key = _reference(value)
        known = parameters.get(from_file, {})
        if from_file and key not in known:
            names = [f"{f}.{k}" for f, keys in parameters.items() for k in keys]
            faults.append(undefined(Where(file=file, key=f"{spec.id}: parameters.{name}"), str(value), names))
        elif from_file:
            shared[name] = known[key]
        values[name] = known[key].value if key in known else value
    if len(faults) > before:
        return None
    checked = read_model(behind.declared, {"parameters": values}, file, spec.id, faults)
    return None if checked is None else CalledFunction(row, behind, values, shared)
