"""The years of towns as the instruments of a programme ask for them: what was verified, only."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from townworks.register.models import Assessment, Figure, Grant, Investment, Town
from townworks.register.overviews import INVESTMENT

CHECKED = ("verified", "audited")
QUARTERS = 4
REVENUE, QUOTA = "provincial_revenue_cny", "quota_used_mu"
Sums = Mapping[tuple[str, str, int], Decimal]
"""Town, metric and year → its sum."""


def town_years(day: date, *, practice: bool = False) -> list[dict[str, Any]]:
    """Each town's years since it was listed that are over by a day, with what is known of them.

    A year counts where all four quarters of it (from the quarter of listing on) are verified, or
    the year itself is; a target is met or missed where both it and the year's investment are known.
    What is not known is None, and the verdict says that it cannot be decided.
    """
    towns = Town.objects.filter(listed_on__isnull=False).order_by("pk")
    chosen = towns if practice else towns.filter(practice=False)
    sums, targets = _sums(), _targets()
    last = day.year if day == date(day.year, 12, 31) else day.year - 1
    return [
        _row(town, year, sums, targets)
        for town in chosen
        if town.listed_on is not None
        for year in range(town.listed_on.year, last + 1)
    ]


def _row(
    town: Town, year: int, sums: Sums, targets: Mapping[tuple[str, int], Decimal]
) -> dict[str, Any]:
    listed_on = town.listed_on or date(year, 1, 1)
    target, done = targets.get((town.pk, year)), sums.get((town.pk, INVESTMENT, year))
    grade = _grade(town.pk, year)
    return {
        "subject_id": f"{town.pk} {year}",
        "town_id": town.pk,
        "year_ends": date(year, 12, 31),
        "sector": town.sector,
        "county_code": town.county_code or None,
        "started_on": listed_on,
        "provincial_revenue_cny": sums.get((town.pk, REVENUE, year)),
        "base_year_revenue_cny": sums.get((town.pk, REVENUE, listed_on.year - 1)),
        "quota_used_mu": sums.get((town.pk, QUOTA, year)),
        "target_met": None if target is None or done is None else done >= target,
        "rewarded_mu": _rewarded(town.pk, year),
        "assessed_year": grade[0],
        "assessment_grade": grade[1],
    }


def _sums() -> Sums:
    """Verified sums of years: of the year itself, else of its four quarters."""
    quarters: dict[tuple[str, str, int], dict[str, Decimal]] = defaultdict(dict)
    found: dict[tuple[str, str, int], Decimal] = {}
    for town, metric, period, value in _verified():
        if period[:4].isdigit() and len(period) == len("2016"):
            found[(town, metric, int(period))] = value
        elif period[:4].isdigit():
            known = quarters[(town, metric, int(period[:4]))]
            known[period] = known.get(period, Decimal(0)) + value
    for key, values in quarters.items():
        if len(values) == QUARTERS:
            found.setdefault(key, sum(values.values(), Decimal(0)))
    return found


def _verified() -> Iterator[tuple[str, str, str, Decimal]]:
    figures = Figure.objects.filter(
        metric__in=(REVENUE, QUOTA), geography="town", population="all", evidence__in=CHECKED
    ).known()
    for row in figures.order_by("pk"):
        yield str(row.town_id), row.metric, row.period, row.value
    rows = Investment.objects.filter(evidence__in=CHECKED, project__withdrawn=False).known()
    for fact in rows.select_related("project").order_by("pk"):
        yield fact.project.town_id, INVESTMENT, fact.quarter, fact.amount_cny


def _targets() -> dict[tuple[str, int], Decimal]:
    rows = Figure.objects.filter(metric=INVESTMENT, evidence="target", town__isnull=False).known()
    return {(str(r.town_id), int(r.period)): r.value for r in rows if r.period.isdigit()}


def _rewarded(town: str, year: int) -> Decimal:
    """Land quota that the town received until a year, without what was clawed back."""
    grants = Grant.objects.filter(town=town, unit="mu", year__lt=year)
    return sum((grant.paid - grant.clawed_back for grant in grants), Decimal(0))


def _grade(town: str, year: int) -> tuple[int | None, str | None]:
    """Year and grade of the last assessment in force by a year's end."""
    rows = Assessment.objects.filter(town=town, year__lte=year, state="effective").exclude(grade="")
    last = rows.order_by("year").last()
    return (last.year, last.grade) if last else (None, None)
