"""What a plan comes to, beside what was asked, and how surely."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray
from townworks.plans.casting import Case
from townworks.plans.portfolio import HUNDREDTHS
from townworks.plans.problem import NEVER, Plan, scenario_values, share_of_value
from townworks.plans.proof import total
from townworks.schema.plans import OBJECTIVES, RESOURCES, UNITS, PlanTotal, PlanYear

INTERVAL = (0.025, 0.975)


def plan_years(case: Case, plan: Plan) -> pl.DataFrame:
    """Return what each chosen town invests and receives by calendar year (`schema.PlanYear`)."""
    rows = []
    for number, start in enumerate(plan.start):
        if start == NEVER:
            continue
        for since in range(case.request.years - int(start)):
            year = case.request.first_year + int(start) + since
            row: dict[str, Any] = {"candidate_id": case.portfolio.ids[number], "year": year}
            for resource in RESOURCES:
                flow = case.portfolio.flows[resource]
                amount = int(flow[number, since]) if since < flow.shape[1] else 0
                name = "land_mu" if resource == "land" else f"{resource}_cny"
                row[name] = Decimal(amount) / HUNDREDTHS
            rows.append(row)
    schema = PlanYear.create_empty().schema
    return PlanYear.validate(pl.DataFrame(rows, schema=schema))


def plan_totals(case: Case, plan: Plan) -> pl.DataFrame:
    """Return every quantity of the plan, in all and by year (`schema.PlanTotal`)."""
    rows = [*_towns(case, plan), *_value(case, plan), *_objectives(case, plan)]
    for resource in ("investment", *RESOURCES):
        rows += _resource(case, plan, resource)
    schema = PlanTotal.create_empty().schema
    return PlanTotal.validate(pl.DataFrame(rows, schema=schema, orient="row"))


def realised(case: Case, plan: Plan) -> FloatArray:
    """Return the investment of the plan in each scenario, within its years, (n_scenarios,)."""
    within = case.portfolio.within("investment", case.request.years) / HUNDREDTHS
    own = np.where(plan.chosen, within[np.arange(len(within)), plan.start], 0.0)
    return case.ratio.drawn(case.values.scores) @ own


def _row(quantity: str, year: int | None, planned: Decimal, **more: object) -> dict[str, Any]:
    empty = dict.fromkeys(("least", "most", "expected", "low", "high", "probability"))
    own = {"quantity": quantity, "year": year, "unit": UNITS[quantity], "planned": planned}
    return {**own, **empty, **more}


def _spread(values: FloatArray) -> dict[str, float]:
    low, high = np.quantile(values, INTERVAL)
    return {"low": float(low), "high": float(high)}


def _towns(case: Case, plan: Plan) -> Iterator[dict[str, Any]]:
    asked = None if case.request.towns is None else Decimal(case.request.towns)
    yield _row("towns", None, Decimal(int(plan.chosen.sum())), least=asked, most=asked)
    begun = case.portfolio.table["start_year"].fill_null(case.request.first_year).to_numpy()
    committed = (case.portfolio.table["standing"] == "committed").to_numpy()
    new = ~(committed & (begun < case.request.first_year))
    for year in case.request.calendar:
        count = int(((plan.start == year - case.request.first_year) & new).sum())
        most = case.request.starts.get(year)
        yield _row("towns", year, Decimal(count), most=None if most is None else Decimal(most))


def _value(case: Case, plan: Plan) -> Iterator[dict[str, Any]]:
    problem = case.problem
    expected = float(problem.value @ share_of_value(problem, plan))
    pairs = scenario_values(problem, plan) - problem.draws @ share_of_value(problem, plan)
    expected += float(pairs[0]) if len(pairs) else 0.0
    spread = _spread(scenario_values(problem, plan))
    yield _row("value", None, Decimal(str(round(expected, 2))), expected=expected, **spread)


def _objectives(case: Case, plan: Plan) -> Iterator[dict[str, Any]]:
    """Each objective in its own unit, a year at maturity, not discounted."""
    for name in OBJECTIVES:
        if name not in case.values.objectives:
            continue
        value = case.values.objectives[name]
        chosen = plan.chosen
        claims = np.nansum(value.claimed[chosen]) if chosen.any() else 0.0
        draws = value.drawn(case.values.scores)[:, chosen].sum(axis=1)
        expected = float(value.expected()[chosen].sum())
        planned = Decimal(str(round(float(claims), 2)))
        yield _row(name, None, planned, expected=expected, **_spread(draws))


def _resource(case: Case, plan: Plan, resource: str) -> Iterator[dict[str, Any]]:
    request = case.request
    for year in (None, *request.calendar):
        index = None if year is None else year - request.first_year
        planned = total(case.portfolio, plan, resource, request.years, index)
        more: dict[str, Any] = {"most": _ceiling(case, resource, year)}
        if resource == "investment" and year is None:
            more |= _investment(case, plan)
        yield _row(resource, year, planned, **more)


def _ceiling(case: Case, resource: str, year: int | None) -> Decimal | None:
    asked = [
        each.most for each in case.request.limits if (each.resource, each.year) == (resource, year)
    ]
    if resource == "investment" and year is None and case.request.investment_limit_cny is not None:
        asked.append(case.request.investment_limit_cny)
    return min(asked, default=None)


def _investment(case: Case, plan: Plan) -> dict[str, Any]:
    draws = realised(case, plan)
    target = case.request.investment_target_cny
    within = case.portfolio.within("investment", case.request.years) / HUNDREDTHS
    own = np.where(plan.chosen, within[np.arange(len(within)), plan.start], 0.0)
    reached = None if target is None else float((draws >= float(target)).mean())
    expected = float(case.expected_ratio @ own)
    return {"least": target, "expected": expected, "probability": reached, **_spread(draws)}
