"""How many enterprises are in a town, period by period, by where they came from."""

from typing import TYPE_CHECKING, Final

from townworks.report.charts.periods import (
    Step,
    after,
    bounds,
    marks_layer,
    period_name,
    start_of,
    step_of,
    time_axis,
)
from townworks.report.charts.theme import (
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    Rows,
    Spec,
    colours,
    named,
    need,
    spec,
    spoken,
)
from townworks.schema.messages import message

if TYPE_CHECKING:
    from datetime import date

    import altair as alt
    import polars as pl

ORIGINS: Final = {"already_there": GREY, "new": GREEN, "relocated": BLUE, "branch": PURPLE}
"""Origins from the bottom of the stack to its top, with their colours."""
HEIGHT: Final = 240
COLUMNS: Final = ("period_end", "origin", "enterprises")

Counts = dict["date", dict[str, int]]


def enterprises_over_time(frame: "pl.DataFrame", language: str) -> Spec | None:
    """Draw the number of enterprises present at the end of each period, stacked by origin.

    frame: one row per period and origin, or more, which add up; a missing one counts as none:
        period_end: Date, last day of a month, quarter or year
        origin: String: "already_there", "new", "relocated" or "branch"; others are not drawn
        enterprises: integer, present on that day (a stock, not arrivals)

    None for a frame without such rows. Raises `RequestError` for missing columns.
    """
    counts = _counts(frame)
    if not counts:
        return None
    ends = list(counts)
    step = step_of(ends)
    axis_step, marks = bounds(start_of(ends[0], step), ends[-1], step)
    x = time_axis(axis_step, marks, language)
    layers = [marks_layer(x), _bars(counts, x, language), _hits(counts, x, language)]
    datasets = {
        "bounds": [{"on": day.isoformat()} for day in marks],
        "bars": _bar_rows(counts, step, language),
        "periods": _period_rows(counts, step, language),
    }
    title = message("charts.enterprises", language)
    return spec(layers, datasets, language, title=title, heights=(HEIGHT, HEIGHT))


def _counts(frame: "pl.DataFrame") -> Counts:
    """Period end → origin → enterprises, both in order; only origins that occur."""
    need(frame, "enterprises_over_time", COLUMNS)
    added: dict[tuple[date, str], int] = {}
    for end, origin, enterprises in frame.select(COLUMNS).iter_rows():
        if origin in ORIGINS and enterprises is not None:
            added[end, origin] = added.get((end, origin), 0) + enterprises
    ends = sorted({end for end, _ in added})
    origins = [origin for origin in ORIGINS if any(it == origin for _, it in added)]
    return {end: {origin: added.get((end, origin), 0) for origin in origins} for end in ends}


def _word(origin: str, language: str) -> str:
    return message(f"charts.origin.{origin}", language)


def _bars(counts: Counts, x: "alt.X", language: str) -> "alt.Chart":
    import altair as alt

    origins = list(next(iter(counts.values())))
    axis = alt.Axis(title=None, tickCount=5, tickMinStep=1, format=",d")
    color = colours([_word(o, language) for o in origins], [ORIGINS[o] for o in origins])
    chart = alt.Chart(named("bars"), name="bars").mark_rect(aria=False)
    layer: alt.Chart = chart.encode(
        x=x,
        x2="to:T",
        y=alt.Y("low:Q", axis=axis, scale=alt.Scale(zero=True)),
        y2="high:Q",
        color=color,
    )
    return layer


def _hits(counts: Counts, x: "alt.X", language: str) -> "alt.Chart":
    """Lay an invisible band over each period: what the pointer, the keys and the ear find."""
    import altair as alt

    kind = message("charts.mark.period", language)
    chart = alt.Chart(named("periods"), name="hits").mark_rect(opacity=0, ariaRoleDescription=kind)
    shown = ["title", *_values(next(iter(counts.values())), language)]
    tips = [alt.Tooltip(f"{name}:N", title=name) for name in shown]
    layer: alt.Chart = chart.encode(x=x, x2="to:T", description="text:N", tooltip=tips)
    return layer


def _bar_rows(counts: Counts, step: Step, language: str) -> Rows:
    rows: Rows = []
    for end, by_origin in counts.items():
        low = 0
        band = {"on": start_of(end, step).isoformat(), "to": after(end).isoformat()}
        for origin, enterprises in by_origin.items():
            series = _word(origin, language)
            rows.append({**band, "series": series, "low": low, "high": low + enterprises})
            low += enterprises
    return rows


def _period_rows(counts: Counts, step: Step, language: str) -> Rows:
    rows: Rows = []
    for end, by_origin in counts.items():
        title = period_name(end, step, language)
        values = _values(by_origin, language)
        text = message("charts.colon", language, name=title, value=spoken(values, language))
        band = {"on": start_of(end, step).isoformat(), "to": after(end).isoformat()}
        rows.append({**band, "title": title, "text": text, **values})
    return rows


def _values(by_origin: dict[str, int], language: str) -> dict[str, str]:
    """What a period's tooltip says, topmost origin first as the eye meets them."""
    found = {_word(origin, language): f"{n:,}" for origin, n in reversed(by_origin.items())}
    return {message("charts.total", language): f"{sum(by_origin.values()):,}", **found}
