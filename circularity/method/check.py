"""Every check of a method, one function a rule; its docstring says what must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from circularity.errors import CircularityError, Where
from circularity.method.checks.examples import check_examples
from circularity.method.checks.functions import check_function_list, check_functions, check_parameters
from circularity.method.checks.indicators import check_frameworks, check_rollups, check_ways_to_sum
from circularity.method.checks.scores import check_scores
from circularity.method.checks.settings import check_agreed, check_groups, check_report_entries
from circularity.method.checks.sources import check_dates, check_sources, check_unused
from circularity.method.checks.texts import check_characters, check_pages, check_translations
from circularity.method.checks.units import check_units
from circularity.method.load import read_method
from circularity.method.model import Method
from circularity.method.reviews import check_reviews

Check = Callable[[Method], Iterator[CircularityError]]

# Beyond what reading a method demands (`circularity.method.checks.links`). The first can be run on what could be read
# of a method with faults, the others on a whole one.
CHECKS_OF_PARTS: tuple[Check, ...] = (
    check_groups,
    check_units,
    check_function_list,
    check_parameters,
    check_functions,
    check_examples,
    check_translations,
    check_pages,
    check_characters,
    check_sources,
)
CHECKS_OF_THE_WHOLE: tuple[Check, ...] = (
    check_scores,
    check_agreed,
    check_report_entries,
    check_frameworks,
    check_rollups,
    check_ways_to_sum,
    check_dates,
    check_unused,
    check_reviews,
)


def check_method(method: Method) -> list[CircularityError]:
    """Every fault of a method that can be read.

    Parameters
    ----------
    method : Method
        Method to check.

    Returns
    -------
    list of CircularityError
        Empty when the method is clean.
    """
    return _faults(method, [*CHECKS_OF_PARTS, *CHECKS_OF_THE_WHOLE])


def check_folder(root: Path) -> tuple[Method, list[CircularityError]]:
    """A method and all its faults, also those of the parts that can be read when others cannot.

    Parameters
    ----------
    root : Path
        Folder of the method.
    """
    faults: list[CircularityError] = []
    method = read_method(root, faults)
    if not faults:
        return method, check_method(method)
    told = {_item(fault.where) for fault in faults}  # one fault of a declaration may bring others
    return method, [*faults, *(f for f in _faults(method, CHECKS_OF_PARTS) if _item(f.where) not in told)]


def _faults(method: Method, checks: Sequence[Check]) -> list[CircularityError]:
    return [fault for check in checks for fault in check(method)]


def _item(where: Where) -> tuple[str | None, str | int | None]:
    """The declaration, or the row, that a place belongs to."""
    return where.file, where.row if where.key is None else where.key.split(":")[0]
