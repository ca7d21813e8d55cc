"""Where candidates stand on the map: their own position, else their county's seat, side by side."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt

import polars as pl

from townworks.report.plans.facts import PlanFacts, Row
from townworks.schema.gazetteer import load_gazetteer
from townworks.schema.seats import seats

STEP = 7.6
"""Between markers of one place, in px."""
_GOLDEN = pi * (3 - sqrt(5))


@dataclass(frozen=True, slots=True)
class View:
    """Window of a map: degrees → px; a degree of longitude is shortened as at its middle."""

    west: float
    south: float
    east: float
    north: float
    width: int

    @property
    def degree(self) -> float:
        """Pixels of a degree of latitude."""
        return self.width / ((self.east - self.west) * self._squeeze)

    @property
    def height(self) -> int:
        """Pixels from south to north."""
        return round((self.north - self.south) * self.degree)

    @property
    def _squeeze(self) -> float:
        return cos(radians((self.south + self.north) / 2))

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return px from the left and from the top.

        >>> View(118, 27, 124, 31, 600).place(121, 31)
        (300.0, 0.0)
        """
        x = (lon - self.west) * self._squeeze * self.degree
        return round(x, 1), round((self.north - lat) * self.degree, 1)


def positions(facts: PlanFacts) -> pl.DataFrame:
    """Return the lines with `lon`, `lat` (null: not known) and `at_seat` (the county's seat)."""
    homes = load_gazetteer().codes.select(pl.col("code").alias("county_code"), home="county")
    known = seats().rename({"code": "home", "lon": "seat_lon", "lat": "seat_lat"})
    own = pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
    return (
        facts.lines.join(homes, on="county_code", how="left", maintain_order="left")
        .with_columns(pl.coalesce("home", "county_code").alias("home"))
        .join(known, on="home", how="left", maintain_order="left")
        .with_columns(
            at_seat=~own & pl.col("seat_lon").is_not_null(),
            lon=pl.when(own).then("lon").otherwise("seat_lon"),
            lat=pl.when(own).then("lat").otherwise("seat_lat"),
        )
        .drop("home", "seat_lon", "seat_lat")
    )


def window(rows: Sequence[Row], box: tuple[float, float, float, float] | None, width: int) -> View:
    """Return the view of positions with some room, and of all of a box (the base map's), if any."""
    lons, lats = [row["lon"] for row in rows], [row["lat"] for row in rows]
    west, south, east, north = min(lons), min(lats), max(lons), max(lats)
    if box is not None:
        west, south = min(west, box[0]), min(south, box[1])
        east, north = max(east, box[2]), max(north, box[3])
    room = max(0.12, 0.03 * max(east - west, north - south))
    return View(west - room, south - room, east + room, north + room, width)


def spread(rows: Sequence[Row], view: View) -> list[tuple[float, float]]:
    """Return a place in px for each; those of one place stand around it, the first in the middle.

    >>> view = View(118, 27, 124, 31, 600)
    >>> spread([{"lon": 121, "lat": 31}, {"lon": 121, "lat": 31}], view)[0]
    (300.0, 0.0)
    """
    groups: dict[tuple[float, float], list[int]] = defaultdict(list)
    for n, row in enumerate(rows):
        groups[view.place(row["lon"], row["lat"])].append(n)
    found: dict[int, tuple[float, float]] = {}
    for (x, y), members in groups.items():
        for k, n in enumerate(members):
            away = STEP * sqrt(k)
            found[n] = round(x + away * cos(k * _GOLDEN), 1), round(y + away * sin(k * _GOLDEN), 1)
    return [found[n] for n in range(len(rows))]
