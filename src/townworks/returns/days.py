"""Days, quarters and years as people write them in returns."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from townworks.schema.grids import Cell

SERIAL_ZERO = date(1899, 12, 30)
"""Day 0 of a spreadsheet's calendar, after its leap day of 1900 that never was."""
SERIALS = (32_874, 73_415)
"""Day numbers of 1990-01-01 and 2100-12-31."""
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_DAY = re.compile(
    r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?:[T ]?\d{1,2}:\d\d(?::\d\d)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_QUARTERS = (
    re.compile(r"(?P<y>\d{4})年?(?:第)?(?P<q>[一二三四1-4])季(?:度)?"),
    re.compile(r"(?P<y>\d{4})[-_ ]?q(?P<q>[1-4])"),
    re.compile(r"q(?P<q>[1-4])[-_ ,]*(?:of )?(?P<y>\d{4})"),
    re.compile(r"(?P<q>[1-4])(?:st|nd|rd|th) quarter(?: of|,)? (?P<y>\d{4})"),
)
_SPAN = re.compile(r"(?P<y>\d{4})年?1[-—–~至到](?P<m>\d{1,2})月")
_HALF = re.compile(r"(?P<y>\d{4})年?(?P<h>上半年|全年|前三季度)")
_YEAR = re.compile(r"(?<!\d)(19[89]\d|20\d\d)(?!\d)")
_ENDS = {"上半年": 2, "前三季度": 3, "全年": 4}
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True)
class Day:
    """A day read from a cell. fault: key of the catalogue; month: the day is not given."""

    day: date | None
    fault: str = ""
    month: bool = False


def read_day(cell: Cell) -> Day:
    """Read a day; an empty cell is no day and no fault.

    >>> read_day("2016年4月15日").day, read_day("2016.4").month
    (datetime.date(2016, 4, 15), True)
    >>> read_day("2016-13-05").fault
    'no_day'
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Day(None)
    if isinstance(cell, datetime):
        return Day(cell.date())
    if isinstance(cell, date):
        return Day(cell)
    if isinstance(cell, Decimal):
        return _serial(cell)
    return _from_text(cell) if isinstance(cell, str) else Day(None, "no_day")


def _serial(number: Decimal) -> Day:
    text = format(number, "f")
    if SERIALS[0] <= number <= SERIALS[1] and number == number.to_integral_value():
        return Day(SERIAL_ZERO + timedelta(days=int(number)))
    return _from_text(text)


def _from_text(text: str) -> Day:
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _DAY.fullmatch(plain.replace(" ", "")) or _COMPACT.fullmatch(plain)
    if found is None:
        return Day(None, "no_day")
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 1)
    try:
        return Day(date(year, month, day), month=found[3] is None)
    except ValueError:
        return Day(None, "no_day")


@dataclass(frozen=True)
class Period:
    """A quarter named in a text; year_to_date: the text means the year until its end."""

    quarter: str
    year_to_date: bool = False


def read_quarter(text: str) -> Period | None:
    """Find the quarter that a title or name states; None: none.

    >>> read_quarter("梦想小镇2016年二季度统计报表").quarter
    '2016Q2'
    >>> read_quarter("2016年1-6月"), read_quarter("报表")
    (Period(quarter='2016Q2', year_to_date=True), None)
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = re.sub(r"[〇零一二三四五六七八九]{4}(?=年)", lambda m: m[0].translate(_DIGITS), plain)
    close = plain.replace(" ", "")
    for pattern in _QUARTERS:
        found = pattern.search(close) or pattern.search(plain)
        if found:
            number = _CHINESE.get(found["q"]) or int(found["q"])
            return Period(f"{found['y']}Q{number}")
    span, half = _SPAN.search(close), _HALF.search(close)
    if span and int(span["m"]) in (3, 6, 9, 12):
        return Period(f"{span['y']}Q{int(span['m']) // 3}", year_to_date=True)
    if half:
        return Period(f"{half['y']}Q{_ENDS[half['h']]}", year_to_date=True)
    return None


def read_year(cell: Cell) -> int | None:
    """Find a year; None: none.

    >>> read_year("2016年度"), read_year(Decimal(2016)), read_year("—")
    (2016, 2016, None)
    """
    if isinstance(cell, datetime | date):
        return cell.year
    found = _YEAR.search(unicodedata.normalize("NFKC", str(cell or "")))
    return int(found[1]) if found else None
