"""Which published figure may stand for which input of a rule: its scope must fit, wholly.

A figure counts for an input only if metric, geography, population, extent, evidence and period
are those that the programme's `scopes.toml` names. Two figures of one scope and period that differ
leave the input unknown; one that a source gives as "over" or "nearly" bounds it from one side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from townworks.errors import DefinitionsError
from townworks.schema.programme import Figure
from townworks.schema.reading import Faults, Table, read_toml

FILE = "scopes.toml"
PERIODS = ("year", "first_year", "latest", "plan")
"""year: exactly the year; first_year: the year, if the town was listed in it; latest: the last
state up to the year's end; plan: a plan or target, whenever published up to then."""
UNBOUNDED = Decimal(10) ** 15
"""Stands for "no upper bound" where a source says only "over"."""
VALUE = pl.Decimal(38, 6)
CHOICES = {
    name: tuple(Figure.create_empty().schema[name].categories)  # type: ignore[attr-defined]
    for name in ("geography", "extent", "evidence")
}


@dataclass(frozen=True)
class Scope:
    """What figures may stand for one input."""

    input: str
    metric: str
    geography: tuple[str, ...]
    population: tuple[str, ...]
    extent: tuple[str, ...]
    evidence: tuple[str, ...]
    period: str


@dataclass(frozen=True)
class Scoped:
    """Inputs of towns from figures in scope: `low` and `high` (town_id × input), and what was used.

    The two differ where a source gives a bound only. used: town_id, input, value, bound, period,
    evidence, source, standing (used, or contradicted: left unknown).
    """

    low: pl.DataFrame
    high: pl.DataFrame
    used: pl.DataFrame


def parse_scopes(text: str, file: str = FILE) -> tuple[Scope, ...]:
    r"""Read `scopes.toml`; raises `DefinitionsError` with every fault.

    >>> parse_scopes('[visitors]\nmetric = "visitors"\nperiod = "year"')[0].geography
    ('town',)
    """
    faults = Faults()
    top = Table(read_toml(text, file, faults), file, "", faults)
    scopes = tuple(_scope(name, top.table(name)) for name in top.content)
    if faults.found:
        raise DefinitionsError(faults.found)
    return scopes


def in_scope(
    figures: pl.DataFrame, towns: pl.DataFrame, scopes: Sequence[Scope], year: int
) -> Scoped:
    """Choose for each town and input the figure that fits; what does not fit is not known.

    figures, towns: tables `schema.programme.Figure` and `Town`. Towns keep their order.
    """
    listed = figures.join(towns.select("town_id", "listed_on"), on="town_id", how="inner")
    chosen = [_chosen(_fitting(listed, scope, year), scope) for scope in scopes]
    used = pl.concat(chosen) if chosen else _no_figures()
    low = pl.when(pl.col("bound") == "nearly").then(0).otherwise(pl.col("value"))
    high = pl.when(pl.col("bound") == "over").then(UNBOUNDED).otherwise(pl.col("value"))
    names = [scope.input for scope in scopes]
    return Scoped(_wide(used, low, towns, names), _wide(used, high, towns, names), used)


def _scope(name: str, table: Table) -> Scope:
    table.only("metric", "geography", "population", "extent", "evidence", "period")
    found: Mapping[str, tuple[str, ...]] = {
        part: table.texts(part) or default
        for part, default in (
            ("geography", ("town",)),
            ("population", ("all",)),
            ("extent", ("during",)),
            ("evidence", ("reported", "verified", "audited")),
        )
    }
    for part, allowed in CHOICES.items():
        for word in found[part]:
            if word not in allowed:
                table.fault(part, f"has '{word}'; use {', '.join(allowed)}")
    return Scope(
        name,
        table.text("metric"),
        found["geography"],
        found["population"],
        found["extent"],
        found["evidence"],
        table.choice("period", PERIODS),
    )


def _fitting(figures: pl.DataFrame, scope: Scope, year: int) -> pl.DataFrame:
    ends = date(year, 12, 31)
    exactly = (pl.col("period_from") == date(year, 1, 1)) & (pl.col("period_to") == ends)
    known_by_then = pl.col("period_to").fill_null(ends) <= ends
    of_period = {
        "year": exactly,
        "first_year": exactly & (pl.col("listed_on").dt.year() == year),
        "latest": known_by_then & pl.col("period_to").is_not_null(),
        "plan": (pl.col("period_from").fill_null(ends) <= ends),
    }
    return figures.filter(
        pl.col("metric") == scope.metric,
        pl.col("geography").cast(pl.String).is_in(scope.geography),
        pl.col("population").is_in(scope.population),
        pl.col("extent").cast(pl.String).is_in(scope.extent),
        pl.col("evidence").cast(pl.String).is_in(scope.evidence),
        of_period[scope.period],
    )


def _chosen(fitting: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Keep of each town the figures of the last period; several values contradict each other."""
    last = pl.col("period_to").max().over("town_id")
    latest = fitting.filter((pl.col("period_to") == last) | last.is_null())
    values = pl.col("value").n_unique().over("town_id")
    standing = pl.when(values == 1).then(pl.lit("used")).otherwise(pl.lit("contradicted"))
    return latest.sort("town_id", "value", "source").select(
        "town_id",
        pl.lit(scope.input).alias("input"),
        pl.col("value").cast(VALUE),
        pl.col("bound").cast(pl.String),
        "period",
        pl.col("evidence").cast(pl.String),
        "source",
        standing.alias("standing"),
    )


def _wide(
    used: pl.DataFrame, value: pl.Expr, towns: pl.DataFrame, names: Sequence[str]
) -> pl.DataFrame:
    known = used.filter(pl.col("standing") == "used").unique(
        ["town_id", "input"], keep="first", maintain_order=True
    )
    known = known.with_columns(value.cast(VALUE).alias("value"))
    frame = towns.select("town_id")
    for name in names:
        mine = known.filter(pl.col("input") == name).select("town_id", pl.col("value").alias(name))
        frame = frame.join(mine, on="town_id", how="left", maintain_order="left")
    return frame


def _no_figures() -> pl.DataFrame:
    texts = ("town_id", "input", "bound", "period", "evidence", "source", "standing")
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(texts, pl.String)
    return pl.DataFrame(schema=schema | {"value": VALUE})
