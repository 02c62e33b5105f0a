"""`circularity report` in two languages, against bare papermill running the same notebooks one after the other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def bare(out: Path) -> None:
    """Papermill alone: executed notebooks and nothing else."""
    code = (
        "import papermill\n"
        "for lang in ('nl', 'en'):\n"
        f"    papermill.execute_notebook({str(ROOT / 'notebooks' / 'fieldlab.ipynb')!r},\n"
        f"        {str(out)!r} + '/' + lang + '.ipynb', parameters={{'lang': lang,\n"
        f"        'fieldlab': {str(ROOT / 'data' / 'pv-module-factory')!r}}}, progress_bar=False)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


def whole(out: Path) -> None:
    """The command: checks, tables, notebooks, pages and the index."""
    command = [sys.executable, "-m", "circularity.cli", "report", "pv-module-factory", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)


@pytest.mark.benchmark(group="report")
@pytest.mark.parametrize("what", [bare, whole], ids=["bare", "circularity"])
def test_report(what: Callable[[Path], None], benchmark: object, tmp_path: Path) -> None:
    benchmark.pedantic(what, args=(tmp_path,), rounds=5, warmup_rounds=1)  # type: ignore[attr-defined]
