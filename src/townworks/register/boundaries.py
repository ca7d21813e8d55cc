"""A town's boundary: read from GeoJSON or WKT, checked, measured, and kept in one datum.

All faults are found at once and told in both languages. Positions are (longitude, latitude) in
degrees; what is kept is WGS 84, which CGCS2000 equals within a decimetre. Maps from Chinese map
services are shifted by 300-1,200 m (GCJ-02, BD-09): name the datum, and they are moved back.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from townworks.errors import TownworksError
from townworks.schema.messages import message

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Fault = tuple[str, dict[str, object]]
"""Key of the catalogue (`boundaries.…`) and the values that go into its text."""
Box = tuple[float, float, float, float]
"""West, south, east, north; degrees."""
Positions = NDArray[np.float64]

MOST_BYTES = 2_000_000
MOST_VERTICES = 20_000
DIGITS = 7
"""Decimals of a degree that are kept: about 1 cm."""
_LEAST_KM2 = 1e-6
_WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
_GEOD = Geod(ellps="WGS84")
_KRASSOVSKY_M, _ECCENTRICITY_2 = 6_378_245.0, 0.006_693_421_622_965_943
_EASTWARD = ((20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))
_NORTHWARD = ((20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))
_WKT = re.compile(r"([a-z]+)(?:\s+(?:zm?|m))?\s*(empty|\(.*\))", re.IGNORECASE | re.DOTALL)
_WKT_POSITION = re.compile(r"[^\s,\[\]]+(?:\s+[^\s,\[\]]+)*")
_DEPTH = {"Polygon": 1, "MultiPolygon": 2}
_VALID = "Valid Geometry"
_SHAPELESS = frozenset({"boundaries.few", "boundaries.crossing"})
"""With these, there is nothing whose area or fit could be told."""


class BoundaryError(TownworksError, ValueError):
    """A text is no boundary of a town; every fault is listed, not only the first.

    >>> print(BoundaryError([("boundaries.empty", {})]))
    The geometry is empty: it has no points. Draw the boundary, or leave the field empty.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Take each fault as (key of the catalogue, values)."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.messages("en")))

    def messages(self, language: str) -> list[str]:
        """What is wrong, where, by how much and what to do: a text for each fault."""
        return [message(key, language, **values) for key, values in self.faults]


@dataclass(frozen=True, slots=True)
class Boundary:
    """A sound boundary in WGS 84."""

    geojson: str
    """Polygon or MultiPolygon of RFC 7946, one spelling for each shape, 7 decimals."""
    area_km2: float
    """On the ellipsoid, holes taken off."""
    lon: float
    """Longitude of the centroid, degrees; the centroid of a bent town may lie outside it."""
    lat: float
    """Latitude of the centroid, degrees."""
    bounds: Box


class _Ring(NamedTuple):
    """A line round an area: its number in the text (from 1), its area's, its positions (n, 2)."""

    number: int
    area: int
    positions: Positions


def parse_boundary(
    text: str, datum: Datum = "wgs84", *, within: Box | None = None, max_km2: float | None = None
) -> Boundary:
    """Read, check and measure a boundary.

    text: GeoJSON (geometry, feature, or collection of one feature) or WKT, with one Polygon or
    MultiPolygon; heights are dropped. datum: what the text's positions are in. within: where the
    programme's towns lie. max_km2: the programme's limit of area. Raises `BoundaryError` with all
    faults; an area is measured only of a sound shape.

    >>> square = "POLYGON((120 30, 120.02 30, 120.02 30.01, 120 30.01, 120 30))"
    >>> round(parse_boundary(square, max_km2=3).area_km2, 3)
    2.139
    """
    rings = _rings(*_geometry(_value(text)))
    faults, rings = _place_faults(rings, datum, within)
    faults += _ring_faults(rings)
    if not _SHAPELESS.isdisjoint(key for key, _ in faults):
        raise BoundaryError(faults)
    shape = _shape(rings)
    reason = shapely.is_valid_reason(shape)
    if reason != _VALID:
        raise BoundaryError([*faults, _fault("overlap", **_where(reason))])
    boundary = _measured(shape, datum)
    faults += _area_faults(boundary.area_km2, max_km2)
    if faults:
        raise BoundaryError(faults)
    return boundary


def _fault(key: str, **values: object) -> Fault:
    """A fault of this module's catalogue."""
    return f"boundaries.{key}", values


