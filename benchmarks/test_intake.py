"""A million LMA reports in the layout of 69 columns made into a ledger, against pyarrow.csv that only reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest

from circularity.importers.lma import import_lma
from circularity.method.load import Method, load_method

ROWS, COLUMNS = 1_000_000, 69
# Parties and waste streams, as many as a province has some of.
OWNERS, PROCESSORS, STREAMS = 30_000, 500, 100_000
# The part of rows that break a rule.
BAD = 0.03

# The 69 columns of the export, with the spelling that differs from party to party.
OWNER = ("", "_Straat", "_Huisnr", "_Huisnr.Toevoeging", "_Postcode", "_Plaats", "_Land")
SENDER = ("", "_Straat", "_Huisnummer", "_Huisnr.Toevoeging", "_Postcode", "_Plaats", "_Land")
RECEIVER = ("", "_Straat", "_Huisnummer", "_HuisnummerToevoeging", "_Postcode", "_Plaats", "_Land")
PROCESSOR = ("", "_Straat", "_Huisnr", "_HuisnummerToevoeging", "_Postcode", "_Plaats")
CODES = ["020304", "150101", "170107", "170405", "170904", "191212", "200201", "200301"]
PROCESSING = ["A02", "B03", "C01", "C03", "E03", "F07", "G01"]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic export: every value is drawn, none is from a real report."""
    rng = np.random.default_rng(1)
    bad = rng.random(ROWS) < BAD
    owner, processor = rng.integers(0, OWNERS, ROWS), rng.integers(0, PROCESSORS, ROWS)

    def named(word: str, numbers: np.ndarray) -> pa.Array:
        texts = pa.array([f"{word} {i}" for i in range(int(numbers.max()) + 1)])
        return texts.take(pa.array(numbers))

    def postcodes(numbers: np.ndarray) -> pa.Array:
        return pa.array([f"{1000 + i % 8999}AB" for i in range(int(numbers.max()) + 1)]).take(pa.array(numbers))

    def chosen(texts: list[str]) -> pa.Array:
        return pa.array(texts).take(pa.array(rng.integers(0, len(texts), ROWS)))

    nothing = pa.array([""] * ROWS)

    def party(name: str, parts: tuple[str, ...], numbers: np.ndarray, part_of_rows: float = 1) -> dict[str, pa.Array]:
        """Name and address, there in so many of the rows."""
        cells = [named(f"{name} B.V.", numbers), named("Straat", numbers), named("", numbers % 200), nothing]
        cells += [postcodes(numbers), named("PLAATS", numbers % 400), pa.array(["Nederland"] * ROWS)]
        there = pa.array(rng.random(ROWS) < part_of_rows)
        return {f"{name}{p}": pc.if_else(there, c, "") for p, c in zip(parts, cells, strict=False)}

    columns = {"Afvalstroomnummer": named("05", rng.integers(0, STREAMS, ROWS)), **party("Ontdoener", OWNER, owner)}
    site = party("Herkomst", OWNER, owner, 0.85)
    columns |= {name: cells for name, cells in site.items() if name != "Herkomst"}
    columns |= {"Herkomst_Nabijheidsomschrijving": nothing, **party("Afzender", SENDER, owner)}
    columns |= party("Inzamelaar", OWNER, owner % 500, 0.4)
    columns |= {**party("Bemiddelaar", OWNER, owner, 0), "BedrijfsnummerHandelaar": nothing}
    columns |= {**party("Handelaar", SENDER, owner, 0), **party("Ontvanger", RECEIVER, processor)}
    columns |= party("Verwerker", PROCESSOR, processor)
    columns |= {"RouteInzameling": chosen(["N", "N", "N", "J"]), "Inzamelaarsregeling": chosen(["N", "J"])}
    columns |= {"ToegestaanbijInzamelaarsregeling": chosen(["N", "J"]), "EuralCode": chosen(CODES)}
    columns |= {"EuralcodeOmschrijving": chosen(["afval van een soort"]), "BenamingAfval": named("afval", owner % 900)}
    columns |= {"VerwerkingsmethodeCode": chosen(PROCESSING), "VerwerkingsOmschrijving": chosen(["verwerken"])}
    columns |= {"MeldPeriodeJAAR": chosen(["2018", "2019", "2020"]), "MeldPeriodeMAAND": named("", 1 + owner % 12)}
    columns |= {"Gewicht_KG": pa.array(np.where(bad, 0, rng.integers(1, 25_000, ROWS)))}
    columns |= {"Aantal_vrachten": pa.array(np.ones(ROWS, dtype=np.int64))}
    assert len(columns) == COLUMNS
    path = tmp_path_factory.mktemp("lma") / "export.csv"
    pacsv.write_csv(pa.table(columns), path, pacsv.WriteOptions(delimiter=";", quoting_style="none"))
    return path


@pytest.fixture(scope="module")
def method() -> Method:
    return load_method()


def bare(path: Path) -> int:
    return pacsv.read_csv(path, parse_options=pacsv.ParseOptions(delimiter=";")).num_rows


@pytest.mark.benchmark(group="lma import")
@pytest.mark.parametrize("what", ["pyarrow.csv", "circularity"])
def test_lma_import(what: str, export: Path, method: Method, tmp_path: Path, benchmark: object) -> None:
    def whole() -> int:
        shutil.rmtree(tmp_path / "lab", ignore_errors=True)
        return import_lma([export], tmp_path / "lab", method=method, form="parquet").report.rows_in

    run = whole if what == "circularity" else lambda: bare(export)
    rows = benchmark.pedantic(run, rounds=5, warmup_rounds=1)  # type: ignore[attr-defined]
    assert rows == ROWS
    seconds = benchmark.stats.stats.min  # type: ignore[attr-defined]
    benchmark.extra_info["rows/s"] = round(ROWS / seconds)  # type: ignore[attr-defined]
    print(f"{what}: {ROWS / seconds:,.0f} rows/s")
