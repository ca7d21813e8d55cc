"""Partnerships: proposed by one, confirmed by the other, ended by either."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest

from townworks.register.models import Account, Enterprise, Partnership, Town
from townworks.register.practice.cast import code_of
from townworks.register.practice.story import Stage
from townworks.register.services.partnerships import propose

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]


def partnership(town: Town, proposer: int = 1, **rest: object) -> Partnership:
    fields = {"agency": "研究所", "purpose": "叶轮", **rest}
    return Partnership(town=town, proposer=enterprise(proposer), **fields)


def enterprise(number: int) -> Enterprise:
    return Enterprise.objects.get(credit_code=code_of(number))


@pytest.fixture
def partner(stage: Stage) -> Account:
    """The account of the second enterprise."""
    found = Account.objects.create(
        username="partner", name="x", role="enterprise", enterprise=enterprise(2)
    )
    stage.people["partner"] = found
    return found


@pytest.mark.usefixtures("partner")
def test_the_whole_way(stage: Stage, town: Town, refused: Refused) -> None:
    case = partnership(town, partner=enterprise(2), agency="")
    propose(case, stage.act("enterprise", "propose", DAY), DAY)
    for who, key in (("enterprise", "not_yours"), ("town", "not_yours"), ("office", "not_yours")):
        with refused(key):
            stage.step(case, "confirm", who, DAY)
    found = stage.step(case, "confirm", "partner", DAY)
    assert isinstance(found, Partnership)
    assert (found.state, found.confirmed_on) == ("confirmed", DAY)
    stage.step(case, "end", "enterprise", DAY)
    case.refresh_from_db()
    assert (case.state, case.ended_on) == ("ended", DAY)


@pytest.mark.usefixtures("partner")
def test_a_partner_may_decline(stage: Stage, town: Town, refused: Refused) -> None:
    case = partnership(town, partner=enterprise(2), agency="")
    propose(case, stage.act("town", "propose", DAY), DAY)
    with refused("no_reason", "reason"):
        stage.step(case, "decline", "partner", DAY, reason="")
    assert stage.step(case, "decline", "partner", DAY).state == "refused"


def test_an_agency_confirms_through_another_person_of_the_town(
    stage: Stage, town: Town, refused: Refused
) -> None:
    case = propose(partnership(town), stage.act("town", "propose", DAY), DAY)
    with refused("second_person"):
        stage.step(case, "confirm", "town", DAY)
    assert stage.step(case, "confirm", "town.head", DAY).state == "confirmed"


def test_whatever_the_opening_is_called_it_needs_a_second_person(
    stage: Stage, town: Town, refused: Refused
) -> None:
    """A caller that names its act otherwise must not get round the rule."""
    case = propose(partnership(town), stage.act("town", "open", DAY), DAY)
    with refused("second_person"):
        stage.step(case, "confirm", "town", DAY)


@pytest.mark.parametrize(
    ("fields", "key", "where"),
    [
        ({"agency": ""}, "one_partner", "partner"),
        ({"partner": 2}, "one_partner", "partner"),
        ({"partner": 1, "agency": ""}, "own_partner", "partner"),
        ({"purpose": " "}, "no_purpose", "purpose"),
        ({"contract_value_cny": Decimal("-0.01")}, "negative", "contract_value_cny"),
        ({"proposer": 7}, "proposer_not_in_town", "town"),
        ({"joint_projects": -1}, "broken.other", ""),
    ],
)
def test_bad_input_is_refused_at_its_field(
    fields: dict[str, object], key: str, where: str, stage: Stage, town: Town, refused: Refused
) -> None:
    if "partner" in fields:
        fields = {**fields, "partner": enterprise(int(str(fields["partner"])))}
    with refused(key, where):
        propose(partnership(town, **fields), stage.act("town", "propose", DAY), DAY)  # type: ignore[arg-type]


def test_a_day_that_cannot_be(stage: Stage, town: Town, refused: Refused) -> None:
    with refused("in_future", "on"):
        act = stage.act("town", "propose", DAY + timedelta(1))
        propose(partnership(town), act, DAY)
    with refused("proposer_not_in_town"):
        act = stage.act("town", "propose", date(2015, 6, 30))
        propose(partnership(town), act, DAY)


def test_nobody_proposes_for_others(stage: Stage, town: Town, refused: Refused) -> None:
    for who in ("county", "office", "auditor", "statistics"):
        with refused("not_your_enterprise"):
            propose(partnership(town), stage.act(who, "propose", DAY), DAY)
    with refused("not_your_enterprise"):
        propose(partnership(town, 2), stage.act("enterprise", "propose", DAY), DAY)
    other = Town.objects.exclude(pk=town.pk)[0]
    with refused("not_your_enterprise"):
        propose(partnership(other), stage.act("town", "propose", DAY), DAY)
    with refused("proposer_not_in_town"):
        propose(partnership(other), stage.act("enterprise", "propose", DAY), DAY)
