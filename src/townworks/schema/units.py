"""Units of quantities in rules: what may be added, compared and multiplied.

A unit is a product of symbols: ``cny``, ``cny/m2/day``, ``cny*year``. Each symbol is a dimension
of its own (a day is not converted to a year, nor mu to m²: a rule that needs it has a parameter
that says how). ``share`` and ``count`` have no dimension.
"""

import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

from townworks.schema.messages import message

CURRENCIES: Final = ("cny", "usd", "eur", "gbp", "hkd", "jpy")
SYMBOLS: Final = (*CURRENCIES, "m2", "km2", "mu", "person", "year", "month", "day")
PLAIN: Final = ("share", "count", "1")
"""Words for numbers without a dimension."""

Dimension = tuple[tuple[str, int], ...]
"""Symbols with their exponents, sorted; empty: no dimension."""

NONE: Final[Dimension] = ()


def dimension(unit: str) -> Dimension:
    """Read a unit. Raises `ValueError` that names the unknown symbol and the known ones.

    >>> dimension("cny/m2/day")
    (('cny', 1), ('day', -1), ('m2', -1))
    >>> dimension("share")
    ()
    """
    exponents: Counter[str] = Counter()
    parts = re.split(r"([*/])", unit.replace(" ", ""))
    for sign, symbol in zip(["*", *parts[1::2]], parts[::2], strict=True):
        if symbol not in SYMBOLS and symbol not in PLAIN:
            known = ", ".join((*SYMBOLS, "share", "count"))
            raise ValueError(f"no unit '{symbol}'; use {known}, joined by * and /")
        if symbol in SYMBOLS:
            exponents[symbol] += 1 if sign == "*" else -1
    return _sorted(exponents)


def product(one: Dimension, other: Dimension, sign: int = 1) -> Dimension:
    """Dimension of a product, or with sign -1 of a quotient.

    >>> product(dimension("cny/m2"), dimension("m2"))
    (('cny', 1),)
    """
    exponents = Counter(dict(one))
    for symbol, exponent in other:
        exponents[symbol] += sign * exponent
    return _sorted(exponents)


def name(of: Dimension) -> str:
    """Write a dimension as a unit.

    >>> name(dimension("day/m2*cny")), name(NONE)
    ('cny*day/m2', 'a plain number')
    """
    over = [s for s, exponent in of for _ in range(exponent)]
    under = [s for s, exponent in of for _ in range(-exponent)]
    if not of:
        return "a plain number"
    return "/".join(["*".join(over) or "1", *under])


def spoken(value: Decimal, unit: str, language: str) -> str:
    """Write a value with its unit as people read it, without losing a digit.

    >>> spoken(Decimal("73000.00"), "cny", "en"), spoken(Decimal("5e9"), "cny", "zh")
    ('CNY 73,000', '50亿元')
    >>> spoken(Decimal("0.7"), "share", "en"), spoken(Decimal("200"), "m2", "zh")
    ('70 %', '200平方米')
    """
    with localcontext(prec=60):
        if unit == "share":
            return message("rules.unit.share", language, value=plain(value * 100))
        if unit in CURRENCIES:
            return _money(value, unit, language)
    words = unit_words(unit, language)
    return message("rules.quantity", language, value=plain(value), unit=words).strip()


def about(value: Decimal | float, unit: str, language: str, digits: int = 3) -> str:
    """Write an estimate with no more digits than it bears.

    >>> about(1234567890.12, "cny", "en"), about(1234567890.12, "cny", "zh")
    ('CNY 1.23 bn', '12.3亿元')
    >>> about(0.0381, "share", "en"), about(0, "mu", "zh")
    ('3.81 %', '0亩')
    """
    exact = Decimal(str(value))
    if not exact:
        return spoken(Decimal(0), unit, language)
    least = exact.adjusted() - digits + 1
    rounded = exact.quantize(Decimal(1).scaleb(least), ROUND_HALF_UP)
    return spoken(Decimal(f"{rounded:f}"), unit, language)


def unit_words(unit: str, language: str) -> str:
    """Words of a unit; none for plain numbers.

    >>> unit_words("m2", "zh"), unit_words("cny/m2/day", "en"), unit_words("count", "en")
    ('平方米', 'CNY/m²/days', '')
    """
    return message(f"rules.unit.{unit}", language) if unit in SYMBOLS else _compound(unit, language)


def plain(value: Decimal) -> str:
    """Digits with thousands separators and no idle zeros.

    >>> plain(Decimal("1234567.50")), plain(Decimal("3E+3"))
    ('1,234,567.5', '3,000')
    """
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


STEPS: Final[dict[str, tuple[tuple[int, int, str], ...]]] = {
    "en": ((10**9, 10**7, "bn"), (10**6, 10**4, "m"), (1, 0, "one")),
    "zh": ((10**8, 10**6, "yi"), (10**4, 100, "wan"), (1, 0, "one")),
}
"""For each language: size from which a word is used, the finest step it shows, the word."""


def _money(value: Decimal, unit: str, language: str) -> str:
    for size, step, word in STEPS[language]:
        if word == "one" or (abs(value) >= size and value % step == 0):
            name = message(f"rules.unit.{unit}", language)
            return message(f"rules.money.{word}", language, value=plain(value / size), name=name)
    raise AssertionError(value)


def _compound(unit: str, language: str) -> str:
    parts = re.split(r"([*/])", unit)
    words = [message(f"rules.unit.{p}", language) if p in SYMBOLS else p for p in parts]
    return "" if unit in PLAIN else "".join(words)


def _sorted(exponents: Counter[str]) -> Dimension:
    return tuple(sorted((symbol, n) for symbol, n in exponents.items() if n))
