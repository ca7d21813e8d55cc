"""Completeness: closed forms, brute force of the permutation, submodularity of the greedy."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.measures import coverage
from townworks.measures.coverage import Roster, completeness


def test_completeness_saturates_and_weighs() -> None:
    counts = np.array([[0, 9], [1, 1], [2, 2]])
    found = completeness(counts, np.array([2, 4]), np.array([[3.0, 1.0], [1.0, 1.0]]))
    assert found.tolist() == [[0.25, 0.5], [0.4375, 0.375], [0.875, 0.75]]


def test_without_weights_it_is_not_known() -> None:
    assert np.isnan(completeness(np.array([1]), np.array([1]), np.array([0.0])))


def test_chance_is_what_all_dealings_give() -> None:
    place = np.array([0, 0, 0, 1, 1, -1])
    members = np.array([0, 1, 3, 5])
    stages = np.array([0, 1, 0, 0])
    roster = Roster(members, stages, place, 2, 2)
    needed, weights = np.array([2, 1]), np.array([[0.6, 0.4]])
    seen = completeness(roster.observed(), needed, weights)[:, 0]
    every = np.array(
        [
            completeness(roster.count(np.array(dealt)), needed, weights)[:, 0]
            for dealt in set(permutations(place.tolist()))
        ]
    )
    found = coverage.by_chance(
        roster,
        np.eye(2),
        [(slice(0, 2), needed, weights)],
        4_000,
        np.random.default_rng(7),
    )[0]
    assert found.expected[:, 0] == pytest.approx(every.mean(axis=0), abs=0.02)
    assert found.p_value[:, 0] == pytest.approx((every >= seen - 1e-9).mean(axis=0), abs=0.03)


def test_a_random_registry_shows_no_excess() -> None:
    rng = np.random.default_rng(1)
    n, places = 4_000, 20
    roster = Roster(np.arange(600), rng.integers(0, 5, 600), rng.integers(0, places, n), places, 5)
    asked = [(slice(0, 5), np.full(5, 12), np.full((1, 5), 0.2))]
    found = coverage.by_chance(roster, np.eye(places), asked, 199, rng)[0]
    seen = completeness(roster.observed(), *asked[0][1:])
    assert abs((seen - found.expected).mean()) < 0.02
    assert 0.02 < (found.p_value < 0.25).mean() < 0.55


def test_the_interval_holds_the_value_of_well_filled_stages() -> None:
    counts = np.array([[40, 3, 0]])
    low, high = coverage.sampling_interval(
        counts, np.array([80, 10, 5]), np.ones((1, 3)), np.random.default_rng(3)
    )
    value = completeness(counts, np.array([80, 10, 5]), np.ones((1, 3)))
    assert low[0, 0] < value[0, 0] < high[0, 0]


_PEOPLE = st.lists(st.sets(st.integers(0, 3), min_size=1), min_size=1, max_size=7)


@given(_PEOPLE)
def test_marginal_contribution_is_with_less_without(people: list[set[int]]) -> None:
    needed, weights = np.array([1, 2, 3, 4]), np.array([0.4, 0.3, 0.2, 0.1])

    def count(some: list[set[int]]) -> np.ndarray:
        return np.array([sum(s in own for own in some) for s in range(4)])

    own = [sorted(each) for each in people]
    found = coverage.marginal_contributions(own, count(people), needed, weights)
    whole = completeness(count(people), needed, weights)
    for row in range(len(people)):
        rest = people[:row] + people[row + 1 :]
        assert found[row] == pytest.approx(whole - completeness(count(rest), needed, weights))


@given(_PEOPLE)
def test_bounds_of_what_each_adds_hold_it(people: list[set[int]]) -> None:
    needed, weights = np.array([1, 2, 3, 4]), np.array([0.4, 0.3, 0.2, 0.1])
    own = [sorted(each) for each in people]
    counts = np.array([sum(s in each for each in own) for s in range(4)])
    adds = coverage.marginal_contributions(own, counts, needed, weights)
    rng = np.random.default_rng(5)
    low, high = coverage.contribution_interval(own, counts, needed, weights, rng, 50)
    assert (low <= adds + 1e-12).all()
    assert (high >= adds - 1e-12).all()
    assert (low >= -1e-12).all()


def test_one_of_many_may_add_nothing_after_all() -> None:
    own = [[0]] * 10
    needed, rng = np.array([10]), np.random.default_rng(5)
    low, high = coverage.contribution_interval(own, needed, needed, np.ones(1), rng)
    assert low[0] == 0
    assert high[0] == pytest.approx(0.1)


@given(_PEOPLE, st.integers(1, 3))
def test_the_order_reaches_63_percent_of_the_best(people: list[set[int]], most: int) -> None:
    needed, weights = np.array([1, 2, 2, 3]), np.array([0.4, 0.3, 0.2, 0.1])
    own = [sorted(each) for each in people]
    zero = np.zeros(4, dtype=np.int64)

    def value(chosen: tuple[int, ...]) -> float:
        counts = np.array([sum(s in people[c] for c in chosen) for s in range(4)])
        return float(completeness(counts, needed, weights))

    best = max(value(c) for k in range(most + 1) for c in combinations(range(len(people)), k))
    order = coverage.fastest_order(own, zero, needed, weights, most)
    reached = order[-1][1] if order else 0.0
    assert reached >= (1 - 1 / np.e) * best - 1e-9
    assert reached == pytest.approx(value(tuple(who for who, _ in order)))
