"""A town's status: the last change by a day, and the next by the machine of `rules.status`."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction

from townworks.register.audit import Act, now, write
from townworks.register.cases import lock
from townworks.register.models import Assessment, Programme, StatusChange, Town
from townworks.register.refusals import Reason, RefusalError, refuse
from townworks.rules.status import (
    Event,
    IllegalTransitionError,
    Machine,
    Standing,
    parse_machine,
    step,
)


def machine() -> Machine:
    """Return the status machine of the register's programme."""
    return parse_machine(Programme.objects.get().machine)


def statuses(day: date, towns: Iterable[str] | None = None) -> Mapping[str, StatusChange]:
    """Last change of each town until a day, by town; towns without one have none."""
    found = StatusChange.objects.filter(on__lte=day).order_by("on", "pk")
    if towns is not None:
        found = found.filter(town__in=towns)
    return {change.town_id: change for change in found}


def standing(town: Town) -> Standing:
    """Where a town stands after its last change."""
    changes = list(StatusChange.objects.filter(town=town).order_by("on", "pk"))
    last = changes[-1] if changes else None
    states = machine().states
    listed = next((c.on.year for c in changes if states[c.to].list), None)
    graded = frozenset(c.year for c in changes if c.year is not None)
    return Standing(last.to if last else machine().start, last.on if last else None, graded, listed)


def change_status(town: Town, event: Event, act: Act, assessment: Assessment | None) -> None:
    """Make one change, or refuse it with the machine's own reason."""
    with transaction.atomic():
        locked = lock(town)
        try:
            _, change = step(machine(), standing(locked), event)
        except IllegalTransitionError as error:
            words = {language: error.message(language) for language in ("en", "zh")}
            raise RefusalError([Reason("illegal_status", "", {"why": words})]) from None
        row = StatusChange(
            town=town,
            origin=change.origin,
            to=change.to,
            cause=change.cause,
            on=change.on,
            year=change.year,
            notice_ends=change.notice_ends,
            objection_ends=change.objection_ends,
            assessment=assessment,
            recorded_at=now(),
            source=event.source,
        )
        write(row, act)


def check_list(town: Town, day: date) -> str:
    """List a town stands on, on a day; refuses a town on none."""
    change = statuses(day, [town.pk]).get(town.pk)
    on_list = machine().states[change.to].list if change else ""
    if not on_list:
        raise refuse("on_no_list", town={"en": town.name_en, "zh": town.name_zh})
    return on_list
