"""Faults of a folder, and files changed by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from circularity.errors import CircularityError, DataFaults
from circularity.ledger.fieldlab import load_fieldlab


@pytest.fixture(scope="session")
def faults_in() -> Callable[[Path], list[CircularityError]]:
    """A function that gives the faults of a folder; that there are none is a failure."""

    def faults(folder: Path) -> list[CircularityError]:
        with pytest.raises(DataFaults) as caught:
            load_fieldlab(folder)
        return list(caught.value)

    return faults


@pytest.fixture
def write_flows(write_lab: Callable[..., Path], make_flow: Callable[..., dict[str, Any]]) -> Callable[..., Path]:
    """A function that writes a sound fieldlab whose flows are the given text or bytes."""

    def write(content: str | bytes) -> Path:
        folder = write_lab([make_flow()])
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "flows.csv").write_bytes(data)
        return folder

    return write
