"""The maps in Chromium, under the policy of the web: nothing from outside, no inline style."""

import functools
import html
import json
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from townworks.register.boundaries import parse_boundary
from townworks.schema.messages import catalogue

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'"
)
LEAFLET = Path(str(files("leaflet"))) / "static" / "leaflet"
STATIC = Path(str(files("townworks"))) / "web" / "static" / "townworks"
BASEMAP = Path(str(files("townworks.definitions"))) / "basemap" / "zhejiang.geojson"
TOWNS = [
    ("dream", "Dream Town", (119.9325, 30.2753), 0, "named"),
    ("fund", "<img src=x onerror=alert(1)>", (119.9325, 30.2753), 5, "creation_warned"),
    ("fashion", "Yishang Town", (119.9325, 30.2753), 4, "cultivation"),
    ("sword", "Sword Town", (119.0, 28.0), 7, "eliminated"),
    ("pump", "Pump Town", (121.3, 28.4), 6, "demoted"),
]
SQUARE = [[121.0, 29.0], [121.02, 29.0], [121.02, 29.014], [121.0, 29.014], [121.0, 29.0]]
Opener = Callable[..., Page]


def town(geometry: dict[str, Any], *values: Any) -> dict[str, Any]:
    name, colour, status = values[1:]
    properties = {
        "id": values[0], "name": name, "url": f"/towns/{values[0]}", "sector": f"sector {colour}",
        "sector_label": f"Sector {colour}", "status": status, "status_label": status.title(),
        "colour_index": colour, "planned_area_km2": 3.1,
    }  # fmt: skip
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection() -> dict[str, Any]:
    points = [
        town({"type": "Point", "coordinates": at}, key, name, colour, status)
        for key, name, at, colour, status in TOWNS
    ]
    area = town({"type": "Polygon", "coordinates": [SQUARE]}, "sock", "Sock Town", 6, "creation")
    return {"type": "FeatureCollection", "features": [*points, area]}


def texts(language: str) -> dict[str, str]:
    start = "boundaries.map."
    return {k.removeprefix(start): v[language] for k, v in catalogue().items() if start in k}


def page_of(body: str, language: str) -> str:
    scripts = ["leaflet/leaflet.js", "leaflet/draw/leaflet.draw.js"]
    scripts += ["townworks/map.js", "townworks/boundary-editor.js"]
    sheets = ["leaflet/leaflet.css", "leaflet/draw/leaflet.draw.css", "townworks/map.css"]
    lang = {"en": "en", "zh": "zh-Hans"}[language]
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Map</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        + "".join(f'<link rel="stylesheet" href="/{sheet}">' for sheet in sheets)
        + f"</head><body><main><h1>Map</h1>{body}</main>"
        + "".join(f'<script src="/{script}"></script>' for script in scripts)
        + "</body></html>"
    )


def pages() -> dict[str, str]:
    """Each page's address and text: maps in both languages, one town, the editor."""
    made = {}
    for language in ("en", "zh"):
        words = html.escape(json.dumps(texts(language), ensure_ascii=False))
        common = f'data-basemap="/basemap.geojson" data-language="{language}" data-texts="{words}"'
        towns = f'<div class="map" data-towns="/towns.geojson" data-label="Towns" {common}'
        editor = (
            '<form><label for="datum">Datum</label> <select id="datum"><option>gcj02</option>'
            '<option>wgs84</option></select><label for="boundary">Boundary</label>'
            '<textarea id="boundary" rows="4" data-boundary-editor data-label="Draw"'
            f' data-at="121.01,29.007" data-max-km2="3" data-datum="#datum" {common}>'
        )
        made[f"/map-{language}.html"] = page_of(f"{towns}></div>", language)
        made[f"/town-{language}.html"] = page_of(f'{towns} data-town="sock"></div>', language)
        made[f"/edit-{language}.html"] = page_of(f"{editor}</textarea></form>", language)
    return made


