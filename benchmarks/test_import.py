"""`import circularity`, against `import pandas`."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.benchmark(group="import")
@pytest.mark.parametrize("module", ["pandas", "circularity"])
def test_import(module: str, benchmark: object) -> None:
    command = [sys.executable, "-c", f"import {module}"]
    benchmark.pedantic(subprocess.run, args=(command,), kwargs={"check": True}, rounds=7, warmup_rounds=1)  # type: ignore[attr-defined]