def _value(text: str) -> object:
    """The JSON value of a text, WKT turned into GeoJSON."""
    text = text.lstrip("\ufeff").strip()
    size = len(text.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        raise BoundaryError([_fault("too_long", size=size, limit=MOST_BYTES)])
    if not text:
        raise BoundaryError([_fault("empty")])
    is_wkt = text[0].isalpha()
    try:
        return json.loads(_from_wkt(text) if is_wkt else text, parse_int=float)
    except RecursionError:
        fault = _fault("too_deep")
    except ValueError as error:
        fault = _fault("wkt")
        if isinstance(error, json.JSONDecodeError) and not is_wkt:
            fault = _fault("unreadable", line=error.lineno, column=error.colno)
    raise BoundaryError([fault])


def _from_wkt(text: str) -> str:
    """GeoJSON of a WKT text (OGC 06-103r4), whose coordinates are nested alike.

    >>> _from_wkt("POLYGON ((1 2, 3 4))")
    '{"type": "Polygon", "coordinates": [[[1.0, 2.0], [3.0, 4.0]]]}'
    """
    found = _WKT.fullmatch(text)
    if not found:
        raise ValueError(text[:20])
    kind = {name.upper(): name for name in _DEPTH}.get(found[1].upper(), found[1].upper())
    nested = "[]" if found[2].lower() == "empty" else found[2].translate({40: "[", 41: "]"})
    nested = _WKT_POSITION.sub(lambda m: json.dumps([*map(float, m[0].split())]), nested)
    return f'{{"type": "{kind}", "coordinates": {nested}}}'


def _geometry(value: object) -> tuple[str, object]:
    """Type and coordinates of the geometry in a GeoJSON value."""
    value = value if isinstance(value, dict) else {}
    if value.get("type") == "FeatureCollection":
        features = value.get("features")
        features = features if isinstance(features, list) else []
        if len(features) != 1:
            raise BoundaryError([_fault("count", n=len(features))])
        value = features[0] if isinstance(features[0], dict) else {}
    if value.get("type") == "Feature":
        value = value.get("geometry") or {"type": "Polygon", "coordinates": []}
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise BoundaryError([_fault("type", found=str(kind or "?")[:30])])
    return kind, value.get("coordinates")


def _rings(kind: str, coordinates: object) -> list[_Ring]:
    """Rings of a geometry; raises where they are none, wrongly nested, no numbers or too many."""
    areas = coordinates if _DEPTH[kind] > 1 else [coordinates]
    if not isinstance(areas, list) or not all(_is_lists(area) for area in areas):
        raise BoundaryError([_fault("structure", kind=kind)])
    raw = [(area, ring) for area, rings in enumerate(areas) for ring in rings]
    count = sum(len(ring) for _, ring in raw)
    if not count:
        raise BoundaryError([_fault("empty")])
    if count > MOST_VERTICES:
        over = count - MOST_VERTICES
        raise BoundaryError([_fault("vertices", n=count, limit=MOST_VERTICES, over=over)])
    placed = [(n, at, p) for n, (_, ring) in enumerate(raw, 1) for at, p in enumerate(ring, 1)]
    bad = [(n, at) for n, at, position in placed if not _is_position(position)]
    if bad:
        raise BoundaryError([_fault("number", n=len(bad), ring=bad[0][0], position=bad[0][1])])
    return [
        _Ring(number, area, np.array([p[:2] for p in ring], dtype=float).reshape(-1, 2))
        for number, (area, ring) in enumerate(raw, 1)
    ]


def _is_lists(value: object) -> bool:
    """Whether it is a list of lists, as the rings of an area are."""
    return isinstance(value, list) and all(isinstance(ring, list) for ring in value)


def _is_position(value: object) -> bool:
    """Whether it is a list of two to four finite numbers (all numbers were read as floats)."""
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 4  # noqa: PLR2004
        and all(isinstance(number, float) and math.isfinite(number) for number in value)
    )


