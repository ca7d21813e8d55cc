"""Is the record what its events say? The chain, the tables against it, and who took which step.

Nothing that somebody wrote into the database by hand may stop it: values that cannot be read are
faults like others, each with its place.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max, TextField
from django.db.models.functions import Cast

from townworks.errors import OutputError
from townworks.register.audit import kind_of, state
from townworks.register.chain import CANONICAL, GENESIS, Anchor, ChainFault, Sealed, faults
from townworks.register.chain_files import Tally, Verdict, write_line
from townworks.register.models import Case, Event, Head, RegistryEntry, RegistryImport, Step
from townworks.register.processes import Process, processes

UNCHAINED = {"event", "head", "step", kind_of(RegistryEntry), kind_of(RegistryImport)}
"""Tables without events of their own: the chain itself, its head, steps (in their matter's event),
and the imported registry (one event a file)."""
TEXTS = ("account", "role", "action", "kind", "record_id", "reason", "before", "after")
UNREADABLE = (ValueError, TypeError, ArithmeticError, ValidationError)
"""What fields raise for values that they never wrote."""
BATCH = 500
PLAIN = len("2016-06-01 09:30:00.000001")
State = dict[str, Any] | Exception
"""Fields of a row, or why it cannot be read."""
STEP = ("step", "origin", "to", "on", "account", "reason")
Taken = dict[int, tuple[str, ...]]
"""Steps of a matter by their number: what `STEP` says."""


def verify_database(anchors: Iterable[Anchor] = ()) -> Verdict:
    """Verify chain, tables and steps of the database at hand, also while people work in it.

    Cost: two passes over the events and one over each table; some 200 bytes a record.
    """
    head, tally = Head.objects.first(), Tally()
    kept = [Anchor(head.seq, head.hash)] if head else []
    found = list(faults(tally.passing(sealed_rows()), [*anchors, *kept]))
    found += _head_faults(tally.head)
    records = 0
    for model in apps.get_app_config("register").get_models():
        if kind_of(model) not in UNCHAINED:
            count, wrong = _table_faults(model, tally.last.pop(kind_of(model), {}))
            records += count
            found += wrong
        if issubclass(model, Case):
            found += _process_faults(model)
    for kind, left in tally.last.items():
        found += _vanished(kind, left)
    return Verdict(tally.count, records, tally.head, (*found, *_strange_steps()))


def sealed_rows() -> Iterator[Sealed]:
    """Events in the order of their numbers, a few thousand at a time.

    Days and moments are read as the texts they are stored as: any that was tampered with is told.
    """
    days = {"day": Cast("on", TextField()), "moment": Cast("recorded_at", TextField())}
    names = ("seq", "prev_hash", "hash", "day", "moment", *TEXTS)
    rows = Event.objects.order_by("seq").annotate(**days).values_list(*names)
    for seq, before, own, day, moment, *texts in rows.iterator(chunk_size=5000):
        content = dict(zip(TEXTS, texts, strict=True))
        content["on"], content["recorded_at"] = day, _moment(moment)
        yield Sealed(seq, content, before, own)


def _moment(text: str) -> str:
    """Write a stored moment as it was sealed.

    >>> _moment("2016-06-01 09:30:00"), _moment("2016-06-01 09:30:00.123+00")
    ('2016-06-01T09:30:00.000000+00:00', '2016-06-01T09:30:00.123000+00:00')
    """
    if len(text) == PLAIN and "+" not in text:  # as SQLite keeps it: whatever it says
        return f"{text[:10]}T{text[11:]}+00:00"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def _head_faults(last: Anchor) -> list[ChainFault]:
    """Compare the end that was read with the head, which may have moved on since."""
    head = Head.objects.first()
    if head is None:
        return [ChainFault("removed", 0, "the head is no longer there")] if last.seq else []
    if head.seq >= last.seq:
        return []
    text = f"the head names event {head.seq}, the last one there is {last.seq}"
    return [ChainFault("inserted", head.seq + 1, text)]


def _table_faults(model: type[models.Model], last: dict[str, int]) -> tuple[int, list[ChainFault]]:
    """Compare a table's rows with their last events; those that are left over have vanished."""
    count, found = 0, list[ChainFault]()
    rows = _states(model._default_manager.order_by("pk"))  # noqa: SLF001
    while batch := dict(islice(rows, BATCH)):
        count += len(batch)
        suspects = _differing(model, batch, {key: last.pop(key, 0) for key in batch})
        found += _certain(model, list(suspects)) if suspects else []
    return count, found + _vanished(kind_of(model), last)


def _certain(model: type[models.Model], keys: list[str]) -> Iterable[ChainFault]:
    """Look again at some rows, in one transaction: somebody may have changed them meanwhile."""
    kind = kind_of(model)
    with transaction.atomic():
        batch = dict(_states(model._default_manager.filter(pk__in=keys).order_by("pk")))  # noqa: SLF001
        events = Event.objects.filter(kind=kind, record_id__in=keys).order_by()
        seqs = dict(events.values_list("record_id").annotate(Max("seq")))
        return _differing(model, batch, seqs).values()


def _differing(
    model: type[models.Model], batch: Mapping[str, State], seqs: Mapping[str, int]
) -> dict[str, ChainFault]:
    """Faults of rows by their key: each compared with the event that told of it last."""
    told = dict(Event.objects.filter(seq__in=seqs.values()).values_list("seq", "after"))
    defaults, found = state(model()), {}
    for key, now in batch.items():
        seq, name = seqs.get(key, 0), f"{kind_of(model)} {key}"
        if not told.get(seq):
            found[key] = ChainFault("unrecorded", 0, f"{name} has no event")
        elif why := _difference(now, told[seq], defaults):
            text = f"{name} is not what event {seq} left: {why}"
            found[key] = ChainFault("altered", seq, text)
    return found


def _vanished(kind: str, left: dict[str, int]) -> list[ChainFault]:
    return [
        ChainFault("vanished", seq, f"{kind} {key} is no longer in its table")
        for key, seq in left.items()
    ]


def _states(rows: models.QuerySet[Any]) -> Iterator[tuple[str, State]]:
    """Key and state of each row; where a row cannot be read, why. From there on row by row."""
    done = None
    try:
        for record in rows.iterator(chunk_size=5000):
            yield str(record.pk), state(record)
            done = record.pk
    except UNREADABLE:
        left = rows if done is None else rows.filter(pk__gt=done)
        for key in list(left.values_list("pk", flat=True)):
            try:
                yield str(key), state(rows.get(pk=key))
            except UNREADABLE as error:
                yield str(key), error


def _difference(now: State, told: str, defaults: dict[str, Any]) -> str:
    """What of a record is not as its event told it; "" if nothing.

    A column that the event does not know yet was added later, and holds its default.
    """
    if isinstance(now, Exception):
        return f"it cannot be read ({now})"
    if CANONICAL.encode(now) == told:
        return ""
    try:
        before = {**defaults, **json.loads(told)}
    except UNREADABLE:
        return "its event cannot be read"
    changed = [name for name in now if before[name] != now[name]]
    return "; ".join(f"{name} was {before[name]!r}, is {now[name]!r}" for name in changed)


@dataclass
class _Told:
    """What the events of a matter say of its steps, and by which event."""

    steps: Taken
    seqs: dict[int, int]
    state: str = ""


def _process_faults(model: type[Case]) -> Iterator[ChainFault]:
    """Compare the steps of a kind of matter with its events, some hundred matters at a time.

    A matter's version grows by one with each step, so version n is what step n left behind.
    """
    events, steps = Event.objects.filter(kind=kind_of(model)), Step.objects.filter(kind=model.KIND)
    ids = sorted({*_distinct(events, "record_id"), *_distinct(steps, "case_id")})
    for start in range(0, len(ids), BATCH):
        cases = ids[start : start + BATCH]
        if any(True for _ in _faults_of(model, cases)):
            with transaction.atomic():  # looked at again: somebody may have taken a step meanwhile
                yield from list(_faults_of(model, cases))


def _faults_of(model: type[Case], cases: Sequence[str]) -> Iterator[ChainFault]:
    told, taken, process = _told(model, cases), _taken(model, cases), processes()[model.KIND]
    for case in cases:
        name = f"{model.KIND} {case}"
        yield from _compared(name, told.get(case, _Told({}, {})), taken.get(case, {}))
        yield from _one_person(name, process, taken.get(case, {}))


def _strange_steps() -> Iterator[ChainFault]:
    """Steps of kinds that there are not."""
    kinds = [m.KIND for m in apps.get_app_config("register").get_models() if issubclass(m, Case)]
    for step in Step.objects.exclude(kind__in=kinds).only("kind", "case_id", "number"):
        name = f"{step.kind} {step.case_id}, step {step.number}"
        yield ChainFault("unrecorded", 0, f"{name} has no event")


def _distinct(of: models.QuerySet[Any], name: str) -> Iterator[str]:
    yield from of.order_by(name).values_list(name, flat=True).distinct().iterator()


def _told(model: type[Case], cases: Sequence[str]) -> dict[str, _Told]:
    """Read the steps from the events: those with which the version grew."""
    found: dict[str, _Told] = {}
    names = ("record_id", "seq", "action", "day", "account", "reason", "after")
    events = Event.objects.filter(kind=kind_of(model), record_id__in=cases).order_by("seq")
    rows = events.annotate(day=Cast("on", TextField())).values_list(*names)
    for case, seq, action, day, account, reason, after in rows.iterator(chunk_size=5000):
        told = found.setdefault(case, _Told({}, {}))
        left = _content(after)
        number, state = left.get("version", 0), left.get("state", "")
        if number not in told.steps:
            if action == "load":  # a published grade: of its year, from its source
                day, reason = left.get("state_since"), left.get("source")  # noqa: PLW2901
            told.steps[number] = (action, told.state, state, day, account, reason)
            told.seqs[number] = seq
        told.state = state
    return found


def _content(after: str) -> dict[str, Any]:
    """Read a record from its event; nothing where that was tampered with (the chain says so)."""
    try:
        found = json.loads(after)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _taken(model: type[Case], cases: Sequence[str]) -> dict[str, Taken]:
    """Read the steps from their table, the first first."""
    names = ("case_id", "number", "step", "origin", "to", "day", "account__username", "reason")
    steps = Step.objects.filter(kind=model.KIND, case_id__in=cases).order_by("number")
    rows = steps.annotate(day=Cast("on", TextField())).values_list(*names)
    found: dict[str, Taken] = {}
    for case, number, *rest in rows.iterator(chunk_size=5000):
        found.setdefault(case, {})[number] = tuple(rest)
    return found


def _compared(name: str, told: _Told, taken: Taken) -> Iterator[ChainFault]:
    for number in sorted({*told.steps, *taken}):
        before, now = told.steps.get(number), taken.get(number)
        if before is None and now is not None:
            text = f"{name}, step {number} ({now[0]}) has no event"
            yield ChainFault("unrecorded", 0, text)
        elif before is not None and now is None:
            text = f"{name}, step {number} ({before[0]}) is no longer in its table"
            yield ChainFault("vanished", told.seqs[number], text)
        elif before is not None and now is not None and before != now:
            pairs = zip(STEP, before, now, strict=True)
            words = [f"{key} was {old!r}, is {new!r}" for key, old, new in pairs if old != new]
            seq = told.seqs[number]
            text = f"{name}, step {number} is not what event {seq} left: {'; '.join(words)}"
            yield ChainFault("altered", seq, text)


def _one_person(name: str, process: Process, taken: Taken) -> Iterator[ChainFault]:
    """Steps that nobody may take who took another one before."""
    before: dict[str, set[str]] = {}
    for number, (step, _, _, _, account, _) in taken.items():
        rule = process.steps.get(step)
        for other in rule.not_after if rule else ():
            if account in before.get(other, ()):
                text = f"{name}, step {number} ({step}): the same account took {other}"
                yield ChainFault("one_person", 0, text)
        before.setdefault(step, set()).add(account)


def export_events(path: Path) -> Anchor:
    """Write every event as a line of JSON, to be verified anywhere; returns the head."""
    head = Anchor(0, GENESIS)
    try:
        with path.open("w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            for event in sealed_rows():
                file.write(write_line(event))
                head = Anchor(event.seq, event.hash)
    except OSError as error:
        raise OutputError(path, error.strerror or str(error)) from None
    return head
