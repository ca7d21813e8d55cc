"""The register as of a day, in schema tables: the one way from SQL to the stages.

`as_of` asks what held on a day; `known_at` what was believed at a moment. A matter is what its last
event until the day left of it. Beliefs of the past, and matters that have gone on since the day,
are read from the events, all else from the tables; a test says that both agree.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import dataframely as dy
import polars as pl
from django.db import models

from townworks.register import models as m
from townworks.register.audit import kind_of
from townworks.schema import register as tables
from townworks.schema.programme import Figure, Outcome, Town

Row = dict[str, Any]
Holds = Callable[[Row, date], bool]


def always(_: Row, __: date) -> bool:
    """Whether a row stands on any day."""
    return True


def begun(*names: str) -> Holds:
    """Whether the first of these days that a row has is not after the day asked for."""

    def holds(row: Row, day: date) -> bool:
        first = next((row[name] for name in names if row[name] is not None), None)
        return first is None or first <= day

    return holds


def lasting(row: Row, day: date) -> bool:
    """Whether the day lies in valid_from … valid_to."""
    return begun("valid_from")(row, day) and (row["valid_to"] is None or day <= row["valid_to"])


def going(row: Row, day: date) -> bool:
    """Whether a project has begun, and did not come with an import that was undone."""
    return not row["withdrawn"] and begun("starts_on")(row, day)


@dataclass(frozen=True)
class Source:
    """Which model fills a table, and which of its rows stand on a day.

    part_of: a column with the key of what a row is a part of, and the table (above it) that this
    must stand in.
    """

    model: type[models.Model]
    holds: Holds
    part_of: tuple[str, type[dy.Schema]] | None = None


SOURCES: Mapping[type[dy.Schema], Source] = {
    Town: Source(m.Town, begun("listed_on")),
    Figure: Source(m.Figure, begun("valid_from")),
    tables.Application: Source(m.TownApplication, begun("opened_on")),
    tables.Boundary: Source(m.Boundary, begun("opened_on")),
    tables.Enterprise: Source(m.Enterprise, always),
    tables.Admission: Source(m.Admission, begun("opened_on")),
    tables.Premises: Source(m.Premises, always),
    tables.Occupancy: Source(m.Occupancy, lasting),
    tables.Project: Source(m.Project, going),
    tables.Investment: Source(m.Investment, begun("valid_from")),
    tables.BudgetLine: Source(m.BudgetLine, always),
    tables.Grant: Source(m.Grant, begun("opened_on")),
    tables.Payment: Source(m.Payment, begun("paid_on")),
    tables.Partnership: Source(m.Partnership, begun("opened_on")),
    tables.Contract: Source(m.Contract, lasting),
    tables.Assessment: Source(m.Assessment, begun("opened_on")),
    tables.StatusChange: Source(m.StatusChange, begun("on")),
    tables.Objection: Source(m.Objection, begun("opened_on")),
    tables.Plan: Source(m.Plan, lasting),
    tables.PlanLine: Source(m.PlanLine, always, ("plan_id", tables.Plan)),
    tables.PlannedInvestment: Source(m.PlannedInvestment, always, ("line_id", tables.PlanLine)),
}


def snapshot(as_of: date, known_at: datetime | None = None) -> dict[str, pl.DataFrame]:
    """Every table on a day, by its name in snake case ("budget_line"), checked.

    Also `outcome`: grades in force. Matters are as they were on the day. Cost: one pass over each
    table and the events of matters that have gone on since, or with `known_at` over all events
    until then.
    """
    found: dict[str, pl.DataFrame] = {}
    assessments: list[Row] = []
    for schema, source in SOURCES.items():
        rows = [r for r in _rows(source.model, as_of, known_at) if _stands(source, r, as_of)]
        rows = _parts(rows, source, found)
        found[_name(schema)] = _frame(schema, rows)
        assessments = rows if schema is tables.Assessment else assessments
    return {**found, "outcome": _outcomes(assessments)}


def _parts(rows: list[Row], source: Source, found: Mapping[str, pl.DataFrame]) -> list[Row]:
    """Keep the rows whose whole stands on the day."""
    if source.part_of is None:
        return rows
    column, whole = source.part_of
    keys = set(found[_name(whole)]["id"])
    return [row for row in rows if row[column] in keys]


def _stands(source: Source, row: Row, as_of: date) -> bool:
    return row.get("superseded_at") is None and source.holds(row, as_of)


def _rows(model: type[models.Model], as_of: date, known_at: datetime | None) -> Iterator[Row]:
    """Rows of a table in the order of their keys; matters as they were on the day."""
    events = m.Event.objects.filter(kind=kind_of(model)).order_by("seq")
    if known_at is not None:
        yield from _told(model, events.filter(recorded_at__lte=known_at), as_of)
        return
    later = events.filter(on__gt=as_of).order_by().values("record_id")
    told: dict[str, Row] = {}
    if issubclass(model, m.Case):
        earlier = _told(model, events.filter(record_id__in=later), as_of)
        told = {str(row["id"]): row for row in earlier}
    for row in model._default_manager.order_by("pk").values().iterator():  # noqa: SLF001
        yield told.get(str(row["id"]), row) if told else row


def _told(
    model: type[models.Model], events: models.QuerySet[m.Event], as_of: date
) -> Iterator[Row]:
    """Rows as their last event left them, a matter as its last one until the day did.

    A matter that was opened later is there as it was opened: whether it stands says its day.
    """
    is_case, last = issubclass(model, m.Case), dict[str, str]()
    for record_id, on, after in events.values_list("record_id", "on", "after").iterator():
        if not is_case or on <= as_of or record_id not in last:
            last[record_id] = after
    rows = [_row(model, json.loads(after)) for after in last.values() if after]
    key = model._meta.pk.attname  # noqa: SLF001
    yield from sorted(rows, key=lambda row: row[key])


def _row(model: type[models.Model], told: Row) -> Row:
    """Values as the table has them; a column that the event does not know yet has its default."""
    fields = model._meta.concrete_fields  # noqa: SLF001
    return {f.attname: _typed(f, told.get(f.attname, f.get_default())) for f in fields}


def _typed(field: Any, value: Any) -> Any:
    target = field.target_field if field.is_relation else field
    is_json = isinstance(target, models.JSONField)
    return value if value is None or is_json else target.to_python(value)


def _frame(schema: type[dy.Schema], rows: list[Row]) -> pl.DataFrame:
    """Take a table's columns from the rows; "" is a missing text where the table allows one."""
    columns = schema.columns()
    names = {n: _source_name(n, rows[0]) for n in columns} if rows else {}
    taken = [
        {
            n: None if row[names[n]] == "" and c.nullable else row[names[n]]
            for n, c in columns.items()
        }
        for row in rows
    ]
    types = {n: c.dtype for n, c in columns.items()}
    plain = {n: pl.String if isinstance(t, pl.Enum) else t for n, t in types.items()}
    frame = pl.DataFrame(taken, schema=plain).cast(types)  # type: ignore[arg-type]
    keys = [n for n, column in columns.items() if column.primary_key]
    return schema.validate(frame.sort(keys) if keys else frame)


def _source_name(name: str, row: Row) -> str:
    renamed = {"period_from": "valid_from", "period_to": "valid_to"}
    return name if name in row else renamed[name]


def _outcomes(assessments: list[Row]) -> pl.DataFrame:
    """Grades in force, those that were published with their rank."""
    names = dict(m.Town.objects.values_list("town_id", "name_zh"))
    graded = (row for row in assessments if row["state"] == "effective" and row["grade"])
    return _frame(Outcome, [{**row, "name_zh": names[row["town_id"]]} for row in graded])


def _name(schema: type[dy.Schema]) -> str:
    """Table name in snake case.

    >>> _name(tables.BudgetLine)
    'budget_line'
    """
    text = schema.__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in text).lstrip("_")
