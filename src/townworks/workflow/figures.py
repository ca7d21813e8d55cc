"""The figures that ship: counts from a sample of registrations, so that anybody sees a real result.

`definitions/figures/zhejiang/` holds counts of enterprises by place and speciality, no names; every
count below five is left out. `scripts/build_figures.py` makes them.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import polars as pl

from townworks.candidates import Counts, specialise

LEAST = 5
"""Counts below this are not shown."""
TOP = 10
Level = Literal["county", "township"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shipped counts of one level with what is known of their source (`source.toml`)."""

    counts: Counts
    source: dict[str, Any]


def load_figures(level: Level) -> Figures:
    """Load the shipped counts by `county` or `township`.

    A suppressed count is taken as zero, so that what rests on few enterprises is not shown.

    >>> load_figures("county").counts.places.columns
    ['place_code', 'place', 'region', 'enterprises']
    """
    folder = files("townworks.definitions") / "figures" / "zhejiang"
    source = tomllib.loads((folder / "source.toml").read_text(encoding="utf-8"))
    specialities = _read(folder / "specialities.csv", text=("speciality",))
    places = _read(folder / f"{level}-places.csv", text=("place_code", "place", "region"))
    shown = _read(folder / f"{level}.csv", text=("place_code",)).join(specialities, on="id")
    shown = shown.select(
        "place_code",
        "speciality",
        pl.col("enterprises", "main", "alone").fill_null(0),
        pl.col("first_year").cast(pl.Int32),
        "recent",
        dated=pl.when(pl.col("recent").is_not_null()).then("enterprises").otherwise(0),
    ).with_columns(pl.col("recent").fill_null(0))
    cells = pl.concat([shown, _remainder(shown, specialities)], how="vertical_relaxed")
    years = tuple(source["years_covered"])
    return Figures(
        Counts(cells, places.select("place_code", "place", "region", "enterprises"), years), source
    )


def discover_figures(level: Level) -> pl.DataFrame:
    """Return what the shipped figures say of the places of a level (`schema.Specialisation`)."""
    return specialise(load_figures(level).counts, TOP)


def _read(path: Traversable, text: tuple[str, ...]) -> pl.DataFrame:
    content = path.read_bytes()
    return pl.read_csv(content, schema_overrides=dict.fromkeys(text, pl.String))


def _remainder(shown: pl.DataFrame, specialities: pl.DataFrame) -> pl.DataFrame:
    """What the totals hold beyond the cells shown, under no place."""
    sums = shown.group_by("speciality").agg(pl.sum("enterprises", "main").name.suffix("_shown"))
    rest = specialities.join(sums, on="speciality", how="left").fill_null(0)
    none = pl.lit(None)
    return rest.select(
        place_code=none.cast(pl.String),
        speciality="speciality",
        enterprises=pl.col("enterprises") - pl.col("enterprises_shown"),
        main=pl.col("main") - pl.col("main_shown"),
        alone=pl.lit(0, pl.Int64),
        first_year=none.cast(pl.Int32),
        recent=pl.lit(0, pl.Int64),
        dated=pl.lit(0, pl.Int64),
    )
