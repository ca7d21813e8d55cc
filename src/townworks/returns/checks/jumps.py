"""Values far from what is usual: for the town itself, or among towns where it has no history."""

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from townworks.returns.checks.doubts import Doubt, Quantity, Term, Told, quantity, written
from townworks.returns.checks.evidence import Amount, Evidence
from townworks.schema.checks import Check

NORMAL = 1.4826
"""Median absolute deviation → standard deviation of a normal distribution."""


def jump(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find values whose logarithm is far outside the spread of what they are compared with."""
    found = _against_history if check.parameters["against"] == "history" else _against_peers
    for amount in evidence.amounts:
        basis = next((name for name in ("quarter", "at") if name in amount.rows), None)
        if basis is not None and amount.rows[basis]["entry"] not in evidence.settled:
            yield from found(evidence, check, amount, basis)


def _against_history(
    evidence: Evidence, check: Check, amount: Amount, basis: str
) -> Iterator[Doubt]:
    row = amount.rows[basis]
    values = [value for _, value in amount.history if value > 0]
    if len(values) < check.number("least"):
        return
    times = _jump(evidence.value(row), values, check)
    if times is not None:
        usual = quantity(row, _short(median(values)))
        told: dict[str, Told] = {"times": times, "reference": usual, "n": len(values)}
        yield Doubt(row, written(row) | told)


def _against_peers(evidence: Evidence, check: Check, amount: Amount, basis: str) -> Iterator[Doubt]:
    if amount.history or amount.key.subject:
        return
    row = amount.rows[basis]
    peers = evidence.peers.get((amount.key.form, amount.key.name, basis), [])
    values = [value for town, value in peers if town != amount.key.town]
    if len(values) < check.number("least"):
        return
    times = _jump(evidence.value(row), values, check)
    if times is not None:
        told: dict[str, Told] = {
            "times": times,
            "reference": Quantity(_short(median(values)), row["unit"] or "count"),
            "n": len(values),
            "per": Term("checks.per_town"),
        }
        yield Doubt(row, written(row) | told)


def _jump(value: Decimal | None, values: Sequence[Decimal], check: Check) -> str | None:
    """How many times the usual a value is, where that is beyond the spread; None: it is within."""
    if value is None or value <= 0:
        return None
    logs = [math.log(each) for each in values]
    centre = median(logs)
    spread = NORMAL * median(abs(each - centre) for each in logs)
    off = math.log(value) - centre
    if abs(off) <= max(math.log(check.number("ratio")), check.number("spread") * spread):
        return None
    return f"{math.exp(off):.2g}"


def _short(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1).scaleb(value.adjusted() - 2)) if value else value
