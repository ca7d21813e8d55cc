"""The best plan of a problem: greedy, then HiGHS from there, never worse than where it began."""

from dataclasses import dataclass, replace
from time import perf_counter

from townworks.measures.risk import tail_weights
from townworks.plans.greedy import first_plan
from townworks.plans.model import Mip, build, plan_of, scenario_values_of, warm, with_tails
from townworks.plans.problem import Plan, Problem, goal
from townworks.plans.relaxing import relax
from townworks.plans.solve import Answer, Effort, Status, solve

_CLOSE = 1e-9
_LEAST_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan with its proof: no plan has a goal above `bound`.

    status "none": the demands cannot all be met; "unknown": no plan was found in the time.
    """

    plan: Plan | None
    goal: float
    bound: float
    status: Status

    @property
    def found(self) -> Plan:
        """The plan, where it is known that there is one."""
        if self.plan is None:
            raise ValueError("there is no plan")
        return self.plan

    @property
    def gap(self) -> float:
        """How much better than this a plan could be, as a share."""
        return max(self.bound - self.goal, 0.0) / max(abs(self.goal), 1e-9)


def choose(problem: Problem, effort: Effort, keep: Plan | None = None) -> Choice:
    """Choose the best plan that meets every demand.

    keep: a plan to start from, of a like problem; it need not be one of this problem.
    """
    end = perf_counter() + effort.seconds
    half = end - effort.seconds / 2  # the rest is for the proof
    begun = first_plan(problem, keep, until=half)
    if begun is None and keep is not None:
        begun = first_plan(problem, until=half)
    mip = build(problem)
    relaxed = relax(problem, mip, _left(effort, end))
    if relaxed.status == "none":
        return Choice(None, float("-inf"), float("inf"), "none")
    if begun is None and relaxed.status == "proven":
        begun = first_plan(problem, price=relaxed.price(mip), until=half)
    mip = with_tails(problem, mip, relaxed.tails)
    first = Choice(begun, _goal(problem, begun), relaxed.bound, "unknown")
    return _climbed(problem, mip, _left(effort, end), first)


def _left(effort: Effort, end: float) -> Effort:
    """Return the effort with the time that is left, a little at least."""
    return replace(effort, seconds=max(end - perf_counter(), _LEAST_SECONDS))


def _climbed(problem: Problem, mip: Mip, effort: Effort, best: Choice) -> Choice:
    """Solve, add the tail that the plan found is judged by, and again until its goal is proven."""
    left = effort.seconds
    while True:
        inner = Effort(effort.gap / 2 if problem.is_averse else effort.gap, left)
        start = None if best.plan is None else warm(problem, best.plan, mip)
        answer = solve(mip, inner, start)
        left -= answer.seconds
        if answer.status == "none":
            return Choice(None, float("-inf"), float("inf"), "none")
        best = _better(problem, best, answer, mip.scale)
        if answer.values is None or best.gap <= effort.gap or left <= 0 or not problem.is_averse:
            return best
        worth = scenario_values_of(problem, answer.values)
        tail = tail_weights(worth, problem.tail)
        if tail @ worth >= answer.values[-1] * mip.scale * (1 - _CLOSE) - _CLOSE:
            return best  # θ says what CVaR says: no tail is missing
        mip = with_tails(problem, mip, [tail])


def _better(problem: Problem, best: Choice, answer: Answer, scale: float) -> Choice:
    """Take the better of what stood and what was found, and the tighter bound."""
    plans = [best.plan]
    if answer.values is not None:
        plans.insert(0, plan_of(answer.values, problem.shape))
    plan = max(plans, key=lambda found: _goal(problem, found))
    worth = _goal(problem, plan)
    bound = max(min(best.bound, answer.bound * scale), worth)
    status: Status = answer.status if plan is None or answer.status != "unknown" else "time"
    return Choice(plan, worth, bound, status)


def _goal(problem: Problem, plan: Plan | None) -> float:
    return float("-inf") if plan is None else goal(problem, plan)
