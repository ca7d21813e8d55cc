"""Investment, figures and targets that arrive: facts of a town and a period."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from townworks.register.arrivals.changes import Arriving, Change, Made
from townworks.register.arrivals.known import Known
from townworks.register.audit import Act, now, write
from townworks.register.facts import supersede
from townworks.register.models import Figure, Investment, Project
from townworks.register.quarters import quarter_days
from townworks.register.refusals import Reason
from townworks.schema.forms import Metric, metrics

AMOUNT = "amount_cny"
FEN = Decimal("0.01")
Belief = Investment | Figure | None
Writing = Callable[[Act], object]


def investment(record: Arriving, known: Known) -> Iterator[Change]:
    """Investment of a project in a quarter; a project that is new is added with it."""
    made = Made(record)
    refused = _not_open(record, known)
    if refused:
        yield made.out(AMOUNT, *refused)
        return
    town, quarter = str(record.town_id), str(record.quarter)
    found = known.projects.get((town, record.subject))
    closed = _closed(record, known)
    if found is None and closed:
        yield made.out(AMOUNT, *closed)
        return
    yield from _coming(record, known, found)
    if record.value(AMOUNT) is None:
        return
    amount = Decimal(record.value(AMOUNT) or 0)
    if amount < 0 or amount != amount.quantize(FEN):
        yield made.out(AMOUNT, Reason("no_fen" if amount >= 0 else "negative", AMOUNT))
        return
    before = known.investments.get((found.pk, quarter)) if found else None
    place = _Place(record, known, "investment")
    yield place.set(AMOUNT, before, amount, partial(_invest, record, known, amount))


def _coming(record: Arriving, known: Known, found: Project | None) -> Iterator[Change]:
    """Add a project that is new; bring one back that came with an import that was undone."""
    made, name = Made(record), record.subject
    if found is None:
        yield made.change("added", "project", ("", name), write=partial(_add, record, known))
    elif found.withdrawn:
        writing = partial(_alter, found, "withdrawn", value=False)
        yield made.change("added", "project", ("", name), write=writing)


def project(record: Arriving, known: Known) -> Iterator[Change]:
    """A project of a town, with its days and whether it is in the town's industry."""
    made = Made(record)
    refused = _not_open(record, known, needs_quarter=False)
    if refused:
        yield made.out("project", *refused)
        return
    found = known.projects.get((str(record.town_id), record.subject))
    yield from _coming(record, known, found)
    if found is not None:
        yield from _altered(record, known, found)


def _altered(record: Arriving, known: Known, found: Project) -> Iterator[Change]:
    made, wanted = Made(record), _fields(record, known)
    for name, value in wanted.items():
        before = getattr(found, name)
        if name not in record.cells and name != "enterprise":
            continue
        if name == "enterprise" and not record.word("credit_code"):
            continue
        if before == value:
            yield made.change("left", name, (before, value))
        else:
            writing = partial(_alter, found, name, value=value)
            yield made.change("changed", name, (before, value), write=writing)


def _alter(found: Project, name: str, act: Act, *, value: object) -> Project:
    fresh = Project.objects.select_for_update().get(pk=found.pk)
    setattr(fresh, name, value)
    return write(fresh, act)


def _add(record: Arriving, known: Known, act: Act) -> Project:
    key = (str(record.town_id), record.subject)
    if key not in known.projects:
        project = Project(town_id=key[0], name=key[1], **_fields(record, known))
        known.projects[key] = write(project, act)
    return known.projects[key]


def _fields(record: Arriving, known: Known) -> dict[str, object]:
    """Fields of a project; one whose beginning nobody stated begins with the quarter reported."""
    first = quarter_days(record.quarter)[0] if record.quarter else known.today
    return {
        "enterprise": known.enterprises.get(record.word("credit_code")),
        "featured": record.word("featured") != "false",
        "starts_on": record.day("starts_on") or first,
        "ends_on": record.day("ends_on"),
    }


def _invest(record: Arriving, known: Known, amount: Decimal, act: Act) -> Investment:
    first, last = quarter_days(str(record.quarter))
    return write(
        Investment(
            project=known.projects[(str(record.town_id), record.subject)],
            quarter=str(record.quarter),
            evidence="reported",
            amount_cny=amount,
            valid_from=first,
            valid_to=last,
            recorded_at=now(),
            recorded_by=act.account,
            source=record.cells[AMOUNT].source,
        ),
        act,
    )


