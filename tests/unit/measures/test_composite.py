from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from townworks.errors import RequestError
from townworks.measures.arrays import FloatArray
from townworks.measures.composite import (
    Method,
    Tree,
    above_zero,
    aggregate,
    contributions,
    distance_to_target,
    effective_weights,
    falling_ranks,
    min_max,
    observed_goalposts,
    percentile_rank,
    realised_importance,
    z_score,
)

NAN = float("nan")
LEAVES = 5
PARENT = np.array([5, 5, 6, 6, 7, 7, 7, -1])
"""Two groups of two indicators, and a fifth right below the root."""
known = arrays(np.float64, (4, LEAVES), elements=st.floats(1, 100))
gappy = arrays(np.float64, (4, LEAVES), elements=st.floats(1, 100) | st.just(NAN))
weights = arrays(np.float64, len(PARENT), elements=st.floats(0.1, 9))
methods = st.sampled_from(["arithmetic", "geometric"])


def tree_of(weight: FloatArray) -> Tree:
    return Tree(PARENT, weight, LEAVES)


def by_hand(row: FloatArray, tree: Tree, node: int, method: Method) -> float:
    """Score of a node by recursion over plain numbers."""
    if node < tree.leaves:
        return float(row[node])
    below = [(by_hand(row, tree, c, method), tree.weight[c]) for c in tree.children(node)]
    below = [(value, weight) for value, weight in below if not np.isnan(value)]
    total = sum(weight for _, weight in below)
    if not below:
        return NAN
    if method == "arithmetic":
        return float(sum(v * w for v, w in below) / total)
    return float(np.prod([v ** (w / total) for v, w in below]))


@given(gappy, weights, methods)
def test_aggregate_is_the_mean_of_means(values: Any, weight: Any, method: Method) -> None:
    tree = tree_of(weight)
    found = aggregate(values, tree, method)
    for row, line in zip(values, found, strict=True):
        expected = [by_hand(row, tree, node, method) for node in range(len(PARENT))]
        np.testing.assert_allclose(line, expected, rtol=1e-9)


@given(gappy, weights, methods)
def test_contributions_sum_to_the_score(values: Any, weight: Any, method: Method) -> None:
    tree = tree_of(weight)
    scores = aggregate(values, tree, method)[:, -1]
    sums = contributions(values, tree, method).sum(1)
    np.testing.assert_allclose(sums, np.nan_to_num(scores), atol=1e-9)
    assert (contributions(values, tree, method)[np.isnan(values)] == 0).all()


@given(gappy, weights)
def test_effective_weights_of_each_level_add_up(values: Any, weight: Any) -> None:
    share = effective_weights(values, tree_of(weight))
    np.testing.assert_allclose(share[:, :LEAVES].sum(1), share[:, -1])
    np.testing.assert_allclose(share[:, 5], share[:, :2].sum(1))
    assert (share[:, -1] == np.isfinite(values).any(1)).all()


@given(known, weights, methods, st.permutations(range(4)), st.permutations(range(LEAVES)))
def test_order_of_subjects_and_indicators_is_nothing(
    values: Any, weight: Any, method: Method, rows: list[int], columns: list[int]
) -> None:
    found = aggregate(values, tree_of(weight), method)[:, -1]
    nodes = [*columns, 5, 6, 7]
    turned = Tree(PARENT[nodes], weight[nodes], LEAVES)
    other = aggregate(values[rows][:, columns], turned, method)[:, -1]
    np.testing.assert_allclose(other, found[rows], rtol=1e-12)


@given(gappy, weights, methods, st.integers(0, LEAVES - 1), st.floats(0.1, 50))
def test_a_better_value_never_lowers_a_score(
    values: Any, weight: Any, method: Method, leaf: int, more: float
) -> None:
    better = values.copy()
    better[:, leaf] += more
    before, after = (aggregate(v, tree_of(weight), method)[:, -1] for v in (values, better))
    assert (np.isnan(after) | (after >= before - 1e-9)).all()


@given(known, weights)
def test_geometric_never_exceeds_arithmetic(values: Any, weight: Any) -> None:
    tree = tree_of(weight)
    one, other = (aggregate(values, tree, m)[:, -1] for m in ("geometric", "arithmetic"))
    assert (one <= other + 1e-9).all()


def test_nothing_known_is_no_score() -> None:
    found = aggregate([[NAN] * LEAVES], tree_of(np.ones(8)))
    assert np.isnan(found).all()
    assert contributions([[NAN] * LEAVES], tree_of(np.ones(8))).tolist() == [[0] * LEAVES]


