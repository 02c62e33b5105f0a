"""A copy of the method with mistakes in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError
from circularity.method.check import check_folder

Edit = tuple[str, str, str]


@pytest.fixture
def copy(tmp_path: Path, root: Path) -> Path:
    """A copy of the method that a test may spoil."""
    return Path(shutil.copytree(root / "methodology", tmp_path / "methodology"))


@pytest.fixture
def faults_after(copy: Path) -> Callable[..., list[CircularityError]]:
    """A function that gives the faults of the copy after edits (file, text that stands there, text to put there)."""

    def faults(*edits: Edit) -> list[CircularityError]:
        for file, old, new in edits:
            text = (copy / file).read_text(encoding="utf-8")
            assert old in text, (file, old)
            (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return faults_of(copy)

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
