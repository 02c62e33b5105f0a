"""Scores against goalposts, and verdicts about change and targets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import circularity as ce
from circularity.assessment.scores import COLUMNS
from circularity.assessment.targets import shown_or_not
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]


def test_the_reference_case_scores_what_its_shares_say(pv_result: ce.Result) -> None:
    result = pv_result
    assert list(result.scores.columns) == COLUMNS
    score = result.scores.query("level == 'fieldlab' and period == 2020").set_index("score")
    share = result.indicators.query("level == 'fieldlab' and period == 2020").set_index("indicator")["value"]
    substitute, keep = share["circular_input_share"] / 0.55 * 100, share["available_output_share"] / 0.82 * 100
    assert score.at["circular_input_share", "value"] == pytest.approx(substitute)
    assert score.at["circularity", "value"] == pytest.approx((substitute + keep) / 2)
    assert (score["low"] <= score["value"]).all()
    assert (score["value"] <= score["high"]).all()
    assert set(score["agreed"]) == {"no"}


def test_a_parent_with_a_missing_child_is_missing(make_lab: Make, make_flow: Flow) -> None:
    scores = ce.assess(make_lab([make_flow()]), draws=100).scores.query("level == 'fieldlab'").set_index("score")
    assert scores.at["circular_input_share", "status"] == "ok"
    assert scores.at["available_output_share", "status"] == "missing"
    assert scores.at["circularity", "status"] == "missing"
    assert "Keep is missing" in scores.at["circularity", "reason"]


def test_too_little_known_gives_no_score(make_lab: Make, make_flow: Flow) -> None:
    flows = [make_flow(mass=40), make_flow(mass=60, origin="unknown"), make_flow("residue", 10)]
    scores = ce.assess(make_lab(flows), draws=100).scores.query("level == 'fieldlab'").set_index("score")
    assert scores.at["circular_input_share", "status"] == "missing"
    assert "40%" in scores.at["circular_input_share", "reason"]


def test_a_period_more_leaves_earlier_scores_as_they_were(make_lab: Make, make_flow: Flow) -> None:
    base = [make_flow(uncertainty=1.3), make_flow(mass=9, origin="recycled"), make_flow("residue", 5)]
    first = ce.assess(make_lab(base), draws=100).scores
    more = [*base, make_flow(period=2021, mass=1), make_flow("residue", 50, period=2021)]
    both = ce.assess(make_lab(more, periods=[2020, 2021]), draws=100).scores
    columns = ["value", "low", "high"]
    np.testing.assert_array_equal(first[columns].to_numpy(), both[both["period"] == 2020][columns].to_numpy())


@pytest.mark.parametrize(
    ("sure", "possible", "verdict"),
    [
        (0.97, 0.99, "yes"),
        (0.95, 0.95, "yes"),
        (0.5, 0.97, "undecided"),
        (0.01, 0.03, "no"),
        (0.0, 0.05, "no"),
        (0.0, 0.2, "undecided"),
        (0.94, 1.0, "undecided"),
        (0.0, 0.06, "undecided"),
    ],
)
def test_a_verdict_needs_the_threshold_whatever_the_unknown(sure: float, possible: float, verdict: str) -> None:
    assert shown_or_not(sure, possible, 0.95, ("yes", "no")) == verdict


def changing(make_flow: Flow, recycled: tuple[float, float], gsd: float, unknown: float = 0) -> list[dict[str, Any]]:
    rows = []
    for period, part in zip((2020, 2021), recycled, strict=True):
        rows.append(make_flow(mass=100 - part - unknown, period=period, uncertainty=gsd))
        rows.append(make_flow(mass=part, origin="recycled", period=period, uncertainty=gsd))
        if unknown:
            rows.append(make_flow(mass=unknown, origin="unknown", period=period, uncertainty=gsd))
    return rows


@pytest.mark.parametrize(
    ("recycled", "gsd", "unknown", "verdict"),
    [
        ((10, 40), 1.05, 0, "improved"),
        ((40, 10), 1.05, 0, "worsened"),
        ((10, 11), 1.5, 0, "undecided"),
        ((10, 10), 1.0, 0, "unchanged"),
        ((10, 10), 1.05, 0, "undecided"),  # equal figures, but what lies behind them may have moved
        ((10, 40), 1.05, 50, "undecided"),  # the unknown could undo it
    ],
)
def test_a_change_is_shown_only_when_it_is(
    recycled: tuple[float, float], gsd: float, unknown: float, verdict: str, make_lab: Make, make_flow: Flow
) -> None:
    lab = make_lab(changing(make_flow, recycled, gsd, unknown), periods=[2020, 2021])
    (found,) = ce.assess(lab, draws=500).changes(2020, 2021, ["circular_input_share"]).to_dict("records")
    assert found["verdict"] == verdict
    assert found["probability_low"] <= found["probability_high"]
    assert found["low"] <= found["change"] <= found["high"]


def test_a_figure_that_is_better_when_lower_improves_by_falling(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(changing(make_flow, (10, 40), 1.05), periods=[2020, 2021])
    (found,) = ce.assess(lab, draws=500).changes(2020, 2021, ["primary_input_share"]).to_dict("records")
    assert (found["verdict"], found["change"]) == ("improved", pytest.approx(-0.3))


def test_a_missing_figure_has_no_verdict(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(changing(make_flow, (10, 40), 1.05), periods=[2020, 2021])
    (found,) = ce.assess(lab, draws=100).changes(2020, 2021, ["available_output_share"]).to_dict("records")
    assert found["verdict"] == "missing"


def test_a_target_is_met_or_not_or_open(make_lab: Make, make_flow: Flow) -> None:
    rows = [make_flow(mass=40), make_flow(mass=60, origin="recycled"), make_flow("residue", 10, destination="unknown")]
    targets = ce.assess(make_lab(rows), draws=100).targets(2020).set_index("indicator")
    assert targets.at["circular_input_share", "verdict"] == "met"
    assert targets.at["available_output_share", "verdict"] == "missing"
    assert set(targets["status"]) == {"unverified"}


REGION = """id: {id}
kind: region
nature: synthetic
name: {{nl: Proefregio, en: Test region}}
about: {{nl: Synthetisch., en: Synthetic.}}
periods: {periods}
sources: [{{title: made for a test, by: the tests, year: 2026, licence: CC0}}]
licence: CC0
confidentiality: public
"""


def region(write_lab: Callable[..., Path], **measured: float) -> ce.Result:
    """A region with measurements of these quantities. [t]"""
    folder = write_lab([], name="test-region", description=REGION)
    for unused in ("flows.csv", "products.csv"):
        (folder / unused).unlink()
    rows = "".join(f"test-region,2020,{name},{mass},t,2021-11\n" for name, mass in measured.items())
    (folder / "measurements.csv").write_text("entity,period,quantity,value,unit,vintage\n" + rows, encoding="utf-8")
    return ce.assess(load_fieldlab(folder), draws=100)


def test_a_region_is_scored_on_what_is_measured_of_a_region(write_lab: Callable[..., Path]) -> None:
    """A third of 100 is 0.33 of 0.55; 49 of 50 is more than 0.82."""
    found = region(write_lab, dmi_renewable=10, dmi_secondary=18, dmi_mixed=10, dmi_without_fossil_energy=100,
                   waste_to_recycling=49, waste_generated=50)  # fmt: skip
    scores = found.scores.query("level == 'fieldlab'").set_index("score")
    assert list(scores.index) == ["circularity", "region_circular_input_share", "waste_to_recycling_share"]
    assert scores["value"].tolist() == pytest.approx([80, 60, 100])
    assert set(scores["entity"]) == {"test-region"}
    claims = found.claims()
    assert [c.claim.code for c in claims] == ["region_circular_input_share", "waste_to_recycling_share"]
    substitute, keep = (c.verdict.pooled for c in claims)
    assert substitute is not None
    assert keep is not None
    assert substitute.value < keep.value  # 33 % against 55 %, 98 % against 82 %


def test_a_region_of_which_a_part_is_not_measured_has_no_score_and_says_why(write_lab: Callable[..., Path]) -> None:
    found = region(write_lab, waste_to_recycling=41, waste_generated=50)
    scores = found.scores.query("level == 'fieldlab'").set_index("score")
    assert scores["status"].tolist() == ["missing", "missing", "ok"]
    assert "Substitute is missing" in scores.at["circularity", "reason"]
