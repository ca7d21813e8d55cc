"""What the pages show, read from the register as of a day: numbers, rows and lists, no words.

Everything public leaves out the practice town; investment and figures of towns are what sources
published or towns reported, each with its level of evidence.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from townworks.register.models import (
    Admission,
    Assessment,
    Figure,
    Investment,
    StatusChange,
    Town,
    TownApplication,
)
from townworks.register.models.figures import LADDER
from townworks.register.services.status import machine, statuses

INVESTMENT = "fixed_asset_investment_cny"
LATEST = 8


@dataclass(frozen=True)
class Amount:
    """Investment of a period at a level of evidence, in yuan."""

    period_end: date
    evidence: str
    amount_cny: Decimal
    source: str = ""
    period: str = ""


@dataclass(frozen=True)
class Standing:
    """A town with its status on the day."""

    town: Town
    status: str
    since: date | None
    on_list: str


def standings(day: date, *, practice: bool = False) -> list[Standing]:
    """Towns that had come into the record by a day, each with its status."""
    states, changes = machine().states, statuses(day)
    towns = Town.objects.filter(Q(listed_on__isnull=True) | Q(listed_on__lte=day))
    if not practice:
        towns = towns.filter(practice=False)
    return [
        Standing(town, change.to, change.on, states[change.to].list)
        for town in towns
        if (change := changes.get(town.pk)) is not None
    ]


def listed(found: Iterable[Standing]) -> Counter[str]:
    """Number of towns on each list.

    >>> listed([])
    Counter()
    """
    return Counter(each.on_list for each in found if each.on_list)


def programme_investment(day: date) -> list[Amount]:
    """Fixed-asset investment of the programme by period and level, until a day.

    What sources published of the whole programme for a period, and what towns reported here.
    """
    published = Figure.objects.filter(
        town__isnull=True,
        metric=INVESTMENT,
        geography="programme",
        extent="during",
        evidence__in=LADDER,
        valid_to__lte=day,
    ).known()
    rows = [
        Amount(f.valid_to, f.evidence, f.value, f.source, f.period)
        for f in published.order_by("valid_to")
        if f.valid_to
    ]
    return rows + _reported(Investment.objects.filter(project__town__practice=False), day)


def town_investment(town: Town, day: date) -> list[Amount]:
    """Return the same of one town: its projects' quarters, and figures of other periods.

    A figure of the town itself for a quarter that its projects tell is not counted twice.
    """
    published = Figure.objects.filter(
        town=town,
        metric=INVESTMENT,
        geography="town",
        extent="during",
        evidence__in=LADDER,
        valid_to__lte=day,
    ).known()
    projects = _reported(Investment.objects.filter(project__town=town), day)
    told = {(row.period_end, row.evidence) for row in projects}
    rows = [
        Amount(f.valid_to, f.evidence, f.value, f.source, f.period)
        for f in published.order_by("valid_to")
        if f.valid_to and (f.valid_to, f.evidence) not in told
    ]
    return rows + projects


def _reported(rows: QuerySet[Investment], day: date) -> list[Amount]:
    """Sum the projects of each quarter and level; every level counts what reached it or more."""
    current = rows.filter(superseded_at__isnull=True, valid_from__lte=day)
    sums: dict[tuple[date, str, str], Decimal] = {}
    levels = current.values("valid_to", "quarter", "evidence").annotate(sum=Sum("amount_cny"))
    for row in levels.order_by("valid_to", "evidence"):
        end = row["valid_to"]
        if end is not None:
            key = (end, row["evidence"], row["quarter"])
            sums[key] = sums.get(key, Decimal(0)) + row["sum"]
    return [
        Amount(end, level, amount, "", quarter) for (end, level, quarter), amount in sums.items()
    ]


def best_known(rows: Iterable[Amount]) -> Decimal:
    """Sum of what was done, each period once: at its highest level; plans do not count."""
    best: dict[tuple[date, str], tuple[int, Decimal]] = {}
    for row in rows:
        if row.evidence == "planned":
            continue
        level = LADDER.index(row.evidence)
        key = (row.period_end, row.period)
        if level >= best.get(key, (-1, Decimal(0)))[0]:
            best[key] = (level, row.amount_cny)
    return sum((amount for _, amount in best.values()), Decimal(0))


def by_level(rows: Sequence[Amount]) -> Mapping[str, Decimal]:
    """Sum of each level of evidence.

    >>> by_level([Amount(date(2015, 12, 31), "reported", Decimal(5))])
    {'reported': Decimal('5')}
    """
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.evidence] = sums.get(row.evidence, Decimal(0)) + row.amount_cny
    return sums


@dataclass(frozen=True)
class Known:
    """Investment of a town that is known, and the weakest level of evidence that it rests on."""

    amount_cny: Decimal
    evidence: str


def reached(towns: Iterable[Town], day: date) -> Mapping[str, Decimal]:
    """Investment done in each town until a day, where it is known at all."""
    return {key: known.amount_cny for key, known in known_investment(towns, day).items()}


def known_investment(towns: Iterable[Town], day: date) -> Mapping[str, Known]:
    """Return the same with its evidence."""
    keys = {town.pk for town in towns}
    some = Figure.objects.filter(town__in=keys, metric=INVESTMENT).values_list("town", flat=True)
    active = Investment.objects.filter(project__town__in=keys).values_list(
        "project__town", flat=True
    )
    asked = Town.objects.filter(pk__in={*some, *active})
    found = {town.pk: known_of(town_investment(town, day)) for town in asked}
    known = {key: each for key, each in found.items() if each is not None}
    for key, value in _published_totals(found, day).items():
        if key not in known or value.amount_cny > known[key].amount_cny:
            known[key] = value
    return known


def known_of(rows: Sequence[Amount]) -> Known | None:
    """Sum what was done, with the weakest of the levels that count; None: nothing is known.

    >>> known_of([Amount(date(2015, 12, 31), "verified", Decimal(5))])
    Known(amount_cny=Decimal('5'), evidence='verified')
    """
    best: dict[tuple[date, str], int] = {}
    for row in rows:
        if row.evidence != LADDER[0]:
            key = (row.period_end, row.period)
            best[key] = max(LADDER.index(row.evidence), best.get(key, 0))
    return Known(best_known(rows), LADDER[min(best.values())]) if best else None


def _published_totals(towns: Iterable[str], day: date) -> dict[str, Known]:
    """Largest published sum since the start, of each town."""
    rows = Figure.objects.filter(
        town__in=list(towns),
        metric=INVESTMENT,
        geography="town",
        extent="cumulative",
        evidence__in=LADDER[1:],
        valid_to__lte=day,
    ).known()
    sums: dict[str, Known] = {}
    for figure in rows:
        key = str(figure.town_id)
        if key not in sums or figure.value > sums[key].amount_cny:
            sums[key] = Known(figure.value, figure.evidence)
    return sums


@dataclass(frozen=True)
class Decision:
    """Something that was decided in public: kind, day, town, what, and where to read on."""

    kind: str
    on: date
    town: Town
    what: str
    record: StatusChange | Admission
    source: str


def latest_decisions(day: date, most: int = LATEST) -> list[Decision]:
    """Changes of status and admissions until a day, the newest first, practice left out."""
    changes = StatusChange.objects.filter(on__lte=day, town__practice=False).select_related("town")
    admissions = Admission.objects.filter(
        state__in=("effective", "left"), admitted_on__lte=day, town__practice=False
    )
    found = [
        Decision("status", c.on, c.town, c.cause, c, c.source)
        for c in changes.order_by("-on", "-pk")[:most]
    ]
    found += [
        Decision("admission", a.admitted_on, a.town, "admitted", a, "")
        for a in admissions.select_related("town", "enterprise").order_by("-admitted_on")[:most]
        if a.admitted_on
    ]
    return sorted(found, key=lambda d: (d.on, d.town.pk), reverse=True)[:most]


@dataclass(frozen=True)
class Presence:
    """How many enterprises of an origin were in a town at the end of a month."""

    period_end: date
    origin: str
    enterprises: int


def presence(town: Town, day: date) -> list[Presence]:
    """Enterprises in a town at the end of each month until a day, by origin."""
    rows = list(
        Admission.objects.filter(town=town, admitted_on__lte=day).values_list(
            "origin", "admitted_on", "left_on"
        )
    )
    if not rows:
        return []
    first = min(came for _, came, _ in rows if came)
    found = []
    for end in month_ends(first, day):
        here = Counter(
            o for o, came, left in rows if came and came <= end and (left is None or left > end)
        )
        found += [Presence(end, origin, count) for origin, count in sorted(here.items())]
    return found


def month_ends(first: date, last: date) -> list[date]:
    """Last days of the months from one day to another; the last one may be under way.

    >>> month_ends(date(2016, 1, 15), date(2016, 2, 1))
    [datetime.date(2016, 1, 31), datetime.date(2016, 2, 29)]
    """
    ends, day = [], first.replace(day=1)
    while day <= last:
        after = (day + timedelta(days=32)).replace(day=1)
        ends.append(after - timedelta(days=1))
        day = after
    return ends


def applications_by_state(day: date) -> Counter[str]:
    """Towns that counties applied for until a day, by state."""
    rows = TownApplication.objects.filter(opened_on__lte=day)
    return Counter(rows.values_list("state", flat=True))


def assessments_of(town: Town, day: date) -> list[Assessment]:
    """Grades of a town that were public on a day, the newest year first."""
    rows = Assessment.objects.filter(town=town, state__in=("notice", "effective"))
    return list(rows.filter(state_since__lte=day).order_by("-year"))
