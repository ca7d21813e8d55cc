"""Which towns are ahead of their required path, and which behind."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from townworks.report.charts.amounts import Number, unit_for
from townworks.report.charts.theme import (
    BLUE,
    NARROW_ROW,
    VERMILLION,
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

ROW: Final = 22
"""Height of a town's row in CSS pixels."""
ON_PATH: Final = 100
"""Percent."""
EDGES_PERCENT: Final = (140, 250)
"""The axis ends between these; a share beyond it ends there in an arrow, and its number says it."""
HEADS: Final = ("triangle-right", "circle")
"""Head of a stick that goes on beyond the edge, and of one that ends there."""
COLUMNS: Final = ("town", "reached_cny", "required_cny")


def ahead_behind(frame: "pl.DataFrame", language: str) -> Spec | None:
    """Draw for each town how much of what is required by now it has reached, around 100 %.

    frame: one row per town:
        town: String, its name as it is to be read, in the language; no two are the same
        reached_cny: Decimal or Float, yuan invested so far; null: it has not reported
        required_cny: Decimal or Float, yuan required by now; null or 0: nothing is required yet

    Furthest ahead first, then those without a share, by name. None for a frame without rows.
    Raises `RequestError` for missing columns.
    """
    need(frame, "ahead_behind", COLUMNS)
    columns = frame.select(COLUMNS).iter_rows()
    rows = [_row(town, reached, required, language) for town, reached, required in columns]
    if not rows:
        return None
    rows.sort(key=lambda row: (row["percent"] is None, -(row["percent"] or 0), row["name"]))
    x = _share([row["percent"] or 0.0 for row in rows], language)
    y = names_down([row["name"] for row in rows])
    datasets = {
        "path": [{"percent": ON_PATH}],
        "towns": [row for row in rows if row["percent"] is not None],
        "unknown": [row for row in rows if row["percent"] is None],
    }
    layers = [_path(x), *_lollipops(x, y, language), _hits(y, language), _unknown(y, language)]
    title = message("charts.ahead", language)
    heights = (ROW * len(rows), NARROW_ROW * len(rows))
    return spec(layers, datasets, language, title=title, heights=heights)


def _row(
    town: str, reached_cny: Number | None, required_cny: Number | None, language: str
) -> dict[str, Any]:
    """Position, texts and colour of a town; `percent` is None where there is no share."""
    if reached_cny is None or not required_cny:
        why = "unknown" if reached_cny is None else "nothing"
        shown = message(f"charts.ahead.{why}", language)
        text = spoken({town: shown}, language)
        return {"name": town, "percent": None, "shown": shown, "text": text}
    percent = Decimal(str(reached_cny)) * 100 / Decimal(str(required_cny))
    side = "ahead" if percent >= ON_PATH else "behind"
    digits = f"{percent.quantize(Decimal(1), ROUND_HALF_UP):,f}"
    shown = message("charts.ahead.percent", language, value=digits)
    values = {
        message("charts.ahead.share", language): shown,
        message("charts.ahead.reached", language): _money(reached_cny, language),
        message("charts.ahead.required", language): _money(required_cny, language),
    }
    # The number of a town behind stands beside the path: a small share would leave it no room.
    place = {"percent": float(percent), "path": ON_PATH, "at": max(float(percent), ON_PATH)}
    said = {"title": town, "text": spoken({town: spoken(values, language)}, language)}
    series = message(f"charts.ahead.{side}", language)
    return {"name": town, "series": series, "shown": shown, **place, **values, **said}


def _money(amount_cny: Number, language: str) -> str:
    return unit_for(amount_cny, language).text(amount_cny)


def _share(percents: list[float], language: str) -> "alt.X":
    """Encode the share along the top, from nothing to the furthest town, within the edges."""
    import altair as alt

    least, most = EDGES_PERCENT
    edge = min(max([float(least), *percents]), float(most)) * 1.03
    sign = message("charts.ahead.percent", language, value="")
    label = f"datum.label + '{sign}'"
    axis = alt.Axis(
        title=None, orient="top", domain=False, labelExpr=label, tickCount=4, format=",d"
    )
    scale = alt.Scale(domain=[0, edge], clamp=True, nice=False)
    return alt.X("percent:Q", axis=axis, scale=scale)


def _path(x: "alt.X") -> "alt.Chart":
    import altair as alt

    line = alt.Chart(named("path")).mark_rule(aria=False, opacity=0.6, strokeWidth=1.25)
    chart: alt.Chart = line.encode(x=x)
    return chart


def _lollipops(x: "alt.X", y: "alt.Y", language: str) -> "list[alt.Chart]":
    """Draw a stick from the path to each town's share, its head and its number."""
    import altair as alt

    towns = alt.Chart(named("towns"))
    words = [message(f"charts.ahead.{side}", language) for side in ("ahead", "behind")]
    color = colours(words, [BLUE, VERMILLION], "circle")
    beyond = alt.datum.percent > EDGES_PERCENT[1]
    heads = towns.mark_point(aria=False, size=80, opacity=1, filled=True)
    return [
        towns.mark_rule(aria=False, strokeWidth=2.5).encode(x=x, x2="path:Q", y=y, color=color),
        heads.encode(x=x, y=y, color=color, shape=alt.condition(beyond, *map(alt.value, HEADS))),
        towns.mark_text(aria=False, align="left", dx=9).encode(x="at:Q", y=y, text="shown:N"),
    ]


def _unknown(y: "alt.Y", language: str) -> "alt.Chart":
    """Say at the left of a row why a town has no share."""
    import altair as alt

    words = alt.Chart(named("unknown")).mark_text(
        align="left", opacity=0.8, ariaRoleDescription=message("charts.mark.town", language)
    )
    chart: alt.Chart = words.encode(x=alt.value(8), y=y, text="shown:N", description="text:N")
    return chart


def _hits(y: "alt.Y", language: str) -> "alt.Chart":
    """Lay an invisible band over each town's row: what the pointer, the keys and the ear find."""
    import altair as alt

    shown = [message(f"charts.ahead.{key}", language) for key in ("share", "reached", "required")]
    tips = [alt.Tooltip(f"{name}:N", title=name) for name in ("title", *shown)]
    band = alt.Chart(named("towns"), name="hits").mark_rect(
        opacity=0, ariaRoleDescription=message("charts.mark.town", language)
    )
    chart: alt.Chart = band.encode(y=y, description="text:N", tooltip=tips)
    return chart
