"""Numbers that any implementation must reproduce; where each comes from stands in methodology/decisions/0009."""

import pytest

from circularity.method.compute import compute
from circularity.method.load import Method
from tests.faults import raises

M6 = {"M": 100, "F_R": 0.25, "C_R": 0.4, "E_F": 0.8, "E_C": 0.75}

MCI = {
    "M1": ({}, {"V": 1, "W": 1, "LFI": 1}, 0.10),
    "M2": ({"F_R": 1, "C_R": 1}, {"V": 0, "W": 0, "LFI": 0}, 1.0),
    "M3": ({"X": 0.5}, {"LFI": 1}, 0.0),
    "M4": ({"X": 2}, {"LFI": 1}, 0.55),
    "M6": (M6, {"V": 75, "W_0": 60, "W_F": 6.25, "W_C": 10, "W": 68.125, "LFI": 0.722397}, 0.349842),
    "M7": ({**M6, "X": 1.5}, {"LFI": 0.722397}, 0.566562),
    "M8": ({"F_R": 1, "E_F": 0.5}, {"V": 0, "W": 1.5, "LFI": 0.6}, 0.46),
    "M9": ({"C_R": 1, "E_C": 0.5}, {"V": 1, "W": 0.25, "LFI": 0.714286}, 0.357143),
    "M13": (
        {
            "M": [3, 1], "F_R": [0.4, 0], "F_U": [0, 0.5], "C_R": [0.6, 0], "C_U": [0, 0.5], "E_F": [0.9, 1],
            "E_C": [0.9, 1],
        },
        {"V": 2.3, "W": 1.856667, "LFI": 0.521103},
        0.531007,
    ),
}  # fmt: skip


@pytest.mark.parametrize("vector", MCI)
def test_mci_reproduces(vector: str, method: Method) -> None:
    given, terms, expected = MCI[vector]
    found = compute(method.indicator("mci"), given)
    assert found.value == pytest.approx(expected, abs=5e-7)
    for name, value in terms.items():
        assert found.terms[name] == pytest.approx(value, abs=5e-7), name


def test_an_assembly_is_not_the_mass_mean_of_its_parts(method: Method) -> None:
    """M13: the parts alone score 0.524651 and 0.55, their mass mean 0.530989."""
    mci = method.indicator("mci")
    a = compute(mci, {"M": 3, "F_R": 0.4, "C_R": 0.6, "E_F": 0.9, "E_C": 0.9}).value
    b = compute(mci, {"M": 1, "F_U": 0.5, "C_U": 0.5}).value
    assert (a, b) == (pytest.approx(0.524651, abs=5e-7), pytest.approx(0.55))
    assert (3 * a + b) / 4 == pytest.approx(0.530989, abs=5e-7)
    assert compute(mci, MCI["M13"][0]).value != pytest.approx((3 * a + b) / 4, abs=1e-6)


def wrong_variants(mass: float, virgin: float, w_0: float, w_f: float, w_c: float, x: float) -> dict[str, float]:
    """Forms of the MCI that public code computes and that are not the MCI."""
    waste = w_0 + (w_f + w_c) / 2
    return {
        "denominator 2M only": 1 - (virgin + waste) / (2 * mass) * 0.9 / x,
        "correction not halved": 1 - (virgin + waste) / (2 * mass + w_f - w_c) * 0.9 / x,
        "product of shares": 1 - virgin / mass * waste / mass,
        "factor fixed at 0.9": 1 - (virgin + waste) / (2 * mass + (w_f - w_c) / 2) * 0.9,
        "no factor": 1 - (virgin + waste) / (2 * mass + (w_f - w_c) / 2),
    }


@pytest.mark.parametrize(
    ("variant", "given", "printed"),
    [
        ("denominator 2M only", {"F_R": 1, "E_F": 0.5}, 0.325),
        ("denominator 2M only", {"C_R": 1, "E_C": 0.5}, 0.4375),
        ("denominator 2M only", M6, 0.355938),
        ("correction not halved", M6, None),
        ("product of shares", M6, None),
        ("factor fixed at 0.9", {**M6, "X": 1.5}, None),
        ("no factor", M6, None),
    ],
)
def test_mci_is_not_the_wrong_variant(
    variant: str, given: dict[str, float], printed: float | None, method: Method
) -> None:
    found = compute(method.indicator("mci"), given)
    t = found.terms
    wrong = wrong_variants(t["M_tot"], t["V"], t["W_0"], t["W_F"], t["W_C"], t["X"])[variant]
    if printed is not None:
        assert wrong == pytest.approx(printed, abs=5e-7)
    assert abs(found.value - wrong) > 1e-3


def test_m14_a_product_range_is_weighted_by_one_quantity(method: Method) -> None:
    found = compute(method.indicator("mci_range"), {"MCI": [0.45, 0.70, 0.20], "N": [5, 3, 2]})
    assert found.value == pytest.approx(0.475)


