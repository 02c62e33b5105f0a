"""What number was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.ledger.number_hints import possible_numbers


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
