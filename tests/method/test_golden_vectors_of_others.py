"""Golden vectors beyond MCI, CTI and ISO: printed numbers, limits that a source states, and variants that are wrong."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circularity.method.compute import compute

shares = st.floats(0.05, 1)
P4 = {"Fr": 0.3, "Cr": 0.6, "Efp": 0.85, "Ecp": 0.9, "Cfp": 0.6, "Ccp": 0.6, "Ems": 0.8, "Erfp": 0.85}


@pytest.mark.parametrize(
    ("numbers", "terms", "value"),
    [
        ({}, {"V": 1, "W": 1, "LFI": 1}, 0),
        ({"Fr": 0.5, "Cr": 0.5}, {"V": 0.5, "W": 0.5, "LFI": 0.5}, 0.5),
        ({"Cr": 1}, {"V": 1, "W": 0, "LFI": 0.75}, 0.25),
        ({"Fr": 1}, {"V": 0, "W": 1, "LFI": 0.75}, 0.25),
        (P4, {"V": 0.915033, "W": 0.714876, "LFI": 0.661720}, 0.338280),
    ],
    ids=["P1", "P2", "P3 out", "P3 in", "P4"],
)
def test_product_circularity_indicator_in_its_mass_balancing_form(
    numbers: dict[str, float], terms: dict[str, float], value: float
) -> None:
    """Bracquene et al. (2020)."""
    found = compute("pci_bracquene", numbers)
    assert found.value == pytest.approx(value, abs=1e-6)
    for name, expected in terms.items():
        assert found.terms[name] == pytest.approx(expected, abs=1e-6), name


@given(st.lists(shares, min_size=8, max_size=8))
def test_material_that_goes_in_comes_out_or_is_lost(drawn: list[float]) -> None:
    """V + R_in + Fu M = W + R_out + Cu M, whatever the efficiencies; and LFI stays between 0 and 1."""
    numbers = dict(zip(("Fr", "Cr", "Efp", "Ecp", "Cfp", "Ccp", "Ems", "Erfp"), drawn, strict=True))
    terms = compute("pci_bracquene", numbers).terms
    n = numbers
    component = 1 / n["Ecp"]
    feedstock = component / n["Efp"]
    into = feedstock * n["Fr"]
    out = feedstock * (1 - n["Efp"]) * n["Cfp"] + component * (1 - n["Ecp"]) * n["Ccp"]
    out += n["Cr"] * n["Ems"] * n["Erfp"]
    assert terms["V"] + into == pytest.approx(terms["W"] + out)
    assert terms["R"] == pytest.approx(abs(into - out))
    assert 0 <= terms["LFI"] <= 1 + 1e-9


def test_the_whole_gap_of_recyclate_is_not_counted() -> None:
    """A public code takes |R| without the half: then exporting all recyclate would score 0."""
    wrong = 1 - (1 + 0 + 1) / 2
    assert compute("pci_bracquene", Cr=1).value != pytest.approx(wrong)


def test_detachability_is_the_weakest_link_and_not_the_mean() -> None:
    """Losmaakbaarheid 2.0: harmonic; version 1 took the arithmetic mean."""
    for factors, connection, composition, both in (
        ((0.8, 0.8, 0.4, 0.4), 0.8, 0.4, 0.5333),
        ((1, 0.6, 1, 0.1), 0.75, 0.1818, 0.2927),
    ):
        numbers = dict(zip(("TV", "ToV", "DK", "VI"), factors, strict=True))
        found = compute("detachability_v2", numbers).value
        assert found == pytest.approx(both, abs=5e-5)
        assert 2 / (1 / connection + 1 / composition) == pytest.approx(found, abs=1e-4)
        assert compute("detachability_v1", numbers).value == pytest.approx(sum(factors) / 4)
        assert found < sum(factors) / 4


def test_alba_takes_a_mean_of_material_and_detachability_and_not_their_product() -> None:
    """Printed: MI 87 %, LI 94 % give PCI 90 %."""
    found = compute("pci_alba", MI=0.87, LI=0.94).value
    assert round(found, 2) == 0.90
    assert found == pytest.approx(math.sqrt(0.87 * 0.94))
    assert round(0.87 * 0.94, 2) != 0.90


@pytest.mark.parametrize(
    ("mki", "area", "printed"), [(46_960.96, 4650, 0.20), (11_845.14, 4576, 0.05), (81_188.81, 4650, 0.35)],
    ids=["concrete", "timber", "steel"],
)  # fmt: skip
def test_the_three_published_offices_reproduce(mki: float, area: float, printed: float) -> None:
    """TeachBooks vademecum, three offices over 50 years, printed to two decimals."""
    assert round(compute("mpg", MKI=mki, BVO=area, T=50).value, 2) == printed


@pytest.mark.parametrize(
    ("indicator", "year", "kt", "population", "printed"),
    [
        ("dmc_per_head", 2018, 171_814.246, 17_231_624, 9.971),
        ("dmc_per_head", 2022, 166_488.964, 17_700_982, 9.406),
        ("dmc_per_head", 2023, 139_121.26, 17_877_117, 7.782),
        ("rmc_per_head", 2022, 159_313.2, 17_700_982, 9.000),
    ],
)
def test_consumption_per_head_of_the_netherlands_is_as_eurostat_prints_it(
    indicator: str, year: int, kt: float, population: int, printed: float
) -> None:
    """Eurostat, vintage July 2026; printed in tonnes to three decimals."""
    name = "DMC" if indicator.startswith("dmc") else "RMC"
    found = compute(indicator, {name: kt * 1e6, "population": population}).value
    assert round(found / 1000, 3) == printed, year


def test_the_circular_footprint_formula_ends_in_its_two_limits() -> None:
    """A = 1: the user of recyclate carries recycling and nobody gets a credit; A = 0: the supplier gets it all."""
    numbers: dict[str, Any] = {
        "M": 1, "R1": 0.3, "R2": 0.42, "R3": 0, "B": 0, "Qsin": 0.9, "Qsout": 0.9, "Qp": 1, "Ev": 2, "Evstar": 2,
        "Erec": 0.8, "ErecEoL": 0.5, "E_ER": 0, "LHV": 0, "X_heat": 0, "X_el": 0, "E_SE_heat": 0, "E_SE_el": 0,
        "E_D": 0,
    }  # fmt: skip
    assert compute("cff", {**numbers, "A": 1}).value == pytest.approx(0.7 * 2 + 0.3 * 0.8)
    credit = 0.42 * (0.5 - 2 * 0.9)
    assert compute("cff", {**numbers, "A": 0}).value == pytest.approx(0.7 * 2 + 0.3 * 2 * 0.9 + credit)


def test_longevity_counts_every_further_cycle_when_it_is_the_exact_sum() -> None:
    """LO1 of Franklin-Johnson (2016), and the geometric series in its place."""
    phone = {
        "A": 24, "U1": 18, "U2": 12, "w1": 0.5, "x1": 0.4, "y1": 0.6, "z1": 0.9, "w2": 0.5, "x2": 0.2, "y2": 0.8,
        "z2": 0.9,
    }  # fmt: skip
    assert compute("longevity", phone).value == pytest.approx(40.296986)
    assert compute("longevity_renewal", phone).value == pytest.approx((24 + 3.6 + 0.24) / (1 - 0.27 - 0.072))


def test_the_use_rate_of_eurostat_may_be_negative_and_is_refused_without_consumption() -> None:
    """E1: U = 100 - 10 + 25 = 115 and 115 / (385 + 115) = 23.0 %."""
    assert compute("cmu_eurostat", RCV_R=100, IMP_w=10, EXP_w=25, DMC=385).value == pytest.approx(0.23)
    assert compute("cmu_eurostat", RCV_R=10, IMP_w=30, EXP_w=5, DMC=115).value < 0
    with pytest.raises(Exception, match="Invalid input") as raised:
        compute("cmu_eurostat", RCV_R=100, IMP_w=10, EXP_w=25, DMC=-200)
    assert raised.value.code != "NotComparable"


def test_madaster_takes_the_mass_mean_and_an_average_life() -> None:
    """Method notes: W .35833, LFI .42739, MCI .61535 with E = 75 %; the mean of the parts, not of their terms."""
    assert compute("mci_madaster", F_R=0.5, C_R=0.6, C_U=0.2).value == pytest.approx(0.61535, abs=5e-6)
    parts = {"M": [3, 1], "F_U": [1, 0], "C_U": [1, 0]}
    assert compute("mci_madaster", parts).value == pytest.approx((3 * 1 + 1 * 0.1) / 4)
