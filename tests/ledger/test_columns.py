"""A cell that is wrong is answered with what was probably meant."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from circularity.errors import CircularityError
from circularity.ledger.fieldlab import load_fieldlab

Faults = Callable[[Path], list[CircularityError]]
Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("bad", "error", "nl", "en"),
    [
        ({"material": "Glas"}, "UnknownCode", "Bedoelt u 'glass'?", "Did you mean 'glass'?"),
        ({"material": "STEEL"}, "UnknownCode", "Bedoelt u 'steel'?", "Did you mean 'steel'?"),
        ({"material": "st\u0435el"}, "UnknownCode", "Let op: \u0435 (U+0435) is geen gewone letter maar lijkt erop. "
         "Bedoelt u 'steel'?", "Note: \u0435 (U+0435) is not a plain letter but looks like one. Did you mean 'steel'?"),
        ({"origin": "uit recycling"}, "UnknownCode", "Bedoelt u 'recycled'?", "Did you mean 'recycled'?"),
        ({"origin": "gecertificeerd"}, "UnknownCode", "Bedoelt u 'sustainable'?", "Did you mean 'sustainable'?"),
        ({"role": "Inkoop"}, "UnknownCode", "Bedoelt u 'input'?", "Did you mean 'input'?"),
        ({"from": "Apeldoorn"}, "UnknownReference", "Bedoelt u 'GM0200'?", "Did you mean 'GM0200'?"),
        ({"from": "Markt"}, "UnknownReference", "Bedoelt u 'market'?", "Did you mean 'market'?"),
        ({"to": "FACTORY"}, "UnknownReference", "Bedoelt u 'factory'?", "Did you mean 'factory'?"),
        ({"unit": "ton"}, "UnknownUnit", "Bedoelt u 't'?", "Did you mean 't'?"),
        ({"unit": "tonnes"}, "UnknownUnit", "Bedoelt u 't'?", "Did you mean 't'?"),
        ({"unit": "kilo"}, "UnknownUnit", "Bedoelt u 'kg'?", "Did you mean 'kg'?"),
        ({"unit": "KG"}, "UnknownUnit", "Bedoelt u 'kg'?", "Did you mean 'kg'?"),
        ({"unit": "MT"}, "UnknownUnit", "Bedoelt u 't' of 'Mt'?", "Did you mean 't' or 'Mt'?"),
        ({"unit": "stuks"}, "UnknownUnit", "Kies uit: mg, g, kg, t, kt, short_ton, long_ton, lb, Mt.",
         "Choose from: mg, g, kg, t, kt, short_ton, long_ton, lb, Mt."),
        ({"mass": "25,5"}, "NotANumber", "Bedoelt u '25.5'? Schrijf een decimale punt", "Did you mean '25.5'? Write a"),
        ({"mass": "1.234,5"}, "NotANumber", "Bedoelt u '1234.5'?", "Did you mean '1234.5'?"),
        ({"mass": "1,234"}, "NotANumber", "Bedoelt u '1.234' of '1234'?", "Did you mean '1.234' or '1234'?"),
        ({"mass": "25 kg"}, "NotANumber", "Bedoelt u '25', met 'kg' in de kolom unit?",
         "Did you mean '25', with 'kg' in the column unit?"),
        ({"mass": "1,5 ton"}, "NotANumber", "Bedoelt u '1.5', met 't' in de kolom unit?",
         "Did you mean '1.5', with 't' in the column unit?"),
        ({"mass": "n.v.t."}, "NotANumber", "Verwacht: een getal van 0 of meer. Weet u het niet, schrijf dan onbekend.",
         "Expected: a number of 0 or more. Write unknown if you do not know."),
        ({"mass": ""}, "EmptyCell", "Verwacht: een getal van 0 of meer. Weet u het niet, schrijf dan onbekend.",
         "Expected: a number of 0 or more. Write unknown if you do not know."),
        ({"mass": -5}, "NegativeMass", "Draai de stroom om (from en to)", "Turn the flow round (from and to)"),
        ({"mass": "1000001", "unit": "Mt"}, "OutOfRange", "een massa van ten hoogste 1.000.000 Mt",
         "a mass of at most 1,000,000 Mt"),
        ({"uncertainty": "5%"}, "NotANumber", "Bedoelt u '1.05'?", "Did you mean '1.05'?"),
        ({"uncertainty": 0.05}, "OutOfRange", "Bedoelt u '1.05'?", "Did you mean '1.05'?"),
        ({"uncertainty": 50}, "OutOfRange", "Verwacht: een getal van 1 tot en met 10.", "a number from 1 to 10."),
        ({"reliability": "hoog"}, "NotANumber", "een geheel getal van 1 tot en met 5", "a whole number from 1 to 5"),
        ({"period": "31-12-2020"}, "NotAPeriod", "Bedoelt u '2020'?", "Did you mean '2020'?"),
        ({"period": "2020.0"}, "NotAPeriod", "Bedoelt u '2020'?", "Did you mean '2020'?"),
        ({"period": ""}, "EmptyCell", "Kies uit: 2020.", "Choose from: 2020."),
        ({"role": ""}, "EmptyCell", "Kies uit: input, product, residue,", "Choose from: input, product, residue,"),
        ({"eural": "30104"}, "UnknownCode", "Bedoelt u '030104'?", "Did you mean '030104'?"),
        ({"eural": "20 01 01"}, "UnknownCode", "Bedoelt u '200101'?", "Did you mean '200101'?"),
        ({"processing": "a01"}, "UnknownCode", "Bedoelt u 'A01'?", "Did you mean 'A01'?"),
    ],
)  # fmt: skip
def test_a_wrong_cell_of_a_flow_gets_the_right_hint(
    bad: dict[str, Any], error: str, nl: str, en: str, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_lab([make_flow(), make_flow(**{"mass": 7, **bad})]))
    assert (fault.code, fault.where.row, fault.where.column) == (error, 3, next(iter(bad)))
    assert nl in fault.text("nl")
    assert en in fault.text("en")


@pytest.mark.parametrize(
    ("bad", "error", "nl"),
    [
        ({"recycled_share": "0,35"}, "NotANumber", "Bedoelt u '0.35'?"),
        ({"recycled_share": "35%"}, "NotANumber", "Bedoelt u '0.35'?"),
        ({"recycled_share": "35 %"}, "NotANumber", "Bedoelt u '0.35'?"),
        ({"recycled_share": 35}, "OutOfRange", "Bedoelt u '0.35'?"),
        ({"recycled_share": 350}, "OutOfRange", "ligt buiten de grenzen. Verwacht: een getal van 0 tot en met 1."),
        ({"lifetime": "15 jaar"}, "NotANumber", "Bedoelt u '15'? De kolom is in jaar."),
        ({"lifetime": 1e9}, "OutOfRange", "een getal groter dan 0, ten hoogste 10000"),
        ({"mass": 0}, "OutOfRange", "Verwacht: een getal groter dan 0."),
        ({"organisation": "Factory Ltd"}, "UnknownReference", "Bedoelt u 'factory'?"),
        ({"parent": "stoel"}, "UnknownReference", "Kies uit: table."),
        ({"product": "Grote tafel"}, "UnsafeName", "Bedoelt u 'Grote_tafel'? Gebruik letters zonder accent"),
        ({"product": "market"}, "ReservedName", "is al een code van de methode (lijst places)"),
        ({"product": "unknown"}, "ReservedName", "Kies een andere korte code."),
    ],
)
def test_a_wrong_cell_of_a_product_gets_the_right_hint(
    bad: dict[str, Any], error: str, nl: str, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    organisations = [{"organisation": "factory", "name": "Factory Ltd"}]
    product = {"product": "table", "mass": 10, "unit": "kg", **bad}
    (fault,) = faults_in(write_lab([make_flow()], [product], organisations))
    assert (fault.code, fault.where.row, fault.where.column) == (error, 2, next(iter(bad)))
    assert nl in fault.text("nl")
    assert "{" not in fault.text("en")


def test_unknown_is_not_offered_where_it_is_not_allowed(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    product = {"product": "table", "mass": "zwaar", "unit": "kg"}
    rows = [make_flow(period="?"), make_flow(unit="?"), make_flow(role="?"), make_flow(**{"from": "?"})]
    for fault in faults_in(write_lab([make_flow(), *rows], [product])):
        assert "onbekend." not in fault.text("nl").replace("is onbekend.", ""), fault.text("nl")
    (fault,) = faults_in(write_lab([make_flow(origin="?")], name="other"))
    assert "Weet u het niet, schrijf dan onbekend." in fault.text("nl")
    assert "Write unknown if you do not know." in fault.text("en")


def test_nothing_is_suggested_when_nothing_is_near(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    (fault,) = faults_in(write_lab([make_flow(material="qqq")]))
    assert "Bedoelt u" not in fault.text("nl")
    assert "De namen staan in methodology/vocabulary/materials.csv." in fault.text("nl")
    (fault,) = faults_in(write_lab([make_flow(role="qqq")], name="other"))
    assert "Kies uit: input, product, residue, end_of_life, supply, exchange, handling." in fault.text("nl")


def test_a_choice_is_whole_in_json_and_in_plain_words_otherwise(
    write_lab: Write, make_flow: Flow, faults_in: Faults, method: Any
) -> None:
    code, number = faults_in(write_lab([make_flow(material="qqq"), make_flow(mass="x")]))[::-1]
    if type(code).__name__ != "UnknownCode":
        code, number = number, code
    assert code.as_dict("nl")["expected"] == method.vocabularies["materials"].codes
    assert number.as_dict("nl")["expected"] == "een getal van 0 of meer"
    assert number.as_dict("en")["expected"] == "a number of 0 or more"


def test_a_quantity_may_be_negative_only_when_its_list_says_so(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    measurement = {"entity": "factory", "period": 2020, "quantity": "revenue", "value": -2, "unit": "MEUR"}
    (fault,) = faults_in(write_lab([make_flow()], measurements=[measurement]))
    assert (fault.code, fault.where.row, fault.where.column) == ("OutOfRange", 2, "value")
    assert "-2 ligt buiten de grenzen. Verwacht: een getal van 0 of meer." in fault.text("nl")


def test_a_measurement_too_large_for_its_base_unit_is_refused(
    write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    measurement = {"entity": "factory", "period": 2020, "quantity": "revenue", "value": "1e308", "unit": "MEUR"}
    (fault,) = faults_in(write_lab([make_flow()], measurements=[measurement]))
    assert (fault.code, fault.where.column) == ("OutOfRange", "value")
    assert "ten hoogste 1.000.000.000.000.000" in fault.text("nl")


def test_a_price_may_be_negative(write_lab: Write, make_flow: Flow) -> None:
    assert load_fieldlab(write_lab([make_flow(price=-40)])).tables["flows"]["price"].tolist() == [-40]


def test_thousands_of_wrong_cells_are_answered_fast(write_lab: Write, make_flow: Flow, faults_in: Faults) -> None:
    rows = [make_flow(material=f"stel{i}", source=i) for i in range(20_000)]
    folder = write_lab(rows)
    start = time.process_time()
    found = faults_in(folder)
    assert len(found) == 20_000
    assert "'steel'" in found[0].text("nl")
    assert time.process_time() - start < 30  # a search for every cell would take minutes


@pytest.mark.parametrize(
    ("bad", "nl"),
    [
        ({"eural": "17 02 04*"}, "Bedoelt u '170204'?"),
        ({"eural": "1702"}, "Bedoelt u '170201', '170202' of '170203'?"),
        ({"eural": "170280"}, "Bedoelt u '170201', '170202' of '170203'?"),
        (
            {"eural": "999999"},
            "staan in methodology/vocabulary/eural.csv. Weet u het niet, schrijf dan onbekend.",
        ),
    ],
)
def test_a_wrong_waste_code_brings_the_nearest_and_not_the_whole_list(
    bad: dict[str, Any], nl: str, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    (fault,) = faults_in(write_lab([make_flow(), make_flow("residue", **bad)]))
    assert nl in fault.text("nl")
    assert len(fault.as_dict("nl")["expected"]) < 150


@pytest.mark.parametrize(("written", "meant"), [("3101", "31.01"), ("31.01.1", "31.01"), ("C", None), ("99.9", "99.0")])
def test_a_branch_is_written_as_cbs_does(
    written: str, meant: str | None, write_lab: Write, make_flow: Flow, faults_in: Faults
) -> None:
    organisation = {"organisation": "factory", "name": "Factory", "sbi": written}
    (fault,) = faults_in(write_lab([make_flow()], organisations=[organisation]))
    assert (fault.code, fault.where.column) == ("UnknownCode", "sbi")
    assert (f"Bedoelt u '{meant}'" in fault.text("nl")) == (meant is not None)


def test_branches_of_every_depth_are_taken(make_lab: Callable[..., Any], make_flow: Flow) -> None:
    names = {"factory": "31.01", "b": "31.0", "c": "31", "d": "unknown", "e": ""}
    rows = [{"organisation": o, "name": o, "sbi": sbi} for o, sbi in names.items()]
    assert list(make_lab([make_flow()], organisations=rows).tables["organisations"]["sbi"]) == list(names.values())
