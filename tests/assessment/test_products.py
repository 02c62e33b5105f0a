"""Products with parts: life-cycle mass, shares, and the MCI in the ledger."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from circularity.assessment.assessment import assess
from circularity.assessment.changes import changes
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.compute import compute

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]

NOTHING = dict.fromkeys(
    ["reused_share", "recycled_share", "sustainable_share", "unsustainable_share", "reuse_rate", "recycling_rate",
     "composting_rate", "energy_rate", "qualified_energy_rate"], 0,
)  # fmt: skip


AVERAGE = {"lifetime": 10, "industry_lifetime": 10, "use_intensity": 1, "industry_use_intensity": 1}


def efficiencies(value: float) -> dict[str, float]:
    return {"feedstock_efficiency": value, "recycling_efficiency": value}


def part(product: str, mass: float, **more: Any) -> dict[str, Any]:
    return {"product": product, "mass": mass, "unit": "kg", "uncertainty": 1, **NOTHING, **more}


def at_product(lab: Fieldlab, product: str) -> pd.DataFrame:
    table = assess(lab, draws=100).table()
    return table[(table["level"] == "product") & (table["entity"] == product)].set_index("indicator")


def test_cb1_an_object_of_parts_with_different_lives(make_lab: Make, make_flow: Flow) -> None:
    """The constructed CB'23 vector: frame, leaf, and hinges that are replaced once in the life of the object."""
    window = [
        {"product": "window", "lifetime": 40, "uncertainty": 1},
        part("frame", 1000, parent="window", lifetime=40, recycled_share=0.4, reuse_rate=0.5, recycling_rate=0.4),
        part(
            "leaf", 200, parent="window", lifetime=40, reused_share=0.25, sustainable_share=0.75, reuse_rate=0.5,
            recycling_rate=0.25, energy_rate=0.25,
        ),
        part("hinges", 10, parent="window", lifetime=20, recycled_share=0.3, recycling_rate=0.9),
    ]  # fmt: skip
    table = at_product(make_lab([make_flow()], window), "window")
    kg = {
        "input_mass": 1220, "nonrenewable_input_mass": 614, "renewable_input_mass": 150, "reused_input_mass": 50,
        "recycled_input_mass": 406, "output_mass": 1220, "reuse_output_mass": 600, "recycling_output_mass": 468,
        "energy_output_mass": 50, "landfill_output_mass": 102, "lost_output_mass": 152, "available_output_mass": 1068,
    }  # fmt: skip
    for id_, mass in kg.items():
        assert table.at[id_, "value"] == pytest.approx(mass), id_
    percent = {
        "nonrenewable_input_share": 50.33, "renewable_input_share": 12.30, "reused_input_share": 4.10,
        "recycled_input_share": 33.28, "reuse_output_share": 49.18, "recycling_output_share": 38.36,
        "energy_output_share": 4.10, "landfill_output_share": 8.36,
    }  # fmt: skip
    for id_, share in percent.items():
        assert round(100 * table.at[id_, "value"], 2) == share, id_
    rounded = [percent[f"{n}_input_share"] for n in ("nonrenewable", "renewable", "reused", "recycled")]
    assert round(sum(rounded), 2) == 100.01  # rounded parts need not sum to 100; the parts themselves do
    exact = [table.at[f"{n}_input_share", "value"] for n in ("nonrenewable", "renewable", "reused", "recycled")]
    assert sum(exact) == pytest.approx(1)


def test_the_mci_of_an_assembly_comes_out_of_the_ledger_too(make_lab: Make, make_flow: Flow) -> None:
    """M13 from a products table."""
    rows = [
        {"product": "thing", "uncertainty": 1, **AVERAGE},
        part("a", 3, parent="thing", recycled_share=0.4, recycling_rate=0.6, **efficiencies(0.9)),
        part("b", 1, parent="thing", reused_share=0.5, reuse_rate=0.5),
    ]  # fmt: skip
    row = at_product(make_lab([make_flow()], rows), "thing").loc["mci"]
    assert row["value"] == pytest.approx(0.531007, abs=5e-7)
    assert row["low"] == pytest.approx(row["value"])
    assert row["reason"] == ""


