"""A registry file into the register, a batch a transaction: killed anywhere, nothing is doubled.

The rows of a batch, what they add to the counts, and the heartbeat are written together, so the
count says at any moment which rows are in. One process works at a time; it is known by a holder
of its own, and one that was taken over from finds out before it writes anything.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from townworks.register.audit import Act, append, now, state
from townworks.register.cases import lock
from townworks.register.models import Account, Programme, RegistryEntry
from townworks.register.models.imports import RegistryImport
from townworks.register.permissions import is_closed
from townworks.register.refusals import ConflictError, NotAllowedError, Reason

BRINGERS = ("programme_office", "system")
STALE = timedelta(seconds=120)
"""A process that has not said anything for so long is taken to be gone."""
COMPARED = ("name", "registered_on", "capital_cny", "county_code", "activity")
WRITTEN = (*COMPARED, "imported_from")
NAME_CHARACTERS = 200
COUNTS = ("rejected", "merged", "without_code", "new", "changed", "same")


@dataclass(frozen=True)
class RegistryFile:
    """A file by name and content, and the day and program that it is read with."""

    name: str
    sha256: str
    size_bytes: int
    as_of: date
    version: str


@dataclass(frozen=True)
class Beside:
    """Rows of a file so far that do not become entries; they are counted anew at each reading."""

    rejected: int = 0
    merged: int = 0
    without_code: int = 0


def kept_in(name: str) -> Path:
    """Place of a file in the folder that registries are kept in; makes the folder."""
    folder = Path(settings.HOME) / "registries"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def latest() -> RegistryImport | None:
    """Return the newest import: the only one that may run, or be gone on with."""
    return RegistryImport.objects.order_by("-pk").first()


def is_alive(found: RegistryImport) -> bool:
    """Whether a process works on an import: it runs, was heard of lately, and was not killed."""
    heard = found.heartbeat_at is not None and now() - found.heartbeat_at < STALE
    return found.state == "running" and heard and not _is_dead(found.holder)


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that is no more; others: nobody can say."""
    host, number, _ = holder.rsplit(":", 2) if holder.count(":") > 1 else ("", "", "")
    if host != socket.gethostname() or os.name != "posix":
        return False
    with suppress(PermissionError):
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return True
    return False


def open_import(file: RegistryFile, account: Account) -> RegistryImport:
    """Return the import of a content, to be begun or gone on with, or done already.

    Where another file came after it, the register may no longer say what this one said: it is
    brought in once more. Raises `NotAllowedError` for all but the programme's office, and
    `ConflictError` while another file is being brought in.
    """
    if account.role not in BRINGERS or is_closed(account):
        raise NotAllowedError([Reason("registry_office_only")])
    with transaction.atomic():
        newest = latest()
        if newest is not None and newest.sha256 == file.sha256:
            return newest
        if newest is not None and is_alive(newest):
            raise _busy(newest)
        return RegistryImport.objects.create(
            file_name=file.name[-NAME_CHARACTERS:],
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            as_of=file.as_of,
            version=file.version,
            by=account,
            opened_at=now(),
        )


def hold(found: RegistryImport, file: RegistryFile) -> RegistryImport:
    """Take an import to work on; returns it as it now is.

    What another version of the program began is begun anew: it may have read the rows otherwise,
    and a row that is written twice is the same row. Raises `ConflictError` while another process
    works on any import.
    """
    try:
        with transaction.atomic():
            _end_abandoned()
            values: dict[str, Any] = {"state": "running", "holder": _own_name(), "message": ""}
            values |= {"heartbeat_at": now(), "ended_at": None}
            if found.started_at is None:
                values["started_at"] = now()
            if found.version != file.version:
                values |= {"version": file.version, "as_of": file.as_of, "rows_total": 0}
                values |= {f"rows_{name}": 0 for name in COUNTS}
            rows = RegistryImport.objects.filter(pk=found.pk, state__in=("paused", "failed"))
            if rows.update(**values) != 1:
                raise _busy(found)
            found.refresh_from_db()
    except IntegrityError:  # another process was quicker by a moment: one runs at a time
        raise _busy(latest() or found) from None
    return found


