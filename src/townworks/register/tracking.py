"""The plan in force beside what happened: which towns came, which are late, what was invested.

Read as of a day, in numbers without words. A town has *come* when it stands on a list of the
programme; it is *due* in its planned year and *late* from the next one on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Sum

from townworks.register.models import Account, Plan, PlanLine, PlannedInvestment, Town
from townworks.register.overviews import (
    Amount,
    Known,
    Standing,
    best_known,
    by_level,
    known_investment,
    standings,
)
from townworks.register.permissions import visible
from townworks.register.services.plans import plan_on, towns_of

COME = ("running", "early")
STATES = ("late", "due", "ended", "early", "running", "to_come", "refused", "running_refused")
"""What became of a line, what asks for attention first."""


@dataclass(frozen=True)
class Tracked:
    """A line of the plan and what became of it.

    town: the town it is by now, if any; standing: where that stands on the day. due_cny: what was
    planned for it by the day, straight within a year. known: what was invested; None: not known.
    """

    line: PlanLine
    town: Town | None
    standing: Standing | None
    state: str
    due_cny: Decimal
    known: Known | None


@dataclass(frozen=True)
class Year:
    """A calendar year: what was planned, and what the register knows of it; money in CNY.

    known_cny: at the highest level known of each period; None: nothing is known of the year.
    share: of the year that is over on the day, from 0 to 1.
    """

    year: int
    planned_cny: Decimal
    public_cny: Decimal
    fiscal_return_cny: Decimal
    land_mu: Decimal
    known_cny: Decimal | None
    verified_cny: Decimal
    share: Decimal

    @property
    def due_cny(self) -> Decimal:
        """What was planned of it until the day."""
        return self.planned_cny * self.share


@dataclass(frozen=True)
class Tracking:
    """A plan on a day. unplanned: towns on a list that it did not choose."""

    plan: Plan
    day: date
    lines: Sequence[Tracked]
    unplanned: Sequence[Standing]
    years: Sequence[Year]

    @cached_property
    def counts(self) -> Counter[str]:
        """Lines by what became of them."""
        return Counter(each.state for each in self.lines)

    @property
    def chosen(self) -> int:
        """Towns that the plan holds."""
        return sum(each.line.chosen for each in self.lines)

    @property
    def come(self) -> int:
        """Planned towns that stand on a list."""
        return sum(self.counts[state] for state in COME)

    @property
    def due(self) -> int:
        """Planned towns whose year has begun."""
        return sum(_is_due(each.line, self.day) for each in self.lines)

    @property
    def due_come(self) -> int:
        """Those of them that stand on a list."""
        return self.counts["running"]

    @property
    def planned_cny(self) -> Decimal:
        """Investment of all years of the plan."""
        return sum((each.planned_cny for each in self.years), Decimal(0))

    @property
    def due_cny(self) -> Decimal:
        """What was planned to be invested by the day."""
        return sum((each.due_cny for each in self.years), Decimal(0))

    @property
    def known_cny(self) -> Decimal:
        """What is known to have been invested in the years of the plan."""
        return sum((each.known_cny or Decimal(0) for each in self.years), Decimal(0))

    def of(self, *states: str) -> list[Tracked]:
        """Lines of these states, the earliest planned first."""
        return [each for each in self.lines if each.state in states]


def tracking(
    day: date, account: Account | None, amounts: Sequence[Amount], *, known: bool = True
) -> Tracking | None:
    """Return the plan in force on a day beside what happened; None where none was.

    amounts: investment of the programme until the day. Lines that the account may not see (who was
    refused) are left out. known: look up what each town invested; costs a query or two a town.
    """
    plan = plan_on(day)
    if plan is None:
        return None
    stands = {each.town.pk: each for each in standings(day)}
    lines = list(visible(account, plan.lines.select_related("town")))
    found = _tracked(lines, stands, day, known=known)
    planned = {each.town.pk for each in found if each.town and each.line.chosen}
    unplanned = [s for key, s in stands.items() if s.on_list and key not in planned]
    order = sorted(found, key=lambda each: (each.line.start_year or 9999, each.line.pk))
    return Tracking(plan, day, order, unplanned, years_of(plan, day, amounts))


def line_of(town: Town, day: date, account: Account | None) -> Tracked | None:
    """Return the line of the plan in force that a town is, with what became of it."""
    plan = plan_on(day)
    if plan is None:
        return None
    lines = list(visible(account, plan.lines.select_related("town")))
    wanted = [line for line in lines if line.town_id == town.pk]
    open_lines = [line for line in lines if line.town_id is None]
    matched = towns_of(open_lines) if not wanted else {}
    wanted += [line for line in open_lines if matched.get(line.candidate_id) == town.pk]
    stands = {s.town.pk: s for s in standings(day, practice=town.practice) if s.town == town}
    found = _tracked(wanted[:1], stands, day, known=True)
    return found[0] if found else None


def _tracked(
    lines: Sequence[PlanLine], stands: Mapping[str, Standing], day: date, *, known: bool
) -> list[Tracked]:
    taken = {line.town_id for line in lines if line.town_id}
    matched = towns_of(line for line in lines if line.town_id is None)
    names = {key: town for key, town in matched.items() if town not in taken}
    late = Town.objects.in_bulk(list(names.values()))
    towns = {line.pk: line.town or late.get(names.get(line.candidate_id, "")) for line in lines}
    done = known_investment([t for t in towns.values() if t], day) if known else {}
    due = _due_amounts(lines, day)
    return [_one(line, towns[line.pk], stands, Context(day, done, due)) for line in lines]


@dataclass(frozen=True)
class Context:
    """What the lines of a day share: what is known of towns, what was due of lines."""

    day: date
    done: Mapping[str, Known]
    due: Mapping[int, Decimal]


def _one(
    line: PlanLine, town: Town | None, stands: Mapping[str, Standing], context: Context
) -> Tracked:
    standing = stands.get(town.pk) if town else None
    state = state_of(line, standing, context.day)
    known = context.done.get(town.pk) if town else None
    return Tracked(line, town, standing, state, context.due.get(line.pk, Decimal(0)), known)


def state_of(line: PlanLine, standing: Standing | None, day: date) -> str:
    """Return what became of a line by a day: one of `STATES`."""
    on_list = standing is not None and bool(standing.on_list)
    if line.start_year is None:
        return "running_refused" if on_list else "refused"
    if on_list:
        return "running" if line.start_year <= day.year else "early"
    if standing is not None and standing.status != "proposed":
        return "ended"
    if line.start_year > day.year:
        return "to_come"
    return "late" if line.start_year < day.year else "due"


def _is_due(line: PlanLine, day: date) -> bool:
    return line.start_year is not None and line.start_year <= day.year


def share_over(year: int, day: date) -> Decimal:
    """Share of a calendar year that is over at the end of a day.

    >>> share_over(2016, date(2015, 12, 31)), share_over(2015, date(2016, 6, 1))
    (Decimal('0'), Decimal('1'))
    """
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    if day < first:
        return Decimal(0)
    over = min((day - first).days + 1, (after - first).days)
    return Decimal(over) / Decimal((after - first).days)


def _due_amounts(lines: Iterable[PlanLine], day: date) -> dict[int, Decimal]:
    """What each line was to invest by a day."""
    rows = PlannedInvestment.objects.filter(line__in=[line.pk for line in lines])
    sums: dict[int, Decimal] = {}
    for row in rows.filter(year__lte=day.year):
        planned = row.private_investment_cny + row.public_investment_cny
        due = planned * share_over(row.year, day)
        sums[row.line_id] = sums.get(row.line_id, Decimal(0)) + due
    return sums


def years_of(plan: Plan, day: date, amounts: Sequence[Amount]) -> list[Year]:
    """Years of a plan, and those before the day of which an investment is known."""
    names = ("private_investment_cny", "public_investment_cny", "fiscal_return_cny", "land_mu")
    rows = PlannedInvestment.objects.filter(line__plan=plan).order_by("year").values("year")
    totals = rows.annotate(**{f"{name}_sum": Sum(name) for name in names})
    sums: dict[int, Mapping[str, Any]] = {row["year"]: row for row in totals}
    happened: dict[int, list[Amount]] = {}
    for each in amounts:
        if each.evidence != "planned":
            happened.setdefault(each.period_end.year, []).append(each)
    first = min(sums, default=day.year)
    years = sorted({*sums, *(year for year in happened if year >= first)})
    return [_year(year, sums.get(year, {}), happened.get(year, []), day) for year in years]


def _year(year: int, planned: Mapping[str, Decimal], happened: Sequence[Amount], day: date) -> Year:
    def sum_of(name: str) -> Decimal:
        return Decimal(planned.get(f"{name}_sum") or 0)

    public = sum_of("public_investment_cny")
    return Year(
        year,
        sum_of("private_investment_cny") + public,
        public,
        sum_of("fiscal_return_cny"),
        sum_of("land_mu"),
        best_known(happened) if happened else None,
        by_level(happened).get("verified", Decimal(0)),
        share_over(year, day),
    )


Path = list[tuple[date, Decimal]]
"""Days, and what is planned to have been invested in all by their end."""


def plan_path(day: date) -> Path:
    """Path of the plan in force; empty without one."""
    plan = plan_on(day)
    years = years_of(plan, day, []) if plan is not None else []
    return _path({each.year: each.planned_cny for each in years})


def line_path(line: PlanLine) -> Path:
    """Path of one town of a plan."""
    rows = line.amounts.order_by("year")
    sums = {r.year: r.private_investment_cny + r.public_investment_cny for r in rows}
    return _path(sums)


def _path(sums: Mapping[int, Decimal]) -> Path:
    """Add up years.

    >>> [str(amount) for _, amount in _path({2015: Decimal(2), 2016: Decimal(3)})]
    ['0', '2', '5']
    """
    path = [(date(min(sums), 1, 1), Decimal(0))] if sums else []
    for year, amount in sorted(sums.items()):
        path.append((date(year, 12, 31), path[-1][1] + amount))
    return path
