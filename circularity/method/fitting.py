"""Plain data held to a declared form; what does not fit becomes a named fault."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from circularity.errors import (
    CircularityError,
    Faults,
    MissingKey,
    MissingTranslation,
    UnknownKey,
    Where,
    WrongValue,
    sentence,
)
from circularity.texts import LANGUAGES, catalogue, word

M = TypeVar("M", bound=BaseModel)

# What pydantic calls a fault, and the sentence of `method_value` that says what was expected.
EXPECTED = {
    "float_type": "number",
    "float_parsing": "number",
    "finite_number": "number",
    "int_type": "whole_number",
    "int_parsing": "whole_number",
    "int_from_float": "whole_number",
    "string_type": "text",
    "string_too_short": "filled",
    "list_type": "list",
    "too_short": "filled_list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "tuple_type": "two_ends",
}
# Parts of a place that name a branch of the form, not a key of the file.
_BRANCHES = ("dict[", "list[", "function-", "literal[", "nullable[", "constrained-", "tuple[")


class Gather:
    """A context in which errors go to a list, so that reading goes on and all are told together.

    Parameters
    ----------
    faults : list of CircularityError
        Takes the errors raised inside; what follows the error inside is left out.
    """

    def __init__(self, faults: list[CircularityError]) -> None:
        self.faults = faults

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if isinstance(error, Faults):
            self.faults += error.faults
        elif isinstance(error, CircularityError):
            self.faults.append(error)
        return isinstance(error, CircularityError)


def read_model(
    model: type[M], data: Any, file: str, item: str = "", faults: list[CircularityError] | None = None
) -> M | None:
    """`data` as `model`; what does not fit goes to `faults` as named errors.

    Parameters
    ----------
    model : type of pydantic model
        What the data should be.
    data : mapping
        Plain data read from a file.
    file : str
        File, for errors.
    item : str, optional
        Id of the declaration inside the file, for errors.
    faults : list of CircularityError, optional
        Takes the faults; without it the first is raised.

    Returns
    -------
    model or None
        None when there are faults.
    """
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        found = [_named(e, _place(e, file, item)) for e in _first_per_place(problem)]
    if faults is None:
        raise found[0] from None
    faults += found
    return None


def read_row(model: type[M], cells: Mapping[str, str], file: str, row: int, faults: list[CircularityError]) -> M | None:
    """The cells of one row of a CSV file as `model`; what does not fit goes to `faults` with its row and column."""
    try:
        return model.model_validate(cells)
    except ValidationError as problem:
        for error in _first_per_place(problem):
            column = _keys(error)[0] if _keys(error) else None
            faults.append(_named(error, Where(file=file, row=row, column=column)))
    return None


def _first_per_place(problem: ValidationError) -> list[Mapping[str, Any]]:
    """One error for each place: where a value may have several forms, each form that fails is an error."""
    errors: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for error in problem.errors(include_url=False):
        errors.setdefault(tuple(_keys(error)), error)
    return list(errors.values())


def _keys(error: Mapping[str, Any]) -> list[str]:
    keys = [str(part) for part in error["loc"] if not str(part).startswith(_BRANCHES)]
    if len(keys) > 1 and error["loc"][-1] in ("float", "int", "str"):
        keys.pop()
    return keys


def _place(error: Mapping[str, Any], file: str, item: str) -> Where:
    location = ".".join(_keys(error))
    return Where(file=file, key=": ".join(part for part in (item, location) if part) or None)


def _named(error: Mapping[str, Any], where: Where) -> CircularityError:
    last = (_keys(error) or [""])[-1]
    if error["type"] == "extra_forbidden":
        return UnknownKey(where=where, found=last)
    if last in LANGUAGES:
        return MissingTranslation(where=where, found=last)
    if error["type"] == "missing" and not last.isdigit():  # a digit is a place in a pair of numbers
        return MissingKey(where=where, found=last)
    return WrongValue(where=where, found=_shown(error.get("input")), expected=_expected(error))


def _expected(error: Mapping[str, Any]) -> Any:
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        choices = [c.strip("'") for c in context["expected"].replace(" or ", ", ").split(", ")]
        empty = word("empty", "yaml_value")
        names = {lang: ", ".join(c or empty[lang] for c in choices) for lang in LANGUAGES}
        return sentence("one_of", "method_value", names=names)
    if kind == "string_pattern_mismatch":
        return sentence("form", "method_value", pattern=context["pattern"])
    for limit, name, end in (("ge", "at_least", "low"), ("gt", "above", "low"), ("le", "at_most", "high")):
        if limit in context:
            return sentence(name, "method_value", **{end: f"{context[limit]:g}"})
    if kind in ("missing", "too_long") or (kind == "too_short" and context.get("field_type") == "Tuple"):
        return word("two_ends", "method_value")
    name = EXPECTED.get(kind, kind)
    if name == "pattern":
        return sentence(name, "method_value", longest=100)
    return word(name, "method_value") if name in catalogue()["method_value"] else error["msg"]


def _shown(value: Any) -> Any:
    """A value of a file as a message shows it."""
    if value is None or value == "":
        return word("empty", "yaml_value")
    if isinstance(value, Mapping):
        return word("mapping", "yaml_value")
    if isinstance(value, (list, tuple)):
        simple = all(isinstance(v, (str, int, float, type(None))) for v in value)
        return (
            f"[{', '.join('null' if v is None else str(v) for v in value)}]" if simple else word("list", "yaml_value")
        )
    return str(value)
