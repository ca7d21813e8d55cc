"""Slips of the unit: a value is about 10⁴ or 10⁸ times what it should be, or a part of it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from townworks.returns.checks.doubts import Doubt, Quantity, Term, Told, quantity, written
from townworks.returns.checks.evidence import INVESTMENT, Amount, Evidence, Row
from townworks.schema.checks import Check

EXACT = 0.01
"""How near (in powers of ten) a value must be that its row determines."""
FEWEST = 8
"""Peers from which there is something usual among them."""


@dataclass(frozen=True)
class _Reference:
    """What a value should be about, and where that comes from; reach: in powers of ten."""

    basis: str
    value: Decimal
    reach: float


def slip(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find values that stand a factor away from the first reference there is.

    References, the surest first: the other amount of the row, the value's own history, the total
    planned for the project, other towns.
    """
    factor = Decimal(check.parameters["factor"])
    for amount in evidence.amounts:
        for basis in _bases(evidence, amount):
            row = amount.rows[basis]
            value = evidence.value(row)
            if row["entry"] in evidence.settled or not value or value < 0:
                continue
            for reference in _references(evidence, amount, basis, check):
                power = _power(value, reference, factor)
                if power:
                    yield _doubt(row, value, reference, (factor, power))
                if power or reference.basis in ("partner", "history"):
                    break


def _bases(evidence: Evidence, amount: Amount) -> list[str]:
    """Bases of an amount, the likelier culprit first: the one that is odd for its history."""
    bases = list(amount.rows)
    usual = amount.usual
    if len(bases) < 2 or usual is None:  # noqa: PLR2004 (two amounts can disagree)
        return bases

    def oddness(basis: str) -> float:
        value = evidence.value(amount.rows[basis])
        return -abs(math.log10(value / usual)) if value and value > 0 else 0.0

    return sorted(bases, key=oddness)


def _references(
    evidence: Evidence, amount: Amount, basis: str, check: Check
) -> Iterator[_Reference]:
    reach = check.number("reach")
    partner = _partner(evidence, amount, basis)
    usual = amount.usual
    if usual is not None:
        yield _Reference("history", _running(amount, basis, usual), reach)
    elif partner is not None and partner > 0:
        yield _Reference("partner", partner, EXACT)
    planned = _planned(evidence, amount)
    if planned is not None:
        yield _Reference("planned", planned / 4, reach)
    if usual is None:
        yield from _among_peers(evidence, amount, basis, reach)


def _running(amount: Amount, basis: str, usual: Decimal) -> Decimal:
    return usual + (amount.prior or 0) if basis == "year" else usual


def _partner(evidence: Evidence, amount: Amount, basis: str) -> Decimal | None:
    """Value that the row's other amount and the earlier quarters make it."""
    other = evidence.value(amount.rows.get("year" if basis == "quarter" else "quarter"))
    if basis == "at" or other is None or amount.prior is None:
        return None
    return other - amount.prior if basis == "quarter" else other + amount.prior


def _planned(evidence: Evidence, amount: Amount) -> Decimal | None:
    """Total planned for the project, where its row says it."""
    row = next(iter(amount.rows.values()))
    if amount.key.form != INVESTMENT:
        return None
    fields = evidence.records[row["record"]]
    found = (each["value"] for each in fields if each["field"] == "planned_total_cny")
    return next(filter(None, found), None)


def _among_peers(
    evidence: Evidence, amount: Amount, basis: str, reach: float
) -> Iterator[_Reference]:
    values = evidence.peers.get((amount.key.form, amount.key.name, basis), [])
    others = [value for town, value in values if town != amount.key.town]
    if len(others) >= FEWEST:
        yield _Reference("peers", median(others), reach)


def _power(value: Decimal, reference: _Reference, factor: Decimal) -> int:
    """1: the factor too large; -1: too small; 0: no such slip."""
    if reference.value <= 0:
        return 0
    off = math.log10(value / reference.value)
    step = math.log10(factor)
    for power in (1, -1):
        if abs(off - power * step) <= reference.reach:
            return power
    return 0


def _doubt(row: Row, value: Decimal, reference: _Reference, slipped: tuple[Decimal, int]) -> Doubt:
    factor, power = slipped
    proposed = value / factor if power > 0 else value * factor
    name = f"times_1e{round(math.log10(factor))}_{'up' if power > 0 else 'down'}"
    unit = row["unit"] or "count"
    values: dict[str, Told] = {
        **written(row),
        "times": Term(f"checks.{name}"),
        "basis": Term(f"checks.basis.{reference.basis}"),
        "reference": Quantity(_short(reference.value), unit),
        "proposed": quantity(row, proposed),
    }
    return Doubt(row, values, proposed)


def _short(value: Decimal) -> Decimal:
    """Three digits are enough to compare with."""
    return value.quantize(Decimal(1).scaleb(value.adjusted() - 2)) if value else value
