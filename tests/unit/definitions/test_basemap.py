"""The base map of Zhejiang against the province's published area and the programme's own places."""

import csv
import hashlib
import json
import tomllib
from importlib.resources import files
from typing import Any

import pytest
import shapely
from pyproj import Geod
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

FOLDER = files("townworks.definitions") / "basemap"
TEXT = (FOLDER / "zhejiang.geojson").read_text("utf-8")
SOURCES = tomllib.loads((FOLDER / "SOURCES.toml").read_text("utf-8"))
GEOD = Geod(ellps="WGS84")
LAND_KM2 = 101_800
"""Land of Zhejiang as the provincial government gave it until the survey of 2018."""


def features(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(TEXT)["features"]
    return [feature for feature in found if feature["properties"]["kind"] == kind]


def geometry(kind: str, *, home: bool) -> BaseGeometry:
    (found,) = [f for f in features(kind) if f["properties"]["home"] is home]
    return shape(found["geometry"])


def seats() -> dict[str, shapely.Point]:
    path = files("townworks.definitions") / "gazetteer" / "seats.csv"
    with path.open(encoding="utf-8") as file:
        return {r["code"]: shapely.Point(float(r["lon"]), float(r["lat"]))
                for r in csv.DictReader(file)}  # fmt: skip


def test_it_is_small_and_the_one_its_sources_tell_of() -> None:
    assert len(TEXT.encode()) < 300_000
    assert hashlib.sha256(TEXT.encode()).hexdigest() == SOURCES["map"]["zhejiang"]["sha256"]
    assert {s["licence"] for s in SOURCES["source"]} == {"public domain", "CC BY 4.0"}
    kinds = {feature["properties"]["kind"] for feature in json.loads(TEXT)["features"]}
    assert kinds == set(SOURCES["map"]["zhejiang"]["kinds"])


def test_all_lies_in_the_box_and_is_sound() -> None:
    box = shapely.box(*SOURCES["map"]["zhejiang"]["box"])
    shapes = [shape(feature["geometry"]) for feature in json.loads(TEXT)["features"]]
    assert all(found.is_valid and box.covers(found) for found in shapes)
    areas = [f["geometry"] for kind in ("land", "lake") for f in features(kind)]
    outer = [polygon[0] for area in areas for polygon in area["coordinates"]]
    assert all(shapely.is_ccw(shapely.LinearRing(ring)) for ring in outer)


def test_the_province_has_its_published_area() -> None:
    area_km2 = GEOD.geometry_area_perimeter(geometry("land", home=True))[0] / 1e6
    assert area_km2 == pytest.approx(LAND_KM2, rel=0.01)


def test_counties_lie_in_their_province() -> None:
    home = geometry("land", home=True)
    near = shapely.buffer(home, 0.05)  # the coast of 1:10 million is off by some kilometres
    land = [(code, at) for code, at in seats().items() if shapely.box(*near.bounds).covers(at)]
    assert [code for code, at in land if code.startswith("33") and not near.covers(at)] == []
    inland = shapely.buffer(home, -0.05)
    assert [code for code, at in land if not code.startswith("33") and inland.covers(at)] == []


def test_border_runs_between_home_and_neighbours() -> None:
    home, rest = (geometry("land", home=home) for home in (True, False))
    assert shapely.intersection(home, rest).area < 1e-6
    border = geometry("province", home=True)
    assert max(border.hausdorff_distance(border.intersection(home.buffer(1e-3))), 0) < 1e-2
    assert border.difference(rest.buffer(1e-3)).length < 1e-3 * border.length


def test_the_eleven_cities_have_names_in_both_languages() -> None:
    cities = [f["properties"] for f in features("place") if f["properties"]["home"]]
    chinese = "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水"
    assert sorted(city["zh"] for city in cities) == sorted(chinese.split(" "))
    assert {city["en"] for city in cities} >= {"Hangzhou", "Ningbo", "Taizhou", "Lishui"}
    home = geometry("land", home=True)
    places = [(f["properties"]["home"], shape(f["geometry"])) for f in features("place")]
    assert all(home.distance(at) < 0.02 if ours else not home.covers(at) for ours, at in places)
