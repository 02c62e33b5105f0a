"""Which published targets a fieldlab is held against."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import circularity as ce
from circularity.assessment.targets import target_years, targets_of
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.load import Method
from circularity.report.summary import Summary

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]


def with_headline(method: Method, root: Path, headline: list[str], groups: list[str]) -> Method:
    """A copy of the method in which factories have this headline and are about these groups; all when none is named."""
    shutil.copytree(method.root, root)
    settings = yaml.safe_load((root / "method.yaml").read_text(encoding="utf-8"))
    settings["headline"]["circular_factory"] = headline
    settings["kinds"]["circular_factory"]["groups"] = groups
    (root / "method.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return ce.load_method(str(root))


@pytest.fixture
def result(make_lab: Make, make_flow: Flow) -> ce.Result:
    rows = [make_flow(mass=40), make_flow(mass=60, origin="recycled"), make_flow("residue", 10)]
    return ce.assess(make_lab(rows), draws=100)


def test_a_target_that_was_replaced_is_history(method: Method) -> None:
    """The 50 % less primary abiotic raw material of 2016 gave way to the goals of October 2025."""
    targets = method.targets.set_index("target")
    assert targets.at["rijk2016_halve", "state"] == "superseded"
    assert float(targets.at["rijk2016_halve", "value"]) == -0.5
    assert "rijk2016_halve" not in set(method.current_targets["target"])
    assert set(targets["state"]) == {"current", "superseded"}


def test_saving_has_a_goal_for_2035_and_an_interim_goal_for_2030(method: Method) -> None:
    saving = method.current_targets.query("indicator == 'raw_material_change'")
    assert dict(zip(saving["by_year"], saving["value"].astype(float), strict=True)) == {"2030": -0.06, "2035": -0.15}
    assert method.indicator("raw_material_change").direction == "lower_is_better"


def test_a_factory_is_asked_only_what_it_can_answer(result: ce.Result, method: Method) -> None:
    shown = {row["target"] for row in result.targets(2020).to_dict("records")}
    assert shown == {"npce2025_substitute", "npce2025_keep"} == set(targets_of(result.assessment)["target"])
    asked = {*result.assessment.headline, *method.score_tree("circular_factory").nodes}
    assert set(targets_of(result.assessment)["indicator"]) <= asked


def test_the_answer_of_a_report_lists_no_target_of_a_whole_region(result: ce.Result) -> None:
    years = [row["by_year"] for row in Summary(result, 2020).targets()]
    texts = " ".join(row["text"] for row in Summary(result, 2020).targets())
    assert years == ["2035", "2035"]
    assert "2016" not in texts


def test_a_figure_in_the_headline_brings_its_targets_with_it(
    make_lab: Make, make_flow: Flow, method: Method, tmp_path: Path
) -> None:
    """With saving in the headline both its goals are shown, the superseded goal of another indicator is not."""
    headline = ["circular_input_share", "raw_material_change", "primary_abiotic_change"]
    changed = with_headline(method, tmp_path / "method", headline, groups=["cti", "npce"])
    readings = [
        {
            **{"entity": "test-lab", "period": 2020, "quantity": q, "value": v},
            **{"unit": "kg", "uncertainty": 1, "vintage": "2025-11"},
        }
        for q, v in (
            ("raw_material_use", 90), ("raw_material_use_2016", 100), ("primary_abiotic_use", 40),
            ("primary_abiotic_use_2016", 100),
        )
    ]  # fmt: skip
    lab = make_lab([make_flow(), make_flow("residue", 10)], measurements=readings)
    found = ce.assess(lab, changed, draws=100).targets(2020).set_index("target")
    assert found.at["npce2025_save_2030", "verdict"] == "met"
    assert found.at["npce2025_save", "verdict"] == "not_met"
    assert "rijk2016_halve" not in found.index


def test_a_kind_that_an_indicator_is_not_about_is_not_asked_for_it(
    make_lab: Make, make_flow: Flow, method: Method, tmp_path: Path
) -> None:
    """Without the group of output there is nothing to hold against the goal to keep, though the scores name it."""
    changed = with_headline(method, tmp_path / "method", ["circular_input_share"], groups=["cti"])
    assessed = ce.assess(make_lab([make_flow()]), changed, draws=100).assessment
    assert list(targets_of(assessed)["target"]) == ["npce2025_substitute"]


def test_the_scores_name_the_year_of_current_targets(result: ce.Result, method: Method) -> None:
    assert target_years(result.assessment) == "2035"
    current = set(method.current_targets["target"])
    assert {n.target_name for tree in method.score_trees.values() for n in tree if n.target_name} <= current
