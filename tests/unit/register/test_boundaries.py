"""Boundaries: faults, areas against an equal-area projection, datums against published programs."""

import json
import math
import string
import time
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

from townworks.errors import TownworksError
from townworks.register.boundaries import (
    MOST_BYTES,
    MOST_VERTICES,
    Boundary,
    BoundaryError,
    Datum,
    bd09_to_wgs84,
    gcj02_to_wgs84,
    parse_boundary,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from townworks.schema.messages import LANGUAGES, catalogue

ZHEJIANG = (117.5, 26.5, 123.5, 31.6)
SQUARE = [[120.0, 30.0], [120.02, 30.0], [120.02, 30.01], [120.0, 30.01], [120.0, 30.0]]
EQUAL_AREA = Transformer.from_crs(4326, 6933, always_xy=True)
GEOD = Geod(ellps="WGS84")

# wgs84 → gcj02, bd09 as eviltransform 0.1.1 (PyPI) computes them; Tokyo is not shifted.
PUBLISHED = [
    ((120.1551, 30.2741), (120.1597946, 30.2717712), (120.1663584, 30.2775992)),
    ((121.544, 29.8683), (121.5481737, 29.8657297), (121.5545875, 29.8720234)),
    ((118.0, 29.0), (118.0051653, 28.9970773), (118.0117122, 29.0028211)),
    ((116.3913, 39.9075), (116.3975413, 39.9089013), (116.403914, 39.9152447)),
    ((75.99, 39.47), (75.9929557, 39.4702275), (75.9994652, 39.4761878)),
    ((126.63, 45.75), (126.6359425, 45.7519352), (126.6425032, 45.7578257)),
    ((109.5, 18.25), (109.5041185, 18.2483315), (109.5106803, 18.254012)),
    ((105.0, 35.0), (105.0032863, 34.9990986), (105.0096669, 35.0054037)),
    ((139.7, 35.68), (139.7, 35.68), (139.7064633, 35.6862138)),
]


def polygon(*rings: list[list[float]]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": list(rings)})


def keys(text: str, datum: Datum = "wgs84", **limits: Any) -> list[str]:
    with pytest.raises(BoundaryError) as caught:
        parse_boundary(text, datum, **limits)
    return [key.removeprefix("boundaries.") for key, _ in caught.value.faults]


def values(text: str, key: str, **limits: Any) -> dict[str, Any]:
    with pytest.raises(BoundaryError) as caught:
        parse_boundary(text, **limits)
    return dict(caught.value.faults)[f"boundaries.{key}"]


def metres(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])


def told(text: str, datum: Datum) -> bool:
    """Whether a text is a boundary with an area, or its faults have words."""
    try:
        return parse_boundary(text, datum, max_km2=3).area_km2 > 0
    except BoundaryError as error:
        return all([*error.messages("en"), *error.messages("zh")])


@st.composite
def stars(draw: st.DrawFn, size_deg: float = 0.02) -> BaseGeometry:
    """A polygon that is star-shaped about its centre, now and then with a hole: never crossing."""
    lon, lat = draw(st.floats(118, 122.5)), draw(st.floats(27, 31))
    radii = draw(st.lists(st.floats(0.3, 1.0), min_size=3, max_size=40))
    turn = np.linspace(0, 2 * math.pi, len(radii), endpoint=False)
    points = np.c_[np.cos(turn), np.sin(turn)] * np.array(radii)[:, None] * size_deg
    centre = np.array([lon, lat])
    hole = [points * 0.4 + centre] if draw(st.booleans()) else []
    return shapely.Polygon(points + centre, hole)


@given(stars())
def test_area_is_that_of_an_equal_area_projection(shape: BaseGeometry) -> None:
    dense = shapely.segmentize(shape, 0.0005)
    flat = shapely.transform(dense, lambda at: np.c_[EQUAL_AREA.transform(at[:, 0], at[:, 1])])
    found = parse_boundary(shapely.to_geojson(shape))
    assert found.area_km2 == pytest.approx(shapely.area(flat) / 1e6, rel=1e-3)


@given(stars())
def test_one_spelling_whatever_the_direction_start_or_format(shape: BaseGeometry) -> None:
    found = parse_boundary(shapely.to_geojson(shape))
    turned = shapely.reverse(shapely.normalize(shape))
    assert parse_boundary(shapely.to_wkt(turned, rounding_precision=-1)) == found
    assert parse_boundary(found.geojson) == found
    kept = shapely.from_geojson(found.geojson)
    assert shapely.hausdorff_distance(kept, shape) < 1e-6
    assert isinstance(kept, shapely.Polygon)
    assert kept.exterior.is_ccw
    assert not any(hole.is_ccw for hole in kept.interiors)


@given(stars())
def test_swapped_coordinates_are_found_and_nothing_else(shape: BaseGeometry) -> None:
    swapped = shapely.transform(shape, lambda at: at[:, ::-1])
    assert keys(shapely.to_geojson(swapped)) == ["swapped"]
    assert keys(shapely.to_geojson(swapped), within=ZHEJIANG) == ["swapped"]


def test_swap_within_range_is_found_by_the_programmes_area() -> None:
    kashgar = polygon([[39.4, 75.9], [39.41, 75.9], [39.41, 75.92], [39.4, 75.9]])
    assert parse_boundary(kashgar).lat > 75
    assert keys(kashgar, within=(73.0, 34.0, 97.0, 49.0)) == ["swapped"]


@given(st.lists(st.tuples(st.floats(73.5, 135), st.floats(18, 53.5)), min_size=1, max_size=50))
def test_datums_go_round_within_a_millimetre(points: list[tuple[float, float]]) -> None:
    at = np.array(points)
    assert metres(gcj02_to_wgs84(wgs84_to_gcj02(at)), at).max() < 1e-3
    assert metres(bd09_to_wgs84(wgs84_to_bd09(at)), at).max() < 1e-3


def test_datums_agree_with_a_published_program() -> None:
    wgs84, gcj02, bd09 = (np.array(column) for column in zip(*PUBLISHED, strict=True))
    assert metres(wgs84_to_gcj02(wgs84), gcj02).max() < 0.05
    assert metres(wgs84_to_bd09(wgs84), bd09).max() < 0.05
    assert metres(gcj02_to_wgs84(gcj02), wgs84).max() < 0.05
    assert metres(bd09_to_wgs84(bd09), wgs84)[:-1].max() < 0.05


@given(stars(), st.sampled_from(["gcj02", "bd09"]))
def test_shifted_boundaries_are_moved_back(shape: BaseGeometry, datum: Datum) -> None:
    shift = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}[datum]
    found = parse_boundary(shapely.to_geojson(shapely.transform(shape, shift)), datum)
    straight = parse_boundary(shapely.to_geojson(shape))
    back, kept = (shapely.from_geojson(boundary.geojson) for boundary in (found, straight))
    assert shapely.hausdorff_distance(back, kept) < 1e-6
    assert found.area_km2 == pytest.approx(straight.area_km2, rel=1e-4)


