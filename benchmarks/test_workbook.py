"""Reading a workbook of 100,000 rows, beside the bare reader."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from circularity.ledger.book.sheets import from_sheet
from circularity.ledger.raw import RawTable
from circularity.ledger.tables import much_at_once
from circularity.method.load import Method, load_method
from circularity.tables.workbook import Sheet, read_workbook

ROWS = 100_000
HEADING = "# period from to role product material mass unit origin destination eural price uncertainty source"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flows of a factory, synthetic: every mass and source another."""
    path = tmp_path_factory.mktemp("workbook") / "flows.xlsx"
    made = Workbook(write_only=True)
    sheet = made.create_sheet("flows")
    sheet.append(HEADING.split())
    for i in range(ROWS):
        mass, price = round(i * 7919 % 1_000_003 / 1000, 3), i % 500 + 1
        row: list[Any] = [None, 2020, "market", "factory", "input", None, "glass", mass, "kg", "nonrenewable"]
        sheet.append([*row, None, None, price, 1.05, f"invoice {i}"])
    made.save(path)
    return path


def bare(path: Path) -> list[list[Any]]:
    return list(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False))


def cells(path: Path) -> Sheet:
    with much_at_once():
        return read_workbook(path)[0]


def table(path: Path, method: Method) -> RawTable | None:
    with much_at_once():
        return from_sheet(read_workbook(path)[0], "flows", path.name, method, [])


def test_calamine_alone(benchmark: Any, book: Path) -> None:
    assert len(benchmark.pedantic(bare, (book,), rounds=5)) == ROWS + 1


def test_cells_with_what_calamine_passes_over(benchmark: Any, book: Path) -> None:
    assert len(benchmark.pedantic(cells, (book,), rounds=5).rows) == ROWS + 1


def test_a_table_of_clean_texts(benchmark: Any, book: Path) -> None:
    found = benchmark.pedantic(table, (book, load_method()), rounds=5)
    assert found is not None
    assert len(found.rows) == ROWS
