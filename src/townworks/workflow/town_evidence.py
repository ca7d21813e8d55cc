"""Registry → how special each listed town's industry was in its county before the town was listed.

Who is of an industry is what `discover` counts: an enterprise that names one of the words in a
phrase of its scope or at the end of its name, unless it only trades in it.
"""

from datetime import date

import polars as pl

from townworks.enterprises.specialities import Lexicon
from townworks.plans.appraising import evidence, quotients
from townworks.schema.gazetteer import Gazetteer
from townworks.schema.plan_sources import terms_of
from townworks.workflow.discovery import Level, Registry, mentions_of, place_code

TOURISM = "tourism"
COLUMNS = {
    "town_id": pl.String(),
    "place_code": pl.String(),
    "enterprises": pl.UInt32(),
    "overall": pl.UInt32(),
    "expected": pl.Float64(),
    "lq": pl.Float64(),
    "lq_low": pl.Float64(),
    "lq_high": pl.Float64(),
    "probability": pl.Float64(),
    "elsewhere": pl.Float64(),
}


def countable(towns: pl.DataFrame) -> pl.DataFrame:
    """Return the towns whose industry a registry can show, with their words as a list, `words`.

    towns: `kind`, `terms` (null where none are given) and any others.
    """
    words = [list(terms_of(cell)) for cell in towns["terms"]]
    return towns.with_columns(words=pl.Series(words, dtype=pl.List(pl.String))).filter(
        pl.col("words").list.len() > 0, pl.col("kind") != TOURISM
    )


def members(registry: Registry, towns: pl.DataFrame) -> pl.DataFrame:
    """Return who is of which town's industry: `enterprise`, `town_id`, each pair once.

    towns: `town_id`, `words`.
    """
    wanted = towns.select("town_id", term="words").explode("term", empty_as_null=False)
    terms = wanted["term"].unique().sort()
    table = pl.DataFrame({"term": terms}).with_row_index("speciality").select("term", "speciality")
    lexicon = Lexicon(tuple(terms), {}, table)
    found = mentions_of(registry.phrases, registry.codes.clear(), lexicon, "make")
    said = pl.concat([chunk.select("enterprise", "speciality") for chunk in found.chunks])
    return (
        said.join(table, on="speciality")
        .join(wanted, on="term")
        .select("enterprise", "town_id")
        .unique()
    )


def town_evidence(registry: Registry, towns: pl.DataFrame, level: Level) -> pl.DataFrame:
    """Return the quotients of each town's industry in its place, before its listing (`COLUMNS`).

    registry: whatever its last day; a town is judged by the enterprises registered before its own
    listing. towns: `town_id`, `listed_on`, `place_code`, `words`; those without a place have no
    row. Towns with the same words are one industry to the prior, not several. `elsewhere`: share of
    the other places of its province that the same rule would support in that industry.
    """
    groups = towns.with_columns(key=pl.col("words").list.sort().list.join("|")).with_columns(
        industry=pl.col("key").rank("dense") - 1
    )
    industries = groups.unique("key", keep="first", maintain_order=True)
    said = members(registry, industries).join(
        industries.select("town_id", "industry"), on="town_id"
    )
    located = registry.enterprises.with_row_index("enterprise").select(
        "enterprise", "registered_on", place_code=place_code(level)
    )
    listed = groups.drop_nulls("place_code").sort("listed_on", "town_id")
    found = [
        _before(day, said, located, of_day)
        for (day,), of_day in listed.group_by("listed_on", maintain_order=True)
        if isinstance(day, date)
    ]
    return pl.concat([pl.DataFrame(schema=COLUMNS), *found])


def _before(
    day: date, said: pl.DataFrame, located: pl.DataFrame, towns: pl.DataFrame
) -> pl.DataFrame:
    """Quotients of the towns listed on a day, from the enterprises registered before it."""
    there = located.filter(pl.col("registered_on") < day)
    places = there.group_by("place_code").agg(enterprises=pl.len())
    cells = (
        said.join(there, on="enterprise")
        .group_by("place_code", "industry")
        .agg(enterprises=pl.len())
    )
    rows = quotients(cells, places, towns.select("place_code", "industry"))
    mine = pl.concat([towns.select("town_id"), rows], how="horizontal")
    shares = _elsewhere(cells, places, mine.select("town_id", "place_code", "industry"))
    return mine.join(shares, on="town_id", how="left", maintain_order="left").select(*COLUMNS)


def _elsewhere(cells: pl.DataFrame, places: pl.DataFrame, towns: pl.DataFrame) -> pl.DataFrame:
    """Return `town_id` and `elsewhere`; none where there is no other place."""
    codes = places.select("place_code").drop_nulls().sort("place_code")
    every = codes.join(towns.select("industry").unique().sort("industry"), how="cross")
    judged = quotients(cells, places, every).select(
        "industry", other="place_code", supported=evidence() == "supports"
    )
    return (
        towns.join(judged, on="industry")
        .filter(
            pl.col("other") != pl.col("place_code"),
            pl.col("other").str.head(2) == pl.col("place_code").str.head(2),
        )
        .group_by("town_id")
        .agg(elsewhere=pl.col("supported").mean().round(4))
    )


def county_in(gazetteer: Gazetteer) -> pl.DataFrame:
    """Return `county_code` (any ever used) and `place_code`, the county of the vintage."""
    return gazetteer.codes.select(county_code="code", place_code="county")


def township_in(gazetteer: Gazetteer, towns: pl.DataFrame) -> pl.DataFrame:
    """Return `town_id` and `place_code` of the township that the town's name holds, if known.

    towns: `town_id`, `place_code` (its county), `township_zh` (without 镇, 乡, 街道, or with).
    """
    names = gazetteer.township_names
    known = pl.concat(
        [names.select("scope", "township", called=called) for called in ("name", "stem")]
    ).unique()
    return (
        towns.drop_nulls("township_zh")
        .join(known, left_on=["place_code", "township_zh"], right_on=["scope", "called"])
        .sort("town_id", "township")
        .unique("town_id", keep="first", maintain_order=True)
        .select("town_id", place_code="township")
    )
