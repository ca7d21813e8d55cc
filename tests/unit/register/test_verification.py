"""Whoever changes the database behind the register's back is found out: which row, which field."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from townworks.register.audit import Act, content, kind_of, sealed_events, state, write
from townworks.register.chain import Anchor, seal
from townworks.register.chain_files import verify_export
from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Enterprise,
    Event,
    Grant,
    Head,
    Payment,
    Step,
    Town,
)
from townworks.register.verification import export_events, sealed_rows, verify_database

pytestmark = pytest.mark.django_db
Found = list[tuple[str, int]]


@pytest.fixture(autouse=True)
def unguarded(db: None) -> None:  # noqa: ARG001 (the database itself)
    """Drop the triggers, as somebody with the database's password could."""
    with connection.cursor() as cursor:
        for table in ("event", "step", "statuschange"):
            name = f"register_{table}"
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER {name}_append_only ON {name}")
            else:
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER {name}_no_{verb}")


def sql(text: str, *values: str | float | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def where(anchors: tuple[Anchor, ...] = ()) -> Found:
    return [(fault.kind, fault.seq) for fault in verify_database(anchors).faults]


def told() -> str:
    return "\n".join(fault.detail for fault in verify_database().faults)


def last_event(record: object) -> int:
    found = Event.objects.filter(kind=kind_of(record), record_id=str(record.pk))  # type: ignore[arg-type,attr-defined]
    return found.order_by("-seq")[0].seq


def test_the_practice_register_is_whole() -> None:
    verdict = verify_database()
    assert verdict.faults == ()
    assert verdict.events == Event.objects.count() == verdict.head.seq
    assert verdict.records > 900


def test_rows_are_read_as_they_were_sealed() -> None:
    assert list(sealed_rows()) == list(sealed_events())


# The chain


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("account", "nobody"),
        ("role", "auditor"),
        ("action", "approve"),
        ("reason", "another"),
        ("before", "{}"),
        ('"on"', "1999-01-01"),
        ("recorded_at", "1999-01-01 00:00:00"),
        ("prev_hash", "f" * 64),
        ("hash", "e" * 64),
    ],
)
def test_a_changed_event_is_located(column: str, value: str) -> None:
    sql(f"UPDATE register_event SET {column} = %s WHERE seq = 500", value)  # noqa: S608
    assert where() == [("changed", 500)]


