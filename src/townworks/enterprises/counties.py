"""Counties named in a text: an address or an enterprise's name, read from the left.

A text names places in falling order, 浙江省 › 温州市 › 永嘉县, and leaves out what goes without
saying. Names are matched with one Aho–Corasick pass over the first characters; a full name counts
wherever it stands, a short one (永嘉) only in the unbroken row of places at the start, and only
if it is not part of the name of a road or village.
"""

from functools import lru_cache
from typing import NamedTuple

import polars as pl

from townworks.schema.gazetteer import Gazetteer

HEAD = 24
"""Characters of a text that are searched; places stand at its start."""

DEPTH = 4
"""Place names that are looked at, from the left."""

NOT_A_PLACE = (
    r"^(?:[东南西北中新老大一二三四五六七八九十]{0,2}(?:路|街|大道|巷|弄|大桥|大厦|广场|公路|国道|新村)"
    r"|[村镇乡]|社区|园区|酒店|大学|学院)"
)
"""What may not follow a short name, if that is to be a place."""

_FILLER = r"^中国|市辖区"


class _Tables(NamedTuple):
    """What the search needs of a gazetteer, made once per gazetteer."""

    patterns: pl.Series
    provinces: pl.DataFrame
    cities: pl.DataFrame
    counties: pl.DataFrame


