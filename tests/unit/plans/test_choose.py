"""The best plan: against every plan there is, against greedy, against its own checker."""

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.plans.worlds import asked, candidates, case_of, demanding, pairs

from townworks.plans import Plan, Problem
from townworks.plans.casting import Case
from townworks.plans.choose import choose
from townworks.plans.greedy import first_plan, marginal_greedy
from townworks.plans.problem import goal
from townworks.plans.proof import broken
from townworks.plans.solve import Effort

EXACT = Effort(gap=0.0, seconds=60)


def worth(problem: Problem, start: tuple[int, ...]) -> float:
    """The goal of a plan, by loops and sorting: nothing of ours but the numbers."""
    left = [problem.discount[t] if t >= 0 else 0.0 for t in start]
    extra = sum(
        value
        for (a, b), value in zip(problem.pairs, problem.pair_value, strict=True)
        if start[a] >= 0 and start[b] >= 0
    )
    expected = sum(v * u for v, u in zip(problem.value, left, strict=True)) + extra
    if problem.aversion == 0:
        return float(expected)
    outcomes = sorted(
        sum(v * u for v, u in zip(row, left, strict=True)) + extra for row in problem.draws
    )
    size, total, used = problem.tail * len(outcomes), 0.0, 0.0
    for outcome in outcomes:
        part = min(1.0, size - used)
        if part <= 0:
            break
        total, used = total + part * outcome, used + part
    return float((1 - problem.aversion) * expected + problem.aversion * total / size)


def every_plan(n: int, years: int, towns: int | None) -> Iterator[tuple[int, ...]]:
    """All plans, or all of so many towns."""
    for k in range(n + 1) if towns is None else [towns]:
        for who in combinations(range(n), k):
            for when in product(range(years), repeat=k):
                start = [-1] * n
                for one, year in zip(who, when, strict=True):
                    start[one] = year
                yield tuple(start)


def best_of_all(case: Case) -> float | None:
    """The best goal of all plans that the checker lets pass; None if there is none."""
    n, years = case.problem.shape
    ratio = case.expected_ratio.tolist()
    sound = [
        worth(case.problem, start)
        for start in every_plan(n, years, case.request.towns)
        if not broken(case.portfolio, case.request, Plan(np.array(start)), ratio)
    ]
    return max(sound, default=None)


def agrees(case: Case) -> None:
    choice = choose(case.problem, EXACT)
    best = best_of_all(case)
    if best is None:
        assert choice.plan is None
        assert choice.status == "none"
        return
    assert choice.plan is not None
    assert broken(case.portfolio, case.request, choice.plan, case.expected_ratio.tolist()) == []
    assert choice.goal == pytest.approx(best, rel=1e-9)
    assert choice.bound == pytest.approx(best, rel=1e-6)


@given(st.integers(0, 10**6), st.integers(2, 6), st.sampled_from([1, 2]))
@settings(max_examples=25)
def test_no_plan_is_better_with_all_constraints_on(seed: int, n: int, years: int) -> None:
    frame = candidates(n, seed, 2)
    towns = None if seed % 5 == 0 else max(1, n // 2)
    agrees(case_of(frame, pairs(n, 2 * n, seed), demanding(frame, seed, towns, years)))


@pytest.mark.parametrize("seed", [1, 3])
def test_no_plan_is_better_of_fifteen_candidates(seed: int) -> None:
    frame = candidates(15, seed, 2)
    request = asked(demanding(frame, seed, 5, 1), risk_aversion=0.3)
    agrees(case_of(frame, pairs(15, 40, seed), request))


@pytest.mark.parametrize("counts", ["planned", "expected"])
def test_a_request_that_counts_expected_investment_is_held_to_it(counts: str) -> None:
    frame = candidates(6, 11, 2)
    agrees(case_of(frame, None, asked(demanding(frame, 11, 3), counts=counts)))


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_never_worse_than_marginal_greedy(seed: int) -> None:
    frame = candidates(40, seed)
    request = asked(
        demanding(frame, seed, None), must=frozenset(), quotas=(), investment_target_cny=None
    )
    problem = case_of(frame, pairs(40, 120, seed), request).problem
    by_hand, begun = marginal_greedy(problem), first_plan(problem)
    choice = choose(problem, Effort(gap=0.01, seconds=30))
    assert begun is not None
    assert goal(problem, by_hand) <= goal(problem, begun) + 1e-6
    assert goal(problem, begun) <= choice.goal + 1e-6
    assert choice.goal <= choice.bound
    assert choice.gap <= 0.01


def test_the_same_problem_gives_the_same_plan() -> None:
    frame = candidates(60, 5)
    request = asked(demanding(frame, 5, 25), risk_aversion=0.4, scenarios=50)
    problem = case_of(frame, pairs(60, 150, 5), request).problem
    one, other = choose(problem, Effort()), choose(problem, Effort())
    assert one.plan is not None
    assert other.plan is not None
    assert one.plan.start.tolist() == other.plan.start.tolist()
    assert (one.goal, one.bound) == (other.goal, other.bound)


def test_a_time_limit_returns_the_best_found_with_its_gap() -> None:
    """Many pairs that only help: hard to prove, easy to begin."""
    frame = candidates(120, 7)
    request = asked(demanding(frame, 7, 50), risk_aversion=0.0, quotas=(), must=frozenset())
    problem = case_of(frame, pairs(120, 4_000, 7), request).problem
    choice = choose(problem, Effort(gap=0.0, seconds=2))
    assert choice.status == "time"
    assert choice.plan is not None
    assert 0 < choice.gap < 1
    assert choice.goal < choice.bound < np.inf
