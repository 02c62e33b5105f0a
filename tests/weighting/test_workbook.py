"""The workbook of a stakeholder: what it asks, that it reads back in both languages, and what it refuses."""

from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from circularity.errors import DataFaults
from circularity.method.load import Method
from circularity.method.weighting_config import WAYS
from circularity.texts import LANGUAGES, word
from circularity.weighting import (
    Responses,
    find_consensus,
    read_responses,
    read_structure,
    write_weights_template,
)
from tests.faults import raises
from tests.weighting.conftest import STRUCTURE

ABOUT = {"nl": "Over u", "en": "About you"}
ANSWERS = {"nl": "Antwoorden", "en": "Answers"}
# One answer to every question of the hierarchy of three items and of two, by way and item.
POINTS: dict[str, dict[str, float]] = {
    "swing": {"a": 100, "b": 50, "c": 50, "b1": 100, "b2": 0},
    "budget": {"a": 50, "b": 25, "c": 25, "b1": 100, "b2": 0},
    "smart": {"a": 20, "b": 10, "c": 10, "b1": 30, "b2": 10},
    "roc": {"a": 1, "b": 2, "c": 2, "b1": 1, "b2": 2},
}

Write = Callable[..., Path]

# Heading and explanation are above the first question.
FIRST_ROW = 3


def columns(sheet: Worksheet, method: Method, lang: str) -> Mapping[str, int]:
    assert method.consensus is not None
    names = {spec.name[lang]: name for name, spec in method.consensus.rules.tables.answers.columns.items()}
    return {names[str(cell.value)]: cell.column for cell in sheet[1] if cell.value in names}


@pytest.fixture
def write(method: Method, tmp_path: Path) -> Write:
    """A function that writes a workbook and fills in who it is of."""

    def run(
        way: str, lang: str, who: str = "r1", helix: str = "government", fill: Callable[..., None] | None = None
    ) -> Path:
        assert method.consensus is not None
        (tmp_path / "answers").mkdir(exist_ok=True)
        path = tmp_path / "answers" / f"{who}.xlsx"
        path.unlink(missing_ok=True)  # the program writes over nothing
        write_weights_template(way, read_structure(STRUCTURE, method), path, method, lang)
        book = openpyxl.load_workbook(path)
        about = book[ABOUT[lang]]
        about["B2"], about["B3"] = who, method.consensus.rules.helices[helix][lang]
        about["B4"] = method.consensus.rules.roles["expert"][lang]
        sheet = book[ANSWERS[lang]]
        (fill or fill_in)(book, sheet, columns(sheet, method, lang), way, lang)
        book.save(path)
        return path

    return run


def fill_in(book: openpyxl.Workbook, sheet: Worksheet, at: Mapping[str, int], way: str, lang: str) -> None:
    """A whole answer: a before b before c, and b1 before b2."""
    for row in range(FIRST_ROW, sheet.max_row + 1):
        item = str(sheet.cell(row, at["item"]).value)
        if way == "ahp":
            other = str(sheet.cell(row, at["other"]).value)
            same = (item, other) == ("b", "c")
            sheet.cell(row, at["more"]).value = word("equal", "answer_word")[lang] if same else "A"
            sheet.cell(row, at["value"]).value = None if same else 2
        elif way == "bwm":
            best, worst = item in ("a", "b1"), item in ("c", "b2")
            if best or worst:
                sheet.cell(row, at["mark"]).value = word("best" if best else "worst", "answer_word")[lang]
            sheet.cell(row, at["from_best"]).value = None if best else 4 if worst else 2
            sheet.cell(row, at["to_worst"]).value = None if worst else 4 if best else 2
        else:
            sheet.cell(row, at["value"]).value = POINTS[way][item]


