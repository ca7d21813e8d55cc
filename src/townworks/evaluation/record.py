"""Checks on the published record: numbers of several sources put beside each other.

Each check says what other sources give for a published number, whether both agree, and in which
words; where sources only stand beside each other, no equality is claimed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from townworks.errors import DefinitionsError
from townworks.schema.accounts import RecordCheck
from townworks.schema.messages import LANGUAGES, message
from townworks.schema.programme import GRADES, LISTS
from townworks.schema.reading import Faults, Table, read_toml
from townworks.schema.units import plain, spoken

FILE = "record.toml"
PASSED = ("excellent", "good", "pass")
"""Grades that earn a land reward."""


@dataclass(frozen=True)
class Record:
    """Tables of a programme (`schema.programme`), and what each town had to invest at first.

    required: town_id × required_cny, worked out by the rule book's first-year condition.
    """

    towns: pl.DataFrame
    figures: pl.DataFrame
    outcomes: pl.DataFrame
    tallies: pl.DataFrame
    counts: pl.DataFrame
    required: pl.DataFrame


def check_record(record: Record, plan: str, file: str = FILE) -> pl.DataFrame:
    """Return the checks of a plan that the record has the numbers for, as `schema.RecordCheck`.

    plan: TOML that names the numbers to be put beside each other. Raises `DefinitionsError`.
    """
    faults = Faults()
    top = Table(read_toml(plan, file, faults), file, "", faults)
    top.only(*CHECKS)
    rows = [
        row
        for name, check in CHECKS.items()
        for wanted in top.rows(name)
        for row in check(record, wanted)
    ]
    if faults.found:
        raise DefinitionsError(faults.found)
    return RecordCheck.cast(pl.DataFrame(rows)) if rows else RecordCheck.create_empty()


Row = dict[str, object]


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, so that a sentence can say it."""

    value: Decimal
    unit: str


def _row(
    key: str, expected: Decimal | int, found: Quantity, told: Row, *, equal: bool, sources: str
) -> Row:
    """One check; equal: both numbers should be the same (else they stand beside each other)."""
    sides = {"expected": Quantity(Decimal(expected), found.unit), "found": found}
    said = {
        f"sentence_{language}": message(
            f"accounts.record.{key}",
            language,
            **{name: _words(value, language) for name, value in (sides | told).items()},
        )
        for language in LANGUAGES
    }
    parts = [str(told[name]) for name in ("area", "year", "list", "batch") if name in told]
    return {
        "check": ".".join([key, *parts]),
        "expected": sides["expected"].value,
        "found": found.value,
        "unit": found.unit,
        "agrees": sides["expected"].value == found.value if equal else None,
        **said,
        "sources": sources,
    }


def _words(value: object, language: str) -> str:
    return spoken(value.value, value.unit, language) if isinstance(value, Quantity) else str(value)


def _figure(record: Record, metric: str, period: str, area: str) -> tuple[Decimal, str] | None:
    """Value and source of a figure of the programme, or of a prefecture; None: not there."""
    geography = "prefecture" if area else "programme"
    where = pl.col("geography_name") == area if area else pl.lit(value=True)
    rows = record.figures.filter(
        pl.col("town_id").is_null(),
        pl.col("metric") == metric,
        pl.col("period") == period,
        pl.col("geography").cast(pl.String) == geography,
        pl.col("population").is_in(["all", "batch_1_towns"]),
        pl.col("evidence").cast(pl.String) != "planned",
        where,
    )
    return rows.select("value", "source").row(0) if rows.height else None


def _batch(record: Record, batch: str, area: str = "") -> pl.DataFrame:
    where = pl.col("prefecture_zh") == area if area else pl.lit(value=True)
    return record.towns.filter(pl.col("batch") == batch, where)


def _minimum(record: Record, wanted: Table) -> Iterator[Row]:
    """The first-year minimum of a list's towns, beside a published number."""
    area = wanted.text("area", "")
    towns = _batch(record, wanted.text("batch"), area)
    found = _figure(record, wanted.text("metric"), wanted.text("period"), area)
    if found is None:
        return
    joined = towns.join(record.required, on="town_id", how="left")
    required = Decimal(joined["required_cny"].sum() or 0)
    told: Row = {"n": towns.height, **({"area": area} if area else {})}
    key = "minimum_of_prefecture" if area else "minimum_of_list"
    equal, quantity = wanted.flag("equal"), Quantity(found[0], "cny")
    yield _row(key, required, quantity, told, equal=equal, sources=found[1])


def _reward(record: Record, wanted: Table) -> Iterator[Row]:
    """Towns that passed and towns that were rewarded: who is missing stays unexplained."""
    area, year = wanted.text("area"), wanted.whole("year")
    here = record.towns.filter(pl.col("prefecture_zh") == area).select("town_id")
    passed = pl.col("grade").cast(pl.String).is_in(PASSED)
    grades = record.outcomes.filter(pl.col("year") == year, passed)
    grades = grades.join(here, on="town_id", how="semi")
    told: Row = {"n": grades.height, "area": area, "year": year}
    found = Quantity(Decimal(wanted.whole("rewarded")), "count")
    source = wanted.text("source")
    yield _row("reward", grades.height, found, told, equal=True, sources=source)


