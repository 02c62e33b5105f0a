"""Rebuild the tables of this reference case from the published PV_ICE baselines.

    python data/pv-module-factory/derive.py SOURCE [OUT]

SOURCE is a folder with the baseline files of NREL/PV_ICE (BSD-3-Clause), OUT the folder to write to (this one by
default). The steps are those of PV_ICE; README.md beside this file says which, and what was left out.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

PERIODS = (2010, 2015, 2020)
IRRADIANCE = 1000.0  # W/m2, standard test conditions
MATERIALS = {
    "glass": "glass",
    "silicon": "silicon",
    "silver": "silver",
    "copper": "copper",
    "aluminium": "aluminium_frames",
    "encapsulant": "encapsulant",
    "backsheet": "backsheet",
}
# Regulation (EU) 2024/1252, annexes I and II, for the raw material that each is made from.
SUPPLY_RISK = {
    "glass": "not_critical",
    "silicon": "strategic",
    "silver": "not_critical",
    "copper": "strategic",
    "aluminium": "strategic",
    "encapsulant": "not_critical",
    "backsheet": "not_critical",
}
FACTORY, PRODUCT = "module_manufacture", "pv_module"

# fmt: off
KINDS = [  # result of `material_year`, from, to, role, origin, destination, what it is
    ("input_virgin", "market", FACTORY, "input", "nonrenewable", "", "material input less returned recyclate"),
    ("input_from_scrap", "market", FACTORY, "input", "recycled", "", "manufacturing scrap returned to manufacture"),
    ("input_from_end_of_life", "market", FACTORY, "input", "recycled", "", "retired modules returned to manufacture"),
    ("product", FACTORY, "market", "product", "", "", "new capacity and efficiency times g/m2"),
    ("scrap_recycled", FACTORY, "market", "residue", "", "recycling", "manufacturing scrap after recycling"),
    ("scrap_landfilled", FACTORY, "environment", "residue", "", "landfill", "manufacturing scrap not recycled"),
    ("end_of_life_recycled", FACTORY, "market", "end_of_life", "", "recycling", "retired modules after recycling"),
    ("end_of_life_landfilled", FACTORY, "environment", "end_of_life", "", "landfill", "retired modules not recycled"),
]
# fmt: on

# Pedigree scores: our judgement of the source, explained in README.md.
SCORES_MANUFACTURE = {
    "reliability": 2,
    "completeness": 2,
    "temporal": 1,
    "geographical": 1,
    "technological": 2,
}
SCORES_END_OF_LIFE = {
    "reliability": 4,
    "completeness": 3,
    "temporal": 3,
    "geographical": 3,
    "technological": 3,
}

Array = npt.NDArray[np.float64]


@dataclass
class Baseline:
    """Module and material baselines by year; shares as fractions, masses in g/m2, capacity in MW."""

    modules: pd.DataFrame
    materials: dict[str, pd.DataFrame]


def read_baseline(source: Path, modules: str = "baseline_modules_mass_World.csv") -> Baseline:
    """The baselines in the folder `source`; the second row of each file holds units."""
    return Baseline(
        read_file(source / modules),
        {name: read_file(source / f"baseline_material_mass_{stem}.csv") for name, stem in MATERIALS.items()},
    )


def read_file(path: Path) -> pd.DataFrame:
    """One baseline file by year, percentages turned into fractions."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        heading, units, *rows = list(csv.reader(stream))
    table = pd.DataFrame(rows, columns=heading).replace("", np.nan).astype(float)
    table = table.dropna(subset=["year"]).set_index(table["year"].dropna().astype(int)).drop(columns="year")
    for column, unit in zip(heading, units, strict=True):
        if unit == "%":
            table[column] /= 100
    return table


def weibull(t50: float, t90: float) -> tuple[float, float]:
    """Shape and scale of the Weibull distribution with these quantiles. [1, year]"""
    shape = np.log(np.log(10) / np.log(2)) / np.log(t90 / t50)
    return float(shape), float(t50 / np.log(2) ** (1 / shape))


def retired_by_then(age: Array, t50: float, t90: float) -> Array:
    """Part of a cohort that has retired at an age. [1]"""
    shape, scale = weibull(t50, t90)
    return np.asarray(1 - np.exp(-((np.maximum(age, 0) / scale) ** shape)))


