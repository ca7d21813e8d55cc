"""Partnerships: proposed by one, confirmed by the other, ended by either."""

from datetime import date

from django.db import transaction

from townworks.register.audit import Act
from townworks.register.cases import Taking, effect, lock, open_case
from townworks.register.models import Admission, Case, Partnership
from townworks.register.permissions import answers_for
from townworks.register.refusals import NotAllowedError, Reason, RefusalError


def propose(partnership: Partnership, act: Act, today: date) -> Partnership:
    """Propose a partnership, by the enterprise or by its town's office for it."""
    own = partnership.proposer_id == act.account.enterprise_id and act.account.role == "enterprise"
    office = act.account.role == "town_office" and answers_for(act.account, partnership)
    if not own and not office:
        raise NotAllowedError([Reason("not_your_enterprise")])
    with transaction.atomic():
        lock(partnership.proposer)
        reasons = _reasons(partnership, act.on)
        if reasons:
            raise RefusalError(reasons)
        return open_case(partnership, act, today)


def _reasons(partnership: Partnership, day: date) -> list[Reason]:
    reasons = []
    if not _is_in(partnership, day):
        reasons.append(Reason("proposer_not_in_town", "town"))
    if (partnership.partner_id is None) == (not partnership.agency.strip()):
        reasons.append(Reason("one_partner", "partner"))
    if partnership.partner_id == partnership.proposer_id:
        reasons.append(Reason("own_partner", "partner"))
    if not partnership.purpose.strip():
        reasons.append(Reason("no_purpose", "purpose"))
    if partnership.contract_value_cny is not None and partnership.contract_value_cny < 0:
        reasons.append(Reason("negative", "contract_value_cny"))
    return reasons


def _is_in(partnership: Partnership, day: date) -> bool:
    """Whether the enterprise is in the town, and was on the day of the proposal."""
    return Admission.objects.filter(
        enterprise=partnership.proposer_id,
        town=partnership.town_id,
        state="effective",
        admitted_on__lte=day,
    ).exists()


@effect("partnership", "confirm")
def _confirm(case: Case, taking: Taking) -> None:
    case.confirmed_on = taking.day  # type: ignore[attr-defined]


@effect("partnership", "end")
def _end(case: Case, taking: Taking) -> None:
    case.ended_on = taking.day  # type: ignore[attr-defined]
