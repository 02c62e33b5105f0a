"""The asterisk of a waste code decides whether waste is hazardous (decision 0018)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circularity as ce
from circularity.errors import CircularityError
from circularity.ledger.fieldlab import Fieldlab
from tests.conftest import replace_in

Flow = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("eural", "given", "found"),
    [
        ("170204", "", "hazardous"),
        ("170204", "unknown", "hazardous"),
        ("170204", "hazardous", "hazardous"),
        ("170201", "onbekend", "non_hazardous"),
        ("unknown", "", ""),
        ("unknown", "unknown", "unknown"),
        ("", "hazardous", "hazardous"),
        ("", "", ""),
    ],
)
def test_a_waste_code_says_what_the_flow_leaves_open(
    eural: str, given: str, found: str, make_lab: Callable[..., Fieldlab], make_flow: Flow
) -> None:
    lab = make_lab([make_flow(), make_flow("residue", eural=eural, hazardous=given)])
    assert lab.tables["flows"]["hazardous"].iloc[1] == found


@pytest.mark.parametrize(("eural", "given"), [("170204", "non_hazardous"), ("170201", "hazardous")])
def test_a_flow_that_contradicts_its_waste_code_is_refused(
    eural: str, given: str, write_lab: Callable[..., Path], make_flow: Flow,
    faults_in: Callable[[Path], list[CircularityError]],
) -> None:  # fmt: skip
    (fault,) = faults_in(write_lab([make_flow(), make_flow("residue", eural=eural, hazardous=given)]))
    assert fault.code == "HazardContradicts"
    assert (fault.where.file, fault.where.row, fault.where.column) == ("flows.csv", 3, "hazardous")
    assert f"'{given}'" in fault.text("nl")
    assert eural in fault.text("en")


def test_what_the_code_says_counts_in_the_sums_of_hazardous_waste(
    make_lab: Callable[..., Fieldlab], make_flow: Flow
) -> None:
    flows = [
        make_flow("residue", 30, eural="170204", processing="G01"),
        make_flow("residue", 70, eural="170201", processing="G01"),
    ]
    table = ce.assess(make_lab([make_flow(), *flows]), draws=100).indicators
    row = table[(table["indicator"] == "hazardous_landfilled_waste_mass") & (table["level"] == "fieldlab")].iloc[0]
    assert (row["value"], row["low"], row["high"], row["coverage"]) == (30, 30, 30, 1)


def test_a_code_that_came_later_is_refused_in_an_earlier_year(
    write_lab: Callable[..., Path], make_flow: Flow, faults_in: Callable[[Path], list[CircularityError]]
) -> None:
    """16 03 07* came in on 1 June 2015: it holds in the whole of 2015, and not in 2014."""
    years = (2014, 2015)
    flows = [make_flow(period=y) for y in years] + [make_flow("residue", period=y, eural="160307") for y in years]
    (fault,) = faults_in(write_lab(flows, periods=years))
    assert (fault.code, fault.where.row) == ("CodeNotValid", 4)
    assert "sinds 2015-06-01" in fault.text("nl")
    assert "since 2015-06-01" in fault.text("en")


def test_a_list_of_waste_that_says_nothing_of_hazard_leaves_a_flow_without_it(
    write_lab: Callable[..., Path], make_flow: Flow, method_copy: Path
) -> None:
    folder = write_lab([make_flow(), make_flow("residue", eural="170204", hazardous="")])
    replace_in(method_copy / "vocabulary" / "eural.csv", "code,parent,nl,en,hazardous,", "code,parent,nl,en,asterisk,")
    methods = [ce.load_method(method_copy), ce.load_method("0.4.0")]
    hazards = [ce.load_fieldlab(folder, m).tables["flows"]["hazardous"].iloc[1] for m in methods]
    assert hazards == ["", "hazardous"]
