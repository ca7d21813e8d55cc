"""Where the seats of counties are."""

import polars as pl
import pytest

from townworks.schema.gazetteer import load_gazetteer
from townworks.schema.seats import seats


def counties(province: str) -> pl.DataFrame:
    code = pl.col("code")
    return load_gazetteer().places.filter(~code.str.ends_with("00"), code.str.starts_with(province))


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        ("330681", 120.23, 29.71),  # 诸暨市
        ("330782", 120.07, 29.31),  # 义乌市
        ("110101", 116.41, 39.93),  # 北京市东城区
        ("653101", 75.99, 39.47),  # 喀什市
        ("441900", 113.75, 23.04),  # 东莞市, a city without counties
        ("230882", 132.04, 47.25),  # 富锦市
    ],
)
def test_known_seats_are_within_fifteen_kilometres(code: str, lon: float, lat: float) -> None:
    """Coordinates as in any atlas; a tenth of a degree is at most 11 km."""
    found = seats().filter(code=code).row(0, named=True)
    assert (found["lon"], found["lat"]) == (
        pytest.approx(lon, abs=0.1),
        pytest.approx(lat, abs=0.1),
    )


def test_codes_are_places_that_exist_once_each() -> None:
    table = seats()
    assert table.schema == {"code": pl.String, "lon": pl.Float64, "lat": pl.Float64}
    assert table["code"].is_unique().all()
    assert table.null_count().sum_horizontal().item() == 0
    cities = set(table["code"]) - set(counties("")["code"])
    assert cities == {"441900", "442000", "460400", "620200"}, "the four cities without counties"


@pytest.mark.parametrize(("province", "share"), [("", 0.61), ("33", 0.90)])
def test_share_of_counties_with_a_seat_is_as_decided(province: str, share: float) -> None:
    """The shares that docs/decisions/0004 gives."""
    all_counties = counties(province)
    known = all_counties.join(seats(), on="code", how="semi")
    assert known.height / all_counties.height == pytest.approx(share, abs=0.01)


def test_seats_are_in_china() -> None:
    """Extreme points of the land: Pamir, Ussuri, Mohe; in the south the Spratlys (Sansha)."""
    assert seats().filter(~pl.col("lon").is_between(73.4, 135.1)).is_empty()
    assert seats().filter(~pl.col("lat").is_between(3.8, 53.6)).is_empty()


def test_counties_of_a_prefecture_lie_together() -> None:
    """A wrong namesake would stand far from its neighbours; the largest prefectures span 10°."""
    by = seats().with_columns(
        away=pl.max_horizontal(
            (pl.col(axis) - pl.col(axis).median().over(pl.col("code").str.head(4))).abs()
            for axis in ("lon", "lat")
        )
    )
    assert by.filter(pl.col("away") > 9).is_empty()
