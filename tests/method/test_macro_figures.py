"""Material flow accounts of a region, and what may not be compared (decision 0016)."""

import pytest

from circularity.method.compute import compute
from circularity.method.load import Method
from tests.faults import raises

E2 = {"DE": 50, "IMP": 120, "EXP": 90, "BI_in": 0, "BI_out": 0, "DPO": 55}


def value(method: Method, id_: str, **given: float) -> float:
    return compute(method.indicator(id_), given).value


def test_e1_circular_material_use(method: Method) -> None:
    trade = {"RCV_R": 100, "IMP_w": 10, "EXP_w": 25}
    assert value(method, "circular_use_mass", **trade) == 115
    assert value(method, "cmu_eurostat", **trade, DMC=385) == pytest.approx(0.23)


@pytest.mark.parametrize(("id_", "expected"), [("dmi", 170), ("ptb", 30), ("dmc", 80), ("nas", 25)])
def test_e2_material_flow_accounts(id_: str, expected: float, method: Method) -> None:
    indicator = method.indicator(id_)
    assert value(method, id_, **{n: E2[n] for n in indicator.quantities}) == expected


@pytest.mark.parametrize(
    ("id_", "kilotonnes", "people", "tonnes"),
    [
        ("dmc_per_head", 171_814.246, 17_231_624, 9.971),
        ("dmc_per_head", 166_488.964, 17_700_982, 9.406),
        ("dmc_per_head", 139_121.26, 17_877_117, 7.782),
        ("rmc_per_head", 159_313.2, 17_700_982, 9.000),
    ],
)
def test_per_head_figures_printed_by_eurostat(
    id_: str, kilotonnes: float, people: int, tonnes: float, method: Method
) -> None:
    """Eurostat, vintage July 2026, the Netherlands 2018, 2022, 2023 (DMC) and 2022 (RMC): both sides printed."""
    name = "DMC" if id_ == "dmc_per_head" else "RMC"
    found = value(method, id_, **{name: kilotonnes * 1e6, "population": people})
    assert round(found / 1000, 3) == tonnes


def test_a_net_importer_of_waste_is_reported_below_zero(method: Method) -> None:
    trade = {"RCV_R": 10, "IMP_w": 30, "EXP_w": 5}
    assert value(method, "circular_use_mass", **trade) == -15
    assert value(method, "cmu_eurostat", **trade, DMC=115) == pytest.approx(-0.15)


@pytest.mark.parametrize(("dmc", "imported"), [(-5, 10), (10, 200)])
def test_a_rate_without_a_base_is_refused(dmc: float, imported: float, method: Method) -> None:
    with raises("ImpossibleInput"):
        value(method, "cmu_eurostat", RCV_R=100, IMP_w=imported, EXP_w=25, DMC=dmc)


def test_the_refusal_states_its_reason_in_the_data_too(method: Method) -> None:
    reasons = [c.because.en for c in method.indicator("cmu_eurostat").requires]
    assert any("DMC + U" in r for r in reasons)
    assert any("domestic material consumption is below zero" in r for r in reasons)


def test_rates_with_other_denominators_are_not_comparable(method: Method) -> None:
    rates = {"cmu_eurostat", "cmu_cbs", "circularity_gap"}
    for id_ in rates:
        told = method.indicator(id_).spec.not_comparable
        assert told is not None
        assert set(told.indicators) == rates - {id_}


def test_a_macro_figure_is_one_of_the_fieldlab_as_a_whole(method: Method) -> None:
    measured = method.vocabularies["measured"].table
    for indicator in method.indicators.values():
        if indicator.group in ("macro", "npce"):
            assert indicator.levels == ["fieldlab"]
            for quantity in indicator.quantities.values():
                (way,) = quantity.sums
                assert [measured.at[code, "of"] for code in way.where["quantity"]] == ["fieldlab"]
