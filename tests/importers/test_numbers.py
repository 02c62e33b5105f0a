"""Numbers as others write them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.importers.numbers import numbers


def read(*texts: str, decimal: str | None = None) -> list[float | str]:
    found = numbers(pa.array(texts, pa.string()), decimal)
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
        (("1.234", "0,5"), [1234, 0.5]),
        (("1.234", "0.5"), [1.234, 0.5]),
        (("1,234", "0.5"), [1234, 0.5]),
        (("1,234", "2,5"), [1.234, 2.5]),
        (("1.234", "1,5", "2.5"), ["two ways", 1.5, 2.5]),
        (("1.234.567,8", "1.234"), [1234567.8, 1234]),
        (("1,234,567", "1.234"), [1234567, 1.234]),
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
def test_a_sign_that_is_told_leaves_no_doubt(decimal: str, texts: tuple[str, ...], expected: list[float | str]) -> None:
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


def test_a_number_too_large_to_be_one_is_wrong_also_among_whole_numbers() -> None:
    found = numbers(pa.array(["12", "9" * 400]))
    assert found.values[0] == 12
    assert found.wrong.tolist() == [False, True]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=10))
def test_any_text_is_a_finite_number_or_said_to_be_none(texts: list[str]) -> None:
    found = numbers(pa.array(texts, pa.string()))
    assert (np.isfinite(found.values) ^ (found.two_ways | found.wrong)).all()
