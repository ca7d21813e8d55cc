"""Who does what where: counts of enterprises by place and speciality."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

RECENT_YEARS = 5
"""Years, of those that the source covers, that count as recent."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Enterprises by place and speciality, with the totals that give them meaning.

    cells: `place_code`, `speciality` (String), `enterprises` that have it, those that have it as
    `main` business, and those that list it `alone` (all UInt32), `first_year` (Int32, null if no
    date is known), `recent` and `dated` (UInt32: with a date in the recent years, with any date).
    Only counts above zero. places: `place_code`, `place`, `region` (the code of the wider area it
    lies in), `enterprises`. Rows with a null `place_code` hold those whose place is unknown.
    years: the years that the source covers, rising.
    """

    cells: pl.DataFrame
    places: pl.DataFrame
    years: tuple[int, ...]


def covered_years(years: pl.Series) -> tuple[int, ...]:
    """Years that a source covers: those with at least a fiftieth of the median year's rows.

    A registry dump often lacks whole years; a share over time must not treat them as zero.

    >>> covered_years(pl.Series([2005] * 400 + [2006] * 600 + [2008] * 500 + [2014]))
    (2005, 2006, 2008)
    """
    rows = years.drop_nulls().value_counts(sort=False).sort(years.name)
    if rows.is_empty():
        return ()
    enough = rows.filter(pl.col("count") * 50 >= pl.col("count").median())
    return tuple(enough[years.name].to_list())


def count_mentions(
    mentions: Iterable[pl.DataFrame],
    names: Sequence[str],
    enterprises: pl.DataFrame,
    places: pl.DataFrame,
) -> Counts:
    """Count mentions by place and speciality.

    mentions: chunks of `enterprise` (UInt32, row number in `enterprises`), `speciality` (index into
    `names`), `main`, `alone`; one row per pair of the first two. enterprises: `place_code`, `year`
    (Int32, may be null). places: `place_code`, `place`, `region`.
    """
    years = covered_years(enterprises["year"])
    recent = pl.col("year").is_in(list(years[-RECENT_YEARS:]))
    codes = pl.Enum(enterprises["place_code"].drop_nulls().unique().sort())
    located = enterprises.select(pl.col("place_code").cast(codes), "year")
    counted = [
        chunk.drop("enterprise")
        .hstack(located[chunk["enterprise"]])
        .group_by("place_code", "speciality")
        .agg(
            enterprises=pl.len(),
            main=pl.sum("main"),
            alone=pl.sum("alone"),
            first_year=pl.min("year"),
            recent=recent.sum(),
            dated=pl.col("year").is_not_null().sum(),
        )
        for chunk in mentions
    ]
    totals = enterprises.group_by("place_code").agg(enterprises=pl.len())
    named = pl.DataFrame({"name": names}, schema={"name": pl.String}).with_row_index("speciality")
    cells = (
        pl.concat(counted)
        .group_by("place_code", "speciality")
        .agg(pl.sum("enterprises", "main", "alone", "recent", "dated"), pl.min("first_year"))
        .with_columns(pl.col("place_code").cast(pl.String))
    )
    return Counts(
        cells=cells.join(named, on="speciality")
        .with_columns(speciality="name")
        .drop("name")
        .sort("place_code", "speciality"),
        places=places.join(totals, on="place_code", how="right", nulls_equal=True).sort(
            "place_code"
        ),
        years=years,
    )


def count_years(
    mentions: Iterable[pl.DataFrame], names: Sequence[str], enterprises: pl.DataFrame
) -> pl.DataFrame:
    """Count mentions by `place_code`, `speciality` (String) and `year` of registration."""
    located = enterprises.with_row_index("enterprise")
    keys = ("place_code", "speciality", "year")
    counted = [
        chunk.join(located, on="enterprise").group_by(keys).agg(enterprises=pl.len())
        for chunk in mentions
    ]
    named = pl.DataFrame({"name": names}, schema={"name": pl.String}).with_row_index("speciality")
    total = pl.concat(counted).group_by(keys).agg(pl.sum("enterprises"))
    return (
        total.join(named, on="speciality").with_columns(speciality="name").drop("name").sort(keys)
    )
