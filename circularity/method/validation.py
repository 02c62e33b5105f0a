"""Plain data held to a declared form; what does not fit becomes a named fault."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from circularity.errors import CircularityError, Faults, FileError, MethodError, Where, sentence
from circularity.texts import LANGUAGES, catalogue, word

M = TypeVar("M", bound=BaseModel)

# What pydantic calls a fault, and the sentence of `expected` that says what was expected.
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


class collect_errors:  # noqa: N801  (called like a function, as suppress is)
    """A context in which errors go to a list, so that reading goes on and all are named together.

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
    """What pydantic finds wrong, as an error of ours: its sentences are English and in terms of a parser."""
    last, found = (_keys(error) or [""])[-1], error.get("input")
    if error["type"] == "extra_forbidden":
        return FileError("UnknownKey", where=where, found=last)
    if last in LANGUAGES and (error["type"] == "missing" or found is None or not str(found).strip()):
        return MethodError("MissingTranslation", where=where, found=last)
    if error["type"] == "formula_needed":
        return FileError("MissingKey", where=where, found=last, advice=sentence("formula_needed"))
    if error["type"] == "missing" and not last.isdigit():  # a digit is a place in a pair of numbers
        return FileError("MissingKey", where=where, found=last)
    return FileError(
        "WrongValue", where=where, found=shown(found), expected=_expected(error), hint=_about_quotes(error)
    )


def _about_quotes(error: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Text without quotation marks may be read as a number or as yes or no, and a year in them is text."""
    found = error.get("input")
    if error["type"] == "string_type" and isinstance(found, (bool, int, float)):
        return sentence("quote_text")
    return sentence("no_quotes") if error["type"] == "year" and isinstance(found, str) and found.isdigit() else None


def _expected(error: Mapping[str, Any]) -> Any:
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        choices = [c.strip("'") for c in context["expected"].replace(" or ", ", ").split(", ")]
        empty = word("empty", "yaml_value")
        names = {lang: ", ".join(c or empty[lang] for c in choices) for lang in LANGUAGES}
        return sentence("one_of", "expected", names=names)
    if kind == "model_type" and context["class_name"].endswith("Both"):
        return sentence("both", "expected")
    if kind == "string_pattern_mismatch":
        return sentence("form", "expected", pattern=context["pattern"])
    if kind == "string_too_long":
        return sentence("short_text", "expected", longest=context["max_length"])
    for limit, name, end in (("ge", "at_least", "low"), ("gt", "above", "low"), ("le", "at_most", "high")):
        if limit in context:
            return sentence(name, "expected", **{end: f"{context[limit]:g}"})
    if kind in ("missing", "too_long") or (kind == "too_short" and context.get("field_type") == "Tuple"):
        return word("two_ends", "expected")
    name = EXPECTED.get(kind, kind)
    if name == "pattern":
        return sentence(name, "expected", longest=100)
    return sentence(name, "expected", **context) if name in catalogue()["expected"] else error["msg"]


def shown(value: Any) -> Any:
    """A value read from YAML as an error quotes it."""
    if isinstance(value, bool):
        return word(str(value).lower(), "yaml_value")
    if isinstance(value, list) and value and not any(isinstance(item, (list, dict)) for item in value):
        return ["null" if item is None else item for item in value]
    if value is None or value == "":
        return word("empty", "yaml_value")
    kind = "list" if isinstance(value, list) else "mapping" if isinstance(value, dict) else None
    return value if kind is None else word(kind, "yaml_value")
