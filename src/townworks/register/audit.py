"""The one way to write a record: the change and its event, in one transaction, in the chain."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction

from townworks.register.chain import GENESIS, Sealed, seal
from townworks.register.models import Account, Event, Head

M = TypeVar("M", bound=models.Model)
UNSEEN = frozenset({"password", "last_login"})
"""Fields that no event tells."""


@dataclass(frozen=True)
class Act:
    """Who does what and why, on which day (the day it holds, not the day it is typed)."""

    account: Account
    action: str
    on: date
    reason: str = ""


def state(record: models.Model) -> dict[str, Any]:
    """Fields of a record as JSON values: decimals and dates as text, relations as their key."""
    return {
        each.attname: _plain(getattr(record, each.attname))
        for each in record._meta.concrete_fields  # noqa: SLF001 (Django's documented API)
        if each.attname not in UNSEEN
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return text if text != "-0" else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def kind_of(record: models.Model | type[models.Model]) -> str:
    """Kind of a record as events name it.

    >>> kind_of(Account)
    'account'
    """
    return str(record._meta.model_name)  # noqa: SLF001


def write(record: M, act: Act) -> M:
    """Save a record, new or changed, and append the event; returns the record.

    The fields are read back, so that what the event tells is what the database holds. Must run in
    a transaction when the change depends on what was read before.
    """
    with transaction.atomic():
        before = _stored(record)
        record.save()
        record.refresh_from_db()
        append(act, record, before, state(record))
    return record


def append(
    act: Act, record: models.Model, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> Event:
    """Append an event; the head is locked until the transaction ends, so events never fork."""
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(id=1, defaults={"hash": GENESIS})
        event = Event(
            seq=head.seq + 1,
            recorded_at=now(),
            on=act.on,
            account=act.account.username,
            role=act.account.title,
            action=act.action,
            kind=kind_of(record),
            record_id=str(record.pk),
            reason=act.reason,
            before=_text(before),
            after=_text(after),
        )
        sealed = seal(event.seq, content(event), head.hash)
        event.prev_hash, event.hash = sealed.prev_hash, sealed.hash
        event.save(force_insert=True)
        head.seq, head.hash = event.seq, event.hash
        head.save()
    return event


def now() -> datetime:
    """Return the moment of recording, in UTC."""
    return datetime.now(UTC)


def content(event: Event) -> dict[str, Any]:
    """What of an event is sealed: everything but its number and hashes."""
    return {
        "recorded_at": _plain(event.recorded_at),
        "on": event.on.isoformat(),
        "account": event.account,
        "role": event.role,
        "action": event.action,
        "kind": event.kind,
        "record_id": event.record_id,
        "reason": event.reason,
        "before": event.before,
        "after": event.after,
    }


def sealed_events() -> Iterator[Sealed]:
    """Events as the chain wants them, in the order of their numbers, a few thousand at a time."""
    for event in Event.objects.order_by("seq").iterator(chunk_size=5000):
        yield Sealed(event.seq, content(event), event.prev_hash, event.hash)


def _stored(record: models.Model) -> dict[str, Any] | None:
    if record.pk is None:
        return None
    found = type(record)._default_manager.filter(pk=record.pk).first()  # noqa: SLF001
    return None if found is None else state(found)


def _text(value: dict[str, Any] | None) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
