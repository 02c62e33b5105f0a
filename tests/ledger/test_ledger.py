"""What the ledger keeps: masses as whole numbers, unknown as unknown, products for every period."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.ledger.balance import mass_balance
from circularity.ledger.fieldlab import Fieldlab
from circularity.ledger.mass import whole_numbers
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]


def test_masses_are_whole_numbers_of_a_small_unit(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow(mass=0.1), make_flow(mass=0.2), make_flow(mass=2, unit="t"), make_flow(mass=3, unit="g")])
    assert lab.tables["flows"]["mass"].dtype == np.int64
    assert sorted((lab.tables["flows"]["mass"] * lab.mass_unit).round(9)) == [0.003, 0.1, 0.2, 2000]
    assert lab.mass_unit == 1e-3


def test_a_small_mass_makes_the_unit_finer() -> None:
    masses, unit = whole_numbers(np.array([1.5e-6, 1000.0]))
    assert unit == 1e-9
    assert masses.tolist() == [1500, 10**12]


def test_masses_too_far_apart_are_refused() -> None:
    with raises("MassRange"):
        whole_numbers(np.array([1.234567e-10, 1e13]))


@given(st.lists(st.floats(min_value=1e-4, max_value=1e6), min_size=1, max_size=30), st.randoms())
def test_a_sum_is_the_same_in_any_order(masses: list[float], random: Any) -> None:
    whole, unit = whole_numbers(np.array(masses))
    shuffled = list(whole)
    random.shuffle(shuffled)
    assert sum(int(m) for m in shuffled) == int(whole.sum())
    assert whole.sum() * unit == pytest.approx(sum(masses), rel=1e-4)


def test_an_empty_or_unknown_origin_is_unknown(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(
        [make_flow(mass=1, origin=""), make_flow(mass=2, origin="onbekend"), make_flow(mass=3, origin="Unknown")]
    )
    assert lab.tables["flows"]["origin"].tolist() == ["unknown"] * 3


def test_an_origin_that_the_role_does_not_ask_for_stays_empty(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow("residue"), make_flow("product")])
    assert lab.tables["flows"]["origin"].tolist() == ["", ""]


def test_an_unknown_mass_is_not_zero(make_lab: Make, make_flow: Flow) -> None:
    flows = make_lab([make_flow(), make_flow(mass="unknown")]).tables["flows"]
    assert flows["mass_known"].tolist() == [True, False]


def test_a_product_without_period_holds_for_every_period(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab(
        [make_flow(), make_flow(period=2021)], [{"product": "table", "mass": 5, "unit": "kg"}], periods=[2020, 2021]
    )
    assert lab.tables["products"]["period"].tolist() == [2020, 2021]


def test_rows_keep_file_and_number(make_lab: Make, make_flow: Flow) -> None:
    flows = make_lab([make_flow(), make_flow(mass=2)]).tables["flows"]
    assert flows[["file", "row"]].to_numpy().tolist() == [["flows.csv", 2], ["flows.csv", 3]]


def test_a_fieldlab_shows_itself(make_lab: Make, make_flow: Flow) -> None:
    lab = make_lab([make_flow()])
    assert "synthetic" in repr(lab)
    assert "Test factory" in lab._repr_html_()


class TestMassBalance:
    def test_what_goes_in_and_out_closes(self, make_lab: Make, make_flow: Flow) -> None:
        lab = make_lab(
            [make_flow(mass=100), make_flow("product", 90), make_flow("residue", 10), make_flow("end_of_life", 7)]
        )
        for row in mass_balance(lab).to_dict("records"):
            assert (row["in"], row["out"], row["beside"], row["status"]) == (100, 100, 7, "closed")

    def test_a_gap_is_named_with_its_size(self, make_lab: Make, make_flow: Flow) -> None:
        row = mass_balance(make_lab([make_flow(mass=100), make_flow("product", 80)])).iloc[0]
        assert (row["gap"], row["relative_gap"], row["status"]) == (20, 0.2, "open")

    def test_one_side_alone_is_no_balance(self, make_lab: Make, make_flow: Flow) -> None:
        assert set(mass_balance(make_lab([make_flow(mass=100)]))["status"]) == {"not_recorded"}

    def test_an_unknown_mass_leaves_the_balance_open_to_doubt(self, make_lab: Make, make_flow: Flow) -> None:
        lab = make_lab([make_flow(mass=100), make_flow("product", "unknown")])
        assert set(mass_balance(lab)["status"]) == {"not_recorded"}

    def test_it_is_drawn_up_per_product_and_period(self, make_lab: Make, make_flow: Flow) -> None:
        products = [{"product": p, "mass": 1, "unit": "kg"} for p in ("a", "b")]
        rows = [make_flow(mass=m, product=p) for p, m in (("a", 10), ("b", 20))]
        rows += [make_flow("product", m, product=p) for p, m in (("a", 10), ("b", 15))]
        found = mass_balance(make_lab(rows, products)).query("level == 'product'").set_index("entity")
        assert found["status"].to_dict() == {"a": "closed", "b": "open"}

    def test_what_moves_inside_the_fieldlab_counts_for_the_organisations_alone(
        self, make_lab: Make, make_flow: Flow
    ) -> None:
        """One organisation that loses material may not be hidden by another that gains it."""
        organisations = [{"organisation": o, "name": o} for o in ("factory", "second")]
        exchange = make_flow("exchange", 30, to="second", origin="recycled", destination="recycling")
        exchange["from"] = "factory"
        second = make_flow("product", 40)
        second["from"] = "second"
        rows = [make_flow(mass=100), make_flow("product", 60), exchange, second]
        found = mass_balance(make_lab(rows, organisations=organisations)).set_index("entity")
        assert found.loc[["test-lab", "factory", "second"], ["in", "out"]].to_numpy().tolist() == [
            [100, 100], [100, 90], [30, 40],
        ]  # fmt: skip
        assert found["status"].to_dict() == {"test-lab": "closed", "factory": "open", "second": "open"}