def test_values_that_cannot_be_read_are_located_as_well(tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this database keeps types itself")
    sql("UPDATE register_event SET \"on\" = 'never', recorded_at = 'x' WHERE seq = 500")
    sql("UPDATE register_event SET reason = x'00ff' WHERE seq = 600")
    assert where() == [("changed", 500), ("changed", 600)]
    export_events(tmp_path / "events.jsonl")
    found = verify_export(tmp_path / "events.jsonl").faults
    assert [(fault.kind, fault.seq) for fault in found] == where()


def test_removed_events_are_located() -> None:
    sql("DELETE FROM register_event WHERE seq BETWEEN 300 AND 302")
    found = verify_database().faults
    assert (found[0].kind, found[0].seq) == ("removed", 300)
    assert found[0].detail == "before event 303 there is no 300 to 302"
    assert {fault.kind for fault in found[1:]} <= {"altered", "unrecorded", "vanished"}


def test_a_resealed_event_is_located_in_the_middle_and_at_the_end() -> None:
    for seq in (500, Head.objects.get().seq):
        event = Event.objects.get(seq=seq)
        event.reason = "another"
        forged = seal(seq, content(event), event.prev_hash)
        sql(
            "UPDATE register_event SET reason = 'another', hash = %s WHERE seq = %s",
            forged.hash,
            seq,
        )
        assert ("resealed", seq) in where()


def test_a_cut_end_is_located_with_and_without_its_head() -> None:
    head = Head.objects.get()
    last = Event.objects.get(seq=head.seq)
    sql("DELETE FROM register_event WHERE seq > %s", head.seq - 2)
    assert ("cut", head.seq - 1) in where()
    before = Event.objects.get(seq=head.seq - 2)
    sql("UPDATE register_head SET seq = %s, hash = %s", before.seq, before.hash)
    assert ("cut", head.seq - 1) not in where()
    assert ("cut", head.seq - 1) in where((Anchor(last.seq, last.hash),))


def test_an_event_beyond_the_head_is_located() -> None:
    head, last = Head.objects.get(), Event.objects.order_by("-seq")[0]
    forged = seal(head.seq + 1, content(last), head.hash)
    last.seq, last.prev_hash, last.hash = forged.seq, forged.prev_hash, forged.hash
    last.save(force_insert=True)
    assert where() == [("inserted", head.seq + 1)]


def test_a_chain_without_head_is_found() -> None:
    sql("DELETE FROM register_head")
    assert where() == [("removed", 0)]


def test_a_rewritten_chain_is_found_by_a_head_kept_elsewhere() -> None:
    head = Head.objects.get()
    kept = Anchor(head.seq, head.hash)
    before = Event.objects.get(seq=899).hash
    for event in Event.objects.filter(seq__gte=900).order_by("seq"):
        event.reason = "rewritten"
        sealed = seal(event.seq, content(event), before)
        values = (event.reason, before, sealed.hash, event.seq)
        sql(
            "UPDATE register_event SET reason = %s, prev_hash = %s, hash = %s WHERE seq = %s",
            *values,
        )
        before = sealed.hash
    sql("UPDATE register_head SET hash = %s", before)
    assert ("resealed", kept.seq) not in where()
    assert ("resealed", kept.seq) in where((kept,))


# The tables


def grant() -> Grant:
    return Grant.objects.exclude(approved=None).get()


def payment() -> Payment:
    return Payment.objects.get()


def assessment() -> Assessment:
    return Assessment.objects.filter(published=True, grade="good")[0]


def account() -> Account:
    return Account.objects.get(username="county")


@pytest.mark.parametrize(
    ("of", "column", "value", "difference"),
    [
        (grant, "approved", 30_000_000, "is '300000'"),
        (grant, "state", "paid", "state was 'committed', is 'paid'"),
        (payment, "amount", 1, "is '0.01'"),
        (payment, "paid_on", "2016-05-05", "paid_on was '2016-05-02', is '2016-05-05'"),
        (assessment, "grade", "excellent", "grade was 'good', is 'excellent'"),
        (assessment, "score", 9_999, "is '99.99'"),
        (account, "role", "programme_office", "role was 'county_office', is 'programme_office'"),
        (account, "place_code", "33", "place_code was '331003', is '33'"),
    ],
)
def test_an_altered_row_is_located_with_what_it_was_and_is(
    of: Callable[[], Grant], column: str, value: str | int, difference: str
) -> None:
    record = of()
    table = record._meta.db_table
    sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, record.pk)  # noqa: S608
    (fault,) = verify_database().faults
    assert (fault.kind, fault.seq) == ("altered", last_event(record))
    assert fault.detail.startswith(f"{kind_of(record)} {record.pk} is not what event {fault.seq}")
    assert difference in fault.detail


def test_money_is_told_exactly() -> None:
    record = grant()
    sql("UPDATE register_grant SET paid = paid + 1 WHERE id = %s", record.pk)
    assert f"paid was '{record.paid.normalize():f}', is '{record.paid + Decimal('0.01')}'" in told()


def test_a_row_that_vanished_is_located() -> None:
    record = payment()
    seq = last_event(record)
    sql("DELETE FROM register_payment WHERE id = %s", record.pk)
    (fault,) = verify_database().faults
    assert (fault.kind, fault.seq) == ("vanished", seq)
    assert fault.detail == f"payment {record.pk} is no longer in its table"


def test_a_row_that_no_event_tells_of_is_located() -> None:
    town = Town.objects.exclude(practice=True)[0]
    town.pk = "forged-town"
    town.save(force_insert=True)
    (fault,) = verify_database().faults
    assert (fault.kind, fault.seq, fault.detail) == (
        *("unrecorded", 0),
        "town forged-town has no event",
    )


def test_a_row_that_cannot_be_read_is_located_and_hides_no_other() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this database keeps types itself")
    first, second, *_, last = Enterprise.objects.order_by("pk")
    sql("UPDATE register_enterprise SET registered_on = '2016-13-77' WHERE id = %s", second.pk)
    sql("UPDATE register_enterprise SET name = 'x' WHERE id IN (%s, %s)", first.pk, last.pk)
    found = verify_database().faults
    assert [f.seq for f in found] == [last_event(first), last_event(second), last_event(last)]
    assert [fault.kind for fault in found] == ["altered"] * 3
    assert "it cannot be read" in found[1].detail


def test_money_that_is_no_number_is_located() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this database keeps types itself")
    first = Enterprise.objects.order_by("pk")[0]
    for value in ("much", 1.5):
        sql("UPDATE register_enterprise SET capital_cny = %s WHERE id = %s", value, first.pk)
        assert where() == [("altered", last_event(first))]


