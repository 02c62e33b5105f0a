"""Named parties outside the fieldlab, and waste that was counted before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circularity as ce
from circularity.errors import CircularityError
from circularity.ledger.balance import handed_on, mass_balance
from circularity.ledger.fieldlab import load_fieldlab

Flow = Callable[..., dict[str, Any]]
PARTNERS = "partner,name\nplant,Plant\nstation,Station\n"


@pytest.fixture
def write_with_partners(write_lab: Callable[..., Path]) -> Callable[..., Path]:
    def write(flows: list[dict[str, Any]]) -> Path:
        folder = write_lab(flows)
        (folder / "partners.csv").write_text(PARTNERS, encoding="utf-8")
        return folder

    return write


def test_waste_handed_on_counts_in_no_sum_and_stands_beside_what_was_generated(
    write_with_partners: Callable[..., Path], make_flow: Flow
) -> None:
    first = make_flow("residue", 100, to="station")
    again = make_flow("handling", 90, to="plant", destination="") | {"from": "station"}
    alone, both = (load_fieldlab(write_with_partners(flows)) for flows in ([first], [first, again]))
    one, two = (ce.assess(lab, draws=100).indicators for lab in (alone, both))
    assert one.equals(two)
    assert mass_balance(alone).equals(mass_balance(both))
    assert handed_on(alone).empty
    assert handed_on(both).to_dict("records") == [
        {"period": 2020, "generated": 100.0, "handed_on": 90.0, "rows_unknown": 0}
    ]


def test_a_mass_handed_on_that_is_unknown_is_told_and_not_counted_as_zero(
    write_with_partners: Callable[..., Path], make_flow: Flow
) -> None:
    flow = make_flow("handling", "unknown", to="plant", destination="") | {"from": "station"}
    (row,) = handed_on(load_fieldlab(write_with_partners([make_flow("residue"), flow]))).to_dict("records")
    assert (row["handed_on"], row["rows_unknown"]) == (0, 1)


def test_a_flow_may_go_to_a_partner_but_none_counts_for_one(
    write_with_partners: Callable[..., Path], make_flow: Flow, faults_in: Callable[[Path], list[CircularityError]]
) -> None:
    assert load_fieldlab(write_with_partners([make_flow("residue", to="plant")]))
    (fault,) = faults_in(write_with_partners([make_flow("residue", to="market") | {"from": "plant"}]))
    assert (fault.code, fault.where.column) == ("WrongEnd", "from")


def test_a_partner_that_is_not_listed_is_named(
    write_with_partners: Callable[..., Path], make_flow: Flow, faults_in: Callable[[Path], list[CircularityError]]
) -> None:
    (fault,) = faults_in(write_with_partners([make_flow("residue", to="plnt")]))
    assert fault.code == "UnknownReference"
    assert "plant" in fault.text("en")


def test_rejects_of_an_import_are_no_table_of_the_fieldlab(
    write_with_partners: Callable[..., Path], make_flow: Flow
) -> None:
    folder = write_with_partners([make_flow()])
    (folder / "rejects.csv").write_text("file,row\nx,1\n", encoding="utf-8")
    assert load_fieldlab(folder)
