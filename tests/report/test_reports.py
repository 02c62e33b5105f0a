"""Running reports: pages, tables, index, and what happens when a cell fails."""

import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from circularity.cli import main
from circularity.ledger.fieldlab import Fieldlab, load_fieldlab
from circularity.method.load import Method, load_method
from circularity.report import run as report_run

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def report(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["report", *[str(a) for a in arguments], "--draws", "200"])


@pytest.fixture
def short_notebooks(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Notebooks that end after their head, in the place of the whole ones, for tests of running them."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for path in (root / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        end = [cell.source for cell in notebook.cells].index("report.head()") + 1
        notebook.cells = notebook.cells[:end]
        nbformat.write(notebook, folder / path.name)
    monkeypatch.setattr(report_run, "notebooks_root", lambda: folder)
    return folder


def pages(reports: Path) -> dict[str, str]:
    return {
        f"{p.parent.name} {p.stem[-2:]}": p.read_text(encoding="utf-8") for p in sorted(reports.glob("*/report-*.html"))
    }


def test_each_fieldlab_has_pages_notebooks_and_tables(reports: Path) -> None:
    names = [
        "about.json",
        "frameworks.csv",
        "frameworks.parquet",
        "report-en.html",
        "report-en.ipynb",
        "report-nl.html",
        "report-nl.ipynb",
    ]
    names += ["results.csv", "results.parquet", "scores.csv", "scores.parquet"]
    for lab in ("pv-module-factory", "small-factory"):
        assert sorted(p.name for p in (reports / lab).iterdir()) == names
    csv = pd.read_csv(reports / "pv-module-factory" / "results.csv")
    parquet = pd.read_parquet(reports / "pv-module-factory" / "results.parquet")
    assert len(csv) == len(parquet) > 400


def test_the_index_links_to_every_report_in_its_language(reports: Path) -> None:
    index = (reports / "index.html").read_text(encoding="utf-8")
    for href in re.findall(r'href="([^"]+)"', index):
        assert (reports / href).is_file(), href
    assert index.count('hreflang="nl"') == index.count('hreflang="en"') == 2
    assert "referentiegeval" in index
    assert "synthetic data" in index


def test_a_page_answers_every_framework_in_its_own_numbering(reports: Path, method: Method) -> None:
    for name, text in pages(reports).items():
        section = text[text.index('<section id="frameworks">') :].split("</section>")[0]
        assert section.count("<table>") == len(method.frameworks), name
        assert section.count("<tr>") == sum(1 + len(f.items) for f in method.frameworks.values())
        assert "nan" not in visible(section).lower().split()


def test_groups_without_a_figure_are_named_and_not_listed_one_by_one(reports: Path) -> None:
    text = visible(pages(reports)["pv-module-factory nl"])
    assert "omdat er geen enkel getal bekend is" in text
    indicators = text[text.index("Indicatoren") : text.index("Wat elk raamwerk vraagt")]
    assert "ozon" not in indicators.lower()


def test_the_answer_compares_with_the_first_and_with_the_previous_period(reports: Path) -> None:
    text = visible(pages(reports)["pv-module-factory en"])
    assert "compared with 2010" in text
    assert "What changed between 2010 and 2020" in text
    assert "What changed between 2015 and 2020" in text


def test_the_answer_says_what_to_mind_with_the_data(reports: Path, pv: Fieldlab) -> None:
    text = visible(pages(reports)["pv-module-factory en"])
    assert pv.description.caveats
    for caveat in pv.description.caveats:
        assert caveat.en.split(";")[0] in html.unescape(text)


def test_the_answer_shows_each_organisation_when_there_are_several(reports: Path) -> None:
    found = pages(reports)
    assert "Hoofdindicatoren per organisatie" in visible(found["small-factory nl"])
    assert "Maker of chairs" in found["small-factory nl"]
    assert "Hoofdindicatoren per organisatie" not in found["pv-module-factory nl"]


def test_letters_in_a_formula_are_explained_beneath_it(reports: Path) -> None:
    for name, text in pages(reports).items():
        formulas = text[text.index('<section id="formulas">') :]
        assert "<mtext>" not in formulas
        if not name.startswith("pv"):
            continue  # the small fieldlab knows too little of its product for an MCI
        mci = next(b for b in formulas.split('<div class="formula">') if "(MCI)" in b.split("</h3>")[0])
        rows = re.findall(r"<tr><td>.*?</td><th scope=\"row\">(.+?)</th>", mci)
        assert len(rows) > 8, name


def test_a_page_needs_nothing_from_anywhere(reports: Path) -> None:
    for name, text in pages(reports).items():
        for address in re.findall(r'(?:src|href)="([^"]+)"', text):
            assert not address.startswith(("http", "//")), (name, address)
        assert "<script" not in text
        assert "@import" not in text


def test_a_page_shows_no_code(reports: Path) -> None:
    for name, text in pages(reports).items():
        assert "import circularity" not in text, name
        assert "report.summary()" not in text


def test_a_page_has_every_section_of_the_report(reports: Path) -> None:
    for name, text in pages(reports).items():
        for section in ("answer", "indicators", "scores", "series", "quality", "formulas", "sources"):
            assert f'<section id="{section}">' in text, (name, section)
        assert text.index('id="answer"') < text.index("<figure>") < text.index('id="indicators"')
        assert text.count("<figure>") == 3
        assert text.count("<math") > 40


def test_a_page_says_what_kind_of_data_it_shows(reports: Path) -> None:
    found = pages(reports)
    for lang, words in {
        "nl": ("referentiegeval", "synthetische gegevens"),
        "en": ("reference case", "synthetic data"),
    }.items():
        assert f'<strong class="badge">{words[0]}</strong>' in found[f"pv-module-factory {lang}"]
        assert found[f"small-factory {lang}"].count(words[1]) >= 4  # head and every figure


def test_a_page_says_its_language(reports: Path) -> None:
    for name, text in pages(reports).items():
        assert f'<html lang="{name[-2:]}">' in text


def visible(text: str) -> str:
    text = re.sub(r"<(style|title|desc|code)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", text)


def test_the_dutch_page_is_dutch(reports: Path) -> None:
    foreign = r"\b(the|and|with|which|of the|is not|are not|shown|improved|worsened|missing|coverage|change|target)\b"
    for name, text in pages(reports).items():
        if name.endswith("nl"):
            body = visible(text)
            sources = body.index("Bronnen en methode")
            assert not re.findall(foreign, body[:sources]), name


def test_numbers_on_the_dutch_page_are_in_dutch_notation(reports: Path) -> None:
    text = visible(pages(reports)["pv-module-factory nl"])
    text = text[: text.index("Wat elk raamwerk vraagt")] + text[text.index("Kwaliteit van de gegevens") :]
    text = text[: text.index("Bronnen en methode")]
    text = text.replace(f"versie {load_method().version}", "")
    text = re.sub(r"(CB&#39;23|ISO 59020|CTI|A|NPCE) ?[\d.]+[\d.]*", "", text)
    points = [n for n in re.findall(r"\d+\.\d+", text) if not re.fullmatch(r"\d{1,3}(\.\d{3})+", n)]
    assert points == [n for n in points if re.fullmatch(r"[1-3]\.\d(\.\d)*|A\.\d+", n)]
    assert "33,6\N{NO-BREAK SPACE}%" in text


def test_both_languages_show_the_same_figures(reports: Path) -> None:
    found = pages(reports)
    for lab in ("pv-module-factory", "small-factory"):
        dutch, english = (re.findall(r'class="number">([^<]*)<', found[f"{lab} {lang}"]) for lang in ("nl", "en"))
        assert len(dutch) == len(english)
        swapped = [t.translate(str.maketrans(",.", ".,")) for t in dutch]
        pairs = [(a, b) for a, b in zip(swapped, english, strict=True) if re.fullmatch(r"[\d.,\s%–<>()−+-]+", b)]
        assert len(pairs) > 100
        assert [a for a, _ in pairs] == [b for _, b in pairs]


def test_a_notebook_on_record_names_no_path_of_this_machine(reports: Path, root: Path) -> None:
    for path in reports.glob("*/*.ipynb"):
        assert str(root) not in path.read_text(encoding="utf-8")
        nbformat.validate(nbformat.read(path, as_version=4))


@pytest.mark.usefixtures("short_notebooks")
def test_a_report_about_an_earlier_period_stands_beside_the_last(reports: Path, tmp_path: Path, root: Path) -> None:
    out = Path(shutil.copytree(reports, tmp_path / "out"))
    lab = root / "tests" / "notebooks" / "small-factory"
    first = load_fieldlab(lab).periods[0]
    assert report(lab, "--out", out, "--lang", "nl", "--period", first).exit_code == 0
    found = sorted(p.name for p in (out / "small-factory").glob("*-nl*.html"))
    assert found == [f"report-nl-{first}.html", "report-nl.html"]
    index = (out / "index.html").read_text(encoding="utf-8")
    assert f">Nederlands {first}</a>" in index
    assert ">Nederlands</a>" in index


@pytest.mark.usefixtures("short_notebooks")
def test_the_index_keeps_what_an_earlier_run_made(
    reports: Path, tmp_path: Path, write_lab: Write, make_flow: Flow
) -> None:
    out = Path(shutil.copytree(reports, tmp_path / "out"))
    assert report(write_lab([make_flow()], name="second-lab"), "--out", out, "--lang", "en").exit_code == 0
    index = (out / "index.html").read_text(encoding="utf-8")
    assert 'href="small-factory/report-en.html"' in index
    assert 'href="second-lab/report-en.html"' in index
    assert "&#" not in index[: index.index("</style>")]


def test_no_index_is_written_when_no_report_was_made(tmp_path: Path, write_lab: Write, make_flow: Flow) -> None:
    found = report(write_lab([make_flow(mass=-1)]), "--out", tmp_path / "out")
    assert found.exit_code == 1
    assert not (tmp_path / "out").exists()


def test_no_report_is_written_among_the_data_of_a_fieldlab(write_lab: Write, make_flow: Flow) -> None:
    lab = write_lab([make_flow()])
    lab = lab.rename(lab.parent / "test-lab")
    before = sorted(p.name for p in lab.iterdir())
    found = report(lab, "--out", lab.parent)
    assert found.exit_code != 0
    assert "holds data only" in found.stderr
    assert sorted(p.name for p in lab.iterdir()) == before


def test_a_fault_before_the_first_report_is_told_in_the_language_asked_for(tmp_path: Path) -> None:
    found = report("nowhere", "--data", tmp_path, "--lang", "nl")
    assert "staat geen fieldlab 'nowhere'. Daar staan: geen." in found.stderr
    book = tmp_path / "works.xlsx"
    book.write_bytes(b"")
    assert "works.xlsx' is geen map. Geef de map van een fieldlab" in report(book, "--lang", "nl").stderr


def test_a_failing_cell_is_named_and_stops_nothing_else(
    tmp_path: Path, short_notebooks: Path, write_lab: Write, make_flow: Flow
) -> None:
    notebook = nbformat.read(short_notebooks / "fieldlab.ipynb", as_version=4)
    notebook.cells[-1].source = "if lang == 'nl':\n    raise RuntimeError('out of ink')\nreport.head()"
    nbformat.write(notebook, short_notebooks / "fieldlab.ipynb")
    out = tmp_path / "out"
    found = report(write_lab([make_flow()]), "--out", out)
    assert found.exit_code == 1
    assert "Traceback" not in found.stderr
    for word in ("test-lab", "fieldlab.ipynb", "cel 6 (In [4])", "RuntimeError: out of ink"):
        assert word in found.stderr
    assert (out / "test-lab" / "report-en.html").is_file()
    assert not (out / "test-lab" / "report-nl.html").exists()
    kept = nbformat.read(out / "test-lab" / "report-nl.partial.ipynb", as_version=4)
    assert any("RuntimeError" in str(c.get("outputs")) for c in kept.cells)
    assert "mislukt" in (out / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("short_notebooks")
def test_faulty_data_are_named_and_the_other_reports_are_made(
    tmp_path: Path, write_lab: Write, make_flow: Flow
) -> None:
    write_lab([make_flow(mass=-1)], name="bad-lab")
    write_lab([make_flow()], name="good-lab")
    out = tmp_path / "out"
    found = report("--data", tmp_path, "--out", out, "--lang", "nl")
    assert found.exit_code == 1
    assert "flows.csv, rij 2, kolom mass" in found.stderr
    assert (out / "good-lab" / "report-nl.html").is_file()
    assert not (out / "bad-lab").exists()


def test_a_fieldlab_with_one_period_and_little_data_still_has_a_report(
    tmp_path: Path, write_lab: Write, make_flow: Flow
) -> None:
    folder = write_lab([make_flow(origin="unknown")], name="bare-lab")
    out = tmp_path / "out"
    found = report(folder, "--out", out, "--lang", "en")
    assert found.exit_code == 0, found.output
    text = (out / "bare-lab" / "report-en.html").read_text(encoding="utf-8")
    assert "This is the first period" in text
    assert "not given for any flow: origin" in text


def test_names_from_data_are_escaped_on_the_page(tmp_path: Path, write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab(
        [make_flow(source="<img src=x onerror=alert(1)>", product="chair")],
        [{"product": "chair", "name": "<script>alert(1)</script>", "mass": 1, "unit": "kg"}],
        name="hostile-lab",
    )
    text = (folder / "fieldlab.yaml").read_text(encoding="utf-8")
    (folder / "fieldlab.yaml").write_text(
        text.replace("Test factory", "'</title><script>alert(2)</script>'"), encoding="utf-8"
    )
    out = tmp_path / "out"
    assert report(folder, "--out", out, "--lang", "en").exit_code == 0
    page = (out / "hostile-lab" / "report-en.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in (out / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["nowhere", "../../etc", "/etc"])
def test_a_fieldlab_that_does_not_exist_is_named(name: str, tmp_path: Path) -> None:
    found = report(name, "--data", tmp_path, "--out", tmp_path / "out")
    assert found.exit_code == 1
    assert not (tmp_path / "out").exists()


def test_an_empty_data_folder_is_named(tmp_path: Path) -> None:
    assert report("--data", tmp_path, "--out", tmp_path / "out").exit_code == 1


@pytest.mark.usefixtures("short_notebooks")
def test_two_fieldlabs_with_one_id_are_refused(tmp_path: Path, write_lab: Write, make_flow: Flow) -> None:
    first = write_lab([make_flow()])
    second = tmp_path / "copy"
    first.rename(second)
    first = write_lab([make_flow()])
    found = report(first, second, "--out", tmp_path / "out", "--lang", "en")
    assert found.exit_code == 1
    assert "test-lab" in found.stderr


@pytest.mark.usefixtures("short_notebooks")
def test_the_outcome_is_plain_data_on_request(tmp_path: Path, write_lab: Write, make_flow: Flow) -> None:
    folder = write_lab([make_flow()])
    found = report(folder, "--out", tmp_path / "out", "--lang", "en", "--json")
    (outcome,) = json.loads(found.stdout)
    assert outcome["error"] is None
    assert Path(outcome["page"]).is_file()
    assert "cell" in found.stderr  # the progress bar
