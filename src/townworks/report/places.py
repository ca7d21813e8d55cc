"""Where the places of a page belong and lie: areas from the gazetteer, positions of seats."""

from dataclasses import dataclass

import polars as pl

from townworks.report.facts import DiscoveryFacts
from townworks.schema.gazetteer import load_gazetteer
from townworks.schema.seats import seats

LEAST_KNOWN = 0.85
"""Share of counties with a position below which no map is drawn: it would mislead."""
_COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Places:
    """Tables for the page.

    table: code, name, county (code in the newest year), context ("温州市", of townships
    "温州市永嘉县"), area (prefecture). seats: county, name, area, lon, lat (null: not known), one
    row per county in `table`, north to south.
    """

    table: pl.DataFrame
    seats: pl.DataFrame

    @property
    def known(self) -> int:
        """Counties with a position."""
        return self.seats["lon"].count()

    @property
    def has_map(self) -> bool:
        """Whether enough positions are known for a fair map."""
        return self.known > 0 and self.known >= LEAST_KNOWN * self.seats.height


def place_tables(specialisation: pl.DataFrame, facts: DiscoveryFacts) -> Places:
    """Every place looked at or found, with its area, and the seats of their counties."""
    asked = pl.DataFrame(
        list(facts.places), schema={"code": pl.String, "name": pl.String}, orient="row"
    )
    given = specialisation.select(code="place_code", name="place")
    codes, names = _lookups()
    table = (
        pl.concat([given, asked])
        .unique("code", keep="first", maintain_order=True)
        .with_columns(key=pl.col("code").str.slice(0, _COUNTY_DIGITS))
        .join(codes, on="key", how="left", maintain_order="left")
        .join(names.rename({"code": "prefecture", "name": "area"}), on="prefecture", how="left")
        .join(names.rename({"code": "county", "name": "county_name"}), on="county", how="left")
        .with_columns(pl.col("area", "county_name").fill_null(""))
        .sort("code")
    )
    is_inner = pl.col("code").str.len_chars() > _COUNTY_DIGITS
    table = table.with_columns(
        context=pl.when(is_inner).then(pl.col("area") + pl.col("county_name")).otherwise("area")
    )
    home = pl.coalesce("county", "key")
    label = pl.when(is_inner).then("county_name").otherwise("name")
    placed = (
        table.select(county=home, name=label, area="area")
        .unique("county", keep="first", maintain_order=True)
        .join(seats().rename({"code": "county"}), on="county", how="left", maintain_order="left")
        .sort("lat", "lon", "county", descending=[True, False, False], nulls_last=True)
    )
    return Places(table.select("code", "name", "context", "area", county=home), placed)


def _lookups() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Any county code → county and prefecture of the newest year; code → name."""
    gazetteer = load_gazetteer()
    codes = gazetteer.codes.select("county", "prefecture", key="code")
    return codes, gazetteer.places.select("code", "name").unique("code", keep="first")
