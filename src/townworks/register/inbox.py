"""What waits for somebody: matters whose turn is theirs, figures to verify, with deadlines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from townworks.register.facts import may_verify
from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Boundary,
    Case,
    Figure,
    Grant,
    Import,
    Investment,
    Objection,
    Partnership,
    Query,
    Return,
    StatusAct,
    Step,
    TownApplication,
)
from townworks.register.permissions import Relation, second_person, visible
from townworks.register.processes import Process, StepRule, processes

if TYPE_CHECKING:
    from django.db.models import QuerySet

KINDS: tuple[type[Case], ...] = (
    TownApplication,
    Boundary,
    Admission,
    Grant,
    Partnership,
    Assessment,
    Objection,
    StatusAct,
    Return,
    Query,
    Import,
)
SOON_DAYS = 3
RELATED = {
    Admission: ("enterprise", "town"),
    Grant: ("admission__enterprise", "town"),
    Assessment: ("town",),
    Boundary: ("town",),
    StatusAct: ("town",),
    Partnership: ("proposer", "partner", "town"),
    Query: ("town_return__town",),
    Return: ("town",),
    Objection: ("assessment__town", "admission__enterprise", "admission__town"),
}


@dataclass(frozen=True)
class Item:
    """One thing that waits; due: the day it should have moved on (None: no deadline).

    blocked: the step this account took before that keeps it from every next one.
    """

    case: Case
    due: date | None
    today: date
    blocked: Step | None

    @property
    def urgency(self) -> str:
        """Overdue, soon or open."""
        if self.due is None or self.due > self.today + timedelta(days=SOON_DAYS):
            return "open"
        return "overdue" if self.due < self.today else "soon"


def inbox(account: Account, today: date) -> list[Item]:
    """Matters that wait for an account, the most urgent first."""
    items = [item for model in KINDS for item in _of_kind(model, account, today)]
    return sorted(items, key=lambda item: (item.blocked is not None, item.due or date.max))


def _of_kind(model: type[Case], account: Account, today: date) -> Iterator[Item]:
    process = processes()[model.KIND]
    waiting = {s.id: s for s in process.states.values() if s.waits_for}
    rows: QuerySet[Case] = model._default_manager.filter(state__in=waiting)  # noqa: SLF001
    rows = visible(account, rows.select_related(*RELATED.get(model, ())))
    for case in rows.order_by("state_since", "pk").iterator():
        state = waiting[case.state]
        relation = Relation(account, case)
        if any(relation.holds(role) for role in state.waits_for):
            yield Item(case, _due(case, state.days), today, _blocked(process, case, relation))


def _due(case: Case, days: int | None) -> date | None:
    """Day a matter should have moved on: of a return its own, of others some days after."""
    if isinstance(case, Return) and case.state == "due":
        return case.due_on
    return case.state_since + timedelta(days=days) if days is not None else None


def _blocked(process: Process, case: Case, relation: Relation) -> Step | None:
    """Return an earlier step of the account if it keeps it from every step that leads on."""
    mine = [s for s in process.possible(case.state) if _leads_on(process, case, s)]
    allowed = [step for step in mine if any(relation.holds(role) for role in step.by)]
    blocks = [second_person(relation.account, step, case) for step in allowed]
    return blocks[0] if blocks and all(blocks) else None


def _leads_on(process: Process, case: Case, step: StepRule) -> bool:
    """Whether a step is the matter's way on, not its withdrawal or return."""
    return step.to not in ("withdrawn", process.start) or step.to == case.state


def to_verify(account: Account) -> list[Figure | Investment]:
    """Reported figures and investment that this account's department has not verified yet.

    Whoever reported them, the town, its county or the programme office; what sources published
    came in with the loader, and is not for a department to verify.
    """
    if account.role != "department":
        return []
    found: list[Figure | Investment] = []
    for model in (Figure, Investment):
        rows = model.objects.filter(evidence="reported").exclude(recorded_by__role="system").known()
        done: Any = model.objects.filter(basis__isnull=False).known().values("basis_id")
        open_rows = visible(account, rows.exclude(pk__in=done)).order_by("recorded_at", "pk")
        found += [row for row in open_rows if may_verify(row, "verified", account)]
    return found
