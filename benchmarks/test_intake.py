"""A million LMA reports in the layout of 69 columns made into a ledger, against pyarrow.csv that only reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from circularity.intake.lma import import_lma
from circularity.method.load import Method, load_method

ROWS = 1_000_000
# Parties and waste streams, as many as a province has some of.
OWNERS, PROCESSORS, STREAMS = 30_000, 500, 100_000
# The part of rows that break a rule.
BAD = 0.03

ADDRESS = ("Straat", "Huisnr", "Huisnr.Toevoeging", "Postcode", "Plaats", "Land")
PARTIES = ("Afzender", "Inzamelaar", "Bemiddelaar", "Handelaar", "Ontvanger")
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

    def address(party: str, numbers: np.ndarray) -> dict[str, pa.Array]:
        cells = [named("Straat", numbers), named("", numbers % 200), pa.array([""] * ROWS), postcodes(numbers)]
        cells += [named("PLAATS", numbers % 400), pa.array(["Nederland"] * ROWS)]
        return {f"{party}_{part}": cell for part, cell in zip(ADDRESS, cells, strict=True)}

    def chosen(texts: list[str]) -> pa.Array:
        return pa.array(texts).take(pa.array(rng.integers(0, len(texts), ROWS)))

    columns = {"Afvalstroomnummer": named("05", rng.integers(0, STREAMS, ROWS))}
    columns |= {"Ontdoener": named("Bedrijf B.V.", owner), **address("Ontdoener", owner), **address("Herkomst", owner)}
    columns["Herkomst_Nabijheidsomschrijving"] = pa.array([""] * ROWS)
    for party in PARTIES:
        numbers = processor if party == "Ontvanger" else owner
        columns |= {party: named("Partij", numbers), **address(party, numbers)}
    columns |= {"Verwerker": named("Verwerker N.V.", processor), **address("Verwerker", processor)}
    columns |= {"RouteInzameling": chosen(["N", "N", "N", "J"]), "Inzamelaarsregeling": chosen(["N", "J"])}
    columns |= {"ToegestaanbijInzamelaarsregeling": chosen(["N", "J"]), "EuralCode": chosen(CODES)}
    columns |= {"EuralcodeOmschrijving": chosen(["afval"]), "BenamingAfval": named("afval", owner % 900)}
    columns |= {"VerwerkingsmethodeCode": chosen(PROCESSING), "VerwerkingsOmschrijving": chosen(["verwerken"])}
    columns |= {"MeldPeriodeJAAR": chosen(["2018", "2019", "2020"]), "MeldPeriodeMAAND": named("", 1 + owner % 12)}
    columns |= {"Gewicht_KG": pa.array(np.where(bad, 0, rng.integers(1, 25_000, ROWS)))}
    columns |= {"Aantal_vrachten": pa.array(rng.integers(1, 2, ROWS)), "BedrijfsnummerHandelaar": pa.array([""] * ROWS)}
    path = tmp_path_factory.mktemp("lma") / "export.csv"
    pacsv.write_csv(pa.table(columns), path, pacsv.WriteOptions(delimiter=";"))
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
        return import_lma([export], tmp_path / "lab", method=method, form="parquet").account.rows_in

    run = whole if what == "circularity" else lambda: bare(export)
    rows = benchmark.pedantic(run, rounds=5, warmup_rounds=1)  # type: ignore[attr-defined]
    assert rows == ROWS
    seconds = benchmark.stats.stats.min  # type: ignore[attr-defined]
    benchmark.extra_info["rows/s"] = round(ROWS / seconds)  # type: ignore[attr-defined]
    print(f"{what}: {ROWS / seconds:,.0f} rows/s")
