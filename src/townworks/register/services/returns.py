"""The round of a quarter's returns: opened, handed in, verified, locked; who is late."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from django.db import transaction
from django.db.models import QuerySet

from townworks.register.audit import Act
from townworks.register.cases import Taking, effect, open_case, take
from townworks.register.facts import Raised, may_verify, raise_evidence
from townworks.register.models import Case, Figure, Investment, Query, Return
from townworks.register.permissions import is_closed
from townworks.register.quarters import quarter_days
from townworks.register.refusals import NotAllowedError, Reason, refuse
from townworks.register.services.status import machine, statuses

DUE_DAYS = 20
"""Days after a quarter's end by which its return is due, where the office says nothing else."""
OPEN = ("asked", "answered")
"""States of a query that keep a return from being verified."""


def open_returns(
    quarter: str,
    act: Act,
    today: date,
    due_on: date | None = None,
    only: Collection[str] | None = None,
) -> list[Return]:
    """Open the returns of a quarter for every town on a list at its end; those that are stay.

    due_on: None: `DUE_DAYS` after its end. only: ids of the towns (None: all). Raises
    `RefusalError` for a quarter that is not over.
    """
    if act.account.role != "programme_office" or is_closed(act.account):
        raise NotAllowedError([Reason("office_only")])
    _, last = quarter_days(quarter)
    if min(act.on, today) <= last:
        raise refuse("quarter_runs", "quarter", quarter=quarter)
    due = due_on or last + timedelta(days=DUE_DAYS)
    if due <= last:
        raise refuse("due_too_early", "due_on", day=due, end=last)
    there = set(Return.objects.filter(quarter=quarter).values_list("town_id", flat=True))
    wanted = [town for town in listed_at(last) if town not in there]
    with transaction.atomic():
        return [
            open_case(Return(town_id=town, quarter=quarter, due_on=due), act, today)
            for town in wanted
            if only is None or town in only
        ]


def listed_at(day: date) -> list[str]:
    """Ids of the towns that stood on a list on a day."""
    states = machine().states
    return sorted(town for town, change in statuses(day).items() if states[change.to].list)


def hand_in(town_id: str, quarter: str, taking: Taking) -> None:
    """Submit a town's return with what was just brought in, where one is due."""
    found = Return.objects.filter(town=town_id, quarter=quarter, state="due").first()
    if found is not None:
        take(found, Taking("submit", taking.account, taking.today, taking.on))


@effect("return", "submit")
def _submit(case: Case, taking: Taking) -> None:
    found = cast("Return", case)
    if not investment_of(found).exists() and not figures_of(found).exists():
        raise refuse("return_empty")
    found.submitted_on = taking.day


@effect("return", "verify")
def _verify(case: Case, taking: Taking) -> None:
    """Raise every reported value that the department may verify; refused while queries are open."""
    found = cast("Return", case)
    waiting = Query.objects.filter(town_return=found, state__in=OPEN).count()
    if waiting:
        raise refuse("queries_open", n=waiting)
    act = Act(taking.account, "verify", taking.day, taking.reason)
    facts: list[Figure | Investment] = [*investment_of(found), *figures_of(found)]
    for fact in facts:
        if may_verify(fact, "verified", taking.account) and not _is_raised(fact):
            value = fact.value if isinstance(fact, Figure) else fact.amount_cny
            source = f"return {found.pk}: {taking.reason}"
            raise_evidence(fact, Raised("verified", value, source), act)


def _is_raised(fact: Figure | Investment) -> bool:
    rows = type(fact)._default_manager.filter(basis=fact.pk, superseded_at__isnull=True)  # noqa: SLF001
    return rows.exists()


def investment_of(found: Return) -> QuerySet[Investment]:
    """What a town reported of its projects for a quarter."""
    rows = Investment.objects.filter(
        project__town=found.town, quarter=found.quarter, evidence="reported"
    )
    return rows.known().select_related("project").order_by("project__name", "pk")


def figures_of(found: Return) -> QuerySet[Figure]:
    """What a town reported of itself for a quarter."""
    rows = Figure.objects.filter(town=found.town, period=found.quarter, evidence="reported")
    return rows.known().order_by("metric", "pk")


@dataclass(frozen=True)
class Late:
    """A return that is not in; days: since it was due."""

    town_return: Return
    days: int


def late(quarter: str, day: date) -> list[Late]:
    """Returns of a quarter that were due before a day and are not in, the latest first."""
    rows = Return.objects.filter(quarter=quarter, state="due", due_on__lt=day)
    found = [Late(row, (day - row.due_on).days) for row in rows.select_related("town")]
    return sorted(found, key=lambda each: (-each.days, each.town_return.town_id))
