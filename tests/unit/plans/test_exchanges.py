"""Exchanges, robustness and the plain list, against plain loops and solutions made anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.plans.worlds import asked, candidates, case_of, demanding, pairs

from townworks.plans import Plan, Problem
from townworks.plans.casting import Case
from townworks.plans.choose import choose
from townworks.plans.exchanges import exchanges
from townworks.plans.listing import list_plan, points, ranks
from townworks.plans.problem import goal
from townworks.plans.proof import broken
from townworks.plans.robustness import inclusion, winners_curse
from townworks.plans.solve import Effort


def open_case(seed: int, n: int = 12, towns: int = 5, **changes: object) -> Case:
    frame = candidates(n, seed)
    request = demanding(frame, seed, towns)
    request = asked(request, must=frozenset(), quotas=(), starts={}, **changes)
    return case_of(frame, pairs(n, 2 * n, seed), request)


def swapped(plan: Plan, out: int, into: int, year: int) -> Plan:
    start = plan.start.copy()
    start[out], start[into] = -1, year
    return Plan(start)


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_the_next_best_is_the_best_of_all_sound_exchanges(seed: int) -> None:
    case = open_case(seed)
    choice = choose(case.problem, Effort(gap=0.0))
    if choice.plan is None:
        return
    plan, problem = choice.plan, case.problem
    found = exchanges(problem, plan)
    ratio = case.expected_ratio.tolist()
    for out in np.flatnonzero(plan.chosen):
        losses = [
            goal(problem, plan) - goal(problem, other)
            for into in np.flatnonzero(~plan.chosen)
            for year in range(problem.shape[1])
            for other in [swapped(plan, int(out), int(into), year)]
            if not broken(case.portfolio, case.request, other, ratio)
        ]
        if losses:
            assert found.loss[out] == pytest.approx(min(losses), rel=1e-6, abs=1.0)
        else:
            assert np.isnan(found.loss[out])
            assert found.instead[out] == -1
    assert (found.loss[~np.isnan(found.loss)] >= -1.0).all()


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_worth_what_is_needed_a_refused_one_is_chosen(seed: int) -> None:
    case = open_case(seed, risk_aversion=0.0, limits=())
    choice = choose(case.problem, Effort(gap=0.0))
    if choice.plan is None:
        return
    found = exchanges(case.problem, choice.plan)
    for who in np.flatnonzero(np.isfinite(found.needed) & (found.needed > 0))[:3]:
        value = case.problem.value.copy()
        value[who] += found.needed[who] + 1.0
        raised = Problem(
            value,
            case.problem.discount,
            case.problem.allowed,
            case.problem.pairs,
            case.problem.pair_value,
            case.problem.demands,
            case.problem.draws,
        )
        better = choose(raised, Effort(gap=0.0))
        assert better.plan is not None
        assert better.plan.chosen[who]


def test_inclusion_is_near_the_share_of_plans_made_anew_in_each_scenario() -> None:
    case = open_case(4, 30, 12, scenarios=40, limits=())
    found = inclusion(case.problem, Effort(gap=0.0))
    whole = np.zeros(30)
    for draw in case.problem.draws:
        one = Problem(
            draw,
            case.problem.discount,
            case.problem.allowed,
            case.problem.pairs,
            case.problem.pair_value,
            case.problem.demands,
            np.empty((0, 30)),
        )
        choice = choose(one, Effort(gap=0.0))
        assert choice.plan is not None
        whole += choice.plan.chosen
    assert found.sum() == pytest.approx(12, abs=1e-6)
    assert abs(found - whole / 40).mean() < 0.05


def test_choosing_by_claims_promises_more_than_choosing_by_corrected_values() -> None:
    case = open_case(9, 80, 20, scenarios=200, limits=(), investment_target_cny=None)
    rng = np.random.default_rng(1)
    curse = winners_curse(case.problem, case.values, case.correction, rng)
    assert curse.by_claims > 0.12
    assert abs(curse.corrected) < 0.05


def test_points_of_one_who_is_best_in_all_are_full_and_silence_does_not_count() -> None:
    frame = candidates(4, 3).with_columns(evidence=np.array(["supports"] + ["silent"] * 3))
    flows = [name for name in frame.columns if name.endswith(("_cny", "_mu"))]
    frame = frame.with_columns(
        frame[name].cast(float) * np.array([9, 1, 1, 1]) for name in flows
    ).with_columns(
        growth_cny=np.array([900.0, 100, 200, 300]),
        ready_year=np.array([2015, 2016, 2016, 2016]),
        public_investment_1_cny=np.zeros(4),
        public_investment_2_cny=np.zeros(4),
    )
    case = case_of(frame, None, demanding(frame, 3, 2))
    score = points(case.portfolio, case.values.claimed(), case.request)
    assert score[0] == pytest.approx(100)
    assert (score[1:] < 60).all()
    assert ranks(score, case.portfolio.ids)[0] == 1


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_the_list_goes_from_the_top_and_breaks_no_ceiling(seed: int) -> None:
    case = open_case(seed, 15, 6, investment_target_cny=None)
    score = points(case.portfolio, case.values.claimed(), case.request)
    rank = ranks(score, case.portfolio.ids)
    plan = list_plan(case.problem, rank, 6)
    faults = broken(case.portfolio, case.request, plan, case.expected_ratio.tolist())
    assert [fault for fault in faults if not fault.startswith("towns")] == []
    first = int(np.argmin(rank))
    assert plan.chosen[first] or not case.problem.allowed[first].any()
