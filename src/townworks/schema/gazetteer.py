"""Places in time: provinces, prefectures, counties and townships of China since 1980.

`load_gazetteer` reads `definitions/gazetteer/` (built by `scripts/build_gazetteer.py`) and turns it
into lookup tables for one year, the vintage: every code and name ever used leads to a place of that
year. Codes are the six digits of GB/T 2260; townships have the nine digits of the statistical code.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import polars as pl

from townworks.errors import RequestError

FIRST_VINTAGE = 1980
NEWEST_VINTAGE = 2024
MUNICIPALITIES = ("11", "12", "31", "50")
"""Provinces that are cities: their counties have no prefecture between."""

_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|"
    "纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|"
    "鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_SUFFIX = rf"^(.+?)(?:(?:(?:{_PEOPLES})族)*(?:民族)?乡|街道办事处|地区办事处|办事处|街道|镇|苏木)$"


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """Lookup tables of one vintage; all columns are strings unless said otherwise.

    `places`: code, name, prefecture (code), province (code) of every county, prefecture and
    province that exists in the vintage.
    `codes`: code (any ever used) → county, prefecture, province in the vintage; county is null
    where the code is of a prefecture or province, or of a county merged we know not into which.
    `names`: name, level (province, prefecture, county), full (bool: with 省, 市, 县, 区 …),
    code (the one that bore the name last), county, prefecture, province as in `codes`.
    `townships`: code, name, county in the vintage.
    `township_names`: scope (county code, old or new), name, stem, township (code), county; the same
    township stands under each county code and each full name that it has had.
    """

    vintage: int
    places: pl.DataFrame
    codes: pl.DataFrame
    names: pl.DataFrame
    townships: pl.DataFrame
    township_names: pl.DataFrame


def stem_of(name: pl.Expr) -> pl.Expr:
    """Name of a township without its kind: 街道, 镇, 乡, 畲族乡, 苏木; others stay whole.

    >>> pl.Series(["瓯北街道", "桥头镇", "竹里畲族乡", "白沙农场"]).to_frame("n").select(
    ...     stem_of(pl.col("n"))).to_series().to_list()
    ['瓯北', '桥头', '竹里', '白沙农场']
    """
    return name.str.extract(_SUFFIX, 1).fill_null(name)


def prefecture_of(code: pl.Expr) -> pl.Expr:
    """Code of the prefecture of a county code of the same year; of the city in municipalities.

    >>> pl.Series(["330324", "310115", "500231"]).to_frame("c").select(
    ...     prefecture_of(pl.col("c"))).to_series().to_list()
    ['330300', '310000', '500000']
    """
    province = code.str.slice(0, 2)
    inner = pl.when(province.is_in(MUNICIPALITIES)).then(pl.lit("00"))
    return province + inner.otherwise(code.str.slice(2, 2)) + "00"


@lru_cache(maxsize=4)
def load_gazetteer(vintage: int | None = None) -> Gazetteer:
    """Gazetteer of a year (1980–2024; default: the newest); loaded once per year and process.

    Townships are known from lists of 2015 and 2023; in other years they carry their newest name,
    under the county that they belonged to.

    >>> load_gazetteer().codes.filter(pl.col("code") == "330621")["county"].item()
    '330603'
    >>> load_gazetteer(2010).codes.filter(pl.col("code") == "330603")["county"].item()
    '330621'
    """
    year = NEWEST_VINTAGE if vintage is None else vintage
    if not FIRST_VINTAGE <= year <= NEWEST_VINTAGE:
        problem = f"The gazetteer knows no year {year}"
        raise RequestError(problem, f"Ask for one from {FIRST_VINTAGE} to {NEWEST_VINTAGE}.")
    counties, regions = _read("counties"), _read("prefectures")
    codes = _codes(counties, regions, year)
    townships = _townships(_read("townships"), codes)
    return Gazetteer(
        vintage=year,
        places=_places(counties, regions, year),
        codes=codes,
        names=_names(counties, regions, codes),
        townships=townships.select("code", "name", "county").sort("code"),
        township_names=_township_names(townships),
    )


def _read(table: str) -> pl.DataFrame:
    """One CSV of the gazetteer; years are integers and shares floats, all else is text."""
    content = (files("townworks.definitions") / "gazetteer" / f"{table}.csv").read_bytes()
    numbers = {"first_year": pl.Int16, "last_year": pl.Int16, "year": pl.Int16, "share": pl.Float64}
    head = content[: content.index(b"\n")].decode().split(",")
    return pl.read_csv(content, schema={name: numbers.get(name, pl.String) for name in head})


def _alive(spells: pl.DataFrame, year: int) -> pl.DataFrame:
    """Spells that cover the year."""
    return spells.filter(pl.col("first_year") <= year, pl.col("last_year") >= year)


def _places(counties: pl.DataFrame, regions: pl.DataFrame, year: int) -> pl.DataFrame:
    """Counties, prefectures and provinces of the year, one row per code."""
    rows = pl.concat([_alive(regions, year), _alive(counties, year)], how="diagonal")
    return (
        rows.select(
            "code",
            "name",
            prefecture=prefecture_of(pl.col("code")),
            province=pl.col("code").str.slice(0, 2) + "0000",
        )
        .unique("code", keep="first", maintain_order=True)
        .sort("code")
    )


def _steps(alive: pl.Series, year: int) -> pl.DataFrame:
    """Code → best code one change nearer to the year, for codes that do not exist in it."""
    changes = _read("successions")
    forward = changes.filter(pl.col("year") <= year).select(
        pl.col("old").alias("code"), pl.col("new").alias("next"), "share"
    )
    backward = changes.filter(pl.col("year") > year).select(
        pl.col("new").alias("code"), pl.col("old").alias("next"), "share"
    )
    return (
        pl.concat([forward, backward])
        .filter(~pl.col("code").is_in(alive.implode()))
        .sort("code", "share", "next", descending=[False, True, False])
        .unique("code", keep="first", maintain_order=True)
        .select("code", "next")
    )


def _codes(counties: pl.DataFrame, regions: pl.DataFrame, year: int) -> pl.DataFrame:
    """Any code ever used → county, prefecture, province in the year."""
    alive = _alive(counties, year)["code"].unique()
    steps = _steps(pl.concat([alive, _alive(regions, year)["code"]]), year)
    old, new = steps["code"], steps["next"]
    here = pl.col("place")
    table = pl.concat([counties["code"], regions["code"]]).unique().sort().to_frame("code")
    table = table.with_columns(place=pl.col("code"))
    for _ in range(8):  # chains are short: no place changed its code more than six times
        table = table.with_columns(place=here.replace(old, new))
    is_county = here.is_in(alive.implode())
    # a prefecture's own districts: the registrar of the whole city today, a county long ago
    is_centre = (
        pl.col("code").str.contains(r"^..[01]\d01$")
        & ~pl.col("code").str.slice(0, 2).is_in(MUNICIPALITIES)
        & ~pl.col("code").is_in(alive.implode())
    )
    is_city = (here.str.slice(2) != "0000") | here.str.slice(0, 2).is_in(MUNICIPALITIES)
    return table.select(
        "code",
        county=pl.when(is_county & ~is_centre).then(here),
        prefecture=pl.when(is_city).then(prefecture_of(here)),
        province=here.str.slice(0, 2) + "0000",
    )


def _own_spells(spells: pl.DataFrame) -> pl.DataFrame:
    """Spells without those whose code went to another place while their name lived on elsewhere.

    Most are of 1980 and 1981: codes were dealt out anew with GB/T 2260 in 1982.
    """
    heirs = spells.select("short", "province", heir="code", f="first_year", l="last_year")
    moved = (
        spells.with_columns(latest=pl.col("short").sort_by("last_year").last().over("code"))
        .filter(pl.col("short") != pl.col("latest"))
        .join(heirs, on=["short", "province"])
        .filter(
            pl.col("heir") != pl.col("code"),
            pl.col("f") <= pl.col("last_year") + 1,
            pl.col("l") > pl.col("last_year"),
        )
    )
    return spells.join(moved, on=["code", "name", "last_year"], how="anti", maintain_order="left")


def _names(counties: pl.DataFrame, regions: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Full and short names of all years; where a place had a name twice, its last code."""
    level = pl.when(pl.col("code").str.ends_with("0000")).then(pl.lit("province"))
    spells = pl.concat(
        [
            _own_spells(regions).with_columns(level=level.otherwise(pl.lit("prefecture"))),
            _own_spells(counties).with_columns(level=pl.lit("county")),
        ],
        how="diagonal",
    ).drop("prefecture", "province")
    full = spells.with_columns(full=pl.lit(value=True))
    short = spells.with_columns(name="short", full=pl.lit(value=False))
    return (
        pl.concat([full, short.filter(pl.col("name").str.len_chars() > 1)])
        .sort("name", "full", "last_year", "code", descending=[False, True, True, False])
        .unique(["name", "level", "code"], keep="first", maintain_order=True)
        .join(codes, on="code", how="left", maintain_order="left")
        .select("name", "level", "full", "code", "county", "prefecture", "province", "last_year")
    )


