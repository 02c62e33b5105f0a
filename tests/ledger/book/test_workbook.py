"""A workbook that somebody filled in: what is wrong is told by sheet and cell, and nothing is passed over as empty."""

import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from circularity.errors import CircularityError, DataFaults
from circularity.ledger.convert import convert
from circularity.ledger.fieldlab import load_fieldlab
from circularity.method.load import Method
from circularity.tables.workbook import read_workbook
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]
Change = Callable[[Callable[[Workbook], None]], Path]
FIRST = 4  # heading, explanation and example stand above


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, method: Method, small_lab: Path) -> Path:
    """A workbook in Dutch without faults: an input and a product."""
    path = tmp_path_factory.mktemp("sound") / "fabriek.xlsx"
    convert(small_lab, path, "xlsx", method, "nl")
    return path


@pytest.fixture
def change(sound: Path, tmp_path: Path) -> Change:
    """A function that changes the sound workbook as a user would, and gives the file."""

    def changed(by: Callable[[Workbook], None]) -> Path:
        book = load_workbook(sound)
        by(book)
        target = tmp_path / "fabriek.xlsx"
        book.save(target)
        return target

    return changed


def faults_of(path: Path) -> list[CircularityError]:
    with pytest.raises(DataFaults) as caught:
        load_fieldlab(path)
    return list(caught.value)


def column_of(book: Workbook, title: str) -> str:
    """The letter of a column of the flows."""
    return next(c.column_letter for c in book["Stromen"][1] if str(c.value).startswith(title))


def put(title: str, value: object, row: int = FIRST) -> Callable[[Workbook], None]:
    def by(book: Workbook) -> None:
        book["Stromen"][f"{column_of(book, title)}{row}"].value = value

    return by


def test_a_sound_workbook_is_a_fieldlab(sound: Path) -> None:
    lab = load_fieldlab(sound)
    assert lab.tables["flows"]["role"].tolist() == ["input", "product"]
    assert lab.tables["flows"]["mass"].tolist() == [100_000, 60_000]  # grams
    assert lab.tables["flows"]["row"].tolist() == [FIRST, FIRST + 1]


@pytest.mark.parametrize(
    ("title", "value", "kind", "words"),
    [
        ("massa", -5, "NegativeMass", "'-5'"),
        ("massa", "twaalf", "NotANumber", "twaalf"),
        ("massa", "1.234,5", "NotANumber", "typ het getal opnieuw"),
        ("massa", "1.234", "AmbiguousNumber", "kan 1,234 zijn, of 1234"),
        ("bron", "@SUM(A1)", "FormulaAsText", "rekenblad"),
        ("massa", 1e308, "OutOfRange", "1e+308"),
        ("massa", None, "EmptyCell", "leeg"),
        ("massa", True, "NotANumber", "TRUE"),
        ("massa", datetime(2020, 2, 1), "NotANumber", "2020-02-01"),
        ("periode", datetime(2020, 5, 1), "NotAPeriod", "2020"),
        ("periode", "mei 2020", "NotAPeriod", "2020"),
        ("materiaal", "glaz", "UnknownCode", "Bedoelt u 'glas'?"),
        ("materiaal", '=HYPERLINK("http://x","glas")', "FormulaWithoutValue", "formule"),
        ("van", "../../etc/passwd", "UnknownReference", "../../etc/passwd"),
        ("massa", "=1+1", "FormulaWithoutValue", "formule"),
        ("massa", "nan", "NotANumber", "nan"),
    ],
)
def test_a_wrong_cell_is_named_by_its_sheet_and_letter(
    title: str, value: object, kind: str, words: str, change: Change
) -> None:
    letter = ""

    def by(book: Workbook) -> None:
        nonlocal letter
        letter = column_of(book, title)
        put(title, value)(book)

    found = [f for f in faults_of(change(by)) if f.code == kind]
    (fault,) = found
    assert (fault.where.sheet, fault.where.cell) == ("Stromen", f"{letter}{FIRST}")
    text = fault.text("nl")
    assert text.startswith(f"fabriek.xlsx, blad Stromen, cel {letter}{FIRST}, kolom {title}")
    assert words in text
    assert fault.as_dict("nl")["cell"] == f"{letter}{FIRST}"


@pytest.mark.parametrize(("value", "nl", "en"), [("2,5", "'2,5'?", "'2.5'?"), ("1.234,5", "'1234,5'?", "'1234.5'?")])
def test_a_number_typed_as_text_is_shown_as_it_is_typed_in_each_language(
    value: str, nl: str, en: str, change: Change
) -> None:
    (fault,) = faults_of(change(put("massa", value)))
    assert f"Bedoelt u {nl}" in fault.text("nl")
    assert f"Did you mean {en}" in fault.text("en")


