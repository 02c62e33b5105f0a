"""Activities, support, quantities measured for products and for a region as a whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circularity as ce
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from tests.conftest import DESCRIPTION, write_table

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]
Write = Callable[..., Path]


def activity(name: str, r_strategy: str = "R3", **more: Any) -> dict[str, Any]:
    return {"activity": name, "organisation": "factory", "r_strategy": r_strategy, "start": 2019, **more}


def figures(folder: Path) -> Any:
    table = ce.assess(load_fieldlab(folder), draws=100).indicators
    return table[(table["level"] == "fieldlab") & (table["period"] == 2020)].set_index("indicator")


def test_initiatives_are_counted_by_step_of_the_ladder(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    write_table(
        folder / "activities.csv", [activity("a", "R3"), activity("b", "R4"), activity("c", "R6"), activity("d", "R8")]
    )
    found = figures(folder)
    assert found.at["initiatives_count", "value"] == 4
    assert found.at["initiatives_step4_share", "value"] == 0.5
    assert sum(found.at[f"initiatives_step{i}_share", "value"] for i in range(1, 7)) == 1


def test_an_initiative_counts_in_the_years_it_was_going_on(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    rows = [activity("past", end=2019), activity("now", end=2020), activity("still"), activity("later", start=2021)]
    write_table(folder / "activities.csv", rows)
    assert figures(folder).at["initiatives_count", "value"] == 2


@pytest.mark.parametrize(
    ("year", "sure"),
    [
        ({"start": "unknown"}, False),
        ({"start": "unknown", "end": 2021}, False),
        ({"start": "unknown", "end": 2020}, True),  # it was going on in its last year
        ({"start": 2018, "end": "unknown"}, False),
        ({"start": 2020, "end": "unknown"}, True),
        ({"start": "unknown", "end": "unknown"}, False),
        ({"start": 2018}, True),  # an empty end goes on
    ],
)
def test_a_year_that_is_unknown_widens_the_interval_and_lowers_the_coverage(
    year: dict[str, Any], sure: bool, write_lab: Write, make_flow: Flow
) -> None:
    folder = write_lab([make_flow()])
    write_table(folder / "activities.csv", [activity("a"), {**activity("b"), **year}])
    found = figures(folder).loc["initiatives_count"]
    expected = (2, 2, 2, 1) if sure else (1, 1, 2, 0.5)
    assert (found["value"], found["low"], found["high"], found["coverage"]) == expected


def test_an_initiative_that_cannot_be_of_the_year_counts_nowhere(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    past, later = activity("b", start="unknown", end=2019), activity("c", start=2021, end="unknown")
    write_table(folder / "activities.csv", [activity("a"), past, later])
    found = figures(folder).loc["initiatives_count"]
    assert (found["value"], found["low"], found["high"], found["coverage"]) == (1, 1, 1, 1)


def test_an_unknown_step_widens_the_interval_and_lowers_the_coverage(write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    rows = [activity("a", "R3"), activity("b", "R8"), activity("c", "unknown"), activity("d", "R8")]
    write_table(folder / "activities.csv", rows)
    step = figures(folder).loc["initiatives_step3_share"]
    assert (step["value"], step["low"], step["high"], step["coverage"]) == (0.25, 0.25, 0.5, 0.75)


def test_without_the_table_the_figures_are_missing_and_not_zero(write_lab: Write, make_flow: Flow) -> None:
    found = figures(write_lab([make_flow()]))
    assert found.at["initiatives_count", "status"] == "missing"
    assert "Activities" in found.at["initiatives_count", "reason"]
    assert found.at["support_hours", "status"] == "missing"


def test_support_is_added_up_and_an_unknown_number_of_hours_makes_the_sum_missing(
    write_lab: Write, make_flow: Flow
) -> None:
    folder = write_lab([make_flow()])
    contact = {"period": 2020, "organisation": "factory", "line": "line1", "instrument": "help_desk"}
    write_table(folder / "support.csv", [{**contact, "hours": 2}, {**contact, "hours": 3, "line": "line2"}])
    found = figures(folder)
    assert found.at["support_hours", "value"] == 5
    assert found.at["support_contacts_line1", "value"] == 1
    write_table(folder / "support.csv", [{**contact, "hours": 2}, {**contact, "hours": "unknown", "line": "line2"}])
    unknown = figures(folder).loc["support_hours"]
    assert unknown["status"] == "missing"
    assert "row 3" in unknown["reason"]


def test_a_quantity_measured_for_a_product_enters_its_formula(make_lab: Make, make_flow: Flow) -> None:
    reading = {"entity": "chair", "period": 2020, "unit": "1", "uncertainty": 1.2}
    lab = make_lab(
        [make_flow(product="chair")],
        [{"product": "chair", "mass": 5, "unit": "kg"}],
        measurements=[{**reading, "quantity": "return_share", "value": 0.5}],
    )
    table = ce.assess(lab, draws=500).indicators
    cycles = table[(table["indicator"] == "use_cycles") & (table["entity"] == "chair")].iloc[0]
    assert cycles["value"] == 2  # 1 / (1 - q)
    assert 1 <= cycles["low"] < 2 < cycles["high"]


@pytest.fixture
def region(write_lab: Write) -> Callable[[dict[str, float]], Any]:
    """A function that gives the figures of a region that is known by its totals alone. [kt]"""

    def figures_of(totals: dict[str, float]) -> Any:
        kt = {"entity": "made-up-region", "period": 2020, "unit": "kt", "uncertainty": 1, "vintage": "2025-11"}
        readings = [{**kt, "quantity": quantity, "value": value} for quantity, value in totals.items()]
        kind = DESCRIPTION.replace("kind: circular_factory", "kind: region")
        folder = write_lab([], description=kind, measurements=readings, name="made-up-region")
        (folder / "flows.csv").unlink()
        (folder / "products.csv").unlink()
        return figures(folder)

    return figures_of


def test_a_region_is_known_by_its_totals_alone(region: Callable[[dict[str, float]], Any]) -> None:
    found = region({"domestic_extraction": 50, "imports": 120, "exports": 90, "domestic_material_consumption": 80})
    assert found.at["dmi", "value"] == 170e6  # golden vector E2
    assert found.at["ptb", "value"] == 30e6
    assert found.at["dmc", "value"] == 80e6
    assert found.at["rmc", "status"] == "missing"
    assert "Test factory" in found.at["rmc", "reason"]  # the name of every fieldlab made on the spot


def test_a_negative_consumption_of_a_small_region_gives_no_use_rate(region: Callable[[dict[str, float]], Any]) -> None:
    waste = dict.fromkeys(
        ("waste_recycled_domestically", "waste_imported_for_recycling", "waste_exported_for_recycling"), 10
    )
    assert region({**waste, "domestic_material_consumption": -5}).at["cmu_eurostat", "status"] == "missing"


def test_a_share_measured_for_a_product_stays_a_share_in_every_draw(make_lab: Make, make_flow: Flow) -> None:
    reading = {"entity": "chair", "period": 2020, "unit": "1", "uncertainty": 3}
    lab = make_lab(
        [make_flow(product="chair")],
        [{"product": "chair", "mass": 5, "unit": "kg"}],
        measurements=[{**reading, "quantity": "return_share", "value": 0.9}],
    )
    table = ce.assess(lab, draws=1000).indicators
    cycles = table[(table["indicator"] == "use_cycles") & (table["entity"] == "chair")].iloc[0]
    assert cycles["low"] >= 1
    assert pytest.approx(10) == cycles["value"]
