"""Draws: the same for the same seed, with the stated figure as their mean, and whole where they must be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from circularity.assessment import sampling
from circularity.assessment.sampling import compositions, lognormal, stream, summed
from circularity.assessment.values import quantiles


def test_a_stream_depends_on_its_name_alone() -> None:
    first = stream(1, "lab", 2020, "flows").standard_normal(5)
    stream(1, "lab", 2015, "flows").standard_normal(100)
    np.testing.assert_array_equal(stream(1, "lab", 2020, "flows").standard_normal(5), first)
    for other in ((2, "lab", 2020, "flows"), (1, "lab2", 2020, "flows"), (1, "lab", 2021, "flows")):
        assert not np.array_equal(stream(other[0], *other[1:]).standard_normal(5), first)


def test_the_bytes_of_a_stream_are_pinned() -> None:
    """A report of today must be replayable: another stream would change every interval."""
    assert stream(1, "lab", 2020).integers(0, 1000, 4).tolist() == [PINNED[i] for i in range(4)]


PINNED = np.random.Generator(
    np.random.PCG64(
        np.random.SeedSequence(
            1,
            spawn_key=tuple(
                int.from_bytes(__import__("hashlib").sha256(b"lab\x1f2020").digest()[i : i + 4], "little")
                for i in range(0, 16, 4)
            ),
        )
    )
).integers(0, 1000, 4)


def groups_of(lines: int) -> csr_array:
    return csr_array(np.array([[1] * lines, [i % 2 for i in range(lines)]]))


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    amounts, log_sd = np.linspace(1, 9, 40), np.full(40, 0.3)
    alone = summed(groups_of(40), amounts, log_sd, 1000, 1, "x")
    monkeypatch.setattr(sampling, "WORTH_THREADS", 0)
    np.testing.assert_array_equal(summed(groups_of(40), amounts, log_sd, 1000, 1, "x"), alone)


def test_the_first_draws_do_not_depend_on_how_many_follow() -> None:
    amounts, log_sd = np.ones(10), np.full(10, 0.3)
    few, many = (summed(groups_of(10), amounts, log_sd, n, 1, "x") for n in (200, 1500))
    np.testing.assert_array_equal(few, many[:, :201])  # the stated sums come first


def test_sums_agree_with_a_plain_matrix_product() -> None:
    amounts, log_sd = np.array([1.0, 5.0, 20.0]), np.array([0.1, 0.0, 0.5])
    groups = csr_array(np.eye(3, dtype=int))
    drawn = summed(groups, amounts, log_sd, 300, 1, "x")
    both = summed(csr_array(np.array([[1, 1, 0]])), amounts, log_sd, 300, 1, "x")
    np.testing.assert_allclose(both[0], drawn[0] + drawn[1], rtol=1e-12)
    np.testing.assert_array_equal(drawn[1], np.full(301, 5.0))


def test_the_mean_of_the_draws_is_the_stated_figure() -> None:
    """With the stated figures as medians, 500 flows of deviation 1.58 would come out 11 % too high."""
    amounts, log_sd = np.full(500, 2.0), np.full(500, np.log(1.58))
    total = summed(csr_array(np.ones((1, 500), dtype=int)), amounts, log_sd, 2000, 1, "x")[0, 1:]
    assert total.mean() == pytest.approx(1000, rel=2e-3)
    low, high = np.quantile(total, [0.05, 0.95])
    assert low < 1000 < high


def test_the_spread_is_that_of_the_geometric_standard_deviation() -> None:
    drawn = lognormal(np.array([10.0]), np.array([np.log(1.2)]), stream(1, "x"), 200_000)[0]
    assert np.exp(np.std(np.log(drawn))) == pytest.approx(1.2, rel=2e-3)
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert high / low == pytest.approx(1.2 ** (2 * 1.6448536), rel=5e-3)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=5),
    st.floats(0, 2),
)
def test_shares_and_their_remainder_sum_to_one_in_every_draw(parts: list[float], log_sd: float) -> None:
    shares = np.array([parts]) / max(1.0, sum(parts))
    drawn = compositions(shares, np.array([log_sd]), stream(1, "x"), 50)
    total = drawn.sum(axis=1)
    assert np.all(drawn >= 0)
    assert np.all(total <= 1 + 1e-12)
    if shares.sum() >= 1:
        np.testing.assert_allclose(total, 1)
    np.testing.assert_array_equal(drawn[shares == 0], 0)


def test_a_share_of_one_stays_one_and_an_unknown_share_stays_unknown() -> None:
    drawn = compositions(np.array([[1.0, 0.0], [np.nan, 0.5]]), np.full(2, 0.5), stream(1, "x"), 20)
    np.testing.assert_array_equal(drawn[0, 0], 1)
    assert np.isnan(drawn[1, 0]).all()
    assert np.isfinite(drawn[1, 1]).all()


def test_quantiles_are_those_of_numpy() -> None:
    draws = stream(1, "x").standard_normal((5, 1000))
    np.testing.assert_allclose(
        quantiles(draws, [0.05, 0.5, 0.95]), np.quantile(draws, [0.05, 0.5, 0.95], axis=1).T, rtol=1e-14
    )
    np.testing.assert_array_equal(quantiles(draws, [0.0, 1.0]), np.column_stack([draws.min(axis=1), draws.max(axis=1)]))


def test_a_draw_that_is_no_number_leaves_no_interval() -> None:
    draws = np.array([[1.0, 2.0, 3.0], [1.0, np.nan, 3.0]])
    assert np.isnan(quantiles(draws, [0.05])).tolist() == [[False], [True]]
