"""Opening matters and taking steps: by a second person, in order, once, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction

from townworks.register.audit import Act
from townworks.register.cases import (
    EARLIEST,
    Taking,
    broken_constraint,
    offers,
    open_case,
    process_of,
    steps_of,
    take,
    unbroken,
)
from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Boundary,
    Case,
    Enterprise,
    Event,
    Grant,
    Head,
    Objection,
    Partnership,
    StatusAct,
    Step,
    Town,
    TownApplication,
)
from townworks.register.practice.cast import code_of
from townworks.register.processes import processes
from townworks.register.refusals import ConflictError, NotAllowedError, RefusalError

DAY = date(2016, 6, 1)
KINDS: dict[str, type[Case]] = {
    model.KIND: model
    for model in (
        TownApplication, Boundary, Admission, Grant, Partnership, Assessment, Objection,
        StatusAct,
    )
}  # fmt: skip


@pytest.fixture
def waiting(town: Town) -> Admission:
    """The application that was reviewed and waits for its decision (by town, then town.head)."""
    return Admission.objects.get(enterprise__credit_code=code_of(8), town=town)


def taking(step: str, account: Account, **rest: object) -> Taking:
    values = {"reason": "because", **rest}
    return Taking(step, account, DAY, **values)  # type: ignore[arg-type]


@contextmanager
def refusal(kind: type[RefusalError], key: str, where: str | None = None) -> Iterator[None]:
    """Expect a refusal for one reason, and not one row changed in any table."""
    before = everything()
    with pytest.raises(kind) as caught:
        yield
    assert [reason.key for reason in caught.value.reasons] == [key]
    assert where is None or caught.value.reasons[0].field == where
    assert everything() == before


def everything() -> dict[str, object]:
    found: dict[str, object] = {"head": list(Head.objects.values_list())}
    for model in apps.get_app_config("register").get_models():
        rows = model._default_manager.order_by("pk")
        few = model is not Event and rows.count() < 80
        found[model.__name__] = list(rows.values_list()) if few else rows.count()
    return found


def test_a_step_moves_the_matter_and_is_written_once(
    waiting: Admission, people: dict[str, Account]
) -> None:
    events = Event.objects.count()
    case = take(waiting, taking("admit", people["town.head"], seen_version=waiting.version))
    assert (case.state, case.state_since, case.version) == ("decided", DAY, waiting.version + 1)
    last = steps_of(case)[-1]
    assert (last.number, last.step, last.origin, last.to) == (5, "admit", "reviewed", "decided")
    assert (last.account, last.on, last.reason) == (people["town.head"], DAY, "because")
    assert Event.objects.count() == events + 1
    event = Event.objects.latest("seq")
    assert (event.action, event.account, event.reason) == ("admit", "town.head", "because")


@pytest.mark.parametrize(
    ("step", "who", "rest", "kind", "key"),
    [
        ("rubberstamp", "town.head", {}, RefusalError, "no_step"),
        ("publish", "town.head", {}, RefusalError, "wrong_state"),
        ("admit", "town.head", {"reason": " \n"}, RefusalError, "no_reason"),
        ("admit", "town.head", {"on": DAY + timedelta(1)}, RefusalError, "in_future"),
        ("admit", "town.head", {"on": date(2016, 5, 26)}, RefusalError, "before_state"),
        ("admit", "town.head", {"on": date(1016, 5, 26)}, RefusalError, "before_state"),
        ("admit", "town.head", {"seen_version": 1}, ConflictError, "conflict"),
        ("admit", "town.head", {"seen_version": 99}, ConflictError, "conflict"),
        ("admit", "town", {}, NotAllowedError, "second_person"),
        ("refuse", "town", {}, NotAllowedError, "second_person"),
        ("admit", "county", {}, NotAllowedError, "not_yours"),
        ("admit", "office", {}, NotAllowedError, "not_yours"),
        ("admit", "auditor", {}, NotAllowedError, "not_yours"),
        ("admit", "loader", {}, NotAllowedError, "not_yours"),
        ("admit", "enterprise", {}, NotAllowedError, "not_there"),
    ],
)
def test_a_refused_step_changes_nothing(  # noqa: PLR0913, PLR0917 (a table)
    waiting: Admission,
    people: dict[str, Account],
    step: str,
    who: str,
    rest: dict[str, object],
    kind: type[RefusalError],
    key: str,
) -> None:
    with refusal(kind, key):
        take(waiting, taking(step, people[who], **rest))


def test_every_reason_comes_at_once(waiting: Admission, people: dict[str, Account]) -> None:
    asked = taking("admit", people["town.head"], reason="", on=DAY + timedelta(1))
    with pytest.raises(RefusalError) as caught:
        take(waiting, asked)
    assert [reason.field for reason in caught.value.reasons] == ["reason", "on"]


def test_who_is_late_is_told_who_was_first_and_when(
    waiting: Admission, people: dict[str, Account]
) -> None:
    case = take(waiting, taking("admit", people["town.head"]))
    first = steps_of(case)[-1]
    third = _another(people["town"], "town.third")
    with pytest.raises(ConflictError) as caught:
        take(waiting, taking("refuse", third, seen_version=waiting.version))
    for language in ("en", "zh"):
        ((_, text),) = caught.value.messages(language)
        assert people["town.head"].name in text
        assert first.recorded_at.strftime("%Y-%m-%d %H:%M:%S") in text
        assert process_of(case).steps["admit"].title[language] in text


def _another(like: Account, username: str, **rest: object) -> Account:
    names = ("role", "department", "place_code", "town", "enterprise")
    values = {name: getattr(like, name) for name in names}
    return Account.objects.create(username=username, name=username, **{**values, **rest})


TWO_PERSONS = [
    *((kind, first, last)
      for kind in ("admission", "town_application")
      for first in ("open", "submit", "review")
      for last in ({"admission": "admit", "town_application": "approve"}[kind], "refuse")),
    ("town_application", "endorse", "approve"),
    ("boundary", "check", "approve"),
    *(("grant", first, last) for first in ("apply", "check") for last in ("approve", "refuse")),
    ("grant", "approve", "pay"),
    ("grant", "suspend", "resume"),
    ("grant", "suspend", "claw_back"),
    ("partnership", "propose", "confirm"),
    ("partnership", "propose", "decline"),
    ("status_act", "propose", "make_effective"),
    *(("assessment", first, last)
      for first in ("grade", "regrade") for last in ("publish", "make_effective")),
]  # fmt: skip
"""Who took the first may not take the last: who prepares does not decide, who approves not pay."""


@pytest.mark.parametrize(("kind", "first", "last"), TWO_PERSONS)
def test_one_person_does_not_do_both(
    people: dict[str, Account], town: Town, kind: str, first: str, last: str
) -> None:
    """Whatever lies between: other steps, other people, another role and back."""
    case = _matter(kind, people, town)
    rule = processes()[kind].steps[last]
    KINDS[kind]._default_manager.filter(pk=case.pk).update(state=rule.origins[0])
    able = [a for a in people.values() if _blocked(case, last, a) is None]
    assert able, "somebody may"
    account = _another(able[0], "both")
    assert _blocked(case, last, account) is None
    _note(case, 1 if first in ("open", "apply", "propose") else 90, first, account)
    _note(case, 95, "return", people["office"])
    assert _blocked(case, last, account) == "second_person"
    Account.objects.filter(pk=account.pk).update(role="auditor", town=None, enterprise=None)
    assert str(_blocked(case, last, account)).startswith("not_")
    Account.objects.filter(pk=account.pk).update(
        role=account.role, town=account.town, enterprise=account.enterprise
    )
    assert _blocked(case, last, account) == "second_person"
    assert _blocked(case, last, _another(account, "another")) is None


def _matter(  # noqa: PLR0911 (one a kind)
    kind: str, people: dict[str, Account], town: Town
) -> Case:
    day = date(2016, 1, 4)
    opened: dict[str, Any] = {
        "state_since": day,
        "opened_on": day,
        "opened_by": people["loader"],
        "version": 1,
    }
    if kind == "town_application":
        sums = {"planned_area_km2": 3, "planned_investment_cny": 1}
        return TownApplication.objects.create(county_code="331003", **sums, **opened)
    if kind == "boundary":
        area = {"geojson": "{}", "area_km2": 1, "valid_from": day}
        return Boundary.objects.create(town=town, **area, **opened)
    if kind == "assessment":
        return Assessment.objects.create(town=town, year=2014, on_list="creation", **opened)
    if kind == "status_act":
        return StatusAct.objects.create(town=town, act="name", source="x", **opened)
    admission = Admission.objects.get(enterprise__credit_code=code_of(8), town=town)
    if kind == "admission":
        return Admission.objects.create(
            town=town, enterprise_id=_free_enterprise(), origin="new", activity="x", **opened
        )
    if kind == "partnership":
        proposer = admission.enterprise
        rest = {"agency": "x", "purpose": "x"}
        return Partnership.objects.create(town=town, proposer=proposer, **rest, **opened)
    sums = {"entitled": 9, "approved": 9}
    fields = {"rule_id": "r", "payer": "county", "unit": "cny", "year": 2016, "judged_on": day}
    return Grant.objects.create(town=town, admission=admission, **sums, **fields, **opened)


def _free_enterprise() -> int:
    return Enterprise.objects.create(credit_code=code_of(55), name="x", source="x").pk


def _note(case: Case, number: int, step: str, account: Account) -> None:
    Step.objects.create(
        kind=case.KIND, case_id=str(case.pk), number=number, step=step, origin="", to="x",
        on=date(2016, 1, 4), recorded_at=datetime(2016, 1, 4, tzinfo=UTC), account=account,
    )  # fmt: skip


def _blocked(case: Case, step: str, account: Account) -> str | None:
    """Why an account may not take a step; None: it may (other things may be missing)."""
    try:
        with transaction.atomic():
            take(case, taking(step, account))
            transaction.set_rollback(True)
    except NotAllowedError as error:
        return error.reasons[0].key
    except RefusalError:
        return None
    return None


def test_an_offer_says_who_stands_in_the_way(
    waiting: Admission, people: dict[str, Account]
) -> None:
    own = {offer.rule.id: offer.blocked_by for offer in offers(waiting, people["town"])}
    assert own.keys() == {"admit", "refuse", "withdraw"}
    assert own["admit"] is not None
    assert own["admit"].step == "review"
    assert own["withdraw"] is None
    head = offers(waiting, people["town.head"])
    assert [offer.blocked_by for offer in head] == [None, None, None]
    for nobody in (None, people["auditor"], people["loader"], people["county"]):
        assert offers(waiting, nobody) == []
    closed = _another(people["town"], "closed", is_active=False)
    assert offers(waiting, closed) == []


def test_a_matter_is_opened_in_its_first_state(people: dict[str, Account], town: Town) -> None:
    act = Act(people["town"], "open", date(2016, 5, 2), "came by")
    case = open_case(_new(town), act, DAY)
    assert (case.state, case.opened_on, case.opened_by) == ("draft", act.on, people["town"])
    assert case.version == 1
    (first,) = steps_of(case)
    assert (first.number, first.step, first.to, first.reason) == (1, "open", "draft", "came by")


def _new(town: Town) -> Admission:
    return Admission(town=town, enterprise_id=_free_enterprise(), origin="new", activity="x")


@pytest.mark.parametrize(
    ("day", "key"),
    [(DAY + timedelta(1), "in_future"), (EARLIEST - timedelta(1), "too_early")],
)
def test_a_matter_is_not_opened_on_a_day_that_cannot_be(
    people: dict[str, Account], town: Town, day: date, key: str
) -> None:
    case = _new(town)
    with refusal(RefusalError, key, "on"):
        open_case(case, Act(people["town"], "open", day), DAY)


def test_a_closed_account_opens_nothing(people: dict[str, Account], town: Town) -> None:
    """Also where the account in hand is older than its closing."""
    case, stale = _new(town), people["town"]
    Account.objects.filter(pk=stale.pk).update(is_active=False)
    with refusal(NotAllowedError, "not_yours"):
        open_case(case, Act(stale, "open", DAY), DAY)


def test_what_is_open_is_not_opened_anew(waiting: Admission, people: dict[str, Account]) -> None:
    with pytest.raises(ValueError, match="is open already"):
        open_case(waiting, Act(people["town"], "open", DAY), DAY)
    assert Admission.objects.get(pk=waiting.pk).state == "reviewed"


def test_random_walks_keep_two_persons_apart(people: dict[str, Account], town: Town) -> None:
    """Three try any step at any time; who prepared an admission never decided on it."""
    staff = [people["town"], people["town.head"], _another(people["town"], "town.third")]
    for seed in range(6):
        random = Random(seed)  # noqa: S311 (no secret)
        case = _walked(town, staff)
        for _ in range(40):
            step = random.choice(list(process_of(case).steps))
            try:
                case = take(case, taking(step, random.choice(staff)))
            except RefusalError:
                continue
        steps = steps_of(case)
        numbers = [s.number for s in steps]
        assert numbers == sorted(set(numbers))
        assert (case.version, case.state) == (steps[-1].number, steps[-1].to)
        for decision in (s for s in steps if s.step in ("admit", "refuse")):
            before = [s for s in steps if s.number < decision.number]
            prepared = {s.account_id for s in before if s.step in ("open", "submit", "review")}
            assert decision.account_id not in prepared


def _walked(town: Town, staff: list[Account]) -> Admission:
    Admission.objects.filter(enterprise__credit_code=code_of(55)).update(state="left")
    known = Enterprise.objects.filter(credit_code=code_of(55)).first()
    key = known.pk if known else _free_enterprise()
    case = Admission(town=town, enterprise_id=key, origin="new", activity="x")
    return open_case(case, Act(staff[0], "open", date(2016, 5, 2)), DAY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("UNIQUE constraint failed: register_admission.enterprise_id, x", "admission_open_once"),
        ('duplicate key value violates unique constraint "admission_open_once"\nDETAIL',
         "admission_open_once"),
        ('violates unique constraint "register_account_username_key"', "account_username"),
        ("UNIQUE constraint failed: register_account.username", "account_username"),
        ('violates unique constraint "register_enterprise_credit_code_key"', "enterprise_code"),
        ("UNIQUE constraint failed: register_boundary.town_id", "boundary_in_force_once"),
        ('new row violates check constraint "payment_positive"', "other"),
    ],
)  # fmt: skip
def test_a_broken_constraint_is_named_on_both_databases(text: str, name: str) -> None:
    assert broken_constraint(text).reasons[0].key == f"broken.{name}"


@pytest.mark.parametrize(
    "error", [IntegrityError("x"), DataError("value too long"), ValidationError("three places")]
)
def test_what_does_not_fit_a_column_is_refused(error: Exception) -> None:
    with pytest.raises(RefusalError), unbroken():
        raise error


def test_other_faults_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), unbroken():
        raise ZeroDivisionError


@pytest.mark.parametrize("value", ["", None])
def test_a_number_may_be_missing(value: object) -> None:
    assert Taking("x", Account(), DAY, values={"n": value}).number("n") is None


@pytest.mark.parametrize("value", ["abc", "NaN", "Infinity", "1,5", "１e"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(RefusalError) as caught:
        Taking("x", Account(), DAY, values={"n": value}).number("n")
    assert (caught.value.reasons[0].key, caught.value.reasons[0].field) == ("no_number", "n")


def test_a_number_keeps_every_digit() -> None:
    assert Taking("x", Account(), DAY, values={"n": "0.10"}).number("n") == Decimal("0.10")
