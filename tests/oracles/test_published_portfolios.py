"""Optima of portfolio problems that others published, through the model that plans towns."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from townworks.measures.risk import lower_tail_mean
from townworks.plans import Demand, Problem
from townworks.plans.choose import choose
from townworks.plans.greedy import first_plan, marginal_greedy
from townworks.plans.problem import goal
from townworks.plans.solve import Effort

EXACT = Effort(gap=0.0, seconds=300)


def knapsack(
    profit: list[float],
    weights: list[list[float]],
    capacities: list[float],
    pairs: dict[tuple[int, int], float],
) -> Problem:
    """A knapsack as towns of one year: no number of towns is demanded."""
    n = len(profit)
    places = np.arange(n)
    demands = tuple(
        Demand("ceiling", places, np.array(row), most=most)
        for row, most in zip(weights, capacities, strict=True)
    )
    return Problem(
        np.array(profit),
        np.ones(1),
        np.ones((n, 1), bool),
        np.array(list(pairs), np.int64).reshape(-1, 2),
        np.array(list(pairs.values())),
        demands,
        np.empty((0, n)),
    )


def read_mknap(path: Path) -> Iterator[tuple[Problem, float]]:
    """Read multidimensional knapsacks of the OR-Library, with the optimum that the file states."""
    numbers = iter(float(word) for word in path.read_text().split())
    for _ in range(int(next(numbers))):
        n, m, optimum = int(next(numbers)), int(next(numbers)), next(numbers)
        profit = [next(numbers) for _ in range(n)]
        weights = [[next(numbers) for _ in range(n)] for _ in range(m)]
        yield knapsack(profit, weights, [next(numbers) for _ in range(m)], {}), optimum


def read_quadratic(path: Path) -> Problem:
    """Read a quadratic knapsack of Billionnet and Soutif."""
    words = path.read_text().split()[1:]
    n = int(words[0])
    profit = [float(word) for word in words[1 : n + 1]]
    rest = iter(float(word) for word in words[n + 1 :])
    pairs = {(a, b): next(rest) for a in range(n - 1) for b in range(a + 1, n)}
    next(rest)
    capacity = next(rest)
    weights = [next(rest) for _ in range(n)]
    return knapsack(profit, [weights], [capacity], {p: v for p, v in pairs.items() if v})


@pytest.mark.shared
def test_multidimensional_knapsacks_have_the_optima_of_the_or_library(oracles_path: Path) -> None:
    found = list(read_mknap(oracles_path / "mknap1.txt"))
    published = [3800, 8706.1, 4015, 6120, 12400, 10618, 16537]
    assert [optimum for _, optimum in found] == published
    for problem, optimum in found:
        choice = choose(problem, EXACT)
        assert choice.status == "proven"
        assert choice.goal == pytest.approx(optimum, abs=1e-6)
        assert choice.bound == pytest.approx(optimum, abs=1e-6)
        assert goal(problem, marginal_greedy(problem)) <= choice.goal


@pytest.mark.shared
def test_a_quadratic_knapsack_has_the_best_known_value(oracles_path: Path) -> None:
    """56525 for jeu_100_25_2; jeu_100_25_1 (18558) takes 11 s and stands in benchmarks/plans.py."""
    problem = read_quadratic(oracles_path / "jeu_100_25_2.txt")
    choice = choose(problem, EXACT)
    assert choice.goal == choice.bound == pytest.approx(56525)
    begun = first_plan(problem)
    assert begun is not None
    assert goal(problem, marginal_greedy(problem)) < goal(problem, begun) < choice.goal


def test_the_mean_of_the_worst_is_the_published_toy() -> None:
    """Losses 1 … 10, α = 0.8: CVaR 9.5 (Rockafellar and Uryasev 2000)."""
    assert lower_tail_mean(-np.arange(1.0, 11.0), 0.2) == pytest.approx(-9.5)
