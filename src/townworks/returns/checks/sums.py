"""Amounts that must agree: totals, parts and wholes, what only a decision changes."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from townworks.returns.checks.doubts import Doubt, Quantity, metric_title, quantity, written
from townworks.returns.checks.evidence import FIGURE, INVESTMENT, Amount, Evidence, Row
from townworks.returns.resolving import QUARTER
from townworks.schema.checks import Check
from townworks.schema.grids import row_of

TOTAL = "total"


def total(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Compare rows of totals with the rows above them, as written or as proposed.

    Where a row is doubted without a better value, nobody can say which of the two is wrong.
    """
    above: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in evidence.rows:
        if row["value"] is not None and row["form"] != TOTAL:
            above[(row["file"], row["sheet"], row["form"], row["field"])].append(row)
    for row in evidence.of_form(TOTAL):
        rows = above[(row["file"], row["sheet"], row["subject"], row["field"])]
        rows = [each for each in rows if row_of(each["cell"]) < row_of(row["cell"])]
        if any(each["entry"] in evidence.unanswered for each in rows):
            continue
        as_written = sum((each["value"] for each in rows), Decimal(0))
        corrected = sum((evidence.value(each) or Decimal(0) for each in rows), Decimal(0))
        slack = Decimal(str(check.number("rounding"))) * (row["scale"] or 1) * len(rows)
        slack = slack.scaleb(-_decimals(row))
        if rows and all(abs(row["value"] - each) > slack for each in (as_written, corrected)):
            values = written(row) | {"sum": quantity(row, corrected)}
            values["difference"] = quantity(row, row["value"] - corrected)
            yield Doubt(row, values, corrected)


def _decimals(row: Row) -> int:
    """Decimals that a cell was written with."""
    return len(row["text"].partition(".")[2].rstrip("0"))


def rows_and_figure(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Compare the town's own figure with the sum of its projects.

    Where an amount of a project is doubted without a better value, that is the reason.
    """
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for amount in evidence.amounts:
        if amount.key.form == INVESTMENT and amount.key.name == QUARTER:
            value = _of_quarter(evidence, amount)
            sums[(amount.key.town, amount.period)] += value or Decimal(0)
    for amount in evidence.amounts:
        entries = {row["entry"] for row in amount.rows.values()}
        if amount.key.form == INVESTMENT and entries & evidence.unanswered:
            sums.pop((amount.key.town, amount.period), None)
    share = Decimal(str(check.number("share")))
    for amount in evidence.amounts:
        row = amount.rows.get("quarter") or amount.rows.get("year")
        found = sums.get((amount.key.town, amount.period))
        if row is None or amount.key.name != check.parameters["figure"] or found is None:
            continue
        value = _of_quarter(evidence, amount)
        if value is not None and abs(value - found) > share * max(value, found):
            values = written(row) | {"value": quantity(row, value)}
            values |= {"sum": quantity(row, found), "difference": quantity(row, value - found)}
            yield Doubt(row, values)


def _of_quarter(evidence: Evidence, amount: Amount) -> Decimal | None:
    value = evidence.value(amount.rows.get("quarter"))
    if value is not None or "year" not in amount.rows:
        return value
    year = evidence.value(amount.rows["year"])
    return None if year is None or amount.prior is None else year - amount.prior


def ratio(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find parts that are more of their whole than can be."""
    found: dict[tuple[str, str, str, str], Row] = {}
    for amount in evidence.amounts:
        if amount.key.form == FIGURE:
            for basis, row in amount.rows.items():
                found[(amount.key.town, amount.period, amount.key.name, basis)] = row
    for (town, period, name, basis), row in found.items():
        for pair in check.parameters["pairs"]:
            if pair["part"] != name:
                continue
            bases = (basis,) if basis != "quarter" else (basis, "at")
            wholes = (found.get((town, period, pair["whole"], each)) for each in bases)
            yield from _beyond(evidence, row, next(filter(None, wholes), None), pair)


def _beyond(
    evidence: Evidence, row: Row, whole: Row | None, pair: dict[str, object]
) -> Iterator[Doubt]:
    part, all_of_it = evidence.value(row), evidence.value(whole)
    limit = Decimal(str(pair["limit"]))
    if part is None or all_of_it is None or part <= limit * all_of_it:
        return
    values = written(row) | {
        "value": quantity(row, part),
        "part": metric_title(str(pair["part"])),
        "whole": metric_title(str(pair["whole"])),
        "limit": Quantity(limit, "share"),
        "reference": quantity(row, all_of_it),
    }
    yield Doubt(row, values)


def unchanged(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find what differs from the register though only a decision changes it."""
    for amount in evidence.amounts:
        row = amount.rows.get("at")
        if amount.key.name != check.parameters["metric"] or row is None or not amount.history:
            continue
        before, value = amount.history[-1][1], evidence.value(row)
        if value is not None and abs(value - before) > before * Decimal(str(check.number("share"))):
            values = written(row) | {"reference": quantity(row, before)}
            yield Doubt(row, values | {"proposed": quantity(row, before)}, before)


def least(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find amounts below the least they can be."""
    for row in evidence.of_form(INVESTMENT, FIGURE):
        value = evidence.value(row)
        if value is not None and value < Decimal(check.parameters["least"]):
            yield Doubt(row, written(row))
