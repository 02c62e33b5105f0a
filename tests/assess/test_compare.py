"""Comparing: two indicators, or a change under two versions of the method."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import circularity as ce
from circularity.assess.compare import split_change
from circularity.errors import NotComparable
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.load import load_method

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]


def test_two_indicators_that_measure_alike_stand_beside_each_other(pv: Fieldlab) -> None:
    found = ce.assess(pv, draws=100).compare("circular_input_share", "available_output_share", 2020).iloc[0]
    assert found["difference"] == found["available_output_share"] - found["circular_input_share"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mci", "mci_2015"),
        ("mci_2015", "mci"),
        ("mki_a1", "mki_a2"),
        ("cmu_eurostat", "cmu_cbs"),
        ("input_mass", "mci"),
    ],
)
def test_what_is_measured_in_another_way_or_unit_refuses_to_be_compared(first: str, second: str, pv: Fieldlab) -> None:
    with pytest.raises(NotComparable) as raised:
        ce.assess(pv, draws=100).compare(first, second)
    assert "circularity" not in raised.value.text("nl")
    assert raised.value.text("nl") != raised.value.text("en")


@pytest.fixture
def changed(tmp_path: Path, root: Path) -> Path:
    """A version of the method in which the constant of the MCI is another."""
    import shutil

    copy = Path(shutil.copytree(root / "methodology", tmp_path / "methodology"))
    for file, old, new in (
        ("indicators/mci.yaml", "F_X: {formula: 0.9 / X", "F_X: {formula: 0.5 / X"),
        ("method.yaml", "version: ", "version: 9."),
    ):
        text = (copy / file).read_text(encoding="utf-8").replace(old, new)
        if file == "method.yaml":
            text = text.replace("version: 9.0.2.0", "version: 9.2.0")
        else:  # the examples belong to the old constant
            text = text.split("  examples:", 1)[0] + "  examples:" + text.split("  examples:", 1)[1]
        (copy / file).write_text(text, encoding="utf-8")
    return copy


def test_the_data_part_and_the_method_part_sum_exactly_to_the_change(pv: Fieldlab, changed: Path) -> None:
    old, new = load_method(), load_method(changed)
    table = split_change(pv, old, new, 2010, 2020)
    assert len(table) > 100
    known = table[table["status"] == "ok"]
    for row in known.to_dict("records"):
        parts = Fraction(row["data_part"]) + Fraction(row["method_part"])
        assert parts == Fraction(row["total"]) == Fraction(row["new_later"]) - Fraction(row["old_earlier"])
        assert row["data_part"] + row["method_part"] == row["total"]


def test_an_indicator_whose_formula_did_not_change_has_no_method_part(pv: Fieldlab, changed: Path) -> None:
    table = split_change(pv, load_method(), load_method(changed), 2010, 2020).set_index("indicator")
    assert table.at["circular_input_share", "method_part"] == 0
    assert table.at["circular_input_share", "data_part"] != 0
    assert table.at["mci", "method_part"] > 0.1


def test_the_split_agrees_with_what_each_version_gives(pv: Fieldlab, changed: Path) -> None:
    old, new = load_method(), load_method(changed)
    row = split_change(pv, old, new, 2010, 2020).set_index("indicator").loc["mci"]
    for method, period, column in ((old, 2010, "old_earlier"), (old, 2020, "old_later"), (new, 2020, "new_later")):
        table = ce.assess(pv, method, draws=100).indicators
        mine = (table["indicator"] == "mci") & (table["period"] == period)
        assert row[column] == pytest.approx(table.loc[mine, "value"].item(), rel=1e-13)


def test_a_part_that_cannot_be_told_has_a_reason(pv: Fieldlab, changed: Path) -> None:
    table = split_change(pv, load_method(), load_method(changed), 2010, 2020).set_index("indicator")
    assert table.at["cti_revenue", "status"] == "missing"
    assert "revenue" in table.at["cti_revenue", "reason"]