def test_the_ledger_and_compute_agree(pv: Fieldlab) -> None:
    products = pv.tables["products"]
    now = products[products["period"] == 2020]
    parts = now[now["parent"] == "pv_module"]
    mci = pv.method.indicator("mci")
    given = {
        n: parts[i.column].fillna(1.0).tolist() for n, i in mci.inputs.items() if i.of == "part" and i.column in parts
    }
    found = compute(mci, given).value
    assert at_product(pv, "pv_module").query("period == 2020").at["mci", "value"] == pytest.approx(found, rel=1e-9)


def test_an_efficiency_that_is_not_needed_may_be_unknown(make_lab: Make, make_flow: Flow) -> None:
    table = at_product(make_lab([make_flow()], [part("a", 1, **AVERAGE)]), "a")
    assert table.at["mci", "value"] == pytest.approx(0.1)
    needed = at_product(make_lab([make_flow()], [part("a", 1, recycled_share=0.5, **AVERAGE)], name="needed"), "a")
    assert needed.at["mci", "status"] == "missing"
    assert "efficiency of the process that made the recycled feedstock (a)" in needed.at["mci", "reason"]


def test_an_unknown_share_makes_the_mci_missing_and_a_share_wide(make_lab: Make, make_flow: Flow) -> None:
    rows = [
        {"product": "thing", "uncertainty": 1},
        part("a", 3, parent="thing", recycled_share=0.4, feedstock_efficiency=1),
        {**part("b", 1, parent="thing"), "recycled_share": "unknown"},
    ]
    table = at_product(make_lab([make_flow()], rows), "thing")
    assert table.at["mci", "status"] == "missing"
    assert "(b)" in table.at["mci", "reason"]
    share = table.loc["secondary_input_share"]
    assert (share["value"], share["coverage"]) == (pytest.approx(0.3), pytest.approx(0.75))
    assert share["high"] == pytest.approx((1.2 + 1) / 4)
    assert share["low"] == pytest.approx(0.3)


def test_a_share_that_is_known_counts_though_its_neighbour_is_not(make_lab: Make, make_flow: Flow) -> None:
    rows = [
        {"product": "thing", "uncertainty": 1},
        {**part("a", 3, parent="thing", reused_share=0.4), "recycled_share": "unknown"},
        part("b", 1, parent="thing"),
    ]
    table = at_product(make_lab([make_flow()], rows), "thing")
    secondary, reused = table.loc["secondary_input_share"], table.loc["reused_input_share"]
    assert (secondary["value"], secondary["coverage"]) == (pytest.approx(0.3), pytest.approx(0.25))
    assert (secondary["low"], secondary["high"]) == (pytest.approx(0.3), pytest.approx(0.75))
    assert (reused["value"], reused["coverage"]) == (pytest.approx(0.3), 1)


def test_an_unknown_efficiency_of_what_is_not_recycled_leaves_nothing_open(make_lab: Make, make_flow: Flow) -> None:
    rows = [
        {"product": "thing", "uncertainty": 1},
        part("a", 3, parent="thing", recycling_rate=0.5, recycling_efficiency=0.8),
        part("b", 1, parent="thing"),
    ]
    for id_ in ("material_recycling_output_share", "linear_output_share"):
        row = at_product(make_lab([make_flow()], rows), "thing").loc[id_]
        assert (row["coverage"], row["low"]) == (1, pytest.approx(row["value"])), id_
    assert at_product(make_lab([make_flow()], rows), "thing").at["linear_output_share", "value"] == pytest.approx(0.7)


def test_a_row_for_every_period_is_the_same_number_in_each(make_lab: Make, make_flow: Flow) -> None:
    """What did not change cannot seem to: the draws of such a row are those of no period."""
    rows = [part("a", 1, uncertainty=1.5, recycled_share=0.4, feedstock_efficiency=0.9, recycling_rate=0.3)]
    rows[0]["recycling_efficiency"] = 0.8
    lab = make_lab([make_flow(), make_flow(period=2021)], rows, periods=[2020, 2021])
    result = assess(lab, draws=100)
    first, second = (result.spread("mci", "product", "a", p)[1] for p in (2020, 2021))
    assert first.std() > 0
    assert (first == second).all()
    (change,) = changes(result, ["mci"], 2020, 2021).to_dict("records")
    assert change["verdict"] == "unchanged"


