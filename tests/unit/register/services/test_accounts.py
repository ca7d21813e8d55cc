"""Accounts: made, closed and given passwords by the programme office; every refusal."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest

from townworks.register.models import Account, Enterprise, Event, Town
from townworks.register.practice.story import Stage
from townworks.register.services.accounts import (
    Secret,
    change_password,
    create_account,
    set_active,
)

DAY = date(2016, 6, 1)
GOOD = Secret("correct-horse-battery")
Refused = Callable[..., AbstractContextManager[None]]


def account(role: str = "auditor", **rest: object) -> Account:
    return Account(**{"username": "new", "name": "New Person", "role": role, **rest})


def test_an_account_is_made_with_its_password_hashed(stage: Stage) -> None:
    made = create_account(account(), GOOD, stage.act("office", "create", DAY))
    assert made.password.startswith("argon2")
    assert made.check_password(GOOD.text)
    event = Event.objects.latest("seq")
    assert (event.kind, event.action, event.account) == ("account", "create", "office")
    assert "argon2" not in event.after
    assert GOOD.text not in event.after


def test_a_password_is_in_no_error_and_no_log() -> None:
    assert GOOD.text not in repr(GOOD)
    assert GOOD.text not in f"{GOOD!s} {[GOOD]}"


@pytest.mark.parametrize(
    ("role", "rest", "key", "where"),
    [
        ("emperor", {}, "no_role", "role"),
        ("system", {}, "no_role", "role"),
        ("", {}, "no_role", "role"),
        ("department", {}, "no_department", "department"),
        ("department", {"department": "magic"}, "no_department", "department"),
        ("department", {"department": "tax", "place_code": "3"}, "place_digits", "place_code"),
        ("department", {"department": "tax", "place_code": "ab"}, "place_digits", "place_code"),
        ("prefecture_office", {}, "place_digits", "place_code"),
        ("prefecture_office", {"place_code": "33"}, "place_digits", "place_code"),
        ("prefecture_office", {"place_code": "331003"}, "place_digits", "place_code"),
        ("county_office", {"place_code": "3310"}, "place_digits", "place_code"),
        ("county_office", {"place_code": "33100x"}, "place_digits", "place_code"),
        ("county_office", {"place_code": "３３１００３"}, "place_digits", "place_code"),
        ("town_office", {}, "no_town", "town"),
        ("enterprise", {}, "no_enterprise", "enterprise"),
        ("auditor", {"username": "town"}, "broken.account_username", ""),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    role: str, rest: dict[str, object], key: str, where: str, stage: Stage, refused: Refused
) -> None:
    with refused(key, where):
        create_account(account(role, **rest), GOOD, stage.act("office", "create", DAY))


@pytest.mark.parametrize("weak", ["short", "password123456", "123456789012345", "New Person 1"])
def test_a_weak_password_is_refused(weak: str, stage: Stage, refused: Refused) -> None:
    with refused("password", "password"):
        create_account(account(), Secret(weak), stage.act("office", "create", DAY))
    with refused("password", "password"):
        change_password(stage.people["town"], Secret("town"), stage.act("town", "change", DAY))


def test_every_role_can_be_made(stage: Stage, town: Town) -> None:
    first = Enterprise.objects.all()[0]
    wanted = [
        account("programme_office"),
        account("prefecture_office", place_code="3310"),
        account("county_office", place_code="331003"),
        *(account("department", department="tax", place_code=c) for c in ("", "33", "3310")),
        account("town_office", town=town),
        account("enterprise", enterprise=first),
        account("auditor"),
    ]
    for number, each in enumerate(wanted):
        each.username = f"new {number}"
        assert create_account(each, GOOD, stage.act("office", "create", DAY)).pk


def test_only_the_programme_office_makes_and_closes_accounts(
    stage: Stage, refused: Refused
) -> None:
    tax = stage.people["tax"]
    for who in ("prefecture", "county", "town", "enterprise", "auditor", "statistics"):
        with refused("office_only"):
            create_account(account(), GOOD, stage.act(who, "create", DAY))
        with refused("office_only"):
            set_active(tax, False, stage.act(who, "close", DAY))  # noqa: FBT003
        with refused("office_only"):
            change_password(tax, GOOD, stage.act(who, "change", DAY))


def test_a_closed_office_makes_no_account(stage: Stage, refused: Refused) -> None:
    stage.people["office"].is_active = False
    with refused("office_only"):
        create_account(account("programme_office"), GOOD, stage.act("office", "create", DAY))


def test_an_account_that_is_there_is_not_made_again(stage: Stage) -> None:
    """Saved over, it would be another person's with another role."""
    town = stage.people["town"]
    town.role = "programme_office"
    with pytest.raises(ValueError, match="is there already"):
        create_account(town, GOOD, stage.act("office", "create", DAY))
    assert Account.objects.get(pk=town.pk).role == "town_office"


def test_nobody_closes_their_own_account_or_opens_the_loader(
    stage: Stage, refused: Refused
) -> None:
    with refused("own_account"):
        set_active(stage.people["office"], False, stage.act("office", "close", DAY))  # noqa: FBT003
    for who in ("office", "office.head"):
        with refused("own_account"):
            set_active(stage.people["loader"], True, stage.act(who, "open", DAY))  # noqa: FBT003
        with refused("own_account"):
            change_password(stage.people["loader"], GOOD, stage.act(who, "change", DAY))


def test_closing_and_opening(stage: Stage) -> None:
    town = stage.people["town"]
    for active in (False, True):
        set_active(town, active, stage.act("office", "switch", DAY))
        assert town.is_active is active
        assert Account.objects.get(pk=town.pk).is_active is active


def test_nothing_but_the_password_changes_with_it(stage: Stage) -> None:
    """An account in hand, older than its closing and its new role, brings nothing back."""
    stale = Account.objects.get(username="town")
    Account.objects.filter(pk=stale.pk).update(is_active=False, role="auditor", town=None)
    change_password(stale, GOOD, stage.act("office", "change", DAY))
    found = Account.objects.get(pk=stale.pk)
    assert (found.is_active, found.role, found.town_id) == (False, "auditor", None)
    assert found.check_password(GOOD.text)
    assert (stale.is_active, stale.role) == (False, "auditor")


def test_a_password_that_the_office_sets_must_be_changed(stage: Stage) -> None:
    town = stage.people["town"]
    found = change_password(town, GOOD, stage.act("office", "change", DAY))
    assert found.must_change_password
    new = Secret("another-battery-staple")
    own = change_password(town, new, stage.act("town", "change", DAY))
    assert not own.must_change_password
    assert not town.check_password(GOOD.text)
