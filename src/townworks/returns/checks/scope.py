"""What does not count for the town: other areas, housing, commercial complexes."""

from collections.abc import Iterator
from decimal import Decimal

from townworks.returns.checks.doubts import Doubt, quantity, written
from townworks.returns.checks.evidence import INVESTMENT, Evidence, Row
from townworks.returns.resolving import QUARTER, YEAR
from townworks.schema.checks import Check
from townworks.schema.forms import words


def scope(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find records that count another area than the town."""
    for row in evidence.rows:
        if row["field"] != "geography" or row["word"] in (None, check.parameters["wanted"]):
            continue
        area = words()[row["word"]].label
        amounts = [each for each in evidence.records[row["record"]] if each["value"] is not None]
        for each in amounts[:1]:
            yield Doubt(each, {**written(each), "area": area}, drop=True)


def housing_name(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find projects whose name says that they are housing or a commercial complex."""
    for row in evidence.rows:
        if row["form"] != INVESTMENT or row["field"] != "project":
            continue
        name = row["subject"].lower()
        named = any(word in name for word in check.parameters["words"])
        spared = any(word in name for word in check.parameters["except"])
        if named and not spared:
            yield Doubt(row, written(row), drop=True)


def housing_part(evidence: Evidence, _: Check) -> Iterator[Doubt]:
    """Find amounts of which the row itself says that a part is housing."""
    for row in evidence.of_form(INVESTMENT):
        if row["field"] != "housing_cny" or not row["value"] or row["value"] < 0:
            continue
        for amount in _amounts_of(evidence, row):
            value = evidence.value(amount)
            if value is None:
                continue
            left = value - row["value"]
            values = {**written(amount), "housing": quantity(row, row["value"])}
            values["proposed"] = quantity(row, max(left, Decimal(0)))
            yield Doubt(amount, values, left if left >= 0 else None)


def _amounts_of(evidence: Evidence, housing: Row) -> list[Row]:
    """Amounts of the record of a housing cell: the quarter, and the year that it is part of."""
    rows = evidence.records[housing["record"]]
    return [row for row in rows if row["field"] in (QUARTER, YEAR)]
