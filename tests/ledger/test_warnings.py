"""What is no fault but worth a look."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.ledger.warnings import DataWarning

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]
Write = Callable[..., Path]


def of_kind(lab: Fieldlab, kind: str) -> list[DataWarning]:
    return [remark for remark in lab.warnings if remark.kind == kind]


def test_sound_data_have_no_remarks(make_lab: Make, make_flow: Flow) -> None:
    assert make_lab([make_flow(), make_flow("product"), make_flow("residue")]).warnings == []


def test_unknown_masses_are_counted(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow(), make_flow(mass="unknown"), make_flow("product", "onbekend")])
    (remark,) = of_kind(lab, "mass_unknown")
    assert (remark.where.file, remark.where.column, remark.rows) == ("flows.csv", "mass", (3, 4))
    assert remark.text("nl").startswith("flows.csv, rijen 3, 4, kolom mass: De massa is onbekend in 2 rijen, van de 3.")
    assert remark.text("en").startswith("flows.csv, rows 3, 4, column mass: The mass is unknown in 2 rows, of 3.")
    (remark,) = of_kind(make_lab([make_flow(mass="unknown")], name="one"), "mass_unknown")
    assert "rij 2, kolom mass: De massa is onbekend in 1 rij, van de 1." in remark.text("nl")


def test_a_number_with_two_readings_is_shown_in_both(make_lab: Make, make_flow: Flow) -> None:
    (remark,) = of_kind(make_lab([make_flow(mass="1.234"), make_flow(mass=40)]), "two_readings")
    assert (remark.where.column, remark.rows) == ("mass", (2,))
    assert "1.234 is gelezen als 1,234: de punt is een decimale punt (1 rij)." in remark.text("nl")
    assert "schrijf dan 1234." in remark.text("nl")
    assert "1.234 was read as 1.234: the point is a decimal point (1 row)." in remark.text("en")


@pytest.mark.parametrize("other", ["12.5", "0.125", "1234.567", "1.2345"])
def test_a_column_that_shows_what_its_points_mean_gets_no_remark(other: str, make_lab: Make, make_flow: Flow) -> None:
    assert of_kind(make_lab([make_flow(mass="1.234"), make_flow(mass=other)]), "two_readings") == []


def test_a_share_has_one_reading(make_lab: Make, make_flow: Flow) -> None:
    product = {"product": "table", "mass": 5, "unit": "kg", "uncertainty": "1.234", "recycled_share": "0.123"}
    assert of_kind(make_lab([make_flow()], [product]), "two_readings") == []


def test_a_very_uncertain_number_is_asked_about(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow(uncertainty=5), make_flow(mass=3, uncertainty=7.5), make_flow(mass=4, uncertainty=9)])
    (remark,) = of_kind(lab, "very_uncertain")
    assert (remark.where.column, remark.rows) == ("uncertainty", (3, 4))
    assert "De onzekerheid is groter dan 5 (2 rijen, de grootste 9)" in remark.text("nl")
    assert "The uncertainty is above 5 (2 rows, the largest 9)" in remark.text("en")


def test_what_a_role_asks_for_and_was_not_given_is_told_by_role(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow(origin=""), make_flow(mass=2, origin="unknown"), make_flow("residue", destination="")])
    origin, destination = of_kind(lab, "not_given")
    assert (origin.where.column, origin.rows) == ("origin", (2,))
    assert "Bij de rol input hoort een origin; die is niet ingevuld (1 rij)" in origin.text("nl")
    assert (destination.where.column, destination.rows) == ("destination", (4,))
    assert "The role residue asks for this column, which is not filled in (1 row)" in destination.text("en")


def test_what_a_role_does_not_ask_for_and_was_given_is_told(make_lab: Make, make_flow: Flow) -> None:
    (remark,) = of_kind(make_lab([make_flow(destination="landfill")]), "not_asked")
    assert (remark.where.column, remark.rows) == ("destination", (2,))
    assert "De rol input vraagt geen destination; wat er staat wordt genegeerd (1 rij)." in remark.text("nl")


def test_needed_columns_that_are_empty_throughout_name_what_is_lost(make_lab: Make, make_flow: Flow) -> None:
    product = {"product": "table", "mass": 5, "unit": "kg", "recycled_share": 0.3, "lifetime": "unknown"}
    (remark,) = of_kind(make_lab([make_flow()], [product]), "empty_columns")
    assert remark.where.file == "products.csv"
    columns = remark.sentence["nl"].split("per product: ")[1].split(".")[0].split(", ")
    assert {"lifetime", "reused_share"} <= set(columns)
    assert "recycled_share" not in columns
    assert "mci" in remark.sentence["en"].split("there is no: ")[1]


def test_a_workbook_beside_the_tables_is_said_not_to_be_read(write_lab: Write, make_flow: Flow) -> None:
    from circularity.ledger.fieldlab import load_fieldlab

    folder = write_lab([make_flow()])
    book = Workbook()
    book["Sheet"].append(["factuur", "bedrag"])
    book.save(folder / "Facturen 2020.xlsx")
    (folder / "README.md").write_text("Over deze map.", encoding="utf-8")
    (remark,) = load_fieldlab(folder).warnings
    assert remark.text("nl").startswith("Facturen 2020.xlsx: Dit bestand wordt niet gelezen")


def test_a_remark_is_plain_data_for_a_program(make_lab: Make, make_flow: Flow) -> None:
    (remark,) = make_lab([make_flow(mass="unknown")]).warnings
    assert remark.as_dict("en") == {
        "remark": "mass_unknown",
        "file": "flows.csv",
        "column": "mass",
        "rows": [2],
        "what": remark.sentence["en"],
    }


def test_processing_that_leads_elsewhere_than_the_destination_is_remarked_on(make_lab: Make, make_flow: Flow) -> None:
    """Burnt on a grate (F01) is not recycled; sorted (C03) may be; storing (A01) says nothing yet."""
    codes = {"F01": "recycling", "C03": "recycling", "A01": "recycling", "G01": "landfill"}
    flows = [make_flow("residue", 5, destination=d, processing=c, source=c) for c, d in codes.items()]
    (remark,) = of_kind(make_lab([make_flow(), *flows]), "processed_elsewhere")
    assert remark.rows == (3,)
    assert remark.where.column == "processing"


def test_a_number_that_was_read_by_evidence_is_said_with_the_evidence(write_flows: Write) -> None:
    lines = ["period;from;to;role;material;mass;unit;origin"]
    lines += [f"2020;market;factory;input;glass;{mass};kg;recycled" for mass in ("1.234", "12,5", "0,25")]
    (remark,) = of_kind(load_fieldlab(write_flows("\n".join(lines))), "notation_shown")
    assert (remark.where.column, remark.rows) == ("mass", (2,))
    assert "1.234 is op twee manieren te lezen, en is gelezen als 1234 (1 rij)" in remark.text("nl")
    assert "other numbers have ',' before the decimals (0,25, 12,5)" in remark.text("en")


@pytest.mark.parametrize(("encoding", "kinds"), [("utf-8", []), ("utf-16", []), ("cp1252", ["encoding"])])
def test_a_file_that_is_not_utf_8_is_read_and_said(encoding: str, kinds: list[str], write_flows: Write) -> None:
    text = "period,from,to,role,material,mass,unit,origin,source\n2020,market,factory,input,glass,5,kg,recycled,café\n"
    lab = load_fieldlab(write_flows(text.encode(encoding)))
    assert [warning.kind for warning in lab.warnings] == kinds
    assert all("Windows-1252" in warning.text(lang) for warning in lab.warnings for lang in ("nl", "en"))