def read(path: Path, method: Method) -> Responses:
    return read_responses(path.parent, STRUCTURE, method)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_filled_in_is_read_back_in_both_languages(write: Write, method: Method, way: str, lang: str) -> None:
    responses = read(write(way, lang), method)
    assert [(a.respondent, a.helix, a.role, a.node, a.elicitation) for a in responses.answers] == [
        ("r1", "government", "expert", "top", way),
        ("r1", "government", "expert", "b", way),
    ]
    wanted = {"swing": [0.5, 0.25, 0.25], "roc": [11 / 18, 7 / 36, 7 / 36], "bwm": [4 / 7, 2 / 7, 1 / 7]}
    expected = wanted.get(way, wanted["swing"])
    assert responses.answers[0].weights.to_list() == pytest.approx(expected)
    again = read_responses(responses.table, STRUCTURE, method)
    for first, second in zip(responses.answers, again.answers, strict=True):
        assert first.judgements == second.judgements
        assert first.weights.to_list() == second.weights.to_list()


def test_b_more_important_than_a_is_the_reciprocal(write: Write, method: Method) -> None:
    def fill(book: openpyxl.Workbook, sheet: Worksheet, at: Mapping[str, int], way: str, lang: str) -> None:
        fill_in(book, sheet, at, way, lang)
        sheet.cell(FIRST_ROW, at["more"]).value, sheet.cell(FIRST_ROW, at["value"]).value = "b", 5

    answer = read(write("ahp", "nl", fill=fill), method).answers[0]
    assert answer.matrix is not None
    assert answer.matrix.at["a", "b"] == pytest.approx(1 / 5)


def test_a_whole_left_empty_is_no_answer_and_unknown_is_empty(write: Write, method: Method) -> None:
    def fill(book: openpyxl.Workbook, sheet: Worksheet, at: Mapping[str, int], way: str, lang: str) -> None:
        fill_in(book, sheet, at, way, lang)
        for row in range(FIRST_ROW, sheet.max_row + 1):
            if sheet.cell(row, at["node"]).value == "b":
                sheet.cell(row, at["value"]).value = "onbekend"

    assert [a.node for a in read(write("budget", "nl", fill=fill), method).answers] == ["top"]


def test_headings_are_locked_and_answers_are_open(write: Write, method: Method) -> None:
    for way in WAYS:
        book = openpyxl.load_workbook(write(way, "nl"))
        for sheet in book:
            assert sheet.protection.sheet, sheet.title
        sheet = book["Antwoorden"]
        assert all(cell.protection.locked for row in (1, 2) for cell in sheet[row])
        opened = {cell.column for cell in sheet[FIRST_ROW] if not cell.protection.locked}
        at = columns(sheet, method, "nl")
        assert opened == {at[c] for c in ("more", "mark", "from_best", "to_worst", "value") if c in at}
        assert len(sheet.data_validations.dataValidation) == len(opened)
        assert book["Over u"]["B5"].protection.locked


def test_an_empty_workbook_says_what_is_missing(write: Write, method: Method) -> None:
    path = write("ahp", "en", fill=lambda *_: None)
    book = openpyxl.load_workbook(path)
    book["About you"]["B2"] = book["About you"]["B3"] = None
    book.save(path)
    with pytest.raises(DataFaults) as caught:
        read(path, method)
    assert [(f.code, f.where.cell) for f in caught.value] == [("EmptyCell", "B2"), ("EmptyCell", "B3")]
    assert "r1.xlsx, sheet About you, cell B2" in caught.value.text("en")