class Handler(SimpleHTTPRequestHandler):
    """Serves the folder with the policy of the web."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "leaflet").symlink_to(LEAFLET)
    (folder / "townworks").symlink_to(STATIC)
    (folder / "basemap.geojson").symlink_to(BASEMAP)
    (folder / "towns.geojson").write_text(json.dumps(collection()), "utf-8")
    for name, text in pages().items():
        (folder / name[1:]).write_text(text, "utf-8")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Opener]:
    """Open a page; afterwards nothing may have failed, been logged or come from elsewhere."""
    faults: list[str] = []
    addresses: list[str] = []
    contexts = []

    def opener(address: str, *, failing: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        if failing:
            page.route(f"**/{failing}", refuse)
        else:
            page.on("console", lambda entry: faults.append(entry.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: addresses.append(request.url))
        page.goto(site + address)
        page.wait_for_selector("[data-state=drawn], [data-state=failed]")
        return page

    yield opener
    for context in contexts:
        context.close()
    assert faults == []
    assert [address for address in addresses if not address.startswith((site, "data:"))] == []


def refuse(route: Route) -> None:
    route.fulfill(status=503, body="no")


def markers(page: Page) -> list[tuple[str, float, float]]:
    """Label and middle of each marker, in px."""
    found = []
    for marker in page.locator(".map-town-icon").all():
        box = marker.bounding_box()
        assert box is not None
        label = marker.get_attribute("aria-label") or ""
        found.append((label, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    return found


def test_towns_land_and_names_are_drawn(open_page: Opener) -> None:
    page = open_page("/map-en.html")
    assert page.locator(".map-town-icon").count() == len(TOWNS) + 1
    assert page.locator("path.map-town").count() == 1
    assert page.locator("path.map-land").count() == 2
    expect(page.locator(".map-place.home", has_text="Hangzhou")).to_be_visible()
    colour = "el => getComputedStyle(el).fill"
    land, home = (
        page.locator(f"path.map-land{kind}").evaluate(colour) for kind in (":not(.home)", ".home")
    )
    assert len({land, home, "rgb(51, 136, 255)"}) == 3  # the last is Leaflet's own blue


def test_hostile_names_stay_text(open_page: Opener) -> None:
    page = open_page("/map-en.html")
    page.get_by_role("button", name="onerror").click()
    expect(page.locator(".leaflet-popup a", has_text="onerror")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_towns_at_one_seat_stand_apart_and_say_so(open_page: Opener) -> None:
    page = open_page("/map-en.html")
    places = markers(page)
    gaps = [
        ((x - u) ** 2 + (y - v) ** 2) ** 0.5
        for n, (_, x, y) in enumerate(places)
        for _, u, v in places[n + 1 :]
    ]
    assert min(gaps) > 14
    assert markers(open_page("/map-en.html")) == places
    page.get_by_role("button", name="Dream Town, Sector 0, Named").click()
    expect(page.locator(".map-card-note")).to_have_text(texts("en")["seat"])
    page.locator("path.map-town").click(force=True)
    expect(page.locator(".map-card-name")).to_have_text(["Sock Town"])
    expect(page.locator(".map-card-note")).to_have_count(0)


def test_legend_hides_and_shows_industries(open_page: Opener) -> None:
    page = open_page("/map-zh.html")
    expect(page.locator(".map-shown")).to_have_text("显示6个小镇（共6个）")
    button = page.locator(".map-sectors button", has_text="Sector 6")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".map-town-icon")).to_have_count(4)
    expect(page.locator("path.map-town")).to_have_count(0)
    expect(page.locator(".map-shown")).to_have_text("显示4个小镇（共6个）")
    button.press("Enter")
    expect(page.locator(".map-town-icon")).to_have_count(6)


def test_keys_go_through_all_towns_open_and_return(open_page: Opener) -> None:
    page = open_page("/map-en.html")
    stops = page.locator(".map-town-icon[tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    seen = []
    for _ in range(6):
        seen.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        page.keyboard.press("ArrowRight")
    assert len(set(seen)) == 6
    assert seen[0] == page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup a[href='/towns/sword']")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    expect(page.get_by_role("button", name="Sword Town")).to_be_focused()


def test_reset_shows_the_province_again(open_page: Opener) -> None:
    page = open_page("/map-en.html", reduced_motion="reduce")
    before = markers(page)
    page.get_by_role("button", name="Zoom in").click()
    assert markers(page) != before
    page.get_by_role("button", name="Whole province").click()
    after = {label: (x, y) for label, x, y in markers(page)}
    assert all(after[label] == pytest.approx((x, y), abs=3) for label, x, y in before)


def test_a_towns_page_opens_at_the_town(open_page: Opener) -> None:
    page = open_page("/town-en.html")
    expect(page.locator("[aria-current=true]")).to_have_attribute(
        "aria-label", "Sock Town, Sector 6, Creation"
    )
    box, plot = (page.locator(s).bounding_box() for s in ("path.map-town", ".map-plot"))
    assert box is not None
    assert plot is not None
    assert box["width"] > 20
    assert abs(box["x"] + box["width"] / 2 - plot["x"] - plot["width"] / 2) < 20
    assert page.locator(".map-legend").count() == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_failures_are_told(open_page: Opener, language: str) -> None:
    page = open_page(f"/map-{language}.html", failing="towns.geojson")
    expect(page.locator(".map-failed")).to_have_text(texts(language)["failed"])
    page = open_page(f"/map-{language}.html", failing="basemap.geojson")
    expect(page.locator(".map-notes")).to_contain_text(texts(language)["base_failed"])
    expect(page.locator(".map-town-icon")).to_have_count(6)


@pytest.mark.parametrize("address", ["/map-en.html", "/town-zh.html", "/edit-zh.html"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_accessibility(open_page: Opener, address: str, scheme: str) -> None:
    page = open_page(address, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in serious] == []


def test_no_page_is_wider_than_a_phone(open_page: Opener) -> None:
    for address in ("/map-en.html", "/edit-en.html"):
        page = open_page(address, viewport={"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def click_on_map(page: Page, *places: tuple[int, int]) -> None:
    box = page.locator(".map-plot").bounding_box()
    assert box is not None
    for x, y in places:
        page.mouse.move(box["x"] + x - 4, box["y"] + y)
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(80)  # Leaflet.draw takes no second point within 50 ms


def test_a_drawn_boundary_is_a_boundary(open_page: Opener) -> None:
    page = open_page("/edit-en.html")
    page.get_by_role("button", name="Draw a boundary").click()
    click_on_map(page, (300, 300), (380, 290), (400, 360), (310, 350), (300, 300))
    text = page.locator("#boundary").input_value()
    drawn = parse_boundary(text)
    assert page.locator("#datum").input_value() == "wgs84"
    about = page.locator(".map-shown").inner_text()
    assert float(about.split()[1]) == pytest.approx(drawn.area_km2, rel=0.01)
    handle = page.locator(".leaflet-editing-icon").first
    handle.drag_to(page.locator(".map-plot"), target_position={"x": 280, "y": 250})
    moved = parse_boundary(page.locator("#boundary").input_value())
    assert moved.area_km2 > drawn.area_km2 + 0.1
    page.get_by_role("button", name="Clear").click()
    assert page.locator("#boundary").input_value() == ""
    assert page.locator("path.map-drawn").count() == 0


def test_drawing_can_be_undone_and_may_not_cross(open_page: Opener) -> None:
    page = open_page("/edit-en.html")
    page.get_by_role("button", name="Draw a boundary").click()
    click_on_map(page, (300, 300), (400, 300), (400, 400), (350, 250))
    expect(page.locator(".leaflet-draw-tooltip")).to_contain_text(texts("en")["crossing"])
    click_on_map(page, (310, 400), (320, 420))
    page.get_by_role("button", name="Remove last point").click()
    page.get_by_role("button", name="Finish").click()
    (ring,) = json.loads(page.locator("#boundary").input_value())["coordinates"]
    assert len(ring) == 5


def test_typed_text_is_shown_and_never_changed(open_page: Opener) -> None:
    page = open_page("/edit-zh.html")
    parts = [[SQUARE], [[[lon + 0.1, lat] for lon, lat in SQUARE]]]
    for typed, count in [
        (json.dumps({"type": "MultiPolygon", "coordinates": parts}), 2),
        (json.dumps(collection()["features"][-1]), 1),
        ('{"type": "Polygon"', 0),
        ('{"type": "Point", "coordinates": [1, 2]}', 0),
        ("", 0),
    ]:
        page.locator("#boundary").fill(typed)
        expect(page.locator("path.map-drawn")).to_have_count(count)
        assert page.locator("#boundary").input_value() == typed
        told = page.locator(".map-shown").inner_text()
        assert told == texts("zh")["typed"] if typed and not count else "km" not in told


def test_shifted_positions_cannot_be_dragged(open_page: Opener) -> None:
    page = open_page("/edit-en.html")
    page.locator("#boundary").fill(json.dumps({"type": "Polygon", "coordinates": [SQUARE]}))
    expect(page.locator(".map-shown")).to_contain_text(texts("en")["shifted"])
    expect(page.locator(".leaflet-editing-icon")).to_have_count(0)
    page.locator("#datum").select_option("wgs84")
    expect(page.locator(".leaflet-editing-icon")).to_have_count(8)
    page.locator("#datum").select_option("gcj02")
    page.get_by_role("button", name="Draw a boundary").click()
    click_on_map(page, (100, 100), (160, 100), (160, 160), (100, 100))
    assert json.loads(page.locator("#boundary").input_value())["type"] == "Polygon"
    assert page.locator("#datum").input_value() == "wgs84"


def test_without_scripts_the_text_can_be_typed(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/edit-en.html")
    page.locator("#boundary").fill('{"type": "Polygon"}')
    expect(page.locator("#boundary")).to_have_value('{"type": "Polygon"}')
    context.close()
