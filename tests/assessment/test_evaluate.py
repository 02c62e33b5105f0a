"""Indicators whose quantities come from more than one table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circularity as ce
from circularity.ledger.fieldlab import load_fieldlab
from circularity.method.load import load_method
from tests.conftest import write_table

Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

DECLARED = """- id: mixed
  name: {{nl: Gemengd, en: Mixed}}
  meaning: {{nl: Voor een test., en: For a test.}}
  unit: "{unit}"
  direction: neutral
  bounds: [0, null]
  levels: [organisation, fieldlab]
  rollup: sum_then_divide
  missing_data: shown_as_unknown
  quantities:
    mass: {{table: flows, where: {{role: input, origin: recycled}}, sum: mass, unit: kg, name: {{nl: massa, en: mass}}}}
    other: {other}
  formula: {formula}
  source: {{key: actieplan_ce_2020, at: {{nl: test, en: test}}, status: unverified}}
  examples:
    - {{given: {{mass: 1, other: 1}}, expect: {expect}, from: "constructed: ones"}}
"""

CONTACTS = '{table: support, where: {line: line1}, sum: "1", unit: "1", name: {nl: contacten, en: contacts}}'
READING = "{table: measurements, where: {quantity: %s}, sum: value, unit: %s, name: {nl: meting, en: reading}}"


@pytest.fixture
def mixed(method_copy: Path, write_lab: Write) -> Callable[..., Any]:
    """A function that gives the figure of the fieldlab for one indicator declared over several tables."""

    def figure(declared: dict[str, str], tables: dict[str, list[dict[str, Any]]]) -> Any:
        text = DECLARED.format(**{"expect": "1", **declared})
        (method_copy / "indicators" / "mixed.yaml").write_text(text, encoding="utf-8")
        folder = write_lab(tables.pop("flows"))
        for name, rows in tables.items():
            write_table(folder / f"{name}.csv", rows)
        table = ce.assess(load_fieldlab(folder, load_method(method_copy)), draws=100).indicators
        return table[(table["level"] == "fieldlab") & (table["indicator"] == "mixed")].iloc[0]

    return figure


def test_what_is_unknown_in_any_of_the_tables_widens_the_interval(mixed: Any, make_flow: Flow) -> None:
    """One or two contacts over 30 to 60 kg: the ends are the four ways together."""
    found = mixed(
        {"unit": "1/kg", "other": CONTACTS, "formula": "other / mass"},
        {
            "flows": [make_flow(mass=30, origin="recycled"), make_flow(mass=30, origin="unknown")],
            "support": [
                {"period": 2020, "organisation": "factory", "line": line} for line in ("line1", "unknown", "line2")
            ],
        },
    )
    assert found["value"] == pytest.approx(1 / 30)
    assert (found["low"], found["high"]) == (pytest.approx(1 / 60), pytest.approx(2 / 30))
    assert found["coverage"] == pytest.approx(0.5)  # half of the mass, two thirds of the contacts


def test_a_measured_mass_and_the_mass_of_flows_are_in_the_same_unit(mixed: Any, make_flow: Flow) -> None:
    found = mixed(
        {"unit": "1", "other": READING % ("domestic_extraction", "kg"), "formula": "mass / other"},
        {
            "flows": [make_flow(mass=0.25, origin="recycled")],
            "measurements": [
                {
                    "entity": "test-lab",
                    "period": 2020,
                    "quantity": "domestic_extraction",
                    "value": 2,
                    "unit": "kg",
                    "vintage": "2025-11",
                }
            ],
        },
    )
    assert found["value"] == pytest.approx(0.125)


def test_a_party_that_lacks_one_of_two_readings_makes_their_sum_missing(mixed: Any, make_flow: Flow) -> None:
    energy = {"entity": "factory", "period": 2020, "unit": "MJ"}
    declared = {
        "unit": "MJ/kg",
        "other": READING % ("[energy_in, energy_out]", "MJ"),
        "formula": "other / mass",
    }
    flows = [make_flow(mass=10, origin="recycled")]
    rows = [{**energy, "quantity": "energy_in", "value": 5}, {**energy, "quantity": "energy_out", "value": 15}]
    assert mixed(declared, {"flows": flows, "measurements": rows})["value"] == 2
    one = mixed(declared, {"flows": flows, "measurements": rows[:1]})
    assert one["status"] == "missing"
    assert "Factory" in one["reason"]
