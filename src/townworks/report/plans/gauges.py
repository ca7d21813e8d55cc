"""Small drawings in lines of text and cells: bars and intervals, in percent of their width.

They are hidden from screen readers: the numbers stand beside them.
"""

from dataclasses import dataclass

from markupsafe import Markup

from townworks.report.plans.facts import Row

ROOM = 1.04
"""A scale reaches this much beyond its largest value."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Scale from `low` (0 %) to `high` (100 %).

    >>> Linear(-50, 150).percent(0)
    25.0
    """

    low: float
    high: float

    def percent(self, value: float) -> float:
        """Place of a value; what lies beyond is drawn at the edge."""
        share = (float(value) - self.low) / ((self.high - self.low) or 1)
        return round(100 * min(1.0, max(0.0, share)), 1)


def bar(share: float) -> Markup:
    """Bar of a share, 0 to 1.

    >>> print(bar(0.427))
    <svg class="bar" aria-hidden="true"><rect width="42.7%" height="100%"/></svg>
    """
    return Markup(
        '<svg class="bar" aria-hidden="true"><rect width="{}%" height="100%"/></svg>'
    ).format(Linear(0, 1).percent(share))


def interval(scale: Linear, low: float, middle: float, high: float) -> Markup:
    """Line from low to high with a dot."""
    left, dot, right = (scale.percent(value) for value in (low, middle, high))
    return Markup(
        '<svg class="interval" aria-hidden="true"><line class="span" x1="{}%" x2="{}%" y1="50%" '
        'y2="50%"/><circle cx="{}%" cy="50%" r="3.5"/></svg>'
    ).format(left, right, dot)


def bullet(total: Row) -> Markup:
    """What is planned as a bar, target or ceiling as a mark, what is expected as an interval."""
    values = [total[name] for name in ("planned", "least", "most", "high")]
    scale = Linear(0, ROOM * max(float(v) for v in values if v is not None))
    marks = [
        Markup('<line class="goal" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>').format(
            scale.percent(total[name])
        )
        for name in ("least", "most")
        if total[name] is not None
    ]
    if total["expected"] is not None:
        spots = [scale.percent(total[name]) for name in ("low", "high", "expected")]
        marks.append(
            Markup(
                '<line class="span" x1="{}%" x2="{}%" y1="72%" y2="72%"/>'
                '<circle cx="{}%" cy="72%" r="3.5"/>'
            ).format(*spots)
        )
    return Markup(
        '<svg class="bullet" aria-hidden="true"><rect class="room" width="100%" height="45%"/>'
        '<rect class="level" width="{}%" height="45%"/>{}</svg>'
    ).format(scale.percent(total["planned"]), Markup("").join(marks))