def test_a_heading_that_is_nearly_right_is_corrected_as_the_sheet_calls_it(change: Change) -> None:
    def by(book: Workbook) -> None:
        book["Stromen"][f"{column_of(book, 'massa')}1"].value = "massaa"

    found = [f for f in faults_of(change(by)) if f.code == "UnknownColumn"]
    assert "Bedoelt u 'massa'?" in found[0].text("nl")
    assert found[0].as_dict("nl")["expected"] == ["mass"]


def test_an_error_of_the_spreadsheet_is_no_empty_cell(change: Change) -> None:
    def by(book: Workbook) -> None:
        cell = book["Stromen"][f"{column_of(book, 'massa')}{FIRST}"]
        cell.value, cell.data_type = "#N/A", "e"

    (fault,) = faults_of(change(by))  # and not that the cell is empty, which nobody sees
    assert fault.code == "ErrorInCell"


def test_a_row_with_a_note_in_front_is_left_out_and_said(change: Change) -> None:
    def by(book: Workbook) -> None:
        sheet = book["Stromen"]
        for cell in sheet[FIRST + 1]:
            sheet.cell(FIRST + 3, cell.column).value = cell.value
        sheet[f"A{FIRST + 3}"].value = "# nog navragen"

    lab = load_fieldlab(change(by))
    assert len(lab.tables["flows"]) == 2
    (remark,) = [r for r in lab.warnings if r.kind == "not_counted"]
    assert remark.rows == (FIRST + 3,)


def test_rows_and_columns_that_do_not_show_are_read_and_said(change: Change) -> None:
    def by(book: Workbook) -> None:
        book["Stromen"].row_dimensions[FIRST].hidden = True

    lab = load_fieldlab(change(by))
    assert len(lab.tables["flows"]) == 2
    assert [r.where.sheet for r in lab.warnings if r.kind == "concealed"] == ["Stromen"]


def test_a_hidden_sheet_that_nobody_filled_in_hides_nothing(method: Method, tmp_path: Path) -> None:
    from circularity.ledger.book.template import write_template

    path = tmp_path / "leeg.xlsx"
    write_template("circular_factory", path, method, "nl")
    book = load_workbook(path)
    book["Activiteiten"].sheet_state = "hidden"
    book.save(path)
    assert "HiddenSheet" not in {f.code for f in faults_of(path)}


def test_a_workbook_under_another_ending_is_named(sound: Path, tmp_path: Path) -> None:
    (fault,) = faults_of(Path(shutil.copy(sound, tmp_path / "fabriek.xls")))
    assert "onder een andere naam. Geef het bestand een naam die op .xlsx eindigt." in fault.text("nl")


def test_merged_cells_are_named(change: Change) -> None:
    def by(book: Workbook) -> None:
        at = column_of(book, "materiaal")
        book["Stromen"].merge_cells(f"{at}{FIRST}:{at}{FIRST + 1}")

    (merged,) = [f for f in faults_of(change(by)) if f.code == "MergedCells"]
    assert str(merged.details["found"]).endswith(str(FIRST + 1))


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_with_data_is_named(state: str, change: Change) -> None:
    def by(book: Workbook) -> None:
        book["Stromen"].sheet_state = state

    (fault,) = faults_of(change(by))
    assert (fault.code, fault.where.sheet) == ("HiddenSheet", "Stromen")


def test_a_sheet_nobody_knows_is_named_with_the_one_that_was_meant(change: Change) -> None:
    def by(book: Workbook) -> None:
        book["Stromen"].title = "Strommen"

    (fault,) = faults_of(change(by))
    assert fault.code == "UnknownSheet"
    assert "Bedoelt u Stromen? Noem het blad dan zo." in fault.text("nl")


def test_a_sheet_that_is_gone_is_asked_for_by_its_name(change: Change) -> None:
    (fault,) = faults_of(change(lambda book: book.remove(book["Stromen"])))
    assert fault.code == "MissingTable"
    assert "Voeg het blad 'Stromen' toe" in fault.text("nl")


def test_swapped_columns_are_read_by_their_headings(change: Change) -> None:
    def by(book: Workbook) -> None:
        sheet = book["Stromen"]
        first, second = column_of(book, "massa"), column_of(book, "materiaal")
        for row in range(1, FIRST + 2):
            a, b = sheet[f"{first}{row}"], sheet[f"{second}{row}"]
            a.value, b.value = b.value, a.value

    assert load_fieldlab(change(by)).tables["flows"]["mass"].tolist() == [100_000, 60_000]


