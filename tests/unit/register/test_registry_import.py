"""One import at a time, its rows and its counts together, and nothing written by who lost it."""

import os
import socket
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from townworks.register.audit import now
from townworks.register.loading import loader
from townworks.register.models import Account, Event, RegistryEntry
from townworks.register.models.imports import RegistryImport
from townworks.register.refusals import ConflictError, NotAllowedError, RefusalError
from townworks.register.services import registry
from townworks.register.services.registry import Beside, RegistryFile, hold, open_import
from townworks.register.verification import verify_database

DAY = date(2016, 6, 1)


def file(content: str = "a", name: str = "registry.csv", version: str = "1") -> RegistryFile:
    return RegistryFile(name, content * 64, 10, DAY, version)


def row(number: int, **values: object) -> dict[str, object]:
    kept = {"registered_on": DAY, "capital_cny": Decimal("1.50"), "county_code": "330106"}
    return {"credit_code": f"{number:018}", "name": f"厂{number}", "activity": "", **kept, **values}


def held(content: str = "a", version: str = "1") -> RegistryImport:
    described = file(content, version=version)
    return hold(open_import(described, loader()), described)


def refused(key: str, error: RefusalError) -> bool:
    return [reason.key for reason in error.reasons] == [key]


class Batches(TestCase):
    """Whatever the batches and wherever it stops: counts say what is in the table."""

    @settings(max_examples=30)
    @given(st.lists(st.lists(st.integers(0, 30), unique=True, max_size=9), max_size=6), st.data())
    def test_counts_are_what_is_there(self, batches: list[list[int]], data: st.DataObject) -> None:
        RegistryEntry.objects.all().delete()
        RegistryImport.objects.all().delete()
        found, model, counts = held(), dict[int, str](), {"new": 0, "changed": 0, "same": 0}
        for batch in batches:
            names = {number: data.draw(st.sampled_from("甲乙")) for number in batch}
            for number, name in names.items():
                kind = "new" if number not in model else "same"
                counts["changed" if model.get(number, name) != name else kind] += 1
            model |= names
            rows = [row(number, name=name) for number, name in names.items()]
            found = registry.advance(found, rows, Beside())
        said = {name: getattr(found, f"rows_{name}") for name in counts}
        assert said == counts
        assert found.rows_written == sum(map(len, batches))
        there = {int(r.credit_code): r.name for r in RegistryEntry.objects.all()}
        assert there == model


pytestmark = pytest.mark.django_db


def test_a_batch_is_written_whole_or_not_at_all() -> None:
    found, before = held(), RegistryEntry.objects.count()
    bad = [row(1), row(2, capital_cny=Decimal("0.001"))]
    with pytest.raises(Exception, match="more than 2 places"):
        registry.advance(found, bad, Beside(rejected=1))
    found.refresh_from_db()
    assert (RegistryEntry.objects.count(), found.rows_done) == (before, 0)


def test_an_entry_becomes_what_the_newer_file_says_and_none_is_deleted() -> None:
    first, before = held("a"), RegistryEntry.objects.count()
    registry.advance(first, [row(1), row(2)], Beside())
    registry.finish(first, Beside(), loader(), DAY)
    second = registry.advance(held("b"), [row(2, name="新名"), row(3)], Beside())
    assert (second.rows_new, second.rows_changed, second.rows_same) == (1, 1, 0)
    names = RegistryEntry.objects.filter(pk__lt=f"{9:018}").values_list("name", flat=True)
    assert (sorted(names), RegistryEntry.objects.count()) == (["厂1", "厂3", "新名"], before + 3)


def test_the_same_content_is_one_import_whatever_its_name() -> None:
    found = held()
    registry.finish(found, Beside(), loader(), DAY)
    again = open_import(file(name="other.csv"), loader())
    assert (again.pk, again.state, again.file_name) == (found.pk, "done", "registry.csv")


def test_a_file_after_another_is_brought_in_once_more() -> None:
    """The register may say otherwise by now: what was done is not done for good."""
    first = held("a")
    registry.finish(first, Beside(), loader(), DAY)
    registry.finish(held("b"), Beside(), loader(), DAY)
    again = open_import(file("a"), loader())
    assert (again.state, again.rows_written) == ("paused", 0)
    assert again.pk > first.pk


