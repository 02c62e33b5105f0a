"""The asterisk of a waste code decides whether waste is hazardous (decision 0018)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circularity as ce
from circularity.errors import CircularityError
from circularity.ledger.fieldlab import Fieldlab

Flow = Callable[..., dict[str, Any]]
VERSIONS = ("0.1.0", "0.2.0", "0.3.0")


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


def test_a_version_that_knew_no_waste_codes_says_nothing_of_them(
    write_lab: Callable[..., Path], make_flow: Flow
) -> None:
    """Version 0.2.0 gave such a flow no say on hazard; it still does, so that its figures stay what they were."""
    folder = write_lab([make_flow(), make_flow("residue", eural="170204", hazardous="")])
    hazards = [ce.load_fieldlab(folder, ce.load_method(v)).tables["flows"]["hazardous"].iloc[1] for v in VERSIONS]
    assert hazards == ["", "", "hazardous"]
