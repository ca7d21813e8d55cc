"""What the registry says a county or township is specialised in, on the map."""

from functools import cache
from typing import get_args

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from townworks.schema.seats import seats
from townworks.web.speech import say
from townworks.workflow.figures import Level, discover_figures, load_figures

SHOWN = 300


@cache
def found(level: Level) -> pl.DataFrame:
    """Specialities of the places of a level, from the figures that ship; computed once."""
    return discover_figures(level)


@require_safe
def discovery(request: HttpRequest, level: str) -> HttpResponse:
    """Places with what they are specialised in, the clearest first; filtered by a word."""
    rows, text = _rows(level), request.GET.get("q", "").strip()
    if text:
        named = pl.col("place").str.contains(text, literal=True)
        rows = rows.filter(named | pl.col("speciality").str.contains(text, literal=True))
    first = rows if text else rows.filter(pl.col("rank") == 1)
    ordered = first.sort("lq_low", "place_code", "rank", descending=[True, False, False])
    context = {
        "level": level,
        "q": text,
        "rows": ordered.head(SHOWN).to_dicts(),
        "total": ordered.height,
        "source": load_figures(_level(level)).source,
        "map_url": reverse("discovery_geojson"),
    }
    htmx = getattr(request, "htmx", False)
    return render(request, "parts/discovery.html" if htmx else "townworks/discovery.html", context)


def _level(level: str) -> Level:
    for each in get_args(Level):
        if each == level:
            return each  # type: ignore[no-any-return]
    raise Http404


def _rows(level: str) -> pl.DataFrame:
    return found(_level(level))


@require_safe
def discovery_geojson(_: HttpRequest) -> JsonResponse:
    """Counties with their clearest speciality, for the map."""
    best = _rows("county").filter(pl.col("rank") == 1)
    rows = best.join(seats(), left_on="place_code", right_on="code").sort("place_code")
    prefectures = sorted({row["place_code"][:4] for row in rows.iter_rows(named=True)})
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": (row["lon"], row["lat"])},
            "properties": {
                "id": row["place_code"],
                "name": f"{row['place']}: {row['speciality']} ×{row['lq']:.1f}",
                "url": f"{reverse('discovery', args=['county'])}?q={row['place']}",
                "sector": row["place_code"][:4],
                "sector_label": _prefecture(row["place_code"]),
                "status": "found",
                "status_label": say("discovery.clearest"),
                "colour_index": prefectures.index(row["place_code"][:4]) % 9,
                "planned_area_km2": None,
            },
        }
        for row in rows.iter_rows(named=True)
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _prefecture(code: str) -> str:
    from townworks.register.models import Town
    from townworks.web.templatetags.speaking import own

    town = Town.objects.filter(county_code__startswith=code[:4]).first()
    return own(town, "prefecture") if town else code[:4]
