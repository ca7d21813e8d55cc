"""Who may see what and take which step: by role, by area, by what somebody is to a matter.

Everything that asks, asks here: services before they act, pages before they show. An account that
is None is the public.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Boundary,
    BudgetLine,
    Case,
    Contract,
    Enterprise,
    Evidence,
    Figure,
    Grant,
    Import,
    Investment,
    Objection,
    Occupancy,
    Partnership,
    Payment,
    Plan,
    PlanLine,
    PlannedInvestment,
    Premises,
    Project,
    Query,
    Return,
    StatusAct,
    Step,
    Town,
    TownApplication,
)
from townworks.register.models.people import AREAS
from townworks.register.processes import OPENINGS, StepRule

PUBLIC_ADMISSIONS = ("notice", "effective", "left")
PUBLIC_GRANTS = ("committed", "paid", "suspended", "clawed_back")
PUBLIC_ASSESSMENTS = ("notice", "effective")
ALL_SEEING = ("programme_office", "auditor", "system")
READERS = ("auditor", "system")
"""Roles that take no step: an auditor changes nothing, whatever it opened before."""
PLANNERS = ("programme_office",)
"""Roles that put a plan into force, and say which town a planned one became."""
HANDING_IN = frozenset({"submit", *OPENINGS})
"""Where who handed a matter in may not decide it, who opened it may not either."""


def town_of(record: Model) -> Town | None:
    """Town that a record belongs to; None where it has none (yet)."""
    if isinstance(record, Town):
        return record
    for name in ("town", "admission", "project", "premises", "assessment", "grant", "town_return"):
        found = getattr(record, name, None)
        if found is not None:
            return town_of(found)
    return None


def area_code(record: Model) -> str:
    """Division code that a record lies in."""
    town = town_of(record)
    return town.county_code if town else str(getattr(record, "county_code", ""))


def enterprises_of(record: Model) -> set[int]:
    """Keys of the enterprises that a record is about."""
    if isinstance(record, Enterprise):
        return {record.pk}
    if isinstance(record, Partnership):
        return {key for key in (record.proposer_id, record.partner_id) if key}
    if isinstance(record, Grant | Occupancy | Objection) and record.admission is not None:
        return {record.admission.enterprise_id}
    if isinstance(record, Payment):
        return enterprises_of(record.grant)
    if isinstance(record, Investment):
        return enterprises_of(record.project)
    own = getattr(record, "enterprise_id", None)
    return {own} if own else set()


PLACED = ("prefecture_office", "county_office", "department")
"""Roles that answer for a division."""


def is_closed(account: Account) -> bool:
    """Whether an account was closed; the loader, which nobody signs in with, never was open."""
    return not account.is_active and account.role != "system"


def _is_placed(account: Account) -> bool:
    """Whether the division code is that of the role's level: a blank one would cover everything."""
    return len(account.place_code) == AREAS.get(account.role, len(account.place_code))


def answers_for(account: Account, record: Model) -> bool:
    """Whether a record lies in what an account answers for: its area, town or enterprise.

    For an enterprise answer the offices of the towns it came to, not of where it is registered. A
    closed account answers for nothing, nor does an office without the division code of its level.
    """
    if is_closed(account) or not _is_placed(account):
        return False
    if account.role in ALL_SEEING:
        return True
    if isinstance(record, Enterprise) and account.role != "enterprise":
        came = Q(_within(account, "admission__town__"), pk=record.pk)
        return Enterprise.objects.filter(came).exists()
    if account.role in PLACED:
        return area_code(record).startswith(account.place_code)
    if account.role == "town_office":
        town = town_of(record)
        return town is not None and town.pk == account.town_id
    return account.role == "enterprise" and account.enterprise_id in enterprises_of(record)


@dataclass(frozen=True)
class Relation:
    """What somebody is to a matter beside their role."""

    account: Account
    case: Case

    def holds(self, role: str) -> bool:
        """Whether the account has the role, or stands in the relation, to this matter."""
        if role in ("payer", "partner", "party", "decider", "objector"):
            return bool(getattr(self, f"_is_{role}")())
        return role in (self.account.role, self.account.title) and answers_for(
            self.account, self.case
        )

    def _is_payer(self) -> bool:
        payer = self.case.payer if isinstance(self.case, Grant) else ""
        office = {
            "province": "programme_office",
            "prefecture": "prefecture_office",
            "county": "county_office",
            "town": "town_office",
        }.get(payer)
        return self.account.role == office and answers_for(self.account, self.case)

    def _is_partner(self) -> bool:
        if not isinstance(self.case, Partnership):
            return False
        if self.case.partner_id is None:
            return self.holds("town_office")
        return (
            self.account.role == "enterprise" and self.account.enterprise_id == self.case.partner_id
        )

    def _is_party(self) -> bool:
        return self.account.role in ("enterprise", "town_office") and answers_for(
            self.account, self.case
        )

    def _is_decider(self) -> bool:
        if not isinstance(self.case, Objection):
            return False
        if self.case.assessment_id is not None:
            return self.account.role == "programme_office"
        return self.holds("county_office")

    def _is_objector(self) -> bool:
        return self.case.opened_by_id == self.account.pk


def may_plan(account: Account) -> bool:
    """Whether somebody may put a plan into force."""
    return account.role in PLANNERS and not is_closed(account)


def may_take(account: Account | None, step: StepRule, case: Case) -> bool:
    """Whether somebody's role and area allow a step (the two-person rule comes on top)."""
    if account is None or not account.is_active or account.role in READERS:
        return False
    return any(Relation(account, case).holds(role) for role in step.by)


