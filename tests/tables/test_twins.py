"""A fieldlab with semicolons and decimal commas gives the very bytes of its twin with commas and points."""

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from circularity.cli import main
from circularity.method.load import Method
from tests.tables.ods import write_ods

NUMERIC = ("number", "mass", "measure")


def assessed(place: Path, output: Path) -> bytes:
    run = CliRunner().invoke(main, ["assess", str(place), "--draws", "100", "-o", str(output)])
    assert run.exit_code == 0, run.output
    return output.read_bytes()


@pytest.fixture(scope="module")
def example(root: Path) -> Path:
    return root / "data" / "pv-module-factory"


@pytest.fixture(scope="module")
def expected(example: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return assessed(example, tmp_path_factory.mktemp("twin") / "result.csv")


@pytest.mark.parametrize(("separator", "encoding"), [(";", "cp1252"), ("\t", "utf-16")])
def test_a_twin_with_decimal_commas_gives_the_same_bytes(
    separator: str, encoding: str, example: Path, expected: bytes, method: Method, tmp_path: Path
) -> None:
    twin = Path(shutil.copytree(example, tmp_path / example.name))
    changed = 0
    for path in twin.glob("*.csv"):
        columns = method.tables[path.stem].columns
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            for column in row:
                if columns[column].kind in NUMERIC:
                    changed += "." in row[column]
                    row[column] = row[column].replace(".", ",")
        with path.open("w", newline="", encoding=encoding, errors="xmlcharrefreplace") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), delimiter=separator)
            writer.writeheader()
            writer.writerows(rows)
    assert changed > 10
    assert assessed(twin, tmp_path / "result.csv") == expected


def test_a_document_of_libreoffice_gives_the_same_bytes(
    example: Path, expected: bytes, method: Method, tmp_path: Path
) -> None:
    twin = tmp_path / example.name
    twin.mkdir()
    shutil.copy(example / "fieldlab.yaml", twin)
    sheets = {}
    for path in sorted(example.glob("*.csv")):
        columns = method.tables[path.stem].columns
        with path.open(newline="", encoding="utf-8") as stream:
            heading, *rows = csv.reader(stream)
        numeric = [columns[column].kind in NUMERIC for column in heading]
        sheets[path.stem] = [
            heading,
            *(
                [float(c) if n and c and c != "unknown" else c for c, n in zip(row, numeric, strict=True)]
                for row in rows
            ),
        ]
    write_ods(twin / "data.ods", sheets)
    assert assessed(twin, tmp_path / "result.csv") == expected


def test_a_formula_without_result_in_a_document_is_named(write_lab: object, tmp_path: Path, example: Path) -> None:
    twin = Path(shutil.copytree(example, tmp_path / example.name))
    with (twin / "organisations.csv").open(newline="", encoding="utf-8") as stream:
        heading, first, *rows = csv.reader(stream)
    (twin / "organisations.csv").unlink()
    first[heading.index("name")] = '<table:table-cell table:formula="of:=[.A1]"/>'
    write_ods(twin / "data.ods", {"organisations": [heading, first, *rows]})
    at = f"{'ABCDEFGH'[heading.index('name')]}2"
    for lang, place in (
        ("nl", f"data.ods, blad organisations, cel {at}"),
        ("en", f"data.ods, sheet organisations, cell {at}"),
    ):
        run = CliRunner().invoke(main, ["check", str(twin), "--lang", lang])
        assert run.exit_code == 1
        assert place in run.output
        assert "Traceback" not in run.output
