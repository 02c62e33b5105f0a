"""The pages in a real browser: nothing overlaps, nothing is cut off, nothing is loaded, all can read it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser is installed (looked for {', '.join(BROWSERS)})")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


PAGES = [f"{lab}/report-{lang}.html" for lab in ("pv-module-factory", "small-factory") for lang in ("nl", "en")]


@pytest.mark.parametrize("name", [*PAGES, "index.html"])
def test_a_page_loads_nothing_and_reports_no_error(name: str, reports: Path, browser: Any) -> None:
    page = browser.new_page()
    asked, wrong = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.goto((reports / name).as_uri())
    assert [a for a in asked if not a.endswith(name)] == []
    assert wrong == []
    page.close()


@pytest.mark.parametrize("width", [1280, 800, 390])
@pytest.mark.parametrize("name", [*PAGES, "index.html"])
def test_nothing_is_cut_off_or_wider_than_the_screen(name: str, width: int, reports: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((reports / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 640:  # on a narrow screen a wide table scrolls in its own box
        cut = page.evaluate(
            "[...document.querySelectorAll('th, td, figcaption, li, h1, h2, h3')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')"
            ".map(e => e.textContent.trim().slice(0, 60))"
        )
        assert cut == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_two_cells_of_a_table_overlap(name: str, reports: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto((reports / name).as_uri())
    overlapping = page.evaluate(
        """() => {
          const range = document.createRange(), bad = [];
          for (const row of document.querySelectorAll('tr')) {
            const box = c => { range.selectNodeContents(c); return range.getBoundingClientRect(); };
            const boxes = [...row.children].map(box);
            for (let i = 1; i < boxes.length; i++)
              if (boxes[i].width && boxes[i - 1].width && boxes[i].left < boxes[i - 1].right - 1)
                bad.push(row.textContent.trim().slice(0, 80));
          }
          return bad;
        }"""
    )
    assert overlapping == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_formulas_are_typeset(name: str, reports: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((reports / name).as_uri())
    sizes = page.evaluate(
        "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect()).map(b => [b.width, b.height])"
    )
    assert len(sizes) > 40
    assert all(w > 10 and h > 8 for w, h in sizes)
    assert "\\frac" not in page.inner_text("body")
    page.close()


@pytest.mark.parametrize("name", [*PAGES, "index.html"])
def test_the_page_is_accessible(name: str, reports: Path, browser: Any) -> None:
    """axe-core finds nothing: languages, headings, tables, alternative texts, contrast."""
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page()
    page.goto((reports / name).as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.close()


def test_a_page_prints_on_a4_without_losing_a_table(reports: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    page.goto((reports / PAGES[0]).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    assert page.pdf(format="A4")[:4] == b"%PDF"
    page.close()
