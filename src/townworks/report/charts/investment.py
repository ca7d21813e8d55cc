"""Investment to date, by level of evidence, against what is required."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from townworks.report.charts.amounts import Number, Unit, unit_for
from townworks.report.charts.periods import (
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
    VERMILLION,
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
    import altair as alt
    import polars as pl

LEVELS: Final = {"planned": GREY, "reported": VERMILLION, "verified": GREEN, "audited": BLUE}
"""Levels of evidence that are drawn, weakest first, with their colours."""
SOLID: Final = [1, 0]
PATH_DASH: Final = [7, 4]
PLAN_DASH: Final = [8, 3, 2, 3]
DASHES: Final = {"planned": [2, 3]}
"""Told apart without colour too: what is planned is dotted, what is required is dashed."""
HEIGHT: Final = 260
HEADROOM: Final = 1.12
COLUMNS: Final = ("period_end", "evidence", "amount_cny")

Path = Sequence[tuple[date, Decimal]]
"""Days and what must have been invested by their end, in yuan; straight between them."""


def programme_investment(
    frame: "pl.DataFrame",
    target_cny: Number,
    language: str,
    *,
    since: date | None = None,
    until: date | None = None,
    plan: Path = (),
) -> Spec | None:
    """Draw what a programme has invested so far, level by level, against the straight path.

    frame: one row per period and level, or more, which add up:
        period_end: Date, last day of a month, quarter or year
        evidence: String; "planned", "reported", "verified" and "audited" are drawn
        amount_cny: Decimal or Float, yuan, what the period itself added (not the running sum);
            null is not known and adds nothing
    target_cny: yuan, aimed at by the end of `until`; 0 draws no path.
    since, until: first and last day of the path; where not given, the first day of the first period
        and the last day of the last (of the plan, as a rule).
    plan: path of the plan in force: days, and what it has invested in all by their end.

    None for a frame without rows of these levels. Raises `RequestError` for missing columns.
    """
    sums = _sums(frame, "programme_investment")
    if not sums:
        return None
    ends = sorted({end for end, _ in sums})
    start = since or start_of(ends[0], step_of(ends))
    path = [(start, Decimal(0)), (until or ends[-1], Decimal(str(target_cny)))]
    return _investment(sums, path if target_cny else [], language, plan)


def town_investment(
    frame: "pl.DataFrame", path: "pl.DataFrame", language: str, *, plan: Path = ()
) -> Spec | None:
    """Draw what a town has invested so far, level by level, against its required path.

    frame: as for `programme_investment`.
    path: one row per day by which an amount is required; straight between them, from nothing on
        the first day of the first period (or on a row of the path with 0):
        on: Date
        required_cny: Decimal or Float, yuan, in all since the start (not per year)
        No rows: no path is drawn.
    plan: as for `programme_investment`.

    None if the frame has no rows to draw. Raises `RequestError` for missing columns.
    """
    need(path, "town_investment's path", ["on", "required_cny"])
    sums = _sums(frame, "town_investment")
    if not sums:
        return None
    ends = sorted({end for end, _ in sums})
    points = [(row["on"], Decimal(str(row["required_cny"]))) for row in path.sort("on").to_dicts()]
    start = start_of(ends[0], step_of(ends))
    if points and points[0][1] > 0:
        points.insert(0, (min(start, points[0][0]), Decimal(0)))
    return _investment(sums, points, language, plan)


@dataclass(frozen=True)
class _Drawing:
    """What the layers share: running sums by period end and level, the path, unit and words."""

    sums: dict[tuple[date, str], Decimal]
    ends: Sequence[date]
    path: Path
    unit: Unit
    language: str
    plan: Path = ()

    @property
    def paths(self) -> dict[str, Path]:
        """What is required, and what is planned, by their words; those that there are."""
        both = {"path": self.path, "plan_path": self.plan}
        return {message(f"charts.{n}", self.language): p for n, p in both.items() if p}

    @property
    def levels(self) -> list[str]:
        """Levels that have rows, weakest first."""
        found = {level for _, level in self.sums}
        return [level for level in LEVELS if level in found]

    @property
    def start(self) -> date:
        """First day of the first period: where every line begins, at nothing."""
        return start_of(self.ends[0], step_of(self.ends))

    def word(self, level: str) -> str:
        """Level of evidence as read."""
        return message(f"policies.evidence.{level}", self.language)


def _sums(frame: "pl.DataFrame", chart: str) -> dict[tuple[date, str], Decimal]:
    """Running sums, complete from the first period to the last that a level is known for."""
    need(frame, chart, COLUMNS)
    added: dict[tuple[date, str], Decimal] = {}
    for end, level, amount_cny in frame.select(COLUMNS).iter_rows():
        if level in LEVELS and amount_cny is not None:
            key = (end, str(level))
            added[key] = added.get(key, Decimal(0)) + Decimal(str(amount_cny))
    ends = sorted({end for end, _ in added})
    found: dict[tuple[date, str], Decimal] = {}
    for level in LEVELS:
        sum_cny = Decimal(0)
        last = max((end for end, its in added if its == level), default=date.min)
        for end in (end for end in ends if end <= last):
            sum_cny += added.get((end, level), Decimal(0))
            found[end, level] = sum_cny
    return found


def _investment(
    sums: dict[tuple[date, str], Decimal], path: Path, language: str, plan: Path = ()
) -> Spec:
    ends = sorted({end for end, _ in sums})
    largest = max([*map(abs, sums.values()), *(required for _, required in (*path, *plan))])
    drawing = _Drawing(sums, ends, path, unit_for(largest, language), language, plan)
    days = [drawing.start, *ends, *(on for on, _ in (*path, *plan))]
    step, marks = bounds(min(days), max(days), step_of(ends))
    x = time_axis(step, marks, language)
    layers = [marks_layer(x), _hits(drawing, x), _lines(drawing, x), _points(drawing, x)]
    if path:
        layers += _target(drawing)
    title = message("charts.investment", language, unit=drawing.unit.title)
    datasets = {
        "bounds": [{"on": day.isoformat()} for day in marks],
        "lines": _line_rows(drawing),
        "points": _point_rows(drawing),
        "periods": _period_rows(drawing),
    }
    return spec(layers, datasets, language, title=title, heights=(HEIGHT, HEIGHT))


def _y(drawing: _Drawing) -> "alt.Y":
    """Encode amounts from nothing (or below) to a little above the largest, for the words."""
    import altair as alt

    paths = (*drawing.path, *drawing.plan)
    amounts = [*drawing.sums.values(), *(required for _, required in paths)]
    low = min(0.0, *map(drawing.unit.drawn, amounts))
    high = max(map(drawing.unit.drawn, amounts)) * HEADROOM
    scale = alt.Scale(domain=[low, high if high > low else low + 1], nice=False)
    return alt.Y("value:Q", axis=alt.Axis(title=None, tickCount=5, format=",~f"), scale=scale)


def _lines(drawing: _Drawing, x: "alt.X") -> "alt.Chart":
    """Draw the levels and the path, told apart by colour and by dashes."""
    import altair as alt

    names = [drawing.word(level) for level in drawing.levels]
    shades = [LEVELS[level] for level in drawing.levels]
    dashes = [DASHES.get(level, SOLID) for level in drawing.levels]
    for name, path in drawing.paths.items():
        is_plan = path is drawing.plan
        names.append(name)
        shades.append(PURPLE if is_plan else "currentColor")
        dashes.append(PLAN_DASH if is_plan else PATH_DASH)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=dashes))
    chart = alt.Chart(named("lines")).mark_line(aria=False, strokeWidth=2.25)
    layer: alt.Chart = chart.encode(
        x=x, y=_y(drawing), color=colours(names, shades, "stroke"), strokeDash=dash
    )
    return layer


def _points(drawing: _Drawing, x: "alt.X") -> "alt.Chart":
    import altair as alt

    chart = alt.Chart(named("points"), name="points").mark_point(
        aria=False, size=30, opacity=1, fill=None
    )
    layer: alt.Chart = chart.encode(x=x, y=_y(drawing), color=alt.Color("series:N"))
    return layer


def _target(drawing: _Drawing) -> "list[alt.Chart]":
    """Draw the end of the path across the chart, worded at the left, where sums are still low."""
    import altair as alt

    required = drawing.path[-1][1]
    text = message("charts.target", drawing.language, amount=drawing.unit.text(required))
    row = {"value": drawing.unit.drawn(required), "text": text}
    data = alt.Chart(alt.InlineData(values=[row], name="target"))
    word = data.mark_text(aria=False, align="left", baseline="bottom", dy=-4)
    return [
        data.mark_rule(aria=False, opacity=0.55, strokeWidth=1).encode(y=_y(drawing)),
        word.encode(x=alt.value(8), y=_y(drawing), text="text:N"),
    ]


def _hits(drawing: _Drawing, x: "alt.X") -> "alt.Chart":
    """Lay an invisible band over each period: what the pointer, the keys and the ear find."""
    import altair as alt

    kind = message("charts.mark.period", drawing.language)
    chart = alt.Chart(named("periods"), name="hits").mark_rect(
        opacity=0, ariaRoleDescription=kind, cursor="default"
    )
    shown = ["title", *_values(drawing, drawing.ends[-1])]
    tips = [alt.Tooltip(f"{name}:N", title=name) for name in shown]
    layer: alt.Chart = chart.encode(x=x, x2="to:T", description="text:N", tooltip=tips)
    return layer


def _line_rows(drawing: _Drawing) -> Rows:
    """Lines from nothing at the start; a period's sum stands where its band ends."""
    begin = drawing.start.isoformat()
    rows: Rows = [
        {"on": begin, "series": drawing.word(level), "value": 0.0} for level in drawing.levels
    ]
    rows += _point_rows(drawing)
    for series, path in drawing.paths.items():
        for n, (on, required) in enumerate(path):
            day = on if n == 0 else after(on)
            value = drawing.unit.drawn(required)
            rows.append({"on": day.isoformat(), "series": series, "value": value})
    return rows


