"""Files as others write them: separators, encodings, rows of another length, workbooks, and what is no table."""

from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from circularity.tables.read_source import read_source
from circularity.tables.source_table import Format, SourceTable
from circularity.texts import LANGUAGES
from tests.faults import raises
from tests.tables.ods import write_ods


def read(tmp_path: Path, content: bytes, **format_: object) -> SourceTable:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    return read_source(path, Format.model_validate(format_))


def cells(source: SourceTable) -> list[list[str]]:
    return [list(row.values()) for row in source.table.to_pylist()]


@pytest.mark.parametrize(
    "content",
    [
        b"a;b\n1;\xe9\n", b"a,b\n1,\xe9\n", b"a\tb\n1\t\xe9\n", b"a|b\n1|\xe9\n", "a;b\n1;é\n".encode(),
        b"\xef\xbb\xbf" + "a;b\n1;é\n".encode(), "a;b\n1;é\n".encode("utf-16"), "a;b\r\n1;é\r\n".encode(),
        'a;b\n"1";"é"'.encode(),
    ],
)  # fmt: skip
def test_separator_and_encoding_are_found_out(content: bytes, tmp_path: Path) -> None:
    source = read(tmp_path, content)
    assert (source.table.column_names, cells(source), source.rows.tolist()) == (["a", "b"], [["1", "é"]], [2])


def test_a_euro_sign_shows_that_a_file_is_windows_1252(tmp_path: Path) -> None:
    source = read(tmp_path, b"a;b\n1;\x80\n")
    assert cells(source) == [["1", "€"]]
    assert source.written_as["encoding"] == "cp1252"


def test_rows_keep_their_number_past_blank_and_ragged_rows_and_line_breaks_in_cells(tmp_path: Path) -> None:
    source = read(tmp_path, b'a;b\n1;2\n\n3;4;5\n"x\ny";6\n7\n;\n8;9\n')
    assert cells(source) == [["1", "2"], ["x\ny", "6"], ["8", "9"]]
    assert source.rows.tolist() == [2, 5, 8]
    assert [(r.row, r.cells) for r in source.ragged] == [(4, ["3", "4", "5"]), (6, ["7"])]
    assert source.rows_in == 5


def test_a_heading_further_down_and_a_row_of_units_are_given_by_the_format(tmp_path: Path) -> None:
    source = read(tmp_path, b"Report of 2020\n\nyear;mass\n;short tons\n2020;5\n", heading_row=3, unit_row=True)
    assert cells(source) == [["2020", "5"]]
    assert source.rows.tolist() == [5]
    assert source.units == {"year": "", "mass": "short tons"}


def test_a_line_that_only_excel_understands_is_passed_over(tmp_path: Path) -> None:
    source = read(tmp_path, b"sep=|\na,1|b\n1|2\n")
    assert (source.heading, cells(source), source.rows.tolist()) == (["a,1", "b"], [["1", "2"]], [3])


def test_repeated_headings_are_numbered(tmp_path: Path) -> None:
    assert read(tmp_path, b"a;a;;\xc2\xa0a \n1;2;3;4\n").table.column_names == ["a", "a (2)", "(1)", "a (3)"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "NotReadable"), (b"\n \n", "NotReadable"), (b"a;b\n", "NoRows"), (b"a;b\n\n;\n", "NoRows"),
        (b";;\n1;2;3\n", "NoHeading"), (b'a;b\n1;"2\n3;4\n', "NotReadable"), (b"PK\x03\x04broken", "NotReadable"),
        (b"\xd0\xcf\x11\xe0broken", "NotReadable"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_a_named_error(content: bytes, error: str, tmp_path: Path) -> None:
    with raises(error) as caught:
        read(tmp_path, content)
    for lang in LANGUAGES:
        assert "table.csv" in caught.value.text(lang)


def test_a_folder_and_a_file_that_is_not_there_are_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with raises("NotReadable"):
            read_source(path, Format())


def test_line_ends_of_any_kind_and_blank_lines_leave_every_row_its_cells(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        source = read(tmp_path, end.join(["a;b;c", "1;2;3", "", "4;5", ";;", "6;7;8", ""]).encode())
        assert source.rows.tolist() == [2, 6]
        assert [list(row.values()) for row in source.whole(np.array([1])).to_pylist()] == [["6", "7", "8"]]


def test_all_cells_of_a_row_are_there_when_only_some_columns_are_read(tmp_path: Path) -> None:
    for content in (b"a;b;c\n1;2;3\n;x;\n4;5;6", b'a;b;c\n"1";2;3\n;"x\ny";\n4;5;6\n'):
        (tmp_path / "t.csv").write_bytes(content)
        source = read_source(tmp_path / "t.csv", Format(), {"a"})
        assert source.table.column_names == ["a"]
        assert source.rows.tolist() == [2, 3, 4]  # the second row holds something, though not in what is read
        assert source.whole(np.array([0, 2])).to_pylist() == [
            {"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "5", "c": "6"},
        ]  # fmt: skip


def test_rows_that_two_open_quotation_marks_swallow_are_not_lost_silently(tmp_path: Path) -> None:
    content = b'a;b;c;d;e\n1;2;3;4;5\n1;"2;3;4;5\n1;2;3;4;5\n1;2";3;4;5\n1;2;3;4;5\n'
    with raises("NotReadable") as caught:
        read(tmp_path, content)
    assert caught.value.where.row == 3


def workbook(path: Path, rows: list[list[object]], title: str = "data") -> Path:
    book = openpyxl.Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_numbers_dates_and_codes_of_a_workbook_are_text(tmp_path: Path) -> None:
    import datetime

    day = datetime.date(2020, 5, 1)
    path = workbook(
        tmp_path / "x.xlsx", [["a", "b", "c", "d"], [2020, 0.5, day, "0201"], [None, None, None, None], [1]]
    )
    source = read_source(path, Format())
    assert cells(source) == [["2020", "0.5", "2020-05-01", "0201"], ["1", "", "", ""]]
    assert (source.rows.tolist(), source.sheet) == ([2, 4], "data")


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", [["a"], [1]])
    with raises("NoSuchSheet", match="data"):
        read_source(path, Format(sheet="dta"))


def test_of_several_sheets_the_one_with_the_headings_is_read_and_two_of_them_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", [["a", "b"], [1, 2]], "2021")
    book = openpyxl.load_workbook(path)
    for row in (["remark", "by"], ["checked", "me"]):
        book["notes"].append(row)
    book.save(path)
    assert read_source(path, Format(), needed=["a", "b"]).sheet == "2021"
    second = book.create_sheet("2022")
    for row in (["b", "a"], [3, 4]):
        second.append(row)
    book.save(path)
    with raises("SeveralSheets", match="2021, 2022"):
        read_source(path, Format(), needed=["a", "b"])
    assert read_source(path, Format(sheet="2022"), needed=["a", "b"]).rows_in == 1


def test_parquet_and_a_sheet_of_libreoffice_are_read_as_a_workbook_is(tmp_path: Path) -> None:
    table = pa.table({"a": ["x", None], "b": [1.5, 2.0], "c": ["1,5", ""]})
    pq.write_table(table, tmp_path / "t.parquet")
    write_ods(tmp_path / "t.ods", {"data": [["a", "b", "c"], ["x", 1.5, "1,5"], ["", 2.0, ""]]})
    for ending in ("parquet", "ods"):
        source = read_source(tmp_path / f"t.{ending}", Format())
        assert cells(source) == [["x", "1.5", "1,5"], ["", "2", ""]]
        assert {name: mask.tolist() for name, mask in source.numeric.items()} == {"b": [True, True]}
