"""The map of a plan: base map, chosen towns by start year and sector, the refused hollow.

SVG, drawn here, coloured by the page's classes. A marker leads to its candidate's row; the arrow
keys move between markers. Colour is the sector, shape the year; both are in a marker's name.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
from markupsafe import Markup

from townworks.report.plans.facts import PlanFacts, Row
from townworks.report.plans.positions import View, positions, spread, window
from townworks.report.plans.rows import anchor, called, sector_title
from townworks.report.plans.writing import Words, words

WIDTH = 760
HUES = 8
"""Sectors with a colour of their own, the most frequent first; the rest share a ninth."""
SHAPES = (
    '<circle r="5.2"/>',
    '<path d="M-4.7-4.7h9.4v9.4h-9.4z"/>',
    '<path d="M0-6.4 6 4.6h-12z"/>',
    '<path d="M0-6.6 6.6 0 0 6.6-6.6 0z"/>',
    '<path d="M-6-4.6h12L0 6.4z"/>',
    '<path d="M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z"/>',
)
"""Of start years, in their order; years beyond share the last."""
_THIN = 0.9
_AROUND = 30.0
_BASE_BOX = (117.0, 26.5, 124.0, 32.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map with its keys; svg: None if no position is known. at_seat, nowhere: counts."""

    svg: Markup | None
    sectors: list[tuple[int, Words, int]]
    years: list[tuple[Markup, int, int]]
    at_seat: int
    nowhere: int
    has_base: bool


def draw_map(facts: PlanFacts) -> Drawn:
    """Draw the map of all candidates whose position or county is known."""
    table = positions(facts)
    placed = table.drop_nulls(["lon", "lat"]).sort("chosen", "candidate_id").to_dicts()
    hues, years = _hues(facts), facts.start_years
    sectors = _sector_key(facts, hues)
    shapes = [
        (Markup(_shape(n)), year, facts.chosen.filter(start_year=year).height)  # noqa: S704  ours
        for n, year in enumerate(years)
    ]
    counts = int(table["at_seat"].sum()), table["lon"].null_count()
    if not placed:
        return Drawn(None, sectors, shapes, *counts, has_base=False)
    base = _base() if all(_in_base(row) for row in placed) else []
    home = _home_box(base)
    view = window(placed, home, WIDTH)
    drawn = [
        _mark(facts, row, spot, hues)
        for row, spot in zip(placed, spread(placed, view), strict=True)
    ]
    svg = Markup(
        '<svg class="plan-map" viewBox="0 0 {w} {h}" role="group" aria-labelledby="h-map" '
        'aria-describedby="map-said">{base}{marks}{names}{scale}</svg>'
    ).format(
        w=view.width,
        h=view.height,
        base=_land(base, view),
        marks=Markup("").join(drawn),
        names=_cities(base, view),
        scale=_scale_bar(view),
    )
    return Drawn(svg, sectors, shapes, *counts, has_base=bool(base))


def _hues(facts: PlanFacts) -> dict[str, int]:
    """Sector → number of its colour, by how many chosen towns it has."""
    order = (
        facts.lines.group_by("sector")
        .agg(pl.col("chosen").sum(), n=pl.len())
        .sort("chosen", "n", "sector", descending=[True, True, False])["sector"]
    )
    return {sector: min(n, HUES) for n, sector in enumerate(order)}


def _sector_key(facts: PlanFacts, hues: dict[str, int]) -> list[tuple[int, Words, int]]:
    """Colour, title and chosen towns of each sector; those without a colour are one entry."""
    counts = dict(facts.chosen.group_by("sector").len().iter_rows())
    key = [
        (hue, sector_title(facts.sectors, sector), counts.get(sector, 0))
        for sector, hue in hues.items()
        if hue < HUES
    ]
    rest = sum(counts.get(sector, 0) for sector, hue in hues.items() if hue == HUES)
    return [*key, (HUES, words("map.rest"), rest)] if HUES in hues.values() else key


def _shape(n: int) -> str:
    return SHAPES[min(n, len(SHAPES) - 1)]


def _mark(facts: PlanFacts, row: Row, spot: tuple[float, float], hues: dict[str, int]) -> Markup:
    """Draw a candidate as a link to its row, named in full."""
    year = row["start_year"]
    place = facts.start_years.index(year) if year in facts.start_years else 0
    shape = _shape(place) if row["chosen"] else '<circle r="3.8"/>'
    name, sector = called(row), sector_title(facts.sectors, row["sector"])
    said = {
        lang: words(
            "map.mark.chosen" if row["chosen"] else "map.mark.refused",
            name=name, sector=sector, year=year,
        )[lang]
        for lang in ("en", "zh")
    }  # fmt: skip
    texts = said["zh"] if said["en"] == said["zh"] else f"{said['en']} / {said['zh']}"
    kind = f"in h{hues[row['sector']]}" if row["chosen"] else f"out h{hues[row['sector']]}"
    return Markup(
        '<a class="mark {}" href="#{}" tabindex="-1" transform="translate({} {})">'
        "<title>{}</title>{}</a>"
    ).format(kind, anchor(row["candidate_id"]), *spot, texts, Markup(shape))  # noqa: S704  ours


