"""Earlier versions of the method: whole, loadable, and giving the numbers they gave."""

import shutil
from pathlib import Path

import pytest

import circularity as ce
from circularity.errors import UnknownMethod
from circularity.method.load import installed_versions, load_method

# The headline of the reference case as version 0.1.0 gave it when it was current: value, low, high.
GIVEN_BY_0_1_0 = {
    ("circular_input_share", 2010): (0.004310, 0.003967, 0.004683),
    ("circular_input_share", 2015): (0.003375, 0.003103, 0.003658),
    ("circular_input_share", 2020): (0.002990, 0.002770, 0.003256),
    ("available_output_share", 2010): (0.318600, 0.303955, 0.333326),
    ("available_output_share", 2015): (0.313655, 0.298614, 0.328431),
    ("available_output_share", 2020): (0.336380, 0.321151, 0.352869),
    ("material_circularity", 2010): (0.033224, 0.031108, 0.035331),
    ("material_circularity", 2015): (0.030947, 0.028711, 0.033009),
    ("material_circularity", 2020): (0.025809, 0.024099, 0.027780),
    ("mci", 2010): (0.110891, 0.108486, 0.113939),
    ("mci", 2015): (0.110277, 0.107998, 0.113376),
    ("mci", 2020): (0.110129, 0.107762, 0.113331),
    ("product_lifetime", 2010): (31, 31, 31),
    ("product_lifetime", 2015): (31, 31, 31),
    ("product_lifetime", 2020): (40, 40, 40),
}


def test_the_versions_stand_oldest_first_and_the_last_is_the_method_itself() -> None:
    versions = installed_versions()
    assert next(iter(versions)) == "0.1.0"
    assert list(versions)[-1] == load_method().version
    assert all(load_method(v).version == v for v in versions)


def test_a_version_that_never_was_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownMethod, match=r"0\.1\.0"):
        load_method("0.0.9")


def test_version_0_1_0_gives_its_old_numbers(root: Path) -> None:
    old = load_method("0.1.0")
    lab = ce.load_fieldlab(root / "data" / "pv-module-factory", old)
    table = ce.assess(lab, draws=1000, seed=1).headline().set_index(["indicator", "period"])
    assert set(table["method_version"]) == {"0.1.0"}
    assert set(table.index) == set(GIVEN_BY_0_1_0)
    for key, given in GIVEN_BY_0_1_0.items():
        assert tuple(table.loc[key, ["value", "low", "high"]]) == pytest.approx(given, rel=2e-4, abs=6e-7), key


def test_the_hash_of_a_method_does_not_move_with_the_versions_kept_beside_it(method_copy: Path) -> None:
    before = load_method(method_copy).digest
    shutil.rmtree(method_copy / "versions")
    assert load_method(method_copy).digest == before
