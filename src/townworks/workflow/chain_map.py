"""Where enterprises are on the map of a question: counties, one place, and distances."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import polars as pl

from townworks.chains import Area, Map
from townworks.errors import RequestError
from townworks.measures.arrays import BoolArray, FloatArray, IntArray
from townworks.measures.distances import great_circle_km
from townworks.schema.gazetteer import Gazetteer
from townworks.schema.seats import seats


@dataclass(frozen=True, slots=True)
class Place:
    """The place that is asked about: a county, or a township or town in one."""

    code: str
    name: str
    county_code: str
    county: str

    @property
    def is_township(self) -> bool:
        """Whether it is smaller than a county."""
        return self.code != self.county_code


def find_place(code: str, gazetteer: Gazetteer) -> Place:
    """Return the county (6 digits) or township (9 digits) of a code.

    Raises `RequestError` for a code that is none of either, with the nearest there are.
    """
    counties = dict(gazetteer.places.select("code", "name").iter_rows())
    if code in counties and not code.endswith("00"):
        return Place(code, counties[code], code, counties[code])
    township = gazetteer.townships.filter(pl.col("code") == code)
    if township.height:
        _, name, county = township.row(0)
        return Place(code, name, county, counties[county])
    known = [c for c in counties if not c.endswith("00")]
    near = [f"{c} {counties[c]}" for c in get_close_matches(code, known, n=3, cutoff=0.6)]
    hint = f"Did you mean {', '.join(near)}?" if near else "Counties have 6 digits, townships 9."
    raise RequestError(f"No county or township of {gazetteer.vintage} has the code '{code}'", hint)


@dataclass(frozen=True, slots=True)
class Ground:
    """Counties of a registry with the distances between them, and the map made of them.

    counties: `county_code`, `county`, in the order of their part. km: (counties, counties), NaN
    where a seat is not known. at_place: which enterprises are at the place asked about.
    """

    counties: pl.DataFrame
    km: FloatArray
    map: Map
    at_place: BoolArray
    place: Place

    def row_of(self, catchment: str) -> int:
        """Return the area of the place that was asked about."""
        wanted = (self.place.code, catchment)
        return [(a.place_code, a.catchment) for a in self.map.areas].index(wanted)

    def distance_to_place(self) -> pl.DataFrame:
        """`county_code`, `distance_km` to the county of the place; null where not known."""
        row = self.counties["county_code"].to_list().index(self.place.county_code)
        return pl.DataFrame(
            {
                "county_code": self.counties["county_code"],
                "distance_km": pl.Series(self.km[row]).fill_nan(None),
            }
        )


def survey(
    enterprises: pl.DataFrame, place: Place, within_km: float, at_place: BoolArray | None = None
) -> Ground:
    """Put enterprises on the map: a part per county, and one more for a smaller place asked about.

    enterprises: `county_code`, `county`, `township_code`. at_place: which of them are at the place;
    None: those with its code. Areas: each county by itself, and with
    all counties whose seats lie within the distance; of the place also itself and its county.
    """
    counties = _counties(enterprises, place)
    index = {code: part for part, code in enumerate(counties["county_code"])}
    codes = enterprises["county_code"]
    part = codes.replace_strict(index, default=-1, return_dtype=pl.Int64).to_numpy().copy()
    if at_place is None:
        at_place = _at_place(enterprises, place)
    if place.is_township:
        part[at_place] = len(index)
    km = great_circle_km(counties["lon"].to_numpy(), counties["lat"].to_numpy())
    areas = _areas(counties, km <= within_km, place)
    return Ground(
        counties=counties.select("county_code", "county"),
        km=km,
        map=Map(part, len(index) + place.is_township, areas),
        at_place=at_place,
        place=place,
    )


def _counties(enterprises: pl.DataFrame, place: Place) -> pl.DataFrame:
    own = pl.DataFrame({"county_code": [place.county_code], "county": [place.county]})
    seen = enterprises.select("county_code", "county").drop_nulls()
    return (
        pl.concat([own, seen])
        .unique("county_code", keep="first", maintain_order=True)
        .join(seats(), left_on="county_code", right_on="code", how="left")
        .with_columns(pl.col("lon", "lat").cast(pl.Float64).fill_null(float("nan")))
        .sort("county_code")
    )


def _at_place(enterprises: pl.DataFrame, place: Place) -> BoolArray:
    column = "township_code" if place.is_township else "county_code"
    inside: BoolArray = (enterprises[column] == place.code).fill_null(value=False).to_numpy()
    return inside


def _areas(counties: pl.DataFrame, near: BoolArray, place: Place) -> tuple[Area, ...]:
    index = {code: part for part, code in enumerate(counties["county_code"])}
    names = dict(counties.select("county_code", "county").iter_rows())
    more = (len(index),) if place.is_township else ()

    def parts(chosen: IntArray) -> tuple[int, ...]:
        own = index[place.county_code]
        return (*map(int, chosen), *(more if own in chosen else ()))

    areas = []
    for code, own in index.items():
        around = np.union1d(np.flatnonzero(near[own]), [own])
        areas.append(Area(code, names[code], "place", parts(np.array([own]))))
        areas.append(Area(code, names[code], "within", parts(around)))
        if code == place.county_code:
            areas.append(Area(place.code, place.name, "county", parts(np.array([own]))))
            if place.is_township:
                areas.append(Area(place.code, place.name, "place", more))
                areas.append(Area(place.code, place.name, "within", parts(around)))
    return tuple(areas)