@given(st.tuples(st.floats(-180, 180), st.floats(-90, 90)))
def test_positions_outside_china_stay(at: tuple[float, float]) -> None:
    if not (72 <= at[0] <= 138 and 0.8 <= at[1] <= 56):
        assert tuple(wgs84_to_gcj02(at)) == tuple(gcj02_to_wgs84(at)) == at


def test_cgcs2000_stays_as_it_is() -> None:
    assert parse_boundary(polygon(SQUARE), "cgcs2000") == parse_boundary(polygon(SQUARE))


def test_a_sound_boundary() -> None:
    found = parse_boundary(polygon(SQUARE), within=ZHEJIANG, max_km2=3)
    assert found.bounds == (120.0, 30.0, 120.02, 30.01)
    assert (found.lon, found.lat) == pytest.approx((120.01, 30.005))
    assert json.loads(found.geojson)["type"] == "Polygon"
    assert isinstance(found, Boundary)


@pytest.mark.parametrize(
    "wrapped",
    [
        {"type": "Feature", "properties": {}, "geometry": json.loads(polygon(SQUARE))},
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "geometry": json.loads(polygon(SQUARE))}],
        },
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        {"type": "Polygon", "coordinates": [[[*point, 7.5] for point in SQUARE]]},
    ],
)
def test_wrappings_and_heights_make_no_difference(wrapped: dict[str, Any]) -> None:
    assert parse_boundary("\ufeff" + json.dumps(wrapped)) == parse_boundary(polygon(SQUARE))


@pytest.mark.parametrize(
    "text",
    [
        "POLYGON((120 30,120.02 30,120.02 30.01,120 30.01,120 30))",
        " polygon z ((120 30 1, 120.02 30 1, 120.02 30.01 1, 120 30.01 1, 120 30 1)) ",
        "MultiPolygon (((120 30, 120.02 30, 1.2002e2 30.01, 120 30.01, 120 30)))",
    ],
)
def test_wkt(text: str) -> None:
    assert parse_boundary(text) == parse_boundary(polygon(SQUARE))


