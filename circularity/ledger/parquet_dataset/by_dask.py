"""Sums of a large ledger on the workers of a Dask cluster: one task for every file."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from circularity.errors import CallError, CircularityError, ClusterError, Where
from circularity.ledger.parquet_dataset.by_duckdb import Session
from circularity.ledger.parquet_dataset.dataset import Dataset, Part
from circularity.ledger.parquet_dataset.sums import Aggregation, MassScale, joined
from circularity.texts import word

if TYPE_CHECKING:
    from distributed import Client, Future

# How long to wait for an answer before an address is called wrong, and for workers that start later. [s]
PATIENCE = 5.0
# How long sums may stand still because no worker is left: a service manager starts another well within it. [s]
LONGEST_STANDSTILL = 30.0
# A task is tried again when its worker dies; this often, before the task itself is blamed.
TRIES = 5
# Partial sums are taken together when they have this many rows, so that they do not pile up.
MOST_HELD = 2_000_000


def by_dask(dataset: Dataset, counted: MassScale, how: Aggregation) -> pa.Table:
    """The sums of a dataset, taken on a cluster; columns as those of `aggregate`.

    The workers must have this package and see the files under the same path. A task whose worker dies is done by
    another.

    Raises
    ------
    MissingLibrary
        If ``distributed`` is not installed.
    ClusterUnreachable
        If no scheduler answers within seconds, or it has no workers.
    ClusterFailed
        If the scheduler or all workers are lost, or one task kills worker after worker.
    WorkerSeesOtherData
        If a worker does not find a file, or finds another.
    """
    address = str(how.cluster)
    with _client(address) as client:
        futures = {
            client.submit(sums_of_file, dataset, counted, part, how.memory, pure=False, retries=TRIES): part
            for part in dataset.parts
        }
        held: list[pa.Table] = []
        for future in _as_they_come(client, set(futures), address):
            found = _result(future, address)
            if found is None:
                raise ClusterError("WorkerSeesOtherData", where=Where(file=futures[future].name))
            if isinstance(found, CircularityError):
                raise found
            held.append(_moved(found))
            del futures[future]  # the cluster may forget it
            if sum(map(len, held)) > MOST_HELD:
                held = [joined(held)]
    return joined(held)


def sums_of_file(dataset: Dataset, counted: MassScale, part: Part, memory: str) -> Any:
    """What a task does: the sums of one file; an error as a value, None when the file is not the one that was meant."""
    import pyarrow.parquet as pq

    path = Path(part.path)
    try:
        if path.stat().st_size != part.size or pq.read_metadata(path).num_rows != part.rows:
            return None
    except (OSError, pa.ArrowException):
        return None
    with Session(dataset.folder, memory, threads=1) as session:
        try:
            return session.sums(dataset, counted, part.period, [part])
        except CircularityError as problem:
            return problem


def _moved(table: pa.Table) -> pa.Table:
    """A table in memory of its own: what came over the network may lie where Arrow complains of it when it adds up."""
    return table.take(pa.array(range(len(table)), pa.int64()))


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """A client of the scheduler at an address, that has workers."""
    try:
        from distributed import Client
    except ImportError:
        raise CallError("MissingLibrary", found="distributed", expected="pip install 'circularity[cluster]'") from None
    # It tells its own story of what went wrong; a user gets ours.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client: Any = Client(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError, TypeError):
        raise CallError("ClusterUnreachable", found=address, because=word("no_scheduler", "cluster")) from None
    with client, client.as_current():
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise CallError("ClusterUnreachable", found=address, because=word("no_workers", "cluster")) from None
        yield client


def _as_they_come(client: Client, pending: set[Future], address: str) -> Iterator[Future]:
    """The tasks in the order in which they end."""
    from distributed import wait

    alive = time.monotonic()
    while pending:
        try:
            done, pending = wait(pending, 1, "FIRST_COMPLETED")  # type: ignore[no-untyped-call]
        except TimeoutError:
            done = set()
        yield from done
        if client.status != "running":
            raise ClusterError("ClusterFailed", found=address, because=word("lost", "cluster"))
        if done or client.scheduler_info()["workers"]:
            alive = time.monotonic()
        elif time.monotonic() - alive > LONGEST_STANDSTILL:
            raise ClusterError("ClusterFailed", found=address, because=word("all_gone", "cluster"))


def _result(future: Future, address: str) -> Any:
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    try:
        return future.result()
    except KilledWorker:
        raise ClusterError("ClusterFailed", found=address, because=word("killed", "cluster")) from None
    except FutureCancelledError:
        raise ClusterError("ClusterFailed", found=address, because=word("lost", "cluster")) from None
    except ImportError as problem:
        because = {lang: text.format(found=problem) for lang, text in word("lacks", "cluster").items()}
        raise ClusterError("ClusterFailed", found=address, because=because) from None
