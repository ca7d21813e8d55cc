"""Checks on the published record: numbers of several sources put beside each other.

Each check says what other sources give for a published number, whether both agree, and in which
words; where numbers only stand beside each other, no equality is claimed: neither where a grade is
not published, nor where the number listed was itself worked out from those beside it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from townworks.errors import DefinitionsError
from townworks.schema.accounts import RecordCheck
from townworks.schema.messages import LANGUAGES, message
from townworks.schema.programme import GRADES, LISTS
from townworks.schema.reading import Faults, Table, Words, read_toml
from townworks.schema.units import plain, spoken

FILE = "record.toml"
PASSED = ("excellent", "good", "pass")
"""Grades that earn a land reward."""
ALL_GRADES = {
    "creation": {*PASSED, "warning", "demoted"},
    "cultivation": {*PASSED, "warning", "eliminated"},
}
"""Grades that must all be published before they can add up to a list."""


@dataclass(frozen=True)
class Record:
    """Tables of a programme (`schema.programme`), and what each town had to invest at first.

    required: town_id × required_cny, worked out by the rule book's first-year condition; where it
    lacks a town, the minimum of that town's list is left out, not taken for less.
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
    top.only("required", *CHECKS)
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


@dataclass(frozen=True)
class Label:
    """A name that each language has its own word for; `id` stands in the name of the check."""

    id: str
    words: Words


def _label(id_: str, group: str) -> Label:
    return Label(id_, {language: message(f"{group}.{id_}", language) for language in LANGUAGES})


def _area(record: Record, area: str) -> Label:
    """Name of a prefecture as `towns.csv` gives it; as it stands, where no town lies there."""
    here = record.towns.filter(pl.col("prefecture_zh") == area)["prefecture_en"]
    return Label(area, {"en": str(here[0]) if here.len() else area, "zh": area})


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
    parts = [told[name] for name in ("area", "year", "list", "grade", "batch") if name in told]
    ids = [part.id if isinstance(part, Label) else str(part) for part in parts]
    return {
        "check": ".".join([key, *ids]),
        "expected": sides["expected"].value,
        "found": found.value,
        "unit": found.unit,
        "agrees": sides["expected"].value == found.value if equal else None,
        **said,
        "sources": sources,
    }


def _words(value: object, language: str) -> str:
    if isinstance(value, Label):
        return value.words[language]
    return spoken(value.value, value.unit, language) if isinstance(value, Quantity) else str(value)


def _figure(record: Record, metric: str, period: str, area: str) -> tuple[Decimal, str, str] | None:
    """Value, source and evidence of a figure of the programme, or of a prefecture, if there."""
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
    if rows.is_empty():
        return None
    value, source, evidence = rows.select("value", "source", "evidence").row(0)
    return value, source, evidence


def _rounded(value: Decimal, like: str) -> Decimal:
    return value.quantize(Decimal(like), ROUND_HALF_UP)


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
    needed = towns.join(record.required, on="town_id", how="left")["required_cny"]
    if needed.is_empty() or needed.has_nulls():
        return
    required = Decimal(needed.sum())
    told: Row = {"n": towns.height, **({"area": _area(record, area)} if area else {})}
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
    told: Row = {"n": grades.height, "area": _area(record, area), "year": year}
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
    if share <= 0:
        wanted.fault("share", f"is {share}; write a share above 0")
        return
    derived = whole[2] == "estimated"  # by us, from these two: it cannot but agree
    told: Row = {
        "part": plain(part[0]),
        "share": Quantity(share, "share"),
        "basis": _label("derived" if derived else "published", "accounts.basis"),
    }
    expected, found = _rounded(part[0] / share, "0.1"), Quantity(whole[0], "count")
    yield _row("province_reward", expected, found, told, equal=not derived, sources=whole[1])


def _mean(record: Record, wanted: Table) -> Iterator[Row]:
    metric, period = wanted.text("metric"), wanted.text("period")
    total = _figure(record, metric, period, "")
    mean = _figure(record, f"mean_{metric}", period, "")
    towns = _batch(record, wanted.text("batch")).height
    if total is None or mean is None or not towns:
        return
    rounded = _rounded(total[0] / towns / ROUNDED, "1") * ROUNDED
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
    expected = _rounded(part[0] / total[0], "0.0001")
    told: Row = {"part": Quantity(part[0], "cny"), "sum": Quantity(total[0], "cny")}
    found = Quantity(share[0], "share")
    yield _row("featured_share", expected, found, told, equal=True, sources=share[1])


def _stocks(record: Record, day: object) -> pl.DataFrame:
    of_day = pl.col("day").cast(pl.String) == str(day)
    return record.counts.filter(of_day, pl.col("kind").cast(pl.String) == "stock")


