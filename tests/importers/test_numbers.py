"""Numbers as others write them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.importers.encoded import OURS, EncodedColumn
from circularity.importers.numbers import Notation, exact_numbers, find_notation, numbers, numbers_of


def read(*texts: str, decimal: str | None = None) -> list[float | str]:
    column = pa.array(texts, pa.string())
    found = numbers(column, find_notation(column, decimal))
    return [
        "two ways" if two else "wrong" if wrong else float(value)
        for value, two, wrong in zip(found.values, found.two_ways, found.wrong, strict=True)
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("1", "-2", "+3"), [1, -2, 3]),
        (("1.234",), ["two ways"]),
        (("1,234",), ["two ways"]),
        (("1.234", "0,5", "7,25"), [1234, 0.5, 7.25]),
        (("1.234", "0.5", "7.25"), [1.234, 0.5, 7.25]),
        (("1,234", "0.5", "7.25"), [1234, 0.5, 7.25]),
        (("1,234", "2,5", "7,25"), [1.234, 2.5, 7.25]),
        (("1.234", "1,5", "2.5"), ["two ways", 1.5, 2.5]),
        (("1.234.567,8", "1.234.567", "1.234"), [1234567.8, 1234567, 1234]),
        (("1,234,567", "0.5", "1.234"), [1234567, 0.5, 1.234]),
        (("1.234", "0,5"), ["two ways", 0.5]),  # one text may be a typing error
        (("1 234 567", "1'000"), [1234567, 1000]),
        ((".5", "1e3", "2.5E-2"), [0.5, 1000, 0.025]),
        (("x", "", "1e999", "NaN", "inf", "0x10", "1_0", "1,2,3", "--1"), ["wrong"] * 9),
    ],
)
def test_a_text_is_read_as_its_column_shows(texts: tuple[str, ...], expected: list[float | str]) -> None:
    assert read(*texts) == expected


@pytest.mark.parametrize(
    ("decimal", "texts", "expected"),
    [
        (",", ("1.234", "1,234", "1.5"), [1234, 1.234, "wrong"]),
        (".", ("1.234", "1,234", "1,5"), [1.234, 1234, "wrong"]),
    ],
)
def test_a_decimal_character_that_is_given_leaves_no_doubt(
    decimal: str, texts: tuple[str, ...], expected: list[float | str]
) -> None:
    assert read(*texts, decimal=decimal) == expected


@given(
    st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False), min_size=1, max_size=20),
    st.sampled_from([",", "."]),
)
def test_what_is_written_in_either_notation_is_read_back(values: list[object], decimal: str) -> None:
    english = [f"{value:,}" for value in values]
    swapped = {",": ".", ".": ","}
    texts = english if decimal == "." else ["".join(swapped.get(c, c) for c in text) for text in english]
    for told in (None, decimal):
        assert read(*texts, decimal=told) == [float(str(value)) for value in values]


def test_two_texts_do_not_show_the_notation_of_hundreds() -> None:
    many = [f"{i}.{i}" for i in range(100, 301)]
    assert read(*many, "0,5", "1,5")[0] == "two ways"
    assert read(*many, "0,5", "1,5", "2,5")[0] == 100_100


def test_the_evidence_for_a_notation_is_named() -> None:
    found = find_notation(pa.array(["1.234", "640,5", "0,5", "12,25", "3,5", "7"]))
    assert (found.decimal, found.shown_by, found.evidence) == (",", 4, ("0,5", "3,5", "12,25"))


def test_a_number_cell_has_a_decimal_point_whatever_the_notation_of_the_texts() -> None:
    texts = pa.array(["812.125", "640,5", "1,5"])
    # The same text once in a number cell, once in a text cell of a column with decimal commas.
    column = EncodedColumn(texts, np.array([0, 1, 2, 0]), np.array([OURS, 0, 0, 0]))
    found = numbers_of(column, [find_notation(column.written(column.origins == 0))])
    assert found.values.tolist() == [812.125, 640.5, 1.5, 812125]
    assert found.guessed.tolist() == [False, False, False, True]


def test_what_is_written_with_a_decimal_point_is_not_guessed() -> None:
    found = exact_numbers(pa.array(["1.234", "1e-7", "1,5", "1,234"]))
    assert found.values[:2].tolist() == [1.234, 1e-7]
    assert found.wrong.tolist() == [False, False, True, True]


def test_a_number_too_large_to_be_one_is_wrong_also_among_whole_numbers() -> None:
    found = numbers(pa.array(["12", "9" * 400]), Notation())
    assert found.values[0] == 12
    assert found.wrong.tolist() == [False, True]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=10))
def test_any_text_is_a_finite_number_or_said_to_be_none(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    found = numbers(column, find_notation(column))
    assert (np.isfinite(found.values) ^ (found.two_ways | found.wrong)).all()
