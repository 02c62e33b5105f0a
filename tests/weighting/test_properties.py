"""What must always hold, whoever answers what."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circularity.weighting.agreement import concordance, consensus_index, largest_distance, mean_spearman
from circularity.weighting.ahp import (
    completed,
    consistency_ratio,
    eigenvector,
    judgement_matrix,
    largest_deviation,
    row_geometric_mean,
)
from circularity.weighting.best_worst import best_worst, input_consistency, linear_weights, nonlinear_consistency
from circularity.weighting.point_allocation import budget_weights, rank_order_centroid, swing_weights
from circularity.weighting.pooling import equal_say, pooled_judgements, pooled_weights

ITEMS = "abcdef"
sizes = st.integers(2, 6)
judgements = st.sampled_from([1 / 9, 1 / 7, 1 / 5, 1 / 3, 1 / 2, 1, 2, 3, 4, 5, 7, 9])


@st.composite
def matrices(draw: st.DrawFn, fewest: int = 2) -> pd.DataFrame:
    items = ITEMS[: draw(st.integers(fewest, 6))]
    pairs = [(a, b) for i, a in enumerate(items) for b in items[i + 1 :]]
    return judgement_matrix({pair: draw(judgements) for pair in pairs}, items, 9)


@st.composite
def weight_tables(draw: st.DrawFn) -> pd.DataFrame:
    people, items = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    raw = draw(st.lists(st.lists(st.integers(1, 50), min_size=items, max_size=items), min_size=people, max_size=people))
    values = np.array(raw, dtype=float)
    index = [f"r{i}" for i in range(1, people + 1)]
    return pd.DataFrame(values / values.sum(axis=1, keepdims=True), index=index, columns=list(ITEMS[:items]))


@given(matrices(), st.randoms(use_true_random=False))
def test_the_order_of_items_changes_no_bit_of_weights(matrix: pd.DataFrame, random: object) -> None:
    order = list(matrix.index)
    random.shuffle(order)  # type: ignore[attr-defined]
    first, again = eigenvector(matrix), eigenvector(matrix.loc[order, order[::-1]])
    pd.testing.assert_series_equal(first.weights, again.weights, check_exact=True)
    assert first.largest == again.largest


@given(matrices())
def test_the_largest_eigenvalue_is_never_below_the_number_of_items(matrix: pd.DataFrame) -> None:
    found = eigenvector(matrix)
    assert found.largest >= len(matrix) - 1e-9
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights > 0).all()


@given(matrices())
def test_turning_every_judgement_round_turns_the_row_means_round(matrix: pd.DataFrame) -> None:
    back = 1 / row_geometric_mean(matrix.T)
    pd.testing.assert_series_equal(row_geometric_mean(matrix), back / back.sum())


@given(matrices().filter(lambda m: len(m) <= 3))
def test_up_to_three_items_the_row_means_are_the_eigenvector(matrix: pd.DataFrame) -> None:
    np.testing.assert_allclose(eigenvector(matrix).weights, row_geometric_mean(matrix), rtol=1e-9)


@given(st.lists(st.floats(0.5, 4.0), min_size=3, max_size=6))
def test_consistent_judgements_give_their_weights_back_and_a_ratio_of_zero(weights: list[float]) -> None:
    wanted = pd.Series(weights, index=list(ITEMS[: len(weights)]))
    pairs = {(a, b): wanted[a] / wanted[b] for a in wanted.index for b in wanted.index if a < b}
    found = eigenvector(judgement_matrix(pairs, wanted.index, 9))
    np.testing.assert_allclose(found.weights, wanted / wanted.sum(), rtol=1e-9)
    assert consistency_ratio(found.index, len(weights), dict.fromkeys(range(3, 7), 1.0)) == pytest.approx(0, abs=1e-9)


@given(matrices(fewest=3), st.data())
def test_the_comparison_that_fits_least_is_written_from_the_more_important_item(
    matrix: pd.DataFrame, data: st.DataObject
) -> None:
    found = largest_deviation(matrix, eigenvector(matrix).weights)
    assert found.given >= 1
    assert matrix.at[found.item, found.other] == found.given
    weights = eigenvector(matrix).weights
    far = np.abs(np.log(matrix.to_numpy() * weights.to_numpy()[None] / weights.to_numpy()[:, None])).max()
    assert abs(np.log(found.given / found.fits)) == pytest.approx(far)


@settings(max_examples=40)
@given(matrices(fewest=4), st.data())
def test_completing_never_makes_the_largest_eigenvalue_larger_and_is_flat_there(
    matrix: pd.DataFrame, data: st.DataObject
) -> None:
    items = list(matrix.index)
    # A chain keeps every item connected.
    loose = [(a, b) for i, a in enumerate(items) for b in items[i + 2 :]]
    gone = data.draw(st.lists(st.sampled_from(loose), min_size=1, max_size=len(loose), unique=True))
    holes = matrix.copy()
    for a, b in gone:
        holes.loc[a, b] = holes.loc[b, a] = np.nan
    full = completed(holes)
    assert eigenvector(full).largest <= eigenvector(matrix).largest + 1e-9
    a, b = gone[0]
    for factor in (0.99, 1.01):
        moved = full.copy()
        moved.loc[a, b], moved.loc[b, a] = full.at[a, b] * factor, full.at[b, a] / factor
        assert eigenvector(moved).largest >= eigenvector(full).largest - 1e-10
    kept = holes.notna()
    np.testing.assert_array_equal(full[kept], matrix[kept])


@given(matrices(fewest=3), st.lists(matrices(fewest=3), min_size=1, max_size=3))
def test_pooled_judgements_stay_reciprocal_and_one_voice_is_itself(
    first: pd.DataFrame, others: list[pd.DataFrame]
) -> None:
    people = {f"r{i}": m for i, m in enumerate([first, *others], 1) if len(m) == len(first)}
    say = pd.Series(1.0, index=list(people))
    values = pooled_judgements(people, say).to_numpy()
    np.testing.assert_allclose(values * values.T, 1, rtol=1e-12)
    alone = pooled_judgements({"r1": first}, pd.Series({"r1": 1.0}))
    np.testing.assert_allclose(alone, first, rtol=1e-12)


@given(st.lists(matrices(fewest=3), min_size=2, max_size=4))
def test_with_row_means_pooling_judgements_is_the_geometric_mean_of_weights(every: list[pd.DataFrame]) -> None:
    people = {f"r{i}": m for i, m in enumerate(every, 1) if len(m) == len(every[0])}
    say = pd.Series(np.arange(1.0, len(people) + 1), index=list(people))
    weights = pd.DataFrame({p: row_geometric_mean(m) for p, m in people.items()}).T
    np.testing.assert_allclose(
        row_geometric_mean(pooled_judgements(people, say)), pooled_weights(weights, say, "geometric"), rtol=1e-10
    )


@given(st.dictionaries(st.sampled_from([f"r{i}" for i in range(30)]), st.sampled_from("xyz"), min_size=3))
def test_every_group_has_the_same_say_whatever_its_size(group_of: dict[str, str]) -> None:
    groups = set(group_of.values())
    say = equal_say(group_of, groups)
    for group in groups:
        assert say[[p for p, g in group_of.items() if g == group]].sum() == pytest.approx(1 / len(groups))


@given(weight_tables(), st.integers(2, 5))
def test_sending_the_same_person_more_often_changes_nothing(weights: pd.DataFrame, times: int) -> None:
    group_of = {p: "x" if p == "r1" else "y" for p in weights.index}
    copies = {f"r1_{i}": "x" for i in range(times)}
    more = pd.concat([weights, pd.DataFrame([weights.loc["r1"]] * times, index=list(copies))])
    for mean in ("arithmetic", "geometric"):
        alone = pooled_weights(weights, equal_say(group_of, "xy"), mean)  # type: ignore[arg-type]
        together = pooled_weights(more, equal_say({**group_of, **copies}, "xy"), mean)  # type: ignore[arg-type]
        np.testing.assert_allclose(alone, together, rtol=1e-12)


@given(weight_tables(), st.randoms(use_true_random=False))
def test_the_order_of_people_and_items_changes_no_bit_of_agreement(weights: pd.DataFrame, random: object) -> None:
    rows, columns = list(weights.index), list(weights.columns)
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    other = weights.loc[rows, columns]
    for measure in (consensus_index, largest_distance, lambda w: concordance(w, 7, 99, 1)):
        assert repr(measure(weights)) == repr(measure(other))
    assert repr(mean_spearman(weights)) == repr(mean_spearman(other))


@given(weight_tables())
def test_measures_of_agreement_stay_within_their_bounds(weights: pd.DataFrame) -> None:
    assert -1e-12 <= consensus_index(weights) <= 1 + 1e-12
    assert consensus_index(weights, 9) <= 1 + 1e-12
    found = concordance(weights, 7, 99, 1)
    assert np.isnan(found.w) or -1e-12 <= found.w <= 1 + 1e-12
    assert np.isnan(found.w) or 0 < found.p_value <= 1
    far = largest_distance(weights)
    assert far is not None
    assert 0 <= far.value <= 1
    assert abs(far.of_first - far.of_second) <= far.value + 1e-12


@given(weight_tables())
def test_people_who_say_the_same_agree_wholly(weights: pd.DataFrame) -> None:
    same = pd.DataFrame([weights.iloc[0]] * 4, index=list("wxyz"))
    assert consensus_index(same) == pytest.approx(1)
    assert consensus_index(same, 9) == pytest.approx(1)
    far = largest_distance(same)
    assert far is not None
    assert far.value == 0
    w = concordance(same, 7, 99, 1).w
    assert np.isnan(w) if len(set(same.iloc[0])) == 1 else w == pytest.approx(1)


@given(weight_tables())
def test_the_mean_rank_correlation_follows_from_concordance_where_nobody_ties(weights: pd.DataFrame) -> None:
    ranks = weights.round(10).rank(axis=1)
    if any(len(set(row)) < len(row) for row in ranks.to_numpy()):
        return
    people = len(weights)
    expected = (people * concordance(weights, 7, 99, 1).w - 1) / (people - 1)
    assert mean_spearman(weights) == pytest.approx(expected, abs=1e-9)


@given(st.permutations(range(2, 7)), st.integers(2, 9), st.data())
def test_best_worst_weights_go_by_name_and_are_exact_when_judgements_are(
    order: list[int], ratio: int, data: st.DataObject
) -> None:
    items = [f"i{k}" for k in order]
    over = {item: data.draw(st.integers(1, ratio)) for item in items[2:]}
    under = {item: data.draw(st.integers(1, ratio)) for item in items[2:]}
    best, worst = items[0], items[1]
    judged = best_worst(best, worst, {**over, worst: ratio}, under, items, 9)
    again = best_worst(best, worst, {worst: ratio, **over}, dict(reversed(under.items())), sorted(items), 9)
    weights, x = linear_weights(judged)
    pd.testing.assert_series_equal(weights, linear_weights(again)[0], check_exact=True)
    assert weights.sum() == pytest.approx(1)
    assert x >= -1e-12
    consistent = all(over[i] * under[i] == ratio for i in over)
    assert (input_consistency(judged)[0] == 0) == (consistent or ratio == 1)
    if consistent:
        assert x == pytest.approx(0, abs=1e-10)
        assert weights[best] / weights[worst] == pytest.approx(ratio, rel=1e-7)
        assert nonlinear_consistency(judged) == (0, 0)


@given(st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 90), min_size=2), st.floats(0.1, 10))
def test_the_scale_of_points_does_not_matter(points: dict[str, int], factor: float) -> None:
    points = {**points, "z": 100}
    first = swing_weights(points, 100)
    again = swing_weights({k: v * factor for k, v in points.items()}, 100 * factor)
    np.testing.assert_allclose(first, again, rtol=1e-12)
    total = sum(points.values())
    np.testing.assert_allclose(budget_weights(points, total), first, rtol=1e-12)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=6))
def test_an_order_gives_weights_that_keep_it_and_sum_to_one(values: list[int]) -> None:
    points = pd.Series(values, index=list(ITEMS[: len(values)]), dtype=float)
    ranks = points.rank(method="min", ascending=False)
    weights = rank_order_centroid(ranks)
    assert weights.sum() == pytest.approx(1)
    for a in points.index:
        for b in points.index:
            assert np.sign(round(weights[a] - weights[b], 12)) == np.sign(points[a] - points[b])
    for way in ("dense", "average"):
        pd.testing.assert_series_equal(rank_order_centroid(points.rank(method=way, ascending=False)), weights)


def test_a_drawn_test_of_concordance_repeats_with_its_seed_and_comes_near_the_exact_one() -> None:
    """Three judges of three items in one order: 6 of the 216 sets of orders have W = 1, so p = 1/36."""
    weights = pd.DataFrame([[0.5, 0.3, 0.2]] * 3, index=list("xyz"), columns=list("abc"))
    found = concordance(weights, 7, 9999, 1)
    assert found == concordance(weights, 7, 9999, 1)
    assert found.p_from == "permutation"
    assert found.p_value == pytest.approx(1 / 36, abs=0.005)
