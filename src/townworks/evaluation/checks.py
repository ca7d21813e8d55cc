"""What criteria must keep as a whole, once each table has been read: references, tree, classes."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from itertools import combinations, pairwise

from townworks.evaluation.records import ROOT, Criteria, Group, Indicator, SizeClass, path
from townworks.schema.programme import GRADES

_Found = Iterator[tuple[str, str]]


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Say which known name is meant, or all of them.

    >>> nearest("taxes", ["tax", "land"]), nearest("x", ["tax", "land"])
    ('did you mean tax?', 'use tax, land')
    """
    known = list(allowed)
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"use {', '.join(known) or 'none'}"


def check_criteria(criteria: Criteria) -> list[tuple[str, str]]:
    """Return every fault that concerns more than one table: key, what is wrong and what to do."""
    checks: tuple[Callable[[Criteria], _Found], ...] = (
        _names,
        _references,
        _cycles,
        _classes,
        _weights,
        _points,
        _grades,
    )
    return [fault for check in checks for fault in check(criteria)]


def _names(criteria: Criteria) -> _Found:
    if not criteria.indicators:
        yield "indicators", "there are none"
    groups = {group.id for group in criteria.groups}
    for indicator in criteria.indicators:
        if indicator.id in groups:
            yield f"indicators.{indicator.id}", "is the id of a group too; rename one"


def _references(criteria: Criteria) -> _Found:
    parents = [ROOT, *(group.id for group in criteria.groups)]
    classes = [size.id for size in criteria.classes]
    for leaf in criteria.indicators:
        key = f"indicators.{leaf.id}"
        yield from _known(f"{key}.metric", leaf.metric, criteria.metrics, "metric")
        yield from _known(f"{key}.denominator", leaf.denominator, criteria.metrics, "metric")
        yield from _known(f"{key}.parent", leaf.parent, parents, "group")
        yield from _known(f"{key}.class", leaf.size_class, classes, "class")
    for group in criteria.groups:
        yield from _known(f"groups.{group.id}.parent", group.parent, parents, "group")
    yield from _known("class_metric", criteria.class_metric, criteria.metrics, "metric")


def _known(key: str, name: str | None, allowed: Iterable[str], what: str) -> _Found:
    if name and name not in (known := list(allowed)):
        yield key, f"there is no {what} {name!r}; {nearest(name, known)}"


def _cycles(criteria: Criteria) -> _Found:
    above = _parents(criteria.groups)
    for group in criteria.groups:
        chain = path(group.id, above)
        if above[chain[-1]] == group.id:
            yield f"groups.{group.id}.parent", f"goes in a circle: {' < '.join([*chain, group.id])}"


def _classes(criteria: Criteria) -> _Found:
    if bool(criteria.classes) != bool(criteria.class_metric):
        yield "class_metric", "classes and class_metric go together; give both or neither"
    bounded = [size for size in criteria.classes if size.low is not None or size.below is not None]
    for size in criteria.classes:
        low, below = _bounds(size)
        if size not in bounded:
            yield f"classes.{size.id}", "has no bound; give from, below or both"
        if low >= below:
            yield f"classes.{size.id}.from", f"{low:g} is not less than below = {below:g}"
    for one, other in combinations(sorted(bounded, key=_bounds), 2):
        if _bounds(other)[0] < _bounds(one)[1]:
            yield f"classes.{other.id}", f"overlaps with {one.id}; one subject would have two trees"


def _bounds(size: SizeClass) -> tuple[float, float]:
    low = -math.inf if size.low is None else size.low
    return low, math.inf if size.below is None else size.below


def _trees(criteria: Criteria) -> Iterator[tuple[str, list[Indicator], list[Group]]]:
    """Yield the tree of each class with the words for it."""
    names: list[str | None] = [size.id for size in criteria.classes]
    for name in names or [None]:
        leaves, groups = criteria.members(name)
        yield f" of class {name}" if name else "", leaves, groups


def _weights(criteria: Criteria) -> _Found:
    held = {leaf.parent for leaf in criteria.indicators} | {g.parent for g in criteria.groups}
    for group in criteria.groups:
        if group.id not in held:
            yield f"groups.{group.id}", "holds nothing; give it indicators or take it out"
    for words, leaves, groups in _trees(criteria):
        if words and not leaves:
            yield "classes", f"no indicator{words}; give it some or take it out"
        siblings: dict[str, list[float]] = {}
        nodes: list[Indicator | Group] = [*leaves, *groups]
        for node in nodes:
            siblings.setdefault(node.parent, []).append(node.weight)
        for parent, weights in siblings.items():
            if not any(weights):
                yield parent, f"all weights below it{words} are 0; give one a weight"


def _points(criteria: Criteria) -> _Found:
    """Points are what they say only if they are the indicator's share of 100."""
    for words, leaves, groups in _trees(criteria):
        above: dict[str, Indicator | Group] = {group.id: group for group in groups}
        nodes: list[Indicator | Group] = [*leaves, *groups]
        totals: dict[str, float] = defaultdict(float)
        for node in nodes:
            totals[node.parent] += node.weight
        for leaf in leaves:
            chain: list[Indicator | Group] = [leaf]
            chain += (above[name] for name in path(leaf.parent, _parents(groups)))
            share = math.prod(node.weight / (totals[node.parent] or 1) for node in chain)
            if leaf.benchmark and not math.isclose(100 * share, leaf.weight):
                told = f"{leaf.weight:g} points{words} would count {100 * share:g} of 100"
                yield f"indicators.{leaf.id}.points", f"{told}; make all points sum to 100"


def _parents(groups: Iterable[Group]) -> dict[str, str]:
    return {group.id: group.parent for group in groups}


def _grades(criteria: Criteria) -> _Found:
    grades = criteria.grades
    for place, grade in enumerate(grades, start=1):
        if (grade.low is None) != (place == len(grades)):
            last = "the last grade takes the rest" if grade.low is not None else "is missing"
            yield f"grades[{place}].from", f"{last}; every grade but the last has a threshold"
    for place, (better, worse) in enumerate(pairwise(grades), start=2):
        if None not in {better.low, worse.low} and not better.low > worse.low:  # type: ignore[operator]
            told = f"{worse.low:g} is not below {better.low:g}; thresholds fall"
            yield f"grades[{place}].from", told
        if GRADES.index(better.grade) >= GRADES.index(worse.grade):
            told = f"{worse.grade} does not come after {better.grade}; the order is "
            yield f"grades[{place}].grade", told + ", ".join(GRADES)
