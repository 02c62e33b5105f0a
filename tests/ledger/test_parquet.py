"""Parquet of others: what is no cell of a table is named with its column and type."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from circularity.errors import CircularityError

Write = Callable[..., Path]
Flow = Callable[..., dict[str, Any]]
FaultsIn = Callable[[Path], list[CircularityError]]

NESTED = {
    "struct<a: int64>": pa.array([{"a": 1}]),
    "list<element: int64>": pa.array([[1, 2]]),
    "map<string, int64": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "binary": pa.array([b"a"]),
    "duration[s]": pa.array([1], pa.duration("s")),
}


@pytest.mark.parametrize("column", ["mass", "product", "extra"])
@pytest.mark.parametrize("shown", NESTED)
def test_a_column_that_holds_no_cells_is_named(
    shown: str, column: str, write_lab: Write, make_flow: Flow, faults_in: FaultsIn
) -> None:
    folder = write_lab([make_flow()])
    (folder / "flows.csv").unlink()
    cells = {**{c: [str(cell)] for c, cell in make_flow().items()}, column: NESTED[shown]}
    pq.write_table(pa.table(cells), folder / "flows.parquet")
    (fault,) = faults_in(folder)
    assert fault.where.file == "flows.parquet"
    assert fault.where.column == column
    for lang in ("nl", "en"):
        assert shown in fault.text(lang)
        assert {"nl": "getallen", "en": "numbers"}[lang] in fault.text(lang)


@pytest.mark.parametrize("column", ["product", "extra"])
@pytest.mark.parametrize("shown", NESTED)
def test_such_a_column_in_a_dataset_is_named(
    shown: str, column: str, write_dataset: Write, make_flow: Flow, faults_in: FaultsIn
) -> None:
    folder = write_dataset([make_flow()])
    path = folder / "flows" / "period=2020" / "part-0000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column(column, NESTED[shown]), path)
    found = faults_in(folder)
    assert [f.where.column for f in found] == [column]
