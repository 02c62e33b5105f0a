"""Synthetic fieldlabs of any size, for the benchmarks only."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from circularity.ledger.fieldlab import Fieldlab, load_fieldlab

ROOT = Path(__file__).resolve().parents[1]

DESCRIPTION = """id: synthetic
kind: circular_factory
nature: synthetic
name: {nl: Synthetisch, en: Synthetic}
about: {nl: Synthetische gegevens voor een snelheidsmeting., en: Synthetic data for a benchmark.}
periods: [2020]
sources: [{title: random numbers, by: the benchmarks, year: 2026, licence: CC0-1.0}]
licence: CC0-1.0
confidentiality: public
"""

COLUMNS = ["period", "from", "to", "role", "material", "mass", "unit", "origin", "destination", "uncertainty", "source"]
ORIGINS = ["nonrenewable", "sustainable", "unsustainable", "reused", "recycled"]
DESTINATIONS = ["reuse", "recycling", "biological", "energy_recovery", "landfill"]


@pytest.fixture
def synthetic(tmp_path: Path) -> Callable[[int, int], Fieldlab]:
    """A function that makes a fieldlab of so many flows and products."""

    def make(flows: int, products: int) -> Fieldlab:
        rng = np.random.default_rng(1)
        folder = tmp_path / f"synthetic-{flows}-{products}"
        folder.mkdir()
        (folder / "fieldlab.yaml").write_text(DESCRIPTION, encoding="utf-8")
        organisations = [f"firm{i}" for i in range(5)]
        (folder / "organisations.csv").write_text(
            "organisation,name\n" + "".join(f"{o},{o}\n" for o in organisations), encoding="utf-8"
        )
        with (folder / "products.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            shares = ["recycled_share", "reused_share", "sustainable_share", "unsustainable_share", "reuse_rate"]
            shares += ["recycling_rate", "composting_rate", "energy_rate", "qualified_energy_rate"]
            writer.writerow(
                ["product", "mass", "unit", *shares, "feedstock_efficiency", "recycling_efficiency", "uncertainty"]
            )
            for i in range(products):
                values = [round(float(v), 3) for v in rng.uniform(0, 0.2, len(shares) - 1)] + [0]
                writer.writerow([f"product{i}", round(float(rng.uniform(1, 9)), 3), "kg", *values, 0.8, 0.8, 1.1])
        with (folder / "flows.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for i in range(flows):
                firm = str(rng.choice(organisations))
                role = str(rng.choice(["input", "product", "residue", "end_of_life"]))
                ends = ("market", firm) if role == "input" else (firm, "market")
                origin = rng.choice(ORIGINS) if role == "input" else ""
                destination = rng.choice(DESTINATIONS) if role in ("residue", "end_of_life") else ""
                mass = round(float(rng.lognormal(5, 1)), 3)
                gsd = round(1 + float(rng.random()) * 0.3, 2)
                writer.writerow([2020, *ends, role, "glass", mass, "t", origin, destination, gsd, f"row {i}"])
        return load_fieldlab(folder)

    return make
