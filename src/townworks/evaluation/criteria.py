"""Criteria of an assessment: a tree of indicators as data, read from TOML and checked whole.

A file names its metrics (with units), groups them into indicators (a metric, or one metric per
another), and says for each how it turns into points: between two fixed goalposts, or as a share
of a benchmark. `parse_criteria` gives every fault at once, or criteria that can be computed.
"""

import re
from decimal import Decimal
from typing import Final

from townworks.errors import DefinitionsError
from townworks.evaluation.checks import check_criteria
from townworks.evaluation.records import (
    KINDS,
    ROOT,
    RULES,
    UNITS,
    Criteria,
    Grade,
    Group,
    Indicator,
    Metric,
    SizeClass,
)
from townworks.schema.programme import GRADES
from townworks.schema.reading import Faults, Table, read_toml

_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_LARGEST: Final = Decimal(10) ** 300


class CriteriaError(DefinitionsError):
    """A file of criteria is at fault; `faults` lists every one as (file, key, what).

    >>> print(CriteriaError([("a.toml", "title.zh", "is missing"), ("a.toml", "id", "is 3")]))
    a.toml: title.zh: is missing; a.toml: id: is 3
    """

    def __str__(self) -> str:
        """Write all faults in one line."""
        return "; ".join(": ".join(fault) for fault in self.faults)


def parse_criteria(text: str, file: str) -> Criteria:
    """Read criteria from the text of a TOML file; `file` names it in errors, nothing is opened.

    Raises `CriteriaError` with every fault of the file.

    >>> try:
    ...     parse_criteria('id = "a"; yaers = [2022]'.replace("; ", chr(10)), "a.toml")
    ... except CriteriaError as error:
    ...     print(*error.faults[:3], sep=chr(10))
    ('a.toml', 'yaers', 'is not known here; did you mean years?')
    ('a.toml', 'title.en', 'translation is missing')
    ('a.toml', 'title.zh', 'translation is missing')
    """
    faults = Faults()
    content = read_toml(text, file, faults)
    if not faults.found:
        criteria = _criteria(Table(content, file, "", faults))
        for key, told in check_criteria(criteria):
            faults.add(file, key, told)
    if faults.found:
        raise CriteriaError(faults.found)
    return criteria


def demo_criteria() -> Criteria:
    """Return the smallest useful criteria: tax per mu and a visitor's opinion, for examples."""
    return parse_criteria(
        """id = "demo"
        title = { en = "Demo", zh = "示例" }
        source = "no-url: an example"
        years = [2022]
        aggregation = "arithmetic"
        missing = "renormalise"
        metrics.tax = { title = { en = "Tax", zh = "税收" }, unit = "cny" }
        metrics.land = { title = { en = "Land", zh = "用地" }, unit = "mu" }
        metrics.visit = { title = { en = "Visit", zh = "考察" }, unit = "points" }
        [indicators.tax_per_mu]
        title = { en = "Tax per mu", zh = "亩均税收" }
        metric = "tax"
        denominator = "land"
        direction = 1
        goalposts = [0, 200000]
        weight = 3
        [indicators.visit]
        title = { en = "Site visit", zh = "现场考察" }
        metric = "visit"
        kind = "site_visit"
        direction = 1
        goalposts = [0, 10]
        weight = 1
        [[grades]]
        grade = "excellent"
        title = { en = "Excellent", zh = "优秀" }
        from = 80
        [[grades]]
        grade = "pass"
        title = { en = "Pass", zh = "合格" }
        """,
        "demo.toml",
    )


def _named(table: Table, name: str) -> list[tuple[str, Table]]:
    """Tables below a name, whose names are ids."""
    found = list(table.tables(name))
    for each, inner in found:
        if not _ID.fullmatch(each) or each == ROOT:
            inner.fault("", f"is no id; use small letters, digits and _, but not {ROOT}")
    return found