def _townships(raw: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Townships with their county in the vintage, and a code that begins with it."""
    at = codes.select("code", "county")
    former = at.rename({"code": "former_county", "county": "county_then"})
    table = (
        raw.rename({"county": "county_newest", "code": "code_newest"})
        .join(at.rename({"code": "county_newest"}), on="county_newest", how="left")
        .join(former, on="former_county", how="left", maintain_order="left")
    )
    was_there = pl.col("former_county") == pl.col("county_then")
    is_there = pl.col("county_newest") == pl.col("county")
    county = (
        pl.when(is_there)
        .then(pl.col("county"))
        .when(was_there)
        .then(pl.col("county_then"))
        .otherwise(pl.coalesce("county", "county_then", "county_newest"))
    )
    code = pl.col("county") + pl.col("code_newest").str.slice(6)
    return table.with_columns(county=county).with_columns(
        code=pl.when(code.is_duplicated()).then(pl.col("code_newest")).otherwise(code)
    )


def _township_names(townships: pl.DataFrame) -> pl.DataFrame:
    """One row for each county code and each name that a township has had."""
    other_name = pl.col("former_name").is_not_null()
    now = townships.select(
        "name", "county_newest", "former_county", scope="county", township="code", county="county"
    )
    then = townships.filter(other_name).select(
        "county_newest",
        "former_county",
        name="former_name",
        scope="county",
        township="code",
        county="county",
    )
    names = pl.concat([now, then.select(now.columns)])
    moved = [
        names.filter(pl.col(home) != pl.col("county")).with_columns(scope=home)
        for home in ("county_newest", "former_county")
    ]
    return (
        pl.concat([names, *moved])
        .with_columns(stem=stem_of(pl.col("name")))
        .select("scope", "name", "stem", "township", "county")
    )
