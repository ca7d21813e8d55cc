"""What becomes of the plan when an assumption is another: the chart of settings, and of worth."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from townworks.report.charts.amounts import unit_for
from townworks.report.charts.theme import (
    BLUE,
    GREY,
    NARROW_ROW,
    VERMILLION,
    Rows,
    Spec,
    named,
    names_down,
    spec,
)
from townworks.report.plans.charts import say
from townworks.report.plans.facts import PlanFacts, Row
from townworks.report.plans.writing import Words, known, money, words
from townworks.schema.messages import LANGUAGES, catalogue

if TYPE_CHECKING:
    import altair as alt

ROW = 26
ROOM = {"left": 26, "right": 8, "top": 4, "bottom": 2}
"""Around the chart in px: to the left, names may be wider in the reader's font."""


def setting(row: Mapping[str, str]) -> Words:
    """Return an assumption with its setting in words: "displacement: 0.4"."""
    name, code = known("assumption", row["assumption"]), row["setting"]
    value = known("setting", code) if f"plans.setting.{code}" in catalogue() else code
    return words("of", name=name, value=value)


def sensitivity_chart(facts: PlanFacts, language: str) -> Spec | None:
    """Draw for each setting what this plan is worth, and what the one made for it would be."""
    if facts.sensitivity.is_empty():
        return None
    table = facts.sensitivity.to_dicts()
    largest = max(abs(v) for r in table for v in (r["value_cny"], r["best_cny"]) if v is not None)
    unit = unit_for(max(largest, abs(facts.summary.value_cny)), language)
    names = ("best", "plan")
    rows: Rows = [
        {"name": setting(row)[language], "value": unit.drawn(row[column]), "series": name}
        for row in table
        for column, name in zip(("best_cny", "value_cny"), names, strict=True)
        if row[column] is not None
    ]
    order = [setting(row)[language] for row in table]
    layers = _sensitivity_layers(order, _domain(rows, unit.drawn(facts.goal_cny)))
    title = say("axis.worth", language, unit=unit.title)
    heights = (ROW * len(order), NARROW_ROW * len(order))
    data: dict[str, Rows] = {
        "points": rows,
        "here": [{"value": unit.drawn(facts.goal_cny)}],
    }
    drawn = spec(layers, data, language, title=title, heights=heights)
    return drawn | {"config": drawn["config"] | {"padding": ROOM}}


def _sensitivity_layers(order: list[str], domain: list[float]) -> "list[alt.Chart]":
    import altair as alt

    names, y = ["best", "plan"], names_down(order)
    scale = alt.Scale(domain=domain, nice=False)
    x = alt.X("value:Q", axis=alt.Axis(title=None, tickCount=5, format=",~f"), scale=scale)
    points = alt.Chart(named("points")).mark_point(aria=False, size=85, opacity=1, strokeWidth=2)
    opacity = alt.FillOpacity("series:N", scale=alt.Scale(domain=names, range=[0, 1]), legend=None)
    scale_of = alt.Scale(domain=names, range=[VERMILLION, BLUE])
    color = alt.Color("series:N", scale=scale_of, legend=None)
    fill = alt.Fill("series:N", scale=scale_of, legend=None)
    here = alt.Chart(named("here"))
    span = alt.Chart(named("points")).mark_line(aria=False, strokeWidth=1.5, color=GREY)
    return [
        here.mark_rule(aria=False, strokeDash=[4, 4], opacity=0.6).encode(x="value:Q"),
        span.encode(x=x, y=y, detail="name:N"),
        points.encode(x=x, y=y, color=color, fill=fill, fillOpacity=opacity),
    ]


def _domain(rows: Rows, here: float) -> list[float]:
    values = [0.0, here, *(row["value"] for row in rows)]
    room = 0.03 * ((max(values) - min(values)) or 1)
    return [min(values) - room, max(values) + room]


def curse(facts: PlanFacts) -> list[Row]:
    """Return what the chosen claim, what the plan counts on, and what of either is to be expected.

    Each: its word, CNY a year, and whether it is a claim or corrected.
    """
    s = facts.summary
    return [
        {"word": words("curse.claimed"), "value": s.claimed_cny, "is_claim": True},
        {"word": words("curse.left"), "value": s.claimed_cny - s.shortfall_cny, "is_claim": True},
        {"word": words("curse.corrected"), "value": s.value_cny, "is_claim": False},
        {"word": words("curse.corrected_left"), "value": s.value_cny - s.shortfall_corrected_cny,
         "is_claim": False},
    ]  # fmt: skip


def displaced(facts: PlanFacts) -> list[Row]:
    """Return what is left of the gain when a share of it is only moved from elsewhere."""
    return [
        {"word": words("displaced.share", share=f"{share:.0%}"), "value": value, "is_claim": False}
        for share, value in sorted(facts.summary.displaced.items())
    ]


def value_bars(bars: Sequence[Row], language: str) -> Spec | None:
    """Draw worths as bars with their words above them; claims are grey."""
    import altair as alt

    if not bars or language not in LANGUAGES:
        return None
    unit = unit_for(max(abs(bar["value"]) for bar in bars), language)
    rows: Rows = [
        {"name": bar["word"][language], "value": unit.drawn(bar["value"]),
         "text": money(bar["value"])[language], "shade": GREY if bar["is_claim"] else BLUE}
        for bar in bars
    ]  # fmt: skip
    top = max(0.0, *(row["value"] for row in rows))
    low = min(0.0, *(row["value"] for row in rows))
    y = alt.Y("name:N", sort=[row["name"] for row in rows], axis=None)
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[low, 1.3 * top or 1], nice=False))
    chart = alt.Chart(named("bars"))
    color = alt.Color("shade:N", scale=None)
    layers = [
        chart.mark_bar(aria=False, height=13, yOffset=7).encode(x=x, y=y, color=color),
        chart.mark_text(aria=False, align="left", dy=-8).encode(x=alt.value(0), y=y, text="name:N"),
        chart.mark_text(aria=False, align="left", dx=5, dy=7, fontWeight="bold").encode(
            x=x, y=y, text="text:N"
        ),
    ]
    height = 44 * len(rows)
    drawn = spec(layers, {"bars": rows}, language, title="", heights=(height, height))
    return {name: part for name, part in drawn.items() if name != "title"}
