"""Intervals of location quotients as small inline SVG on a logarithmic scale."""

from dataclasses import dataclass
from math import ceil, floor, log10

import polars as pl
from markupsafe import Markup

_WHOLE_FROM = 9.95
_MOST_TICKS = 3
LOWEST, HIGHEST = 0.2, 1e4
"""The scale never reaches further: beyond, an interval runs off the edge."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Logarithmic scale from `low` to `high`, both above 0 and in multiples of the average."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """Place of a value from left (0) to right (100); values off the scale lie beyond.

        >>> Scale(0.1, 1000).percent(10)
        50.0
        """
        span = log10(self.high) - log10(self.low)
        return round(100 * (log10(max(value, 1e-6)) - log10(self.low)) / span, 2)

    @property
    def ticks(self) -> list[float]:
        """Powers of ten within the scale, every other one if there are more than three.

        >>> Scale(0.5, 200).ticks
        [1.0, 10.0, 100.0]
        >>> Scale(0.2, 10_000).ticks
        [1.0, 100.0, 10000.0]
        """
        first, last = ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9)
        powers = range(first, last + 1, 1 if last - first < _MOST_TICKS else 2)
        return [10.0**power for power in powers]


def scale_for(table: pl.DataFrame) -> Scale:
    """Scale that holds all intervals of a `Specialisation`, with ×1 and ×10 always on it.

    >>> scale_for(pl.DataFrame({"lq_low": [2.0], "lq_high": [31.0]}))
    Scale(low=0.5, high=50.0)
    """
    low = min([0.6, *table["lq_low"].drop_nulls()])
    high = max([10.0, *table["lq_high"].drop_nulls()])
    return Scale(max(LOWEST, _round(low, up=False)), min(HIGHEST, _round(high, up=True)))


def _round(value: float, *, up: bool) -> float:
    """Next of 1, 2, 5 × a power of ten."""
    if value <= LOWEST:
        return LOWEST
    power = 10.0 ** floor(log10(value))
    steps = [power * step for step in (1, 2, 5, 10)]
    if up:
        return next(step for step in steps if step >= value * (1 - 1e-9))
    return next(step for step in reversed(steps) if step <= value * (1 + 1e-9))


def interval_svg(scale: Scale, low: float, middle: float, high: float) -> Markup:
    """Line from low to high with a dot, and a faint rule at ×1; the numbers stand beside it.

    >>> print(interval_svg(Scale(0.1, 1000), 1, 10, 100))
    <svg class="interval" aria-hidden="true" focusable="false"><line class="one" x1="25.0%"
    x2="25.0%" y1="0" y2="100%"/><line class="span" x1="25.0%" x2="75.0%" y1="50%" y2="50%"/><circle
    cx="50.0%" cy="50%" r="4"/></svg>
    """
    one, left, dot, right = (scale.percent(value) for value in (1, low, middle, high))
    return Markup(
        '<svg class="interval" aria-hidden="true" focusable="false">'
        '<line class="one" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>'
        '<line class="span" x1="{1}%" x2="{3}%" y1="50%" y2="50%"/>'
        '<circle cx="{2}%" cy="50%" r="4"/></svg>'
    ).format(one, left, dot, right)


def times(value: float) -> str:
    """Multiple of the average as the page writes it.

    >>> [times(value) for value in (0.417, 3.14, 12.4, 1240.0)]
    ['0.42', '3.1', '12', '1,240']
    """
    digits = 2 if value < 1 else 1 if value < _WHOLE_FROM else 0
    return f"{value:,.{digits}f}"