@pytest.mark.parametrize(
    ("title", "wrong", "right"), [("prijs", "prijs [EUR/kg]", "prijs [EUR/t]"), ("massa", "massa [kg]", "massa")]
)
def test_a_heading_with_another_unit_is_named_with_the_one_it_is_read_in(
    title: str, wrong: str, right: str, change: Change
) -> None:
    def by(book: Workbook) -> None:
        book["Stromen"][f"{column_of(book, title)}1"].value = wrong

    (fault,) = faults_of(change(by))
    assert (fault.code, fault.where.row) == ("UnitInHeading", 1)
    assert f"noem de kolom '{right}'" in fault.text("nl")


def test_a_formula_with_its_result_is_read_and_said(sound: Path, tmp_path: Path) -> None:
    def patch(name: str, content: bytes) -> bytes:
        if not name.startswith("xl/worksheets") or b"<v>100</v>" not in content:
            return content
        return content.replace(b"<v>100</v>", b"<f>50*2</f><v>100</v>")

    path = rewritten(sound, tmp_path / "formule.xlsx", patch)
    lab = load_fieldlab(path)
    assert lab.tables["flows"]["mass"].tolist() == [100_000, 60_000]
    (remark,) = [r for r in lab.warnings if r.kind == "formulas"]
    assert "1 cel met een formule" in remark.text("nl")


