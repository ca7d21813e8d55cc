"""A programme's folder and the register: what is published goes in, tables as of a day come out."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from townworks.rules.status import FILE as STATUS
from townworks.workflow.programmes import Programme, open_programme
from townworks.workflow.record import histories

if TYPE_CHECKING:
    from townworks.register.loading import Loaded
    from townworks.rules import Rule

AREA = ("planned_area", "about_share")
"""Parameters of a condition that say how large a town may be, and how far "about" goes."""


@cache
def opened(name: str) -> Programme:
    """Return the register's programme, read once: pages ask for it again and again."""
    return open_programme(name)


def load_published(name: str | Path, today: date, practice_day: date | None) -> "Loaded":
    """Load a programme's published record into the register (Django must be set up)."""
    from townworks.register.loading import Published, load_programme

    programme = open_programme(name)
    tables = programme.tables
    ids = dict(zip(tables.towns["name_zh"], tables.towns["town_id"], strict=True))
    changes = {ids[n]: found for n, found in histories(programme).items() if n in ids}
    fields = {**_fields(programme), "practice_day": practice_day}
    published = Published(
        fields, _with_area(programme), tables.figures, tables.outcomes, tables.anchors, changes
    )
    return load_programme(published, today)


def _fields(programme: Programme) -> dict[str, object]:
    profile = programme.profile
    facts = {fact.key: fact for fact in profile.facts}
    towns, money = facts.get("towns_target"), facts.get("investment_target")
    return {
        "name": programme.name,
        **{f"title_{language}": profile.title[language] for language in ("en", "zh")},
        **{f"authority_{language}": profile.authority[language] for language in ("en", "zh")},
        "starts_on": profile.first,
        "division": profile.division,
        "currency": profile.currency,
        "sectors": {name: dict(words) for name, words in profile.sectors.items()},
        "towns_target": int(towns.value) if towns else None,
        "investment_target_cny": money.value if money else None,
        "target_from": money.first if money else None,
        "target_to": money.last if money else None,
        "area_most_km2": area_most_km2(programme, profile.first or date.min),
        "machine": programme.texts.get(STATUS, ""),
        "sha256": programme.digest,
    }


def area_most_km2(programme: Programme, on: date) -> Decimal | None:
    """Largest area a town may have: what the conditions plan, and how far "about" goes."""
    rules: list[Rule] = [*programme.book.conditions()]
    for rule in rules:
        values = [rule.parameters[n].on(on) for n in AREA if n in rule.parameters]
        if len(values) == len(AREA) and all(values):
            planned, share = (Decimal(str(v.value)) for v in values if v is not None)
            return planned * (1 + share)
    return None


def _with_area(programme: Programme) -> pl.DataFrame:
    """Add the planned area where a figure of the town itself states exactly one."""
    figures = programme.tables.figures.filter(
        pl.col("metric") == "planned_area_km2", pl.col("geography") == "town"
    )
    single = figures.group_by("town_id").agg(
        pl.col("value").n_unique().alias("n"), pl.col("value").first().alias("planned_area_km2")
    )
    areas = single.filter(pl.col("n") == 1).select("town_id", "planned_area_km2")
    return programme.tables.towns.join(areas, on="town_id", how="left", maintain_order="left")


def registry_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """Rows of a file that `townworks read` wrote, as the register's registry wants them."""
    wanted = ("credit_code", "name", "registered_on", "capital", "capital_currency", "county_code")
    frame = pl.scan_parquet(path).select(*wanted, "activity").collect(engine="streaming")
    for row in frame.iter_rows(named=True):
        capital, currency = row.pop("capital"), row.pop("capital_currency")
        texts = {name: row[name] or "" for name in ("name", "county_code", "activity")}
        yield {**row, **texts, "capital_cny": capital if currency == "CNY" else None}


def register_tables(as_of: date) -> dict[str, pl.DataFrame]:
    """Return every table of the register as of a day (Django must be set up)."""
    from townworks.register.snapshot import snapshot

    return snapshot(as_of)
