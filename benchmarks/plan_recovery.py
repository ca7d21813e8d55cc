"""Plans of simulated programmes whose truth is known; part of `benchmarks/plans.py`."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from multiprocessing import get_context

import numpy as np
from tests.unit.plans.programmes import Programme, World, programme, request_of
from tests.unit.plans.worlds import case_of

from townworks.measures.arrays import FloatArray
from townworks.plans.casting import Case, posed
from townworks.plans.choose import choose
from townworks.plans.listing import list_plan, points, ranks
from townworks.plans.portfolio import HUNDREDTHS
from townworks.plans.problem import (
    Plan,
    Problem,
    expected_value,
    scenario_values,
    share_of_value,
)
from townworks.plans.robustness import winners_curse
from townworks.plans.solve import Effort
from townworks.plans.totals import INTERVAL, realised
from townworks.plans.valuing import as_claimed

WORLDS = {
    "as assumed": World(),
    "as assumed, no ceilings": World(ceilings=False),
    "errors independent of each other": World(shared=0.0, sector_shared=0.0),
    "all claims 1.42 × too high": World(bias=0.0, over=0.35),
    "the largest sector 2.7 × too high": World(odd=1.0),
    "heavy tails (t, 3 degrees of freedom)": World(tails=3.0),
    "error twice as large (1.0)": World(noise=1.0),
    "error half as large (0.25)": World(noise=0.25),
    "half of the errors in common": World(shared=0.3, sector_shared=0.2),
    "record of the boldest of 5 times as many": World(picked=5),
    "no record": World(earlier=0),
}
ABOUT = """\
Each programme: 200 candidates in 8 sectors, 60 to choose, 15 earlier towns on record; truths are
lognormal by sector, claims have a bias and errors of which all towns share a tenth and a sector
0.15 of the variance; a tenth claims nothing. First columns: true value as a share of what the best
plan brings if the truth is known. Covered: the 95 % interval of the plan's total holds the truth.
200 programmes: ± 3 to 5 points.
"""
READING = """\
The list stops at 31 towns where money and land bind: it takes the largest first. Without ceilings
it finds its 60, at 0.84 of the best. By claims or by corrected values, the same model chooses
nearly equally well: what the correction changes is what is promised, not who is chosen; where one
sector alone boasts, and the record does not show it, it chooses worse. Intervals hold where doubts
are as assumed; they are too wide if errors are independent, too narrow with heavy tails, with more
in common than assumed, and where the record is of the boldest (then too low: the shortfall is
counted twice).
"""
EFFORT = Effort(2e-3, 10.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one programme came to. Shares are of the true value of the oracle's plan.

    inside: the value's 95 % interval covers the truth; below: the truth lies under it. promised,
    kept: expected and true value in CNY. curse: what we tell of the shortfall by claims, a share.
    """

    ours: float
    claims: float
    listed: float
    list_towns: float
    inside: float
    below: float
    money_inside: float
    promised: float
    kept: float
    claims_promised: float
    claims_kept: float
    curse: float


def outcome(world: World, seed: int) -> Outcome:
    """Make a programme, plan it by each way, and look up the truth."""
    made = programme(world, np.random.default_rng([7, seed]))
    request = request_of(made.frame, world, seed)
    case = case_of(made.frame, None, request, made.past)
    plan = best(case.problem)
    by_claims = posed(replace(case, values=as_claimed(case.values)))
    bold = best(by_claims.problem)
    rank = ranks(points(case.portfolio, case.values.claimed(), request), case.portfolio.ids)
    listed = list_plan(case.problem, rank, request.towns)
    oracle = true_value(case, made, best(replace(case.problem, value=made.truth)))
    truth, bold_truth = (true_value(case, made, each) for each in (plan, bold))
    low, high = np.quantile(scenario_values(case.problem, plan), INTERVAL)
    rng = np.random.default_rng([seed, 1])
    return Outcome(
        ours=truth / oracle,
        claims=bold_truth / oracle,
        listed=true_value(case, made, listed) / oracle,
        list_towns=float(listed.chosen.sum()),
        inside=float(low <= truth <= high),
        below=float(truth < low),
        money_inside=money_inside(case, made, plan),
        promised=expected_value(case.problem, plan),
        kept=truth,
        claims_promised=expected_value(by_claims.problem, bold),
        claims_kept=bold_truth,
        curse=winners_curse(case.problem, case.values, case.correction, rng).by_claims,
    )


def best(problem: Problem) -> Plan:
    """Return the plan chosen; there is one in every programme here."""
    found = choose(problem, EFFORT).plan
    if found is None:
        raise SystemExit("A simulated programme has no plan.")
    return found


def true_value(case: Case, made: Programme, plan: Plan) -> float:
    """What a plan really brings, later starts discounted as in its goal."""
    return float(made.truth @ share_of_value(case.problem, plan))


def money_inside(case: Case, made: Programme, plan: Plan) -> float:
    """Whether the interval of realised investment covers what is realised."""
    within = case.portfolio.within("investment", case.request.years) / HUNDREDTHS
    own = np.where(plan.chosen, within[np.arange(len(within)), plan.start], 0.0)
    low, high = np.quantile(realised(case, plan), INTERVAL)
    return float(low <= own @ made.ratio <= high)


def outcomes(world: World, seeds: int) -> dict[str, FloatArray]:
    """Return each number of `Outcome` over seeds, (seeds,), on two cores."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(partial(outcome, world), range(seeds), chunksize=5))
    return {f.name: np.array([getattr(one, f.name) for one in found]) for f in fields(Outcome)}


def recovery(seeds: int) -> Iterator[str]:
    """Return the lines of the page."""
    yield ABOUT
    yield "| world | ours | claims | list (towns) | value covered | below | investment covered |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    promises = []
    for name, world in WORLDS.items():
        found = outcomes(world, seeds)
        shares = [f"{mean_of(found[key])}" for key in ("ours", "claims")]
        listed = f"{mean_of(found['listed'])} ({found['list_towns'].mean():.0f})"
        covered = [f"{found[key].mean():.1%}" for key in ("inside", "below", "money_inside")]
        yield "| " + " | ".join([name, *shares, listed, *covered]) + " |"
        bold = mean_of(found["claims_kept"] / found["claims_promised"])
        ours = mean_of(found["kept"] / found["promised"])
        told = 1 - found["curse"].mean()
        promises.append(f"| {name} | {bold} | {told:.3f} | {ours} |")
    yield ""
    yield "| world | kept of claims' promise | … as the plan tells it | kept of our promise |"
    yield "|---|--:|--:|--:|"
    yield from promises
    yield ""
    yield READING.rstrip()


def mean_of(values: FloatArray) -> str:
    """Mean over seeds with its 95 % interval."""
    error = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.3f} ± {error:.3f}"