def rewritten(source: Path, target: Path, patch: Callable[[str, bytes], bytes]) -> Path:
    """A workbook with changed parts."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, patch(part.filename, old.read(part)))
    return target


# Files that are no workbook --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "oud Excel-bestand (.xls)"),
        (b"a,b\n1,2\n", "geen werkmap, ook al heet het zo"),
        (b"", "geen werkmap, ook al heet het zo"),
        (b"PK\x03\x04" + b"\0" * 80, "beschadigd of onvolledig"),
    ],
)
def test_a_file_that_only_has_the_name_of_a_workbook_is_named(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "fabriek.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataFaults) as caught:
        load_fieldlab(path)
    assert words in caught.value.text("nl")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_workbook_is_named(part: float, sound: Path, tmp_path: Path) -> None:
    content = sound.read_bytes()
    path = tmp_path / "fabriek.xlsx"
    path.write_bytes(content[: int(len(content) * part)])
    (fault,) = faults_of(path)
    assert fault.code == "NotReadable"


def test_a_workbook_that_expands_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book, book.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(1_100):
            part.write(b" " * 1_000_000)
    assert path.stat().st_size < 3_000_000
    with raises("NotReadable", match="larger than 1000 MB when expanded"):
        read_workbook(path)


def test_a_part_that_is_larger_than_it_says_is_refused(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "lie.xlsx"
    content = bytearray(sound.read_bytes())
    with zipfile.ZipFile(sound) as book:
        size = book.getinfo("xl/worksheets/sheet1.xml").file_size
    needle = size.to_bytes(4, "little")
    assert content.count(needle) >= 2
    path.write_bytes(content.replace(needle, (size // 2).to_bytes(4, "little")))
    with raises("NotReadable", match="damaged"):
        read_workbook(path)


def test_two_cells_far_apart_do_not_take_all_memory(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    book = Workbook()
    book["Sheet"]["A1"], book["Sheet"]["XFD1048576"] = "period", "x"
    book.save(path)
    with raises("NotReadable", match="far apart"):
        read_workbook(path)


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BARE = "<row>" + "<c><v>1</v></c>" * 9000 + "</row>" + "<row/>" * 8999 + "<row><c><v>1</v></c></row>"


@pytest.mark.parametrize(
    ("sheet", "texts"),
    [
        (
            '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
            f'<sst {MAIN} uniqueCount="4294967295"><si><t>a</t></si></sst>',
        ),
        ('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', f"<sst {MAIN} a='>' uniqueCount = '4294967295'><si/></sst>"),
        ('<row r="1"><c r= "A1"/><c r= "XFD1048576"><v>1</v></c></row>', ""),
        ('<row r="1"><c r="a1"/><c r="xfd1048576"><v>1</v></c></row>', ""),
        ('<row r="1"><c t="n" r="A1"/><c t="n" r="XFD1048576"><v>1</v></c></row>', ""),
        (BARE, ""),
        (BARE.replace("<row>", "<!-- <c r='A1'/> --><row>"), ""),
        (BARE.replace("<", "<x:").replace("<x:/", "</x:"), ""),
    ],
    ids=["texts", "texts written otherwise", "space", "small letters", "order", "no references", "comment", "prefix"],
)
def test_what_a_workbook_says_of_its_size_does_not_take_all_memory(
    sheet: str, texts: str, sound: Path, tmp_path: Path
) -> None:
    # Without the check the reader asks for tens of gigabytes, and ends the process.
    path = tmp_path / "book.xlsx"
    changed = [f'<worksheet {MAIN} xmlns:x="x"><sheetData>{sheet}</sheetData></worksheet>']
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name.startswith("xl/worksheets/sheet") and changed:
                new.writestr(name, changed.pop())
            elif "sharedStrings" not in name:
                new.writestr(name, old.read(name))
        if texts:
            new.writestr("xl/sharedStrings.xml", texts)
    with raises("NotReadable"):
        read_workbook(path)


@pytest.mark.parametrize("count", [b"0", b"50"])
def test_a_few_texts_miscounted_are_no_fault(count: bytes, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = Workbook()
    book.active.append(["a"])
    book.save(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if "sharedStrings" not in name:
                new.writestr(name, old.read(name))
        new.writestr("xl/sharedStrings.xml", f'<sst {MAIN} uniqueCount="{count.decode()}"><si><t>a</t></si></sst>')
    assert read_workbook(path)[0].rows == [["a"]]


def test_a_link_to_a_workbook_elsewhere_is_not_followed(sound: Path, small_lab: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_lab, tmp_path / "lab"))
    (folder / "flows.csv").unlink()
    (folder / "flows.xlsx").symlink_to(sound)
    assert {f.code for f in faults_of(folder)} == {"NotReadable"}


# Where tables stand ----------------------------------------------------------------------------------------------


def test_a_table_in_two_places_is_named(sound: Path, small_lab: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_lab, tmp_path / "lab"))
    shutil.copy(sound, folder / "fabriek.xlsx")
    assert {f.code for f in faults_of(folder)} == {"TableTwice", "DescribedTwice"}


def test_a_workbook_of_one_sheet_may_be_named_after_its_table(small_lab: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_lab, tmp_path / "lab"))
    rows = [line.split(",") for line in (folder / "flows.csv").read_text(encoding="utf-8").splitlines()]
    (folder / "flows.csv").unlink()
    book = Workbook()
    for row in rows:
        book["Sheet"].append(row)
    book.save(folder / "stromen.xlsx")
    assert load_fieldlab(folder).tables["flows"]["mass"].tolist() == [100_000, 60_000]


def test_what_a_spreadsheet_program_leaves_beside_an_open_workbook_is_no_workbook(
    small_lab: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(small_lab, tmp_path / "lab"))
    (folder / "~$fabriek.xlsx").write_bytes(b"\x04lock")
    assert "not_read" not in {remark.kind for remark in load_fieldlab(folder).warnings}


# The sheets about the fieldlab -----------------------------------------------------------------------------------


def test_a_description_that_is_not_filled_in_is_named_cell_by_cell(method: Method, tmp_path: Path) -> None:
    from circularity.ledger.book.template import write_template

    path = tmp_path / "leeg.xlsx"
    write_template("circular_factory", path, method, "nl")
    cells = [(f.where.sheet, f.where.cell, f.code) for f in faults_of(path)]
    assert cells == [
        ("Fieldlab", "B2", "EmptyCell"),
        ("Fieldlab", "B5", "EmptyCell"),
        ("Fieldlab", "B7", "EmptyCell"),
        ("Fieldlab", "B10", "EmptyCell"),
        ("Bronnen", None, "EmptyTable"),
        ("Fieldlab", "B11", "EmptyCell"),
        ("Fieldlab", "B12", "EmptyCell"),
        ("Organisaties", None, "EmptyTable"),
        ("Stromen", None, "EmptyTable"),
    ]


@pytest.mark.parametrize(
    ("cell", "value", "words"),
    [
        ("B2", "../../x", "../../x"),
        ("B3", "Fabriek", "circular_factory"),
        ("B10", "2020 en 2021", "en"),
        ("A5", "naam van het lab", "Onderdelen zijn"),
        ("B9", "Deventr", "GM0150"),
    ],
)
def test_a_wrong_description_is_named_by_its_cell(cell: str, value: str, words: str, change: Change) -> None:
    def by(book: Workbook) -> None:
        book["Fieldlab"][cell].value = value

    fault = next(f for f in faults_of(change(by)) if f.where.cell == cell)
    assert fault.where.sheet == "Fieldlab"
    if words != "Onderdelen zijn":
        assert words in fault.text("nl")


def test_a_text_in_one_language_stands_for_the_other(change: Change) -> None:
    def by(book: Workbook) -> None:
        book["Fieldlab"]["B6"].value = None

    lab = load_fieldlab(change(by))
    assert lab.description.name.en == lab.description.name.nl == "Testfabriek"