def test_c1_circular_transition_indicators(method: Method) -> None:
    def value(indicator: str, **given: float | list[float]) -> float:
        return compute(method.indicator(indicator), given).value

    circular_in = 1000 * 0.4 + 500 * 1 + 200 * 0
    assert value("circular_input_share", circular_input=circular_in, input=1700) == pytest.approx(0.529412, abs=5e-7)
    flows = {"M": [1200.0, 300.0, 100.0], "RP": [0.9, 0.5, 1.0], "AR": [0.5, 0.2, 1.0]}
    out = compute(method.indicator("circular_output_share"), flows)
    assert out.value == pytest.approx(0.41875)
    assert out.terms["circular_output"] == pytest.approx(670)
    totals = {"circular_input": 900.0, "input": 1700.0, "available": 670.0, "output": 1600.0}
    assert value("material_circularity", **totals) == pytest.approx(0.475758, abs=5e-7)
    assert value("cti_revenue", revenue=500_000, **totals) == pytest.approx(237_040.44, abs=0.005)
    linear = {"input": 1700.0, "circular_input": 900.0}
    assert value("linear_input_mass", **linear) == pytest.approx(800)
    assert value("material_productivity", revenue=500_000, **linear) == pytest.approx(625)


def test_c1_is_not_the_product_of_averages(method: Method) -> None:
    mass, potential, actual = [1200, 300, 100], [0.9, 0.5, 1], [0.5, 0.2, 1]
    total = sum(mass)
    average = [sum(m * v for m, v in zip(mass, values, strict=True)) / total for values in (potential, actual)]
    assert average[0] * average[1] == pytest.approx(0.39484, abs=5e-6)
    found = compute(method.indicator("circular_output_share"), {"M": mass, "RP": potential, "AR": actual})
    assert abs(found.value - average[0] * average[1]) > 0.02


I1 = {
    "steel": ((1000, 200, 500, 0), (0.2, 0.5, 0.0, 0.3)),
    "wood": ((400, 0, 0, 300), (0.0, 0.0, 0.75, 0.25)),
    "pooled": ((1400, 200, 500, 300), (0.142857, 0.357143, 0.214286, 0.285714)),
}


@pytest.mark.parametrize("case", I1)
def test_i1_iso59020_inflow(case: str, method: Method) -> None:
    (total, reused, recycled, renewable), expected = I1[case]
    parts = {"reused": reused, "recycled": recycled, "sustainable": renewable}
    shares = [
        compute(method.indicator(f"{name}_input_share"), {name: mass, "input": total}).value
        for name, mass in parts.items()
    ]
    circular = {"input": total, "circular_input": sum(parts.values())}
    shares.append(compute(method.indicator("linear_input_share"), circular).value)
    assert shares == pytest.approx(expected, abs=5e-7)
    assert sum(shares) == pytest.approx(1)


def test_i2_unbalanced_inflow_is_refused(method: Method) -> None:
    given = {"input": 100, "circular_input": 60 + 50}
    with raises("ImpossibleInput", match="unbalanced"):
        compute(method.indicator("linear_input_share"), given)


def test_i3_without_inflow_there_is_no_percentage(method: Method) -> None:
    for name in ("reused", "recycled", "sustainable"):
        with raises("ZeroDenominator", match="input"):
            compute(method.indicator(f"{name}_input_share"), {name: 0, "input": 0})


I4 = {
    "traceable": ((1000, 100, 300, 0), (0.1, 0.3, 0.0, 0.6)),
    "not traceable": ((500, 0, 0, 100), (0.0, 0.0, 0.2, 0.8)),
    "pooled": ((1500, 100, 300, 100), (0.066667, 0.2, 0.066667, 0.666667)),
}


@pytest.mark.parametrize("case", I4)
def test_i4_iso59020_outflow(case: str, method: Method) -> None:
    (total, reused, recycled, biological), expected = I4[case]
    parts = {"to_reuse": reused, "to_material_recycling": recycled, "to_biological_cycle": biological}
    ids = ("reuse_output_share", "material_recycling_output_share", "biological_output_share")
    shares = [
        compute(method.indicator(i), {name: mass, "output": total}).value
        for i, (name, mass) in zip(ids, parts.items(), strict=True)
    ]
    recovered = {"output": total, "recovered": sum(parts.values())}
    shares.append(compute(method.indicator("linear_output_share"), recovered).value)
    assert shares == pytest.approx(expected, abs=5e-7)


def test_i4_lifetime_relative_to_industry(method: Method) -> None:
    assert compute(method.indicator("relative_lifetime"), {"t_LP": 12, "t_IALP": 10}).value == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((300, 0, 1000, 0), 0.30), ((50, 10, 200, 40), 0.25), ((350, 10, 1200, 40), 0.293103)],
)
def test_i5_renewable_energy(numbers: tuple[float, ...], expected: float, method: Method) -> None:
    names = ("renewable_energy_in", "renewable_energy_out", "energy_in", "energy_out")
    found = compute(method.indicator("renewable_energy_share"), dict(zip(names, numbers, strict=True)))
    assert found.value == pytest.approx(expected, abs=5e-7)


def test_i5_as_much_energy_out_as_in_has_no_share(method: Method) -> None:
    names = ("renewable_energy_in", "renewable_energy_out", "energy_in", "energy_out")
    with raises("ZeroDenominator", match="energy_in - energy_out"):
        compute(method.indicator("renewable_energy_share"), dict(zip(names, (50, 0, 100, 100), strict=True)))
