"""The year's assessment: verified, graded by one, published by another, objected to."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest

from townworks.register.facts import Raised, raise_evidence, record
from townworks.register.models import Account, Assessment, Figure, Objection, Town
from townworks.register.practice.story import Stage
from townworks.register.services.assessments import (
    figures_of,
    may_object,
    object_to,
    open_round,
    towns_on_lists,
)
from townworks.register.services.status import statuses

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def submitted(town: Town) -> Assessment:
    """The practice town's year 2015, submitted, every figure verified."""
    return Assessment.objects.get(town=town, year=2015)


def walk(
    case: Assessment, stage: Stage, *steps: tuple[str, str, date], **values: object
) -> Assessment:
    for step, who, day in steps:
        case = stage.step(case, step, who, day, **values)  # type: ignore[assignment]
    return case


@pytest.fixture
def graded(submitted: Assessment, stage: Stage) -> Assessment:
    """A warning, proposed by `office` on 2 May."""
    day = date(2016, 5, 2)
    case = walk(submitted, stage, ("verify", "statistics", day), ("lock", "office", day))
    return walk(case, stage, ("grade", "office", day), grade="warning", score="58.5")


@pytest.fixture
def noticed(graded: Assessment, stage: Stage) -> Assessment:
    """On notice until 13 May, by `office.head`."""
    return walk(graded, stage, ("publish", "office.head", date(2016, 5, 3)))


def test_the_whole_way_to_a_warning(noticed: Assessment, stage: Stage, town: Town) -> None:
    assert (noticed.grade, noticed.score) == ("warning", Decimal("58.5"))
    assert noticed.notice_until == date(2016, 5, 13)
    assert sorted(noticed.figures) == sorted(f.pk for f in figures_of(noticed))
    case = walk(noticed, stage, ("make_effective", "office.head", date(2016, 5, 14)))
    assert case.state == "effective"
    change = statuses(DAY, [town.pk])[town.pk]
    assert (change.to, change.cause, change.year) == ("creation_warned", "grade:warning", 2015)
    assert change.assessment == case


def test_who_graded_neither_publishes_nor_makes_it_effective(
    graded: Assessment, stage: Stage, refused: Refused
) -> None:
    with refused("second_person"):
        stage.step(graded, "publish", "office", DAY)
    case = walk(graded, stage, ("publish", "office.head", date(2016, 5, 3)))
    with refused("second_person"):
        stage.step(case, "make_effective", "office", DAY)


def test_a_notice_runs_to_its_end(noticed: Assessment, stage: Stage, refused: Refused) -> None:
    for day in (date(2016, 5, 3), date(2016, 5, 13)):
        with refused("notice_runs", "on"):
            stage.step(noticed, "make_effective", "office.head", day)


def test_an_objection_stops_it_until_it_is_answered(
    noticed: Assessment, stage: Stage, refused: Refused
) -> None:
    act = stage.act("town", "file", date(2016, 5, 10))
    objection = object_to(noticed, " 数据有误 ", act, DAY)
    assert objection.grounds == "数据有误"
    with refused("objections_open"):
        stage.step(noticed, "make_effective", "office.head", DAY)
    with refused("no_reason", "reason"):
        stage.step(objection, "reject", "office.head", DAY, reason=" ")
    with refused("own_grade"):
        stage.step(objection, "reject", "office", DAY, reason="核对无误")
    stage.step(objection, "reject", "office.head", DAY, reason="核对无误")
    assert Objection.objects.get(pk=objection.pk).answer == "核对无误"
    assert walk(noticed, stage, ("make_effective", "office.head", DAY)).state == "effective"


def test_an_objection_that_was_upheld_needs_another_grade(
    noticed: Assessment, stage: Stage, town: Town, refused: Refused
) -> None:
    """Each of two upheld on one day counts: a grade given between them answers the first alone."""
    third = Account.objects.create(username="third", name="x", role="programme_office")
    stage.people["third"] = third
    day = date(2016, 5, 4)
    first = object_to(noticed, "x", stage.act("town", "file", day), DAY)
    second = object_to(noticed, "y", stage.act("town.head", "file", day), DAY)
    stage.step(first, "uphold", "office.head", day)
    case = walk(noticed, stage, ("regrade", "office", day), grade="pass", score=70)
    case = walk(case, stage, ("publish", "third", day))
    stage.step(second, "uphold", "office.head", day)
    with refused("objection_upheld"):
        stage.step(case, "make_effective", "third", DAY)
    case = walk(case, stage, ("regrade", "office", day), grade="good", score=80)
    assert case.notice_until is None
    case = walk(case, stage, ("publish", "third", day), ("make_effective", "third", DAY))
    assert statuses(DAY, [town.pk])[town.pk].cause == "grade:good"


@pytest.mark.parametrize(
    ("grade", "score", "key", "where"),
    [
        ("", "1", "no_grade", "grade"),
        ("splendid", "1", "no_grade", "grade"),
        ("eliminated", "1", "grade_not_possible", "grade"),
        ("pass", "-1", "score", "score"),
        ("pass", "100.01", "score", "score"),
        ("pass", "many", "no_number", "score"),
        ("pass", "nan", "no_number", "score"),
        ("pass", "1.234", "broken.other", ""),
    ],
)
def test_a_grade_that_cannot_be_is_refused(  # noqa: PLR0913, PLR0917 (a table)
    grade: str, score: str, key: str, where: str, submitted: Assessment, stage: Stage,
    refused: Refused,
) -> None:  # fmt: skip
    case = walk(submitted, stage, ("verify", "statistics", DAY), ("lock", "office", DAY))
    with refused(key, where):
        stage.step(case, "grade", "office", DAY, grade=grade, score=score)


