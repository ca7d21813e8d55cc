"""A whole plan: tables that agree with each other, reasons for everybody, the same bytes."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from tests.unit.plans.worlds import FIRST, NOTHING_KNOWN, asked, candidates, demanding, pairs

from townworks.errors import NoPlanError
from townworks.plans.casting import Past
from townworks.plans.comparing import compare_plans
from townworks.plans.planning import Planned, make_plan
from townworks.plans.request import Override, PlanRequest
from townworks.schema.plans import PlanLine

N, TOWNS = 30, 12


def planned(*, details: bool = False, **changes: object) -> Planned:
    frame = candidates(N, 2)
    request = asked(demanding(frame, 2, TOWNS), must=frozenset({"c004"}), quotas=(), **changes)
    return make_plan(frame, pairs(N, 60, 2), request, NOTHING_KNOWN, details=details)


@pytest.fixture(scope="module")
def found() -> Planned:
    return planned(details=True)


def test_every_candidate_has_a_decision_and_a_reason_in_both_languages(found: Planned) -> None:
    lines = found.lines
    assert lines.height == N
    assert lines["chosen"].sum() == TOWNS == found.summary.towns
    assert (lines["chosen"] == lines["start_year"].is_not_null()).all()
    chosen = lines.filter("chosen")
    assert set(chosen["reason"]) <= {"must", "worth", "committed"}
    assert lines.filter(pl.col("candidate_id") == "c004")["reason"].item() == "must"
    assert set(lines.filter(~pl.col("chosen"))["reason"]) <= {"outweighed", "excluded", "limited"}
    for language in ("en", "zh"):
        assert lines[f"reason_{language}"].str.len_chars().min() > 8  # type: ignore[operator]
    assert not lines["reason_zh"].str.contains("Worth|candidate|year").any()


def test_tables_tell_one_story(found: Planned) -> None:
    lines, years, totals = found.lines.filter("chosen"), found.years, found.totals
    whole = totals.filter(pl.col("year").is_null())
    by_name = dict(whole.select("quantity", "planned").iter_rows())
    assert by_name["towns"] == TOWNS
    assert by_name["investment"] == lines["investment_cny"].sum()
    assert by_name["land"] == lines["land_mu"].sum() == years["land_mu"].sum()
    both = years.select(pl.col("private_investment_cny") + pl.col("public_investment_cny"))
    assert by_name["investment"] == both.to_series().sum()
    assert set(years["candidate_id"]) <= set(lines["candidate_id"])
    assert float(by_name["value"]) == pytest.approx(found.summary.value_cny, abs=0.01)
    assert found.summary.displaced == {
        0.0: found.summary.value_cny,
        0.4: pytest.approx(0.6 * found.summary.value_cny),
        1.0: 0.0,
    }
    held = found.totals.filter(pl.col("most").is_not_null())
    assert (held["planned"] <= held["most"]).all()


def test_details_are_plans_made_anew(found: Planned) -> None:
    assert set(found.shadow["quantity"]) >= {"towns", "investment_target", "land"}
    fewer = found.shadow.filter((pl.col("quantity") == "towns") & (pl.col("change") == -1))
    assert fewer["value_change_cny"].item() < 0
    for (across,), points in found.frontier.group_by(["across"], maintain_order=True):
        worth = points["value_cny"].to_numpy()
        assert worth[0] == pytest.approx(found.summary.value_cny, rel=0.01), across
        assert (np.diff(worth) <= 0.01 * worth[0]).all(), across
    width = {
        setting: high - low
        for name, setting, low, high in found.sensitivity.select(
            "assumption", "setting", "low_cny", "high_cny"
        ).iter_rows()
        if name == "common_error"
    }
    assert width["none"] < width["half"]
    claims = found.sensitivity.filter(pl.col("setting") == "as_claimed").row(0, named=True)
    assert claims["best_cny"] >= claims["value_cny"] * 0.999
    assert found.lines["inclusion"].min() + 1 > 0  # type: ignore[operator]
    assert found.lines["inclusion"].sum() == pytest.approx(TOWNS, abs=0.01)


def test_the_same_seed_gives_the_same_tables_and_another_does_not() -> None:
    one, same, other = planned(), planned(), planned(seed=99)
    for name, table in one.tables().items():
        assert table.equals(same.tables()[name]), name
    assert one.lines.equals(same.lines)
    assert one.summary == same.summary
    assert one.summary.value_low_cny != other.summary.value_low_cny


def test_an_override_is_kept_and_its_cost_logged(found: Planned) -> None:
    out = found.lines.filter(pl.col("chosen") & (pl.col("reason") == "worth"))["candidate_id"][0]
    into = found.lines.filter(pl.col("reason") == "outweighed")["candidate_id"][0]
    order = Override(out, into, "the governor", "the valley needs it")
    plain = planned(risk_aversion=0.0)
    changed = planned(overrides=(order,), risk_aversion=0.0)
    state = dict(changed.lines.select("candidate_id", "chosen").iter_rows())
    assert (state[out], state[into]) == (False, True)
    told = changed.lines.filter(pl.col("candidate_id") == into).row(0, named=True)
    assert told["reason"] == "overridden"
    assert "the governor" in told["reason_en"]
    assert "the valley needs it" in told["reason_zh"]
    (log,) = changed.overrides.iter_rows(named=True)
    assert (log["by"], log["why"]) == ("the governor", "the valley needs it")
    assert 0 <= log["regret_share"] < 1
    assert log["regret_cny"] == pytest.approx(
        plain.summary.value_cny - changed.summary.value_cny, rel=0.05, abs=1e7
    )


def test_what_nobody_can_meet_is_told_with_numbers() -> None:
    with pytest.raises(NoPlanError) as caught:
        planned(investment_target_cny=Decimal("9e12"))
    told = caught.value.texts
    assert told["en"][0] == "No plan meets these demands together:"
    assert any("CNY 9,000 bn of investment is to be reached by 2016" in line for line in told["en"])
    assert len(told["zh"]) == len(told["en"])


def test_a_town_alone_and_a_plan_without_a_number() -> None:
    alone = make_plan(candidates(1, 1), None, PlanRequest(FIRST, towns=1), NOTHING_KNOWN)
    assert alone.lines["reason"].to_list() == ["worth"]
    frame = candidates(8, 1).with_columns(
        pl.lit("sock").alias("industry"), pl.lit("330681").alias("county_code")
    )
    request = PlanRequest(FIRST, towns=None, must=frozenset({"c000"}))
    free = make_plan(frame, None, request, NOTHING_KNOWN, details=False)
    assert free.lines["reason"].to_list() == ["must", *["excluded"] * 7]
    assert "8 candidates are of one industry in one county" in free.lines["reason_en"][1]


def test_published_effects_stand_in_for_forecasts() -> None:
    frame = candidates(6, 1).with_columns(
        base_jobs=pl.Series([100.0, 200.0, 300.0, None, 500.0, 600.0])
    )
    request = PlanRequest(FIRST, towns=2, weights={"jobs": Decimal(1)}, apart="none")
    frame = frame.drop("site").with_columns(ready_year=pl.lit(FIRST))
    past = Past(NOTHING_KNOWN.ratios, {"jobs": (0.2, 0.2)})
    made = make_plan(frame, None, request, past, details=False)
    assert made.lines.filter("chosen")["candidate_id"].to_list() == ["c004", "c005"]
    assert set(made.lines["value_basis"]) == {"effect", "sector"}
    assert made.summary.claimed_cny == 0


def test_two_plans_beside_each_other(found: Planned) -> None:
    other = planned(risk_aversion=0.0, investment_target_cny=None)
    compared = compare_plans(found.lines, other.lines)
    kinds = dict(compared["kind"].cast(pl.String).value_counts().iter_rows())
    assert kinds["both"] + kinds.get("first_only", 0) == TOWNS
    assert kinds["both"] + kinds.get("second_only", 0) == TOWNS
    same = compare_plans(found.lines, found.lines)
    assert set(same["kind"]) == {"both"}
    assert (same["first_investment_cny"] == same["second_investment_cny"]).all()


def test_lines_are_the_declared_table(found: Planned) -> None:
    assert PlanLine.is_valid(found.lines)
