"""Why there is no plan: a smallest set of demands that cannot all be met, in words.

Demands are left out one after the other; whoever can be left out without a plan becoming possible
is no part of the conflict (deletion filter; Chinneck & Dravnieks 1991). What remains is
irreducible: without any one of it the rest of it can be met, as far as the time allowed it to be
proven. Other demands may conflict besides; whether they do is looked at last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from townworks.plans.model import build
from townworks.plans.problem import Demand, Problem
from townworks.plans.solve import Effort, LinearSolver, solve

SECONDS = 8.0
"""For the whole search; the largest requests take a second or two."""
GROUPED = ("must", "must_not", "committed", "site", "industry_in_county", "industry_near")
"""Demands that people make as one, however many rows they are."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One demand of the conflict; its rows, and how much of it can be had with the others.

    reachable: the most of a floor, or the least of a ceiling, that the other demands leave; None
    where the demand has no amount or the search ran out of time.
    """

    key: str
    demands: tuple[Demand, ...]
    reachable: float | None

    @property
    def about(self) -> Mapping[str, object]:
        """What the words need."""
        return self.demands[0].about


@dataclass(frozen=True, slots=True)
class Explanation:
    """The conflicting demands; is_proven: each was shown to be needed and all of them enough.

    is_all: it was shown that without any one of them there is a plan; else others may conflict too.
    """

    conflicts: tuple[Conflict, ...]
    is_proven: bool
    is_all: bool


class _Feasible:
    """Asks whether demands can be met together, in the time that is left."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        none = np.empty((0, 2), np.int64)
        self.problem = replace(problem, pairs=none, pair_value=np.empty(0), aversion=0.0)
        self.end = perf_counter() + seconds
        self.sure = True

    def __call__(self, demands: Sequence[Demand]) -> bool:
        """Return whether all can be met; not known counts as yes, and is remembered."""
        answer = self.best(demands, np.zeros(self.problem.value.shape[0] * self.problem.shape[1]))
        return answer is not None

    def best(self, demands: Sequence[Demand], goal: np.ndarray) -> float | None:
        """Return the largest goal · x that the demands allow; None if they cannot be met."""
        left = self.end - perf_counter()
        mip = build(replace(self.problem, demands=tuple(demands)))
        size = max(float(np.abs(goal).max(initial=0)), 1.0)
        mip = replace(mip, cost=goal / size)
        if left <= 0:
            self.sure = False
            return float("inf")
        effort = Effort(1e-6, left)
        if LinearSolver(mip, effort).solve()[0] == "none":
            return None
        answer = solve(mip, effort)
        if answer.status == "none":
            return None
        if answer.values is None or answer.status != "proven":
            self.sure = False
            return float("inf")
        return float(goal @ (answer.values > 0.5))  # noqa: PLR2004  binary


def explain(problem: Problem, seconds: float = SECONDS) -> Explanation:
    """Return a smallest set of demands of an impossible problem that conflict."""
    feasible = _Feasible(problem, seconds)
    kept = every = _grouped(problem.demands)
    for key in every:
        if not feasible(_without(kept, key)):
            kept = {k: rows for k, rows in kept.items() if k != key}
    sure = feasible.sure
    conflicts = [
        Conflict(rows[0].key, tuple(rows), _reachable(feasible, rows, (every, kept), key))
        for key, rows in kept.items()
    ]
    frees = all(feasible(_without(every, key)) for key in kept)
    return Explanation(tuple(conflicts), sure, frees and feasible.sure)


def _without(groups: Mapping[str, list[Demand]], key: str) -> list[Demand]:
    return [row for k, rows in groups.items() if k != key for row in rows]


def _grouped(demands: Sequence[Demand]) -> dict[str, list[Demand]]:
    """Group demands that are made as one; those that bind most people last, so that they stay."""
    order = {"towns": 2, "investment_target": 3}
    groups: dict[str, list[Demand]] = {}
    for number, demand in enumerate(demands):
        key = demand.key if demand.key in GROUPED else f"{demand.key} {number}"
        groups.setdefault(key, []).append(demand)
    return dict(sorted(groups.items(), key=lambda item: order.get(item[1][0].key, 0)))


def _reachable(
    feasible: _Feasible,
    rows: list[Demand],
    kinds: tuple[dict[str, list[Demand]], dict[str, list[Demand]]],
    key: str,
) -> float | None:
    """Return how much of a demand can be had beside all others, else beside those in conflict."""
    if len(rows) > 1 or rows[0].key in GROUPED:
        return None
    goal = np.zeros(feasible.problem.value.shape[0] * feasible.problem.shape[1])
    goal[rows[0].index] = rows[0].weight
    for groups in kinds:
        others = _without(groups, key)
        sign = _missed_side(feasible, rows[0], others)
        best = feasible.best(others, sign * goal)
        if best is not None:
            return sign * best if np.isfinite(best) else None
    return None


def _missed_side(feasible: _Feasible, demand: Demand, others: list[Demand]) -> float:
    """Return 1 if the others leave too little for a floor, -1 if they need more than a ceiling."""
    if np.isinf(demand.most):
        return 1.0
    if np.isinf(demand.least):
        return -1.0
    floor = replace(demand, most=np.inf)
    return 1.0 if not feasible([*others, floor]) else -1.0
