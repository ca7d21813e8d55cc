"""A programme's published record into the register: towns, figures, grades, with their sources.

What is loaded is loaded once: a second load adds what is new and leaves the rest. Every row is
accounted for: read = new + there already + left out (a town that the table of towns does not hold).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from django.db import transaction

from townworks.register.audit import Act, append, now, state, write
from townworks.register.models import (
    Account,
    Anchor,
    Assessment,
    Figure,
    Programme,
    RegistryEntry,
    StatusChange,
    Step,
    Town,
)
from townworks.rules.status import StatusChange as Change

BATCH = 5_000


@dataclass(frozen=True)
class Published:
    """What a programme's folder says: its own row, its tables, the replayed status of each town.

    programme: fields of `models.Programme`. changes: by town id, in order.
    """

    programme: Mapping[str, object]
    towns: pl.DataFrame
    figures: pl.DataFrame
    outcomes: pl.DataFrame
    anchors: pl.DataFrame
    changes: Mapping[str, list[Change]]


@dataclass
class Loaded:
    """Counts of each table: new, there already, left out."""

    new: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def count(self, table: str, kind: str) -> None:
        """Count one row."""
        counts: dict[str, int] = getattr(self, kind)
        counts[table] = counts.get(table, 0) + 1


def loader() -> Account:
    """Return the account under which published records come in; it cannot sign in."""
    found = Account.objects.filter(username="loader").first()
    if found is not None:
        return found
    account = Account(username="loader", name="Loader", role="system", is_active=False)
    account.set_unusable_password()
    return write(account, Act(account, "create", now().date()))


def load_programme(published: Published, today: date) -> Loaded:
    """Load a programme; everything or nothing."""
    loaded = Loaded()
    with transaction.atomic():
        act = Act(loader(), "load", today)
        _load_programme(published.programme, act)
        _load_towns(published.towns, act, loaded)
        _load_figures(published.figures, act, loaded)
        _load_anchors(published.anchors, act, loaded)
        _load_outcomes(published.outcomes, act, loaded)
        _load_changes(published.changes, act, loaded)
    return loaded


def _load_programme(fields: Mapping[str, object], act: Act) -> None:
    found = Programme.objects.first()
    programme = found or Programme()
    before = {name: getattr(programme, name, None) for name in fields}
    if found is not None and before == dict(fields):
        return
    for name, value in fields.items():
        setattr(programme, name, value)
    write(programme, act)


def _load_towns(towns: pl.DataFrame, act: Act, loaded: Loaded) -> None:
    known = set(Town.objects.values_list("pk", flat=True))
    for row in towns.iter_rows(named=True):
        if row["town_id"] in known:
            loaded.count("towns", "known")
            continue
        write(Town(**_filled(row)), act)
        loaded.count("towns", "new")


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Take a row's values; texts that are missing are empty, dates and numbers stay missing."""
    texts = ("name_en_source", "county_zh", "county_en", "county_code", "sector_source", "batch")
    return {n: "" if value is None and n in texts else value for n, value in row.items()}


def _load_figures(figures: pl.DataFrame, act: Act, loaded: Loaded) -> None:
    names = ("town_id", "metric", "value", "unit", "period", "population", "evidence", "source")
    known = set(Figure.objects.values_list(*names))
    for row in figures.iter_rows(named=True):
        figure = _figure(row, act.account)
        key = tuple(getattr(figure, name) for name in names)
        if key in known:
            loaded.count("figures", "known")
            continue
        write(figure, act)
        loaded.count("figures", "new")


def _figure(row: Mapping[str, Any], account: Account) -> Figure:
    same = ("town_id", "metric", "unit", "bound", "geography", "population", "extent", "evidence")
    return Figure(
        **{name: row[name] for name in (*same, "contradicts", "source")},
        value=row["value"].normalize(),
        geography_name=row["geography_name"] or "",
        period=row["period"] or "",
        valid_from=row["period_from"],
        valid_to=row["period_to"],
        recorded_at=now(),
        recorded_by=account,
    )


def _load_anchors(anchors: pl.DataFrame, act: Act, loaded: Loaded) -> None:
    known = set(Anchor.objects.values_list("town_id", "name_en"))
    for row in anchors.iter_rows(named=True):
        if (row["town_id"], row["enterprise_en"]) in known:
            loaded.count("anchors", "known")
            continue
        names = {"name_en": row["enterprise_en"], "name_zh": row["enterprise_zh"] or ""}
        write(Anchor(town_id=row["town_id"], **names, source=row["source"]), act)
        loaded.count("anchors", "new")


def _load_outcomes(outcomes: pl.DataFrame, act: Act, loaded: Loaded) -> None:
    """Grades as published: they went through no step here, and say so."""
    known = set(Assessment.objects.values_list("town_id", "year"))
    for row in outcomes.iter_rows(named=True):
        if row["town_id"] is None:
            loaded.count("grades", "left_out")
            continue
        if (row["town_id"], row["year"]) in known:
            loaded.count("grades", "known")
            continue
        _write_outcome(row, act)
        loaded.count("grades", "new")


def _write_outcome(row: Mapping[str, Any], act: Act) -> None:
    day = date(row["year"], 12, 31)
    assessment = Assessment(
        **{name: row[name] for name in ("town_id", "year", "on_list", "grade", "score", "rank")},
        source=row["source"],
        published=True,
        state="effective",
        state_since=day,
        opened_on=day,
        opened_by=act.account,
        version=1,
    )
    write(assessment, Act(act.account, act.action, day, row["source"]))
    Step(
        kind="assessment",
        case_id=str(assessment.pk),
        number=1,
        step="load",
        origin="",
        to="effective",
        on=day,
        recorded_at=now(),
        account=act.account,
        reason=row["source"],
    ).save(force_insert=True)


def _load_changes(changes: Mapping[str, list[Change]], act: Act, loaded: Loaded) -> None:
    known = set(StatusChange.objects.values_list("town_id", "cause", "on", "to"))
    for town, found in changes.items():
        for change in found:
            if (town, change.cause, change.on, change.to) in known:
                loaded.count("status changes", "known")
                continue
            row = StatusChange(
                town_id=town,
                origin=change.origin,
                to=change.to,
                cause=change.cause,
                on=change.on,
                year=change.year,
                recorded_at=now(),
                source=change.source,
            )
            write(row, act)
            loaded.count("status changes", "new")


def load_registry(rows: Iterator[Mapping[str, Any]], name: str, today: date) -> Loaded:
    """Load enterprises of a registry, for looking up: one event for the file, not one a row."""
    loaded = Loaded()
    account = loader()
    batch: dict[str, RegistryEntry] = {}
    with transaction.atomic():
        for row in rows:
            if not row.get("credit_code"):
                loaded.count("registry", "left_out")
                continue
            batch[row["credit_code"]] = RegistryEntry(**row, imported_from=name)
            loaded.count("registry", "new")
            if len(batch) == BATCH:
                _save(batch.values())
                batch = {}
        _save(batch.values())
        programme = Programme.objects.first()
        if programme is not None:
            reason = f"{name}: {loaded.new.get('registry', 0)} rows"
            same = state(programme)
            append(Act(account, "load_registry", today, reason), programme, same, same)
    return loaded


def _save(batch: Iterable[RegistryEntry]) -> None:
    names = [f.name for f in RegistryEntry._meta.concrete_fields if not f.primary_key]  # noqa: SLF001
    RegistryEntry.objects.bulk_create(
        batch, update_conflicts=True, unique_fields=["credit_code"], update_fields=names
    )
