"""The published record of a programme: accounts of its lists, checks, histories of towns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from townworks.errors import RequestError
from townworks.evaluation.accounts import accounts
from townworks.evaluation.record import FILE as RECORD
from townworks.evaluation.record import Record, check_record
from townworks.rules import Subjects, judge
from townworks.rules.status import FILE as STATUS
from townworks.rules.status import Event, StatusChange, parse_machine, replay
from townworks.schema.accounts import RecordCheck
from townworks.schema.reading import Faults, Table, read_toml
from townworks.workflow.programmes import Programme

WITHDRAWN = "withdrawn"
"""The grade by which a source says that a town left the list of its own accord."""


def programme_accounts(programme: Programme) -> pl.DataFrame:
    """Return stock and flow of the lists (table `schema.accounts.Account`)."""
    return accounts(programme.tables.counts, programme.tables.tallies)


def programme_record(programme: Programme) -> pl.DataFrame:
    """Return the checks of `record.toml`, as `schema.accounts.RecordCheck`; empty without it."""
    plan = programme.texts.get(RECORD)
    if plan is None:
        return RecordCheck.create_empty()
    tables = programme.tables
    record = Record(
        tables.towns,
        tables.figures,
        tables.outcomes,
        tables.tallies,
        tables.counts,
        _required(programme, plan),
    )
    return check_record(record, plan)


def histories(programme: Programme, town: str | None = None) -> dict[str, list[StatusChange]]:
    """Replay what was published of each town (by Chinese name), or of one by its name or id.

    Raises `RequestError` for a town nothing is published of, `DefinitionsError` for a faulty
    `status.toml`, `IllegalTransitionError` for a record the machine does not allow.
    """
    machine = parse_machine(programme.texts.get(STATUS, ""))
    events = published_events(programme)
    if town is not None:
        wanted = {row["name_zh"] for row in _named(programme, town)} | ({town} & events.keys())
        events = {name: found for name, found in events.items() if name in wanted}
        if not events:
            problem = f"Nothing is published of a town '{town}'"
            raise RequestError(problem, "townworks programme towns lists the towns.")
    return {name: list(replay(machine, found)) for name, found in events.items()}


def published_events(programme: Programme) -> dict[str, list[Event]]:
    """Listing, grades and naming of each town, by its Chinese name, as sources give them.

    A grade is dated on the last day of its year; a naming on the last day sources allow.
    """
    tables = programme.tables
    events: dict[str, list[Event]] = {}
    for row in tables.towns.filter(pl.col("listed_on").is_not_null()).iter_rows(named=True):
        listing = Event("enter_creation", row["listed_on"], source=row["source"])
        events.setdefault(row["name_zh"], []).append(listing)
    for row in tables.outcomes.iter_rows(named=True):
        events.setdefault(row["name_zh"], []).append(_outcome(row))
    for row in tables.namings.filter(pl.col("named_to").is_not_null()).iter_rows(named=True):
        naming = Event("name", row["named_to"], None, "creation", row["source"])
        events.setdefault(row["name_zh"], []).append(naming)
    return events


def _outcome(row: Mapping[str, object]) -> Event:
    year, grade = int(str(row["year"])), str(row["grade"])
    on, on_list, source = date(year, 12, 31), str(row["on_list"]), str(row["source"])
    if grade == WITHDRAWN:
        return Event("withdraw", on, None, on_list, source)
    return Event(f"grade:{grade}", on, year, on_list, source)


def _named(programme: Programme, town: str) -> list[dict[str, object]]:
    names = [
        pl.col(n).str.to_lowercase() == town.lower() for n in ("town_id", "name_zh", "name_en")
    ]
    return programme.tables.towns.filter(pl.any_horizontal(names)).to_dicts()


def _required(programme: Programme, plan: str) -> pl.DataFrame:
    """What `record.toml` says that a town had to reach; nobody had to, where it says nothing."""
    table = Table(read_toml(plan, RECORD, Faults()), RECORD, "", Faults()).table("required")
    rule_id, name, on = table.text("rule", ""), table.text("input", ""), table.day("on")
    if rule_id not in programme.book.rules or on is None:
        return programme.tables.towns.select(
            "town_id", pl.lit(None, pl.Decimal(38, 2)).alias("required_cny")
        )
    return least_that_meets(programme, Demand(rule_id, name, on), programme.tables.towns)


@dataclass(frozen=True)
class Demand:
    """A condition, the input it asks for, and the day."""

    rule_id: str
    name: str
    on: date


def least_that_meets(programme: Programme, demand: Demand, towns: pl.DataFrame) -> pl.DataFrame:
    """The least value of an input with which a condition is met, for each town.

    towns: town_id, sector, county_code. Columns town_id, required_cny. Tried are the values of the
    condition's own parameters, the smallest first.
    """
    rule_id, name, on = demand.rule_id, demand.name, demand.on
    required = towns.select("town_id", pl.lit(None, pl.Decimal(38, 2)).alias("required_cny"))
    rule = programme.book.rules[rule_id]
    unit = programme.book.inputs[name].unit
    values = (
        p.on(on) for p in rule.parameters.values() if p.unit == unit and p.name in rule.names()
    )
    for value in sorted({v.value for v in values if v and isinstance(v.value, Decimal)}):
        met = _met(programme, demand, value, towns)
        enough = pl.when(pl.col("town_id").is_in(met)).then(pl.lit(value, pl.Decimal(38, 2)))
        required = required.with_columns(pl.coalesce("required_cny", enough).alias("required_cny"))
    return required


def _met(programme: Programme, demand: Demand, value: Decimal, towns: pl.DataFrame) -> list[str]:
    known = towns.select(pl.col("town_id").alias("subject_id"), "sector", "county_code")
    given = known.with_columns(pl.lit(value).alias(demand.name))
    rule, subjects = programme.book.rules[demand.rule_id], Subjects.of(given, programme.book.inputs)
    found = judge([rule], subjects, demand.on)
    return found.filter(pl.col("outcome") == "eligible")["subject_id"].to_list()