def figure(record: Arriving, known: Known) -> Iterator[Change]:
    """Figures of the town itself in a quarter."""
    refused = _not_open(record, known)
    for name, cell in record.cells.items():
        metric = metrics().get(name)
        if metric is None:
            continue
        if refused or cell.value is None:
            yield Made(record).out(name, *(refused or (Reason("no_number", name, {"text": ""}),)))
            continue
        before = known.figures.get((str(record.town_id), name, str(record.quarter), "reported"))
        days = quarter_days(str(record.quarter))
        said = _Said(metric, cell.value, cell.source, str(record.quarter), days)
        place = _Place(record, known, "figure")
        yield place.set(name, before, cell.value, partial(_figure, record, said, "reported"))


def target(record: Arriving, known: Known) -> Iterator[Change]:
    """What a town is to reach in a year."""
    made = Made(record)
    refused = _not_open(record, known, needs_quarter=False)
    metric, value = metrics().get(record.word("metric")), record.value("target")
    if refused or metric is None or value is None:
        yield made.out("target", *(refused or (Reason("no_number", "target", {"text": ""}),)))
        return
    year = int(record.word("year"))
    days = (date(year, 1, 1), date(year, 12, 31))
    said = _Said(metric, value, record.cells["target"].source, str(year), days)
    before = known.figures.get((str(record.town_id), metric.key, str(year), "target"))
    place = _Place(record, known, "figure")
    yield place.set("target", before, value, partial(_figure, record, said, "target"))


@dataclass(frozen=True)
class _Said:
    """A figure as it arrives: its metric, value, source and period."""

    metric: Metric
    value: Decimal
    source: str
    period: str
    days: tuple[date, date]


def _figure(record: Arriving, said: _Said, evidence: str, act: Act) -> Figure:
    return write(
        Figure(
            town_id=record.town_id,
            metric=said.metric.key,
            value=said.value,
            unit=said.metric.unit,
            extent=said.metric.extent,
            period=said.period,
            valid_from=said.days[0],
            valid_to=said.days[1],
            evidence=evidence,
            recorded_at=now(),
            recorded_by=act.account,
            source=said.source,
        ),
        act,
    )


def _not_open(record: Arriving, known: Known, *, needs_quarter: bool = True) -> tuple[Reason, ...]:
    """Why nothing may be written for this town and quarter; empty: it may."""
    if record.town_id is None or record.town_id not in known.towns:
        return (Reason("town_unknown", "town", {"town": record.word("town")}),)
    if record.town_id not in known.own:
        return (Reason("not_yours_to_report"),)
    return _quarter_not_open(record, known) if needs_quarter else ()


def _quarter_not_open(record: Arriving, known: Known) -> tuple[Reason, ...]:
    if record.quarter is None:
        return (Reason("bad_quarter", "quarter"),)
    first, _ = quarter_days(record.quarter)
    if first > known.today:
        return (Reason("in_future", "quarter", {"day": first, "today": known.today}),)
    return ()


def _closed(record: Arriving, known: Known) -> tuple[Reason, ...]:
    """Why nothing of this quarter may change any more; what it says already may arrive again."""
    if (record.town_id, record.quarter) not in known.locked:
        return ()
    return (Reason("return_locked", "quarter", {"quarter": record.quarter}),)


@dataclass(frozen=True)
class _Place:
    """Where a fact goes: beside nothing, over another belief, or not at all."""

    record: Arriving
    known: Known
    kind: str

    def set(self, name: str, before: Belief, value: Decimal, add: Writing) -> Change:
        """Say what becomes of a value."""
        made = Made(self.record)
        attribute = "amount_cny" if isinstance(before, Investment) else "value"
        old = None if before is None else getattr(before, attribute)
        if old == value:
            return made.change("left", name, (old, value))
        closed = _closed(self.record, self.known)
        if closed:
            return made.out(name, *closed)
        if before is None:
            return made.change("added", name, ("", value), write=add)
        if (self.kind, before.pk) in self.known.raised:
            return made.out(name, Reason("rests_on_it", name, {"level": "verified"}))
        values: dict[str, object] = {attribute: value, "source": self.record.cells[name].source}
        return made.change(
            "changed", name, (old, value), write=lambda act: supersede(before, values, act)
        )
