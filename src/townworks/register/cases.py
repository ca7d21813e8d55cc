"""The one way to open a matter and to take a step in it: allowed, by a second person, not twice.

A step locks the matter's row, looks at it again, and writes matter, step and event in one
transaction. What a step does beside moving on (`effects`) is registered by the subject's module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model

from townworks.register.audit import Act, now, write
from townworks.register.models import Account, Case, Step
from townworks.register.permissions import is_closed, may_see, may_take, second_person
from townworks.register.processes import Process, StepRule, processes
from townworks.register.refusals import ConflictError, NotAllowedError, Reason, RefusalError, refuse

C = TypeVar("C", bound=Case)
EARLIEST = date(1949, 10, 1)
"""No matter of the register is older; a day before it is a typing mistake."""


@dataclass(frozen=True)
class Taking:
    """One step that somebody asks for.

    today: the register's day; on: the day it holds (None: today). seen_version: version of the
    matter that the asker looked at (None: does not say). values: what the step needs beside.
    """

    step: str
    account: Account
    today: date
    on: date | None = None
    reason: str = ""
    seen_version: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """Day it holds."""
        return self.on or self.today

    def number(self, name: str) -> Decimal | None:
        """Return a value as a decimal; None where it is not given; refuses what is no number."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            raise refuse("no_number", name, text=str(value))
        return found


Effect = Callable[[Case, Taking], None]
EFFECTS: dict[tuple[str, str], list[Effect]] = {}


def effect(kind: str, *steps: str) -> Callable[[Effect], Effect]:
    """Register what steps of a kind do beside moving on; it may refuse, then nothing happens."""

    def registered(function: Effect) -> Effect:
        for step in steps:
            EFFECTS.setdefault((kind, step), []).append(function)
        return function

    return registered


def process_of(case: Case | type[Case]) -> Process:
    """Process of a matter's kind."""
    return processes()[case.KIND]


def open_case(case: C, act: Act, today: date) -> C:
    """Write a new matter in its first state, with its first step; raises `RefusalError`.

    A matter that breaks a constraint of the database (one admission of an enterprise to a town)
    is refused with the catalogue's text for that constraint. Raises `ValueError` for one that is
    written already: it would start anew.
    """
    if not case._state.adding:  # noqa: SLF001 (Django's documented API)
        raise ValueError(f"{case} is open already; take a step in it")
    _check_day(act.on, today)
    process = process_of(case)
    if is_closed(_current(act.account)):
        title = process.states[process.start].title
        raise NotAllowedError([Reason("not_yours", "", {"step": title})])
    case.state, case.state_since, case.opened_on = process.start, act.on, act.on
    case.opened_by, case.version = act.account, 1
    with unbroken(), transaction.atomic():
        write(case, act)
        step = Step(step=act.action, origin="", to=process.start, reason=act.reason)
        _add_step(case, step, act)
    return case


def take(case: C, taking: Taking) -> C:
    """Take a step; returns the matter as it is then.

    Raises `NotAllowedError` (role, area, two persons), `ConflictError` (somebody was first; who
    and when), `RefusalError` (state, missing reason, what the subject's rules say).
    """
    rule = process_of(case).steps.get(taking.step)
    if rule is None:
        raise refuse("no_step", step=taking.step)
    with unbroken(), transaction.atomic():
        locked = lock(case)
        taking = replace(taking, account=_current(taking.account))
        _check(locked, rule, taking)
        for each in EFFECTS.get((case.KIND, rule.id), ()):
            each(locked, taking)
        origin, locked.state = locked.state, rule.to
        if origin != rule.to:
            locked.state_since = taking.day
        locked.version += 1
        act = Act(taking.account, rule.id, taking.day, taking.reason)
        write(locked, act)
        _add_step(locked, Step(step=rule.id, origin=origin, to=rule.to, reason=taking.reason), act)
    return locked


R = TypeVar("R", bound=Model)


def lock(record: R) -> R:
    """Read a record again and keep it from being changed until the transaction ends.

    Records that refer to it may be added meanwhile (`no_key`): the audit's head is locked with
    every write, and two who wait for each other's lock would both wait for ever.
    """
    model = record.__class__  # not type(): the web's user is a wrapper round an account
    return model._default_manager.select_for_update(no_key=True).get(pk=record.pk)  # noqa: SLF001


def _current(account: Account) -> Account:
    """Return the account as it is now: it may have been closed or moved since it was looked at."""
    return Account.objects.get(pk=account.pk)


def steps_of(case: Case) -> list[Step]:
    """Steps of a matter, the first first."""
    found = Step.objects.filter(kind=case.KIND, case_id=str(case.pk))
    return list(found.select_related("account").order_by("number"))


