"""What holds for stated figures holds in every draw: bounds, and parts within their whole (decision 0030)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import circularity as ce
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.load import Method
from tests.conftest import DESCRIPTION

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

ORGANISATIONS = [{"organisation": o, "name": o} for o in ("factory", "workshop")]
ORIGINS = ["nonrenewable", "sustainable", "unsustainable", "reused", "recycled", "unknown"]
DESTINATIONS = ["reuse", "recycling", "biological", "energy_recovery", "landfill", "unknown"]
SHARES = ["reused_share", "recycled_share", "sustainable_share", "reuse_rate", "recycling_rate", "composting_rate"]

many = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def region(write_lab: Write, totals: dict[str, float], **more: Any) -> Fieldlab:
    """A region that is known by its totals alone, of which nobody knows how good they are. [kt]"""
    row = {"entity": "made-up-region", "period": 2020, "vintage": "2025-11", **more}
    units = {"gross_domestic_product": "EUR", "population": "1"}
    rows = [{**row, "quantity": q, "value": v, "unit": units.get(q, "kt")} for q, v in totals.items()]
    kind = DESCRIPTION.replace("kind: circular_factory", "kind: region")
    folder = write_lab([], description=kind, measurements=rows, name="made-up-region")
    for name in ("flows", "products"):
        (folder / f"{name}.csv").unlink()
    return load_fieldlab(folder)


def assert_within_bounds(lab: Fieldlab) -> None:
    result = ce.assess(lab, draws=100)
    for row in result.indicators[result.indicators["status"] == "ok"].itertuples():
        low, high = lab.method.indicator(row.indicator).bounds
        ends = [end for end in (row.low, row.value, row.high) if np.isfinite(end)]
        assert all(low is None or end >= low - 1e-9 for end in ends), row
        assert all(high is None or end <= high + 1e-9 for end in ends), row


def test_a_part_is_drawn_together_with_its_whole(write_lab: Write) -> None:
    """60 of 100 kt gave 21 to 161 % when the two were drawn apart."""
    lab = region(write_lab, {"waste_to_recycling": 60, "waste_generated": 100})
    assessment = ce.assess(lab, draws=2000).assessment
    share = assessment.outcome("waste_to_recycling_share", "fieldlab", 2020)
    mass = assessment.outcome("waste_to_recycling_mass", "fieldlab", 2020)
    assert share.value[0] == 0.6
    assert 0.1 < share.low[0] < 0.3 < 0.8 < share.high[0] < 1
    assert share.upper.max() <= 1
    assert np.corrcoef(share.lower[0], mass.lower[0])[0, 1] > 0.5  # one and the same draw


def test_an_exact_whole_stays_exact_and_its_parts_fill_it(write_lab: Write) -> None:
    totals = {"dmi_renewable": 40, "dmi_secondary": 35, "dmi_mixed": 25, "dmi_without_fossil_energy": 100}
    assessment = ce.assess(region(write_lab, totals, uncertainty=1), draws=100).assessment
    share = assessment.outcome("region_circular_input_share", "fieldlab", 2020)
    assert share.low[0] == share.value[0] == share.high[0] == 0.875


def test_readings_that_contradict_each_other_are_missing_and_hold_back_no_other(write_lab: Write) -> None:
    found = ce.assess(region(write_lab, {"waste_to_recycling": 120, "waste_generated": 100}), draws=100).indicators
    found = found.set_index("indicator")
    assert found.at["waste_to_recycling_share", "status"] == "missing"
    assert found.at["waste_to_recycling_mass", "low"] < 120e6 < found.at["waste_to_recycling_mass", "high"]


@many
@given(st.integers(0, 2**32 - 1))
def test_no_interval_of_a_region_leaves_the_bounds_of_its_indicator(
    write_lab: Write, method: Method, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    measured = method.vocabularies["measured"].table
    codes = measured.index[measured["of"] == "fieldlab"]
    wholes = {code: float(f"{rng.lognormal(0, 1.5):.4g}") for code in codes if rng.random() < 0.9}
    assert_within_bounds(region(write_lab, wholes))


@many
@given(st.integers(0, 2**32 - 1))
def test_no_interval_of_a_factory_leaves_the_bounds_of_its_indicator(
    write_lab: Write, method: Method, make_flow: Flow, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    flows = [make_flow(mass=float(rng.integers(1, 99)), origin=o, uncertainty="") for o in rng.choice(ORIGINS, 4)]
    flows += [
        make_flow("residue", float(rng.integers(1, 99)), destination=d, uncertainty=2)
        for d in rng.choice(DESTINATIONS, 4)
    ]
    shares = {c: round(float(v), 3) for c, v in zip(SHARES, rng.uniform(0, 0.33, len(SHARES)), strict=True)}
    products = [{"product": p, "mass": 5, "unit": "kg", "organisation": "factory", **shares} for p in ("chair", "desk")]
    measured = method.vocabularies["measured"].table
    readings = []
    for code in measured.index[measured["of"] != "fieldlab"]:
        of = ["factory", "workshop"] if measured.at[code, "of"] == "organisation" else ["chair", "desk"]
        unit = measured.at[code, "unit"]
        row = {"period": 2020, "quantity": code, "unit": unit}
        most = 1 if unit == "1" and measured.at[code, "of"] == "product" else 50
        readings += [{**row, "entity": e, "value": round(float(rng.uniform(0, most)), 3)} for e in of]
    assert_within_bounds(load_fieldlab(write_lab(flows, products, ORGANISATIONS, readings)))
