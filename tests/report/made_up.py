"""A circular city and a region that do not exist, with every headline indicator known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.conftest import DESCRIPTION, write_table

CITY_YEARS, REGION_YEARS = (2022, 2024), (2016, 2022, 2024)

# Totals of the region in each of its years. [kt]
TOTALS = {
    "raw_material_use": (100, 95, 90),
    "raw_material_use_2016": (100, 100, 100),
    "waste_to_recycling": (60, 66, 70),
    "waste_generated": (100, 98, 95),
    "dmi_renewable": (20, 25, 30),
    "dmi_secondary": (10, 12, 15),
    "dmi_mixed": (20, 20, 20),
    "dmi_without_fossil_energy": (150, 148, 140),
    "secondary_material_used": (10, 12, 15),
    "domestic_extraction": (50, 48, 45),
    "imports": (120, 120, 118),
    "imports_with_reexports": (125, 125, 120),
    "exports": (90, 90, 91),
    "domestic_material_consumption": (80, 78, 72),
}


def described(folder: Path, kind: str, names: str, periods: tuple[int, ...]) -> Path:
    """A folder with the description of a fieldlab of a kind."""
    folder.mkdir(parents=True)
    text = DESCRIPTION.format(id=folder.name, periods=list(periods)).replace("circular_factory", kind)
    text = text.replace("{nl: Testfabriek, en: Test factory}", names)
    (folder / "fieldlab.yaml").write_text(text, encoding="utf-8")
    return folder


def region(root: Path) -> Path:
    """A region that is known by its totals, and by the initiatives in it."""
    folder = described(root / "made-up-region", "region", "{nl: Verzonnen regio, en: Made-up region}", REGION_YEARS)
    write_table(
        folder / "organisations.csv",
        [{"organisation": "works", "name": "Works"}, {"organisation": "centre", "name": "Centre"}],
    )
    about = {"entity": folder.name, "unit": "kt", "uncertainty": 1.05, "vintage": "2025-11"}
    rows = [
        {**about, "period": period, "quantity": quantity, "value": value}
        for quantity, values in TOTALS.items()
        for period, value in zip(REGION_YEARS, values, strict=True)
    ]
    write_table(folder / "measurements.csv", rows)
    write_table(
        folder / "activities.csv",
        [
            {
                "activity": "repair",
                "name": "Repair centre",
                "organisation": "centre",
                "r_strategy": "R4",
                "start": 2018,
            },
            {"activity": "wood", "name": "Wood again", "organisation": "works", "r_strategy": "R8", "start": 2023},
        ],
    )
    return folder


def city(root: Path) -> Path:
    """A circular city of a builder and a hub of materials, with a house of two parts."""
    names = "{nl: Verzonnen Cirkelstad, en: Made-up circular city}"
    folder = described(root / "made-up-city", "circular_city", names, CITY_YEARS)
    write_table(
        folder / "organisations.csv",
        [{"organisation": "builder", "name": "Builder"}, {"organisation": "hub", "name": "Material hub"}],
    )
    flows: list[dict[str, Any]] = []
    for year, again in zip(CITY_YEARS, (200, 320), strict=True):
        for giver, taker, role, material, mass, origin, destination in (
            ("market", "builder", "input", "wood", 100, "sustainable", ""),
            ("market", "builder", "input", "concrete", 1000 - again, "nonrenewable", ""),
            ("market", "hub", "input", "concrete", again, "reused", ""),
            ("hub", "builder", "exchange", "concrete", again, "reused", "reuse"),
            ("builder", "market", "product", "concrete", 1000, "", ""),
            ("builder", "market", "residue", "concrete", 60, "", "recycling"),
            ("builder", "market", "residue", "wood", 40, "", "energy_recovery"),
        ):
            flows.append({
                "period": year, "from": giver, "to": taker, "role": role, "material": material, "mass": mass,
                "unit": "t", "origin": origin, "destination": destination, "uncertainty": 1.05,
            })  # fmt: skip
    write_table(folder / "flows.csv", flows)
    loose = {"connection": "dry", "accessibility": "free", "crossings": "none", "form_containment": "open"}
    write_table(
        folder / "products.csv",
        [
            {"product": "house", "parent": "", "name": "House"},
            {"product": "wall", "parent": "house", "material": "concrete", "mass": 700, "unit": "t", **loose},
            {"product": "floor", "parent": "house", "material": "wood", "mass": 250, "unit": "t", **loose},
        ],
    )
    readings = [("wall", "mki_a1", 4000, "EUR"), ("floor", "mki_a1", 1000, "EUR")]
    readings += [("house", "floor_area", 120, "m2"), ("house", "reference_period", 75, "year")]
    write_table(
        folder / "measurements.csv",
        [
            {"entity": entity, "period": year, "quantity": quantity, "value": value, "unit": unit, "uncertainty": 1.1}
            for year in CITY_YEARS
            for entity, quantity, value, unit in readings
        ],
    )
    return folder
