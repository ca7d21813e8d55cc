"""Files brought in: kept and looked at first, then applied whole, and undone whole.

What files say is read elsewhere (`workflow.returns`) and comes as a table of arrivals; here it is
decided what that changes, and done in one transaction with the step that applies it.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import polars as pl
from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet

from townworks.register.arrivals import Change, carry_out, counts, plan
from townworks.register.audit import Act, now, write
from townworks.register.cases import Taking, effect, lock, open_case, take
from townworks.register.evidence import open_stored
from townworks.register.models import (
    Account,
    Admission,
    Case,
    Event,
    Fact,
    Figure,
    Heading,
    Import,
    Investment,
    Partnership,
    Programme,
    Project,
    TownApplication,
)
from townworks.register.permissions import is_closed
from townworks.register.refusals import NotAllowedError, Reason, RefusalError, refuse
from townworks.register.services.attachments import attach, folder
from townworks.register.services.returns import hand_in

BRINGERS = ("programme_office", "town_office")
"""Roles that bring files in; a town's office only its own."""


def open_import(paths: Sequence[Path], whose: tuple[str, str], act: Act, today: date) -> Import:
    """Keep some files and open their matter, to be looked at; nothing of them is written yet.

    whose: town and quarter ("" where the files say it). A town's office brings in its own only.
    Raises `RefusalError` where a file is not taken.
    """
    account, (town, quarter) = act.account, whose
    if account.role not in BRINGERS or is_closed(account):
        raise NotAllowedError([Reason("not_yours_to_report")])
    if not paths:
        raise refuse("no_file", "files")
    kept = [_described(path) for path in paths]
    case = Import(files=kept, quarter=quarter, town_id=account.town_id or town or None)
    with transaction.atomic():
        opened = open_case(case, act, today)
        for path in paths:
            with path.open("rb") as stream:
                attach(opened, path.name, stream, path.stat().st_size, act)
    return opened


def _described(path: Path) -> dict[str, str | int]:
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return {"name": path.name, "sha256": sha256, "size_bytes": len(content)}


def contents(case: Import) -> list[tuple[str, bytes]]:
    """Return name and content of each file that was kept, in their order."""
    names = {row["sha256"]: row["name"] for row in case.files}
    return [(name, open_stored(folder(), sha256)) for sha256, name in names.items()]


def preview(arrivals: pl.DataFrame, account: Account, today: date) -> list[Change]:
    """Say what would be added, changed, left and kept out; writes nothing."""
    return plan(arrivals, account, today)


