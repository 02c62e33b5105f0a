"""The ASEM data of COINr, when they are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.scoring.asem import Asem, read_asem


@pytest.fixture(scope="session")
def asem(shared: Path) -> Asem:
    return read_asem(shared)


@pytest.fixture(scope="session")
def agrees(asem: Asem) -> Callable[[pd.DataFrame, str, int], None]:
    """A function that holds a result against a file of COINr, at the precision that its README asks."""

    def check(found: pd.DataFrame, file: str, columns: int) -> None:
        expected = pd.read_csv(asem.folder / file).set_index("uCode")
        shared = [c for c in expected.columns if c in found]
        assert len(shared) == columns
        assert sorted(found.index) == sorted(expected.index)
        ours = found.loc[expected.index, shared].to_numpy(float)
        np.testing.assert_allclose(ours, expected[shared].to_numpy(float), rtol=1e-10, atol=1e-9)

    return check
