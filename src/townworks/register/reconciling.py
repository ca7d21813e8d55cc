"""Towns' figures beside published totals of the programme: what exceeds them is said.

A published total bounds the sum of what its towns report; a sum of some of them that exceeds it
already cannot be right (or the total counts fewer towns than its words say).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from townworks.register.models import Figure, Investment, Town
from townworks.register.models.figures import LADDER
from townworks.register.overviews import INVESTMENT

DONE = tuple(level for level in LADDER if level != "planned")
PERIOD = re.compile(r"(\d{4})(-H1)?")
FIRST_BATCH = date(2015, 6, 4)
POPULATIONS = ("all", "creation_towns", "batch_1_towns")
"""Populations of published totals whose towns are known to the register."""


@dataclass(frozen=True)
class Total:
    """A published total of a period, and what the towns it counts add up to.

    towns: how many of them have said something. beyond: by how much they exceed it (or nothing).
    """

    metric: str
    period: str
    population: str
    unit: str
    published: Decimal
    summed: Decimal
    towns: int
    source: str

    @property
    def beyond(self) -> Decimal:
        """What the towns' sum exceeds the total by; nought where it does not."""
        return max(self.summed - self.published, Decimal(0))


def totals(day: date) -> list[Total]:
    """Every published total of a year or half-year that some town's figure can be held against."""
    rows = Figure.objects.filter(
        town__isnull=True,
        geography="programme",
        population__in=POPULATIONS,
        extent__in=("during", "at"),
        evidence__in=("reported", "verified", "audited"),
        valid_to__lte=day,
    ).known()
    found = []
    for row in rows.order_by("period", "metric", "pk"):
        asked = PERIOD.fullmatch(row.period)
        if asked is not None:
            found.append(_total(row, _sums(row, asked[1], half=bool(asked[2]))))
    return [total for total in found if total.towns]


def beyond(day: date) -> list[Total]:
    """Totals that the sum of the towns exceeds."""
    return [total for total in totals(day) if total.beyond]


def _total(row: Figure, sums: Mapping[str, Decimal]) -> Total:
    summed = sum(sums.values(), Decimal(0))
    names = (row.metric, row.period, row.population, row.unit)
    return Total(*names, row.value, summed, len(sums), row.source)


def _sums(row: Figure, year: str, *, half: bool) -> dict[str, Decimal]:
    """What each town that the total counts says of the period: its quarters, or the year itself."""
    quarters = [f"{year}Q{n}" for n in range(1, 3 if half else 5)]
    wanted = quarters[-1:] if row.extent == "at" else quarters
    towns = set(_towns(row.population))
    found: dict[str, Decimal] = {}
    by_quarter: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for town, period, value in _told(row.metric, [*wanted, row.period]):
        if town not in towns:
            continue
        if period == row.period:
            found[town] = max(value, found.get(town, value))
        else:
            by_quarter[town][period] = value
    for town, values in by_quarter.items():
        summed = sum(values.values(), Decimal(0))
        found[town] = max(summed, found.get(town, summed))
    return found


def _towns(population: str) -> Iterator[str]:
    rows = Town.objects.filter(practice=False)
    if population == "batch_1_towns":
        rows = rows.filter(listed_on=FIRST_BATCH)
    yield from rows.values_list("pk", flat=True)


def _told(metric: str, periods: list[str]) -> Iterator[tuple[str, str, Decimal]]:
    """Towns' values at their best level of evidence; investment as their projects have it."""
    figures = Figure.objects.filter(
        town__isnull=False, metric=metric, period__in=periods, geography="town", evidence__in=DONE
    ).known()
    best: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for row in figures.order_by("pk"):
        _keep(best, (str(row.town_id), row.period), row.evidence, row.value)
    yield from ((town, period, value) for (town, period), (_, value) in best.items())
    if metric == INVESTMENT:
        yield from _invested(periods)


def _invested(periods: list[str]) -> Iterator[tuple[str, str, Decimal]]:
    rows = Investment.objects.filter(
        quarter__in=periods, evidence__in=DONE, project__withdrawn=False
    ).known()
    best: dict[tuple[str, str], tuple[int, Decimal]] = {}
    towns: dict[str, str] = {}
    for row in rows.select_related("project").order_by("pk"):
        towns[str(row.project_id)] = row.project.town_id
        _keep(best, (str(row.project_id), row.quarter), row.evidence, row.amount_cny)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (project, quarter), (_, value) in best.items():
        sums[(towns[project], quarter)] += value
    yield from ((town, quarter, value) for (town, quarter), value in sums.items())


def _keep(
    best: dict[tuple[str, str], tuple[int, Decimal]],
    key: tuple[str, str],
    level: str,
    value: Decimal,
) -> None:
    rank = DONE.index(level)
    if rank >= best.get(key, (-1, value))[0]:
        best[key] = (rank, value)
