"""The year's assessment: opened for towns on a list, verified, graded, objected to, in force."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction

from townworks.register.audit import Act
from townworks.register.cases import Taking, effect, lock, open_case, process_of, steps_of
from townworks.register.models import Admission, Assessment, Case, Figure, Objection, Step, Town
from townworks.register.permissions import answers_for, is_closed
from townworks.register.refusals import NotAllowedError, Reason, refuse
from townworks.register.services.admissions import check_notice
from townworks.register.services.status import change_status, machine, standing, statuses
from townworks.rules.status import GRADE, Event
from townworks.schema.programme import GRADES

MOST_POINTS = 100


def open_round(
    year: int, act: Act, today: date, only: Collection[str] | None = None
) -> list[Assessment]:
    """Open the assessment of a year for every town that stood on a list at its end.

    only: ids of the towns to open it for (None: all). Towns that have one (also a published one)
    are passed over. Raises `RefusalError` for a year
    that is not over.
    """
    if act.account.role != "programme_office" or is_closed(act.account):
        raise NotAllowedError([Reason("office_only")])
    end = date(year, 12, 31)
    if min(act.on, today) <= end:
        raise refuse("year_runs", "year", year=year)
    states, done = (
        machine().states,
        set(Assessment.objects.filter(year=year).values_list("town_id", flat=True)),
    )
    listed = {
        town: states[change.to].list
        for town, change in statuses(end).items()
        if states[change.to].list and town not in done and (only is None or town in only)
    }
    with transaction.atomic():
        return [
            open_case(Assessment(town_id=town, year=year, on_list=on_list), act, today)
            for town, on_list in sorted(listed.items())
        ]


def figures_of(assessment: Assessment) -> list[Figure]:
    """Current figures of a town for the year that is assessed, the highest evidence of each."""
    first, last = date(assessment.year, 1, 1), date(assessment.year, 12, 31)
    rows = Figure.objects.filter(
        town=assessment.town, valid_to__gte=first, valid_to__lte=last
    ).known()
    raised = set(rows.filter(basis__isnull=False).values_list("basis_id", flat=True))
    return [row for row in rows.order_by("metric", "pk") if row.pk not in raised]


@effect("assessment", "submit")
def _submit(case: Case, _: Taking) -> None:
    if not figures_of(_assessment(case)):
        raise refuse("no_figures")


@effect("assessment", "verify")
def _verify(case: Case, _: Taking) -> None:
    reported = [f.metric for f in figures_of(_assessment(case)) if f.evidence == "reported"]
    if reported:
        raise refuse("unverified", metrics=", ".join(sorted(set(reported))))


@effect("assessment", "lock")
def _lock(case: Case, _: Taking) -> None:
    assessment = _assessment(case)
    assessment.figures = [figure.pk for figure in figures_of(assessment)]


@effect("assessment", "grade", "regrade")
def _grade(case: Case, taking: Taking) -> None:
    assessment = _assessment(case)
    grade, score = str(taking.values.get("grade") or ""), taking.number("score")
    if grade not in GRADES:
        raise refuse("no_grade", "grade")
    possible = machine().possible(standing(assessment.town).state)
    if f"{GRADE}{grade}" not in possible:
        raise refuse("grade_not_possible", "grade")
    if score is not None and not 0 <= score <= MOST_POINTS:
        raise refuse("score", "score")
    assessment.grade = grade
    assessment.score = score
    assessment.notice_until = None


@effect("assessment", "publish")
def _announce(case: Case, taking: Taking) -> None:
    days = process_of(case).states["notice"].days or 0
    _assessment(case).notice_until = taking.day + timedelta(days=days)


@effect("assessment", "make_effective")
def _make_effective(case: Case, taking: Taking) -> None:
    """After the notice, with every objection answered; the status machine takes the grade."""
    assessment = _assessment(case)
    check_notice(assessment.notice_until, taking.day)
    objections = Objection.objects.filter(assessment=assessment)
    if objections.filter(state="filed").exists():
        raise refuse("objections_open", n=objections.filter(state="filed").count())
    upheld = objections.filter(state="upheld")
    if any(not _regraded_since(assessment, each) for each in upheld):
        raise refuse("objection_upheld")
    event = Event(
        f"{GRADE}{assessment.grade}",
        taking.day,
        assessment.year,
        source=f"assessment {assessment.pk}",
    )
    act = Act(taking.account, "change_status", taking.day, taking.reason)
    change_status(assessment.town, event, act, assessment)


def _regraded_since(assessment: Assessment, objection: Objection) -> bool:
    answered = steps_of(objection)[-1].recorded_at
    return any(s.step == "regrade" and s.recorded_at > answered for s in steps_of(assessment))


def _assessment(case: Case) -> Assessment:
    if not isinstance(case, Assessment):
        raise TypeError(case)
    return case


def object_to(target: Assessment | Admission, grounds: str, act: Act, today: date) -> Objection:
    """File an objection to what is on notice, while the notice runs.

    The matter is locked: it cannot take effect between the look at it and the filing.
    To an assessment: by the town's office. To an admission: by any office of the area, or an
    enterprise that is in the town.
    """
    if not grounds.strip():
        raise refuse("no_grounds", "grounds")
    with transaction.atomic():
        locked = lock(target)
        _check_on_notice(locked, act)
        name = "assessment" if isinstance(locked, Assessment) else "admission"
        same = {name: locked, "opened_by": act.account}
        if Objection.objects.filter(state="filed", **same).exists():
            raise refuse("objected_already")
        return open_case(Objection(grounds=grounds.strip(), **{name: locked}), act, today)


def _check_on_notice(target: Assessment | Admission, act: Act) -> None:
    """Refuse an objection to what somebody may not object to, or before or after its notice."""
    if not may_object(target, act):
        raise NotAllowedError([Reason("not_yours_to_object")])
    if target.state != "notice":
        raise refuse("not_on_notice")
    if target.notice_until is not None and act.on > target.notice_until:
        raise refuse("notice_over", until=target.notice_until)
    if act.on < target.state_since:
        raise refuse("before_state", "on", day=act.on, since=target.state_since)


def may_object(target: Assessment | Admission, act: Act) -> bool:
    """Whether an account may object to a matter on notice."""
    account = act.account
    if is_closed(account):
        return False
    if isinstance(target, Assessment):
        return account.role == "town_office" and answers_for(account, target)
    if account.role == "enterprise":
        return Admission.objects.filter(
            enterprise=account.enterprise_id, town=target.town_id, state="effective"
        ).exists()
    return account.role in ("town_office", "county_office") and answers_for(account, target)


@effect("objection", "uphold", "reject")
def _answer(case: Case, taking: Taking) -> None:
    """Keep the answer; whoever proposed the grade does not answer the objection to it."""
    if not isinstance(case, Objection):
        raise TypeError(case)
    graded = Step.objects.filter(
        kind="assessment",
        case_id=str(case.assessment_id),
        step__in=("grade", "regrade"),
        account=taking.account,
    )
    if case.assessment_id is not None and graded.exists():
        raise NotAllowedError([Reason("own_grade")])
    case.answer = taking.reason


def towns_on_lists(day: date) -> list[Town]:
    """Towns that stand on a list on a day."""
    states = machine().states
    listed = [town for town, change in statuses(day).items() if states[change.to].list]
    return list(Town.objects.filter(pk__in=listed))
