"""Acts on a town's status that are no grades: proposed by one person, made effective by another."""

from datetime import date

from townworks.register.audit import Act
from townworks.register.cases import Taking, effect, open_case
from townworks.register.models import Case, StatusAct, Town
from townworks.register.refusals import NotAllowedError, Reason, refuse
from townworks.register.services.status import change_status, machine, standing
from townworks.rules.status import GRADE, Event


def possible_acts(town: Town) -> list[str]:
    """Acts that the town's status allows now; grades come from assessments."""
    causes = machine().possible(standing(town).state)
    return [cause for cause in causes if not cause.startswith(GRADE)]


def propose_act(proposal: StatusAct, act: Act, today: date) -> StatusAct:
    """Propose an act, by the programme office; refused where the status does not allow it."""
    if act.account.role != "programme_office":
        raise NotAllowedError([Reason("office_only")])
    if proposal.act not in possible_acts(proposal.town):
        raise refuse("no_act", "act")
    return open_case(proposal, act, today)


@effect("status_act", "make_effective")
def _make_effective(case: Case, taking: Taking) -> None:
    if not isinstance(case, StatusAct):
        raise TypeError(case)
    event = Event(case.act, taking.day, source=case.source)
    act = Act(taking.account, "change_status", taking.day, taking.reason)
    change_status(case.town, event, act, None)
