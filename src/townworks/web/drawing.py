"""What pages take from the workflow: requirements, policies on offer, places on the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl

from townworks.register.models import Programme, Town
from townworks.schema.seats import seats
from townworks.web.speech import language
from townworks.workflow.finding import Support, find_support
from townworks.workflow.programmes import Programme as Definitions
from townworks.workflow.register import opened
from townworks.workflow.requirements import Requirement, requirements

NOTHING = Requirement(None, None, None)


def definitions() -> Definitions:
    """Definitions of the register's programme, read once."""
    return opened(Programme.objects.get().name)


def requirements_of(towns: Sequence[Town], day: date) -> Mapping[str, Requirement]:
    """Return what is required of towns under the conditions of a day."""
    pairs = tuple(sorted({(town.sector, town.county_code) for town in towns}))
    found = _of_pairs(Programme.objects.get().name, day, pairs)
    return {town.pk: found[town.sector, town.county_code] for town in towns}


Pair = tuple[str, str]


@lru_cache(maxsize=256)
def _of_pairs(name: str, day: date, pairs: tuple[Pair, ...]) -> Mapping[Pair, Requirement]:
    """Return the requirement of each sector and county; the same pairs are asked for all day."""
    schema = {"town_id": pl.String, "sector": pl.String, "county_code": pl.String}
    rows = [(str(n), sector, code or None) for n, (sector, code) in enumerate(pairs)]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = requirements(opened(name), day, frame) if rows else {}
    return {pair: found.get(str(n), NOTHING) for n, pair in enumerate(pairs)}


def requirement_of(town: Town, day: date) -> Requirement:
    """Return what is required of one town."""
    return requirements_of([town], day)[town.pk]


def support_for(values: Mapping[str, str], day: date, town: str | None = None) -> Support:
    """Return what an enterprise that declares these values would get; `find_support`, remembered.

    Raises `RequestError` for a value that cannot be understood.
    """
    given = tuple(sorted((name, value) for name, value in values.items() if value))
    return _support(Programme.objects.get().name, given, day, town)


@lru_cache(maxsize=256)
def _support(name: str, given: tuple[Pair, ...], day: date, town: str | None) -> Support:
    return find_support(opened(name), dict(given), day, town)


@dataclass(frozen=True)
class Offered:
    """An instrument that is open in a town on a day."""

    rule_id: str
    title: Mapping[str, str]
    what: Mapping[str, str]
    payer: str
    subject: str
    source: str
    ceiling: bool


def offered_policies(town: Town, day: date) -> list[Offered]:
    """Instruments in force that cover a town, those for enterprises first."""
    rules = [
        rule
        for rule in definitions().book.instruments()
        if rule.scheme.covers(town.pk, town.county_code or None)
        and rule.first <= day
        and (rule.last is None or day <= rule.last)
    ]
    found = [
        Offered(r.id, r.title, r.what, r.scheme.payer, r.subject, r.source, r.ceiling)
        for r in rules
    ]
    return sorted(found, key=lambda each: (each.subject != "enterprise", each.rule_id))


def input_label(name: str) -> str:
    """Return the words of an input that rules ask for."""
    entry = definitions().book.inputs.get(name)
    return entry.label[language()] if entry else name


def places(towns: Sequence[Town]) -> Mapping[str, tuple[float, float]]:
    """Longitude and latitude of the seat of each town's county, where it is known."""
    known = {code: (lon, lat) for code, lon, lat in seats().iter_rows()}
    return {t.pk: known[t.county_code] for t in towns if t.county_code in known}
