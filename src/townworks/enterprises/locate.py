"""Where an enterprise is: county and township, from its address, credit code, columns and name.

Characters 3–8 of a unified social credit code name the registrar, not the site; the address says
where the enterprise sits. Where both name a county and they differ, the address is followed.
"""

import polars as pl

from townworks.enterprises.counties import find_counties
from townworks.enterprises.townships import find_townships
from townworks.schema.gazetteer import Gazetteer

CONFIDENCE = {
    "both": 0.993,
    "address": 0.987,
    "conflict": 0.96,
    "credit_code": 0.988,
    "township": 0.974,
    "column": 0.987,
    "name": 0.968,
    "city": 0.998,
    "none": 0.0,
}
"""Share right of rows located by each class of evidence, measured on 190,219 filings of Zhejiang.

Nobody knows the truth of so many; each class is measured against evidence independent of it
(`benchmarks/location_confidence.py`): both: address and registrar agree, and so does the county in
the enterprise's name; address: it names a county, the registrar's code another's or only a city's;
conflict: they differ, the address is followed (100 read by eye); credit_code: the registrar alone;
township: found from the township, once in its city; column: no registry at hand has such a column,
taken as the address; name: the enterprise's name alone; city: the city, its county unknown.
"""


def locate(frame: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Add county, township, what the county was taken from, and how sure that is.

    Takes text columns credit_code, name, address, province, prefecture, county and township, any
    of them null; returns the same rows in the same order. The raw columns `county` and `township`
    give way to `county_code`, `county`, `township_code`, `township`, `location_source` and
    `location_confidence`; all others stay.

    In falling order, the county is the one that the address names; the one whose township the
    address names; the registrar's (credit code); the column's; the one that begins the name. If
    none is known, it is the city (`330100`, 杭州市). A township is looked for among those of the
    county, old and new; it may move the county, where that was split (余杭区临平街道 → 临平区).
    """
    base = _context(frame, gazetteer)
    said = find_counties(base.select("prefecture", "province", text="address"), gazetteer)
    base = base.with_columns(said.select(pl.all().name.prefix("said_"))).with_columns(
        city=pl.coalesce("said_prefecture", "prefecture"),
        elsewhere=pl.col("said_prefecture").ne(pl.col("prefecture")).fill_null(value=False)
        | pl.col("said_province").ne(pl.col("province")).fill_null(value=False),
    )
    base = _address_township(base, gazetteer)
    base = _settle_county(base, gazetteer)
    base = _name_places(base, gazetteer)
    return _finish(frame, base, gazetteer)


def _context(frame: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Join what is known without the address: from the credit code, and from the place columns."""
    base = frame.select(
        "name",
        "address",
        "township",
        code=pl.col("credit_code").str.slice(2, 6),
        columns=pl.concat_str(
            pl.col("province", "prefecture", "county").fill_null(""), separator=""
        ),
    )
    columns = _columns(base["columns"], gazetteer)
    base = base.join(
        _registrars(base["code"], gazetteer), on="code", how="left", maintain_order="left"
    ).join(columns, on="columns", how="left", maintain_order="left")
    ours = (pl.col("column_province") == pl.col("code_province")).fill_null(value=True)
    return base.select(
        "name",
        "address",
        "township",
        "code",
        "code_county",
        "column_county",
        "column_named",
        prefecture=pl.coalesce("column_prefecture", pl.when(ours).then("code_prefecture")),
        province=pl.coalesce("column_province", "code_province"),
        by_column=pl.col("column_prefecture").is_not_null(),
    )


def _registrars(raw: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """County, prefecture and province of each distinct registrar's code, as far as known."""
    code = pl.col("code")
    rows = raw.unique().drop_nulls().sort().to_frame("code")
    rows = rows.with_columns(city=code.str.slice(0, 4) + "00", land=code.str.slice(0, 2) + "0000")
    for key in ("code", "city", "land"):
        part = gazetteer.codes.select(
            code.alias(key), pl.col("county", "prefecture", "province").name.suffix(f"_{key}")
        )
        rows = rows.join(part, on=key, how="left")
    return rows.select(
        "code",
        code_county=pl.coalesce("county_code", "county_city"),
        code_prefecture=pl.coalesce("prefecture_code", "prefecture_city"),
        code_province=pl.coalesce("province_code", "province_city", "province_land"),
    )


def _columns(texts: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Places that the columns name, one row per distinct text."""
    once = texts.unique().sort().to_frame("columns")
    none = pl.lit(None, pl.String)
    found = find_counties(once.select(text="columns", prefecture=none, province=none), gazetteer)
    return once.with_columns(
        found.select(
            column_county="county",
            column_named="named",
            column_prefecture="prefecture",
            column_province="province",
        )
    )


def _address_township(base: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Add `township_code` and `in_city` from the address: in the county, else in the whole city."""
    home = pl.when(~pl.col("elsewhere")).then(
        pl.coalesce("column_named", pl.when(pl.col("code_county").is_not_null()).then("code"))
    )
    base = base.with_columns(
        scope=pl.coalesce("said_named", home),
        rest=pl.concat_str(
            pl.col("township").fill_null(""), pl.lit("|"), "said_rest"
        ).str.strip_prefix("|"),
    ).with_row_index("row")
    inner = find_townships(
        base.select("rest", "scope", direct=pl.col("scope").is_not_null()), gazetteer
    )
    base = base.with_columns(township_code=inner["township"], bare=inner["bare"])
    unknown = pl.coalesce("code_county", "column_county").is_null()
    left = base.filter(
        pl.col("township_code").is_null(),
        pl.col("said_named").is_null(),
        pl.col("city").is_not_null(),
    )
    outer = find_townships(left.select("rest", scope="city", direct=unknown), gazetteer)
    outer = left.select("row").with_columns(wide_township=outer["township"])
    return base.join(outer.drop_nulls(), on="row", how="left", maintain_order="left").with_columns(
        township_code=pl.coalesce("township_code", "wide_township"),
        in_city=pl.col("wide_township").is_not_null(),
    )


def _settle_county(base: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Add `county_code` and `kind`, the class of evidence that it rests on."""
    homes = gazetteer.townships.select("county", township_code="code").rename(
        {"county": "township_county"}
    )
    base = base.join(homes, on="township_code", how="left", maintain_order="left")
    registrar = pl.when(~pl.col("elsewhere")).then("code_county")
    column = pl.when(~pl.col("elsewhere")).then("column_county")
    county = pl.coalesce("township_county", "said_county", column, registrar)
    base = base.with_columns(county_code=county)
    return base.with_columns(agrees=_agrees(base, gazetteer)).with_columns(kind=_kind())


def _agrees(base: pl.DataFrame, gazetteer: Gazetteer) -> pl.Series:
    """Whether the registrar's county is this one, or held its township; null if unknown."""
    once = gazetteer.township_names.select(
        code="scope", township_code="township", held=pl.lit(value=True)
    ).unique()
    table = base.select("code", "township_code", "county_code", "code_county").join(
        once, on=["code", "township_code"], how="left", maintain_order="left"
    )
    same = (pl.col("county_code") == pl.col("code_county")) | pl.col("held").fill_null(value=False)
    known = pl.col("county_code").is_not_null() & pl.col("code_county").is_not_null()
    return table.select(agrees=pl.when(known).then(same))["agrees"]


def _kind() -> pl.Expr:
    """Class of evidence of the county, a key of `CONFIDENCE`, null if there is none yet."""
    said = pl.col("said_county").is_not_null()
    town = pl.col("township_county").is_not_null()
    agrees = pl.col("agrees")
    return (
        pl.when((said | town) & agrees)
        .then(pl.lit("both"))
        .when(said & agrees.is_null())
        .then(pl.lit("address"))
        .when(said)
        .then(pl.lit("conflict"))
        .when(town)
        .then(pl.lit("township"))
        .when(pl.col("county_code").is_null())
        .then(None)
        .when(pl.col("column_county").is_not_null())
        .then(pl.lit("column"))
        .otherwise(pl.lit("credit_code"))
    )


def _name_places(base: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Fill in what the enterprise's name says, where the address left something open."""
    todo = base.filter(
        pl.col("township_code").is_null() | pl.col("county_code").is_null(), ~pl.col("elsewhere")
    )
    said = find_counties(todo.select("province", text="name", prefecture="city"), gazetteer)
    todo = todo.select("row", "county_code", "scope", "city", "province").with_columns(
        said.select(pl.all().name.prefix("name_"))
    )
    there = (
        pl.col("name_prefecture").ne(pl.col("city"))
        | pl.col("name_province").ne(pl.col("province"))
    ).fill_null(value=False)
    todo = todo.filter(~there)
    same = pl.col("name_county") == pl.col("county_code")
    open_ = pl.col("county_code").is_null()
    scope = pl.when(pl.col("name_named").is_null() | same).then(pl.coalesce("scope", "county_code"))
    todo = todo.with_columns(
        name_scope=pl.when(open_).then(pl.coalesce("name_named", "city")).otherwise(scope)
    )
    found = find_townships(
        todo.select(rest="name_rest", scope="name_scope", direct="name_direct"), gazetteer
    )
    homes = gazetteer.townships.select(name_township="code", name_home="county")
    todo = todo.with_columns(name_township=found["township"], name_bare=found["bare"]).join(
        homes, on="name_township", how="left", maintain_order="left"
    )
    told = pl.coalesce("name_home", pl.when(open_).then("name_county"))
    todo = todo.select("row", "name_township", "name_bare", told=told)
    return base.join(todo, on="row", how="left", maintain_order="left").with_columns(
        township_code=pl.coalesce("township_code", "name_township"),
        county_code=pl.coalesce("told", "county_code"),
        kind=pl.coalesce("kind", pl.when(pl.col("told").is_not_null()).then(pl.lit("name"))),
    )


def _finish(frame: pl.DataFrame, base: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Names of the codes, the city where no county is known, source and confidence."""
    kind = pl.coalesce(
        "kind", pl.when(pl.col("city").is_not_null()).then(pl.lit("city")), pl.lit("none")
    )
    from_city = (
        pl.when(pl.col("said_prefecture").is_not_null())
        .then(pl.lit("address"))
        .when("by_column")
        .then(pl.lit("column"))
        .otherwise(pl.lit("credit_code"))
    )
    source = pl.col("kind").replace({"conflict": "address", "township": "address"})
    places = gazetteer.places.select(county_code="code", county="name")
    towns = gazetteer.townships.select(township_code="code", township="name")
    rows = (
        base.select(
            "township_code",
            kind=kind,
            from_city=from_city,
            county_code=pl.coalesce("county_code", "city"),
        )
        .join(places, on="county_code", how="left", maintain_order="left")
        .join(towns, on="township_code", how="left", maintain_order="left")
        .select(
            "county_code",
            "county",
            "township_code",
            "township",
            location_source=pl.when(pl.col("kind") == "city").then("from_city").otherwise(source),
            location_confidence=pl.col("kind").replace_strict(CONFIDENCE, return_dtype=pl.Float64),
        )
    )
    return pl.concat([frame.drop("county", "township"), rows], how="horizontal")
