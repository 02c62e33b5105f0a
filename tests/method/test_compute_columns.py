"""One formula on columns of numbers gives, row by row, what it gives on single numbers."""

import numpy as np
import pandas as pd
import pytest

import circularity as ce
from circularity.errors import CircularityError
from circularity.method.compute import compute_one
from circularity.method.load import Method
from tests.faults import raises

MCI = {"M": 100, "F_R": 0.25, "C_R": 0.4, "E_F": 0.8, "E_C": 0.75}


def test_a_column_keeps_its_index_and_gives_the_value_of_each_case() -> None:
    shares = pd.Series([0.0, 0.25, 0.5], index=["a", "b", "c"])
    found = ce.compute("mci", {**MCI, "F_R": shares})
    assert found.index.tolist() == ["a", "b", "c"]
    assert found.columns.tolist() == ["value", "status", "reason"]
    assert found["value"].tolist() == [ce.compute("mci", {**MCI, "F_R": share}).value for share in shares]
    assert set(found["status"]) == {"ok"}


def test_an_array_and_a_table_are_columns_too() -> None:
    array = ce.compute("mci", {**MCI, "F_R": np.array([0.25, 0.5])})
    table = ce.compute("mci", pd.DataFrame({**MCI, "F_R": [0.25, 0.5]}))
    assert array["value"].tolist() == table["value"].tolist()


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (np.nan, "not known: F_R"),
        (None, "not known"),
        ("unknown", "not known"),
        (1.2, "outside"),
        ("a", "not a number"),
    ],
)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_case_that_is_unknown_or_refused_has_no_value_and_says_why(share: object, said: str, lang: str) -> None:
    found = ce.compute("mci", {**MCI, "F_R": pd.Series([0.25, share], dtype=object)}, lang=lang)
    assert found["status"].tolist() == ["ok", "missing"]
    assert np.isnan(found["value"][1])
    assert found["reason"][1]
    assert lang == "nl" or said in found["reason"][1]


def test_a_zero_denominator_is_not_applicable() -> None:
    found = ce.compute("secondary_input_share", input=np.array([100.0, 0.0]), secondary=np.array([40.0, 0.0]))
    assert found["value"][0] == 0.4
    assert found["status"].tolist() == ["ok", "not_applicable"]


def test_a_list_is_the_parts_of_one_product_in_every_case() -> None:
    shares = pd.Series([0.2, 0.5])
    found = ce.compute("mci", {**MCI, "M": [3.0, 1.0], "F_R": shares})
    assert found["value"].tolist() == [ce.compute("mci", {**MCI, "M": [3.0, 1.0], "F_R": s}).value for s in shares]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({**MCI, "F_X": np.array([0.1])}, "UnknownInput"),
        ({**MCI, "F_R": np.array([0.1, 0.2]), "C_R": np.array([0.1])}, "ImpossibleInput"),
        ({**MCI, "F_R": np.array([[0.1, 0.2]])}, "ImpossibleInput"),
        ({**MCI, "F_R": pd.Series([0.1], index=["a"]), "C_R": pd.Series([0.1], index=["b"])}, "ImpossibleInput"),
    ],
)
def test_what_is_wrong_with_the_call_stops_it(given: dict[str, object], code: str) -> None:
    with raises(code) as found:
        ce.compute("mci", given)
    assert all(found.value.text(lang) for lang in ("nl", "en"))


def test_a_quantity_that_is_left_out_stops_the_call() -> None:
    with raises("MissingInput"):
        ce.compute("secondary_input_share", input=np.array([100.0, np.nan]))


def test_columns_without_rows_give_a_table_without_rows() -> None:
    assert ce.compute("mci", {**MCI, "F_R": pd.Series([], dtype=float)}).empty


def test_every_example_of_the_method_gives_the_same_in_a_column(method: Method) -> None:
    tried = 0
    for indicator in method.indicators.values():
        for example in indicator.spec.examples if indicator.function is None else ():
            numbers = dict(example.given)
            if any(isinstance(value, (list, tuple)) for value in numbers.values()) or not numbers:
                continue
            try:
                expected = compute_one(indicator, numbers).value
            except CircularityError:
                expected = np.nan
            found = ce.compute(indicator, {name: np.array([value, value]) for name, value in numbers.items()})
            np.testing.assert_array_equal(found["value"], [expected, expected], indicator.id)
            assert (found["reason"] == "").all() == np.isfinite(expected), indicator.id
            tried += 1
    assert tried > 150
