"""Measure the shares that `townworks.enterprises.locate.CONFIDENCE` holds, on a real registry.

Nobody has the truth for 190,000 rows, so each class of evidence is measured against another that
is independent of it: the registrar's code, the county named in full at the start of the
enterprise's name, or the county that the address names. The class `conflict` (address and
registrar differ) was read by eye: see `location-disagreements.md`::

    python benchmarks/location_confidence.py ../shared/data/zhejiang-registry.parquet
"""

import sys
from pathlib import Path

import polars as pl
from locate import read

from townworks.enterprises.counties import find_counties
from townworks.enterprises.locate import CONFIDENCE, locate
from townworks.enterprises.townships import find_townships
from townworks.schema.gazetteer import Gazetteer, load_gazetteer

NOTHING = pl.lit(None, pl.String)


def evidence(table: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Gather what registrar, address, name and township say alone, and the result."""
    now = gazetteer.codes.select("code", "county", "prefecture")
    base = table.select(code=pl.col("credit_code").str.slice(2, 6), text="address", name="name")
    base = base.join(now, on="code", how="left", maintain_order="left").rename(
        {"county": "registrar"}
    )
    free = base.with_columns(province=NOTHING)
    said = find_counties(free, gazetteer)
    named = find_counties(free.select("prefecture", "province", text="name"), gazetteer)
    town = find_townships(
        pl.DataFrame({"rest": said["rest"], "scope": base["prefecture"]}).with_columns(
            direct=pl.lit(value=False)
        ),
        gazetteer,
    )
    homes = gazetteer.townships.select(township="code", town_county="county")
    town = town.join(homes, on="township", how="left", maintain_order="left")
    result = locate(table, gazetteer).select("county_code", "location_source")
    return pl.concat(
        [
            base.select("registrar", city="prefecture"),
            said.select(address="county", stated="prefecture"),
            named.select(name=pl.when(pl.col("direct")).then("county"), name_full="full"),
            town.select("town_county"),
            result,
        ],
        how="horizontal",
    )


def share(rows: pl.DataFrame, left: str, right: str) -> tuple[float, int]:
    """Share of rows in which both are known and the same, and how many rows know both."""
    both = rows.drop_nulls([left, right])
    return float((both[left] == both[right]).sum()) / max(both.height, 1), both.height


def main(path: Path) -> None:
    """Print one line per class: measured share, rows, constant in use."""
    rows = evidence(read(path), load_gazetteer())
    is_full = pl.col("name_full").fill_null(value=False)
    source = pl.col("location_source")
    measured = {
        "both": share(rows.filter(source == "both", is_full), "county_code", "name"),
        "address": share(rows, "address", "registrar"),
        "credit_code": share(rows.filter(source == "credit_code", is_full), "registrar", "name"),
        "township": share(rows, "town_county", "address"),
        "name": share(rows.filter(pl.col("address").is_not_null()), "name", "address"),
        "city": share(rows, "city", "stated"),
    }
    print("| class | share | rows | in use |\n|---|--:|--:|--:|")
    for kind, (found, height) in measured.items():
        print(f"| {kind} | {found:.4f} | {height:,} | {CONFIDENCE[kind]} |")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit("usage: python benchmarks/location_confidence.py REGISTRY.parquet")
    main(Path(sys.argv[1]))