def _grades(record: Record, wanted: Table) -> Iterator[Row]:
    """Where every grade of a year is published, they add up to the list as it stood.

    The list is the stock of a day, or, without one, the number of towns assessed.
    """
    year, on_list = wanted.whole("year"), wanted.choice("list", LISTS)
    of_list = pl.col("on_list").cast(pl.String) == on_list
    whole = pl.col("area") == "programme"
    mine = record.tallies.filter(whole, of_list, pl.col("year") == year)
    is_all = pl.col("grade") == "assessed"
    day = wanted.day("stock")
    held = mine.filter(is_all) if day is None else _stocks(record, day).filter(of_list)
    mine = mine.filter(~is_all)
    if mine.is_empty() or held.is_empty():
        return
    sources = " ".join(sorted({*mine["source"], *held["source"]}))
    found = Quantity(Decimal(held["towns"][0]), "count")
    told: Row = {"year": year, "list": _label(on_list, "accounts.list")}
    complete = ALL_GRADES.get(on_list, set(GRADES)) <= set(mine["grade"])
    total = int(mine["towns"].sum())
    yield _row("grades_add_up", total, found, told, equal=complete, sources=sources)


def _named(record: Record, wanted: Table) -> Iterator[Row]:
    """Towns of each list that sources name in a grade, against the published number."""
    year, grade = wanted.whole("year"), wanted.choice("grade", GRADES)
    of_grade = (pl.col("year") == year) & (pl.col("grade").cast(pl.String) == grade)
    tally = record.tallies.filter(of_grade, pl.col("area") == "programme").sort("on_list")
    for row in tally.iter_rows(named=True):
        named = record.outcomes.filter(
            of_grade, pl.col("on_list").cast(pl.String) == row["on_list"]
        )
        told: Row = {
            "year": year,
            "list": _label(row["on_list"], "accounts.list"),
            "grade": _label(grade, "policies.grade"),
        }
        found, source = Quantity(Decimal(named.height), "count"), row["source"]
        yield _row("grade_named", row["towns"], found, told, equal=True, sources=source)


def _portion(record: Record, wanted: Table) -> Iterator[Row]:
    """An area's towns of a grade as a share of the province's, all lists together."""
    year, grade = wanted.whole("year"), wanted.choice("grade", GRADES)
    of_grade = (pl.col("year") == year) & (pl.col("grade") == grade)
    tally = record.tallies.filter(of_grade, pl.col("area") == "programme")
    share, total = wanted.number("share"), int(tally["towns"].sum())
    if not total:
        return
    told: Row = {
        "n": wanted.whole("towns"),
        "all": total,
        "area": _area(record, wanted.text("area")),
        "year": year,
        "grade": _label(grade, "policies.grade"),
    }
    expected = _rounded(Decimal(wanted.whole("towns")) / total, str(share))
    sources = " ".join(sorted({wanted.text("source"), *tally["source"]}))
    yield _row("portion", expected, Quantity(share, "share"), told, equal=True, sources=sources)


def _lists(record: Record, wanted: Table) -> Iterator[Row]:
    whole = _figure(record, wanted.text("metric"), wanted.text("period"), "")
    stocks = _stocks(record, wanted.day("stock"))
    if whole is not None and stocks.height == len(LISTS):
        found = Quantity(whole[0], "count")
        total = int(stocks["towns"].sum())
        yield _row("all_lists", total, found, {}, equal=True, sources=whole[1])


def _entries(record: Record, batch: str) -> Iterator[dict[str, object]]:
    """Published number of towns that came with a list: one row, or none."""
    of_list = pl.col("on_list").cast(pl.String) == "creation"
    entry = (pl.col("kind").cast(pl.String) == "entry") & (pl.col("batch") == batch)
    yield from record.counts.filter(of_list, entry).iter_rows(named=True)


def _size(record: Record, wanted: Table) -> Iterator[Row]:
    batch = wanted.text("batch")
    for row in _entries(record, batch):
        found = Quantity(Decimal(_batch(record, batch).height), "count")
        told: Row = {"batch": batch}
        count, source = int(str(row["towns"])), str(row["source"])
        yield _row("list_size", count, found, told, equal=True, sources=source)


def _by_area(record: Record, wanted: Table) -> Iterator[Row]:
    """Whether a list, as a source splits it by prefecture, adds up to its published number."""
    batch, split = wanted.text("batch"), wanted.table("towns")
    parts = {area: split.whole(area) for area in split.content}
    for row in _entries(record, batch):
        found = Quantity(Decimal(sum(parts.values())), "count")
        told: Row = {"batch": batch}
        count, source = int(str(row["towns"])), wanted.text("source")
        yield _row("list_by_area", count, found, told, equal=True, sources=source)


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
    "by_area": _by_area,
    "portion": _portion,
}
"""Checks by the name of their table in the plan."""