def _part(record: Record, wanted: Table) -> Iterator[Row]:
    metric, period = wanted.text("metric"), wanted.text("period")
    part = _figure(record, metric, period, wanted.text("area"))
    whole = _figure(record, metric, period, "")
    if part is None or whole is None:
        return
    share = wanted.number("share")
    expected = (part[0] / share).quantize(Decimal("0.1"))
    told: Row = {"part": plain(part[0]), "share": Quantity(share, "share")}
    found = Quantity(whole[0], "count")
    yield _row("province_reward", expected, found, told, equal=True, sources=whole[1])


def _mean(record: Record, wanted: Table) -> Iterator[Row]:
    metric, period = wanted.text("metric"), wanted.text("period")
    total = _figure(record, metric, period, "")
    mean = _figure(record, f"mean_{metric}", period, "")
    towns = _batch(record, wanted.text("batch")).height
    if total is None or mean is None or not towns:
        return
    rounded = (total[0] / towns / ROUNDED).quantize(Decimal(1)) * ROUNDED
    told: Row = {"n": towns, "sum": Quantity(total[0], "cny")}
    found = Quantity(mean[0], "cny")
    yield _row("mean_investment", rounded, found, told, equal=True, sources=mean[1])


ROUNDED = Decimal(10) ** 7
"""Sources give billions with two decimals."""


def _share(record: Record, wanted: Table) -> Iterator[Row]:
    period, area = wanted.text("period"), wanted.text("area")
    part, total, share = (
        _figure(record, wanted.text(name), period, area) for name in ("part", "whole", "share")
    )
    if part is None or total is None or share is None:
        return
    expected = (part[0] / total[0]).quantize(Decimal("0.0001"))
    told: Row = {"part": Quantity(part[0], "cny"), "sum": Quantity(total[0], "cny")}
    found = Quantity(share[0], "share")
    yield _row("featured_share", expected, found, told, equal=True, sources=share[1])


def _stocks(record: Record, day: object) -> pl.DataFrame:
    of_day = pl.col("day").cast(pl.String) == str(day)
    return record.counts.filter(of_day, pl.col("kind").cast(pl.String) == "stock")


def _grades(record: Record, wanted: Table) -> Iterator[Row]:
    """Where every grade of a year is published, they add up to the list as it stood."""
    year, on_list = wanted.whole("year"), wanted.choice("list", LISTS)
    of_list = pl.col("on_list").cast(pl.String) == on_list
    whole = pl.col("area") == "programme"
    mine = record.tallies.filter(whole, of_list, pl.col("year") == year)
    stock = _stocks(record, wanted.day("stock")).filter(of_list)
    if mine.is_empty() or stock.is_empty():
        return
    sources = " ".join(sorted({*mine["source"], *stock["source"]}))
    found = Quantity(Decimal(stock["towns"][0]), "count")
    told: Row = {"year": year, "list": on_list}
    total = int(mine["towns"].sum())
    yield _row("grades_add_up", total, found, told, equal=True, sources=sources)


def _named(record: Record, wanted: Table) -> Iterator[Row]:
    """Towns that sources name in a grade, against the published number."""
    year, grade = wanted.whole("year"), wanted.choice("grade", GRADES)
    of_grade = (pl.col("year") == year) & (pl.col("grade").cast(pl.String) == grade)
    tally = record.tallies.filter(of_grade, pl.col("area") == "programme")
    for row in tally.iter_rows(named=True):
        found = Quantity(Decimal(record.outcomes.filter(of_grade).height), "count")
        told: Row = {"year": year}
        source = row["source"]
        yield _row("excellent_named", row["towns"], found, told, equal=True, sources=source)


def _lists(record: Record, wanted: Table) -> Iterator[Row]:
    whole = _figure(record, wanted.text("metric"), wanted.text("period"), "")
    stocks = _stocks(record, wanted.day("stock"))
    if whole is not None and stocks.height == len(LISTS):
        found = Quantity(whole[0], "count")
        total = int(stocks["towns"].sum())
        yield _row("all_lists", total, found, {}, equal=True, sources=whole[1])


def _size(record: Record, wanted: Table) -> Iterator[Row]:
    batch = wanted.text("batch")
    of_list = pl.col("on_list").cast(pl.String) == "creation"
    entry = (pl.col("kind").cast(pl.String) == "entry") & (pl.col("batch") == batch)
    for row in record.counts.filter(of_list, entry).iter_rows(named=True):
        found = Quantity(Decimal(_batch(record, batch).height), "count")
        told: Row = {"batch": batch}
        yield _row("list_size", row["towns"], found, told, equal=True, sources=row["source"])


CHECKS: dict[str, Callable[[Record, Table], Iterator[Row]]] = {
    "minimum": _minimum,
    "reward": _reward,
    "part": _part,
    "mean": _mean,
    "share": _share,
    "grades": _grades,
    "named": _named,
    "lists": _lists,
    "size": _size,
}
"""Checks by the name of their table in the plan."""
