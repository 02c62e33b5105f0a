"""One way to read a table: whatever the file, the same texts, and every fault with its place."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from circularity.errors import CircularityError, DataFaults
from circularity.tables.checked import Cells
from circularity.tables.read import read_table
from circularity.tables.workbook import read_workbook
from tests.tables.ods import cell, write_ods

ROWS = [["code", "value", "note"], ["a", 12.5, "één; twee"], ["b", 1234, ""], ["c", "n.b.", "x"]]
NO_RESULT = '<table:table-cell table:formula="of:=[.A1]"/>'
AN_ERROR = (
    '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
    'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
)
EXCEL_ERROR = (
    '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
    "<text:p>#DIV/0!</text:p></table:table-cell>"
)
WIDE = 'number-columns-repeated="2000000000"'


def with_attribute(made: str, attribute: str) -> str:
    return made.replace("<table:table-cell", f"<table:table-cell table:{attribute}", 1)


def as_csv(separator: str, encoding: str, decimal: str = ".") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        rows = [[f'"{c}"' if separator in str(c) else str(c) for c in row] for row in ROWS]
        rows[1][1] = rows[1][1].replace(".", decimal)
        path = folder / "table.csv"
        path.write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
        return path

    return write


def as_xlsx(folder: Path) -> Path:
    path = folder / "table.xlsx"
    pd.DataFrame(ROWS[1:], columns=ROWS[0]).to_excel(path, index=False)
    return path


def as_ods(folder: Path) -> Path:
    return write_ods(folder / "table.ods", {"table": ROWS})


def as_parquet(folder: Path) -> Path:
    path = folder / "table.parquet"
    pd.DataFrame(ROWS[1:], columns=ROWS[0]).astype(str).to_parquet(path, index=False)
    return path


FORMS = {
    "comma": as_csv(",", "utf-8"),
    "semicolon": as_csv(";", "utf-8-sig", ","),
    "tab": as_csv("\t", "utf-16", ","),
    "bar": as_csv("|", "cp1252", ","),
    "xlsx": as_xlsx,
    "ods": as_ods,
    "parquet": as_parquet,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_table_is_read_from_any_file(form: str, tmp_path: Path) -> None:
    table = read_table(FORMS[form](tmp_path))
    faults: list[CircularityError] = []
    cells = Cells(table, "table", ["code", "value"], ["note"], faults)
    assert [cells.text(i, "code") for i in range(3)] == ["a", "b", "c"]
    assert [cells.number(i, "value") for i in range(2)] == [12.5, 1234]
    assert cells.is_empty(2, "value")
    assert cells.text(0, "note") == "één; twee"
    assert cells.where(1).row == 3
    assert not faults


def fault_in(path: Path) -> CircularityError:
    with pytest.raises(CircularityError) as caught:
        read_table(path)
    return caught.value.faults[0] if isinstance(caught.value, DataFaults) else caught.value


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ("a,b,c\n1,2,3\n1;2;3\n", "WrongSeparator", 3),
        ("a;b,c\n1,2,3\n4,5,6\n", "WrongSeparator", 1),
        ("a,b,c\n1,2\n", "RowLength", 2),
        ("a,b,a\n1,2,3\n", "DuplicateColumn", 1),
        ("a,,c\n1,2,3\n", "NamelessColumn", 1),
        ("a,b\n\n", "EmptyTable", None),
        ('a,b\n1,"2\n', "NotReadable", 2),
    ],
)
def test_what_is_no_table_of_equal_rows_is_named(text: str, code: str, row: int | None, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    fault = fault_in(path)
    assert (fault.code, fault.where.file, fault.where.row) == (code, "table.csv", row)


def test_mixed_separators_are_named_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,c\n1,2,3\n1;2;3\n")
    fault = fault_in(path)
    assert fault.text("nl").startswith("table.csv, rij 3: De cellen van deze rij zijn gescheiden door puntkomma's")
    assert fault.text("en").startswith("table.csv, row 3: The cells of this row are separated by semicolons")


@pytest.mark.parametrize("text", ["a,b\n1,2\n\n3,4\n", "sep=;\na;b\n1;2\n3;4\n", "a,b,\n1,2,\n3,4,\n"])
def test_empty_rows_and_columns_and_the_line_of_excel_are_no_part_of_a_table(text: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    table = read_table(path)
    assert table.to_numpy().tolist() == [["1", "2"], ["3", "4"]]
    assert table.attrs["rows"] == ([2, 4] if "\n\n" in text else [3, 4] if "sep" in text else [2, 3])


@pytest.mark.parametrize(
    ("made", "code", "nl", "en"),
    [
        (NO_RESULT, "FormulaWithoutValue", "cel B2", "cell B2"),
        (AN_ERROR, "ErrorInCell", "#DIV/0!", "#DIV/0!"),
        (EXCEL_ERROR, "ErrorInCell", "#DIV/0!", "#DIV/0!"),
        (with_attribute(cell("x"), 'number-columns-spanned="2"'),
         "MergedCells", "B2:C2", "B2:C2"),
    ],
    ids=["no result", "error", "error of Excel", "merged"],
)  # fmt: skip
def test_a_cell_of_libreoffice_that_does_not_hold_what_people_see_is_named(
    made: str, code: str, nl: str, en: str, tmp_path: Path
) -> None:
    fault = fault_in(write_ods(tmp_path / "table.ods", {"Blad": [ROWS[0], ["a", made, ""]]}))
    assert (fault.code, fault.where.file, fault.where.sheet, fault.where.cell) == (code, "table.ods", "Blad", "B2")
    assert nl in fault.text("nl")
    assert en in fault.text("en")


def test_the_place_of_a_cell_counts_what_libreoffice_repeats(tmp_path: Path) -> None:
    rows = (
        f'<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
        f'<table:table-row><table:table-cell table:number-columns-repeated="2"/>{NO_RESULT}</table:table-row>'
    )
    (sheet,) = read_workbook(write_ods(tmp_path / "table.ods", {"Blad": rows}))
    assert sheet.without_value == ["C4"]


@pytest.mark.parametrize(
    "rows",
    [
        f'<table:table-row table:number-rows-repeated="2000000000">{cell(1)}</table:table-row>',
        f"<table:table-row>{with_attribute(cell(1), WIDE)}</table:table-row>",
        f"<table:table-row>{cell(1)}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
        f'<table:table-row><table:table-cell table:number-columns-repeated="16000"/>{cell(1)}</table:table-row>',
    ],
    ids=["rows", "columns", "far"],
)
def test_what_a_document_repeats_does_not_take_all_memory(rows: str, tmp_path: Path) -> None:
    with pytest.raises(CircularityError, match="far apart"):
        read_workbook(write_ods(tmp_path / "table.ods", {"Blad": rows}))


@pytest.mark.parametrize("repeated", ["x", "-1", "1e3", ""])
def test_a_damaged_document_is_named(repeated: str, tmp_path: Path) -> None:
    rows = f'<table:table-row table:number-rows-repeated="{repeated}">{cell(1)}</table:table-row>'
    with pytest.raises(CircularityError, match="NotReadable"):
        read_workbook(write_ods(tmp_path / "table.ods", {"Blad": rows}))


@pytest.mark.parametrize("sheets", [{}, {"a": [["x"], ["1"]], "b": [["y"], ["2"]]}])
def test_a_workbook_without_one_filled_sheet_is_not_guessed_at(
    sheets: dict[str, list[list[str]]], tmp_path: Path
) -> None:
    fault = fault_in(write_ods(tmp_path / "table.ods", sheets))
    assert fault.code == "NotReadable"
    assert "visible sheet" in fault.text("en")
    assert "zichtbaar" in fault.text("nl")


def test_a_workbook_under_another_ending_is_named(tmp_path: Path) -> None:
    path = as_ods(tmp_path)
    assert ".ods" in fault_in(path.rename(tmp_path / "table.xlsx")).text("nl")