def find_counties(texts: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Find the province, prefecture and county that each text states.

    Takes columns `text`, and `prefecture` and `province`: codes that hold unless the text says
    otherwise, or null. Returns as many rows in the same order: `county` (of the vintage), `named`
    (the code that bore the name, perhaps an old one), `full` (the county stands with 县, 市, 区),
    `prefecture` and `province` (null unless stated), `rest` (what follows the places) and `direct`
    (it follows a county).
    """
    base = texts.select(
        pl.col("text").fill_null("").str.replace_all(_FILLER, ""),
        base_prefecture="prefecture",
        base_province="province",
    ).with_row_index("row")
    tables = _prepare(gazetteer)
    hits = _hits(base.select("row", "text"), tables.patterns)
    base = _add_province(base, hits, tables.provinces)
    base = _add_prefecture(base, hits, tables.cities)
    found = _counties(hits, base, tables.counties)
    start = pl.coalesce("county_end", "prefecture_end", "province_end", pl.lit(0))
    return base.join(found, on="row", how="left", maintain_order="left").select(
        "county",
        "named",
        "full",
        "prefecture",
        "province",
        direct=pl.col("county_end").is_not_null(),
        rest=pl.col("text").str.slice(start),
    )


@lru_cache(maxsize=4)
def _prepare(gazetteer: Gazetteer) -> _Tables:
    """Patterns, longest first, and names of provinces, prefectures and counties."""
    names = gazetteer.names
    patterns = (
        names.select("name", size=pl.col("name").str.len_chars())
        .unique()
        .filter(pl.col("size") > 1)
        .sort("size", "name", descending=[True, False])["name"]
    )
    provinces = names.filter(pl.col("level") == "province").unique("name")
    cities = (
        names.filter(pl.col("level") != "county", pl.col("prefecture").is_not_null())
        .sort("name", "last_year", "code", descending=[False, True, False])
        .unique(["name", "province"], keep="first", maintain_order=True)
        .select(
            "name",
            "full",
            "prefecture",
            its_province="province",
            alone=~pl.col("name").is_duplicated(),
        )
    )
    return _Tables(
        patterns, provinces.select("name", "full", "province"), cities, _scoped_names(names)
    )


def _hits(base: pl.DataFrame, patterns: pl.Series) -> pl.DataFrame:
    """Place names in each text: row, pos, name, chained (in the unbroken row), end (characters)."""
    head = pl.col("text").str.slice(0, HEAD)
    found = base.select(
        "row", hits=head.str.extract_many(patterns.implode(), leftmost=True), rest=head
    ).filter(pl.col("hits").list.len() > 0)
    found = found.with_columns(chained=pl.lit(value=True), end=pl.lit(0, pl.UInt32))
    frames = []
    for pos in range(DEPTH):
        name = pl.col("hits").list.get(pos, null_on_oob=True)
        found = (
            found.with_columns(name=name)
            .filter(pl.col("name").is_not_null())
            .with_columns(
                chained=pl.col("chained") & pl.col("rest").str.starts_with(pl.col("name")),
                end=pl.col("end") + pl.col("name").str.len_chars(),
                rest=pl.col("rest").str.strip_prefix(pl.col("name")),
            )
        )
        frames.append(found.select("row", "name", "chained", "end", pos=pl.lit(pos, pl.UInt8)))
    return pl.concat(frames)


def _first(rows: pl.DataFrame, *order: str) -> pl.DataFrame:
    """Best row of each text: the lowest in `order`."""
    return rows.sort("row", *order).unique("row", keep="first", maintain_order=True)


def _places(rows: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """Keep hits that are places by what follows: full names, and short ones unless a road."""
    short = rows.filter(~pl.col("full"), pl.col("chained"))
    ahead = base["text"].gather(short["row"]).to_frame("text")
    ahead = pl.concat([ahead, short.select("end")], how="horizontal")
    road = ahead.select(pl.col("text").str.slice(pl.col("end"), 8).str.contains(NOT_A_PLACE))
    return pl.concat([rows.filter("full"), short.filter(~road.to_series())])


def _add_province(base: pl.DataFrame, hits: pl.DataFrame, provinces: pl.DataFrame) -> pl.DataFrame:
    """Add `province` and `province_end`: the province at the start of the text, if any."""
    rows = hits.filter(pl.col("chained"), pl.col("pos") < 2)  # noqa: PLR2004
    rows = _places(rows.join(provinces, on="name"), base)
    chosen = _first(rows, "pos").select("row", "province", province_end="end")
    return base.join(chosen, on="row", how="left", maintain_order="left")


def _add_prefecture(base: pl.DataFrame, hits: pl.DataFrame, cities: pl.DataFrame) -> pl.DataFrame:
    """Add `prefecture` and `prefecture_end`, and the province of a stated prefecture."""
    rows = _places(hits.filter("chained").join(cities, on="name"), base)
    context = base.select("base_prefecture", "base_province", "province")[rows["row"]]
    here = pl.coalesce("province", "base_province")
    rows = (
        pl.concat([rows, context], how="horizontal")
        .filter(
            (pl.col("its_province") == here).fill_null(value=False)
            | (pl.col("province").is_null() & pl.col("alone"))
        )
        .with_columns(other=pl.col("prefecture").ne_missing(pl.col("base_prefecture")))
    )
    chosen = _first(rows, "pos", "other", "prefecture").select(
        "row", "prefecture", "its_province", prefecture_end="end"
    )
    return base.join(chosen, on="row", how="left", maintain_order="left").with_columns(
        province=pl.coalesce("province", "its_province")
    )


def _scoped_names(names: pl.DataFrame) -> pl.DataFrame:
    """County names that are clear within a scope: a prefecture, a province, or all (empty)."""
    newest = pl.col("last_year") == pl.col("last_year").max()
    cities = names.filter(pl.col("level") == "prefecture", newest)["name"].implode()
    counties = names.filter(
        pl.col("level") == "county",
        pl.col("county").is_not_null(),
        pl.col("name").str.len_chars() > 1,
        ~pl.col("name").is_in(cities) | pl.col("county").str.ends_with("00"),
    ).sort("name", "full", "last_year", "code", descending=[False, True, True, False])
    cut = ("name", "full", "code", "county")
    inner = counties.select("prefecture", *cut).rename({"prefecture": "scope"})
    inner = inner.unique(["scope", "name"], keep="first", maintain_order=True)
    wide = []
    for scope in (pl.col("province"), pl.lit("")):
        rows = counties.select(scope.alias("scope"), *cut).filter(
            ~pl.col("name").is_in(["市区", "城区", "郊区", "矿区", "新区"])  # are everywhere
        )
        once = pl.col("county").n_unique().over("scope", "name") == 1
        wide.append(rows.filter(once).unique(["scope", "name"], keep="first", maintain_order=True))
    taken = inner.select("scope", "name")
    return pl.concat([inner, *(w.join(taken, on=["scope", "name"], how="anti") for w in wide)])


def _counties(hits: pl.DataFrame, base: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """County of each text: row, county, named, full, county_end.

    Looked for in the prefecture; failing that, unless the text states a prefecture, a full name in
    the province; failing that, unless it states a province either, a full name in the country.
    """
    at_home = pl.col("province").is_null() | (pl.col("province") == pl.col("base_province"))
    context = base.select(
        inner=pl.coalesce("prefecture", pl.when(at_home).then("base_prefecture")),
        middle=pl.when(pl.col("prefecture").is_null()).then(
            pl.coalesce("province", "base_province")
        ),
        outer=pl.when(pl.col("province").is_null()).then(pl.lit("")),
    )
    clear = pl.col("chained") | (pl.col("name").str.len_chars() > 2)  # noqa: PLR2004
    left, found = hits.filter(clear), []
    for scope in ("inner", "middle", "outer"):
        rows = left.with_columns(context[scope].gather(left["row"]).alias("scope"))
        rows = _places(rows.join(table, on=["scope", "name"]), base)
        if scope != "inner":
            alone = context["inner"].gather(rows["row"]).is_null()
            rows = rows.filter(pl.col("chained"), pl.col("full") | alone)
        found.append(_first(rows, "pos"))
        left = left.join(rows.select("row"), on="row", how="anti")
    return pl.concat(found).select(
        "row",
        "county",
        "full",
        named="code",
        county_end=pl.when(pl.col("chained")).then("end"),
    )
