"""The one way to record a fact, to correct it, and to raise its level of evidence."""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar, cast

from django.db import transaction

from townworks.register.audit import Act, now, write
from townworks.register.cases import unbroken
from townworks.register.models import (
    Account,
    Admission,
    Contract,
    Fact,
    Figure,
    Investment,
    Occupancy,
)
from townworks.register.models.figures import LADDER
from townworks.register.permissions import answers_for, may_see
from townworks.register.refusals import NotAllowedError, Reason, RefusalError, refuse

F = TypeVar("F", bound=Fact)
REPORTERS = {
    Figure: ("town_office", "county_office", "programme_office"),
    Investment: ("town_office", "programme_office"),
    Occupancy: ("town_office",),
    Contract: ("enterprise", "town_office"),
}
"""Roles that may record each kind of fact in their area."""
CORRECTABLE = frozenset({"value", "amount_cny", "value_cny", "source"})
"""What a correction may change: what was counted and where that stands, never what it is of."""
RAISED = ("verified", "audited")
"""Levels that are given by another person than who reported."""
VERIFIERS = {"tax": "tax", "land": "natural_resources", "area": "natural_resources"}
"""First word of a metric → department that verifies it; all others: statistics."""


def verifier_of(metric: str) -> str:
    """Department that verifies a metric.

    >>> verifier_of("tax_revenue_cny"), verifier_of("fixed_asset_investment_cny")
    ('tax', 'statistics')
    """
    first = metric.partition("_")[0]
    return VERIFIERS.get(first, "statistics")


def record(fact: F, act: Act, today: date) -> F:
    """Record a new fact; raises `NotAllowedError`, or `RefusalError` for a broken constraint.

    At a level that is reported; verified and audited are given by others (`raise_evidence`).
    """
    _check_reporter(fact, act.account)
    if isinstance(fact, Figure | Investment) and fact.evidence in RAISED:
        raise refuse("ladder", level=fact.evidence)
    _check_period(fact, today)
    fact.recorded_at, fact.recorded_by = now(), act.account
    with unbroken(), transaction.atomic():
        return write(fact, act)


def _check_reporter(fact: Fact, account: Account) -> None:
    roles = next((r for kind, r in REPORTERS.items() if isinstance(fact, kind)), ())
    if account.role not in roles or not answers_for(account, fact):
        raise NotAllowedError([Reason("not_yours_to_report")])
    if isinstance(fact, Contract) and not _is_in_town(fact):
        raise refuse("not_in_town", "town")


def _is_in_town(contract: Contract) -> bool:
    return Admission.objects.filter(
        enterprise=contract.enterprise_id, town=contract.town_id, state="effective"
    ).exists()


def _check_period(fact: Fact, today: date) -> None:
    """Refuse a period that ends before it begins, or what is reported before its period began."""
    if fact.valid_from and fact.valid_to and fact.valid_to < fact.valid_from:
        raise refuse("period_backwards", "valid_to", start=fact.valid_from, end=fact.valid_to)
    done = isinstance(fact, Investment | Figure) and fact.evidence not in ("planned", "target")
    if done and fact.valid_from and fact.valid_from > today:
        raise refuse("in_future", "valid_from", day=fact.valid_from, today=today)


@dataclass(frozen=True)
class Raised:
    """What a higher level of evidence says: level, value and grounds."""

    evidence: str
    value: object
    source: str


def raise_evidence(fact: F, raised: Raised, act: Act) -> F:
    """Record what was verified or audited, beside what was reported; both stay.

    By the department in charge (verified) or the programme office (audited), never by who recorded
    the level below; one level of each kind rests on a figure.
    """
    with unbroken(), transaction.atomic():
        locked = type(fact).objects.select_for_update().get(pk=fact.pk)
        _check_ladder(locked, raised, act.account)
        if not locked.is_current:
            raise refuse("superseded")
        return cast("F", write(_copy(locked, raised, act.account), act))


def _check_ladder(fact: Fact, raised: Raised, account: Account) -> None:
    if not isinstance(fact, Figure | Investment):
        raise refuse("no_ladder")
    done = fact.evidence in LADDER and fact.evidence != LADDER[0]
    if raised.evidence not in RAISED or not done:
        raise refuse("ladder", level=raised.evidence)
    if LADDER.index(raised.evidence) <= LADDER.index(fact.evidence):
        raise refuse("ladder", level=raised.evidence)
    if not may_verify(fact, raised.evidence, account):
        key = "not_yours_to_verify" if may_see(account, fact) else "not_there"
        raise NotAllowedError([Reason(key)])
    if fact.by(account):
        raise NotAllowedError([Reason("own_figure")])
    _check_nothing_rests(fact)


def _check_nothing_rests(fact: Figure | Investment) -> None:
    higher = type(fact).objects.filter(basis=fact, superseded_at__isnull=True).first()
    if higher is not None:
        raise RefusalError([Reason("rests_on_it", "", {"level": higher.evidence})])


def may_verify(fact: Fact, level: str, account: Account) -> bool:
    """Whether an account may raise a fact to a level: its department, or the programme office."""
    metric = fact.metric if isinstance(fact, Figure) else "fixed_asset_investment_cny"
    if not isinstance(fact, Figure | Investment) or not answers_for(account, fact):
        return False
    if level == "audited":
        return account.role == "programme_office"
    return account.title == f"department:{verifier_of(metric)}"


def _copy(fact: F, raised: Raised, account: Account) -> F:
    names = [f.attname for f in fact._meta.concrete_fields if not f.primary_key]  # noqa: SLF001
    copy = type(fact)(**{name: getattr(fact, name) for name in names})
    setattr(copy, "value" if isinstance(fact, Figure) else "amount_cny", raised.value)
    changes = {"evidence": raised.evidence, "source": raised.source, "basis_id": fact.pk}
    for name, value in {**changes, "recorded_at": now(), "recorded_by_id": account.pk}.items():
        setattr(copy, name, value)
    return copy


def correct(fact: F, values: dict[str, object], act: Act) -> F:
    """Supersede a fact by a corrected one; the old one stays, with when it was believed.

    By who may record its level, and nothing that a higher level already rests on.
    """
    if not act.reason.strip():
        raise refuse("no_reason", "reason")
    if not isinstance(fact, Figure | Investment | Contract) or values.keys() - CORRECTABLE:
        raise refuse("not_correctable")
    return supersede(fact, values, act)


def supersede(fact: F, values: dict[str, object], act: Act) -> F:
    """Do the same for services that change other fields: room that ends when somebody leaves."""
    with unbroken(), transaction.atomic():
        locked = type(fact).objects.select_for_update().get(pk=fact.pk)
        _check_correctable(locked, act.account)
        moment = now()
        locked.superseded_at = moment
        write(locked, act)
        names = [f.attname for f in fact._meta.concrete_fields if not f.primary_key]  # noqa: SLF001
        old = {name: getattr(locked, name) for name in names}
        fresh = type(fact)(**{**old, "superseded_at": None, **values})
        fresh.recorded_at, fresh.recorded_by = moment, act.account
        return write(fresh, act)


def _check_correctable(fact: Fact, account: Account) -> None:
    if isinstance(fact, Figure | Investment) and fact.evidence in RAISED:
        if not may_verify(fact, fact.evidence, account):
            raise NotAllowedError([Reason("not_yours_to_verify")])
    else:
        _check_reporter(fact, account)
    if not fact.is_current:
        raise refuse("superseded")
    if isinstance(fact, Figure | Investment):
        _check_nothing_rests(fact)
