"""A doubt about one value, and how it is told in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from townworks.returns.checks.evidence import Evidence, Row
from townworks.returns.resolving import where
from townworks.schema.forms import metrics
from townworks.schema.messages import message
from townworks.schema.reading import Words
from townworks.schema.units import plain, spoken


class Quantity(NamedTuple):
    """A value with its unit."""

    value: Decimal
    unit: str


@dataclass(frozen=True)
class Term:
    """A message of the catalogue; values: what it is filled with."""

    key: str
    values: Mapping[str, "Told"] = field(default_factory=dict)


Told = Quantity | Term | Words | str | int | Decimal
"""What a text may be filled with."""


@dataclass(frozen=True)
class Doubt:
    """What is wrong with an entry; proposed: another value (None with `drop`: to be left out)."""

    row: Row
    values: Mapping[str, Told]
    proposed: Decimal | None = None
    drop: bool = False

    @property
    def action(self) -> str:
        """As findings have it."""
        if self.drop:
            return "drop"
        return "none" if self.proposed is None else "set"


def told(value: Told, language: str) -> str:
    """Write what a text is filled with.

    >>> told(Quantity(Decimal("12000000"), "cny"), "zh"), told({"en": "Town", "zh": "镇"}, "en")
    ('1,200万元', 'Town')
    """
    if isinstance(value, Quantity):
        return spoken(value.value.normalize(), value.unit, language)
    if isinstance(value, Term):
        filled = {name: told(each, language) for name, each in value.values.items()}
        return message(value.key, language, **filled)
    if isinstance(value, Mapping):
        return value[language]
    return plain(value) if isinstance(value, Decimal) else str(value)


def quantity(row: Row, value: Decimal) -> Quantity:
    """Return a value in the unit of an entry."""
    return Quantity(value, row["unit"] or "count")


def written(row: Row) -> dict[str, Told]:
    """Return the value of an entry as texts name it."""
    value = row["value"]
    shown: Told = quantity(row, value) if value is not None else str(row["word"] or row["text"])
    return {"value": shown, "subject": str(row["subject"])}


def place_of(row: Row) -> str:
    """Name the cell of an entry."""
    return where(row)


def metric_title(name: str) -> Words:
    """Return the label of a figure."""
    return metrics()[name].label


def town_title(evidence: Evidence, town: str) -> Words:
    """Return the name of a town."""
    return evidence.title(town)
