"""Whether functions are what the program has, and indicators that are a function say what one can say."""

from __future__ import annotations

from collections.abc import Iterator

from circularity.errors import CircularityError, FileError, MethodError, Where
from circularity.method import required
from circularity.method.checks.names import unit_faults
from circularity.method.fault_helpers import expected, undefined
from circularity.method.functions import FILE, FUNCTIONS
from circularity.method.indicator import Indicator
from circularity.method.model import Method

# Keys of a declaration that are about a formula.
OF_FORMULAS = ("inputs", "factors", "quantities", "requires", "requires_of_parts", "let")


def check_parameters(method: Method) -> Iterator[CircularityError]:
    """Every parameter in a file of its own is one that an indicator refers to."""
    used = {value for i in method.indicators.values() for value in i.spec.parameters.values()}
    for file, parameters in method.parameters.items():
        for key in parameters:
            if f"{file}.{key}" not in used:
                yield MethodError("UnusedName", where=Where(file=f"{file}.yaml", key=key), found=key, formula="")


def check_functions(method: Method) -> Iterator[CircularityError]:
    """An indicator that is a function says nothing that only a formula can say, and the other way round."""
    for indicator in method.indicators.values():
        yield from _declared(indicator)


def check_function_list(method: Method) -> Iterator[CircularityError]:
    """The list of functions, where a method has one, and the program have the same functions."""
    for name, (number, row) in method.functions.items():
        if name not in FUNCTIONS:
            yield undefined(Where(file=FILE, row=number, column="function"), name, FUNCTIONS)
            continue
        behind = FUNCTIONS[name]
        said = {"takes": (row.takes, behind.takes.columns), "parameters": (row.parameters, behind.parameters)}
        for column, (found, wanted) in said.items():
            if found.split() != list(wanted):
                where = Where(file=FILE, row=number, column=column)
                yield FileError("WrongValue", where=where, found=found, expected=" ".join(wanted))
        yield from unit_faults(method, row.unit, Where(file=FILE, row=number, column="unit"))
    for name in FUNCTIONS:
        if method.functions and name not in method.functions:
            yield FileError("MissingKey", where=Where(file=FILE), found=name)


def _declared(indicator: Indicator) -> Iterator[CircularityError]:
    spec, function = indicator.spec, indicator.function

    def at(key: str) -> Where:
        return Where(file=indicator.file, key=f"{indicator.id}: {key}")

    if (function is not None) != (spec.rollup == "of_the_whole"):
        yield FileError("WrongValue", where=at("rollup"), found=spec.rollup, expected=expected("rollup_whole"))
    if function is None:
        if spec.parameters:
            yield FileError("UnknownKey", where=at("parameters"), found="parameters")
        return
    for key in OF_FORMULAS:
        if getattr(spec, key):
            yield FileError("UnknownKey", where=at(key), found=key)
    if spec.missing_data != "refuse":
        wanted = expected("refuse", names="function")
        yield FileError("WrongValue", where=at("missing_data"), found=spec.missing_data, expected=wanted)
    levels = function.function.takes.levels
    if not set(spec.levels) & set(required.LEVELS) <= set(levels):
        wanted = expected("one_of", names=", ".join(levels))
        yield FileError("WrongValue", where=at("levels"), found=spec.levels, expected=wanted)
    if spec.unit != function.row.unit:
        wanted = expected("same_unit", unit=function.row.unit, of=function.row.function)
        yield FileError("WrongValue", where=at("unit"), found=spec.unit, expected=wanted)