def _place_faults(
    rings: list[_Ring], datum: Datum, within: Box | None
) -> tuple[list[Fault], list[_Ring]]:
    """Faults of where the positions lie, and the rings, turned if swapped; raises off the globe."""
    typed = np.concatenate([ring.positions for ring in rings])
    if _is_swapped(typed, datum, within):
        first, second = typed[0].tolist()
        turned = [ring._replace(positions=ring.positions[:, ::-1]) for ring in rings]
        return [_fault("swapped", first=first, second=second)], turned
    beyond = ~_inside(typed, _WORLD)
    if beyond.any():
        lon, lat = typed[beyond][0].tolist()
        raise BoundaryError([_fault("range", n=int(beyond.sum()), lon=lon, lat=lat)])
    outside = ~_inside(_TO_WGS84[datum](typed), within or _WORLD)
    if within and outside.any():
        sides = dict(zip(("west", "south", "east", "north"), within, strict=True))
        (lon, lat), n = typed[outside][0].tolist(), int(outside.sum())
        return [_fault("outside", n=n, all=len(typed), lon=lon, lat=lat, **sides)], rings
    return [], rings


def _is_swapped(typed: Positions, datum: Datum, within: Box | None) -> bool:
    """Whether the positions make sense only with latitude first."""
    both = (typed, typed[:, ::-1])
    fits, turned_fits = (bool(_inside(at, _WORLD).all()) for at in both)
    if not (within and fits and turned_fits):
        return turned_fits and not fits
    as_typed, as_turned = (_inside(_TO_WGS84[datum](at), within) for at in both)
    return bool(as_turned.all() and not as_typed.any())


def _inside(positions: Positions, box: Box) -> NDArray[np.bool_]:
    """Which positions lie in a box, its edges included."""
    west, south, east, north = box
    lon, lat = positions[..., 0], positions[..., 1]
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _ring_faults(rings: Sequence[_Ring]) -> Iterator[Fault]:
    """Rings that are not closed, too short, or cross themselves (the first place of each)."""
    for number, _, positions in rings:
        points = len(np.unique(positions, axis=0))
        if points < 3:  # noqa: PLR2004
            yield _fault("few", ring=number, n=points)
            continue
        (lon0, lat0), (lon1, lat1) = positions[[0, -1]].tolist()
        if (lon0, lat0) != (lon1, lat1):
            gap_m = _GEOD.inv(lon0, lat0, lon1, lat1)[2]
            yield _fault("open", ring=number, gap_m=gap_m)
        reason = shapely.is_valid_reason(shapely.Polygon(positions))
        if reason != _VALID:
            yield _fault("crossing", ring=number, **_where(reason))


def _where(reason: str) -> dict[str, float]:
    """Place in a reason of GEOS, such as "Self-intersection[120.5 30.25]"."""
    lon, lat = reason[reason.index("[") + 1 : reason.index("]")].split()[:2]
    return {"lon": float(lon), "lat": float(lat)}


def _shape(rings: Sequence[_Ring]) -> BaseGeometry:
    """Polygon or MultiPolygon of rings; the first of an area is its outer one."""
    grouped: dict[int, list[Positions]] = {}
    for ring in rings:
        grouped.setdefault(ring.area, []).append(ring.positions)
    areas = [shapely.Polygon(outer, holes) for outer, *holes in grouped.values()]
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _measured(shape: BaseGeometry, datum: Datum) -> Boundary:
    """The shape in WGS 84, rounded, in one spelling, with its area."""
    shape = shapely.transform(shape, _TO_WGS84[datum])
    with np.errstate(
        all="ignore"
    ):  # coordinates near nought divide by it; what is left is looked at
        shape = shapely.set_precision(shape, 10**-DIGITS)
    shape = shapely.orient_polygons(shapely.normalize(shape))
    area_m2 = 0.0 if shape.is_empty else abs(_GEOD.geometry_area_perimeter(shape)[0])
    lon, lat = (math.nan, math.nan) if shape.is_empty else shape.centroid.coords[0]
    west, south, east, north = map(float, shape.bounds)
    text = shapely.to_geojson(shape)
    value = json.loads(text, parse_float=lambda number: round(float(number), DIGITS))
    geojson = json.dumps(value, separators=(",", ":"))
    return Boundary(geojson, area_m2 / 1e6, lon, lat, (west, south, east, north))


def _area_faults(area_km2: float, max_km2: float | None) -> Iterator[Fault]:
    """An area that is none, or above the limit."""
    if area_km2 < _LEAST_KM2:
        yield _fault("flat")
    if max_km2 is not None and area_km2 > max_km2:
        over, percent = area_km2 - max_km2, 100 * (area_km2 / max_km2 - 1)
        values = {"limit_km2": max_km2, "over_km2": over, "over_percent": percent}
        yield _fault("area", area_km2=area_km2, **values)