def _float(value: object) -> float | None:
    """Return a finite number as float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return float(number) if number.is_finite() and abs(number) < _LARGEST else None


def _told(found: object) -> str:
    """Say what stands there, as the file writes it."""
    if isinstance(found, list):
        return f"is [{', '.join(_told(item).removeprefix('is ') for item in found)}]"
    plain = str(found) if isinstance(found, Decimal) else repr(found)
    return "is missing" if found is None else f"is {plain}"


def _number(table: Table, name: str) -> float | None:
    found = table.content.get(name)
    number = _float(found)
    if found is not None and number is None:
        table.fault(name, f"{_told(found)}; write a finite number")
    return number


def _whole(table: Table, name: str) -> int | None:
    found = table.content.get(name)
    if found is None or (type(found) is int and found > 0):
        return found
    table.fault(name, f"is {found!r}; write a whole number above 0")
    return None


def _weight(table: Table, name: str) -> float:
    found = _number(table, name)
    if name not in table.content:
        table.fault(name, "is missing; every node needs its weight among its siblings")
    elif found is not None and found < 0:
        table.fault(name, f"is {found:g}; a weight is 0 or more")
    return 1.0 if found is None or found < 0 else found


def _criteria(top: Table) -> Criteria:
    named = ("id", "title", "source", "years", "aggregation", "missing", "objection_days")
    top.only(*named, "class_metric", "classes", "metrics", "groups", "indicators", "grades")
    name = top.text("id")
    title, source, years = top.words("title"), top.text("source"), _years(top)
    aggregation = top.choice("aggregation", ("arithmetic", "geometric"))
    missing = top.choice("missing", RULES)
    return Criteria(
        id=name,
        file=top.file,
        title=title,
        source=source,
        years=years,
        aggregation=aggregation,  # type: ignore[arg-type]
        objection_days=_whole(top, "objection_days"),
        class_metric=top.text("class_metric", "") or None,
        classes=tuple(_size_class(n, t) for n, t in _named(top, "classes")),
        metrics={n: _metric(n, t) for n, t in _named(top, "metrics")},
        groups=tuple(_group(n, t) for n, t in _named(top, "groups")),
        indicators=tuple(_indicator(n, t, missing) for n, t in _named(top, "indicators")),
        grades=tuple(_grade(t) for t in top.rows("grades")),
    )


def _years(top: Table) -> tuple[int, ...]:
    found = top.content.get("years")
    if isinstance(found, list) and found and all(type(year) is int for year in found):
        return tuple(found)
    top.fault("years", "list the years it holds for: [2022]")
    return ()


def _metric(name: str, table: Table) -> Metric:
    table.only("title", "unit")
    return Metric(name, table.words("title"), table.choice("unit", UNITS))


def _size_class(name: str, table: Table) -> SizeClass:
    table.only("title", "from", "below")
    return SizeClass(name, table.words("title"), _number(table, "from"), _number(table, "below"))


def _group(name: str, table: Table) -> Group:
    table.only("title", "parent", "weight")
    return Group(name, table.words("title"), table.text("parent", ROOT), _weight(table, "weight"))


def _indicator(name: str, table: Table, missing: str) -> Indicator:
    table.only(
        *("title", "parent", "metric", "denominator", "kind", "direction", "class", "missing"),
        *("weight", "goalposts", "benchmark", "points", "cap"),
    )
    to_target = "benchmark" in table.content
    for key in ("weight", "goalposts") if to_target else ("points", "cap"):
        if key in table.content:
            table.fault(key, "does not go with a benchmark" if to_target else "needs a benchmark")
    return Indicator(
        id=name,
        title=table.words("title"),
        parent=table.text("parent", ROOT),
        weight=_weight(table, "points" if to_target else "weight"),
        metric=table.text("metric"),
        denominator=table.text("denominator", "") or None,
        kind=table.choice("kind", KINDS, "figure"),  # type: ignore[arg-type]
        direction=_direction(table, to_target=to_target),
        goalposts=None if to_target else _goalposts(table),
        benchmark=_above_zero(table, "benchmark"),
        cap=_above_zero(table, "cap"),
        size_class=table.text("class", "") or None,
        missing=table.choice("missing", RULES, missing),  # type: ignore[arg-type]
    )


def _direction(table: Table, *, to_target: bool) -> int:
    found = table.content.get("direction")
    if type(found) is not int or found not in {1, -1}:
        table.fault("direction", f"{_told(found)}; write 1 (more is better) or -1 (less is)")
        return 1
    if to_target and found < 0:
        table.fault("direction", "is -1; a benchmark rewards more, use goalposts instead")
    return found


def _goalposts(table: Table) -> tuple[float, float]:
    found = table.content.get("goalposts")
    ends = [_float(end) for end in found] if isinstance(found, list) else []
    low, high = ends if len(ends) == 2 else (None, None)  # noqa: PLR2004 - low and high
    if low is None or high is None:
        table.fault("goalposts", f"{_told(found)}; write [low, high], or give a benchmark")
    elif low >= high:
        table.fault("goalposts", f"{low:g} is not below {high:g}; direction says which is better")
    else:
        return low, high
    return 0.0, 1.0


def _above_zero(table: Table, name: str) -> float | None:
    found = _number(table, name)
    if found is not None and found <= 0:
        table.fault(name, f"is {found:g}; it must be above 0")
        return 1.0
    return found


def _grade(table: Table) -> Grade:
    table.only("grade", "title", "from")
    return Grade(table.choice("grade", GRADES), table.words("title"), _number(table, "from"))
