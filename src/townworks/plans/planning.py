"""From candidates and a request to a plan with its proof, its reasons and its doubts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from townworks.errors import NoPlanError, PlanRequestError
from townworks.plans.analysis import frontier, sensitivity, shadow_values
from townworks.plans.casting import Case, Past, cast, posed
from townworks.plans.checking import checked, plan_faults
from townworks.plans.choose import Choice, choose
from townworks.plans.conflicts import explain
from townworks.plans.exchanges import exchanges
from townworks.plans.lines import plan_lines, worth_of
from townworks.plans.listing import list_plan, points, ranks
from townworks.plans.portfolio import begun_before, open_portfolio
from townworks.plans.problem import Demand, Plan, Problem, expected_value, scenario_values
from townworks.plans.proof import broken
from townworks.plans.request import PlanRequest
from townworks.plans.robustness import Curse, inclusion, shared, winners_curse
from townworks.plans.solve import Effort, SolverError
from townworks.plans.telling import conflict_words
from townworks.plans.totals import INTERVAL, plan_totals, plan_years
from townworks.schema.messages import LANGUAGES, message
from townworks.schema.plans import (
    FrontierPoint,
    OverrideRecord,
    PlanPair,
    PlanSummary,
    Sensitivity,
    ShadowValue,
)

DISPLACED = (0.0, 0.4, 1.0)
"""Shares of the gain that are only moved from elsewhere; nobody knows which holds."""
_ROUNDINGS, _FORBIDDEN = 20, 3
_TIGHTER = 1e-8
_LATE = ("late", "more_time")
Stage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """What came out: tables of `schema.plans`, and the plan in a few numbers."""

    lines: pl.DataFrame
    years: pl.DataFrame
    totals: pl.DataFrame
    pairs: pl.DataFrame
    frontier: pl.DataFrame
    sensitivity: pl.DataFrame
    shadow: pl.DataFrame
    overrides: pl.DataFrame
    summary: PlanSummary

    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Return the tables beside `lines`, by name."""
        names = ("years", "totals", "pairs", "frontier", "sensitivity", "shadow", "overrides")
        return {name: getattr(self, name) for name in names}


def make_plan(
    frame: pl.DataFrame,
    pairs: pl.DataFrame | None,
    request: PlanRequest,
    past: Past,
    *,
    details: bool = True,
    tell: Stage = lambda _stage: None,
) -> Planned:
    """Choose, prove and explain a plan.

    frame: columns of `schema.PlanCandidate` and flows. details: with shadow values, trade-offs and
    sensitivity, which take some thirty solutions more. tell: is told what is being done. Raises
    `PlanRequestError` with every fault, `NoPlanError` with the demands that conflict.
    """
    if faults := plan_faults(frame, pairs, request, past.effects):
        raise PlanRequestError(faults)
    tell("values")
    portfolio = begun_before(open_portfolio(checked(frame), _pairs(pairs), request.years), request)
    case = cast(portfolio, request, past, np.random.default_rng(request.seed))
    effort = Effort(request.gap, request.seconds)
    tell("plan")
    choice = proven_choice(case, effort)
    if choice.plan is None:
        raise no_plan(case, choice)
    return _explained(case, choice, effort, tell if details else None)


def _pairs(pairs: pl.DataFrame | None) -> pl.DataFrame | None:
    return None if pairs is None else PlanPair.cast(pairs)


def no_plan(case: Case, choice: Choice) -> NoPlanError:
    """Return the error that says which demands conflict, or that the time was too short."""
    if choice.status == "unknown":
        limit = f"{case.request.seconds:g}"
        said: dict[str, list[str]] = {
            language: [message(f"planning.conflict.{key}", language, s=limit) for key in _LATE]
            for language in LANGUAGES
        }
        return NoPlanError(said)
    return NoPlanError(conflict_words(case, explain(case.problem)))


def proven_choice(case: Case, effort: Effort) -> Choice:
    """Choose, and check the plan in whole numbers by separate code.

    A solver's tolerance may let a plan pass that breaks a ceiling by a fen; such a plan is
    forbidden and the choice made again, after a few with bounds a hundred-millionth tighter.
    """
    problem = case.problem
    ratio = case.expected_ratio.tolist()
    for attempt in range(_ROUNDINGS):
        choice = choose(problem, effort)
        if choice.plan is None:
            return choice
        faults = broken(case.portfolio, case.request, choice.plan, ratio)
        if not faults:
            return choice
        if attempt == _FORBIDDEN:
            problem = _tightened(case.problem)
        else:
            problem = _without(problem, choice.plan)
    raise SolverError(f"a plan that breaks {faults[0]}")


def _tightened(problem: Problem) -> Problem:
    """Move every bound on an amount inwards by more than a solver's tolerance."""
    return replace(problem, demands=tuple(_moved_inwards(demand) for demand in problem.demands))


