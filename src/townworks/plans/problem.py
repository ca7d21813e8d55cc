"""The choice as numbers: what each candidate is worth, what is demanded of them together.

A *place* is a candidate in a starting year, numbered candidate · n_years + start: one binary
variable of the model each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from townworks.measures.arrays import BoolArray, FloatArray, IntArray
from townworks.measures.risk import lower_tail_mean

NEVER = -1
"""Start of a candidate that is not in the plan."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A linear demand: the sum of `weight` over the chosen places lies from `least` to `most`.

    key: what kind of demand it is, `about`: what its words need. index: places, (k,); weight: (k,).
    """

    key: str
    index: IntArray
    weight: FloatArray
    least: float = -np.inf
    most: float = np.inf
    about: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be chosen, in the units that the caller likes; money in CNY.

    value: expected worth of each candidate, (n,). discount: what a start in each year leaves of it,
    (n_years,) if it is the same for all, else (n, n_years). allowed: may it start then,
    (n, n_years). pairs: candidates that help or harm each
    other, (m, 2), each once; pair_value: by how much, (m,). draws: worth in each scenario,
    (n_scenarios, n), of which the worst `tail` weigh `aversion` of the goal.
    """

    value: FloatArray
    discount: FloatArray
    allowed: BoolArray
    pairs: IntArray
    pair_value: FloatArray
    demands: tuple[Demand, ...]
    draws: FloatArray
    aversion: float = 0.0
    tail: float = 0.2

    @property
    def shape(self) -> tuple[int, int]:
        """Candidates, years."""
        n, years = self.allowed.shape
        return n, years

    @property
    def left(self) -> FloatArray:
        """What a start in each year leaves of each candidate's worth, (n, n_years)."""
        return np.broadcast_to(self.discount, self.allowed.shape)

    @property
    def is_averse(self) -> bool:
        """Whether the scenarios take part in the goal."""
        return self.aversion > 0 and len(self.draws) > 0

    def matrix(self) -> csr_array:
        """Return the weights of the demands, (n_demands, n · n_years)."""
        n, years = self.shape
        counts = [len(demand.index) for demand in self.demands]
        rows = np.repeat(np.arange(len(self.demands)), counts)
        none = np.empty(0)
        cols = np.concatenate([none, *(d.index for d in self.demands)]).astype(np.int64)
        data = np.concatenate([none, *(d.weight for d in self.demands)])
        return csr_array((data, (rows, cols)), shape=(len(self.demands), n * years))

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Return least and most of each demand."""
        least = np.array([demand.least for demand in self.demands])
        most = np.array([demand.most for demand in self.demands])
        return least, most


@dataclass(frozen=True, slots=True)
class Plan:
    """A choice: the start of each candidate as the number of its year, `NEVER` if refused, (n,)."""

    start: IntArray

    @property
    def chosen(self) -> BoolArray:
        """Who is in it."""
        found: BoolArray = self.start != NEVER
        return found

    def places(self, n_years: int) -> IntArray:
        """Return the chosen places.

        >>> Plan(np.array([1, -1, 0])).places(2).tolist()
        [1, 4]
        """
        who = np.flatnonzero(self.chosen)
        return who * n_years + self.start[who]


def share_of_value(problem: Problem, plan: Plan) -> FloatArray:
    """Return how much of its worth each candidate brings under the plan: its discount or 0."""
    every = np.arange(len(plan.start))
    return np.where(plan.chosen, problem.left[every, plan.start], 0.0)


def synergy(problem: Problem, plan: Plan) -> float:
    """Return what the pairs add of which both are chosen."""
    both = plan.chosen[problem.pairs].all(axis=1) if len(problem.pairs) else np.empty(0, bool)
    return float(problem.pair_value[both].sum())


def expected_value(problem: Problem, plan: Plan) -> float:
    """Return the expected worth of a plan, pairs included."""
    return float(problem.value @ share_of_value(problem, plan)) + synergy(problem, plan)


def scenario_values(problem: Problem, plan: Plan) -> FloatArray:
    """Return the worth of a plan in each scenario; pairs are the same in all of them."""
    return problem.draws @ share_of_value(problem, plan) + synergy(problem, plan)


def goal(problem: Problem, plan: Plan) -> float:
    """Return what the plan is chosen by: (1 - aversion) · expected + aversion · worst tail.

    >>> problem = Problem(
    ...     np.array([2.0, 1.0]), np.ones(1), np.ones((2, 1), bool), np.array([[0, 1]]),
    ...     np.array([0.5]), (), np.empty((0, 2)))
    >>> goal(problem, Plan(np.array([0, 0])))
    3.5
    """
    expected = expected_value(problem, plan)
    if not problem.is_averse:
        return expected
    worst = lower_tail_mean(scenario_values(problem, plan), problem.tail)
    return (1 - problem.aversion) * expected + problem.aversion * worst
