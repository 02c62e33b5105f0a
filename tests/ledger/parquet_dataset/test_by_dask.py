"""Sums on a real Dask cluster on loopback, also when a worker dies halfway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from circularity.errors import CallError
from circularity.ledger.parquet_dataset import by_dask
from circularity.ledger.parquet_dataset.aggregate import Aggregation, MassScale, aggregate
from circularity.ledger.parquet_dataset.by_dask import sums_of_file
from circularity.ledger.parquet_dataset.dataset import Dataset, open_dataset
from circularity.ledger.parquet_dataset.synthetic import synthesize
from circularity.method.load import Method
from tests.faults import raises

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

ROOT = Path(__file__).resolve().parents[3]
GRAMS = MassScale(1e-3)
# How long a process that starts, or an answer, may take on the busiest of machines. [s]
AGES = 600.0
PATIENCE = by_dask.PATIENCE


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that is there is waited for, however busy the machine is."""
    monkeypatch.setattr(by_dask, "PATIENCE", AGES)


@dataclass
class Cluster:
    """A scheduler and two workers, each a process of its own."""

    address: str
    workers: dict[str, subprocess.Popen[bytes]]


def start(*words: str, log: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "dask", *words]
        return subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, env=environment)


@contextmanager
def running(place: Path, *names: str) -> Iterator[Cluster]:
    """A cluster with these workers, that is gone afterwards."""
    file = place / "scheduler.json"
    address = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
    scheduler = start("scheduler", "--no-dashboard", *address, log=place / "scheduler.log")
    workers = {}
    try:
        until(file.exists)
        for name in names:
            workers[name] = start(
                "worker", "--scheduler-file", str(file), "--name", name, "--nthreads", "1", "--no-nanny",
                "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(place), log=place / f"{name}.log",
            )  # fmt: skip
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            if names:
                client.wait_for_workers(len(names), timeout=AGES)
            found = Cluster(client.scheduler.address, workers)
        yield found
    finally:
        for process in [*workers.values(), scheduler]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("cluster"), "one", "two") as found:
        yield found


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + AGES
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory, method: Method) -> Dataset:
    """Three million rows in 24 files: a task for a worker of some tenths of a second each."""
    out = tmp_path_factory.mktemp("large") / "lab"
    synthesize(out, method, 3_000_000, organisations=30, periods=2, rows_per_file=125_000)
    dataset = open_dataset(out / "flows", method.tables["flows"], [])
    assert dataset is not None
    assert len(dataset.parts) == 24
    return dataset


def test_workers_give_the_same_bytes_also_when_one_is_killed_halfway(
    cluster: Cluster, ledger: Dataset, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = aggregate(ledger, GRAMS)
    assert aggregate(ledger, GRAMS, Aggregation(cluster=cluster.address)).equals(here)
    assert "unaligned" not in capfd.readouterr().err

    ready: list[object] = []
    taken = by_dask._result

    def counted(*arguments: Any) -> Any:
        ready.append(None)
        return taken(*arguments)

    monkeypatch.setattr(by_dask, "_result", counted)
    found = []
    run = threading.Thread(target=lambda: found.append(aggregate(ledger, GRAMS, Aggregation(cluster=cluster.address))))
    with distributed.Client(cluster.address, set_as_default=False) as observer:
        place = next(a for a, w in observer.scheduler_info()["workers"].items() if w["name"] == "two")

        def at_work() -> dict[str, int]:
            return observer.run_on_scheduler(
                lambda dask_scheduler: {a: len(w.processing) for a, w in dask_scheduler.workers.items()}
            )

        # The worker that dies stands still, so that it has sums to do for as long as it takes the other to do some.
        two = cluster.workers["two"]
        os.kill(two.pid, signal.SIGSTOP)
        run.start()
        until(lambda: len(ready) > 2)
        assert at_work()[place] > 0
        assert run.is_alive()
        assert not found
        os.kill(two.pid, signal.SIGKILL)
        assert two.wait(timeout=AGES) == -signal.SIGKILL
        run.join(timeout=AGES)
        until(lambda: place not in at_work())
    assert len(found) == 1
    assert found[0].equals(here)
    assert cluster.workers["one"].poll() is None


def test_an_address_without_a_scheduler_is_an_error_within_seconds(
    ledger: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PATIENCE < 10
    monkeypatch.setattr(by_dask, "PATIENCE", 1.0)
    with raises("ClusterUnreachable") as caught:
        aggregate(ledger, GRAMS, Aggregation(cluster="tcp://127.0.0.1:9"))
    assert isinstance(caught.value, CallError)
    assert "tcp://127.0.0.1:9" in caught.value.text("nl")


@pytest.mark.slow
def test_a_scheduler_without_workers_is_an_error_within_seconds(
    ledger: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as empty:
        monkeypatch.setattr(by_dask, "PATIENCE", PATIENCE)
        with raises("ClusterUnreachable", match="without workers"):
            aggregate(ledger, GRAMS, Aggregation(cluster=empty.address))


@pytest.mark.slow
def test_when_no_worker_is_left_the_run_ends_with_an_error(
    ledger: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_dask, "LONGEST_STANDSTILL", 2.0)
    with running(tmp_path, "only") as one:
        killer = threading.Timer(1.0, one.workers["only"].kill)
        killer.start()
        with raises("ClusterFailed"):
            aggregate(ledger, GRAMS, Aggregation(cluster=one.address))


def test_a_file_that_changed_or_went_is_not_added_up(ledger: Dataset) -> None:
    from dataclasses import replace

    part = ledger.parts[0]
    assert sums_of_file(ledger, GRAMS, part, "100MB")["rows"].to_pylist()
    assert sums_of_file(ledger, GRAMS, replace(part, rows=part.rows + 1), "100MB") is None
    assert sums_of_file(ledger, GRAMS, replace(part, path=part.path.with_name("other.parquet")), "100MB") is None


def test_a_cluster_that_sees_other_data_is_an_error_that_names_the_file(cluster: Cluster, ledger: Dataset) -> None:
    from dataclasses import replace

    moved = replace(ledger, parts=(replace(ledger.parts[0], size=1), *ledger.parts[1:]))
    with raises("WorkerSeesOtherData") as caught:
        aggregate(moved, GRAMS, Aggregation(cluster=cluster.address))
    assert caught.value.where.file == "flows/period=2016/part-0000.parquet"


def test_an_error_comes_back_from_another_process_as_it_was() -> None:
    import pickle

    from circularity.errors import DataFaults, Where
    from circularity.ledger.parquet_dataset.aggregate import too_large

    error = too_large("5e18")
    again = pickle.loads(pickle.dumps(DataFaults([error])))  # noqa: S301
    assert again.text("nl") == DataFaults([error]).text("nl")
    assert next(iter(again)).where == Where(file="flows/", column="mass")


def test_without_the_library_the_error_says_what_to_install(ledger: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with raises("MissingLibrary", match="cluster"):
        aggregate(ledger, GRAMS, Aggregation(cluster="tcp://127.0.0.1:9"))
