"""How sure the plan is: who would be chosen if things turned out otherwise, what limits cost."""

from dataclasses import dataclass, replace

import numpy as np

from townworks.measures.arrays import FloatArray
from townworks.plans.greedy import marginal_greedy
from townworks.plans.model import build
from townworks.plans.problem import Demand, Plan, Problem
from townworks.plans.solve import Effort, LinearSolver
from townworks.plans.valuing import Correction, Value, Values, as_claimed, value_claims

_ALONE = np.array([[False], [False], [True], [False]])
"""Of the draws of `standard_scores` those that befall a town by itself."""
CURSE_DRAWS = 40
"""Worlds in which the choice is made anew, to see what claims promise too much."""


def inclusion(problem: Problem, effort: Effort) -> FloatArray:
    """Return in which share of the scenarios each candidate is in the best plan of that one, (n,).

    Fractions are allowed (a few candidates on the edge count in part), so that hundreds of
    scenarios take seconds.
    """
    n, years = problem.shape
    mip = build(replace(problem, aversion=0.0))
    solver = LinearSolver(mip, effort)
    total, used = np.zeros(n), 0
    for draw in problem.draws:
        cost = mip.cost.copy()
        cost[: n * years] = (draw[:, None] * problem.left).ravel() / mip.scale
        solver.change_goal(cost)
        status, values, _ = solver.solve()
        if status == "proven":
            total += values[: n * years].reshape(n, years).sum(axis=1)
            used += 1
    return np.clip(total / max(used, 1), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Curse:
    """What the chosen are expected to fall short of their estimates by, as a share of them.

    by_claims: if they are chosen by what they claim, of those who claim all that is weighed;
    corrected: by the plan's own values, of all.
    """

    by_claims: float
    corrected: float


def winners_curse(
    problem: Problem, values: Values, correction: Correction, rng: np.random.Generator
) -> Curse:
    """Make worlds of true values, let applicants claim with error, choose anew, and compare.

    The truth of each world is drawn from what is believed of each town; claims are made of it with
    the bias and error of the record; then towns are chosen by claims, and by claims corrected as
    here (parametric bootstrap; the shortfall is of towns' own worth, pairs left aside). What all
    towns or those of a sector err in together no claim shows; it is taken at its mean.
    """
    own = replace(problem, pairs=np.empty((0, 2), np.int64), pair_value=np.empty(0), aversion=0.0)
    promised, kept = np.zeros(2), np.zeros(2)
    claiming = np.isfinite(values.claimed())
    for draw in range(min(CURSE_DRAWS, len(values.scores))):
        world = _world(values, values.scores[draw], correction, rng)
        for side, estimate in enumerate((_claims(world), world.expected())):
            chosen = marginal_greedy(replace(own, value=estimate)).chosen
            who = chosen & claiming if side == 0 else chosen
            promised[side] += estimate[who].sum()
            kept[side] += world.truth[who].sum()
    share = 1 - np.divide(kept, promised, out=np.ones(2), where=promised > 0)
    return Curse(float(share[0]), float(share[1]))


@dataclass(frozen=True, slots=True)
class _World(Values):
    """Values estimated from claims made in a world, with the truth of it, (n,)."""

    truth: FloatArray


def _world(
    values: Values, scores: FloatArray, correction: Correction, rng: np.random.Generator
) -> _World:
    made: dict[str, Value] = {}
    truth: FloatArray = np.zeros(scores.shape[-1])
    noise: FloatArray = rng.standard_normal(len(truth))
    for name, weight in values.weights.items():
        value = values.objectives[name]
        seen = value.drawn(np.where(_ALONE, scores, 0.0))  # what all err in, no claim shows
        in_common = np.exp((np.where(_ALONE, 0.0, value.doubts) ** 2).sum(axis=0) / 2)
        truth += weight * ((seen + value.less) * in_common - value.less)
        as_it_is = name == "investment_cny" or not np.isfinite(value.claimed).any()
        made[name] = value if as_it_is else _claimed_anew(value, seen, correction, noise)
    return _World(made, values.weights, values.scores, truth)


def _claimed_anew(
    value: Value, seen: FloatArray, correction: Correction, noise: FloatArray
) -> Value:
    own = correction.parts(np.full(len(seen), correction.error))[2]
    claimed = seen * np.exp(-correction.bias[value.sector] + own * noise)
    claimed = np.where(np.isfinite(value.claimed), claimed, np.nan)
    stated = np.full(len(seen), np.nan)
    return value_claims(claimed, value.sector, stated, correction)


def _claims(world: _World) -> FloatArray:
    return as_claimed(world).expected()


def shared(one: Plan, other: Plan | None) -> int | None:
    """Return how many towns two plans have in common.

    >>> shared(Plan(np.array([0, 1, -1])), Plan(np.array([1, -1, -1])))
    1
    """
    return None if other is None else int((one.chosen & other.chosen).sum())


def widened(problem: Problem, number: int, by: float) -> Problem:
    """Return the problem with one demand's bounds moved by an amount of its unit."""
    demand = problem.demands[number]
    moved = replace(demand, least=demand.least + by, most=demand.most + by)
    every = list(problem.demands)
    every[number] = moved
    return replace(problem, demands=tuple(every))


def with_floor(problem: Problem, amounts: FloatArray, key: str, least: float) -> Problem:
    """Return the problem with one more floor; amounts: (n, years)."""
    flat = amounts.ravel()
    index = np.flatnonzero(flat)
    return replace(problem, demands=(*problem.demands, Demand(key, index, flat[index], least)))


def with_ceiling(problem: Problem, amounts: FloatArray, key: str, most: float) -> Problem:
    """Return the problem with one more ceiling; amounts: (n, years)."""
    flat = amounts.ravel()
    index = np.flatnonzero(flat)
    extra = Demand(key, index, flat[index], most=most)
    return replace(problem, demands=(*problem.demands, extra))
