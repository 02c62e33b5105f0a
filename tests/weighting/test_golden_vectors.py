"""Published numbers of every way to ask for weights and every measure of agreement.

G1 to G8 are golden vectors of decision 0026: printed in a publication where that is said, else from peer software or an
exact computation of our own.
"""

import numpy as np
import pandas as pd
import pytest

from circularity.method.load import Method
from circularity.weighting.agreement import concordance, consensus_index, largest_distance, mean_spearman, overlap
from circularity.weighting.ahp import (
    completed,
    consistency_ratio,
    eigenvector,
    geometric_index,
    judgement_matrix,
    row_geometric_mean,
)
from circularity.weighting.best_worst import (
    best_worst,
    consistency_limit,
    input_consistency,
    linear_weights,
    nonlinear_consistency,
)
from circularity.weighting.point_allocation import budget_weights, rank_order_centroid, smart_weights, swing_weights
from circularity.weighting.pooling import pooled_judgements, pooled_weights

# G1: consumption of drinks, Saaty (2008), "Decision making with the analytic hierarchy process", Int. J. Services
# Sciences 1(1), table 2; also in the tests of AHPy.
DRINKS = {
    ("coffee", "wine"): 9, ("coffee", "tea"): 5, ("coffee", "beer"): 2, ("coffee", "soda"): 1, ("coffee", "milk"): 1,
    ("water", "coffee"): 2, ("water", "wine"): 9, ("water", "tea"): 9, ("water", "beer"): 3, ("water", "soda"): 2,
    ("water", "milk"): 3, ("tea", "wine"): 3, ("beer", "wine"): 9, ("beer", "tea"): 3, ("beer", "milk"): 1,
    ("soda", "wine"): 9, ("soda", "tea"): 4, ("soda", "beer"): 2, ("soda", "milk"): 2, ("milk", "wine"): 9,
    ("milk", "tea"): 3,
}  # fmt: skip
PRINTED = {"coffee": 0.177, "wine": 0.019, "tea": 0.042, "beer": 0.116, "soda": 0.190, "milk": 0.129, "water": 0.327}
# G2: three people, our own computation.
THREE = [(3, 5, 2), (0.5, 2, 4), (4, 6, 3)]
# G6: Zar (1999), Biostatistical Analysis, example 20.5: wing, tail and bill length of twelve birds.
BIRDS = [
    [10.4, 10.8, 11.1, 10.2, 10.3, 10.2, 10.7, 10.5, 10.8, 11.2, 10.6, 11.4],
    [7.4, 7.6, 7.9, 7.2, 7.4, 7.1, 7.4, 7.2, 7.8, 7.7, 7.8, 8.3],
    [17, 17, 20, 14.5, 15.5, 13, 19.5, 16, 21, 20, 18, 22],
]


def three() -> dict[str, pd.DataFrame]:
    items = ["a", "b", "c"]
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    return {f"r{i}": judgement_matrix(dict(zip(pairs, v, strict=True)), items, 9) for i, v in enumerate(THREE, 1)}


