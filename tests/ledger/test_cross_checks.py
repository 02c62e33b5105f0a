"""What is wrong between columns, rows and tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from circularity.errors import CircularityError
from circularity.ledger.fieldlab import load_fieldlab

Faults = Callable[[Path], list[CircularityError]]
Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

TWO = [{"organisation": "factory", "name": "Factory"}, {"organisation": "joiner", "name": "Joiner"}]


def kinds(found: list[CircularityError]) -> list[str]:
    return [f.code for f in found]


def test_a_row_is_repeated_when_it_says_the_same_however_written(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    rows = [make_flow(mass="100"), make_flow(mass="100.0", uncertainty="1.00"), make_flow(mass="1e2", source="other")]
    (fault,) = faults_in(write_lab(rows))
    assert (fault.code, fault.where.row, fault.details["first"]) == ("RepeatedRow", 3, 2)
    assert "De rij zegt hetzelfde als rij 2." in fault.text("nl")


def test_cells_that_could_not_be_read_do_not_make_rows_the_same(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    assert kinds(faults_in(write_lab([make_flow(mass="a"), make_flow(mass="b")]))) == ["NotANumber", "NotANumber"]


def test_a_flow_to_its_own_giver_is_a_fault_and_the_only_one(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    for party in ("factory", "market", "environment"):
        (fault,) = faults_in(write_lab([make_flow(), make_flow(**{"from": party, "to": party})]))
        assert (fault.code, fault.where.row, fault.where.column) == ("SameParty", 3, "to")
        assert f"De stroom gaat van '{party}' naar '{party}'. Herstel from of to." in fault.text("nl")
        assert f"The flow goes from '{party}' to '{party}'. Correct from or to." in fault.text("en")


@pytest.mark.parametrize(
    ("role", "counted", "found", "nl", "en"),
    [
        ("input", "joiner", "factory", "Gebruik de rol 'supply' of 'exchange'.",
         "Use the role 'supply' or 'exchange'."),
        ("product", "factory", "joiner", "Gebruik de rol 'supply'.", "Use the role 'supply'."),
        ("residue", "factory", "joiner", "Gebruik de rol 'exchange'.", "Use the role 'exchange'."),
        ("end_of_life", "factory", "joiner", "Zet bij 'to' een plaats buiten het fieldlab (market, environment)",
         "Put a place outside the fieldlab at 'to' (market, environment)"),
    ],
)  # fmt: skip
def test_a_role_for_one_side_between_two_organisations_names_the_role_to_use(
    role: str, counted: str, found: str, nl: str, en: str, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    flows = [make_flow(), make_flow(role, **{"from": "factory", "to": "joiner"})]
    (fault,) = faults_in(write_lab(flows, organisations=TWO))
    assert (fault.code, fault.where.row, fault.where.column) == ("HalfBooked", 3, "role")
    assert f"telt alleen voor '{counted}', maar '{found}' is ook een organisatie" in fault.text("nl")
    assert nl in fault.text("nl")
    assert en in fault.text("en")


@pytest.mark.parametrize("role", ["supply", "exchange"])
def test_a_role_for_both_sides_between_two_organisations_is_sound(role: str, write_lab: Write, make_flow: Flow) -> None:
    flow = make_flow(role, **{"from": "factory", "to": "joiner"})
    assert len(load_fieldlab(write_lab([flow], organisations=TWO)).tables["flows"]) == 1


def test_a_flow_the_wrong_way_round_is_recognised(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    (fault,) = faults_in(write_lab([make_flow(), make_flow(**{"from": "factory", "to": "market"})]))
    assert (fault.code, fault.where.row, fault.where.column) == ("WrongEnd", 3, "to")
    assert "Staan from en to omgekeerd? Organisaties zijn: factory." in fault.text("nl")
    assert "Are from and to the wrong way round?" in fault.text("en")


@pytest.mark.parametrize("table", ["organisations", "flows"])
def test_a_table_that_needs_rows_and_has_none_is_the_only_fault(
    table: str, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    products = [{"product": "table", "mass": 1, "unit": "kg", "organisation": "factory"}]
    folder = write_lab([make_flow()], products)
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    (fault,) = faults_in(folder)
    assert (fault.code, fault.where.file) == ("EmptyTable", f"{table}.csv")
    assert "De tabel heeft geen rijen. Voeg ten minste één rij toe." in fault.text("nl")
    assert "The table has no rows. Add at least one row." in fault.text("en")


def test_a_period_without_flows_says_for_which_there_are(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    (fault,) = faults_in(write_lab([make_flow()], periods=[2020, 2021]))
    assert "Stromen zijn er wel voor: 2020." in fault.text("nl")
    assert "There are flows for: 2020." in fault.text("en")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("organisations.csv", "organisation,name\nfactory;F\n"),
        ("organisations.csv", "organisatie,name\nfactory,F\n"),
        ("organisations.csv", "organisation,name\nother,O\nfactory\n"),
        ("organisations.csv", "organisation,name\nfactory BV,F\n"),
        ("products.csv", "product,mass\ntable;5\n"),
        ("products.csv", "produkt,mass,unit\ntable,5,kg\n"),
    ],
)
def test_what_follows_from_a_table_that_could_not_be_read_is_not_told(
    file: str, content: str, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    folder = write_lab([make_flow(product="table")], [{"product": "table", "mass": 5, "unit": "kg"}])
    (folder / file).write_text(content, encoding="utf-8")
    (fault,) = faults_in(folder)
    assert fault.where.file == file


def test_a_heading_in_dutch_is_answered_with_its_column_and_not_called_missing(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    folder = write_lab([make_flow()])
    path = folder / "flows.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("material", "materiaal"), encoding="utf-8")
    (fault,) = faults_in(folder)
    assert (fault.code, fault.where.row, fault.where.column) == ("UnknownColumn", 1, "materiaal")
    assert "Bedoelt u 'material'? Hernoem de kolom." in fault.text("nl")
    assert "Did you mean 'material'? Rename the column." in fault.text("en")


def test_what_is_wrong_under_a_heading_in_dutch_is_told_in_the_same_round(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    folder = write_lab([make_flow(material="glas")])
    path = folder / "flows.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("material", "Materiaal"), encoding="utf-8")
    assert [(f.code, f.where.row, f.where.column) for f in faults_in(folder)] == [
        ("UnknownColumn", 1, "Materiaal"),
        ("UnknownCode", 2, "Materiaal"),
    ]


def test_a_heading_like_no_column_is_answered_with_those_there_are(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_lab([make_flow(qqq="x")]))
    assert "Bedoelt u" not in fault.text("nl")
    assert "Herstel de naam of verwijder de kolom." in fault.text("nl")
    assert "processing" in fault.as_dict("nl")["expected"]


def test_a_missing_column_says_what_belongs_in_it(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    folder = write_lab([make_flow()])
    (folder / "organisations.csv").write_text("organisation\nfactory\n", encoding="utf-8")
    (fault,) = faults_in(folder)
    assert "De kolom 'name' ontbreekt. Voeg hem toe: Naam zoals die in het rapport verschijnt." in fault.text("nl")


def test_a_file_with_another_name_is_told_what_to_be_called(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    for name in ("Flows.csv", "stromen.csv", "flow.csv", "flows.CSV"):
        folder = write_lab([make_flow()])
        (folder / "flows.csv").rename(folder / name)
        (fault,) = faults_in(folder)
        assert (fault.code, fault.where.file) == ("UnknownTable", name)
        assert "Hernoem het bestand tot flows.csv." in fault.text("nl")
        assert "Rename the file to flows.csv." in fault.text("en")
        (folder / name).unlink()


def test_a_workbook_instead_of_a_table_is_recognised(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    for name in ("flows.numbers", "Stromen.xls"):
        folder = write_lab([make_flow()])
        (folder / "flows.csv").rename(folder / name)
        (fault,) = faults_in(folder)
        assert (fault.code, fault.where.file) == ("MissingTable", "flows.csv")
        assert f"Er is wel {name}: sla dat op als flows.csv (CSV UTF-8)." in fault.text("nl")
        assert f"There is {name}: save that as flows.csv (CSV UTF-8)." in fault.text("en")
        (folder / name).unlink()


def test_files_that_an_operating_system_leaves_behind_are_no_tables(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    (folder / "._flows.csv").write_bytes(b"\x00\x05\x16\x07")
    assert len(load_fieldlab(folder).tables["flows"]) == 1


def test_masses_too_far_apart_name_the_smallest(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    (fault,) = faults_in(write_lab([make_flow(mass=1e6), make_flow(mass="1e-30")]))
    assert (fault.code, fault.where.file, fault.where.row, fault.where.column) == (
        "MassRange", "flows.csv", 3, "mass",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "later", "error"), [("2024-11", "2025-11", "MixedVintages"), ("2025-11", "", "EmptyCell")]
)
def test_macro_figures_of_one_quantity_are_of_one_vintage(
    earlier: str, later: str, error: str, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    """The circular use rate of one year moved by up to 4 points between vintages."""
    reading = {"entity": "test-lab", "quantity": "imports", "value": 5, "unit": "kt", "uncertainty": 1}
    flows = [make_flow(), make_flow(period=2019)]

    def written(*vintages: str) -> Path:
        readings = [{**reading, "period": p, "vintage": v} for p, v in zip((2019, 2020), vintages, strict=True)]
        return write_lab(flows, measurements=readings, periods=(2019, 2020))

    (fault,) = faults_in(written(earlier, later))
    assert (fault.code, fault.where.row, fault.where.column) == (error, 3, "vintage")
    assert len(load_fieldlab(written(earlier, earlier)).tables["measurements"]) == 2
