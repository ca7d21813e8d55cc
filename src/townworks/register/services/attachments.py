"""Files attached to a matter or a figure: kept by their content, seen by who sees the record."""

from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db.models import Model

from townworks.register.audit import Act, kind_of, now, write
from townworks.register.evidence import Accepted, EvidenceError, check_upload, store
from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Boundary,
    Evidence,
    Figure,
    Grant,
    Import,
    Investment,
    Objection,
    Partnership,
    Query,
    Return,
    StatusAct,
    TownApplication,
)
from townworks.register.permissions import answers_for, may_see
from townworks.register.refusals import NotAllowedError, Reason, RefusalError

CARRIERS: dict[str, type[Model]] = {
    kind_of(model): model
    for model in (
        Admission,
        Assessment,
        Boundary,
        Figure,
        Grant,
        Import,
        Investment,
        Objection,
        Partnership,
        Query,
        Return,
        StatusAct,
        TownApplication,
    )
}
"""Records that files may be attached to, by kind."""
READERS = ("auditor",)


def attach(record: Model, name: str, stream: BinaryIO, size: int, act: Act) -> Evidence:
    """Attach a file; raises `RefusalError` with everything that is wrong with it.

    By who answers for the record; an auditor changes nothing.
    """
    if act.account.role in READERS or not answers_for(act.account, record):
        raise NotAllowedError([Reason("not_yours_to_report")])
    try:
        accepted = check_upload(name, stream, size)
        stream.seek(0)
        store(stream, accepted, folder())
    except EvidenceError as error:
        texts = {language: " ".join(error.messages(language)) for language in ("en", "zh")}
        raise RefusalError([Reason("bad_input", "file", {"why": texts})]) from None
    return write(_evidence(record, accepted, act.account), act)


def _evidence(record: Model, accepted: Accepted, account: Account) -> Evidence:
    return Evidence(
        kind=kind_of(record),
        record_id=str(record.pk),
        name=accepted.name,
        media_type=accepted.media_type,
        size_bytes=accepted.size_bytes,
        sha256=accepted.sha256,
        uploaded_by=account,
        uploaded_at=now(),
    )


def folder() -> Path:
    """Folder that files are kept in."""
    return Path(settings.MEDIA_ROOT)


def carrier(evidence: Evidence) -> Model | None:
    """Record that a file is attached to."""
    return CARRIERS[evidence.kind]._default_manager.filter(pk=evidence.record_id).first()  # noqa: SLF001


def may_read(account: Account | None, evidence: Evidence) -> bool:
    """Whether somebody may read a file: only who answers for its record, or reads all."""
    record = carrier(evidence)
    signed_in = account is not None and record is not None
    return signed_in and may_see(account, record) and answers_for(account, record)  # type: ignore[arg-type]


def evidence_of(record: Model, account: Account | None) -> list[Evidence]:
    """Files of a record that somebody may read."""
    rows = Evidence.objects.filter(kind=kind_of(record), record_id=str(record.pk))
    return [row for row in rows.select_related("uploaded_by") if may_read(account, row)]
