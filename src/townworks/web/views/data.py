"""Static material that comes out of packages: the charts' script and the base map."""

from functools import cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from townworks.web.charts_bundle import charts_bundle


@require_safe
@cache_control(public=True, max_age=86_400)
def bundle(_: HttpRequest) -> HttpResponse:
    """Vega-Embed as one script."""
    return HttpResponse(charts_bundle(), content_type="text/javascript; charset=utf-8")


@cache
def _basemap() -> bytes:
    path = files("townworks.definitions") / "basemap" / "zhejiang.geojson"
    return path.read_bytes()


@require_safe
@cache_control(public=True, max_age=86_400)
def basemap(_: HttpRequest) -> HttpResponse:
    """Land, water and places around the province (Natural Earth, public domain)."""
    return HttpResponse(_basemap(), content_type="application/geo+json")
