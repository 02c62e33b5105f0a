"""Every declaration by itself: examples, units, derivatives, languages, direction and bounds."""

import math
import re

import numpy as np
import pytest

from circularity.method.check import check_method
from circularity.method.checks.texts import statements
from circularity.method.checks.units import formula_unit, units_of
from circularity.method.compute import compute
from circularity.method.formula import Formula
from circularity.method.indicator import Indicator, mass_power
from circularity.method.load import Method


def test_the_method_is_clean(method: Method) -> None:
    assert [f.text("en") for f in check_method(method)] == []


def test_every_declaration_has_an_example_that_comes_out(method: Method) -> None:
    for id_, indicator in method.indicators.items():
        figures = [example for example in indicator.spec.examples if example.expect != "refused"]
        assert figures, id_
        for example in figures:
            found = compute(indicator, example.given).value
            tolerance = 1e-6 if example.tolerance is None else example.tolerance
            assert found == pytest.approx(example.expect, rel=tolerance, abs=1e-6), id_


def with_formula(method: Method) -> list[Indicator]:
    return [i for i in method.indicators.values() if i.function is None]


def test_every_formula_has_its_declared_unit(method: Method) -> None:
    registry = units_of(method)
    for indicator in with_formula(method):
        units = {n: indicator.unit_of(n) for n in [*indicator.quantities, *indicator.whole_inputs]}
        units |= {n: c.unit for n, c in indicator.constants.items()}
        found = formula_unit([*indicator.steps(), ("", indicator.formula)], units, registry)
        declared = registry.Quantity(1.0, "dimensionless" if indicator.unit == "1" else indicator.unit)
        assert found.units == declared.units, indicator.id
        mass = registry.Quantity(1.0, declared.units).dimensionality.get("[mass]", 0)
        # Energy has a mass in it.
        assert "J" in indicator.unit or mass_power(indicator.unit) == mass, indicator.id


def test_derivatives_agree_with_finite_differences(method: Method) -> None:
    for indicator in with_formula(method):
        rng = np.random.default_rng(7)
        names = [*indicator.quantities, *indicator.whole_inputs]
        # Wholes well above parts, so that no max() or denominator sits at its corner.
        wholes = ("input", "output", "energy_in", "M_tot")
        point = {n: float(rng.uniform(1, 2)) * (10 if n in wholes else 1) for n in names}
        slopes = indicator.partials(point)
        value = float(np.asarray(indicator.evaluate(point)[""]))
        for name in names:
            step = 1e-6 * point[name]
            above, below = (
                float(np.asarray(indicator.evaluate({**point, name: point[name] + d})[""])) for d in (step, -step)
            )
            rounding = 1e-13 * abs(value) / step  # of a small term beside large ones
            expected = pytest.approx((above - below) / (2 * step), rel=1e-5, abs=max(1e-9, rounding))
            assert slopes.get(name, 0.0) == expected, (indicator.id, name)


def test_a_share_has_its_mass_beside_it(method: Method) -> None:
    for indicator in method.indicators.values():
        over = re.fullmatch(r"\(?(.+?)\)? / .+", indicator.formula.text)
        share = indicator.unit == "1" and indicator.spec.display != "number" and over is not None
        if share and any(q.unit == "kg" for q in indicator.quantities.values()):
            beside = method.indicator(str(indicator.spec.beside))
            assert beside.unit == "kg", indicator.id
            assert beside.formula.text == over.group(1), indicator.id


def test_shares_of_one_whole_are_declared_between_zero_and_one(method: Method) -> None:
    for indicator in method.indicators.values():
        if indicator.id.endswith("_share") and indicator.id != "renewable_energy_share":
            assert indicator.bounds == (0, 1), indicator.id