def _end_abandoned() -> None:
    """Pause an import whose process is gone; refused where it is alive."""
    for other in RegistryImport.objects.filter(state="running"):
        same = RegistryImport.objects.filter(
            pk=other.pk, holder=other.holder, heartbeat_at=other.heartbeat_at
        )
        text = f"{other.holder} stopped without a word"
        if is_alive(other) or same.update(state="paused", holder="", message=text) != 1:
            raise _busy(other)


def _own_name() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{token_hex(8)}"


def _busy(other: RegistryImport) -> ConflictError:
    values = {"file": other.file_name, "done": other.rows_done, "total": other.rows_total}
    return ConflictError([Reason("registry_running", "", values)])


def tell(held: RegistryImport, **values: object) -> None:
    """Say that the process is alive, and what it has found out.

    Raises `ConflictError` where it no longer holds the import: it was paused, or taken over.
    """
    rows = RegistryImport.objects.filter(pk=held.pk, state="running", holder=held.holder)
    if rows.update(heartbeat_at=now(), **values) != 1:
        raise ConflictError([Reason("registry_lost", "", {"file": held.file_name})])


def advance(
    held: RegistryImport, rows: Sequence[Mapping[str, Any]], beside: Beside
) -> RegistryImport:
    """Write a batch: its rows, its counts and the heartbeat, or nothing of it.

    rows: fields of `RegistryEntry` but `imported_from`, no credit code twice. An entry that is
    there is changed to what the newer file says; none is ever deleted.
    """
    entries = [RegistryEntry(**row, imported_from=held.file_name) for row in rows]
    with transaction.atomic():
        tell(held)  # first: it locks the row, and no one takes over while the batch is written
        known = _known(entries)
        new = sum(entry.credit_code not in known for entry in entries)
        same = sum(known.get(entry.credit_code) == _values(entry) for entry in entries)
        _save(entries)
        grown = {"new": new, "same": same, "changed": len(entries) - new - same}
        added = {f"rows_{name}": F(f"rows_{name}") + count for name, count in grown.items()}
        tell(held, **added, **_beside(beside))
        held.refresh_from_db()  # while the row is locked: later it may be another's
    return held


def _known(entries: Sequence[RegistryEntry]) -> dict[str, tuple[object, ...]]:
    codes = [entry.credit_code for entry in entries]
    rows = RegistryEntry.objects.filter(pk__in=codes).values_list("credit_code", *COMPARED)
    return {code: tuple(values) for code, *values in rows.iterator()}


def _values(entry: RegistryEntry) -> tuple[object, ...]:
    return tuple(getattr(entry, name) for name in COMPARED)


def _save(entries: Sequence[RegistryEntry]) -> None:
    save = partial(RegistryEntry.objects.bulk_create, update_conflicts=True)
    save(entries, unique_fields=["credit_code"], update_fields=WRITTEN)


def _beside(beside: Beside) -> dict[str, int]:
    return {f"rows_{name}": count for name, count in vars(beside).items()}


def finish(held: RegistryImport, beside: Beside, account: Account, today: date) -> RegistryImport:
    """Say that the file is in: its last counts and the event of the file, together."""
    with transaction.atomic():
        tell(held, state="done", holder="", ended_at=now(), **_beside(beside))
        held.refresh_from_db()
        programme = Programme.objects.first()
        if programme is not None:
            same = state(lock(programme))
            reason = f"{held.file_name} (sha256 {held.sha256}): {_counted(held)}"
            append(Act(account, "load_registry", today, reason), programme, same, same)
    return held


def _counted(found: RegistryImport) -> str:
    parts = (f"{getattr(found, f'rows_{name}')} {name.replace('_', ' ')}" for name in COUNTS)
    return f"{found.rows_total} rows = {' + '.join(parts)}"


def stop(held: RegistryImport, state_: str, why: str) -> None:
    """Let go of an import that this process holds, paused or failed; what is in stays in."""
    rows = RegistryImport.objects.filter(pk=held.pk, state="running", holder=held.holder)
    rows.update(state=state_, holder="", ended_at=now(), message=why)


def pause(found: RegistryImport, account: Account) -> None:
    """Take the import from the process at work, which ends before its next batch."""
    if account.role not in BRINGERS or is_closed(account):
        raise NotAllowedError([Reason("registry_office_only")])
    rows = RegistryImport.objects.filter(pk=found.pk, state="running")
    rows.update(state="paused", holder="", ended_at=now(), message=f"paused by {account.username}")
