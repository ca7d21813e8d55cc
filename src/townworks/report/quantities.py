"""Quantities as people read them, for texts and pages."""

from decimal import Decimal

from townworks.schema.units import spoken


def money(value: object, language: str, unit: str) -> str:
    """Write an amount of a unit; nothing known is a dash.

    >>> money(Decimal("1500000"), "en", "cny"), money(None, "zh", "cny")
    ('CNY 1.5 m', '–')
    """
    return spoken(value, unit, language) if isinstance(value, Decimal) else "–"
