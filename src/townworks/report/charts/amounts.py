"""Money on charts: one unit for the whole chart, exact until it is drawn."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from townworks.schema.messages import message

Number = Decimal | float | int

SIZES_CNY: Final[dict[str, dict[str, int]]] = {
    "en": {"large": 10**9, "small": 10**6},
    "zh": {"large": 10**8, "small": 10**4},
}
"""Yuan in a unit: bn and m; 亿元 and 万元."""
_FEW: Final = 100


@dataclass(frozen=True)
class Unit:
    """Unit of a chart's money in a language."""

    word: str
    language: str

    def drawn(self, amount_cny: Number) -> float:
        """Position on the axis; the one place where money becomes a float.

        >>> Unit("large", "zh").drawn(Decimal("5e11"))
        5000.0
        """
        return float(_decimal(amount_cny) / SIZES_CNY[self.language][self.word])

    def text(self, amount_cny: Number) -> str:
        """Amount as read: two decimals below 100, one from there, half up; no idle zeros.

        >>> Unit("large", "en").text(Decimal("12345678901.23"))
        'CNY 12.35 bn'
        >>> Unit("large", "zh").text(Decimal("12345678901.23"))
        '123.5亿元'
        """
        value = _decimal(amount_cny) / SIZES_CNY[self.language][self.word]
        step = Decimal("0.01") if abs(value) < _FEW else Decimal("0.1")
        digits = f"{value.quantize(step, ROUND_HALF_UP):,f}".rstrip("0").rstrip(".")
        return message(f"charts.amount.{self.word}", self.language, value=digits)

    @property
    def title(self) -> str:
        """Name of the unit, as an axis has it."""
        return message(f"charts.unit.{self.word}", self.language)


def unit_for(largest_cny: Number, language: str) -> Unit:
    """Choose the unit by the chart's largest amount: large from one of it on.

    >>> unit_for(10**9, "en").title, unit_for(999_999_999, "en").title, unit_for(10**9, "zh").title
    ('CNY bn', 'CNY m', '亿元')
    """
    large = abs(_decimal(largest_cny)) >= SIZES_CNY[language]["large"]
    return Unit("large" if large else "small", language)


def _decimal(amount: Number) -> Decimal:
    # The digits of a float, not its binary tail.
    return amount if isinstance(amount, Decimal) else Decimal(str(amount))
