"""Comparing: two indicators, or a change under two versions of the method."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import circularity as ce
from circularity.assessment.compare import split_change
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.load import Method, load_method
from tests.conftest import copy_of_method, replace_in
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def test_two_indicators_that_measure_alike_stand_beside_each_other(pv_result: ce.Result) -> None:
    found = pv_result.compare("circular_input_share", "available_output_share", 2020).iloc[0]
    assert found["difference"] == found["available_output_share"] - found["circular_input_share"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mci", "mci_2015"),
        ("mci_2015", "mci"),
        ("mki_a1", "mki_a2"),
        ("cmu_eurostat", "cmu_cbs"),
        ("input_mass", "mci"),
    ],
)
def test_what_is_measured_in_another_way_or_unit_refuses_to_be_compared(
    first: str, second: str, pv_result: ce.Result
) -> None:
    with raises("NotComparable") as raised:
        pv_result.compare(first, second)
    assert "circularity" not in raised.value.text("nl")
    assert raised.value.text("nl") != raised.value.text("en")


@pytest.fixture
def changed(method_copy: Path) -> Path:
    """A version of the method in which the constant of the MCI is another."""
    return with_another_constant(method_copy)


def with_another_constant(folder: Path) -> Path:
    replace_in(folder / "indicators" / "mci.yaml", "F_X: {formula: 0.9 / X", "F_X: {formula: 0.5 / X")
    replace_in(folder / "method.yaml", f"version: {load_method().version}", "version: 9.0.0")
    return folder


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Method:
    """The same version, read."""
    return load_method(with_another_constant(copy_of_method(tmp_path_factory.mktemp("later"))))


@pytest.fixture(scope="module")
def split(pv: Fieldlab, later: Method) -> pd.DataFrame:
    return split_change(pv, load_method(), later, 2010, 2020)


def test_the_data_part_and_the_method_part_sum_exactly_to_the_change(split: pd.DataFrame) -> None:
    assert len(split) > 100
    known = split[split["status"] == "ok"]
    for row in known.to_dict("records"):
        parts = Fraction(row["data_part"]) + Fraction(row["method_part"])
        assert parts == Fraction(row["total"]) == Fraction(row["new_later"]) - Fraction(row["old_earlier"])
        assert row["data_part"] + row["method_part"] == row["total"]


def test_an_indicator_whose_formula_did_not_change_has_no_method_part(split: pd.DataFrame) -> None:
    table = split.set_index("indicator")
    assert table.at["circular_input_share", "method_part"] == 0
    assert table.at["circular_input_share", "data_part"] != 0
    assert table.at["mci", "method_part"] > 0.1


def test_the_split_agrees_with_what_each_version_gives(
    pv: Fieldlab, pv_result: ce.Result, later: Method, split: pd.DataFrame
) -> None:
    row = split.set_index("indicator").loc["mci"]
    old, new = pv_result.indicators, ce.assess(pv, later, draws=100).indicators
    for table, period, column in ((old, 2010, "old_earlier"), (old, 2020, "old_later"), (new, 2020, "new_later")):
        mine = (table["indicator"] == "mci") & (table["period"] == period)
        assert row[column] == pytest.approx(table.loc[mine, "value"].item(), rel=1e-13)


def test_a_part_that_cannot_be_told_has_a_reason(split: pd.DataFrame) -> None:
    table = split.set_index("indicator")
    assert table.at["cti_revenue", "status"] == "missing"
    assert "revenue" in table.at["cti_revenue", "reason"]


@pytest.mark.parametrize(
    ("file", "id_", "old", "new", "because"),
    [
        ("cb23_input.yaml", "primary_input_mass", "unit: kg", 'unit: "1"', "kg and 1"),
        ("transition.yaml", "initiatives_count", "levels: [organisation, fieldlab]", "levels: [product]", "level"),
    ],
)
def test_an_indicator_that_two_versions_take_in_unlike_ways_is_named_and_not_left_out(
    file: str, id_: str, old: str, new: str, because: str, pv: Fieldlab, changed: Path
) -> None:
    path = changed / "indicators" / file
    before, declared = path.read_text(encoding="utf-8").split(f"- id: {id_}\n", 1)
    path.write_text(f"{before}- id: {id_}\n{declared.replace(old, new, 1)}", encoding="utf-8")
    rows = split_change(pv, load_method(), load_method(changed), 2010, 2020)
    rows = rows[rows["indicator"] == id_]
    assert len(rows) > 0
    assert set(rows["status"]) == {"missing"}
    assert rows["reason"].str.contains(because).all()
    assert rows["total"].isna().all()


def test_a_product_that_is_no_longer_made_is_named_in_the_change(
    write_lab: Write, make_flow: Flow, changed: Path
) -> None:
    chair = {"product": "chair", "mass": 5, "unit": "kg", "period": 2020}
    stool = {**chair, "product": "stool", "period": 2021}
    folder = write_lab([make_flow(), make_flow(period=2021)], [chair, stool], periods=(2020, 2021))
    lab = load_fieldlab(folder, load_method(changed))
    table = split_change(lab, load_method(), load_method(changed), 2020, 2021)
    rows = table[table["indicator"] == "mci"].set_index("entity")
    assert set(rows.index) == {"chair", "stool"}
    assert rows.at["stool", "reason"] == "stool does not occur in 2020"
    assert rows.at["chair", "status"] == "missing"


def test_what_a_version_makes_of_a_waste_code_is_its_own_part_of_a_change(
    write_lab: Callable[..., Path], make_flow: Callable[..., dict[str, Any]], method_copy: Path
) -> None:
    """A version whose list of waste does not say what is hazardous, and one whose list does; the data are the same."""
    replace_in(method_copy / "vocabulary" / "eural.csv", "code,parent,nl,en,hazardous,", "code,parent,nl,en,asterisk,")
    waste = {"eural": "170204", "destination": "landfill"}
    flows = [make_flow("residue", period=year, mass=40, **waste) for year in (2020, 2021)]
    lab = load_fieldlab(write_lab([make_flow(period=2020), make_flow(period=2021), *flows], periods=(2020, 2021)))
    table = split_change(lab, load_method(method_copy), load_method(), 2020, 2021).set_index(["indicator", "level"])
    row = table.loc["hazardous_waste_mass", "fieldlab"]
    assert (row["status"], row["reason"] != "") == ("missing", True)