@pytest.mark.parametrize(
    ("way", "column", "value", "error"),
    [
        ("ahp", "value", 12, "OffScale"),
        ("ahp", "value", 0.5, "OffScale"),
        ("ahp", "value", -3, "OffScale"),
        ("ahp", "value", "twee", "NotANumber"),
        ("ahp", "more", "C", "NotAChoice"),
        ("ahp", "more", None, "EmptyCell"),
        ("ahp", "value", None, "EmptyCell"),
        ("ahp", "item", "x", "NotAnItem"),
        ("ahp", "node", "x", "NotANode"),
        ("bwm", "mark", "mooist", "NotAChoice"),
        ("bwm", "mark", "minst belangrijk", "NotOneBest"),
        ("bwm", "to_worst", 12, "OffScale"),
        ("budget", "value", 60, "PointsDoNotSum"),
        ("budget", "value", "=A1", "FormulaWithoutValue"),
    ],
)
def test_a_wrong_cell_is_named_with_sheet_and_cell(
    write: Write, method: Method, way: str, column: str, value: object, error: str
) -> None:
    def fill(book: openpyxl.Workbook, sheet: Worksheet, at: Mapping[str, int], way: str, lang: str) -> None:
        fill_in(book, sheet, at, way, lang)
        sheet.cell(FIRST_ROW, at[column]).value = value

    path = write(way, "nl", fill=fill)
    with pytest.raises(DataFaults) as caught:
        read(path, method)
    found = {f.code: f for f in caught.value}
    assert error in found, caught.value.text("en")
    assert found[error].where.file == "r1.xlsx"
    if error not in ("PointsDoNotSum", "NotOneBest"):
        assert found[error].where.sheet == "Antwoorden"
        assert found[error].where.row == FIRST_ROW
        assert found[error].where.letter


def test_other_sheets_hidden_sheets_and_keys_about_a_person_are_refused(write: Write, method: Method) -> None:
    def fill(book: openpyxl.Workbook, sheet: Worksheet, at: Mapping[str, int], way: str, lang: str) -> None:
        fill_in(book, sheet, at, way, lang)
        book.create_sheet("Blad1")["A1"] = "x"
        book["Over u"]["A6"], book["Over u"]["B6"] = "Uw naam", "Jan Jansen"

    path = write("budget", "nl", fill=fill)
    with pytest.raises(DataFaults) as caught:
        read(path, method)
    assert {f.code for f in caught.value} == {"NotASheetOfAnswers", "PersonalData"}
    assert "Jansen" not in caught.value.text("nl")
    book = openpyxl.load_workbook(path)
    del book["Blad1"]
    book["Over u"].delete_rows(6)
    book["Antwoorden"].sheet_state = "hidden"
    book.save(path)
    with pytest.raises(DataFaults) as caught:
        read(path, method)
    assert {f.code for f in caught.value} == {"HiddenSheet", "NoAnswerSheet"}


def test_a_workbook_without_its_sheets_and_a_file_that_is_none_are_named(tmp_path: Path, method: Method) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    (tmp_path / "b.xlsx").write_text("no workbook", encoding="utf-8")
    (tmp_path / "c.csv").write_text("colour\nred\n", encoding="utf-8")
    with pytest.raises(DataFaults) as caught:
        read_responses(tmp_path, STRUCTURE, method)
    assert [(f.where.file, f.code) for f in caught.value] == [
        ("a.xlsx", "NoAnswerSheet"),
        ("a.xlsx", "NoAnswerSheet"),
        ("b.xlsx", "NotReadable"),
        ("c.csv", "NoHeading"),
    ]


def test_the_name_of_a_file_is_in_no_result(write: Write, method: Method) -> None:
    for who, helix in (("r1", "entrepreneurs"), ("r2", "government"), ("r3", "knowledge")):
        path = write("budget", "nl", who, helix)
        path.rename(path.with_name(f"Jan Jansen {who}.xlsx"))
    found = find_consensus(read(path, method))
    told = [
        *found.summary("nl"),
        found._repr_html_(),
        repr(found),
        *(t.to_csv() for t in (found.people, found.weights)),
    ]
    assert "Jansen" not in " ".join(told)


def test_one_person_in_two_files_is_named(write: Write, method: Method) -> None:
    first = write("budget", "nl")
    first.rename(first.with_name("again.xlsx"))
    write("budget", "en")
    with pytest.raises(DataFaults) as caught:
        read(first, method)
    assert {f.code for f in caught.value} == {"AnsweredTwice"}


def test_a_way_that_is_none_is_a_wrong_call(method: Method, tmp_path: Path) -> None:
    with raises("WrongArgument", match="ahp, bwm"):
        write_weights_template("guess", read_structure(STRUCTURE, method), tmp_path / "x.xlsx", method, "nl")
