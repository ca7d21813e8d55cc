"""The quarter and the year so far, mistaken for each other."""

import math
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from statistics import median

from townworks.returns.checks.doubts import Doubt, Told, quantity, written
from townworks.returns.checks.evidence import Amount, Evidence, Row
from townworks.schema.checks import Check

FEW_BELOW = 0.8
"""Share of the amounts of a table that must be at least the year until the quarter before."""


def running(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Compare the quarter with the year so far; `case` says which mistake is looked for.

    cumulative: the year so far stands where the quarter is asked. quarter: the reverse. either: one
    of the two. other: the three amounts do not add up in any of these ways. Where one is doubted
    already it explains both.
    """
    case = check.parameters["case"]
    tables: dict[tuple[str, str, str], list[Amount]] = defaultdict(list)
    for amount in evidence.amounts:
        doubted = any(row["entry"] in evidence.settled for row in amount.rows.values())
        if amount.prior is not None and amount.prior > 0 and not doubted:
            yield from _CASES[case](evidence, check, amount)
            row = next(iter(amount.rows.values()))
            if "year" not in amount.rows:
                tables[(row["file"], row["sheet"], row["form"])].append(amount)
    if case == "cumulative":
        for amounts in tables.values():
            yield from _column(evidence, check, amounts)


def _values(evidence: Evidence, amount: Amount) -> tuple[Decimal | None, Decimal | None]:
    return evidence.value(amount.rows.get("quarter")), evidence.value(amount.rows.get("year"))


def _cumulative(evidence: Evidence, check: Check, amount: Amount) -> Iterator[Doubt]:
    quarter, year = _values(evidence, amount)
    prior = amount.prior or Decimal(0)
    if not quarter or quarter < prior:
        return
    if year is not None:
        mistaken = _near(quarter, year, check) and _leaning(evidence, check, amount) > 0
    else:
        mistaken = _fits(quarter - prior, quarter, amount) >= check.number("closer")
    if mistaken:
        row = amount.rows["quarter"]
        yield Doubt(row, _told(amount, row, quarter - prior), quarter - prior)


def _leaning(evidence: Evidence, check: Check, amount: Amount) -> int:
    """Where both amounts are the same: 1: it is the year, -1: it is the quarter, 0: nobody knows.

    What the town's own figure leaves for the project decides, else what is usual for it.
    """
    value, prior = _values(evidence, amount)[0], amount.prior or Decimal(0)
    if value is None or value < prior:
        return -1
    implied = evidence.implied(amount)
    for guess, leaning in ((value - prior, 1), (value, -1)):
        if implied is not None and _near(implied, guess, check):
            return leaning
    fits = _fits(value - prior, value, amount)
    return 0 if abs(fits) < check.number("sure") else (1 if fits > 0 else -1)


def _either(evidence: Evidence, check: Check, amount: Amount) -> Iterator[Doubt]:
    """Doubt both amounts where they are the same and nothing says which is wrong."""
    quarter, year = _values(evidence, amount)
    same = quarter and year and _near(quarter, year, check)
    if same and _leaning(evidence, check, amount) == 0:
        for row in amount.rows.values():
            yield Doubt(row, _told(amount, row, None))


def _column(evidence: Evidence, check: Check, amounts: list[Amount]) -> Iterator[Doubt]:
    """Doubt a whole table without a year so far in which most amounts fit better as one."""
    fits, doubts = [], []
    for amount in amounts:
        quarter, prior = evidence.value(amount.rows["quarter"]), amount.prior or Decimal(0)
        if quarter and amount.usual:
            fits.append(_fits(max(quarter - prior, amount.usual / 100), quarter, amount))
            row = amount.rows["quarter"]
            if quarter >= prior:
                doubts.append(Doubt(row, _told(amount, row, quarter - prior), quarter - prior))
    enough = len(fits) >= check.number("least") and len(doubts) >= FEW_BELOW * len(fits)
    if enough and median(fits) >= check.number("column"):
        yield from doubts


def _quarter(evidence: Evidence, check: Check, amount: Amount) -> Iterator[Doubt]:
    quarter, year = _values(evidence, amount)
    prior = amount.prior or Decimal(0)
    if year is None:
        return
    if quarter is not None:
        mistaken = _near(quarter, year, check) and _leaning(evidence, check, amount) < 0
    else:
        little = max(year - prior, (amount.usual or year) / 100)
        mistaken = year < prior or _fits(year, little, amount) >= check.number("closer")
    if mistaken:
        row = amount.rows["year"]
        yield Doubt(row, _told(amount, row, year + prior), year + prior)


def _other(evidence: Evidence, check: Check, amount: Amount) -> Iterator[Doubt]:
    quarter, year = _values(evidence, amount)
    if quarter is None or year is None:
        return
    total = (amount.prior or Decimal(0)) + quarter
    if not _near(total, year, check) and total != year:
        row = amount.rows["year"]
        values: dict[str, Told] = {
            **_told(amount, row, None),
            "quarter": quantity(row, quarter),
            "sum": quantity(row, total),
            "difference": quantity(row, year - total),
        }
        yield Doubt(row, values)


_CASES = {"cumulative": _cumulative, "quarter": _quarter, "either": _either, "other": _other}


def _near(one: Decimal, other: Decimal, check: Check) -> bool:
    """Whether two amounts are the same but for rounding."""
    return abs(one - other) <= Decimal(str(check.number("near"))) * max(abs(one), abs(other))


def _fits(one: Decimal, other: Decimal, amount: Amount) -> float:
    """How much nearer (natural logarithm) `one` is than `other` to what is usual."""
    usual = amount.usual
    if usual is None or one <= 0 or other <= 0:
        return 0.0
    return abs(math.log(other / usual)) - abs(math.log(one / usual))


def _told(amount: Amount, row: Row, proposed: Decimal | None) -> dict[str, Told]:
    values = written(row) | {"prior": quantity(row, amount.prior or Decimal(0))}
    return values if proposed is None else values | {"proposed": quantity(row, proposed)}
