"""Why there is no plan: against every plan there is, and in words."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.plans.worlds import FIRST, NOTHING_KNOWN, asked, candidates, case_of, demanding

from townworks.errors import NoPlanError
from townworks.plans import Demand, Problem
from townworks.plans.conflicts import GROUPED, Explanation, explain
from townworks.plans.planning import make_plan
from townworks.plans.request import Limit, PlanRequest, Quota


def every_choice(problem: Problem) -> np.ndarray:
    """All plans that start nobody before it may, as places, (n_plans, n · n_years)."""
    n, years = problem.shape
    starts = np.array(list(product(range(-1, years), repeat=n)))
    taken = (starts[:, :, None] == np.arange(years)).reshape(len(starts), -1)
    barred = (taken & ~problem.allowed.ravel()).any(axis=1)
    return np.asarray(taken[~barred], np.float64)


def amounts(plans: np.ndarray, demand: Demand) -> np.ndarray:
    """What each plan has of a demand."""
    return np.asarray(plans[:, demand.index] @ demand.weight)


def meeting(plans: np.ndarray, demands: Sequence[Demand]) -> np.ndarray:
    """The plans that meet all demands."""
    for demand in demands:
        used, close = amounts(plans, demand), 1e-9 * (1 + np.abs(demand.weight).max(initial=0))
        plans = plans[(used >= demand.least - close) & (used <= demand.most + close)]
    return plans


def is_irreducible(problem: Problem, found: Explanation) -> None:
    """Nobody meets all; leave one out, and somebody does; what is reachable is reached."""
    plans = every_choice(problem)
    groups = [list(conflict.demands) for conflict in found.conflicts]
    assert groups
    assert len(meeting(plans, [row for group in groups for row in group])) == 0
    for conflict in found.conflicts:
        others = [d for group in found.conflicts if group is not conflict for d in group.demands]
        left = meeting(plans, others)
        assert len(left) > 0, conflict.key
        if conflict.reachable is None:
            assert conflict.key in GROUPED
            continue
        (demand,) = conflict.demands
        beside = [row for row in problem.demands if row is not demand]
        with_all = meeting(plans, beside)
        used = amounts(with_all if len(with_all) else left, demand)
        short = used.max() < demand.least
        if np.isinf(demand.most) or np.isinf(demand.least) or short:
            best = used.max() if np.isinf(demand.most) or short else used.min()
            assert conflict.reachable == pytest.approx(best, rel=1e-9)
    every = _groups(problem)
    own = [[id(row) for row in group] for group in groups]
    frees = [
        len(meeting(plans, [d for g in every if [id(r) for r in g] != one for d in g])) > 0
        for one in own
    ]
    assert found.is_all == all(frees)


def _groups(problem: Problem) -> list[list[Demand]]:
    """Demands as people make them."""
    found: dict[object, list[Demand]] = {}
    for number, demand in enumerate(problem.demands):
        found.setdefault(demand.key if demand.key in GROUPED else number, []).append(demand)
    return list(found.values())


def harder(frame: pl.DataFrame, seed: int, towns: int, years: int) -> PlanRequest:
    """A demanding request, one or two of its demands beyond what there is."""
    rng = np.random.default_rng([seed, 9])
    request = demanding(frame, seed, towns, years)
    target = request.investment_target_cny or Decimal(0)
    ids = frame["candidate_id"].to_list()
    turns: list[dict[str, object]] = [
        {"investment_target_cny": target * 3},
        {"limits": (*request.limits, Limit("public_investment", Decimal(10**8)))},
        {"must_not": frozenset(ids[: frame.height - towns + 1]), "must": frozenset()},
        {"quotas": (Quota("prefecture", str(frame["prefecture"][1]), towns + 1),)},
        {"starts": {FIRST + year: 0 for year in range(years)}},
        {"must": frozenset(ids), "towns": towns},
        {"investment_limit_cny": target / 3, "investment_target_cny": None},
    ]
    picked = rng.choice(len(turns), 2 if seed % 2 else 1, replace=False)
    for number in picked:
        request = asked(request, **turns[int(number)])
    return request


@given(st.integers(0, 10**6), st.integers(3, 6), st.sampled_from([1, 2]))
@settings(max_examples=40)
def test_conflicts_are_irreducible_by_looking_at_every_plan(seed: int, n: int, years: int) -> None:
    frame = candidates(n, seed, 2)
    problem = case_of(frame, None, harder(frame, seed, max(1, n // 2), years)).problem
    assume(len(meeting(every_choice(problem), problem.demands)) == 0)
    found = explain(problem)
    assert found.is_proven
    is_irreducible(problem, found)


def test_two_conflicts_apart_are_not_told_as_one() -> None:
    """To give up one demand of the first leaves the second: no plan is promised for it."""
    frame = candidates(6, 3).with_columns(prefecture=pl.Series(["A", "A", "A", "B", "B", "B"]))
    quotas = (Quota("prefecture", "A", 4), Quota("prefecture", "B", 4))
    problem = case_of(frame, None, PlanRequest(FIRST, 2, None, quotas=quotas, apart="none")).problem
    free = replace(problem, demands=tuple(d for d in problem.demands if d.key == "quota"))
    found = explain(free)
    assert [conflict.key for conflict in found.conflicts] == ["quota"]
    assert found.conflicts[0].reachable == 3
    assert (found.is_proven, found.is_all) == (True, False)
    is_irreducible(free, found)


def test_no_time_is_said_to_prove_nothing() -> None:
    frame = candidates(6, 3)
    problem = case_of(frame, None, PlanRequest(FIRST, 2, 7, apart="none")).problem
    found = explain(problem, seconds=0.0)
    assert not found.is_proven
    assert not found.is_all


def seventy_nine(largest: Decimal) -> pl.DataFrame:
    """79 committed towns that bring 307 bn, and 40 applications of up to `largest`."""
    committed = [Decimal("3.9e9")] * 78 + [Decimal("2.8e9")]
    applied = [largest - Decimal(i) * 10**7 for i in range(40)]
    n = len(committed) + len(applied)
    return pl.DataFrame(
        {
            "candidate_id": [f"c{i:03}" for i in range(n)],
            "name": [f"小镇{i}" for i in range(n)],
            "sector": ["health"] * n,
            "industry": [f"industry {i}" for i in range(n)],
            "standing": ["committed"] * 79 + ["open"] * 40,
            "start_year": [FIRST] * 79 + [None] * 40,
            "growth_cny": [Decimal(10**8)] * n,
            "private_investment_1_cny": [*committed, *applied],
        }
    )


def refused(frame: pl.DataFrame, request: PlanRequest) -> dict[str, list[str]]:
    with pytest.raises(NoPlanError) as raised:
        make_plan(frame, None, request, NOTHING_KNOWN)
    return {language: list(lines) for language, lines in raised.value.texts.items()}


def test_the_last_twenty_one_towns_are_told_what_they_must_bring() -> None:
    said = refused(seventy_nine(Decimal("6e9")), PlanRequest(FIRST, 3, 100, Decimal("500e9")))
    assert (
        "79 towns that must be in bring CNY 307 bn; 21 more towns must reach CNY 193 bn together, "
        "CNY 9.19 bn each, while the largest application is CNY 6 bn."
    ) in said["en"]
    assert (
        "必须列入的79个小镇带来3,070亿元；其余21个小镇须合计达到1,930亿元，平均每个91.9亿元，而最大的申请为60亿元。"
    ) in said["zh"]
    best = 307 + sum(6 - i / 100 for i in range(21))
    target = next(line for line in said["en"] if "is to be reached by 2017" in line)
    assert f"at most CNY {best:.1f} bn can be, CNY {500 - best:.1f} bn less" in target
    assert said["en"][0] == "No plan meets these demands together:"
    assert "100 towns are to be chosen; 119 candidates may be." in said["en"]
    assert said["en"][-1] == "Give up or ease any one of them, and there is a plan."


def test_larger_applications_reach_the_target() -> None:
    frame, request = seventy_nine(Decimal("9.4e9")), PlanRequest(FIRST, 3, 100, Decimal("500e9"))
    planned = make_plan(frame, None, request, NOTHING_KNOWN, details=False)
    assert planned.summary.towns == 100


def test_other_demands_are_told_with_their_numbers() -> None:
    frame = candidates(12, 4).with_columns(
        prefecture=pl.Series(["A"] * 3 + ["B"] * 9), site=pl.lit(None, pl.String)
    )
    base = PlanRequest(FIRST, 2, 6, apart="none")
    floor = refused(frame, asked(base, quotas=(Quota("prefecture", "A", 4),)))
    assert (
        "A is to have at least 4 towns; with the other demands at most 3 are possible."
        in (floor["en"])
    )
    assert "A至少4个小镇；在其他要求下至多3个。" in floor["zh"]
    cap = refused(frame, asked(base, quotas=(Quota("prefecture", "B", 0, 2),)))
    assert "B is to have at most 2 towns; the other demands need 3." in cap["en"]
    starts = refused(frame, asked(base, starts={FIRST: 2, FIRST + 1: 3}))
    assert "At most 2 new towns in 2015; the other demands need 3." in starts["en"]
    assert "2016年新增小镇不超过3个；其他要求需要4个。" in starts["zh"]
    many = refused(frame, asked(base, towns=13))
    assert many["en"][1] == "13 towns are to be chosen; 12 candidates may be."
    tight = asked(base, limits=(Limit("land", Decimal(1)),))
    cheapest = float(frame["land_1_mu"].cast(float).min())  # type: ignore[arg-type]
    (line,) = [line for line in refused(frame, tight)["en"] if line.startswith("The cheapest")]
    assert line == f"The cheapest candidate alone needs {cheapest:,.2f} mu."
