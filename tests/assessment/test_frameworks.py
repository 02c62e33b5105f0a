"""One ledger, many frameworks: each answered in its own numbering, with what is missing and why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import circularity as ce
from circularity.cli import main
from circularity.ledger.fieldlab import Fieldlab
from circularity.method.indicator import numbers
from circularity.method.load import Method
from tests.faults import raises

Flow = Callable[..., dict[str, Any]]
Make = Callable[..., Fieldlab]

FRAMEWORKS = ["cb23", "iso59020", "cti", "esrs_e5", "npce"]


@pytest.fixture(scope="module")
def result(pv_in: Callable[[str], ce.Result]) -> ce.Result:
    return pv_in("nl")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_item_of_a_framework_has_a_figure_or_a_reason(framework: str, result: ce.Result, method: Method) -> None:
    table = result.framework(framework)
    assert list(dict.fromkeys(table["item"])) == [item.id for item in method.frameworks[framework].items]
    assert (table.loc[table["status"] == "ok", "value"].notna()).all()
    assert (table.loc[table["status"] != "ok", "value"].isna()).all()
    assert (table.loc[table["status"] != "ok", "reason"] != "").all()


def test_the_same_figure_answers_several_frameworks(result: ce.Result) -> None:
    recycled = [
        result.framework(f).set_index(["item", "indicator"]).loc[(item, "recycled_input_share"), "value"]
        for f, item in (("cb23", "1.2.2"), ("iso59020", "A.2"))
    ]
    table = result.indicators
    mine = (table["indicator"] == "recycled_input_share") & (table["level"] == "fieldlab") & (table["period"] == 2020)
    assert recycled == [table.loc[mine, "value"].item()] * 2


def test_what_the_method_has_no_formula_for_is_said_and_not_invented(result: ce.Result) -> None:
    assert result.framework("iso59020").set_index("item").at["A.13", "status"] == "not_available"
    cb23 = result.framework("cb23")
    values = cb23[cb23["item"].str.startswith(("5", "6", "7"))]
    assert set(values["status"]) == {"not_available"}


def test_the_coverage_counts_every_item_of_every_framework_once(result: ce.Result, method: Method) -> None:
    coverage = result.coverage()
    assert set(coverage["status"]) <= {"ok", "missing", "not_applicable", "not_available"}
    for framework in method.frameworks.values():
        mine = coverage[coverage["framework"] == framework.id]
        assert set(mine["item"]) == {item.id for item in framework.items}
    assert not coverage.duplicated(["framework", "item", "indicator"]).any()


def test_a_framework_that_does_not_exist_is_named(result: ce.Result) -> None:
    with raises("UnknownFramework", match="cb23"):
        result.framework("gri")


def test_an_indicator_of_a_region_is_not_about_a_factory(result: ce.Result) -> None:
    with raises("NotForKind", match="Region"):
        result.explain("cmu_eurostat")
    npce = result.framework("npce").set_index("indicator")
    assert npce.at["raw_material_change", "status"] == "not_applicable"


@pytest.mark.usefixtures("pv_once")
@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_command_line_gives_the_table_of_a_framework(framework: str, lang: str, root: Path) -> None:
    path = str(root / "data" / "pv-module-factory")
    found = CliRunner().invoke(main, ["assess", path, "--framework", framework, "--lang", lang, "--draws", "100"])
    assert found.exit_code == 0, found.output
    assert len(found.stdout.splitlines()) > 4
    assert " nan" not in found.stdout
    as_json = CliRunner().invoke(main, ["assess", path, "--framework", framework, "--draws", "100", "--json"])
    assert {row["framework"] for row in json.loads(as_json.stdout)} == {framework}


def test_a_code_that_nobody_gave_makes_a_figure_missing_and_one_unknown_cell_opens_its_interval(
    make_lab: Make, make_flow: Flow
) -> None:
    """Hazardous waste: nowhere said, then said of one of two rows."""

    def hazardous(*cells: str) -> Any:
        flows = [
            make_flow(),
            *(make_flow("residue", 50, destination="recycling", hazardous=c, source=n) for n, c in enumerate(cells)),
        ]
        table = ce.assess(make_lab(flows), draws=100).framework("esrs_e5")
        return table[table["indicator"] == "hazardous_recycled_waste_mass"].iloc[0]

    assert hazardous("", "")["reason"].startswith("not given for any flow: hazardous waste")
    half = hazardous("hazardous", "")
    assert (half["value"], half["low"]) == (50, 50)
    assert half["high"] == pytest.approx(100)


@pytest.mark.parametrize("framework", ["cb23", "iso59020", "lansink", "pcer_waste"])
def test_a_sum_does_not_stand_under_each_of_its_parts(framework: str, method: Method) -> None:
    """A figure under two numbers would be added up twice; only the shares of ISO that are two numbers together may."""
    for indicator in method.indicators.values():
        found = numbers(indicator, framework)
        assert len(found) <= 1 or (framework, found) == ("iso59020", ["A.1", "A.2"]), indicator.id
