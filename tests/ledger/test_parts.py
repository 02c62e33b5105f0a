"""Products and their parts, in every period."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.errors import CircularityError
from circularity.ledger.fieldlab import load_fieldlab
from circularity.ledger.parts import Tree

Faults = Callable[[Path], list[CircularityError]]
Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


@pytest.fixture
def write_products(write_lab: Write, make_flow: Flow) -> Write:
    """A function that writes a fieldlab of 2020 and 2021 with the given products."""

    def write(*products: dict[str, Any]) -> Path:
        return write_lab([make_flow(), make_flow(period=2021)], products, periods=[2020, 2021])

    return write


def part(product: str, parent: str = "", mass: Any = "", period: Any = "") -> dict[str, Any]:
    return {
        "product": product,
        "parent": parent,
        "period": period,
        "mass": mass,
        "unit": "" if mass == "" else "kg",
    }


def test_a_circle_is_told_once_with_the_way_round(write_products: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_products(part("a", "c", 1), part("b", "a", 1), part("c", "b", 1), part("d", "a", 1)))
    assert (fault.code, fault.where.row, fault.where.column) == ("PartOfItself", 2, "parent")
    assert "een onderdeel van zichzelf: a → c → b → a. Herstel de kolom parent." in fault.text("nl")
    assert "a part of itself: a → c → b → a. Correct the column parent." in fault.text("en")


def test_what_is_part_of_what_may_turn_round_between_periods(write_products: Write) -> None:
    folder = write_products(
        part("a", "", "", 2020), part("b", "a", 1, 2020), part("a", "b", 1, 2021), part("b", "", "", 2021)
    )
    assert len(load_fieldlab(folder).tables["products"]) == 4


def test_a_circle_in_one_period_is_found(write_products: Write, faults_in: Faults) -> None:
    products = [part("a", "b", 1, 2020), part("b", "a", 1, 2020), part("a", "", "", 2021), part("b", "a", 1, 2021)]
    assert [(f.code, f.where.row) for f in faults_in(write_products(*products))] == [("PartOfItself", 2)]


def test_a_row_for_all_periods_beside_one_for_a_period_is_a_fault(write_products: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_products(part("a", "", 5), part("a", "", 6, 2021)))
    assert (fault.code, fault.where.row, fault.where.column) == ("OverlappingPeriods", 3, "period")
    assert "a staat hier voor 2021, en op rij 2 voor alle perioden." in fault.text("nl")
    assert "a is given here for 2021, and on row 2 for all periods." in fault.text("en")


def test_a_part_whose_whole_is_not_there_in_a_period_is_a_fault(write_products: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_products(part("a", "", "", 2020), part("b", "a", 1)))
    assert (fault.code, fault.where.row, fault.where.column) == ("NoWholeInPeriod", 3, "parent")
    assert "'b' is in 2021 een onderdeel van 'a', dat in die periode geen rij heeft." in fault.text("nl")
    assert "'b' is in 2021 a part of 'a', which has no row in that period." in fault.text("en")


def test_a_product_without_mass_names_the_periods_without_parts(write_products: Write, faults_in: Faults) -> None:
    (fault,) = faults_in(write_products(part("a"), part("b", "a", 1, 2020)))
    assert (fault.code, fault.where.row, fault.where.column) == ("ProductWithoutMass", 2, "mass")
    assert "'a' heeft geen massa en geen onderdelen in 2021." in fault.text("nl")
    assert "'a' has no mass and no parts in 2021." in fault.text("en")
    (fault,) = faults_in(write_products(part("a")))
    assert "'a' heeft geen massa en geen onderdelen. Geef" in fault.text("nl")


def test_a_mass_that_could_not_be_read_is_not_also_called_missing(write_products: Write, faults_in: Faults) -> None:
    assert [f.code for f in faults_in(write_products(part("a", "", "zwaar")))] == ["NotANumber"]


@pytest.mark.parametrize(("mass", "sound"), [(10, True), (10.09, True), (9.91, True), (10.2, False), (9.8, False)])
def test_parts_weigh_what_the_product_weighs_within_the_tolerance_of_the_method(
    mass: float, sound: bool, write_products: Write, faults_in: Faults
) -> None:
    folder = write_products(part("a", "", mass), part("b", "a", 4), part("c", "a", ""), part("d", "c", 6))
    if sound:
        assert len(load_fieldlab(folder).tables["products"]) == 8
        return
    (fault,) = faults_in(folder)
    assert (fault.code, fault.where.row, fault.where.column) == ("PartsDifferFromWhole", 2, "mass")
    assert "De onderdelen van 'a' wegen samen 10,0 kg, het product zelf" in fault.text("nl")
    assert "The parts of 'a' together weigh 10.0 kg, the product itself" in fault.text("en")


def test_a_part_of_unknown_mass_says_nothing_of_the_whole(write_products: Write, faults_in: Faults) -> None:
    found = faults_in(write_products(part("a", "", 10), part("b", "a", 4), part("c", "a", "")))
    assert [(f.code, f.where.row) for f in found] == [("ProductWithoutMass", 4)]


@pytest.mark.parametrize(
    ("product", "column"),
    [(part("b", "aa", 5), "parent"), ({**part("b", "a", 5), "period": "20200"}, "period")],
)
def test_what_follows_from_a_wrong_whole_or_period_is_not_told(
    product: dict[str, Any], column: str, write_products: Write, faults_in: Faults
) -> None:
    found = faults_in(write_products(part("a"), product, part("c", "", 8), part("d", "c", 3), part("e", "c", 5)))
    assert [(f.where.row, f.where.column) for f in found] == [(3, column)]


def test_nesting_is_as_deep_as_the_method_allows_and_no_deeper(
    write_products: Write, faults_in: Faults, method: Any
) -> None:
    deepest = method.tables["products"].deepest
    chain = [part("p0"), *(part(f"p{i}", f"p{i - 1}") for i in range(1, deepest)), part("last", f"p{deepest - 1}", 1)]
    assert len(load_fieldlab(write_products(*chain)).tables["products"]) == 2 * (deepest + 1)
    (fault,) = faults_in(write_products(*chain, part("deeper", "last", 1), part("deepest", "deeper", 1)))
    assert (fault.code, fault.where.row, fault.where.column) == ("NestedTooDeep", deepest + 3, "parent")
    assert f"'deeper' staat meer dan {deepest} lagen diep in een product." in fault.text("nl")
    assert f"'deeper' is more than {deepest} layers deep in a product." in fault.text("en")


@pytest.mark.parametrize("closed", [False, True])
def test_a_chain_of_20_000_parts_is_answered_fast(closed: bool, write_products: Write, faults_in: Faults) -> None:
    last = "p19999" if closed else ""
    folder = write_products(part("p0", last), *(part(f"p{i}", f"p{i - 1}", "") for i in range(1, 20_000)))
    start = time.process_time()
    found = {f.code: f for f in faults_in(folder)}
    assert time.process_time() - start < 30  # a walk up from every part would take minutes
    assert ("PartOfItself" if closed else "NestedTooDeep") in found
    assert len(found["PartOfItself"].text("nl")) < 300 if closed else found["NestedTooDeep"].where.row == 23


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), max_size=8))
def test_every_product_is_in_a_circle_leads_to_one_or_has_its_layers_counted(parent: dict[str, str]) -> None:
    names = sorted({*parent, *parent.values()})
    tree = Tree({name: i for i, name in enumerate(names)}, parent)
    for name in names:
        above, seen = name, []
        while above in parent and above not in seen:
            seen.append(above)
            above = parent[above]
        if above in seen:
            assert name not in tree.layers
            assert any(set(circle) == set(seen[seen.index(above) :]) for circle in tree.circles)
        else:
            assert tree.layers[name] == len(seen)
