"""How every chart looks, in one place: colours, type, legend, and the shell of a specification."""

from typing import TYPE_CHECKING, Any, Final

from townworks.errors import RequestError
from townworks.schema.messages import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt
    import polars as pl

Spec = dict[str, Any]
"""A Vega-Lite specification, as `json.dumps` takes it."""
Rows = list[dict[str, Any]]

BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"
PURPLE: Final = "#B85C93"
OCHRE: Final = "#A87B00"
GREY: Final = "#767B81"
COLOURS: Final = (BLUE, VERMILLION, GREEN, PURPLE, OCHRE, GREY)
"""After Okabe and Ito (2008), purple and orange darkened: each has a contrast of 3:1 and more both
on white and on the dark page (#14181a), so that one set serves both."""

FONT: Final = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC",'
    ' "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
)
NARROW: Final = "narrow"
"""Parameter of every chart: it stands on a phone (charts.js sets it; false elsewhere)."""

NARROW_ROW: Final = 42
"""Height of a row on phones in CSS pixels: a bar with its name above it."""
NAME_ABOVE: Final = 17
"""From the middle of such a bar up to the middle of its name."""

_INK: Final = "currentColor"  # the page's own text colour, whichever theme it has

CONFIG: Final[Spec] = {
    "background": "transparent",
    "font": FONT,
    "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
    "view": {"stroke": None},
    # Our own layers speak; Vega's words for axes and legends are English only.
    "axis": {
        "aria": False,
        "labelColor": _INK,
        "titleColor": _INK,
        "domainColor": _INK,
        "tickColor": _INK,
        "gridColor": _INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelOpacity": 0.85,
        "domainOpacity": 0.45,
        "tickOpacity": 0.45,
        "gridOpacity": 0.14,
        "labelPadding": 6,
    },
    "axisY": {"domain": False, "ticks": False},
    "legend": {
        "aria": False,
        "orient": "top",
        "direction": "horizontal",
        "title": None,
        "labelColor": _INK,
        "labelFontSize": 12,
        "labelLimit": 220,
        "symbolSize": 110,
        "columnPadding": 18,
        "rowPadding": 4,
        "offset": 10,
    },
    "title": {
        "anchor": "start",
        "frame": "group",
        "color": _INK,
        "fontSize": 12,
        "fontWeight": "normal",
        "offset": 6,
    },
    "text": {"color": _INK, "fontSize": 12},
    "rule": {"color": _INK},
}


def spec(
    layers: "Sequence[alt.Chart]",
    datasets: "Mapping[str, Rows]",
    language: str,
    *,
    title: str,
    heights: tuple[int, int],
) -> Spec:
    """Give layers their rows (by the names they use), title, size, words and looks.

    heights: of the plot without axes and legend, in CSS pixels, on wide pages and on phones; the
    width is the container's. `usermeta` carries what charts.js needs of this.
    """
    import altair as alt

    chart = alt.LayerChart(
        layer=list(layers),
        title=title,
        width="container",
        height=heights[0],
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    words = {"keys": message("charts.keys", language), "heights": list(heights)}
    rest = {"config": CONFIG, "datasets": dict(datasets), "usermeta": words}
    return chart.to_dict() | rest | {"params": [{"name": NARROW, "value": False}]}


def named(name: str) -> "alt.NamedData":
    """Reference to a dataset of the specification, by its name."""
    import altair as alt

    return alt.NamedData(name=name)


def colours(
    domain: "Sequence[str]", shades: "Sequence[str]", symbol: str = "square"
) -> "alt.Color":
    """Colour by the field `series`; the legend has the domain's order, two columns on phones.

    symbol: of the legend; "stroke" is a piece of the line, with its dashes.
    """
    import altair as alt

    columns = alt.ExprRef(f"{NARROW} ? 2 : 0")
    legend = alt.Legend(columns=columns, symbolType=symbol)
    if symbol == "stroke":
        legend = alt.Legend(
            columns=columns, symbolType=symbol, symbolSize=420, symbolStrokeWidth=2.25
        )
    scale = alt.Scale(domain=list(domain), range=list(shades))
    return alt.Color("series:N", scale=scale, legend=legend)


def names_down(order: "Sequence[str]") -> "alt.Y":
    """Encode the field `name` down the side, in order; on phones each stands above its bar."""
    import altair as alt

    def on_phones(value: str, otherwise: str) -> alt.ExprRef:
        return alt.ExprRef(f"{NARROW} ? {value} : {otherwise}")

    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        zindex=1,
        labelAlign=on_phones("'left'", "'right'"),
        labelPadding=on_phones("-2", "6"),
        labelOffset=on_phones(f"-{NAME_ABOVE}", "0"),
        labelLimit=on_phones("320", "220"),
    )
    # Room for the first name, between its bar and what stands above the plot.
    scale = alt.Scale(paddingOuter=on_phones("0.25", "0"))
    return alt.Y("name:N", sort=list(order), axis=axis, scale=scale)


def need(frame: "pl.DataFrame", chart: str, columns: "Sequence[str]") -> None:
    """Raise `RequestError` that names the columns which the chart's frame lacks.

    >>> import polars as pl
    >>> need(pl.DataFrame({"town": ["a"]}), "ahead_behind", ["town", "reached_cny"])
    Traceback (most recent call last):
    ...
    townworks.errors.RequestError: The frame of ahead_behind lacks reached_cny. It has town.
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        problem = f"The frame of {chart} lacks {', '.join(missing)}"
        raise RequestError(problem, f"It has {', '.join(frame.columns) or 'no columns'}.")


def spoken(parts: "Mapping[str, str]", language: str) -> str:
    """Name → value as one sentence, for those who listen.

    >>> spoken({"town": "Yunqi", "share": "93 %"}, "en")
    'town: Yunqi, share: 93 %'
    """
    pairs = [message("charts.colon", language, name=n, value=v) for n, v in parts.items()]
    return message("charts.comma", language).join(pairs)
