"""Files as others write them: separators, encodings, rows of another length, workbooks, and what is no table."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from circularity.importers.source import Format, SourceTable, read_source
from circularity.texts import LANGUAGES
from tests.faults import raises


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
    assert source.told["encoding"] == "cp1252"


def test_rows_keep_their_number_past_blank_and_ragged_rows_and_line_breaks_in_cells(tmp_path: Path) -> None:
    source = read(tmp_path, b'a;b\n1;2\n\n3;4;5\n"x\ny";6\n7\n;\n8;9\n')
    assert cells(source) == [["1", "2"], ["x\ny", "6"], ["8", "9"]]
    assert source.rows.tolist() == [2, 5, 8]
    assert [(r.row, r.cells) for r in source.ragged] == [(4, ["3", "4", "5"]), (6, ["7"])]
    assert source.rows_in == 5


def test_a_heading_further_down_and_a_row_of_units_are_told_by_the_format(tmp_path: Path) -> None:
    source = read(tmp_path, b"Report of 2020\n\nyear;mass\n;short tons\n2020;5\n", heading_row=3, unit_row=True)
    assert cells(source) == [["2020", "5"]]
    assert source.rows.tolist() == [5]
    assert source.units == {"year": "", "mass": "short tons"}


def test_headings_that_stand_twice_are_told_apart(tmp_path: Path) -> None:
    assert read(tmp_path, b"a;a;;\xc2\xa0a \n1;2;3;4\n").table.column_names == ["a", "a (2)", "(1)", "a (3)"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "NotReadable"), (b"\n \n", "NotReadable"), (b"a;b\n", "NoRows"), (b"a;b\n\n;\n", "NoRows"),
        (b";;\n1;2;3\n", "NoHeading"), (b'a;b\n1;"2\n3;4\n', "NotReadable"), (b"PK\x03\x04broken", "NotReadable"),
        (b"\xd0\xcf\x11\xe0broken", "NotReadable"), (b"sep=;\na;b\n1;2\n", "NoHeading"),
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


def test_rows_that_two_open_quotation_marks_swallow_are_not_lost_without_a_word(tmp_path: Path) -> None:
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
