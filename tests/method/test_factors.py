"""Factors: numbers from elsewhere, each with source and year, and never of two sets in one formula."""

from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError, MethodFaults
from circularity.method.compute import compute
from circularity.method.load import Method, load_method
from tests.conftest import replace_in

A1 = ["adp_elements", "adp_fossil", "gwp", "odp", "pocp", "ap", "ep", "htp", "faetp", "maetp", "tetp"]


@pytest.fixture
def faults(method_copy: Path) -> Callable[[str, str, str], list[CircularityError]]:
    """A function that replaces a text in a copy of the method and gives the faults of the copy."""

    def edited(file: str, old: str, new: str) -> list[CircularityError]:
        replace_in(method_copy / file, old, new, 1)
        with pytest.raises(MethodFaults) as raised:
            load_method(method_copy)
        return list(raised.value)

    return edited


def test_one_unit_of_each_category_of_set_a1_costs_what_the_weights_add_up_to(method: Method) -> None:
    """Eleven shadow prices (TNO-MEP 2004 in the NMD), one unit of each: 45.5501 euro."""
    found = method.factors["shadow_prices_a1"]
    assert sum(f.value for f in found.values()) == pytest.approx(45.5501)
    indicator = method.indicator("mki_a1")
    assert compute(indicator, dict.fromkeys(indicator.whole_inputs, 1)).value == pytest.approx(45.5501)


def test_climate_change_is_counted_once_in_set_a2(method: Method) -> None:
    """Either the total or its three parts: the same product costs the same both ways."""
    whole, split = method.indicator("mki_a2"), method.indicator("mki_a2_split")
    parts = [n for n in split.whole_inputs if n not in whole.whole_inputs]
    (total,) = (n for n in whole.whole_inputs if n not in split.whole_inputs)
    assert len(parts) == 3
    others = {n: 0.5 for n in whole.whole_inputs if n != total}
    once = compute(whole, {**others, total: 6}).value
    assert compute(split, {**others, **dict(zip(parts, (1, 2, 3), strict=True))}).value == pytest.approx(once)


def test_factors_of_two_sets_are_never_mixed(faults: Callable[[str, str, str], list[CircularityError]]) -> None:
    found = faults(
        "indicators/environment.yaml",
        "{table: shadow_prices_a1, key: gwp}",
        "{table: shadow_prices_a2, key: gwp_total}",
    )
    assert any("one set" in f.text("en") and "A1, A2" in f.text("en") for f in found)


@pytest.mark.parametrize(("column", "value"), [("year", ""), ("year", "later"), ("value", "much"), ("value", "nan")])
def test_a_factor_without_year_or_number_is_refused(
    column: str, value: str, root: Path, faults: Callable[[str, str, str], list[CircularityError]]
) -> None:
    lines = (root / "methodology" / "factors" / "shadow_prices_a1.csv").read_text(encoding="utf-8").splitlines()
    heading, row = lines[0].split(","), lines[1]
    at = heading.index(column)
    import csv

    (cells,) = csv.reader([row])
    old = f",{cells[at]},"
    found = faults("factors/shadow_prices_a1.csv", old, f",{value},")
    assert any(
        (f.where.file, f.where.row, f.where.column) == ("factors/shadow_prices_a1.csv", 2, column) for f in found
    )


def test_a_factor_that_is_not_there_is_named(faults: Callable[[str, str, str], list[CircularityError]]) -> None:
    found = faults(
        "indicators/environment.yaml", "{table: shadow_prices_a1, key: gwp}", "{table: shadow_prices_a1, key: gpw}"
    )
    assert any("'gpw'" in f.text("en") and "gwp" in f.text("en") for f in found)