def test_a_column_that_came_later_is_no_alteration(monkeypatch: pytest.MonkeyPatch) -> None:
    from townworks.register import verification

    def more(record: object) -> dict[str, object]:
        return {**before(record), "added_later": ""}  # type: ignore[arg-type]

    before = state
    monkeypatch.setattr(verification, "state", more)
    assert where() == []


def test_an_event_and_its_row_changed_alike_are_found_in_the_chain() -> None:
    record = payment()
    seq = last_event(record)
    sql("UPDATE register_payment SET amount = 1 WHERE id = %s", record.pk)
    event = Event.objects.get(seq=seq)
    amount = f'"amount":"{record.amount.normalize():f}"'
    assert amount in event.after
    forged = event.after.replace(amount, '"amount":"0.01"')
    sql("UPDATE register_event SET after = %s WHERE seq = %s", forged, seq)
    assert where() == [("changed", seq)]


# The steps


def step(kind: str, name: str) -> Step:
    return Step.objects.filter(kind=kind, step=name).exclude(account__username="loader")[0]


@pytest.mark.parametrize(
    ("column", "value", "difference"),
    [
        ('"on"', "2016-04-24", "on was '2016-04-25', is '2016-04-24'"),
        ("reason", "other", "reason was 'practice', is 'other'"),
        ('"to"', "refused", "to was 'approved', is 'refused'"),
        ("origin", "applied", "origin was 'checked', is 'applied'"),
    ],
)
def test_an_altered_step_is_located(column: str, value: str, difference: str) -> None:
    taken = step("grant", "approve")
    sql(f"UPDATE register_step SET {column} = %s WHERE id = %s", value, taken.pk)  # noqa: S608
    (fault,) = verify_database().faults
    event = Event.objects.get(kind="grant", record_id=taken.case_id, action="approve")
    assert (fault.kind, fault.seq) == ("altered", event.seq)
    assert difference in fault.detail


def test_one_person_in_two_steps_is_found() -> None:
    taken, checker = step("grant", "approve"), account()
    sql("UPDATE register_step SET account_id = %s WHERE id = %s", checker.pk, taken.pk)
    altered, one_person = verify_database().faults
    assert altered.kind == "altered"
    assert "account was 'county.head', is 'county'" in altered.detail
    assert one_person.kind == "one_person"
    assert one_person.detail.endswith("(approve): the same account took check")


def test_steps_taken_away_or_added_are_located() -> None:
    taken = step("admission", "admit")
    sql("DELETE FROM register_step WHERE id = %s", taken.pk)
    assert [fault.kind for fault in verify_database().faults] == ["vanished"]
    assert f"admission {taken.case_id}, step {taken.number} (admit)" in told()
    taken.case_id, taken.pk = "987654", None
    taken.save(force_insert=True)
    assert [fault.kind for fault in verify_database().faults] == ["vanished", "unrecorded"]


def test_a_step_of_no_matter_is_located() -> None:
    taken = step("admission", "admit")
    taken.kind, taken.pk = "bribe", None
    taken.save(force_insert=True)
    (fault,) = verify_database().faults
    assert fault.kind == "unrecorded"
    assert fault.detail.startswith("bribe ")


def test_many_faults_are_all_told_at_once() -> None:
    sql("UPDATE register_event SET reason = 'x' WHERE seq = 400")
    sql("UPDATE register_payment SET amount = 1")
    sql("UPDATE register_account SET is_active = false WHERE username = 'tax'")
    sql("DELETE FROM register_statuschange WHERE id = (SELECT max(id) FROM register_statuschange)")
    kinds = sorted(fault.kind for fault in verify_database().faults)
    assert kinds == ["altered", "altered", "changed", "vanished"]


def test_what_is_written_while_it_verifies_is_no_fault(
    people: dict[str, Account], town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody changes a row, and takes a step, between the pass over events and that over rows."""
    from townworks.register import verification
    from townworks.register.cases import Taking, take

    real = verification._head_faults
    waiting = Admission.objects.filter(state="submitted")[0]

    def meanwhile(last: Anchor) -> object:
        town.industry_en = "pumps and motors"
        write(town, Act(people["office"], "change", date(2016, 6, 1)))
        day = waiting.state_since + timedelta(days=1)
        take(waiting, Taking("complete", people["town.head"], date(2016, 6, 1), day))
        return real(last)

    monkeypatch.setattr(verification, "_head_faults", meanwhile)
    assert where() == []
