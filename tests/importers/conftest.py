"""Reports of receipt made on the spot, in the layout of the real export."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from circularity.importers.folder import Imported
from circularity.importers.lma import import_lma

HEADINGS = [
    "Afvalstroomnummer", "Ontdoener", "Ontdoener_Straat", "Ontdoener_Postcode", "Ontdoener_Plaats", "Ontdoener_Land",
    "Herkomst_Straat", "Herkomst_Postcode", "Herkomst_Plaats", "Herkomst_Land", "Ontvanger", "Ontvanger_Postcode",
    "Verwerker", "Verwerker_Postcode", "RouteInzameling", "EuralCode", "BenamingAfval", "VerwerkingsmethodeCode",
    "MeldPeriodeJAAR", "MeldPeriodeMAAND", "Gewicht_KG", "Aantal_vrachten",
]  # fmt: skip


def report(owner: str = "Bakker BV", processor: str = "Sorteerder BV", **more: Any) -> dict[str, str]:
    """A report of receipt that passes every rule; keys are headings, or eural, kg, year, code."""
    given = {"kg": "1000", "eural": "170405", "year": "2020", "code": "C03", "loads": "1"} | more
    short = {"kg": "Gewicht_KG", "eural": "EuralCode", "year": "MeldPeriodeJAAR", "code": "VerwerkingsmethodeCode"}
    short["loads"] = "Aantal_vrachten"
    row = {
        "Afvalstroomnummer": "0001", "Ontdoener": owner, "Ontdoener_Straat": "Straat", "Ontdoener_Postcode": "1234 AB",
        "Ontdoener_Plaats": "Zutphen", "Ontdoener_Land": "Nederland", "Ontvanger": processor,
        "Ontvanger_Postcode": "7201AA", "Verwerker": processor, "Verwerker_Postcode": "7201AA", "RouteInzameling": "N",
        "BenamingAfval": "afval", "MeldPeriodeMAAND": "1",
    }  # fmt: skip
    return {**dict.fromkeys(HEADINGS, ""), **row, **{short.get(k, k): str(v) for k, v in given.items()}}


@pytest.fixture(scope="session")
def make_report() -> Callable[..., dict[str, str]]:
    return report


@pytest.fixture
def write_reports(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes reports as a CSV file."""

    def write(rows: Sequence[Mapping[str, str]], name: str = "export.csv", separator: str = ";") -> Path:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, HEADINGS, delimiter=separator)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def imported(tmp_path: Path, write_reports: Callable[..., Path]) -> Callable[..., Imported]:
    """A function that writes reports and imports them."""
    return lambda rows, **more: import_lma([write_reports(rows)], tmp_path / "lab", **more)


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Path], list[dict[str, str]]]:
    return read_rows


@pytest.fixture(scope="session")
def import_json() -> Callable[[Path], dict[str, Any]]:
    return lambda folder: json.loads((folder / "import.json").read_text(encoding="utf-8"))
