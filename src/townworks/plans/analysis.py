"""What else is asked of a plan: what limits cost, what it trades off, what it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray
from townworks.plans.casting import Case, cast_anew, posed, revalued
from townworks.plans.choose import Choice, choose
from townworks.plans.portfolio import HUNDREDTHS
from townworks.plans.problem import Plan, Problem, expected_value, goal, scenario_values
from townworks.plans.request import Counted, PlanRequest
from townworks.plans.robustness import shared, widened, with_ceiling, with_floor
from townworks.plans.solve import Effort
from townworks.plans.totals import INTERVAL
from townworks.plans.valuing import as_claimed
from townworks.schema.plans import FrontierPoint, Sensitivity, ShadowValue

WIDER = 0.05
"""Share by which a ceiling or target is moved to see what it costs."""
COMMON: Mapping[tuple[float, float], str] = {(0.0, 0.0): "none", (0.3, 0.2): "half"}
"""Shares of error that all towns, and those of a sector, have in common: on these the interval of
the whole rests, and no data show them."""
CEILINGS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
FLOORS = (1.0, 1.05, 1.1, 1.2, 1.3, 1.5)
"""Levels of a trade-off, as shares of what the plan takes or brings."""


def shadow_values(case: Case, choice: Choice, effort: Effort) -> pl.DataFrame:
    """Return what one town more or less, or 5 % of an amount, is worth (`schema.ShadowValue`)."""
    rows = []
    for number, demand in enumerate(case.problem.demands):
        if demand.key == "towns":
            steps = [-1.0, 1.0]
        elif demand.key in ("ceiling", "investment_target", "investment_limit"):
            step = WIDER * float(str(demand.about["amount"]))
            steps = [-step, step] if step else []
        else:
            continue
        name = _quantity(demand.key, demand.about.get("resource"), demand.about.get("year"))
        rows += [_shadow(case, choice, effort, (number, name, step)) for step in steps]
    schema = ShadowValue.create_empty().schema
    return ShadowValue.validate(pl.DataFrame(rows, schema=schema, orient="row"))


def _quantity(key: str, resource: object, year: object) -> str:
    if key == "towns":
        return "towns"
    name = str(resource) if resource else key
    return name if year is None else f"{name} {year}"


def _shadow(
    case: Case, choice: Choice, effort: Effort, move: tuple[int, str, float]
) -> dict[str, Any]:
    number, name, step = move
    problem = widened(case.problem, number, step)
    other = choose(problem, effort, choice.plan)
    found = {"quantity": name, "change": step, "value_change_cny": None, "error_cny": None}
    if other.plan is None:
        return found
    error = max(other.bound - other.goal, 0.0) + max(choice.bound - choice.goal, 0.0)
    return found | {"value_change_cny": other.goal - choice.goal, "error_cny": error}


def frontier(case: Case, choice: Choice, effort: Effort) -> pl.DataFrame:
    """Return plans along trade-offs: less of what is scarce, more of what else is wanted."""
    rows = []
    plan = choice.found
    for name, amounts, levels in _axes(case):
        own = float(amounts.ravel()[plan.places(case.request.years)].sum())
        if not own > 0:
            continue
        for level in levels:
            limit = own * level
            turn = with_floor if levels is FLOORS else with_ceiling
            slack = 1e-9 * own * (-1 if levels is FLOORS else 1)
            problem = turn(case.problem, amounts, "floor", limit + slack)
            found = choose(problem, effort, plan)
            if found.plan is None:
                break
            rows.append(_point(name, limit, problem, found, plan))
    schema = FrontierPoint.create_empty().schema
    return FrontierPoint.validate(pl.DataFrame(rows, schema=schema, orient="row"))


def _axes(case: Case) -> Iterator[tuple[str, FloatArray, tuple[float, ...]]]:
    """Quantities to trade worth against, (n, years) each, with the levels to hold them at."""
    request = case.request
    for resource in ("public_investment", "land"):
        yield resource, case.portfolio.within(resource, request.years) / HUNDREDTHS, CEILINGS
    yield "investment", case.portfolio.within("investment", request.years) / HUNDREDTHS, FLOORS
    for name, value in case.values.objectives.items():
        if name not in case.values.weights and name != "investment_cny":
            yield name, np.repeat(value.expected()[:, None], request.years, axis=1), FLOORS


def _point(name: str, limit: float, problem: Problem, found: Choice, plan: Plan) -> dict[str, Any]:
    return {
        "across": name,
        "limit": limit,
        "value_cny": expected_value(problem, found.found),
        "bound_cny": found.bound,
        "shared": shared(plan, found.plan),
    }


def sensitivity(case: Case, choice: Choice, effort: Effort) -> pl.DataFrame:
    """Return what the plan is worth, and which would be best, if an assumption were another."""
    plan = choice.found
    rows = []
    for name, setting, other in _variants(case):
        found = choose(other.problem, effort, plan)
        best = None if found.plan is None else found.goal
        low, high = np.quantile(scenario_values(other.problem, plan), INTERVAL)
        ends = (goal(other.problem, plan), float(low), float(high))
        rows.append((name, setting, *ends, best, shared(plan, found.plan)))
    schema = Sensitivity.create_empty().schema
    return Sensitivity.validate(pl.DataFrame(rows, schema=schema, orient="row"))


def _variants(case: Case) -> Iterator[tuple[str, str, Case]]:
    request = case.request
    yield "forecasts", "as_claimed", posed(replace(case, values=as_claimed(case.values)))
    for times, name in ((0.5, "error_half"), (2.0, "error_double")):
        values = revalued(case, case.correction.error * times)
        yield "forecasts", name, posed(replace(case, values=values))
    for common, name in COMMON.items():
        shares = dict(zip(("shared", "sector_shared"), common, strict=True))
        assumed = replace(request.assumptions, **shares)
        yield "common_error", name, cast_anew(case, replace(request, assumptions=assumed))
    if case.portfolio.pairs.height:
        alone = replace(case.portfolio, pairs=case.portfolio.pairs.clear())
        yield "pairs", "none", posed(replace(case, portfolio=alone))
    for rate in (0.0, 0.1):
        assumed = replace(request.assumptions, discount=rate)
        yield "discount", f"{rate:.0%}", _asked(case, replace(request, assumptions=assumed))
    averse = 0.5 if request.risk_aversion == 0 else 0.0
    yield "risk_aversion", f"{averse:.1f}", _asked(case, replace(request, risk_aversion=averse))
    if request.investment_target_cny is not None:
        counts: Counted = "expected" if request.counts == "planned" else "planned"
        yield "investment_counts", counts, _asked(case, replace(request, counts=counts))


def _asked(case: Case, request: PlanRequest) -> Case:
    return posed(replace(case, request=request))
