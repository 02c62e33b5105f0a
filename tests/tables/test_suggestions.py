"""Which name or number was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.tables.suggestions import Names, possible_numbers, simplified

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


@pytest.mark.parametrize(
    ("text", "numbers", "rest"),
    [
        ("25,5", ["25.5"], ""),
        (",5", ["0.5"], ""),
        ("0,350", ["0.350"], ""),
        ("1.234,56", ["1234.56"], ""),
        ("1,234.56", ["1234.56"], ""),
        ("1.234.567", ["1234567"], ""),
        ("1,234", ["1.234", "1234"], ""),
        ("1 234", ["1234"], ""),
        ("1'234", ["1234"], ""),
        ("ca. 25", ["25"], ""),
        ("\u20ac 25,00", ["25.00"], ""),
        ("\u221240", ["-40"], ""),
        ("\u0664\u0660", ["40"], ""),
        ("35%", ["35"], "%"),
        ("25kg", ["25"], "kg"),
        ("1.23.4", [], ""),
        ("", [], ""),
        (".", [], ""),
        ("tien", [], ""),
        ("1" * 100, [], ""),
    ],
)
def test_a_number_is_recognised_in_the_ways_people_write_it(text: str, numbers: list[str], rest: str) -> None:
    assert possible_numbers(text) == (numbers, rest)


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_a_dutch_number_is_read_as_what_it_says(whole: int, hundredths: int) -> None:
    dutch = f"{whole:,}".replace(",", ".") + f",{hundredths:02d}"
    assert possible_numbers(dutch) == ([f"{whole}.{hundredths:02d}"], "")


@given(st.text(max_size=50))
def test_any_text_gets_numbers_that_can_be_read_or_none(text: str) -> None:
    assert all(float(number) is not None for number in possible_numbers(text)[0])
