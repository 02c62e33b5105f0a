"""What a reviewer may forget: places of the method that contradict each other, or say nothing, are named."""

# A table of mistakes reads best with one to a line.
# ruff: noqa: E501

from collections.abc import Callable
from pathlib import Path

import pytest

from circularity.errors import CircularityError, MethodFaults
from circularity.ledger.book.template import write_template
from circularity.method.load import load_method

TheFault = Callable[..., CircularityError]
FaultsAfter = Callable[..., list[CircularityError]]

AGREED = (
    "method.yaml",
    "  weights: not_yet_agreed\n  by: null\n  date: null",
    "  weights: agreed\n  by: Regio\n  date: 2026-11-01",
)

# A kind of fieldlab that the method does not have.
NEW_KIND = (
    "method.yaml",
    "kinds:\n",
    "kinds:\n  business_park:\n    name: {nl: Bedrijvenpark, en: Business park}\n    tables: [organisations, measurements]\n"
    "    groups: [npce, transition]\n",
)
WITH_SCORES = (*NEW_KIND[:2], NEW_KIND[2] + "    scores: scores_region.csv\n")
ENTRIES = (
    (
        "method.yaml",
        "claims:  ",
        'claims:\n  business_park: ["waste_to_recycling_share of {fieldlab} meets its target"]  ',
    ),
    ("method.yaml", "headline:  ", "headline:\n  business_park: [waste_to_recycling_share]  "),
)


