"""Which name was meant."""

import pytest

from circularity.tables.suggestions import Names, simplified

NAMES = Names(
    {"steel": ["staal", "steel"], "wood": ["hout"], "energy_recovery": ["energieterugwinning"]},
    {"energy_recovery": "Verbrand met terugwinning van energie.", "wood": "Van bomen."},
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Staal", ["steel"]),
        ("STEEL ", ["steel"]),
        ("energy recovery", ["energy_recovery"]),
        ("stee1", ["steel"]),
        ("verbranding", ["energy_recovery"]),
        ("bom", []),
        ("qqq", []),
        ("", []),
        ("steel" * 100, []),
    ],
)
def test_a_name_is_found_by_its_words_its_look_or_its_meaning(text: str, names: list[str]) -> None:
    assert NAMES.nearest(text) == names


def test_a_word_of_many_meanings_points_at_none() -> None:
    many = Names({c: [] for c in "abcd"}, dict.fromkeys("abcd", "materiaal"))
    assert many.nearest("materiaal") == []


def test_accents_case_signs_and_letters_that_look_alike_make_no_difference() -> None:
    assert simplified("  Caf\u00e9-Ol\u00e9_X ") == "cafe ole x"
    assert simplified("st\u0435\u0435l") == "steel"