def second_person(account: Account, step: StepRule, case: Case) -> Step | None:
    """Return the earlier step that keeps this account from taking this one; None: nothing does.

    Where who handed the matter in is kept from it, so is who opened it, under whatever name.
    """
    kept = Q(step__in=step.not_after)
    if not HANDING_IN.isdisjoint(step.not_after):
        kept |= Q(number=FIRST)
    taken = Step.objects.filter(kept, kind=case.KIND, case_id=str(case.pk), account=account)
    return taken.order_by("-number").first()


FIRST = 1
"""Number of the step that opens a matter."""


def _within(account: Account, town: str) -> Q:
    """Condition on the town at a path ("town__" …) that an account answers for it."""
    if account.role in ALL_SEEING:
        return Q()
    if account.role in PLACED and _is_placed(account):
        return Q(**{f"{town}county_code__startswith": account.place_code})
    if account.role == "town_office":
        return Q(**{f"{town}pk": account.town_id})
    return Q(pk__in=())


PATHS: dict[type[Model], tuple[str, str]] = {
    Admission: ("town__", "enterprise"),
    Assessment: ("town__", ""),
    Boundary: ("town__", ""),
    Contract: ("town__", "enterprise"),
    Figure: ("town__", ""),
    Grant: ("town__", "admission__enterprise"),
    Investment: ("project__town__", "project__enterprise"),
    Occupancy: ("premises__town__", "admission__enterprise"),
    Premises: ("town__", ""),
    Import: ("town__", ""),
    Project: ("town__", "enterprise"),
    Query: ("town_return__town__", ""),
    Return: ("town__", ""),
    StatusAct: ("town__", ""),
}
"""Of each kind: the path to its town, and to its enterprise ("": has none)."""
OPEN = (Town, Figure, Plan, PlannedInvestment)
"""Kinds that anybody may see all of."""
PUBLIC: dict[type[Model], Q] = {
    Admission: Q(state__in=PUBLIC_ADMISSIONS),
    Assessment: Q(state__in=PUBLIC_ASSESSMENTS),
    Boundary: Q(state="approved"),
    Grant: Q(state__in=PUBLIC_GRANTS),
    Partnership: Q(state__in=("confirmed", "ended")),
    PlanLine: Q(chosen=True),  # who was refused is told to the offices of the place
    StatusAct: Q(state="effective"),
}
"""What anybody may see of a kind; a kind that is not here is not public."""


def visible(account: Account | None, of: QuerySet[Any]) -> QuerySet[Any]:
    """Keep the records that somebody may see; a closed account sees what the public sees."""
    if account is not None and is_closed(account):
        account = None
    if account is not None and account.role in ALL_SEEING:
        return of
    if of.model in OPEN:
        return of
    seen = PUBLIC.get(of.model, Q(pk__in=()))
    if account is not None:
        seen |= _own(account, of.model)
    return of.filter(seen).distinct()


def _own(account: Account, model: type[Model]) -> Q:
    """What of a kind an account sees beside what is public."""
    if model in SPECIAL:
        return SPECIAL[model](account)
    if model not in PATHS:
        return Q(pk__in=())
    town, enterprise = PATHS[model]
    if account.role != "enterprise":
        return _within(account, town)
    return Q(**{enterprise: account.enterprise_id}) if enterprise else Q(pk__in=())


def _own_partnerships(account: Account) -> Q:
    if account.role != "enterprise":
        return _within(account, "town__")
    return Q(proposer=account.enterprise_id) | Q(partner=account.enterprise_id)


def _own_enterprises(account: Account) -> Q:
    if account.role == "enterprise":
        return Q(pk=account.enterprise_id)
    return _within(account, "admission__town__")


def _own_applications(account: Account) -> Q:
    if account.role in PLACED and _is_placed(account):
        return Q(county_code__startswith=account.place_code)
    return Q(pk__in=())


def _own_plan_lines(account: Account) -> Q:
    if account.role in PLACED and _is_placed(account):
        return Q(county_code__startswith=account.place_code) & ~Q(county_code="")
    return _within(account, "town__")


def _own_lines(account: Account) -> Q:
    if account.role in PLACED and _is_placed(account):
        placed = Q(place_code__startswith=account.place_code) & ~Q(place_code="")
        return placed | Q(town__county_code__startswith=account.place_code)
    return _within(account, "town__")


def _own_objections(account: Account) -> Q:
    if account.role == "enterprise":
        return Q(admission__enterprise=account.enterprise_id) | Q(opened_by=account)
    return _within(account, "assessment__town__") | _within(account, "admission__town__")


SPECIAL: dict[type[Model], Callable[[Account], Q]] = {
    BudgetLine: _own_lines,
    Enterprise: _own_enterprises,
    Objection: _own_objections,
    Partnership: _own_partnerships,
    PlanLine: _own_plan_lines,
    TownApplication: _own_applications,
}
"""Kinds whose owners are not found along one path."""


def may_see(account: Account | None, record: Model) -> bool:
    """Whether somebody may see one record."""
    if isinstance(record, Evidence):
        return False  # through the record it is attached to: `evidence.of`
    every = type(record)._default_manager.filter(pk=record.pk)  # noqa: SLF001
    return visible(account, every).exists()


def sees_private(account: Account | None, record: Model) -> bool:
    """Whether somebody may see personal and commercial fields of a record they may see.

    Contacts, contract values, investment by project, declared inputs: for those it is about, and
    for the offices that answer for them.
    """
    return account is not None and answers_for(account, record)
