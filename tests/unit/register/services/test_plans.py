"""A plan comes in whole or not at all, once, by the office; the newer ends the older."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from django.db import IntegrityError
from polars.testing import assert_frame_equal
from tests.unit.register.planning import CASES, EARLY, RUNNING, Case, write_plan

from townworks.errors import InputNotFoundError, PlanFileError
from townworks.io import write_table
from townworks.register.audit import Act
from townworks.register.models import Account, Event, Plan, PlanLine, PlannedInvestment, Town
from townworks.register.permissions import visible
from townworks.register.refusals import NotAllowedError, RefusalError
from townworks.register.services.plans import (
    LoadedPlan,
    counts_of,
    link_town,
    load_plan,
    plan_on,
    towns_of,
)
from townworks.register.snapshot import snapshot
from townworks.register.verification import verify_database
from townworks.workflow.planned import PlanOrder, beside, load_plan_file, read_plan

pytestmark = pytest.mark.django_db
DAY, FIRST = date(2016, 6, 1), date(2015, 6, 5)
People = dict[str, Account]


def loaded(folder: Path, people: People, since: date | None = FIRST) -> LoadedPlan:
    return load_plan_file(PlanOrder(folder / "plan.csv", since=since), people["office"], DAY)


@pytest.fixture
def plan(tmp_path: Path, people: People) -> Plan:
    write_plan(tmp_path)
    return loaded(tmp_path, people).plan


def test_every_line_and_every_amount_comes_in(plan: Plan) -> None:
    line = plan.lines.get(candidate_id=RUNNING)
    assert (line.chosen, line.start_year, line.investment_cny) == (True, 2015, Decimal(6 * 10**9))
    assert (line.inclusion, line.value_cny) == (Decimal("0.9346"), Decimal("120000000.50"))
    assert (line.town_id, line.name_en) == (RUNNING, "")
    sums = PlannedInvestment.objects.filter(line=line).values_list("year", "public_investment_cny")
    assert list(sums) == [(year, Decimal(4 * 10**8)) for year in (2015, 2016, 2017)]
    counts = counts_of(plan)
    assert (counts.candidates, counts.chosen, counts.linked) == (6, 5, 2)
    assert counts.investment_cny == Decimal(21 * 10**9)
    refused = plan.lines.get(chosen=False)
    assert (refused.start_year, refused.reason_zh) == (None, "温岭泵业：因为")


def test_the_plan_says_what_its_record_says(plan: Plan) -> None:
    assert (plan.first_year, plan.last_year, plan.made_on) == (2015, 2017, date(2015, 3, 1))
    assert (plan.towns_asked, plan.investment_target_cny) == (5, Decimal(5 * 10**11))
    assert plan.summary == {"gap": 0.004, "proven": False}
    assert str(plan) == "2015–2017"


def test_without_a_record_the_years_are_those_in_which_towns_start(
    tmp_path: Path, people: People
) -> None:
    write_plan(tmp_path, record=False)
    plan = loaded(tmp_path, people).plan
    assert (plan.first_year, plan.years, plan.made_on, plan.summary) == (2015, 3, None, {})


def test_every_row_has_its_event_and_one_that_is_altered_is_found(plan: Plan) -> None:
    events = Event.objects.filter(action="load_plan")
    assert events.count() == 1 + 6 + 15
    first = events.get(kind="plan")
    assert first.reason == f"plan.csv (sha256 {plan.sha256}): 6 candidates = 5 chosen + 1 refused"
    assert first.account == "office"
    assert verify_database().faults == ()
    PlannedInvestment.objects.filter(year=2016).update(private_investment_cny=1)
    assert [fault.kind for fault in verify_database().faults] == ["altered"] * 3


def test_the_same_plan_again_changes_nothing(tmp_path: Path, people: People, plan: Plan) -> None:
    events = Event.objects.count()
    again = loaded(tmp_path, people, None)
    assert (again.is_new, again.plan, again.before) == (False, plan, None)
    assert Event.objects.count() == events


def test_a_newer_plan_ends_the_older_and_may_be_ended_by_it_again(
    tmp_path: Path, people: People, plan: Plan
) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    write_plan(newer, CASES[:3])
    found = loaded(newer, people, date(2016, 1, 1))
    plan.refresh_from_db()
    assert (found.is_new, found.before, plan.valid_to) == (True, plan, date(2015, 12, 31))
    assert plan_on(date(2015, 12, 31)) == plan
    assert plan_on(date(2016, 1, 1)) == found.plan
    assert plan_on(FIRST - timedelta(days=1)) is None
    back = loaded(tmp_path, people, None)
    assert (back.is_new, back.plan.sha256, Plan.objects.count()) == (True, plan.sha256, 3)
    assert verify_database().faults == ()


def test_only_one_is_in_force_whatever_is_written(plan: Plan) -> None:
    plan.pk = None
    plan._state.adding = True
    with pytest.raises(IntegrityError):
        plan.save(force_insert=True)


@pytest.mark.parametrize(
    ("since", "key"),
    [
        (date(2016, 6, 2), "in_future"),
        (date(1016, 1, 1), "too_early"),
        (date(2015, 6, 4), "plan_order"),
    ],
)
def test_a_day_that_cannot_be_is_refused(
    tmp_path: Path, people: People, plan: Plan, since: date, key: str
) -> None:
    write_plan(tmp_path, CASES[:2])
    with pytest.raises(RefusalError) as told:
        loaded(tmp_path, people, since)
    assert [reason.key for reason in told.value.reasons] == [key]
    plan.refresh_from_db()
    assert (plan.valid_to, Plan.objects.count()) == (None, 1)


def test_all_or_nothing(tmp_path: Path, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    write_plan(tmp_path)
    file = read_plan(PlanOrder(tmp_path / "plan.csv"))
    monkeypatch.setattr(PlannedInvestment, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_plan(file, people["office"], DAY, None)
    assert (Plan.objects.count(), PlanLine.objects.count()) == (0, 0)
    assert not Event.objects.filter(action="load_plan").exists()


# What is no plan


def faults_of(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(PlanFileError) as told:
        read_plan(PlanOrder(folder / "plan.csv"))
    return [(Path(file).name, problem) for file, _, problem in told.value.faults]


def test_every_fault_of_both_files_is_told_at_once(tmp_path: Path) -> None:
    path = write_plan(tmp_path)
    lines, years = pl.read_csv(path, infer_schema=False), pl.read_csv(beside(path, "years"))
    key = pl.col("candidate_id")
    start = pl.when(key == "a-1").then(None).when(key == "d-1").then(pl.lit("2016"))
    write_table(lines.with_columns(start_year=start.otherwise("start_year")), path)
    other = years.with_columns(candidate_id=pl.col("candidate_id").replace("a-2", "x"))
    write_table(other.with_columns(year=pl.col("year") - 1), beside(path, "years"))
    found = faults_of(tmp_path)
    assert ("plan.csv", "is chosen, but has no start_year") in found
    assert ("plan.csv", "is refused, but has start_year 2016") in found
    assert ("plan.years.csv", "is no candidate of the plan") in found
    assert ("plan.years.csv", "is before its start in 2015, or after 2200") in found
    said = "investment_cny of its years is 0, the plan says 3,000,000,000.00"
    assert ("plan.years.csv", said) in found


def test_cells_that_are_none_and_missing_files_are_told_together(tmp_path: Path) -> None:
    path = write_plan(tmp_path)
    lines = pl.read_csv(path, infer_schema=False)
    soon = pl.when(pl.col("candidate_id") == "a-1").then(pl.lit("soon"))
    write_table(lines.with_columns(start_year=soon.otherwise("start_year")), path)
    beside(path, "years").unlink()
    (tmp_path / "plan.csv.run.json").write_text("{", encoding="utf-8")
    names = [name for name, _ in faults_of(tmp_path)]
    assert names == ["plan.csv", "plan.years.csv", "plan.csv.run.json"]


def test_years_that_do_not_add_up_are_told(tmp_path: Path) -> None:
    path = write_plan(tmp_path)
    years = pl.read_csv(beside(path, "years"), infer_schema=False)
    write_table(years.filter(pl.col("year") != "2017"), beside(path, "years"))
    found = [problem for name, problem in faults_of(tmp_path) if name == "plan.years.csv"]
    assert "land_mu of its years is 1,000.00, the plan says 1,500.00" in found
    assert len(found) == 5 * 4


def test_another_table_lacks_the_columns(tmp_path: Path) -> None:
    write_table(pl.DataFrame({"town": ["a"]}), tmp_path / "plan.csv")
    write_table(pl.DataFrame({"town": ["a"]}), tmp_path / "plan.years.csv")
    with pytest.raises(PlanFileError, match=r"lacks the column candidate_id; it has town"):
        read_plan(PlanOrder(tmp_path / "plan.csv"))


def test_amounts_without_room_and_refusing_all_are_told(tmp_path: Path) -> None:
    huge: Case = ("a", "甲", "", "", 2016, 40_000_000, "worth")
    write_plan(tmp_path, (huge,), record=False)
    assert ("plan.csv", "investment_cny 1.20e+17 is too large; write yuan, not fen") in faults_of(
        tmp_path
    )
    write_plan(tmp_path, (CASES[-1],), record=False)
    assert ("plan.csv", "no candidate is chosen") in faults_of(tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="does not exist"):
        read_plan(PlanOrder(tmp_path / "none.csv"))


# Which town a line is


def line_named(candidate: str, name: str, county: str = "") -> PlanLine:
    return PlanLine(candidate_id=candidate, name=name, county_code=county)


def test_a_line_is_the_town_of_its_id_or_else_of_its_exact_name(town: Town) -> None:
    found = towns_of(
        [
            line_named(EARLY, "another name"),
            line_named("a", "西湖云栖小镇", "330106"),
            line_named("b", "诸暨袜艺小镇", "330106"),  # of another county
            line_named("c", "龙泉青瓷小镇"),
            line_named("d", "龙泉青瓷小镇"),  # which of both?
            line_named("e", "余杭梦想小镇"),  # taken by its id
            line_named("f", town.name_zh),  # invented
        ]
    )
    assert found == {EARLY: EARLY, "a": RUNNING}


def test_the_office_says_which_town_a_line_became(plan: Plan, people: People) -> None:
    line, socks = plan.lines.get(candidate_id="a-1"), Town.objects.get(pk="shaoxing-zhuji-socks")
    linked = link_town(line, socks, Act(people["office"], "link_town", DAY, "renamed"))
    assert linked.town == socks
    event = Event.objects.order_by("-seq")[0]
    assert (event.action, event.reason, event.record_id) == ("link_town", "renamed", str(line.pk))
    other = plan.lines.get(candidate_id="a-2")
    for who, reason, key in (
        ("office", "", "no_reason"),
        ("office", "too", "plan_town_taken"),
        ("county", "mine", "plan_office_only"),
    ):
        with pytest.raises(RefusalError) as told:
            link_town(other, socks, Act(people[who], "link_town", DAY, reason))
        assert told.value.reasons[0].key == key
    assert link_town(line, None, Act(people["office"], "link_town", DAY, "no")).town is None
    assert verify_database().faults == ()


def test_a_plan_that_ended_is_left_as_it_was(tmp_path: Path, plan: Plan, people: People) -> None:
    write_plan(tmp_path, CASES[:3])
    loaded(tmp_path, people, DAY)
    line = plan.lines.get(candidate_id="a-1")
    with pytest.raises(RefusalError) as told:
        link_town(line, None, Act(people["office"], "link_town", DAY, "why"))
    assert told.value.reasons[0].key == "plan_ended"


# Who sees and does


def test_only_the_office_puts_a_plan_into_force(tmp_path: Path, people: People) -> None:
    write_plan(tmp_path)
    file = read_plan(PlanOrder(tmp_path / "plan.csv"))
    for account in Account.objects.exclude(role="programme_office"):
        with pytest.raises(NotAllowedError) as told:
            load_plan(file, account, DAY, None)
        assert told.value.reasons[0].key == "plan_office_only"
    Account.objects.filter(username="office").update(is_active=False)
    with pytest.raises(NotAllowedError):  # the account in hand still says it is open
        load_plan(file, people["office"], DAY, None)
    assert not Plan.objects.exists()


def test_who_was_refused_is_told_to_the_offices_of_the_place(plan: Plan, people: People) -> None:
    seen = {
        name: visible(account, plan.lines.filter(chosen=False)).exists()
        for name, account in [*people.items(), ("", None)]
    }
    province = {"office", "office.head", "auditor", "loader"}
    province |= {"statistics", "tax", "finance", "resources"}
    assert {name for name, sees in seen.items() if sees} == province | {"prefecture"}
    Account.objects.filter(username="county").update(place_code="331081")
    local = Account.objects.get(username="county")
    assert visible(local, plan.lines.filter(chosen=False)).exists()
    assert visible(None, plan.lines.all()).count() == 5


def test_snapshots_hold_the_plan_of_the_day(tmp_path: Path, plan: Plan, people: People) -> None:
    write_plan(tmp_path, CASES[:3])
    newer = loaded(tmp_path, people, date(2016, 1, 1)).plan
    for day, expected, lines, amounts in (
        (date(2015, 1, 1), None, 0, 0),
        (date(2015, 12, 31), plan.pk, 6, 15),
        (date(2016, 1, 1), newer.pk, 3, 9),
    ):
        found = snapshot(day)
        assert found["plan"]["id"].to_list() == ([expected] if expected else [])
        sizes = (found["plan_line"].height, found["planned_investment"].height)
        assert sizes == (lines, amounts)
        told = snapshot(day, datetime.now(UTC))
        for name in ("plan", "plan_line", "planned_investment"):
            assert_frame_equal(found[name], told[name])
