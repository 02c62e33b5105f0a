"""Reports of every kind of fieldlab out of one notebook: a circular city, a region, and a kind that is new."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from click.testing import CliRunner

import circularity as ce
from circularity.cli import main
from circularity.report import Report
from circularity.report import run as report_run
from tests.report.made_up import CITY_YEARS, REGION_YEARS, city, region


def sections(root: Path) -> list[str]:
    """The sections of a report, in the order of its notebook."""
    cells = nbformat.read(root / "notebooks" / "fieldlab.ipynb", as_version=4).cells
    return re.findall(r"^report\.(\w+)\(\)$", "\n".join(c.source for c in cells if c.cell_type == "code"), re.MULTILINE)


def rendered(folder: Path, lang: str, root: Path, method: ce.Method | None = None) -> dict[str, str]:
    report = Report(ce.assess(folder, method, draws=100, lang=lang))
    return {name: getattr(report, name)().text for name in sections(root)}


@pytest.fixture(scope="module", params=["city nl", "region en"])
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, root: Path) -> dict[str, str]:
    kind, lang = request.param.split()
    make: Callable[[Path], Path] = {"city": city, "region": region}[kind]
    return rendered(make(tmp_path_factory.mktemp("labs")), lang, root) | {"kind": kind, "lang": lang}


def test_no_section_has_a_heading_without_anything_under_it(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        assert not re.search(r"</h3>\s*(<h[23]|</section>|$)|</h2>\s*(<h2|</section>|$)", html), name
        assert not re.search(r"<tbody>\s*</tbody>", html), name
        assert not re.search(r"<(ul|dl)[^>]*>\s*</(ul|dl)>", html), name


def test_the_headline_is_known_in_every_period(pages: dict[str, str]) -> None:
    years = {"city": CITY_YEARS, "region": REGION_YEARS}[pages["kind"]]
    table = pages["series"][pages["series"].index("<table>") :]
    cells = re.findall(r'<td class="number long">([^<]*)<', table)
    assert len(cells) == len(years) * {"city": 4, "region": 5}[pages["kind"]]
    assert all(re.match(r"[\d−<]", cell) for cell in cells), cells
    verdicts = re.findall(r'<td class="(\w+)">', pages["summary"])
    assert verdicts
    assert "missing" not in verdicts


def test_every_kind_has_its_scores_and_claims(pages: dict[str, str]) -> None:
    assert "<figure>" in pages["scores"]
    assert '<td colspan="2" class="missing">' not in pages["scores"]
    assert '<table class="claims">' in pages["summary"]
    assert pages["summary"].count('<th scope="row">Made-up') + pages["summary"].count('<th scope="row">Verzonnen') >= 3


def test_a_region_without_flows_has_no_diagram_of_them(pages: dict[str, str]) -> None:
    assert bool(pages["flows"]) == (pages["kind"] == "city")
    assert "<figure>" in pages["series"]


def test_a_report_says_how_uncertain_its_numbers_are_in_every_table(pages: dict[str, str]) -> None:
    flows = {"nl": "Stromen in 2024: 7.", "en": "Flows in 2024: 7."}[pages["lang"]]
    measured = {"nl": "Metingen in 2024: ", "en": "Measurements in 2024: "}[pages["lang"]]
    assert measured in pages["quality"]
    assert (flows in pages["quality"]) == (pages["kind"] == "city")


def test_the_command_makes_the_report_of_a_region(tmp_path: Path) -> None:
    arguments = ["report", str(region(tmp_path)), "--out", str(tmp_path / "out"), "--lang", "nl", "--draws", "100"]
    found = CliRunner().invoke(main, arguments)
    assert found.exit_code == 0, found.output
    text = (tmp_path / "out" / "made-up-region" / "report-nl.html").read_text(encoding="utf-8")
    assert "synthetische gegevens" in text
    assert 'id="series"' in text
    assert "Materiaalstromen</h2>" not in text


def test_fieldlabs_with_another_score_have_a_page_about_scores_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, list[str]] = {}

    def kept(job: report_run.Job, langs: list[str]) -> None:
        if job.fieldlab is None:
            made[job.name(job.lang)] = [Path(folder).name for folder in job.parameters["fieldlabs"]]

    monkeypatch.setattr(report_run, "_run", kept)
    city(tmp_path), region(tmp_path)
    CliRunner().invoke(main, ["report", "--data", str(tmp_path), "--out", str(tmp_path / "out"), "--draws", "100"])
    assert made == {
        "scores-nl": ["made-up-city"],
        "scores-en": ["made-up-city"],
        "scores_region-nl": ["made-up-region"],
        "scores_region-en": ["made-up-region"],
    }


def declared_kind(method: Path, **more: Any) -> None:
    """A new kind of fieldlab in a copy of the method."""
    settings = yaml.safe_load((method / "method.yaml").read_text(encoding="utf-8"))
    settings["kinds"]["business_park"] = {
        "name": {"nl": "Bedrijventerrein", "en": "Business park"},
        "tables": ["organisations", "flows"],
        "optional": ["products"],
        "groups": ["cb23_input", "waste"],
    }
    for key, value in more.items():
        settings[key]["business_park"] = value
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    (method / "method.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("headline", [["secondary_input_share"], []])
def test_a_kind_that_only_the_method_declares_has_a_report(
    headline: list[str],
    method_copy: Path,
    write_lab: Callable[..., Path],
    make_flow: Callable[..., dict[str, Any]],
    root: Path,
) -> None:
    declared_kind(method_copy, headline=headline)
    folder = write_lab([make_flow(period=year, origin="recycled") for year in (2020, 2022)], periods=(2020, 2022))
    text = (folder / "fieldlab.yaml").read_text(encoding="utf-8")
    (folder / "fieldlab.yaml").write_text(text.replace("circular_factory", "business_park"), encoding="utf-8")
    (folder / "products.csv").unlink()
    page = rendered(folder, "en", root, ce.load_method(method_copy))
    assert "Business park" in page["head"]
    assert ("compared with 2020" in page["summary"]) == bool(headline)
    assert bool(page["series"]) == bool(headline)
    assert "100\N{NO-BREAK SPACE}%" in page["indicators"]


def test_a_group_known_for_organisations_alone_is_named_as_left_out(
    method_copy: Path,
    write_lab: Callable[..., Path],
    make_flow: Callable[..., dict[str, Any]],
    root: Path,
) -> None:
    declared_kind(method_copy)
    folder = write_lab([make_flow(period=2020)], periods=(2020,))
    text = (folder / "fieldlab.yaml").read_text(encoding="utf-8")
    (folder / "fieldlab.yaml").write_text(text.replace("circular_factory", "business_park"), encoding="utf-8")
    (folder / "products.csv").unlink()
    result = ce.assess(folder, ce.load_method(method_copy), draws=100)
    table = result.indicators
    waste = table["indicator"].map(lambda i: result.method.indicator(i).group == "waste")
    known_for_organisations = table.assign(status=table["status"].mask(waste, "missing"))
    known_for_organisations.loc[waste & (table["level"] == "organisation"), "status"] = "ok"
    result.indicators = known_for_organisations
    page = Report(result).indicators()._repr_html_()
    title = result.method.settings.groups["waste"]["en"]
    assert f"figures are available for organisations only (see results.csv): {title}." in page
    assert f"<caption>{title}</caption>" not in page