def weights_of(matrices: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.DataFrame({person: eigenvector(matrix).weights for person, matrix in matrices.items()}).T


def test_g1_the_drinks_of_saaty_have_their_printed_weights_and_ratio(method: Method) -> None:
    assert method.consensus is not None
    found = eigenvector(judgement_matrix(DRINKS, PRINTED, 9))
    assert found.weights.round(3).to_dict() == PRINTED
    digits = [0.1774567474, 0.0191494760, 0.0418311817, 0.1164170317, 0.1895723753, 0.1287805485, 0.3267926393]
    assert found.weights[list(PRINTED)].to_numpy() == pytest.approx(digits, abs=5e-11)
    # The note on the golden vectors has 7.1766290793, which its own index contradicts.
    assert (found.largest, found.index) == pytest.approx((7.1766290393, 0.0294381732), abs=5e-11)
    tables = method.consensus.random_indices
    assert consistency_ratio(found.index, 7, tables["saaty_2005"]) == pytest.approx(0.0218060542, abs=5e-11)
    assert consistency_ratio(found.index, 7, tables["saaty_1980"]) == pytest.approx(0.0223016464, abs=5e-11)
    assert consistency_ratio(found.index, 7, method.consensus.random_index) == pytest.approx(0.022, abs=5e-4)


def test_g1b_a_missing_comparison_is_completed_as_bozoki_fulop_and_ronyai_do() -> None:
    """Example of the 2010 paper in the tests of AHPy, whose search ends some 1e-6 from the minimum."""
    given = {("a", "b"): 1, ("a", "c"): 5, ("a", "d"): 2, ("b", "c"): 3, ("b", "d"): 4}
    matrix = completed(judgement_matrix(given, "abcd", 9))
    assert matrix.at["c", "d"] == pytest.approx(0.730297106886979, rel=2e-6)
    assert matrix.at["c", "d"] == pytest.approx((8 / 15) ** 0.5, rel=1e-8)
    assert eigenvector(matrix).weights.round(4).to_dict() == {"a": 0.3738, "b": 0.3920, "c": 0.0985, "d": 0.1357}


def test_g2_three_people_and_their_pooled_judgements(method: Method) -> None:
    assert method.consensus is not None
    tables, people = method.consensus.random_indices, three()
    found = {person: eigenvector(matrix) for person, matrix in people.items()}
    assert found["r1"].weights.to_numpy() == pytest.approx([0.6483290138, 0.2296507941, 0.1220201921], abs=5e-11)
    assert found["r1"].largest == pytest.approx(3.0036945981, abs=5e-11)
    assert consistency_ratio(found["r1"].index, 3, tables["saaty_1980"]) == pytest.approx(0.0031849983, abs=5e-11)
    assert consistency_ratio(found["r1"].index, 3, tables["saaty_2005"]) == pytest.approx(0.0035524981, abs=5e-11)
    assert found["r2"].weights.to_numpy() == pytest.approx([2 / 7, 4 / 7, 1 / 7], rel=1e-12)
    assert consistency_ratio(found["r2"].index, 3, tables["saaty_1980"]) == pytest.approx(0, abs=1e-12)
    assert found["r3"].weights.to_numpy() == pytest.approx([0.6909590916, 0.2176384760, 0.0914024324], abs=5e-11)
    assert consistency_ratio(found["r3"].index, 3, tables["saaty_1980"]) == pytest.approx(0.0462254964, abs=5e-11)
    say = pd.Series(1 / 3, index=list(people))
    pooled = eigenvector(pooled_judgements(people, say))
    digits = [0.5439800190, 0.3299475374, 0.1260724437]
    assert pooled.weights.to_numpy() == pytest.approx(digits, abs=5e-11)
    assert pooled.largest == pytest.approx(3.0094697538, abs=5e-11)
    assert consistency_ratio(pooled.index, 3, tables["saaty_1980"]) == pytest.approx(0.0081635809, abs=5e-11)
    weights = weights_of(people)
    assert pooled_weights(weights, say, "geometric").to_numpy() == pytest.approx(digits, abs=5e-11)
    arithmetic = [0.5416674637, 0.3395726138, 0.1187599225]
    assert pooled_weights(weights, say).to_numpy() == pytest.approx(arithmetic, abs=5e-11)


def test_g3_people_who_each_call_another_item_extreme_have_no_consensus() -> None:
    """Goepel (2018): S* is 0 at the largest difference that the scale allows."""
    weights = pd.DataFrame(np.full((4, 4), 1 / 12) + np.eye(4) * 8 / 12, index=list("wxyz"), columns=list("abcd"))
    found = overlap(weights)
    assert (found.alpha, found.gamma) == pytest.approx((0.8369882168, 1.3862943611), abs=5e-11)
    assert np.exp(found.beta) == pytest.approx(1.7320508076, abs=5e-11)
    assert consensus_index(weights) == pytest.approx(0.4364670256, abs=5e-11)
    assert consensus_index(weights, scale=9) == pytest.approx(0, abs=1e-14)


def test_g4_the_consensus_of_the_three_people_of_g2() -> None:
    weights = weights_of(three())
    found = overlap(weights)
    digits = (0.8790623173, 0.9518952628, 0.0728329455)
    assert (found.alpha, found.gamma, found.beta) == pytest.approx(digits, abs=5e-11)
    assert consensus_index(weights) == pytest.approx(0.8946342056, abs=5e-11)
    assert consensus_index(weights, scale=9) == pytest.approx(0.8210466848, abs=5e-11)


def test_g5_weights_that_overlap_much_can_be_ordered_in_three_ways() -> None:
    weights = pd.DataFrame(
        [[0.5, 0.3, 0.2], [0.3, 0.4, 0.3], [0.2, 0.3, 0.5]], index=["firms", "science", "state"], columns=list("abc")
    )
    assert overlap(weights).beta == pytest.approx(0.0492102875, abs=5e-11)
    assert consensus_index(weights) == pytest.approx(0.9279713784, abs=5e-11)
    assert consensus_index(weights, scale=9) == pytest.approx(0.8776665550, abs=5e-11)
    found = concordance(weights, fewest_for_chi2=7, permutations=999, seed=1)
    assert found.w == pytest.approx(0.0909091, abs=5e-8)
    far = largest_distance(weights)
    assert far is not None
    assert (far.first, far.second, far.item) == ("firms", "state", "a")
    assert (far.value, far.of_first, far.of_second) == pytest.approx((0.3, 0.5, 0.2))


def test_g6_the_birds_of_zar_have_the_concordance_that_r_gives() -> None:
    birds = [f"bird_{i:02}" for i in range(12)]
    weights = pd.DataFrame(BIRDS, index=["wing", "tail", "bill"], columns=birds)
    sums = weights.rank(axis=1).sum()
    assert sums.to_list() == [14.5, 21, 30.5, 6, 11, 3.5, 20, 11.5, 29, 28.5, 22.5, 36]
    found = concordance(weights, fewest_for_chi2=7, permutations=999, seed=1)
    assert found.w == pytest.approx(0.924135220126, abs=5e-13)
    assert (found.chi2, found.freedom) == (pytest.approx(30.4964622642, abs=5e-11), 11)
    assert found.p_value == pytest.approx(0.00132355, abs=5e-9)
    assert found.p_from == "chi2"
    assert mean_spearman(weights) == pytest.approx((3 * 0.9241 - 1) / 2, abs=2e-3)  # exact without ties only


def test_g7_three_items_best_worst() -> None:
    """Rezaei (2015), Omega 53, example; closed form of our own: x* = 4 - sqrt(14), linear x = 1/28."""
    given = best_worst("c", "a", {"a": 8, "b": 2}, {"b": 5, "c": 8}, "abc", 9)
    weights, x = linear_weights(given)
    assert x == pytest.approx(1 / 28, rel=1e-10)
    assert weights.to_dict() == pytest.approx({"a": 0.0714285714, "b": 0.3214285714, "c": 0.6071428571}, abs=5e-11)
    assert input_consistency(given) == (pytest.approx(0.0357142857, abs=5e-11), "b")
    star, ratio = nonlinear_consistency(given)
    assert star == pytest.approx(4 - 14**0.5, abs=1e-14)
    assert ratio == pytest.approx(0.058, abs=5e-4)


def test_g8_the_car_of_rezaei_has_the_exact_optimum_of_the_linear_program(method: Method) -> None:
    """Inputs of Rezaei (2016), Omega 64; exact linear program of our own, uniqueness checked."""
    assert method.consensus is not None
    best = {"quality": 2, "price": 1, "comfort": 4, "safety": 3, "style": 8}
    worst = {"quality": 4, "price": 8, "comfort": 2, "safety": 3, "style": 1}
    given = best_worst("price", "style", best, worst, best, 9)
    weights, x = linear_weights(given)
    exact = {"quality": 14 / 61, "price": 82 / 183, "comfort": 7 / 61, "safety": 28 / 183, "style": 10 / 183}
    assert weights.to_dict() == pytest.approx(exact, rel=1e-10)
    assert x == pytest.approx(2 / 183, rel=1e-9)
    assert input_consistency(given)[0] == pytest.approx(0.0178571429, abs=5e-11)
    assert consistency_limit(given, method.consensus.thresholds) == 0.2958


def test_rank_order_centroids_are_those_of_barron_and_barrett() -> None:
    """Barron and Barrett (1996), table of weights for three and four attributes."""
    three_items = rank_order_centroid({"a": 1, "b": 2, "c": 3})
    assert three_items.round(6).to_list() == [0.611111, 0.277778, 0.111111]
    four = rank_order_centroid({"d": 4, "c": 3, "b": 2, "a": 1})
    assert four.round(6).to_list() == [0.520833, 0.270833, 0.145833, 0.0625]


def test_points_become_shares() -> None:
    assert swing_weights({"a": 100, "b": 60, "c": 40}, 100).to_list() == [0.5, 0.3, 0.2]
    assert smart_weights({"a": 50, "b": 40, "c": 10}, 10).to_list() == [0.5, 0.4, 0.1]
    assert budget_weights({"a": 50, "b": 30, "c": 20}, 100).to_list() == [0.5, 0.3, 0.2]


def test_the_geometric_index_is_the_mean_square_of_what_does_not_fit() -> None:
    """For three items with one comparison off by a factor e, GCI is 1/3 (Aguarón and Moreno-Jiménez 2003)."""
    matrix = judgement_matrix({("a", "b"): 1, ("b", "c"): 1, ("a", "c"): np.e}, "abc", 9)
    assert geometric_index(matrix, row_geometric_mean(matrix)) == pytest.approx(1 / 3, rel=1e-12)
