"""Numbers outside the bounds of ``plausibility.csv`` get a remark, and count as they stand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import circularity as ce
from circularity.ledger.fieldlab import Fieldlab
from circularity.ledger.plausibility import implausible
from circularity.ledger.raw import RawTable
from circularity.ledger.warnings import DataWarning, warning
from circularity.method.load import Method, load_method

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]


def of_kind(lab: Fieldlab, kind: str) -> list[DataWarning]:
    return [remark for remark in lab.warnings if remark.kind == kind]


def table_of(name: str, **columns: list[Any]) -> RawTable:
    import pandas as pd

    cells = pd.DataFrame({c: pd.Series([str(v) for v in values], dtype="str") for c, values in columns.items()})
    return RawTable(name, f"{name}.csv", None, cells, np.arange(2, len(cells) + 2))


def test_more_than_a_lorry_carries_is_asked_about(make_lab: Make, make_flow: Flow) -> None:
    """Above 30 t a load (lma-data-pipeline); without a number of loads there is nothing to say."""
    rows = [(31, 1), (60, 2), (310, 10), (95, "unknown"), (99, "")]
    lab = make_lab([make_flow(mass=mass, unit="t", loads=loads) for mass, loads in rows])
    (remark,) = of_kind(lab, "implausible")
    assert (remark.where.column, remark.rows) == ("mass", (2, 4))
    assert "mass / loads is niet aannemelijk (2 rijen, de verste 31,0 t; aannemelijk is ten hoogste 30,0 t)." in (
        remark.text("nl")
    )
    assert "A lorry rarely carries more" in remark.text("en")
    assert lab.tables["flows"]["mass"].sum() * lab.mass_unit == pytest.approx(595_000)


@pytest.mark.parametrize(
    ("product", "column", "said"),
    [
        ({"lifetime": 240}, "lifetime", "the furthest 240 years; plausible is 0.0500 years to 200 years"),
        ({"lifetime": 0.01}, "lifetime", "the furthest 0.0100 years"),
        ({"lifetime": 110, "industry_lifetime": 10}, "lifetime", "lifetime / industry_lifetime is not plausible"),
        (
            {"use_intensity": 1, "industry_use_intensity": 20},
            "use_intensity",
            "the furthest 0.0500; plausible is 0.100",
        ),
        ({"recycling_efficiency": 1}, "recycling_efficiency", "No recycling process works without loss"),
    ],
)
def test_a_product_outside_the_bounds_gets_a_remark(
    product: dict[str, Any], column: str, said: str, make_lab: Make, make_flow: Flow
) -> None:
    lab = make_lab([make_flow()], [{"product": "table", "mass": 5, "unit": "kg", "uncertainty": 1, **product}])
    (remark,) = of_kind(lab, "implausible")
    assert (remark.where.file, remark.where.column, remark.rows) == ("products.csv", column, (2,))
    assert said in remark.text("en")


@pytest.mark.parametrize("price", [-100, 0, 2000, 5e7])
def test_a_price_that_may_be_gets_none(price: float, make_lab: Make, make_flow: Flow) -> None:
    assert of_kind(make_lab([make_flow(price=price)]), "implausible") == []


@pytest.mark.parametrize("price", [-2001, 2e8])
def test_a_price_that_can_hardly_be_gets_one(price: float, make_lab: Make, make_flow: Flow) -> None:
    (remark,) = of_kind(make_lab([make_flow(price=price)]), "implausible")
    assert remark.where.column == "price"


def test_a_unit_mistaken_for_another_stands_out(make_lab: Make, make_flow: Flow) -> None:
    masses = [900, 1000, 1100, 1250, 800, 950, 1050, 1150, 1020]
    flows = [make_flow(mass=m) for m in masses]
    lab = make_lab([*flows, make_flow(mass=1000, unit="t", origin="recycled")])
    (remark,) = of_kind(lab, "far_from_others")
    assert remark.rows == (11,)
    assert "mass wijkt ver af van de andere rijen met dezelfde role, material (1 rij, de verste 1,00 kt" in (
        remark.text("nl")
    )
    # The same mass of another material is like nothing else; and nine rows are too few to judge by.
    assert (
        of_kind(make_lab([*flows, make_flow(mass=1000, unit="t", material="steel")], name="steel"), "far_from_others")
        == []
    )
    few = make_lab([*flows[:8], make_flow(mass=1000, unit="t", origin="recycled")], name="few")
    assert of_kind(few, "far_from_others") == []


def test_rows_that_are_all_the_same_have_no_outlier(method: Method) -> None:
    """Without any spread there is nothing to measure a distance by."""
    table = table_of("flows", role=["input"] * 12, material=["glass"] * 12, mass=[5] * 11 + [9000], unit=["kg"] * 12)
    assert list(implausible(table, method, warning)) == []


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    masses=st.lists(st.floats(1e-3, 1e12), min_size=10, max_size=40),
    factor=st.sampled_from([1e-3, 1e3]),
    data=st.data(),
)
def test_what_stands_out_does_not_depend_on_unit_or_order(masses: list[float], factor: float, data: Any) -> None:
    """Kilograms or tonnes, this way round or that: the same masses are named."""
    order = data.draw(st.permutations(range(len(masses))))
    found = []
    for values, unit in ((masses, "kg"), ([masses[i] / 1000 for i in order], "t")):
        count = len(values)
        columns = {"role": ["input"] * count, "material": ["glass"] * count, "mass": [repr(v) for v in values]}
        remarks = implausible(table_of("flows", **columns, unit=[unit] * count), load_method(), warning)
        rows = {row - 2 for remark in remarks for row in remark.rows}
        found.append(rows if unit == "kg" else {order[i] for i in rows})
    assert found[0] == found[1]
    centre = np.median(np.log(masses))
    assert all(abs(np.log(masses[i]) - centre) > np.log(99) for i in found[0])


def test_a_method_without_bounds_makes_no_remarks(
    method_copy: Path, write_lab: Callable[..., Path], make_flow: Flow
) -> None:
    (method_copy / "plausibility.csv").unlink()
    folder = write_lab([make_flow(price=1e9)])
    assert ce.load_fieldlab(folder, load_method(method_copy)).warnings == []


def test_the_reference_case_is_plausible(pv: Fieldlab) -> None:
    assert not {remark.kind for remark in pv.warnings} & {"implausible", "far_from_others"}