def test_a_grade_may_stand_without_points(submitted: Assessment, stage: Stage) -> None:
    case = walk(submitted, stage, ("verify", "statistics", DAY), ("lock", "office", DAY))
    assert walk(case, stage, ("grade", "office", DAY), grade="pass", score="").score is None


def test_what_is_reported_must_be_verified_first(
    submitted: Assessment, stage: Stage, town: Town, refused: Refused
) -> None:
    row = Figure(
        town=town, metric="visitors_count", value=Decimal(9), unit="count", extent="during",
        valid_from=date(2015, 1, 1), valid_to=date(2015, 12, 31), evidence="reported", source="x",
    )  # fmt: skip
    record(row, stage.act("town", "report", DAY), DAY)
    with refused("unverified"):
        stage.step(submitted, "verify", "statistics", DAY)
    raised = Raised("verified", Decimal(9), "ledger")
    raise_evidence(row, raised, stage.act("statistics", "verify", DAY))
    case = walk(submitted, stage, ("verify", "statistics", DAY))
    assert {f.evidence for f in figures_of(case)} == {"verified"}


def test_a_year_without_figures_is_not_submitted(
    stage: Stage, town: Town, refused: Refused
) -> None:
    Assessment.objects.filter(town=town).delete()
    (case,) = open_round(2015, stage.act("office", "open", DAY), DAY, only=[town.pk])
    Figure.objects.filter(town=town, basis__isnull=False).delete()
    Figure.objects.filter(town=town).delete()
    with refused("no_figures"):
        stage.step(case, "submit", "town", DAY)


@pytest.mark.parametrize(
    ("year", "on", "today"),
    [
        (2016, DAY, DAY),
        (2030, DAY, DAY),
        (2015, date(2015, 12, 31), date(2015, 12, 31)),
        (2015, date(2015, 7, 1), DAY),
    ],
)
def test_a_year_is_assessed_when_it_is_over(
    year: int, on: date, today: date, stage: Stage, refused: Refused
) -> None:
    with refused("year_runs", "year"):
        open_round(year, stage.act("office", "open", on), today)


def test_only_the_programme_office_opens_a_round(stage: Stage, refused: Refused) -> None:
    for who in ("town", "county", "statistics", "auditor", "loader"):
        with refused("office_only"):
            open_round(2015, stage.act(who, "open", DAY), DAY)
    stage.people["office"].is_active = False
    with refused("office_only"):
        open_round(2015, stage.act("office", "open", DAY), DAY)


def test_a_round_is_of_every_town_on_a_list_once(stage: Stage, town: Town) -> None:
    act = stage.act("office", "open", DAY)
    done = set(Assessment.objects.filter(year=2015).values_list("town_id", flat=True))
    listed = {each.pk for each in towns_on_lists(date(2015, 12, 31))}
    opened = {case.town_id for case in open_round(2015, act, DAY)}
    assert opened == listed - done
    assert opened
    assert town.pk not in opened
    assert open_round(2015, act, DAY) == []


@pytest.mark.parametrize(
    ("grounds", "on", "key"),
    [
        ("  ", date(2016, 5, 10), "no_grounds"),
        ("x", date(2016, 5, 14), "notice_over"),
        ("x", date(2016, 5, 2), "before_state"),
        ("x", DAY + timedelta(1), "notice_over"),
    ],
)
def test_an_objection_is_filed_with_grounds_while_the_notice_runs(
    grounds: str, on: date, key: str, noticed: Assessment, stage: Stage, refused: Refused
) -> None:  # fmt: skip
    with refused(key):
        object_to(noticed, grounds, stage.act("town", "file", on), DAY)


def test_who_may_object_to_an_assessment(
    noticed: Assessment, stage: Stage, refused: Refused
) -> None:
    for who in ("enterprise", "county", "prefecture", "office", "auditor", "tax", "loader"):
        with refused("not_yours_to_object"):
            object_to(noticed, "x", stage.act(who, "file", date(2016, 5, 10)), DAY)
    other = Town.objects.exclude(pk=noticed.town_id)[0]
    stranger = Account.objects.create(username="s", name="s", role="town_office", town=other)
    stage.people["stranger"] = stranger
    with refused("not_yours_to_object"):
        object_to(noticed, "x", stage.act("stranger", "file", date(2016, 5, 10)), DAY)
    stage.people["town"].is_active = False
    assert not may_object(noticed, stage.act("town", "file", date(2016, 5, 10)))


def test_one_person_objects_once_and_only_to_what_is_on_notice(
    noticed: Assessment, stage: Stage, refused: Refused
) -> None:
    act = stage.act("town", "file", date(2016, 5, 10))
    first = object_to(noticed, "x", act, DAY)
    with refused("objected_already"):
        object_to(noticed, "y", act, DAY)
    stage.step(first, "withdraw", "town", DAY)
    object_to(noticed, "y", act, DAY)
    Assessment.objects.filter(pk=noticed.pk).update(state="effective")
    with refused("not_on_notice"):
        object_to(noticed, "z", stage.act("town.head", "file", date(2016, 5, 10)), DAY)
