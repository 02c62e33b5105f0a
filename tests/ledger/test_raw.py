"""A table that does not look as it should gives one fault that says what to do."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from circularity.errors import CircularityError
from circularity.ledger.fieldlab import load_fieldlab

Faults = Callable[[Path], list[CircularityError]]
Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

HEADING = "period,from,to,role,material,mass,unit,origin"
ROW = "2020,market,factory,input,glass,5,kg,recycled"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("above", ["", "\ufeff", "sep={separator}\n"])
def test_any_separator_is_read(separator: str, above: str, write_flows: Write) -> None:
    text = above.format(separator=separator) + "\n".join([HEADING, ROW, ROW.replace("5", "7")]).replace(",", separator)
    flows = load_fieldlab(write_flows(text)).tables["flows"]
    assert flows["mass"].tolist() == [5000, 7000]
    first = 3 if above.startswith("sep") else 2
    assert flows["row"].tolist() == [first, first + 1]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_titles_are_named_whatever_separates_the_cells(separator: str, write_flows: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_flows("Stromen 2020\n\n" + "\n".join([HEADING, ROW]).replace(",", separator)))
    assert (fault.code, fault.where.row, fault.details["found"]) == ("HeadingNotFirst", 1, 3)


def test_dutch_headings_of_a_csv_file_are_not_names_of_columns(write_flows: Write, faults_in: Faults) -> None:
    found = faults_in(write_flows("periode;van;naar\n2020;market;factory\n"))
    assert {f.code for f in found} == {"UnknownColumn", "MissingColumn"}


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ([HEADING, ROW, ROW.replace(",", ";"), ROW.replace("5", "6")], 3),
        ([HEADING.replace(",", ";"), ROW], 2),
        ([HEADING, ROW.replace(",", "\t"), ROW], 2),
        ([HEADING.replace("from,to", "from;to"), ROW], 1),
        ([HEADING.replace(",", ";").replace("from;to", "from,to"), ROW.replace(",", ";")], 1),
    ],
)
def test_mixed_separators_are_named_with_their_row(
    rows: list[str], row: int, write_flows: Write, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_flows("\n".join(rows)))
    assert (fault.code, fault.where.file, fault.where.row) == ("WrongSeparator", "flows.csv", row)
    assert "De cellen van deze rij zijn gescheiden door" in fault.text("nl")
    assert "The cells of this row are separated by" in fault.text("en")


@pytest.mark.parametrize(
    ("masses", "kg"),
    [
        (["12,5", "0,25"], [12.5, 0.25]),
        (["1.234,5", "0,25", "7,5", "1.234"], [1234.5, 0.25, 7.5, 1234]),
        (["1,234", "0,5", "7,5"], [1.234, 0.5, 7.5]),
        (["1.234", "0.5", "7.5"], [1.234, 0.5, 7.5]),
        (["1 234,5", "NA"], [1234.5, 0]),
    ],
)
def test_numbers_between_semicolons_may_have_a_decimal_comma(
    masses: list[str], kg: list[float], write_flows: Write
) -> None:
    lab = load_fieldlab(
        write_flows(
            "\n".join([HEADING, *(ROW.replace(",5,", ",{},") for _ in masses)]).replace(",", ";").format(*masses)
        )
    )
    assert (lab.tables["flows"]["mass"] * lab.mass_unit).round(9).tolist() == kg


@pytest.mark.parametrize("mass", ["1.234", "1,234"])
def test_a_number_of_two_readings_is_named_where_nothing_shows_which(
    mass: str, write_flows: Write, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_flows("\n".join([HEADING, ROW]).replace(",", ";").replace(";5;", f";{mass};")))
    assert (fault.code, fault.where.row, fault.where.column) == ("AmbiguousNumber", 2, "mass")
    assert f"De tekst '{mass}' kan 1,234 zijn, of 1234." in fault.text("nl")
    assert f"The text '{mass}' can mean 1.234 or 1234." in fault.text("en")


def test_the_other_columns_of_the_file_settle_a_number_with_their_own_character(
    write_flows: Write, faults_in: Faults
) -> None:
    heading, rows = f"{HEADING},price".replace(",", ";"), [f"{ROW},{{price}}".replace(",", ";")] * 2

    def flows(mass: str) -> str:
        made = [row.replace(";5;", f";{mass};").format(price=p) for row, p in zip(rows, ("0,5", "2,75"), strict=True)]
        return "\n".join([heading, *made])

    lab = load_fieldlab(write_flows(flows("1,234")))
    assert (lab.tables["flows"]["mass"] * lab.mass_unit).round(9).tolist() == [1.234, 1.234]


def test_beside_decimal_commas_a_point_may_come_from_another_program(write_flows: Write, faults_in: Faults) -> None:
    rows = [f"{ROW},{price}".replace(",", ";", 8).replace(";5;", ";1.234;") for price in ("0,5", "2,75")]
    found = faults_in(write_flows("\n".join([f"{HEADING},price".replace(",", ";"), *rows])))
    assert [(f.code, f.where.row) for f in found] == [("AmbiguousNumber", 2), ("AmbiguousNumber", 3)]


def test_a_semicolon_in_a_text_is_no_separator(write_flows: Write) -> None:
    lab = load_fieldlab(write_flows(f"{HEADING},source\n{ROW},period; from; to\n"))
    assert lab.tables["flows"]["source"].tolist() == ["period; from; to"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_the_usual_encodings_are_read(encoding: str, write_flows: Write) -> None:
    lab = load_fieldlab(write_flows(f"{HEADING},source\n{ROW},café\n".encode(encoding)))
    assert lab.tables["flows"]["source"].tolist() == ["café"]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (f"{HEADING},source\n{ROW},ok\n{ROW},caf".encode() + b"\x81\n", 3),
        (f"{HEADING},source\n{ROW},ok é\n{ROW},caf".encode() + b"\xe9\n", 3),
        (f"{HEADING}\n{ROW}\n".encode("utf-16-be"), 1),
    ],
    ids=["no letter of Windows", "both encodings", "no mark"],
)
def test_a_text_in_no_known_encoding_is_one_fault_with_the_row_where_it_shows(
    content: bytes, row: int, write_flows: Write, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_flows(content))
    assert (fault.code, fault.where.row) == ("WrongEncoding", row)
    assert "in Excel bij Opslaan als: CSV UTF-8" in fault.text("nl")
    assert "in Excel, under Save as: CSV UTF-8" in fault.text("en")


def test_titles_above_the_heading_are_named_and_the_rows_still_read(write_flows: Write, faults_in: Faults) -> None:
    first, second = faults_in(write_flows(f"Stromen 2020,,,\n\n{HEADING}\n{ROW.replace('glass', 'glas')}\n"))
    assert (first.code, first.where.row, first.details["found"]) == ("HeadingNotFirst", 1, 3)
    assert "op rij 3, niet op rij 1. Verwijder wat erboven staat." in first.text("nl")
    assert "on row 3, not on row 1. Remove what is above them." in first.text("en")
    assert (second.code, second.where.row, second.where.column) == ("UnknownCode", 4, "material")


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", f"{ROW}\n{ROW}\n", ",,,\n"])
def test_a_table_without_a_known_heading_is_one_fault(text: str, write_flows: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_flows(text))
    assert (fault.code, fault.where.row) == ("NoHeading", 1)
    assert "in elk geval: period, from, to, role, material, mass, unit." in fault.text("nl")
    assert "at least: period, from, to, role, material, mass, unit." in fault.text("en")


def test_cells_without_a_heading_are_named_by_the_letter_of_their_column(write_flows: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_flows(f"{HEADING},,source\n{ROW},note,x\n"))
    assert (fault.code, fault.where.row, fault.details["found"]) == ("NamelessColumn", 1, "I")
    assert "Kolom I heeft cellen maar geen kop." in fault.text("nl")
    assert "Column I has cells but no heading." in fault.text("en")


def test_an_empty_column_without_a_heading_is_harmless(write_flows: Write) -> None:
    lab = load_fieldlab(write_flows(f"{HEADING},,source,,\n{ROW},,x,,\n"))
    assert lab.tables["flows"]["source"].tolist() == ["x"]


def test_a_column_that_stands_twice_is_one_fault(write_flows: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_flows(f"{HEADING},mass\n{ROW},6\n"))
    assert (fault.code, fault.where.row, fault.where.column) == ("DuplicateColumn", 1, "mass")


@pytest.mark.parametrize(
    ("row", "found", "nl", "en"),
    [
        (f"{ROW},x,y", "10 cellen", "schrijf getallen met een punt (12.5)", "write numbers with a point (12.5)"),
        ("2020,market", "2 cellen", "ook een lege cel heeft een komma", "an empty cell has a comma too"),
        ("2020", "1 cel", "ook een lege cel heeft een komma", "an empty cell has a comma too"),
    ],
)
def test_a_row_of_another_length_is_named_with_what_may_have_caused_it(
    row: str, found: str, nl: str, en: str, write_flows: Write, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_flows(f"{HEADING}\n{ROW}\n{row}\n"))
    assert (fault.code, fault.where.row) == ("RowLength", 3)
    assert f"De rij heeft {found}, de kop 8." in fault.text("nl")
    assert nl in fault.text("nl")
    assert en in fault.text("en")


@pytest.mark.parametrize("word", ["Totaal", "TOTAAL 2020", "total:", "som", "Subtotaal", "Eindtotaal"])
def test_a_row_of_totals_is_named_and_nothing_else_is_said_of_it(
    word: str, write_flows: Write, faults_in: Faults
) -> None:
    for row in (f"{word},,,,,5,,", f",,,,{word},5,kg,", f"{word},5"):
        (fault,) = faults_in(write_flows(f"{HEADING}\n{ROW}\n{row}\n"))
        assert (fault.code, fault.where.row, fault.details["found"]) == ("TotalRow", 3, word)
        assert "Verwijder de rij; het programma telt zelf op." in fault.text("nl")
        assert "Remove the row; the program computes totals itself." in fault.text("en")


def test_a_text_may_speak_of_totals(write_flows: Write) -> None:
    lab = load_fieldlab(write_flows(f"{HEADING},source\n{ROW},total\n"))
    assert lab.tables["flows"]["source"].tolist() == ["total"]


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u200b", "\u202e", "\u00ad", "\ufffd", "\u2066", "\u3164"])
def test_a_sign_that_does_not_show_is_named_by_its_code_point(sign: str, write_flows: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_flows(f"{HEADING}\n{ROW.replace('glass', f'gla{sign}ss')}\n"))
    assert (fault.code, fault.where.row, fault.where.column) == ("HiddenCharacter", 2, "material")
    shown = f"⟨U+{ord(sign):04X}⟩"
    assert f"De tekst 'gla{shown}ss' bevat een onzichtbaar of verminkt teken: {shown}." in fault.text("nl")
    assert f"The text 'gla{shown}ss' contains an invisible or damaged character: {shown}." in fault.text("en")


def test_a_hidden_sign_in_a_heading_is_named_once(write_flows: Write, faults_in: Faults) -> None:
    heading = HEADING.replace("mass", "ma\u200bss")
    (fault,) = faults_in(write_flows(f"{heading}\n{ROW}\n"))
    assert (fault.code, fault.where.row) == ("HiddenCharacter", 1)


def test_letters_of_other_languages_and_emoji_are_no_fault(write_flows: Write) -> None:
    text = "Müller, Żółć, العربية, 木材, ☀️"
    lab = load_fieldlab(write_flows(f'{HEADING},source\n{ROW},"{text}"\n'))
    assert lab.tables["flows"]["source"].tolist() == [text]


@pytest.mark.parametrize(
    ("text", "row", "nl", "en"),
    [
        (f'{HEADING}\n{ROW}\n"2020,{ROW[5:]}\n{ROW}\n', 3, "een aanhalingsteken wordt niet gesloten", "not closed"),
        (f'{HEADING}\n"2020"x,{ROW[5:]}\n', 2, "na een aanhalingsteken hoort een komma", "followed by a comma"),
        (f"{HEADING}\n{ROW}{'x' * 200_000}\n", 2, "een cel is langer dan 131072 tekens", "131072 characters"),
    ],
)
def test_quotation_marks_that_do_not_fit_are_named_with_their_row(
    text: str, row: int, nl: str, en: str, write_flows: Write, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_flows(text))
    assert (fault.code, fault.where.row) == ("NotReadable", row)
    assert nl in fault.text("nl")
    assert "schrijf een aanhalingsteken daarbinnen twee keer" in fault.text("nl")
    assert en in fault.text("en")


def test_only_a_regular_file_inside_the_folder_is_read(write_flows: Write, faults_in: Faults, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text(f"{HEADING}\n{ROW}\n", encoding="utf-8")
    cases: list[tuple[Callable[[Path], object], str]] = [
        (lambda p: p.mkdir(), "het is een map. Zet het bestand zelf in de map"),
        (os.mkfifo, "het is geen gewoon bestand. Zet het bestand zelf in de map"),
        (
            lambda p: p.symlink_to(outside),
            "het is een koppeling naar iets buiten de map. Zet het bestand zelf in de map",
        ),
        (
            lambda p: p.symlink_to("/dev/zero"),
            "het is een koppeling naar iets buiten de map. Zet het bestand zelf in de map",
        ),
        (lambda p: p.symlink_to("nowhere"), "het bestand is er niet (meer). Controleer het pad"),
        (lambda p: p.symlink_to(p), "het bestand is er niet (meer). Controleer het pad"),
    ]
    for make, said in cases:
        folder = write_flows(f"{HEADING}\n{ROW}\n")
        path = folder / "flows.csv"
        path.unlink()
        make(path)
        (fault,) = faults_in(folder)
        assert (fault.code, fault.where.file) == ("NotReadable", "flows.csv")
        assert f"{said}." in fault.text("nl")
        path.rmdir() if path.is_dir() else path.unlink()


def test_a_link_to_a_file_in_the_same_folder_is_read(write_flows: Write) -> None:
    folder = write_flows(f"{HEADING}\n{ROW}\n")
    (folder / "flows.csv").rename(folder / "flows-2020.txt")
    (folder / "flows.csv").symlink_to("flows-2020.txt")
    assert len(load_fieldlab(folder).tables["flows"]) == 1


@pytest.mark.parametrize(
    ("content", "nl"),
    [
        (b"PK\x03\x04rest of a workbook", "het is een Excel-werkmap, geen CSV. Open het in Excel"),
        (b"", "het is leeg. Verwacht: een CSV-bestand in UTF-8."),
        (b"\n \n", "het is leeg. Verwacht: een CSV-bestand in UTF-8."),
    ],
)
def test_a_workbook_and_an_empty_file_are_named(content: bytes, nl: str, write_flows: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_flows(content))
    assert fault.code == "NotReadable"
    assert nl in fault.text("nl")