def test_every_text_stands_in_both_languages(method: Method) -> None:
    for indicator in method.indicators.values():
        for both in (indicator.name, indicator.meaning):
            assert both.nl.strip()
            assert both.en.strip()
        if len(indicator.name.nl) > 12 and not indicator.id.startswith("mci"):
            assert indicator.name.nl != indicator.name.en, indicator.id
    for page in ("definition.md", "principles.md"):
        found = statements((method.root / page).read_text(encoding="utf-8"))
        assert len(found["nl"]) == len(found["en"]) > 0


def test_every_statement_of_definition_and_principles_names_its_source(method: Method) -> None:
    for page in ("definition.md", "principles.md"):
        for lang, items in statements((method.root / page).read_text(encoding="utf-8")).items():
            for item in items:
                key = re.search(r"\[([^\]]+)\]\s*$", item)
                assert key is not None, (page, lang, item)
                known = key.group(1) in method.sources or list(
                    (method.root / "decisions").glob(f"{key.group(1).removeprefix('decision ')}-*.md")
                )
                assert known, (page, key.group(1))


def test_both_ladders_map_onto_each_other(method: Method) -> None:
    """Potting et al. (2017) to the six steps of PBL: R0, R1 to 1; R2 to 2; R3 to 3; R4 to R7 to 4; R8 to 5; R9 to 6."""
    ten, six = method.vocabularies["r_strategies"].table, method.vocabularies["r_strategies_six"]
    assert [ten.at[f"R{i}", "six_step"] for i in range(10)] == [f"S{i}" for i in (1, 1, 2, 3, 4, 4, 4, 4, 5, 6)]
    assert set(ten["six_step"]) - {""} <= set(six.codes)


def test_no_number_of_the_method_stands_in_the_program(root, method: Method) -> None:
    """Targets, the constant of the MCI and the pedigree variances occur in methodology/ only."""
    numbers = {
        r"\b0\.9\b(?!\d)",
        r"\b0\.55\b",
        r"\b0\.82\b",
        *(re.escape(v) for v in method.pedigree["variance"] if v not in ("", "0")),
    }
    for path in sorted((root / "circularity").rglob("*.py")):
        code = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        code = "\n".join(line.split("#")[0] for line in code.splitlines())
        if "figures" in path.parts:
            continue  # positions in a drawing are no numbers of the method
        for number in numbers:
            assert not re.search(number, code), f"{path.name}: {number}"


def test_weights_goalposts_and_targets_belong_together(method: Method) -> None:
    targets = method.targets.set_index("target")
    nodes = [node for tree in method.score_trees.values() for node in tree]
    for node in nodes:
        if node.target_name:
            assert node.goalposts is not None
            assert node.goalposts[1] == pytest.approx(float(targets.at[node.target_name, "value"]))
            assert targets.at[node.target_name, "indicator"] == node.code
            assert targets.at[node.target_name, "source"] in method.sources
    assert {node.agreed for node in nodes} == {False}
    assert method.settings.agreement.weights == "not_yet_agreed"


def test_expressions_over_rows_are_formulas_too(method: Method) -> None:
    for quantity in method.quantities.values():
        for way in quantity.sums:
            assert isinstance(way.expression, Formula)
            assert way.expression.names or way.expression.text == "1"  # a count


def test_published_targets_are_stored_with_date_and_status(method: Method) -> None:
    """NPCE 2025: 55 % sustainable bio-based or secondary, 82 % of waste recycled, 15 % less than in 2016, in 2035."""
    targets = method.targets.set_index("target")
    assert float(targets.at["npce2025_substitute", "value"]) == 0.55
    assert float(targets.at["npce2025_keep", "value"]) == 0.82
    assert float(targets.at["npce2025_save", "value"]) == -0.15
    letter = targets[targets["source"] == "npce_2025"]
    assert set(letter["by_year"]) == {"2035"}
    assert set(letter["date"]) == {"2025-10-13"}
    assert set(targets["status"]) == {"unverified"}
    assert math.isclose(method.settings.verdict.shown, 0.95)
