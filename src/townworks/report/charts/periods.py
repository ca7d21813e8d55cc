"""Calendar periods on charts: their length, their bounds, their names, and the axis under them.

A chart draws a period as the band between its first day and the day after its last; all days are
UTC, since a date has no hour and a reader west of Greenwich must not see it a day early.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from townworks.schema.messages import message

if TYPE_CHECKING:
    import altair as alt

Step = Literal["month", "quarter", "year"]
MONTHS: Final[dict[Step, int]] = {"month": 1, "quarter": 3, "year": 12}
_QUARTERS_TO_MONTHS: Final = 18
"""Up to so many months the axis is marked by quarters, beyond by years."""
_FEWEST: Final[dict[Step, int]] = {"quarter": 4, "year": 3}
"""Periods that an axis holds at least: one alone would be a wall across the chart."""


def step_of(ends: Iterable[date]) -> Step:
    """Length of the periods that end on these days: the longest of which each is an end.

    Quarters of which some are missing are quarters still; ends in December alone are years.

    >>> step_of([date(2016, 3, 31), date(2017, 12, 31)]), step_of([date(2016, 12, 31)])
    ('quarter', 'year')
    """
    months = {end.month for end in ends}
    steps: tuple[Step, ...] = ("year", "quarter", "month")
    return next(s for s in steps if all(month % MONTHS[s] == 0 for month in months))


def start_of(end: date, step: Step) -> date:
    """First day of the period that a day lies in.

    >>> start_of(date(2016, 9, 30), "quarter"), start_of(date(2016, 9, 30), "year")
    (datetime.date(2016, 7, 1), datetime.date(2016, 1, 1))
    """
    months = MONTHS[step]
    return date(end.year, (end.month - 1) // months * months + 1, 1)


def after(end: date) -> date:
    """Day after a period's last: where its band ends."""
    return end + timedelta(days=1)


def period_name(end: date, step: Step, language: str) -> str:
    """Name of the period that ends on a day.

    >>> period_name(date(2016, 9, 30), "quarter", "en")
    '2016 Q3'
    >>> period_name(date(2016, 9, 30), "month", "zh")
    '2016年9月'
    """
    quarter = (end.month + 2) // 3
    key = f"charts.period.{step}"
    return message(key, language, year=end.year, quarter=quarter, month=end.month)


def bounds(first: date, last: date, step: Step) -> tuple[Step, list[date]]:
    """Marks of the axis that holds both days: first days of quarters or years, and the end.

    step: length of the periods drawn; years are marked by years, others over a short time by
    quarters. A short time leaves room at the right, for what is to come.

    >>> bounds(date(2015, 3, 31), date(2017, 12, 31), "quarter")
    ('year', [datetime.date(2015, 1, 1), datetime.date(2016, 1, 1), datetime.date(2017, 1, 1),
              datetime.date(2018, 1, 1)])
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    marked: Step = "year" if step == "year" or months >= _QUARTERS_TO_MONTHS else "quarter"
    marks = [start_of(first, marked)]
    while marks[-1] <= last or len(marks) <= _FEWEST[marked]:
        marks.append(_later(marks[-1], MONTHS[marked]))
    return marked, marks


def time_axis(step: Step, marks: list[date], language: str) -> "alt.X":
    """Encode the field `on` along an axis whose labels stand in the middle of their period.

    A label at the first of January would name the end of the year before.
    """
    import altair as alt

    middles = [a + (b - a) / 2 for a, b in pairwise(marks)]
    axis = alt.Axis(
        values=[_utc(day) for day in middles],
        format=message(f"charts.axis.{step}", language),
        grid=False,
        ticks=False,
        title=None,
        labelOverlap="greedy",
        labelSeparation=8,
        labelFlush=False,
    )
    # No domain here: the rows of the marks themselves span it, and layers may not say it twice.
    return alt.X("on:T", axis=axis, scale=alt.Scale(type="utc", nice=False))


def marks_layer(x: "alt.X") -> "alt.Chart":
    """Draw a line at every mark of the axis: the rows of the dataset `bounds`."""
    import altair as alt

    lines = alt.Chart(alt.NamedData(name="bounds"), name="bounds")
    chart: alt.Chart = lines.mark_rule(aria=False, opacity=0.16).encode(x=x)
    return chart


def _utc(day: date) -> "alt.DateTime":
    # In parts: Vega's expression interpreter takes a lone number of milliseconds for a year.
    import altair as alt

    return alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True)


def _later(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)
