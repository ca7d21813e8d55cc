"""Values that were not counted but copied or guessed."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from typing import NamedTuple

from townworks.returns.checks.doubts import Doubt, Told, town_title, written
from townworks.returns.checks.evidence import Amount, Evidence, Row
from townworks.schema.checks import Check

TELLING = 3
"""Digits from which two values are hardly equal by chance."""


class _Return(NamedTuple):
    town: str
    period: str
    form: str


def copied(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find returns whose amounts are those of the town's last quarter, or of another town."""
    returns: dict[_Return, list[Amount]] = defaultdict(list)
    for amount in evidence.amounts:
        if "quarter" in amount.rows and _digits(amount.rows["quarter"]["value"]) >= TELLING:
            returns[_Return(amount.key.town, amount.period, amount.key.form)].append(amount)
    if check.parameters["case"] == "quarter":
        yield from _of_last_quarter(check, returns)
    else:
        yield from _of_other_towns(evidence, check, returns)


def _digits(value: Decimal) -> int:
    """Digits of a value without the noughts at its end."""
    return len(value.normalize().as_tuple().digits) if value else 0


def _of_last_quarter(check: Check, returns: dict[_Return, list[Amount]]) -> Iterator[Doubt]:
    for amounts in returns.values():
        same = [a for a in amounts if a.history and a.history[-1][1] == a.rows["quarter"]["value"]]
        if _enough(len(same), len(amounts), check):
            for amount in same:
                counted: dict[str, Told] = {
                    "n": len(same),
                    "of": len(amounts),
                    "other": amount.history[-1][0],
                }
                row = amount.rows["quarter"]
                yield Doubt(row, {**written(row), **counted})


def _enough(n: int, of: int, check: Check) -> bool:
    return n >= check.number("least") and n >= check.number("share") * of


def _of_other_towns(
    evidence: Evidence, check: Check, returns: dict[_Return, list[Amount]]
) -> Iterator[Doubt]:
    """Of two returns that agree the one is doubted that fits its own history worse."""
    shared: dict[tuple[_Return, _Return], int] = defaultdict(int)
    holders: dict[tuple[str, str, Decimal], list[_Return]] = defaultdict(list)
    for key, amounts in returns.items():
        for amount in amounts:
            value = amount.rows["quarter"]["value"]
            holders[(amount.key.form, amount.key.name, value)].append(key)
    for keys in holders.values():
        for pair in combinations(sorted(set(keys)), 2):
            shared[pair] += 1
    for (one, other), n in shared.items():
        if _enough(n, min(len(returns[one]), len(returns[other])), check):
            values = {_value(a) for a in returns[one]} & {_value(a) for a in returns[other]}
            copy, source = sorted((one, other), key=lambda key: -_oddness(returns[key], values))
            yield from _copies(evidence, returns[copy], values, source.town)


def _value(amount: Amount) -> tuple[str, Decimal]:
    return amount.key.name, amount.rows["quarter"]["value"]


def _oddness(amounts: list[Amount], values: set[tuple[str, Decimal]]) -> float:
    """How far (mean logarithm) the values are from what is usual for the town."""
    found = [a for a in amounts if _value(a) in values and a.usual]
    offs = [abs(float((_value(a)[1] / (a.usual or 1)).ln())) for a in found if _value(a)[1] > 0]
    return sum(offs) / len(offs) if offs else float(not amounts)


def _copies(
    evidence: Evidence, amounts: list[Amount], values: set[tuple[str, Decimal]], other: str
) -> Iterator[Doubt]:
    same = [amount for amount in amounts if _value(amount) in values]
    counted: dict[str, Told] = {
        "n": len(same),
        "of": len(amounts),
        "other": town_title(evidence, other),
    }
    for amount in same:
        row = amount.rows["quarter"]
        yield Doubt(row, {**written(row), **counted})


def round_numbers(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find tables in which most amounts have one digit and noughts."""
    tables: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for amount in evidence.amounts:
        row = amount.rows.get("quarter")
        if row is not None and row["value"] and _is_large(row):
            tables[(row["file"], row["sheet"], row["form"])].append(row)
    for rows in tables.values():
        even = [row for row in rows if _digits(row["value"]) <= check.number("digits")]
        if _enough(len(even), len(rows), check):
            for row in even:
                yield Doubt(row, {**written(row), "n": len(even), "of": len(rows)})


def _is_large(row: Row) -> bool:
    """Whether a value could have been written with more digits."""
    written_as = row["value"] / (row["scale"] or 1)
    return bool(abs(written_as) >= 10 or "." in row["text"])  # noqa: PLR2004 (two digits)
