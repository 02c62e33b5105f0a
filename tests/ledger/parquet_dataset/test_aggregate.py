"""The same sums in every way, to the last unit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.errors import CallError
from circularity.ledger.parquet_dataset.aggregate import Aggregation, MassScale, aggregate
from circularity.ledger.parquet_dataset.dataset import Dataset, open_dataset
from circularity.ledger.parquet_dataset.row_checks import check_rows
from circularity.method.load import Method, load_method
from tests.faults import raises

TEXTS = ("from", "to", "role", "material", "origin")
NUMBERS = [("reliability", pa.int8()), ("uncertainty", pa.float64())]
SCHEMA = pa.schema([*((c, pa.string()) for c in TEXTS), *NUMBERS, ("mass", pa.int64())])
DECIMALS = pa.schema([*((c, pa.string()) for c in TEXTS), *NUMBERS, ("mass", pa.float64()), ("unit", pa.string())])
UNITS = st.sampled_from(["kg", "t", "g", "kt"])
WORDS = st.sampled_from([None, "", "a", "b", "ë", "unknown", "'; DROP TABLE flows; --", '"'])
MASSES = st.one_of(st.none(), st.integers(0, 3), st.integers(0, 2**45))
ROWS = st.fixed_dictionaries(
    {
        "period": st.sampled_from([2019, 2020]),
        **dict.fromkeys(TEXTS, WORDS),
        "reliability": st.sampled_from([None, 1, 5]),
        "uncertainty": st.sampled_from([None, 1.0, 1.1, 1 + 2**-52]),
        "mass": MASSES,
    }
)
METHOD = load_method()


def write(folder: Path, rows: list[dict[str, Any]], files: int, group: int, schema: pa.Schema = SCHEMA) -> Dataset:
    """The rows as a dataset of so many files a period, with row groups of some size."""
    shutil.rmtree(folder, ignore_errors=True)
    metadata = {} if "unit" in schema.names else {"circularity.mass_unit": "0.001"}
    for period in {r["period"] for r in rows}:
        place = folder / f"period={period}"
        place.mkdir(parents=True)
        mine = [r for r in rows if r["period"] == period]
        for i in range(files):
            table = pa.Table.from_pylist(mine[i::files], schema).replace_schema_metadata(metadata)
            pq.write_table(table, place / f"part-{i}.parquet", row_group_size=group)
    return opened(folder, METHOD)


def opened(folder: Path, method: Method) -> Dataset:
    faults: list[Any] = []
    dataset = open_dataset(folder, method.tables["flows"], faults)
    assert dataset is not None, faults
    return dataset


def in_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


GRAMS = MassScale(1e-3)


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=40),
    seed=st.randoms(use_true_random=False),
    files=st.integers(1, 4),
    group=st.integers(1, 7),
    threads=st.integers(1, 3),
)
def test_sums_are_the_same_bytes_whatever_the_way_the_threads_the_files_and_the_order(
    rows: list[dict[str, Any]],
    seed: Any,
    files: int,
    group: int,
    threads: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    reference = in_bytes(aggregate(write(folder, rows, 1, 100), GRAMS, Aggregation(way="pandas")))
    shuffled = list(rows)
    seed.shuffle(shuffled)
    dataset = write(folder, shuffled, files, group)
    for how in (Aggregation(way="pandas"), Aggregation(threads=threads)):
        assert in_bytes(aggregate(dataset, GRAMS, how)) == reference


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=30))
def test_nothing_is_lost_and_unknown_is_not_zero(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = aggregate(write(tmp_path_factory.getbasetemp() / "whole", rows, 2, 3), GRAMS).to_pydict()
    known = [r["mass"] for r in rows if r["mass"] is not None]
    assert sum(table["rows"]) == len(rows)
    assert sum(table["known"]) == len(known)
    assert sum(table["mass"]) == sum(known)
    assert sum(int(q) for q in table["squares"]) == sum(m * m for m in known)
    places = list(zip(*(table[c] for c in ("period", *TEXTS, "reliability", "uncertainty")), strict=True))
    assert len(set(places)) == len(places)


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.tuples(st.floats(0, 1e9, allow_subnormal=False), UNITS), min_size=1, max_size=20))
def test_masses_with_decimals_become_the_same_whole_numbers_in_every_way(
    rows: list[tuple[float, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    given_ = [{"period": 2020, **dict.fromkeys(TEXTS, "a"), "mass": m, "unit": u} for m, u in rows]
    dataset = write(tmp_path_factory.getbasetemp() / "decimals", given_, 2, 3, DECIMALS)
    faults: list[Any] = []
    counted = check_rows(dataset, METHOD, Aggregation(), faults)
    if counted is None:
        assert faults
        return
    reference = aggregate(dataset, counted, Aggregation(way="pandas"))
    assert in_bytes(aggregate(dataset, counted)) == in_bytes(reference)


def one(mass: int, **more: Any) -> dict[str, Any]:
    return {"period": 2020, **dict.fromkeys(TEXTS, "a"), "mass": mass, **more}


@pytest.mark.parametrize("way", ["duckdb", "pandas"])
def test_a_sum_that_does_not_fit_is_an_error_and_the_largest_that_fits_is_exact(way: Any, tmp_path: Path) -> None:
    fits = write(tmp_path / "fits", [one(2**61), one(2**61 - 1, origin="b")], 2, 1)
    assert sum(aggregate(fits, GRAMS, Aggregation(way=way))["mass"].to_pylist()) == 2**62 - 1
    for rows in ([one(2**61)] * 2, [one(2**62)] * 40, [one(2**61), one(2**61, origin="b")]):
        too_large = write(tmp_path / "too-large", rows, 2, 1)
        with raises("SumTooLarge", match="exactly"):
            aggregate(too_large, GRAMS, Aggregation(way=way))


def test_sums_that_need_more_memory_than_given_say_so_or_are_right(tmp_path: Path) -> None:
    rows = [one(i, origin=f"{'long name ' * 20}{i}") for i in range(60_000)]
    dataset = write(tmp_path / "many", rows, 1, 5000)
    try:
        table = aggregate(dataset, GRAMS, Aggregation(memory="20MB", threads=1))
    except CallError as problem:
        assert "--memory" in problem.text("en")
    else:
        assert len(table) == len(rows)
    with raises("MemoryTooSmall"):
        aggregate(dataset, GRAMS, Aggregation(memory="1MB", threads=1))


@pytest.mark.parametrize(
    "wrong",
    [{"memory": "much"}, {"memory": "0MB"}, {"memory": "1MB; SELECT 1"}, {"threads": 0}, {"cluster": "localhost"},
     {"cluster": "http://localhost:8786"}, {"cluster": "tcp://"}, {"cluster": "tcp://host:port"}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with raises("WrongArgument") as caught:
        Aggregation(**wrong)
    assert isinstance(caught.value, CallError)


def test_no_temporary_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "temporary"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    aggregate(write(tmp_path / "flows", [one(1)], 1, 1), GRAMS)
    assert list(private.iterdir()) == []


def test_the_deviation_of_a_group_is_that_of_the_sum_of_its_rows(
    write_dataset: Callable[..., Path], make_flow: Callable[..., dict[str, Any]]
) -> None:
    """Mean and variance of a sum of independent amounts: Var = sum (m**2 (exp(s**2) - 1)), by hand."""
    import math

    from circularity.ledger.fieldlab import load_fieldlab

    masses, gsd = (1, 2, 7), 1.4
    flows = load_fieldlab(write_dataset([make_flow(mass=m, uncertainty=gsd) for m in masses])).tables["flows"]
    variance = sum(m**2 for m in masses) * math.expm1(math.log(gsd) ** 2)
    assert len(flows) == 1
    assert math.expm1(flows["log_sd"].iloc[0] ** 2) * sum(masses) ** 2 == pytest.approx(variance, rel=1e-12)
    assert flows["row_log_sd"].iloc[0] == math.log(gsd)


def test_nothing_is_drawn_between_the_lines_of_an_answer() -> None:
    """DuckDB draws a bar on standard output for slow queries, when it takes Python for one that somebody types in."""
    code = (
        "import pathlib, sys, duckdb; from circularity.ledger.parquet_dataset.by_duckdb import Session\n"
        "ask = \"SELECT current_setting('enable_progress_bar') AS shown\"\n"
        "print(duckdb.connect().sql(ask).fetchall()[0][0])\n"
        "with Session(pathlib.Path(), '100MB', 1) as session: print(session.ask(ask, [])['shown'][0])"
    )
    root = Path(__file__).resolve().parents[3]
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert found.stdout.split() == ["True", "False"]


def test_sums_can_be_taken_in_a_notebook(tmp_path: Path, root: Path) -> None:
    """DuckDB asks for ipywidgets there when it is told anything about its bar; reports are notebooks."""
    import nbformat
    import papermill

    notebook = nbformat.v4.new_notebook()
    code = (
        f"import pathlib, sys; sys.path.insert(0, {str(root)!r})\n"
        "from circularity.ledger.parquet_dataset.by_duckdb import Session\n"
        "with Session(pathlib.Path(), '100MB', 1) as session: print(session.ask('SELECT 40 + 2 AS sum', [])['sum'][0])"
    )
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    nbformat.write(notebook, tmp_path / "in.ipynb")
    done = papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", kernel_name="python3", progress_bar=False
    )
    assert done.cells[-1].outputs[0]["text"].strip() == "42"
