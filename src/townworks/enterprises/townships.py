"""Townships named in what follows the county in an address or an enterprise's name.

A township is looked for among those of one county, old or new, or of one prefecture. It may stand
with any kind (桥头镇, 桥头乡, 桥头街道), for townships change their kind more often than
their name; without a kind (桥头) it counts only directly after the county.
"""

import polars as pl

from townworks.enterprises.counties import HEAD, NOT_A_PLACE
from townworks.schema.gazetteer import Gazetteer

_GENERIC = (
    r"^[县市]?(?:经济|技术|高新|产业|工业|农业|旅游|度假|综合|示范)*(?:开发区|园区|新区|工业区|度假区|示范区|高新区|城区)"
    r"(?:管委会|管理委员会|办事处)?$"
)
_ZONE = r"^(?:经济|技术|高新|工业|开发|新区|新城)"
_KIND = r"(?:街道|镇|乡|苏木)$"
KINDS = ("街道", "镇", "乡")
STEMS = (5, 4, 3, 2)
"""Lengths at which a township without its kind is looked for; one character says nothing."""


def find_townships(texts: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Find the township in each text, among those of the scope.

    Takes columns `rest` (text after the county), `scope` (county or prefecture code, or null) and
    `direct` (Boolean: `rest` directly follows the county's name). Returns as many rows in the same
    order: `township` (code), `bare` (it stood without its kind).
    """
    base = texts.with_row_index("row")
    keys = _keys(gazetteer, base["scope"].unique().drop_nulls())
    named = _named(base, keys)
    bare = _bare(base.join(named, on="row", how="anti"), keys)
    return (
        base.select("row")
        .join(named, on="row", how="left", maintain_order="left")
        .join(bare, on="row", how="left", maintain_order="left")
        .select(
            township=pl.coalesce("township", "bare_township"),
            bare=pl.col("township").is_null() & pl.col("bare_township").is_not_null(),
        )
    )


def _keys(gazetteer: Gazetteer, scopes: pl.Series) -> pl.DataFrame:
    """Ways to write the townships of the scopes: scope, key, township, stem (Boolean).

    Each way leads to one township of its scope, else it is left out; full names come before
    other kinds of the same stem.
    """
    shorts = gazetteer.names.filter(pl.col("level") == "county", ~pl.col("full"))["name"].unique()
    known = gazetteer.codes.select("county", "prefecture").unique()
    names = _all_scopes(gazetteer, scopes)
    wide = names.join(known, on="county").select(
        pl.col("prefecture").alias("scope"), "name", "stem", "township"
    )
    table = pl.concat([names.select(wide.columns), wide]).filter(
        pl.col("scope").is_in(scopes.implode())
    )
    alone = pl.col("township").n_unique().over("scope", "stem") == 1
    proper = (pl.col("stem").str.len_chars() > 1) & ~pl.col("stem").str.contains(_GENERIC)
    stems = table.filter(alone, proper).unique(["scope", "stem", "township"])
    full = table.filter(
        pl.col("township").n_unique().over("scope", "name") == 1, pl.col("name").str.contains(_KIND)
    )
    ways = [full.select("scope", "township", key="name", order=pl.lit(0))]
    ways += [
        stems.select("scope", "township", key=pl.col("stem") + kind, order=pl.lit(1))
        for kind in KINDS
    ]
    ways.append(stems.select("scope", "township", key="stem", order=pl.lit(2)))
    return (
        pl.concat(ways)
        .sort("scope", "key", "order", "township")
        .unique(["scope", "key"], keep="first", maintain_order=True)
        .select(
            "scope",
            "key",
            "township",
            stem=pl.col("order") == 2,  # noqa: PLR2004
            namesake=pl.col("key").is_in(shorts.implode()),  # 余杭经济开发区 is not 余杭街道
        )
    )


def _all_scopes(gazetteer: Gazetteer, scopes: pl.Series) -> pl.DataFrame:
    """Township names, also under those of the scopes that ended before the township lists."""
    provinces = scopes.str.slice(0, 2).unique()
    names = gazetteer.township_names.filter(
        pl.col("scope").str.slice(0, 2).is_in(provinces.implode())
    )
    listed = pl.col("code").is_in(names["scope"].unique().implode())
    older = gazetteer.codes.filter(pl.col("code").is_in(scopes.implode()), ~listed).select(
        "code", scope="county"
    )
    old = older.join(names, on="scope").drop("scope").rename({"code": "scope"})
    return pl.concat([names, old.select(names.columns)])


def _named(base: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Townships that stand with their kind: row, township; the first to end, then the longest."""
    ways = keys.filter(~pl.col("stem"))
    patterns = ways["key"].unique().sort()
    head = pl.col("rest").str.slice(0, HEAD)
    hits = base.select(
        "row", "scope", key=head.str.extract_many(patterns.implode(), overlapping=True)
    ).filter(pl.col("key").list.len() > 0, pl.col("scope").is_not_null())
    pos = pl.int_ranges(pl.col("key").list.len())
    return (
        hits.with_columns(pos=pos)
        .explode("key", "pos")
        .join(ways, on=["scope", "key"])
        .sort("row", "pos")
        .unique("row", keep="first", maintain_order=True)
        .select("row", "township")
    )


def _bare(base: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Townships without their kind, directly after the county: row, bare_township."""
    stems = keys.filter(pl.col("stem")).select("scope", "key", "namesake", bare_township="township")
    rows = base.filter(pl.col("direct"), pl.col("scope").is_not_null())
    found = [
        rows.select("row", "scope", "rest", key=pl.col("rest").str.slice(0, size))
        .filter(pl.col("key").str.len_chars() == size)
        .join(stems, on=["scope", "key"])
        .with_columns(ahead=pl.col("rest").str.slice(size, 8))
        .filter(
            ~pl.col("ahead").str.contains(NOT_A_PLACE),
            ~(pl.col("namesake") & pl.col("ahead").str.contains(_ZONE)),
        )
        for size in STEMS
    ]
    return (
        pl.concat(found)
        .unique("row", keep="first", maintain_order=True)
        .select("row", "bare_township")
    )