def digest(changes: Sequence[Change]) -> str:
    """Fingerprint of what a preview showed: applied is only what was looked at."""
    text = json.dumps([change.key for change in changes], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def accept(case: Import, accepted: Sequence[Sequence[str]], taking: Taking) -> Import:
    """Take over choices: findings as (file, sheet, cell, check) with "take" or "keep"."""
    chosen = sorted({tuple(each) for each in accepted})
    return take(case, _with(taking, step="accept", accepted=chosen))


@effect("import", "accept")
def _accept(case: Case, taking: Taking) -> None:
    found = cast("Import", case)
    chosen = cast("Sequence[Sequence[str]]", taking.values.get("accepted") or ())
    found.accepted = [list(each) for each in chosen]


def apply(case: Import, arrivals: pl.DataFrame, seen: str, taking: Taking) -> Import:
    """Write what the files say, whole; seen: the digest of the preview that was looked at.

    Raises `RefusalError` where the register has changed since (another import of the same town was
    first): look again, nothing was written.
    """
    values = {"arrivals": arrivals, "seen": seen}
    return take(case, _with(taking, step="apply", **values))


def _with(taking: Taking, step: str, **values: object) -> Taking:
    return Taking(
        step,
        taking.account,
        taking.today,
        taking.on,
        taking.reason,
        taking.seen_version,
        {**taking.values, **values},
    )


@effect("import", "apply")
def _apply(case: Case, taking: Taking) -> None:
    """Plan anew under the programme's lock, compare with what was looked at, and write."""
    found = cast("Import", case)
    arrivals = taking.values.get("arrivals")
    if not isinstance(arrivals, pl.DataFrame):
        raise refuse("import_page")
    lock(Programme.objects.get())
    changes = plan(arrivals, taking.account, taking.today)
    if digest(changes) != taking.values.get("seen"):
        raise refuse("import_changed")
    act = Act(taking.account, "import", taking.day, mark(found))
    carry_out(changes, act)
    read = cast("dict[str, int]", taking.values.get("read") or {})
    found.counts = {**read, **counts(changes)}
    for row in cast("Sequence[Sequence[str]]", taking.values.get("headings") or ()):
        _remember(row, act)
    pairs = arrivals.select("town_id", "quarter").drop_nulls().unique().sort("town_id", "quarter")
    for town, quarter in pairs.iter_rows():
        hand_in(town, quarter, taking)


def _remember(row: Sequence[str], act: Act) -> None:
    """Keep what a town's heading means; what was said last holds."""
    town, form, heading, name = row
    known = Heading.objects.filter(town=town, form=form, heading=heading).first()
    kept = known or Heading(town_id=town, form=form, heading=heading)
    if kept.field != name:
        kept.field = name
        write(kept, act)


def mark(case: Import) -> str:
    """How events name the import that they belong to."""
    return f"import {case.pk}"


def undo(case: Import, taking: Taking) -> Import:
    """Take back an import whole: what it added ends, what it changed is as it was before.

    Nothing is erased: each fact is superseded by what was believed before, or by nothing. Refused,
    with every reason, where something rests on it (verified, corrected, moved on since).
    """
    return take(case, _with(taking, step="undo"))


@effect("import", "undo")
def _undo(case: Case, taking: Taking) -> None:
    found = cast("Import", case)
    act = Act(taking.account, "undo_import", taking.day, mark(found))
    events = list(events_of(found))
    reasons = [reason for event in events for reason in _standing(event)]
    if reasons:
        raise RefusalError(reasons)
    for event in reversed(events):
        _take_back(event, act, taking)


def events_of(case: Import) -> QuerySet[Event]:
    """What an import wrote, in its order."""
    rows = Event.objects.filter(action="import", reason__startswith=f"{mark(case)}: ")
    return rows.order_by("seq")


FACTS: dict[str, type[Figure | Investment]] = {"figure": Figure, "investment": Investment}
MATTERS: dict[str, type[Case]] = {
    "admission": Admission,
    "partnership": Partnership,
    "townapplication": TownApplication,
}


def _standing(event: Event) -> list[Reason]:
    """Why something that an import wrote cannot be taken back; empty: it can."""
    what = f"{event.kind} {event.record_id}"
    later = Event.objects.filter(
        kind=event.kind, record_id=event.record_id, seq__gt=event.seq
    ).exclude(reason=event.reason)
    if event.kind in FACTS:
        model = FACTS[event.kind]
        resting = model._default_manager.filter(  # noqa: SLF001
            basis=event.record_id, superseded_at__isnull=True
        )
        if resting.exists() or later.exists():
            return [Reason("undo_rests", "", {"what": what, "source": event.reason})]
    if event.kind in MATTERS and later.exists():
        return [Reason("undo_rests", "", {"what": what, "source": event.reason})]
    return []


def _take_back(event: Event, act: Act, taking: Taking) -> None:
    if event.kind in FACTS:
        record = FACTS[event.kind]._default_manager.get(pk=event.record_id)  # noqa: SLF001
        _take_fact_back(record, event, act)
    elif event.kind in MATTERS and not event.before:
        case = MATTERS[event.kind]._default_manager.get(pk=event.record_id)  # noqa: SLF001
        take(case, Taking("withdraw", taking.account, taking.today, taking.on, taking.reason))
    elif event.kind == "project" and not event.before:
        project = Project.objects.get(pk=event.record_id)
        if not Investment.objects.filter(project=project).known().exists():
            project.withdrawn = True
            write(project, act)
    elif event.before:
        _restore(event, act)


def _take_fact_back(record: Fact, event: Event, act: Act) -> None:
    """End a fact that was added; bring one that was superseded back, as a new belief."""
    before = json.loads(event.before) if event.before else None
    if before is None:
        record.superseded_at = now()
        write(record, act)
        return
    kept = type(record)(**{k: v for k, v in before.items() if k != "id"})
    kept.superseded_at, kept.recorded_at = None, now()
    kept.recorded_by = act.account
    _revive(kept, act)


def _revive(kept: Fact, act: Act) -> None:
    """Save a belief again with values as its columns want them (events hold texts)."""
    for column in kept._meta.concrete_fields:  # noqa: SLF001
        value = getattr(kept, column.attname)
        if value is not None:
            setattr(kept, column.attname, _typed(column, value))
    write(kept, act)


def _typed(column: Any, value: object) -> object:
    target = column.target_field if column.is_relation else column
    return None if value is None else target.to_python(value)


def _restore(event: Event, act: Act) -> None:
    """Give a changed row the values back that it had before, field by field."""
    model = apps.get_model("register", event.kind)
    record = model._default_manager.get(pk=event.record_id)  # noqa: SLF001
    before, after = json.loads(event.before), json.loads(event.after)
    columns = {column.attname: column for column in model._meta.concrete_fields}  # noqa: SLF001
    for name, value in before.items():
        if value != after[name]:
            setattr(record, name, _typed(columns[name], value))
    write(record, act)
