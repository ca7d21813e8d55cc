"""Every fault of a request at once, each saying where it is and what to do."""

from decimal import Decimal

import polars as pl
import pytest
from tests.unit.plans.worlds import FIRST, NOTHING_KNOWN, candidates, pairs

from townworks.errors import PlanRequestError
from townworks.plans.checking import plan_faults
from townworks.plans.planning import make_plan
from townworks.plans.request import Assumptions, Limit, Override, PlanRequest, Quota, request_faults


def faults(frame: pl.DataFrame, linked: pl.DataFrame | None = None, **asked: object) -> list[str]:
    return plan_faults(frame, linked, PlanRequest(FIRST, towns=2, **asked))  # type: ignore[arg-type]


def test_a_sound_request_has_no_fault() -> None:
    frame = candidates(6, 1)
    assert faults(frame, pairs(6, 4, 1), must=frozenset({"c001"})) == []


def test_no_candidates() -> None:
    assert faults(candidates(6, 1).clear()) == ["there are no candidates: give at least one"]
    assert faults(pl.DataFrame({"name": ["a"]})) == [
        "the candidates lack the columns candidate_id, industry, sector"
    ]


def test_every_fault_of_the_candidates_at_once() -> None:
    frame = candidates(6, 1).with_columns(
        pl.Series("candidate_id", ["a", "a", "b", "c", "d", "e"]),
        pl.Series("land_1_mu", [1.0, -2.0, float("nan"), 4.0, float("inf"), 6.0]),
        pl.Series("jobs", [1, 2, 3, 4, 5, -6]),
        pl.Series("sector", ["health", " ", None, "health", "health", "health"]),
        pl.Series("standing", ["committed", "open", "open", "open", "open", "must"]),
        pl.Series("ready_year", [None, None, None, None, None, 2030]),
    )
    assert faults(frame) == [
        "jobs is below 0 at 'e'",
        "land_1_mu is no number at 'b', 'd': leave the cell empty if it is not known",
        "land_1_mu is below 0 at 'a'",
        "sector is empty in 2 rows: every candidate needs one",
        "candidates stand twice: 'a': give each its own id",
        "committed towns have no start_year: add the column",
        "'e' must be in the plan and is not ready by 2017",
    ]


def test_every_fault_of_the_request_at_once() -> None:
    request = PlanRequest(
        FIRST,
        years=0,
        towns=0,
        investment_target_cny=Decimal(5),
        investment_limit_cny=Decimal(4),
        limits=(Limit("gold", Decimal(-1)), Limit("land", Decimal("NaN"), 2031)),
        quotas=(Quota("sector", "health", 3, 2),),
        starts={2031: -1},
        must=frozenset("ab"),
        must_not=frozenset("b"),
        overrides=(Override("a", "a", "", "because"),),
        weights={"growth_cny": Decimal(0), "beauty": Decimal(1)},
        risk_aversion=2.0,
        tail=0.0,
        scenarios=0,
        assumptions=Assumptions(ratio_error=0, shared=0.9, sector_shared=0.2),
    )
    found = "\n".join(request_faults(request))
    for said in (
        "towns is 0: ask for 1 or more",
        "years is 0: it goes from 1 to 30",
        "scenarios is 0: it goes from 1 to 5000",
        "risk aversion is 2: it goes from 0 to 1",
        "tail is 0: it is above 0, at most 1",
        "the error of forecasts is 0.01 to 3",
        "towns have in common are at least 0, together below 1",
        "the investment target 5 is above the investment limit 4",
        "there is no resource 'gold': limit private_investment, public_investment",
        "the limit of gold is -1: it is a number, at least 0",
        "the limit of land is NaN: it is a number, at least 0",
        "starts in 2031 are limited to -1: that is below 0",
        "there is no objective 'beauty': weigh growth_cny",
        "sector health is to have 3 to 2 towns",
        "'b' must be in the plan and must not: take it from one of the lists",
        "'a' is to be replaced by itself",
        "the override of 'a' does not say by: a decision has both",
    ):
        assert said in found


def test_what_request_and_candidates_say_of_each_other() -> None:
    frame = candidates(5, 2).with_columns(standing=pl.Series(["must_not", *["open"] * 4]))
    found = faults(
        frame.drop("growth_cny").with_columns(jobs=pl.Series([None, 3, 4, 5, 6])),
        pairs(5, 2, 3).with_columns(one=pl.lit("zz")),
        must=frozenset({"c000", "nobody"}),
        quotas=(Quota("sector", "mining", 1),),
        apart_km=5.0,
    )
    assert found == [
        "must be in the plan, and no candidate: 'nobody': check the ids",
        "request and candidates contradict each other on 'c000': must or must not",
        "no candidate says anything of growth_cny: weigh what is there (jobs, investment_cny)",
        "no candidate is of sector 'mining': there are 'fashion', 'finance', 'health'",
        "distances are asked for, and the candidates have no lon and lat (WGS 84)",
        "pairs name who is no candidate: 'zz'",
    ]


def test_cells_that_are_no_such_thing_are_told() -> None:
    frame = candidates(4, 2).with_columns(
        pl.Series("county_code", ["330101", "33010", "330103", None]),
        pl.Series("lat", [30.0, 30.0, 120.0, None]),
    )
    assert faults(frame) == [
        "county_code is not as declared at 'c001', such as '33010': see docs/tables.md",
        "lat is not as declared at 'c002', such as '120.0': see docs/tables.md",
    ]


def test_pairs_with_themselves_twice_or_without_a_number() -> None:
    linked = pl.DataFrame(
        {
            "one": ["c000", "c001", "c002"],
            "other": ["c000", "c002", "c001"],
            "value_cny": [1.0, float("nan"), 2.0],
        }
    )
    assert faults(candidates(5, 2), linked) == [
        "pairs of a candidate with itself: 'c000'",
        "pairs stand twice: 'c001–c002': add their values up",
        "value_cny of a pair is no number",
    ]


def test_the_error_lists_them_and_makes_no_plan() -> None:
    with pytest.raises(PlanRequestError) as caught:
        make_plan(candidates(3, 1).clear(), None, PlanRequest(FIRST, towns=0), NOTHING_KNOWN)
    assert str(caught.value).splitlines() == [
        "The request has 2 faults; no plan was made.",
        "  towns is 0: ask for 1 or more",
        "  there are no candidates: give at least one",
    ]


def test_errors_wholly_in_common_are_a_fault() -> None:
    """Of such a record nothing could be learnt: no town would say more than another."""
    assumed = Assumptions(shared=0.8, sector_shared=0.2)
    assert request_faults(PlanRequest(FIRST, assumptions=assumed)) == [
        "shares of error that towns have in common are at least 0, together below 1"
    ]
