"""Naming, moving and withdrawing a town: two people, and only what its status allows."""

from datetime import date

import pytest

from townworks.register.audit import Act
from townworks.register.cases import Taking, take
from townworks.register.models import Account, StatusAct, Town
from townworks.register.refusals import NotAllowedError, RefusalError
from townworks.register.services.status import standing
from townworks.register.services.status_acts import possible_acts, propose_act

pytestmark = pytest.mark.django_db
DAY = date(2016, 6, 1)


def propose(town: Town, who: Account, act: str = "name") -> StatusAct:
    proposal = StatusAct(town=town, act=act, source="minutes of the conference")
    return propose_act(proposal, Act(who, "propose", DAY), DAY)


def test_a_town_is_named_by_two_people(town: Town, people: dict[str, Account]) -> None:
    assert possible_acts(town) == ["name"]
    case = propose(town, people["office"])
    with pytest.raises(NotAllowedError, match="second person"):
        take(case, Taking("make_effective", people["office"], DAY))
    assert standing(town).state == "creation"
    take(case, Taking("make_effective", people["office.head"], DAY))
    assert standing(town).state == "named"
    assert possible_acts(town) == []


def test_what_the_status_does_not_allow_is_refused(town: Town, people: dict[str, Account]) -> None:
    for act in ("withdraw", "enter_creation", "grade:excellent", "nonsense"):
        with pytest.raises(RefusalError, match="does not allow"):
            propose(town, people["office"], act)


def test_nobody_else_proposes_and_nothing_is_proposed_twice(
    town: Town, people: dict[str, Account]
) -> None:
    for name in ("county", "town", "auditor", "enterprise"):
        with pytest.raises(NotAllowedError):
            propose(town, people[name])
    propose(town, people["office"])
    with pytest.raises(RefusalError, match="proposed for this town already"):
        propose(town, people["office.head"])
