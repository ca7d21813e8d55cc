"""The language of the page, and texts in it."""

from datetime import date
from decimal import Decimal

from django.utils.translation import get_language

from townworks.schema.messages import Language, catalogue, message
from townworks.schema.units import CURRENCIES, spoken

GRADE = "grade:"
"""What the cause of a status change begins with where it was a grade."""

BIG = ((Decimal(10) ** 9, "bn", 2), (Decimal(10) ** 6, "m", 2))
BIG_ZH = ((Decimal(10) ** 8, "亿元", 2), (Decimal(10) ** 4, "万元", 2))


def language() -> Language:
    """Language of the request: "zh" or "en"."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def say(key: str, **values: object) -> str:
    """Text of the web's catalogue (`web.…`) in the language of the page."""
    return message(f"web.{key}", language(), **values)


def word(group: str, code: object) -> str:
    """Word for a code ("role", "town_office"), of the web or of the programme's own catalogues.

    Where none has it, the code itself as words: "rd_spending_cny" is "rd spending cny".
    """
    text = str(code)
    if group == "cause" and text.startswith(GRADE):
        return word("grade", text.removeprefix(GRADE))
    for file in ("web", "policies", "status"):
        found = catalogue().get(f"{file}.{group}.{text}")
        if found:
            return found[language()]
    return text.replace("_", " ")


def money(value: Decimal | None, unit: str = "cny") -> str:
    """Write an amount as people read it, rounded to what a glance takes in (亿元, CNY bn).

    >>> money(Decimal(47_790_000_000)), money(Decimal("1250.50"))
    ('CNY 47.79 bn', 'CNY 1,250.50')
    """
    if value is None:
        return say("none")
    if unit not in CURRENCIES:
        return spoken(value, unit, language())
    zh = language() == "zh" and unit == "cny"
    for size, word_, places in BIG_ZH if zh else BIG:
        if abs(value) >= size:
            digits = trimmed(value / size, places)
            return f"{digits}{word_}" if zh else f"{unit.upper()} {digits} {word_}"
    digits = f"{value:,.2f}".removesuffix(".00")
    return f"{digits}元" if zh else f"{unit.upper()} {digits}"


def trimmed(value: Decimal, places: int) -> str:
    """Round half-up and drop zeros at the end.

    >>> trimmed(Decimal("47.790"), 2), trimmed(Decimal(500), 2)
    ('47.79', '500')
    """
    from decimal import ROUND_HALF_UP

    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: date | None) -> str:
    """Write a day: 2016-06-01, or 2016年6月1日."""
    if value is None:
        return say("none")
    return (
        f"{value.year}年{value.month}月{value.day}日" if language() == "zh" else f"{value:%Y-%m-%d}"
    )