@pytest.mark.parametrize(
    ("edits", "error", "place", "hint"),
    [
        # Scores, targets and direction
        ([("scores.csv", "0,0.55,", "0,0.6,")], "WrongValue", "scores.csv, row 3, upper", "0.55, the target npce2025_substitute"),
        ([("factors/targets.csv", "share,0.55,", "share,0.5,")], "WrongValue", "scores.csv, row 3, upper", "0.5, the target"),
        ([("scores.csv", "0,0.55,npce2025_substitute", "0,0.55,npce2025_keep")], "WrongValue", "scores.csv, row 3, target", "a target of circular_input_share"),
        ([("scores.csv", "0,0.55,npce2025_substitute", "-1,0.55,npce2025_substitute")], "WrongValue", "scores.csv, row 3, lower", "within the bounds of the indicator: [0, 1]"),
        # Rollup and levels
        ([("indicators/mci.yaml", "rollup: sum_of_parts", "rollup: weighted_mean")], "WrongValue", "mci: rollup", "weighted_mean when an input is an indicator"),
        ([("indicators/mci.yaml", "rollup: weighted_mean", "rollup: sum_then_divide")], "WrongValue", "mci_range: rollup", "weighted_mean when an input is an indicator"),
        ([("indicators/cti.yaml", "rollup: sum\n", "rollup: sum_then_divide\n")], "WrongValue", "circular_input_mass: rollup", "sum, because the formula does not divide"),
        ([("indicators/cti.yaml", "rollup: sum_then_divide\n", "rollup: sum\n")], "WrongValue", "circular_input_share: rollup", "sum_then_divide, because the formula divides"),
        ([("indicators/cti.yaml", "rollup: sum\n", "rollup: per_product\n")], "WrongValue", "circular_input_mass: rollup", "only the level product"),
        # Agreement
        ([("method.yaml", "  by: null", "  by: Regio")], "WrongValue", "method.yaml, agreement.by", "null, because the weights are not_yet_agreed"),
        ([("method.yaml", "  date: null", "  date: 2026-11-01")], "WrongValue", "method.yaml, agreement.date", "null, because the weights are not_yet_agreed"),
        ([("scores.csv", "npce2025_substitute,no,", "npce2025_substitute,yes,")], "WrongValue", "scores.csv, row 3, agreed", "no, because agreement in method.yaml says not_yet_agreed"),
        # Languages
        ([("indicators/mci.yaml", "en: \"How circular the material of a product is, on a scale from 0 to 1: 0.1 is a linear product of average lifetime, 1 a fully closed loop.\"", "en: \"Hoe circulair het materiaal van een product is, op een schaal van 0 tot 1: 0,1 is een lineair product van gemiddelde levensduur, 1 een volledig gesloten kringloop.\"")], "NotTranslated", "mci: meaning", "Translate it"),
        ([("indicators/mci.yaml", "en: \"the feedstock shares together exceed 1\"", "en: \"de aandelen van de grondstof zijn samen meer dan 1\"")], "NotTranslated", "mci: requires_of_parts.1.because", "Translate it"),
        ([("vocabulary/places.csv", '"Buyers and suppliers outside the fieldlab, place not specified."', '"Afnemers en leveranciers buiten het fieldlab, zonder nadere plaats."')], "NotTranslated", "vocabulary/places.csv, row 2, meaning_en", "Translate it"),
        ([("vocabulary/places.csv", '"Buyers and suppliers outside the fieldlab, place not specified."', "")], "MissingTranslation", "vocabulary/places.csv, row 2, meaning_en", "nl and en"),
        ([("vocabulary/places.csv", "meaning_en", "uitleg")], "MissingTranslation", "vocabulary/places.csv, row 1, meaning_en", "nl and en"),
        ([("tables.yaml", 'en: "Calendar year."', 'en: "Kalenderjaar."')], "NotTranslated", "flows: columns.period.meaning", "Translate it"),
        ([("factors/targets.csv", '"82 % of waste is recycled"', '"82 % van het afval wordt gerecycled"')], "NotTranslated", "factors/targets.csv, row 3, en", "Translate it"),
        ([("method.yaml", "en: These targets hold for the Netherlands as a whole, not for a single firm or region.", "en: Deze doelen gelden voor Nederland als geheel, niet voor één bedrijf of regio.")], "NotTranslated", "method.yaml, about_targets", "Translate it"),
        # Statements
        ([("principles.md", "recycling gaat voor verbranden. [potting_2017] [rvo_rladder]", "recycling gaat voor verbranden.")], "NoSource", "principles.md, nl 1", "[decision 0001]"),
        ([("definition.md", "does not keep it in the cycle. [icer_2023]", "does not keep it in the cycle. [icer_2032]")], "UnknownSource", "definition.md, en 6", "Add the source"),
        ([("principles.md", "what we do not know stays visible as unknown. [decision 0001]", "what we do not know stays visible as unknown. [decision 0099]")], "UnknownSource", "principles.md, en 13", "Add the source"),
        # Sources and what nothing uses
        ([("sources.bib", "@misc{si,", "@misc{nobody_2020,\n  title = {Nothing},\n  year = {2020}\n}\n@misc{si,")], "UnusedName", "sources.bib, nobody_2020", "Remove it or use it"),
        ([("sources.bib", "@misc{si,", "@misc{icer_2023,\n  title = {Nothing},\n  year = {2020}\n}\n@misc{si,")], "NotReadable", "sources.bib", "BibTeX"),
        ([("indicators/mci.yaml", '  references: {emf: "MCI 2019"}\n', "")], "MissingKey", "indicators/mci.yaml, mci", "Add it"),
        ([("indicators/mci.yaml", 'decisions: ["0007"]', 'decisions: ["0077"]')], "UnknownSource", "mci: decisions", "Add the source"),
        ([("tables.yaml", 'decision: "0006"', 'decision: "0066"')], "UnknownSource", "products: derived.replacements.decision", "Add the source"),
        ([("method.yaml", "\n  - r_strategies_six\n", "\n")], "UnusedName", "vocabulary/r_strategies_six.csv", "Remove it or use it"),
        ([("method.yaml", "  esrs_e5: ESRS E5\n", "  esrs_e5: ESRS E5\n  gri: GRI 306\n")], "UnusedName", "method.yaml, frameworks", "Remove it or use it"),
        # Age
        ([("factors/targets.csv", "share,0.82,1,2035", "share,0.82,1,2025")], "OutOfDate", "factors/targets.csv, row 3, by_year", "Add a newer number"),
        ([("factors/targets.csv", "2025-10-13,2025,facts,unverified,current\nnpce2025_keep", "2025-10-13,2031,facts,unverified,current\nnpce2025_keep")], "WrongValue", "factors/targets.csv, row 2, year", "not after 2026-11-28"),
        # Units
        ([("tables.yaml", 'formula: "mass * replacements"', 'formula: "mass * lifetime"')], "UnitMismatch", "products: derived.life_cycle_mass", "Correct the formula or the unit"),
        ([("indicators/mci.yaml", "F_R + F_U + F_S <= 1", "F_R + F_U + F_S <= M")] * 2, "UnitMismatch", "mci: requires_of_parts.1", "Correct the formula or the unit"),
        ([("vocabulary/measured.csv", "revenue,EUR,", "revenue,MJ,")], "UnitMismatch", "quantities.yaml, revenue", "Correct the formula or the unit"),
        # Signs that do not show
        ([("indicators/mci.yaml", "en: MCI of the product range", "en: MCI of the\u202e product range")], "HiddenCharacter", "indicators/mci.yaml, row", "Remove the character"),
        # Examples
        ([("indicators/mci.yaml", "{X: 2}, expect: 0.55", "{X: 2}, expect: 0.56")], "ExampleFails", "mci: examples.4", "Expected: 0.56"),
        ([("indicators/mci.yaml", "bounds: [0, 1]", "bounds: [0, 0.9]")], "ExampleFails", "mci: examples.2", "outside [0, 0.9]"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named_with_its_place_and_what_to_do(
    edits: list[tuple[str, str, str]], error: str, place: str, hint: str, faults_after: FaultsAfter
) -> None:
    found = faults_after(*edits)
    fault = next(f for f in found if f.code == error)
    assert place in str(fault.where), str(fault.where)
    assert hint in fault.text("en"), fault.text("en")
    assert len(found) == 1, [f.text("en") for f in found]


def test_a_direction_the_other_way_is_told_against_score_and_goalpost(faults_after: FaultsAfter) -> None:
    found = faults_after(("scores.csv", "higher_is_better,0,0.55", "lower_is_better,0,0.55"))
    assert [str(f.where) for f in found] == ["scores.csv, row 3, direction", "scores.csv, row 3, lower"]
    assert "higher_is_better, as the indicator has" in found[0].text("en")


def test_a_score_tree_with_indicators_that_its_kind_lacks_is_named_with_file_row_and_kind(
    faults_after: FaultsAfter,
) -> None:
    found = faults_after(("method.yaml", "    scores: scores_region.csv", "    scores: scores.csv"))
    (fault,) = (f for f in found if f.where.column == "code")
    assert (str(fault.where), fault.details["found"]) == ("scores.csv, row 3, code", "circular_input_share")
    assert "an indicator of region" in fault.text("en")


def test_a_kind_that_fits_no_other_score_tree_is_cured_by_a_file_of_its_own(faults_after: FaultsAfter) -> None:
    found = faults_after(NEW_KIND, *ENTRIES)
    assert {(f.code, f.where.file) for f in found} == {("WrongValue", "scores.csv")}
    assert "kinds.business_park in method.yaml a file of its own: scores: scores_business_park.csv" in found[0].text(
        "en"
    )


def test_a_kind_without_headline_or_claims_is_named(faults_after: FaultsAfter) -> None:
    found = faults_after(WITH_SCORES)
    assert [(f.code, str(f.where), f.details["found"]) for f in found] == [
        ("MissingKey", "method.yaml, headline", "business_park"),
        ("MissingKey", "method.yaml, claims", "business_park"),
    ]


def test_a_new_kind_as_the_page_for_contributors_says_has_no_faults_and_a_template(
    method_copy: Path, faults_after: FaultsAfter, tmp_path: Path
) -> None:
    assert faults_after(WITH_SCORES, *ENTRIES) == []
    write_template("business_park", tmp_path / "park.xlsx", load_method(method_copy), "en")
    assert (tmp_path / "park.xlsx").is_file()


def test_a_score_tree_that_is_not_there_is_named(method_copy: Path) -> None:
    (method_copy / "scores_region.csv").unlink()
    with pytest.raises(MethodFaults) as caught:
        load_method(method_copy)
    assert [(f.code, f.where.file) for f in caught.value] == [("MissingFile", "scores_region.csv")]


def test_weights_that_are_agreed_say_by_whom_and_when_in_every_row(faults_after: FaultsAfter) -> None:
    rows = [(file, ",no,", ",yes,") for file in ("scores.csv", "scores_region.csv")] * 3
    assert faults_after(AGREED, *rows) == []
    found = faults_after(("method.yaml", "  by: Regio\n  date: 2026-11-01", "  by: null\n  date: 2027-01-01"))
    assert [str(f.where) for f in found] == ["method.yaml, agreement.by", "method.yaml, agreement.date"]
    assert "by whom and on what date" in found[0].text("en")
    assert "not after 2026-11-28" in found[1].text("en")


def test_a_score_that_is_better_when_low_has_its_target_below(method_copy: Path, faults_after: FaultsAfter) -> None:
    found = faults_after(
        ("factors/targets.csv", "npce2025_keep,available_output_share,0.82", "npce2025_keep,lost_output_share,0.18"),
        ("scores.csv", "available_output_share,circularity,1,1,higher_is_better,0,0.82", "lost_output_share,circularity,1,1,lower_is_better,0.18,1"),
    )  # fmt: skip
    assert found == []


def test_a_factor_past_its_validity_is_told(method_copy: Path, the_fault: TheFault) -> None:
    path = method_copy / "factors" / "pedigree.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [lines[0] + ",valid_to", *(f"{line}," for line in lines[1:])]
    lines[3] += "2025"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fault = the_fault()
    assert (fault.code, str(fault.where)) == ("OutOfDate", "factors/pedigree.csv, row 4, valid_to")
    assert "reliability 3" in fault.text("nl")


def test_a_level_without_a_way_to_sum_is_told_with_what_is_lacking(the_fault: TheFault) -> None:
    fault = the_fault(
        (
            "indicators/cti.yaml",
            "unit: EUR\n  direction: higher_is_better\n  bounds: [0, null]\n  levels: [organisation,",
            "unit: EUR\n  direction: higher_is_better\n  bounds: [0, null]\n  levels: [product,",
        )
    )
    assert (fault.code, str(fault.where)) == ("NoWayToSum", "indicators/cti.yaml, cti_revenue: levels")
    assert "revenue" in fault.text("en")
    assert "Op het niveau product" in fault.text("nl")


def test_a_folder_without_decisions_is_one_fault(method_copy: Path, the_fault: TheFault) -> None:
    for page in (method_copy / "decisions").glob("*.md"):
        page.unlink()
    assert (the_fault().code, the_fault().where.file) == ("MissingFile", "decisions/*.md")


def test_a_page_that_is_not_in_utf8_is_told(method_copy: Path, the_fault: TheFault) -> None:
    (method_copy / "reviews" / "one.md").write_bytes("één".encode("latin-1"))
    fault = the_fault()
    assert (fault.code, fault.where.file, fault.where.row) == ("WrongEncoding", "reviews/one.md", 1)


def test_sources_that_are_not_in_utf8_are_one_fault(method_copy: Path, the_fault: TheFault) -> None:
    path = method_copy / "sources.bib"
    rows = path.read_bytes().count(b"\n") + 1
    path.write_bytes(path.read_bytes() + "% één".encode("latin-1"))
    fault = the_fault()
    assert (fault.code, fault.where.file, fault.where.row) == ("WrongEncoding", "sources.bib", rows)


def test_what_can_be_read_is_checked_in_the_same_round(faults_after: FaultsAfter) -> None:
    found = faults_after(
        ("method.yaml", "large: 1.3", "large: a"),
        ("indicators/mci.yaml", "{X: 2}, expect: 0.55", "{X: 2}, expect: 0.56"),
        ("indicators/cti.yaml", "formula: circular_input + available", "formula: circular_input * available"),
        ("indicators/cb23_input.yaml", "key: cb23_meten_2022", "key: cb23_meten_2032"),
        (
            "principles.md",
            "recycling gaat voor verbranden. [potting_2017] [rvo_rladder]",
            "recycling gaat voor verbranden.",
        ),
        ("vocabulary/places.csv", "meaning_en", "uitleg"),
    )
    assert sorted(f.code for f in found) == [
        "ExampleFails", "ExampleFails", "MissingTranslation", "NoSource", "UnitMismatch", "UnknownSource", "WrongValue",
    ]  # fmt: skip


# Examples of what must be refused -------------------------------------------------------------------------------------

REFUSED = "- {given: {X: 0}, expect: refused, because: not_above,"


@pytest.mark.parametrize(
    ("new", "error", "place", "hint"),
    [
        ("- {given: {X: 1}, expect: refused, because: not_above,", "ExampleFails", "examples.14", "0.1, not refused"),
        ("- {given: {X: 0}, expect: refused, because: outside,", "ExampleFails", "examples.14", "refused because of something else: not_above"),
        ("- {given: {X: 0}, expect: refused, because: no_reason,", "WrongValue", "examples.14.because", "E_F > 0 or F_R == 0"),
        ("- {given: {X: 0}, expect: refused,", "WrongValue", "examples.13", "a because with expect: refused"),
        ("- {given: {X: 1}, expect: 0.1, because: not_above,", "WrongValue", "examples.13", "a because with expect: refused"),
        ("- {given: {Y: 0}, expect: refused, because: not_above,", "ExampleFails", "examples.14", "UnknownInput"),
    ],
)  # fmt: skip
def test_an_example_that_must_be_refused_says_why(
    new: str, error: str, place: str, hint: str, the_fault: TheFault
) -> None:
    fault = the_fault(("indicators/mci.yaml", REFUSED, new))
    assert fault.code == error
    assert place in str(fault.where)
    assert hint in fault.text("en"), fault.text("en")
