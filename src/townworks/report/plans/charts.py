"""Charts of a plan: Polars frames and amounts in, Vega-Lite specifications out, one language each.

A chart without rows is None; the page then says so. Every chart has a table beside it.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from townworks.report.charts.amounts import Unit, unit_for
from townworks.report.charts.theme import (
    BLUE,
    GREY,
    OCHRE,
    VERMILLION,
    Rows,
    Spec,
    colours,
    named,
    spec,
)
from townworks.report.plans import tables
from townworks.report.plans.facts import PlanFacts
from townworks.report.plans.phases import Amount
from townworks.report.plans.rows import CATEGORIES, anchor, category
from townworks.report.plans.writing import words
from townworks.schema.plans import OBJECTIVES, UNITS

if TYPE_CHECKING:
    import altair as alt

SHADES: Final = {"both": BLUE, "plan_only": VERMILLION, "list_only": OCHRE, "neither": GREY}
SHAPES: Final = {
    "both": "circle",
    "plan_only": "triangle-up",
    "list_only": "diamond",
    "neither": "circle",
}
FRONTIER: Final = ("best", "bound", "here")
"""Series of a trade-off: the best plans, the bound above them, this plan."""
DIFFERING: Final = ("plan_only", "list_only")
"""Where plan and list part: drawn larger, and above the others."""
PART_SHADES: Final = {"private_investment": BLUE, "public_investment": OCHRE}


def say(key: str, language: str, **values: object) -> str:
    """Return a message of plans.toml in one language."""
    return words(key, **values)[language]


def year_bars(rows: Sequence[Sequence[Amount]], title: str, language: str) -> Spec | None:
    """Draw amounts by year, stacked if there are several; the first has floors and ceilings.

    rows: of each quantity the years alone. A ceiling is a line over its year, a floor a dashed one.
    """
    import altair as alt

    limits_of = rows[0]
    parts = rows[1:] or rows
    scale = _Scale(
        UNITS[parts[0][0].quantity], [*limits_of, *(a for r in parts for a in r)], language
    )
    if not scale.largest:
        return None
    names = {r[0].quantity: say(f"quantity.{r[0].quantity}", language) for r in parts}
    x = alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0, ticks=False))
    y = alt.Y("low:Q", axis=alt.Axis(title=None, tickCount=4, format=",~f"), scale=scale.axis)
    bars = alt.Chart(named("bars")).mark_bar(aria=False, width=alt.RelativeBandSize(0.62))
    shades = [PART_SHADES.get(q, BLUE) for q in names]
    layers = [
        bars.encode(x=x, y=y, y2="high:Q", color=colours(list(names.values()), shades)),
        *_limit_marks(x),
    ]
    if len(names) == 1:
        layers[0] = bars.encode(x=x, y=y, y2="high:Q", color=alt.value(BLUE))
    data = {"bars": _stacked(parts, names, scale), "limits": _limits(limits_of, scale)}
    heading = f"{title} · {scale.title}" if scale.title else title
    return spec(layers, data, language, title=heading, heights=(150, 150))


class _Scale:
    """Unit of a chart's amounts, and its axis from nothing to a little above the largest."""

    def __init__(self, unit: str, amounts: Sequence[Amount], language: str) -> None:
        values = [v for a in amounts for v in (a.planned, a.least, a.most) if v is not None]
        self.largest = max(values, default=0.0)
        self.money: Unit | None = unit_for(self.largest, language) if unit == "cny" else None
        plain = say("mu", language) if unit == "mu" else ""
        self.title = self.money.title if self.money else plain

    def drawn(self, value: float) -> float:
        return self.money.drawn(value) if self.money else value

    @property
    def axis(self) -> "alt.Scale":
        """From nothing to a little above the largest amount or limit."""
        import altair as alt

        return alt.Scale(domain=[0, 1.08 * self.drawn(self.largest)], nice=False)


def _limit_marks(x: "alt.X") -> "list[alt.Chart]":
    import altair as alt

    marks = alt.Chart(named("limits")).mark_tick(
        aria=False, thickness=2, width=alt.RelativeBandSize(0.86), color="currentColor", opacity=1
    )
    return [marks.encode(x=x, y="low:Q")]


def _stacked(parts: Sequence[Sequence[Amount]], names: dict[str, str], scale: _Scale) -> Rows:
    rows: Rows = []
    reached: dict[int | None, float] = {}
    for part in parts:
        for each in part:
            low = reached.get(each.year, 0.0)
            reached[each.year] = low + scale.drawn(each.planned)
            place = {"year": str(each.year), "low": low, "high": reached[each.year]}
            rows.append({**place, "series": names[each.quantity]})
    return rows


def _limits(amounts: Sequence[Amount], scale: _Scale) -> Rows:
    return [
        {"year": str(a.year), "low": scale.drawn(limit)}
        for a in amounts
        for limit in (a.least, a.most)
        if limit is not None
    ]