@cache
def _base() -> list[dict[str, Any]]:
    path = files("townworks.definitions") / "basemap" / "zhejiang.geojson"
    found: list[dict[str, Any]] = json.loads(path.read_bytes())["features"]
    return found


def _in_base(row: Row) -> bool:
    west, south, east, north = _BASE_BOX
    return bool(west <= row["lon"] <= east and south <= row["lat"] <= north)


def _home_box(base: Sequence[dict[str, Any]]) -> tuple[float, float, float, float] | None:
    """Return the box of the programme's own province, less its outermost islands."""
    own = [f for f in base if f["properties"].get("home")]
    lines = [f["geometry"] for f in own if f["properties"]["kind"] == "province"]
    points = [point for geometry in lines for line in _lines(geometry) for point in line]
    points += [f["geometry"]["coordinates"] for f in own if f["properties"]["kind"] == "place"]
    if not points:
        return None
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return min(lons), min(lats), max(lons), max(lats)


def _land(base: Iterable[dict[str, Any]], view: View) -> Markup:
    """Draw land, lakes and lines between provinces, as far as the window shows."""
    parts = []
    for feature in base:
        about = feature["properties"]
        kind = about["kind"] + (" home" if about.get("home") else "")
        if about["kind"] == "place":
            continue
        closed = about["kind"] in {"land", "lake"}
        path = "".join(_path(line, view, closed=closed) for line in _lines(feature["geometry"]))
        if path:
            parts.append(Markup('<path class="{}" d="{}"/>').format(kind, path))
    return Markup('<g class="base" aria-hidden="true">{}</g>').format(Markup("").join(parts))


def _cities(base: Iterable[dict[str, Any]], view: View) -> Markup:
    places = [f for f in base if f["properties"]["kind"] == "place"]
    names = Markup("").join(_city(feature, view) for feature in places)
    return Markup('<g aria-hidden="true">{}</g>').format(names)


def _city(feature: dict[str, Any], view: View) -> Markup:
    x, y = view.place(*feature["geometry"]["coordinates"])
    about = feature["properties"]
    if not (0 < x < view.width and 0 < y < view.height):
        return Markup("")
    return Markup(
        '<text x="{x}" y="{y}" dy="-11" class="en city {home}" lang="en">{en}</text>'
        '<text x="{x}" y="{y}" dy="-11" class="zh city {home}" lang="zh-Hans">{zh}</text>'
    ).format(x=x, y=y, home="home" if about["home"] else "", en=about["en"], zh=about["zh"])


def _lines(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    """Rings and lines of any geometry."""
    depth = {"LineString": 0, "Polygon": 1, "MultiLineString": 1, "MultiPolygon": 2}
    level = [geometry["coordinates"]]
    for _ in range(depth[geometry["type"]]):
        level = [inner for outer in level for inner in outer]
    yield from level


def _path(line: list[list[float]], view: View, *, closed: bool) -> str:
    """Write a line in px, without steps too small to see; nothing if it lies outside."""
    spots = [view.place(*point) for point in line]
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    if max(xs) < 0 or min(xs) > view.width or max(ys) < 0 or min(ys) > view.height:
        return ""
    if closed and max(max(xs) - min(xs), max(ys) - min(ys)) < 2 * _THIN:
        return ""
    kept = [spots[0]]
    for x, y in spots[1:]:
        away = _AROUND if _is_outside(x, y, view) else _THIN
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= away:
            kept.append((x, y))
    steps = "L".join(f"{x:g} {y:g}" for x, y in kept)
    return f"M{steps}{'z' if closed else ''}"


def _is_outside(x: float, y: float, view: View) -> bool:
    room = 2 * _AROUND
    return not (-room < x < view.width + room and -room < y < view.height + room)


def _scale_bar(view: View) -> Markup:
    """Draw 50 km; a degree of latitude is 111.2 km."""
    length = round(50 / 111.2 * view.degree, 1)
    x, y = 14, view.height - 14
    return Markup(
        '<g class="scale" aria-hidden="true"><path d="M{x} {up}V{y}H{end}V{up}"/>'
        '<text x="{x}" y="{text}">50 km</text></g>'
    ).format(x=x, y=y, up=y - 5, end=x + length, text=y - 10)
