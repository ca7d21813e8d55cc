"""Geometry between texts (GeoJSON, WKT) and features of a GeoJSON file, without a library."""

import json
import re
from collections.abc import Iterator
from typing import Any

Geometry = dict[str, Any]
KINDS = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
_TOKEN = re.compile(r"\s*([(),]|[^\s(),]+)")


def geometry(text: str, kind: str) -> Geometry | None:
    """Geometry of a text (kind: geojson or wkt) for a feature; None where the text is none.

    >>> geometry("POLYGON ((0 0, 1 0, 1 1, 0 0))", "wkt")["coordinates"]
    [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    """
    try:
        found = json.loads(text) if kind == "geojson" else _from_wkt(text)
    except (ValueError, IndexError, RecursionError, StopIteration):
        return None
    return found if isinstance(found, dict) and found.get("type") in KINDS.values() else None


def compact(shape: Geometry) -> str:
    """Write a geometry as the shortest JSON."""
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":"))


def _from_wkt(text: str) -> Geometry:
    """Read well-known text; a number keeps its value, M and Z words are passed over."""
    tokens = iter(_TOKEN.findall(text))
    kind = KINDS.get(next(tokens).upper(), "")
    first = next(tokens)
    while first.upper() in ("Z", "M", "ZM"):
        first = next(tokens)
    if first.upper() == "EMPTY":
        return {"type": kind, "coordinates": []}
    found = _list(tokens)
    if next(tokens, None) is not None:
        raise ValueError(text)
    return {"type": kind, "coordinates": _unwrapped(kind, found)}


def _list(tokens: Iterator[str]) -> list[Any]:
    """Items until the bracket closes: lists in brackets, or positions between commas."""
    items: list[Any] = []
    position: list[float] = []
    for part in tokens:
        if part == "(":
            items.append(_list(tokens))
        elif part in ",)":
            items += [position] if position else []
            position = []
            if part == ")":
                return items
        else:
            position.append(json.loads(part))
    raise ValueError("not closed")


def _unwrapped(kind: str, found: list[Any]) -> list[Any]:
    """A point is one position; points of a collection may stand in brackets of their own."""
    if kind == "Point":
        only: list[Any] = found[0]
        return only
    if kind == "MultiPoint":
        return [item[0] if isinstance(item[0], list) else item for item in found]
    return found
