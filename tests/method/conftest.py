"""A copy of the method with mistakes in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError
from circularity.method.check import check_folder
from tests.conftest import replace_in

Edit = tuple[str, str, str]


@pytest.fixture
def faults_after(method_copy: Path) -> Callable[..., list[CircularityError]]:
    """A function that gives the faults of the copy after edits (file, text that stands there, text to put there)."""

    def faults(*edits: Edit) -> list[CircularityError]:
        for file, old, new in edits:
            replace_in(method_copy / file, old, new, 1)
        return faults_of(method_copy)

    return faults


def faults_of(folder: Path) -> list[CircularityError]:
    """The faults of a method; each can be told in both languages."""
    _, found = check_folder(folder)
    for fault in found:
        assert fault.text("nl") != fault.text("en")
        assert "–" not in fault.sentences("en")[1], fault.text("en")
    return found


@pytest.fixture
def the_fault(faults_after: Callable[..., list[CircularityError]]) -> Callable[..., CircularityError]:
    """A function that gives the one fault after edits; it fails when there are more, or none."""

    def fault(*edits: Edit) -> CircularityError:
        found = faults_after(*edits)
        assert len(found) == 1, [f.text("en") for f in found]
        return found[0]

    return fault
