"""Sections of a bulletin, and how its words, days and amounts are written in a language."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from townworks.report.charts import Spec
from townworks.schema.bulletin import TownReturn
from townworks.schema.messages import message
from townworks.schema.units import plain, spoken

QUARTERS_ZH = "一二三四"
SCALES = {"en": Decimal(10) ** 6, "zh": Decimal(10) ** 4}
"""Yuan in what tables of money count in: CNY m, 万元."""


@dataclass(frozen=True)
class Table:
    """Headings and rows of texts; numeric: columns that are amounts. total: the last row is one."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = field(default=frozenset())
    total: bool = False


@dataclass(frozen=True)
class Section:
    """A part of a bulletin. empty: said where its table has no row. own_page: begins a page."""

    id: str
    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    chart: Spec | None = None
    empty: str = ""
    own_page: bool = False
    more: tuple["Section", ...] = ()


class Writer:
    """Writes in one language."""

    def __init__(self, language: str) -> None:
        """Take "en" or "zh"."""
        self.language = language

    @property
    def none(self) -> str:
        """What stands for what is not known."""
        return "–"

    def say(self, key: str, **values: object) -> str:
        """Text of the bulletin's catalogue."""
        return message(f"bulletin.{key}", self.language, **values)

    def level(self, name: str) -> str:
        """Word for a level of evidence."""
        return message(f"web.evidence.{name}", self.language)

    def quarter(self, quarter: str) -> str:
        """Name a quarter.

        >>> Writer("zh").quarter("2016Q2"), Writer("en").quarter("2016Q2")
        ('2016年二季度', 'second quarter of 2016')
        """
        number = int(quarter[-1])
        return self.say(f"quarter_name.{number}", year=quarter[:4])

    def day(self, day: date | None) -> str:
        """Write a day."""
        if day is None:
            return self.none
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {day:%B %Y}"

    def money(self, value: Decimal) -> str:
        """Write yuan in a sentence, rounded to what a reader takes in (four digits).

        >>> Writer("en").money(Decimal("47791234567")), Writer("zh").money(Decimal(500) * 10**9)
        ('CNY 47.79 bn', '5,000亿元')
        """
        digits = max(value.adjusted() - 3, 0) if value else 0
        rounded = value.quantize(Decimal(1).scaleb(digits))
        return spoken(Decimal(int(rounded)), "cny", self.language)

    def amount(self, value: Decimal | None) -> str:
        """Write yuan in a table whose heading has the unit, every digit of it.

        >>> Writer("zh").amount(Decimal("12345000.5")), Writer("en").amount(None)
        ('1,234.50005', '–')
        """
        if value is None:
            return self.none
        return plain((value / SCALES[self.language]).normalize() + 0)

    def unit(self, unit: str) -> str:
        """Unit of a table's money."""
        return self.say(f"unit.{unit}")

    def known(self, value: Decimal | None, unit: str) -> str:
        """Write a value with its unit, every digit of it; "not reported" where there is none."""
        if value is None:
            return self.say("not_reported")
        if unit == "cny":
            return f"{self.amount(value)} {self.unit('cny')}"
        return spoken((value.normalize() + 0), unit, self.language)

    def share(self, value: Decimal) -> str:
        """Write a share in per cent, one decimal.

        >>> Writer("en").share(Decimal("0.12345"))
        '12.3 %'
        """
        text = f"{(value * 100).quantize(Decimal('0.1'))}"
        return f"{text}%" if self.language == "zh" else f"{text} %"

    def town(self, town: TownReturn) -> str:
        """Name a town; an invented one is said to be."""
        name = town.name[self.language]
        return self.say("invented", name=name) if town.practice else name
