"""The workbook to fill in: what it asks, in whose words, and that reading it back is certain."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from circularity.errors import DataFaults
from circularity.ledger.book.labels import labels, vocabularies_of
from circularity.ledger.book.template import FIRST_ROW, write_template
from circularity.ledger.columns import codes_of
from circularity.ledger.fieldlab import load_fieldlab
from circularity.ledger.headings import column_names, in_our_words
from circularity.method.load import Method
from circularity.texts import LANGUAGES
from tests.faults import raises


@pytest.fixture(scope="module")
def books(method: Method, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """A template for every kind of fieldlab in both languages."""
    folder = tmp_path_factory.mktemp("templates")
    found = {}
    for kind in method.settings.kinds:
        for lang in LANGUAGES:
            found[kind, lang] = folder / f"{kind}-{lang}.xlsx"
            write_template(kind, found[kind, lang], method, lang)
    return found


def test_every_table_of_a_kind_has_a_sheet_with_every_column(
    method: Method, books: dict[tuple[str, str], Path]
) -> None:
    for (kind, lang), path in books.items():
        book = load_workbook(path)
        wanted = method.settings.kinds[kind]
        for name in (*wanted.tables, *wanted.optional):
            spec = method.tables[name]
            sheet = book[spec.name[lang]]
            headings = [str(cell.value) for cell in sheet[1][1:]]
            assert in_our_words(headings, column_names(spec)) == list(spec.columns), (kind, lang, name)


def test_a_unit_stands_in_the_heading(books: dict[tuple[str, str], Path]) -> None:
    headings = [c.value for c in load_workbook(books["circular_factory", "nl"])["Stromen"][1]]
    assert "prijs [EUR/t]" in headings


def test_what_is_not_to_be_changed_is_locked_and_the_rest_is_open(
    books: dict[tuple[str, str], Path],
) -> None:
    for path in books.values():
        for sheet in load_workbook(path):
            assert sheet.protection.sheet, sheet.title
            assert not sheet.protection.password
    sheet = load_workbook(books["circular_factory", "en"])["Flows"]
    for row in (1, 2, 3):
        assert all(cell.protection.locked for cell in sheet[row])
    assert sheet.column_dimensions["D"].protection.locked is False
    assert sheet.column_dimensions["A"].protection.locked


def test_a_list_offers_every_code_of_its_vocabulary_in_the_language_of_the_workbook(
    method: Method, books: dict[tuple[str, str], Path]
) -> None:
    for lang, title, lists in (("nl", "Stromen", "Lijsten"), ("en", "Flows", "Lists")):
        book = load_workbook(books["circular_factory", lang])
        rules = {str(r.sqref).split(":")[0]: r for r in book[title].data_validations.dataValidation}
        for number, (name, about) in enumerate(method.tables["flows"].columns.items(), start=1):
            if about.kind != "code":
                continue
            letter = book[title].cell(1, number + 1).column_letter
            area = str(rules[f"{letter}{FIRST_ROW}"].formula1).split("!")[1].replace("$", "")
            offered = [row[0].value for row in book[lists][area]]
            vocabulary = method.vocabularies[str(about.vocabulary)]
            shown = labels(vocabulary, lang)
            assert offered == [shown[code] for code in codes_of(vocabulary, about)], name
            if name == "eural":  # chapters are in the list to sum by, and stand in no row
                assert len(offered) == 842 + 1


def test_every_label_stands_for_one_code(method: Method) -> None:
    for name, spec in method.tables.items():
        for column, about in spec.columns.items():
            said: dict[str, str] = {}
            for vocabulary in vocabularies_of(about, method):
                for lang in LANGUAGES:
                    for code, text in labels(vocabulary, lang).items():
                        assert said.setdefault(text, code) == code, (name, column, text)


def test_a_number_of_the_example_is_a_number(books: dict[tuple[str, str], Path]) -> None:
    sheet = load_workbook(books["circular_factory", "nl"])["Stromen"]
    mass = next(c.column for c in sheet[1] if c.value == "massa")
    assert sheet.cell(FIRST_ROW - 1, mass).value == 12.5
    assert sheet.cell(FIRST_ROW - 1, mass).number_format == "General"


def test_explanation_and_example_are_not_read(method: Method, books: dict[tuple[str, str], Path]) -> None:
    """What is asked for is what nobody filled in, and nothing is said of rows that only explain."""
    for (kind, _), path in books.items():
        with pytest.raises(DataFaults) as caught:
            load_fieldlab(path)
        assert {f.code for f in caught.value} == {"EmptyCell", "EmptyTable"}
        assert not [f for f in caught.value if f.where.row in (2, 3) and f.where.sheet not in ("Fieldlab",)], kind


def test_a_text_column_keeps_the_zero_in_front_of_a_code(books: dict[tuple[str, str], Path]) -> None:
    sheet = load_workbook(books["circular_factory", "nl"])["Stromen"]
    eural = next(c.column_letter for c in sheet[1] if c.value == "Euralcode")
    assert sheet.column_dimensions[eural].number_format == "@"


def test_the_same_template_is_the_same_cells_every_time(method: Method, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_template("region", tmp_path / name, method, "nl")
    first, second = (
        [[c.value for row in sheet.iter_rows() for c in row] for sheet in load_workbook(tmp_path / name)]
        for name in ("a.xlsx", "b.xlsx")
    )
    assert first == second


def test_an_unknown_kind_and_a_folder_that_cannot_be_written_are_named(method: Method, tmp_path: Path) -> None:
    with raises("UnknownKind", match="circular_factory"):
        write_template("fabriek", tmp_path / "x.xlsx", method, "nl")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with raises("CannotWrite"):
        write_template("region", tmp_path / "file" / "x.xlsx", method, "nl")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
