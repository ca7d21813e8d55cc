"""How many towns each sector has, and how they stand."""

from typing import TYPE_CHECKING, Final

from townworks.report.charts.theme import (
    BLUE,
    COLOURS,
    GREEN,
    GREY,
    NARROW,
    NARROW_ROW,
    OCHRE,
    PURPLE,
    VERMILLION,
    Rows,
    Spec,
    colours,
    named,
    names_down,
    need,
    spec,
    spoken,
)
from townworks.schema.messages import message

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

STATUSES: Final = {
    "named": GREEN,
    "creation": BLUE,
    "creation_warned": VERMILLION,
    "cultivation": GREY,
    "cultivation_warned": OCHRE,
    "demoted": PURPLE,
}
"""Statuses from the left of a bar to its right, with their colours; others follow."""
ROW: Final = 30
"""Height of a sector's row in CSS pixels."""
COLUMNS: Final = ("sector", "status", "status_title", "towns")

Cells = dict[tuple[str, str], int]
"""Sector and status → towns."""


def towns_by_sector(frame: "pl.DataFrame", language: str) -> Spec | None:
    """Draw how many towns each sector has, stacked by their status; most towns first.

    frame: one row per sector and status, or more, which add up:
        sector: String, its name as it is to be read, in the language
        status: String, code of the status machine; decides order and colour
        status_title: String, its name as it is to be read, in the language
        towns: integer

    None for a frame without towns. Raises `RequestError` for missing columns.
    """
    need(frame, "towns_by_sector", COLUMNS)
    cells, titles = _cells(frame)
    if not cells:
        return None
    totals: dict[str, int] = {}
    for (sector, _), towns in cells.items():
        totals[sector] = totals.get(sector, 0) + towns
    order = sorted(totals, key=lambda sector: (-totals[sector], sector))
    y = names_down(order)
    layers = [_segments(y, _colour(titles), language), _totals(y)]
    datasets = {
        "segments": _segment_rows(cells, titles, language),
        "totals": [{"name": s, "high": totals[s], "text": f"{totals[s]:,}"} for s in order],
    }
    title = message("charts.towns", language)
    heights = (ROW * len(order), NARROW_ROW * len(order))
    return spec(layers, datasets, language, title=title, heights=heights)


def _cells(frame: "pl.DataFrame") -> tuple[Cells, dict[str, str]]:
    """Towns by sector and status, and status → title in the order of the bar."""
    found: Cells = {}
    titles: dict[str, str] = {}
    for sector, status, title, towns in frame.select(COLUMNS).iter_rows():
        if towns:
            found[sector, status] = found.get((sector, status), 0) + towns
            titles[status] = title
    known = [code for code in STATUSES if code in titles]
    others = sorted(code for code in titles if code not in STATUSES)
    return found, {code: titles[code] for code in (*known, *others)}


def _colour(titles: dict[str, str]) -> "alt.Color":
    shades = [STATUSES.get(code, COLOURS[n % len(COLOURS)]) for n, code in enumerate(titles)]
    return colours(list(titles.values()), shades)


def _segments(y: "alt.Y", color: "alt.Color", language: str) -> "alt.Chart":
    import altair as alt

    axis = alt.Axis(title=None, tickMinStep=1, format=",d", tickCount=5)
    words = ("title", message("charts.status", language), message("charts.towns", language))
    fields = ("title", "series", "towns")
    tips = [alt.Tooltip(f"{f}:N", title=word) for f, word in zip(fields, words, strict=True)]
    bars = alt.Chart(named("segments"), name="parts").mark_bar(
        ariaRoleDescription=message("charts.mark.part", language),
        height=alt.ExprRef(f"{NARROW} ? 14 : 21"),
    )
    chart: alt.Chart = bars.encode(
        x=alt.X("low:Q", axis=axis),
        x2="high:Q",
        y=y,
        color=color,
        description="text:N",
        tooltip=tips,
    )
    return chart


def _totals(y: "alt.Y") -> "alt.Chart":
    import altair as alt

    words = alt.Chart(named("totals")).mark_text(aria=False, align="left", dx=6)
    chart: alt.Chart = words.encode(x="high:Q", y=y, text="text:N")
    return chart


def _segment_rows(cells: Cells, titles: dict[str, str], language: str) -> Rows:
    rows: Rows = []
    reached: dict[str, int] = {}
    for status, title in titles.items():
        for sector, towns in ((s, n) for (s, its), n in cells.items() if its == status):
            low = reached.get(sector, 0)
            reached[sector] = low + towns
            count = f"{towns:,}"
            text = f"{sector} · {spoken({title: count}, language)}"
            place = {"name": sector, "series": title, "low": low, "high": low + towns}
            rows.append({**place, "title": sector, "towns": count, "text": text})
    return rows
