"""A fieldlab out of DataFrames has the checks, the faults and the figures of one out of files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import circularity as ce
from circularity.errors import CircularityError
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]

WORKS = pd.DataFrame({"organisation": ["factory"], "name": ["Factory"]})
NO_PRODUCTS = pd.DataFrame({"product": []})


def made(*flows: dict[str, Any], **more: Any) -> ce.Fieldlab:
    tables = {"flows": pd.DataFrame(flows), "organisations": WORKS, "products": NO_PRODUCTS}
    return ce.fieldlab("circular_factory", **{**tables, **more})


def faults(*flows: dict[str, Any], **more: Any) -> list[CircularityError]:
    with pytest.raises(ce.DataFaults) as found:
        made(*flows, **more)
    return list(found.value)


def test_tables_of_the_reference_case_give_the_figures_of_its_files(pv: ce.Fieldlab, root: Path) -> None:
    folder = root / "data" / "pv-module-factory"
    tables = {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}
    lab = ce.fieldlab("circular_factory", id=pv.id, periods=pv.periods, **tables)
    found, expected = (ce.assess(data, draws=100) for data in (lab, pv))
    pd.testing.assert_frame_equal(found.indicators, expected.indicators)
    explained = [result.explain("circular_input_share", 2020).rows for result in (found, expected)]
    assert explained[0]["row"].tolist() == explained[1]["row"].tolist()
    assert set(explained[0]["file"]) == {"flows"}


def test_periods_are_those_in_the_tables(make_flow: Flow) -> None:
    assert made(make_flow(period=2022), make_flow(period=2020.0)).periods == [2020, 2022]


def test_a_fault_names_the_table_and_the_row(make_flow: Flow) -> None:
    (fault,) = faults(make_flow(), make_flow(mass=-1))
    assert (fault.where.file, fault.where.row, fault.where.column) == ("flows", 3, "mass")
    assert "flows, row 3, column mass" in fault.text("en")


@pytest.mark.parametrize("empty", [None, np.nan, pd.NA, pd.NaT, ""])
def test_an_empty_cell_of_any_kind_is_not_filled_in(empty: Any, make_flow: Flow) -> None:
    (fault,) = faults(make_flow(), make_flow(mass=empty))
    assert fault.code == "EmptyCell"


def test_unknown_is_not_zero(make_flow: Flow) -> None:
    table = ce.assess(made(make_flow(), make_flow(mass="unknown")), draws=100).filter(
        indicator="input_mass", level="fieldlab"
    )
    assert table["status"].tolist() == ["missing"]


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        ({"flow": WORKS}, "UnknownTable", "flow"),
        ({"id": "My Lab"}, "UnsafeName", "fieldlab()"),
        ({"periods": [1492]}, "WrongValue", "fieldlab()"),
        ({"nature": "real"}, "WrongValue", "fieldlab()"),
        ({"sources": [{"title": "x"}]}, "MissingKey", "fieldlab()"),
        ({"organisations": pd.DataFrame({"organisation": ["a", "a"], "name": ["A", "A"]})}, "DuplicateKey", None),
    ],
)
def test_what_is_wrong_in_a_call_is_a_fault_with_its_place(
    more: dict[str, Any], code: str, place: str | None, make_flow: Flow
) -> None:
    found = {fault.code: fault for fault in faults(make_flow(), **more)}
    assert code in found, list(found)
    assert place is None or found[code].where.file == place
    assert all(found[code].text(lang) for lang in ("nl", "en"))


def test_a_table_that_the_kind_needs_is_asked_for(make_flow: Flow) -> None:
    with raises("DataFaults") as found:
        ce.fieldlab("circular_factory", flows=pd.DataFrame([make_flow()]))
    assert {f.where.file for f in found.value if f.code == "MissingTable"} == {"organisations", "products"}


def test_an_unknown_kind_is_named_with_those_there_are(make_flow: Flow) -> None:
    with raises("DataFaults", match="circular_factory"):
        ce.fieldlab("circular_factorie", flows=pd.DataFrame([make_flow()]), organisations=WORKS)


def test_other_tables_give_another_key_and_the_same_tables_the_same(make_flow: Flow) -> None:
    first, again, other = (made(make_flow(mass=mass)).digest for mass in (1, 1, 2))
    assert first == again != other


def test_a_source_that_is_not_stated_is_not_made_up(make_flow: Flow) -> None:
    lab = made(make_flow())
    assert lab.description.sources == []
    report = ce.report.Report(ce.assess(lab, draws=100))
    assert "No source of the data is stated." in report.sources().text
    assert "circularity report" not in report.sources().text


def test_a_list_in_a_cell_is_a_fault_of_that_cell(make_flow: Flow) -> None:
    found = faults(make_flow(mass=[1]), make_flow(mass=[2]))
    assert [(f.code, f.where.row, f.where.column) for f in found] == [
        ("NotANumber", 2, "mass"),
        ("NotANumber", 3, "mass"),
    ]


def test_without_a_usable_year_only_the_tables_are_at_fault(make_flow: Flow) -> None:
    (fault,) = faults(make_flow(period="x"))
    assert fault.where.file == "flows"


def test_periods_may_be_an_array(make_flow: Flow) -> None:
    assert made(make_flow(), periods=np.array([make_flow()["period"]])).periods == [make_flow()["period"]]
