"""The review pack: every page says what the method says, and the site builds without a warning."""

import re
from pathlib import Path

import pytest

from circularity.errors import CallError
from circularity.method.load import Method, load_method
from circularity.report.reference import reference_page
from circularity.report.site import build
from circularity.report.site.pages import Page, Pages


@pytest.fixture(scope="module", params=["nl", "en"])
def pages(request: pytest.FixtureRequest) -> dict[str, Page]:
    return {p.name: p for p in Pages(load_method(), request.param).all()}


def test_every_indicator_has_a_page_with_formula_example_source_and_findings(
    pages: dict[str, Page], method: Method
) -> None:
    for indicator in method.indicators.values():
        text = pages[f"indicators/{indicator.id}"].text
        assert text.count("$$") >= 2
        assert f"circularity compute {indicator.id}" in text
        assert text.count("\n## ") >= 7


def test_every_framework_has_a_page_that_lists_all_it_asks_for(pages: dict[str, Page], method: Method) -> None:
    for framework in method.frameworks.values():
        lines = pages[f"frameworks/{framework.id}"].text.splitlines()
        assert sum(line.startswith("| ") for line in lines) == len(framework.items) + 1


def test_every_heading_stands_on_a_line_of_its_own(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert not re.search(r"[^\n#`]#{2,} ", page.text), page.name


def test_links_lead_to_pages_that_exist(pages: dict[str, Page]) -> None:
    for page in pages.values():
        for target in re.findall(r"\]\(([^)]+)\.md\)", page.text):
            path = (Path("/") / page.name).parent / target
            assert str(path.resolve()).removeprefix("/") in pages, (page.name, target)


def test_what_was_not_compared_with_its_source_stands_in_one_list(pages: dict[str, Page], method: Method) -> None:
    text = pages["unverified"].text
    for indicator in method.indicators.values():
        assert (f"/{indicator.id}.md" in text) == (indicator.spec.source.status != "verified")


def test_paper_has_no_links(method: Method) -> None:
    assert not any(
        "](" in p.text for p in Pages(method, "nl", linked=False).all() if not p.name.startswith("decisions")
    )


def test_a_finding_stands_on_the_page_of_its_indicator(method_copy: Path) -> None:
    text = "institution: A [university]\ndate: 2026-12-01\nabout: mci\nversion: 0.1.0\n"
    text += "severity: wish\nfinding: More *text*.\n"
    (method_copy / "reviews" / "0001-university.yaml").write_text(text, encoding="utf-8")
    found = {p.name: p.text for p in Pages(load_method(method_copy), "en").all()}
    for name in ("indicators/mci", "reviews"):
        assert r"A \[university\]" in found[name]
        assert r"More \*text\*." in found[name]


def test_a_site_never_takes_the_place_of_another_folder(tmp_path: Path, method: Method) -> None:
    (tmp_path / "nl").mkdir()
    (tmp_path / "nl" / "mine.csv").write_text("x", encoding="utf-8")
    with pytest.raises(CallError, match="CannotWrite"):
        build(method, tmp_path)
    assert [p.name for p in (tmp_path / "nl").iterdir()] == ["mine.csv"]


def test_the_site_and_the_pdf_are_made_without_a_warning(tmp_path: Path, method: Method) -> None:
    made = build(method, tmp_path, method, langs=["nl"], more=[reference_page])
    assert [p.name for p in made] == ["index.html", "method-nl.pdf"]
    page = (tmp_path / "nl" / "indicators" / "mci.html").read_text(encoding="utf-8")
    assert "<math" in page
    assert 'lang="nl"' in page
    for address in re.findall(r'(?:src|href)="(https?://[^"]+)"', page):
        assert "sphinx" in address or "alabaster" in address, address
    reference = (tmp_path / "nl" / "reference.html").read_text(encoding="utf-8")
    assert 'id="circularity.Result.filter"' in reference
    assert 'id="circularity.scoring.build"' in reference
    assert (tmp_path / "method-nl.pdf").read_bytes().startswith(b"%PDF")


def test_a_long_list_shows_its_highest_codes_and_where_the_rest_stands(pages: dict[str, Page], method: Method) -> None:
    text = pages["vocabularies"].text
    assert "`17`" in text
    assert "`170204`" not in text
    assert "vocabulary/eural.csv" in text
    assert all(f"`{code}`" in text for code in method.vocabularies["materials"].codes)
    assert len(text.splitlines()) < 1000


def test_every_plausibility_bound_stands_on_the_page_of_factors(pages: dict[str, Page], method: Method) -> None:
    text = pages["factors"].text
    assert all(f"`{bound.spec.of}`" in text for bound in method.plausibility)
    assert "… – 30" in text
