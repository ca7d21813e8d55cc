"""Clauses and branches that can never be reached, found before anyone is judged by them.

Only comparisons of one input with parameters or literals are looked at; what is not seen through
is taken as reachable, so that every fault named here is one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlglot import exp

from townworks.rules.book import AS_OF, Rule
from townworks.rules.expressions import conjuncts

Bound = Decimal | date


@dataclass(frozen=True)
class Range:
    """Values an input may still have: between two bounds (open or closed), or one of a set."""

    low: Bound | None = None
    low_open: bool = False
    high: Bound | None = None
    high_open: bool = False
    among: frozenset[str] | None = None

    def meet(self, other: "Range") -> "Range":
        """Return what both allow.

        >>> Range(low=Decimal(3)).meet(Range(high=Decimal(5))).is_empty()
        False
        """
        low, low_open = _tighter((self.low, self.low_open), (other.low, other.low_open), 1)
        high, high_open = _tighter((self.high, self.high_open), (other.high, other.high_open), -1)
        both = [r.among for r in (self, other) if r.among is not None]
        among = frozenset.intersection(*both) if both else None
        return Range(low, low_open, high, high_open, among)

    def is_empty(self) -> bool:
        """Whether nothing is allowed any more."""
        if self.among is not None and not self.among:
            return True
        if self.low is None or self.high is None:
            return False
        edge = self.low == self.high and (self.low_open or self.high_open)
        return edge or self.low > self.high  # type: ignore[operator]

    def within(self, other: "Range") -> bool:
        """Whether every value allowed here is allowed there."""
        return self.meet(other) == self


def unreachable(rule: Rule) -> Iterator[tuple[str, str]]:
    """Key and problem of every clause that can never hold and every branch never reached.

    Parameters change; a fault is named only where it stands on every day the rule is in force.
    """
    seen: dict[tuple[str, str], int] = {}
    days = _days(rule)
    for day in days:
        constants = _constants(rule, day)
        for fault in {*_clauses(rule, constants), *_branches(rule, constants)}:
            seen[fault] = seen.get(fault, 0) + 1
    yield from sorted(fault for fault, count in seen.items() if count == len(days))
    for part, clauses in (("eligible", rule.clauses), ("continuing", rule.continuing)):
        for clause in clauses:
            if not set(clause.sql.names) - rule.parameters.keys():
                yield f"{rule.key}.{part}[{clause.number}]", "looks at nothing known of the subject"


def _days(rule: Rule) -> list[date]:
    """Days from which other parameter values are in force."""
    used = (rule.parameters[n] for n in rule.names() if n in rule.parameters)
    firsts = {value.first for parameter in used for value in parameter.values}
    within = {d for d in firsts if rule.first <= d and (rule.last is None or d <= rule.last)}
    return sorted({rule.first, *within})


def _constants(rule: Rule, day: date) -> dict[str, object]:
    values = {
        name: rule.parameters[name].on(day) for name in rule.names() if name in rule.parameters
    }
    return {name: value.value for name, value in values.items() if value is not None}


def _clauses(rule: Rule, constants: dict[str, object]) -> Iterator[tuple[str, str]]:
    for part, clauses in (("eligible", rule.clauses), ("continuing", rule.continuing)):
        allowed: dict[str, Range] = {}
        for clause in clauses:
            for name, found in _ranges(clause.sql.tree, constants):
                allowed[name] = allowed.get(name, Range()).meet(found)
                if allowed[name].is_empty():
                    key = f"{rule.key}.{part}[{clause.number}]"
                    yield key, f"can never hold: no {name} meets it and the clauses before"


def _branches(rule: Rule, constants: dict[str, object]) -> Iterator[tuple[str, str]]:
    for key, expression in rule.expressions():
        for case in expression.tree.find_all(exp.Case):
            yield from _branches_of(key, case, constants)


def _branches_of(
    key: str, case: exp.Case, constants: dict[str, object]
) -> Iterator[tuple[str, str]]:
    """Compare each WHEN with those before it: implied by one of them, it is never reached."""
    before: list[dict[str, Range]] = []
    for number, branch in enumerate(case.args["ifs"], start=1):
        seen = dict(_ranges(branch.this, constants))
        whole = len(seen) == len(conjuncts(branch.this))
        if any(_implies(seen, earlier) for earlier in before):
            yield key, f"WHEN number {number} is never reached: one before it always comes first"
        if whole:
            before.append(seen)


def _implies(narrow: dict[str, Range], wide: dict[str, Range]) -> bool:
    return all(name in narrow and narrow[name].within(wide[name]) for name in wide)


def _ranges(tree: exp.Expr, constants: dict[str, object]) -> Iterator[tuple[str, Range]]:
    """Input and range of each conjunct that compares one input with constants."""
    for part in conjuncts(tree):
        found = _range(part.unnest(), constants)
        if found is not None:
            yield found


def _range(part: exp.Expr, constants: dict[str, object]) -> tuple[str, Range] | None:
    if isinstance(part, exp.Between):
        low = _range(exp.GTE(this=part.this, expression=part.args["low"]), constants)
        high = _range(exp.LTE(this=part.this, expression=part.args["high"]), constants)
        return (low[0], low[1].meet(high[1])) if low and high else None
    if isinstance(part, exp.In):
        return _in(part, constants)
    if not isinstance(part, exp.EQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
        return None
    left, right, swapped = part.left, part.right, False
    if _subject(left, constants) is None:
        left, right, swapped = right, left, True
    name, value = _subject(left, constants), _value(right, constants)
    if name is None or value is None:
        return None
    return name, _compared(part, value, swapped=swapped)


def _compared(part: exp.Expr, value: object, *, swapped: bool) -> Range:
    if isinstance(value, str):
        return Range(among=frozenset({value})) if isinstance(part, exp.EQ) else Range()
    bound: Bound = value  # type: ignore[assignment]
    if isinstance(part, exp.EQ):
        return Range(bound, False, bound, False)  # noqa: FBT003 - low and high, closed
    below = isinstance(part, exp.LT | exp.LTE) != swapped
    is_open = isinstance(part, exp.LT | exp.GT)
    edge = Range(high=bound, high_open=is_open) if below else Range(low=bound, low_open=is_open)
    return replace(edge)


def _in(part: exp.In, constants: dict[str, object]) -> tuple[str, Range] | None:
    name = _subject(part.this, constants)
    listed: set[str] = set()
    for item in [*part.expressions, *filter(None, [part.args.get("field")])]:
        value = _value(item, constants)
        values = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(each, str) for each in values):
            return None
        listed.update(str(each) for each in values)
    return (name, Range(among=frozenset(listed))) if name and listed else None


def _subject(tree: exp.Expr, constants: dict[str, object]) -> str | None:
    """Text of what is compared: an input, or a function of dates over inputs."""
    if isinstance(tree, exp.Column) and tree.name not in constants and tree.name != AS_OF:
        return tree.name
    if isinstance(tree, exp.Anonymous | exp.MonthsBetween | exp.Year):
        return tree.sql()
    return None


def _value(tree: exp.Expr, constants: dict[str, object]) -> object:
    if isinstance(tree, exp.Column):
        return constants.get(tree.name)
    if isinstance(tree, exp.Literal):
        return tree.name if tree.is_string else Decimal(tree.name)
    return None


def _tighter(
    one: tuple[Bound | None, bool], other: tuple[Bound | None, bool], sign: int
) -> tuple[Bound | None, bool]:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    larger = one[0] > other[0]  # type: ignore[operator]
    return one if larger == (sign > 0) else other
