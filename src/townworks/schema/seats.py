"""Seats of counties: where a map puts a county's marker (`scripts/build_seats.py`)."""

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def seats() -> pl.DataFrame:
    """Return `code`, `lon`, `lat` (WGS 84) of counties whose seat is known.

    A county without a row has no marker; none is invented.

    >>> seats().columns
    ['code', 'lon', 'lat']
    """
    path = files("townworks.definitions") / "gazetteer" / "seats.csv"
    table = pl.read_csv(path.read_bytes(), schema_overrides={"code": pl.String})
    return table.select("code", "lon", "lat")