def test_geometric_contributions_of_the_worst_scores() -> None:
    found = contributions([[1.0] * LEAVES], tree_of(np.ones(8)), "geometric")
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("values", "method", "said"),
    [
        ([[0.0] * LEAVES], "geometric", "5 of 5 values are infinite or not above 0"),
        ([[np.inf] * LEAVES], "arithmetic", "5 of 5 values are infinite"),
        ([[1.0]], "arithmetic", r"shape \(1, 1\), the tree has 5 indicators"),
    ],
)
def test_values_that_cannot_be_aggregated(values: Any, method: Method, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        aggregate(values, tree_of(np.ones(8)), method)


def test_geometric_contributions_need_a_scale_from_one() -> None:
    with pytest.raises(RequestError, match="below 1"):
        contributions([[0.5] * LEAVES], tree_of(np.ones(8)), "geometric")


@pytest.mark.parametrize(
    ("parent", "weight", "said"),
    [
        ([2, 2, -1], [1.0, 1.0], "one weight per node"),
        ([-1, 2, -1], [1.0, 1.0, 1.0], "exactly one root"),
        ([1, 2, -1], [1.0, 1.0, 1.0], "A parent in the tree is an indicator"),
        ([3, 4, -1, 4, 3], [1.0, 1.0, 1.0, 1.0, 1.0], "cycle"),
        ([2, 2, -1], [1.0, -1.0, 1.0], "negative"),
        ([2, 2, -1], [1.0, NAN, 1.0], "not finite"),
    ],
)
def test_trees_that_are_none(parent: list[int], weight: list[float], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        Tree(np.array(parent), np.array(weight), 2)


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.floats(0.01, 1e3))
def test_min_max_stays_within_its_goalposts(value: float, low: float, width: float) -> None:
    up, down = (float(min_max([[value]], low, low + width, d)[0, 0]) for d in (1, -1))
    assert 0 <= up <= 100
    assert up + down == pytest.approx(100)


def test_min_max_does_not_look_at_the_others() -> None:
    alone, among = min_max([[5.0]], 0, 10), min_max([[5.0], [9.0], [NAN]], 0, 10)
    assert alone[0, 0] == among[0, 0] == 50
    assert np.isnan(among[2, 0])
    with pytest.raises(RequestError, match="low goalpost is not below"):
        min_max([[5.0]], 10, 10)


def test_observed_goalposts_need_two_values() -> None:
    with pytest.raises(RequestError, match="2 columns have fewer than two different values"):
        observed_goalposts([[1.0, 2.0, NAN], [3.0, 2.0, NAN]])


def test_distance_to_target_is_proportional_up_to_its_cap() -> None:
    values = [-10.0, 0.0, 5.0, 30.0, NAN]
    found = distance_to_target(values, 10.0, np.inf)
    np.testing.assert_allclose(found, [-100, 0, 50, 300, NAN])
    np.testing.assert_allclose(distance_to_target(values, 10.0, 120.0)[3], 120)
    with pytest.raises(RequestError, match="benchmark is not above 0"):
        distance_to_target(values, 0.0, np.inf)


def test_z_score_agrees_with_scipy() -> None:
    values = np.random.default_rng(1).normal(size=(9, 3))
    np.testing.assert_allclose(z_score(values), stats.zscore(values, ddof=1))
    flat = z_score([[3.0, NAN], [3.0, 1.0], [NAN, NAN]])
    np.testing.assert_allclose(flat, np.array([[0, NAN], [0, 0], [NAN, NAN]]))


def test_percentile_ranks_of_ties_gaps_and_one_alone() -> None:
    found = percentile_rank([[1.0, NAN, 7.0], [1.0, 4.0, 8.0], [NAN, NAN, 9.0]], [1, 1, -1])
    expected = np.array([[50, NAN, 100], [50, 50, 50], [NAN, NAN, 0]])
    np.testing.assert_allclose(found, expected)
    assert np.isnan(percentile_rank([[NAN], [NAN]])).all()


def test_above_zero_leaves_the_top_where_it_is() -> None:
    np.testing.assert_allclose(above_zero([[-3, 0, 50, 100, NAN]]), [[1, 1, 50.5, 100, NAN]])


def test_realised_importance_is_the_squared_correlation() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(30, 2))
    scores = 3 * values[:, 0] + values[:, 1]
    expected = [np.corrcoef(values[:, k], scores)[0, 1] ** 2 for k in (0, 1)]
    np.testing.assert_allclose(realised_importance(values, scores), expected)
    few = np.where(np.arange(30)[:, None] < 2, values, NAN)
    assert np.isnan(realised_importance(few, scores)).all()
    assert np.isnan(realised_importance(np.ones((30, 1)), scores)).all()


def test_ranks_share_the_better_place_and_forget_the_last_bits() -> None:
    found = falling_ranks(np.array([0.1 + 0.2, 0.3, 0.2, NAN]))
    np.testing.assert_array_equal(found, [1, 1, 3, NAN])
