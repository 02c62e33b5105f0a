"""The report about scores: verdicts first, weights to turn, and never equal weights for agreed ones."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import circularity as ce
from circularity.ledger.fieldlab import Fieldlab
from circularity.report import ScoringReport
from circularity.report.explorer import Explorer


@pytest.fixture(scope="module")
def report(root: Path) -> Callable[..., ScoringReport]:
    made: dict[tuple[str, str, str], ScoringReport] = {}

    def make(lang: str = "nl", responses: str = "", lab: str = "tests/notebooks/small-factory") -> ScoringReport:
        key = lang, responses, lab
        if key not in made:
            folder = root / "tests" / "notebooks" / responses if responses else None
            made[key] = ScoringReport([ce.assess(root / lab, draws=200, lang=lang)], folder)
        return made[key]

    return make


SECTIONS = ["head", "summary", "tree", "scores", "explorer", "acceptability", "weights", "sensitivity", "analysis"]


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_shows_itself(section: str, lang: str, report: Callable[..., ScoringReport]) -> None:
    html = getattr(report(lang), section)()._repr_html_()
    assert "<h1>" in html or "<h2>" in html
    assert "nan" not in html.lower().replace("financ", "").split()


@pytest.mark.parametrize(
    ("lang", "said"), [("nl", "Gelijke gewichten, nog niet afgesproken."), ("en", "Equal weights, not yet agreed.")]
)
def test_without_stakeholders_the_weights_are_said_not_to_be_agreed(
    lang: str, said: str, report: Callable[..., ScoringReport]
) -> None:
    r = report(lang)
    for section in ("head", "summary", "tree", "scores", "acceptability"):
        assert said in getattr(r, section)()._repr_html_()


def test_synthetic_data_are_called_so_in_every_table_and_figure(report: Callable[..., ScoringReport]) -> None:
    r = report("nl")
    for section in ("head", "summary", "scores", "acceptability", "sensitivity", "explorer"):
        assert "synthetische gegevens" in getattr(r, section)()._repr_html_(), section


def test_with_answers_each_helix_has_a_probability_and_its_weights(report: Callable[..., ScoringReport]) -> None:
    r = report("nl", "answers")
    html = r.summary()._repr_html_()
    for helix in ("Ondernemers", "Overheid", "Kennisinstellingen"):
        assert helix in html
        assert helix in r.weights()._repr_html_()
    assert "Gewichten van 4 deelnemers" in r.head()._repr_html_()
    assert r.composite.weights.sum() == pytest.approx(1)


def test_a_claim_of_the_report_stands_with_its_verdict(report: Callable[..., ScoringReport]) -> None:
    r = report("en")
    words = [v.word for v, _ in r.verdicts]
    assert len(words) == len(r.results[0].claims())
    assert all(word in ("supported", "refuted", "contested", "undecided", "missing") for word in words)


def test_turning_a_weight_turns_the_scores(report: Callable[..., ScoringReport]) -> None:
    explorer = report("en").explorer()
    a, b = explorer.composite.structure.children[explorer.composite.structure.top]
    scores = explorer.composite.scores
    all_a = explorer.scores({a: 1.0, b: 0.0}).scores
    assert all_a["circularity"].tolist() == pytest.approx(scores[a].tolist(), nan_ok=True)
    half = explorer.scores({a: 0.3, b: 0.3}).scores["circularity"]
    assert half.tolist() == pytest.approx(((scores[a] + scores[b]) / 2).tolist(), nan_ok=True)


def test_sliders_answer_when_they_are_moved(report: Callable[..., ScoringReport]) -> None:
    explorer: Explorer = report("en").explorer()
    box = explorer.sliders()
    *sliders, shown = box.children
    before = shown.value
    assert "<table>" in before
    sliders[0].value, sliders[1].value = 1.0, 0.0
    assert shown.value != before


def test_sliders_and_figure_stand_in_one_output_and_the_figure_remains_without_the_library(
    report: Callable[..., ScoringReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    explorer = report("en").explorer()
    shown = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "<svg" in shown["text/html"]

    def without(self: Any) -> Any:
        raise ImportError("ipywidgets")

    monkeypatch.setattr(Explorer, "sliders", without)
    assert set(explorer._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_years_stand_for_units_where_there_is_one(report: Callable[..., ScoringReport], pv: Fieldlab) -> None:
    table, period = report("en", "", "data/pv-module-factory")._acceptability()
    assert period == 0
    assert table.rank_acceptability.index.tolist() == [str(p) for p in pv.periods]


def test_a_fieldlab_of_which_a_part_is_not_known_has_a_report_all_the_same(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    shutil.copytree(root / "tests" / "notebooks" / "small-factory", folder)
    flows = pd.read_csv(folder / "flows.csv", dtype=str)
    flows[flows["role"] == "input"].to_csv(folder / "flows.csv", index=False)
    r = ScoringReport([ce.assess(folder, draws=100, lang="en")])
    pages = {section: getattr(r, section)()._repr_html_() for section in SECTIONS}
    assert "could not be determined" in pages["summary"]
    assert "No score is known" in pages["acceptability"]
    assert "is not known" in pages["sensitivity"]
    assert "missing" in pages["scores"]


def test_both_reports_give_a_score_the_same_interval(report: Callable[..., ScoringReport]) -> None:
    r = report("en")
    page = r.scores()._repr_html_()
    scores = r.results[0].scores
    for row in scores[(scores["level"] == "fieldlab") & (scores["status"] == "ok")].to_dict("records"):
        value, interval = r.texts.figure(row["value"], row["low"], row["high"], "points")
        assert f"{value} ({interval})" in page
