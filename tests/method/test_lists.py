"""The code lists that others keep: what is in them, and looking something up."""

import csv
from pathlib import Path

import pytest

from circularity.method.load import Method, load_method
from circularity.method.vocabulary import Vocabulary, code_list, find_codes
from circularity.tables.cells import UNKNOWN
from tests.conftest import replace_in
from tests.faults import raises


def test_the_list_of_waste_is_whole(method: Method) -> None:
    """842 codes since Decision 2014/955/EU, 20 chapters and 111 sub-chapters; 408 with an asterisk."""
    eural = method.vocabularies["eural"]
    codes = [c for c in eural.codes if c != UNKNOWN]
    assert [sum(len(c) == n for c in codes) for n in (2, 4, 6)] == [20, 111, 842]
    assert all(c.startswith(eural.table.at[c, "parent"]) for c in codes)
    assert (eural.table["hazardous"] == "yes").sum() == 408
    assert set(eural.table.loc[[c for c in codes if len(c) == 6], "hazardous"]) == {"yes", "no"}
    assert set(eural.table.index[eural.table["valid_from"] == "2015-06-01"]) == {"010310", "160307", "190308"}
    assert eural.table.at["170204", "hazardous"] == "yes"


def test_the_branches_stand_under_each_other(method: Method) -> None:
    """996 codes of NACE Rev. 2: 21 sections, 88 divisions, 272 groups, 615 classes."""
    sbi = method.vocabularies["sbi"]
    digits = [sum(c.isdigit() for c in code) for code in sbi.codes if code != UNKNOWN]
    assert [digits.count(n) for n in (0, 2, 3, 4)] == [21, 88, 272, 615]
    assert sbi.ancestors("31.01") == ["31.01", "31.0", "31", "C"]


def test_a_name_that_a_language_lacks_is_shown_in_the_other(method: Method) -> None:
    sbi = method.vocabularies["sbi"]
    assert sbi.label("C", "nl") == "industrie"
    assert sbi.label("31.01", "nl") == sbi.label("31.01", "en") == "Manufacture of office and shop furniture"
    assert method.vocabularies["cbs_goods"].label("12", "en") == "Steenkool en bruinkool"
    assert not method.vocabularies["materials"].table[["nl", "en"]].eq("").any(axis=None)


def test_the_critical_materials_are_34_of_which_17_strategic(method: Method) -> None:
    """Regulation (EU) 2024/1252, Annexes I and II: heavy and light rare earths are one strategic material."""
    table = method.vocabularies["critical_materials"].table
    assert len(table) == 34
    assert len(set(table["strategic"]) - {""}) == 17
    assert table.at["lithium", "strategic"] == "lithium"
    assert table.at["helium", "strategic"] == ""


def test_the_goods_groups_are_biotic_abiotic_or_mixed(method: Method) -> None:
    table = method.vocabularies["cbs_goods"].table
    assert table["matter"].value_counts().to_dict() == {"abiotic": 39, "biotic": 25, "mixed": 5}
    assert list(table.index[table["extraction"] == "yes"]) == [str(n) for n in range(1, 20)]


def test_every_processing_method_has_a_group_and_operations(method: Method) -> None:
    processing = method.vocabularies["processing"].table
    methods = processing[processing["parent"] != ""]
    assert len(methods) == 31
    assert methods["operations"].str.fullmatch(r"[RD]\d+( [RD]\d+)*").all()
    assert methods.at["G01", "operations"] == "D1 D5"


def test_the_lists_are_those_of_the_public_files(method: Method, shared: Path) -> None:
    def column(name: str, of: str, separator: str = ",") -> list[str]:
        with (shared / "data" / "code-lists" / name).open(encoding="utf-8-sig", newline="") as stream:
            return [row[of] for row in csv.DictReader(stream, delimiter=separator)]

    eural, sbi = method.vocabularies["eural"], method.vocabularies["sbi"]
    assert {c for c in eural.codes if len(c) == 6} == set(column("eural_nl_names.csv", "eural")) - {"000000"}
    starred = {c for c in eural.codes if eural.table.at[c, "hazardous"] == "yes"}
    public = "low_en_hazard_sepa_material.csv"
    flagged = zip(column(public, "code"), column(public, "hazardous"), strict=True)
    assert starred == {c for c, flag in flagged if flag == "True"}
    assert set(sbi.codes) - {UNKNOWN} == set(column("nace_rev2.csv", "Code"))
    ladder = dict(zip(column("pcer_r_ladder.csv", "code"), column("pcer_r_ladder.csv", "R-rate_short"), strict=True))
    processing = method.vocabularies["processing"].table
    assert {c: p for c, p in processing["parent"].items() if p} == {c: f"G_{group}" for c, group in ladder.items()}


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("eural", "17 02 04*", ["170204"]),
        ("eural", "1702", ["1702", "170201", "170202", "170203", "170204"]),
        ("eural", "metallic mercury", ["160307"]),
        ("eural", "METALLISCH kwik", ["160307"]),
        ("sbi", "31.01", ["31.01"]),
        ("sbi", "3101", ["31.01"]),
        ("sbi", "office shop furniture", ["31.01"]),
        ("critical_materials", "wolfraam", ["tungsten"]),
        ("units", "milligram", ["mg"]),
        ("eural", "zilverpapier", []),
        ("eural", "!!", []),
    ],
)
def test_codes_are_found_by_their_digits_or_by_words(name: str, text: str, found: list[str], method: Method) -> None:
    assert find_codes(code_list(method.vocabularies, name), text) == found


def test_what_stands_under_a_name_is_found_with_it(method: Method) -> None:
    found = find_codes(code_list(method.vocabularies, "sbi"), "manufacture of furniture")
    assert {"31", "31.0", "31.01", "31.09"} <= set(found)


def test_no_text_gives_the_whole_list(method: Method) -> None:
    assert find_codes(method.vocabularies["roles"]) == find_codes(method.vocabularies["roles"], " ")


def test_a_list_that_is_not_there_is_named_with_the_nearest(method: Method) -> None:
    with raises("UnknownList", match=r"Did you mean eural\?"):
        code_list(method.vocabularies, "eurall")


@pytest.mark.parametrize(
    ("start", "end", "nl", "en"),
    [
        ("2015-06-01", "", "sinds 2015-06-01", "since 2015-06-01"),
        ("", "2019-12-31", "tot en met 2019-12-31", "until 2019-12-31"),
        ("2010-01-01", "2019-12-31", "van 2010-01-01 tot en met 2019-12-31", "from 2010-01-01 to 2019-12-31"),
        ("", "", "", ""),
    ],
)
def test_validity_is_told_in_words(start: str, end: str, nl: str, en: str, method: Method) -> None:
    table = method.vocabularies["eural"].table.head(1).assign(valid_from=start, valid_to=end)
    told = Vocabulary("x", table.reset_index(drop=True)).validity("01")
    assert (told["nl"], told["en"]) == (nl, en)


def test_the_lists_of_a_version_are_its_own(method: Method, method_copy: Path) -> None:
    replace_in(method_copy / "vocabulary" / "origins.csv", "from recycling", "out of recycling")
    labels = [m.vocabularies["origins"].label("recycled", "en") for m in (load_method(method_copy), method)]
    assert labels == ["out of recycling", "from recycling"]