def test_holes_are_taken_off_and_parts_added() -> None:
    hole = [[120.005, 30.002], [120.005, 30.008], [120.015, 30.008], [120.015, 30.002]]
    hole.append(hole[0])
    other = [[lon + 0.1, lat] for lon, lat in SQUARE]
    whole, in_hole = (parse_boundary(polygon(ring)).area_km2 for ring in (SQUARE, hole))
    assert parse_boundary(polygon(SQUARE, hole)).area_km2 == pytest.approx(whole - in_hole)
    both = json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE, hole], [other]]})
    assert parse_boundary(both).area_km2 == pytest.approx(2 * whole - in_hole)


BOW = [[120.0, 30.0], [120.02, 30.02], [120.02, 30.0], [120.0, 30.02], [120.0, 30.0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["empty"]),
        ("POLYGON EMPTY", ["empty"]),
        ('{"type": "Polygon", "coordinates": []}', ["empty"]),
        ('{"type": "Polygon", "coordinates": [[]]}', ["empty"]),
        ('{"type": "Feature", "geometry": null}', ["empty"]),
        ('{"type": "Polygon", "coordinates": [[', ["unreadable"]),
        ("<svg onload=alert(1)>", ["unreadable"]),
        ("somewhere", ["wkt"]),
        ("POLYGON((120 30, 121 x))", ["wkt"]),
        ("POLYGON((120 30, 121 31)", ["wkt"]),
        ("POINT(120 30)", ["type"]),
        ("CIRCULARSTRING(0 0, 1 1, 1 0)", ["type"]),
        ("17", ["type"]),
        ("[[120, 30]]", ["type"]),
        ('{"type": "Feature", "geometry": []}', ["empty"]),
        ('{"type": "Feature", "geometry": {"type": ["Polygon"]}}', ["type"]),
        ('{"type": "FeatureCollection", "features": []}', ["count"]),
        ('{"type": "FeatureCollection", "features": "x"}', ["count"]),
        ('{"type": "FeatureCollection", "features": [7, 8]}', ["count"]),
        ('{"type": "FeatureCollection", "features": [7]}', ["type"]),
        ('{"type": "Polygon", "coordinates": "120 30"}', ["structure"]),
        ('{"type": "Polygon"}', ["structure"]),
        ('{"type": "MultiPolygon", "coordinates": [7]}', ["structure"]),
        ('{"type": "Polygon", "coordinates": [[120, 30]]}', ["number"]),
        ('{"type": "Polygon", "coordinates": [[["a", 1], [1, 2], [2, 2]]]}', ["number"]),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1], [1, 1e999], [true, 2]]]}', ["number"]),
        ("POLYGON((nan 30, 120 inf, 121 30))", ["number"]),
        (polygon(SQUARE[:2] + SQUARE[:1]), ["few"]),
        (polygon(SQUARE[:-1]), ["open"]),
        (polygon([[0.0, 0.0], [400.0, 0.0], [400.0, 95.0]]), ["range"]),
        (polygon([[500000.0, 3000000.0], [500100.0, 3000000.0], [5e5, 31e5]]), ["range"]),
        (polygon(BOW), ["crossing"]),
        (polygon(SQUARE, BOW), ["crossing"]),
        (polygon(SQUARE, [[lon + 1, lat] for lon, lat in SQUARE]), ["overlap"]),
        (json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}), ["overlap"]),
        (polygon([[120.0, 30.0], [120.000003, 30.0], [120.0, 30.000003], [120.0, 30.0]]), ["flat"]),
        (polygon([[120.0, 30.0], [120.0, 30.00000001], [120.00000001, 30.0], [120.0, 30.0]]),
         ["flat"]),
    ],
)  # fmt: skip
def test_faults(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


def test_all_faults_come_at_once() -> None:
    large = [[lat, lon] for lon, lat in [(120.0, 30.0), (120.2, 30.0), (120.2, 30.2)]]
    assert keys(polygon(large), within=ZHEJIANG, max_km2=3) == ["swapped", "open", "area"]
    abroad = [[lon - 10, lat] for lon, lat in SQUARE[:-1]]
    assert keys(polygon(abroad), within=ZHEJIANG, max_km2=1) == ["outside", "open", "area"]
    assert keys(polygon(SQUARE[:-1], BOW), within=ZHEJIANG) == ["open", "crossing"]


def test_faults_say_where_and_by_how_much() -> None:
    assert values(polygon(BOW), "crossing") == {
        "ring": 1, "lon": pytest.approx(120.01), "lat": pytest.approx(30.01),
    }  # fmt: skip
    assert values(polygon(SQUARE[:-1]), "open")["gap_m"] == pytest.approx(1108.6, abs=0.5)
    over = values(polygon(SQUARE), "area", max_km2=2)
    assert over["over_km2"] == pytest.approx(0.139, abs=5e-4)
    assert over["over_percent"] == pytest.approx(100 * over["over_km2"] / 2)
    assert values(polygon([[9.5, 1.0], [10.0, 95.0], [300.0, 4.0]]), "range")["n"] == 2
    corner = [[120.0, 30.0], [124.0, 30.0], [120.0, 31.0], [120.0, 30.0]]
    outside = values(polygon(corner), "outside", within=ZHEJIANG)
    assert (outside["n"], outside["all"], outside["lon"]) == (1, 4, 124.0)


def test_every_fault_has_words_in_both_languages() -> None:
    with pytest.raises(BoundaryError) as caught:
        parse_boundary(polygon(SQUARE[:-1], BOW), max_km2=1)
    english, chinese = (caught.value.messages(language) for language in LANGUAGES)
    assert str(caught.value) == "\n".join(english)
    assert isinstance(caught.value, TownworksError)
    assert "第1环未闭合" in chinese[0]
    assert english[1].startswith("Ring 2 crosses or touches itself at 120.010000, 30.010000")
    texts = [texts for key, texts in catalogue().items() if key.startswith("boundaries.")]
    assert all(set(fields(text["en"])) == set(fields(text["zh"])) for text in texts)


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_large_texts_end_quickly() -> None:
    started = time.perf_counter()
    assert keys(" " * 9 + "x" * (MOST_BYTES + 1)) == ["too_long"]
    assert keys("[" * (MOST_BYTES - 1)) == ["too_deep"]
    assert keys('{"type":' * 200_000) == ["too_deep"]
    assert keys("POLYGON" + "(" * 1_000_000 + ")" * 999_000) == ["too_deep"]
    assert keys("a" + " " * 1_900_000 + "b") == ["wkt"]
    assert keys("polygon z " + " " * 1_900_000 + "b") == ["wkt"]
    assert keys("9" * 1_900_000) == ["type"]
    assert time.perf_counter() - started < 10


def test_too_many_points() -> None:
    turn = np.linspace(0, 2 * np.pi, MOST_VERTICES + 1)
    ring = np.c_[120 + 0.01 * np.cos(turn), 30 + 0.01 * np.sin(turn)].round(9).tolist()
    ring[-1] = ring[0]
    assert values(polygon(ring), "vertices") == {
        "n": MOST_VERTICES + 1, "limit": MOST_VERTICES, "over": 1,
    }  # fmt: skip
    assert parse_boundary(polygon([*ring[1:-1], ring[1]]), "bd09").area_km2 > 3


def test_a_tangle_of_the_most_points_is_found_quickly() -> None:
    rng = np.random.default_rng(4)
    ring = (rng.random((MOST_VERTICES - 1, 2)) * 0.02 + (120, 30)).tolist()
    started = time.perf_counter()
    assert keys(polygon([*ring, ring[0]])) == ["crossing"]
    assert time.perf_counter() - started < 5


@settings(max_examples=300)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(
            st.sampled_from(["type", "coordinates", "features", "geometry"]),
            inner | st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection"]),
            max_size=3,
        ),
        max_leaves=25,
    )
)  # fmt: skip
def test_any_json_is_a_boundary_or_a_boundary_error(value: object) -> None:
    for text in (json.dumps(value), json.dumps({"type": "Polygon", "coordinates": value})):
        assert told(text, "wgs84")


@settings(max_examples=300)
@given(
    st.lists(
        st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), max_size=6),
        max_size=3,
    ),
    st.sampled_from(["wgs84", "gcj02", "bd09"]),
    st.booleans(),
)
def test_any_finite_numbers_are_a_boundary_or_a_boundary_error(
    rings: list[list[tuple[float, float]]],
    datum: Datum,
    closed: bool,  # noqa: FBT001
) -> None:
    text = json.dumps({"type": "Polygon", "coordinates": [r + r[:closed] for r in rings]})
    assert told(text, datum)


@given(st.text(max_size=40))
def test_any_text_is_a_boundary_error(text: str) -> None:
    assert len(keys(text)) == 1