def _point_rows(drawing: _Drawing) -> Rows:
    return [
        {
            "on": after(end).isoformat(),
            "series": drawing.word(level),
            "value": drawing.unit.drawn(sum_cny),
        }
        for (end, level), sum_cny in drawing.sums.items()
    ]


def _period_rows(drawing: _Drawing) -> Rows:
    """Bands from one period's end to the next, with their texts."""
    step = step_of(drawing.ends)
    rows: Rows = []
    for end, begin in zip(
        drawing.ends, [drawing.start, *map(after, drawing.ends[:-1])], strict=True
    ):
        title = period_name(end, step, drawing.language)
        values = _values(drawing, end)
        said = spoken(values, drawing.language)
        text = message("charts.colon", drawing.language, name=title, value=said)
        ends = {"on": begin.isoformat(), "to": after(end).isoformat()}
        rows.append({**ends, "title": title, "text": text, **values})
    return rows


def _values(drawing: _Drawing, end: date) -> dict[str, str]:
    """What a period's tooltip says: each level and the path, — where nothing is known."""
    found = {}
    for level in drawing.levels:
        sum_cny = drawing.sums.get((end, level))
        found[drawing.word(level)] = "—" if sum_cny is None else drawing.unit.text(sum_cny)
    for name, path in drawing.paths.items():
        found[name] = drawing.unit.text(required_cny(path, end))
    return found


def required_cny(path: Path, end: date) -> Decimal:
    """Amount that a path requires by the end of a day: straight between its points.

    Before its first day nothing more is required than on it, after its last no more than there.

    >>> path = [(date(2015, 1, 1), Decimal(0)), (date(2017, 1, 1), Decimal(731))]
    >>> required_cny(path, date(2016, 1, 1)), required_cny(path, date(2014, 6, 30))
    (Decimal('365'), Decimal('0'))
    """
    if end <= path[0][0]:
        return path[0][1]
    for (a, low), (b, high) in pairwise(path):
        if end <= b:
            return low + (high - low) * (end - a).days / (b - a).days
    return path[-1][1]
