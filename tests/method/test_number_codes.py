"""Which code was meant by a number that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.method.load import Method, load_method

EURAL = [c for c in load_method().vocabularies["eural"].codes if len(c) == 6]


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [
        ("eural", "17 02 04*", "170204"),
        ("eural", "17.02.04", "170204"),
        ("eural", "30104", "030104"),
        ("eural", "1702040", "170204"),
        ("sbi", "3101", "31.01"),
        ("sbi", "31.01.1", "31.01"),
        ("sbi", "31011", "31.01"),
        ("sbi", "C3101", "31.01"),
        ("sbi", "111", "01.11"),
    ],
)
def test_the_same_code_written_otherwise_is_the_only_one_meant(
    name: str, written: str, meant: str, method: Method
) -> None:
    assert method.vocabularies[name].nearest(written) == [meant]


@pytest.mark.parametrize(
    ("name", "written", "among"),
    [
        ("eural", "170280", {"170201", "170202", "170203"}),  # nothing like it: what its sub-chapter has
        ("eural", "170240", {"170204"}),  # two digits changed places
        ("eural", "1702", {"170201", "170202", "170203"}),
        ("sbi", "31.07", {"31.01", "31.02", "31.03", "31.09"}),
    ],
)
def test_a_code_that_is_none_brings_its_neighbours(name: str, written: str, among: set[str], method: Method) -> None:
    near = method.vocabularies[name].nearest(written)
    assert near
    assert set(near) & among


@pytest.mark.parametrize("written", ["999999", "", "*", "0", "12345678901234567890", "no code at all"])
def test_a_number_far_from_any_code_means_none(written: str, method: Method) -> None:
    numbers = method.vocabularies["eural"].numbers
    assert numbers is not None
    assert numbers.nearest(written) == []


def test_a_list_of_words_has_no_numbers(method: Method) -> None:
    assert method.vocabularies["materials"].numbers is None
    assert method.vocabularies["processing"].numbers is None


@given(code=st.sampled_from(EURAL), place=st.integers(0, 5), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_never_hides_every_neighbour(code: str, place: int, digit: str) -> None:
    """What is proposed is in the list, at most four codes, and for a code of the list it is the code itself."""
    eural = load_method().vocabularies["eural"]
    assert eural.numbers is not None
    near = eural.numbers.nearest(code[:place] + digit + code[place + 1 :])
    assert all(c in eural for c in near)
    assert 1 <= len(near) <= 4
    assert eural.numbers.nearest(f"{code[:2]} {code[2:4]} {code[4:]}*") == [code]
