"""The earlier version of the method: whole, loadable, and giving the numbers it gave."""

import shutil
from pathlib import Path

import pytest

import circularity as ce
from circularity.method.load import installed_versions, load_method
from tests.faults import raises

EARLIER, DIGEST = "0.4.0", "9dc3e9e3bd9b090e"

# The headline of the reference case as version 0.4.0 gave it when it was current: value, low, high.
HEADLINE = {
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

# Figures of the last period, as it gave them when it was current: value, low, high.
FIGURES = {
    ("critical_input_mass", "fieldlab"): (1.006644e9, 9.551548e8, 1.061905e9),
    ("critical_input_share", "fieldlab"): (0.1559663, 0.1456635, 0.1671320),
    ("critical_linear_ratio", "fieldlab"): (0.1564341, 0.1461242, 0.1676461),
    ("recoverable_product_mass", "product"): (3.858798, 2.939360, 5.135469),
    ("recoverable_product_share", "product"): (0.3213393, 0.2671189, 0.3812964),
    ("waste_mass", "fieldlab"): (4.691443e8, 4.524477e8, 4.884840e8),
    ("diverted_waste_mass", "fieldlab"): (1.594183e8, 1.507120e8, 1.691031e8),
    ("disposed_waste_mass", "fieldlab"): (3.097260e8, 2.952960e8, 3.250487e8),
    ("non_recycled_waste_share", "fieldlab"): (0.6601935, 0.6435251, 0.6756266),
    ("mci_2015", "product"): (0.1101292, 0.1077625, 0.1133308),
    ("mci_madaster", "product"): (0.1101348, 0.1077670, 0.1133464),
}


def test_the_versions_are_listed_oldest_first_and_the_last_is_the_method_itself() -> None:
    versions = installed_versions()
    assert list(versions) == [EARLIER, load_method().version]
    assert all(load_method(v).version == v for v in versions)


def test_a_version_that_never_was_is_named_with_those_that_are() -> None:
    with raises("UnknownMethod", match=r"0\.4\.0"):
        load_method("0.0.9")


def test_the_earlier_version_gives_its_old_figures(root: Path) -> None:
    lab = ce.load_fieldlab(root / "data" / "pv-module-factory", load_method(EARLIER))
    result = ce.assess(lab, draws=1000, seed=1)
    table = result.headline().set_index(["indicator", "period"])
    assert set(table["method_version"]) == {EARLIER}
    assert set(table.index) == set(HEADLINE)
    for key, given in HEADLINE.items():
        assert tuple(table.loc[key, ["value", "low", "high"]]) == pytest.approx(given, rel=2e-4, abs=6e-7), key
    table = result.indicators
    table = table[table["period"] == 2020].set_index(["indicator", "level"])
    for (indicator, level), given in FIGURES.items():
        found = tuple(table.loc[(indicator, level), ["value", "low", "high"]])
        assert found == pytest.approx(given, rel=2e-4), (indicator, level)


def test_the_earlier_version_says_nothing_of_functions() -> None:
    assert load_method(EARLIER).functions == {}


def test_no_method_may_be_changed_after_it_was_archived() -> None:
    """Whoever uses an earlier version cites it by this hash.

    It moves only when the program needs a key that was not there before and that changes no figure.
    """
    assert load_method(EARLIER).digest.startswith(DIGEST)


def test_the_hash_of_a_method_does_not_move_with_the_versions_kept_beside_it(method_copy: Path) -> None:
    before = load_method(method_copy).digest
    earlier = method_copy / "versions" / "0.0.1"
    earlier.mkdir(parents=True)
    shutil.copy(method_copy / "method.yaml", earlier)
    assert load_method(method_copy).digest == before
