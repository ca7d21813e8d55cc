"""Enterprises coming into a town: looked up, applying, admitted, housed, leaving."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum

from townworks.register.audit import Act, write
from townworks.register.cases import Taking, effect, lock, open_case, process_of, unbroken
from townworks.register.codes import read_credit_code
from townworks.register.facts import record, supersede
from townworks.register.models import (
    Admission,
    Case,
    Enterprise,
    Objection,
    Occupancy,
    Premises,
    Programme,
    RegistryEntry,
)
from townworks.register.models.enterprises import ORIGINS, PARTS
from townworks.register.permissions import answers_for, is_closed
from townworks.register.refusals import NotAllowedError, Reason, RefusalError, refuse


def look_up(credit_code: str) -> Enterprise | RegistryEntry | None:
    """Find an enterprise by its code: in the register, else in the imported registry."""
    known = Enterprise.objects.filter(credit_code=credit_code).first()
    return known or RegistryEntry.objects.filter(credit_code=credit_code).first()


def take_in(credit_code: str, act: Act, name: str = "") -> Enterprise:
    """Return the enterprise of a code, taken over from the registry when it is new here.

    name: for one that the registry does not hold; its source is then whoever entered it, an
    office: an enterprise gives no other its name.
    """
    if act.account.role not in TAKERS or is_closed(act.account):
        raise NotAllowedError([Reason("not_your_admission")])
    code = read_credit_code(credit_code)
    found = look_up(code)
    if isinstance(found, Enterprise):
        return found
    if found is None and (not name.strip() or act.account.role == "enterprise"):
        raise refuse("not_in_registry", "credit_code", code=credit_code)
    enterprise = Enterprise(
        credit_code=code,
        name=found.name if found else name.strip(),
        registered_on=found.registered_on if found else None,
        capital_cny=found.capital_cny if found else None,
        county_code=found.county_code if found else "",
        activity=found.activity if found else "",
        source=found.imported_from if found else f"entered by {act.account.username}",
    )
    with unbroken():
        return write(enterprise, act)


TAKERS = ("programme_office", "town_office", "enterprise", "system")
"""Roles that may bring an enterprise into the register."""


def apply_for_admission(admission: Admission, act: Act, today: date) -> Admission:
    """Open an enterprise's application, by itself or by the town for it."""
    mine = act.account.role in ("enterprise", "town_office") and answers_for(act.account, admission)
    if not mine:
        raise NotAllowedError([Reason("not_your_admission")])
    reasons = _reasons(admission, act.on)
    if reasons:
        raise RefusalError(reasons)
    admission.notice_until = admission.admitted_on = admission.left_on = None
    return open_case(admission, act, today)


def _reasons(admission: Admission, day: date) -> list[Reason]:
    reasons = []
    start = Programme.objects.get().starts_on
    if day < start:
        reasons.append(Reason("before_programme", "on", {"day": day, "start": start}))
    if admission.origin not in ORIGINS:
        reasons.append(Reason("no_origin", "origin"))
    if admission.origin == "relocated" and not admission.relocated_from.strip():
        reasons.append(Reason("relocated_from", "relocated_from"))
    if admission.part not in PARTS:
        reasons.append(Reason("no_part", "part"))
    if not admission.activity.strip():
        reasons.append(Reason("no_activity", "activity"))
    for name in ("area_wanted_m2", "investment_planned_cny"):
        value = getattr(admission, name)
        if value is not None and value < 0:
            reasons.append(Reason("negative", name))
    return reasons


@effect("admission", "publish")
def _announce(case: Case, taking: Taking) -> None:
    admission = _admission(case)
    days = process_of(case).states["notice"].days or 0
    admission.notice_until = taking.day + timedelta(days=days)


@effect("admission", "make_effective")
def _enter(case: Case, taking: Taking) -> None:
    admission = _admission(case)
    check_notice(admission.notice_until, taking.day)
    objections = Objection.objects.filter(admission=admission)
    if objections.filter(state="filed").exists():
        raise refuse("objections_open", n=objections.filter(state="filed").count())
    if objections.filter(state="upheld").exists():
        raise refuse("objection_upheld")
    admission.admitted_on = taking.day


@effect("admission", "leave")
def _leave(case: Case, taking: Taking) -> None:
    """Record the day, and give the premises back; that they were held longer stays on record."""
    admission = _admission(case)
    admission.left_on = taking.day
    act = Act(taking.account, "leave", taking.day, taking.reason)
    lasting = Q(valid_to__isnull=True) | Q(valid_to__gt=taking.day)
    rows = Occupancy.objects.select_for_update(no_key=True).filter(lasting, admission=admission)
    for held in list(rows.known()):
        last = max(taking.day, held.valid_from or taking.day)
        supersede(held, {"valid_to": last}, act)


def check_notice(until: date | None, day: date) -> None:
    """Refuse to go on before a public notice is over."""
    if until is None or day <= until:
        raise refuse("notice_runs", "on", until=until, day=day)


def _admission(case: Case) -> Admission:
    if not isinstance(case, Admission):
        raise TypeError(case)
    return case


def add_premises(premises: Premises, act: Act) -> Premises:
    """Add premises of a town, by its office."""
    if act.account.role != "town_office" or not answers_for(act.account, premises):
        raise NotAllowedError([Reason("not_your_town")])
    if premises.floor_area_m2 <= 0:
        raise refuse("not_positive", "floor_area_m2")
    with unbroken():
        return write(premises, act)


def free_area_m2(premises: Premises, day: date) -> Decimal:
    """Floor of premises that nobody holds on a day."""
    held = Occupancy.objects.filter(premises=premises).as_of(day)
    taken = held.aggregate(sum=Sum("area_m2"))["sum"]
    return premises.floor_area_m2 - (taken or Decimal(0))


def _least_free_m2(premises: Premises, wanted: Occupancy) -> Decimal:
    """Floor that stays free all the time that is wanted: others may move in later."""
    first, last = wanted.valid_from or date.min, wanted.valid_to or date.max
    coming = Occupancy.objects.filter(
        premises=premises, valid_from__gt=first, valid_from__lte=last
    ).known()
    days = {first, *coming.values_list("valid_from", flat=True)}
    return min(free_area_m2(premises, day) for day in days if day is not None)


def occupy(occupancy: Occupancy, act: Act, today: date) -> Occupancy:
    """Give an admitted enterprise room; the premises are locked, so none is given twice."""
    with transaction.atomic():
        premises, admission = lock(occupancy.premises), lock(occupancy.admission)
        if admission.state != "effective" or admission.town_id != premises.town_id:
            raise refuse("not_in_town", "admission")
        if occupancy.area_m2 <= 0:
            raise refuse("not_positive", "area_m2")
        free = _least_free_m2(premises, occupancy)
        if occupancy.area_m2 > free:
            values = {"free": f"{free:f}", "wanted": f"{occupancy.area_m2:f}"}
            raise RefusalError([Reason("no_room", "area_m2", values)])
        return record(occupancy, act, today)


def waiting(town_id: str) -> list[Admission]:
    """Admitted enterprises that want floor and have none yet, who applied first first."""
    housed = Occupancy.objects.filter(valid_to__isnull=True, superseded_at__isnull=True)
    found = Admission.objects.filter(town=town_id, state="effective", area_wanted_m2__gt=0).exclude(
        pk__in=housed.values("admission")
    )
    return list(found.select_related("enterprise").order_by("opened_on", "pk"))
