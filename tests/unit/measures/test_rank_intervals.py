from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from townworks.errors import RequestError
from townworks.measures.arrays import FloatArray
from townworks.measures.composite import Tree, aggregate
from townworks.measures.rank_intervals import (
    Alternative,
    RankIntervals,
    drawn_weights,
    quantiles,
    rank_intervals,
)

NAN = float("nan")
TREE = Tree(np.array([4, 4, 5, 5, 6, 6, -1]), np.array([1.0, 2, 1, 3, 1, 1, 1]), 4)
VALUES = np.random.default_rng(3).uniform(1, 100, (12, 4))


def interval(values: FloatArray, *, seed: int = 1, draws: int = 400) -> RankIntervals:
    ways = [
        Alternative(values, "arithmetic", comparable=True),
        Alternative(values, "geometric", comparable=False),
    ]
    reference = aggregate(values, TREE)[:, -1]
    return rank_intervals(ways, TREE, reference, np.random.default_rng(seed), draws)


def plain_ranks(seed: int, draws: int) -> FloatArray:
    """Ranks (n_subjects, n_draws) of the arithmetic way, draw by draw without blocks."""
    weights = drawn_weights(TREE, np.random.default_rng(seed), draws)
    ranks = []
    for draw in range(draws):
        scores = aggregate(VALUES, Tree(TREE.parent, weights[:, draw], 4))[:, -1]
        ranks.append([1 + np.sum(scores > score + 1e-9) for score in scores])
    return np.array(ranks, dtype=np.float64).T


def test_blocks_give_what_a_plain_loop_gives() -> None:
    reference = aggregate(VALUES, TREE)[:, -1]
    way = Alternative(VALUES, "arithmetic", comparable=True)
    found = rank_intervals([way], TREE, reference, np.random.default_rng(5), 300)
    expected = np.quantile(plain_ranks(5, 300), [0.5, 0.05, 0.95], axis=1, method="inverted_cdf")
    np.testing.assert_array_equal([found.rank_median, found.rank_low, found.rank_high], expected)


def test_one_seed_one_result() -> None:
    one, same, other = interval(VALUES), interval(VALUES), interval(VALUES, seed=2)
    assert one.score_low.tobytes() == same.score_low.tobytes()
    assert one.shift.tobytes() == same.shift.tobytes() != other.shift.tobytes()


@given(st.integers(0, 2**32 - 1))
def test_who_is_better_everywhere_is_always_first(seed: int) -> None:
    values = np.vstack([VALUES, VALUES.max(0) + 1])
    found = interval(values, seed=seed, draws=60)
    assert (found.rank_low[-1], found.rank_high[-1], found.shift[-1]) == (1, 1, 0)


@given(arrays(np.float64, (5, 4), elements=st.floats(1, 100)))
def test_intervals_are_in_order(values: Any) -> None:
    found = interval(values, draws=40)
    assert (found.rank_low <= found.rank_median).all()
    assert (found.rank_median <= found.rank_high).all()
    assert (found.score_low <= found.score_high).all()
    assert found.mean_shift >= 0


def test_subjects_without_a_score_take_no_part() -> None:
    values = np.vstack([VALUES, np.full(4, 100.0)])
    reference = np.append(aggregate(VALUES, TREE)[:, -1], NAN)
    way = Alternative(values, "arithmetic", comparable=True)
    found = rank_intervals([way], TREE, reference, np.random.default_rng(1), 100)
    assert np.isnan([found.rank_low[-1], found.score_low[-1], found.shift[-1]]).all()
    assert found.rank_low[:-1].min() == 1


def test_a_draw_that_drops_the_only_known_indicator_does_not_count() -> None:
    values = VALUES.copy()
    values[0, 1:] = NAN
    values[0, 0] = 100.0
    found = interval(values)
    assert found.rank_high[0] == 1
    assert found.score_low[0] == found.score_high[0] == pytest.approx(100.0)


def test_scores_of_other_scales_stay_outside() -> None:
    ways = [
        Alternative(VALUES, "arithmetic", comparable=True),
        Alternative(VALUES / 2, "arithmetic", comparable=False),
    ]
    reference = aggregate(VALUES, TREE)[:, -1]
    both = rank_intervals(ways, TREE, reference, np.random.default_rng(1), 400)
    first = rank_intervals(ways[:1], TREE, reference, np.random.default_rng(1), 200)
    np.testing.assert_array_equal(both.score_low, first.score_low)
    np.testing.assert_array_equal(both.score_high, first.score_high)
    none = rank_intervals(ways[1:], TREE, reference, np.random.default_rng(1), 50)
    assert np.isnan(none.score_low).all()
    assert np.isfinite(none.rank_low).all()


def test_weights_move_by_a_quarter_and_at_most_one_is_dropped() -> None:
    found = drawn_weights(TREE, np.random.default_rng(1), 5_000)
    ratio = found / TREE.weight[:, None]
    dropped = ratio[:4] == 0
    assert (dropped.sum(0) <= 1).all()
    np.testing.assert_allclose(dropped.mean(1), 0.2, atol=0.02)
    kept = ratio[ratio > 0]
    assert 0.75 <= kept.min() < 0.76
    assert 1.24 < kept.max() <= 1.25


@given(arrays(np.float64, (3, 9), elements=st.floats(-9, 9)), st.floats(0.01, 1))
def test_quantiles_are_those_of_numpy(draws: Any, share: float) -> None:
    expected = np.quantile(draws, share, axis=1, method="inverted_cdf")
    np.testing.assert_array_equal(quantiles(draws, [share])[0], expected)


def test_quantiles_of_nothing() -> None:
    assert np.isnan(quantiles(np.full((2, 3), NAN), [0.5])[0]).all()
    assert np.isnan(quantiles(np.empty((2, 0)), [0.5])[0]).all()


@pytest.mark.parametrize("draws", [0, -1])
def test_no_draws_are_refused(draws: int) -> None:
    with pytest.raises(RequestError, match="draws of 2 ways"):
        interval(VALUES, draws=draws)
