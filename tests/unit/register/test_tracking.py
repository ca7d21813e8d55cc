"""What became of a plan by a day: who came, who is late, what was invested; in numbers."""

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.register.planning import BN, CASES, EARLY, RUNNING, plan_about, tables

from townworks.register import overviews
from townworks.register.audit import Act
from townworks.register.models import Account, Plan, PlanLine, StatusChange, Town
from townworks.register.overviews import Amount, Known, Standing
from townworks.register.services.plans import PlanFile, link_town, load_plan
from townworks.register.tracking import (
    Tracking,
    line_of,
    line_path,
    plan_path,
    share_over,
    state_of,
    tracking,
    years_of,
)

DAY, SINCE = date(2016, 6, 1), date(2015, 6, 5)
People = dict[str, Account]


@pytest.fixture
def plan(people: People) -> Plan:
    file = PlanFile(*tables(), plan_about())
    return load_plan(file, people["office"], DAY, SINCE).plan


def tracked(day: date, account: Account | None = None) -> Tracking:
    found = tracking(day, account, overviews.programme_investment(day))
    assert found is not None
    return found


def states(day: date, account: Account | None = None) -> dict[str, str]:
    return {each.line.candidate_id: each.state for each in tracked(day, account).lines}


@pytest.mark.django_db
def test_each_line_has_a_state_on_each_day(plan: Plan, people: People) -> None:
    office = people["office"]
    assert states(DAY, office) == {
        RUNNING: "running",
        EARLY: "early",
        "a-1": "late",
        "a-2": "due",
        "a-3": "to_come",
        "d-1": "refused",
    }
    assert states(date(2015, 12, 31))["a-1"] == "due"
    assert states(date(2015, 12, 31))["a-2"] == "to_come"
    assert plan.lines.count() == len(CASES)


@pytest.mark.django_db
def test_before_it_was_in_force_there_is_nothing(plan: Plan) -> None:  # noqa: ARG001
    before = date(2015, 6, 4)
    assert tracking(before, None, []) is None
    assert line_of(Town.objects.get(pk=RUNNING), before, None) is None
    assert plan_path(before) == []


@pytest.mark.django_db
def test_counts_add_up(plan: Plan, people: People) -> None:  # noqa: ARG001
    found = tracked(DAY, people["auditor"])
    assert (found.chosen, found.come, found.due, found.due_come) == (5, 2, 3, 1)
    assert sum(found.counts.values()) == len(found.lines) == 6
    assert [each.line.candidate_id for each in found.of("late", "due")] == ["a-1", "a-2"]
    on_lists = sum(bool(each.on_list) for each in overviews.standings(DAY))
    assert len(found.unplanned) == on_lists - 2


@pytest.mark.django_db
def test_the_public_sees_no_refused_line_and_the_same_numbers(plan: Plan, people: People) -> None:  # noqa: ARG001
    public, office = tracked(DAY), tracked(DAY, people["office"])
    assert "d-1" not in states(DAY)
    for name in ("chosen", "come", "due", "due_come", "planned_cny", "due_cny", "known_cny"):
        assert getattr(public, name) == getattr(office, name), name
    assert len(public.unplanned) == len(office.unplanned)


@pytest.mark.django_db
def test_a_line_that_became_a_town_later_is_recognised_and_can_be_named(
    plan: Plan, people: People
) -> None:
    socks = Town.objects.get(pk="shaoxing-zhuji-socks")
    Town.objects.filter(pk=socks.pk).update(name_zh="新昌轴承小镇", county_code="330624")
    assert states(DAY)["a-1"] == "running"
    found = line_of(socks, DAY, None)
    assert found is not None
    assert (found.line.candidate_id, found.town) == ("a-1", socks)
    link_town(
        plan.lines.get(candidate_id="a-2"), socks, Act(people["office"], "link_town", DAY, "so")
    )
    assert states(DAY)["a-1"] == "late"
    assert states(DAY)["a-2"] == "running"


@pytest.mark.django_db
def test_years_stand_beside_what_is_known(plan: Plan) -> None:
    found = {year.year: year for year in years_of(plan, DAY, overviews.programme_investment(DAY))}
    assert [int(year.planned_cny / BN) for year in found.values()] == [3, 4, 7, 4, 3]
    assert found[2016].public_cny == found[2016].planned_cny / 5
    assert found[2015].known_cny == Decimal(47_790_000_000)
    assert found[2016].known_cny is None
    assert (found[2015].due_cny, found[2017].due_cny) == (Decimal(3 * BN), Decimal(0))
    assert found[2016].due_cny == found[2016].planned_cny * 153 / 366


def test_a_level_that_was_reached_is_not_counted_twice() -> None:
    end = date(2016, 3, 31)
    rows = [
        Amount(end, "planned", Decimal(9), "", "2016Q1"),
        Amount(end, "reported", Decimal(5), "", "2016Q1"),
        Amount(end, "verified", Decimal(4), "", "2016Q1"),
        Amount(date(2015, 12, 31), "reported", Decimal(2), "", "2015"),
    ]
    assert overviews.known_of(rows) == Known(Decimal(6), "reported")
    assert overviews.known_of(rows[:3]) == Known(Decimal(4), "verified")
    assert overviews.known_of(rows[:1]) is None


@pytest.mark.django_db
def test_a_town_stands_beside_its_line(plan: Plan) -> None:  # noqa: ARG001
    found = line_of(Town.objects.get(pk=RUNNING), DAY, None)
    assert found is not None
    assert found.state == "running"
    assert found.due_cny == Decimal(2 * BN) + Decimal(2 * BN) * 153 / 366
    assert line_of(Town.objects.get(pk="shaoxing-zhuji-socks"), DAY, None) is None
    years = [day.year for day, _ in line_path(found.line)]
    assert years == [2015, 2015, 2016, 2017]
    assert [int(amount / BN) for _, amount in line_path(found.line)] == [0, 2, 4, 6]


@pytest.mark.django_db
def test_a_town_that_was_taken_off_its_list_has_ended(plan: Plan) -> None:  # noqa: ARG001
    change = StatusChange.objects.filter(town=RUNNING, on__lte=DAY).order_by("-on", "-pk")[0]
    change.pk = None
    change._state.adding = True
    change.origin, change.to, change.cause = change.to, "withdrawn", "withdraw"
    change.save(force_insert=True)
    assert states(DAY)[RUNNING] == "ended"


@pytest.mark.parametrize(
    ("start", "status", "on_list", "expected"),
    [
        (2016, "creation", "creation", "running"),
        (2017, "cultivation", "cultivation", "early"),
        (2015, "proposed", "", "late"),
        (2016, "proposed", "", "due"),
        (2017, "proposed", "", "to_come"),
        (2017, "refused", "", "ended"),
        (None, "creation", "creation", "running_refused"),
        (None, "eliminated", "", "refused"),
    ],
)
def test_states(start: int | None, status: str, on_list: str, expected: str) -> None:
    standing = Standing(Town(), status, DAY, on_list)
    line = PlanLine(chosen=start is not None, start_year=start)
    assert state_of(line, standing, DAY) == expected


def test_a_year_is_over_day_by_day() -> None:
    assert share_over(2016, date(2016, 12, 31)) == 1
    assert share_over(2016, date(2016, 1, 1)) == Decimal(1) / 366
    assert share_over(2017, DAY) == 0
