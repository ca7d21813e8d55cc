"""Requests at the edge: noughts and blanks, late starters, orders that cannot be, ties."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from tests.unit.plans.worlds import FIRST, NOTHING_KNOWN, case_of

from townworks.errors import NoPlanError
from townworks.plans.asking import read_request
from townworks.plans.casting import Past
from townworks.plans.checking import plan_faults
from townworks.plans.planning import Planned, make_plan
from townworks.plans.request import Limit, Override, PlanRequest
from townworks.plans.robustness import inclusion
from townworks.plans.solve import Effort

BN = 10**9


def few(n: int, **columns: list[object]) -> pl.DataFrame:
    """Candidates of one sector, each of its own industry, with a growth that tells them apart."""
    own = {
        "candidate_id": [f"c{i}" for i in range(n)],
        "name": [f"镇{i}" for i in range(n)],
        "sector": ["health"] * n,
        "industry": [f"i{i}" for i in range(n)],
        "growth_cny": [float((i + 1) * 10**8) for i in range(n)],
    }
    return pl.DataFrame(own | columns, strict=False)


def made(frame: pl.DataFrame, towns: int | None = 2, **asked: object) -> Planned:
    request = PlanRequest(FIRST, towns=towns, scenarios=20, **asked)  # type: ignore[arg-type]
    return make_plan(frame, None, request, NOTHING_KNOWN, details=False)


def test_noughts_and_blanks_are_worth_nothing_and_break_nothing() -> None:
    found = made(few(4, jobs=[0, None, None, None]))
    jobs = found.totals.filter(pl.col("quantity") == "jobs").row(0, named=True)
    assert (jobs["planned"], jobs["expected"]) == (0, 0)
    found = made(few(4, growth_cny=[0.0, 0.0, None, None]))
    assert found.summary.value_cny == 0
    assert set(found.lines["value_basis"]) == {"claim", "nothing"}


def test_effects_make_no_claims_to_fall_short_of() -> None:
    frame = few(5, base_jobs=[100.0, 200.0, 300.0, 400.0, 500.0])
    request = PlanRequest(FIRST, towns=2, scenarios=20, weights={"jobs": Decimal(50_000)})
    past = Past(NOTHING_KNOWN.ratios, {"jobs": (0.2, 0.2)})
    found = make_plan(frame, None, request, past, details=False)
    assert found.summary.claimed_cny == pytest.approx(0)
    assert found.summary.shortfall_cny == pytest.approx(0)
    assert np.isfinite(found.summary.shortfall_corrected_cny)


def test_investment_counts_as_far_as_it_falls_into_the_years() -> None:
    frame = few(
        3,
        public_investment_1_cny=[BN // 10, BN, BN],
        public_investment_2_cny=[BN, BN, None],
        public_investment_3_cny=[BN, BN, None],
        ready_year=[2017, 2015, 2015],
    )
    weights = {"investment_cny": Decimal(1)}
    found = made(frame, 3, weights=weights)
    late = found.lines.filter(pl.col("candidate_id") == "c0").row(0, named=True)
    assert late["start_year"] == 2017
    assert late["investment_cny"] == Decimal("100000000.00")
    assert late["value_claimed_cny"] == Decimal("100000000.00")
    early = case_of(frame, None, PlanRequest(FIRST, towns=3, weights=weights))
    assert early.problem.left[1].tolist() == pytest.approx([1, 2 / 3 / 1.05, 1 / 3 / 1.05**2])
    assert early.problem.left[2].tolist() == pytest.approx([1, 1 / 1.05, 1 / 1.05**2])


def test_of_whom_no_investment_is_known_it_is_said() -> None:
    frame = few(3, public_investment_cny=[BN, 2 * BN, None])
    found = made(frame, 2, weights={"investment_cny": Decimal(1)})
    row = found.lines.filter(pl.col("candidate_id") == "c2").row(0, named=True)
    assert (row["value_basis"], row["chosen"]) == ("nothing", False)
    assert "since no amount of it is known" in row["reason_en"]


def test_a_sum_beside_its_years_is_a_fault() -> None:
    frame = few(2, land_mu=[100, None], land_1_mu=[50, 60])
    (fault,) = plan_faults(frame, None, PlanRequest(FIRST, towns=1))
    assert fault == "land_mu stands beside amounts by year at 'c0': give the sum or the years"


def test_orders_that_chain_or_cannot_be() -> None:
    chain = (Override("c0", "c1", "x", "y"), Override("c1", "c2", "x", "y"))
    (fault,) = plan_faults(few(4), None, PlanRequest(FIRST, towns=2, overrides=chain))
    assert fault == "'c1' is overridden out and in: say one"
    frame = few(
        4,
        public_investment_cny=[5 * BN, 5 * BN, 7 * BN, 3 * BN],
        standing=["must", "must", "open", "open"],
    )
    orders = (Override("c0", "c2", "x", "y"), Override("c1", "c3", "x", "y"))
    limits = (Limit("public_investment", Decimal(10 * BN)),)
    found = made(frame, 2, years=1, overrides=orders, limits=limits)
    assert found.lines.filter("chosen")["candidate_id"].to_list() == ["c2", "c3"]
    alone = dict(found.overrides.select("out", "regret_cny").iter_rows())
    assert alone["c0"] is None, "alone it is above the ceiling"
    assert alone["c1"] is not None


def test_a_typed_limit_goes_before_the_file_s_and_none_stands_twice() -> None:
    one = '[[limit]]\nresource = "land"\n'
    text = f"{one}most = 3000\n{one}most = 5\nyear = 2015\n"
    aim = {"first_year": 2015}
    request = read_request(text, "r.toml", aim, {"limits": (Limit("land", Decimal(9)),)})
    assert sorted((str(limit.year), limit.most) for limit in request.limits) == [
        ("2015", Decimal(5)),
        ("None", Decimal(9)),
    ]
    twice = PlanRequest(FIRST, towns=1, limits=(Limit("land", Decimal(1)),) * 2)
    assert plan_faults(few(2), None, twice) == ["land is limited 2 times in all: say one limit"]


def test_who_must_be_in_must_be_ready() -> None:
    frame = few(3, ready_year=[2030, 2015, 2015])
    faults = plan_faults(frame, None, PlanRequest(FIRST, towns=2, must=frozenset({"c0"})))
    assert faults == ["'c0' must be in the plan and is not ready by 2017"]


def test_the_cheapest_is_the_cheapest_who_may() -> None:
    frame = few(2, public_investment_cny=[9 * BN, None], ready_year=[2017, 2017])
    with pytest.raises(NoPlanError) as caught:
        made(frame, 2, limits=(Limit("public_investment", Decimal(BN)),))
    assert not any("cheapest" in line for line in caught.value.texts["en"])


def test_towns_that_run_already_are_not_started_again() -> None:
    frame = few(
        3, standing=["committed", "committed", "open"], start_year=[2013, 2014, None]
    ).with_columns(pl.col("start_year").cast(pl.Int32))
    found = made(frame, 3, starts={2015: 1})
    rows = found.totals.filter(pl.col("quantity") == "towns")
    started = dict(rows.select("year", "planned").iter_rows())
    assert started == {None: 3, 2015: 1, 2016: 0, 2017: 0}


def test_an_open_candidate_keeps_its_flows_whatever_year_it_names() -> None:
    frame = few(2, public_investment_cny=[3 * BN, 3 * BN], start_year=[2013, None])
    found = made(frame.with_columns(pl.col("start_year").cast(pl.Int32)), 2)
    assert found.lines["investment_cny"].to_list() == [Decimal("3000000000.00")] * 2


def test_a_ceiling_a_fen_below_a_tie_is_kept() -> None:
    frame = few(40, public_investment_1_cny=[BN] * 40)
    limits = (Limit("public_investment", Decimal("9999999999.99")),)
    found = made(frame, None, years=1, limits=limits)
    assert found.summary.towns == 9
    assert found.totals.filter(pl.col("quantity") == "public_investment")["planned"][0] == 9 * BN


def test_every_scenario_counts_however_short_the_time_for_one() -> None:
    case = case_of(few(30), None, PlanRequest(FIRST, towns=9, scenarios=300))
    short = inclusion(case.problem, Effort(seconds=0.05))
    assert short == pytest.approx(inclusion(case.problem, Effort()), abs=1e-9)
