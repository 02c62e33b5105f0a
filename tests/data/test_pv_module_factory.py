"""The reference case: rebuilt from the published baselines, and the invariants that their README lists."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from circularity.ledger.balance import mass_balance
from circularity.ledger.fieldlab import Fieldlab


@pytest.fixture(scope="module")
def derive(root: Path) -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("derive", root / "data" / "pv-module-factory" / "derive.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["derive"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def source(shared: Path) -> Path:
    return shared / "data" / "product-pv-module"


def test_the_tables_are_rebuilt_to_the_byte(derive: ModuleType, source: Path, tmp_path: Path, root: Path) -> None:
    derive.main(source, tmp_path)
    for name in ("flows.csv", "products.csv"):
        assert (tmp_path / name).read_bytes() == (root / "data" / "pv-module-factory" / name).read_bytes(), name


def test_it_is_labelled_a_reference_case(pv: Fieldlab) -> None:
    assert pv.description.nature == "reference_case"
    assert "geen fieldlab van de regio" in pv.description.about.nl
    assert pv.periods == [2010, 2015, 2020]


def test_the_mass_balance_closes_in_every_period(pv: Fieldlab) -> None:
    assert set(mass_balance(pv)["status"]) == {"closed"}
    assert mass_balance(pv)["relative_gap"].abs().max() < 1e-9


class TestInvariants:
    """Checks (a) to (e) of the README of the data."""

    def test_a_without_collection_all_retired_mass_is_landfilled(self, derive: ModuleType, source: Path) -> None:
        modules = derive.read_file(source / "invariant_baseline_module_test.csv")
        material = derive.read_file(source / "invariant_baseline_material_test.csv")
        modules["mod_EOL_collection_eff"] = 0.0
        baseline = derive.Baseline(modules, {"glass": material})
        retired = derive.retired_areas(modules)
        for year in (2005, 2020, 2050):
            g = derive.material_year(baseline, "glass", year, retired)
            assert g["end_of_life_recycled"] == 0
            assert g["end_of_life_landfilled"] == pytest.approx(
                float((retired[year] * material["mat_massperm2"].reindex(retired.index)).sum())
            )

    def test_a_perfect_manufacture_without_recycling_needs_area_times_mass(
        self, derive: ModuleType, source: Path
    ) -> None:
        modules = derive.read_file(source / "invariant_baseline_module_test.csv")
        material = derive.read_file(source / "invariant_baseline_material_test.csv")
        modules["mod_MFG_eff"] = 1.0
        modules["mod_EOL_collection_eff"] = 0.0
        for column in ("mat_MFG_scrap_Recycled", "mat_PG4_Recycling_target"):
            material[column] = 0.0
        baseline = derive.Baseline(modules, {"glass": material})
        retired = derive.retired_areas(modules)
        for year in (1995, 2020):
            g = derive.material_year(baseline, "glass", year, retired)
            area = modules.at[year, "new_Installed_Capacity_[MW]"] * 1e6 / (modules.at[year, "mod_eff"] * 1000)
            assert g["input_virgin"] == pytest.approx(area * material.at[year, "mat_massperm2"])
            assert g["scrap"] == pytest.approx(0)

    @pytest.mark.parametrize("project_lifetime", [False, True])
    def test_b_installed_is_in_use_plus_retired_for_every_cohort(
        self, project_lifetime: bool, derive: ModuleType, source: Path
    ) -> None:
        modules = derive.read_baseline(source).modules
        retired = derive.retired_areas(modules, project_lifetime)
        installed = derive.areas(modules)
        gone = retired.cumsum(axis=1)
        for cohort in modules.index:
            row = modules.loc[cohort]
            age = (modules.index - cohort).to_numpy(dtype=float)
            left = installed[cohort] * (
                1 - derive.retired_by_then(age, row["mod_reliability_t50"], row["mod_reliability_t90"])
            )
            if project_lifetime:
                left = np.where(age >= row["mod_lifetime"], 0, left)
            np.testing.assert_allclose(
                gone.loc[cohort] + np.where(age >= 0, left, installed[cohort]), installed[cohort]
            )
        assert (retired.to_numpy() >= 0).all()

    def test_c_half_has_retired_at_t50_and_nine_tenths_at_t90(self, derive: ModuleType, source: Path) -> None:
        us = derive.read_file(source / "baseline_modules_mass_US.csv")
        assert us.loc[2020, ["mod_reliability_t50", "mod_reliability_t90"]].tolist() == [33, 38]
        found = derive.retired_by_then(np.array([0.0, 33.0, 38.0]), 33, 38)
        np.testing.assert_allclose(found, [0, 0.5, 0.9])

    def test_d_the_mass_of_a_square_metre_is_the_sum_of_its_materials(
        self, derive: ModuleType, source: Path, pv: Fieldlab
    ) -> None:
        baseline = derive.read_baseline(source)
        assert baseline.materials["glass"].at[2020, "mat_massperm2"] == 8975.5
        products = pv.tables["products"]
        for year in pv.periods:
            total = sum(m.at[year, "mat_massperm2"] for m in baseline.materials.values()) / 1000
            parts = products[(products["period"] == year) & (products["parent"] == "pv_module")]
            assert parts["mass"].sum() == pytest.approx(total)

    def test_e_the_shares_of_the_chain_multiply(self, derive: ModuleType, source: Path) -> None:
        """Glass 2020, US: 15 % x 40 % x 90 % x 40 % = 2.16 % recycled; of that 15 % x 8 % = 0.026 % goes back."""
        baseline = derive.read_baseline(source, "baseline_modules_mass_US.csv")
        glass = baseline.materials["glass"].loc[2020]
        share = derive.recycled_share_of_retired(baseline.modules.loc[2020], glass)
        assert share == pytest.approx(0.0216)
        back = share * glass["mat_EOL_Recycled_into_HQ"] * glass["mat_EOL_RecycledHQ_Reused4MFG"]
        assert back == pytest.approx(0.00026, abs=5e-6)


def test_a_baseline_with_paths_that_are_not_modelled_is_refused(
    derive: ModuleType, source: Path, tmp_path: Path
) -> None:
    assert derive.unmodelled(derive.read_baseline(source).modules) == []
    for path in source.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        if path.name == "baseline_modules_mass_World.csv":
            lines = text.splitlines()
            cells = lines[10].split(",")
            cells[8] = "5"
            lines[10] = ",".join(cells)
            text = "\n".join(lines)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match="mod_Repair"):
        derive.main(tmp_path, tmp_path)


def test_the_readme_says_what_the_project_lifetime_would_change(derive: ModuleType, source: Path, root: Path) -> None:
    modules = derive.read_baseline(source).modules
    plain, cut = (derive.retired_areas(modules, rule).sum() for rule in (False, True))
    text = (root / "data" / "pv-module-factory" / "README.md").read_text(encoding="utf-8")
    for year in (2010, 2015, 2020):
        assert f"{100 * (1 - cut[year] / plain[year]):.0f} % in {year}" in text


def test_the_share_of_retired_modules_in_the_output_is_about_one_percent(pv: Fieldlab) -> None:
    flows = pv.tables["flows"]
    for _, rows in flows.groupby("period"):
        mass = rows.groupby("role")["mass"].sum()
        assert mass["end_of_life"] / (mass["residue"] + mass["end_of_life"]) == pytest.approx(0.012, abs=0.004)


def test_no_file_of_the_source_is_in_the_repository(root: Path) -> None:
    assert not list((root / "data").rglob("baseline_*.csv"))
    assert isinstance(pd.read_csv(root / "data" / "pv-module-factory" / "flows.csv"), pd.DataFrame)