def areas(modules: pd.DataFrame) -> pd.Series[float]:
    """Module area brought into use by year. [m2]"""
    return modules["new_Installed_Capacity_[MW]"] * 1e6 / (modules["mod_eff"] * IRRADIANCE)


def retired_areas(modules: pd.DataFrame, project_lifetime: bool = False) -> pd.DataFrame:
    """Area retired, by cohort (rows) and year (columns). [m2]

    With `project_lifetime` a cohort also retires as a whole at its project lifetime, as PV_ICE assumes.
    """
    area, years = areas(modules), modules.index.to_numpy()
    result = pd.DataFrame(0.0, index=years, columns=years)
    for cohort in years:
        row = modules.loc[cohort]
        age = (years - cohort).astype(float)
        gone = retired_by_then(age, row["mod_reliability_t50"], row["mod_reliability_t90"])
        if project_lifetime:
            gone = np.where(age >= row["mod_lifetime"], 1.0, gone)
        result.loc[cohort] = area[cohort] * np.diff(gone, prepend=0.0)
    return result


def unmodelled(modules: pd.DataFrame) -> list[str]:
    """Paths of PV_ICE that these steps leave out and that the baseline uses; must be empty."""
    paths = [
        "mod_Repair",
        "mod_MerchantTail",
        "mod_EOL_pg0_resell",
        "mod_EOL_pg2_stored",
        "mod_EOL_pg3_reMFG",
    ]
    paths += ["mod_EOL_pb2_stored", "mod_EOL_pb3_reMFG"]
    used = modules.loc[: max(PERIODS)]
    return [p for p in paths if (used[p] != 0).any()]


def material_year(baseline: Baseline, material: str, year: int, retired: pd.DataFrame) -> dict[str, float]:
    """The mass flows of one material in one year. [g]

    The end-of-life steps multiply: collected, sent to recycling, targeted, yielded.
    """
    modules, m = baseline.modules.loc[year], baseline.materials[material].loc[year]
    per_m2 = baseline.materials[material]["mat_massperm2"]
    product = float(areas(baseline.modules)[year] * m["mat_massperm2"])
    made = product / modules["mod_MFG_eff"] / m["mat_MFG_eff"]
    scrap = made - product
    scrap_recycled = scrap * m["mat_MFG_scrap_Recycled"] * m["mat_MFG_scrap_Recycling_eff"]
    scrap_back = scrap_recycled * m["mat_MFG_scrap_Recycled_into_HQ"] * m["mat_MFG_scrap_Recycled_into_HQ_Reused4MFG"]
    end_of_life = float((retired[year] * per_m2.reindex(retired.index)).sum())
    recycled = end_of_life * recycled_share_of_retired(modules, m)
    recycled_back = recycled * m["mat_EOL_Recycled_into_HQ"] * m["mat_EOL_RecycledHQ_Reused4MFG"]
    return {
        "product": product,
        "input": made,
        "input_from_scrap": scrap_back,
        "input_from_end_of_life": recycled_back,
        "input_virgin": made - scrap_back - recycled_back,
        "scrap": scrap,
        "scrap_recycled": scrap_recycled,
        "scrap_landfilled": scrap - scrap_recycled,
        "end_of_life": end_of_life,
        "end_of_life_recycled": recycled,
        "end_of_life_landfilled": end_of_life - recycled,
    }


def recycled_share_of_retired(modules: pd.Series[float], material: pd.Series[float]) -> float:
    """Part of the retired mass of a material that becomes recycled material."""
    return float(collected_for_recycling(modules, material) * material["mat_Recycling_yield"])


def collected_for_recycling(modules: pd.Series[float], material: pd.Series[float]) -> float:
    """Part of the retired mass of a material that enters its recycling process."""
    sent = modules["mod_EOL_collection_eff"] * modules["mod_EOL_pg4_recycled"]
    return float(sent * material["mat_PG4_Recycling_target"])