def test_a_file_is_one_event_with_all_its_counts() -> None:
    events, found = Event.objects.count(), held()
    registry.tell(found, rows_total=6)
    found = registry.advance(found, [row(1), row(2)], Beside())
    registry.finish(found, Beside(1, 2, 1), loader(), DAY)
    event = Event.objects.order_by("-seq")[0]
    counts = "1 rejected + 2 merged + 1 without code + 2 new + 0 changed + 0 same"
    assert event.reason == f"registry.csv (sha256 {'a' * 64}): 6 rows = {counts}"
    assert (event.action, Event.objects.count()) == ("load_registry", events + 1)
    assert verify_database().faults == ()


def test_only_the_office_brings_a_registry_in() -> None:
    for account in Account.objects.exclude(role__in=registry.BRINGERS):
        with pytest.raises(NotAllowedError) as told:
            open_import(file(), account)
        assert refused("registry_office_only", told.value)
        with pytest.raises(NotAllowedError):
            registry.pause(RegistryImport(), account)
    assert open_import(file(), Account.objects.filter(role="programme_office")[0]).pk


# Two at once


def test_a_second_process_is_refused_in_both_languages() -> None:
    found = held()
    for content in "ab":
        with pytest.raises(ConflictError) as told:
            held(content)
        assert refused("registry_running", told.value)
        texts = [told.value.messages(language)[0][1] for language in ("en", "zh")]
        assert all("registry.csv" in text for text in texts)
    assert RegistryImport.objects.count() == 1
    assert registry.is_alive(found)


def test_the_database_lets_one_run_even_if_we_did_not_look() -> None:
    held()
    other = open_import(file(), loader())
    RegistryImport.objects.filter(pk=other.pk).update(state="running")
    with pytest.raises(IntegrityError):
        RegistryImport.objects.create(
            state="running", size_bytes=1, as_of=DAY, by=loader(), opened_at=now()
        )


def test_who_was_silent_too_long_is_taken_over_and_writes_nothing_more() -> None:
    slow = registry.advance(held(), [row(1)], Beside())
    long_ago = now() - registry.STALE - timedelta(seconds=1)
    RegistryImport.objects.update(heartbeat_at=long_ago)
    quick = held()
    assert (quick.pk, quick.rows_written) == (slow.pk, 1)
    for attempt in (
        lambda: registry.advance(slow, [row(2)], Beside()),
        lambda: registry.finish(slow, Beside(), loader(), DAY),
        lambda: registry.tell(slow),
    ):
        with pytest.raises(ConflictError) as told:
            attempt()
        assert refused("registry_lost", told.value)
    registry.stop(slow, "failed", "x")
    quick.refresh_from_db()
    assert quick.state == "running"
    assert not RegistryEntry.objects.filter(pk=f"{2:018}").exists()


def test_a_process_that_was_killed_is_taken_over_at_once() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    found = held()
    for holder, alive in (
        (f"{socket.gethostname()}:{child.pid}:x", False),
        (f"{socket.gethostname()}:{os.getpid()}:x", True),
        (f"elsewhere:{child.pid}:x", True),
        ("", True),
    ):
        found.holder = holder
        assert registry.is_alive(found) is alive, holder
    RegistryImport.objects.update(holder=f"{socket.gethostname()}:{child.pid}:x")
    assert held().pk == found.pk


def test_a_pause_takes_it_from_the_process_at_work() -> None:
    found = registry.advance(held(), [row(1)], Beside())
    registry.pause(found, loader())
    with pytest.raises(ConflictError):
        registry.advance(found, [row(2)], Beside())
    again = held()
    assert (again.rows_written, again.message, again.ended_at) == (1, "", None)


def test_another_version_of_the_program_begins_anew() -> None:
    found = registry.advance(held(), [row(1)], Beside(rejected=3))
    registry.stop(found, "failed", "the disk is full")
    again = held(version="2")
    assert (again.pk, again.rows_done, again.version) == (found.pk, 0, "2")
    again = registry.advance(again, [row(1)], Beside(rejected=3))
    assert (again.rows_same, again.rows_new, again.rows_rejected) == (1, 0, 3)
