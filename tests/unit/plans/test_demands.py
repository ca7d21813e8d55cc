"""Demands and their checker were written apart: any plan must be judged alike by both."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.plans.worlds import asked, candidates, case_of, demanding

from townworks.plans import Plan
from townworks.plans.casting import Case
from townworks.plans.proof import broken, total
from townworks.plans.totals import plan_totals, plan_years


def keeps_demands(case: Case, plan: Plan) -> bool:
    """Whether a plan keeps the linear demands and starts nobody when it may not."""
    problem = case.problem
    places = plan.places(problem.shape[1])
    if not problem.allowed.ravel()[places].all():
        return False
    x = np.zeros(problem.allowed.size)
    x[places] = 1
    sums = problem.matrix() @ x
    least, most = problem.bounds()
    slack = 1e-9 * np.maximum(abs(sums), 1)
    return bool(((sums >= least - slack) & (sums <= most + slack)).all())


@given(st.integers(0, 10**6), st.integers(2, 12), st.data())
@settings(max_examples=150)
def test_demands_and_checker_agree(seed: int, n: int, data: st.DataObject) -> None:
    frame = candidates(n, seed)
    kinds = st.sampled_from(["open", "open", "must_not"])
    standing = np.array(data.draw(st.lists(kinds, min_size=n, max_size=n)))
    frame = frame.with_columns(standing=standing, lon=np.arange(n) / 7, lat=np.full(n, 30.0))
    towns = data.draw(st.sampled_from([None, 2, n]))
    request = asked(demanding(frame, seed, towns), must=frozenset(), apart_km=15.0)
    case = case_of(frame, None, request)
    start = data.draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=n, max_size=n))
    plan = Plan(np.array(start))
    ratio = case.expected_ratio.tolist()
    assert (broken(case.portfolio, request, plan, ratio) == []) == keeps_demands(case, plan)


def test_committed_towns_bring_what_is_left_of_their_years() -> None:
    frame = candidates(2, 1, 3).with_columns(
        pl.Series("standing", ["committed", "open"]),
        pl.Series("start_year", [2014, None], pl.Int32),
        pl.lit(2015).alias("ready_year"),
    )
    request = asked(demanding(frame, 1, 2, 2), investment_target_cny=None, limits=(), quotas=())
    case = case_of(frame, None, request)
    plan = Plan(np.array([0, 1]))
    left = frame["private_investment_2_cny"][0] + frame["private_investment_3_cny"][0]
    late = frame["private_investment_1_cny"][1]
    assert total(case.portfolio, plan, "private_investment", 2, None) == left + late
    assert case.problem.allowed.tolist() == [[True, False], [True, True]]


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_years_and_totals_are_two_views_of_one_plan(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = candidates(9, seed)
    case = case_of(frame, None, demanding(frame, seed, 4))
    plan = Plan(rng.integers(-1, 2, 9))
    years, totals = plan_years(case, plan), plan_totals(case, plan)
    for name in ("private_investment", "public_investment", "fiscal_return", "land"):
        column = "land_mu" if name == "land" else f"{name}_cny"
        by_year = dict(years.group_by("year").agg(column).iter_rows())
        for quantity, year, planned in totals.select("quantity", "year", "planned").iter_rows():
            if quantity == name:
                every = [v for y, vs in by_year.items() if year in (None, y) for v in vs]
                assert planned == sum(every)
