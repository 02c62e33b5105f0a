"""Faults of a folder, and files changed by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from circularity.errors import CircularityError, DataFaults
from circularity.ledger.fieldlab import load_fieldlab
from tests.conftest import DESCRIPTION, flow, write_table


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


@pytest.fixture(scope="session")
def small_lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound fieldlab of one factory: 100 kg in, 60 kg of product out. For reading only."""
    folder = tmp_path_factory.mktemp("small") / "small-lab"
    folder.mkdir()
    (folder / "fieldlab.yaml").write_text(DESCRIPTION.format(id="small-lab", periods=[2020]), encoding="utf-8")
    write_table(folder / "organisations.csv", [{"organisation": "factory", "name": "Factory"}])
    write_table(folder / "flows.csv", [flow(mass=100), flow("product", mass=60)])
    (folder / "products.csv").write_text("product,name,mass,unit\nbottle,Fles,0.25,kg\n", encoding="utf-8")
    return folder
