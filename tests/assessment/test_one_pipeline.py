"""The scores of a fieldlab and the claims about them come from one pipeline, which the method alone decides."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import circularity as ce
from circularity.assessment.assessment import Assessment
from circularity.assessment.claims import judge_claims, scoring_model
from circularity.assessment.scores import compute_scores
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.load import Method, load_method

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]
Edits = dict[str, dict[str, Any]]

PERIODS = list(range(2014, 2021))
# Recycled input, and residue that is recycled, as parts of 100; one year is far out, and one is unknown.
INPUT = [10, 11, 12, 10, 13, 11, 50]
OUTPUT = [40, 42, 44, None, 90, 95, 60]
LOG: Edits = {"treat": {"way": "log"}, "normalise": {"within": False}}
WINSORISED: Edits = {"treat": {"way": "winsorise"}}

# What a key is changed to, after which other changes if any: every key of the pipeline of the method is in it.
CASES: list[tuple[Edits, str, str, Any]] = [
    ({}, "treat", "way", "winsorise"),
    (WINSORISED, "treat", "skewness", 3),
    (WINSORISED, "treat", "kurtosis", 9),
    (WINSORISED, "treat", "most_points", 0),
    (LOG, "treat", "shift", 0.5),
    ({}, "normalise", "way", "minmax"),
    ({}, "normalise", "range", [0, 1]),
    ({}, "normalise", "within", False),
    ({}, "aggregate", "way", "geometric_mean"),
    ({}, "aggregate", "available", 0.5),
]


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Assessment:
    """Seven years of a small factory."""
    from tests.conftest import DESCRIPTION, ORGANISATIONS, flow, write_table

    folder = tmp_path_factory.mktemp("series") / "series"
    folder.mkdir()
    (folder / "fieldlab.yaml").write_text(DESCRIPTION.format(id="series", periods=PERIODS), encoding="utf-8")
    rows = []
    for period, secondary, kept in zip(PERIODS, INPUT, OUTPUT, strict=True):
        rows.append(flow(mass=100 - secondary, period=period))
        rows.append(flow(mass=secondary, period=period, origin="recycled"))
        if kept is not None:
            rows.append(flow("residue", 100 - kept, period=period))
            rows.append(flow("residue", kept, period=period, destination="recycling"))
    write_table(folder / "organisations.csv", ORGANISATIONS, ["organisation", "name"])
    write_table(folder / "flows.csv", rows)
    write_table(folder / "products.csv", [], ["product"])
    return ce.assess(folder, draws=100).assessment


def changed(root: Path, edits: Edits) -> Method:
    """The method in a folder with other values of keys of its pipeline."""
    path = root / "composite.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for step in data["pipeline"]:
        step.update({"technique" if k == "way" else k: v for k, v in edits.get(step["step"], {}).items()})
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_method(root)


def told(assessment: Assessment) -> list[float]:
    """The scores of a fieldlab, after a look whether claims are tested on the same."""
    table = compute_scores(assessment).query("level == 'fieldlab'")
    model, _ = scoring_model(assessment)
    for row in table.to_dict("records"):
        place = model.values.row(row["entity"], row["period"])
        claimed = model.composite.score(row["score"])[place]
        assert claimed == row["value"] or (claimed != claimed and row["value"] != row["value"])
    return [float(value) for value in table["value"]]


def test_every_key_of_the_pipeline_has_a_case(method: Method) -> None:
    assert method.scoring is not None
    keys = {(s["step"], key) for s in method.scoring.pipeline for key in s if key != "step"}
    assert {(step, key) for _, step, key, _ in CASES} == keys


@pytest.mark.parametrize(("before", "step", "key", "value"), CASES, ids=lambda v: str(v))
def test_a_key_of_the_pipeline_changes_the_scores_and_what_claims_are_tested_on(
    before: Edits, step: str, key: str, value: Any, assessment: Assessment, method_copy: Path
) -> None:
    one = told(replace(assessment, method=changed(method_copy, before)))
    after = {**before, step: {**before.get(step, {}), key: value}}
    other = told(replace(assessment, method=changed(method_copy, after)))
    assert len(one) == len(other)
    assert any(a != b and (a == a or b == b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("step", "key", "value", "claim"),
    [
        ("normalise", "within", False, "series improved on circularity since 2018 until 2019"),
        ("aggregate", "available", 0.5, "series improved on circularity since 2016 until 2017"),
    ],
)
def test_a_key_of_the_pipeline_can_turn_a_verdict(
    step: str, key: str, value: Any, claim: str, assessment: Assessment, method_copy: Path
) -> None:
    one = judge_claims(replace(assessment, method=changed(method_copy, {})), [claim])[0].verdict
    other = judge_claims(replace(assessment, method=changed(method_copy, {step: {key: value}})), [claim])[0].verdict
    assert one.pooled != other.pooled


def test_weights_in_the_score_tree_change_scores_and_claims_alike(assessment: Assessment, method_copy: Path) -> None:
    path = method_copy / "scores.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("circularity,1,1,higher_is_better,0,0.55", "circularity,1,3,higher_is_better,0,0.55"))
    assert told(replace(assessment, method=load_method(method_copy))) != told(assessment)


def test_a_step_that_is_added_is_done_and_the_table_says_so(assessment: Assessment, method_copy: Path) -> None:
    path = method_copy / "composite.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["pipeline"].insert(0, {"step": "impute", "way": "linear"})
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    table = compute_scores(replace(assessment, method=load_method(method_copy)))
    row = table.query("level == 'fieldlab' and period == 2017").set_index("score").loc["available_output_share"]
    assert (row["status"], row["coverage"]) == ("ok", 0)
    assert "filled in" in row["reason"]
    data["pipeline"][0] = {"step": "screen", "available": 1}
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    table = compute_scores(replace(assessment, method=load_method(method_copy)))
    row = table.query("level == 'fieldlab' and period == 2017").set_index("score").loc["circular_input_share"]
    assert row["status"] == "missing"
    assert "left out by the step screen" in row["reason"]


def test_a_method_without_a_pipeline_of_its_own_has_scores_all_the_same(
    assessment: Assessment, method_copy: Path
) -> None:
    (method_copy / "composite.yaml").unlink()
    old = compute_scores(replace(assessment, method=load_method(method_copy)))
    now = compute_scores(assessment)
    assert old["value"].tolist() == pytest.approx(now["value"].tolist(), nan_ok=True)
