"""Criteria of an assessment once they are read: records only, `evaluation.criteria` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from townworks.measures.composite import Method
from townworks.schema.reading import Words
from townworks.schema.units import SYMBOLS

Rule = Literal["renormalise", "zero", "class_mean", "undecided"]
RULES: Final[tuple[Rule, ...]] = ("renormalise", "zero", "class_mean", "undecided")
Kind = Literal["figure", "expert", "site_visit"]
KINDS: Final[tuple[Kind, ...]] = ("figure", "expert", "site_visit")
ROOT: Final = "score"
"""Id of the root of every tree."""
UNITS: Final = (
    *(*SYMBOLS, "share", "count", "percent", "points"),
    *("10k_cny", "t", "tce", "kwh", "10k_kwh"),
)
"""Units of metrics, those of rules and more: 10k_ is ten thousand (万), tce tonnes of coal."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured quantity; unit: one of `UNITS`."""

    id: str
    title: Words
    unit: str


@dataclass(frozen=True, slots=True)
class SizeClass:
    """Subjects whose class metric is `low` or more and less than `below` (None: no bound)."""

    id: str
    title: Words
    low: float | None
    below: float | None

    def holds(self, value: float) -> bool:
        """Whether a value of the class metric falls into the class."""
        above = self.low is None or value >= self.low
        return above and (self.below is None or value < self.below)


@dataclass(frozen=True, slots=True)
class Group:
    """A node with nodes below it; weight: among its siblings; parent: a group or `ROOT`."""

    id: str
    title: Words
    parent: str
    weight: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """A leaf: metric, or metric per denominator, and how it becomes 0..100.

    goalposts: (low, high) in the unit; or benchmark: the value that earns all points, with
    weight = points and cap = most points (None: no cap). direction: 1 more is better, -1 less is.
    size_class: the one it is for, None for all. missing: what to do without a value.
    """

    id: str
    title: Words
    parent: str
    weight: float
    metric: str
    denominator: str | None
    kind: Kind
    direction: int
    goalposts: tuple[float, float] | None
    benchmark: float | None
    cap: float | None
    size_class: str | None
    missing: Rule


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade of `schema.programme.GRADES`, the least score that earns it (None: the last)."""

    grade: str
    title: Words
    low: float | None


@dataclass(frozen=True, slots=True)
class Criteria:
    """Checked criteria; nodes, metrics and classes in the order of the file, grades falling.

    years: those assessed by it. objection_days: how long a result may be objected to, None where
    the source does not say.
    """

    id: str
    file: str
    title: Words
    source: str
    years: tuple[int, ...]
    aggregation: Method
    objection_days: int | None
    class_metric: str | None
    classes: tuple[SizeClass, ...]
    metrics: Mapping[str, Metric]
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    grades: tuple[Grade, ...]

    def class_of(self, value: float | None) -> str | None:
        """Class of a subject by its class metric; None where no class holds it.

        >>> from townworks.evaluation.criteria import demo_criteria
        >>> demo_criteria().class_of(None) is None
        True
        """
        if value is None:
            return None
        return next((c.id for c in self.classes if c.holds(value)), None)

    def members(self, size_class: str | None) -> tuple[list[Indicator], list[Group]]:
        """Indicators that count for a class (None: no classes), and the groups that hold them."""
        leaves = [i for i in self.indicators if i.size_class in {None, size_class}]
        above = {group.id: group.parent for group in self.groups}
        used = {name for leaf in leaves for name in path(leaf.parent, above)}
        return leaves, [group for group in self.groups if group.id in used]

    def unit(self, indicator: Indicator) -> str:
        """Unit of an indicator: its metric's, or that per its denominator's.

        >>> from townworks.evaluation.criteria import demo_criteria
        >>> criteria = demo_criteria()
        >>> criteria.unit(criteria.indicators[0])
        'cny/mu'
        """
        over = self.metrics[indicator.metric].unit
        if indicator.denominator is None:
            return over
        under = self.metrics[indicator.denominator].unit
        return "share" if over == under else f"{over}/{under}"


def path(node: str, above: Mapping[str, str]) -> list[str]:
    """Groups from a node up to the root; stops at a cycle.

    >>> path("a", {"a": "b", "b": ROOT})
    ['a', 'b']
    """
    found: list[str] = []
    while node in above and node not in found:
        found.append(node)
        node = above[node]
    return found
