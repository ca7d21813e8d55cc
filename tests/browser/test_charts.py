"""Charts in Chromium under the register's policy: no inline script, no inline style, no eval."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from typing import Any

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from townworks.report.charts import (
    ahead_behind,
    enterprises_over_time,
    programme_investment,
    town_investment,
    towns_by_sector,
)
from townworks.schema.messages import message
from townworks.web.charts_bundle import charts_bundle

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'"
)
STATIC = files("townworks.web") / "static" / "townworks"
NAMES = ("programme", "town", "enterprises", "sectors", "ahead")
QUARTERS = [date(2015, 3, 31), date(2015, 6, 30), date(2015, 9, 30), date(2015, 12, 31)]
PAGE_CSS = """
:root { color-scheme: light dark; --raised: #ffffff; --ink: #1d2226; }
body { margin: 1rem; background: var(--raised); color: var(--ink); font: 1rem/1.5 sans-serif; }
@media (prefers-color-scheme: dark) { :root { --raised: #1b2023; --ink: #e9e7e1; } }
"""
Opener = Callable[..., Page]


def drawn(name: str, language: str) -> dict[str, Any] | None:
    """Return the specification of a chart of made-up numbers."""
    quarters = pl.Series("period_end", QUARTERS)
    money = pl.DataFrame({"period_end": quarters, "amount_cny": [2e10, 3e10, 2.5e10, 4e10]})
    reported = money.head(3).with_columns(evidence=pl.lit("reported"))
    both = pl.concat([money.with_columns(evidence=pl.lit("planned")), reported])
    if name == "programme":
        return programme_investment(both, Decimal("5e11"), language, until=date(2017, 12, 31))
    if name == "town":
        path = pl.DataFrame({"on": [date(2017, 12, 31)], "required_cny": [5e11]})
        return town_investment(both, path, language)
    if name == "enterprises":
        counts = pl.DataFrame({"period_end": quarters, "enterprises": [3, 5, 8, 13]})
        origins = [counts.with_columns(origin=pl.lit(origin)) for origin in ("new", "relocated")]
        return enterprises_over_time(pl.concat(origins), language)
    if name == "sectors":
        towns = {"sector": ["时尚", "金融"], "status": ["named", "creation"], "towns": [3, 5]}
        frame = pl.DataFrame(towns | {"status_title": ["命名", "创建"]})
        return towns_by_sector(frame, language)
    shares = {"reached_cny": [2e9, 4e8, 9e9, None], "required_cny": [1e9] * 4}
    return ahead_behind(
        pl.DataFrame({"town": ["甲镇", "<b>乙镇</b>", "丙镇", "丁镇"], **shares}), language
    )


@cache
def spec(name: str, language: str) -> str:
    return json.dumps(drawn(name, language))


def figures(language: str) -> str:
    """Every chart; in turns inline and by address."""
    failed = message("charts.failed", language)
    found = ""
    for n, name in enumerate(NAMES):
        where = f'data-spec-url="/spec/{language}/{name}"' if n % 2 else f'data-spec="spec-{name}"'
        found += f'<figure class="chart" id="{name}" {where} data-failed="{failed}">'
        found += f"<figcaption>{name}</figcaption></figure>"
        if not n % 2:
            text = spec(name, language).replace("<", "\\u003c")
            found += f'<script type="application/json" id="spec-{name}">{text}</script>'
    return found


def page(language: str, body: str) -> str:
    return f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Charts</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<link rel="stylesheet" href="/charts.css">
<script defer src="/probe.js"></script><script defer src="/bundle.js"></script>
<script defer src="/charts.js"></script></head>
<body><main><h1>Charts</h1>{body}</main></body></html>"""


PROBE = """window.violations = []; document.addEventListener('securitypolicyviolation',
  event => window.violations.push(event.violatedDirective + ' ' + event.sample));"""
BROKEN = (
    '<figure class="chart" id="broken" data-spec-url="/spec/none" data-failed="Not drawn.">'
    "<figcaption>broken</figcaption></figure>"
)


EMPTY = BROKEN.replace("/spec/none", "/spec/empty").replace("data-failed", "data-empty")


def answer(path: str) -> tuple[str, bytes] | None:
    """Return type and body of an address; None is not found."""
    if path.startswith(("/spec/en/", "/spec/zh/")):
        return "application/json", spec(path[9:], path[6:8]).encode()
    if path in {"/en", "/zh"}:
        return "text/html", page(path[1:], figures(path[1:])).encode()
    if path in {"/charts.css", "/charts.js"}:
        kind = "text/css" if path.endswith("css") else "text/javascript"
        return kind, (STATIC / path[1:]).read_bytes()
    return {
        "/broken": ("text/html", page("en", BROKEN).encode()),
        "/empty": ("text/html", page("en", EMPTY).encode()),
        "/spec/empty": ("application/json", b""),
        "/page.css": ("text/css", PAGE_CSS.encode()),
        "/bundle.js": ("text/javascript", charts_bundle()),
        "/probe.js": ("text/javascript", PROBE.encode()),
    }.get(path)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = answer(self.path)
        kind, body = found or ("text/plain", b"not found")
        self.send_response((200 if body else 204) if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def open_charts(browser: Browser, address: str) -> Iterator[Opener]:
    """Open the charts; afterwards nothing may have been logged, forbidden or fetched elsewhere."""
    faults: list[str] = []
    opened = []

    def opener(path: str = "/en", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | options)
        page = context.new_page()
        page.on("console", lambda entry: faults.append(entry.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((address, "data:")) else faults.append(request.url)
            ),
        )
        page.goto(address + path)
        opened.append((context, page))
        if path not in {"/broken", "/empty"}:
            expect(page.locator("figure[data-state=drawn]")).to_have_count(len(NAMES))
        return page

    yield opener
    for context, page in opened:
        faults += page.evaluate("window.violations")
        context.close()
    assert [fault for fault in faults if "404" not in fault] == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1200, 390])
def test_every_chart_is_drawn_in_its_frame(open_charts: Opener, language: str, width: int) -> None:
    page = open_charts(f"/{language}", viewport={"width": width, "height": 900})
    for name in NAMES:
        svg = page.locator(f"#{name} svg")
        expect(svg.locator("[role=graphics-symbol]").first).to_be_attached()
        box, frame = svg.bounding_box(), page.locator(f"#{name}").bounding_box()
        assert box is not None
        assert frame is not None
        assert box["height"] > 90
        assert box["width"] == pytest.approx(frame["width"], abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_words_of_the_axis_and_legend_are_there(open_charts: Opener) -> None:
    page = open_charts("/zh")
    programme = page.locator("#programme svg")
    for word in ("2015年", "2017年", "目标：5,000亿元", "规划", "要求进度"):
        expect(programme.get_by_text(word, exact=True)).to_have_count(1)
    assert page.evaluate("getComputedStyle(document.querySelector('#programme svg text')).fontSize")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Shanghai"])
def test_a_period_has_its_place_in_every_time_zone(open_charts: Opener, zone: str) -> None:
    page = open_charts("/en", timezone_id=zone)
    bands = page.locator("#enterprises .hits_marks path")
    first, axis = bands.first.bounding_box(), page.locator("#enterprises .bounds_marks line").first
    edge = axis.bounding_box()
    assert first is not None
    assert edge is not None
    assert first["x"] == pytest.approx(edge["x"], abs=1.5)


def test_pointer_shows_the_values_of_a_period(open_charts: Opener) -> None:
    page = open_charts()
    page.locator("#programme .hits_marks path").nth(1).hover(force=True)
    tip = page.locator("#vg-tooltip-element.visible")
    expect(tip.get_by_role("heading")).to_have_text("2015 Q2")
    expect(tip).to_contain_text("reportedCNY 50 bn")
    assert tip.evaluate("e => getComputedStyle(e).position") == "fixed"
    page.mouse.move(0, 0)
    expect(tip).to_have_count(0)


def test_hostile_names_stay_text(open_charts: Opener) -> None:
    page = open_charts()
    page.locator("#ahead .hits_marks path").nth(2).hover(force=True)
    expect(page.locator("#vg-tooltip-element h2")).to_have_text("<b>乙镇</b>")
    assert page.locator("b").count() == 0


def test_keys_read_the_values_one_by_one(open_charts: Opener) -> None:
    page = open_charts()
    page.keyboard.press("Tab")
    plot, said = page.locator("#programme .chart-plot"), page.locator("#programme .chart-said")
    expect(plot).to_be_focused()
    assert "programme" in str(plot.get_attribute("aria-label"))
    assert plot.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("2015 Q1: planned: CNY 20 bn, reported: CNY 20 bn")
    page.keyboard.press("End")
    expect(said).to_contain_text("2015 Q4: planned: CNY 115 bn, reported: —")
    expect(page.locator("#vg-tooltip-element.visible h2")).to_have_text("2015 Q4")
    page.keyboard.press("Escape")
    expect(said).to_be_empty()
    expect(page.locator("#vg-tooltip-element.visible")).to_have_count(0)


def test_the_ear_gets_only_our_words(open_charts: Opener) -> None:
    """Vega's own are English: "X-axis titled …", "Title text …", "visualization"."""
    page = open_charts("/zh")
    heard = page.locator("figure [aria-label], figure [aria-roledescription]").evaluate_all(
        """all => all.filter(e => !e.closest("[aria-hidden=true]")).map(e => [
        e.getAttribute("aria-label") ?? "", e.getAttribute("aria-roledescription") ?? ""])"""
    )
    assert len(heard) > 15
    for label, role in heard:
        ours = label.replace("<b>", "").replace("</b>", "")
        assert ours.split(" — ")[0] in NAMES or not re.search("[A-Za-z]", ours), label
        assert not re.search("[A-Za-z]", role), role


def test_charts_that_are_swapped_in_are_drawn_too(open_charts: Opener) -> None:
    page = open_charts()
    page.evaluate(
        """() => { const copy = document.getElementById("town").cloneNode();
        copy.id = "late"; delete copy.dataset.state; document.querySelector("main").append(copy);
        document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: copy } })); }"""
    )
    expect(page.locator("#late svg")).to_be_visible()


def test_charts_follow_their_frame(open_charts: Opener) -> None:
    page = open_charts()
    before = page.locator("#ahead svg").bounding_box()
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.locator("#ahead svg")).to_have_attribute("width", "358")
    after = page.locator("#ahead svg").bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"], "on phones names stand above their bars"


def test_text_takes_the_colour_of_a_dark_page(open_charts: Opener) -> None:
    page = open_charts(color_scheme="dark")
    label = page.locator("#town .role-axis-label text").first
    assert label.evaluate("e => getComputedStyle(e).fill") == "rgb(233, 231, 225)"


def test_a_chart_that_fails_says_so(open_charts: Opener) -> None:
    page = open_charts("/broken")
    expect(page.locator("#broken .chart-failed")).to_have_text("Not drawn.")
    expect(page.locator("#broken svg")).to_have_count(0)


def test_a_chart_with_nothing_to_draw_says_so(open_charts: Opener) -> None:
    page = open_charts("/empty")
    expect(page.locator("#broken .chart-empty")).to_have_text("Not drawn.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_charts: Opener, scheme: str) -> None:
    page = open_charts(color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [(f["id"], f["impact"], f["nodes"][0]["html"][:200]) for f in found] == []


def test_the_bundle_leaves_one_global(open_charts: Opener) -> None:
    page = open_charts()
    names = page.evaluate("Object.keys(window).filter(name => /vega|^[a-z]\\d*$/i.test(name))")
    assert names == ["vegaEmbed"]
