"""A town's status: the last change by a day, and what the machine refuses."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from townworks.register.audit import Act
from townworks.register.models import Assessment, StatusChange, Town
from townworks.register.practice.story import LISTED, Stage
from townworks.register.services.status import (
    change_status,
    check_list,
    machine,
    standing,
    statuses,
)
from townworks.rules.status import Event

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def act(stage: Stage) -> Act:
    return stage.act("office", "act", DAY, "x")


def test_a_town_has_the_status_of_the_day(town: Town, act: Act) -> None:
    change_status(town, Event("name", date(2016, 3, 1)), act, None)
    assert statuses(LISTED - timedelta(1), [town.pk]) == {}
    assert statuses(LISTED, [town.pk])[town.pk].to == "creation"
    assert statuses(date(2016, 2, 29), [town.pk])[town.pk].to == "creation"
    assert statuses(date(2016, 3, 1), [town.pk])[town.pk].to == "named"


def test_two_changes_of_one_day_stand_in_their_order(town: Town, act: Act) -> None:
    for cause, year in (("grade:demoted", 2015), ("enter_creation", None)):
        change_status(town, Event(cause, DAY, year), act, None)
    assert statuses(DAY, [town.pk])[town.pk].to == "creation"
    assert standing(town).state == "creation"


@pytest.mark.parametrize(
    "event",
    [
        Event("enter_creation", DAY),
        Event("name", LISTED - timedelta(1)),
        Event("withdraw", DAY),
        Event("grade:excellent", DAY),
        Event("grade:excellent", DAY, 2014),
        Event("grade:excellent", DAY, 2016),
        Event("grade:eliminated", DAY, 2015),
        Event("grade:splendid", DAY, 2015),
        Event("promote", DAY),
        Event("name", DAY, 2015),
    ],
    ids=lambda event: f"{event.cause} {event.year or ''}",
)
def test_what_the_machine_does_not_allow_changes_nothing(
    event: Event, town: Town, act: Act, refused: Refused
) -> None:
    with refused("illegal_status"):
        change_status(town, event, act, None)


def test_a_year_is_graded_once(town: Town, act: Act, refused: Refused) -> None:
    change_status(town, Event("grade:good", DAY, 2015), act, None)
    with refused("illegal_status"):
        change_status(town, Event("grade:excellent", DAY, 2015), act, None)


def test_a_final_state_is_not_left(town: Town, act: Act, refused: Refused) -> None:
    for cause, year in (("grade:demoted", 2015), ("withdraw", None)):
        change_status(town, Event(cause, DAY, year), act, None)
    for cause in machine().acts:
        with refused("illegal_status"):
            change_status(town, Event(cause, DAY), act, None)


def test_a_change_remembers_its_assessment(town: Town, act: Act) -> None:
    assessment = Assessment.objects.get(town=town, year=2015)
    change_status(town, Event("grade:good", DAY, 2015, source="x"), act, assessment)
    last = StatusChange.objects.filter(town=town).latest("pk")
    assert (last.assessment, last.source, last.year) == (assessment, "x", 2015)
    assert standing(town).graded == {2015}


def test_a_town_on_no_list_is_said_so(town: Town, act: Act, refused: Refused) -> None:
    assert check_list(town, DAY) == "creation"
    with refused("on_no_list"):
        check_list(town, LISTED - timedelta(1))
    for cause, year in (("grade:demoted", 2015), ("withdraw", None)):
        change_status(town, Event(cause, DAY, year), act, None)
    with refused("on_no_list"):
        check_list(town, DAY)