def wgs84_to_gcj02(positions: ArrayLike) -> Positions:
    """WGS 84 → GCJ-02, the shifted positions of Chinese map services; (…, 2) in degrees.

    The shift is a polynomial with sines on the ellipsoid of Krassovsky (1940); it became public in
    2010 and is described in J. Chen, *eviltransform* (2013). Outside the box of China that the
    services use, positions stay as they are.

    >>> wgs84_to_gcj02([116.391, 39.907]).round(4).tolist()
    [116.3972, 39.9084]
    """
    at = np.asarray(positions, dtype=float)
    return np.where(_in_china(at), at + _shift(at), at)


def gcj02_to_wgs84(positions: ArrayLike) -> Positions:
    """GCJ-02 → WGS 84; (…, 2) in degrees. Positions outside the box of China stay.

    >>> gcj02_to_wgs84(wgs84_to_gcj02([120.1551, 30.2741])).round(7).tolist()
    [120.1551, 30.2741]
    """
    shifted = np.asarray(positions, dtype=float)
    inside = _in_china(shifted)
    calm = np.where(inside, shifted, (105.0, 35.0))  # far from China the shift grows without bound
    return np.where(inside, _unshifted(calm, lambda at: at + _shift(at)), shifted)


def wgs84_to_bd09(positions: ArrayLike) -> Positions:
    """WGS 84 → BD-09, Baidu's own shift on top of GCJ-02; (…, 2) in degrees.

    >>> wgs84_to_bd09([116.391, 39.907]).round(3).tolist()
    [116.404, 39.915]
    """
    return _gcj02_to_bd09(wgs84_to_gcj02(positions))


def bd09_to_wgs84(positions: ArrayLike) -> Positions:
    """BD-09 → WGS 84; (…, 2) in degrees.

    >>> bd09_to_wgs84(wgs84_to_bd09([120.1551, 30.2741])).round(7).tolist()
    [120.1551, 30.2741]
    """
    return gcj02_to_wgs84(_unshifted(np.asarray(positions, dtype=float), _gcj02_to_bd09))


def _in_china(positions: Positions) -> NDArray[np.bool_]:
    """Which positions the services shift; (…, 1)."""
    return _inside(positions, (72.004, 0.8293, 137.8347, 55.8271))[..., None]


def _shift(positions: Positions) -> Positions:
    """What GCJ-02 adds to positions (lon, lat), degrees."""
    lon, lat = positions[..., 0], positions[..., 1]
    x, y = lon - 105.0, lat - 35.0
    root = 0.1 * np.sqrt(np.abs(x))
    bent, ripple = 0.1 * x * y + root, _waves(x, ((20, 6), (20, 2)))
    east_m = 300 + x + 2 * y + 0.1 * x**2 + bent + ripple + _waves(x, _EASTWARD)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y**2 + bent + ripple + _waves(y, _NORTHWARD) + root
    flat = 1 - _ECCENTRICITY_2 * np.sin(np.radians(lat)) ** 2
    across_m = _KRASSOVSKY_M / np.sqrt(flat)
    along_m = across_m * (1 - _ECCENTRICITY_2) / flat
    east = east_m / (across_m * np.cos(np.radians(lat)))
    return np.degrees(np.stack([east, north_m / along_m], axis=-1))


def _waves(at: Positions, waves: Sequence[tuple[float, float]]) -> Positions:
    """Sum of sines, each (amplitude, half waves in a degree), times 2/3; metres."""
    parts = (size * np.sin(np.pi * often * at) for size, often in waves)
    return np.asarray(sum(parts) * 2 / 3)


def _gcj02_to_bd09(positions: Positions) -> Positions:
    """What Baidu adds to GCJ-02: a ripple in polar coordinates and a step."""
    x, y = positions[..., 0], positions[..., 1]
    often = math.pi * 3000 / 180
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * often)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * often)
    return np.stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006], axis=-1)


def _unshifted(shifted: Positions, shift: Callable[[Positions], Positions]) -> Positions:
    """Positions that a shift takes to the given ones, iterated to 1e-9 degrees (0.1 mm)."""
    at = shifted.copy()
    for _ in range(20):
        step = shifted - shift(at)
        at += step
        if np.abs(step).max(initial=0.0) < 1e-9:  # noqa: PLR2004
            break
    return at


_TO_WGS84: dict[Datum, Callable[[Positions], Positions]] = {
    "wgs84": lambda at: at,
    "cgcs2000": lambda at: at,
    "gcj02": gcj02_to_wgs84,
    "bd09": bd09_to_wgs84,
}
