"""Leading principles and what measures them; sentences of definition and principles and what they lean on."""

import re

import pandas as pd
import pytest

from circularity.method.checks.texts import statements
from circularity.method.load import Method
from circularity.method.readers import read_text_table

PAGES = ("definition.md", "principles.md")


@pytest.fixture(scope="module")
def table(method: Method) -> pd.DataFrame:
    return read_text_table(method.root / "principles.csv", "principles.csv")


def test_every_principle_has_a_row(method: Method, table: pd.DataFrame) -> None:
    found = statements((method.root / "principles.md").read_text(encoding="utf-8"))
    assert list(table["principle"]) == [str(n) for n in range(1, len(found["nl"]) + 1)]


def test_every_indicator_of_a_principle_exists(method: Method, table: pd.DataFrame) -> None:
    named = {id_ for cell in table["indicators"] for id_ in cell.split()}
    assert named
    assert named <= set(method.indicators)


def test_a_principle_without_indicator_says_why(table: pd.DataFrame) -> None:
    """Rules of treating figures are kept by the program; no figure of a fieldlab can measure them."""
    without = table[table["indicators"] == ""]
    assert list(without["principle"]) == WITHOUT
    for lang in ("nl", "en"):
        assert (without[lang].str.len() > 20).all()
        assert (table.loc[table["indicators"] != "", lang] == "").all()


WITHOUT = ["14", "15", "16", "17", "18"]


@pytest.mark.parametrize("page", PAGES)
def test_every_sentence_ends_with_a_source(page: str, method: Method) -> None:
    decisions = {p.stem.split("-")[0] for p in (method.root / "decisions").glob("[0-9]*.md")}
    for lang, items in statements((method.root / page).read_text(encoding="utf-8")).items():
        for item in items:
            # What stands between groups of brackets is one sentence.
            pieces = re.split(r"((?:\s*\[[^\]]+\])+)", item)
            assert pieces[-1].strip() == "", (page, lang, item)
            for sentence, keys in zip(pieces[::2], pieces[1::2], strict=False):
                assert len(re.findall(r"[.!?](?:\s|$)", sentence.strip())) == 1, (page, lang, sentence)
                for key in re.findall(r"\[([^\]]+)\]", keys):
                    assert key in method.sources or key.removeprefix("decision ") in decisions, (page, key)


@pytest.mark.parametrize("page", PAGES)
def test_sources_are_the_same_in_both_languages(page: str, method: Method) -> None:
    found = statements((method.root / page).read_text(encoding="utf-8"))
    keys = {lang: [re.findall(r"\[([^\]]+)\]", item) for item in items] for lang, items in found.items()}
    assert keys["nl"] == keys["en"]


def test_pages_do_not_claim_to_be_adopted(method: Method) -> None:
    assert method.settings.agreement.weights == "not_yet_agreed"
    for page in (*PAGES, "agreement.md"):
        assert "Status: `proposed`" in (method.root / page).read_text(encoding="utf-8")


def test_the_route_to_agreement_stands_in_both_languages_and_names_its_files(method: Method) -> None:
    text = (method.root / "agreement.md").read_text(encoding="utf-8")
    found = statements(text)
    assert len(found["nl"]) == len(found["en"]) > 0
    for name in (
        "reviews/",
        "decisions/",
        "CHANGELOG.md",
        "method.yaml",
        "scores.csv",
        "definition.md",
        "principles.md",
    ):
        assert name in text
        assert (method.root / name).exists()