def flow_rows(baseline: Baseline) -> list[dict[str, object]]:
    """The rows of ``flows.csv``."""
    retired = retired_areas(baseline.modules)
    rows: list[dict[str, object]] = []
    for year in PERIODS:
        for material in MATERIALS:
            grams = material_year(baseline, material, year, retired)
            for key, giver, receiver, role, origin, destination, note in KINDS:
                if round(grams[key]) == 0:
                    continue
                rows.append(
                    {
                        "period": year,
                        "from": giver,
                        "to": receiver,
                        "role": role,
                        "product": PRODUCT,
                        "material": material,
                    }
                    | {"mass": f"{grams[key] / 1e6:.6f}", "unit": "t", "origin": origin, "destination": destination}
                    | {"supply_risk": SUPPLY_RISK[material] if role == "input" else ""}
                    | (SCORES_END_OF_LIFE if "end_of_life" in key else SCORES_MANUFACTURE)
                    | {"source": f"PV_ICE baseline, World; {note}"}
                )
    return rows


def product_rows(baseline: Baseline) -> list[dict[str, object]]:
    """The rows of ``products.csv``: one square metre of module, by material."""
    retired = retired_areas(baseline.modules)
    rows: list[dict[str, object]] = []
    for year in PERIODS:
        modules = baseline.modules.loc[year]
        flows = {m: material_year(baseline, m, year, retired) for m in MATERIALS}
        shipped = sum(f["product"] for f in flows.values()) / 1e6
        life = f"{modules['mod_reliability_t50']:g}"
        # The world average is the industry average, so the utility of the module is 1 by definition.
        rows.append(
            {"product": PRODUCT, "name": "PV-module, 1 m²", "organisation": FACTORY, "period": year}
            | {"lifetime": life, "industry_lifetime": life, "use_intensity": 1, "industry_use_intensity": 1}
            | {"normalising_factor": f"{shipped:.6f}", "uncertainty": 1}
            | {"source": "PV_ICE baseline, World; lifetime is t50; factor is the mass shipped in t"}
        )
        for material in MATERIALS:
            rows.append(part_row(baseline, material, year, flows[material], life))
    return rows


def part_row(baseline: Baseline, material: str, year: int, grams: dict[str, float], life: str) -> dict[str, object]:
    """The row of one material of the module."""
    modules, m = baseline.modules.loc[year], baseline.materials[material].loc[year]
    returned = grams["input_from_scrap"] + grams["input_from_end_of_life"]
    shares = {
        "mass": m["mat_massperm2"] / 1000,
        "recycled_share": returned / grams["input"],
        "recycling_rate": collected_for_recycling(modules, m),
        "recycling_efficiency": m["mat_Recycling_yield"],
        "recovery_potential": m["mat_PG4_Recycling_target"] * m["mat_Recycling_yield"],
        "actual_recovery": modules["mod_EOL_collection_eff"] * modules["mod_EOL_pg4_recycled"],
    }
    none = ("reused_share", "sustainable_share", "unsustainable_share", "reuse_rate", "composting_rate", "energy_rate")
    return (
        {"product": f"{PRODUCT}_{material}", "parent": PRODUCT, "organisation": FACTORY, "period": year}
        | {"material": material, "unit": "kg", "lifetime": life, "qualified_energy_rate": 0}
        | {k: f"{v:.9g}" for k, v in shares.items()}
        | dict.fromkeys(none, 0)
        | {"feedstock_efficiency": feedstock_efficiency(m, grams)}
        # One set of scores holds for the whole row, so the weakest of its numbers decides: those of end of life.
        | SCORES_END_OF_LIFE
        | {"source": "PV_ICE baseline, World; g/m2, shares and yields of the year"}
    )


def feedstock_efficiency(material: pd.Series[float], flows: dict[str, float]) -> str:
    """Efficiency of the processes that made the returned recyclate; empty when there is none."""
    scrap, old = flows["input_from_scrap"], flows["input_from_end_of_life"]
    if scrap + old == 0:
        return ""
    treated = (scrap / material["mat_MFG_scrap_Recycling_eff"] if scrap else 0) + (
        old / material["mat_Recycling_yield"] if old else 0
    )
    return f"{(scrap + old) / treated:.9g}"


def write(rows: list[dict[str, object]], path: Path) -> None:
    """Rows as CSV, columns in order of first appearance."""
    columns = list(dict.fromkeys(c for row in rows for c in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(source: Path, out: Path) -> None:
    """Write ``flows.csv`` and ``products.csv`` to `out`."""
    baseline = read_baseline(source)
    left_out = unmodelled(baseline.modules)
    if left_out:
        raise SystemExit(f"The baseline uses paths that this derivation does not model: {', '.join(left_out)}")
    write(flow_rows(baseline), out / "flows.csv")
    write(product_rows(baseline), out / "products.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)