def inclusion_chart(facts: PlanFacts, *, linked: bool) -> Spec | None:
    """Draw each candidate's probability to be among the best, by rank; coloured list against plan.

    Without a word, so that one drawing serves both languages; linked: points lead to their rows.
    """
    import altair as alt

    if facts.lines.is_empty():
        return None
    lines = facts.lines.sort("inclusion", "candidate_id", descending=[True, False])
    size = 52 if lines.height <= 150 else 30 if lines.height <= 400 else 16  # noqa: PLR2004  room
    rows: Rows = [
        {"rank": n, "p": round(row["inclusion"], 4), "series": category(row),
         "area": size * (2.2 if category(row) in DIFFERING else 1),
         "to": f"#{anchor(row['candidate_id'])}"}
        for n, row in enumerate(lines.iter_rows(named=True), 1)
    ]  # fmt: skip
    rows.sort(key=lambda row: row["series"] in DIFFERING)
    shape = alt.Shape(
        "series:N", scale=_named(CATEGORIES, [SHAPES[c] for c in CATEGORIES]), legend=None
    )
    color = alt.Color(
        "series:N", scale=_named(CATEGORIES, [SHADES[c] for c in CATEGORIES]), legend=None
    )
    x_axis = alt.Axis(title=None, tickMinStep=1, format=",d", grid=False)
    x = alt.X("rank:Q", axis=x_axis, scale=alt.Scale(domain=[0, len(rows) + 1], nice=False))
    y_axis = alt.Axis(title=None, format=".0%", tickCount=5)
    y = alt.Y("p:Q", axis=y_axis, scale=alt.Scale(domain=[-0.02, 1.03], nice=False))
    points = alt.Chart(named("points")).mark_point(aria=False, filled=True, opacity=0.95)
    area = alt.Size("area:Q", scale=None, legend=None)
    links = {"href": alt.Href("to:N")} if linked else {}
    layer = points.encode(x=x, y=y, color=color, shape=shape, size=area, **links)
    line = (
        alt.Chart(named("places"))
        .mark_rule(aria=False, strokeDash=[4, 4], opacity=0.6)
        .encode(x="rank:Q")
    )
    data: dict[str, Rows] = {"points": rows, "places": [{"rank": facts.chosen.height + 0.5}]}
    drawn = spec([line, layer], data, "en", title="", heights=(260, 240))
    return {name: part for name, part in drawn.items() if name != "title"}


def _named(names: Sequence[str], looks: Sequence[Any]) -> "alt.Scale":
    import altair as alt

    return alt.Scale(domain=list(names), range=list(looks))


def frontier_chart(facts: PlanFacts, across: str, language: str) -> Spec | None:
    """Draw what the best plan is worth by what is held: points, the bound above, this plan.

    The bound is left out where it bounds another quantity, see `tables.is_bounded`.
    """
    table = facts.frontier.filter(across=across).sort("limit")
    if table.height < 2:  # noqa: PLR2004  one point is no line
        return None
    if not tables.is_bounded(facts):
        table = table.with_columns(bound_cny="value_cny")
    unit = unit_for(table["bound_cny"].abs().max() or 0, language)  # type: ignore[arg-type]  # a float
    of_money = UNITS.get(across) == "cny"
    along = unit_for(table["limit"].max() or 0, language) if of_money else None  # type: ignore[arg-type]  # a float
    place = along.drawn if along else float
    rows, mine = _frontier_rows(facts, table, (place, unit))
    word = say(f"quantity.{across}", language) if across in UNITS else across
    title = f"{word} · {along.title}" if along else word
    layers = _frontier_layers(title)
    heading = say("axis.worth", language, unit=unit.title)
    data = {"points": rows, "mine": mine}
    return spec(layers, data, language, title=heading, heights=(210, 210))


def _frontier_rows(
    facts: PlanFacts, table: pl.DataFrame, drawn: "tuple[Callable[[float], float], Unit]"
) -> tuple[Rows, Rows]:
    """Return the points of a trade-off and this plan's own."""
    place, unit = drawn
    across = table["across"][0]
    rows: Rows = [
        {"x": place(row["limit"]), "y": unit.drawn(row[column]), "series": name}
        for row in table.iter_rows(named=True)
        for column, name in zip(("value_cny", "bound_cny"), FRONTIER, strict=False)
        if name == "best" or tables.is_bounded(facts)
    ]
    here = facts.total(across)
    at = None if here is None else here["expected" if across in OBJECTIVES else "planned"]
    worth = unit.drawn(facts.summary.value_cny)
    mine: Rows = [] if at is None else [{"x": place(float(at)), "y": worth, "series": FRONTIER[2]}]
    return rows, mine


def _frontier_layers(title: str) -> "list[alt.Chart]":
    import altair as alt

    x_axis = alt.Axis(title=title, tickCount=4, format=",~f", grid=False)
    x = alt.X("x:Q", axis=x_axis, scale=_near())
    y = alt.Y("y:Q", axis=alt.Axis(title=None, tickCount=4, format=",~f"), scale=_near())
    shades = alt.Color("series:N", scale=_named(FRONTIER, [BLUE, GREY, VERMILLION]), legend=None)
    dash = _named(FRONTIER, [[1, 0], [4, 3], [1, 0]])
    dashes = alt.StrokeDash("series:N", scale=dash, legend=None)
    lines = alt.Chart(named("points")).mark_line(aria=False, strokeWidth=2)
    dots = alt.Chart(named("points")).mark_point(aria=False, filled=True, size=26, opacity=1)
    spot = alt.Chart(named("mine")).mark_point(
        aria=False, filled=True, size=130, opacity=1, shape="diamond"
    )
    return [
        lines.encode(x=x, y=y, color=shades, strokeDash=dashes),
        dots.transform_filter(alt.datum.series == FRONTIER[0]).encode(x=x, y=y, color=shades),
        spot.encode(x=x, y=y, color=shades),
    ]


def _near() -> "alt.Scale":
    import altair as alt

    return alt.Scale(zero=False, nice=True, padding=8)
