"""The plain way beside the plan: points with published weights, the list taken from the top.

Each criterion is scaled from 0 to 100 between the least and the most of all candidates; points are
the weighted mean of what is known of each. The list then takes the next candidate that breaks no
ceiling, in the first year it may start, until the towns asked for are found; floors and targets
are not looked at, as no list looks at them.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray, IntArray
from townworks.plans.exchanges import FORCING
from townworks.plans.greedy import Bench
from townworks.plans.portfolio import Portfolio
from townworks.plans.problem import NEVER, Plan, Problem
from townworks.plans.request import PlanRequest
from townworks.schema.plans import EVIDENCE

WEIGHTS: Mapping[str, float] = {
    "claimed": 40.0,
    "investment": 25.0,
    "private_share": 10.0,
    "readiness": 10.0,
    "evidence": 15.0,
}
"""Points of each criterion. A judgement of ours: no county's score sheet of the programme was
found. Claims are scored as claimed, as such lists do."""
_EVIDENCE = dict(zip(EVIDENCE, (100.0, 0.0, np.nan), strict=True))


def points(portfolio: Portfolio, claimed: FloatArray, request: PlanRequest) -> FloatArray:
    """Return the points of each candidate, 0 to 100, (n,); nothing known at all is 0.

    claimed: weighted claims, NaN where there are none.
    """
    investment = portfolio.flow("investment").sum(axis=1).astype(np.float64)
    private = portfolio.flow("private_investment").sum(axis=1)
    share = np.divide(private, investment, out=np.full(len(private), np.nan), where=investment > 0)
    ready = portfolio.table["ready_year"].fill_null(request.first_year).to_numpy()
    evidence = portfolio.table["evidence"].cast(pl.String)
    criteria = {
        "claimed": _scaled(claimed),
        "investment": _scaled(np.where(investment > 0, investment, np.nan)),
        "private_share": 100 * share,
        "readiness": _scaled(-ready.astype(np.float64)),
        "evidence": np.array([_EVIDENCE[said] for said in evidence]),
    }
    known = np.stack([np.isfinite(values) for values in criteria.values()])
    scores = np.nan_to_num(np.stack(list(criteria.values())))
    weights = np.array([WEIGHTS[name] for name in criteria])[:, None] * known
    total = weights.sum(axis=0)
    found: FloatArray = np.divide(
        (weights * scores).sum(axis=0), total, out=np.zeros(len(total)), where=total > 0
    )
    return found


def _scaled(values: FloatArray) -> FloatArray:
    """Scale from 0 to 100; all alike are 100."""
    if not np.isfinite(values).any():
        return values
    low, high = np.nanmin(values), np.nanmax(values)
    if high == low:
        return np.where(np.isfinite(values), 100.0, np.nan)
    scaled: FloatArray = 100 * (values - low) / (high - low)
    return scaled


def ranks(score: FloatArray, ids: list[str]) -> IntArray:
    """Return the place of each candidate on the list, 1 the first; equals in the order of ids.

    >>> ranks(np.array([1.0, 3.0, 3.0]), ["a", "c", "b"]).tolist()
    [3, 2, 1]
    """
    order = np.lexsort((np.array(ids), -score))
    found = np.empty(len(score), np.int64)
    found[order] = np.arange(1, len(score) + 1)
    return found


def list_plan(problem: Problem, rank: IntArray, towns: int | None) -> Plan:
    """Return whom the plain list would take: those who must be in, then from the top."""
    bench = Bench(problem)
    fixed = {int(d.index[0]) // bench.years for d in problem.demands if d.key in FORCING}
    order = [*sorted(fixed), *(int(i) for i in np.argsort(rank) if int(i) not in fixed)]
    for who in order:
        if towns is not None and int((bench.start != NEVER).sum()) >= towns:
            break
        own = slice(who * bench.years, (who + 1) * bench.years)
        open_years = np.flatnonzero(bench.fits()[own])
        if len(open_years):
            bench.put(who * bench.years + int(open_years[0]))
    return bench.plan()