def test_an_assumption_is_said(make_lab: Make, make_flow: Flow) -> None:
    table = at_product(make_lab([make_flow()], [part("a", 1)]), "a")
    assert table.at["mci", "value"] == pytest.approx(0.1)
    assert table.at["mci", "reason"].count("assumed") == 2  # lifetime and use intensity relative to the industry
    assert table.at["relative_lifetime", "status"] == "missing"


def test_energy_recovery_that_is_not_claimed_counts_for_nothing_and_is_said(make_lab: Make, make_flow: Flow) -> None:
    row = {k: v for k, v in part("a", 1).items() if k != "qualified_energy_rate"}
    table = at_product(make_lab([make_flow()], [row]), "a")
    assert table.at["mci", "value"] == pytest.approx(0.1)
    assert "qualifying energy recovery = 0" in table.at["mci", "reason"]


def test_nested_assemblies_are_taken_apart(make_lab: Make, make_flow: Flow) -> None:
    rows = [
        {"product": "house", "lifetime": 80, "uncertainty": 1},
        {"product": "door", "parent": "house", "lifetime": 40, "uncertainty": 1},
        part("panel", 30, parent="door", lifetime=40, recycled_share=0.5),
        part("wall", 70, parent="house", lifetime=80),
    ]
    lab = make_lab([make_flow()], rows)
    assert at_product(lab, "door").at["input_mass", "value"] == pytest.approx(30)
    assert at_product(lab, "house").at["input_mass", "value"] == pytest.approx(2 * 30 + 70)
    assert at_product(lab, "house").at["recycled_input_share", "value"] == pytest.approx(30 / 130)


def test_a_part_that_outlives_its_product_counts_once(make_lab: Make, make_flow: Flow) -> None:
    rows = [{"product": "thing", "lifetime": 10, "uncertainty": 1}, part("a", 5, parent="thing", lifetime=50)]
    assert at_product(make_lab([make_flow()], rows), "thing").at["input_mass", "value"] == pytest.approx(5)


def test_the_order_of_products_changes_nothing(pv: Fieldlab, make_lab: Make, make_flow: Flow) -> None:
    rows = [part(p, m, uncertainty=1.2, recycled_share=0.3, feedstock_efficiency=0.8) for p, m in (("a", 1), ("b", 2))]
    first, second = (assess(make_lab([make_flow()], r), draws=100).table() for r in (rows, rows[::-1]))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_the_range_is_weighted_and_names_what_is_missing(make_lab: Make, make_flow: Flow) -> None:
    rows = [
        part("a", 1, organisation="factory", normalising_factor=3),
        part("b", 1, organisation="factory", normalising_factor=1, recycled_share=1, recycling_rate=1)
        | efficiencies(1),
    ]  # fmt: skip
    table = (
        assess(make_lab([make_flow()], rows), draws=100).table().query("indicator == 'mci_range'").set_index("level")
    )
    assert table.at["organisation", "value"] == pytest.approx((3 * 0.1 + 1 * 1) / 4)
    del rows[1]["normalising_factor"]
    table = (
        assess(make_lab([make_flow()], rows, name="lacking"), draws=100)
        .table()
        .query("indicator == 'mci_range'")
        .set_index("level")
    )
    assert table.at["fieldlab", "status"] == "missing"
    assert "(b)" in table.at["fieldlab", "reason"]


def test_without_products_the_figures_of_products_are_missing(make_lab: Make, make_flow: Flow) -> None:
    (row,) = assess(make_lab([make_flow()]), draws=100).table().query("indicator == 'mci'").to_dict("records")
    assert row["status"] == "missing"
    assert "no rows" in row["reason"]
