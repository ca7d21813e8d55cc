"""Nothing changes without an event, nothing is told that did not happen, and no secret is told."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection, models, transaction

from townworks.register import audit, cases
from townworks.register.audit import Act, append, kind_of, sealed_events, state, write
from townworks.register.cases import Taking, take
from townworks.register.chain import faults
from townworks.register.models import Account, Admission, Event, Grant, Head, Payment, Step, Town
from townworks.register.refusals import RefusalError
from townworks.register.services.accounts import Secret, change_password, create_account

pytestmark = pytest.mark.django_db
DAY = date(2016, 6, 1)


@pytest.fixture
def act(people: dict[str, Account]) -> Act:
    return Act(people["office"], "change", DAY, "因为")


def counts() -> tuple[int, ...]:
    tables: tuple[type[models.Model], ...] = (Event, Step, Payment, Town, Account)
    return tuple(model._default_manager.count() for model in tables)


def test_a_change_is_told_with_who_when_why_before_and_after(town: Town, act: Act) -> None:
    before, moment = state(town), datetime.now(UTC)
    town.industry_en = "pumps and motors"
    write(town, act)
    event = Event.objects.order_by("-seq")[0]
    assert (event.account, event.role, event.action) == ("office", "programme_office", "change")
    assert (event.on, event.reason, event.kind, event.record_id) == (DAY, "因为", "town", town.pk)
    assert moment <= event.recorded_at <= datetime.now(UTC)
    assert json.loads(event.before) == before
    assert json.loads(event.after) == {**before, "industry_en": "pumps and motors"} == state(town)
    assert (event.seq, event.hash) == Head.objects.values_list("seq", "hash").get()


def test_what_is_new_has_no_before_and_the_chain_stays_whole(town: Town, act: Act) -> None:
    town.pk, town.name_zh = "another", "另一小镇"
    write(town, act)
    assert Event.objects.order_by("-seq")[0].before == ""
    assert list(faults(sealed_events())) == []


def test_an_event_tells_what_the_database_holds(act: Act) -> None:
    """Values are read back: a text for a date, an int for a decimal, spaces as they are kept."""
    grant = Grant.objects.exclude(approved=None)[0]
    grant.entitled, grant.judged_on = 500_000_000_000, "2016-04-11"
    write(grant, act)
    told = json.loads(Event.objects.order_by("-seq")[0].after)
    assert told == state(Grant.objects.get(pk=grant.pk))
    assert (told["entitled"], told["judged_on"]) == ("500000000000", "2016-04-11")


def test_decimals_are_told_the_same_whatever_their_trailing_zeros(act: Act) -> None:
    grant = Grant.objects.all()[0]
    told = []
    for value in ("1200", "1200.00", "1.2e3"):
        grant.entitled = Decimal(value)
        told.append(state(grant)["entitled"])
    grant.entitled = Decimal("-0.00")
    assert told == ["1200"] * 3
    assert state(grant)["entitled"] == "0"
    assert kind_of(grant) == kind_of(Grant) == "grant"
    assert act.reason == "因为"


def test_a_failing_event_leaves_no_change(
    town: Town, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    before = counts()
    monkeypatch.setattr(audit, "append", broken)
    town.industry_en = "never"
    with pytest.raises(RuntimeError):
        write(town, act)
    town.refresh_from_db()
    assert town.industry_en == "pumps"
    assert counts() == before


def test_a_failing_change_leaves_no_event(town: Town, act: Act) -> None:
    before = counts()
    town.name_zh = None  # type: ignore[assignment]
    with pytest.raises(Exception, match=r"(?i)null"):
        write(town, act)
    assert counts() == before
    assert Head.objects.get().seq == Event.objects.count()


def test_a_step_that_fails_at_its_end_leaves_nothing(
    people: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payment writes three records; when the last fails, none is there."""

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    grant = Grant.objects.exclude(approved=None)[0]
    paid, before = grant.paid, counts()
    asked = Taking("pay", people["finance"], DAY, None, "practice", None, {"amount": Decimal(1)})
    monkeypatch.setattr(cases, "_add_step", broken)
    with pytest.raises(RuntimeError):
        take(grant, asked)
    grant.refresh_from_db()
    assert (grant.paid, counts()) == (paid, before)
    monkeypatch.undo()
    take(grant, asked)
    events, steps, payments, *_ = counts()
    assert (events, steps, payments) == (before[0] + 2, before[1] + 1, before[2] + 1)


def test_a_refused_step_leaves_nothing(people: dict[str, Account]) -> None:
    grant, before = Grant.objects.exclude(approved=None)[0], counts()
    values = {"amount": grant.entitled * 9}
    with pytest.raises(RefusalError):
        take(grant, Taking("pay", people["finance"], DAY, None, "practice", None, values))
    assert counts() == before


def test_neither_passwords_nor_sign_ins_are_told(people: dict[str, Account]) -> None:
    account, act = people["county"], Act(people["office"], "change_password", DAY)
    secret = Secret("correct horse battery staple")
    change_password(account, secret, act)
    fresh = Account(username="new", name="New", role="auditor")
    create_account(fresh, secret, act)
    account.last_login = datetime.now(UTC)
    account.save(update_fields=["last_login"])
    told = Event.objects.filter(kind="account")
    assert told.count() > len(people)
    for event in told:
        for text in (event.before, event.after):
            fields = json.loads(text or "{}")
            assert not {"password", "last_login"} & fields.keys()
            assert "argon2" not in text
            assert secret.text not in text
    assert secret.text not in repr(secret)


def test_events_of_one_transaction_are_kept_or_lost_together(town: Town, act: Act) -> None:
    before = counts()
    with transaction.atomic():
        write(town, act)
        append(act, town, None, state(town))
        transaction.set_rollback(True)
    assert counts() == before
    assert Head.objects.get().seq == before[0]
    write(town, act)
    assert list(faults(sealed_events())) == []


def test_numbers_have_no_gap_and_no_fork() -> None:
    seqs = list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    before = Event.objects.order_by("seq").values_list("prev_hash", flat=True)
    assert len(set(before)) == len(seqs)


def test_every_step_has_its_event_with_the_same_day_and_person() -> None:
    for step in Step.objects.select_related("account").exclude(step="load"):
        kind = step.kind.replace("_", "")
        told = Event.objects.filter(kind=kind, record_id=step.case_id, action=step.step)
        people = {(event.on, event.account, event.reason) for event in told}
        assert (step.on, step.account.username, step.reason) in people
    assert Admission.objects.count() == len(
        set(Event.objects.filter(kind="admission").values_list("record_id", flat=True))
    )


def test_the_register_writes_only_where_events_are_written() -> None:
    """A save, update or delete outside `audit.write` is a change that no event tells."""
    from pathlib import Path

    import townworks.register

    folder = Path(townworks.register.__file__).parent
    allowed = {
        "audit.py": (".save(", ".get_or_create("),
        "cases.py": ("step.save(force_insert=True)",),  # told by the event of its matter
        "loading.py": (".save(force_insert=True)", ".bulk_create("),  # steps, and the registry
    }
    marks = (
        ".save(",
        ".delete(",
        ".bulk_create(",
        ".bulk_update(",
        "_or_create(",
        "objects.update(",
    )
    for path in folder.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            hit = any(mark in line for mark in marks)
            told = any(mark in line for mark in allowed.get(path.name, ()))
            registry = "RegistryEntry.objects" in line
            assert not hit or told or registry, f"{path.name}: {line.strip()}"
    assert connection.vendor
