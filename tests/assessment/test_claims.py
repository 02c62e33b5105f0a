"""Claims about a fieldlab: those of the method, those of its own, and what the unknown does to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import circularity as ce
from circularity.assessment.claims import claims_of, scoring_of, thresholds_of
from circularity.assessment.scores import figures_of
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.load import Method, load_method
from tests.conftest import replace_in
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]


def two_years(
    make_flow: Flow, recycled: tuple[float, float], unknown: float = 0, gsd: float = 1.05
) -> list[dict[str, Any]]:
    rows = []
    for period, part in zip((2020, 2024), recycled, strict=True):
        rows += [
            make_flow(mass=100 - part - unknown, period=period, uncertainty=gsd),
            make_flow(mass=part, origin="recycled", period=period, uncertainty=gsd),
            make_flow("residue", 10, period=period, uncertainty=gsd),
            make_flow("residue", 10, destination="recycling", period=period, uncertainty=gsd),
        ]
        if unknown:
            rows.append(make_flow(mass=unknown, origin="unknown", period=period, uncertainty=gsd))
    return rows


def judged(lab: Fieldlab, *texts: str, draws: int = 300) -> list[Any]:
    return ce.assess(lab, draws=draws).claims(texts=list(texts))


def test_a_score_tree_has_its_targets_as_numbers_and_the_units_of_the_indicators(method: Method) -> None:
    tree = method.score_tree("circular_factory")
    assert [n.code for n in tree] == [n.code for n in method.score_trees["scores.csv"]]
    assert tree["circular_input_share"].target == 0.55
    assert tree["circular_input_share"].goalposts == (0, 0.55)
    assert tree["circular_input_share"].unit == method.indicator("circular_input_share").unit


def test_a_clear_improvement_is_supported_whatever_the_weights(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(two_years(make_flow, (5, 40)), periods=[2020, 2024])
    (found,) = judged(lab, f"{lab.id} improved on circular_input_share since 2020")
    assert found.verdict.word == "supported"
    assert found.possible == found.verdict.pooled.value == 1


def test_what_is_unknown_is_taken_to_turn_out_against_a_claim(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(two_years(make_flow, (10, 30), unknown=40), periods=[2020, 2024])
    (found,) = judged(lab, f"{lab.id} improved on circular_input_share since 2020")
    assert found.verdict.word == "undecided"
    assert found.verdict.pooled.value < 0.05
    assert found.possible > 0.95
    assert found.verdict.word != "refuted"  # the unknown could still make it true


def test_a_target_is_met_by_the_value_and_not_by_the_points(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(two_years(make_flow, (5, 90)), periods=[2020, 2024])
    met, not_yet = judged(lab, "circular_input_share meets its target", "circular_input_share meets its target in 2020")
    assert met.verdict.word == "supported"
    assert not_yet.verdict.word == "refuted"


def test_a_claim_about_a_missing_score_is_missing(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow(period=2020), make_flow(period=2024)], periods=[2020, 2024])
    (found,) = judged(lab, f"{lab.id} improved since 2020")
    assert found.verdict.word == "missing"
    assert np.isnan(found.possible)


def test_the_claims_of_a_report_name_its_periods(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(two_years(make_flow, (5, 40)), periods=[2020, 2024])
    assessment = ce.assess(lab, draws=100).assessment
    texts = claims_of(assessment, 2024)
    assert f"{lab.id} improved on circularity since 2020" in texts
    assert len(texts) == len(set(texts))
    assert not any("{" in text for text in texts)
    assert not any("since" in text for text in claims_of(assessment, 2020))  # there is no earlier year


def test_a_fieldlab_can_make_claims_of_its_own_and_a_wrong_one_names_the_file(root: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "small"
    shutil.copytree(root / "tests" / "notebooks" / "small-factory", folder)
    path = folder / "fieldlab.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["claims"] = ["circular_input_share of {fieldlab} meets its target in {period}"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    result = ce.assess(load_fieldlab(folder), draws=100)
    period = result.fieldlab.periods[-1]
    assert f"circular_input_share of {result.fieldlab.id} meets its target in {period}" in [
        j.claim.text for j in result.claims()
    ]
    data["claims"] = ["we are the best"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with raises("UnknownClaim") as told:
        ce.assess(load_fieldlab(folder), draws=100).claims()
    assert told.value.where.file == "fieldlab.yaml"


def test_another_fieldlab_cannot_be_claimed_about(make_lab: Make, make_flow: Flow) -> None:
    with raises("NotInClaim"):
        judged(make_lab(two_years(make_flow, (5, 40)), periods=[2020, 2024]), "other improved since 2020")


def test_indicators_of_several_fieldlabs_stand_by_period_and_name(
    make_lab: Make, make_flow: Flow, method: Method
) -> None:
    lab = make_lab(two_years(make_flow, (5, 40)), periods=[2020, 2024])
    assessment = ce.assess(lab, draws=100).assessment
    figures = figures_of([assessment], method.score_tree("circular_factory"))
    values, lower, upper = figures.values, figures.lower, figures.upper
    assert list(zip(values.units, values.periods, strict=True)) == [(lab.id, 2020), (lab.id, 2024)]
    assert lower.shape == upper.shape == (100, 2, 2)
    assert (lower <= upper).all()
    assert values.x[1, values.codes.index("circular_input_share")] == pytest.approx(0.4)


def test_a_method_that_says_nothing_of_claims_says_so(method_copy: Path) -> None:
    (method_copy / "composite.yaml").unlink()
    for key in ("every_helix", "contested"):
        replace_in(method_copy / "method.yaml", f"  {key}:", f"  # {key}:")
    old = load_method(method_copy)
    with raises("MissingKey"):
        thresholds_of(old)
    with raises("MissingKey"):
        scoring_of(old)


def test_the_same_seed_gives_the_same_verdicts(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(two_years(make_flow, (20, 22), gsd=1.3), periods=[2020, 2024])
    one, two = (judged(lab, f"{lab.id} improved since 2020")[0].verdict for _ in range(2))
    assert one.pooled == two.pooled
    assert one.indices.equals(two.indices)