@dataclass(frozen=True)
class Offer:
    """A step that somebody may take, or may not take because it needs another person."""

    rule: StepRule
    blocked_by: Step | None


def offers(case: Case, account: Account | None) -> list[Offer]:
    """Steps that an account's role allows in the matter's state, for a page to show."""
    if account is None:
        return []
    possible = process_of(case).possible(case.state)
    allowed = [rule for rule in possible if may_take(account, rule, case)]
    return [Offer(rule, second_person(account, rule, case)) for rule in allowed]


def _check(case: Case, rule: StepRule, taking: Taking) -> None:
    _check_who(case, rule, taking)
    if taking.seen_version is not None and taking.seen_version != case.version:
        raise _conflict(case)
    if case.state not in rule.origins:
        title = process_of(case).states[case.state].title
        raise RefusalError([Reason("wrong_state", "", {"state": title, "step": rule.title})])
    reasons = []
    if rule.needs_reason and not taking.reason.strip():
        reasons.append(Reason("no_reason", "reason"))
    if taking.day > taking.today:
        reasons.append(Reason("in_future", "on", {"day": taking.day, "today": taking.today}))
    if taking.day < case.state_since:
        values = {"day": taking.day, "since": case.state_since}
        reasons.append(Reason("before_state", "on", values))
    if reasons:
        raise RefusalError(reasons)


def _check_who(case: Case, rule: StepRule, taking: Taking) -> None:
    if not may_take(taking.account, rule, case):
        seen = may_see(taking.account, case)
        key = "not_yours" if seen else "not_there"
        raise NotAllowedError([Reason(key, "", {"step": rule.title})])
    earlier = second_person(taking.account, rule, case)
    if earlier is not None:
        process = process_of(case)
        title = process.steps[earlier.step].title if earlier.step in process.steps else {}
        done = title or {"en": earlier.step, "zh": earlier.step}
        values = {"step": rule.title, "earlier": done, "on": earlier.on}
        raise NotAllowedError([Reason("second_person", "", values)])


def _conflict(case: Case) -> ConflictError:
    last = steps_of(case)[-1]
    process = process_of(case)
    done = process.steps[last.step].title if last.step in process.steps else process.kind
    at = last.recorded_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    values = {"who": last.account.name, "at": at, "step": done}
    return ConflictError([Reason("conflict", "", values)])


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise refuse("in_future", "on", day=day, today=today)
    if day < EARLIEST:
        raise refuse("too_early", "on", day=day, earliest=EARLIEST)


def _add_step(case: Case, step: Step, act: Act) -> None:
    step.kind, step.case_id, step.number = case.KIND, str(case.pk), case.version
    step.on, step.recorded_at, step.account = act.on, now(), act.account
    step.save(force_insert=True)


class unbroken:  # noqa: N801 (a context manager reads as a word)
    """Turn a broken constraint of the database into a refusal with the constraint's text.

    So are numbers and texts that do not fit their column.
    """

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Say which constraint; both databases name it or its columns."""
        if isinstance(error, IntegrityError):
            raise broken_constraint(str(error)) from None
        if isinstance(error, DataError):
            raise refuse("broken.other", detail=str(error).splitlines()[0]) from None
        if isinstance(error, ValidationError):
            raise refuse("broken.other", detail=" ".join(error.messages)) from None


CONSTRAINTS = {
    "admission_open_once": ("admission_open_once", "admission.enterprise_id, "),
    "grant_once": ("grant_once", "grant.admission_id, "),
    "assessment_once": ("assessment_once", "assessment.town_id, "),
    "project_once": ("project_once", "project.town_id, "),
    "premises_once": ("premises_once", "premises.town_id, "),
    "investment_once": ("investment_once", "investment.project_id, "),
    "boundary_in_force_once": ("boundary_in_force_once", "boundary.town_id"),
    "return_once": ("return_once", "return.town_id, "),
    "status_act_once": ("status_act_once", "statusact.town_id"),
    "account_username": ("account_username", "account.username"),
    "enterprise_code": ("credit_code", "enterprise.credit_code"),
}
"""Constraint → marks by which a database's message names it (its name, or SQLite's columns)."""


def broken_constraint(text: str) -> RefusalError:
    """Refusal for a database's message.

    >>> broken_constraint("UNIQUE constraint failed: register_grant.admission_id, x").reasons[0].key
    'broken.grant_once'
    """
    for name, marks in CONSTRAINTS.items():
        if any(mark in text for mark in marks):
            return refuse(f"broken.{name}")
    return refuse("broken.other", detail=text.splitlines()[0])