def _moved_inwards(demand: Demand) -> Demand:
    if demand.key in ("ceiling", "investment_limit"):
        return replace(demand, most=demand.most - _TIGHTER * abs(demand.most))
    if demand.key == "investment_target":
        return replace(demand, least=demand.least + _TIGHTER * abs(demand.least))
    return demand


def _without(problem: Problem, plan: Plan) -> Problem:
    """Forbid exactly one plan."""
    n, years = problem.shape
    weight = np.full(n * years, -1.0)
    places = plan.places(years)
    weight[places] = 1.0
    cut = Demand("rounding", np.arange(n * years), weight, most=len(places) - 1.0)
    return replace(problem, demands=(*problem.demands, cut))


def _explained(case: Case, choice: Choice, effort: Effort, tell: Stage | None) -> Planned:
    """Put the tables together. tell: None leaves out what takes many solutions."""
    plan = choice.found
    told = tell or (lambda _stage: None)
    told("inclusion")
    worth = worth_of(case, inclusion(case.problem, effort))
    score = points(case.portfolio, case.values.claimed(), case.request)
    rank = ranks(score, case.portfolio.ids)
    by_list = list_plan(case.problem, rank, case.request.towns)
    found = exchanges(case.problem, plan)
    told("curse")
    rng = np.random.default_rng([case.request.seed, 1])
    curse = winners_curse(case.problem, case.values, case.correction, rng)
    totals = plan_totals(case, plan)
    return Planned(
        lines=plan_lines(case, plan, worth, found, (score, rank, by_list)),
        years=plan_years(case, plan),
        totals=totals,
        pairs=_counted(case, plan),
        **_details(case, choice, effort, tell),
        overrides=_overrides(case, choice, effort),
        summary=_summary(case, choice, by_list, curse, totals),
    )


def _details(
    case: Case, choice: Choice, effort: Effort, tell: Stage | None
) -> dict[str, pl.DataFrame]:
    if tell is None:
        return {
            "frontier": FrontierPoint.create_empty(),
            "sensitivity": Sensitivity.create_empty(),
            "shadow": ShadowValue.create_empty(),
        }
    found = {}
    for name, work in (
        ("shadow", shadow_values),
        ("frontier", frontier),
        ("sensitivity", sensitivity),
    ):
        tell(name)
        found[name] = work(case, choice, effort)
    return found


def _counted(case: Case, plan: Plan) -> pl.DataFrame:
    """Pairs of which both are chosen."""
    chosen = {one for one, start in zip(case.portfolio.ids, plan.start, strict=True) if start >= 0}
    ends = pl.col("one").is_in(chosen) & pl.col("other").is_in(chosen)
    return case.portfolio.pairs.filter(ends)


def _overrides(case: Case, choice: Choice, effort: Effort) -> pl.DataFrame:
    """What each decision against the plan costs, by itself."""
    schema = OverrideRecord.create_empty().schema
    orders = case.request.overrides
    if not orders:
        return OverrideRecord.create_empty()
    free = posed(replace(case, request=replace(case.request, overrides=())))
    best = choose(free.problem, effort, choice.plan)
    rows = []
    for order in orders:
        request = replace(case.request, overrides=(order,))
        alone = choose(posed(replace(case, request=request)).problem, effort, choice.plan)
        known = best.plan is not None and alone.plan is not None
        cost = max(best.goal - alone.goal, 0.0) if known else None
        share = cost / best.goal if cost is not None and best.goal > 0 else None
        rows.append((order.out, order.into, order.by, order.why, cost, share))
    return OverrideRecord.validate(pl.DataFrame(rows, schema=schema, orient="row"))


def _summary(
    case: Case, choice: Choice, by_list: Plan, curse: Curse, totals: pl.DataFrame
) -> PlanSummary:
    plan, problem, request = choice.found, case.problem, case.request
    value = expected_value(problem, plan)
    low, high = np.quantile(scenario_values(problem, plan), INTERVAL)
    claims = case.values.claimed()
    claimed = float(np.nansum(claims[plan.chosen])) if plan.chosen.any() else 0.0
    return PlanSummary(
        first_year=request.first_year,
        years=request.years,
        towns=int(plan.chosen.sum()),
        weights=dict(request.weights),
        risk_aversion=request.risk_aversion,
        scenarios=request.scenarios,
        seed=request.seed,
        value_cny=value,
        value_low_cny=float(low),
        value_high_cny=float(high),
        bound_cny=choice.bound,
        gap=choice.gap,
        is_proven=choice.status == "proven" or choice.gap <= request.gap,
        list_shared=shared(plan, by_list) or 0,
        list_value_cny=expected_value(problem, by_list),
        claimed_cny=claimed,
        shortfall_cny=claimed * curse.by_claims,
        shortfall_corrected_cny=value * curse.corrected,
        displaced={share: value * (1 - share) for share in DISPLACED},
        target_probability=_reached(totals),
    )


def _reached(totals: pl.DataFrame) -> float | None:
    rows = totals.filter((pl.col("quantity") == "investment") & pl.col("year").is_null())
    found = rows["probability"][0]
    return None if found is None else float(found)
