"""What stands behind a figure."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import circularity as ce
from circularity.assessment.worked_formula import latex_text, mathml
from circularity.ledger.fieldlab import Fieldlab
from tests.faults import raises


@pytest.fixture(scope="module")
def result(pv: Fieldlab) -> ce.Result:
    return ce.assess(pv, draws=2000)


def test_the_rows_behind_a_sum_add_up_to_it(result: ce.Result) -> None:
    found = result.explain("secondary_input_share", period=2020)
    for term in found.terms.to_dict("records"):
        rows = found.rows[found.rows["term"] == term["name"]]
        assert len(rows) == term["rows"]
        assert rows["kg"].sum() == pytest.approx(term["value"], rel=1e-12)


def test_the_numbers_put_in_give_the_value(result: ce.Result) -> None:
    found = result.explain("secondary_input_share", period=2020)
    terms = found.terms.set_index("name")["value"]
    assert found.value == pytest.approx(terms["secondary"] / terms["input"])
    assert found.steps[-1].worked == "0.00299 = 19.3 kt / 6.45 Mt"


def test_the_language_reaches_words_and_numbers(pv_in: Callable[[str], ce.Result]) -> None:
    found = pv_in("nl").explain("mci", period=2020)
    assert "Numbers" not in str(found)
    assert "Ingevuld" in str(found)
    assert found.steps[-2].worked == "0,900 = 0,9 / 1,00"


def test_the_parts_of_the_variance_agree_with_the_draws(result: ce.Result) -> None:
    """First-order variance from partial derivatives against the variance of 2,000 draws."""
    id_ = "available_output_share"
    explained = result.explain(id_, period=2020)
    assert explained.drivers["part_of_variance"].sum() == pytest.approx(1, abs=0.02)
    lab, indicator = result.fieldlab, result.method.indicator(id_)
    slopes = indicator.partials({r["name"]: r["value"] for r in explained.terms.to_dict("records")})
    flows = lab.tables["flows"]
    flows = flows[flows["period"] == 2020]
    output = flows[flows["role"].isin(["residue", "end_of_life"])]
    available = output["destination"].isin(["recycling", "reuse", "biological"])
    slope = slopes["output"] + np.where(available, slopes["available"], 0)
    kg = output["mass"] * lab.mass_unit
    variance = ((slope * kg) ** 2 * np.expm1(output["log_sd"] ** 2)).sum()
    _, draws, _ = result.assessment.spread(id_, "fieldlab", lab.id, 2020)
    assert float(np.var(draws)) == pytest.approx(variance, rel=0.1)


def test_the_drivers_of_a_product_are_its_parts_and_inputs(result: ce.Result) -> None:
    drivers = result.explain("mci", period=2020).drivers
    assert drivers.at[0, "what"] == "glass: collected for recycling"
    assert drivers["part_of_variance"].sum() <= 1 + 1e-12


def test_a_missing_figure_is_explained_too(result: ce.Result) -> None:
    found = result.explain("material_productivity", period=2020)
    assert found.status == "missing"
    assert "revenue" in found.reason
    assert found.as_dict()["value"] is None
    assert "missing" in str(found)


def test_an_explanation_is_plain_data(result: ce.Result) -> None:
    import json

    data = json.loads(json.dumps(result.explain("circular_input_share", period=2020).as_dict(), default=str))
    assert data["rows"][0]["file"] == "flows.csv"
    assert data["formula"] == "circular_input / input"


@pytest.mark.parametrize("text", [r"\input{/etc/passwd}", "a_b & 50 % #1 $x$ {y} ~ ^", "<script>"])
def test_text_from_data_cannot_become_a_command_of_latex(text: str) -> None:
    markup = mathml(rf"\text{{{latex_text(text)}}} = 1")
    assert "<script>" not in markup
    assert markup.startswith("<math")


@pytest.fixture(scope="module")
def small(root: Path) -> ce.Result:
    return ce.assess(root / "tests" / "notebooks" / "small-factory", draws=100, lang="nl")


def test_a_figure_that_several_entities_have_asks_which_one(small: ce.Result) -> None:
    with raises("SeveralEntities", match="maker"):
        small.explain("input_mass", level="organisation")


def test_an_entity_says_its_level(small: ce.Result) -> None:
    assert small.explain("input_mass", entity="joiner").level == "organisation"


def test_a_level_that_an_indicator_does_not_have_is_named(small: ce.Result) -> None:
    with raises("NotAtLevel"):
        small.explain("mci", level="fieldlab")


def test_an_explanation_shows_the_measurements_behind_a_figure(small: ce.Result) -> None:
    rows = small.explain("cti_revenue", entity="maker", period=2024).rows
    measured = rows[rows["file"] == "measurements.csv"]
    assert (measured["row"].tolist(), measured["entity"].tolist()) == ([4], ["maker"])
    assert (measured["value"].tolist(), measured["unit"].tolist()) == ([2_300_000], ["EUR"])


def test_an_explanation_speaks_in_words_and_not_in_codes(small: ce.Result) -> None:
    shown = str(small.explain("secondary_input_share", period=2024))
    assert "herkomst" in shown
    assert "misschien" in shown  # wood of unknown origin may be secondary
    assert "nan" not in shown.lower().split()
    assert "exchange" not in shown


def test_an_explanation_as_data_says_how_to_repeat_it(small: ce.Result) -> None:
    found = small.explain("mci", period=2024).as_dict()
    assert (found["draws"], found["seed"], found["method_version"]) == (100, 1, small.method.version)
    json.dumps(found, allow_nan=False)


def test_words_in_a_formula_are_set_as_text(pv_result: ce.Result) -> None:
    shown = pv_result.explain("secondary_input_share")._repr_html_()
    assert '<mi mathvariant="normal">' in shown
    assert "<mtext>" not in shown
