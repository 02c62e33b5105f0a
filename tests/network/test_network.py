"""Networks of exchange: balance, the cycling index, draws."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from circularity.errors import ComputeError
from circularity.network import balanced, cycling_index, make_network
from circularity.network.network import Network

# Cone Spring (Tilly 1968), kcal/m2/y: 1 plants, 2 bacteria, 3 detritus feeders, 4 carnivores, 5 detritus. Exports go to
# the market and respiration to the environment. Data and figures: enaR (Borrett & Lau 2014,
# doi:10.1111/2041-210X.12282).
CONE_SPRING = [
    ("market", "1", 11184), ("market", "5", 635),
    ("1", "5", 8881), ("5", "2", 5205), ("2", "3", 75), ("5", "3", 2309), ("3", "4", 370), ("2", "5", 1600),
    ("3", "5", 200), ("4", "5", 167),
    ("1", "market", 300), ("2", "market", 255), ("5", "market", 860),
    ("1", "environment", 2003), ("2", "environment", 3275), ("3", "environment", 1814), ("4", "environment", 203),
    ("5", "environment", 3109),
]  # fmt: skip
# Oyster reef (Dame & Patten 1981), kcal/m2/d; printed in the manual of enaR:
# index 0.1101686, cycled flow 9.208256, throughflow 83.5833.
OYSTER_REEF = [
    ("market", "1", 41.47),
    ("6", "2", 8.1721), ("2", "3", 1.206), ("6", "3", 7.2745), ("2", "4", 1.206), ("3", "4", 0.6609),
    ("6", "4", 0.6431), ("1", "5", 0.5135), ("4", "5", 0.1721), ("1", "6", 15.791), ("3", "6", 4.2403),
    ("4", "6", 1.9076), ("5", "6", 0.3262),
    ("1", "environment", 25.165), ("2", "environment", 5.76), ("3", "environment", 3.5794),
    ("4", "environment", 0.4303), ("5", "environment", 0.3594), ("6", "environment", 6.1759),
]  # fmt: skip

Rows = list[tuple[str, str, float]]


def network_of(rows: Rows, columns: int = 1, spread: float = 0.0, seed: int = 1) -> Network:
    """A network of these links; with further columns of lognormal draws around the masses."""
    giver, receiver, mass = zip(*rows, strict=True)
    drawn = np.random.default_rng(seed).lognormal(0, spread, (len(rows), columns))
    drawn[:, 0] = 1
    return make_network(giver, receiver, np.array(mass)[:, None] * drawn)


def code_of(rows: Rows, tolerance: float | None = None) -> str:
    """The code of the error that these links give."""
    try:
        network = network_of(rows)
        if tolerance is not None:
            network.check_balance(tolerance)
        cycling_index(network)
    except ComputeError as problem:
        return problem.code
    return ""


def test_the_index_of_the_cone_spring_is_the_published_one() -> None:
    network = network_of(CONE_SPRING)
    network.check_balance(1e-12)
    assert network.inflow.sum() == 30626
    assert cycling_index(network)[0] == pytest.approx(0.0919390, abs=5e-8)
    assert cycling_index(network)[0] * 30626 == pytest.approx(2815.723487, abs=5e-7)


def test_the_index_of_the_oyster_reef_has_every_printed_digit_and_needs_a_tolerance() -> None:
    network = network_of(OYSTER_REEF)
    network.check_balance(1e-4)
    assert network.inflow.sum() == pytest.approx(83.5833, abs=5e-5)
    assert cycling_index(network)[0] == pytest.approx(0.1101686, abs=5e-8)
    assert cycling_index(network)[0] * 83.5833 == pytest.approx(9.208256, abs=5e-7)
    with pytest.raises(ComputeError, match="NotBalanced") as caught:
        network.check_balance(1e-6)
    assert caught.value.details["found"] == "6"
    assert "6 receives 22.2651 and passes on 22.2656." in caught.value.text("en")


def test_large_sums_are_written_out_in_the_notation_of_the_language() -> None:
    with pytest.raises(ComputeError, match="NotBalanced") as caught:
        network_of([("market", "a", 1_200_500.0), ("a", "b", 1_000_000.0), ("b", "market", 1e6)]).check_balance(0.01)
    assert "a receives 1,200,500 and passes on 1,000,000." in caught.value.text("en")
    assert "a ontvangt 1.200.500 en geeft 1.000.000 door." in caught.value.text("nl")


def test_the_index_is_zero_without_a_cycle() -> None:
    assert cycling_index(network_of([("market", "a", 2), ("a", "b", 2), ("b", "environment", 2)]))[0] == 0


def test_two_nodes_that_pass_half_back_have_the_index_of_the_geometric_series() -> None:
    # a takes 1 from outside and gives 2 to b, which gives half back: both are passed twice by an average unit.
    rows = [("market", "a", 1.0), ("a", "b", 2.0), ("b", "a", 1.0), ("b", "market", 1.0)]
    assert cycling_index(network_of(rows))[0] == pytest.approx(0.5)


def test_neither_the_order_of_rows_nor_the_unit_nor_rows_of_one_pair_matter() -> None:
    expected = cycling_index(network_of(CONE_SPRING))[0]
    halves = [(a, b, m / 2) for a, b, m in CONE_SPRING] * 2
    for rows in (CONE_SPRING[::-1], [(a, b, m * 1000) for a, b, m in CONE_SPRING], halves):
        assert cycling_index(network_of(rows))[0] == pytest.approx(expected, rel=1e-12)


def test_what_passes_by_and_what_is_zero_changes_nothing() -> None:
    rows = [*CONE_SPRING, ("market", "environment", 5.0), ("4", "1", 0.0)]
    assert cycling_index(network_of(rows))[0] == cycling_index(network_of(CONE_SPRING))[0]


def test_a_node_split_in_two_in_series_is_passed_as_often_in_both_halves() -> None:
    # Node 5 becomes 5 and 5b: all that enters 5 goes to 5b and from there where 5 gave it.
    rows = [("5b" if a == "5" else a, b, m) for a, b, m in CONE_SPRING] + [("5", "5b", 11483.0)]
    whole, split = network_of(CONE_SPRING), network_of(rows)
    cycled = cycling_index(whole)[0] * 30626 + (1 - 1 / 1.206705) * 11483  # n_55 as published
    assert cycling_index(split)[0] == pytest.approx(cycled / (30626 + 11483), rel=1e-6)


def test_what_is_wrong_with_a_network_is_named() -> None:
    assert code_of([("a", "b", np.nan), ("b", "market", 1.0)]) == "NoMass"
    assert code_of([("a", "b", -1.0), ("b", "market", 1.0)]) == "NegativeLink"
    assert code_of([("a", "a", 1.0), ("a", "b", 1.0)]) == "SelfLoop"
    assert code_of([("market", "a", 1.0), ("a", "market", 1.0)]) == "NoNetwork"
    assert code_of([("a", "b", 1.0), ("b", "a", 1.0)]) == "ClosedLoop"
    assert code_of([("market", "a", 1.0), ("a", "b", 2.0), ("b", "market", 2.0)], tolerance=0.01) == "NotBalanced"


def test_draws_are_balanced_positive_and_near_what_was_drawn() -> None:
    drawn = network_of(CONE_SPRING, columns=201, spread=0.1)
    found = balanced(drawn)
    found.check_balance(1e-10)
    assert (found.mass > 0).all()
    assert np.array_equal(found.mass[:, 0], drawn.mass[:, 0])
    assert np.log(found.mass / drawn.mass).std() < np.log(drawn.mass[:, 1:]).std()
    index = cycling_index(found)
    assert index[1:].mean() == pytest.approx(index[0], rel=0.05)
    assert np.ptp(index[1:]) > 0


@given(st.floats(0.01, 1.5), st.integers(1, 1000))
@example(1.5, 692)
def test_draws_are_balanced_however_uncertain_the_masses_are(spread: float, seed: int) -> None:
    found = balanced(network_of(CONE_SPRING, columns=20, spread=spread, seed=seed))
    found.check_balance(1e-8)
    # The factor that a mass gets is above 0, but of a mass that varies widely beside the others it may be smaller than
    # the smallest number that a computer can hold; the mass is then 0.
    assert (found.mass >= 0).all()
    assert ((cycling_index(found) > 0) & (cycling_index(found) < 1)).all()


def test_a_mass_that_is_exact_stays_exact_in_every_draw() -> None:
    giver, receiver, mass = zip(*CONE_SPRING, strict=True)
    drawn = np.array(mass)[:, None] * np.random.default_rng(1).lognormal(0, 0.2, (len(mass), 50))
    drawn[:, 0] = mass
    exact = [i for i, (a, b, _) in enumerate(CONE_SPRING) if (a, b) in {("1", "5"), ("market", "1")}]
    drawn[exact] = np.array(mass)[exact, None]
    found = balanced(make_network(giver, receiver, drawn))
    found.check_balance(1e-10)
    place = {name: i for i, name in enumerate(found.nodes)} | {"market": -1}
    for i in exact:
        link = (found.giver == place[giver[i]]) & (found.receiver == place[receiver[i]])
        assert (found.mass[link] == mass[i]).all()


def test_masses_that_do_not_vary_are_left_alone() -> None:
    network = network_of(OYSTER_REEF, columns=5)
    assert balanced(network) is network


def test_the_least_certain_mass_moves_most() -> None:
    rows = [("market", "a", 10.0), ("a", "b", 10.0), ("b", "market", 10.0)]
    giver, receiver, _ = zip(*rows, strict=True)
    rng = np.random.default_rng(2)
    drawn = 10 * np.exp(np.array([0.01, 0.2, 0.2])[:, None] * rng.standard_normal((3, 400)))
    drawn[:, 0] = 10
    network = make_network(giver, receiver, drawn)
    moved = np.abs(np.log(balanced(network).mass / network.mass))[:, 1:].mean(axis=1)
    inward = (network.giver == -1).nonzero()[0][0]
    assert moved[inward] < 0.1 * np.delete(moved, inward).min()
