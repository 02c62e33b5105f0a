"""Texts and numbers in Dutch and English."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from circularity import errors
from circularity.texts import LANGUAGES, Texts, catalogue, error_codes, rounded_half_up

FAMILIES = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.CircularityError) and not kind.__subclasses__() and not issubclass(kind, errors.Faults)
}
CODES = {code: family for family in FAMILIES for code in error_codes(family)}


def test_every_code_is_in_one_family() -> None:
    assert len(FAMILIES) == 11
    assert len(CODES) == sum(len(error_codes(family)) for family in FAMILIES)


def test_every_error_has_a_sentence_and_a_cure_in_both_languages() -> None:
    for code, entry in catalogue()["errors"].items():
        for lang in LANGUAGES:
            assert entry[lang]["what"], (code, lang)
            assert entry[lang]["to_do"] or code.endswith("Faults"), (code, lang)
        fields = [set(re.findall(r"\{(\w+)\}", entry[lang]["what"] + entry[lang]["to_do"])) for lang in LANGUAGES]
        assert fields[0] == fields[1], code


def test_every_code_and_every_hint_is_used(root: Path) -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in sorted((root / "circularity").rglob("*.py")))
    for name in CODES:
        assert f'"{name}"' in code, f"{name} is never raised"
    for section in ("hints", "unreadable", "bounds", "remarks"):
        for key in catalogue()[section]:
            assert f'"{key}"' in code, (section, key)


def test_every_error_raised_has_a_code_of_its_family(root: Path) -> None:
    for path in sorted((root / "circularity").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                family = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if family in FAMILIES and isinstance(node.args[0], ast.Constant):
                    assert node.args[0].value in error_codes(family), (path.name, node.lineno)


def test_a_code_that_the_family_does_not_have_is_refused() -> None:
    with pytest.raises(LookupError, match="DataError has no code 'Wrong'"):
        errors.DataError("Wrong")


def test_a_number_too_long_to_read_is_shown_with_a_power_of_ten() -> None:
    for value in (1.25e198, -1.25e308, 1e28, 5e18):
        for lang in LANGUAGES:
            t = Texts(lang)
            for shown in (t.number(value), t.tick(value), t.fixed(value)):
                assert "e+" in shown
                assert "." not in shown or lang == "en"


def test_every_text_stands_in_both_languages() -> None:
    for section, entries in catalogue().items():
        if section == "errors":
            continue
        for key, entry in entries.items():
            assert set(entry) == set(LANGUAGES), (section, key)
            fields = [set(re.findall(r"\{(\w+)\}", entry[lang])) for lang in LANGUAGES]
            assert fields[0] == fields[1], (section, key)


def test_every_family_is_documented_and_every_message_can_be_written() -> None:
    assert all(kind.__doc__ for kind in FAMILIES.values())
    made = [FAMILIES[family](code, found="x", expected=["y"]) for code, family in CODES.items()]
    for error in [*made, *(kind([]) for kind in errors.Faults.__subclasses__())]:
        for lang in LANGUAGES:
            assert "{" not in error.text(lang)


@pytest.mark.parametrize(
    ("value", "nl", "en"),
    [(1234567, "1.230.000", "1,230,000"), (0.37377, "0,374", "0.374"), (99.96, "100", "100"), (0, "0", "0"),
     (-0.00123, "-0,00123", "-0.00123"), (1e-9, "< 0,000001", "< 0.000001"), (float("nan"), "–", "–")],
)  # fmt: skip
def test_numbers_are_written_as_the_language_does(value: float, nl: str, en: str) -> None:
    assert Texts("nl").number(value) == nl
    assert Texts("en").number(value) == en


def test_masses_take_a_short_unit() -> None:
    t = Texts("nl")
    assert [t.mass(m) for m in (0.5, 999, 1000, 1.5e6, 6.45e9)] == [
        "0,500 kg",
        "999 kg",
        "1,00 t",
        "1,50 kt",
        "6,45 Mt",
    ]


def test_an_interval_shows_as_many_digits_as_tell_its_ends_apart() -> None:
    t = Texts("en")
    assert t.figure(0.99701, 0.99674, 0.99727, "1", "percent") == ("99.70 %", "99.67 – 99.73 %")
    assert t.figure(0.5, 0.4, 0.6, "1", "percent") == ("50.0 %", "40.0 – 60.0 %")
    assert t.figure(0, 0, 0, "kg") == ("0 kg", "0 kg")


def test_a_probability_is_never_quite_certain() -> None:
    assert [Texts("nl").probability(p) for p in (1.0, 0.904, 0.0)] == ["> 99 %", "90 %", "< 1 %"]


def test_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match="nl, en"):
        Texts("de")


def test_a_long_value_is_cut_and_at_most_five_are_shown() -> None:
    fault = errors.CallError("UnknownFileType", found="x" * 1000, expected="y")
    assert len(fault.text("en")) < 400
    many = errors.DataError("SharesAboveOne", columns=list("abcdefgh"), found="2")
    assert "a, b, c, d, e, …" in many.text("en")


@pytest.mark.parametrize(("value", "shown"), [(0.125, "0.13"), (2.5, "3"), (-2.5, "-3"), (1.005, "1.01"), (0.5, "1")])
def test_halves_are_rounded_away_from_zero(value: float, shown: str) -> None:
    assert str(rounded_half_up(value, len(shown.partition(".")[2]))) == shown


def test_a_difference_of_shares_is_in_percentage_points() -> None:
    assert Texts("nl").change(0.0178, "1", "percent") == "+1,78 procentpunt"
    assert Texts("en").change(-0.0178, "1", "percent") == "−1.78 percentage points"
    assert Texts("en").change(-2000, "kg") == "−2.00 t"
    assert Texts("en").change(0, "1", "percent") == "0 percentage points"
