"""A plan into the register: its lines and yearly amounts, each with its event; one is in force.

Lines and amounts are written one by one through the audit, not with one event for the file: towns
are told to be late by them, so whoever changes one in the database must be found out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, TypeVar

import polars as pl
from django.db import transaction
from django.db.models import Sum

from townworks.register.audit import Act, now, write
from townworks.register.cases import EARLIEST, lock
from townworks.register.models import Account, Plan, PlanLine, PlannedInvestment, Programme, Town
from townworks.register.permissions import may_plan
from townworks.register.refusals import NotAllowedError, Reason, refuse

K = TypeVar("K")
V = TypeVar("V")
SAME = (
    *("candidate_id", "name", "sector", "industry", "origin", "evidence", "chosen", "start_year"),
    *("investment_cny", "public_investment_cny", "fiscal_return_cny", "land_mu", "value_cny"),
    *("reason", "reason_en", "reason_zh"),
)
"""Columns of `schema.plans.PlanLine` that a line has as they are."""
TEXTS = ("name_en", "prefecture", "county_code", "county")
"""Columns that may be missing there, and are "" here."""
AMOUNTS = (
    *("private_investment_cny", "public_investment_cny"),
    *("fiscal_return_cny", "land_mu"),
)


@dataclass(frozen=True)
class PlanFile:
    """A plan that was read and checked; about: fields of `models.Plan` that the files say.

    lines, years: tables `schema.plans.PlanLine` and `PlanYear`, every year of a chosen line.
    """

    lines: pl.DataFrame
    years: pl.DataFrame
    about: Mapping[str, Any]


@dataclass(frozen=True)
class LoadedPlan:
    """What came of it. is_new: it was not in force already; before: the plan that it ended."""

    plan: Plan
    is_new: bool
    before: Plan | None


@dataclass(frozen=True)
class PlanCounts:
    """A plan in numbers; linked: chosen candidates that are towns of the register."""

    candidates: int
    chosen: int
    linked: int
    investment_cny: Decimal


def counts_of(plan: Plan) -> PlanCounts:
    """Count the lines of a plan, and sum what its years invest."""
    names = ("private_investment_cny", "public_investment_cny")
    amounts = PlannedInvestment.objects.filter(line__plan=plan)
    sums = amounts.aggregate(**{name: Sum(name) for name in names})
    chosen = plan.lines.filter(chosen=True)
    return PlanCounts(
        plan.lines.count(),
        chosen.count(),
        chosen.filter(town__isnull=False).count(),
        sum((sums[name] or Decimal(0) for name in names), Decimal(0)),
    )


def plan_on(day: date) -> Plan | None:
    """Return the plan in force on a day, as known now."""
    return Plan.objects.as_of(day).order_by("-valid_from", "-pk").first()


def load_plan(file: PlanFile, account: Account, today: date, since: date | None) -> LoadedPlan:
    """Put a plan into force from a day on (None: today), everything or nothing.

    The plan in force, loaded again, changes nothing; another one ends it. Raises `NotAllowedError`
    for all but the programme's office, `RefusalError` for a day that cannot be.
    """
    _check_office(account)
    day = since or today
    with transaction.atomic():
        programme = lock(Programme.objects.get())
        before = Plan.objects.known().filter(valid_to__isnull=True).first()
        if before is not None and _is_same(before, file):
            return LoadedPlan(before, is_new=False, before=None)
        _check_day(day, today, before)
        act = Act(account, "load_plan", day, _counted(file))
        if before is not None:
            before.valid_to = day - timedelta(days=1)
            write(before, Act(account, "end_plan", day, f"replaced by {file.about['file_name']}"))
        plan = Plan(programme=programme, valid_from=day, recorded_at=now(), recorded_by=account)
        for name, value in file.about.items():
            setattr(plan, name, value)
        plan.source = f"{plan.file_name} (sha256 {plan.sha256})"
        write(plan, act)
        _write_lines(plan, file, Act(account, "load_plan", day))
    return LoadedPlan(plan, is_new=True, before=before)


def _check_office(account: Account) -> None:
    """Ask the database, not the account in hand: it may have been closed since."""
    current = Account.objects.filter(pk=account.pk).first()
    if current is None or not may_plan(current):
        raise NotAllowedError([Reason("plan_office_only")])


def _is_same(plan: Plan, file: PlanFile) -> bool:
    digests = (file.about["sha256"], file.about["years_sha256"])
    return (plan.sha256, plan.years_sha256) == digests


def _check_day(day: date, today: date, before: Plan | None) -> None:
    if day > today:
        raise refuse("in_future", "since", day=day, today=today)
    if day < EARLIEST:
        raise refuse("too_early", "since", day=day, earliest=EARLIEST)
    if before is not None and before.valid_from is not None and day < before.valid_from:
        raise refuse("plan_order", "since", day=day, start=before.valid_from)


def _counted(file: PlanFile) -> str:
    chosen = int(file.lines["chosen"].sum())
    counts = f"{file.lines.height} candidates = {chosen} chosen"
    told = f"{counts} + {file.lines.height - chosen} refused"
    return f"{file.about['file_name']} (sha256 {file.about['sha256']}): {told}"


def _write_lines(plan: Plan, file: PlanFile, act: Act) -> None:
    lines = [_line(plan, row) for row in file.lines.iter_rows(named=True)]
    towns = towns_of(lines)
    for line in lines:
        line.town_id = towns.get(line.candidate_id)
        write(line, act)
    keys = {line.candidate_id: line for line in lines}
    for row in file.years.sort("candidate_id", "year").iter_rows(named=True):
        sums = {name: row[name] for name in AMOUNTS}
        write(PlannedInvestment(line=keys[row["candidate_id"]], year=row["year"], **sums), act)


def _line(plan: Plan, row: Mapping[str, Any]) -> PlanLine:
    return PlanLine(
        plan=plan,
        **{name: row[name] for name in SAME},
        **{name: row[name] or "" for name in TEXTS},
        lon=_places(row["lon"], 6),
        lat=_places(row["lat"], 6),
        inclusion=_places(row["inclusion"], 4) or Decimal(0),
    )


def _places(value: float | None, places: int) -> Decimal | None:
    """Round a measured number to what the register keeps of it.

    >>> _places(120.1234567, 6)
    Decimal('120.123457')
    """
    if value is None:
        return None
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


def towns_of(lines: Iterable[PlanLine]) -> dict[str, str]:
    """Return town id by candidate id: the town of that id, else the one of exactly that name.

    A name that several lines or several towns have says nothing; nor does one of another county.
    Invented towns are matched by their id only.
    """
    lines = list(lines)
    rows = list(Town.objects.values_list("town_id", "name_zh", "county_code", "practice"))
    ids = {town_id for town_id, *_ in rows}
    found = {line.candidate_id: line.candidate_id for line in lines if line.candidate_id in ids}
    named = _single((name, (town_id, code)) for town_id, name, code, mock in rows if not mock)
    open_lines = _single((line.name, line) for line in lines if line.candidate_id not in found)
    taken = set(found.values())
    for name, line in open_lines.items():
        town_id, code = named.get(name, ("", ""))
        elsewhere = bool(code and line.county_code and code != line.county_code)
        if town_id and town_id not in taken and not elsewhere:
            found[line.candidate_id] = town_id
    return found


def _single(pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    """Keep the keys that come once."""
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: values[0] for key, values in groups.items() if len(values) == 1}


def link_town(line: PlanLine, town: Town | None, act: Act) -> PlanLine:
    """Say which town a line became (None: it is none of those it was taken for).

    By the programme's office, in the plan in force, a town once. The reason stays in the record.
    """
    _check_office(act.account)
    if not act.reason.strip():
        raise refuse("no_reason", "reason")
    with transaction.atomic():
        lock(Programme.objects.get())
        locked = lock(line)
        if locked.plan.valid_to is not None:
            raise refuse("plan_ended", day=locked.plan.valid_to)
        other = PlanLine.objects.filter(plan=locked.plan, town=town).exclude(pk=locked.pk)
        if town is not None and (taken := other.first()) is not None:
            names = {"en": taken.name_en or taken.name, "zh": taken.name}
            raise refuse("plan_town_taken", "town", name=names)
        locked.town = town
        return write(locked, act)
