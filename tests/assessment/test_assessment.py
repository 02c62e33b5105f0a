"""What must hold for every assessment, whatever the data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import circularity as ce
from circularity.assessment.assessment import COLUMNS, assess
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from tests.conftest import DECLARATION
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]

ORIGINS = [
    "nonrenewable",
    "sustainable",
    "unsustainable",
    "reused",
    "recycled",
    "primary",
    "secondary",
    "renewable",
    "unknown",
]
DESTINATIONS = ["reuse", "recycling", "biological", "energy_recovery", "landfill", "available", "lost", "unknown"]


def at_fieldlab(lab: Fieldlab, draws: int = 100) -> pd.DataFrame:
    table = assess(lab, draws=draws).table()
    return table[table["level"] == "fieldlab"].set_index("indicator")


def test_the_table_has_the_columns_of_the_contract(pv_result: ce.Result) -> None:
    table = pv_result.indicators
    assert list(table.columns) == COLUMNS == [
        "fieldlab", "level", "entity", "period", "indicator", "value", "low", "high", "unit", "coverage", "status",
        "reason", "method_version",
    ]  # fmt: skip
    assert set(table["status"]) <= {"ok", "missing", "not_applicable"}
    assert not table.duplicated(["level", "entity", "period", "indicator"]).any()


def test_a_figure_has_interval_coverage_and_version_and_a_missing_one_a_reason(
    pv: Fieldlab, pv_result: ce.Result
) -> None:
    table = pv_result.indicators
    known, missing = table[table["status"] == "ok"], table[table["status"] != "ok"]
    assert known[["value", "low", "high", "coverage"]].notna().all(axis=None)
    assert (known["low"] <= known["value"] * (1 + 1e-9) + 1e-12).all()
    assert (known["value"] <= known["high"] * (1 + 1e-9) + 1e-12).all()
    assert missing["value"].isna().all()
    assert (missing["reason"] != "").all()
    assert (table["method_version"] == pv.method.version).all()


def test_two_runs_are_equal_and_another_seed_is_not(pv: Fieldlab, pv_result: ce.Result) -> None:
    first, second = pv_result.indicators, assess(pv, draws=100).table()
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    other = assess(pv, draws=100, seed=2).table()
    pd.testing.assert_series_equal(first["value"], other["value"], check_exact=True)
    assert not first["low"].equals(other["low"])


def test_a_period_alone_has_the_same_draws_as_in_company(make_lab: Make, make_flow: Flow) -> None:
    rows = [make_flow(uncertainty=1.3), make_flow(mass=40, origin="recycled", uncertainty=1.2)]
    alone = assess(make_lab(rows), draws=100).table()
    together = make_lab([*rows, make_flow(period=2021, uncertainty=2)], periods=[2020, 2021])
    both = assess(together, draws=100).table()
    pd.testing.assert_frame_equal(alone, both[both["period"] == 2020].reset_index(drop=True), check_exact=True)


FLOWS = st.lists(
    st.tuples(
        st.sampled_from(["input", "residue", "end_of_life"]),
        st.integers(1, 10**6),
        st.sampled_from(ORIGINS),
        st.sampled_from(DESTINATIONS),
        st.sampled_from([1, 1.1, 1.6]),
    ),
    min_size=1,
    max_size=8,
)
LIGHT = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows_of(flows: list[tuple[str, int, str, str, float]], make_flow: Flow, unit: str = "kg") -> list[dict[str, Any]]:
    factor = {"kg": 1, "t": 1000}[unit]
    return [
        make_flow(
            role,
            mass / factor,
            unit=unit,
            origin=origin if role == "input" else "",
            destination="" if role == "input" else destination,
            uncertainty=gsd,
            source=f"row {i}",
        )
        for i, (role, mass, origin, destination, gsd) in enumerate(flows)
    ]


@LIGHT
@given(flows=FLOWS, random=st.randoms())
def test_order_and_unit_of_rows_change_nothing_and_shares_add_up_within_their_bounds(
    flows: Any, random: Any, make_lab: Make, make_flow: Flow
) -> None:
    """What holds whatever the flows, looked at in the same assessments: each takes a third of a second."""
    rows = rows_of(flows, make_flow)
    table = at_fieldlab(make_lab(rows))
    pd.testing.assert_frame_equal(table, at_fieldlab(make_lab(rows_of(flows, make_flow, "t"))), check_exact=True)
    shuffled = list(rows)
    random.shuffle(shuffled)
    other = at_fieldlab(make_lab(shuffled))
    pd.testing.assert_frame_equal(table, other, check_exact=False, rtol=1e-12)
    pd.testing.assert_series_equal(table["value"], other["value"], check_exact=True)
    assert_shares_of_one_whole_with_the_unknown_sum_to_one(table)
    assert_shares_stay_in_bounds_and_parts_below_their_whole(table)


def assert_shares_of_one_whole_with_the_unknown_sum_to_one(table: pd.DataFrame) -> None:
    sides = {
        "input": ["primary_input_share", "secondary_input_share", "unknown_input_share"],
        "output": ["available_output_share", "lost_output_share", "unknown_output_share"],
    }
    for side, ids in sides.items():
        if table.at[f"{side}_mass", "status"] != "ok":
            assert (table.loc[ids, "status"] == "missing").all()
            continue
        unknown = table.at[ids[-1], "value"]
        if unknown == 1:
            assert (table.loc[ids[:-1], "status"] == "missing").all()
        else:
            assert table.loc[ids, "value"].sum() == pytest.approx(1)


def assert_shares_stay_in_bounds_and_parts_below_their_whole(table: pd.DataFrame) -> None:
    shares = table[(table["unit"] == "1") & (table["status"] == "ok")]
    for column in ("value", "low", "high", "coverage"):
        assert shares[column].between(-1e-12, 1 + 1e-12).all()
    for part, whole in (
        ("recycled", "secondary"),
        ("reused", "secondary"),
        ("sustainable", "renewable"),
        ("secondary", "circular"),
    ):
        values = table.loc[[f"{part}_input_mass", f"{whole}_input_mass"], "value"]
        if values.notna().all():
            assert values.iloc[0] <= values.iloc[1] + 1e-9


@LIGHT
@given(flows=FLOWS)
def test_more_of_what_is_better_never_lowers_a_figure(flows: Any, make_lab: Make, make_flow: Flow) -> None:
    """Turning one flow of virgin input into recycled input moves every figure in its declared direction."""
    rows = rows_of([("input", 1000, "nonrenewable", "unknown", 1), *flows], make_flow)
    better = [{**rows[0], "origin": "recycled"}, *rows[1:]]
    lab, improved = make_lab(rows), make_lab(better)
    before, after = at_fieldlab(lab), at_fieldlab(improved)
    for id_, indicator in lab.method.indicators.items():
        if id_ not in before.index or "ok" not in (before.at[id_, "status"], after.at[id_, "status"]):
            continue
        old, new = before.at[id_, "value"], after.at[id_, "value"]
        if np.isnan(old) or np.isnan(new):
            continue
        if indicator.direction == "higher_is_better":
            assert new >= old - 1e-9, id_
        elif indicator.direction == "lower_is_better":
            assert new <= old + 1e-9, id_


def test_unknown_is_never_zero(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(
        [make_flow(mass=300), make_flow(mass=100, origin="unknown"), make_flow("residue", 10, destination="")]
    )
    table = at_fieldlab(lab)
    share = table.loc["secondary_input_share"]
    assert (share["value"], share["coverage"], share["status"]) == (0, 0.75, "ok")
    assert share["low"] == 0
    assert share["high"] == pytest.approx(0.25)  # the unknown may be secondary
    assert table.at["unknown_input_share", "value"] == pytest.approx(0.25)
    assert table.at["primary_input_share", "high"] == pytest.approx(1)
    output = table.loc["available_output_share"]
    assert (output["status"], output["coverage"]) == ("missing", 0)
    assert output["reason"] == "not given for any flow: destination"


def test_a_code_known_in_part_is_known_where_it_suffices(make_lab: Make, make_flow: Flow) -> None:
    table = at_fieldlab(make_lab([make_flow(mass=60), make_flow(mass=40, origin="secondary")]))
    assert (table.at["secondary_input_share", "value"], table.at["secondary_input_share", "coverage"]) == (0.4, 1)
    recycled = table.loc["recycled_input_share"]
    assert (recycled["value"], recycled["low"], recycled["coverage"]) == (0, 0, 0.6)
    assert recycled["high"] == pytest.approx(0.4)
    assert table.at["circular_input_share", "value"] == pytest.approx(0.4)


def test_secondary_input_is_not_linear_though_nobody_says_whether_it_is_reused(make_lab: Make, make_flow: Flow) -> None:
    table = at_fieldlab(make_lab([make_flow(mass=60), make_flow(mass=40, origin="secondary")]))
    linear = table.loc["linear_input_share"]
    assert (linear["value"], linear["coverage"]) == (pytest.approx(0.6), 1)
    assert linear["low"] == pytest.approx(0.6)


def test_many_kinds_of_unknown_reach_the_same_extremes_as_each_alone(make_lab: Make, make_flow: Flow) -> None:
    """Twenty parties and materials with every kind of unknown; trying each apart would take 2**60 ways."""
    parties = [f"firm{i}" for i in range(20)]
    rows = [
        make_flow(mass=10, to=party, origin=origin, source=f"{party} {origin}")
        for party in parties
        for origin in ("unknown", "primary", "secondary", "renewable", "nonrenewable")
    ]
    lab = make_lab(rows, organisations=[{"organisation": o, "name": o} for o in parties])
    table = at_fieldlab(lab)
    circular = table.loc["circular_input_share"]
    assert circular["value"] == pytest.approx(0.2)
    assert (circular["low"], circular["high"]) == (pytest.approx(0.2), pytest.approx(0.8))


def test_an_unknown_mass_makes_what_rests_on_it_missing(make_lab: Make, make_flow: Flow) -> None:
    table = at_fieldlab(make_lab([make_flow(), make_flow(mass="unknown", origin="recycled"), make_flow("residue", 5)]))
    assert table.at["input_mass", "status"] == "missing"
    assert "1 of the 2 flows" in table.at["input_mass", "reason"]
    assert table.at["secondary_input_share", "status"] == "missing"
    assert table.at["output_mass", "status"] == "ok"


def test_what_nobody_wrote_down_is_missing_and_not_zero(make_lab: Make, make_flow: Flow) -> None:
    table = at_fieldlab(make_lab([make_flow()]))
    for id_ in ("output_mass", "available_output_share", "material_circularity"):
        assert table.at[id_, "status"] == "missing"
        assert "no flows with the role" in table.at[id_, "reason"]
    assert table.at["reused_input_mass", "value"] == 0  # input is recorded, and none of it is reused


def test_an_input_of_zero_has_no_shares(make_lab: Make, make_flow: Flow) -> None:
    table = at_fieldlab(make_lab([make_flow(mass=0)]))
    assert table.at["secondary_input_share", "status"] == "not_applicable"
    assert "denominator" in table.at["secondary_input_share", "reason"]


def test_without_linear_input_there_is_no_material_productivity(make_lab: Make, make_flow: Flow) -> None:
    flows = [make_flow(mass=0.1, origin="recycled", source="a"), make_flow(mass=0.2, origin="reused", uncertainty=1.2)]
    measured = [
        {"entity": "factory", "period": 2020, "quantity": "revenue", "value": 5, "unit": "kEUR", "uncertainty": 1}
    ]
    table = at_fieldlab(make_lab(flows, measurements=measured))
    assert table.at["linear_input_mass", "value"] == 0  # exactly: 0.3 - 0.1 - 0.2 in whole grams
    assert table.at["material_productivity", "status"] == "not_applicable"


def test_an_interval_without_end_is_said(make_lab: Make, make_flow: Flow) -> None:
    """The unknown part may be circular; then there is no linear input left to divide by."""
    flows = [make_flow(mass=80, origin="recycled"), make_flow(mass=20, origin="unknown")]
    measured = [{"entity": "factory", "period": 2020, "quantity": "revenue", "value": 5, "unit": "EUR"}]
    row = at_fieldlab(make_lab(flows, measurements=measured)).loc["material_productivity"]
    assert row["value"] == pytest.approx(0.25)
    assert np.isnan(row["high"])
    assert "no definite end" in row["reason"]


def test_measurements_enter_as_totals(make_lab: Make, make_flow: Flow) -> None:
    energy = {"renewable_energy_in": 50, "renewable_energy_out": 10, "energy_in": 200, "energy_out": 40}
    measured = [
        {"entity": "factory", "period": 2020, "quantity": q, "value": v, "unit": "kWh", "uncertainty": 1}
        for q, v in energy.items()
    ]
    measured.append(
        {"entity": "factory", "period": 2020, "quantity": "revenue", "value": 1, "unit": "MEUR", "uncertainty": 1}
    )
    table = at_fieldlab(make_lab([make_flow(mass=2, unit="t")], measurements=measured))
    assert table.at["renewable_energy_share", "value"] == pytest.approx(0.25)
    assert table.at["material_productivity", "value"] == pytest.approx(500)


def test_a_party_without_a_reading_makes_the_total_missing(make_lab: Make, make_flow: Flow) -> None:
    organisations = [{"organisation": o, "name": o} for o in ("factory", "second")]
    measured = [{"entity": "factory", "period": 2020, "quantity": "revenue", "value": 1, "unit": "EUR"}]
    lab = make_lab([make_flow()], organisations=organisations, measurements=measured)
    table = assess(lab, draws=100).table().set_index(["indicator", "level", "entity"])
    assert table.at[("material_productivity", "organisation", "factory"), "status"] == "ok"
    assert table.at[("material_productivity", "fieldlab", "test-lab"), "status"] == "missing"
    assert "second" in table.at[("material_productivity", "fieldlab", "test-lab"), "reason"]


def test_a_flow_between_two_parties_is_internal_to_the_fieldlab(make_lab: Make, make_flow: Flow) -> None:
    organisations = [{"organisation": o, "name": o} for o in ("factory", "second")]
    exchange = make_flow("exchange", 30, to="second", origin="recycled", destination="recycling")
    exchange["from"] = "factory"
    table = assess(make_lab([make_flow(), exchange], organisations=organisations), draws=100).table()
    table = table[table["level"] != "product"]
    mass = table[table["indicator"] == "input_mass"].set_index("entity")["value"]
    assert mass.to_dict() == {"factory": 100, "second": 30, "test-lab": 100}
    released = table[table["indicator"] == "available_output_mass"].set_index("entity")
    assert released.at["factory", "value"] == 30
    assert released.at["test-lab", "status"] == "missing"


def test_an_indicator_declared_inline_is_assessed_at_every_level(
    method_copy: Path, make_lab: Make, make_flow: Flow
) -> None:
    """The declaration of the design page, with sums over flows only: at product level they are taken per product."""
    (method_copy / "indicators" / "mine.yaml").write_text(DECLARATION, encoding="utf-8")
    own = ce.load_method(method_copy)
    products = [{"product": p, "mass": 1, "unit": "kg"} for p in ("a", "b")]
    rows = [
        make_flow(mass=75, product="a"),
        make_flow(mass=25, origin="reused", product="a"),
        make_flow(mass=10, product="b"),
    ]
    table = assess(load_fieldlab(make_lab(rows, products).path, own), own, draws=100).table()
    mine = table[table["indicator"] == "my_share"].set_index(["level", "entity"])["value"]
    assert mine[("product", "a")] == pytest.approx(0.25)
    assert mine[("product", "b")] == 0
    assert mine[("fieldlab", "test-lab")] == pytest.approx(25 / 110)


def test_too_few_draws_are_refused(pv: Fieldlab) -> None:
    with raises("WrongArgument"):
        assess(pv, draws=10)


def test_what_is_not_there_is_named(pv_result: ce.Result) -> None:
    result = pv_result
    with raises("UnknownIndicator", match="secondary_input_share"):
        result.explain("secondary_input")
    with raises("UnknownPeriod", match="2015"):
        result.explain("mci", period=2012)
    with raises("UnknownEntity", match="module_manufacture"):
        result.explain("input_mass", level="organisation", entity="nobody")


def test_the_run_key_moves_with_data_method_and_parameters(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow()])
    keys = {
        assess(lab, draws=100).run_key, assess(lab, draws=101).run_key, assess(lab, draws=100, seed=2).run_key,
        assess(make_lab([make_flow(mass=7)]), draws=100).run_key,
    }  # fmt: skip
    assert len(keys) == 4


def test_results_show_themselves_in_a_notebook(pv_result: ce.Result) -> None:
    result = pv_result
    assert "figures known" in repr(result)
    assert "circular_input_share" in result._repr_html_()
    assert "<math" in result.explain("mci", period=2020)._repr_html_()


def test_a_kind_of_output_that_nobody_recorded_is_said_and_not_taken_as_none(make_lab: Make, make_flow: Flow) -> None:
    table = ce.assess(make_lab([make_flow(), make_flow("residue")]), draws=100).indicators
    output = table[(table["indicator"] == "output_mass") & (table["level"] == "fieldlab")].iloc[0]
    assert output["status"] == "ok"
    assert "not recorded, so not counted" in output["reason"]


def test_a_folder_can_be_assessed_at_once(write_lab: Callable[..., Path], make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    table = ce.assess(folder, draws=100).indicators
    pd.testing.assert_frame_equal(table, ce.assess(ce.load_fieldlab(folder), draws=100).indicators)


@pytest.mark.parametrize("wrong", [{"draws": 10**9}, {"draws": 150.5}, {"seed": -1}, {"lang": "fr"}])
def test_an_argument_that_cannot_be_is_named(wrong: dict[str, Any], pv: Fieldlab) -> None:
    with raises("WrongArgument", match=next(iter(wrong))):
        ce.assess(pv, **{"draws": 100, **wrong})


def test_draws_that_were_not_kept_are_made_again_the_same(
    make_lab: Make, make_flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make_lab([make_flow(mass=10, uncertainty=1.5), make_flow(mass=5, origin="recycled", uncertainty=1.2)])
    kept = ce.assess(lab, draws=200)
    monkeypatch.setattr("circularity.assessment.assessment.MOST_KEPT", 0)
    again = ce.assess(lab, draws=200)
    pd.testing.assert_frame_equal(kept.indicators, again.indicators)
    key = "recycled_input_share", "organisation", 2020
    assert not again.assessment.outcomes[key].has_draws
    first, second = (r.assessment.outcome(*key) for r in (kept, again))
    np.testing.assert_array_equal(first.lower, second.lower)
    np.testing.assert_array_equal(first.low, second.low)
