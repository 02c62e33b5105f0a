"""Sums of a large ledger, against bare DuckDB that writes the same sums; and what they take of memory.

``CIRCULARITY_BENCH_ROWS`` sets the number of rows: 20 million by default; 1e8 takes 0.7 GB on disk and minutes to make.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from circularity.ledger.parquet_dataset.aggregate import aggregate
from circularity.ledger.parquet_dataset.dataset import open_dataset
from circularity.ledger.parquet_dataset.row_checks import check_rows
from circularity.ledger.parquet_dataset.sums import Aggregation
from circularity.ledger.parquet_dataset.synthetic import synthesize
from circularity.method.load import load_method

ROOT = Path(__file__).resolve().parents[1]
ROWS = int(float(os.environ.get("CIRCULARITY_BENCH_ROWS", 2e7)))
MOST_MEMORY = 1_000_000_000  # [bytes]
MEMORY = Aggregation().memory

QUERY = """
COPY (
    SELECT period, "from", "to", role, material, origin, destination, processing, hazardous, physical_scarcity,
        supply_risk, uncertainty, count(*) AS "rows", count(mass) AS known, sum(mass) AS mass,
        CAST(sum(mass * CAST(mass AS HUGEINT)) AS DECIMAL(38, 0)) AS squares
    FROM read_parquet('{files}', hive_partitioning = true) GROUP BY ALL
) TO '{target}'
"""

# A verb of the command line in a process of its own. Its own peak is asked of the kernel where that tells: what
# getrusage says of a child begins with what its parent held.
VERB = """
import contextlib, io, pathlib, resource, sys
from circularity.cli import main
sys.stdout = io.TextIOWrapper(io.BytesIO())
with contextlib.suppress(SystemExit):
    main(sys.argv[1:])
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
print((peak or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0] * 1024, file=sys.__stdout__)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(tmp_path_factory.mktemp("scale") / "lab", load_method(), ROWS)


def bare(lab: Path, target: Path) -> None:
    """What an analyst would write who knows that the data are right."""
    settings = {"memory_limit": MEMORY, "preserve_insertion_order": False}
    with duckdb.connect(config=settings) as base:  # type: ignore[arg-type]
        base.execute(QUERY.format(files=lab / "flows" / "*" / "*.parquet", target=target))


def whole(lab: Path, target: Path) -> None:
    """What reading the fieldlab does: files, columns and rows checked, exact sums in order; and writing them."""
    method, how, faults = load_method(), Aggregation(), []  # type: ignore[var-annotated]
    dataset = open_dataset(lab / "flows", method.tables["flows"], faults)
    assert dataset is not None
    counted = check_rows(dataset, method, how, faults)
    assert counted is not None
    assert not faults
    pq.write_table(aggregate(dataset, counted, how), target)


@pytest.mark.benchmark(group="scale")
@pytest.mark.parametrize("what", [bare, whole], ids=["bare", "circularity"])
def test_scale(what: Callable[[Path, Path], None], benchmark: object, lab: Path, tmp_path: Path) -> None:
    load_method()  # kept from here on: it takes as long for ten rows
    target = tmp_path / "sums.parquet"
    benchmark.pedantic(what, args=(lab, target), rounds=5, warmup_rounds=1)  # type: ignore[attr-defined]
    table = pq.read_table(target)
    assert sum(table["rows"].to_pylist()) == ROWS


def peak_memory(*words: str) -> int:
    """The most memory that a verb of the command line held. [bytes]"""
    command = [sys.executable, "-c", VERB, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return int(said)


@pytest.mark.benchmark(group="scale-memory")
@pytest.mark.parametrize("verb", ["check", "assess"])
def test_memory(verb: str, benchmark: object, lab: Path) -> None:
    words = (verb, str(lab), "--json")
    memory = benchmark.pedantic(peak_memory, args=words, rounds=1)  # type: ignore[attr-defined]
    benchmark.extra_info["peak memory in MB"] = memory // 1_000_000  # type: ignore[attr-defined]
    print(f"peak memory of circularity {verb} over {ROWS} rows: {memory // 1_000_000} MB")
    assert memory < MOST_MEMORY
